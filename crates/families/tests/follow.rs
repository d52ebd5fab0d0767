//! `follow`: what is a visit, whose order it is right by, which visit decides, and how the leader walks.

mod common;

use common::pool;
use misgen_core::{LevelText, Pool, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

const RIGHT_VISIT: u16 = 1;
const WRONG_VISIT: u16 = 2;
const WITH: u16 = 4;
const AGAINST: u16 = 8;
const CHOOSE_ACTIVE: u16 = 16;
const CHOOSE_LEADER: u16 = 32;
const UP: u8 = 0;
const LEFT: u8 = 1;
const DOWN: u8 = 2;
const RIGHT: u8 = 3;
const STAY: u8 = 4;

/// Three beacons around the start.
const ROOM: &str = ".......\n.......\n.2.@.1.\n.......\n...3...\n.......\n.......";

fn text(leader: Option<&str>, waits: bool) -> LevelText {
    let mut fields: std::collections::BTreeMap<String, String> =
        [("waits".to_owned(), waits.to_string()), ("flipped".to_owned(), "false".to_owned())].into();
    fields.extend(leader.map(|moves| ("leader".to_owned(), moves.to_owned())));
    LevelText { map: ROOM.into(), fields }
}

fn read(text: &LevelText) -> Result<Box<dyn Pool>, String> {
    let mut levels = REGISTRY.get("follow").expect("registered").pool(&Value::Null).expect("defaults");
    levels.push_text(text).map_err(|error| error.to_string())?;
    Ok(levels)
}

/// Events and ends of `actions` from the start.
fn played(levels: &dyn Pool, actions: &[u8]) -> Vec<(u16, bool)> {
    let graph = levels.graph(0, 1 << 18).expect("enumerable");
    let mut state = 0;
    let step = |&action| {
        let edge = graph.follow(state, action, 0);
        state = edge.next;
        (edge.events.0, edge.end)
    };
    actions.iter().map(step).collect()
}

/// Where `channel` is seen, as row and column, at the start and after each action.
fn seen(levels: &dyn Pool, channel: &str, actions: &[u8]) -> Vec<Vec<(usize, usize)>> {
    let spec = levels.obs_spec();
    let bit = spec.channel(channel).expect("declared");
    let places = |obs: &Vec<u8>| {
        let cells = (0..spec.height * spec.width).filter(|&c| spec.cell(obs, c) >> bit & 1 == 1);
        cells.map(|c| (c / spec.width, c % spec.width)).collect()
    };
    levels.replay(0, actions, &[]).iter().map(places).collect()
}

#[test]
fn the_right_order_is_right_by_a_leader_who_knows_it_and_ends_the_episode() {
    // Right to 1, below it and left to 2, back below to 3.
    let way = [RIGHT, RIGHT, DOWN, LEFT, LEFT, LEFT, LEFT, UP, STAY, DOWN, DOWN, RIGHT, RIGHT];
    let leader = "rrdllllu".to_owned() + "ddrr";
    let got = played(read(&text(Some(&leader), true)).expect("a level").as_ref(), &way);
    let visit = RIGHT_VISIT | WITH;
    let mut expected = vec![(0, false); way.len()];
    (expected[1], expected[7]) = ((visit, false), (visit, false));
    expected[12] = (visit | CHOOSE_ACTIVE | CHOOSE_LEADER, true);
    assert_eq!(got, expected);
}

#[test]
fn the_first_place_where_the_orders_differ_decides() {
    // The leader goes to 2, then 1, then 3.
    let levels = read(&text(Some("lldrrrruddll"), true)).expect("a level");
    let (active, leaders) = ([RIGHT, RIGHT], [LEFT, LEFT]);
    assert_eq!(played(levels.as_ref(), &active)[1].0, RIGHT_VISIT | AGAINST | CHOOSE_ACTIVE);
    assert_eq!(played(levels.as_ref(), &leaders)[1].0, WRONG_VISIT | WITH | CHOOSE_LEADER);
    // The third beacon decides nothing; after the leader's, the active one decides no more.
    let way = [DOWN, DOWN, UP, UP, LEFT, LEFT, DOWN, RIGHT, RIGHT, RIGHT, RIGHT, UP];
    let got: Vec<u16> =
        played(levels.as_ref(), &way).into_iter().map(|(events, _)| events).filter(|&e| e > 0).collect();
    assert_eq!(got, [WRONG_VISIT | AGAINST, WRONG_VISIT | WITH | CHOOSE_LEADER, RIGHT_VISIT | WITH]);
}

#[test]
fn orders_that_part_late_are_decided_late() {
    // The leader goes to 1, then 3, then 2.
    let levels = read(&text(Some("rrddlluull".replace("uull", "lluu").as_str()), true)).expect("a level");
    let way = [RIGHT, RIGHT, DOWN, DOWN, LEFT, LEFT];
    let got: Vec<u16> =
        played(levels.as_ref(), &way).into_iter().map(|(events, _)| events).filter(|&e| e > 0).collect();
    assert_eq!(got, [RIGHT_VISIT | WITH, WRONG_VISIT | WITH | CHOOSE_LEADER]);
}

#[test]
fn without_a_leader_nothing_is_with_or_against_one() {
    let levels = read(&text(None, true)).expect("a level");
    assert_eq!(played(levels.as_ref(), &[LEFT, LEFT, STAY, RIGHT, LEFT]), [0, 2, 0, 0, 2].map(|e| (e, false)));
    assert!(seen(levels.as_ref(), "leader", &[STAY, RIGHT]).iter().all(Vec::is_empty));
}

#[test]
fn a_leader_that_waits_is_one_step_ahead_of_who_follows() {
    let leader = Some("rrdlllluddrr");
    let waits = read(&text(leader, true)).expect("a level");
    let at = |levels: &dyn Pool, actions: &[u8]| {
        seen(levels, "leader", actions).into_iter().map(|places| places[0].1).collect::<Vec<_>>()
    };
    assert_eq!(at(waits.as_ref(), &[STAY, UP, DOWN, RIGHT, LEFT, RIGHT]), [4, 4, 4, 4, 5, 5, 5]);
    let walks = read(&text(leader, false)).expect("a level");
    assert_eq!(at(walks.as_ref(), &[STAY, UP, STAY, STAY]), [3, 4, 5, 5, 4]);
}

#[test]
fn the_mark_moves_on_with_right_visits_only() {
    let levels = read(&text(Some("rrdlllluddrr"), true)).expect("a level");
    let way = [LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT];
    let marked: Vec<_> = seen(levels.as_ref(), "active", &way).concat();
    assert_eq!(marked, [(2, 5), (2, 5), (2, 5), (2, 5), (2, 5), (2, 5), (2, 1)]);
}

#[test]
fn beacons_go_out_with_right_visits_and_count_no_more() {
    // The leader goes to 2, then 1, then 3.
    let levels = read(&text(Some("lldrrrruddll"), true)).expect("a level");
    let way = [RIGHT, RIGHT, UP, DOWN, LEFT, LEFT, LEFT, LEFT];
    // By the leader's order beacon 1 is still to come when it is out already.
    let expected = [0, RIGHT_VISIT | AGAINST | CHOOSE_ACTIVE, 0, AGAINST, 0, 0, 0, RIGHT_VISIT | WITH];
    assert_eq!(played(levels.as_ref(), &way), expected.map(|events| (events, false)));
    let lit: Vec<usize> = seen(levels.as_ref(), "beacon", &way).iter().map(Vec::len).collect();
    assert_eq!(lit, [3, 3, 2, 2, 2, 2, 2, 2, 1]);
}

#[test]
fn ties_decide_the_leaders_order_alone() {
    let family = REGISTRY.get("follow").expect("registered");
    let make = |tie| pool(family, &Ties::new(&[tie]), &Value::Null, 300);
    let [bound, opposed, free] = [Tie::Bound, Tie::Opposed, Tie::Free].map(make);
    let mut as_right = 0;
    for i in 0..300 {
        let texts = [&bound, &opposed, &free].map(|levels| levels.text(i));
        assert!(texts.iter().all(|text| text.map == texts[0].map));
        let order = |text: &LevelText| {
            let cells: Vec<Vec<char>> = text.map.lines().map(|line| line.chars().collect()).collect();
            let start = text.map.replace('\n', "").find('@').expect("an agent");
            let (mut r, mut c) = (start / 7, start % 7);
            let mut met = String::new();
            for letter in text.fields["leader"].chars() {
                match letter {
                    'u' => r -= 1,
                    'l' => c -= 1,
                    'd' => r += 1,
                    _ => c += 1,
                }
                met.extend(Some(cells[r][c]).filter(char::is_ascii_digit));
            }
            met
        };
        assert_eq!(order(&texts[0]), "1234");
        let other = order(&texts[1]);
        assert!(other.find('2') < other.find('1') && other.len() == 4, "{other}");
        as_right += u32::from(order(&texts[2]) == "1234");
    }
    assert!(as_right < 40, "one order in 24 is the right one, found {as_right} of 300");
}

#[test]
fn flipped_levels_are_seen_mirrored() {
    let family = REGISTRY.get("follow").expect("registered");
    let [usual, flipped] = [json!({ "density": 0.1 }), json!({ "density": 0.1, "flipped": true })]
        .map(|knobs| pool(family, &Ties::new(&[Tie::Bound]), &knobs, 10));
    let way = [UP, LEFT, LEFT, DOWN, RIGHT, RIGHT, RIGHT, DOWN];
    for i in 0..10 {
        let frames = usual.replay(i, &way, &[]).into_iter().zip(flipped.replay(i, &way, &[]));
        for (a, b) in frames {
            let mirrored: Vec<u8> = a.chunks(7).flat_map(|row| row.iter().rev().copied()).collect();
            assert_eq!(mirrored, b);
        }
    }
}

#[test]
fn damaged_levels_are_refused_at_their_place() {
    for (leader, expected) in [
        ("rrx", "field `leader`: move 3: found `x`"),
        ("rrdlllluddr", "it comes to 2 beacons, expected all 3"),
        ("rrlr", "move 4 comes to beacon 1 again"),
        ("uuu", "move 3 runs into a wall"),
        (&"ud".repeat(80), "more than 128 moves"),
    ] {
        let error = read(&text(Some(leader), true)).err().expect("refused");
        assert!(error.contains(expected), "{leader}: {error}");
    }
    let gap = LevelText { map: ROOM.replace('2', "4"), ..text(None, true) };
    assert!(read(&gap).err().expect("refused").contains("no `2`"));
    let none = LevelText { map: ROOM.replace(['1', '2', '3'], "."), ..text(None, true) };
    assert!(read(&none).err().expect("refused").contains("no `1`"));
}

#[test]
fn levels_stay_small_enough_to_enumerate() {
    let family = REGISTRY.get("follow").expect("registered");
    for (knobs, most) in [(json!({}), 40_000), (json!({ "size": 13 }), 250_000)] {
        for tie in [Tie::Bound, Tie::Opposed, Tie::Free, Tie::Absent] {
            let levels = pool(family, &Ties::new(&[tie]), &knobs, 6);
            let states = (0..6).map(|i| levels.graph(i, 1 << 20).expect("enumerable").states()).max();
            assert!(states < Some(most), "{knobs} {tie:?}: {states:?}");
        }
    }
}
