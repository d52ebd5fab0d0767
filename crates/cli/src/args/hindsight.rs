//! Cues thought of after training.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct HindsightArgs {
    /// A run's folder, a cell's folder, or an episodes.parquet.
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// A cue (may be given several times): `name=NAME; event=EVENT+EVENT`, `name=NAME; channel=CHANNEL` (standing in a cell
    /// that shows it), or `name=NAME; rows=A..B; columns=C..D` (counted from 0, either may be left out).
    #[arg(long = "cue", env = "MISGEN_CUE", value_name = "CUE", required = true)]
    pub(crate) cues: Vec<String>,
    /// Only cells of this family; by default those of every family that has such cues.
    #[arg(long, env = "MISGEN_FAMILY", value_name = "FAMILY")]
    pub(crate) family: Option<String>,
    /// Print every cell's rows as JSON, twins and greedy play included.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
