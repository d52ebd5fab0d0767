//! Rollouts: every level of a pool played once, recorded so that it replays exactly.

use crate::attribute::trace::Notes;
use misgen_core::{
    Decisions, Demonstrator, Ended, Events, LevelPlan, Policy, PolicyError, Pool, Reward, Rng, StepView, VecEnv, Walk,
    one_of,
};
use misgen_solve::Process;
use std::sync::Arc;

/// Lanes of an evaluation batch. Fixed, so that a net's arithmetic does not depend on who evaluates.
pub const LANES: usize = 64;

/// One played episode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// Level of the pool.
    pub level: u32,
    /// Action of each step.
    pub actions: Vec<u8>,
    /// Chance outcome of each step; empty where all are 0.
    pub chances: Vec<u32>,
    /// Steps (counted from 0) in which something happened, and what.
    pub events: Vec<(u16, Events)>,
    /// How it ended.
    pub ended: Ended,
}

impl Episode {
    /// Discounted return of `reward`: the sum of γ^t r_t.
    #[must_use]
    pub fn discounted(&self, reward: &Reward, gamma: f64) -> f64 {
        misgen_core::discounted(&self.events, reward, gamma)
    }

    /// How often each event happened.
    #[must_use]
    pub fn counts(&self) -> [u32; 16] {
        let mut counts = [0; 16];
        for (_, events) in &self.events {
            for (k, count) in counts.iter_mut().enumerate() {
                *count += u32::from(events.0 >> k & 1);
            }
        }
        counts
    }

    /// The first step in which some event of `any` happened, and the events of that step.
    #[must_use]
    pub fn first(&self, any: Events) -> Option<(u16, Events)> {
        self.events.iter().copied().find(|(_, e)| e.meets(any))
    }
}

/// Plays every level of `pool` once under `process`. Episode i of the result is level i's; each
/// has its own action stream, keyed by (`seed`, `purpose`, level). `palette` is what [`StepView::palette`] says.
///
/// # Errors
/// When the policy cannot act.
pub fn play(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    purpose: &str,
    palette: Option<f64>,
) -> Result<Vec<Episode>, PolicyError> {
    let levels = u32::try_from(pool.len()).expect("fewer than 2^32 levels");
    play_noting(policy, pool, process, seed, purpose, palette, Which { ids: (0..levels).collect(), notes: None })
}

/// Who takes over a step, and when.
pub(crate) struct Help<'a> {
    /// Says what would be best.
    pub(crate) demonstrator: &'a mut dyn Demonstrator,
    /// Whether an agent with these probabilities asks.
    pub(crate) asks: &'a mut dyn FnMut(&[f32]) -> bool,
}

/// As [`play`], with help; also the share of steps in which the agent asked. `on` is the purpose and the palette. Where it never asks the
/// episodes are those of [`play`].
///
/// # Errors
/// When the policy cannot act, or nobody can help on a level.
pub(crate) fn play_helped(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    (purpose, palette): (&str, Option<f64>),
    help: Help<'_>,
) -> Result<(Vec<Episode>, f64), PolicyError> {
    let n = pool.obs_spec().actions;
    let (mut probs, mut best) = (vec![0.0; LANES * n], vec![0; LANES]);
    let (mut asked, mut steps) = (0_u64, 0_u64);
    let mut rng = Rng::keyed(seed, &format!("{purpose}/help"), 0);
    let Help { demonstrator, asks } = help;
    let ids = (0..pool.len() as u32).collect();
    let mut helped = |env: &mut dyn VecEnv, policy: &mut dyn Policy, rngs: &mut [Rng], actions: &mut [u8]| {
        demonstrator.advise(env, &mut best).map_err(PolicyError)?;
        let view = env.view();
        let mut decisions = Decisions { probs: Some(&mut probs), ..Decisions::of(actions) };
        policy.act(&view, rngs, &mut decisions)?;
        for lane in (0..LANES).filter(|lane| view.level[*lane] != StepView::NO_LEVEL) {
            steps += 1;
            if asks(&probs[lane * n..][..n]) {
                asked += 1;
                actions[lane] = one_of(best[lane], &mut rng);
            }
        }
        env.step(actions);
        demonstrator.follow(env, actions);
        Ok(())
    };
    let episodes = episodes(policy, pool, process, seed, (purpose, palette), ids, &mut helped)?;
    Ok((episodes, asked as f64 / steps.max(1) as f64))
}

