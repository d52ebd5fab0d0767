//! Every registered family: layouts are paired, levels can be solved, texts come back exactly, bytes never change.

mod common;

use common::{from_start, knob, pool, ties_text, until, worlds};
use misgen_core::{AnyFamily, Kind, Split, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

/// Every tie of every proxy with every other, so far as the family supports them.
fn supported(family: &dyn AnyFamily) -> Vec<Ties> {
    let mut all: Vec<Vec<Tie>> = vec![Vec::new()];
    for able in family.spec().supports {
        all = all.iter().flat_map(|ties| able.iter().map(|&tie| [&ties[..], &[tie]].concat())).collect();
    }
    all.iter().map(|ties| Ties::new(ties)).collect()
}

#[test]
fn one_stream_under_two_ties_is_one_layout() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        let (wall, agent) = (0, 1);
        assert_eq!([spec.channels[wall].name, spec.channels[agent].name], ["wall", "agent"]);
        for knobs in [json!({}), knob(family, "density", 0.15)] {
            let layouts = |ties: &Ties| -> Vec<(u16, Vec<u8>)> {
                let levels = pool(family, ties, &knobs, 20);
                let plane = |obs: &[u8]| obs.iter().map(|cell| cell & 3).collect();
                let layout = |i| (levels.key(i).expect("generated").attempt, plane(&levels.replay(i, &[], &[])[0]));
                (0..20).map(layout).collect()
            };
            let expected = layouts(&spec.reachable_ties()[0]);
            let texts = pool(family, &spec.reachable_ties()[0], &knobs, 20);
            assert!((1..20).any(|i| texts.text(i) != texts.text(0)), "{}: levels differ", spec.name);
            for ties in supported(family) {
                assert_eq!(layouts(&ties), expected, "{} {}", spec.name, ties_text(family, &ties));
            }
        }
    }
}

#[test]
fn texts_come_back_exactly() {
    for family in REGISTRY.iter() {
        for (ties, knobs) in worlds(family) {
            let levels = pool(family, &ties, &knobs, 5);
            let mut copies = family.pool(&knobs).expect("in range");
            for i in 0..levels.len() {
                copies.push_text(&levels.text(i)).expect("its own text");
                assert_eq!(copies.text(i), levels.text(i));
                assert_eq!(copies.digest(i), levels.digest(i));
                let actions = [0, 1, 2, 3, 3, 2, 1, 0, 0, 3];
                assert_eq!(copies.replay(i, &actions, &[]), levels.replay(i, &actions, &[]));
                if family.spec().planner.is_none() {
                    assert_eq!(copies.graph(i, 1 << 20), levels.graph(i, 1 << 20), "{}", ties_text(family, &ties));
                }
            }
        }
    }
}

#[test]
fn keys_make_the_same_level_again() {
    for family in REGISTRY.iter() {
        let knobs = knob(family, "density", 0.2);
        let levels = pool(family, &family.spec().reachable_ties()[0], &knobs, 20);
        let mut again = family.pool(&knobs).expect("in range");
        for i in 0..levels.len() {
            again.regenerate(&levels.key(i).expect("generated")).expect("accepted before");
            assert_eq!(again.text(i), levels.text(i));
        }
    }
}

