//! Records of a run to its summary.

use crate::cell::{POOL_FILE, RESULT_FILE};
use crate::inputs::{CELLS, Job, POOLS};
use crate::plan::Plan;
use crate::suite::{Suite, World};
use misgen_evaluate::pools::PoolFile;
use misgen_evaluate::record::{CellResult, Summary};
use misgen_evaluate::summary::{Group, summarise};
use misgen_store::{Address, State, Store, StoreError};
use std::collections::BTreeSet;

/// Why a summary could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record is not what this program writes.
    #[error("{kind} {address}: {reason}")]
    Record {
        /// The store's kind.
        kind: &'static str,
        /// Where it is kept.
        address: Address,
        /// What is wrong.
        reason: String,
    },
}

/// Reads whatever `plan` has results for, and sums it up.
///
/// # Errors
/// When the store fails, or a complete record cannot be read.
pub fn summarize(suite: &Suite, plan: &Plan, store: &Store) -> Result<Summary, SummaryError> {
    let (groups, notes) = groups(suite, plan, store)?;
    let mut summary = summarise(&suite.file.name, &groups, notes);
    if let Some(versions) = &mut summary.versions {
        versions.agent = Some(misgen_agents::AGENT_CODE_VERSION);
    }
    Ok(summary)
}

/// Whatever `plan` has results for, and what a reader should know. Cells without a result are `None` and stay in the denominator.
///
/// # Errors
/// When the store fails, or a complete record cannot be read.
pub fn groups(suite: &Suite, plan: &Plan, store: &Store) -> Result<(Vec<Group>, Vec<String>), SummaryError> {
    let mut groups = Vec::new();
    let mut notes = Vec::new();
    let worlds = suite.worlds.iter().map(|world| (world.name.as_str(), world));
    let worlds: std::collections::BTreeMap<&str, &World> = worlds.collect();
    for planned in &plan.index.groups {
        let world = worlds[planned.world.as_str()];
        let mut cells = Vec::new();
        for cell in &planned.cells {
            cells.push(record::<CellResult>(store, CELLS, &cell.address, RESULT_FILE)?);
        }
        let overlap = cells.iter().flatten().filter_map(|c| Some(c.training.as_ref()?.overlap)).fold(0.0, f64::max);
        if overlap > 0.0 {
            let mix = planned.mix.map_or_else(String::new, |mix| format!(" at mix {mix}"));
            notes.push(format!(
                "{}{mix} in {}: the world is small, {:.0} % of its training levels are also evaluation levels.",
                planned.agent,
                planned.world,
                overlap * 100.0
            ));
        }
        groups.push(Group {
            world: planned.world.clone(),
            law: world.law_name.clone(),
            spec: world.spec,
            agent: planned.agent.clone(),
            mix: planned.mix,
            shifts: world.shifts.iter().map(|(shift, _)| shift.clone()).collect(),
            cells,
        });
    }
    let mut said = BTreeSet::new();
    for (address, job) in &plan.jobs {
        let Job::Pool(inputs) = job else { continue };
        let Some(pool) = record::<PoolFile>(store, POOLS, address, POOL_FILE)? else { continue };
        let name = format!("{} under {}", pool.family, inputs.row());
        let stats = &pool.stats;
        if let Some(why) = &stats.unbalanced {
            said.insert(format!("{name}: levels are not balanced by distance, {why}."));
        }
        if pool.keys.len() < inputs.levels as usize {
            said.insert(format!(
                "{name}: {} levels survive screening and balancing out of {} generated; {} were asked for.",
                pool.keys.len(),
                stats.generated,
                inputs.levels
            ));
        }
    }
    notes.extend(said);
    Ok((groups, notes))
}

/// A record, where its entry is complete.
fn record<T: serde::de::DeserializeOwned>(
    store: &Store,
    kind: &'static str,
    address: &Address,
    file: &str,
) -> Result<Option<T>, SummaryError> {
    let entry = store.entry(kind, address)?;
    if entry.state()? != State::Complete {
        return Ok(None);
    }
    let Some(bytes) = entry.read(file)? else { return Ok(None) };
    let wrong = |e: serde_json::Error| SummaryError::Record { kind, address: *address, reason: e.to_string() };
    Ok(Some(serde_json::from_slice(&bytes).map_err(wrong)?))
}
