//! Families, levels and agents by hand.

use super::AnswerArgs;
use clap::Args;
use std::path::PathBuf;

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
pub(crate) struct DemosArgs {
    /// The family whose levels are demonstrated.
    #[arg(value_name = "FAMILY")]
    pub(crate) family: String,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// Share of levels in which every proxy is free.
    #[arg(long, env = "MISGEN_MIX", default_value_t = 0.0, value_name = "SHARE")]
    pub(crate) mix: f64,
    /// Number of training levels.
    #[arg(long, env = "MISGEN_LEVELS", default_value_t = 1024, value_name = "N")]
    pub(crate) levels: u32,
    /// Seed of the levels, as in training, and of choices between equally good actions.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// The file to write.
    #[arg(long, env = "MISGEN_OUT", value_name = "FILE.parquet")]
    pub(crate) out: PathBuf,
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
    /// A checkpoint folder, `scripted:NAME`, `onnx:FILE` with a net that was trained elsewhere, `'cmd:PROGRAM ARGS'`
    /// (docs/bring-your-own.md), or `human:FILE` with what
    /// `misgen play --record FILE` wrote.
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
    /// Play the level of this file instead (may be given several times), once for each of `--levels`.
    #[arg(long = "file", env = "MISGEN_FILE", value_name = "LEVEL.txt", conflicts_with = "shifts")]
    pub(crate) files: Vec<PathBuf>,
    /// Levels a shift.
    #[arg(long, env = "MISGEN_LEVELS", default_value_t = 512, value_name = "N")]
    pub(crate) levels: usize,
    /// Action seed.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
    /// How far the palettes of the shifts are varied for an agent that sees pixels, 0 to 1; by default as far as in its
    /// training. The row `training` stays as it is.
    #[arg(long, env = "MISGEN_PALETTE", value_name = "SHARE")]
    pub(crate) palette: Option<f64>,
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
    /// Print the family's page as Markdown, as `misgen docs` writes it.
    #[arg(long, env = "MISGEN_MARKDOWN", conflicts_with = "json")]
    pub(crate) markdown: bool,
    /// Print as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DocsArgs {
    /// Folder of the pages.
    #[arg(long, env = "MISGEN_DOCS", default_value = "docs/families", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write nothing; name what differs from the pages that are there, and exit with 1 if anything does.
    #[arg(long, env = "MISGEN_CHECK")]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["family", "all"])))]
pub(crate) struct CheckArgs {
    /// Name of a family.
    pub(crate) family: Option<String>,
    /// All families.
    #[arg(long, env = "MISGEN_ALL")]
    pub(crate) all: bool,
    /// Train the default agent too, at mix 0, and say whether it learned a proxy; takes about a minute a family. By default
    /// for 600 000 frames.
    #[arg(long, env = "MISGEN_LEARN", value_name = "FRAMES", num_args = 0..=1, default_missing_value = "600000")]
    pub(crate) learn: Option<std::num::NonZeroU64>,
    /// Print the findings as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Name of a family.
    pub(crate) family: String,
    /// Levels of each law, shift and rung; by default 64, and 12 where values have to be played out.
    #[arg(long, env = "MISGEN_LEVELS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) levels: Option<u32>,
    /// Print the audit as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only this family; may be given several times.
    #[arg(long = "family", env = "MISGEN_FAMILY", value_name = "NAME", value_delimiter = ',')]
    pub(crate) families: Vec<String>,
    /// Only stepping, level generation and solving: no learning.
    #[arg(long, env = "MISGEN_STEPPING")]
    pub(crate) stepping: bool,
    /// A tenth of the usual time, for a first look.
    #[arg(long, env = "MISGEN_QUICK")]
    pub(crate) quick: bool,
    /// Print the measurements as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
