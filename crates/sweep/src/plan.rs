//! A suite as a list of jobs, and an index that says which row each belongs to.

use crate::inputs::{
    CELLS, CellInputs, Job, POOL_SEED, Player, PoolInputs, PoolOf, SWEEP_VERSION, TRAINING_ROW, TrainingPool,
};
use crate::suite::{AgentFile, Suite, World};
use misgen_core::{Kind, Law, Look, Role};
use misgen_solve::Script;
use misgen_store::{Address, CanonicalError, canonical_json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of `manifest.json`.
pub const INDEX_VERSION: u32 = 1;

/// The constants that tell results of different code apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// [`SWEEP_VERSION`].
    pub sweep: u32,
    /// [`misgen_evaluate::POOL_VERSION`].
    pub pool: u32,
    /// Version of metrics and statistics.
    pub metric: u32,
    /// Version of learners.
    pub agent: u32,
    /// Kernel set of learners on this machine.
    pub kernels: String,
}

impl Versions {
    /// Of this program on this machine.
    #[must_use]
    pub fn current() -> Self {
        Self {
            sweep: SWEEP_VERSION,
            pool: misgen_evaluate::POOL_VERSION,
            metric: misgen_evaluate::METRIC_VERSION,
            agent: misgen_agents::AGENT_CODE_VERSION,
            kernels: misgen_agents::kernel_set().to_owned(),
        }
    }
}

/// The jobs of a suite, each once, evaluation pools before cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The jobs with their addresses.
    pub jobs: Vec<(Address, Job)>,
    /// Which row each belongs to.
    pub index: Index,
}

/// Everything about a run that no result depends on: names, order, words. `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// [`INDEX_VERSION`].
    pub schema_version: u32,
    /// Name of the suite.
    pub suite: String,
    /// Digest of the suite's name, the rows and the addresses of all jobs: the run's identity.
    pub digest: Address,
    /// The worlds, in order.
    pub worlds: Vec<WorldRows>,
    /// The players of each world, in order: agents by mix, then references.
    pub groups: Vec<Group>,
}

/// A world as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldRows {
    /// Name in the output.
    pub name: String,
    /// Name of the family.
    pub family: String,
    /// Its version.
    pub family_version: u32,
    /// Its kind.
    pub kind: Kind,
    /// Name of the training law.
    pub law: String,
    /// The training row, then the shifts in the suite's order.
    pub rows: Vec<Row>,
}

/// A row of a world as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Name of the shift; `training` for the law itself.
    pub name: String,
    /// What is different, in words.
    pub means: String,
    /// What it is for.
    pub role: Role,
    /// Whether this is the family's main conflict shift.
    pub main: bool,
}

/// The cells of one player in one world over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Name of the world.
    pub world: String,
    /// Name of the player.
    pub agent: String,
    /// Share of free levels in its training law; null for scripted players.
    pub mix: Option<f64>,
    /// Whether it is scripted.
    pub scripted: bool,
    /// Its cells, in order of seeds.
    pub cells: Vec<CellRef>,
}

/// A cell of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellRef {
    /// The seed.
    pub seed: u64,
    /// Where the cell is kept.
    pub address: Address,
}

/// One line of `cells.jsonl`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    address: Address,
    job: Job,
}

