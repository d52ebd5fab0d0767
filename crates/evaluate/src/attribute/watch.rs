//! Rollouts that keep what a policy thought of every action.

use crate::rollout::{Episode, LANES};
use misgen_core::{Decisions, Ended, LevelPlan, Policy, PolicyError, Pool, Rng, StepView};
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
    let mut env = Arc::clone(pool).batch(LANES, process.limit, process.stop);
    env.set_palette(palette.map(|palette| palette as f32));
    let levels = u32::try_from(count.min(pool.len())).expect("fewer than 2^32 levels");
    env.restart(&LevelPlan::Once { ids: (0..levels).collect(), seed });
    let stream = |level: u32| Rng::keyed(seed, purpose, u64::from(level));
    let mut rngs: Vec<Rng> = env.view().level.iter().map(|&level| stream(level)).collect();
    let fresh = |level| Watched { episode: Episode { level, ..Episode::default() }, probs: Vec::new() };
    let mut all: Vec<Watched> = (0..levels).map(fresh).collect();
    let n = pool.obs_spec().actions;
    let (mut actions, mut probs) = ([0; LANES], vec![0.0; LANES * n]);
    while env.view().level.iter().any(|&level| level != StepView::NO_LEVEL) {
        probs.fill(0.0);
        let mut decisions = Decisions { probs: Some(&mut probs), ..Decisions::of(&mut actions) };
        policy.act(&env.view(), &mut rngs, &mut decisions)?;
        env.step(&actions);
        let (view, chances) = (env.view(), env.chances());
        for lane in (0..LANES).filter(|&lane| view.ended[lane] != Ended::Idle) {
            let Watched { episode, probs: kept } = &mut all[view.last_level[lane] as usize];
            let row = &mut probs[lane * n..][..n];
            if row.iter().sum::<f32>() < 0.5 {
                row[usize::from(actions[lane])] = 1.0;
            }
            kept.extend_from_slice(row);
            if !view.events[lane].is_empty() {
                episode.events.push((episode.actions.len() as u16, view.events[lane]));
            }
            episode.actions.push(actions[lane]);
            episode.chances.push(chances[lane]);
            if view.ended[lane] != Ended::No {
                episode.ended = view.ended[lane];
                rngs[lane] = stream(view.level[lane]);
            }
        }
    }
    Ok(all)
}
