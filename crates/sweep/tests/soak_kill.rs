//! Promises 4 and 14: SIGKILL at any moment, of an engine or of one of its children, loses at most what was being
//! computed; any number of engines on one folder compute nothing twice.
//!
//! Toy jobs over real processes: this test binary starts itself as engine and as child. The test command kills
//! twenty times; `MISGEN_SOAK_SECONDS` goes on for so long.

#![allow(clippy::disallowed_methods, reason = "the tests look at processes and files from outside the store")]

mod common;
mod soak;

use common::REGISTRY;
use misgen_core::Rng;
use misgen_store::{Fs, RealFs, State, Store};
use misgen_sweep::child::{CellError, Context, Files, LARGEST_PLAN, Report, Task, run_job, watch_parent};
use misgen_sweep::folder::{plan_path, prepare};
use misgen_sweep::inputs::Job;
use misgen_sweep::machine::Machine;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::run::{Engine, Limits, RunOutcome, run};
use soak::Soak;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The folder of runs; says to this binary that it is an engine or a child.
const RUNS: &str = "MISGEN_TEST_KILL_RUNS";
/// Says to it that it is a child, and of which job.
const JOB: &str = "MISGEN_TEST_KILL_JOB";
/// Jobs at a time of an engine.
const WORKERS: usize = 2;

/// Forty cells, five pools.
const SUITE: &str = r#"
name = "toy"
seeds = 10
levels = 64
training_levels = 128

[[worlds]]
family = "row"

[[agents]]
name = "small"
config = "agents/small.toml"
mix = [0.0, 1.0]

[references]
scripted = ["random", "pursuer:goal"]
"#;

fn plan() -> Plan {
    let plan = Plan::new(&common::load(SUITE).unwrap(), &Versions::current()).unwrap();
    assert_eq!((plan.cells(), plan.jobs.len()), (40, 45));
    plan
}

/// What a toy job yields: bytes that follow from its address and from its pools, in files of several sizes. Each
/// beginning leaves a mark.
fn compute(runs: &Path, plan: &Plan, job: &Job, context: &Context<'_>) -> Result<Files, CellError> {
    let address = job.address()?;
    let index = plan.jobs.iter().position(|(other, _)| *other == address).expect("the plan's own job");
    let mark = runs.join(format!("begun-{index}-{}", std::process::id()));
    RealFs.create(&mark).expect("a job is begun once by a process");
    let mut text = format!("{address}\n");
    if let Job::Cell(cell) = job {
        for pool in cell.shifts.values().chain([&cell.held_out]) {
            let levels = context.pool(pool)?.read("levels.txt")?.expect("a pool has levels");
            text += &String::from_utf8(levels).expect("text");
        }
    }
    let mut rng = Rng::keyed(index as u64, "toy", 0);
    std::thread::sleep(Duration::from_millis(u64::from(rng.below(8))));
    let bytes: Vec<u8> = (0..20_000).map(|_| rng.below(256) as u8).collect();
    let name = if matches!(job, Job::Pool(_)) { "levels.txt" } else { "result.json" };
    Ok(vec![
        (name.to_owned(), text.into_bytes()),
        ("model.bin".to_owned(), bytes),
        ("empty.csv".to_owned(), Vec::new()),
    ])
}

/// A folder of runs and the one run in it.
#[derive(Clone)]
struct Toy {
    runs: PathBuf,
}

/// What the entries of a run hold, by the line of their job; those without a result are left out.
type Results = BTreeMap<usize, Vec<u8>>;

