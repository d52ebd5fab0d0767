//! What a child process does: one job of a plan, under the kernel lock of its entry.

use crate::external::{ExternalError, Fault, end_all};
use crate::inputs::{Job, PoolInputs};
use crate::log::{Keeper, Log};
use crate::plan::{PlanError, Versions, read_job, read_pools};
use misgen_core::Registry;
use misgen_store::{Address, CanonicalError, Entry, State, Store, StoreError, Writer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read;
use std::time::Instant;

/// Exit status of a child whose parent is gone.
pub const EXIT_ORPHANED: i32 = 3;

/// The largest plan that is read, bytes.
pub const LARGEST_PLAN: u64 = 256 << 20;

/// Published files: names and bytes.
pub type Files = Vec<(String, Vec<u8>)>;

/// Computes a job. The second argument gives evaluation pools, the third takes progress: done, of how many.
pub type Compute<'a> = dyn Fn(&Job, &Context<'_>, &mut dyn FnMut(u64, u64)) -> Result<Files, CellError> + 'a;

/// Why a job has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CellError {
    /// A number stopped being one while training.
    #[error("diverged: {0}")]
    Diverged(String),
    /// An agent that is a program did something wrong.
    #[error(transparent)]
    Agent(Box<ExternalError>),
    /// Anything else that the computation reports.
    #[error("{0}")]
    Failed(String),
    /// The plan is of other code or another machine.
    #[error("the plan asks for {asked}, this program has {have}: plan again with this program on this machine")]
    Stale {
        /// What the plan says.
        asked: String,
        /// What there is.
        have: String,
    },
    /// The cell needs a pool that the plan does not list.
    #[error("the plan lists no evaluation pool {0}")]
    NoSuchPool(Address),
    /// The plan cannot be read.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ExternalError> for CellError {
    fn from(error: ExternalError) -> Self {
        Self::Agent(Box::new(error))
    }
}

impl From<CanonicalError> for CellError {
    fn from(error: CanonicalError) -> Self {
        Self::Store(error.into())
    }
}

/// How a job without an error ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Computed and published now.
    Published,
    /// It was complete already.
    Cached,
    /// Another process is at it.
    Busy,
}

/// What kind of failure a job ended in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A number stopped being one while training.
    Diverged,
    /// The computation reported an error.
    Failed,
    /// The store failed.
    Storage,
    /// The disk is full: no other job would fare better.
    DiskFull,
    /// The process ended without a word: a panic, a signal, no memory.
    Crashed,
    /// The process ran longer than allowed and was ended.
    TimedOut,
    /// The process held more memory than allowed and was ended.
    OutOfMemory,
    /// The process could not be started.
    NotStarted,
    /// The cell's agent is a program that could not be started.
    AgentNotStarted,
    /// It gave no answer in time.
    AgentTimeout,
    /// It ended before it was told to.
    AgentExited,
    /// It said something that is not the protocol's.
    AgentProtocol,
    /// It said more than it was asked for.
    AgentFlood,
}

/// What a child tells its parent, a line of JSON each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// So much is done.
    Step {
        /// Units done.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// The job ended well, or is somebody else's.
    Ended(Outcome),
    /// The job ended badly.
    Failed {
        /// How.
        kind: FailureKind,
        /// In words.
        message: String,
        /// The last 4 kB that a program which plays wrote to stderr, where it is to blame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stderr: Option<String>,
    },
    /// A program that plays leads this process group, which has to go when the job goes.
    Program {
        /// The group's number.
        group: u32,
        /// Whether it is there; it is gone otherwise.
        runs: bool,
    },
}

impl Report {
    /// The line without its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a report is plain data")
    }

    /// How a job's result is reported.
    #[must_use]
    pub fn of(result: &Result<Outcome, CellError>) -> Self {
        match result {
            Ok(outcome) => Self::Ended(*outcome),
            Err(error) => {
                let stderr = if let CellError::Agent(error) = error { Some(error.stderr.clone()) } else { None };
                Self::Failed { kind: error.kind(), message: error.to_string(), stderr }
            }
        }
    }
}

