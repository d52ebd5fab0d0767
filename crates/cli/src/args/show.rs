//! Levels and episodes to look at.

use super::{AnswerArgs, WorldArgs};
use clap::Args;
use std::path::PathBuf;

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
    /// Show the way of the optimal player of this cue (`goal`, a proxy's name, `training`, or `all`; may be given several times).
    #[arg(long = "path", env = "MISGEN_WAY", value_name = "CUE")]
    pub(crate) paths: Vec<String>,
    /// Draw the level into this file in place of the terminal.
    #[arg(long, env = "MISGEN_PNG", value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// The same as SVG.
    #[arg(long, env = "MISGEN_SVG", value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) film: FilmArgs,
    /// ASCII only, without colour.
    #[arg(long, env = "MISGEN_ASCII")]
    pub(crate) ascii: bool,
    /// Print the level's key and text, and the paths asked for, as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

/// An episode, played as `misgen eval` plays it.
#[derive(Debug, Args)]
pub(crate) struct FilmArgs {
    /// Play an episode into this file, a frame a step.
    #[arg(long, env = "MISGEN_GIF", value_name = "FILE")]
    pub(crate) gif: Option<PathBuf>,
    /// Who plays: a checkpoint folder, `scripted:NAME`, `onnx:FILE`, or `'cmd:PROGRAM ARGS'`.
    #[arg(long, env = "MISGEN_GIF_AGENT", default_value = "scripted:pursuer:goal", value_name = "AGENT")]
    pub(crate) agent: String,
    /// Seed of the agent's actions (`--seed` of `eval`).
    #[arg(long, env = "MISGEN_AGENT_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) agent_seed: u64,
    /// Place of the level in its pool, as records hold it (`level`): actions and chance are keyed by it.
    #[arg(long, env = "MISGEN_PLACE", default_value_t = 0, value_name = "I",
        value_parser = clap::value_parser!(u32).range(..65536))]
    pub(crate) place: u32,
    /// Let a learned agent take its most probable actions.
    #[arg(long, env = "MISGEN_GREEDY")]
    pub(crate) greedy: bool,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
}
