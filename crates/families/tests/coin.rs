//! `coin`: what a step does, by hand, and where ties put the coin.

mod common;

use common::{from_start, pool, until};
use misgen_core::{AnyFamily, Events, Family, LevelText, Pool, Tie, Ties};
use misgen_families::coin::Coin;
use misgen_families::{REGISTRY, map::fields};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LEFT: u8 = 0;
const RIGHT: u8 = 1;
const JUMP: u8 = 2;
const STAY: u8 = 3;

const COIN: Events = Events::one(0);
const END: Events = Events::one(1);
const BEYOND: Events = Events::one(2);
const DIED: Events = Events::one(3);

fn family() -> &'static dyn AnyFamily {
    REGISTRY.get("coin").expect("registered")
}

fn text(rows: [&str; 7], end: &str, moving: bool) -> LevelText {
    let named = [("end", Some(end.to_owned())), ("moving", Some(moving.to_string()))];
    LevelText { map: rows.join("\n"), fields: fields(&named) }
}

fn level(text: &LevelText) -> Box<dyn Pool> {
    let mut level = family().pool(&json!({ "columns": 11 })).expect("in range");
    level.push_text(text).expect("a level");
    level
}

/// Row and column of the agent, events and end, after each action.
fn play(text: &LevelText, actions: &[u8]) -> Vec<((usize, usize), Events, bool)> {
    let level = level(text);
    let (graph, spec) = (level.graph(0, 1 << 20).expect("small"), level.obs_spec());
    let agent = spec.channel("agent").expect("declared");
    let frames = level.replay(0, actions, &[]);
    let mut state = 0;
    let steps = actions.iter().zip(&frames[1..]).map(|(&action, frame)| {
        let edge = graph.follow(state, action, 0);
        state = edge.next;
        let cell = (0..77).find(|&k| spec.cell(frame, k) >> agent & 1 == 1).expect("an agent");
        ((cell / 11, cell % 11), edge.events, edge.end)
    });
    steps.collect()
}

fn places(text: &LevelText, actions: &[u8]) -> Vec<(usize, usize)> {
    play(text, actions).iter().map(|step| step.0).collect()
}

const OPEN: [&str; 7] =
    ["..........#", "..........#", "..........#", "..........#", "....##....#", "@.........#", "##~########"];

#[test]
fn a_jump_rises_two_cells_and_falls_one_a_step() {
    let open = text(OPEN, "6,10", false);
    let jumped = places(&open, &[JUMP, JUMP, STAY, JUMP, STAY]);
    // The second press does nothing: it rises by itself, and in the air nothing can be jumped from.
    assert_eq!(jumped, [(4, 0), (3, 0), (4, 0), (5, 0), (5, 0)]);
    // Steered in the air: two columns are crossed.
    let (mut rows, pit) = (OPEN, [RIGHT, JUMP, RIGHT, RIGHT, RIGHT]);
    rows[4] = "..........#";
    assert_eq!(places(&text(rows, "6,10", false), &pit), [(5, 1), (4, 1), (3, 2), (4, 3), (5, 4)]);
    assert_eq!(places(&open, &[LEFT, STAY]), [(5, 0), (5, 0)], "the edge of the grid is a wall");
}

#[test]
fn a_ledge_stops_the_head_and_carries_the_feet() {
    let mut rows = OPEN;
    rows[5] = "...@......#";
    let ledge = text(rows, "6,10", false);
    // Below the ledge a jump is no jump; from beside it two cells up lead onto it.
    assert_eq!(places(&ledge, &[RIGHT, JUMP, STAY]), [(5, 4), (5, 4), (5, 4)]);
    let onto = places(&ledge, &[JUMP, STAY, RIGHT, STAY, RIGHT, RIGHT, STAY]);
    assert_eq!(onto, [(4, 3), (3, 3), (3, 4), (3, 4), (3, 5), (4, 6), (5, 6)]);
}

#[test]
fn a_pit_kills_who_walks_into_it_and_nothing_happens_afterwards() {
    let steps = play(&text(OPEN, "6,10", false), &[RIGHT, RIGHT, RIGHT, JUMP]);
    assert_eq!(steps[1], ((6, 2), DIED, true));
    assert_eq!((steps[2].0, steps[2].1), ((6, 2), Events::NONE));
    assert_eq!((steps[3].0, steps[3].1), ((6, 2), Events::NONE));
}

