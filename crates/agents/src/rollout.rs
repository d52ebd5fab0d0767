//! What a rollout collects, and the advantages that follow from it.

use crate::loss::Rows;
use misgen_core::Rng;
use serde::{Deserialize, Serialize};

/// The steps of one rollout, row `t * lanes + lane`. Observations stay bit-packed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rollout {
    pub(crate) obs: Vec<u8>,
    /// The level that each is of.
    pub(crate) levels: Vec<u32>,
    pub(crate) actions: Vec<u8>,
    pub(crate) log_probs: Vec<f32>,
    /// With the discounted value of what lies beyond added to a truncated episode's last step.
    pub(crate) rewards: Vec<f32>,
    pub(crate) done: Vec<bool>,
    /// One step more than the others: the values after the last one.
    pub(crate) values: Vec<f32>,
    pub(crate) advantages: Vec<f32>,
    /// Of a recurrent net: what each lane remembered before the first step, and whether an episode begins with each row.
    pub(crate) memory: Vec<f32>,
    pub(crate) fresh: Vec<bool>,
    /// Level and discounted return of each episode that ended.
    pub(crate) played: Vec<(u32, f64)>,
}

impl Rollout {
    pub(crate) fn clear(&mut self) {
        self.obs.clear();
        self.levels.clear();
        self.actions.clear();
        self.log_probs.clear();
        self.rewards.clear();
        self.done.clear();
        self.values.clear();
        self.advantages.clear();
        self.memory.clear();
        self.fresh.clear();
        self.played.clear();
    }

    /// The chosen rows, their advantages normalised among themselves.
    pub(crate) fn rows(&self, chosen: &[u32]) -> Rows {
        let of = |i: &u32| *i as usize;
        let mut advantages: Vec<f32> = chosen.iter().map(|i| self.advantages[of(i)]).collect();
        let returns = chosen.iter().map(|i| self.advantages[of(i)] + self.values[of(i)]).collect();
        normalise(&mut advantages);
        Rows {
            actions: chosen.iter().map(|i| self.actions[of(i)]).collect(),
            log_probs: chosen.iter().map(|i| self.log_probs[of(i)]).collect(),
            advantages,
            returns,
        }
    }

    /// 1 − var(return − value) / var(return); a return less its value is the advantage.
    pub(crate) fn explained_variance(&self) -> Option<f64> {
        let returns = self.advantages.iter().zip(&self.values).map(|(a, v)| f64::from(a + v));
        let (_, total) = moments(returns);
        let (_, left) = moments(self.advantages.iter().map(|a| f64::from(*a)));
        (total > 0.0).then(|| 1.0 - left / total)
    }
}

/// Mean and variance.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (mean, values.map(|x| (x - mean) * (x - mean)).sum::<f64>() / n)
}

/// Shifts and scales to mean 0 and standard deviation 1.
fn normalise(values: &mut [f32]) {
    let (mean, variance) = moments(values.iter().map(|x| f64::from(*x)));
    let scale = 1.0 / (variance.sqrt() + 1e-8);
    for x in values {
        *x = ((f64::from(*x) - mean) * scale) as f32;
    }
}

/// Generalised advantage estimates, `[steps * lanes]`, from rewards and ends of the same shape and
/// `values[(steps + 1) * lanes]`: A_t = δ_t + γ λ (1 − done_t) A_{t+1}, δ_t = r_t + γ (1 − done_t) V_{t+1} − V_t.
///
/// Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (2016), eq. 16.
#[must_use]
pub fn gae(gamma: f32, lambda: f32, lanes: usize, rewards: &[f32], values: &[f32], done: &[bool]) -> Vec<f32> {
    let mut advantages = vec![0.0; rewards.len()];
    let mut next = vec![0.0; lanes];
    for i in (0..rewards.len()).rev() {
        let goes_on = if done[i] { 0.0 } else { gamma };
        let delta = rewards[i] + goes_on * values[i + lanes] - values[i];
        next[i % lanes] = delta + goes_on * lambda * next[i % lanes];
        advantages[i] = next[i % lanes];
    }
    advantages
}

/// Draws an action in proportion to `probs`, with one draw of `rng`.
pub(crate) fn pick(probs: &[f32], rng: &mut Rng) -> u8 {
    rng.weighted(probs.iter().map(|p| f64::from(*p))) as u8
}

