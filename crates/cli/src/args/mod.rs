//! Arguments. Documents go to stdout, logs and progress to stderr; every flag has a `MISGEN_` variable.

mod attribute;
mod export;
mod external;
mod files;
mod hindsight;
mod machine;
mod new;
mod play;
mod replay;
mod results;
mod run;
mod show;
mod world;

pub(crate) use attribute::*;
pub(crate) use export::*;
pub(crate) use external::*;
pub(crate) use files::*;
pub(crate) use hindsight::*;
pub(crate) use machine::*;
pub(crate) use new::*;
pub(crate) use play::*;
pub(crate) use replay::*;
pub(crate) use results::*;
pub(crate) use run::*;
pub(crate) use show::*;
pub(crate) use world::*;

use clap::{Parser, Subcommand};

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
    /// Write a run's report anew, and print who learned what.
    Report(ReportArgs),
    /// Train one agent by hand and write its checkpoint.
    Train(TrainArgs),
    /// Write demonstrations of the best play on training levels as Parquet.
    Demos(DemosArgs),
    /// Evaluate one agent under the shifts of a family.
    Eval(EvalArgs),
    /// Let one of misgen's agents answer over stdin and stdout, as a program that `eval cmd:...` starts (docs/bring-your-own.md).
    Serve(ServeArgs),
    /// Say which goal one agent pursued on a shift, by several metrics.
    Attribute(AttributeArgs),
    /// Score a cue that was thought of after training, from stored episodes.
    Hindsight(HindsightArgs),
    /// List what there is.
    List(ListArgs),
    /// Describe a family by its own declarations.
    Describe(DescribeArgs),
    /// Draw a level: in the terminal, as PNG or SVG, with the ways of optimal players, or an episode as GIF.
    Show(ShowArgs),
    /// Watch recorded episodes: in the terminal, as GIF, PNG or SVG.
    Replay(ReplayArgs),
    /// Play levels in the terminal, with the keyboard.
    Play(PlayArgs),
    /// Solve a level: the best that can be done on it, and how.
    Solve(SolveArgs),
    /// Check that families keep the rules and are good experiments.
    Check(CheckArgs),
    /// Say how hard the levels of a family are, law by law and shift by shift.
    Audit(AuditArgs),
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
    /// Begin something of your own.
    New(NewCommand),
    /// Evaluation pools: make them, hold them against committed digests, look at their levels.
    Pool(PoolCommand),
    /// Compare two runs or two agents, paired by seed.
    Compare(CompareArgs),
    /// Rank the learners of several runs, family by family.
    ///
    /// A board is one version of a family, one set of levels and one version of metrics: numbers of different boards are not compared.
    Leaderboard(LeaderboardArgs),
    /// Run a published result anew and say which of its claims hold here.
    ///
    /// The suites are those of `configs/replications`, committed before they were run. A claim that does not hold is a finding, not a failure.
    Replicate(ReplicateArgs),
    /// Write the numbers of a run's learners for experiment trackers: TensorBoard's event files, or one CSV.
    Export(ExportArgs),
    /// Hold a run against a committed baseline; exits with 1 on a regression.
    Gate(GateArgs),
    /// Write a page, a picture and a film for every family, from their declarations.
    Docs(DocsArgs),
    /// Say what this machine can do and whether anything is in the way.
    Doctor(DoctorArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one a command into a folder.
    Man(ManArgs),
    /// One cell of a plan (what `run` starts in child processes).
    Cell(CellCommand),
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
}
