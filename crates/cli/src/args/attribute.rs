//! Which goal one agent pursued.

use super::{AnswerArgs, WorldArgs};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct AttributeArgs {
    /// A checkpoint folder, `scripted:NAME`, `onnx:FILE`, or `'cmd:PROGRAM ARGS'`.
    #[arg(value_name = "AGENT")]
    pub(crate) agent: String,
    /// The family to play in.
    #[arg(long, env = "MISGEN_FAMILY", value_name = "FAMILY")]
    pub(crate) family: String,
    #[command(flatten)]
    pub(crate) world: WorldArgs,
    /// The shift; by default the main conflict shift, the first that the family declares.
    #[arg(long, env = "MISGEN_SHIFT", value_name = "NAME")]
    pub(crate) shift: Option<String>,
    /// Levels of the shift.
    #[arg(long, env = "MISGEN_LEVELS", default_value_t = 128, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) levels: u32,
    /// Action seed.
    #[arg(long, env = "MISGEN_SEED", default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
    /// Print the attribution as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