/// Returns and lengths of the episodes in progress and of those that ended in the present rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Episodes {
    /// A lane's return, discounted return, length and next discount.
    running: Vec<[f64; 4]>,
    /// Sums of the first three over finished episodes.
    sums: [f64; 3],
    count: u64,
}

impl Episodes {
    const FRESH: [f64; 4] = [0.0, 0.0, 0.0, 1.0];

    pub(crate) fn new(lanes: usize) -> Self {
        Self { running: vec![Self::FRESH; lanes], sums: [0.0; 3], count: 0 }
    }

    pub(crate) const fn lanes(&self) -> usize {
        self.running.len()
    }

    pub(crate) const fn forget_finished(&mut self) {
        self.sums = [0.0; 3];
        self.count = 0;
    }

    /// Adds a step. Returns the discounted return of the episode that ended with it.
    pub(crate) fn step(&mut self, lane: usize, reward: f64, ended: bool, gamma: f64) -> Option<f64> {
        let [sum, discounted, length, discount] = &mut self.running[lane];
        *sum += reward;
        *discounted += *discount * reward;
        *length += 1.0;
        *discount *= gamma;
        if ended {
            let finished = [*sum, *discounted, *length];
            for (sum, x) in self.sums.iter_mut().zip(finished) {
                *sum += x;
            }
            self.count += 1;
            self.running[lane] = Self::FRESH;
            return Some(finished[1]);
        }
        None
    }

    /// Discounted return so far of the episode in progress.
    pub(crate) fn running(&self, lane: usize) -> f64 {
        self.running[lane][1]
    }

    /// How many ended, and their means.
    pub(crate) fn finished(&self) -> (u64, Option<[f64; 3]>) {
        (self.count, (self.count > 0).then(|| self.sums.map(|sum| sum / self.count as f64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advantages_agree_with_a_worked_example() {
        // One lane, γ = .5, λ = .5; the second step ends an episode, so nothing flows back over it.
        // δ = (1 + .5·2 − 1, 2 + 0 − 2, 0 + .5·8 − 3) = (1, 0, 1); A = (1 + .25·0, 0, 1).
        let a = gae(0.5, 0.5, 1, &[1.0, 2.0, 0.0], &[1.0, 2.0, 3.0, 8.0], &[false, true, false]);
        assert_eq!(a, [1.0, 0.0, 1.0]);
        // Without the end: δ = (1, 2 + 1.5 − 2 = 1.5, 1); A = (1 + .25·1.75, 1.5 + .25·1, 1).
        let a = gae(0.5, 0.5, 1, &[1.0, 2.0, 0.0], &[1.0, 2.0, 3.0, 8.0], &[false; 3]);
        assert_eq!(a, [1.4375, 1.75, 1.0]);
    }

    #[test]
    fn lanes_do_not_mix() {
        let (one, two) = ([1.0, 2.0], [5.0, -1.0]);
        let both = gae(0.9, 0.8, 2, &[1.0, 5.0, 2.0, -1.0], &[0.0; 6], &[false; 4]);
        let one = gae(0.9, 0.8, 1, &one, &[0.0; 3], &[false; 2]);
        let two = gae(0.9, 0.8, 1, &two, &[0.0; 3], &[false; 2]);
        assert_eq!(both, [one[0], two[0], one[1], two[1]]);
    }

    #[test]
    fn normalised_advantages_have_mean_zero_and_deviation_one() {
        let mut values = [1.0, 2.0, 3.0, 10.0];
        normalise(&mut values);
        let (mean, variance) = moments(values.iter().map(|x| f64::from(*x)));
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
        let mut equal = [3.0; 5];
        normalise(&mut equal);
        assert_eq!(equal, [0.0; 5]);
    }

    #[test]
    fn episode_means_count_only_what_ended() {
        let mut episodes = Episodes::new(2);
        episodes.step(0, 1.0, false, 0.5);
        episodes.step(1, 7.0, false, 0.5);
        assert_eq!(episodes.finished(), (0, None));
        episodes.step(0, 1.0, true, 0.5);
        episodes.step(0, 4.0, true, 0.5);
        assert_eq!(episodes.finished(), (2, Some([3.0, 2.75, 1.5])));
        episodes.forget_finished();
        episodes.step(1, 0.0, true, 0.5);
        assert_eq!(episodes.finished(), (1, Some([7.0, 7.0, 2.0])));
    }
}