#[test]
fn a_saw_kills_on_its_cell_and_in_passing() {
    let mut rows = OPEN;
    rows[5] = ".....@.*..#";
    let still = text(rows, "6,10", false);
    assert_eq!(play(&still, &[RIGHT, RIGHT])[1], ((5, 7), DIED, true));
    assert_eq!(places(&still, &[RIGHT, JUMP, RIGHT, RIGHT, STAY]).last(), Some(&(5, 8)), "jumped over");

    let moving = text(rows, "6,10", true);
    // Right, back, left and back: it comes to column 6 after three steps.
    assert!(play(&moving, &[STAY; 12]).iter().all(|step| step.1 == Events::NONE), "the start is safe");
    assert_eq!(play(&moving, &[RIGHT, STAY, STAY])[2], ((5, 6), DIED, true));
    // In step three the saw comes from 7 to 6 while the agent, which stands beside it, goes from 6 to 7.
    assert_eq!(play(&moving, &[RIGHT, STAY, RIGHT])[2], ((5, 7), DIED, true));
    // Behind it: in step four it goes back to 7.
    assert_eq!(play(&moving, &[STAY, STAY, STAY, RIGHT])[3], ((5, 6), Events::NONE, false));
}

#[test]
fn coin_and_end_come_together_in_training_and_apart_elsewhere() {
    let mut rows = OPEN;
    rows[5] = ".......@.o#";
    assert_eq!(play(&text(rows, "6,10", false), &[RIGHT, RIGHT])[1], ((5, 9), COIN.and(END), true));
    rows[5] = ".....o.@..#";
    let apart = play(&text(rows, "6,10", false), &[RIGHT, RIGHT, RIGHT, LEFT, RIGHT, LEFT, LEFT, LEFT, LEFT]);
    assert_eq!(apart[1], ((5, 9), END, false));
    assert_eq!(apart[2], ((5, 9), Events::NONE, false), "a wall behind the end");
    assert!(apart[3..8].iter().all(|step| step.1 == Events::NONE), "reaching the end counts once");
    assert_eq!(apart[8], ((5, 5), COIN, true));
    let open: Vec<String> = rows.iter().map(|row| row.replace(".#", "..")).collect();
    let open: Vec<&str> = open.iter().map(String::as_str).collect();
    let open = text(open.try_into().expect("seven rows"), "6,10", false);
    let beyond = play(&open, &[RIGHT, RIGHT, RIGHT, RIGHT]);
    assert_eq!(beyond[1..], [((5, 9), END, false), ((5, 10), BEYOND, false), ((5, 10), Events::NONE, false)]);
}

/// Column of the first `glyph` of a map, and its row.
fn find(map: &str, glyph: char) -> Option<(usize, usize)> {
    map.lines().enumerate().find_map(|(r, line)| Some((r, line.find(glyph)?)))
}

/// Whether only ground is below a cell.
fn on_ground(map: &str, (r, c): (usize, usize)) -> bool {
    map.lines().skip(r + 1).all(|line| line.as_bytes()[c] == b'#')
}

#[test]
fn ties_put_the_coin_where_they_say() {
    let behind = json!({ "opposed": "behind" });
    for (tie, knobs, spread) in [
        (Tie::Bound, Value::Null, 1),
        (Tie::Free, Value::Null, 12),
        (Tie::Opposed, Value::Null, 10),
        (Tie::Opposed, behind, 9),
    ] {
        let levels = pool(family(), &Ties::new(&[tie]), &knobs, 200);
        let mut columns = BTreeSet::new();
        for i in 0..levels.len() {
            let map = levels.text(i).map;
            let (start, coin) = (find(&map, '@').expect("a start"), find(&map, 'o').expect("a coin"));
            columns.insert(coin.1);
            if tie == Tie::Bound {
                assert_eq!(levels.text(i).fields["end"], format!("{},{}", coin.0 + 1, coin.1 + 1));
            }
            if tie == Tie::Opposed {
                assert!(coin.1 <= 9, "closer than two columns to the end\n{map}");
                assert!(coin.1 < start.1 || !on_ground(&map, coin), "in the way of who walks\n{map}");
                assert!(knobs.is_null() || coin.1 < start.1, "not behind the start\n{map}");
                let graph = levels.graph(i, 1 << 20).expect("small");
                let (reached, ahead) = (from_start(&graph), until(&graph, END));
                let edges = (0..graph.states() as u32).flat_map(|s| (0..4).map(move |a| (s, a)));
                let through =
                    edges.map(|(s, a)| (s, graph.follow(s, a, 0))).filter(|(_, edge)| edge.events.meets(COIN));
                let least =
                    through.map(|(s, edge)| (reached[s as usize] + 1).saturating_add(ahead[edge.next as usize]));
                assert!(least.min().is_some_and(|steps| steps > ahead[0]), "on a shortest way to the end\n{map}");
            }
        }
        assert_eq!(columns.len(), spread, "{tie:?} {knobs}: {columns:?}");
    }
}

#[test]
fn rungs_put_the_coin_farther_and_farther_from_the_end() {
    let rungs = Coin::LADDERS[0].rungs();
    let columns: Vec<BTreeSet<usize>> = rungs
        .iter()
        .map(|rung| {
            let levels = pool(family(), &rung.ties, &rung.knobs, 30);
            (0..levels.len()).map(|i| find(&levels.text(i).map, 'o').expect("a coin").1).collect()
        })
        .collect();
    assert_eq!(columns, [[8], [6], [4], [2], [0]].map(BTreeSet::from));
}

