//! What is done with results.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// A run's folder or its summary.json.
    #[arg(value_name = "BASE")]
    pub(crate) base: PathBuf,
    /// Another; the same one to compare agents within it.
    #[arg(value_name = "HEAD")]
    pub(crate) head: PathBuf,
    /// Compare this agent of BASE (as in `ppo@0.1` with its mix) ...
    #[arg(long, env = "MISGEN_BASE_AGENT", value_name = "AGENT[@MIX]")]
    pub(crate) base_agent: Option<String>,
    /// ... with this one of HEAD. By default agents of equal name and mix are compared.
    #[arg(long, env = "MISGEN_HEAD_AGENT", value_name = "AGENT[@MIX]")]
    pub(crate) head_agent: Option<String>,
    /// Compare learners after equally much of this: each as it was when it had had as much as the one that had least. Needs `checkpoints` in
    /// the suite of whoever had more; for seconds also `timings.json` of both runs.
    #[arg(long = "match", env = "MISGEN_MATCH", value_name = "frames|updates|seconds")]
    pub(crate) matched: Option<String>,
    /// Write a plot of the differences (SVG).
    #[arg(long, env = "MISGEN_PLOT", value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
    /// Write a page: the numbers, and level by level what came first and episodes to watch where both runs have their cells.
    #[arg(long, env = "MISGEN_HTML", value_name = "FILE.html")]
    pub(crate) html: Option<PathBuf>,
    /// Print the comparison as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LeaderboardArgs {
    /// Runs' folders or their summary.json.
    #[arg(value_name = "RESULTS", required = true)]
    pub(crate) results: Vec<PathBuf>,
    /// Write the boards as JSON; equal runs give equal bytes.
    #[arg(long, env = "MISGEN_OUT", value_name = "FILE.json")]
    pub(crate) out: Option<PathBuf>,
    /// Print the boards as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// A run's folder or its summary.json.
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// Where to write the page; by default `report.html` beside the summary.
    #[arg(long, env = "MISGEN_OUT", value_name = "FILE.html")]
    pub(crate) out: Option<PathBuf>,
    /// Attribute every learner on its world's main conflict shift (seconds each) and show what came out. Needs the run's cells.
    #[arg(long, env = "MISGEN_ATTRIBUTE")]
    pub(crate) attribute: bool,
    /// Print every judged shift, not the main ones alone.
    #[arg(long, env = "MISGEN_ALL")]
    pub(crate) all: bool,
    /// Print the summary as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// A run's folder or its summary.json.
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// The committed baseline.
    #[arg(long, env = "MISGEN_BASELINE", value_name = "FILE")]
    pub(crate) baseline: PathBuf,
    /// Write the baseline from the results in place of comparing.
    #[arg(long, env = "MISGEN_UPDATE")]
    pub(crate) update: bool,
    /// Familywise error rate of all comparisons together.
    #[arg(long, env = "MISGEN_ALPHA", default_value_t = 0.05, value_name = "P")]
    pub(crate) alpha: f64,
    /// A fall of at most this much is let through, however sure it is.
    #[arg(long, env = "MISGEN_MARGIN", default_value_t = 0.0, value_name = "FALL")]
    pub(crate) margin: f64,
    /// Write a JUnit report: a suite per family and shift.
    #[arg(long, env = "MISGEN_JUNIT", value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write Markdown for a pull request.
    #[arg(long, env = "MISGEN_MARKDOWN", value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Print the outcome as JSON.
    #[arg(long, env = "MISGEN_JSON")]
    pub(crate) json: bool,
}