impl CellError {
    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Diverged(_) => FailureKind::Diverged,
            Self::Store(error) if error.is_disk_full() => FailureKind::DiskFull,
            Self::Store(_) => FailureKind::Storage,
            Self::Agent(error) => match error.fault {
                Fault::NotStarted => FailureKind::AgentNotStarted,
                Fault::Timeout => FailureKind::AgentTimeout,
                Fault::Exited => FailureKind::AgentExited,
                Fault::Protocol => FailureKind::AgentProtocol,
                Fault::Flood => FailureKind::AgentFlood,
                Fault::Interrupted => FailureKind::Failed,
            },
            _ => FailureKind::Failed,
        }
    }
}

/// What a computation may reach: the store, the families, and the plan's evaluation pools.
pub struct Context<'a> {
    /// The run's folder.
    pub store: &'a Store,
    /// The families.
    pub registry: Registry,
    pools: BTreeMap<Address, PoolInputs>,
    compute: &'a Compute<'a>,
    log: &'a Log,
}

impl Context<'_> {
    /// The inputs of an evaluation pool of the plan.
    ///
    /// # Errors
    /// When the plan lists no such pool.
    pub fn pool_inputs(&self, address: &Address) -> Result<&PoolInputs, CellError> {
        self.pools.get(address).ok_or(CellError::NoSuchPool(*address))
    }

    /// The complete entry of an evaluation pool; computed here and now where nobody has yet.
    ///
    /// # Errors
    /// When the plan lists no such pool, or computing or storing it fails.
    pub fn pool(&self, address: &Address) -> Result<Entry, CellError> {
        let job = Job::Pool(self.pool_inputs(address)?.clone());
        let entry = self.store.entry(job.kind(), address)?;
        if entry.state()? != State::Complete {
            let writer = entry.lock()?;
            finish(&writer, &job, self, &mut |_, _| ())?;
        }
        Ok(entry)
    }
}

/// One job to do.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The text of `cells.jsonl`.
    pub plan: &'a str,
    /// The line, from 0.
    pub index: usize,
    /// The run's folder.
    pub store: &'a Store,
    /// The families.
    pub registry: Registry,
    /// The present code and machine.
    pub versions: &'a Versions,
    /// Whether to wait for another process that is at the same job, or to leave it to that one.
    pub wait: bool,
}

/// Does one job, unless it is complete or (without `wait`) somebody else's.
///
/// # Errors
/// When the plan does not serve, or computing or storing fails. Nothing is published then.
pub fn run_job(task: &Task<'_>, compute: &Compute<'_>, step: &mut dyn FnMut(u64, u64)) -> Result<Outcome, CellError> {
    run_logged(task, &Log::default(), compute, step)
}

/// The same; what `log` collects meanwhile is put beside the result, or where it would lie.
///
/// # Errors
/// As [`run_job`].
pub fn run_logged(
    task: &Task<'_>,
    log: &Log,
    compute: &Compute<'_>,
    step: &mut dyn FnMut(u64, u64),
) -> Result<Outcome, CellError> {
    let (address, job) = read_job(task.plan, task.index)?;
    let entry = task.store.entry(job.kind(), &address)?;
    if entry.state()? == State::Complete {
        return Ok(Outcome::Cached);
    }
    serves(&job, task)?;
    let writer = match task.wait {
        true => entry.lock()?,
        false => match entry.try_lock()? {
            Some(writer) => writer,
            None => return Ok(Outcome::Busy),
        },
    };
    let pools = read_pools(task.plan)?;
    let context = Context { store: task.store, registry: task.registry, pools, compute, log };
    finish(&writer, &job, &context, step)
}

