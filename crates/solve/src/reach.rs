//! The part of a level's graph that a process can be in, laid out for dynamic programming.

use crate::Process;
use misgen_core::{Events, Graph, Reward};
use std::sync::Arc;

/// Marks a graph state outside of the process.
const OUTSIDE: u32 = u32::MAX;

/// One possible outcome of one action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrow {
    /// Place of the next state in [`Reach`]'s own order; [`Reach::over`] where the episode ends.
    pub(crate) next: u32,
    /// Which of [`Reach::sets`] happened.
    pub(crate) set: u16,
}

/// The states that a process can be in, in the order of the earliest step at which it can
/// be in them, so that those possible after t steps are a prefix; states beyond an end are left out.
#[derive(Clone, Debug)]
pub struct Reach {
    process: Process,
    actions: usize,
    /// Graph state of each place.
    order: Vec<u32>,
    /// Place of each graph state, or [`OUTSIDE`].
    place: Arc<[u32]>,
    /// `[limit + 1]`: how many states are possible after at most t steps.
    prefix: Vec<u32>,
    /// `[expanded * actions + 1]`; empty when every step is certain.
    offsets: Vec<u32>,
    arrows: Vec<Arrow>,
    /// One for each arrow; empty when every step is certain.
    probabilities: Vec<f64>,
    /// The different sets of events.
    sets: Vec<Events>,
}

impl Reach {
    /// Walks from the start through `graph` as `process` allows. Outcomes of probability 0 are left out.
    #[must_use]
    pub fn new(graph: &Graph, process: &Process) -> Self {
        let actions = graph.actions();
        let limit = usize::from(process.limit);
        let mut order = vec![0_u32];
        let mut place = vec![OUTSIDE; graph.states()];
        place[0] = 0;
        let mut prefix = vec![1_u32; limit + 1];
        let mut offsets = vec![0_u32];
        let mut arrows = Vec::new();
        let mut probabilities = Vec::new();
        let mut sets: Vec<Events> = Vec::new();
        let mut done = 0;
        for t in 0..limit {
            while done < prefix[t] as usize {
                let state = order[done];
                for action in 0..actions {
                    for edge in graph.edges(state, action).iter().filter(|edge| edge.probability > 0.0) {
                        // A level has a handful of different event sets; the last one found is the likeliest.
                        let set = sets.iter().position(|set| *set == edge.events).unwrap_or_else(|| {
                            sets.push(edge.events);
                            sets.len() - 1
                        });
                        let next = if process.ends(edge) {
                            OUTSIDE
                        } else {
                            let slot = &mut place[edge.next as usize];
                            if *slot == OUTSIDE {
                                *slot = order.len() as u32;
                                order.push(edge.next);
                            }
                            *slot
                        };
                        arrows.push(Arrow { next, set: set as u16 });
                        if !graph.is_certain() {
                            probabilities.push(edge.probability);
                        }
                    }
                    if !graph.is_certain() {
                        offsets.push(arrows.len() as u32);
                    }
                }
                done += 1;
            }
            prefix[t + 1] = order.len() as u32;
        }
        // One place past the last state stands for "over": its value is 0 in every layer.
        let over = order.len() as u32;
        for arrow in &mut arrows {
            if arrow.next == OUTSIDE {
                arrow.next = over;
            }
        }
        if graph.is_certain() {
            offsets = Vec::new();
        }
        Self { process: *process, actions, order, place: place.into(), prefix, offsets, arrows, probabilities, sets }
    }

    /// The process.
    #[must_use]
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// Number of actions.
    #[must_use]
    pub const fn actions(&self) -> usize {
        self.actions
    }

    /// Number of states that the process can be in.
    #[must_use]
    pub const fn states(&self) -> usize {
        self.order.len()
    }

    /// Whether every step is certain.
    pub(crate) const fn is_certain(&self) -> bool {
        self.offsets.is_empty()
    }

    /// The place that stands for the end of the episode.
    pub(crate) const fn over(&self) -> usize {
        self.order.len()
    }

    /// How many states are possible after at most `step` steps.
    pub(crate) fn possible(&self, step: usize) -> usize {
        self.prefix[step] as usize
    }

    /// The graph state of a place.
    pub(crate) fn state(&self, place: usize) -> u32 {
        self.order[place]
    }

    /// Place of each graph state; large numbers for those outside.
    pub(crate) fn places(&self) -> Arc<[u32]> {
        Arc::clone(&self.place)
    }

    /// The different sets of events.
    pub(crate) fn sets(&self) -> &[Events] {
        &self.sets
    }

    /// What `reward` pays for each of [`Reach::sets`].
    pub(crate) fn payments(&self, reward: &Reward) -> Vec<f64> {
        self.sets.iter().map(|set| f64::from(reward.of(*set))).collect()
    }

    /// The arrows of all actions of a place, one an action; only where every step is certain.
    #[inline]
    pub(crate) fn certain(&self, place: usize) -> &[Arrow] {
        &self.arrows[place * self.actions..(place + 1) * self.actions]
    }

    /// The arrows of all actions of a place; only where some step is not certain.
    #[inline]
    pub(crate) fn all(&self, place: usize) -> &[Arrow] {
        let first = place * self.actions;
        &self.arrows[self.offsets[first] as usize..self.offsets[first + self.actions] as usize]
    }

    /// The arrows of one action with their probabilities; only where some step is not certain.
    #[inline]
    pub(crate) fn uncertain(&self, place: usize, action: usize) -> (&[Arrow], &[f64]) {
        let row = place * self.actions + action;
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        (&self.arrows[range.clone()], &self.probabilities[range])
    }
}
