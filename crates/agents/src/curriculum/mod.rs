//! Curricula: which levels a learner plays next, by how much it has left to gain on them.
//!
//! Both are *robust*: a rollout is either of new levels, which are scored and not learned from, or of replayed levels, which are
//! learned from. At the start of a rollout each lane gets a level and plays it again and again until the end, so that a level's
//! present return is a mean over episodes. The kinds are [`Plr`](Curriculum::Plr) in `plr` and [`Accel`](Curriculum::Accel) in `accel`.

mod accel;
mod config;
mod plr;

pub use config::{AccelConfig, Curriculum, Estimator, PlrConfig, Ties};
pub use plr::replay_law;

use misgen_core::Rng;
use plr::Buffer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The best that anybody could do on a level: expected discounted return of the training reward, by the level's place in
/// the pool, under the learner's discount. Where it is not known the estimate falls back to the highest return.
pub type Optimal = Arc<dyn Fn(u32) -> Option<f64> + Send + Sync>;

/// What a curriculum knows of the training pool.
#[derive(Clone)]
pub struct Levels {
    /// New levels are the first so many of the pool: those that the training law gave. What follows are variants of them.
    pub fresh: u32,
    /// The layout of each level of the pool, as any number: an edit leads to another level of the same layout.
    pub layouts: Vec<u32>,
    /// The row of the training law's table that each level was made under.
    pub ties: Vec<u32>,
    /// The share of each row.
    pub shares: Vec<f64>,
    /// Optimal values, where the estimator asks for them.
    pub optimal: Option<Optimal>,
}

impl Levels {
    /// A pool of `levels` levels without variants.
    #[must_use]
    pub fn plain(levels: u32) -> Self {
        Self {
            fresh: levels,
            layouts: (0..levels).collect(),
            ties: vec![0; levels as usize],
            shares: vec![1.0],
            optimal: None,
        }
    }

    /// Number of levels in the pool.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.layouts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.layouts.is_empty()
    }

    /// What does not go together, for a curriculum with `estimator`.
    fn flaw(&self, estimator: Estimator) -> Option<&'static str> {
        if self.fresh == 0 || self.fresh as usize > self.len() || self.ties.len() != self.len() {
            return Some("lists of a training pool that differ in length");
        }
        if self.ties.iter().any(|row| *row as usize >= self.shares.len()) {
            return Some("levels of rows that the training law does not have");
        }
        (estimator == Estimator::Oracle && self.optimal.is_none())
            .then_some("no optimal values for the oracle estimator")
    }
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, optimal) = (self.len(), self.optimal.is_some());
        f.debug_struct("Levels").field("fresh", &self.fresh).field("all", &all).field("optimal", &optimal).finish()
    }
}

/// What a rollout is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Levels drawn from the law: scored, not learned from.
    New,
    /// Edits of replayed levels: scored, not learned from.
    Edited,
    /// Levels of the buffer: learned from, and scored anew.
    Replayed,
}

/// An episode that ended: its level, and its discounted return of the training reward.
pub(crate) type Played = (u32, f64);

/// A curriculum in progress; part of a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Course {
    /// Rollouts done, of all kinds.
    pub(crate) rollouts: u64,
    buffer: Buffer,
    /// Replayed levels whose edits come next, the most regretted first.
    edit: Vec<u32>,
}

impl Course {
    /// Refuses a course that is none of `curriculum` on `levels`.
    pub(crate) fn check(&self, curriculum: &Curriculum, levels: &Levels) -> Result<(), String> {
        if let Some(flaw) = levels.flaw(curriculum.estimator()) {
            return Err(flaw.to_owned());
        }
        if let Some(level) = self.edit.iter().find(|level| **level as usize >= levels.len()) {
            return Err(format!("a curriculum with level {level}, but the pool has {}", levels.len()));
        }
        self.buffer.check(curriculum.buffer(), levels.len(), self.rollouts)
    }

    /// What the next rollout is for, and the level of each of `lanes` lanes. Draws from `rng` alone.
    pub(crate) fn next(
        &self,
        curriculum: &Curriculum,
        levels: &Levels,
        lanes: usize,
        rng: &mut Rng,
    ) -> (Kind, Vec<u32>) {
        if let (false, Curriculum::Accel(accel)) = (self.edit.is_empty(), curriculum) {
            let edits = |lane: usize| self.edit[lane % self.edit.len()];
            let edited = (0..lanes).map(|lane| accel::edit(edits(lane), levels, accel, rng));
            return (Kind::Edited, self.complete(edited.collect(), levels, rng));
        }
        let full = self.buffer.len() >= curriculum.least(lanes, levels.fresh);
        if full && rng.chance(curriculum.replay()) {
            return (Kind::Replayed, self.buffer.draw(curriculum, self.rollouts, lanes, rng));
        }
        (Kind::New, self.complete(vec![None; lanes], levels, rng))
    }

    /// Fills the lanes without a level with new ones: those that are not in the buffer, each once, as long as there are any.
    fn complete(&self, lanes: Vec<Option<u32>>, levels: &Levels, rng: &mut Rng) -> Vec<u32> {
        let open = lanes.iter().filter(|level| level.is_none()).count();
        let mut unknown: Vec<u32> = if open == 0 { Vec::new() } else { self.buffer.without(levels.fresh) };
        let mut draw = || match unknown.len() {
            0 => rng.below(levels.fresh),
            n => unknown.swap_remove(rng.below(n as u32) as usize),
        };
        lanes.into_iter().map(|level| level.unwrap_or_else(&mut draw)).collect()
    }

    /// Learns what a rollout on `lanes` (a level each) brought.
    pub(crate) fn told(
        &mut self,
        kind: Kind,
        lanes: &[u32],
        played: &[Played],
        curriculum: &Curriculum,
        levels: &Levels,
    ) {
        self.rollouts += 1;
        let mut returns: BTreeMap<u32, (f64, f64, f64)> = BTreeMap::new();
        for &(level, value) in played {
            let (sum, count, best) = returns.entry(level).or_insert((0.0, 0.0, f64::NEG_INFINITY));
            *sum += value;
            *count += 1.0;
            *best = best.max(value);
        }
        let optimal = |level| match curriculum.estimator() {
            Estimator::MaxLatest => None,
            Estimator::Oracle => levels.optimal.as_ref().and_then(|optimal| optimal(level)),
        };
        let seen = returns.into_iter().map(|(level, (sum, count, best))| plr::Seen {
            level,
            mean: sum / count,
            best,
            optimal: optimal(level),
        });
        let unknown = self.buffer.update(seen, self.rollouts);
        self.buffer.insert(unknown, curriculum, self.rollouts);
        self.edit = match (kind, curriculum) {
            (Kind::Replayed, Curriculum::Accel(accel)) => self.buffer.worst(lanes, accel.edited),
            _ => Vec::new(),
        };
    }
}
