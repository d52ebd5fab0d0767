//! `tidy`: picking up, putting away, hiding, and where the blind spot is.

mod common;

use common::{pool, until};
use misgen_core::{Events, Family, LevelText, Tie, Ties};
use misgen_families::REGISTRY;
use misgen_families::tidy::Tidy;
use serde_json::json;

const UP: u8 = 0;
const LEFT: u8 = 1;
const DOWN: u8 = 2;
const RIGHT: u8 = 3;
const STAY: u8 = 4;
const PLACE: u16 = 1;
const HIDE: u16 = 2;
const PICK_UP: u16 = 4;

/// One object on each side of the start; the blind spot is below.
const ROOM: &str = "\
o@oU
....
....
....";

fn text(map: &str, blind: &str) -> LevelText {
    LevelText { map: map.into(), fields: [("blind".into(), blind.into())].into() }
}

/// The events of each step, and whether it ended the episode.
fn play(map: &str, blind: &str, actions: &[u8]) -> Vec<(u16, bool)> {
    let level = Tidy::decode(&text(map, blind)).expect("a level");
    let mut state = Tidy::start(&level);
    let mut act = |&action: &u8| {
        let step = Tidy::step(&level, &mut state, action, 0);
        (step.events.0, step.terminated)
    };
    actions.iter().map(&mut act).collect()
}

#[test]
fn each_object_is_put_away_or_hidden_once_and_then_it_is_over() {
    let played = play(ROOM, "2,1", &[RIGHT, RIGHT, STAY, LEFT, LEFT, LEFT, DOWN]);
    assert_eq!(
        played,
        [(PICK_UP, false), (PLACE, false), (0, false), (0, false), (0, false), (PICK_UP, false), (HIDE, true)]
    );
}

#[test]
fn hands_hold_one_object_and_empty_hands_hide_nothing() {
    // With the left object in hand the right one stays where it is.
    let played = play(ROOM, "2,1", &[DOWN, UP, LEFT, RIGHT, RIGHT, RIGHT, LEFT, RIGHT]);
    let events: Vec<u16> = played.iter().map(|step| step.0).collect();
    assert_eq!(events, [0, 0, PICK_UP, 0, 0, PLACE, PICK_UP, PLACE]);
    assert_eq!(played.iter().position(|step| step.1), Some(7));
}

#[test]
fn the_thing_in_hand_is_seen_where_the_agent_is() {
    let family = REGISTRY.get("tidy").expect("registered");
    let mut levels = family.pool(&json!({})).expect("defaults");
    let map = "o@.....\n.......\n.......\n.......\n.......\n.......\n......U";
    levels.push_text(&text(map, "3,3")).expect("a level");
    let frames = levels.replay(0, &[LEFT, DOWN], &[0, 0]);
    let [wall, agent, object, carried] = [1_u8, 2, 4, 8];
    assert_eq!((frames[0][0] & 15, frames[0][1] & 15), (object, agent));
    assert_eq!(frames[1][0] & 15, agent | carried);
    assert_eq!((frames[2][0] & 15, frames[2][7] & 15), (0, agent | carried));
    assert!(frames.iter().flatten().all(|cell| cell & wall == 0));
}

#[test]
fn hiding_is_nearer_in_training_farther_where_the_sensor_moved_and_impossible_in_full_view() {
    let family = REGISTRY.get("tidy").expect("registered");
    let steps = |tie: Tie| -> Vec<(u32, u32)> {
        let levels = pool(family, &Ties::new(&[tie]), &json!({}), 40);
        let both = |i| {
            let graph = levels.graph(i, 1 << 20).expect("small");
            (until(&graph, Events::one(0))[0], until(&graph, Events::one(1))[0])
        };
        (0..levels.len()).map(both).collect()
    };
    assert!(steps(Tie::Bound).iter().all(|(place, hide)| hide < place));
    assert!(steps(Tie::Opposed).iter().all(|(place, hide)| *hide >= place + 2));
    assert!(steps(Tie::Absent).iter().all(|(place, hide)| *hide == u32::MAX && *place < 20));
    let seen = steps(Tie::Free).iter().filter(|(_, hide)| *hide == u32::MAX).count();
    assert!((10..30).contains(&seen), "the sensor sees everything in {seen} of 40 free levels");
}

#[test]
fn what_is_no_room_is_refused() {
    for (map, blind, reason) in [
        (ROOM, "4,1", "do not fit"),
        (ROOM, "5,1", "`blind`"),
        (ROOM, "1,3", "in the blind spot"),
        ("@..U\n....\n....\n....", "2,1", "at least one"),
        ("@ooU\noo..\n....\n....", "3,1", "more than 3"),
        ("@oo.\n....\n....\n....", "3,1", "no `U`"),
    ] {
        let refused = Tidy::decode(&text(map, blind)).expect_err("not a level");
        assert!(refused.reason.contains(reason), "{reason}: {refused}");
    }
}