impl Plan {
    /// The plan of a suite for the present code on the present machine.
    ///
    /// # Errors
    /// When a value of the suite is not a JSON value.
    pub fn new(suite: &Suite, versions: &Versions) -> Result<Self, CanonicalError> {
        let mut planner = Planner { suite, versions, pools: Jobs::default(), cells: Jobs::default() };
        let mut groups = Vec::new();
        for world in &suite.worlds {
            for (agent, config) in suite.file.agents.iter().zip(&world.learners) {
                let player = match (config, &agent.command) {
                    (Some(config), _) => Player::Learner(Box::new(config.clone())),
                    (None, Some(command)) if agent.plays_in(&world.name) => {
                        let version = agent.version.clone().unwrap_or_default();
                        Player::Program { command: command.clone(), version }
                    }
                    (None, _) => continue,
                };
                for mix in &agent.mix {
                    groups.push(planner.agent(world, agent, &player, *mix)?);
                }
            }
            for script in &world.scripted {
                groups.push(planner.scripted(world, script)?);
            }
        }
        let worlds: Vec<WorldRows> = suite.worlds.iter().map(rows).collect();
        let mut jobs = planner.pools.list;
        jobs.append(&mut planner.cells.list);
        let addresses: Vec<&Address> = jobs.iter().map(|(address, _)| address).collect();
        let digest = Address::of(&(&suite.file.name, &worlds, &groups, &addresses))?;
        let suite = suite.file.name.clone();
        Ok(Self { jobs, index: Index { schema_version: INDEX_VERSION, suite, digest, worlds, groups } })
    }

    /// The text of `cells.jsonl`: one job a line.
    ///
    /// # Errors
    /// When a value is not a JSON value.
    pub fn lines(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut text = Vec::new();
        for (address, job) in &self.jobs {
            text.extend(canonical_json(&Line { address: *address, job: job.clone() })?);
        }
        Ok(text)
    }

    /// The plan of a run's folder: its index and the text of its jobs.
    ///
    /// # Errors
    /// When a line is not a job.
    pub fn read(index: Index, text: &str) -> Result<Self, PlanError> {
        let jobs = text.lines().enumerate().map(|(number, line)| job_of(number, line));
        Ok(Self { jobs: jobs.collect::<Result<_, _>>()?, index })
    }

    /// Number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.jobs.iter().filter(|(_, job)| job.kind() == CELLS).count()
    }
}

/// Why a plan's line cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The plan ends before it.
    #[error("the plan has {jobs} jobs, so there is no job {index}")]
    NoSuchJob {
        /// Number of lines.
        jobs: usize,
        /// What was asked for.
        index: usize,
    },
    /// It does not read as a job.
    #[error("line {} of the plan is not a job: {reason}", index + 1)]
    NotAJob {
        /// The line, from 0.
        index: usize,
        /// Why not.
        reason: String,
    },
}

/// Job `index` of the text of a plan. Its address is checked, so that a plan edited by hand is noticed.
///
/// # Errors
/// When there is no such line, or it is not a job.
pub fn read_job(plan: &str, index: usize) -> Result<(Address, Job), PlanError> {
    let line = plan.lines().nth(index);
    job_of(index, line.ok_or_else(|| PlanError::NoSuchJob { jobs: plan.lines().count(), index })?)
}

