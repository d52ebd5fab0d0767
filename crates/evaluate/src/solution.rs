//! The best that can be done on one level, in a form for people: values, numbers of steps, and one way to play.

use crate::pools::MAX_STATES;
use misgen_core::{FamilySpec, Graph, Pool, Rng, Role, ShiftSpec, TooLarge};
use misgen_solve::{Behaviour, Book, LevelValues, Nearer, Process, Refusal};
use serde::Serialize;

/// Optimal (or planned) pursuit of one reward on one level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pursued {
    /// The cue pursued, or `training`.
    pub cue: &'static str,
    /// Value of its own reward: mean discounted return.
    pub value: f64,
    /// Standard error of the value, where it is a mean of rollouts.
    pub error: Option<f64>,
    /// What this pursuit is worth to the goal.
    pub goal_value: f64,
    /// Value of its own reward under uniformly random play.
    pub random: f64,
    /// Steps of `path` up to the last one that its reward pays or charges for; null where none does.
    pub steps: Option<u16>,
    /// One episode of the pursuer up to there, by the names of its actions. One of many where play is a draw among equals, or
    /// the level has chance.
    pub path: Vec<&'static str>,
    /// Undiscounted sum of its reward in that episode.
    pub total: f64,
}

/// Whether screening would keep a level for a conflict shift.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Screening {
    /// The shift.
    pub shift: String,
    /// Whether it would.
    pub kept: bool,
    /// Why it would not.
    pub reason: Option<String>,
    /// Whether the goal or a proxy is nearer, where it would.
    pub nearer: Option<&'static str>,
}

/// A solved level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Solution {
    /// Whether values are exact; else they are those of the declared planner.
    pub exact: bool,
    /// Whether chance takes part; null where only rollouts could tell.
    pub chance: Option<bool>,
    /// States that play can reach, where they were counted.
    pub states: Option<usize>,
    /// Most steps of an episode.
    pub limit: u16,
    /// Discount.
    pub gamma: f64,
    /// The goal, each proxy, and the training reward where the family declares one.
    pub pursued: Vec<Pursued>,
    /// Screening, where the family has a conflict shift.
    pub screening: Option<Screening>,
}

/// Solves level `place` of `pool` under `process`.
///
/// # Errors
/// When it has more than [`MAX_STATES`] states.
pub fn solve(pool: &dyn Pool, place: usize, process: &Process) -> Result<Solution, TooLarge> {
    let spec = pool.spec();
    let book = Book::new(pool, place, process, MAX_STATES)?;
    // The very values that metrics compare an agent with.
    let values = book.values(&spec, &[0]);
    let pursued = (0..spec.all_rewards().len()).map(|i| one(&book, &spec, i, &values)).collect();
    let (chance, states) = match &book {
        Book::Solved(graph, _) => (Some(has_chance(graph)), Some(graph.states())),
        Book::Planned(_) => (None, None),
    };
    let Process { gamma, limit, .. } = *process;
    Ok(Solution { exact: !spec.is_planned(), chance, states, limit, gamma, pursued, screening: None })
}

/// Whether some step has more than one outcome.
fn has_chance(graph: &Graph) -> bool {
    (0..graph.states() as u32).any(|state| (0..graph.actions()).any(|action| graph.edges(state, action).len() > 1))
}

fn one(book: &Book<'_>, spec: &FamilySpec, i: usize, values: &LevelValues) -> Pursued {
    let reward = spec.all_rewards()[i];
    let stream = Rng::keyed(0, "path", i as u64);
    let walk = book.play(Behaviour::Pursue(i), None, &mut stream.derive("acts", 0), &mut stream.derive("chance", 0));
    // A step that pays one thing and charges as much for another counts too.
    let counts = |events: misgen_core::Events| (0..16).any(|k| events.0 >> k & 1 == 1 && reward.0[k] != 0.0);
    let steps = walk.events.iter().rev().find(|(_, events)| counts(*events)).map(|(t, _)| t + 1);
    let path = walk.actions.iter().take(usize::from(steps.unwrap_or(0)));
    Pursued {
        cue: spec.cues.get(i).map_or("training", |cue| cue.name),
        value: values.pursuers[i][i],
        error: values.sampled.as_ref().map(|known| known.pursuers[i][i]),
        goal_value: values.pursuers[i][0],
        random: values.random[i],
        steps,
        path: path.map(|action| spec.actions[usize::from(*action)]).collect(),
        total: walk.events.iter().map(|(_, events)| f64::from(reward.of(*events))).sum(),
    }
}

/// Screens level `place` of `pool` for `shift`; `None` where that is no conflict shift, because nothing else is screened.
///
/// # Errors
/// As [`solve`].
pub fn screening(pool: &dyn Pool, place: usize, shift: &ShiftSpec) -> Result<Option<Screening>, TooLarge> {
    if shift.role != Role::Conflict {
        return Ok(None);
    }
    let spec = pool.spec();
    let process = crate::pools::process(&spec, shift, pool.limit());
    let book = Book::new(pool, place, &process, MAX_STATES)?;
    let (kept, reason, nearer) = match book.screen(&spec, &shift.designated(&spec)) {
        Ok(screened) => (true, None, Some(screened.nearer)),
        Err(refusal) => (false, Some(in_words(&refusal, &spec)), None),
    };
    let nearer = nearer.map(|nearer| match nearer {
        Nearer::Goal => "goal",
        Nearer::Proxy => "proxy",
        Nearer::Same => "same",
    });
    Ok(Some(Screening { shift: shift.name.clone(), kept, reason, nearer }))
}

/// A refusal with the names of cues in place of their numbers.
fn in_words(refusal: &Refusal, spec: &FamilySpec) -> String {
    let mut text = refusal.to_string();
    for (i, cue) in spec.cues.iter().enumerate() {
        let name = if i == 0 { "the goal".to_owned() } else { format!("`{}`", cue.name) };
        text = text.replace(&format!("cue {i}"), &name);
    }
    text
}
