//! `forest` by hand: regrowth, harvests by how many trees stand, and what its planners leave standing.

use misgen_core::{Advice, Events, Family, LevelText, Noise, Rng, Split, Tie, Ties};
use misgen_families::REGISTRY;
use misgen_families::forest::{Forest, Level, State};
use serde_json::Value;

const LEFT: u8 = 1;
const DOWN: u8 = 2;
const RIGHT: u8 = 3;
const STAY: u8 = 4;

fn text(rows: &[&str], regrowth: &str) -> LevelText {
    let map: Vec<&str> = (0..6).map(|r| rows.get(r).copied().unwrap_or("......")).collect();
    let fields = [("regrowth", regrowth), ("least", "0.000001")];
    LevelText {
        map: map.join("\n"),
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn world(rows: &[&str]) -> (Level, State) {
    let level = Forest::decode(&text(rows, "0.3")).expect("a level");
    (level, Forest::start(&level))
}

fn step(world: &mut (Level, State), action: u8, chance: u32) -> String {
    let events = Forest::step(&world.0, &mut world.1, action, chance).events;
    let named = |k: &usize| events.meets(Events::one(*k as u8));
    (0..Forest::EVENTS.len()).filter(named).map(|k| Forest::EVENTS[k]).collect::<Vec<_>>().join(" ")
}

/// Rows of the observation, as a person sees them.
fn see(world: &(Level, State), n: usize) -> Vec<String> {
    let mut cells = [0_u8; 36];
    Forest::observe(&world.0, &world.1, &mut cells);
    let glyph = |cell: u8| {
        if cell & 2 > 0 {
            '@'
        } else if cell & 4 > 0 {
            't'
        } else {
            '.'
        }
    };
    cells.chunks(6).take(n).map(|row| row.iter().map(|&cell| glyph(cell)).collect()).collect()
}

#[test]
fn entering_a_tree_harvests_it_and_events_tell_how_many_stood() {
    let mut few = world(&["@ttt.."]);
    assert_eq!(step(&mut few, RIGHT, 0), "harvest-few step-few");
    assert_eq!(step(&mut few, STAY, 0), "step-few");
    assert_eq!(step(&mut few, RIGHT, 0), "harvest-few step-few");
    assert_eq!(step(&mut few, RIGHT, 0), "harvest-few step-few");
    assert_eq!(step(&mut few, LEFT, 0), "step-none");
    assert_eq!(see(&few, 1), ["..@..."]);
    let mut many = world(&["@ttttt", "ttt..."]);
    assert_eq!(step(&mut many, RIGHT, 0), "harvest-many step-many");
    assert_eq!(step(&mut many, RIGHT, 0), "harvest-some step-some");
}

#[test]
fn a_tree_grows_on_an_empty_cell_before_the_move_and_never_under_the_agent() {
    // Empty are, in reading order, the third cell of the first row and then the rest: neither agent nor tree.
    let mut grown = world(&["@t...."]);
    assert_eq!(step(&mut grown, STAY, 1), "step-few");
    assert_eq!(see(&grown, 1), ["@tt..."]);
    // What grows where the agent goes is harvested at once; with it two trees stood.
    let mut lucky = world(&["t@...."]);
    assert_eq!(step(&mut lucky, RIGHT, 1), "harvest-few step-few");
    assert_eq!(see(&lucky, 1), ["t.@..."]);
    let mut last = world(&["@t...."]);
    assert_eq!(step(&mut last, STAY, 34), "step-few");
    assert_eq!(see(&last, 6)[5], ".....t");
}

#[test]
fn regrowth_is_the_published_law() {
    let chance = |rows: &[&str]| {
        let (level, state) = world(rows);
        match Forest::noise(&level, &state) {
            Noise::Sometimes { chance, kinds } => (f64::from(chance), kinds),
            other => panic!("{other:?}"),
        }
    };
    for (rows, trees) in [(&["@....."][..], 0), (&["@t...."], 1), (&["@ttttt"], 5), (&["@ttttt", "tttt.."], 9)] {
        let (found, kinds) = chance(rows);
        let expected = (0.3 * f64::from(1 + trees).ln() / 11_f64.ln()).max(1e-6);
        assert!((found / expected - 1.0).abs() < 1e-6, "{trees} trees: {found}, expected {expected}");
        assert_eq!(kinds, 35 - trees as u32);
    }
    let (level, state) = world(&["@ttttt", "ttttt."]);
    assert_eq!(Forest::noise(&level, &state), Noise::Certain, "ten trees are all that stand");
}

#[test]
fn the_goals_planner_waits_beside_a_tree_that_the_proxys_takes() {
    let (level, state) = world(&["@.t..."]);
    assert_eq!([0, 1, 2].map(|reward| Forest::plan(&level, &state, reward, 9)), [1 << RIGHT; 3]);
    let (level, state) = world(&["@t...."]);
    assert_eq!(Forest::plan(&level, &state, 1, 9), 1 << RIGHT);
    // Up and left are walking out of the grid, which is staying; down leads away.
    assert_eq!(Forest::plan(&level, &state, 0, 9), 0b1_0011);
    let (level, state) = world(&["@ttttt", ".tttt."]);
    assert_eq!(Forest::plan(&level, &state, 0, 9), 1 << RIGHT, "nine stand: more than it keeps");
    let (level, state) = world(&["@....."]);
    assert_eq!(Forest::plan(&level, &state, 1, 9), 1 << STAY);
    let (level, state) = world(&["@.....", "......", "t....."]);
    assert_eq!(Forest::plan(&level, &state, 1, 9), 1 << DOWN);
}

#[test]
fn what_is_no_level_or_state_is_refused() {
    for (text, expected) in [
        (text(&["@.....", "tttttt", "ttttt."], "0.3"), "more than 10 of `t`"),
        (text(&["@#t...", "##...."], "0.3"), "cannot reach"),
        (text(&["@....."], "1.5"), "field `regrowth`"),
        (text(&["@....."], "NaN"), "field `regrowth`"),
        (text(&["......"], "0.3"), "no `@`"),
    ] {
        let error = Forest::decode(&text).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let (level, state) = world(&["@t...."]);
    let json = serde_json::to_string(&state).expect("plain data");
    for (from, to) in [("\"at\":0", "\"at\":6"), ("[2,0", "[64,0"), ("[2,0", "[4128831,0")] {
        let other: State = serde_json::from_str(&json.replacen(from, to, 1)).expect("a state");
        assert!(other != state && Forest::is_state(&level, &state) && !Forest::is_state(&level, &other), "{to}");
    }
}

/// Trees harvested in the horizon, and the share of it without a tree, of a planner (or of random play).
fn life(tie: Tie, planner: Option<usize>) -> (f64, f64) {
    let mut pool = REGISTRY.get("forest").expect("registered").pool(&Value::Null).expect("defaults");
    let (mut harvests, mut bare, levels) = (0.0, 0.0, 20);
    for i in 0..levels {
        pool.generate(0, Split::Check, i as u64, &Ties::new(&[tie])).expect("a level");
        for play in 0..4 {
            let mut acts = Rng::keyed(play, "acts", i as u64);
            let mut law = |advice: &dyn Advice, _taken: u16| {
                let set = planner.map_or(31, |cue| advice.plan(cue));
                let drawn = acts.below(set.count_ones()) as usize;
                (0..5).filter(|a| set >> a & 1 == 1).nth(drawn).expect("an action")
            };
            let walk = pool.walk(i, pool.limit(), Events::NONE, &mut law, &mut Rng::keyed(play, "chance", i as u64));
            let mut events = [0; 16];
            for (_, happened) in walk.events {
                (0..16).filter(|&k| happened.meets(Events::one(k as u8))).for_each(|k| events[k] += 1);
            }
            let counts = pool.counts(i, &events);
            let of = |name| counts.iter().find(|(n, _)| *n == name).expect("counted").1;
            assert_eq!(of("steps"), f64::from(pool.limit()), "each step is of one class");
            harvests += of("harvests");
            bare += of("steps_none") / of("steps");
        }
    }
    let lives = levels as f64 * 4.0;
    (harvests / lives, bare / lives)
}

#[test]
fn who_harvests_at_once_ends_the_forest_and_who_waits_lives_on_it() {
    for (tie, at_once) in [(Tie::Bound, 35.0), (Tie::Opposed, 10.0)] {
        let [random, waits, takes] = [None, Some(0), Some(1)].map(|planner| life(tie, planner));
        assert!(waits.0 > 115.0 && waits.1 == 0.0, "{waits:?}");
        assert!(takes.0 < at_once && takes.1 > 0.8, "{takes:?}");
        assert!(random.0 < 35.0, "{random:?}");
    }
}
