//! `misgen validate`: files checked, nothing run and nothing created.

use crate::args::ValidateArgs;
use crate::failure::Failure;
use crate::layers::layers;
use crate::output;
use misgen_core::Registry;
use misgen_store::RealFs;
use misgen_sweep::config::{ConfigError, Source};
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::{Checked, open_any};
use serde_json::{Value, json};

/// Prints a line for each good file, and reports every error of all others (exit 2).
pub(crate) fn validate(args: &ValidateArgs, registry: Registry) -> Result<u8, Failure> {
    let layers = layers(&args.set)?;
    let (mut reports, mut errors): (Vec<Value>, Vec<ConfigError>) = (Vec::new(), Vec::new());
    for path in &args.files {
        let label = path.display().to_string();
        match open_any(&RealFs, path, &layers, registry) {
            Ok(checked) => {
                let (words, mut report) = described(&checked)?;
                if !args.json {
                    output::document(&format!("ok: {label}: {words}\n"))?;
                }
                report["file"] = label.into();
                report["ok"] = true.into();
                report["findings"] = json!([]);
                reports.push(report);
            }
            Err(found) => {
                let findings: Vec<Value> = found.iter().map(finding).collect();
                reports.push(json!({ "file": label, "ok": false, "findings": findings }));
                // Files that extend the same one have its errors in common.
                errors.extend(found.into_iter().filter(|error| !errors.contains(error)).collect::<Vec<_>>());
            }
        }
    }
    if args.json {
        output::json(&json!({ "files": reports }))?;
        return Ok(if errors.is_empty() { 0 } else { 2 });
    }
    if errors.is_empty() { Ok(0) } else { Err(errors.into()) }
}

/// What a good file is, in words and as data.
fn described(checked: &Checked) -> Result<(String, Value), Failure> {
    let counted = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    Ok(match checked {
        Checked::Suite(suite) => {
            let plan = Plan::new(suite, &Versions::current()).map_err(Failure::job)?;
            let (name, worlds, cells) = (&suite.file.name, suite.worlds.len(), plan.cells());
            (
                format!("suite {name}, {}, {}", counted(worlds, "world"), counted(cells, "cell")),
                json!({ "kind": "suite", "name": name, "worlds": worlds, "cells": cells }),
            )
        }
        Checked::Agent(config) => {
            let (frames, updates) = (config.frames, config.updates());
            let most = if config.curriculum.is_some() { "at most " } else { "" };
            (
                format!("agent's settings, {frames} frames in {most}{updates} updates"),
                json!({ "kind": "agent", "frames": frames, "updates": updates }),
            )
        }
    })
}

fn finding(error: &ConfigError) -> Value {
    let (file, place, layer) = match &*error.origin {
        Source::File { path, .. } => (Some(path), Some(error.position()), None),
        Source::Variable(text) | Source::Override(text) => (None, None, Some(text)),
    };
    json!({
        "file": file,
        "line": place.map(|(line, _)| line),
        "column": place.map(|(_, column)| column),
        "layer": layer,
        "field": error.field,
        "found": error.found,
        "expected": error.expected,
        "nearest": error.nearest,
        "message": error.to_string(),
    })
}
