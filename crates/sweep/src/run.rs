//! The local engine: a plan's jobs in child processes, a few at a time.
//!
//! A child holds the kernel lock of its entry, publishes atomically, and ends when the pipe to its
//! parent closes. So any number of engines may work on one folder, and any of them may be killed:
//! the same plan again finishes what is missing.

use crate::child::{FailureKind, Outcome, Report};
use crate::folder::entry;
use crate::inputs::Job;
use crate::plan::Plan;
pub use crate::watch::Limits;
use crate::watch::{Cut, Ended, watch};
use misgen_store::{Address, State, Store, StoreError, canonical_json};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// The failures of the last run, beside its results.
pub const FAILURES_FILE: &str = "failures.json";

/// How often a job that another process is at is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Makes the command that does job `index`.
pub type Launch<'a> = dyn Fn(usize) -> Command + Sync + 'a;

/// A job that failed, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The job's line in the plan, from 0.
    pub index: usize,
    /// Where its result would lie.
    pub address: Address,
    /// What a person calls the job.
    pub label: String,
    /// How it failed.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
    /// Exit status of the process, where it exited.
    pub exit_code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// The last 4 kB that it wrote to stderr, or its agent, where that is a program which is to blame.
    pub stderr: String,
}

/// How many jobs are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All jobs of the plan.
    pub total: usize,
    /// Computed by this run.
    pub published: usize,
    /// Complete before, or computed by another process meanwhile.
    pub cached: usize,
    /// Failed.
    pub failed: usize,
    /// Being computed.
    pub running: usize,
}

impl Counts {
    /// Jobs that have ended.
    #[must_use]
    pub const fn ended(&self) -> usize {
        self.published + self.cached + self.failed
    }
}

/// What happened to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Its process runs.
    Started,
    /// So much of it is done.
    Step {
        /// Units done.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Computed and published.
    Finished,
    /// Complete already, or another process completed it.
    Cached,
    /// Another process is at it; it will be looked at again later.
    Elsewhere,
    /// Failed; the others go on.
    Failed(Failure),
    /// Given up because the run was interrupted; nothing of it is kept.
    Interrupted,
}

/// Something that a progress display may show.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// The job's line in the plan.
    pub index: usize,
    /// The job.
    pub job: &'a Job,
    /// What happened to it.
    pub progress: Progress,
    /// How many jobs are where after it.
    pub counts: Counts,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// How many jobs are where.
    pub counts: Counts,
    /// The failed ones, in order of the plan.
    pub failures: Vec<Failure>,
    /// Whether the run stopped early because the disk is full.
    pub stopped: bool,
    /// Whether it stopped early because it was told to.
    pub interrupted: bool,
}

/// How an engine goes about a plan. None of it changes a byte of a result.
pub struct Engine<'a> {
    /// Jobs at a time, at least 1.
    pub jobs: usize,
    /// What each job's process may use.
    pub limits: Limits,
    /// Makes a job's process.
    pub launch: &'a Launch<'a>,
    /// Asked all the time: once it says yes, jobs in flight are given up and no other is begun.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
}

/// The command `<exe> cell run` for each job of the plan at `plan`, one compute thread each.
pub fn launcher(exe: &Path, plan: &Path, folder: &Path) -> impl Fn(usize) -> Command + Sync + use<> {
    let [exe, plan, folder] = [exe, plan, folder].map(Path::to_owned);
    move |index| {
        let mut command = Command::new(&exe);
        command.args(["cell", "run", "--plan"].map(OsStr::new)).arg(&plan);
        command.arg("--index").arg(index.to_string()).arg("--out").arg(&folder).arg("--watch-parent");
        command.env("RAYON_NUM_THREADS", "1");
        command
    }
}

/// Does what is missing of `plan`. Failures are part of the outcome; they are also written to `failures.json`.
///
/// # Errors
/// When the store cannot be read or written by this process.
pub fn run(
    plan: &Plan,
    store: &Store,
    engine: &Engine<'_>,
    progress: &dyn Fn(&Event<'_>),
) -> Result<RunOutcome, StoreError> {
    let mut tally = Tally { plan, progress, counts: Counts { total: plan.jobs.len(), ..Counts::default() } };
    let mut queue = VecDeque::new();
    for (index, (address, job)) in plan.jobs.iter().enumerate() {
        match entry(store, address, job)?.state()? {
            State::Complete => tally.tell(index, Progress::Cached),
            State::Missing | State::Corrupt { .. } => queue.push_back(Turn { index, wait: false }),
        }
    }
    let workers = engine.jobs.clamp(1, queue.len().max(1));
    let shared = Shared { plan, store, engine, queue: Mutex::new(queue), stop: AtomicBool::new(false) };
    let mut failures = Vec::new();
    let (send, receive) = channel();
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|_| {
                let (shared, send) = (&shared, send.clone());
                scope.spawn(move || shared.work(&send))
            })
            .collect();
        drop(send);
        for (index, progress) in receive {
            if let Progress::Failed(failure) = &progress {
                failures.push(failure.clone());
            }
            tally.tell(index, progress);
        }
        handles.into_iter().try_for_each(|handle| handle.join().expect("a worker does not panic"))
    })?;
    failures.sort_by_key(|failure| failure.index);
    store.write_document(FAILURES_FILE, &canonical_json(&failures)?)?;
    let unfinished = tally.counts.ended() < tally.counts.total;
    let interrupted = unfinished && (engine.interrupted)();
    Ok(RunOutcome { counts: tally.counts, failures, stopped: shared.stop.load(Ordering::Relaxed), interrupted })
}

