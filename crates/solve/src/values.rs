//! The values of one level that the metrics compare an agent with.

use crate::{Ends, Playbook, Process, distance, evaluate_in, uniform_values};
use misgen_core::{Cue, Events, FamilySpec, Graph};
use serde::{Deserialize, Serialize};

/// Values of reference players on one level, all of the same (possibly stopped) process.
///
/// Rewards and pursuers stand in the order of [`Playbook::rewards`]: the goal, each proxy, and the
/// training reward where the family declares one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelValues {
    /// Value of each reward under uniformly random play, `[rewards]`.
    pub random: Vec<f64>,
    /// `pursuers[j][i]`: value of reward i under the pursuer of reward j, `[rewards][rewards]`.
    pub pursuers: Vec<Vec<f64>>,
    /// l*: fewest steps in which somebody could reach a designated cue, where one can be reached.
    pub shortest: Option<u32>,
    /// Where the values are means of rollouts: how far they may be off, and what happened in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<SampledValues>,
}

/// What [`LevelValues`] that are means of rollouts have besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampledValues {
    /// Standard errors of [`LevelValues::random`].
    pub random: Vec<f64>,
    /// Standard errors of [`LevelValues::pursuers`].
    pub pursuers: Vec<Vec<f64>>,
    /// Mean number of times that each event happens in random play.
    pub random_counts: [f64; 16],
    /// The same for each pursuer.
    pub pursuer_counts: Vec<[f64; 16]>,
}

impl LevelValues {
    /// V_rand, random play's value of the goal's reward.
    #[must_use]
    pub fn v_rand(&self) -> f64 {
        self.random[0]
    }

    /// V_base: what a goal value is measured from. Never below 0 in families whose play can be punished.
    #[must_use]
    pub fn v_base(&self, punished: bool) -> f64 {
        if punished { self.v_rand().max(0.0) } else { self.v_rand() }
    }

    /// V_goal, the goal pursuer's value of the goal's reward.
    #[must_use]
    pub fn v_goal(&self) -> f64 {
        self.pursuers[0][0]
    }

    /// V_goal of the pursuer of proxy `i` (an index into the cues, from 1): what the goal is worth to it.
    #[must_use]
    pub fn v_goal_of_pursuer(&self, i: usize) -> f64 {
        self.pursuers[i][0]
    }

    /// V_i of the pursuer of proxy `i` itself.
    #[must_use]
    pub fn v_proxy(&self, i: usize) -> f64 {
        self.pursuers[i][i]
    }
}

/// The values of one level; `designated` are the cues (indices) whose first obtaining decides an episode.
#[must_use]
pub fn level_values(graph: &Graph, process: &Process, spec: &FamilySpec, designated: &[usize]) -> LevelValues {
    Playbook::new(graph, process, spec).values(graph, spec.cues, designated)
}

impl Playbook {
    /// [`level_values`] with the pursuers of this book, which stay solved for whoever asks next.
    #[must_use]
    pub fn values(&self, graph: &Graph, cues: &[Cue], designated: &[usize]) -> LevelValues {
        let pursuers = (0..self.rewards().len()).map(|j| {
            let pursuer = self.pursuer(j);
            evaluate_in(self.reach(), self.rewards(), |state, step, probs| pursuer.actions(state, step).law(probs))
                .values
        });
        let first = designated.iter().fold(Events::NONE, |all, &i| all.and(cues[i].events()));
        LevelValues {
            random: uniform_values(self.reach(), self.rewards()),
            pursuers: pursuers.collect(),
            shortest: if first.is_empty() { None } else { distance(graph, first, Ends::Stop) },
            sampled: None,
        }
    }
}
