//! Runs and their cells.

use super::AnswerArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The suite. Variables such as `MISGEN__SEEDS=10` or `MISGEN__WORLDS__0__FRAMES=100000` replace values of it.
    #[arg(value_name = "SUITE.toml")]
    pub(crate) suite: PathBuf,
    /// Replace a value of the suite, as in `--set worlds.0.frames=100000`; stronger than variables.
    #[arg(long = "set", env = "MISGEN_SET", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
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

/// Where cells are kept and how they are run.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// Folder that holds the runs.
    #[arg(long, env = "MISGEN_OUT", default_value = "results/runs", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Cells at a time; by default one a core.
    #[arg(long, env = "MISGEN_JOBS", value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// End a cell that takes longer, as in `90s`, `30m`, `2h`; it counts as failed.
    #[arg(long, env = "MISGEN_CELL_TIME", value_name = "TIME", value_parser = time)]
    pub(crate) cell_time: Option<Duration>,
    /// End a cell whose process holds more memory, as in `512M`, `4G` (Linux); it counts as failed.
    #[arg(long, env = "MISGEN_CELL_MEMORY", value_name = "BYTES", value_parser = memory)]
    pub(crate) cell_memory: Option<u64>,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReplicateArgs {
    /// Which result: r1 to r4; without it they are listed.
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    /// Print the claims as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
    /// Validate and count the cells, create nothing.
    #[arg(long, env = "MISGEN_DRY_RUN")]
    pub(crate) dry_run: bool,
}

/// `90s`, `30m`, `2h`.
pub(super) fn time(text: &str) -> Result<Duration, String> {
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
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
}

#[cfg(test)]
mod tests {
    use super::*;

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
