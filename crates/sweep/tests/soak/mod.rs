//! How long a loop goes on: a fixed amount of work in the test command, so many seconds in a soak.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::io::Write;
use std::time::{Duration, Instant};

/// Seconds that each loop is to go on for.
const SECONDS: &str = "MISGEN_SOAK_SECONDS";

/// A loop's allowance.
pub(crate) struct Soak {
    name: &'static str,
    end: Option<Instant>,
}

impl Soak {
    /// The allowance of the loop `name`.
    pub(crate) fn new(name: &'static str) -> Self {
        let seconds = std::env::var(SECONDS).ok().map(|text| text.parse().expect("a number of seconds"));
        Self { name, end: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)) }
    }

    /// Whether this is a soak: then the work of the test command is only the least.
    pub(crate) fn is_long(&self) -> bool {
        self.end.is_some()
    }

    /// Whether the loop goes on; `enough` says that it has done the test command's share.
    pub(crate) fn goes_on(&self, enough: bool) -> bool {
        !enough || self.end.is_some_and(|end| Instant::now() < end)
    }

    /// Says what the loop did, past the test harness's capture.
    pub(crate) fn report(&self, counts: &str) {
        let mut out = std::io::stderr().lock();
        writeln!(out, "soak {}: {counts}", self.name).unwrap();
    }
}
