//! Arguments. Documents go to stdout, logs and progress to stderr; every flag has a `MISGEN_` variable.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes: 0 ok; 1 a verdict (failed cells under --strict, a broken rule in check); 2 usage or config; \
3 incomplete; 4 files or environment; 70 a bug of misgen.";

/// Which goal did this agent really learn?
///
/// Trains agents in worlds where a proxy predicts the goal, breaks that correlation,
/// and says with intervals whether the goal transferred, the proxy was pursued, or the capability broke.
#[derive(Debug, Parser)]
#[command(name = "misgen", version, propagate_version = true, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Detail of the log on stderr: a level, or tracing directives.
    #[arg(long, global = true, env = "MISGEN_LOG", default_value = "warn", value_name = "FILTER")]
    pub(crate) log: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The main job: plan, train, evaluate, report. The same command again finishes what is missing.
    Run(RunArgs),
    /// Train one agent by hand and write its checkpoint.
    Train(TrainArgs),
    /// Evaluate one agent under the shifts of a family.
    Eval(EvalArgs),
    /// List what there is.
    List(ListArgs),
    /// Describe a family by its own declarations.
    Describe(DescribeArgs),
    /// Draw a level in the terminal.
    Show(ShowArgs),
    /// Check that families keep the rules and are good experiments.
    Check(CheckArgs),
    /// Measure stepping, level generation, solving and learning on this machine.
    Bench(BenchArgs),
    /// One cell of a plan (what `run` starts in child processes).
    Cell(CellCommand),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The suite.
    #[arg(value_name = "SUITE.toml")]
    pub(crate) suite: PathBuf,
    /// Replace a value of the suite, as in `--set worlds.0.frames=100000`.
    #[arg(long = "set", env = "MISGEN_SET", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Folder that holds the runs.
    #[arg(long, env = "MISGEN_OUT", default_value = "results/runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Cells at a time; by default one a core.
    #[arg(long, env = "MISGEN_JOBS", value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Print the summary as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
    /// Validate and count the cells, create nothing.
    #[arg(long, env = "MISGEN_DRY_RUN")]
    pub(crate) dry_run: bool,
    /// Exit with 1 when a cell failed.
    #[arg(long, env = "MISGEN_STRICT")]
    pub(crate) strict: bool,
}

/// A family and what is asked of it.
#[derive(Debug, Args)]
pub(crate) struct WorldArgs {
    /// Training law; by default the family's first.
    #[arg(long, env = "MISGEN_LAW", value_name = "NAME")]
    pub(crate) law: Option<String>,
    /// Set a knob of the family, as in `--knob size=11`.
    #[arg(long = "knob", env = "MISGEN_KNOB", value_name = "NAME=VALUE")]
    pub(crate) knobs: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// The family to train in.
    #[arg(value_name = "FAMILY")]
    pub(crate) family: String,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// The agent's config.
    #[arg(long, env = "MISGEN_AGENT", default_value = "configs/agents/ppo.toml", value_name = "FILE")]
    pub(crate) agent: PathBuf,
    /// Replace a value of the agent's config, as in `--set lr=1e-3`.
    #[arg(long = "set", env = "MISGEN_SET", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Share of training levels in which every proxy is free.
    #[arg(long, env = "MISGEN_MIX", default_value_t = 0.0, value_name = "SHARE")]
    pub(crate) mix: f64,
    /// Training seed.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Environment steps; by default the agent config's.
    #[arg(long, env = "MISGEN_FRAMES", value_name = "N")]
    pub(crate) frames: Option<u64>,
    /// Folder of the checkpoint. Training goes on from a checkpoint that lies there.
    #[arg(long, env = "MISGEN_CHECKPOINT", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Print how it went as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// A checkpoint folder, or `scripted:NAME`.
    #[arg(value_name = "AGENT")]
    pub(crate) agent: String,
    /// The family to evaluate in.
    #[arg(long, env = "MISGEN_FAMILY", value_name = "FAMILY")]
    pub(crate) family: String,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// Only this shift (may be given several times); by default all.
    #[arg(long = "shift", env = "MISGEN_SHIFT", value_name = "NAME")]
    pub(crate) shifts: Vec<String>,
    /// Levels a shift.
    #[arg(long, env = "MISGEN_LEVELS", default_value_t = 512, value_name = "N")]
    pub(crate) levels: usize,
    /// Action seed.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Print the result as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Listing {
    /// Environment families.
    Families,
    /// Shifts of every family.
    Shifts,
    /// Scripted agents.
    Agents,
    /// Metrics.
    Metrics,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list.
    #[arg(value_enum, default_value = "families")]
    pub(crate) what: Listing,
    /// Print as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// Name of a family.
    pub(crate) name: String,
    /// Print as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Name of a family.
    pub(crate) family: String,
    /// Show the level under this shift, beside its aligned twin.
    #[arg(long, env = "MISGEN_SHIFT", value_name = "NAME")]
    pub(crate) shift: Option<String>,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// Number of the level.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// ASCII only, without colour.
    #[arg(long, env = "MISGEN_ASCII")]
    pub(crate) ascii: bool,
    /// Print the level's key and text as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["family", "all"])))]
pub(crate) struct CheckArgs {
    /// Name of a family.
    pub(crate) family: Option<String>,
    /// All families.
    #[arg(long, env = "MISGEN_ALL")]
    pub(crate) all: bool,
    /// Print the findings as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only this family.
    #[arg(long, env = "MISGEN_FAMILY", value_name = "NAME")]
    pub(crate) family: Option<String>,
    /// A tenth of the usual time, for a first look.
    #[arg(long, env = "MISGEN_QUICK")]
    pub(crate) quick: bool,
    /// Print the measurements as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CellCommand {
    #[command(subcommand)]
    pub(crate) command: CellSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CellSubcommand {
    /// Compute one cell of a plan and publish it.
    Run(CellArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CellArgs {
    /// The plan, one job a line.
    #[arg(long, value_name = "CELLS.jsonl")]
    pub(crate) plan: PathBuf,
    /// The job, counted from 0.
    #[arg(long, value_name = "I")]
    pub(crate) index: usize,
    /// The run's folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// End when standard input closes, as a child of a run does.
    #[arg(long, hide = true)]
    pub(crate) watch_parent: bool,
}
