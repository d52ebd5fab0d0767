//! Pursuers: optimal players by backward dynamic programming over the steps that are left.

use crate::{Process, Reach};
use misgen_core::{Graph, Reward};
use std::sync::Arc;

/// Two values are equal when they differ by no more than this, relative to the greater of 1 and their size.
pub const TOLERANCE: f64 = 1e-9;

/// A set of actions: bit a says that action a is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionSet(pub u16);

impl ActionSet {
    /// One action alone.
    #[must_use]
    pub const fn one(action: u8) -> Self {
        Self(1 << action)
    }

    /// Whether `action` is in it.
    #[must_use]
    pub const fn contains(self, action: u8) -> bool {
        self.0 >> action & 1 == 1
    }

    /// Number of actions in it.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether it is empty; no pursuer's set is.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its actions in rising order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..16).filter(move |&action| self.contains(action))
    }

    /// Writes the uniform law over the set into `probs` (`[actions]`).
    #[inline]
    pub fn law(self, probs: &mut [f64]) {
        let share = 1.0 / f64::from(self.len());
        for (action, p) in probs.iter_mut().enumerate() {
            *p = if self.contains(action as u8) { share } else { 0.0 };
        }
    }
}

/// Optimal play on one level: all equally good actions for each state and step.
#[derive(Clone, Debug)]
pub struct Pursuit {
    limit: u16,
    place: Arc<[u32]>,
    /// Where the layer of h steps left begins in `sets`, from h = 1; one more entry closes the last.
    /// With more steps left than there are layers, the last layer still holds.
    layers: Vec<usize>,
    sets: Vec<ActionSet>,
    values: Vec<f64>,
}

impl Pursuit {
    /// All equally good actions in `state` after `step` steps. Whoever plays breaks the tie uniformly.
    ///
    /// # Panics
    /// When the process cannot be in `state` after `step` steps.
    #[must_use]
    #[inline]
    pub fn actions(&self, state: u32, step: u16) -> ActionSet {
        assert!(step < self.limit, "step {step} of an episode of {} steps", self.limit);
        let left = usize::from(self.limit - step).min(self.layers.len() - 1);
        let place = self.place[state as usize] as usize;
        let layer = &self.sets[self.layers[left - 1]..self.layers[left]];
        assert!(place < layer.len(), "the process cannot be in state {state} after {step} steps");
        layer[place]
    }

    /// Value of the start under the `k`-th reward pursued.
    #[must_use]
    pub fn value(&self, k: usize) -> f64 {
        self.values[k]
    }

    /// Number of layers kept: the horizon from which one more step left changes nothing.
    #[must_use]
    pub const fn layers(&self) -> usize {
        self.layers.len() - 1
    }
}

/// Play that is optimal for `rewards[0]`, among such plays optimal for `rewards[1]`, and so on.
///
/// With `stay`, a player for whom nothing is left (every value is 0) stays where staying is
/// among the best; without it, such a player does anything that is as good (the anti-goal, which
/// pursues a negated reward and must not simply stand still).
#[must_use]
pub fn pursue(graph: &Graph, process: &Process, rewards: &[Reward], stay: Option<u8>) -> Pursuit {
    pursue_in(&Reach::new(graph, process), rewards, stay)
}

/// [`pursue`] where the process has been laid out already.
///
/// # Panics
/// Without a reward, with a `stay` that is no action, or with more than 16 actions.
#[must_use]
pub fn pursue_in(reach: &Reach, rewards: &[Reward], stay: Option<u8>) -> Pursuit {
    assert!(!rewards.is_empty(), "nothing to pursue");
    assert!(reach.actions() <= 16, "an action set holds 16 actions, the level has {}", reach.actions());
    assert!(stay.is_none_or(|stay| usize::from(stay) < reach.actions()), "staying is none of the actions");
    if reach.is_certain() { solve::<true>(reach, rewards, stay) } else { solve::<false>(reach, rewards, stay) }
}

/// Backward induction, V_h(s) = max over a of E [r + gamma V_{h-1}(s')], one value layer a reward,
/// each maximised over the actions that are best for all rewards before it.
fn solve<const CERTAIN: bool>(reach: &Reach, rewards: &[Reward], stay: Option<u8>) -> Pursuit {
    let Process { gamma, limit, .. } = *reach.process();
    let payments: Vec<Vec<f64>> = rewards.iter().map(|reward| reach.payments(reward)).collect();
    let zero = vec![0.0; reach.over() + 1];
    let mut before = vec![zero; rewards.len()];
    let mut after = before.clone();
    let mut layers = vec![0];
    let mut sets: Vec<ActionSet> = Vec::new();
    // Places whose value the last layer changed. The others' values are what they were, and so is all that follows from them.
    let mut moved = vec![true; reach.over() + 1];
    let mut moving = vec![false; reach.over() + 1];
    for left in 1..=usize::from(limit) {
        let states = reach.possible(usize::from(limit) - left);
        sets.reserve(states);
        let mut changed = false;
        moving[reach.over()] = false;
        for place in 0..states {
            let arrows = if CERTAIN { reach.certain(place) } else { reach.all(place) };
            if !arrows.iter().any(|a| moved[a.next as usize]) {
                before.iter().zip(&mut after).for_each(|(old, new)| new[place] = old[place]);
                moving[place] = false;
                sets.push(sets[layers[left - 2] + place]);
                continue;
            }
            let mut best = ActionSet(((1_u32 << reach.actions()) - 1) as u16);
            let mut nothing = true;
            let mut differs = false;
            for ((pay, old), new) in payments.iter().zip(&before).zip(&mut after) {
                let value = if CERTAIN {
                    narrow(
                        &mut best,
                        reach.certain(place).iter().map(|a| pay[a.set as usize] + gamma * old[a.next as usize]),
                    )
                } else {
                    let backup = |action| {
                        let (arrows, probabilities) = reach.uncertain(place, action);
                        arrows
                            .iter()
                            .zip(probabilities)
                            .map(|(a, p)| p * (pay[a.set as usize] + gamma * old[a.next as usize]))
                            .sum::<f64>()
                    };
                    narrow(&mut best, (0..reach.actions()).map(backup))
                };
                nothing &= value.abs() <= TOLERANCE;
                differs |= value != old[place];
                new[place] = value;
            }
            changed |= differs;
            moving[place] = differs;
            sets.push(match stay {
                Some(stay) if nothing && best.contains(stay) => ActionSet::one(stay),
                _ => best,
            });
        }
        layers.push(sets.len());
        std::mem::swap(&mut before, &mut after);
        std::mem::swap(&mut moved, &mut moving);
        // The next layer is this one's function of equal values on a smaller set of states.
        if !changed {
            break;
        }
    }
    sets.shrink_to_fit();
    let values = before.iter().map(|layer| layer[0]).collect();
    Pursuit { limit, place: reach.places(), layers, sets, values }
}

/// Keeps those actions of `set` that are best; returns their value.
#[inline]
fn narrow(set: &mut ActionSet, values: impl Iterator<Item = f64>) -> f64 {
    let mut q = [f64::NEG_INFINITY; 16];
    let mut best = f64::NEG_INFINITY;
    let mut count = 0;
    for (slot, value) in q.iter_mut().zip(values) {
        if set.0 >> count & 1 == 1 {
            *slot = value;
            best = best.max(value);
        }
        count += 1;
    }
    let least = best - TOLERANCE * best.abs().max(1.0);
    let mut kept = 0;
    for (action, value) in q[..count].iter().enumerate() {
        kept |= u16::from(*value >= least) << action;
    }
    set.0 = kept;
    best
}
