//! What is written to begin with.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct NewCommand {
    #[command(subcommand)]
    pub(crate) command: NewSubcommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewSubcommand {
    /// Write the skeleton of a family: one file that compiles and passes `check` as it is.
    Family(NewFamilyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewFamilyArgs {
    /// Its name, [a-z][a-z0-9-]*.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Folder of the file; by default `crates/families/src` where there is one, else the current folder.
    #[arg(long, env = "MISGEN_NEW", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Check the name and say what would be written, write nothing.
    #[arg(long, env = "MISGEN_DRY_RUN")]
    pub(crate) dry_run: bool,
}
