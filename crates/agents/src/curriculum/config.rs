//! Settings of curricula.

use crate::config::Needs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest buffer.
const MOST: usize = 65_536;

/// How regret on a level is estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// The highest return that the learner ever had on the level while it was in the buffer, less its latest mean return.
    #[default]
    MaxLatest,
    /// The level's optimal value less the latest mean return.
    Oracle,
}

/// Where an edit's new ties come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// The training law, in its shares: edits break ties as often as the law does.
    #[default]
    Law,
    /// Other rows of the training law, all as likely: edits break ties more often than the law does.
    Support,
}

/// Which levels a learner plays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Curriculum {
    /// Robust prioritised level replay: levels of high regret again and again.
    Plr(
        /// How levels are replayed.
        PlrConfig,
    ),
    /// The same, and after each update edits of the levels of highest regret.
    Accel(
        /// How levels are replayed and edited.
        AccelConfig,
    ),
}

/// Settings of robust prioritised level replay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlrConfig {
    /// How regret is estimated.
    pub estimator: Estimator,
    /// Chance that a rollout replays levels and is learned from, once half of the buffer is filled.
    #[schemars(range(min = 0.05, max = 1.0))]
    pub replay: f64,
    /// β: the weight of the level of rank r is r^(-1/β).
    #[schemars(range(min = 0.05, max = 10.0))]
    pub temperature: f64,
    /// ρ: share of replay that goes to levels by how long ago they were played, rather than by regret.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub staleness: f64,
    /// Levels kept.
    #[schemars(range(min = 1, max = 65536))]
    pub buffer: usize,
}

/// Settings of ACCEL.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccelConfig {
    /// How regret is estimated.
    pub estimator: Estimator,
    /// Chance that a rollout that is not of edits replays levels and is learned from, once half of the buffer is filled.
    #[schemars(range(min = 0.05, max = 1.0))]
    pub replay: f64,
    /// β: the weight of the level of rank r is r^(-1/β).
    #[schemars(range(min = 0.05, max = 10.0))]
    pub temperature: f64,
    /// ρ: share of replay that goes to levels by how long ago they were played, rather than by regret.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub staleness: f64,
    /// Levels kept.
    #[schemars(range(min = 1, max = 65536))]
    pub buffer: usize,
    /// Share of the replayed levels, those of highest regret, that are edited.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub edited: f64,
    /// Chance that an edit draws new ties; else only the placement changes.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub retie: f64,
    /// Where they come from.
    pub ties: Ties,
}

impl Default for PlrConfig {
    fn default() -> Self {
        Self { estimator: Estimator::MaxLatest, replay: 0.5, temperature: 0.1, staleness: 0.1, buffer: 1024 }
    }
}

impl Default for AccelConfig {
    fn default() -> Self {
        let PlrConfig { estimator, temperature, staleness, buffer, .. } = PlrConfig::default();
        Self { estimator, replay: 0.8, temperature, staleness, buffer, edited: 0.25, retie: 0.5, ties: Ties::Law }
    }
}

impl Curriculum {
    /// The settings that both kinds have.
    const fn plr(&self) -> PlrConfig {
        match *self {
            Self::Plr(plr) => plr,
            Self::Accel(AccelConfig { estimator, replay, temperature, staleness, buffer, .. }) => {
                PlrConfig { estimator, replay, temperature, staleness, buffer }
            }
        }
    }

    /// How regret is estimated.
    #[must_use]
    pub const fn estimator(&self) -> Estimator {
        self.plr().estimator
    }

    /// Chance that a rollout replays.
    pub(super) const fn replay(&self) -> f64 {
        self.plr().replay
    }

    /// Levels kept.
    pub(super) const fn buffer(&self) -> usize {
        self.plr().buffer
    }

    /// β and ρ.
    pub(super) const fn priorities(&self) -> (f64, f64) {
        let PlrConfig { temperature, staleness, .. } = self.plr();
        (temperature, staleness)
    }

    /// Levels from which on the buffer is replayed: half of it, a level a lane, or all that there are.
    pub(super) fn least(&self, lanes: usize, fresh: u32) -> usize {
        let buffer = self.buffer();
        (buffer / 2).max(lanes).min(buffer).min(fresh as usize)
    }

    /// Reports what is out of range; paths are below the agent's settings.
    pub(crate) fn check(&self, lanes: usize, needs: &mut Needs) {
        let (kind, PlrConfig { replay, temperature, staleness, buffer, .. }) = match self {
            Self::Plr(plr) => ("plr", *plr),
            Self::Accel(_) => ("accel", self.plr()),
        };
        let at = |field: &str| format!("curriculum.{kind}.{field}");
        needs.float(&at("replay"), replay, 0.05, 1.0, false);
        needs.float(&at("temperature"), temperature, 0.05, 10.0, false);
        needs.float(&at("staleness"), staleness, 0.0, 1.0, false);
        let expected = format!("at least a level for each of the {lanes} lanes, at most {MOST}");
        needs.that((lanes.max(1)..=MOST).contains(&buffer), &at("buffer"), &buffer, &expected);
        if let Self::Accel(accel) = self {
            needs.float(&at("edited"), accel.edited, 0.0, 1.0, true);
            needs.float(&at("retie"), accel.retie, 0.0, 1.0, false);
        }
    }
}
