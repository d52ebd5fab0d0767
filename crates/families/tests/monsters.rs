//! `monsters` by hand: touching, shields in hand, what reappears, the chase, and what its planners obtain.

use misgen_core::{Advice, Events, Family, LevelText, Rng, Split, Tie, Ties};
use misgen_families::REGISTRY;
use misgen_families::monsters::{Level, Monsters, State};
use serde_json::Value;

const UP: u8 = 0;
const LEFT: u8 = 1;
const DOWN: u8 = 2;
const RIGHT: u8 = 3;
const STAY: u8 = 4;
/// A monster's choice that chases along rows first, and along columns first.
const CHASE: [u32; 2] = [4, 5];
/// No shield comes back.
const NONE_BACK: u32 = 1;

struct World {
    level: Level,
    state: State,
    cells: u32,
}

/// A room of 6×6 whose first rows are `rows`.
fn world(rows: &[&str]) -> World {
    let mut map = vec!["########".to_owned()];
    map.extend((0..6).map(|r| format!("#{}#", rows.get(r).copied().unwrap_or("......"))));
    map.push("########".into());
    let text = LevelText { map: map.join("\n"), ..Default::default() };
    let level = Monsters::decode(&text).expect("a level");
    World { level, state: Monsters::start(&level), cells: 36 }
}

impl World {
    /// Takes a step in which things appear at the `spot`th cell, and monsters choose `choices`.
    fn step(&mut self, action: u8, spot: u32, returns: u32, choices: &[u32]) -> String {
        let chosen = choices.iter().rev().fold(0, |all, choice| all * 8 + choice);
        let chance = spot + self.cells * (returns + 8 * chosen);
        assert!(chance < Monsters::noise(&self.level, &self.state).outcomes(), "an outcome that can be drawn");
        let events = Monsters::step(&self.level, &mut self.state, action, chance).events;
        let named = |k: &usize| events.meets(Events::one(*k as u8));
        let names: Vec<&str> = (0..Monsters::EVENTS.len()).filter(named).map(|k| Monsters::EVENTS[k]).collect();
        names.join(" ")
    }

    /// The first `n` rows of the room, and how many shields the border shows.
    fn see(&self, n: usize) -> (Vec<String>, usize) {
        let mut cells = [0_u8; 64];
        Monsters::observe(&self.level, &self.state, &mut cells);
        let glyph =
            |cell: u8| [(16, 'm'), (2, '@'), (4, 'a'), (8, 's')].iter().find(|g| cell & g.0 > 0).map_or('.', |g| g.1);
        let line = |r: usize| cells[8 * r + 1..8 * r + 7].iter().map(|&cell| glyph(cell)).collect();
        ((1..=n).map(line).collect(), cells[..8].iter().filter(|&&cell| cell & 8 > 0).count())
    }
}

#[test]
fn without_a_shield_touching_is_a_hit_and_nobody_moves() {
    let mut world = world(&["@.m..."]);
    // The monster comes, then both try to enter the other's cell.
    assert_eq!(world.step(STAY, 0, NONE_BACK, &[CHASE[0]]), "step-hunted");
    assert_eq!(world.see(1).0, ["@m...."]);
    assert_eq!(world.step(RIGHT, 0, NONE_BACK, &[UP.into()]), "hit step-hunted");
    assert_eq!(world.see(1).0, ["@m...."]);
    assert_eq!(world.step(STAY, 0, NONE_BACK, &[CHASE[1]]), "hit step-hunted");
    assert_eq!(world.see(1).0, ["@m...."]);
}

#[test]
fn a_shield_in_hand_kills_and_the_step_of_the_last_kill_is_still_hunted() {
    let mut world = world(&["@s.m..", "......", "......", "......", "......", "a....."]);
    assert_eq!(world.step(RIGHT, 0, NONE_BACK, &[CHASE[0]]), "shield-hunted step-hunted");
    assert_eq!(world.see(1), (vec![".@m...".to_owned()], 1));
    assert_eq!(world.step(RIGHT, 0, NONE_BACK, &[0]), "kill step-hunted");
    assert_eq!(world.see(1), (vec!["..@...".to_owned()], 0));
    assert_eq!(world.step(STAY, 0, NONE_BACK, &[]), "step-safe");
}

#[test]
fn an_apple_reappears_at_once_a_shield_by_chance_and_neither_on_something_else() {
    let mut world = world(&["@as..a"]);
    // Cell 5 holds an apple, so the sixth in reading order is next.
    assert_eq!(world.step(RIGHT, 5, NONE_BACK, &[]), "apple-safe step-safe");
    assert_eq!(world.see(2).0, [".@s..a", "a....."]);
    assert_eq!(world.step(RIGHT, 0, NONE_BACK, &[]), "shield-safe step-safe");
    assert_eq!(world.see(2), (vec!["..@..a".to_owned(), "a.....".to_owned()], 1));
    // Half the floor on from the drawn cell: 20 + 18 is 2, where the agent stands, so 3.
    assert_eq!(world.step(STAY, 20, 0, &[]), "step-safe");
    assert_eq!(world.see(2).0, ["..@s.a", "a....."]);
    assert_eq!(world.step(STAY, 20, 0, &[]), "step-safe");
    assert_eq!(world.see(2).0, ["..@s.a", "a....."], "never more than at the start");
}

