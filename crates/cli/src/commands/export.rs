//! `misgen export`: the numbers of a run's learners for experiment trackers.

use crate::args::ExportArgs;
use crate::failure::Failure;
use crate::{files, output};
use misgen_evaluate::scalars::CellScalars;
use misgen_report as report;
use misgen_store::{Node, RealFs, Store, check_name};
use misgen_sweep::folder::read_index;
use misgen_sweep::scalars::{ScalarsError, scalars};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Nothing exported.
const NOTHING: u8 = 3;
/// TensorBoard takes a file for its own by the part before the number.
const EVENTS_FILE: &str = "events.out.tfevents.0.misgen";
const SCALARS_FILE: &str = "scalars.csv";

pub(crate) fn export(args: &ExportArgs) -> Result<u8, Failure> {
    let no_run = || Failure::usage(format!("no run at {}", args.results.display()));
    if files::inspect(&args.results)? != Some(Node::Folder) {
        return Err(no_run());
    }
    let store = Store::open(Arc::new(RealFs), &args.results)?;
    let index = read_index(&store).map_err(Failure::usage)?.ok_or_else(no_run)?;
    let found = scalars(&index, &store).map_err(|error| match error {
        ScalarsError::Store(error) => Failure::environment(error),
        error => Failure::usage(error),
    })?;
    for missing in &found.missing {
        anstream::eprintln!("missing: {}", report::visible(missing));
    }
    if found.cells.is_empty() {
        anstream::eprintln!("nothing was exported: no learner of this run has a result");
        return Ok(NOTHING);
    }
    let mut written = Vec::new();
    if let Some(folder) = &args.tensorboard {
        for cell in &found.cells {
            let path = place(cell)?.into_iter().fold(folder.clone(), |path, name| path.join(name));
            put(&path, EVENTS_FILE, &report::events(&cell.scalars))?;
        }
        written.push((folder.clone(), found.cells.len()));
    }
    if let Some(folder) = &args.csv {
        put(folder, SCALARS_FILE, &report::scalars_csv(&found.cells))?;
        written.push((folder.join(SCALARS_FILE), 1));
    }
    let scalars: usize = found.cells.iter().map(|cell| cell.scalars.len()).sum();
    if args.json {
        let (cells, missing) = (found.cells.len(), &found.missing);
        let written: Vec<&PathBuf> = written.iter().map(|(path, _)| path).collect();
        output::json(&json!({ "cells": cells, "scalars": scalars, "missing": missing, "written": written }))?;
    } else {
        let cells = found.cells.len();
        let line = |(path, files): &(PathBuf, usize)| {
            let what = if *files == 1 { "1 file".into() } else { format!("{files} files") };
            format!("{}: {what}, {scalars} numbers of {cells} cells\n", report::visible(&path.display().to_string()))
        };
        output::document(&written.iter().map(line).collect::<String>())?;
    }
    Ok(0)
}

/// The folders of a cell, each inside the one before. A manifest may hold anything, so that names are looked at again.
fn place(cell: &CellScalars) -> Result<[String; 3], Failure> {
    let mix = cell.mix.map_or_else(String::new, |mix| format!("-mix{mix}"));
    for name in [&cell.world, &cell.agent] {
        check_name(name)?;
    }
    Ok([cell.world.clone(), format!("{}{mix}", cell.agent), format!("seed-{}", cell.seed)])
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    Store::create(Arc::new(RealFs), folder)?;
    files::write(&folder.join(name), bytes)
}
