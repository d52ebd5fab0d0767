//! Promises 5 and 6 for a whole sweep: every call to the disk may fail, once or for good, and power may be lost after
//! any of them.
//!
//! The test command fails or stops at every few calls; `MISGEN_SOAK_SECONDS` goes through all of them, and on with
//! other subsets of what a power loss spares.

mod common;
#[path = "../../store/tests/store/fault_fs.rs"]
#[allow(dead_code, reason = "the store's tests use the rest")]
mod fault_fs;
#[path = "../../store/tests/store/memory_fs.rs"]
mod memory_fs;
mod soak;

use common::REGISTRY;
use fault_fs::{Fault, FaultFs};
use memory_fs::{MemoryFs, Spared};
use misgen_store::{Address, Fs, MAX_FILE_BYTES, Node, RealFs, State, Store, StoreError, canonical_json};
use misgen_sweep::cell::compute;
use misgen_sweep::child::{CellError, Context, Files, Outcome, Task, run_job};
use misgen_sweep::folder::prepare;
use misgen_sweep::inputs::Job;
use misgen_sweep::machine::Machine;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use misgen_sweep::summarize::{SummaryError, summarize};
use soak::Soak;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Two pools; a learner that barely learns and a reference, one seed each.
const SUITE: &str = r#"
name = "toy"
seeds = 1
levels = 8
training_levels = 16

[[worlds]]
family = "row"
frames = 256
shifts = ["apart"]

[[agents]]
name = "small"
config = "agents/small.toml"

[references]
scripted = ["random"]
"#;

const RUNS: &str = "/results/runs";

/// Why a sweep ended early: only the store fails here.
type Failure = StoreError;

/// A suite whose results are known, so that a thousand sweeps of it compute nothing.
struct Sweep {
    suite: Suite,
    plan: Plan,
    versions: Versions,
    machine: Machine,
    text: String,
    /// What each job yields.
    results: BTreeMap<Address, Files>,
    /// The documents of an undisturbed sweep.
    documents: BTreeMap<String, Vec<u8>>,
}

