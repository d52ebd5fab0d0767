//! Which algorithm, and the settings that only it has.

use super::{AgentConfig, Needs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an agent learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Proximal policy optimisation.
    #[default]
    Ppo,
    /// Double deep Q-learning with a replay buffer.
    Dqn(
        /// How it explores and learns.
        DqnConfig,
    ),
    /// Behaviour cloning: imitates the best play for the training reward, on the way that the best play takes.
    BehaviourCloning(
        /// What is demonstrated.
        CloningConfig,
    ),
    /// DAgger: imitates the best play for the training reward, on the way that the learner itself takes.
    Dagger(
        /// What is demonstrated.
        DaggerConfig,
    ),
    /// DivDis: two policies that imitate alike and disagree where proxies are free, and a few demonstrations to choose between them.
    Divdis(
        /// What is demonstrated, and how much the two are to disagree.
        DivDisConfig,
    ),
}

/// Settings of deep Q-learning. An update is a rollout of `lanes` × `steps`, then so many optimiser steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DqnConfig {
    /// Steps that are remembered.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub replay: usize,
    /// Optimiser steps an update.
    #[schemars(range(min = 1, max = 10_000))]
    pub updates: usize,
    /// Remembered steps in each of them.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Optimiser steps after which the target net takes over the weights.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub target: u64,
    /// Chance of a uniform action at the end of exploration, and in play that is not greedy.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub epsilon: f64,
    /// Share of the frames over which that chance falls from 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub explore: f64,
}

/// Settings of behaviour cloning. An update is a rollout of `lanes` × `steps` of demonstrations, then `epochs` passes over it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CloningConfig {
    /// Training levels that are demonstrated, the first so many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub levels: u32,
}

/// Settings of `DAgger`. An update is a rollout of `lanes` × `steps`, then `epochs` passes over as many rows of all that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DaggerConfig {
    /// Training levels that are demonstrated, the first so many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub levels: u32,
    /// Steps that are remembered with what the best play would have done.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub aggregate: usize,
    /// β: the demonstrator acts in a lane of update k (counted from 0) with chance β^k.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub decay: f64,
}

/// Settings of `DivDis`. An update is a rollout of demonstrations and one of unlabelled play, then `epochs` passes over both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DivDisConfig {
    /// Training levels that are demonstrated, the first so many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub levels: u32,
    /// Levels of the training law at mix 1 whose observations are seen without a demonstration.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub unlabelled: u32,
    /// The first so many of them are demonstrated after training, to choose between the two policies.
    #[schemars(range(min = 1, max = 65_536))]
    pub labelled: u32,
    /// Weight of the mutual information of the two policies' actions.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub diversity: f64,
}

impl Default for DqnConfig {
    fn default() -> Self {
        Self { replay: 50_000, updates: 64, batch: 256, target: 256, epsilon: 0.05, explore: 0.3 }
    }
}

impl Default for CloningConfig {
    fn default() -> Self {
        Self { levels: 1024 }
    }
}

impl Default for DaggerConfig {
    fn default() -> Self {
        Self { levels: 1024, aggregate: 65_536, decay: 0.5 }
    }
}

impl Default for DivDisConfig {
    fn default() -> Self {
        Self { levels: 1024, unlabelled: 1024, labelled: 8, diversity: 1.0 }
    }
}

impl Algorithm {
    /// Its name in output and records.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ppo => "ppo",
            Self::Dqn(_) => "dqn",
            Self::BehaviourCloning(_) => "behaviour-cloning",
            Self::Dagger(_) => "dagger",
            Self::Divdis(_) => "divdis",
        }
    }

    /// Training levels that are demonstrated; `None` where nobody demonstrates.
    #[must_use]
    pub const fn demonstrated(&self) -> Option<u32> {
        match self {
            Self::Ppo | Self::Dqn(_) => None,
            Self::BehaviourCloning(CloningConfig { levels })
            | Self::Dagger(DaggerConfig { levels, .. })
            | Self::Divdis(DivDisConfig { levels, .. }) => Some(*levels),
        }
    }

    /// How many policies the net holds, of which play follows one.
    #[must_use]
    pub const fn policies(&self) -> usize {
        if matches!(self, Self::Divdis(_)) { 2 } else { 1 }
    }

    /// Reports what is out of range, and settings of `all` that this algorithm does not use.
    pub(super) fn check(&self, all: &AgentConfig, needs: &mut Needs) {
        const MILLION: usize = 1_000_000;
        let at = |field: &str| format!("algorithm.{}.{field}", self.word());
        let mut count = |field: &str, value: usize, most: usize| {
            needs.that((1..=most).contains(&value), &at(field), &value, &format!("1 to {most}"));
        };
        if let Some(levels) = self.demonstrated() {
            count("levels", levels as usize, MILLION);
        }
        match *self {
            Self::Ppo => return,
            Self::BehaviourCloning(_) => {}
            Self::Dqn(dqn) => {
                count("replay", dqn.replay, MILLION);
                count("updates", dqn.updates, 10_000);
                count("batch", dqn.batch, 65_536);
                count("target", usize::try_from(dqn.target).unwrap_or(usize::MAX), MILLION);
                needs.float(&at("epsilon"), dqn.epsilon, 0.0, 1.0, false);
                needs.float(&at("explore"), dqn.explore, 0.0, 1.0, false);
            }
            Self::Dagger(dagger) => {
                count("aggregate", dagger.aggregate, MILLION);
                needs.float(&at("decay"), dagger.decay, 0.0, 1.0, false);
            }
            Self::Divdis(divdis) => {
                count("unlabelled", divdis.unlabelled as usize, MILLION);
                count("labelled", divdis.labelled as usize, 65_536);
                let most = divdis.unlabelled;
                needs.that(
                    divdis.labelled <= most,
                    &at("labelled"),
                    &divdis.labelled,
                    &format!("at most `unlabelled`, {most}"),
                );
                needs.float(&at("diversity"), divdis.diversity, 0.0, 100.0, false);
            }
        }
        let usual = AgentConfig::default();
        let unused = [
            ("gru", all.gru.is_some()),
            ("curriculum", all.curriculum.is_some()),
            ("entropy", all.entropy != usual.entropy),
            ("lambda", all.lambda != usual.lambda),
            ("clip", all.clip != usual.clip),
            ("value", all.value != usual.value),
            ("epochs", matches!(self, Self::Dqn(_)) && all.epochs != usual.epochs),
            ("minibatches", matches!(self, Self::Dqn(_)) && all.minibatches != usual.minibatches),
        ];
        for (field, set) in unused {
            let expected = format!("nothing: `{}` does not use it", self.word());
            needs.that(!set, field, &"a setting of another algorithm", &expected);
        }
    }
}
