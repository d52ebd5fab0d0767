//! Committed manifests of evaluation pools: `datasets/<family>-v<N>/manifest.json`.
//!
//! Levels are generated, not stored. A manifest says for each pool of a family what determines it, how its levels came
//! to be, their ids, and the BLAKE3 digest over all of them, so that a program, a machine or a year can be held against it.

mod ids;
mod make;
mod verify;

pub use ids::{ids_text, read_ids};
pub use make::{Name, wanted};
pub use verify::{Difference, verify};

use crate::inputs::{PoolInputs, TrainingPool};
use misgen_core::{AnyFamily, GenerateError, Law, LevelKey, Role};
use misgen_evaluate::pools::{Levels, PoolError, PoolStats};
use misgen_store::{Address, CanonicalError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of `manifest.json`.
pub const MANIFEST_VERSION: u32 = 1;

/// Name of the file.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The largest manifest that is read, bytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// Most levels of a manifest's pools.
pub const MOST_LEVELS: u32 = 1 << 16;

/// The training levels that overlaps are counted with: as many as a suite's default.
pub const TRAINING: TrainingPool = TrainingPool { levels: 4096, seed: 0 };

/// The pools of one family under its default knobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub schema_version: u32,
    /// Family and version: `corner-v0`.
    pub family: String,
    /// [`misgen_evaluate::POOL_VERSION`].
    pub pool_version: u32,
    /// Levels asked for, each pool.
    pub levels: u32,
    /// The family's default knobs.
    pub knobs: Value,
    /// Training levels, and what keeping them apart from the pools comes to.
    pub training: Vec<TrainingEntry>,
    /// Held-out levels of each training law, then the shifts in order of declaration.
    pub pools: Vec<PoolEntry>,
}

/// Training levels as a learner of the default suite gets them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingEntry {
    /// The pool of its training row.
    pub name: String,
    /// The law, mix included.
    pub law: Law,
    /// How many levels, and their seed.
    pub drawn: TrainingPool,
    /// Different levels among them.
    pub distinct: usize,
    /// Candidates left out because the training row's or a shift's pool holds the same level.
    pub kept_apart: usize,
    /// Share of the training levels that such a pool holds too, where the world is too small to keep them apart.
    pub overlap: f64,
}

/// One pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolEntry {
    /// `training` (`training@1` for its control, `training:LAW` for other laws), or the shift.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Where a run keeps it: `pools/<address>/`, the digest of `inputs`.
    pub address: Address,
    /// Everything that determines it.
    pub inputs: PoolInputs,
    /// BLAKE3 over the digests of all levels, then of all twins; equal to `digest` in a run's `pool.json`.
    pub digest: String,
    /// Levels kept.
    pub kept: usize,
    /// Survivors of screening over levels generated.
    pub diagnostic_share: f64,
    /// How they came to be.
    pub stats: PoolStats,
    /// How many of its levels are also among each entry of [`Manifest::training`] before those are kept apart.
    pub shared_levels: Vec<usize>,
    /// The same of its aligned twins.
    pub shared_twins: Vec<usize>,
    /// The levels in order: index in the stream, with the attempt behind a dot where it is not 0, neighbours joined:
    /// `0-3 5 7.2`.
    pub ids: String,
}

/// Why a manifest could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// A pool could not be made.
    #[error("pool `{name}`: {source}")]
    Pool {
        /// Its name.
        name: String,
        /// Why not.
        source: PoolError,
    },
    /// Training levels could not be made.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// Training levels could not be made.
    #[error(transparent)]
    Levels(#[from] crate::train::LevelsError),
    /// The ids of a pool do not read as ids.
    #[error("pool `{name}`: {reason}")]
    Ids {
        /// Its name.
        name: String,
        /// What was found and what was expected.
        reason: String,
    },
    /// A value is not a JSON value.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

impl Manifest {
    /// The entry called `name`.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&PoolEntry> {
        self.pools.iter().find(|pool| pool.name == name)
    }

    /// The text of `manifest.json`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("a manifest is plain data");
        text.push(b'\n');
        text
    }
}

impl PoolEntry {
    /// The keys of its levels.
    ///
    /// # Errors
    /// When its ids do not read as such.
    pub fn keys(&self) -> Result<Vec<LevelKey>, ManifestError> {
        let ids = read_ids(&self.ids, self.kept.min(self.inputs.levels as usize));
        let ids = ids.map_err(|reason| ManifestError::Ids { name: self.name.clone(), reason })?;
        let request = self.inputs.request();
        let key = |(index, attempt)| LevelKey {
            seed: request.seed,
            split: misgen_core::Split::Eval,
            index,
            attempt,
            ties: request.ties(index),
        };
        Ok(ids.into_iter().map(key).collect())
    }

    /// Its levels and their twins, generated from its ids.
    ///
    /// # Errors
    /// When an id is none, or no level has it.
    pub fn levels(&self, family: &dyn AnyFamily) -> Result<Levels, ManifestError> {
        let keys = self.keys()?;
        let pool = |source| ManifestError::Pool { name: self.name.clone(), source };
        self.inputs.request().levels(family, &keys).map_err(pool)
    }
}