impl Sweep {
    /// Computes every job once, with the program's own code.
    fn new() -> Self {
        let suite = common::load(SUITE).unwrap();
        let versions = Versions::current();
        let plan = Plan::new(&suite, &versions).unwrap();
        let text = String::from_utf8(plan.lines().unwrap()).unwrap();
        let machine = Machine::present(&RealFs);
        let (results, documents) = (BTreeMap::new(), BTreeMap::new());
        let mut sweep = Self { suite, plan, versions, machine, text, results, documents };
        let results = Mutex::new(BTreeMap::new());
        let disk = MemoryFs::new();
        let remember = |job: &Job, context: &Context<'_>, step: &mut dyn FnMut(u64, u64)| {
            let files = compute(job, context, step)?;
            results.lock().unwrap().insert(job.address()?, files.clone());
            Ok(files)
        };
        sweep.run_with(Arc::new(disk.clone()), &remember, &mut Vec::new()).unwrap();
        sweep.results = results.into_inner().unwrap();
        assert_eq!((sweep.plan.jobs.len(), sweep.results.len()), (4, 4));
        for name in disk.list(&sweep.root()).unwrap() {
            let path = sweep.root().join(&name);
            if matches!(disk.inspect(&path).unwrap(), Some(Node::File { .. })) {
                let bytes = disk.read(&path, MAX_FILE_BYTES).unwrap();
                sweep.documents.insert(name.into_string().unwrap(), bytes);
            }
        }
        assert!(sweep.documents.contains_key("summary.json") && sweep.documents.len() == 6, "{:?}", sweep.documents);
        sweep
    }

    fn root(&self) -> PathBuf {
        Path::new(RUNS).join(format!("{}-{}", self.plan.index.suite, self.plan.index.digest.short()))
    }

    /// All that a run does with the disk: documents, entries, summary. `done` takes the jobs that were reported done.
    fn run_with(
        &self,
        fs: Arc<dyn Fs>,
        compute: &misgen_sweep::child::Compute<'_>,
        done: &mut Vec<Address>,
    ) -> Result<(), Failure> {
        let store = prepare(fs, Path::new(RUNS), &self.suite, &self.plan, &self.machine)?;
        for (index, (address, _)) in self.plan.jobs.iter().enumerate() {
            let (plan, versions) = (self.text.as_str(), &self.versions);
            let task = Task { plan, index, store: &store, registry: REGISTRY, versions, wait: true };
            match run_job(&task, compute, &mut |_, _| ()) {
                Ok(Outcome::Published | Outcome::Cached) => done.push(*address),
                Ok(Outcome::Busy) => panic!("nobody else is there"),
                Err(CellError::Store(error)) => return Err(error),
                Err(other) => panic!("not a failure of the store: {other}"),
            }
        }
        match summarize(&self.suite, &self.plan, &store) {
            Ok(summary) => store.write_document("summary.json", &canonical_json(&summary)?),
            Err(SummaryError::Store(error)) => Err(error),
            Err(other) => panic!("not a failure of the store: {other}"),
        }
    }

    fn run(&self, fs: Arc<dyn Fs>, done: &mut Vec<Address>) -> Result<(), Failure> {
        let known = |job: &Job, context: &Context<'_>, _: &mut dyn FnMut(u64, u64)| {
            if let Job::Cell(cell) = job {
                for address in cell.shifts.values().chain([&cell.held_out]) {
                    context.pool(address)?.read("pool.json")?.expect("a pool has levels");
                }
            }
            Ok(self.results[&job.address()?].clone())
        };
        self.run_with(fs, &known, done)
    }

    /// Asserts that every entry is missing or whole and every document old, new or absent; returns the complete entries.
    fn check(&self, disk: &Arc<dyn Fs>, context: &str) -> Vec<Address> {
        let mut complete = Vec::new();
        let Ok(store) = Store::open(disk.clone(), self.root()) else { return complete };
        for (address, job) in &self.plan.jobs {
            let entry = store.entry(job.kind(), address).unwrap();
            match entry.state().unwrap() {
                State::Missing => {}
                State::Complete => {
                    for (name, bytes) in &self.results[address] {
                        assert_eq!(entry.read(name).unwrap().as_ref(), Some(bytes), "{context}: {name}");
                    }
                    complete.push(*address);
                }
                State::Corrupt { path, what } => panic!("{context}: {}: {what}", path.display()),
            }
        }
        for (name, bytes) in &self.documents {
            let found = store.read_document(name).unwrap();
            assert!(found.is_none_or(|found| found == *bytes), "{context}: {name} has other bytes");
        }
        complete
    }

    /// Finishes on a sound disk, and asserts that nothing tells the result from an undisturbed one.
    fn finish(&self, disk: &Arc<dyn Fs>, context: &str) {
        self.run(disk.clone(), &mut Vec::new()).unwrap();
        assert_eq!(self.check(disk, context).len(), self.plan.jobs.len(), "{context}");
        let store = Store::open(disk.clone(), self.root()).unwrap();
        assert!(self.documents.keys().all(|name| store.read_document(name).unwrap().is_some()), "{context}");
        assert_eq!(temporaries(disk, Path::new("/")), Vec::<PathBuf>::new(), "{context}");
    }
}

/// Every unfinished file below a folder.
fn temporaries(fs: &Arc<dyn Fs>, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs.list(folder).unwrap().into_iter().map(|name| folder.join(name)) {
        match fs.inspect(&path).unwrap() {
            Some(Node::Folder) => found.extend(temporaries(fs, &path)),
            _ if path.file_name().unwrap().to_str().unwrap().starts_with(".tmp") => found.push(path),
            _ => {}
        }
    }
    found
}

/// The kinds of failure that a disk has; the first stands for EIO.
const KINDS: [ErrorKind; 5] = [
    ErrorKind::Other,
    ErrorKind::StorageFull,
    ErrorKind::QuotaExceeded,
    ErrorKind::PermissionDenied,
    ErrorKind::Interrupted,
];

#[derive(Default)]
struct Counts {
    sweeps: u64,
    reported: u64,
    absorbed: u64,
    survived: u64,
}

