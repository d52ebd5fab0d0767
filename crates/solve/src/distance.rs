//! Shortest numbers of steps from the start to an event, for screening and for path lengths.

use misgen_core::{Events, Graph};

/// Whether a way may go on beyond the end of the episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// It may: the distance is one of the map, not of an episode.
    Pass,
    /// It may not: somebody could play it.
    Stop,
}

/// Fewest steps from the start until some event of `target` can happen; `None` where it never can.
/// In noisy levels every outcome of positive probability counts as a way.
#[must_use]
pub fn distance(graph: &Graph, target: Events, ends: Ends) -> Option<u32> {
    search(graph, target, None, ends)
}

/// Fewest steps until some event of `target` can happen when some event of `via` has happened
/// before, or happens in the same step, on ways that may pass ends.
#[must_use]
pub fn distance_via(graph: &Graph, target: Events, via: Events) -> Option<u32> {
    search(graph, target, Some(via), Ends::Pass)
}

/// Breadth first over pairs (state, whether `via` has happened).
fn search(graph: &Graph, target: Events, via: Option<Events>, ends: Ends) -> Option<u32> {
    let node = |state: u32, passed: bool| state as usize * 2 + usize::from(passed);
    let mut seen = vec![false; graph.states() * 2];
    let mut now = vec![(0, via.is_none())];
    let mut then = Vec::new();
    seen[node(0, via.is_none())] = true;
    let mut steps = 0;
    while !now.is_empty() {
        steps += 1;
        for (state, before) in now.drain(..) {
            for action in 0..graph.actions() {
                for edge in graph.edges(state, action).iter().filter(|edge| edge.probability > 0.0) {
                    let passed = before || via.is_some_and(|via| edge.events.meets(via));
                    if passed && edge.events.meets(target) {
                        return Some(steps);
                    }
                    let seen = &mut seen[node(edge.next, passed)];
                    let walkable = !edge.end || ends == Ends::Pass;
                    if walkable && !*seen {
                        *seen = true;
                        then.push((edge.next, passed));
                    }
                }
            }
        }
        std::mem::swap(&mut now, &mut then);
    }
    None
}