/// The job of line `index`.
fn job_of(index: usize, line: &str) -> Result<(Address, Job), PlanError> {
    let refused = |reason: String| PlanError::NotAJob { index, reason };
    let Line { address, job } = serde_json::from_str(line).map_err(|error| refused(error.to_string()))?;
    match job.address() {
        Ok(own) if own == address => Ok((address, job)),
        Ok(own) => Err(refused(format!("it says address {address}, but its inputs give {own}"))),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// The evaluation pools of the text of a plan, by address.
///
/// # Errors
/// When one of its leading lines is not a job.
pub fn read_pools(plan: &str) -> Result<BTreeMap<Address, PoolInputs>, PlanError> {
    let mut pools = BTreeMap::new();
    for (index, line) in plan.lines().enumerate() {
        match job_of(index, line)? {
            (address, Job::Pool(inputs)) => drop(pools.insert(address, inputs)),
            (_, Job::Cell(_)) => break,
        }
    }
    Ok(pools)
}

/// Jobs in order of first mention, each once.
#[derive(Default)]
struct Jobs {
    list: Vec<(Address, Job)>,
    seen: BTreeSet<Address>,
}

impl Jobs {
    fn add(&mut self, job: Job) -> Result<Address, CanonicalError> {
        let address = job.address()?;
        if self.seen.insert(address) {
            self.list.push((address, job));
        }
        Ok(address)
    }
}

struct Planner<'a> {
    suite: &'a Suite,
    versions: &'a Versions,
    pools: Jobs,
    cells: Jobs,
}

impl Planner<'_> {
    fn pool(&mut self, world: &World, of: PoolOf, knobs: &serde_json::Value) -> Result<Address, CanonicalError> {
        self.pools.add(Job::Pool(PoolInputs {
            pool_version: self.versions.pool,
            metric_version: self.versions.metric,
            family: world.spec.name.to_owned(),
            family_version: world.spec.version,
            knobs: knobs.clone(),
            of,
            levels: self.suite.file.levels,
            seed: POOL_SEED,
        }))
    }

    /// The cells of a player that trains (or not) under `law`.
    fn group(
        &mut self,
        world: &World,
        agent: String,
        law: &Law,
        mix: Option<f64>,
        player: &Player,
        seeds: Option<u32>,
    ) -> Result<Group, CanonicalError> {
        let learner = matches!(player, Player::Learner(_));
        let held_out = self.pool(world, PoolOf::Training(law.clone()), &world.knobs)?;
        let mut shifts = BTreeMap::new();
        for (shift, knobs) in &world.shifts {
            shifts.insert(shift.name.clone(), self.pool(world, PoolOf::shift(shift), knobs)?);
        }
        let mut cells = Vec::new();
        for seed in self.suite.seeds(seeds) {
            let address = self.cells.add(Job::Cell(CellInputs {
                sweep_version: self.versions.sweep,
                metric_version: self.versions.metric,
                agent_version: learner.then_some(self.versions.agent),
                kernels: learner.then(|| self.versions.kernels.clone()),
                family: world.spec.name.to_owned(),
                family_version: world.spec.version,
                knobs: world.knobs.clone(),
                law: law.clone(),
                mix,
                player: player.clone(),
                looks: looks(world, player),
                seed,
                training: learner.then_some(TrainingPool { levels: self.suite.file.training_levels, seed }),
                checkpoints: if learner { self.suite.file.checkpoints } else { 0 },
                help: if learner { self.suite.file.help.clone() } else { Vec::new() },
                held_out,
                shifts: shifts.clone(),
            }))?;
            cells.push(CellRef { seed, address });
        }
        let scripted = matches!(player, Player::Scripted(_));
        Ok(Group { world: world.name.clone(), agent, mix, scripted, cells })
    }

    fn agent(&mut self, world: &World, agent: &AgentFile, player: &Player, mix: f64) -> Result<Group, CanonicalError> {
        self.group(world, agent.name.clone(), &world.law.mixed(mix), Some(mix), player, agent.seeds)
    }

    fn scripted(&mut self, world: &World, script: &Script) -> Result<Group, CanonicalError> {
        let player = Player::Scripted(script.to_string());
        self.group(world, script.to_string(), &world.law, None, &player, None)
    }
}

/// What a player that sees pixels depends on besides levels.
fn looks(world: &World, player: &Player) -> Option<Vec<Look>> {
    let pictured = matches!(player, Player::Learner(config) if config.view.is_dense());
    pictured.then(|| world.spec.channels.iter().map(Look::from).collect())
}

fn rows(world: &World) -> WorldRows {
    let main = world.spec.shifts.iter().find(|shift| shift.role == Role::Conflict).map(|shift| shift.name);
    let law = world.spec.laws.iter().find(|law| law.name == world.law_name);
    let training = Row {
        name: TRAINING_ROW.to_owned(),
        means: law.map_or(String::new(), |law| law.means.to_owned()),
        role: Role::Training,
        main: false,
    };
    let shifts = world.shifts.iter().map(|(shift, _)| Row {
        name: shift.name.clone(),
        means: shift.means.clone(),
        role: shift.role,
        main: main == Some(shift.name.as_str()),
    });
    WorldRows {
        name: world.name.clone(),
        family: world.spec.name.to_owned(),
        family_version: world.spec.version,
        kind: world.spec.kind,
        law: world.law_name.clone(),
        rows: std::iter::once(training).chain(shifts).collect(),
    }
}
