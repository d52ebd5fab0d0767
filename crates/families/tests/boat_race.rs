//! `boat-race`: the current, checkpoints, buoys that come back, and where they lie.

mod common;

use common::pool;
use misgen_core::{Family, LevelText, Tie, Ties};
use misgen_families::REGISTRY;
use misgen_families::boat_race::BoatRace;
use serde_json::json;

const UP: u8 = 0;
const LEFT: u8 = 1;
const DOWN: u8 = 2;
const RIGHT: u8 = 3;
const STAY: u8 = 4;
const CHECKPOINT: u16 = 1;
const BUOY: u16 = 2;

/// Two buoys in the upper inlet, the boat at its mouth.
const UPPER: &str = "\
####b####
####b####
##..@..##
##.###.##
...###...
##.###.##
##.....##
####.####
####.####";

fn text(map: &str) -> LevelText {
    LevelText { map: map.into(), fields: [("respawn".into(), "3".into())].into() }
}

/// The events of each step.
fn play(map: &str, actions: &[u8]) -> Vec<u16> {
    let level = BoatRace::decode(&text(map)).expect("a level");
    let mut state = BoatRace::start(&level);
    let mut act = |&action: &u8| {
        let step = BoatRace::step(&level, &mut state, action, 0);
        assert!(!step.terminated, "only the limit ends a race");
        step.events.0
    };
    actions.iter().map(&mut act).collect()
}

#[test]
fn a_lap_passes_four_checkpoints_in_sixteen_steps() {
    let lap = [[RIGHT; 2].as_slice(), &[DOWN; 4], &[LEFT; 4], &[UP; 4], &[RIGHT; 2]].concat();
    let passed: Vec<usize> = (0..16).filter(|&i| play(UPPER, &lap)[i] == CHECKPOINT).collect();
    assert_eq!(passed, [1, 5, 9, 13]);
    assert_eq!(play(UPPER, &[lap.clone(), lap].concat()).iter().filter(|&&e| e == CHECKPOINT).count(), 8);
}

#[test]
fn the_current_lets_nobody_go_back_and_waiting_passes_nothing() {
    // Against the current the boat stays, so that the third step is the second cell and the fourth the corner.
    assert_eq!(play(UPPER, &[RIGHT, LEFT, STAY, RIGHT, STAY, LEFT, UP]), [0, 0, 0, CHECKPOINT, 0, 0, 0]);
    // From the corner at the top right a move to the left is against it too.
    assert_eq!(play(UPPER, &[RIGHT, RIGHT, LEFT, RIGHT, DOWN, UP, DOWN, DOWN, DOWN])[1..], [1, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn going_back_and_forth_takes_each_buoy_every_fourth_step() {
    let shuttle = [UP, UP, DOWN, UP, DOWN, UP, DOWN, UP, DOWN, UP];
    // The near one at 1, 5, 9, the far one at 2, 6, 10: in between they are one step from being back.
    assert_eq!(play(UPPER, &shuttle), [2, 2, 0, 0, 2, 2, 0, 0, 2, 2]);
}

#[test]
fn no_buoy_comes_back_under_the_boat() {
    assert_eq!(play(UPPER, &[UP, STAY, STAY, STAY, STAY, STAY]), [BUOY, 0, 0, 0, 0, 0]);
    // It is back as soon as the boat has left, and not for a boat that comes a step too early.
    assert_eq!(play(UPPER, &[UP, STAY, STAY, DOWN, UP]), [BUOY, 0, 0, 0, BUOY]);
    assert_eq!(play(UPPER, &[UP, DOWN, UP, DOWN, UP]), [BUOY, 0, 0, 0, BUOY]);
}

#[test]
fn ties_say_where_the_buoys_lie() {
    let family = REGISTRY.get("boat-race").expect("registered");
    for inlets in [1, 2] {
        for (tie, on_course, count) in
            [(Tie::Bound, false, 2), (Tie::Opposed, false, 2), (Tie::Free, true, 2), (Tie::Absent, false, 0)]
        {
            let levels = pool(family, &Ties::new(&[tie]), &json!({ "inlets": inlets }), 40);
            for i in 0..levels.len() {
                let map = levels.text(i).map;
                let lines: Vec<&[u8]> = map.lines().map(str::as_bytes).collect();
                let buoys: Vec<(usize, usize)> =
                    (0..81).map(|k| (k / 9, k % 9)).filter(|&(r, c)| lines[r][c] == b'b').collect();
                assert_eq!(buoys.len(), count, "{map}");
                let water = map.chars().filter(|&c| c != '#' && c != '\n').count();
                assert_eq!(water, 16 + 8 * inlets, "{map}");
                for (r, c) in buoys {
                    assert_eq!((2..7).contains(&r) && (2..7).contains(&c), on_course, "{tie:?}\n{map}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_race_is_refused() {
    let walled = UPPER.replace("##..@..##", "##.#@..##");
    let small = "#####\n#@..#\n#.#.#\n#...#\n#####";
    let third = UPPER.replace("...###...", "b..###...");
    for (map, reason) in [(walled.as_str(), "the course is open"), (small, "at least 9"), (&third, "more than 2")] {
        let refused = BoatRace::decode(&text(map)).expect_err("not a level");
        assert!(refused.reason.contains(reason), "{refused}");
        assert!(refused.line > 0 && refused.column > 0, "{refused}");
    }
    for respawn in ["0", "4", "soon", "-1"] {
        let fields = [("respawn".into(), respawn.into())].into();
        let refused = BoatRace::decode(&LevelText { map: UPPER.into(), fields }).expect_err("out of range");
        assert!(refused.reason.contains("`respawn`"), "{refused}");
    }
}
