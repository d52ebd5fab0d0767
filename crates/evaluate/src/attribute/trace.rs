//! Traces: episodes with what the player thought at each step.

use crate::rollout::{Episode, LANES, Which, play_noting};
use crate::row::{EvaluateError, scripted};
use misgen_core::{Decisions, Graph, Policy, PolicyError, Pool, StepView};
use misgen_solve::{Behaviour, Book, Playbook, Process, Script};
use std::sync::Arc;

/// One episode, step by step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// What was played.
    pub episode: Episode,
    /// Probability of each action at each step, `[steps * actions]`; empty where the player does not say.
    pub probs: Vec<f32>,
    /// The player's estimate of its return at each step, `[steps]`; empty where it has none.
    pub values: Vec<f32>,
    /// What the last hidden layer held at each step, `[steps * units]`; empty where there is none.
    pub features: Vec<f32>,
}

impl Trace {
    /// Probabilities of the actions at `step`, where the player says them.
    #[must_use]
    pub fn law(&self, step: usize) -> Option<&[f32]> {
        let actions = self.probs.len() / self.episode.actions.len().max(1);
        (actions > 0).then(|| &self.probs[step * actions..(step + 1) * actions])
    }

    /// The player's estimate of its return at `step`, where it has one.
    #[must_use]
    pub fn value(&self, step: usize) -> Option<f64> {
        self.values.get(step).map(|value| f64::from(*value))
    }
}

/// What is written down in a rollout: one buffer of the batch, and what is kept of it for each level.
pub(crate) struct Notes {
    actions: usize,
    units: usize,
    probs: Vec<f32>,
    values: Vec<f32>,
    features: Vec<f32>,
    kept: Vec<Trace>,
}

impl Notes {
    fn new(policy: &dyn Policy, pool: &dyn Pool) -> Self {
        let (actions, units) = (pool.obs_spec().actions, policy.features());
        Self {
            actions,
            units,
            probs: vec![0.0; LANES * actions],
            values: vec![0.0; LANES],
            features: vec![0.0; LANES * units],
            kept: vec![Trace::default(); pool.len()],
        }
    }

    /// Asks for everything. What a policy leaves as it is, it does not know.
    pub(crate) fn ask<'a>(&'a mut self, decisions: &mut Decisions<'a>) {
        self.probs.fill(f32::NAN);
        self.values.fill(f32::NAN);
        decisions.probs = Some(&mut self.probs);
        decisions.values = Some(&mut self.values);
        decisions.features = (self.units > 0).then_some(&mut self.features[..]);
    }

    /// Keeps what was said about the states of `view`, before the step is taken.
    pub(crate) fn take(&mut self, view: &StepView<'_>) {
        for lane in (0..view.lanes()).filter(|lane| view.level[*lane] != StepView::NO_LEVEL) {
            let kept = &mut self.kept[view.level[lane] as usize];
            let probs = &self.probs[lane * self.actions..(lane + 1) * self.actions];
            if !probs.iter().any(|p| p.is_nan()) {
                kept.probs.extend_from_slice(probs);
            }
            kept.values.extend(Some(self.values[lane]).filter(|value| !value.is_nan()));
            kept.features.extend_from_slice(&self.features[lane * self.units..(lane + 1) * self.units]);
        }
    }
}

/// Plays as [`crate::rollout::play`] does, the same episodes, and keeps what the policy thought.
///
/// # Errors
/// When the policy cannot act.
pub fn trace(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    purpose: &str,
    palette: Option<f64>,
) -> Result<Vec<Trace>, PolicyError> {
    trace_only(policy, pool, process, seed, purpose, palette, pool.len())
}

/// As [`trace`], of the first `count` levels alone; the traces of the others are empty.
pub(crate) fn trace_only(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    purpose: &str,
    palette: Option<f64>,
    count: usize,
) -> Result<Vec<Trace>, PolicyError> {
    trace_of(policy, pool, process, seed, (purpose, palette), (0..count.min(pool.len()) as u32).collect())
}

