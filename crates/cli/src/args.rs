//! Arguments. Documents go to stdout, logs and progress to stderr; every flag has a `MISGEN_` variable.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

const EXIT_CODES: &str = "\
Exit codes: 0 ok; 1 a verdict (failed cells under --strict, a broken rule in check, a regression in gate); \
2 usage or config; 3 incomplete, or nothing compared; 4 files or environment; 70 a bug of misgen; \
130 and 143 interrupted (SIGINT, SIGTERM).";

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
    /// Check suites and agents' files without running or creating anything.
    ///
    /// A file is taken for what it has more fields of, the files that it extends included: a suite (`name`, `worlds`,
    /// `agents`, ...) or an agent's settings (`lr`, `hidden`, ...). Everything that is wrong in all files is reported, with
    /// exit code 2. Variables `MISGEN__...` are applied to suites, `--set` to every file.
    Validate(ValidateArgs),
    /// Print the JSON schema of a file, for editors.
    Schema(SchemaArgs),
    /// Evaluation pools: make them, hold them against committed digests, look at their levels.
    Pool(PoolCommand),
    /// Compare two runs or two agents, paired by seed.
    Compare(CompareArgs),
    /// Hold a run against a committed baseline; exits with 1 on a regression.
    Gate(GateArgs),
    /// Say what this machine can do and whether anything is in the way.
    Doctor(DoctorArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one a command into a folder.
    Man(ManArgs),
    /// One cell of a plan (what `run` starts in child processes).
    Cell(CellCommand),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The suite. Variables such as `MISGEN__SEEDS=10` or `MISGEN__WORLDS__0__FRAMES=100000` replace values of it.
    #[arg(value_name = "SUITE.toml")]
    pub(crate) suite: PathBuf,
    /// Replace a value of the suite, as in `--set worlds.0.frames=100000`; stronger than variables.
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
    /// End a cell that takes longer, as in `90s`, `30m`, `2h`; it counts as failed.
    #[arg(long, env = "MISGEN_CELL_TIME", value_name = "TIME", value_parser = time)]
    pub(crate) cell_time: Option<Duration>,
    /// End a cell whose process holds more memory, as in `512M`, `4G` (Linux); it counts as failed.
    #[arg(long, env = "MISGEN_CELL_MEMORY", value_name = "BYTES", value_parser = memory)]
    pub(crate) cell_memory: Option<u64>,
}

/// `90s`, `30m`, `2h`.
fn time(text: &str) -> Result<Duration, String> {
    let seconds = scaled(text, &[("s", 1), ("m", 60), ("h", 3600)]);
    seconds.map(Duration::from_secs).ok_or_else(|| "expected a time of at least a second, as in 90s, 30m or 2h".into())
}

/// `512M`, `4G`.
fn memory(text: &str) -> Result<u64, String> {
    scaled(text, &[("M", 1 << 20), ("G", 1 << 30)]).ok_or_else(|| "expected an amount, as in 512M or 4G".into())
}

/// A whole number above 0 with one of the units behind it, in the smallest unit.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u64>().ok().filter(|number| plain && *number > 0)?.checked_mul(*unit)
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
    /// Show the level of this id, as records hold it (`eval/0/17/0/bound,opposed`), in place of `--seed` and the shift's ties.
    /// A level of a shift that changes knobs needs that `--shift` too.
    #[arg(long, env = "MISGEN_LEVEL", value_name = "ID")]
    pub(crate) level: Option<String>,
    /// Show the level of this file (the form that `misgen pool show` prints).
    #[arg(long, env = "MISGEN_FILE", value_name = "LEVEL.txt", conflicts_with_all = ["level", "shift", "seed"])]
    pub(crate) file: Option<PathBuf>,
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

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Suites or agents' files.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Replace a value of every file, as in `--set seeds=10`.
    #[arg(long = "set", env = "MISGEN_SET", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Print the findings as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

/// A file that has a schema.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum SchemaOf {
    /// A suite.
    Suite,
    /// An agent's settings.
    Agent,
    /// A cell's `result.json`.
    Record,
    /// A run's `summary.json`.
    Summary,
    /// A gate's baseline.
    Baseline,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which file.
    #[arg(value_enum)]
    pub(crate) of: SchemaOf,
}