/// Computes and publishes a job whose lock is held, unless somebody did so before the lock was taken.
fn finish(
    writer: &Writer,
    job: &Job,
    context: &Context<'_>,
    step: &mut dyn FnMut(u64, u64),
) -> Result<Outcome, CellError> {
    if writer.state()? == State::Complete {
        return Ok(Outcome::Cached);
    }
    let begun = Instant::now();
    let mut keeper = Keeper::new(context.log, writer);
    let mut pace: Option<Pace> = None;
    let mut step = |done, total| {
        keeper.step(done, total);
        let now = Instant::now();
        pace.get_or_insert(Pace { first: (now, done), last: (now, done) }).last = (now, done);
        step(done, total);
    };
    let files = (context.compute)(job, context, &mut step)
        .inspect_err(|error| tracing::error!(job = job.label(), %error, "failed"))?;
    let timing = CellTiming {
        schema_version: 1,
        seconds: rounded(begun.elapsed().as_secs_f64()),
        training_seconds: pace.and_then(Pace::seconds).map(rounded),
    };
    let timing = serde_json::to_string(&timing).expect("numbers") + "\n";
    let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    // Before publication: nobody comes back to a complete entry to remove what a killed writer left unfinished.
    drop(keeper);
    writer.put_aside(TIMING_FILE, timing.as_bytes())?;
    writer.publish(&borrowed)?;
    Ok(Outcome::Published)
}

/// The file of a cell's times, which belong to the machine and not to the result.
pub const TIMING_FILE: &str = "timing.json";

/// How long a job took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellTiming {
    /// Version of this document.
    pub schema_version: u32,
    /// From its beginning to its publication.
    pub seconds: f64,
    /// Training alone, looks on the way included; null where nothing was trained or it took a single update.
    #[serde(default)]
    pub training_seconds: Option<f64>,
}

/// To the millisecond.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// The first and the last update, each with the frames done after it.
#[derive(Clone, Copy)]
struct Pace {
    first: (Instant, u64),
    last: (Instant, u64),
}

impl Pace {
    /// Seconds of all frames: nobody saw the first update begin, so that it counts as the others did.
    fn seconds(self) -> Option<f64> {
        let ((begun, before), (ended, done)) = (self.first, self.last);
        let rate = ended.duration_since(begun).as_secs_f64() / (done.checked_sub(before).filter(|n| *n > 0)? as f64);
        Some(rate * done as f64)
    }
}

/// Refuses a job whose address stands for other code than this: its result would lie at a wrong address.
fn serves(job: &Job, task: &Task<'_>) -> Result<(), CellError> {
    let versions = task.versions;
    let (family, version) = match job {
        Job::Pool(pool) => (&pool.family, pool.family_version),
        Job::Cell(cell) => (&cell.family, cell.family_version),
    };
    let found = task.registry.get(family).map(|family| family.spec().version);
    let have_family = found.map_or("no such family".to_owned(), |version| format!("{family}-v{version}"));
    let mut pairs = vec![(format!("{family}-v{version}"), have_family)];
    let mut need = |what: &str, asked: Option<String>, have: String| {
        pairs.extend(asked.map(|asked| (format!("{what} {asked}"), format!("{what} {have}"))));
    };
    match job {
        Job::Pool(pool) => {
            need("pool version", Some(pool.pool_version.to_string()), versions.pool.to_string());
            need("metric version", Some(pool.metric_version.to_string()), versions.metric.to_string());
        }
        Job::Cell(cell) => {
            need("sweep version", Some(cell.sweep_version.to_string()), versions.sweep.to_string());
            need("metric version", Some(cell.metric_version.to_string()), versions.metric.to_string());
            need("agent version", cell.agent_version.map(|v| v.to_string()), versions.agent.to_string());
            need("kernel set", cell.kernels.clone(), versions.kernels.clone());
        }
    }
    match pairs.into_iter().find(|(asked, have)| asked != have) {
        Some((asked, have)) => Err(CellError::Stale { asked, have }),
        None => Ok(()),
    }
}

/// Ends this process with [`EXIT_ORPHANED`] when its standard input closes: a parent that dies, however
/// it dies, takes its children along, and these the programs that they play with. Publication is atomic, so any moment will do.
pub fn watch_parent() {
    std::thread::spawn(|| {
        let mut sink = [0; 64];
        let mut input = std::io::stdin().lock();
        loop {
            match input.read(&mut sink) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => {
                    end_all();
                    std::process::exit(EXIT_ORPHANED)
                }
                Ok(_) => {}
            }
        }
    });
}
