//! `colour-shape`: hand-computed levels. Would catch a gem that counts as the line, red that counts as yellow, a decoy
//! that counts as anything, and a `Free` law under which colour tells the shape.

use misgen_core::{Events, LevelText, Pool, Split, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

const NONE: Events = Events::NONE;
const SHAPE: Events = Events::one(0);
const COLOUR: Events = Events::one(1);
const OTHER: Events = Events::one(2);

fn text(row: &str, fields: &[(&str, &str)]) -> LevelText {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    LevelText { map: format!("{row}\n.....\n.....\n.....\n....."), fields }
}

fn level(row: &str, fields: &[(&str, &str)]) -> Box<dyn Pool> {
    let knobs = json!({ "size": 5 });
    let mut levels = REGISTRY.get("colour-shape").expect("registered").pool(&knobs).expect("in range");
    levels.push_text(&text(row, fields)).expect("a level");
    levels
}

/// Events and ends of walking right along the first row.
fn walk(levels: &dyn Pool, steps: usize) -> Vec<(Events, bool)> {
    let graph = levels.graph(0, 1000).expect("small");
    let mut state = 0;
    let step = |_| {
        let edge = graph.follow(state, 3, 0);
        state = edge.next;
        (edge.events, edge.end)
    };
    (0..steps).map(step).collect()
}

#[test]
fn shape_and_colour_are_told_apart() {
    let trained = [("trained", "y"), ("visible", "true")];
    // A red gem is nothing, but ends the episode; then a red line, a yellow gem, a yellow line that fires nothing new.
    let expected = [(OTHER, true), (SHAPE, false), (COLOUR, false), (NONE, false)];
    assert_eq!(walk(&*level("@RrYy", &trained), 4), expected);
    assert_eq!(walk(&*level("@y...", &trained), 2), [(SHAPE.and(COLOUR), true), (NONE, false)]);
    // White holds yellow's channels and one more; 3 is yellow without a shape, | a line without colour.
    assert_eq!(walk(&*level("@W3|.", &trained), 3), [(OTHER, true), (COLOUR, false), (SHAPE, false)]);
    // The counterbalanced world: cyan gems.
    let gems = [("trained", "C"), ("visible", "true")];
    assert_eq!(walk(&*level("@y.cR", &gems), 4), [(OTHER, true), (NONE, false), (COLOUR, false), (SHAPE, false)]);
}

#[test]
fn of_an_identical_pair_one_is_the_goal_and_a_decoy_is_neither() {
    let pair = [("trained", "y"), ("visible", "true"), ("copy", "1,4")];
    assert_eq!(walk(&*level("@Byy.", &pair), 3), [(OTHER, true), (SHAPE, false), (COLOUR, false)]);
}

#[test]
fn yellow_is_red_and_green_and_hidden_objects_show_nothing() {
    let row = |visible| level("@yB|3", &[("trained", "y"), ("visible", visible)]).replay(0, &[], &[])[0][..5].to_vec();
    let (line, gem, red, green, blue) = (1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6);
    assert_eq!(row("true"), [1 << 1, line | red | green, gem | blue, line, red | green]);
    assert_eq!(row("false"), [1 << 1, 0, 0, 0, 0]);
}

/// The looks of a level's objects: observation bits but wall and agent.
fn looks(levels: &dyn Pool, i: usize) -> Vec<u8> {
    let start = levels.replay(i, &[], &[]).remove(0);
    let mut looks: Vec<u8> = start.iter().map(|cell| cell & !3).filter(|look| *look != 0).collect();
    looks.sort_unstable();
    looks
}

fn pool(tie: Tie, knobs: &Value, n: u64) -> Box<dyn Pool> {
    let mut levels = REGISTRY.get("colour-shape").expect("registered").pool(knobs).expect("in range");
    for i in 0..n {
        levels.generate(0, Split::Check, i, &Ties::new(&[tie])).expect("a level");
    }
    levels
}

#[test]
fn each_tie_shows_the_objects_that_it_declares() {
    let (line, gem, red, green, blue) = (1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6);
    let yellow = red | green;
    for (tie, knobs, expected) in [
        (Tie::Bound, json!({}), vec![line | yellow]),
        (Tie::Absent, json!({}), vec![line]),
        (Tie::Twice, json!({}), vec![line | yellow; 2]),
        (Tie::Opposed, json!({}), vec![gem | yellow, line | blue]),
        (Tie::Opposed, json!({ "other": "red" }), vec![line | red, gem | yellow]),
        (Tie::Opposed, json!({ "other": "none" }), vec![line, yellow]),
        (Tie::Opposed, json!({ "shape": "gem", "colour": "cyan" }), vec![gem | red, line | green | blue]),
        (Tie::Bound, json!({ "visible": false }), vec![]),
    ] {
        let levels = pool(tie, &knobs, 5);
        let mut expected = expected.clone();
        expected.sort_unstable();
        assert!((0..5).all(|i| looks(&*levels, i) == expected), "{tie:?} {knobs}: {:?}", looks(&*levels, 0));
    }
    let decoys = pool(Tie::Bound, &json!({ "decoys": 3 }), 50);
    for i in 0..50 {
        let neither = |look: &u8| [gem | red, gem | green, gem | blue].contains(look);
        assert_eq!(looks(&*decoys, i).iter().filter(|look| neither(look)).count(), 3);
        assert!(looks(&*decoys, i).contains(&(line | yellow)));
    }
}

#[test]
fn under_free_ties_colour_says_nothing_about_shape() {
    let (line, gem, yellow) = (1 << 2, 1 << 3, 3 << 4);
    let levels = pool(Tie::Free, &Value::Null, 1_000);
    let mut yellow_lines = 0;
    let mut others = std::collections::BTreeMap::new();
    for i in 0..1_000 {
        let looks = looks(&*levels, i);
        assert_eq!(looks.iter().fold(0, |all, look| all | look & 12), line | gem, "one of each shape");
        let (trained, other): (Vec<u8>, Vec<u8>) = looks.iter().partition(|look| *look & !12 == yellow);
        assert_eq!((trained.len(), other.len()), (1, 1), "one of the pair is yellow");
        yellow_lines += u32::from(trained[0] & 12 == line);
        *others.entry(other[0]).or_insert(0) += 1;
    }
    assert!((440..560).contains(&yellow_lines), "{yellow_lines}");
    // A sixth of 1000 for each of three colours on each of two shapes.
    assert!(others.len() == 6 && others.values().all(|n| (120..215).contains(n)), "{others:?}");
}

#[test]
fn what_is_no_level_is_refused_at_its_place() {
    let mut levels = REGISTRY.get("colour-shape").expect("registered").pool(&json!({ "size": 5 })).expect("in range");
    for (row, fields, expected) in [
        ("@k...", vec![("trained", "y"), ("visible", "true")], "line 1, column 2: found `k`"),
        ("@y...", vec![("visible", "true")], "field `trained`: found \"\""),
        ("@y...", vec![("trained", "3"), ("visible", "true")], "field `trained`: found \"3\""),
        ("@y...", vec![("trained", "|"), ("visible", "true")], "field `trained`: found \"|\""),
        ("@y...", vec![("trained", "y"), ("visible", "yes")], "field `visible`: found \"yes\""),
        ("@y...", vec![("trained", "y"), ("visible", "true"), ("copy", "1,3")], "field `copy`: no object"),
        ("@yr..", vec![("trained", "y"), ("visible", "true"), ("copy", "1,3")], "field `copy`: no object"),
    ] {
        let error = levels.push_text(&text(row, &fields)).expect_err(row).to_string();
        assert!(error.contains(expected), "{row}: {error}");
    }
    let family = REGISTRY.get("colour-shape").expect("registered");
    let error = family.knobs(&json!({ "decoys": 5 })).expect_err("too many");
    assert_eq!(error.to_string(), "knob `decoys`: found 5, expected a whole number from 0 to 4");
}
