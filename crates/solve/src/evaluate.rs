//! Exact evaluation of any law of play by forward occupancy, averaging over noise.

use crate::reach::Arrow;
use crate::{Process, Reach};
use misgen_core::{Events, Graph, Reward};

/// One way in which an episode can end before the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finish {
    /// What happened in the last step.
    pub events: Events,
    /// Steps taken, the last one included.
    pub steps: u16,
    /// Probability.
    pub probability: f64,
}

/// What a law of play brings, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Exact {
    /// V = E sum of gamma^t r_t for each reward, `[rewards]`.
    pub values: Vec<f64>,
    /// Standard error of each value where they are means of rollouts; empty where they are exact.
    pub errors: Vec<f64>,
    /// How episodes end, by step, then events.
    pub finishes: Vec<Finish>,
    /// Probability that the limit cuts the episode.
    pub truncated: f64,
    /// Mean number of steps.
    pub length: f64,
    /// Mean number of times that each event happens.
    pub counts: [f64; 16],
}

impl Exact {
    /// Probability that the episode ends by a step whose events within `stop` are exactly a set, for
    /// each set that occurs, in rising order. The empty set: ended by the rules with nothing of `stop`.
    #[must_use]
    pub fn first(&self, stop: Events) -> Vec<(Events, f64)> {
        let mut all: Vec<(Events, f64)> = Vec::new();
        for finish in &self.finishes {
            let events = Events(finish.events.0 & stop.0);
            match all.binary_search_by_key(&events.0, |(set, _)| set.0) {
                Ok(i) => all[i].1 += finish.probability,
                Err(i) => all.insert(i, (events, finish.probability)),
            }
        }
        all
    }

    /// Success weighted by path length, E 1[ended by `stop`] l*/max(l, l*), where l* is `shortest`
    /// (Anderson et al. 2018, arXiv 1807.06757, eq. 1).
    #[must_use]
    pub fn spl(&self, stop: Events, shortest: u16) -> f64 {
        let reached = self.finishes.iter().filter(|finish| finish.events.meets(stop));
        reached.map(|f| f.probability * f64::from(shortest) / f64::from(shortest.max(f.steps))).sum()
    }

    /// What a player brings who draws once an episode which of `parts` to play, by their weights.
    ///
    /// # Panics
    /// Without parts.
    #[must_use]
    pub fn mixture(parts: &[(f64, Self)]) -> Self {
        let mut all = Self {
            values: vec![0.0; parts[0].1.values.len()],
            errors: Vec::new(),
            finishes: Vec::new(),
            truncated: 0.0,
            length: 0.0,
            counts: [0.0; 16],
        };
        for (weight, part) in parts {
            let add = |sums: &mut [f64], terms: &[f64]| sums.iter_mut().zip(terms).for_each(|(s, t)| *s += weight * t);
            add(&mut all.values, &part.values);
            add(&mut all.counts, &part.counts);
            all.truncated += weight * part.truncated;
            all.length += weight * part.length;
            for finish in part.finishes.iter().filter(|_| *weight > 0.0) {
                let probability = weight * finish.probability;
                let key = (finish.steps, finish.events.0);
                match all.finishes.binary_search_by_key(&key, |f| (f.steps, f.events.0)) {
                    Ok(i) => all.finishes[i].probability += probability,
                    Err(i) => all.finishes.insert(i, Finish { probability, ..*finish }),
                }
            }
        }
        all
    }
}

/// Evaluates a law of play: `law` is called with a state and a step that have a positive probability
/// and fills in the probability of each action (`[actions]`, sum 1).
pub fn evaluate(
    graph: &Graph,
    process: &Process,
    rewards: &[Reward],
    law: &mut dyn FnMut(u32, u16, &mut [f64]),
) -> Exact {
    evaluate_in(&Reach::new(graph, process), rewards, law)
}

/// Evaluates uniformly random play.
#[must_use]
pub fn uniform(graph: &Graph, process: &Process, rewards: &[Reward]) -> Exact {
    uniform_in(&Reach::new(graph, process), rewards)
}

/// [`uniform`] where the process has been laid out already.
#[must_use]
pub fn uniform_in(reach: &Reach, rewards: &[Reward]) -> Exact {
    let share = 1.0 / reach.actions() as f64;
    evaluate_in(reach, rewards, |_, _, probs| probs.fill(share))
}

