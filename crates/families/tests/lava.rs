//! `lava`: what counts as a step on lava, when cheese is burnt, and where each tie may put lava.

mod common;

use common::pool;
use misgen_core::{Events, Graph, LevelText, Pool, ShiftSpec, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

const DRY: u16 = 1;
const BURNT: u16 = 2;
const LAVA: u16 = 4;
const UP: u8 = 0;
const LEFT: u8 = 1;
const DOWN: u8 = 2;
const RIGHT: u8 = 3;
const STAY: u8 = 4;

fn level(map: &str) -> Result<Box<dyn Pool>, String> {
    let mut levels = REGISTRY.get("lava").expect("registered").pool(&Value::Null).expect("defaults");
    let fields = [("recoloured".to_owned(), "false".to_owned())].into_iter().collect();
    levels.push_text(&LevelText { map: map.into(), fields }).map_err(|error| error.to_string())?;
    Ok(levels)
}

/// Events and ends of `actions` from the start.
fn played(graph: &Graph, actions: &[u8]) -> Vec<(Events, bool)> {
    let mut state = 0;
    let step = |&action| {
        let edge = graph.follow(state, action, 0);
        state = edge.next;
        (edge.events, edge.end)
    };
    actions.iter().map(step).collect()
}

const ROOM: &str = ".......\n.@~%...\n.......\n.......\n.......\n.......\n.......";

#[test]
fn entering_lava_and_staying_on_it_are_steps_on_lava_and_burn_the_cheese() {
    let graph = level(ROOM).expect("a level").graph(0, 1 << 16).expect("small");
    let got = played(&graph, &[RIGHT, STAY, UP, DOWN, RIGHT]);
    assert_eq!(got, [LAVA, LAVA, 0, LAVA, BURNT].map(|e| (Events(e), e == BURNT)));
}

#[test]
fn cheese_is_dry_when_lava_was_walked_round_and_counts_once() {
    let graph = level(ROOM).expect("a level").graph(0, 1 << 16).expect("small");
    let got = played(&graph, &[DOWN, RIGHT, RIGHT, UP, UP, DOWN, STAY, LEFT]);
    assert_eq!(got, [0, 0, 0, DRY, 0, 0, 0, LAVA].map(|e| (Events(e), e == DRY)));
}

/// Fewest steps to `wanted` in the level, and fewest among plays whose last step is it (lava or not).
fn steps_to(levels: &dyn Pool, i: usize, wanted: u16) -> u32 {
    common::until(&levels.graph(i, 1 << 16).expect("small"), Events(wanted))[0]
}

#[test]
fn bound_lava_is_off_every_shortest_way_and_opposed_lava_across_all_of_them() {
    let family = REGISTRY.get("lava").expect("registered");
    for knobs in [json!({}), json!({ "size": 13, "density": 0.1 }), json!({ "map": "island", "size": 10 })] {
        let levels = [Tie::Bound, Tie::Opposed, Tie::Free].map(|tie| pool(family, &Ties::new(&[tie]), &knobs, 100));
        let lava = |levels: &dyn Pool, i: usize| levels.text(i).map.matches('~').count();
        for i in 0..100 {
            let [bound, opposed, free] = levels.each_ref().map(|levels| {
                (steps_to(levels.as_ref(), i, DRY), steps_to(levels.as_ref(), i, DRY | BURNT), lava(levels.as_ref(), i))
            });
            assert_eq!(bound.0, bound.1, "the shortest way is dry");
            assert!(opposed.0 > opposed.1 && opposed.0 <= opposed.1 + 4, "all shortest ways burn: {opposed:?}");
            assert_eq!([opposed.1, free.1], [bound.1; 2], "lava or not, the way is as long");
            assert_eq!([opposed.2, free.2], [bound.2; 2], "as much lava under every tie");
            assert!(bound.2 > 0, "lava is in sight in training too");
        }
    }
}

#[test]
fn no_shortest_way_of_a_bound_level_touches_lava() {
    let family = REGISTRY.get("lava").expect("registered");
    let levels = pool(family, &Ties::new(&[Tie::Bound]), &json!({}), 50);
    for i in 0..50 {
        let graph = levels.graph(i, 1 << 16).expect("small");
        let (from, ahead) = (common::from_start(&graph), common::until(&graph, Events(DRY | BURNT)));
        let shortest = ahead[0];
        for state in 0..graph.states() as u32 {
            for action in 0..graph.actions() {
                let edge = graph.edges(state, action)[0];
                let on_the_way =
                    from[state as usize].saturating_add(1).saturating_add(ahead[edge.next as usize]) == shortest;
                assert!(!(on_the_way && edge.events.meets(Events(LAVA))), "level {i}");
            }
        }
    }
}

#[test]
fn island_maps_are_those_of_the_source() {
    let family = REGISTRY.get("lava").expect("registered");
    let island = family.spec().shift("island").expect("declared");
    let levels = pool(family, &island.ties, &json!({ "map": "island", "size": 9 }), 200);
    // As published, inside their border: the training map and the first test map.
    let published = ["@.~~~.%\n.......\n.......\n.......\n..~~~..", "@.~~~.%\n..~~~..\n.......\n.......\n......."];
    let (mut found, mut different) = ([false; 2], std::collections::BTreeSet::new());
    for i in 0..200 {
        let map = levels.text(i).map;
        let rows: Vec<&str> = map.lines().map(|line| line.trim_matches('#')).filter(|line| !line.is_empty()).collect();
        for (k, known) in published.iter().enumerate() {
            found[k] |= rows.join("\n") == *known;
        }
        different.insert(map);
    }
    assert_eq!(found, [true; 2]);
    assert!(different.len() >= 64, "{} maps", different.len());
}

#[test]
fn recoloured_lava_burns_but_is_in_another_channel() {
    let family = REGISTRY.get("lava").expect("registered");
    let shift: ShiftSpec = family.spec().shift("recoloured").expect("declared");
    let [usual, other] = [json!({}), shift.knobs].map(|knobs| pool(family, &shift.ties, &knobs, 20));
    for i in 0..20 {
        let seen = |levels: &dyn Pool| levels.replay(i, &[], &[]).remove(0);
        let swapped: Vec<u8> =
            seen(usual.as_ref()).iter().map(|cell| cell & !(1 << 3) | (cell >> 3 & 1) << 4).collect();
        assert_eq!(seen(other.as_ref()), swapped);
        assert_eq!(usual.text(i).map, other.text(i).map);
    }
}

#[test]
fn damaged_levels_are_refused_at_their_place() {
    for (map, expected) in [
        (ROOM.replace('@', "."), "no `@` in the map"),
        (ROOM.replace('%', "@"), "line 2, column 4: a second `@`"),
        (ROOM.replace('~', "x"), "line 2, column 3: found `x`"),
    ] {
        let error = level(&map).err().expect("refused");
        assert!(error.contains(expected), "{error}");
    }
    let family = REGISTRY.get("lava").expect("registered");
    let error = family.knobs(&json!({ "lava": 0.6 })).expect_err("out of range").to_string();
    assert!(error.starts_with("knob `lava`: found 0.6, expected a share from 0.05 to 0.5"), "{error}");
}
