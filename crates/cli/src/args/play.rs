//! Levels for people: play them, solve them.

use super::WorldArgs;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// Name of a family, or a level's file that names one (`# family: corner`).
    #[arg(value_name = "FAMILY|LEVEL.txt")]
    pub(crate) target: String,
    /// Play the level of this file (the form that `misgen pool show` prints).
    #[arg(long, env = "MISGEN_FILE", value_name = "LEVEL.txt", conflicts_with_all = ["shift", "levels", "record"])]
    pub(crate) file: Option<PathBuf>,
    /// Play levels of this shift, with their aligned twins among them; by default held-out levels of the training law.
    #[arg(long, env = "MISGEN_SHIFT", value_name = "NAME")]
    pub(crate) shift: Option<String>,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// Levels of the pool.
    #[arg(long, env = "MISGEN_LEVELS", default_value_t = 64, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) levels: u32,
    /// Append each finished episode to this file, for `misgen eval human:FILE`; levels that it holds already are passed over.
    #[arg(long, env = "MISGEN_RECORD", value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Who plays, as recordings say it.
    #[arg(long, env = "MISGEN_PLAYER", value_name = "NAME", requires = "record")]
    pub(crate) player: Option<String>,
    /// ASCII only, without colour.
    #[arg(long, env = "MISGEN_ASCII")]
    pub(crate) ascii: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Name of a family.
    #[arg(value_name = "FAMILY")]
    pub(crate) family: String,
    /// Solve the level of this file (the form that `misgen pool show` prints).
    #[arg(long, env = "MISGEN_FILE", value_name = "LEVEL.txt", conflicts_with_all = ["level", "seed"])]
    pub(crate) file: Option<PathBuf>,
    /// Solve the level of this id (`eval/0/17/0/bound,opposed`); one of a shift that changes knobs needs that `--shift` too.
    #[arg(long, env = "MISGEN_LEVEL", value_name = "ID")]
    pub(crate) level: Option<String>,
    /// Solve under this shift: its knobs, its ties where no level is named, and ended where its evaluation ends.
    #[arg(long, env = "MISGEN_SHIFT", value_name = "NAME")]
    pub(crate) shift: Option<String>,
    /// Number of the level, where neither a file nor an id names one.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// ASCII only, without colour.
    #[arg(long, env = "MISGEN_ASCII")]
    pub(crate) ascii: bool,
    /// Print the solution as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
