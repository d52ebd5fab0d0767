//! The engine over toy jobs: this test binary starts itself as parent and as child.

mod common;

use common::{REGISTRY, SUITE, load};
use misgen_store::{Fs, Operation, RealFs, State, Store, StoreError};
use misgen_sweep::child::{CellError, Context, FailureKind, Files, LARGEST_PLAN, Report, Task, run_job, watch_parent};
use misgen_sweep::folder::{plan_path, prepare, read_index};
use misgen_sweep::inputs::Job;
use misgen_sweep::machine::Machine;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::run::{Counts, Engine, Event, FAILURES_FILE, Failure, Limits, Progress, RunOutcome, run};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Says to this binary that it is a child or a parent, and how toy jobs behave.
const TOY: &str = "MISGEN_TEST_TOY";

/// How toy jobs behave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Toy {
    /// The folder of runs.
    runs: PathBuf,
    /// `None` for a parent, else the job of a child.
    child: Option<usize>,
    /// Jobs from this line on never end.
    hang_from: Option<usize>,
    /// The job of this line ends when a file called `open` lies in the folder of runs.
    gate: Option<usize>,
    /// The job of this line goes wrong in this way.
    wrong: Option<(usize, String)>,
}

fn plan() -> Plan {
    Plan::new(&load(SUITE).unwrap(), &Versions::current()).unwrap()
}

fn index_of(job: &Job) -> usize {
    plan().jobs.iter().position(|(_, other)| other == job).unwrap()
}

impl Toy {
    fn new(runs: &Path) -> Self {
        Self { runs: runs.to_owned(), ..Self::default() }
    }

    /// What a toy job yields: its address, and what it read of its pools. Each time that one is
    /// computed, a file remembers it.
    fn compute(&self, job: &Job, context: &Context<'_>) -> Result<Files, CellError> {
        let index = index_of(job);
        let mark = self.runs.join(format!("{index}-{}", std::process::id()));
        RealFs.create(&mark).expect("a job is computed once by a process");
        while self.hang_from.is_some_and(|from| index >= from) {
            std::thread::sleep(Duration::from_secs(1));
        }
        while self.gate == Some(index) && RealFs.inspect(&self.runs.join("open")).unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        match &self.wrong {
            Some((wrong, how)) if *wrong == index => match how.as_str() {
                "fails" => return Err(CellError::Failed("no level found".into())),
                "diverges" => return Err(CellError::Diverged("loss is NaN at update 3".into())),
                "fills the disk" => {
                    let source = std::io::ErrorKind::StorageFull.into();
                    return Err(StoreError::Io { operation: Operation::Write, path: "x".into(), source }.into());
                }
                "panics" => panic!("{}", "a toy panic ".repeat(1000)),
                "aborts" => std::process::abort(),
                "exits" => std::process::exit(9),
                "hangs" => loop {
                    std::thread::sleep(Duration::from_secs(1));
                },
                "starts another process and hangs" => {
                    // It holds the pipes too, and remembers its number.
                    let mut other = Command::new("sleep").arg("600").spawn().unwrap();
                    let mark = self.runs.join(format!("other-{}", other.id()));
                    RealFs.create(&mark).unwrap();
                    other.wait().unwrap();
                }
                "eats memory" => {
                    let mut eaten = Vec::new();
                    loop {
                        // Written to, so that it is resident.
                        eaten.push(vec![1_u8; 1 << 20]);
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                _ => unreachable!("no such wrong"),
            },
            _ => {}
        }
        let mut text = format!("{}\n", job.address()?);
        if let Job::Cell(cell) = job {
            for pool in cell.shifts.values().chain([&cell.held_out]) {
                let levels = context.pool(pool)?.read("levels.txt")?.expect("a pool has levels");
                text += &String::from_utf8(levels).expect("text");
            }
        }
        let name = if matches!(job, Job::Pool(_)) { "levels.txt" } else { "result.json" };
        Ok(vec![(name.to_owned(), text.into_bytes())])
    }

    fn command(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "toy_jobs_are_computed_and_read_their_pools", "--nocapture", "--test-threads=1"]);
        command.env(TOY, serde_json::to_string(self).unwrap());
        command
    }

    fn store(&self) -> Store {
        let fs: Arc<dyn Fs> = Arc::new(RealFs);
        prepare(fs, &self.runs, &load(SUITE).unwrap(), &plan(), &Machine::present(&RealFs)).unwrap()
    }

