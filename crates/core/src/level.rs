//! Names and texts of levels.

use crate::Ties;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// A level as a person can read and edit it: an ASCII map, and named fields for what a map cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelText {
    /// Rows of glyphs, one line each, no trailing newline.
    pub map: String,
    /// Further facts by name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// Why a text is not a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("level text, line {line}, column {column}: {reason}")]
pub struct LevelError {
    /// Line of the map, from 1; 0 for a field.
    pub line: usize,
    /// Column of the map, from 1; 0 for a field.
    pub column: usize,
    /// What was found and what was expected.
    pub reason: String,
}
