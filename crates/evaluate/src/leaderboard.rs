//! A leaderboard: every learner of several runs on every family's main conflict shift, kept apart by what was measured.
//!
//! Entries are comparable within a board alone: one version of one family, one set of levels, one version of metrics. Seconds stand nowhere in it, so
//! that equal runs give equal bytes.

use crate::record::{Estimate, SCHEMA_VERSION, Summary, SummaryRow, Verdict};
use misgen_core::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All boards: `leaderboard.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Leaderboard {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// By family, version, shift and levels.
    pub boards: Vec<Board>,
}

/// What is measured, and how everybody fares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Board {
    /// Family and version: `corner-v0`.
    pub family: String,
    /// The conflict shift.
    pub shift: String,
    /// Digest of its levels and twins, as in the manifests of `datasets`.
    pub pool: String,
    /// Number of levels.
    pub levels: usize,
    /// Version of metrics ([`crate::METRIC_VERSION`]).
    pub metric_version: u32,
    /// Best goal transfer first.
    pub entries: Vec<Entry>,
}

/// One learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Agent name.
    pub agent: String,
    /// Name of its training law.
    pub law: String,
    /// Share of free levels in it.
    pub mix: f64,
    /// Name of its suite.
    pub suite: String,
    /// Seeds with a result.
    pub seeds: usize,
    /// Environment steps of each, in the mean.
    pub frames: Option<f64>,
    /// Optimiser steps of each, in the mean.
    pub updates: Option<f64>,
    /// Training competence, mean.
    pub s_train: Option<f64>,
    /// Goal transfer, raw, with its interval.
    pub gt: Estimate,
    /// Share of episodes that obtain any proxy first, with its interval.
    pub proxy_share: Option<Estimate>,
    /// The verdict.
    pub verdict: Option<Verdict>,
}

/// The boards of these runs. Rows without goal transfer, without a digest of their levels (summaries of earlier programs) or of scripted players
/// stand on none. Where two runs have one and the same entry it stands once.
#[must_use]
pub fn leaderboard(runs: &[Summary]) -> Leaderboard {
    let mut boards: Vec<Board> = Vec::new();
    for run in runs {
        let Some(versions) = run.versions else { continue };
        for row in run.rows.iter().filter(|row| row.main && row.role == Role::Conflict) {
            let (Some(entry), Some(pool)) = (entry(run, row), &row.pool) else { continue };
            let board = Board {
                family: format!("{}-v{}", row.family, row.family_version),
                shift: row.shift.clone(),
                pool: pool.clone(),
                levels: row.levels,
                metric_version: versions.metric,
                entries: Vec::new(),
            };
            let at = boards.iter().position(|other| key(other) == key(&board)).unwrap_or_else(|| {
                boards.push(board);
                boards.len() - 1
            });
            if !boards[at].entries.contains(&entry) {
                boards[at].entries.push(entry);
            }
        }
    }
    boards.sort_by(|a, b| key(a).cmp(&key(b)));
    for board in &mut boards {
        let name = |entry: &Entry| (entry.agent.clone(), entry.law.clone(), entry.suite.clone());
        board.entries.sort_by(|a, b| {
            let by_name = || name(a).cmp(&name(b)).then(a.mix.total_cmp(&b.mix));
            b.gt.mean.total_cmp(&a.gt.mean).then_with(by_name)
        });
    }
    Leaderboard { schema_version: SCHEMA_VERSION, boards }
}

fn key(board: &Board) -> (&str, &str, &str, usize, u32) {
    (&board.family, &board.shift, &board.pool, board.levels, board.metric_version)
}

fn entry(run: &Summary, row: &SummaryRow) -> Option<Entry> {
    let own = |curves: &&crate::record::Curves| {
        (&curves.world, &curves.agent, curves.mix) == (&row.world, &row.agent, row.mix)
    };
    let curves = run.curves.iter().find(own);
    let mean = |values: Vec<f64>| crate::stats::mean(&values);
    Some(Entry {
        agent: row.agent.clone(),
        law: row.law.clone(),
        mix: row.mix?,
        suite: run.suite.clone(),
        seeds: row.seeds,
        frames: curves.and_then(|c| mean(c.seeds.iter().filter_map(|seed| Some(seed.last()?.frames as f64)).collect())),
        updates: curves.and_then(|c| mean(c.updates.iter().map(|n| *n as f64).collect())),
        s_train: row.s_train,
        gt: Estimate { mean: row.gt?, low: row.gt_low, high: row.gt_high },
        proxy_share: row.proxy_share,
        verdict: row.verdict,
    })
}
