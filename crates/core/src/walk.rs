//! One episode of one level, played by a law over what the family's declared planner advises.

use crate::{Ended, Events, Family, Reward, Rng};

/// What the declared planner advises in the present state.
pub trait Advice {
    /// The equally good actions for reward `reward` (see [`Family::plan`]), as a set: bit a is action a.
    fn plan(&self, reward: usize) -> u16;
}

/// An episode that was walked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Action of each step.
    pub actions: Vec<u8>,
    /// Chance outcome of each step.
    pub chances: Vec<u32>,
    /// Steps (counted from 0) in which something happened, and what.
    pub events: Vec<(u16, Events)>,
    /// How it ended.
    pub ended: Ended,
}

/// Discounted return, the sum of γ^t r_t, of an episode in which `events` happened after so many steps.
#[must_use]
pub fn discounted(events: &[(u16, Events)], reward: &Reward, gamma: f64) -> f64 {
    // Repeated products: `powi` may round differently from one build to another.
    let (mut sum, mut weight, mut at) = (0.0, 1.0, 0);
    for (t, events) in events {
        while at < *t {
            weight *= gamma;
            at += 1;
        }
        sum += weight * f64::from(reward.of(*events));
    }
    sum
}

struct Planner<'a, F: Family> {
    level: &'a F::Level,
    state: &'a F::State,
    left: u16,
}

impl<F: Family> Advice for Planner<'_, F> {
    fn plan(&self, reward: usize) -> u16 {
        let all = ((1_u32 << F::ACTIONS.len()) - 1) as u16;
        let advised = F::plan(self.level, self.state, reward, self.left) & all;
        assert_ne!(advised, 0, "the planner of `{}` advises no action", F::NAME);
        advised
    }
}

/// Plays `level` for at most `limit` steps or until an event of `stop`. `law` chooses each action from the
/// planner's advice and the number of steps taken; `chance` is the stream of the world's own chance.
pub(crate) fn walk<F: Family>(
    level: &F::Level,
    limit: u16,
    stop: Events,
    law: &mut dyn FnMut(&dyn Advice, u16) -> u8,
    chance: &mut Rng,
) -> Walk {
    let mut state = F::start(level);
    let mut walk = Walk { ended: Ended::Truncated, ..Walk::default() };
    for taken in 0..limit {
        let action = law(&Planner::<F> { level, state: &state, left: limit - taken }, taken);
        let drawn = F::noise(level, &state).draw(chance);
        let step = F::step(level, &mut state, action, drawn);
        walk.actions.push(action);
        walk.chances.push(drawn);
        if !step.events.is_empty() {
            walk.events.push((taken, step.events));
        }
        if step.terminated || step.events.meets(stop) {
            walk.ended = Ended::Terminated;
            break;
        }
    }
    walk
}
