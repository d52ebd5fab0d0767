//! What people write and commit: configs and pools.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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

/// What has a schema.
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
    /// The messages between misgen and an agent that is a program.
    Protocol,
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
