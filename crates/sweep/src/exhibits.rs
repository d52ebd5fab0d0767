//! The exhibits of a run: its stored episodes and checkpoints, made ready to be looked at.

use crate::cell::{POOL_FILE, RESULT_FILE};
use crate::episodes::{EPISODES_FILE, Episodes, read_episodes};
use crate::inputs::{CELLS, CellInputs, Job, POOLS, PoolInputs, TRAINING_ROW};
use crate::plan::{Group, Plan, WorldRows};
use misgen_agents::{Checkpoint, NetPolicy, Play};
use misgen_core::{AnyFamily, Policy, Registry};
use misgen_evaluate::attribute::{Attribution, attribute};
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::exhibit::{AgentExhibits, ChannelLook, Exhibits, Played, RULE, RowExhibits, Shelf, WorldExhibits};
use misgen_evaluate::pools::{EvalPool, PoolFile};
use misgen_evaluate::record::{CellResult, SCHEMA_VERSION};
use misgen_evaluate::row::{Agent, EvaluateError};
use misgen_store::{Address, State, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::rc::Rc;

/// Nets with fresh weights that an attribution's probes are held against.
const UNTRAINED: u64 = 3;

/// Why there are no exhibits.
#[derive(Debug, thiserror::Error)]
pub enum ExhibitError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A complete record is not what this program writes.
    #[error("{kind} {address}: {reason}")]
    Record {
        /// The store's kind.
        kind: &'static str,
        /// Where it is kept.
        address: Address,
        /// What is wrong.
        reason: String,
    },
    /// An agent does not play.
    #[error("{who}: {source}")]
    Agent {
        /// Which.
        who: String,
        /// Why not.
        source: EvaluateError,
    },
}

fn wrong(kind: &'static str, address: &Address, reason: impl Display) -> ExhibitError {
    ExhibitError::Record { kind, address: *address, reason: reason.to_string() }
}

/// The exhibits of whatever `plan` has results for. `attributed` asks for the attribution of every learner on its world's main conflict
/// shift, which takes seconds each. `step` takes the players done and their number.
///
/// # Errors
/// When the store fails, a complete record cannot be read, or a net fails.
pub fn exhibits(
    registry: Registry,
    plan: &Plan,
    store: &Store,
    attributed: bool,
    step: &mut dyn FnMut(usize, usize),
) -> Result<Exhibits, ExhibitError> {
    let mut of_run = OfRun {
        jobs: plan.jobs.iter().map(|(address, job)| (address, job)).collect(),
        store,
        attributed,
        notes: BTreeSet::new(),
    };
    let (mut worlds, mut done) = (Vec::new(), 0);
    for world in &plan.index.worlds {
        let groups: Vec<&Group> = plan.index.groups.iter().filter(|group| group.world == world.name).collect();
        let known = registry.get(&world.family).filter(|family| family.spec().version == world.family_version);
        let Some(family) = known else {
            let (name, version) = (&world.family, world.family_version);
            of_run.notes.insert(format!("{}: this program does not have version {version} of `{name}`.", world.name));
            continue;
        };
        let mut of_world = OfWorld { family, world, pools: BTreeMap::new(), shelf: Shelf::default() };
        let mut agents = Vec::new();
        for group in groups {
            agents.extend(of_run.player(&mut of_world, group)?);
            done += 1;
            step(done, plan.index.groups.len());
        }
        let spec = family.spec();
        worlds.push(WorldExhibits {
            world: world.name.clone(),
            family: world.family.clone(),
            family_version: world.family_version,
            actions: spec.actions.iter().map(|name| (*name).to_owned()).collect(),
            cues: spec.cues.iter().map(|cue| cue.name.to_owned()).collect(),
            channels: spec.channels.iter().map(ChannelLook::from).collect(),
            levels: of_world.shelf.into_levels(),
            agents,
        });
    }
    Ok(Exhibits {
        schema_version: SCHEMA_VERSION,
        suite: plan.index.suite.clone(),
        rule: RULE.to_owned(),
        worlds,
        notes: of_run.notes.into_iter().collect(),
    })
}

struct OfRun<'a> {
    jobs: BTreeMap<&'a Address, &'a Job>,
    store: &'a Store,
    attributed: bool,
    notes: BTreeSet<String>,
}

struct OfWorld<'a> {
    family: &'static dyn AnyFamily,
    world: &'a WorldRows,
    /// Pools that exist, loaded once.
    pools: BTreeMap<Address, Option<Rc<EvalPool>>>,
    shelf: Shelf,
}

/// A cell with a result.
struct Cell<'a> {
    address: &'a Address,
    result: CellResult,
    /// Its episodes by shift.
    rows: BTreeMap<String, Vec<EpisodeRecord>>,
}

