//! What a curriculum needs to know of the levels that it chooses from: variants to edit towards, and optimal values.

use crate::teaching::teaching;
use crate::train::{LevelsError, TrainingLevels};
use misgen_agents::{AgentConfig, Curriculum, Estimator, Levels, Optimal};
use misgen_core::{AnyFamily, FamilySpec, Law, LevelKey, Pool};
use misgen_evaluate::pools::MAX_STATES;
use misgen_solve::{Book, Process};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// Variants of a layout under each row of the law, at most.
const VARIANTS: usize = 3;
/// Placements tried for them.
const PLACEMENTS: u64 = 4;

/// What is wrong with an agent's settings in a world whose episodes have at most `limit` steps: found, and expected.
#[must_use]
pub fn misfit(config: &AgentConfig, spec: &FamilySpec, limit: u16) -> Option<(String, String)> {
    let (limit, steps) = (spec.training_limit(limit), config.steps);
    (config.curriculum.is_some() && steps < usize::from(limit)).then(|| {
        let expected = match limit {
            u16::MAX => "no `curriculum`, which needs episodes that end".to_owned(),
            _ => format!("at least {limit} `steps`, or no `curriculum`: its rollouts hold an episode of every level"),
        };
        (format!("{steps} `steps` an update under a curriculum"), expected)
    })
}

/// Makes training levels ready for what `config` does with them, a curriculum or imitation; else they stay as they are. ACCEL gets up to `VARIANTS` more levels of
/// each layout for each row of `law`, none under ties that the law does not have, none twice, and none of `held` unless the world is
/// too small for that. `seed` is that of the training levels.
///
/// # Errors
/// When a rollout is shorter than an episode, or a level cannot be made again.
pub fn prepare(
    family: &dyn AnyFamily,
    law: &Law,
    levels: TrainingLevels,
    held: &BTreeSet<[u8; 32]>,
    config: &AgentConfig,
    seed: u64,
) -> Result<TrainingLevels, LevelsError> {
    let teaching = teaching(family, law, &levels, held, config, seed)?;
    let levels = TrainingLevels { teaching, ..levels };
    let Some(curriculum) = config.curriculum else { return Ok(levels) };
    if let Some((found, expected)) = misfit(config, &levels.pool.spec(), levels.pool.limit()) {
        return Err(LevelsError::Misfit(format!("{found}, expected {expected}")));
    }
    let fresh = levels.pool.len();
    let mut prepared = TrainingLevels { course: Some(Levels::plain(fresh as u32)), ..levels };
    if matches!(curriculum, Curriculum::Accel(_)) {
        let held = if prepared.overlap > 0.0 { &BTreeSet::new() } else { held };
        prepared = varied(family, law, prepared, held)?;
    }
    if curriculum.estimator() == Estimator::Oracle {
        let optimal = optimal(&prepared.pool, config.gamma);
        prepared.course = prepared.course.map(|course| Levels { optimal: Some(optimal), ..course });
    }
    Ok(prepared)
}

/// The levels with variants of each behind them.
fn varied(
    family: &dyn AnyFamily,
    law: &Law,
    levels: TrainingLevels,
    held: &BTreeSet<[u8; 32]>,
) -> Result<TrainingLevels, LevelsError> {
    let fresh = levels.pool.len();
    let keys: Vec<LevelKey> =
        (0..fresh).map(|i| levels.pool.key(i).expect("training levels are generated, and so have keys")).collect();
    let mut pool = family.pool(&levels.pool.knobs())?;
    let row = |key: &LevelKey| law.rows().iter().position(|row| row.ties == key.ties).unwrap_or(0) as u32;
    let shares = law.rows().iter().map(|row| row.weight).collect();
    let mut course = Levels { ties: keys.iter().map(row).collect(), shares, ..Levels::plain(fresh as u32) };
    for key in &keys {
        pool.regenerate(key)?;
    }
    for (layout, key) in keys.iter().enumerate() {
        let mut known = BTreeSet::from([pool.digest(layout)]);
        for (ties, row) in law.rows().iter().enumerate() {
            let mut found = 0;
            for placement in 0..PLACEMENTS {
                if found == VARIANTS || !pool.vary(&LevelKey { ties: row.ties, ..*key }, placement)? {
                    continue;
                }
                let digest = pool.digest(pool.len() - 1);
                if held.contains(&digest) || !known.insert(digest) {
                    pool.pop();
                    continue;
                }
                found += 1;
                course.layouts.push(layout as u32);
                course.ties.push(ties as u32);
            }
        }
    }
    Ok(TrainingLevels { pool: Arc::from(pool), course: Some(course), ..levels })
}

/// The value of each level under the best play for the training reward, found out when it is first asked for: exact where the level can be
/// solved, that of the declared planner where there is one, and unknown where it is too large.
fn optimal(pool: &Arc<dyn Pool>, gamma: f64) -> Optimal {
    let (pool, spec) = (Arc::clone(pool), pool.spec());
    let process = Process::new(gamma, pool.limit());
    // The goal's reward comes first, the training reward last where there is one.
    let reward = if spec.training_reward.is_some() { spec.all_rewards().len() - 1 } else { 0 };
    let known: Vec<OnceLock<Option<f64>>> = vec![OnceLock::new(); pool.len()];
    Arc::new(move |level| {
        *known[level as usize].get_or_init(|| match Book::new(&*pool, level as usize, &process, MAX_STATES) {
            Ok(Book::Solved(_, book)) => Some(book.pursuer(reward).value(0)),
            Ok(planned @ Book::Planned(_)) => Some(planned.values(&spec, &[0]).pursuers[reward][reward]),
            Err(error) => {
                tracing::warn!(level, %error, "a training level without an optimal value");
                None
            }
        })
    })
}