/// Counts and passes on.
struct Tally<'a> {
    plan: &'a Plan,
    progress: &'a dyn Fn(&Event<'_>),
    counts: Counts,
}

impl Tally<'_> {
    fn tell(&mut self, index: usize, progress: Progress) {
        let counts = &mut self.counts;
        match &progress {
            Progress::Started => counts.running += 1,
            Progress::Step { .. } => {}
            Progress::Finished => counts.published += 1,
            Progress::Cached => counts.cached += 1,
            Progress::Failed(_) => counts.failed += 1,
            Progress::Elsewhere | Progress::Interrupted => {}
        }
        // Jobs that were complete at the beginning never ran.
        if !matches!(progress, Progress::Started | Progress::Step { .. }) {
            counts.running = counts.running.saturating_sub(1);
        }
        (self.progress)(&Event { index, job: &self.plan.jobs[index].1, progress, counts: self.counts });
    }
}

/// A job whose turn will come.
#[derive(Clone, Copy)]
struct Turn {
    index: usize,
    /// Another process was at it: wait for that one first.
    wait: bool,
}

struct Shared<'a> {
    plan: &'a Plan,
    store: &'a Store,
    engine: &'a Engine<'a>,
    queue: Mutex<VecDeque<Turn>>,
    stop: AtomicBool,
}

impl Shared<'_> {
    fn next(&self) -> Option<Turn> {
        let stopped = self.stop.load(Ordering::Relaxed) || (self.engine.interrupted)();
        self.queue.lock().expect("no worker panics").pop_front().filter(|_| !stopped)
    }

    fn work(&self, send: &Sender<(usize, Progress)>) -> Result<(), StoreError> {
        // The receiver outlives every worker, so that sending cannot fail.
        let tell = |index, progress| drop(send.send((index, progress)));
        while let Some(Turn { index, wait }) = self.next() {
            tell(index, Progress::Started);
            if wait {
                match self.wait_for_other(index)? {
                    Some(true) => {
                        tell(index, Progress::Cached);
                        continue;
                    }
                    Some(false) => {}
                    None => {
                        tell(index, Progress::Interrupted);
                        continue;
                    }
                }
            }
            let mut step = |done, total| tell(index, Progress::Step { done, total });
            let engine = self.engine;
            let ended = watch((engine.launch)(index), &engine.limits, engine.interrupted, &mut step);
            match (&ended.report, ended.cut) {
                (Some(Report::Ended(Outcome::Published)), _) => tell(index, Progress::Finished),
                (Some(Report::Ended(Outcome::Cached)), _) => tell(index, Progress::Cached),
                (Some(Report::Ended(Outcome::Busy)), _) => {
                    self.queue.lock().expect("no worker panics").push_back(Turn { index, wait: true });
                    tell(index, Progress::Elsewhere);
                }
                (_, Some(Cut::Interrupted)) => tell(index, Progress::Interrupted),
                _ => {
                    let failure = self.failure(index, ended);
                    if failure.kind == FailureKind::DiskFull {
                        self.stop.store(true, Ordering::Relaxed);
                    }
                    tell(index, Progress::Failed(failure));
                }
            }
        }
        Ok(())
    }

    /// Waits until nobody is at the job, and says whether it is complete then; `None` where the run was interrupted.
    fn wait_for_other(&self, index: usize) -> Result<Option<bool>, StoreError> {
        let (address, job) = &self.plan.jobs[index];
        let entry = entry(self.store, address, job)?;
        while !(self.engine.interrupted)() {
            if let Some(writer) = entry.try_lock()? {
                return Ok(Some(writer.state()? == State::Complete));
            }
            std::thread::sleep(POLL);
        }
        Ok(None)
    }

    fn failure(&self, index: usize, ended: Ended) -> Failure {
        let (address, job) = &self.plan.jobs[index];
        let exit_code = ended.status.and_then(|status| status.code());
        let signal = ended.status.and_then(signal);
        let mut last_words = None;
        let (kind, message) = match (ended.report, ended.cut, ended.error) {
            (Some(Report::Failed { kind, message, stderr }), ..) => {
                last_words = stderr;
                (kind, message)
            }
            (_, Some(Cut::Time(limit)), _) => {
                (FailureKind::TimedOut, format!("ran longer than the {} s allowed and was ended", limit.as_secs_f64()))
            }
            (_, Some(Cut::Memory(limit)), _) => {
                (FailureKind::OutOfMemory, format!("held more than the {} MiB allowed and was ended", limit >> 20))
            }
            (_, _, Some(error)) => (FailureKind::NotStarted, error),
            _ => {
                let how = match (exit_code, signal) {
                    (_, Some(signal)) => format!("was ended by signal {signal}"),
                    (Some(code), _) => format!("exited with status {code}"),
                    (None, None) => "ended".to_owned(),
                };
                (FailureKind::Crashed, format!("the process {how} without a result"))
            }
        };
        let label = job.label();
        Failure {
            index,
            address: *address,
            label,
            kind,
            message,
            exit_code,
            signal,
            stderr: last_words.unwrap_or(ended.stderr),
        }
    }
}

#[cfg(unix)]
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
pub(crate) fn signal(_status: ExitStatus) -> Option<i32> {
    None
}
