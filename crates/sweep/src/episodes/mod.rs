//! `episodes.parquet`: every episode of a cell as one row of flat columns. docs/records.md documents them.
//!
//! The columns of the cell itself are equal in all rows, so that the files of many cells can be read as one table.

mod pages;
mod read;
mod table;
mod write;

pub use read::{MAX_BYTES, read_episodes};
pub use write::write_episodes;

use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::record::CellResult;

/// The file of a cell's episodes.
pub const EPISODES_FILE: &str = "episodes.parquet";

/// Version of the columns. Also in the file, as key-value metadata under [`VERSION_KEY`].
pub const EPISODES_VERSION: u32 = 1;

/// The metadata key of [`EPISODES_VERSION`].
pub const VERSION_KEY: &str = "misgen.episodes";

/// The episodes of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Episodes {
    /// Name of the family.
    pub family: String,
    /// Its version.
    pub family_version: u32,
    /// Name of the agent.
    pub agent: String,
    /// Share of free levels in its training law; `None` for scripted players.
    pub mix: Option<f64>,
    /// Training (or action) seed.
    pub seed: u64,
    /// Names of the family's proxies, in order of declaration.
    pub proxies: Vec<String>,
    /// The episodes, in the order in which they were evaluated.
    pub rows: Vec<EpisodeRecord>,
}

impl Episodes {
    /// The episodes of `result`'s cell.
    #[must_use]
    pub fn of(result: &CellResult, proxies: Vec<String>, rows: Vec<EpisodeRecord>) -> Self {
        Self {
            family: result.family.clone(),
            family_version: result.family_version,
            agent: result.agent.clone(),
            mix: result.mix,
            seed: result.seed,
            proxies,
            rows,
        }
    }
}

/// Why bytes are not the episodes of a cell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EpisodesError {
    /// The file is larger than any cell's.
    #[error("{bytes} bytes, expected at most {MAX_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is no Parquet file, or a damaged one.
    #[error("not a Parquet file: {0}")]
    Parquet(String),
    /// It declares more than it holds.
    #[error("{what}: found {found}, expected {expected}")]
    Claim {
        /// Whose claim.
        what: String,
        /// What it says.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// It has other columns.
    #[error("column {place}: found {found}, expected {expected}")]
    Column {
        /// Place of the column, from 1.
        place: usize,
        /// What stands there.
        found: String,
        /// What belongs there.
        expected: String,
    },
    /// A value is not of its column's kind.
    #[error("row {row}, column `{column}`: found {found}, expected {expected}")]
    Value {
        /// The row, from 1.
        row: usize,
        /// Name of the column.
        column: String,
        /// The value.
        found: String,
        /// What belongs there.
        expected: &'static str,
    },
}

impl From<parquet::errors::ParquetError> for EpisodesError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self::Parquet(error.to_string())
    }
}
