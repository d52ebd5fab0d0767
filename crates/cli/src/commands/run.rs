//! `misgen run`: plan, train, evaluate, report.

use super::report::make;
use crate::args::{EngineArgs, RunArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::layers::layers;
use crate::output;
use crate::progress::Display;
use misgen_core::Registry;
use misgen_evaluate::record::Summary;
use misgen_report as report;
use misgen_store::{Fs, RealFs, Store, canonical_json};
use misgen_sweep::folder::{plan_path, prepare};
use misgen_sweep::machine::Machine;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::run::{Counts, Engine, Limits, RunOutcome, launcher, run as execute};
use misgen_sweep::suite::Suite;
use misgen_sweep::summarize::{summarize, timings};
use std::path::Path;
use std::sync::Arc;

/// A suite that has been run.
pub(super) struct Ran {
    pub(super) suite: Suite,
    pub(super) plan: Plan,
    pub(super) store: Store,
    pub(super) summary: Summary,
    outcome: RunOutcome,
    interrupt: Interrupt,
}

impl Ran {
    /// Says on stderr what failed; the exit code.
    pub(super) fn end(&self, strict: bool) -> u8 {
        for failure in &self.outcome.failures {
            anstream::eprintln!("failed: {}: {}", failure.label, failure.message);
        }
        let Counts { total, failed, .. } = self.outcome.counts;
        if self.outcome.interrupted {
            anstream::eprintln!(
                "interrupted: {} of {total} jobs are done and kept; the same command does the rest",
                self.outcome.counts.ended() - failed
            );
            return self.interrupt.exit_code().unwrap_or(130);
        }
        match (self.outcome.stopped, failed) {
            (true, _) => 4,
            (false, 1..) if strict => 1,
            _ => 0,
        }
    }
}

/// Plans and runs `suite`, finishing what is missing, and writes its summary and report.
pub(super) fn execute_suite(
    fs: Arc<dyn Fs>,
    suite: Suite,
    registry: Registry,
    args: &EngineArgs,
) -> Result<Ran, Failure> {
    let plan = Plan::new(&suite, &Versions::current()).map_err(Failure::job)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = match args.jobs {
        Some(0) => return Err(Failure::usage("--jobs 0: expected at least 1")),
        Some(jobs) => jobs,
        None => cores,
    };
    let store = prepare(Arc::clone(&fs), &args.out, &suite, &plan, &Machine::present(fs.as_ref()))?;
    let exe = std::env::current_exe().map_err(|e| Failure::environment(format!("cannot find this program: {e}")))?;
    let display = Display::new(plan.jobs.iter().map(|(_, job)| job));
    let start = launcher(&exe, &plan_path(&store), store.root());
    let launch = |index| {
        let mut command = start(index);
        // A flag is a whole number of seconds.
        command.arg("--answer-time").arg(format!("{}s", args.answers.answer_time.as_secs()));
        command
    };
    let interrupt = Interrupt::listen()?;
    let engine = Engine {
        jobs,
        limits: Limits { time: args.cell_time, memory: args.cell_memory },
        launch: &launch,
        interrupted: &|| interrupt.exit_code().is_some(),
    };
    let outcome = execute(&plan, &store, &engine, &|event| display.show(event))?;
    display.end();
    let summary = summarize(&suite, &plan, &store).map_err(Failure::environment)?;
    let document = |name: &str, bytes: &[u8]| store.write_document(name, bytes);
    document("summary.json", &canonical_json(&summary).map_err(Failure::job)?)?;
    let times = timings(&plan, &store).map_err(Failure::environment)?;
    document("timings.json", &canonical_json(&times).map_err(Failure::job)?)?;
    document("summary.csv", &report::csv(&summary))?;
    // The numbers are kept by now: a run of which nothing can be shown is still a run.
    let shown = make(&plan, &store, registry, false);
    let shown = shown.map_err(|error| anstream::eprintln!("nothing to watch: {error}")).ok();
    document("report.html", &report::html(&summary, shown.as_ref()))?;
    Ok(Ran { suite, plan, store, summary, outcome, interrupt })
}

/// What a dry run says of a suite.
pub(super) fn dry_run(suite: &Suite, out: &Path) -> Result<(), Failure> {
    let plan = Plan::new(suite, &Versions::current()).map_err(Failure::job)?;
    let name = format!("{}-{}", plan.index.suite, plan.index.digest.short());
    output::document(&format!("{} jobs, results would lie in {}\n", plan.jobs.len(), out.join(name).display()))
}

pub(crate) fn run(args: &RunArgs, registry: Registry) -> Result<u8, Failure> {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let suite = Suite::open(fs.as_ref(), &args.suite, &layers(&args.set)?, registry)?;
    if args.dry_run {
        dry_run(&suite, &args.engine.out)?;
        return Ok(0);
    }
    let ran = execute_suite(fs, suite, registry, &args.engine)?;
    if args.json {
        output::json(&ran.summary)?;
    } else {
        let style = output::style(false);
        let mut text = report::table(&ran.summary, &style);
        text.push('\n');
        text.push_str(&report::sentences(&ran.summary, false, &style));
        text.push_str(&format!("\nReport: {}\n", ran.store.root().join("report.html").display()));
        output::document(&text)?;
    }
    Ok(ran.end(args.strict))
}
