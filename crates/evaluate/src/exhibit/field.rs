//! What a net thinks in every place of a level.

use super::Field;
use super::shelf::Side;
use crate::attribute::scene::ponder;
use crate::pools::MAX_STATES;
use misgen_core::{Graph, Policy, PolicyError, TooLarge};

/// Levels with more states than this are not asked for: a way to each place is replayed.
const STATES: usize = MAX_STATES / 4;

/// Why there is no field.
#[derive(Debug, thiserror::Error)]
pub(super) enum FieldError {
    /// The level is not enumerated.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The policy failed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// What `policy`, trained with `seed`, thinks on level `level` of `side`, which is `place` on the shelf. `None` where the agent's place is
/// not in sight, or the policy says nothing.
pub(super) fn field(
    policy: &mut dyn Policy,
    side: &Side<'_>,
    level: usize,
    (place, seed): (usize, u64),
    palette: Option<f64>,
) -> Result<Option<Field>, FieldError> {
    let pool = &**side.levels;
    let graph = pool.graph(level, STATES)?;
    let (states, frames) = first_states(&graph, &pool.agent_cells(level, &graph), |actions, chances| {
        pool.replay(level, actions, chances).pop().expect("a replay has its start")
    });
    let frames: Vec<(u32, Vec<u8>)> = frames.into_iter().map(|frame| (level as u32, frame)).collect();
    let thoughts = ponder(policy, &pool.obs_spec(), &frames, palette)?;
    if thoughts.is_empty() || thoughts.iter().any(|thought| thought.probs.is_empty()) {
        return Ok(None);
    }
    Ok(Some(Field {
        level: place,
        seed,
        cells: states,
        percent: thoughts.iter().map(|thought| percent(&thought.probs)).collect(),
        values: thoughts.iter().filter_map(|thought| thought.value.map(rounded)).collect(),
    }))
}

/// Each place with the first state, in breadth-first order from the start and short of ends, that has the agent there; and what is seen in it.
fn first_states(
    graph: &Graph,
    cells: &[Option<u16>],
    see: impl Fn(&[u8], &[u32]) -> Vec<u8>,
) -> (Vec<u16>, Vec<Vec<u8>>) {
    // Where each state was first come to from: the state before, the action, the chance.
    let mut from: Vec<Option<(u32, u8, u32)>> = vec![None; graph.states()];
    let mut order = vec![0_u32];
    let mut seen = vec![false; graph.states()];
    seen[0] = true;
    let mut at = 0;
    let (mut places, mut frames): (Vec<u16>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
    while let Some(&state) = order.get(at) {
        at += 1;
        if let Some(cell) = cells[state as usize].filter(|cell| !places.contains(cell)) {
            places.push(cell);
            let (actions, chances) = way(&from, state);
            frames.push(see(&actions, &chances));
        }
        for action in 0..graph.actions() {
            for (chance, edge) in graph.edges(state, action).iter().enumerate() {
                if edge.end || edge.probability <= 0.0 || std::mem::replace(&mut seen[edge.next as usize], true) {
                    continue;
                }
                from[edge.next as usize] = Some((state, action as u8, chance as u32));
                order.push(edge.next);
            }
        }
    }
    (places, frames)
}

/// The steps that lead to `state`.
fn way(from: &[Option<(u32, u8, u32)>], mut state: u32) -> (Vec<u8>, Vec<u32>) {
    let (mut actions, mut chances) = (Vec::new(), Vec::new());
    while let Some((before, action, chance)) = from[state as usize] {
        actions.push(action);
        chances.push(chance);
        state = before;
    }
    actions.reverse();
    chances.reverse();
    (actions, chances)
}

/// Probabilities in whole per cent.
pub(super) fn percent(probs: &[f64]) -> Vec<u8> {
    probs.iter().map(|p| (p * 100.0).round().clamp(0.0, 100.0) as u8).collect()
}

/// A value as it is shown: three decimals.
pub(super) fn rounded(value: f64) -> f32 {
    ((value * 1000.0).round() / 1000.0) as f32
}