/// Lets every `step`-th call from `first` on meet the fault, a sweep each, until one meets none.
fn fail_calls(sweep: &Sweep, fault: Fault, first: u64, step: usize, counts: &mut Counts) {
    for call in (first..).step_by(step) {
        let context = format!("{fault:?}, call {call}");
        let disk: Arc<dyn Fs> = Arc::new(MemoryFs::new());
        let fs = FaultFs::new(disk.clone(), call, fault);
        let mut done = Vec::new();
        let result = sweep.run(Arc::new(fs.clone()), &mut done);
        counts.sweeps += 1;
        if !fs.met() {
            result.unwrap();
            assert!(call > 200, "only {call} calls can fail");
            return;
        }
        match result {
            Ok(()) => counts.absorbed += 1,
            Err(error) => {
                counts.reported += 1;
                assert_eq!(
                    error.is_disk_full(),
                    matches!(fault.kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded),
                    "{context}"
                );
                let StoreError::Io { path, source, .. } = error else { panic!("{context}: {error}") };
                assert_eq!(source.kind(), fault.kind, "{context}");
                assert!(path.starts_with(sweep.root()) || sweep.root().starts_with(&path), "{context}: {path:?}");
            }
        }
        if !fault.for_good {
            assert_eq!(temporaries(&disk, Path::new("/")), Vec::<PathBuf>::new(), "{context}");
        }
        let complete = sweep.check(&disk, &context);
        assert!(done.iter().all(|address| complete.contains(address)), "{context}: an earlier cell is gone");
        counts.survived += done.len() as u64;
        sweep.finish(&disk, &context);
    }
}

#[test]
fn a_sweep_survives_the_failure_of_every_call() {
    let soak = Soak::new("faults");
    let sweep = Sweep::new();
    let mut counts = Counts::default();
    let step = if soak.is_long() { 1 } else { 9 };
    let mut round = 0;
    while soak.goes_on(round > 0) {
        for (i, kind) in KINDS.into_iter().enumerate() {
            // A call that is interrupted for good would be made again for ever.
            for for_good in [false, true].into_iter().filter(|for_good| !for_good || kind != ErrorKind::Interrupted) {
                if soak.goes_on(round > 0) {
                    let first = 1 + (i as u64 + 5 * u64::from(for_good)) % step as u64;
                    fail_calls(&sweep, Fault { kind, for_good }, first, step, &mut counts);
                }
            }
        }
        round += 1;
    }
    let Counts { sweeps, reported, absorbed, survived } = counts;
    let injected = reported + absorbed;
    soak.report(&format!(
        "sweeps={sweeps} injected={injected} (reported {reported}, absorbed {absorbed}) survived={survived} lost=0"
    ));
    assert!(reported > 100 && survived > 0);
}

/// Stops the disk at every `step`-th call from `first` on, loses power, and goes on.
fn lose_power(sweep: &Sweep, spared: Spared, first: u64, step: usize, counts: &mut Counts) {
    for call in (first..).step_by(step) {
        let context = format!("{spared:?}, call {call}");
        let disk = MemoryFs::new();
        let stop = Fault { kind: ErrorKind::Other, for_good: true };
        let fs = FaultFs::new(Arc::new(disk.clone()), call, stop);
        let mut done = Vec::new();
        let result = sweep.run(Arc::new(fs.clone()), &mut done);
        counts.sweeps += 1;
        if !fs.met() {
            result.unwrap();
            return;
        }
        disk.lose_power(spared);
        counts.reported += 1;
        let disk: Arc<dyn Fs> = Arc::new(disk);
        let complete = sweep.check(&disk, &context);
        assert!(done.iter().all(|address| complete.contains(address)), "{context}: a cell that was reported is gone");
        counts.survived += done.len() as u64;
        sweep.finish(&disk, &context);
    }
}

#[test]
fn a_sweep_survives_a_power_loss_after_every_call() {
    let soak = Soak::new("power");
    let sweep = Sweep::new();
    let mut counts = Counts::default();
    let step = if soak.is_long() { 1 } else { 9 };
    let kinds: Vec<Spared> = Spared::ALL.into_iter().chain((0..4).map(Spared::Some)).collect();
    for (i, spared) in kinds.into_iter().enumerate() {
        lose_power(&sweep, spared, 1 + i as u64, step, &mut counts);
    }
    // Another subset of what was not flushed each time.
    let mut seed = 4;
    while soak.goes_on(true) {
        lose_power(&sweep, Spared::Some(seed), 1, 1, &mut counts);
        seed += 1;
    }
    let Counts { sweeps, reported, survived, .. } = counts;
    soak.report(&format!("sweeps={sweeps} losses={reported} survived={survived} lost=0"));
    assert!(reported > 100 && survived > 0);
}
