//! The process whose values are asked for: a level's episodes, possibly stopped at a first cue.

use misgen_core::{Edge, Events, FamilySpec};

/// An episode ends at an edge that the rules end, at an edge with an event of `stop`, or after
/// `limit` steps. Values are V = E sum over t of gamma^t r_t, t counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    /// Discount a step.
    pub gamma: f64,
    /// Most steps.
    pub limit: u16,
    /// Events that end the episode although the rules do not.
    pub stop: Events,
}

impl Process {
    /// Episodes that only the rules and the limit end.
    #[must_use]
    pub const fn new(gamma: f64, limit: u16) -> Self {
        Self { gamma, limit, stop: Events::NONE }
    }

    /// The same, ended also by any event of `stop`.
    #[must_use]
    pub const fn stopped(mut self, stop: Events) -> Self {
        self.stop = stop;
        self
    }

    /// Whether the episode ends with this edge, the limit aside.
    #[must_use]
    #[inline]
    pub const fn ends(&self, edge: &Edge) -> bool {
        edge.end || edge.events.meets(self.stop)
    }
}

/// The events that stop an episode of a conflict shift: those of every designated cue where the
/// family's episodes end at the first cue, else none. `designated` are indices into the cues.
#[must_use]
pub fn stop_events(spec: &FamilySpec, designated: &[usize]) -> Events {
    if spec.first_cue_ends { deciding_events(spec, designated) } else { Events::NONE }
}

/// The events that decide the outcome of an episode: those that obtain some designated cue.
#[must_use]
pub fn deciding_events(spec: &FamilySpec, designated: &[usize]) -> Events {
    designated.iter().fold(Events::NONE, |all, &i| all.and(spec.cues[i].events()))
}