/// Values alone of uniformly random play, `[rewards]`: backward induction, several times faster than
/// [`uniform_in`] on large levels.
#[must_use]
pub fn uniform_values(reach: &Reach, rewards: &[Reward]) -> Vec<f64> {
    let Process { gamma, limit, .. } = *reach.process();
    let share = 1.0 / reach.actions() as f64;
    let mut values = Vec::with_capacity(rewards.len());
    // Four rewards at a time, side by side: one look at an arrow serves them all.
    for group in rewards.chunks(4) {
        let mut payments = vec![[0.0; 4]; reach.sets().len()];
        for (k, reward) in group.iter().enumerate() {
            for (slot, pay) in payments.iter_mut().zip(reach.payments(reward)) {
                slot[k] = pay;
            }
        }
        let mut before = vec![[0.0; 4]; reach.over() + 1];
        let mut after = before.clone();
        for step in (0..usize::from(limit)).rev() {
            for (place, new) in after[..reach.possible(step)].iter_mut().enumerate() {
                let mut sums = [0.0; 4];
                let mut add = |arrow: &Arrow, p: f64| {
                    let (pay, old) = (&payments[arrow.set as usize], &before[arrow.next as usize]);
                    for k in 0..4 {
                        sums[k] += p * (pay[k] + gamma * old[k]);
                    }
                };
                if reach.is_certain() {
                    reach.certain(place).iter().for_each(|arrow| add(arrow, share));
                } else {
                    for action in 0..reach.actions() {
                        let (arrows, probabilities) = reach.uncertain(place, action);
                        arrows.iter().zip(probabilities).for_each(|(arrow, p)| add(arrow, p * share));
                    }
                }
                *new = sums;
            }
            std::mem::swap(&mut before, &mut after);
        }
        values.extend(&before[0][..group.len()]);
    }
    values
}

/// [`evaluate`] where the process has been laid out already.
pub fn evaluate_in(reach: &Reach, rewards: &[Reward], mut law: impl FnMut(u32, u16, &mut [f64])) -> Exact {
    let payments: Vec<Vec<f64>> = rewards.iter().map(|reward| reach.payments(reward)).collect();
    let (over, sets) = (reach.over(), reach.sets().len());
    let mut exact = Exact {
        values: vec![0.0; rewards.len()],
        errors: Vec::new(),
        finishes: Vec::new(),
        truncated: 0.0,
        length: 0.0,
        counts: [0.0; 16],
    };
    let mut probs = vec![0.0; reach.actions()];
    // Probability of being in each place, for this step and the next, and the places where it is above 0.
    let (mut now, mut then) = (vec![0.0; over], vec![0.0; over]);
    let (mut here, mut there) = (vec![0_u32], Vec::new());
    now[0] = 1.0;
    // Probability of each set of events in this step; the same for sets that ended the episode.
    let (mut happened, mut ended) = (vec![0.0; sets], vec![0.0; sets]);
    let mut discount = 1.0;
    for step in 0..reach.process().limit {
        for &place in &here {
            let place = place as usize;
            let mass = std::mem::take(&mut now[place]);
            exact.length += mass;
            law(reach.state(place), step, &mut probs);
            let mut go = |next: u32, set: u16, p: f64| {
                happened[set as usize] += p;
                match then.get_mut(next as usize) {
                    None => ended[set as usize] += p,
                    Some(slot) => {
                        if *slot == 0.0 {
                            there.push(next);
                        }
                        *slot += p;
                    }
                }
            };
            for (action, &share) in probs.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                if reach.is_certain() {
                    let arrow = reach.certain(place)[action];
                    go(arrow.next, arrow.set, mass * share);
                } else {
                    let (arrows, probabilities) = reach.uncertain(place, action);
                    for (arrow, p) in arrows.iter().zip(probabilities) {
                        go(arrow.next, arrow.set, mass * share * p);
                    }
                }
            }
        }
        for (value, pay) in exact.values.iter_mut().zip(&payments) {
            *value += discount * happened.iter().zip(pay).map(|(p, pay)| p * pay).sum::<f64>();
        }
        let begun = exact.finishes.len();
        for (i, events) in reach.sets().iter().enumerate() {
            for (k, count) in exact.counts.iter_mut().enumerate() {
                *count += if events.meets(Events::one(k as u8)) { happened[i] } else { 0.0 };
            }
            if ended[i] > 0.0 {
                exact.finishes.push(Finish { events: *events, steps: step + 1, probability: ended[i] });
            }
        }
        exact.finishes[begun..].sort_unstable_by_key(|finish| finish.events.0);
        happened.fill(0.0);
        ended.fill(0.0);
        here.clear();
        std::mem::swap(&mut now, &mut then);
        std::mem::swap(&mut here, &mut there);
        discount *= reach.process().gamma;
    }
    exact.truncated = here.iter().map(|&place| now[place as usize]).sum();
    exact
}
