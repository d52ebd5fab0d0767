//! The folder of a run: its documents beside the entries of pools and cells.

use crate::config::one_line;
use crate::inputs::Job;
use crate::machine::Machine;
use crate::plan::{Index, Plan};
use crate::suite::Suite;
use misgen_store::{Address, Entry, Fs, Store, StoreError, canonical_json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The jobs, one a line.
pub const CELLS_FILE: &str = "cells.jsonl";
/// The [`Index`].
pub const MANIFEST_FILE: &str = "manifest.json";
/// The suite with every default written out.
pub const RESOLVED_FILE: &str = "config.resolved.toml";
/// Variables of the environment and overrides from the command line, one a line.
pub const OVERRIDES_FILE: &str = "overrides.txt";
/// The [`Machine`].
pub const MACHINE_FILE: &str = "machine.json";

/// Makes (or opens) the folder `<runs>/<suite>-<digest12>` and writes what is known before the first cell.
///
/// # Errors
/// Failures of the store.
pub fn prepare(
    fs: Arc<dyn Fs>,
    runs: &Path,
    suite: &Suite,
    plan: &Plan,
    machine: &Machine,
) -> Result<Store, StoreError> {
    let store = Store::create_run(fs, runs, &plan.index.suite, &plan.index.digest)?;
    let overrides: String = suite.overrides.iter().map(|text| one_line(text) + "\n").collect();
    store.write_document(RESOLVED_FILE, suite.resolved().as_bytes())?;
    store.write_document(OVERRIDES_FILE, overrides.as_bytes())?;
    store.write_document(MACHINE_FILE, &pretty(machine))?;
    store.write_document(MANIFEST_FILE, &canonical_json(&plan.index)?)?;
    store.write_document(CELLS_FILE, &plan.lines()?)?;
    Ok(store)
}

/// The plan's file in a run's folder.
#[must_use]
pub fn plan_path(store: &Store) -> PathBuf {
    store.root().join(CELLS_FILE)
}

/// The index of a run's folder, `None` where the folder holds no run.
///
/// # Errors
/// Failures of the store; a manifest that does not read as one.
pub fn read_index(store: &Store) -> Result<Option<Index>, IndexError> {
    let Some(bytes) = store.read_document(MANIFEST_FILE)? else { return Ok(None) };
    let path = || store.root().join(MANIFEST_FILE);
    serde_json::from_slice(&bytes).map(Some).map_err(|source| IndexError::NotAnIndex { path: path(), source })
}

/// Why a run's index cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is something else.
    #[error("{} is not the manifest of a run: {source}", path.display())]
    NotAnIndex {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
}

/// The entry of a job.
///
/// # Errors
/// Failures of the store.
pub(crate) fn entry(store: &Store, address: &Address, job: &Job) -> Result<Entry, StoreError> {
    store.entry(job.kind(), address)
}

fn pretty(machine: &Machine) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(machine).expect("a machine is plain data");
    text.push(b'\n');
    text
}
