//! The pursuers of one level, each solved at most once.

use crate::{Process, Pursuit, Reach, pursue_in};
use misgen_core::{FamilySpec, Graph, Reward};
use std::sync::{Arc, OnceLock};

/// One level under one process, with the pursuers that have been asked for so far.
///
/// Its *rewards* are those of the family's cues in their order (0 is the goal's), then the training
/// reward where the family declares one. Pursuer i maximises reward i and, among such plays, the goal's.
#[derive(Debug)]
pub struct Playbook {
    reach: Reach,
    rewards: Vec<Reward>,
    stay: Option<u8>,
    pursuers: Vec<OnceLock<Arc<Pursuit>>>,
    avoiders: Vec<OnceLock<Arc<Pursuit>>>,
}

impl Playbook {
    /// For the level of `graph`. `spec` is that of its pool, whose knobs may weigh the rewards. Solves nothing yet.
    #[must_use]
    pub fn new(graph: &Graph, process: &Process, spec: &FamilySpec) -> Self {
        let rewards = spec.all_rewards();
        let unsolved = || rewards.iter().map(|_| OnceLock::new()).collect();
        Self { reach: Reach::new(graph, process), stay: spec.stay, pursuers: unsolved(), avoiders: unsolved(), rewards }
    }

    /// The laid-out process.
    #[must_use]
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Rewards of the cues, then the training reward where one is declared.
    #[must_use]
    pub fn rewards(&self) -> &[Reward] {
        &self.rewards
    }

    /// The action that does nothing, where there is one.
    #[must_use]
    pub const fn stay(&self) -> Option<u8> {
        self.stay
    }

    /// Obtains reward `i` as early as possible and then the goal as early as possible; stays when nothing is left.
    #[must_use]
    pub fn pursuer(&self, i: usize) -> &Arc<Pursuit> {
        self.pursuers[i].get_or_init(|| {
            let both = [self.rewards[i], self.rewards[0]];
            Arc::new(pursue_in(&self.reach, if i == 0 { &both[..1] } else { &both }, self.stay))
        })
    }

    /// Minimises reward `i`, and moves about at random as far as that allows.
    #[must_use]
    pub fn avoider(&self, i: usize) -> &Arc<Pursuit> {
        self.avoiders[i].get_or_init(|| Arc::new(pursue_in(&self.reach, &[self.rewards[i].negated()], None)))
    }
}