#[test]
fn every_kind_of_level_can_be_solved_in_half_the_limit_and_stays_small() {
    let crowded = json!({ "columns": 16, "rows": 16, "pits": 2, "saws": 2, "ledges": 2, "moving": true });
    for (knobs, most) in [
        (json!({ "columns": 11 }), 250),
        (json!({ "columns": 13, "pits": 0, "saws": 0, "ledges": 0 }), 250),
        (json!({ "moving": true, "permeable": true }), 2_500),
        (crowded, 3_000),
    ] {
        for ties in family().spec().reachable_ties() {
            let levels = pool(family(), &ties, &knobs, 40);
            for i in 0..levels.len() {
                let graph = levels.graph(i, 1 << 20).expect("small");
                assert!(graph.states() <= most, "{knobs}: {} states", graph.states());
                let half = u32::from(levels.limit() / 2);
                assert!(until(&graph, END)[0] <= half, "{knobs}\n{}", levels.text(i).map);
                assert_eq!(until(&graph, COIN)[0] <= half, ties.has_goal(), "{knobs}\n{}", levels.text(i).map);
                let mut state = 0;
                for _ in 0..levels.limit() {
                    let edge = graph.follow(state, STAY, 0);
                    assert_eq!(edge.events, Events::NONE, "standing still is not safe\n{}", levels.text(i).map);
                    state = edge.next;
                }
            }
        }
    }
}

#[test]
fn texts_that_are_no_level_are_refused_at_their_place() {
    let mut short = OPEN;
    short[2] = "..........";
    let mut saw = OPEN;
    saw[5] = "@.........*";
    let mut two = OPEN;
    two[0] = "@.........#";
    let cases = [
        (text(short, "6,10", false), (3, 11, "line ends, expected 11 columns, as many as in the first row")),
        (text(saw, "6,10", true), (6, 11, "a moving saw needs a column on both sides")),
        (text(two, "6,10", false), (6, 1, "a second `@`")),
        (text(OPEN, "8,1", false), (0, 0, "field `end`: found \"8,1\", expected `row,column` from 1,1 to 7,11")),
        (LevelText { map: OPEN.join("\n"), fields: fields(&[]) }, (0, 0, "field `end`: missing")),
        (LevelText { map: String::new(), fields: fields(&[]) }, (1, 1, "expected 1 to 16 columns")),
        (LevelText { map: ".".repeat(17), fields: fields(&[]) }, (1, 17, "expected 1 to 16 columns")),
        (
            LevelText { map: "..\n...".into(), fields: fields(&[]) },
            (2, 3, "expected 2 columns, as many as in the first"),
        ),
    ];
    for (text, (line, column, reason)) in cases {
        let error = Coin::decode(&text).expect_err("no level");
        assert_eq!((error.line, error.column), (line, column), "{}", error.reason);
        assert!(error.reason.contains(reason), "{}", error.reason);
    }
}

#[test]
fn states_from_outside_cannot_break_a_step() {
    let level = Coin::decode(&text(OPEN, "6,10", true)).expect("a level");
    let mut cells = [0; 77];
    let mut accepted = 0;
    for at in 0..=255_u8 {
        for (rise, phase, fired) in [(0, 0, 0), (1, 3, 255), (2, 0, 0), (0, 4, 0), (255, 255, 0)] {
            let state = json!({ "at": at, "rise": rise, "phase": phase, "fired": fired });
            let state = serde_json::from_value(state).expect("a state");
            if Coin::is_state(&level, &state) {
                accepted += 1;
                for action in 0..4 {
                    let mut after = state;
                    Coin::step(&level, &mut after, action, 0);
                    assert!(Coin::is_state(&level, &after));
                    Coin::observe(&level, &state, &mut cells);
                    Coin::patch(&level, &state, &after, &mut cells);
                }
            }
        }
    }
    assert_eq!(accepted, 2 * 77);
}

#[test]
fn knobs_without_room_are_refused() {
    for (knobs, reason) in [
        (json!({ "columns": 10 }), "knob `columns`: found 10, expected a whole number from 11 to 16"),
        (json!({ "rows": 6 }), "knob `rows`: found 6"),
        (
            json!({ "pits": 2, "saws": 2, "columns": 13 }),
            "knob `columns`: found 13, but 5 pits, saws and ledges, expected at most 4",
        ),
        (json!({ "away": -0.1 }), "knob `away`: found -0.1"),
    ] {
        let error = family().knobs(&knobs).expect_err("out of range").to_string();
        assert!(error.starts_with(reason), "{error}");
    }
}
