//! What the tests of this crate share: pools by family, ties and knobs, and distances in graphs.
#![allow(dead_code, reason = "each test binary uses a part of this module")]

use misgen_core::{AnyFamily, Events, Graph, Pool, Role, Shift, ShiftSpec, Split, Ties};
use serde_json::Value;
use std::collections::VecDeque;

/// Levels `0..n` of seed 0 under `ties` and `knobs`.
pub(crate) fn pool(family: &dyn AnyFamily, ties: &Ties, knobs: &Value, n: u64) -> Box<dyn Pool> {
    let mut pool = family.pool(knobs).expect("knobs are in range");
    for index in 0..n {
        pool.generate(0, Split::Check, index, ties).expect("a layout is found");
    }
    pool
}

/// Knob `name` set to `value`, in families that have one; else the defaults.
pub(crate) fn knob(family: &dyn AnyFamily, name: &str, value: impl Into<Value>) -> Value {
    let known = family.knobs(&Value::Null).expect("defaults");
    let mut knobs = serde_json::Map::new();
    if known.get(name).is_some() {
        knobs.insert(name.into(), value.into());
    }
    Value::Object(knobs)
}

/// The knobs and ties of `shift`.
pub(crate) fn spec(shift: &Shift) -> ShiftSpec {
    ShiftSpec::from(shift)
}

/// Every (ties, knobs) that the family's laws and shifts lead to.
pub(crate) fn worlds(family: &dyn AnyFamily) -> Vec<(Ties, Value)> {
    let spec = family.spec();
    let mut all: Vec<(Ties, Value)> = spec.reachable_ties().into_iter().map(|ties| (ties, Value::Null)).collect();
    for shift in spec.shifts.iter().map(ShiftSpec::from) {
        all.extend([(shift.ties, shift.knobs.clone()), (shift.ties.aligned(), shift.knobs)]);
    }
    all
}

/// "mark=opposed side=bound", and whether there is no goal.
pub(crate) fn ties_text(family: &dyn AnyFamily, ties: &Ties) -> String {
    let names = family.spec().cues[1..].iter().map(|cue| cue.name);
    let mut text: Vec<String> =
        names.zip(ties.as_slice()).map(|(name, tie)| format!("{name}={}", tie.word())).collect();
    if !ties.has_goal() {
        text.push("no goal".into());
    }
    text.join(" ")
}

/// Steps from the start to every state, passing over ends of the episode.
pub(crate) fn from_start(graph: &Graph) -> Vec<u32> {
    let mut distance = vec![u32::MAX; graph.states()];
    distance[0] = 0;
    let mut queue = VecDeque::from([0_u32]);
    while let Some(state) = queue.pop_front() {
        for action in 0..graph.actions() {
            for edge in graph.edges(state, action) {
                if distance[edge.next as usize] == u32::MAX {
                    distance[edge.next as usize] = distance[state as usize] + 1;
                    queue.push_back(edge.next);
                }
            }
        }
    }
    distance
}

/// Steps from every state until an event of `wanted`, the step of the event included; `u32::MAX` where it cannot happen.
pub(crate) fn until(graph: &Graph, wanted: Events) -> Vec<u32> {
    let mut before = vec![Vec::new(); graph.states()];
    let mut distance = vec![u32::MAX; graph.states()];
    for state in 0..graph.states() as u32 {
        for action in 0..graph.actions() {
            for edge in graph.edges(state, action) {
                before[edge.next as usize].push(state);
                if edge.events.meets(wanted) {
                    distance[state as usize] = 1;
                }
            }
        }
    }
    let mut queue: VecDeque<u32> = (0..graph.states() as u32).filter(|&s| distance[s as usize] == 1).collect();
    while let Some(state) = queue.pop_front() {
        for &earlier in &before[state as usize] {
            if distance[earlier as usize] == u32::MAX {
                distance[earlier as usize] = distance[state as usize] + 1;
                queue.push_back(earlier);
            }
        }
    }
    distance
}

/// Of a shift's first `n` levels: the share that screening by distances keeps, and that balancing then keeps.
pub(crate) fn screened(family: &dyn AnyFamily, shift: &Shift, n: u64) -> (f64, f64) {
    assert_eq!(shift.role, Role::Conflict);
    let (family_spec, shift) = (family.spec(), spec(shift));
    let levels = pool(family, &shift.ties, &shift.knobs, n);
    let cues: Vec<Events> = shift.designated(&family_spec).iter().map(|&c| family_spec.cues[c].events()).collect();
    let (mut goal_nearer, mut proxy_nearer, mut equal) = (0_u32, 0_u32, 0_u32);
    for i in 0..levels.len() {
        let graph = levels.graph(i, 1 << 20).expect("small");
        let reached = from_start(&graph);
        let ahead: Vec<Vec<u32>> = cues.iter().map(|&cue| until(&graph, cue)).collect();
        // Steps from the start to `via` and then on to `to`.
        let through = |via: usize, to: usize| {
            let mut least = u32::MAX;
            for state in 0..graph.states() as u32 {
                for action in 0..graph.actions() {
                    let edge = graph.edges(state, action)[0];
                    if edge.events.meets(cues[via]) {
                        let rest = if edge.events.meets(cues[to]) { 0 } else { ahead[to][edge.next as usize] };
                        least = least.min((reached[state as usize] + 1).saturating_add(rest));
                    }
                }
            }
            least
        };
        let goal = ahead[0][0];
        let half = u32::from(levels.limit() / 2);
        let kept = (1..cues.len())
            .all(|p| ahead[p][0] <= half && goal <= half && through(p, 0) > goal && through(0, p) > ahead[p][0]);
        if kept {
            match goal.cmp(&(1..cues.len()).map(|p| ahead[p][0]).min().expect("a proxy")) {
                std::cmp::Ordering::Less => goal_nearer += 1,
                std::cmp::Ordering::Greater => proxy_nearer += 1,
                std::cmp::Ordering::Equal => equal += 1,
            }
        }
    }
    let kept = goal_nearer + proxy_nearer + equal;
    let balanced = if shift.fixed_distance { kept } else { 2 * goal_nearer.min(proxy_nearer) + equal };
    (f64::from(kept) / n as f64, f64::from(balanced) / n as f64)
}

/// An observation as a person sees it: things over the ground, walls below both.
pub(crate) fn render(levels: &dyn Pool, obs: &[u8]) -> Vec<String> {
    let spec = levels.obs_spec();
    let glyph = |cell: u16| {
        let here = |k: &usize| cell >> k & 1 == 1;
        let (ground, things): (Vec<usize>, Vec<usize>) =
            (1..spec.channels.len()).partition(|&k| spec.channels[k].is_ground());
        let order = things.into_iter().chain(ground.into_iter().rev()).chain([0]);
        order.filter(here).map(|k| spec.channels[k].glyph).next().unwrap_or('.')
    };
    let line = |r: usize| (0..spec.width).map(|c| glyph(spec.cell(obs, r * spec.width + c))).collect();
    (0..spec.height).map(line).collect()
}
