//! The version of the learning code.

/// Raised by hand whenever a change makes an agent learn other weights from the same inputs: it is part of a cell's
/// address, so that results of older code are never reused. A golden test fails until it is raised.
pub const AGENT_CODE_VERSION: u32 = 1;
