//! The reachable states of one level, enumerated from the family's own `step`.

use crate::{Events, Family};
use rustc_hash::FxHashMap;

/// One outcome of one action in one state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The state it leads to.
    pub next: u32,
    /// Probability of this outcome of the step's chance.
    pub probability: f64,
    /// What happened.
    pub events: Events,
    /// Whether the rules end the episode here.
    pub end: bool,
}

/// All states of one level that actions can reach, also beyond the end of the episode
/// (distances that pass over the goal need them; everything else stops at [`Edge::end`]).
/// State 0 is the start; states stand in breadth-first order.
///
/// Outcome `c` of an action is the family's chance outcome `c`, so that whoever knows actions
/// and chance draws can follow an episode through the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    states: usize,
    actions: usize,
    /// `[states * actions + 1]`; empty when every step is certain.
    offsets: Vec<u32>,
    edges: Vec<Edge>,
}

/// Chance outcomes of an action, in the mean over states, beyond which a level is too large as well.
const OUTCOMES: usize = 16;

/// The level has more states than were allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("level has more than {cap} states, too many to enumerate")]
pub struct TooLarge {
    /// The number allowed.
    pub cap: usize,
}

impl Graph {
    /// Enumerates `level`.
    ///
    /// # Errors
    /// When there are more than `cap` states.
    pub fn enumerate<F: Family>(level: &F::Level, cap: usize) -> Result<Self, TooLarge> {
        let actions = F::ACTIONS.len();
        let start = F::start(level);
        let mut index: FxHashMap<F::State, u32> = FxHashMap::default();
        index.insert(start, 0);
        let mut order = vec![start];
        let mut edges = Vec::new();
        let mut offsets = vec![0];
        let mut noisy = false;
        let mut at = 0;
        while at < order.len() {
            let state = order[at];
            let noise = F::noise(level, &state);
            noisy |= noise.outcomes() != 1;
            for action in 0..actions {
                for chance in 0..noise.outcomes() {
                    let mut after = state;
                    let step = F::step(level, &mut after, action as u8, chance);
                    let fresh = order.len() as u32;
                    let next = *index.entry(after).or_insert_with(|| {
                        order.push(after);
                        fresh
                    });
                    edges.push(Edge {
                        next,
                        probability: noise.probability(chance),
                        events: step.events,
                        end: step.terminated,
                    });
                    // At once, for one state may have more outcomes than are allowed altogether; and few states many.
                    if order.len() > cap || edges.len() > cap.saturating_mul(actions * OUTCOMES) {
                        return Err(TooLarge { cap });
                    }
                }
                offsets.push(edges.len() as u32);
            }
            at += 1;
        }
        if !noisy {
            offsets = Vec::new();
        }
        Ok(Self { states: order.len(), actions, offsets, edges })
    }

    /// Number of states.
    #[must_use]
    pub const fn states(&self) -> usize {
        self.states
    }

    /// Number of actions.
    #[must_use]
    pub const fn actions(&self) -> usize {
        self.actions
    }

    /// Whether every step is certain.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The outcomes of `action` in `state`, in the order of the family's chance outcomes.
    #[must_use]
    #[inline]
    pub fn edges(&self, state: u32, action: usize) -> &[Edge] {
        let row = state as usize * self.actions + action;
        if self.offsets.is_empty() {
            std::slice::from_ref(&self.edges[row])
        } else {
            &self.edges[self.offsets[row] as usize..self.offsets[row + 1] as usize]
        }
    }

    /// Where `action` leads under chance outcome `chance`.
    #[must_use]
    #[inline]
    pub fn follow(&self, state: u32, action: u8, chance: u32) -> Edge {
        self.edges(state, action as usize)[chance as usize]
    }
}
