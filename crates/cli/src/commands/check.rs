//! `misgen check`: conformance of families, and whether they are good experiments.

use super::learn::learn;
use super::world::family;
use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::Registry;
use misgen_evaluate::check::{Report, Weight, check as conform};
use std::fmt::Write;

/// Exit code 1 for a broken rule; a bad experiment is reported and exits with 0.
pub(crate) fn check(args: &CheckArgs, registry: Registry) -> Result<u8, Failure> {
    let families = match &args.family {
        Some(name) => vec![family(registry, name)?],
        None => registry.iter().collect(),
    };
    let mut reports: Vec<Report> = Vec::new();
    for family in families {
        let mut report = conform(family);
        if let Some(frames) = args.learn {
            learn(family, frames.get(), &mut report)?;
        }
        if !args.json {
            let mut text = String::new();
            let verdict = if report.findings.is_empty() { "sound" } else { "findings:" };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}: {} rules tried, {verdict}", report.family, report.rules.len());
            for finding in &report.findings {
                let _ = writeln!(text, "  {finding}");
            }
            output::document(&text)?;
        }
        reports.push(report);
    }
    if args.json {
        output::json(&reports)?;
    }
    Ok(u8::from(reports.iter().flat_map(|r| &r.findings).any(|f| f.weight == Weight::Broken)))
}
