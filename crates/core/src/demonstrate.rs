//! Somebody who knows the best play, for learners that imitate it.

use crate::{Rng, VecEnv};

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

/// One action of a set (bit a is action a), each as likely, with one draw of `rng`.
///
/// # Panics
/// When the set is empty.
#[must_use]
pub fn one_of(set: u16, rng: &mut Rng) -> u8 {
    let nth = rng.below(set.count_ones());
    (0..16).filter(|action| set >> action & 1 == 1).nth(nth as usize).expect("as many actions as the set has")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_of_a_set_are_drawn_alike() {
        let mut rng = Rng::keyed(0, "test", 0);
        let mut counts = [0; 16];
        (0..3000).for_each(|_| counts[usize::from(one_of(0b1010, &mut rng))] += 1);
        assert_eq!(counts[1] + counts[3], 3000);
        assert!((1350..1650).contains(&counts[1]), "{counts:?}");
    }
}