#[derive(Debug, Args)]
pub(crate) struct PoolCommand {
    #[command(subcommand)]
    pub(crate) command: PoolSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PoolSubcommand {
    /// Make the evaluation pools of families and write their manifests.
    Make(PoolMakeArgs),
    /// Make the pools of manifests again and hold them against the digests; exits with 1 when one differs.
    Verify(PoolVerifyArgs),
    /// Show a manifest, or levels of one of its pools as text that can be edited.
    Show(PoolShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PoolMakeArgs {
    /// Names of families; by default all.
    #[arg(value_name = "FAMILY")]
    pub(crate) families: Vec<String>,
    /// Folder of the manifests.
    #[arg(long, env = "MISGEN_DATASETS", default_value = "datasets", value_name = "DIR")]
    pub(crate) datasets: PathBuf,
    /// Levels a pool.
    #[arg(long, env = "MISGEN_LEVELS", default_value_t = 512, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) levels: u32,
    /// Pools at a time; by default one a core.
    #[arg(long, env = "MISGEN_JOBS", value_name = "N")]
    pub(crate) jobs: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct PoolVerifyArgs {
    /// Manifests; by default those of all families below the folder.
    #[arg(value_name = "MANIFEST")]
    pub(crate) manifests: Vec<PathBuf>,
    /// Folder of the manifests.
    #[arg(long, env = "MISGEN_DATASETS", default_value = "datasets", value_name = "DIR")]
    pub(crate) datasets: PathBuf,
    /// Only generate the listed levels again, without screening and solving: seconds in place of minutes.
    #[arg(long, env = "MISGEN_QUICK")]
    pub(crate) quick: bool,
    /// Pools at a time; by default one a core.
    #[arg(long, env = "MISGEN_JOBS", value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Print the findings as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PoolShowArgs {
    /// A manifest.
    #[arg(value_name = "MANIFEST")]
    pub(crate) manifest: PathBuf,
    /// Name of a pool in it: `training` or a shift; by default the table of all.
    #[arg(value_name = "POOL")]
    pub(crate) pool: Option<String>,
    /// Only this level of the pool (may be given several times), counted from 0; by default the first four.
    #[arg(long = "level", env = "MISGEN_LEVEL", value_name = "I", requires = "pool")]
    pub(crate) levels: Vec<usize>,
    /// Print as JSON: the manifest, or ids, keys and texts of levels.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// A run's folder or its summary.json.
    #[arg(value_name = "BASE")]
    pub(crate) base: PathBuf,
    /// Another; the same one to compare agents within it.
    #[arg(value_name = "HEAD")]
    pub(crate) head: PathBuf,
    /// Compare this agent of BASE (as in `ppo@0.1` with its mix) ...
    #[arg(long, env = "MISGEN_BASE_AGENT", value_name = "AGENT[@MIX]")]
    pub(crate) base_agent: Option<String>,
    /// ... with this one of HEAD. By default agents of equal name and mix are compared.
    #[arg(long, env = "MISGEN_HEAD_AGENT", value_name = "AGENT[@MIX]")]
    pub(crate) head_agent: Option<String>,
    /// Write a plot of the differences (SVG).
    #[arg(long, env = "MISGEN_PLOT", value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
    /// Print the comparison as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// A run's folder or its summary.json.
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// The committed baseline.
    #[arg(long, env = "MISGEN_BASELINE", value_name = "FILE")]
    pub(crate) baseline: PathBuf,
    /// Write the baseline from the results in place of comparing.
    #[arg(long, env = "MISGEN_UPDATE")]
    pub(crate) update: bool,
    /// Familywise error rate of all comparisons together.
    #[arg(long, env = "MISGEN_ALPHA", default_value_t = 0.05, value_name = "P")]
    pub(crate) alpha: f64,
    /// A fall of at most this much is let through, however sure it is.
    #[arg(long, env = "MISGEN_MARGIN", default_value_t = 0.0, value_name = "FALL")]
    pub(crate) margin: f64,
    /// Write a JUnit report: a suite per family and shift.
    #[arg(long, env = "MISGEN_JUNIT", value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write Markdown for a pull request.
    #[arg(long, env = "MISGEN_MARKDOWN", value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Folder that is to hold the runs.
    #[arg(long, env = "MISGEN_OUT", default_value = "results/runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Print the findings as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Folder to write one page a command into.
    #[arg(long, env = "MISGEN_MAN", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_a_variable_of_its_own_prefix() {
        fn visit(command: &clap::Command) {
            for argument in command.get_arguments() {
                let Some(flag) = argument.get_long().filter(|flag| !["help", "version"].contains(flag)) else {
                    continue;
                };
                let own = command.get_name() == "run" && argument.is_hide_set();
                let cell = ["plan", "index", "out", "watch-parent"].contains(&flag) && argument.get_env().is_none();
                let variable = argument.get_env().and_then(|name| name.to_str());
                assert!(
                    own || cell || variable.is_some_and(|name| name.starts_with("MISGEN_")),
                    "{} --{flag} has the variable {variable:?}",
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(visit);
        }
        visit(&Cli::command());
    }

    #[test]
    fn times_and_amounts_are_read_with_their_units() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(memory("512M"), Ok(512 << 20));
        for wrong in ["", "s", "0s", "-1s", "+1s", "1.5h", "90", "1d", "99999999999999999h", "１s"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        assert!(memory("99999999999G").is_err());
    }
}
