//! `misgen run`: plan, train, evaluate, report.

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::layers::layers;
use crate::output;
use crate::progress::Display;
use misgen_core::Registry;
use misgen_report as report;
use misgen_store::{Fs, RealFs, canonical_json};
use misgen_sweep::folder::{plan_path, prepare};
use misgen_sweep::machine::Machine;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::run::{Counts, Engine, Limits, launcher, run as execute};
use misgen_sweep::suite::Suite;
use misgen_sweep::summarize::summarize;
use std::sync::Arc;

pub(crate) fn run(args: &RunArgs, registry: Registry) -> Result<u8, Failure> {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let suite = Suite::open(fs.as_ref(), &args.suite, &layers(&args.set)?, registry)?;
    let plan = Plan::new(&suite, &Versions::current()).map_err(Failure::job)?;
    let name = format!("{}-{}", plan.index.suite, plan.index.digest.short());
    if args.dry_run {
        output::document(&format!(
            "{} jobs, results would lie in {}\n",
            plan.jobs.len(),
            args.out.join(name).display()
        ))?;
        return Ok(0);
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = match args.jobs {
        Some(0) => return Err(Failure::usage("--jobs 0: expected at least 1")),
        Some(jobs) => jobs,
        None => cores,
    };
    let store = prepare(Arc::clone(&fs), &args.out, &suite, &plan, &Machine::present(fs.as_ref()))?;
    let exe = std::env::current_exe().map_err(|e| Failure::environment(format!("cannot find this program: {e}")))?;
    let display = Display::new(plan.jobs.iter().map(|(_, job)| job));
    let launch = launcher(&exe, &plan_path(&store), store.root());
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
    document("summary.csv", &report::csv(&summary))?;
    document("report.html", &report::html(&summary))?;
    if args.json {
        output::json(&summary)?;
    } else {
        let style = output::style(false);
        let mut text = report::table(&summary, &style);
        text.push('\n');
        text.push_str(&report::sentences(&summary, false, &style));
        text.push_str(&format!("\nReport: {}\n", store.root().join("report.html").display()));
        output::document(&text)?;
    }
    for failure in &outcome.failures {
        anstream::eprintln!("failed: {}: {}", failure.label, failure.message);
    }
    let Counts { total, failed, .. } = outcome.counts;
    if outcome.interrupted {
        anstream::eprintln!(
            "interrupted: {} of {total} jobs are done and kept; the same command does the rest",
            outcome.counts.ended() - failed
        );
        return Ok(interrupt.exit_code().unwrap_or(130));
    }
    Ok(match (outcome.stopped, failed) {
        (true, _) => 4,
        (false, 1..) if args.strict => 1,
        _ => 0,
    })
}
