//! What a job is computed from. A job's address is the digest of these values, so everything
//! that can change a byte of its result has to be in here, and nothing else.

use misgen_agents::AgentConfig;
use misgen_core::{Law, Look, ShiftSpec};
use misgen_evaluate::pools::{Content, PoolRequest};
use misgen_store::{Address, CanonicalError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Version of what this crate computes for a cell. Raised by hand when its results change.
pub const SWEEP_VERSION: u32 = 3;

/// Seed of every evaluation pool: all agents of all suites meet the same levels.
pub const POOL_SEED: u64 = 0;

/// The store's kind of evaluation pools.
pub const POOLS: &str = "pools";

/// The store's kind of cells.
pub const CELLS: &str = "cells";

/// What an evaluation pool holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolOf {
    /// Held-out levels of a training law.
    Training(Law),
    /// Levels of a shift. Its description in words is left empty: words change no level.
    Shift(ShiftSpec),
}

impl PoolOf {
    /// Levels of `shift`, without its words.
    #[must_use]
    pub fn shift(shift: &ShiftSpec) -> Self {
        Self::Shift(ShiftSpec { means: String::new(), ..shift.clone() })
    }
}

/// Everything that an evaluation pool is computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolInputs {
    /// [`misgen_evaluate::POOL_VERSION`].
    pub pool_version: u32,
    /// Version of metrics and statistics, which the stored reference values follow.
    pub metric_version: u32,
    /// Name of the family.
    pub family: String,
    /// Its version.
    pub family_version: u32,
    /// All knobs, those of the shift included.
    pub knobs: Value,
    /// What the levels are.
    pub of: PoolOf,
    /// How many.
    pub levels: u32,
    /// Seed of their generation.
    pub seed: u64,
}

/// Who plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Player {
    /// A learner with these settings.
    Learner(Box<AgentConfig>),
    /// A scripted player, by name.
    Scripted(String),
    /// A program.
    Program {
        /// Its command line.
        command: String,
        /// Its version, raised by hand.
        version: String,
    },
}

/// The levels that a learner trains on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingPool {
    /// How many.
    pub levels: u32,
    /// Seed of their generation.
    pub seed: u64,
}

/// Everything that a cell is computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellInputs {
    /// [`SWEEP_VERSION`].
    pub sweep_version: u32,
    /// Version of metrics and statistics.
    pub metric_version: u32,
    /// Version of learners; null for others.
    pub agent_version: Option<u32>,
    /// Kernel set of the learner's arithmetic; null for others.
    pub kernels: Option<String>,
    /// Name of the family.
    pub family: String,
    /// Its version.
    pub family_version: u32,
    /// All knobs of the world.
    pub knobs: Value,
    /// Training law, mix included.
    pub law: Law,
    /// Share of free levels in it; null for scripted players.
    pub mix: Option<f64>,
    /// Who plays.
    pub player: Player,
    /// What the family's channels look like, for a learner that sees pixels: to others it makes no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Vec<Look>>,
    /// Training seed, and seed of the actions in evaluation.
    pub seed: u64,
    /// What the learner trains on; null for others.
    pub training: Option<TrainingPool>,
    /// How often a learner is looked at on its way.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub checkpoints: u32,
    /// Budgets of help that a learner is evaluated with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<f64>,
    /// Evaluation pool of the training row.
    pub held_out: Address,
    /// Evaluation pool of each shift, by name.
    pub shifts: BTreeMap<String, Address>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(crate) const fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// One job of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// Makes an evaluation pool.
    Pool(PoolInputs),
    /// Trains and evaluates.
    Cell(CellInputs),
}

impl Player {
    /// The learner's algorithm (`ppo`), the scripted player's name, or the program's command line.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Learner(config) => config.algorithm.word(),
            Self::Scripted(name) => name,
            Self::Program { command, .. } => command,
        }
    }
}

impl PoolInputs {
    /// Where the pool is kept.
    ///
    /// # Errors
    /// When a value is not a JSON value.
    pub fn address(&self) -> Result<Address, CanonicalError> {
        Address::of(self)
    }

    /// What to ask `evaluate` for.
    #[must_use]
    pub fn request(&self) -> PoolRequest {
        let content = match &self.of {
            PoolOf::Training(law) => Content::Law(law.clone()),
            PoolOf::Shift(shift) => Content::Shift(shift.clone()),
        };
        PoolRequest { knobs: self.knobs.clone(), content, levels: self.levels as usize, seed: self.seed }
    }

    /// The name of its row: `training`, or the shift's.
    #[must_use]
    pub fn row(&self) -> &str {
        match &self.of {
            PoolOf::Training(_) => TRAINING_ROW,
            PoolOf::Shift(shift) => &shift.name,
        }
    }
}

/// The name of the row of the training law itself.
pub const TRAINING_ROW: &str = "training";

impl CellInputs {
    /// Where the cell is kept.
    ///
    /// # Errors
    /// When a value is not a JSON value.
    pub fn address(&self) -> Result<Address, CanonicalError> {
        Address::of(self)
    }
}

impl Job {
    /// Where its result is kept.
    ///
    /// # Errors
    /// When a value is not a JSON value.
    pub fn address(&self) -> Result<Address, CanonicalError> {
        match self {
            Self::Pool(inputs) => inputs.address(),
            Self::Cell(inputs) => inputs.address(),
        }
    }

    /// The store's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Pool(_) => POOLS,
            Self::Cell(_) => CELLS,
        }
    }

    /// Environment steps of training; `None` where nothing is trained.
    #[must_use]
    pub const fn frames(&self) -> Option<u64> {
        match self {
            Self::Cell(CellInputs { player: Player::Learner(config), .. }) => Some(config.frames),
            Self::Cell(_) | Self::Pool(_) => None,
        }
    }

    /// What a person calls it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Pool(pool) => format!("levels of {}-v{} {}", pool.family, pool.family_version, pool.row()),
            Self::Cell(cell) => {
                let mix = cell.mix.map_or(String::new(), |mix| format!(" mix {mix}"));
                let (family, version, player) = (&cell.family, cell.family_version, cell.player.word());
                format!("{player} in {family}-v{version}{mix} seed {}", cell.seed)
            }
        }
    }
}
