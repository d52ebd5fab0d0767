//! Soft values: noisily rational pursuit of one cue, and how well it predicts what somebody did.

use crate::Reach;
use crate::reach::Arrow;
use misgen_core::Events;

/// What somebody did on one level, as weights of actions: by a law of play, exactly, or in played episodes.
#[derive(Clone, Debug)]
pub struct Visits {
    actions: usize,
    /// For each step of the process: place, and where its weights begin.
    steps: Vec<Vec<(u32, usize)>>,
    /// `[decisions * actions]`.
    weights: Vec<f64>,
}

impl Visits {
    /// Nothing yet, on the process of `reach`.
    #[must_use]
    pub fn none(reach: &Reach) -> Self {
        Self { actions: reach.actions(), steps: vec![Vec::new(); reach.process().limit.into()], weights: Vec::new() }
    }

    /// Adds a decision in graph state `state` after `step` steps; `weights` (`[actions]`) sum to its own weight.
    ///
    /// # Panics
    /// When the process of `reach` cannot be there.
    pub fn add(&mut self, reach: &Reach, state: u32, step: u16, weights: impl IntoIterator<Item = f64>) {
        let place = reach.places()[state as usize];
        assert!(
            (place as usize) < reach.possible(step.into()),
            "the process cannot be in state {state} after {step} steps"
        );
        self.steps[usize::from(step)].push((place, self.weights.len()));
        self.weights.extend(weights);
        debug_assert!(self.weights.len().is_multiple_of(self.actions), "one weight an action");
    }

    /// What a law of play does in expectation, as share `weight` of the whole; `law` is called as by [`crate::evaluate`].
    pub fn expect(&mut self, reach: &Reach, weight: f64, mut law: impl FnMut(u32, u16, &mut [f64])) {
        let mut probs = vec![0.0; reach.actions()];
        let (mut now, mut then) = (vec![0.0; reach.over()], vec![0.0; reach.over()]);
        let (mut here, mut there) = (vec![0_u32], Vec::new());
        now[0] = weight;
        for step in 0..reach.process().limit {
            for &place in &here {
                let mass = std::mem::take(&mut now[place as usize]);
                let state = reach.state(place as usize);
                law(state, step, &mut probs);
                self.add(reach, state, step, probs.iter().map(|p| p * mass));
                let mut follow = |arrow: &Arrow, p: f64| {
                    let next = arrow.next as usize;
                    if p > 0.0 && next != reach.over() {
                        if then[next] == 0.0 {
                            there.push(arrow.next);
                        }
                        then[next] += p;
                    }
                };
                for (action, p) in probs.iter().enumerate() {
                    if reach.is_certain() {
                        follow(&reach.certain(place as usize)[action], p * mass);
                    } else {
                        let (arrows, chances) = reach.uncertain(place as usize, action);
                        arrows.iter().zip(chances).for_each(|(arrow, chance)| follow(arrow, p * mass * chance));
                    }
                }
            }
            std::mem::swap(&mut now, &mut then);
            std::mem::swap(&mut here, &mut there);
            there.clear();
        }
    }

    /// Decisions, by their weights: the mean number of steps where the weights are those of one episode.
    #[must_use]
    pub fn decisions(&self) -> f64 {
        self.weights.iter().sum()
    }
}

/// How well noisily rational pursuit of `cue` predicts decisions better than chance does: `[betas][visits]`, each the sum over
/// decisions of weight · (log π_β(a | s, t) − log 1/|A|), nats.
///
/// A step costs 1 until an event of `cue` happens; a process that ends without one is charged for all steps that were left, so that
/// an early end saves nothing. With h steps left, Q_h(s, a) = −1 + E V_{h−1}(s') and V_h(s) = 1/β log mean_a exp β Q_h(s, a), so
/// that log π_β − log 1/|A| = β (Q − V): maximum causal entropy over a finite horizon (MacDermott et al. 2024, arXiv 2412.04758, §3;
/// Ziebart 2010). The mean in place of a sum makes β = 0 the uniform player.
///
/// # Panics
/// When a β is not above 0.
#[must_use]
pub fn soft_scores(reach: &Reach, cue: Events, betas: &[f64], visits: &[&Visits]) -> Vec<Vec<f64>> {
    let hits: Vec<bool> = reach.sets().iter().map(|set| set.meets(cue)).collect();
    betas.iter().map(|beta| score(reach, &hits, *beta, visits)).collect()
}

fn score(reach: &Reach, hits: &[bool], beta: f64, visits: &[&Visits]) -> Vec<f64> {
    assert!(beta > 0.0, "a soft player needs a β above 0, not {beta}");
    let limit = usize::from(reach.process().limit);
    let actions = reach.actions();
    let mut before = vec![0.0; reach.over() + 1];
    let mut after = before.clone();
    // Places whose value the last layer changed; the others' values, and what follows from them alone, are what they were.
    let mut moved = vec![true; reach.over() + 1];
    let mut moving = moved.clone();
    let mut sums = vec![0.0; visits.len()];
    let mut q = vec![0.0; actions];
    for left in 1..=limit {
        // An end without the cue: nothing is left to obtain it in.
        before[reach.over()] = -((left - 1) as f64);
        for place in 0..reach.possible(limit - left) {
            let arrows = if reach.is_certain() { reach.certain(place) } else { reach.all(place) };
            let stays = |arrow: &Arrow| hits[usize::from(arrow.set)] || !moved[arrow.next as usize];
            if left > 1 && arrows.iter().all(stays) {
                after[place] = before[place];
                moving[place] = false;
                continue;
            }
            after[place] = backup(reach, hits, &before, place, beta, &mut q);
            moving[place] = left == 1 || after[place] != before[place];
        }
        for (sum, seen) in sums.iter_mut().zip(visits) {
            for &(place, first) in &seen.steps[limit - left] {
                backup(reach, hits, &before, place as usize, beta, &mut q);
                let value = after[place as usize];
                let weights = &seen.weights[first..first + actions];
                *sum += weights
                    .iter()
                    .zip(&q)
                    .map(|(w, q)| if *w > 0.0 { w * beta * (q - value) } else { 0.0 })
                    .sum::<f64>();
            }
        }
        std::mem::swap(&mut before, &mut after);
        std::mem::swap(&mut moved, &mut moving);
        // What an end is worth changes with every step left.
        moved[reach.over()] = true;
    }
    sums
}

/// Fills in Q of every action of `place` and returns V.
#[inline]
fn backup(reach: &Reach, hits: &[bool], before: &[f64], place: usize, beta: f64, q: &mut [f64]) -> f64 {
    let worth = |arrow: &Arrow| if hits[usize::from(arrow.set)] { 0.0 } else { before[arrow.next as usize] };
    let mut best = f64::NEG_INFINITY;
    for (action, slot) in q.iter_mut().enumerate() {
        *slot = -1.0
            + if reach.is_certain() {
                worth(&reach.certain(place)[action])
            } else {
                let (arrows, probabilities) = reach.uncertain(place, action);
                arrows.iter().zip(probabilities).map(|(arrow, p)| p * worth(arrow)).sum()
            };
        best = best.max(*slot);
    }
    let total: f64 = q.iter().map(|q| (beta * (q - best)).exp()).sum();
    best + (total / q.len() as f64).ln() / beta
}
