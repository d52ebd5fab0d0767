//! Whether a recorded episode is true: it is played again.

use super::Recorded;
use crate::game::Game;
use crate::pools::EvalPool;
use crate::rollout::Episode;
use misgen_core::{Ended, FamilySpec, LevelKey, Pool};
use std::sync::Arc;

/// Plays the recorded episode on the level of `pool` (or the twin) that it names, and gives it back as an evaluation would
/// have recorded it. Chance comes from the level's own stream, so that a lucky draw cannot be made up either.
///
/// # Errors
/// What differs: another version, a level that is not of this pool, actions that do not exist or do not end the episode,
/// chance or events that the world does not give.
pub fn verify(pool: &EvalPool, record: &Recorded) -> Result<Episode, String> {
    let spec = &pool.spec;
    if record.family != spec.id() {
        return Err(stale(&record.family, spec));
    }
    let key: LevelKey = record.level.parse().map_err(|error: misgen_core::IdError| error.to_string())?;
    let (levels, process, designated): (&Arc<dyn Pool>, _, _) = match (&pool.twins, record.twin) {
        (Some(twins), true) => (twins, pool.twin_process(), vec![0]),
        (None, true) => return Err(format!("a twin, but the levels of `{}` have none", pool.shift.name)),
        (_, false) => (&pool.pool, pool.process(), pool.designated()),
    };
    let Some(place) = (0..levels.len()).find(|i| levels.key(*i) == Some(key)) else {
        let what = if record.twin { "the twins of the" } else { "the" };
        return Err(format!("level `{key}` is not among {what} {} levels of `{}`", pool.pool.len(), pool.shift.name));
    };
    let mut game = Game::new(Arc::clone(levels), place as u32, process, &designated);
    for (t, letter) in record.actions.bytes().enumerate() {
        let action = letter.wrapping_sub(b'a');
        if usize::from(action) >= spec.actions.len() {
            let last = char::from(b'a' + spec.actions.len() as u8 - 1);
            return Err(format!("step {}: no such action, expected a letter from `a` to `{last}`", t + 1));
        }
        if !game.act(action) {
            return Err(format!("step {}: the episode ended after {t} steps", t + 1));
        }
    }
    if game.ended() == Ended::No {
        return Err(format!("the episode is not finished after {} steps", record.actions.len()));
    }
    let mut played = record.clone();
    played = played.with(&game).ok_or("the level has no id")?;
    let differs = |what: &str, found: String, expected: String| {
        Err(format!("its {what} are {}, playing its actions again gives {}", quoted(&found), quoted(&expected)))
    };
    if played.chances != record.chances {
        return differs("chances", format!("{:?}", record.chances), format!("{:?}", played.chances));
    }
    if played.events != record.events {
        return differs("events", format!("`{}`", record.events), format!("`{}`", played.events));
    }
    if played.terminated != record.terminated {
        let how = |terminated| if terminated { "by the rules" } else { "by the step limit" };
        return Err(format!("it ended {}, playing it again ends {}", how(record.terminated), how(played.terminated)));
    }
    Ok(game.episode())
}

/// What is wrong with a record of another version.
pub(super) fn stale(family: &str, spec: &FamilySpec) -> String {
    format!("recorded in `{}`, this program has `{}`", quoted(family), spec.id())
}

/// A text as an error quotes it.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}
