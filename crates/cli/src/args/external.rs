//! Agents outside this program, and agents of this program for others.

use clap::Args;
use std::time::Duration;

/// How an agent that is a program is treated.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// The longest that one answer of a program (`cmd:...`) may take, as in `90s`, `30m`, `2h`; then it is ended.
    #[arg(long, env = "MISGEN_ANSWER_TIME", default_value = "60s", value_name = "TIME", value_parser = super::run::time)]
    pub(crate) answer_time: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// A checkpoint folder; `onnx:FILE` in builds that read ONNX.
    #[arg(value_name = "AGENT")]
    pub(crate) agent: String,
    /// Only in this family; by default in whichever it is asked about.
    #[arg(long, env = "MISGEN_FAMILY", value_name = "FAMILY")]
    pub(crate) family: Option<String>,
}
