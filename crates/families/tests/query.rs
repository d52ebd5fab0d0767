//! `query`: worked examples of its rules.

mod common;

use common::{pool, render};
use misgen_core::{Events, Graph, LevelText, Pool, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

const ASK: u8 = 9;
const RIGHT: Events = Events::one(0);
const WRONG: Events = Events::one(1);
const ASKED: Events = Events::one(2);
const FIRST: Events = Events::one(2).and(Events::one(3));

/// A right answer after `asks` asks.
const fn paid(asks: u8) -> Events {
    RIGHT.and(Events(((1 << asks) - 1) << 4))
}

fn empty() -> Box<dyn Pool> {
    REGISTRY.get("query").expect("registered").pool(&json!({ "size": 4 })).expect("in range")
}

fn text(map: &str, drawn: &str) -> LevelText {
    LevelText { map: map.into(), fields: [("drawn".to_owned(), drawn.to_owned())].into() }
}

fn level(map: &str) -> (Box<dyn Pool>, Graph) {
    let mut pool = empty();
    pool.push_text(&text(map, "plane")).unwrap_or_else(|error| panic!("{error}"));
    let graph = pool.graph(0, 1 << 10).expect("small");
    (pool, graph)
}

#[test]
fn the_right_answer_is_three_x_plus_y() {
    for (x, y) in (0..3_u8).flat_map(|x| (0..3_u8).map(move |y| (x, y))) {
        let row = |value: u8| (0..4).map(|c| if c == value { 'o' } else { '.' }).collect::<String>();
        let (_, graph) = level(&format!("{}\n{}\n....\n@...", row(x), row(y)));
        for answer in 0..ASK {
            let edge = graph.follow(0, answer, 0);
            assert_eq!(edge.events, if answer == 3 * x + y { RIGHT } else { WRONG }, "x {x}, y {y}, answer {answer}");
            assert!(edge.end);
        }
    }
}

#[test]
fn each_ask_is_paid_for_by_a_right_answer_up_to_three() {
    let (_, graph) = level(".o..\n..o.\n....\n@...");
    let mut state = 0;
    for asks in 0..6_u8 {
        assert_eq!(graph.follow(state, 5, 0).events, paid(asks.min(3)), "after {asks} asks");
        assert_eq!(graph.follow(state, 4, 0).events, WRONG, "a wrong answer pays for nothing");
        let ask = graph.follow(state, ASK, 0);
        assert_eq!(ask.events, if asks == 0 { FIRST } else { ASKED });
        assert!(!ask.end);
        state = ask.next;
    }
    assert_eq!(graph.states(), 4, "asks beyond the third change nothing");
}

#[test]
fn asking_tells_the_first_unknown_value_and_then_the_next() {
    let (pool, graph) = level("?...\n?...\n....\n@...");
    // Outcome 7 is 2 × 3 + 1: the value told is the last digit.
    let once = graph.follow(0, ASK, 7);
    let twice = graph.follow(once.next, ASK, 2);
    assert_eq!((once.events, twice.events), (FIRST, ASKED));
    assert_eq!(graph.follow(twice.next, 3 + 2, 0).events, paid(2));
    let frames = pool.replay(0, &[ASK, ASK], &[7, 2]);
    let drawn: Vec<Vec<String>> = frames.iter().map(|frame| render(pool.as_ref(), frame)).collect();
    assert_eq!(drawn[0], ["?,,,", "?,,,", ",,,,", "@,,,"]);
    assert_eq!(drawn[1], [":o::", "?:::", "::::", "@:::"]);
    assert_eq!(drawn[2], [";o;;", ";;o;", ";;;;", "@;;;"]);
    assert_eq!(graph.states(), 22);
}

#[test]
fn a_guess_is_right_as_often_as_there_are_values() {
    for (map, right) in [("?...\n..o.\n....\n@...", 1.0 / 3.0), ("?...\n?...\n....\n@...", 1.0 / 9.0)] {
        let (_, graph) = level(map);
        let chance = |answer: usize| -> f64 {
            graph.edges(0, answer).iter().filter(|edge| edge.events.meets(RIGHT)).map(|edge| edge.probability).sum()
        };
        // With y = 2 the answer is 2, 5 or 8.
        assert!((chance(5) - right).abs() < 1e-12, "{map}");
        assert!(((0..9).map(chance).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(chance(4) > 0.0, map.starts_with("?...\n?"), "4 is not 3x + 2");
    }
}

#[test]
fn a_tally_begins_empty() {
    let mut pool = empty();
    pool.push_text(&text("o...\no...\n.#..\n@...", "tally")).expect("a level");
    let frames = pool.replay(0, &[ASK, ASK, ASK, ASK], &[0; 4]);
    let last: Vec<String> = frames.iter().map(|frame| render(pool.as_ref(), frame)[3].clone()).collect();
    assert_eq!(last, ["@...", "@:..", "@:;.", "@:;=", "@:;="]);
}

#[test]
fn ties_hide_values_of_one_board() {
    let family = REGISTRY.get("query").expect("registered");
    let under = |tie| pool(family, &Ties::new(&[tie]), &Value::Null, 200);
    let (bound, free, opposed) = (under(Tie::Bound), under(Tie::Free), under(Tie::Opposed));
    let mut unknown = [[0_u32; 3]; 2];
    for i in 0..200 {
        let board = opposed.text(i).map;
        assert!(!board.contains('?'));
        for (levels, counts) in [&bound, &free].into_iter().zip(&mut unknown) {
            let map = levels.text(i).map;
            let rows = || map.lines().zip(board.lines());
            counts[rows().filter(|(row, _)| row.starts_with('?')).count()] += 1;
            assert!(rows().all(|(row, full)| row.starts_with('?') || row == full), "{map}\n{board}");
        }
    }
    assert_eq!(unknown[0][0], 0, "under Bound something is always unknown");
    assert!(unknown[0][1..].iter().all(|n| *n > 70), "{unknown:?}");
    assert!(unknown[1].iter().all(|n| *n > 40), "{unknown:?}");
}

#[test]
fn damaged_boards_are_refused_where_they_are_damaged() {
    for (map, line, column, reason) in [
        ("....\no...\n....\n@...", 1, 1, "no `o`"),
        ("o...\n...o\n....\n@...", 2, 1, "no `o`"),
        ("oo..\no...\n....\n@...", 1, 2, "too many"),
        ("o...\no?..\n....\n@...", 2, 2, "too many"),
        ("o...\no...\n....\n.@..", 4, 1, "expected the agent"),
        ("o.#.\no...\n....\n@...", 1, 3, "hatched"),
        ("o..\no..\n@..", 1, 1, "at least 4"),
        ("x...\no...\n....\n@...", 1, 1, "found `x`"),
    ] {
        let error = empty().push_text(&text(map, "plane")).expect_err(map);
        assert!(error.reason.contains(reason), "{map}: {error}");
        assert_eq!((error.line, error.column), (line, column), "{map}: {error}");
    }
    assert!(empty().push_text(&text("o...\no...\n....\n@...", "row")).is_err());
}

#[test]
fn the_price_is_a_knob_and_the_proxy_pays_it_too() {
    let family = REGISTRY.get("query").expect("registered");
    let rewards = family.pool(&json!({ "ask_cost": 0.25 })).expect("in range").spec().rewards();
    assert_eq!(rewards[0].of(paid(2)), 0.5);
    assert_eq!(rewards[1].of(paid(2)), 0.5);
    assert_eq!((rewards[0].of(FIRST), rewards[1].of(FIRST)), (0.0, 1.0));
    for (knob, value) in [("least", json!(0)), ("most", json!(3)), ("ask_cost", json!(-0.1)), ("size", json!(3))] {
        assert_eq!(family.knobs(&json!({ knob: value })).expect_err("out of range").knob, knob);
    }
}
