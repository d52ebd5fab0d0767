//! The way of an optimal player on one level, for looking at: one keyed episode that goes straight on where it may.

use crate::rollout::Episode;
use misgen_core::{Advice, Ended, ObsSpec, Pool, Rng, Walk};
use misgen_solve::{ActionSet, Book, Process};

/// One episode of the pursuer of a cue.
#[derive(Clone, Debug, PartialEq)]
pub struct PursuerWay {
    /// The cue pursued; as many as there are cues stands for the training reward.
    pub cue: usize,
    /// What was played.
    pub episode: Episode,
    /// Discounted return of the cue's own reward.
    pub own: f64,
    /// Discounted return of the goal's reward.
    pub goal: f64,
}

/// The way of the pursuer of `cue` (or, one beyond the cues, of the training reward) on level `level` of `pool`, of which `book` was made under `process`. Among equally good
/// actions it repeats the last one, else takes the first; chance is drawn from a stream keyed by the level's content. In families
/// that are planned it is an episode of the planner.
#[must_use]
pub fn pursuer_way(pool: &dyn Pool, level: usize, process: &Process, book: &Book<'_>, cue: usize) -> PursuerWay {
    let digest = pool.digest(level);
    let key = u64::from_le_bytes(digest[..8].try_into().expect("eight bytes"));
    let mut chance = Rng::keyed(key, "way", cue as u64);
    let mut last = None;
    let mut straight = |set: ActionSet| {
        let action = last.filter(|action| set.contains(*action)).or_else(|| set.iter().next());
        last = action;
        action.expect("a pursuer has an action")
    };
    let walk = match book {
        Book::Planned(_) => {
            let mut law = |advice: &dyn Advice, _: u16| straight(ActionSet(advice.plan(cue)));
            pool.walk(level, process.limit, process.stop, &mut law, &mut chance)
        }
        Book::Solved(graph, playbook) => {
            let pursuer = playbook.pursuer(cue);
            let mut walk = Walk { ended: Ended::Truncated, ..Walk::default() };
            let mut state = 0;
            for step in 0..process.limit {
                let action = straight(pursuer.actions(state, step));
                let edges = graph.edges(state, usize::from(action));
                let drawn = if edges.len() == 1 { 0 } else { chance.weighted(edges.iter().map(|e| e.probability)) };
                let edge = edges[drawn];
                walk.actions.push(action);
                walk.chances.push(drawn as u32);
                if !edge.events.is_empty() {
                    walk.events.push((step, edge.events));
                }
                state = edge.next;
                if process.ends(&edge) {
                    walk.ended = Ended::Terminated;
                    break;
                }
            }
            walk
        }
    };
    let episode = Episode::walked(level as u32, walk);
    let rewards = pool.spec().all_rewards();
    let worth = |cue: usize| episode.discounted(&rewards[cue], process.gamma);
    PursuerWay { cue, own: worth(cue), goal: worth(0), episode }
}

/// The agent's cell (row-major) in each of `frames`, as far as it is in sight.
#[must_use]
pub fn places(spec: &ObsSpec, frames: &[Vec<u8>]) -> Vec<usize> {
    let Some(agent) = spec.channel("agent") else { return Vec::new() };
    let cells = spec.height * spec.width;
    frames.iter().filter_map(|frame| (0..cells).find(|at| spec.cell(frame, *at) >> agent & 1 == 1)).collect()
}
