//! The level that is asked for, with its aligned twin and the processes under which both are played.

use crate::args::ShowArgs;
use crate::commands::agent::Named;
use crate::commands::level_file;
use crate::commands::world::{knobs, law, shift};
use crate::failure::Failure;
use misgen_core::{AnyFamily, FamilySpec, GenerateError, Law, LevelKey, Pool, Rng, ShiftSpec, Split, Ties};
use misgen_evaluate::pools::{merged, process};
use misgen_report::{Style, level_header};
use misgen_solve::{Process, Script};
use serde_json::Value;
use std::sync::Arc;

/// A level to look at.
pub(in crate::commands) struct Shown {
    pub(in crate::commands) spec: FamilySpec,
    pub(super) shift: Option<ShiftSpec>,
    /// All knobs.
    pub(super) knobs: Value,
    /// Its key, where it was generated.
    pub(super) key: Option<LevelKey>,
    /// Whether it was asked for by its id, which says nothing of what the level is for.
    by_id: bool,
    /// Holds the level at `place`.
    pub(in crate::commands) pool: Arc<dyn Pool>,
    /// Holds its aligned twin at `place`, where ties are broken.
    twin: Option<Arc<dyn Pool>>,
    pub(super) place: usize,
}

/// A level of a picture and how it is played.
pub(super) struct Side<'a> {
    pub(super) pool: &'a Arc<dyn Pool>,
    pub(super) process: Process,
    /// What keys the streams of an evaluation on it.
    pub(super) purpose: String,
}

impl Shown {
    /// The twin, where there is one, and the level.
    pub(super) fn sides(&self) -> Vec<Side<'_>> {
        let free = Process::new(self.spec.gamma, self.pool.limit());
        let name = self.shift.as_ref().map_or("training", |shift| &shift.name);
        let twin = self.twin.iter().map(|pool| Side { pool, process: free, purpose: format!("{name}/twin") });
        let stopped = self.shift.as_ref().map_or(free, |shift| process(&self.spec, shift, self.pool.limit()));
        twin.chain([Side { pool: &self.pool, process: stopped, purpose: name.to_owned() }]).collect()
    }

    /// What is seen at the start, side by side.
    pub(super) fn frames(&self) -> Vec<Vec<u8>> {
        self.sides().iter().map(|side| side.pool.replay(self.place, &[], &[]).remove(0)).collect()
    }

    /// What is known of the level, one fact a line.
    pub(super) fn head(&self, style: &Style) -> Vec<String> {
        let Some(key) = &self.key else { return vec![format!("{}, the level of a file", self.spec.id())] };
        let mut head = level_header(&self.spec, self.shift.as_ref(), key, style);
        if self.by_id && self.shift.is_none() {
            head[0] = self.spec.id();
        }
        head.push(format!("id: {key}"));
        head
    }
}

/// Level `seed` of `family` under `shift`, or of its default law without one, with default knobs.
pub(in crate::commands) fn generated(
    family: &dyn AnyFamily,
    shift: Option<ShiftSpec>,
    seed: u64,
) -> Result<Shown, Failure> {
    let knobs = shift.as_ref().map_or(&Value::Null, |shift| &shift.knobs);
    let knobs = family.knobs(knobs).map_err(Failure::job)?;
    let spec = family.spec();
    let law = Law::named(&spec, spec.laws[0].name).expect("a family has its own laws");
    let ties = shift.as_ref().map_or_else(|| law.draw(&mut Rng::keyed(0, "law", seed)), |shift| shift.ties);
    let make = |ties: &Ties| -> Result<Arc<dyn Pool>, Failure> {
        let mut pool = family.pool(&knobs).map_err(Failure::job)?;
        pool.generate(0, Split::Check, seed, ties).map_err(Failure::job)?;
        Ok(Arc::from(pool))
    };
    let pool = make(&ties)?;
    let broken = shift.is_some() && ties != ties.aligned();
    let twin = broken.then(|| make(&ties.aligned())).transpose()?;
    let key = pool.key(0);
    Ok(Shown { spec: pool.spec(), shift, knobs, key, by_id: false, pool, twin, place: 0 })
}

/// The level that `args` ask for. `player` is who will play on it: a learned one brings its knobs, and one that looks at another
/// level finds the next of the stream behind this one.
pub(super) fn found(args: &ShowArgs, family: &dyn AnyFamily, player: Option<&Named>) -> Result<Shown, Failure> {
    let spec = family.spec();
    let mut world = knobs(family, &args.world)?;
    if let Some(Named::Learned(learned)) = player
        && let Some(card) = learned.card_in(&spec)?
        && args.world.knobs.is_empty()
    {
        world = family.knobs(&card.knobs).map_err(Failure::usage)?;
    }
    let place = args.film.gif.as_ref().map_or(0, |_| args.film.place as usize);
    if let Some(path) = &args.file {
        let pool = Arc::from(level_file::levels(path, family, &world, place + 1)?);
        return Ok(Shown { spec, shift: None, knobs: world, key: None, by_id: false, pool, twin: None, place });
    }
    let (_, law) = law(&spec, &args.world)?;
    let shift = args.shift.as_deref().map(|name| shift(&spec, name)).transpose()?;
    let wanted = args.level.as_deref().map(str::parse::<LevelKey>).transpose().map_err(Failure::usage)?;
    let ties = match (&wanted, &shift) {
        (Some(key), _) => key.ties,
        (None, Some(shift)) => shift.ties,
        (None, None) => law.draw(&mut Rng::keyed(0, "law", args.seed)),
    };
    let all = shift.as_ref().map_or_else(|| world.clone(), |shift| merged(&world, &shift.knobs));
    let another = matches!(player, Some(Named::Scripted(Script::Elsewhere(_))));
    let make = |ties: &Ties| -> Result<Arc<dyn Pool>, Failure> {
        let mut pool = family.pool(&all).map_err(Failure::usage)?;
        match &wanted {
            // An id that does not serve here is a slip of whoever asks.
            Some(key) => pool.regenerate(&LevelKey { ties: *ties, ..*key }).map_err(Failure::usage)?,
            None => pool.generate(0, Split::Check, args.seed, ties).map_err(refused)?,
        }
        let key = pool.key(0).ok_or_else(|| Failure::job("a generated level has no key"))?;
        // Streams are keyed by the place in a pool; what lies before it is not played.
        for _ in 0..place {
            pool.regenerate(&key).map_err(Failure::job)?;
        }
        if let Some(index) = key.index.checked_add(1).filter(|_| another) {
            pool.generate(key.seed, key.split, index, ties).map_err(refused)?;
        }
        Ok(Arc::from(pool))
    };
    let pool = make(&ties)?;
    let broken = shift.is_some() && ties != ties.aligned();
    let twin = broken.then(|| make(&ties.aligned())).transpose()?;
    let key = pool.key(place);
    // Rewards may depend on knobs.
    Ok(Shown { spec: pool.spec(), shift, knobs: all, key, by_id: wanted.is_some(), pool, twin, place })
}

fn refused(error: GenerateError) -> Failure {
    match error {
        GenerateError::Unsupported { .. } => Failure::usage(error),
        error => Failure::job(error),
    }
}
