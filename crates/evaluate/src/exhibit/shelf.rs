//! Levels that exhibits name, each kept once.

use super::{LevelExhibit, WayExhibit};
use crate::pools::{EvalPool, MAX_STATES};
use crate::way::{places, pursuer_way};
use misgen_core::{ObsSpec, Pool, TooLarge};
use misgen_solve::{Book, Process};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Shift, place in its pool, whether it is the twin, id and digest: training rows are of different levels where the training law is, and one
/// level may have several ids.
type Key = (String, u32, bool, Option<String>, [u8; 32]);

/// The levels of a world so far.
#[derive(Default)]
pub struct Shelf {
    levels: Vec<LevelExhibit>,
    /// Where each is here.
    known: BTreeMap<Key, usize>,
}

/// One side of a pool: its levels or their twins, and the process that is played there.
pub(super) struct Side<'a> {
    pub(super) levels: &'a Arc<dyn Pool>,
    pub(super) process: Process,
    pub(super) twin: bool,
}

impl<'a> Side<'a> {
    /// `None` where the pool has no twins.
    pub(super) fn of(pool: &'a EvalPool, twin: bool) -> Option<Self> {
        let (levels, process) =
            if twin { (pool.twins.as_ref()?, pool.twin_process()) } else { (&pool.pool, pool.process()) };
        Some(Self { levels, process, twin })
    }
}

impl Shelf {
    /// The place of a level of `shift` here; what optimal players do on it is worked out at the first time.
    pub(super) fn place(&mut self, shift: &str, side: &Side<'_>, level: usize) -> Result<usize, TooLarge> {
        let pool = &**side.levels;
        let id = pool.key(level).map(|key| key.to_string());
        let key = (shift.to_owned(), level as u32, side.twin, id.clone(), pool.digest(level));
        if let Some(place) = self.known.get(&key) {
            return Ok(*place);
        }
        let obs = pool.obs_spec();
        let start = pool.replay(level, &[], &[]).swap_remove(0);
        self.levels.push(LevelExhibit {
            shift: shift.to_owned(),
            place: level as u32,
            twin: side.twin,
            id,
            width: obs.width,
            height: obs.height,
            cells: cells(&obs, &start),
            ways: ways(pool, &side.process, level)?,
        });
        self.known.insert(key, self.levels.len() - 1);
        Ok(self.levels.len() - 1)
    }

    /// The place in its pool of the level at `place`.
    pub(super) fn level(&self, place: usize) -> Option<usize> {
        Some(self.levels.get(place)?.place as usize)
    }

    /// All of them, in order of first mention.
    #[must_use]
    pub fn into_levels(self) -> Vec<LevelExhibit> {
        self.levels
    }
}

/// The bits of each cell of an observation.
pub(super) fn cells(obs: &ObsSpec, frame: &[u8]) -> Vec<u16> {
    (0..obs.height * obs.width).map(|at| obs.cell(frame, at)).collect()
}

/// Goal first, then whatever else can be had here.
fn ways(pool: &dyn Pool, process: &Process, level: usize) -> Result<Vec<WayExhibit>, TooLarge> {
    let (spec, obs) = (pool.spec(), pool.obs_spec());
    let book = Book::new(pool, level, process, MAX_STATES)?;
    let all = (0..spec.all_rewards().len()).map(|cue| pursuer_way(pool, level, process, &book, cue));
    let worth = all.filter(|way| way.cue == 0 || way.own > 0.0);
    Ok(worth
        .map(|way| {
            let frames = pool.replay(level, &way.episode.actions, &way.episode.chances);
            let found = places(&obs, &frames);
            WayExhibit {
                cue: way.cue,
                cells: found.into_iter().map(|cell| cell as u16).collect(),
                steps: way.episode.actions.len(),
                goal_return: way.goal,
            }
        })
        .collect())
}
