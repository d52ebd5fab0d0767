//! Command line of misgen. [`main_with`] is the whole program for a registry of families, so that a
//! crate with families of its own gets every command by handing its registry in.

mod args;
mod commands;
mod failure;
mod files;
mod interrupt;
mod layers;
mod log;
mod output;
mod play;
mod progress;

use args::{CellSubcommand, Cli, Command, NewSubcommand, PoolSubcommand};
use clap::Parser;
use failure::Failure;
use misgen_core::Registry;
use misgen_sweep::log::Log;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// The Rust of docs/bring-your-own.md, as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/bring-your-own.md")]
struct BringYourOwn;

/// Runs the command line over `registry`. Exit codes: 0 ok, 1 a verdict (failed cells under `--strict`, broken
/// rules in `check`), 2 usage or config, 3 incomplete, 4 I/O or environment, 70 a bug.
#[must_use]
pub fn main_with(registry: Registry) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are documents; usage errors exit with 2.
            let code = if error.use_stderr() { 2 } else { 0 };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(4) };
        }
    };
    interrupt::outlive_file_limits();
    let filter = EnvFilter::try_new(&cli.log);
    let result = match filter {
        Ok(filter) => {
            let log = Log::kept();
            log::start(filter, matches!(cli.command, Command::Cell(_)).then(|| log.clone()));
            // The panic's own message is on stderr already.
            std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(&cli, registry, &log))).unwrap_or(Err(Failure::Bug))
        }
        Err(error) => Err(Failure::usage(format!("--log {}: {error}", cli.log))),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}

fn dispatch(cli: &Cli, registry: Registry, log: &Log) -> Result<u8, Failure> {
    start_with_a_device(&cli.command)?;
    match &cli.command {
        Command::Run(args) => commands::run::run(args, registry),
        Command::Replicate(args) => commands::replicate::replicate(args, registry),
        Command::Report(args) => commands::report::report(args, registry),
        Command::Train(args) => commands::train::train(args, registry),
        Command::Demos(args) => commands::demos::demos(args, registry),
        Command::Eval(args) => commands::eval::eval(args, registry),
        Command::Serve(args) => commands::serve::serve(args, registry),
        Command::Attribute(args) => commands::attribute::attribute(args, registry),
        Command::Hindsight(args) => commands::hindsight::hindsight(args, registry),
        Command::List(args) => commands::info::list(args, registry),
        Command::Describe(args) => commands::info::describe(args, registry),
        Command::Show(args) => commands::show::show(args, registry),
        Command::Replay(args) => commands::replay::replay(args, registry),
        Command::Play(args) => commands::play::play(args, registry),
        Command::Solve(args) => commands::solve::solve(args, registry),
        Command::Check(args) => commands::check::check(args, registry),
        Command::Audit(args) => commands::audit::audit(args, registry),
        Command::Bench(args) => commands::bench::bench(args, registry),
        Command::Validate(args) => commands::validate::validate(args, registry),
        Command::Schema(args) => commands::schema::schema(args, registry),
        Command::New(new) => match &new.command {
            NewSubcommand::Family(args) => commands::new::family(args, registry),
        },
        Command::Pool(pool) => match &pool.command {
            PoolSubcommand::Make(args) => commands::pool::make(args, registry),
            PoolSubcommand::Verify(args) => commands::pool::verify(args, registry),
            PoolSubcommand::Show(args) => commands::pool::show(args, registry),
        },
        Command::Compare(args) => commands::compare::compare(args, registry),
        Command::Leaderboard(args) => commands::leaderboard::leaderboard(args),
        Command::Export(args) => commands::export::export(args),
        Command::Gate(args) => commands::gate::gate(args),
        Command::Docs(args) => commands::docs::docs(args, registry),
        Command::Doctor(args) => commands::doctor::doctor(args),
        Command::Completions(args) => commands::manual::completions(args),
        Command::Man(args) => commands::manual::man(args),
        Command::Cell(cell) => match &cell.command {
            CellSubcommand::Run(args) => commands::cell::run(args, registry, log),
        },
    }
}

/// Everything that knows kernel sets needs to know where updates are computed; whoever trains, that it is there.
fn start_with_a_device(command: &Command) -> Result<(), Failure> {
    use Command::{Bench, Cell, Check, Doctor, Replicate, Run, Train};
    match command {
        Run(_) | Replicate(_) | Train(_) | Check(_) | Bench(_) | Cell(_) | Doctor(_) => misgen_agents::check_device(),
        _ => misgen_agents::asked_gpu().map(drop),
    }
    .map_err(Failure::environment)
}
