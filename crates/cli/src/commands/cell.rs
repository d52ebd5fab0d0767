//! `misgen cell run`: one job of a plan.

use crate::args::CellArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::Registry;
use misgen_store::{Fs, RealFs, Store};
use misgen_sweep::cell::{Programs, compute_with};
use misgen_sweep::child::{CellError, Context, LARGEST_PLAN, Report, Task, run_logged, watch_parent};
use misgen_sweep::inputs::Job;
use misgen_sweep::log::Log;
use misgen_sweep::plan::Versions;
use std::sync::Arc;

/// Tells the parent.
fn say(report: &Report) -> Result<(), Failure> {
    output::document(&(report.line() + "\n"))
}

pub(crate) fn run(args: &CellArgs, registry: Registry, log: &Log) -> Result<u8, Failure> {
    if args.watch_parent {
        watch_parent();
    }
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    let unreadable = |e: &dyn std::fmt::Display| Failure::usage(format!("{}: {e}", args.plan.display()));
    let bytes = fs.read(&args.plan, LARGEST_PLAN).map_err(|e| unreadable(&e))?;
    let plan = String::from_utf8(bytes).map_err(|e| unreadable(&e))?;
    let store = Store::open(fs, &args.out)?;
    let versions = Versions::current();
    let task =
        Task { plan: &plan, index: args.index, store: &store, registry, versions: &versions, wait: !args.watch_parent };
    let mut last = 0;
    let mut step = |done: u64, total: u64| {
        // A hundred lines a job are enough to draw a bar.
        let percent = done * 100 / total.max(1);
        if percent > last {
            last = percent;
            // A parent that went away ends this process through its standard input.
            let _ = say(&Report::Step { done, total });
        }
    };
    let notice = Arc::new(|group, runs| drop(say(&Report::Program { group, runs })));
    let programs = Programs { deadline: args.answers.answer_time, notice };
    let compute =
        |job: &Job, context: &Context<'_>, step: &mut dyn FnMut(u64, u64)| compute_with(&programs, job, context, step);
    let result = run_logged(&task, log, &compute, &mut step);
    say(&Report::of(&result))?;
    match result {
        Ok(_) => Ok(0),
        Err(error @ (CellError::Plan(_) | CellError::Stale { .. })) => Err(Failure::usage(error)),
        Err(error @ CellError::Store(_)) => Err(Failure::environment(error)),
        Err(error) => Err(Failure::job(error)),
    }
}
