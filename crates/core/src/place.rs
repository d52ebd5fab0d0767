//! Where the agent stands: cell by cell along an episode, and in every state of a level.

use crate::{CellBits, Family, Graph, ObsSpec};

/// The first cell (row-major) in which `obs`, one lane's observation, shows the channel `agent`.
#[must_use]
pub fn agent_cell(spec: &ObsSpec, obs: &[u8]) -> Option<u16> {
    let bit = spec.channel("agent")?;
    (0..spec.height * spec.width).find(|&i| spec.cell(obs, i) >> bit & 1 == 1).map(|i| i as u16)
}

/// Whether `actions` and `chances` can be an episode of `level`: actions that there are, outcomes that its chance has.
pub(crate) fn is_episode<F: Family>(level: &F::Level, actions: &[u8], chances: &[u32]) -> bool {
    let mut state = F::start(level);
    (chances.is_empty() || chances.len() == actions.len())
        && actions.iter().enumerate().all(|(t, &action)| {
            let chance = chances.get(t).copied().unwrap_or(0);
            let legal = usize::from(action) < F::ACTIONS.len() && chance < F::noise(level, &state).outcomes();
            if legal {
                F::step(level, &mut state, action, chance);
            }
            legal
        })
}

/// The agent's cell in every state of `graph`, which is that of `level`.
pub(crate) fn agent_cells<F: Family>(level: &F::Level, graph: &Graph, spec: &ObsSpec) -> Vec<Option<u16>> {
    let agent = spec.channel("agent").map(|bit| bit as u8);
    let mut cells = vec![F::Cell::EMPTY; spec.height * spec.width];
    let mut states: Vec<Option<F::State>> = vec![None; graph.states()];
    states[0] = Some(F::start(level));
    // Breadth first, as the graph's states stand: whoever comes later was met before.
    let mut places = Vec::with_capacity(graph.states());
    for at in 0..graph.states() {
        let state = states[at].expect("states stand in breadth-first order");
        F::observe(level, &state, &mut cells);
        places.push(agent.and_then(|bit| cells.iter().position(|cell| cell.has(bit))).map(|i| i as u16));
        for action in 0..graph.actions() {
            for (chance, edge) in graph.edges(at as u32, action).iter().enumerate() {
                let slot = &mut states[edge.next as usize];
                if slot.is_none() {
                    let mut after = state;
                    F::step(level, &mut after, action as u8, chance as u32);
                    *slot = Some(after);
                }
            }
        }
    }
    places
}