/// As [`trace`], of the levels `ids` alone; the traces of the others are empty. With the purpose stands the palette.
pub(crate) fn trace_of(
    policy: &mut dyn Policy,
    pool: &Arc<dyn Pool>,
    process: &Process,
    seed: u64,
    (purpose, palette): (&str, Option<f64>),
    ids: Vec<u32>,
) -> Result<Vec<Trace>, PolicyError> {
    let mut notes = Notes::new(policy, &**pool);
    let episodes = play_noting(policy, pool, process, seed, purpose, palette, Which { ids, notes: Some(&mut notes) })?;
    Ok(notes.kept.into_iter().zip(episodes).map(|(kept, episode)| Trace { episode, ..kept }).collect())
}

/// The traces of somebody who left nothing but episodes.
#[must_use]
pub fn silent(episodes: &[Episode]) -> Vec<Trace> {
    episodes.iter().map(|episode| Trace { episode: episode.clone(), ..Trace::default() }).collect()
}

/// The same of a scripted player. Its law is exact: of a player who draws once an episode which part to play, the mixture
/// of the parts weighed by how well each explains what it did so far. A planned level's players do not say their law.
///
/// # Errors
/// When the player does not exist in this family, or a level is too large.
pub fn trace_script(
    levels: &Arc<dyn Pool>,
    process: &Process,
    script: &Script,
    seed: u64,
    purpose: &str,
) -> Result<Vec<Trace>, EvaluateError> {
    let mut said = Vec::with_capacity(levels.len());
    let mut tell = |parts: &[(f64, Behaviour)], here: &Book<'_>, other: Option<&Book<'_>>, episode: &Episode| {
        let mut probs = Vec::new();
        if let Book::Solved(graph, book) = here {
            let states = states(graph, &episode.actions, &episode.chances);
            let other = other.and_then(|other| match other {
                Book::Solved(_, other) => Some(&**other),
                Book::Planned(_) => None,
            });
            let rows = laws(book, parts, other, &states, &episode.actions);
            probs = rows.into_iter().flatten().map(|p| p as f32).collect();
        }
        said.push(probs);
    };
    let episodes = scripted(levels, process, script, seed, purpose, &mut tell)?;
    let whole = |(episode, probs)| Trace { episode, probs, ..Trace::default() };
    Ok(episodes.into_iter().zip(said).map(whole).collect())
}

/// Whether some part plays another level's tape.
pub(super) fn looks_elsewhere(parts: &[(f64, Behaviour)]) -> bool {
    parts.iter().any(|(_, behaviour)| matches!(behaviour, Behaviour::Elsewhere(_)))
}

/// The states of `graph` in which each action was taken.
pub(super) fn states(graph: &Graph, actions: &[u8], chances: &[u32]) -> Vec<u32> {
    let mut state = 0;
    let step = |(t, action): (usize, &u8)| {
        let here = state;
        state = graph.follow(here, *action, chances.get(t).copied().unwrap_or(0)).next;
        here
    };
    actions.iter().enumerate().map(step).collect()
}

/// The law of a scripted player in `states`, having taken `actions` before; one row of probabilities a state.
pub(super) fn laws(
    book: &Playbook,
    parts: &[(f64, Behaviour)],
    other: Option<&Playbook>,
    states: &[u32],
    actions: &[u8],
) -> Vec<Vec<f64>> {
    let mut parts: Vec<_> = parts.iter().map(|(weight, part)| (*weight, book.player(*part, other))).collect();
    let n = book.reach().actions();
    let mut rows = Vec::with_capacity(states.len());
    for (t, state) in states.iter().enumerate() {
        let mut all = vec![0.0; n];
        let mut likely = Vec::with_capacity(parts.len());
        for (weight, player) in &parts {
            let mut probs = vec![0.0; n];
            player.law(*state, t as u16, &mut probs);
            all.iter_mut().zip(&probs).for_each(|(sum, p)| *sum += weight * p);
            likely.push(actions.get(t).map_or(0.0, |action| weight * probs[usize::from(*action)]));
        }
        rows.push(all);
        // Off every part's way nothing was learned about which one plays.
        let total: f64 = likely.iter().sum();
        if total > 0.0 {
            parts.iter_mut().zip(likely).for_each(|((weight, _), l)| *weight = l / total);
        }
    }
    rows
}