#[test]
fn every_cue_can_be_obtained_within_the_limit() {
    for family in REGISTRY.iter().filter(|family| family.spec().planner.is_none()) {
        let spec = family.spec();
        for (ties, knobs) in worlds(family) {
            let levels = pool(family, &ties, &knobs, 5);
            for i in 0..levels.len() {
                let (graph, limit) = (levels.graph(i, 1 << 20).expect("enumerable"), u32::from(levels.limit()));
                let world = format!("{} {} {knobs}\n{}", spec.name, ties_text(family, &ties), levels.text(i).map);
                let goal = until(&graph, spec.cues[0].events())[0];
                assert_eq!(goal <= limit, ties.has_goal(), "{goal} steps to the goal: {world}");
                if spec.first_cue_ends && spec.kind == Kind::Coincident {
                    for (p, cue) in spec.cues[1..].iter().enumerate() {
                        let there = until(&graph, cue.events())[0] <= limit;
                        // An agent that starts inside the place has obtained the cue before the first step.
                        let inside = starts_inside(&*levels, i, spec.cues[p + 1].name);
                        assert_eq!(there, ties.of(p) != Tie::Absent && !inside, "{}: {world}", cue.name);
                    }
                    // Reaching the goal ends an episode.
                    let ends = |s: u32, a: usize| {
                        graph.edges(s, a).iter().any(|e| e.end && e.events.meets(spec.cues[0].events()))
                    };
                    let reached = from_start(&graph);
                    let in_time = (0..graph.states() as u32).filter(|&state| reached[state as usize] < limit);
                    let any = in_time.flat_map(|s| (0..graph.actions()).map(move |a| (s, a))).any(|(s, a)| ends(s, a));
                    assert_eq!(any, ties.has_goal(), "{world}");
                }
            }
        }
    }
}

/// Whether a level starts in the region of the cue: the patch of `bright`, the corner of `dish` (the other regions keep
/// away from the start).
fn starts_inside(levels: &dyn misgen_core::Pool, i: usize, cue: &str) -> bool {
    let text = levels.text(i);
    let (r, line) = text.map.lines().enumerate().find(|(_, line)| line.contains('@')).expect("an agent");
    let (r, c) = (r as i32, line.find('@').expect("an agent") as i32);
    let number = |text: &str| text.parse::<i32>().expect("a number");
    match (cue, text.fields.get("patch"), text.fields.get("corner")) {
        ("bright", Some(centre), _) => {
            let (row, column) = centre.split_once(',').expect("row,column");
            (r + 1 - number(row)).abs() <= 1 && (c + 1 - number(column)).abs() <= 1
        }
        ("corner", _, Some(corner)) => r.max(c) < number(corner),
        _ => false,
    }
}

#[test]
fn level_bytes_are_those_of_their_version() {
    let golden = [
        ("doorway-v0", "5caa197dd350e133"),
        ("bright-v0", "6a702436c251d7db"),
        ("corner-v0", "a950a52b339e0c0c"),
        ("keys-chests-v0", "ea6c0f1354c774ec"),
        ("colour-shape-v0", "e2e98268552fb485"),
        ("dish-v0", "fecc39dcc8421b00"),
        ("monsters-v0", "b250f1aa43160be8"),
        ("forest-v0", "ba2267804e77e48c"),
        ("follow-v0", "b618beb7f1dbc883"),
        ("coin-v0", "a2a7c770085eb4b1"),
        ("lava-v0", "f313f5833d331589"),
        ("oversight-v0", "c44148531bd048ff"),
        ("query-v0", "e228751fef85bfa6"),
        ("boat-race-v0", "c3924174d42e7fda"),
        ("tidy-v0", "d4df089d7b6d4bba"),
        ("pause-v0", "f8bb6df32e7b39ef"),
    ];
    let found: Vec<(String, String)> = REGISTRY
        .iter()
        .map(|family| {
            let worlds = worlds(family);
            let mut hasher = blake3::Hasher::new();
            for index in 0..64 {
                let (ties, knobs) = &worlds[index as usize % worlds.len()];
                let mut levels = family.pool(knobs).expect("in range");
                levels.generate(7, Split::Eval, index, ties).expect("a layout");
                hasher.update(&levels.digest(0));
            }
            (family.spec().id(), hasher.finalize().to_hex()[..16].to_owned())
        })
        .collect();
    assert_eq!(found, golden.map(|(id, hash)| (id.to_owned(), hash.to_owned())));
}

#[test]
fn ties_that_a_family_does_not_support_are_refused() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        for tie in [Tie::Absent, Tie::Twice] {
            let ties = Ties::all(spec.proxies(), tie);
            let mut levels = family.pool(&Value::Null).expect("defaults");
            assert_eq!(
                levels.generate(0, Split::Check, 0, &ties).is_ok(),
                spec.supports(&ties),
                "{} {tie:?}",
                spec.name
            );
        }
    }
}
