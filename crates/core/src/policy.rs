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