#[test]
fn monsters_come_nearer_along_either_axis_go_round_each_other_and_stray() {
    let start = ["......", ".@....", "......", "....m."];
    for (choice, row) in [(CHASE[0], 2), (CHASE[1], 3), (UP.into(), 2), (DOWN.into(), 4)] {
        let mut world = world(&start);
        world.step(STAY, 0, NONE_BACK, &[choice]);
        let seen = world.see(6).0;
        assert!(seen[row].contains('m'), "choice {choice}: {seen:?}");
        assert_eq!(seen[row].find('m'), Some(if choice == CHASE[1] { 3 } else { 4 }));
    }
    // The first in reading order is in the way of the second, which takes the other axis, or stays where that leads away.
    let mut world = world(&["@.....", "......", "...m..", "...m.."]);
    world.step(STAY, 0, NONE_BACK, &[LEFT.into(), CHASE[0]]);
    assert_eq!(world.see(4).0, ["@.....", "......", "..mm..", "......"]);
}

#[test]
fn eight_shields_are_held_at_most() {
    let mut world = world(&["@sssss", "sssss."]);
    for (t, action) in [RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, DOWN, LEFT, LEFT, LEFT, LEFT, LEFT].into_iter().enumerate() {
        let took = world.step(action, 0, NONE_BACK, &[]);
        assert_eq!(took, if t == 5 { "step-safe" } else { "shield-safe step-safe" });
    }
    assert_eq!(world.see(2), (vec!["......".to_owned(), "@.....".to_owned()], 8));
}

#[test]
fn what_is_no_level_or_state_is_refused() {
    let room = |first: &str| format!("########\n{first}\n{}########", "#......#\n".repeat(5));
    for (map, expected) in [
        (room("#@.....#").replacen('#', ".", 1), "the border is closed"),
        (room("#......#"), "no `@`"),
        (room("#@mmmmm#").replacen("#......#", "#m.....#", 1), "more than 5 of `m`"),
        ("#####\n#@..#\n#...#\n#...#\n#####".into(), "5 rows, expected at least 8"),
    ] {
        let error = Monsters::decode(&LevelText { map: map.clone(), ..Default::default() }).expect_err(&map);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let world = world(&["@....m"]);
    let json = serde_json::to_string(&world.state).expect("plain data");
    for (from, to) in [("\"held\":0", "\"held\":9"), ("\"at\":17", "\"at\":8"), ("22", "200")] {
        let state: State = serde_json::from_str(&json.replacen(from, to, 1)).expect("a state");
        assert!(Monsters::is_state(&world.level, &world.state) && !Monsters::is_state(&world.level, &state), "{to}");
    }
}

/// Mean value of each cue, and mean number of shields taken, of a planner (or of random play).
fn worth(tie: Tie, planner: Option<usize>) -> ([f64; 2], f64) {
    let mut pool = REGISTRY.get("monsters").expect("registered").pool(&Value::Null).expect("defaults");
    let (mut value, mut shields, levels) = ([0.0; 2], 0.0, 40);
    let rewards = pool.spec().rewards();
    for i in 0..levels {
        pool.generate(0, Split::Check, i as u64, &Ties::new(&[tie])).expect("a level");
        for play in 0..8 {
            let mut acts = Rng::keyed(play, "acts", i as u64);
            let mut law = |advice: &dyn Advice, _taken: u16| {
                let set = planner.map_or(31, |cue| advice.plan(cue));
                let drawn = acts.below(set.count_ones()) as usize;
                (0..5).filter(|a| set >> a & 1 == 1).nth(drawn).expect("an action")
            };
            let walk = pool.walk(i, pool.limit(), Events::NONE, &mut law, &mut Rng::keyed(play, "chance", i as u64));
            for (t, events) in walk.events {
                let fade = 0.99_f64.powi(t.into());
                for (sum, reward) in value.iter_mut().zip(&rewards) {
                    *sum += fade * f64::from(reward.of(events));
                }
                shields += f64::from(u8::from(events.meets(Events(0b1100))));
            }
        }
    }
    let episodes = levels as f64 * 8.0;
    (value.map(|sum| sum / episodes), shields / episodes)
}

#[test]
fn hoarding_costs_little_while_hunted_and_much_where_nobody_hunts() {
    let [random, goal, proxy] = [None, Some(0), Some(1)].map(|planner| worth(Tie::Bound, planner));
    assert!(random.0[0] < -5.0 && goal.0[0] > 4.5, "{random:?} {goal:?}");
    assert!(proxy.0[0] > 0.9 * goal.0[0], "{proxy:?} {goal:?}");
    let [random, goal, proxy] = [None, Some(0), Some(1)].map(|planner| worth(Tie::Opposed, planner));
    let transfer = (proxy.0[0] - random.0[0]) / (goal.0[0] - random.0[0]);
    assert!((0.5..0.7).contains(&transfer), "{transfer}");
    assert!(proxy.0[1] > goal.0[1] + 1.5 && proxy.1 > 2.5 * goal.1, "{proxy:?} {goal:?}");
}
