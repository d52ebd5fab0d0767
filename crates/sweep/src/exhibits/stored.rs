//! What a run has stored of its players: episodes, nets, and the levels they were played on.

use super::{ExhibitError, wrong};
use crate::cell::{POOL_FILE, RESULT_FILE};
use crate::episodes::{EPISODES_FILE, Episodes, read_episodes};
use crate::inputs::{CELLS, CellInputs, Job, POOLS, PoolInputs, TRAINING_ROW};
use crate::plan::{Group, Plan};
use crate::summarize::record;
use misgen_agents::{Checkpoint, NetPolicy, Play};
use misgen_core::AnyFamily;
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::pools::{EvalPool, PoolFile};
use misgen_evaluate::record::CellResult;
use misgen_store::{Address, Store};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The results of a plan.
pub(super) struct Stored<'a> {
    jobs: BTreeMap<&'a Address, &'a Job>,
    store: &'a Store,
}

/// A cell with a result.
pub(super) struct Cell {
    pub(super) address: Address,
    pub(super) result: CellResult,
    /// Its episodes by shift.
    pub(super) rows: BTreeMap<String, Vec<EpisodeRecord>>,
}

/// Pools of one family that were asked for, each loaded once; `None` of those that do not exist.
pub(super) type Pools = BTreeMap<Address, Option<Rc<EvalPool>>>;

impl<'a> Stored<'a> {
    pub(super) fn new(plan: &'a Plan, store: &'a Store) -> Self {
        Self { jobs: plan.jobs.iter().map(|(address, job)| (address, job)).collect(), store }
    }

    /// The cells of a player that have a result, in order of seeds.
    pub(super) fn cells(&self, group: &Group) -> Result<Vec<Cell>, ExhibitError> {
        let mut cells = Vec::new();
        for cell in &group.cells {
            cells.extend(self.cell(&cell.address)?);
        }
        Ok(cells)
    }

    fn cell(&self, address: &Address) -> Result<Option<Cell>, ExhibitError> {
        let Some(result) = record::<CellResult>(self.store, CELLS, address, RESULT_FILE)? else { return Ok(None) };
        let Some(episodes) = self.store.entry(CELLS, address)?.read(EPISODES_FILE)? else { return Ok(None) };
        let Episodes { rows: records, .. } = read_episodes(&episodes).map_err(|e| wrong(CELLS, address, e))?;
        let mut rows: BTreeMap<String, Vec<EpisodeRecord>> = BTreeMap::new();
        for record in records {
            rows.entry(record.shift.clone()).or_default().push(record);
        }
        Ok(Some(Cell { address: *address, result, rows }))
    }

    /// What a cell was computed from.
    pub(super) fn inputs(&self, address: &Address) -> Option<&'a CellInputs> {
        match self.jobs.get(address) {
            Some(Job::Cell(inputs)) => Some(inputs),
            _ => None,
        }
    }

    /// The net of a cell, and what it was loaded from; `None` of players that are not learners.
    pub(super) fn net(&self, cell: &Cell) -> Result<Option<(Checkpoint, NetPolicy)>, ExhibitError> {
        if cell.result.training.is_none() {
            return Ok(None);
        }
        let entry = self.store.entry(CELLS, &cell.address)?;
        let (model, config) = (entry.read("model.safetensors")?, entry.read("config.json")?);
        let Some((model, config)) = model.zip(config) else { return Ok(None) };
        let checkpoint = Checkpoint { model, config };
        let net = NetPolicy::load(&checkpoint, Play::Sampled).map_err(|e| wrong(CELLS, &cell.address, e))?;
        Ok(Some((checkpoint, net)))
    }

    /// The pool of a row of a cell, of those known or from the store.
    pub(super) fn pool(
        &self,
        pools: &mut Pools,
        family: &dyn AnyFamily,
        inputs: &CellInputs,
        row: &str,
    ) -> Result<Option<Rc<EvalPool>>, ExhibitError> {
        let address = if row == TRAINING_ROW { Some(&inputs.held_out) } else { inputs.shifts.get(row) };
        let Some(address) = address else { return Ok(None) };
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        let Some(Job::Pool(asked)) = self.jobs.get(address) else { return Ok(None) };
        let pool = self.load(family, address, asked)?.map(Rc::new);
        pools.insert(*address, pool.clone());
        Ok(pool)
    }

    fn load(
        &self,
        family: &dyn AnyFamily,
        address: &Address,
        asked: &PoolInputs,
    ) -> Result<Option<EvalPool>, ExhibitError> {
        let Some(file) = record::<PoolFile>(self.store, POOLS, address, POOL_FILE)? else { return Ok(None) };
        EvalPool::from_file(family, &asked.request(), file).map(Some).map_err(|e| wrong(POOLS, address, e))
    }
}

/// The place of the cell with the median goal transfer on `row`, of two the lower; cells that have none count least.
pub(super) fn median(cells: &[Cell], row: &str) -> Option<usize> {
    let gt = |cell: &Cell| {
        let of_row = cell.result.rows.iter().find(|r| r.shift == row).and_then(|r| r.gt);
        of_row.or(cell.result.s_id).unwrap_or(f64::NEG_INFINITY)
    };
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by(|a, b| gt(&cells[*a]).total_cmp(&gt(&cells[*b])).then(a.cmp(b)));
    order.get(cells.len().saturating_sub(1) / 2).copied()
}

/// The episodes of each seed on `row`, taken out of `cells`.
pub(super) fn take(cells: &mut [Cell], row: &str) -> Vec<(u64, Vec<EpisodeRecord>)> {
    cells.iter_mut().filter_map(|cell| Some((cell.result.seed, cell.rows.remove(row)?))).collect()
}
