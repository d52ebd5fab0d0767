//! Robust prioritised level replay: the buffer of levels and the law by which they are replayed.
//!
//! Jiang et al., "Replay-Guided Adversarial Environment Design" (NeurIPS 2021): PLR⊥, which takes no gradient on new levels. Ranks,
//! temperature and staleness are those of Jiang et al., "Prioritized Level Replay" (ICML 2021), eq. 1 to 4. The score is an estimate of
//! regret rather than of the value's error, as in Abdel Sadek et al. (2025, arXiv 2507.03068). Ours: levels are drawn for a rollout without
//! replacement; new levels come from a training pool of finite size, those in the buffer left out.

use super::Curriculum;
use crate::math::{exp, ln};
use misgen_core::Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A level in the buffer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    level: u32,
    /// Estimated regret.
    score: f64,
    /// Highest return since it came into the buffer.
    best: f64,
    /// The number of the rollout that last played it.
    last: u64,
}

/// What one rollout brought on one level.
pub(super) struct Seen {
    pub(super) level: u32,
    /// Mean discounted return of its episodes.
    pub(super) mean: f64,
    /// The highest of them.
    pub(super) best: f64,
    /// The level's optimal value, for the oracle.
    pub(super) optimal: Option<f64>,
}

/// The levels that are kept, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Buffer(Vec<Entry>);

/// Chance of each level to be replayed, `[levels]`, from its regret and the number of rollouts since it was last played:
/// (1 − ρ) · rank^(−1/β), normalised, and ρ · age, normalised. The highest regret has rank 1; of equal ones the earlier comes first.
///
/// # Panics
/// When the lists differ in length.
#[must_use]
pub fn replay_law(regret: &[f64], age: &[u64], temperature: f64, staleness: f64) -> Vec<f64> {
    let [by_rank, by_age] = parts(regret, age, temperature);
    by_rank.iter().zip(by_age).map(|(rank, age)| (1.0 - staleness) * rank + staleness * age).collect()
}

/// The two laws that replay mixes: by the rank of regret, and by age.
fn parts(regret: &[f64], age: &[u64], temperature: f64) -> [Vec<f64>; 2] {
    assert_eq!(regret.len(), age.len(), "regret and age of each level");
    let mut order: Vec<usize> = (0..regret.len()).collect();
    order.sort_by(|&a, &b| regret[b].total_cmp(&regret[a]));
    let mut by_rank = vec![0.0; regret.len()];
    for (above, &i) in order.iter().enumerate() {
        by_rank[i] = f64::from(exp((-f64::from(ln(above as f32 + 1.0)) / temperature) as f32));
    }
    [by_rank, age.iter().map(|age| *age as f64).collect()].map(|weights: Vec<f64>| {
        let sum: f64 = weights.iter().sum();
        let even = 1.0 / weights.len() as f64;
        weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { even }).collect()
    })
}

impl Entry {
    fn of(seen: &Seen, best: f64, now: u64) -> Self {
        Self { level: seen.level, score: seen.optimal.unwrap_or(best) - seen.mean, best, last: now }
    }
}

impl Buffer {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Refuses a buffer that no course of at most `most` levels can have after `rollouts` rollouts on a pool of `levels` levels.
    pub(super) fn check(&self, most: usize, levels: usize, rollouts: u64) -> Result<(), String> {
        if self.len() > most {
            return Err(format!("a buffer of {} levels, expected at most {most}", self.len()));
        }
        let mut seen = BTreeSet::new();
        for Entry { level, score, best, last } in &self.0 {
            if *level as usize >= levels {
                return Err(format!("a buffer with level {level}, but the pool has {levels}"));
            }
            if !seen.insert(*level) || *last > rollouts || !score.is_finite() || !best.is_finite() {
                return Err(format!("a buffer in which level {level} has no sound entry"));
            }
        }
        Ok(())
    }

    /// The first `fresh` levels but those that are here.
    pub(super) fn without(&self, fresh: u32) -> Vec<u32> {
        let here: BTreeSet<u32> = self.0.iter().map(|entry| entry.level).collect();
        (0..fresh).filter(|level| !here.contains(level)).collect()
    }

    /// Regret and age of each level.
    fn state(&self, now: u64) -> (Vec<f64>, Vec<u64>) {
        self.0.iter().map(|entry| (entry.score, now - entry.last)).unzip()
    }

    /// Draws a level for each lane by the replay law, no level twice before each has been drawn.
    ///
    /// Each draw first chooses by which part of the law: drawn from the mixture itself, a sharp law would leave nearly all lanes to
    /// staleness once its first few ranks are taken.
    pub(super) fn draw(&self, curriculum: &Curriculum, now: u64, lanes: usize, rng: &mut Rng) -> Vec<u32> {
        let (temperature, staleness) = curriculum.priorities();
        let (regret, age) = self.state(now);
        let parts = parts(&regret, &age, temperature);
        let mut open = vec![true; self.len()];
        let mut drawn = Vec::with_capacity(lanes);
        while drawn.len() < lanes {
            if drawn.len() % self.len() == 0 {
                open.fill(true);
            }
            let part = &parts[usize::from(rng.chance(staleness))];
            let any = part.iter().zip(&open).any(|(weight, open)| *open && *weight > 0.0);
            let left = part.iter().zip(&open).map(|(weight, open)| match (open, any) {
                (false, _) => 0.0,
                (true, true) => *weight,
                (true, false) => 1.0,
            });
            let i = rng.weighted(left);
            open[i] = false;
            drawn.push(self.0[i].level);
        }
        drawn
    }

    /// Scores anew what is here, and gives back what is not.
    pub(super) fn update(&mut self, seen: impl Iterator<Item = Seen>, now: u64) -> Vec<Seen> {
        let place = |buffer: &[Entry], level: u32| buffer.iter().position(|entry| entry.level == level);
        let mut unknown = Vec::new();
        for seen in seen {
            match place(&self.0, seen.level) {
                Some(i) => self.0[i] = Entry::of(&seen, seen.best.max(self.0[i].best), now),
                None => unknown.push(seen),
            }
        }
        unknown
    }

    /// Takes new levels in: into free places, then in place of those least likely to be replayed where their regret is lower.
    pub(super) fn insert(&mut self, seen: Vec<Seen>, curriculum: &Curriculum, now: u64) {
        let mut new: Vec<Entry> = seen.iter().map(|seen| Entry::of(seen, seen.best, now)).collect();
        new.sort_by(|a, b| b.score.total_cmp(&a.score));
        let free = curriculum.buffer().saturating_sub(self.len()).min(new.len());
        let rest = new.split_off(free);
        if !rest.is_empty() {
            let (temperature, staleness) = curriculum.priorities();
            let (regret, age) = self.state(now);
            let law = replay_law(&regret, &age, temperature, staleness);
            let mut order: Vec<usize> = (0..law.len()).collect();
            order.sort_by(|&a, &b| law[a].total_cmp(&law[b]));
            for (i, entry) in order.into_iter().zip(rest) {
                if self.0[i].score < entry.score {
                    self.0[i] = entry;
                }
            }
        }
        self.0.append(&mut new);
    }

    /// The `share` (at least one) of the levels of `lanes` that has the highest regret, the highest first.
    pub(super) fn worst(&self, lanes: &[u32], share: f64) -> Vec<u32> {
        let lanes: BTreeSet<u32> = lanes.iter().copied().collect();
        let mut found: Vec<&Entry> = self.0.iter().filter(|entry| lanes.contains(&entry.level)).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let most = ((found.len() as f64 * share).ceil() as usize).max(1);
        found.into_iter().take(most).map(|entry| entry.level).collect()
    }
}
