//! Somebody who knows the best play, for learners that imitate it.

use crate::VecEnv;

/// Advises in the lanes of a batch. What it knows of their states is privileged: a learner gets nothing but the advice.
pub trait Demonstrator: Send {
    /// The equally good actions in each lane of `env` as it is now, as sets: bit a is action a, at least one of them; none in an idle
    /// lane. Called before each step, from a restart on.
    ///
    /// # Errors
    /// When a level is too large for whoever advises.
    fn advise(&mut self, env: &dyn VecEnv, out: &mut [u16]) -> Result<(), String>;

    /// Follows the step that `env` has just taken with `actions`.
    fn follow(&mut self, env: &dyn VecEnv, actions: &[u8]);
}