impl Toy {
    fn engine(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "killed_engines_and_children_lose_only_what_was_in_flight"]);
        command.args(["--nocapture", "--test-threads=1"]).env(RUNS, &self.runs).env_remove(JOB);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&self) -> Child {
        self.engine().spawn().unwrap()
    }

    fn prepared(&self) -> Store {
        let suite = common::load(SUITE).unwrap();
        prepare(Arc::new(RealFs), &self.runs, &suite, &plan(), &Machine::present(&RealFs)).unwrap()
    }

    /// Does what is missing, in this process and children of its own.
    fn run(&self) -> RunOutcome {
        let launch = |index: usize| {
            let mut command = self.engine();
            command.env(JOB, index.to_string());
            command
        };
        let engine = Engine { jobs: WORKERS, limits: Limits::default(), launch: &launch, interrupted: &|| false };
        run(&plan(), &self.prepared(), &engine, &|_| ()).unwrap()
    }

    fn existing(&self) -> Option<Store> {
        let index = plan().index;
        Store::open(Arc::new(RealFs), self.runs.join(format!("{}-{}", index.suite, index.digest.short()))).ok()
    }

    /// All complete entries. Damage is never an outcome of a kill.
    fn results(&self) -> Results {
        let Some(store) = self.existing() else { return Results::new() };
        let mut results = Results::new();
        for (index, (address, job)) in plan().jobs.iter().enumerate() {
            let entry = store.entry(job.kind(), address).unwrap();
            match entry.state().unwrap() {
                State::Missing => {}
                State::Complete => {
                    let files = entry.files().unwrap().unwrap();
                    let bytes = files.iter().flat_map(|file| entry.read(&file.name).unwrap().unwrap()).collect();
                    results.insert(index, bytes);
                }
                State::Corrupt { path, what } => panic!("{}: {what}", path.display()),
            }
        }
        results
    }

    /// How often each job was begun.
    fn begun(&self) -> BTreeMap<usize, usize> {
        let mut begun = BTreeMap::new();
        for name in RealFs.list(&self.runs).unwrap() {
            let name = name.to_string_lossy().into_owned();
            if let Some(index) = name.strip_prefix("begun-").and_then(|rest| rest.split('-').next()) {
                *begun.entry(index.parse().unwrap()).or_default() += 1;
            }
        }
        begun
    }

    fn temporaries(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for item in std::fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else if path.file_name().unwrap().to_string_lossy().contains(".tmp-") {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.runs, &mut found);
        found
    }
}

/// The other process that [`Toy::engine`] and its `launch` start; returns where this is the test itself.
fn act() {
    let Some(runs) = std::env::var_os(RUNS).map(PathBuf::from) else { return };
    let toy = Toy { runs };
    let Ok(index) = std::env::var(JOB) else {
        let outcome = toy.run();
        std::process::exit(i32::from(!outcome.failures.is_empty()));
    };
    let mut out = std::io::stdout();
    // The test harness has begun a line.
    writeln!(out).unwrap();
    watch_parent();
    let store = toy.existing().expect("the engine made the run's folder");
    let text = String::from_utf8(RealFs.read(&plan_path(&store), LARGEST_PLAN).unwrap()).unwrap();
    let (plan, versions) = (plan(), Versions::current());
    let task = Task {
        plan: &text,
        index: index.parse().unwrap(),
        store: &store,
        registry: REGISTRY,
        versions: &versions,
        wait: false,
    };
    let compute =
        |job: &Job, context: &Context<'_>, _: &mut dyn FnMut(u64, u64)| compute(&toy.runs, &plan, job, context);
    let result = run_job(&task, &compute, &mut |_, _| ());
    writeln!(out, "{}", Report::of(&result).line()).unwrap();
    std::process::exit(i32::from(result.is_err()));
}