    fn run(&self, jobs: usize, progress: &dyn Fn(&Event<'_>)) -> RunOutcome {
        self.run_within(jobs, Limits::default(), &|| false, progress)
    }

    fn run_within(
        &self,
        jobs: usize,
        limits: Limits,
        interrupted: &(dyn Fn() -> bool + Sync),
        progress: &dyn Fn(&Event<'_>),
    ) -> RunOutcome {
        let launch = |index| Self { child: Some(index), ..self.clone() }.command();
        let engine = Engine { jobs, limits, launch: &launch, interrupted };
        run(&plan(), &self.store(), &engine, progress).unwrap()
    }

    fn quietly(&self, jobs: usize) -> RunOutcome {
        self.run(jobs, &|_| ())
    }

    /// The other process that [`Toy::command`] starts.
    fn act(&self) -> ! {
        let Some(index) = self.child else {
            let outcome = self.quietly(2);
            std::process::exit(i32::from(!outcome.failures.is_empty()));
        };
        let fs: Arc<dyn Fs> = Arc::new(RealFs);
        let index_of_run = plan().index;
        let folder = self.runs.join(format!("{}-{}", index_of_run.suite, index_of_run.digest.short()));
        let store = Store::open(fs.clone(), folder).unwrap();
        let mut out = std::io::stdout();
        // The test harness has begun a line.
        writeln!(out).unwrap();
        watch_parent();
        let plan = fs.read(&plan_path(&store), LARGEST_PLAN).unwrap();
        let (plan, versions) = (String::from_utf8(plan).unwrap(), Versions::current());
        let task = Task { plan: &plan, index, store: &store, registry: REGISTRY, versions: &versions, wait: false };
        let compute = |job: &Job, context: &Context<'_>, step: &mut dyn FnMut(u64, u64)| {
            step(1, 2);
            self.compute(job, context)
        };
        let mut say = |report: &Report| writeln!(out, "{}", report.line()).unwrap();
        let result = run_job(&task, &compute, &mut |done, total| say(&Report::Step { done, total }));
        say(&Report::of(&result));
        std::process::exit(i32::from(result.is_err()));
    }

    /// How often each job was computed.
    fn computed(&self) -> Vec<usize> {
        let names = RealFs.list(&self.runs).unwrap();
        let names: Vec<String> = names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        let of = |index: usize| names.iter().filter(|name| name.starts_with(&format!("{index}-"))).count();
        (0..plan().jobs.len()).map(of).collect()
    }

    /// All published bytes, `None` for a job without a result.
    fn bytes(&self) -> Vec<Option<Vec<u8>>> {
        let store = self.store();
        let read = |(address, job): &(_, Job)| {
            let entry = store.entry(job.kind(), address).unwrap();
            let files = entry.files().unwrap()?;
            assert_eq!(entry.state().unwrap(), State::Complete);
            Some(files.iter().flat_map(|file| entry.read(&file.name).unwrap().unwrap()).collect())
        };
        plan().jobs.iter().map(read).collect()
    }
}

/// Asks again and again, for at most two minutes.
fn until(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} does not happen");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Line of the first cell.
fn first_cell() -> usize {
    plan().jobs.len() - plan().cells()
}

fn counts(published: usize, cached: usize, failed: usize) -> Counts {
    Counts { total: plan().jobs.len(), published, cached, failed, running: 0 }
}

#[test]
fn toy_jobs_are_computed_and_read_their_pools() {
    if let Ok(toy) = std::env::var(TOY) {
        serde_json::from_str::<Toy>(&toy).unwrap().act();
    }
    let runs = folder();
    let toy = Toy::new(runs.path());
    let (store, plan, versions) = (toy.store(), plan(), Versions::current());
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    let task =
        Task { plan: &text, index: first_cell(), store: &store, registry: REGISTRY, versions: &versions, wait: true };
    let compute = |job: &Job, context: &Context<'_>, _: &mut dyn FnMut(u64, u64)| toy.compute(job, context);
    run_job(&task, &compute, &mut |_, _| ()).unwrap();
    let bytes = toy.bytes();
    let complete: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i].is_some()).collect();
    assert_eq!(complete, [0, 1, 2, 3, first_cell()], "a cell makes the pools that it needs");
    let (address, job) = &plan.jobs[first_cell()];
    let entry = store.entry(job.kind(), address).unwrap();
    assert!(entry.read_aside("timing.json").unwrap().is_some(), "times lie beside the result, not in it");
    assert!(entry.files().unwrap().unwrap().iter().all(|file| file.name != "timing.json"));
}