/// What is played, and what is written down of it.
pub(crate) struct Which<'a> {
    /// Levels of the pool.
    pub(crate) ids: Vec<u32>,
    /// What the policy thinks at each step goes in here; no episode depends on it.
    pub(crate) notes: Option<&'a mut Notes>,
}

/// As [`play`], but only the levels of `which`, each as it would be played among all; the episodes of the others are empty.
///
/// # Errors
/// When the policy cannot act.
pub(crate) fn play_noting(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    purpose: &str,
    palette: Option<f64>,
    which: Which<'_>,
) -> Result<Vec<Episode>, PolicyError> {
    let Which { ids, mut notes } = which;
    let mut alone = |env: &mut dyn VecEnv, policy: &mut dyn Policy, rngs: &mut [Rng], actions: &mut [u8]| {
        let mut decisions = Decisions::of(actions);
        if let Some(notes) = notes.as_deref_mut() {
            notes.ask(&mut decisions);
        }
        policy.act(&env.view(), rngs, &mut decisions)?;
        if let Some(notes) = notes.as_deref_mut() {
            notes.take(&env.view());
        }
        env.step(actions);
        Ok(())
    };
    episodes(policy, pool, process, seed, (purpose, palette), ids, &mut alone)
}

/// Decides and takes one step in every lane: environment, policy, a stream a lane, the actions that were taken.
type TakeStep<'a> =
    &'a mut dyn FnMut(&mut dyn VecEnv, &mut dyn Policy, &mut [Rng], &mut [u8]) -> Result<(), PolicyError>;

/// Plays the levels `ids`, each once, step by step as `take_step` does; the episodes of the others are empty.
fn episodes(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    (purpose, palette): (&str, Option<f64>),
    ids: Vec<u32>,
    take_step: TakeStep<'_>,
) -> Result<Vec<Episode>, PolicyError> {
    let mut env = Arc::clone(pool).batch(LANES, process.limit, process.stop);
    env.set_palette(palette.map(|palette| palette as f32));
    let levels = u32::try_from(pool.len()).expect("fewer than 2^32 levels");
    env.restart(&LevelPlan::Once { ids, seed });
    let stream = |level: u32| Rng::keyed(seed, purpose, u64::from(level));
    let mut rngs: Vec<Rng> = env.view().level.iter().map(|&level| stream(level)).collect();
    let mut episodes: Vec<Episode> = (0..levels).map(|level| Episode { level, ..Episode::default() }).collect();
    let mut actions = [0; LANES];
    while env.view().level.iter().any(|&level| level != StepView::NO_LEVEL) {
        take_step(&mut *env, policy, &mut rngs, &mut actions)?;
        let (view, chances) = (env.view(), env.chances());
        for lane in 0..LANES {
            if view.ended[lane] == Ended::Idle {
                continue;
            }
            let episode = &mut episodes[view.last_level[lane] as usize];
            let step = episode.actions.len() as u16;
            episode.actions.push(actions[lane]);
            episode.chances.push(chances[lane]);
            if !view.events[lane].is_empty() {
                episode.events.push((step, view.events[lane]));
            }
            if view.ended[lane] != Ended::No {
                episode.ended = view.ended[lane];
                rngs[lane] = stream(view.level[lane]);
            }
        }
    }
    for episode in &mut episodes {
        drop_certain(&mut episode.chances);
    }
    Ok(episodes)
}

fn drop_certain(chances: &mut Vec<u32>) {
    if chances.iter().all(|&c| c == 0) {
        chances.clear();
    }
}

impl Episode {
    /// An episode of `level` that was walked through.
    #[must_use]
    pub fn walked(level: u32, walk: Walk) -> Self {
        let Walk { actions, mut chances, events, ended } = walk;
        drop_certain(&mut chances);
        Self { level, actions, chances, events, ended }
    }
}