/// Living children of a process, as the kernel lists them; none where there is no `/proc`.
fn children(parent: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let of = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in brackets may hold anything; after it come the state and the parent.
        let mut rest = stat[stat.rfind(')')? + 1..].split_whitespace();
        let (state, above) = (rest.next()?, rest.next()?.parse::<u32>().ok()?);
        (above == parent && state != "Z").then_some(pid)
    };
    processes.filter_map(|item| of(item.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// What happened in sweeps that were disturbed.
#[derive(Default)]
struct Counts {
    sweeps: usize,
    engines_killed: usize,
    children_killed: usize,
    begun: usize,
    /// Results that were there before a kill and unchanged after it, over all kills.
    survived: usize,
    lost: usize,
}

impl Counts {
    fn kills(&self) -> usize {
        self.engines_killed + self.children_killed
    }

    fn line(&self) -> String {
        format!(
            "sweeps={} kills={} (engines {}, children {}) computations={} survived={} lost={}",
            self.sweeps,
            self.kills(),
            self.engines_killed,
            self.children_killed,
            self.begun,
            self.survived,
            self.lost
        )
    }

    /// Holds what is there now against what was there before a kill.
    fn compare(&mut self, before: &Results, now: &Results, reference: &Results) {
        for (index, bytes) in now {
            assert_eq!(bytes, &reference[index], "job {index} has other bytes than undisturbed");
        }
        for index in before.keys() {
            if now.contains_key(index) { self.survived += 1 } else { self.lost += 1 }
        }
    }
}

fn reference() -> (Results, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy { runs: folder.path().to_owned() };
    let begun = Instant::now();
    assert!(toy.run().failures.is_empty());
    let results = toy.results();
    assert_eq!(results.len(), 45);
    (results, begun.elapsed())
}

/// A sweep by `engines` processes of which one, or one of whose children, is killed again and again, at most
/// `most` times; then an undisturbed run that finishes.
fn disturbed(engines: usize, most: usize, length: Duration, reference: &Results, rng: &mut Rng, counts: &mut Counts) {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy { runs: folder.path().to_owned() };
    let mut living: Vec<Child> = (0..engines).map(|_| toy.start()).collect();
    let mut known = Results::new();
    let (mut engines_killed, mut children_killed) = (0, 0);
    // So that several kills fall into one sweep.
    let longest = u32::try_from(length.as_micros() / 8).unwrap().max(1);
    while engines_killed + children_killed < most {
        std::thread::sleep(Duration::from_micros(u64::from(rng.below(longest))));
        living.retain_mut(|engine| engine.try_wait().unwrap().is_none());
        if living.is_empty() {
            break;
        }
        let victim = rng.below(living.len() as u32) as usize;
        let children = children(living[victim].id());
        if rng.below(2) == 0 && !children.is_empty() {
            let child = *rng.pick(&children);
            let killed = Command::new("kill").args(["-KILL", &child.to_string()]).stderr(Stdio::null()).status();
            children_killed += usize::from(killed.is_ok_and(|status| status.success()));
        } else {
            living[victim].kill().unwrap();
            living[victim].wait().unwrap();
            engines_killed += 1;
            living[victim] = toy.start();
        }
        let now = toy.results();
        counts.compare(&known, &now, reference);
        known = now;
    }
    for mut engine in living {
        engine.wait().unwrap();
    }
    let outcome = toy.run();
    assert_eq!(outcome.failures, []);
    let results = toy.results();
    counts.compare(&known, &results, reference);
    assert_eq!(results.len(), reference.len(), "the last run finishes");
    assert_eq!(toy.temporaries(), Vec::<PathBuf>::new());
    // A cell may be making a pool when it is killed: two computations a child.
    let begun: usize = toy.begun().values().sum();
    let lost_at_most = 2 * WORKERS * engines_killed + 2 * children_killed;
    assert!(
        (results.len()..=results.len() + lost_at_most).contains(&begun),
        "{begun} computations of {} jobs with {engines_killed} engines and {children_killed} children killed",
        results.len()
    );
    counts.sweeps += 1;
    counts.begun += begun;
    counts.engines_killed += engines_killed;
    counts.children_killed += children_killed;
}

#[test]
fn killed_engines_and_children_lose_only_what_was_in_flight() {
    act();
    let soak = Soak::new("kill");
    let (reference, length) = reference();
    let mut counts = Counts::default();
    let mut rng = Rng::keyed(0, "kill", 0);
    while soak.goes_on(counts.kills() >= 20) {
        // The least share of the test command ends with its twentieth kill.
        let most = if soak.is_long() { usize::MAX } else { 20 - counts.kills() };
        disturbed(1, most, length, &reference, &mut rng, &mut counts);
    }
    soak.report(&counts.line());
    assert_eq!(counts.lost, 0);
    assert!(counts.engines_killed > 0 && counts.survived > 0);
    assert!(counts.children_killed > 0 || !Path::new("/proc").exists());
}

#[test]
fn four_engines_on_one_folder_survive_kills_and_mix_no_bytes() {
    let soak = Soak::new("kill-four");
    let (reference, length) = reference();
    let mut counts = Counts::default();
    let mut rng = Rng::keyed(1, "kill", 0);
    while soak.goes_on(counts.kills() >= 8) {
        let most = if soak.is_long() { usize::MAX } else { 8 - counts.kills() };
        disturbed(4, most, length, &reference, &mut rng, &mut counts);
    }
    soak.report(&counts.line());
    assert_eq!(counts.lost, 0);
    assert!(counts.survived > 0);
}

#[test]
fn four_engines_on_one_folder_compute_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy { runs: folder.path().to_owned() };
    let engines: Vec<Child> = (0..4).map(|_| toy.start()).collect();
    for mut engine in engines {
        assert!(engine.wait().unwrap().success(), "an engine met a failure");
    }
    let once: BTreeMap<usize, usize> = (0..plan().jobs.len()).map(|index| (index, 1)).collect();
    assert_eq!(toy.begun(), once);
    assert_eq!(toy.results().len(), once.len());
}
