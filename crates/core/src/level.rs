//! Names of levels.

use crate::Ties;
use serde::{Deserialize, Serialize};

/// Which set a level belongs to. Levels of different splits come from different streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Levels that agents learn from.
    Train,
    /// Held-out levels that agents are judged on.
    Eval,
    /// Levels for looking at and for the checks of a family.
    Check,
}

impl Split {
    /// The word for it in keys and records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Eval => "eval",
            Self::Check => "check",
        }
    }
}

/// Everything that determines a generated level, given the family's version and knobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LevelKey {
    /// Seed of the pool.
    pub seed: u64,
    /// Split of the pool.
    pub split: Split,
    /// Number of the level in its stream.
    pub index: u64,
    /// The attempt whose layout was accepted.
    pub attempt: u16,
    /// The ties under which it was generated.
    pub ties: Ties,
}
