//! Statistics as pure functions over slices: of one cell, of two groups of seeds, and across families.
//!
//! docs/statistics.md says of each what it is for and what it cannot tell. Those that others have too are held against rliable
//! and scipy (`tests/statistics.rs`), and the intervals against a simulation (`tests/coverage.rs`).

pub mod across;
pub mod bootstrap;
mod cell;
pub mod difference;
pub mod rank;

pub use cell::{CONFIDENCE, mean, standard_deviation, student_t, wilson};