#[test]
fn bytes_do_not_depend_on_the_number_of_jobs_at_a_time() {
    let (one, two) = (folder(), folder());
    let (one, two) = (Toy::new(one.path()), Toy::new(two.path()));
    let all = plan().jobs.len();
    assert_eq!(one.quietly(1).counts, counts(all, 0, 0));
    let started = std::cell::Cell::new(0);
    let most = std::cell::Cell::new(0);
    let outcome = two.run(2, &|event| {
        most.set(most.get().max(event.counts.running));
        started.set(started.get() + usize::from(event.progress == Progress::Started));
    });
    assert_eq!((outcome.counts, started.get()), (counts(all, 0, 0), all));
    assert!(most.get() <= 2, "{} at once", most.get());
    assert_eq!(one.bytes(), two.bytes());
    assert!(one.bytes().iter().all(Option::is_some));
}

#[test]
fn the_same_command_again_computes_nothing() {
    let runs = folder();
    let toy = Toy::new(runs.path());
    let all = plan().jobs.len();
    let seen = std::cell::Cell::new(0);
    toy.run(2, &|event| seen.set(seen.get() + u64::from(event.progress == Progress::Step { done: 1, total: 2 })));
    assert_eq!(seen.get(), all as u64, "each child says how far it is");
    let bytes = toy.bytes();
    assert_eq!(toy.quietly(2).counts, counts(0, all, 0));
    assert_eq!((toy.computed(), toy.bytes()), (vec![1; all], bytes));
    assert_eq!(read_index(&toy.store()).unwrap(), Some(plan().index));
}

#[test]
fn a_damaged_result_alone_is_computed_again() {
    let runs = folder();
    let toy = Toy::new(runs.path());
    toy.quietly(2);
    let (bytes, store) = (toy.bytes(), toy.store());
    let (address, job) = &plan().jobs[first_cell()];
    let path = store.entry(job.kind(), address).unwrap().path().join("result.json");
    RealFs.remove_file(&path).unwrap();
    assert_eq!(toy.quietly(2).counts, counts(1, plan().jobs.len() - 1, 0));
    assert_eq!(toy.bytes(), bytes);
}

