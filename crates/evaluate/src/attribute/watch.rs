//! Rollouts that keep what a policy thought of every action.

use super::trace::{Trace, trace_only};
use crate::rollout::Episode;
use misgen_core::{Policy, PolicyError, Pool};
use misgen_solve::Process;
use std::sync::Arc;

/// An episode with the law behind each of its actions.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    pub(super) episode: Episode,
    /// `[steps * actions]`.
    pub(super) probs: Vec<f32>,
}

/// Plays the first `count` levels of `pool` once each, with action streams keyed by (`seed`, `purpose`, level). A policy that does
/// not tell probabilities is taken at its word: the action that it took had probability 1.
pub(super) fn watch(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    count: usize,
    process: &Process,
    seed: u64,
    purpose: &str,
    palette: Option<f64>,
) -> Result<Vec<Watched>, PolicyError> {
    let mut traces = trace_only(policy, pool, process, seed, purpose, palette, count)?;
    traces.truncate(count);
    let actions = pool.obs_spec().actions;
    let watched = |trace: Trace| {
        let Trace { episode, mut probs, .. } = trace;
        if probs.is_empty() {
            probs = vec![0.0; episode.actions.len() * actions];
            let rows = probs.chunks_exact_mut(actions).zip(&episode.actions);
            rows.for_each(|(row, taken)| row[usize::from(*taken)] = 1.0);
        }
        Watched { episode, probs }
    };
    Ok(traces.into_iter().map(watched).collect())
}
