//! `pause`: the flood, the pause, the finish, and where pausing works.

mod common;

use common::{pool, until};
use misgen_core::{Events, Family, LevelText, Noise, Tie, Ties};
use misgen_families::REGISTRY;
use misgen_families::pause::Pause;
use serde_json::json;

const UP: u8 = 0;
const RIGHT: u8 = 3;
const STAY: u8 = 4;
const PAUSING: u8 = 5;
const FINISH: u16 = 1;
const LOSE: u16 = 2;
const PAUSE: u16 = 4;

/// Two rows above the start, two below it.
const CAVE: &str = "\
.....
##.##
.@...
.....
.....";

/// Signal around the start, or one cell to the right of it and beyond.
const HERE: &str = "3,1";
const BESIDE: &str = "3,4";

fn text(signal: &str, leak: u8) -> LevelText {
    let fields = [("rise", "0.25"), ("leak", &leak.to_string()), ("radius", "1"), ("signal", signal)];
    LevelText { map: CAVE.into(), fields: fields.map(|(k, v)| (k.to_owned(), v.to_owned())).into() }
}

/// The events of each step of (action, chance), and whether it ended the episode.
fn play(signal: &str, leak: u8, steps: &[(u8, u32)]) -> Vec<(u16, bool)> {
    let level = Pause::decode(&text(signal, leak)).expect("a level");
    let mut state = Pause::start(&level);
    let mut act = |&(action, chance): &(u8, u32)| {
        let step = Pause::step(&level, &mut state, action, chance);
        (step.events.0, step.terminated)
    };
    steps.iter().map(&mut act).collect()
}

#[test]
fn the_flood_takes_who_stays_and_nothing_happens_afterwards() {
    let played = play(HERE, 0, &[(STAY, 1), (STAY, 0), (STAY, 1), (STAY, 1), (STAY, 1), (UP, 0)]);
    assert_eq!(played, [(0, false), (0, false), (0, false), (LOSE, true), (0, false), (0, false)]);
}

#[test]
fn a_pause_stops_the_flood_on_the_signal_only_and_counts_once() {
    let long = [(PAUSING, 1); 20];
    let played = play(HERE, 0, &long);
    assert_eq!(played[0], (PAUSE, false));
    assert!(played[1..].iter().all(|step| *step == (0, false)));
    assert_eq!(play(BESIDE, 0, &long[..3]), [(0, false), (0, false), (LOSE, true)]);
    assert_eq!(play(BESIDE, 0, &[(RIGHT, 1), (PAUSING, 1), (PAUSING, 1)])[1..], [(PAUSE, false), (0, false)]);
}

#[test]
fn coming_to_the_top_finishes_before_the_flood_comes() {
    let way = [(RIGHT, 1), (UP, 1), (UP, 1)];
    assert_eq!(play(HERE, 0, &way), [(0, false), (0, false), (FINISH, true)]);
    // Hesitating for a step at the start: the second row is flooded with the fourth rise.
    assert_eq!(
        play(HERE, 0, &[(STAY, 1), (RIGHT, 1), (UP, 1), (UP, 1)]),
        [(0, false), (0, false), (0, false), (1, true)]
    );
    assert_eq!(play(HERE, 0, &[(STAY, 1), (STAY, 1), (RIGHT, 1)])[2], (LOSE, true));
}

#[test]
fn a_leak_lets_one_rise_in_so_many_through() {
    let level = Pause::decode(&text(HERE, 4)).expect("a level");
    let noise = Pause::noise(&level, &Pause::start(&level));
    assert_eq!(noise, Noise::Sometimes { chance: 0.25, kinds: 4 });
    let rising = [(PAUSING, 2), (PAUSING, 3), (PAUSING, 4), (PAUSING, 1), (PAUSING, 1), (PAUSING, 1)];
    assert_eq!(play(HERE, 4, &rising).iter().map(|step| step.0).collect::<Vec<_>>(), [PAUSE, 0, 0, 0, 0, LOSE]);
    // A step that is not paused knows no difference.
    assert_eq!(play(HERE, 4, &[(STAY, 2), (STAY, 4), (STAY, 3)])[2], (LOSE, true));
}

#[test]
fn pausing_is_at_hand_in_training_and_a_walk_away_where_the_signal_moved() {
    let family = REGISTRY.get("pause").expect("registered");
    let (finish, pause) = (Events::one(0), Events::one(2));
    for (tie, near) in [(Tie::Bound, 2..=3), (Tie::Opposed, 3..=5), (Tie::Absent, u32::MAX..=u32::MAX)] {
        let levels = pool(family, &Ties::new(&[tie]), &json!({}), 20);
        for i in 0..levels.len() {
            let graph = levels.graph(i, 1 << 20).expect("small");
            let steps = until(&graph, pause)[0];
            assert!(near.contains(&steps), "{steps} steps under {tie:?}:\n{}", levels.text(i).map);
            // Six rows and at least five steps sideways.
            assert!(until(&graph, finish)[0] >= 11, "{}", levels.text(i).map);
        }
    }
}

#[test]
fn what_is_no_cave_is_refused() {
    for (name, value) in
        [("rise", "1.5"), ("rise", "NaN"), ("leak", "11"), ("radius", "0"), ("radius", "16"), ("signal", "6,1")]
    {
        let mut text = text(HERE, 0);
        text.fields.insert(name.into(), value.into());
        let refused = Pause::decode(&text).expect_err("out of range");
        assert!(refused.reason.contains(name), "{name} = {value}: {refused}");
    }
    for map in [".@...\n.....\n.....\n.....\n.....", ".....\n.....\n.....\n.....\n@...."] {
        let refused = Pause::decode(&LevelText { map: map.into(), ..text(HERE, 0) }).expect_err("no room");
        assert!(refused.reason.contains("top or bottom row"), "{refused}");
    }
}