fn parent(toy: &Toy) -> Child {
    toy.command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_killed_parent_takes_its_children_along_and_the_next_one_finishes() {
    let (undisturbed, runs) = (folder(), folder());
    let undisturbed = Toy::new(undisturbed.path());
    undisturbed.quietly(2);
    let half = first_cell() + 3;
    let toy = Toy { hang_from: Some(half), ..Toy::new(runs.path()) };
    toy.store();
    let mut killed = parent(&toy);
    until("the parent is half-way", || toy.computed()[half..half + 2] == [1, 1]);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let store = toy.store();
    for (address, job) in &plan().jobs[half..half + 2] {
        let entry = store.entry(job.kind(), address).unwrap();
        // Its owner would hang for ever.
        until("the orphan ends and frees its lock", || entry.try_lock().unwrap().is_some());
    }
    let done = toy.bytes().iter().filter(|bytes| bytes.is_some()).count();
    assert_eq!(done, half);
    let again = Toy::new(runs.path());
    let all = plan().jobs.len();
    assert_eq!(again.quietly(2).counts, counts(all - half, half, 0));
    assert_eq!(again.bytes(), undisturbed.bytes());
    let times: Vec<usize> = (0..all).map(|i| if (half..half + 2).contains(&i) { 2 } else { 1 }).collect();
    assert_eq!(again.computed(), times, "only the two jobs in flight were begun twice");
}

#[test]
fn two_parents_on_one_folder_share_the_work() {
    let runs = folder();
    let gate = first_cell();
    let toy = Toy { gate: Some(gate), ..Toy::new(runs.path()) };
    let all = plan().jobs.len();
    let (first, second) = std::thread::scope(|scope| {
        // The first parent makes the pools and stays at the first cell until the gate opens.
        let first = scope.spawn(|| toy.quietly(1));
        until("the first parent arrives", || RealFs.inspect(&toy.runs).is_ok() && toy.computed()[gate] == 1);
        let waited = std::cell::Cell::new(false);
        let second = toy.run(1, &|event| {
            waited.set(waited.get() || event.progress == Progress::Elsewhere);
            if event.counts.ended() == all - 1 {
                drop(RealFs.create(&toy.runs.join("open")));
            }
        });
        assert!(waited.get(), "the second parent leaves the first one's cell alone");
        (first.join().unwrap(), second)
    });
    assert_eq!(first.counts, counts(gate + 1, all - gate - 1, 0));
    assert_eq!(second.counts, counts(all - gate - 1, gate + 1, 0));
    assert_eq!(toy.computed(), vec![1; all]);
}

#[test]
fn a_failure_is_recorded_and_touches_no_other_job() {
    let undisturbed = folder();
    let undisturbed = Toy::new(undisturbed.path());
    undisturbed.quietly(2);
    let all = plan().jobs.len();
    let bad = first_cell() + 1;
    let cases = [
        ("fails", FailureKind::Failed, "no level found", Some(1)),
        ("diverges", FailureKind::Diverged, "diverged: loss is NaN at update 3", Some(1)),
        ("panics", FailureKind::Crashed, "the process exited with status 101 without a result", Some(101)),
        ("exits", FailureKind::Crashed, "the process exited with status 9 without a result", Some(9)),
        ("aborts", FailureKind::Crashed, "the process was ended by signal 6 without a result", None),
    ];
    for (how, kind, message, exit_code) in cases {
        let runs = folder();
        let toy = Toy { wrong: Some((bad, how.to_owned())), ..Toy::new(runs.path()) };
        let outcome = toy.quietly(2);
        assert_eq!((outcome.counts, outcome.stopped), (counts(all - 1, 0, 1), false), "{how}");
        let [failure] = &outcome.failures[..] else { panic!("one failure") };
        assert_eq!((failure.index, failure.kind), (bad, kind), "{how}");
        assert_eq!((failure.message.as_str(), failure.exit_code), (message, exit_code), "{how}");
        assert!(failure.stderr.len() <= 4096);
        assert_eq!(how == "panics", failure.stderr.contains("a toy panic"), "{how}: {}", failure.stderr);
        let kept = toy.store().read_document(FAILURES_FILE).unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Vec<Failure>>(&kept).unwrap(), outcome.failures);
        for (i, (with, without)) in toy.bytes().into_iter().zip(undisturbed.bytes()).enumerate() {
            assert_eq!(with, without.filter(|_| i != bad), "{how}, job {i}");
        }
        let mended = Toy::new(runs.path());
        assert_eq!(mended.quietly(2).counts, counts(1, all - 1, 0), "{how}");
        assert_eq!(mended.bytes(), undisturbed.bytes(), "{how}");
        assert_eq!(mended.store().read_document(FAILURES_FILE).unwrap().unwrap(), b"[]\n");
    }
}

#[test]
fn a_full_disk_stops_the_run_and_keeps_what_is_there() {
    let runs = folder();
    let bad = first_cell() + 1;
    let toy = Toy { wrong: Some((bad, "fills the disk".to_owned())), ..Toy::new(runs.path()) };
    let outcome = toy.quietly(1);
    assert!(outcome.stopped);
    assert_eq!(outcome.counts, Counts { total: plan().jobs.len(), ..counts(bad, 0, 1) });
    assert_eq!(outcome.failures[0].kind, FailureKind::DiskFull);
    assert_eq!(toy.bytes().iter().filter(|bytes| bytes.is_some()).count(), bad);
}

#[test]
fn a_program_that_cannot_be_started_is_a_failure_of_each_job() {
    let runs = folder();
    let toy = Toy::new(runs.path());
    let launch = |_| Command::new("/no/such/program");
    let engine = Engine { jobs: 2, limits: Limits::default(), launch: &launch, interrupted: &|| false };
    let outcome = run(&plan(), &toy.store(), &engine, &|_| ()).unwrap();
    assert_eq!(outcome.counts, counts(0, 0, plan().jobs.len()));
    assert!(outcome.failures.iter().all(|failure| failure.kind == FailureKind::NotStarted));
    assert!(outcome.failures[0].message.contains("/no/such/program"), "{}", outcome.failures[0].message);
}

