//! Conformance: what every registered family must keep, and whether it is a good experiment.
//!
//! Written once over [`misgen_core::AnyFamily`], so that a new family is held to all of it without another line.

mod attribution;
mod controls;
mod experiment;
mod learning;
mod levels;
mod play;

pub use learning::learned;

use misgen_core::{AnyFamily, FamilySpec};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The family breaks a rule: its numbers cannot be trusted.
    Broken,
    /// The family keeps the rules but is a bad experiment.
    BadExperiment,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Name of the rule.
    pub rule: String,
    /// How much it matters.
    pub weight: Weight,
    /// What was found and what was expected.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Broken => "broken",
            Weight::BadExperiment => "bad experiment",
        };
        write!(f, "{weight}: {}: {}", self.rule, self.text)
    }
}

/// The outcome of checking one family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Family and version.
    pub family: String,
    /// Names of the rules that were tried, in order.
    pub rules: Vec<String>,
    /// What they found; empty for a sound family.
    pub findings: Vec<Finding>,
}

/// Collects findings rule by rule.
struct Checker<'a> {
    family: &'a dyn AnyFamily,
    spec: FamilySpec,
    report: Report,
}

impl Checker<'_> {
    /// Levels looked at for each law and shift: fewer where their values have to be played out.
    fn levels(&self) -> usize {
        crate::audit::usual_levels(&self.spec)
    }

    /// Starts a rule.
    fn rule(&mut self, name: &str) {
        self.report.rules.push(name.into());
    }

    fn push(&mut self, weight: Weight, text: String) {
        let rule = self.report.rules.last().cloned().unwrap_or_default();
        // One example a rule and weight says enough; a broken level repeats on every other.
        if !self.report.findings.iter().any(|f| f.rule == rule && f.weight == weight && f.text == text) {
            self.report.findings.push(Finding { rule, weight, text });
        }
    }

    /// Notes a broken rule unless `kept`.
    fn expect(&mut self, kept: bool, text: impl FnOnce() -> String) {
        if !kept {
            self.push(Weight::Broken, text());
        }
    }

    /// Notes a bad experiment unless `good`.
    fn advise(&mut self, good: bool, text: impl FnOnce() -> String) {
        if !good {
            self.push(Weight::BadExperiment, text());
        }
    }
}

/// Checks one family against every rule.
#[must_use]
pub fn check(family: &dyn AnyFamily) -> Report {
    let spec = family.spec();
    let report = Report { family: spec.id(), rules: Vec::new(), findings: Vec::new() };
    let mut checker = Checker { family, spec, report };
    levels::declarations(&mut checker);
    if checker.report.findings.is_empty() {
        levels::levels(&mut checker);
        play::play(&mut checker);
        if let Some(pools) = experiment::pools(&mut checker) {
            controls::controls(&mut checker, &pools);
            if let Some(first) = pools.first() {
                attribution::attribution(&mut checker, first);
            }
            experiment::experiment(&mut checker, &pools);
            experiment::ladders(&mut checker);
        }
    }
    checker.report
}
