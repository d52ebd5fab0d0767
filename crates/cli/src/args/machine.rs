//! The program itself and the machine that it runs on.

use clap::Args;
use std::path::PathBuf;

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
