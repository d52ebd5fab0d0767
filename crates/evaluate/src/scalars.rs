//! A cell's numbers as experiment trackers know them: a tag, a step and a value each.

use crate::record::{CellResult, Outcomes};
use misgen_core::Role;

/// One number at one point of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// What it is, in parts joined by `/`.
    pub tag: String,
    /// Environment steps so far.
    pub step: u64,
    /// Seconds since training began, 0 where nobody knows.
    pub seconds: f64,
    /// The number.
    pub value: f64,
}

impl Scalar {
    /// A number of which no time is known.
    #[must_use]
    pub fn new(tag: impl Into<String>, step: u64, value: f64) -> Self {
        Self { tag: tag.into(), step, seconds: 0.0, value }
    }
}

/// The numbers of one learner's cell.
#[derive(Clone, Debug, PartialEq)]
pub struct CellScalars {
    /// Name of the world in the suite.
    pub world: String,
    /// Name of the agent.
    pub agent: String,
    /// Share of free levels in its training law.
    pub mix: Option<f64>,
    /// Training seed.
    pub seed: u64,
    /// Its numbers, by step.
    pub scalars: Vec<Scalar>,
}

/// What a result says of goals: competence in training, and on every shift goal transfer, the share of episodes that obtain a proxy first
/// and goal transfer on the aligned twins. Checkpoints stand at their own step, the result at its last.
#[must_use]
pub fn of_result(result: &CellResult) -> Vec<Scalar> {
    let training = result.training.as_ref();
    let end = training.map_or(0, |training| training.frames);
    let mut all = Vec::new();
    // The last checkpoint is the final agent, on the same levels with the same draws.
    for row in training.iter().flat_map(|training| &training.checkpoints).filter(|row| row.frames < end) {
        let mut add = |tag: String, value| push(&mut all, tag, row.frames, value);
        add(tag("training", "s_train"), row.s_train);
        add(tag("training", "s_id"), row.s_id);
        for (shift, pursued) in &row.shifts {
            add(tag(shift, "goal_transfer"), pursued.gt);
            add(tag(shift, "proxy_first"), pursued.outcomes.as_ref().map(Outcomes::proxy));
        }
    }
    let mut add = |tag: String, value| push(&mut all, tag, end, value);
    add(tag("training", "s_train"), result.s_train);
    add(tag("training", "s_id"), result.s_id);
    for row in result.rows.iter().filter(|row| row.role != Role::Training) {
        add(tag(&row.shift, "goal_transfer"), row.gt);
        add(tag(&row.shift, "proxy_first"), row.outcomes.as_ref().map(Outcomes::proxy));
        add(tag(&row.shift, "aligned_transfer"), row.c_align);
    }
    all
}

fn tag(shift: &str, what: &str) -> String {
    format!("eval/{shift}/{what}")
}

fn push(all: &mut Vec<Scalar>, tag: String, step: u64, value: Option<f64>) {
    all.extend(value.map(|value| Scalar::new(tag, step, value)));
}
