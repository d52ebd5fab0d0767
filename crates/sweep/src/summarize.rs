//! Records of a run to its summary.

use crate::cell::{POOL_FILE, RESULT_FILE};
use crate::child::{CellTiming, TIMING_FILE};
use crate::inputs::{CELLS, Job, POOLS, TRAINING_ROW};
use crate::plan::Plan;
use crate::suite::{Suite, World};
use misgen_evaluate::matched::{TimingRow, Timings};
use misgen_evaluate::pools::PoolFile;
use misgen_evaluate::record::{CellResult, SCHEMA_VERSION, Summary};
use misgen_evaluate::summary::{Group, summarise};
use misgen_store::{Address, Entry, State, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};

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
    let digests = digests(plan, store)?;
    for row in &mut summary.rows {
        row.pool = digests.get(&(row.world.clone(), row.agent.clone(), mix_key(row.mix), row.shift.clone())).cloned();
    }
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

/// A mix as part of a key.
fn mix_key(mix: Option<f64>) -> Option<u64> {
    mix.map(f64::to_bits)
}

/// World, agent, mix, row.
type RowKey = (String, String, Option<u64>, String);

/// The digest of the levels behind each row.
fn digests(plan: &Plan, store: &Store) -> Result<BTreeMap<RowKey, String>, SummaryError> {
    let jobs: BTreeMap<&Address, &Job> = plan.jobs.iter().map(|(address, job)| (address, job)).collect();
    let mut known: BTreeMap<Address, Option<String>> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for group in &plan.index.groups {
        let Some(Job::Cell(cell)) = group.cells.first().and_then(|cell| jobs.get(&cell.address)) else { continue };
        let rows = std::iter::once((TRAINING_ROW, &cell.held_out));
        for (row, address) in rows.chain(cell.shifts.iter().map(|(name, address)| (name.as_str(), address))) {
            if !known.contains_key(address) {
                let digest = record::<PoolFile>(store, POOLS, address, POOL_FILE)?.map(|file| file.digest);
                known.insert(*address, digest);
            }
            if let Some(digest) = &known[address] {
                all.insert(
                    (group.world.clone(), group.agent.clone(), mix_key(group.mix), row.to_owned()),
                    digest.clone(),
                );
            }
        }
    }
    Ok(all)
}

/// How long the learners of a run trained, as far as that is known: `timings.json` of a run. Times belong to a machine and stand in no result.
///
/// # Errors
/// When the store fails.
pub fn timings(plan: &Plan, store: &Store) -> Result<Timings, SummaryError> {
    let mut rows = Vec::new();
    for group in plan.index.groups.iter().filter(|group| !group.scripted) {
        let mut seconds = Vec::new();
        for cell in &group.cells {
            seconds.push(training_seconds(&store.entry(CELLS, &cell.address)?)?);
        }
        let (world, agent) = (group.world.clone(), group.agent.clone());
        rows.push(TimingRow { world, agent, mix: group.mix, seconds });
    }
    Ok(Timings { schema_version: SCHEMA_VERSION, rows })
}

/// How long the learner of a cell trained. No digest covers it: what does not read as times is not known.
pub(crate) fn training_seconds(entry: &Entry) -> Result<Option<f64>, StoreError> {
    let timing = entry.read_aside(TIMING_FILE)?.and_then(|bytes| serde_json::from_slice::<CellTiming>(&bytes).ok());
    Ok(timing.and_then(|timing| timing.training_seconds))
}

/// A record, where its entry is complete.
pub(crate) fn record<T: serde::de::DeserializeOwned>(
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
