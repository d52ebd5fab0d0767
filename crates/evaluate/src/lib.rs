//! Shifted rollouts to episode records; records to metrics, intervals and verdicts.
//!
//! Knows neither candle nor any family or agent by name: it sees pools, policies and scripted players.

pub mod across;
pub mod along;
pub mod attribute;
pub mod audit;
pub mod check;
pub mod compare;
pub mod controls;
pub mod dose;
pub mod episode;
pub mod exhibit;
pub mod game;
pub mod gate;
pub mod help;
pub mod human;
pub mod leaderboard;
pub mod matched;
pub mod metric;
pub mod metrics;
pub mod pools;
pub mod record;
pub mod replicate;
pub mod rollout;
pub mod row;
pub mod scalars;
pub mod solution;
pub mod stats;
pub mod summary;
pub mod verdict;
pub mod way;
pub mod words;

/// Version of what is measured and how. Raised by hand when any number that a cell records could change.
pub const METRIC_VERSION: u32 = 1;

/// Version of how evaluation pools are generated, screened, balanced and solved. Raised by hand likewise.
pub const POOL_VERSION: u32 = 1;
