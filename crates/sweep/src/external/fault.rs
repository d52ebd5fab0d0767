//! Why an agent that is a program failed.

use misgen_core::PolicyError;
use serde::{Deserialize, Serialize};

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The program could not be started.
    NotStarted,
    /// No answer came in time.
    Timeout,
    /// It ended before it was told to.
    Exited,
    /// It said something that is not the protocol's.
    Protocol,
    /// It said more than it was asked for.
    Flood,
    /// Whoever evaluates was told to stop.
    Interrupted,
}

/// A failed program: what happened, and the end of what it said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the agent `{program}` {message}")]
pub struct ExternalError {
    /// What kind of failure it was.
    pub fault: Fault,
    /// Its command line.
    pub program: String,
    /// What it did, in words.
    pub message: String,
    /// The last 4 kB that it wrote to stderr.
    pub stderr: String,
}

impl From<ExternalError> for PolicyError {
    fn from(error: ExternalError) -> Self {
        Self(error.to_string())
    }
}
