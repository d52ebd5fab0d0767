//! Results for other programs.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("as").required(true).multiple(true).args(["tensorboard", "csv"])))]
pub(crate) struct ExportArgs {
    /// A run's folder; it need not be finished.
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// Write event files, in a folder a cell: `DIR/WORLD/AGENT-mixM/seed-N`.
    #[arg(long, env = "MISGEN_TENSORBOARD", value_name = "DIR")]
    pub(crate) tensorboard: Option<PathBuf>,
    /// Write `scalars.csv`: world, agent, mix, seed, tag, step and value, a number a line.
    #[arg(long, env = "MISGEN_CSV", value_name = "DIR")]
    pub(crate) csv: Option<PathBuf>,
    /// Print what was written as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
