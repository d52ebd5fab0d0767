//! Recorded episodes to watch.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A run's folder or its exhibits.json (chosen episodes, with what the nets thought), or a cell's folder or its
    /// episodes.parquet (every episode).
    #[arg(value_name = "RECORD")]
    pub(crate) record: PathBuf,
    /// Episodes of this world.
    #[arg(long, env = "MISGEN_WORLD", value_name = "NAME")]
    pub(crate) world: Option<String>,
    /// Episodes of this agent (as in `ppo@0.1` with its mix).
    #[arg(long, env = "MISGEN_AGENT", value_name = "AGENT[@MIX]")]
    pub(crate) agent: Option<String>,
    /// Episodes under this shift; by default those of the first shift, and `training` only by name.
    #[arg(long, env = "MISGEN_SHIFT", value_name = "NAME")]
    pub(crate) shift: Option<String>,
    /// Begin with the N-th of the episodes that are left, from 0. Of a cell: the level's place in its pool.
    #[arg(long, env = "MISGEN_EPISODE", default_value_t = 0, value_name = "N")]
    pub(crate) episode: u32,
    /// Of a cell: the episode of the most probable actions.
    #[arg(long, env = "MISGEN_GREEDY")]
    pub(crate) greedy: bool,
    /// Begin with this frame (what stands after so many steps); without a terminal, print only this one.
    #[arg(long, env = "MISGEN_FRAME", value_name = "T")]
    pub(crate) frame: Option<usize>,
    /// Write the episode as a film, a frame a step.
    #[arg(long, env = "MISGEN_GIF", value_name = "FILE")]
    pub(crate) gif: Option<PathBuf>,
    /// Draw a frame (the last one without --frame) with the ways of optimal players and the agent's own into this file.
    #[arg(long, env = "MISGEN_PNG", value_name = "FILE")]
    pub(crate) png: Option<PathBuf>,
    /// The same as SVG.
    #[arg(long, env = "MISGEN_SVG", value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// List what there is to watch.
    #[arg(long, env = "MISGEN_LIST")]
    pub(crate) list: bool,
    /// ASCII only, without colour.
    #[arg(long, env = "MISGEN_ASCII")]
    pub(crate) ascii: bool,
    /// Print the episode as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
