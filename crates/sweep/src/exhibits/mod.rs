//! The exhibits of a run: its stored episodes and checkpoints, made ready to be looked at.

mod pairing;
mod single;
mod stored;

pub use pairing::pairing;
pub use single::recorded;

use crate::inputs::TRAINING_ROW;
use crate::plan::{Group, Plan, WorldRows};
use crate::summarize::SummaryError;
use misgen_agents::{Checkpoint, NetPolicy};
use misgen_core::{AnyFamily, FamilySpec, Policy, Registry};
use misgen_evaluate::attribute::{Attribution, attribute};
use misgen_evaluate::exhibit::{AgentExhibits, ChannelLook, Exhibits, Played, RULE, RowExhibits, Shelf, WorldExhibits};
use misgen_evaluate::pools::EvalPool;
use misgen_evaluate::record::SCHEMA_VERSION;
use misgen_evaluate::row::{Agent, EvaluateError};
use misgen_store::{Address, Store, StoreError};
use std::collections::BTreeSet;
use std::fmt::Display;
use stored::{Pools, Stored, median, take};

/// Nets with fresh weights that an attribution's probes are held against.
const UNTRAINED: u64 = 3;

/// Why there are no exhibits.
#[derive(Debug, thiserror::Error)]
pub enum ExhibitError {
    /// The store failed, or a complete record is not what this program writes.
    #[error(transparent)]
    Stored(#[from] SummaryError),
    /// An agent does not play.
    #[error("{who}: {source}")]
    Agent {
        /// Which.
        who: String,
        /// Why not.
        source: EvaluateError,
    },
}

impl From<StoreError> for ExhibitError {
    fn from(error: StoreError) -> Self {
        SummaryError::from(error).into()
    }
}

fn wrong(kind: &'static str, address: &Address, reason: impl Display) -> ExhibitError {
    SummaryError::Record { kind, address: *address, reason: reason.to_string() }.into()
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
    let stored = Stored::new(plan, store);
    let (mut worlds, mut notes, mut done) = (Vec::new(), BTreeSet::new(), 0);
    for world in &plan.index.worlds {
        let Some(family) = known(registry, world, &mut notes) else { continue };
        let mut of = OfWorld { family, world, attributed, pools: Pools::new(), shelf: Shelf::default() };
        let mut agents = Vec::new();
        for group in plan.index.groups.iter().filter(|group| group.world == world.name) {
            agents.extend(of.player(&stored, group, &mut notes)?);
            done += 1;
            step(done, plan.index.groups.len());
        }
        worlds.push(WorldExhibits { agents, ..world_of(&world.name, &family.spec(), of.shelf) });
    }
    Ok(Exhibits {
        schema_version: SCHEMA_VERSION,
        suite: plan.index.suite.clone(),
        rule: RULE.to_owned(),
        worlds,
        notes: notes.into_iter().collect(),
    })
}

/// The family of a world in the version that played it; where this program does not have it, `notes` says so.
fn known(registry: Registry, world: &WorldRows, notes: &mut BTreeSet<String>) -> Option<&'static dyn AnyFamily> {
    let found = registry.versioned(&world.family, world.family_version);
    found.map_err(|why| notes.insert(format!("{}: {why}.", world.name))).ok()
}

/// A world without its players.
fn world_of(name: &str, spec: &FamilySpec, shelf: Shelf) -> WorldExhibits {
    WorldExhibits {
        world: name.to_owned(),
        family: spec.name.to_owned(),
        family_version: spec.version,
        actions: spec.actions.iter().map(|name| (*name).to_owned()).collect(),
        cues: spec.cues.iter().map(|cue| cue.name.to_owned()).collect(),
        channels: spec.channels.iter().map(ChannelLook::from).collect(),
        levels: shelf.into_levels(),
        agents: Vec::new(),
    }
}

/// One world being gone through.
struct OfWorld<'a> {
    family: &'static dyn AnyFamily,
    world: &'a WorldRows,
    attributed: bool,
    pools: Pools,
    shelf: Shelf,
}

impl OfWorld<'_> {
    /// One player; `None` where no seed has a result.
    fn player(
        &mut self,
        stored: &Stored<'_>,
        group: &Group,
        notes: &mut BTreeSet<String>,
    ) -> Result<Option<AgentExhibits>, ExhibitError> {
        let mut cells = stored.cells(group)?;
        let main = self.world.rows.iter().find(|row| row.main).map_or(TRAINING_ROW, |row| &row.name);
        let Some(shown) = median(&cells, main) else { return Ok(None) };
        let Some(inputs) = stored.inputs(&cells[shown].address) else { return Ok(None) };
        let (seed, mut net) = (cells[shown].result.seed, stored.net(&cells[shown])?);
        let who = format!("{} in {}", group.agent, group.world);
        let failed = |source| ExhibitError::Agent { who: who.clone(), source };
        let (mut rows, mut attribution) = (Vec::new(), None);
        for row in &self.world.rows {
            let Some(pool) = stored.pool(&mut self.pools, self.family, inputs, &row.name)? else { continue };
            let seeds = take(&mut cells, &row.name);
            if seeds.is_empty() {
                continue;
            }
            let played = Played { pool: &pool, seeds: &seeds, shown: seed };
            let mind = net.as_mut().map(|(_, policy)| policy as &mut dyn Policy);
            let (found, note): (RowExhibits, _) = played.exhibits(mind, &mut self.shelf).map_err(failed)?;
            notes.extend(note.map(|note| format!("{who}: {note}.")));
            rows.push(found);
            if let (true, true, Some(net)) = (self.attributed, row.main, &mut net) {
                attribution = Some(attributed(self.family, &pool, net, (&group.agent, seed)).map_err(failed)?);
            }
        }
        Ok(Some(AgentExhibits { agent: group.agent.clone(), mix: group.mix, rows, attribution }))
    }
}

fn attributed(
    family: &dyn AnyFamily,
    pool: &EvalPool,
    (checkpoint, policy): &mut (Checkpoint, NetPolicy),
    (name, seed): (&str, u64),
) -> Result<Attribution, EvaluateError> {
    let fresh = |seed| NetPolicy::untrained(checkpoint, seed).ok().map(|net| Box::new(net) as Box<dyn Policy>);
    let mut untrained: Vec<Box<dyn Policy>> = (0..UNTRAINED).filter_map(fresh).collect();
    let mut agent = Agent::Learned { sampled: policy, greedy: None };
    attribute(family, pool, &mut agent, name, seed, &mut untrained)
}