#[test]
fn a_plan_of_other_code_or_another_machine_is_refused() {
    let runs = folder();
    let toy = Toy::new(runs.path());
    let (store, plan, now) = (toy.store(), plan(), Versions::current());
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    let refusal = |versions: &Versions, index| {
        let task = Task { plan: &text, index, store: &store, registry: REGISTRY, versions, wait: true };
        let compute = |job: &Job, context: &Context<'_>, _: &mut dyn FnMut(u64, u64)| toy.compute(job, context);
        run_job(&task, &compute, &mut |_, _| ()).unwrap_err().to_string()
    };
    let other = Versions { kernels: "abacus".into(), ..now.clone() };
    let message = refusal(&other, first_cell());
    assert!(message.contains(&format!("kernel set {}", now.kernels)) && message.contains("abacus"), "{message}");
    let older = Versions { pool: now.pool + 1, ..now.clone() };
    assert!(refusal(&older, 0).contains("pool version"));
    let learners = Versions { agent: now.agent + 1, ..now };
    assert!(refusal(&learners, first_cell()).contains("agent version"));
    assert_eq!(toy.computed(), vec![0; plan.jobs.len()]);
}

#[test]
fn a_job_beyond_its_time_is_ended_and_touches_no_other() {
    let limits = Limits { time: Some(Duration::from_secs(3)), memory: None };
    let _ = held_to(limits, "hangs", FailureKind::TimedOut, "ran longer than the 3 s allowed and was ended");
}

#[cfg(target_os = "linux")]
#[test]
fn a_job_beyond_its_memory_is_ended_and_touches_no_other() {
    let limits = Limits { time: None, memory: Some(256 << 20) };
    let _ =
        held_to(limits, "eats memory", FailureKind::OutOfMemory, "held more than the 256 MiB allowed and was ended");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_job_leaves_running_does_not_hold_up_the_run() {
    let limits = Limits { time: Some(Duration::from_secs(3)), memory: None };
    let how = "starts another process and hangs";
    let runs = held_to(limits, how, FailureKind::TimedOut, "ran longer than the 3 s allowed and was ended");
    let names = RealFs.list(runs.path()).unwrap();
    let other = names.iter().find_map(|name| name.to_str()?.strip_prefix("other-")).expect("it was started");
    // It may be left to whoever collects orphans, but it does not run.
    until("the other process ends", || {
        let status = RealFs.read(&PathBuf::from(format!("/proc/{other}/status")), 1 << 16).unwrap_or_default();
        status.is_empty() || String::from_utf8_lossy(&status).contains("State:\tZ")
    });
}

/// One job goes wrong in a way that only a limit can end.
fn held_to(limits: Limits, how: &str, kind: FailureKind, message: &str) -> tempfile::TempDir {
    let (undisturbed, runs) = (folder(), folder());
    let undisturbed = Toy::new(undisturbed.path());
    undisturbed.quietly(2);
    let bad = first_cell() + 1;
    let toy = Toy { wrong: Some((bad, how.to_owned())), ..Toy::new(runs.path()) };
    let outcome = toy.run_within(2, limits, &|| false, &|_| ());
    let all = plan().jobs.len();
    assert_eq!(outcome.counts, counts(all - 1, 0, 1));
    let [failure] = &outcome.failures[..] else { panic!("one failure: {:?}", outcome.failures) };
    assert_eq!((failure.index, failure.kind, failure.message.as_str()), (bad, kind, message));
    for (i, (with, without)) in toy.bytes().into_iter().zip(undisturbed.bytes()).enumerate() {
        assert_eq!(with, without.filter(|_| i != bad), "job {i}");
    }
    assert_eq!(Toy::new(runs.path()).quietly(2).counts, counts(1, all - 1, 0), "its lock is free");
    runs
}

#[test]
fn an_interrupted_run_keeps_what_is_done_and_goes_on_later() {
    let (undisturbed, runs) = (folder(), folder());
    let undisturbed = Toy::new(undisturbed.path());
    undisturbed.quietly(2);
    let (all, half) = (plan().jobs.len(), first_cell() + 3);
    let toy = Toy { hang_from: Some(half), ..Toy::new(runs.path()) };
    let stop = std::sync::atomic::AtomicBool::new(false);
    let interrupted = || stop.load(std::sync::atomic::Ordering::Relaxed);
    let given_up = std::cell::Cell::new(0);
    let outcome = toy.run_within(2, Limits::default(), &interrupted, &|event| {
        if event.counts.ended() == half && event.counts.running == 2 {
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        given_up.set(given_up.get() + usize::from(event.progress == Progress::Interrupted));
    });
    assert!(outcome.interrupted && !outcome.stopped && outcome.failures.is_empty(), "{outcome:?}");
    assert_eq!((outcome.counts, given_up.get()), (counts(half, 0, 0), 2));
    let again = Toy::new(runs.path());
    assert_eq!(again.quietly(2).counts, counts(all - half, half, 0));
    assert_eq!(again.bytes(), undisturbed.bytes());
}