impl OfRun<'_> {
    /// One player in one world; `None` where no seed has a result.
    fn player(&mut self, of: &mut OfWorld<'_>, group: &Group) -> Result<Option<AgentExhibits>, ExhibitError> {
        let mut cells = Vec::new();
        for cell in &group.cells {
            cells.extend(self.cell(&cell.address)?);
        }
        let main = of.world.rows.iter().find(|row| row.main).map_or(TRAINING_ROW, |row| &row.name);
        let Some(shown) = shown(&cells, main) else { return Ok(None) };
        let address = cells[shown].address;
        let Some(Job::Cell(inputs)) = self.jobs.get(address) else { return Ok(None) };
        let seed = cells[shown].result.seed;
        let who = format!("{} in {}", group.agent, group.world);
        let failed = |source| ExhibitError::Agent { who: who.clone(), source };
        let checkpoint = if cells[shown].result.training.is_some() { self.checkpoint(address)? } else { None };
        let mut policy = match &checkpoint {
            Some(net) => Some(NetPolicy::load(net, Play::Sampled).map_err(|e| wrong(CELLS, address, e))?),
            None => None,
        };
        let (mut rows, mut attribution) = (Vec::new(), None);
        for row in &of.world.rows {
            let Some(pool) = self.pool(of, inputs, &row.name)? else { continue };
            let seeds: Vec<(u64, Vec<EpisodeRecord>)> =
                cells.iter_mut().filter_map(|cell| Some((cell.result.seed, cell.rows.remove(&row.name)?))).collect();
            if seeds.is_empty() {
                continue;
            }
            let played = Played { pool: &pool, seeds: &seeds, shown: seed };
            let mind = policy.as_mut().map(|policy| policy as &mut dyn Policy);
            let (found, note): (RowExhibits, _) = played.exhibits(mind, &mut of.shelf).map_err(failed)?;
            self.notes.extend(note.map(|note| format!("{who}: {note}.")));
            rows.push(found);
            if let (true, true, Some(checkpoint), Some(policy)) = (self.attributed, row.main, &checkpoint, &mut policy)
            {
                attribution = Some(attributed(of.family, &pool, (checkpoint, policy), (&group.agent, seed), failed)?);
            }
        }
        Ok(Some(AgentExhibits { agent: group.agent.clone(), mix: group.mix, rows, attribution }))
    }

    fn cell<'b>(&self, address: &'b Address) -> Result<Option<Cell<'b>>, ExhibitError> {
        let entry = self.store.entry(CELLS, address)?;
        if entry.state()? != State::Complete {
            return Ok(None);
        }
        let (Some(result), Some(episodes)) = (entry.read(RESULT_FILE)?, entry.read(EPISODES_FILE)?) else {
            return Ok(None);
        };
        let result: CellResult = serde_json::from_slice(&result).map_err(|e| wrong(CELLS, address, e))?;
        let Episodes { rows: records, .. } = read_episodes(&episodes).map_err(|e| wrong(CELLS, address, e))?;
        let mut rows: BTreeMap<String, Vec<EpisodeRecord>> = BTreeMap::new();
        for record in records {
            rows.entry(record.shift.clone()).or_default().push(record);
        }
        Ok(Some(Cell { address, result, rows }))
    }

    fn checkpoint(&self, address: &Address) -> Result<Option<Checkpoint>, ExhibitError> {
        let entry = self.store.entry(CELLS, address)?;
        let (model, config) = (entry.read("model.safetensors")?, entry.read("config.json")?);
        Ok(model.zip(config).map(|(model, config)| Checkpoint { model, config }))
    }

    fn pool(&self, of: &mut OfWorld<'_>, inputs: &CellInputs, row: &str) -> Result<Option<Rc<EvalPool>>, ExhibitError> {
        let address = if row == TRAINING_ROW { Some(&inputs.held_out) } else { inputs.shifts.get(row) };
        let Some(address) = address else { return Ok(None) };
        if let Some(pool) = of.pools.get(address) {
            return Ok(pool.clone());
        }
        let Some(Job::Pool(asked)) = self.jobs.get(address) else { return Ok(None) };
        let pool = self.load(of.family, address, asked)?.map(Rc::new);
        of.pools.insert(*address, pool.clone());
        Ok(pool)
    }

    fn load(
        &self,
        family: &dyn AnyFamily,
        address: &Address,
        asked: &PoolInputs,
    ) -> Result<Option<EvalPool>, ExhibitError> {
        let entry = self.store.entry(POOLS, address)?;
        if entry.state()? != State::Complete {
            return Ok(None);
        }
        let Some(bytes) = entry.read(POOL_FILE)? else { return Ok(None) };
        let file: PoolFile = serde_json::from_slice(&bytes).map_err(|e| wrong(POOLS, address, e))?;
        EvalPool::from_file(family, &asked.request(), file).map(Some).map_err(|e| wrong(POOLS, address, e))
    }
}

/// The cell with the median goal transfer on `row`, of two the lower; cells that have none count least.
fn shown(cells: &[Cell<'_>], row: &str) -> Option<usize> {
    let gt = |cell: &Cell<'_>| {
        let of_row = cell.result.rows.iter().find(|r| r.shift == row).and_then(|r| r.gt);
        of_row.or(cell.result.s_id).unwrap_or(f64::NEG_INFINITY)
    };
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by(|a, b| gt(&cells[*a]).total_cmp(&gt(&cells[*b])).then(a.cmp(b)));
    order.get(cells.len().saturating_sub(1) / 2).copied()
}

fn attributed(
    family: &dyn AnyFamily,
    pool: &EvalPool,
    (checkpoint, policy): (&Checkpoint, &mut NetPolicy),
    (name, seed): (&str, u64),
    failed: impl Fn(EvaluateError) -> ExhibitError,
) -> Result<Attribution, ExhibitError> {
    let fresh = |seed| NetPolicy::untrained(checkpoint, seed).ok().map(|net| Box::new(net) as Box<dyn Policy>);
    let mut untrained: Vec<Box<dyn Policy>> = (0..UNTRAINED).filter_map(fresh).collect();
    let mut agent = Agent::Learned { sampled: policy, greedy: None };
    attribute(family, pool, &mut agent, name, seed, &mut untrained).map_err(failed)
}
