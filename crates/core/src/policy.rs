//! All that the evaluator sees of an agent.

use crate::{Rng, StepView};

/// Where a policy writes what it decided; one entry a lane.
#[derive(Debug)]
pub struct Decisions<'a> {
    /// The chosen actions, `[lanes]`.
    pub actions: &'a mut [u8],
    /// Where asked for: probability of each action, `[lanes * actions]`.
    pub probs: Option<&'a mut [f32]>,
    /// Where asked for: the policy's estimate of its return, `[lanes]` (NaN where it has none).
    pub values: Option<&'a mut [f32]>,
    /// Where asked for: what the policy's last hidden layer holds, `[lanes * Policy::features()]`.
    pub features: Option<&'a mut [f32]>,
}

impl<'a> Decisions<'a> {
    /// Actions alone.
    pub const fn of(actions: &'a mut [u8]) -> Self {
        Self { actions, probs: None, values: None, features: None }
    }

    /// What is said of a lane that has no level, for all lanes: action 0, probabilities and features 0, no value.
    pub fn clear(&mut self) {
        self.actions.fill(0);
        let shares = [self.probs.as_deref_mut(), self.features.as_deref_mut()];
        shares.into_iter().flatten().for_each(|numbers| numbers.fill(0.0));
        if let Some(values) = self.values.as_deref_mut() {
            values.fill(f32::NAN);
        }
    }

    /// Writes where asked for how probable the actions of a lane are.
    pub fn shares(&mut self, lane: usize, shares: &[f32]) {
        if let Some(probs) = self.probs.as_deref_mut() {
            probs[lane * shares.len()..][..shares.len()].copy_from_slice(shares);
        }
    }

    /// Writes where asked for what a lane is held to be worth.
    pub fn value(&mut self, lane: usize, value: f32) {
        if let Some(values) = self.values.as_deref_mut() {
            values[lane] = value;
        }
    }

    /// Writes where asked for what the last hidden layer holds for a lane.
    pub fn hidden(&mut self, lane: usize, held: &[f32]) {
        if let Some(features) = self.features.as_deref_mut() {
            features[lane * held.len()..][..held.len()].copy_from_slice(held);
        }
    }

    /// Takes over what a player outside this program said of a lane: its own action, or one by its probabilities (`greedy`: the most
    /// probable one, the first of equals). `rng` moves by one draw in any case.
    pub fn take(&mut self, lane: usize, said: &Said<'_>, greedy: bool, rng: &mut Rng) {
        let drawn = match said.probs {
            Some(probs) if !greedy => rng.weighted(probs.iter().map(|p| f64::from(*p))) as u8,
            probs => {
                rng.skip(1);
                probs.map_or(0, first_largest)
            }
        };
        self.actions[lane] = said.action.unwrap_or(drawn);
        if let Some(probs) = said.probs {
            self.shares(lane, probs);
        }
        if let Some(value) = said.value {
            self.value(lane, value);
        }
    }
}

/// What a player outside this program said of one lane: an action, probabilities, or both.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The action it takes.
    pub action: Option<u8>,
    /// How probable each action is.
    pub probs: Option<&'a [f32]>,
    /// What it holds the lane to be worth.
    pub value: Option<f32>,
}

/// The place of the largest number, the first of equals.
#[must_use]
pub fn first_largest(numbers: &[f32]) -> u8 {
    let mut best = 0;
    for (i, x) in numbers.iter().enumerate() {
        if *x > numbers[best] {
            best = i;
        }
    }
    best as u8
}

/// Why a policy could not act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy failed: {0}")]
pub struct PolicyError(pub String);

/// An agent as the evaluator sees it: observations in, actions out.
pub trait Policy: Send {
    /// Chooses an action for every lane of `view`. `rngs[lane]` is the episode's own stream, so that
    /// what a lane does depends on neither the number of lanes nor their order.
    ///
    /// # Errors
    /// When it cannot act; the evaluation of this agent ends there.
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError>;

    /// Whether it knows how probable each of its actions is, so that its most probable one can be played. Asked after it has acted.
    fn shows_probabilities(&self) -> bool {
        true
    }

    /// How many hidden features a lane has; 0 where the policy has none to show.
    fn features(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_from_outside_is_taken_over_and_moves_the_stream_by_one_draw() {
        let mut after = Rng::keyed(7, "lane", 0);
        after.skip(1);
        let probs = [0.0, 0.25, 0.75];
        let (mut actions, mut shares, mut values) = ([9; 2], [9.0; 6], [9.0; 2]);
        for (action, probs, greedy, expected) in [
            (Some(1), None, false, 1),
            (Some(0), Some(&probs[..]), false, 0),
            (Some(0), Some(&probs[..]), true, 0),
            (None, Some(&probs[..]), true, 2),
            (None, Some(&[0.0, 1.0, 0.0][..]), false, 1),
        ] {
            let features = None;
            let mut out =
                Decisions { actions: &mut actions, probs: Some(&mut shares), values: Some(&mut values), features };
            let mut rng = Rng::keyed(7, "lane", 0);
            out.clear();
            out.take(1, &Said { action, probs, value: Some(0.5) }, greedy, &mut rng);
            assert_eq!(rng, after);
            assert_eq!((actions, values[1]), ([0, expected], 0.5));
            assert!(values[0].is_nan() && shares[..3] == [0.0; 3] && shares[3..] == *probs.unwrap_or(&[0.0; 3]));
        }
    }

    #[test]
    fn of_equals_the_first_is_the_largest() {
        assert_eq!(first_largest(&[0.1, 0.4, 0.4, 0.1]), 1);
        assert_eq!(first_largest(&[f32::NEG_INFINITY, -1.0]), 1);
    }
}
