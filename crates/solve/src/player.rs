//! Scripted players on one level: action laws over the solver's tables.

use crate::{Behaviour, Exact, Playbook, Pursuit, evaluate_in};
use misgen_core::Rng;
use std::sync::Arc;

/// A behaviour made ready for one level.
#[derive(Clone, Debug)]
pub struct Player {
    actions: usize,
    plays: Plays,
}

#[derive(Clone, Debug)]
enum Plays {
    Uniform,
    Repeat(u8),
    Table(Arc<Pursuit>),
    Noisy {
        epsilon: f64,
        table: Arc<Pursuit>,
    },
    /// The actions of each step; afterwards stays, or is random where it cannot.
    Tape {
        actions: Vec<u8>,
        stay: Option<u8>,
    },
}

impl Player {
    /// Law of the action in `state` after `step` steps, written into `probs` (`[actions]`, sum 1).
    ///
    /// # Panics
    /// When the process cannot be in `state` after `step` steps.
    pub fn law(&self, state: u32, step: u16, probs: &mut [f64]) {
        let share = 1.0 / self.actions as f64;
        let only = |action: u8, probs: &mut [f64]| {
            probs.fill(0.0);
            probs[usize::from(action)] = 1.0;
        };
        match &self.plays {
            Plays::Uniform => probs.fill(share),
            Plays::Repeat(action) => only(*action, probs),
            Plays::Table(table) => table.actions(state, step).law(probs),
            Plays::Noisy { epsilon, table } => {
                table.actions(state, step).law(probs);
                for p in probs {
                    *p = *p * (1.0 - epsilon) + epsilon * share;
                }
            }
            Plays::Tape { actions, stay } => match actions.get(usize::from(step)).copied().or(*stay) {
                Some(action) => only(action, probs),
                None => probs.fill(share),
            },
        }
    }

    /// Draws an action from [`Player::law`].
    ///
    /// # Panics
    /// As [`Player::law`].
    pub fn act(&self, state: u32, step: u16, rng: &mut Rng) -> u8 {
        let mut probs = [0.0; 16];
        let probs = &mut probs[..self.actions];
        self.law(state, step, probs);
        rng.weighted(probs.iter().copied()) as u8
    }
}

impl Playbook {
    /// Makes `behaviour` ready for this level. `other` is the level on which [`Behaviour::Elsewhere`]
    /// watches a pursuer; without one (levels of the training law) it is the pursuer on this level itself.
    #[must_use]
    pub fn player(&self, behaviour: Behaviour, other: Option<&Self>) -> Player {
        let plays = match behaviour {
            Behaviour::Uniform => Plays::Uniform,
            Behaviour::Repeat(action) => Plays::Repeat(action),
            Behaviour::Pursue(cue) => Plays::Table(Arc::clone(self.pursuer(cue))),
            Behaviour::Noisy { epsilon, cue } => Plays::Noisy { epsilon, table: Arc::clone(self.pursuer(cue)) },
            Behaviour::Avoid(cue) => Plays::Table(Arc::clone(self.avoider(cue))),
            Behaviour::Elsewhere(cue) => match other {
                None => Plays::Table(Arc::clone(self.pursuer(cue))),
                Some(other) => Plays::Tape { actions: other.tape(cue), stay: self.stay() },
            },
        };
        Player { actions: self.reach().actions(), plays }
    }

    /// Exact evaluation of a scripted player, given as [`crate::Script::parts`]; `other` as in [`Playbook::player`].
    #[must_use]
    pub fn exact(&self, parts: &[(f64, Behaviour)], other: Option<&Self>) -> Exact {
        let one = |behaviour| {
            let player = self.player(behaviour, other);
            evaluate_in(self.reach(), self.rewards(), |state, step, probs| player.law(state, step, probs))
        };
        let parts: Vec<(f64, Exact)> = parts.iter().map(|(weight, behaviour)| (*weight, one(*behaviour))).collect();
        Exact::mixture(&parts)
    }

    /// One episode's actions of the pursuer of `cue`. Ties and chance are drawn from a stream of
    /// constant key, so that the tape is a function of the level alone.
    fn tape(&self, cue: usize) -> Vec<u8> {
        let (reach, pursuer) = (self.reach(), self.pursuer(cue));
        let mut rng = Rng::keyed(0, "elsewhere", cue as u64);
        let mut actions = Vec::new();
        let mut place = 0;
        while actions.len() < usize::from(reach.process().limit) && place < reach.over() {
            let best = pursuer.actions(reach.state(place), actions.len() as u16);
            let drawn = rng.below(best.len()) as usize;
            let action = best.iter().nth(drawn).expect("as many actions as the set has");
            actions.push(action);
            place = if reach.is_certain() {
                reach.certain(place)[usize::from(action)].next as usize
            } else {
                let (arrows, probabilities) = reach.uncertain(place, usize::from(action));
                arrows[rng.weighted(probabilities.iter().copied())].next as usize
            };
        }
        actions
    }
}
