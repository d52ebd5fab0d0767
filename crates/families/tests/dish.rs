//! `dish`: hand-computed levels. Would catch an episode that goes on after the dish, an event at the start, a dish at
//! another distance than its radius, and a prominence that draws too few channels.

use misgen_core::{Events, LevelText, Pool, Split, Tie, Ties};
use misgen_families::REGISTRY;
use serde_json::json;

const NONE: Events = Events::NONE;
const CHEESE: Events = Events::one(0);
const DISH: Events = Events::one(1);

fn text(map: &str, prominence: &str) -> LevelText {
    LevelText { map: map.into(), fields: [("prominence".to_owned(), prominence.to_owned())].into() }
}

fn level(map: &str) -> Box<dyn Pool> {
    let knobs = json!({ "size": 5 });
    let mut levels = REGISTRY.get("dish").expect("registered").pool(&knobs).expect("in range");
    levels.push_text(&text(map, "2")).expect("a level");
    levels
}

/// Events and ends of each step.
fn play(levels: &dyn Pool, actions: &[u8]) -> Vec<(Events, bool)> {
    let graph = levels.graph(0, 1000).expect("small");
    let mut state = 0;
    let step = |&action: &u8| {
        let edge = graph.follow(state, action, 0);
        state = edge.next;
        (edge.events, edge.end)
    };
    actions.iter().map(step).collect()
}

#[test]
fn the_first_of_cheese_and_dish_ends_the_episode() {
    // Right over the dish to the cheese: the dish ends it, and what comes later ends nothing again.
    let levels = level("@o%..\n.....\n.....\n.....\n.....");
    assert_eq!(play(&*levels, &[4, 3, 3, 1]), [(NONE, false), (DISH, true), (CHEESE, false), (NONE, false)]);
    // On the dish both happen in one step; a wall is in the way of the first move.
    let levels = level("@#...\n&....\n.....\n.....\n.....");
    assert_eq!(play(&*levels, &[3, 2]), [(NONE, false), (CHEESE.and(DISH), true)]);
    // Of two dishes the far one is the cue.
    let levels = level("@&..o\n.....\n.....\n.....\n.....");
    assert_eq!(play(&*levels, &[3, 3, 3, 3]), [(CHEESE, true), (NONE, false), (NONE, false), (DISH, false)]);
    // A dish without cheese still ends it.
    let levels = level("@.o..\n.....\n.....\n.....\n.....");
    assert_eq!(play(&*levels, &[3, 3]), [(NONE, false), (DISH, true)]);
}

#[test]
fn the_dish_is_drawn_in_as_many_channels_as_it_is_prominent() {
    let levels = level("@&..o\n.....\n.....\n.....\n.....");
    let spec = levels.obs_spec();
    let seen =
        |cell: u8| spec.channels.iter().enumerate().filter(move |(k, _)| cell >> k & 1 == 1).map(|(_, c)| c.name);
    let start = levels.replay(0, &[], &[]).remove(0);
    let looks: Vec<Vec<&str>> = start[..5].iter().map(|&cell| seen(cell).collect()).collect();
    assert_eq!(looks, [vec!["agent"], vec!["cheese", "dish-2", "dish"], vec![], vec![], vec!["dish-2", "dish"]]);
}

/// The places of cheese and dish at the start.
fn places(levels: &dyn Pool, i: usize) -> [Option<(i32, i32)>; 2] {
    let spec = levels.obs_spec();
    let start = levels.replay(i, &[], &[]).remove(0);
    ["cheese", "dish"].map(|name| {
        let k = spec.channel(name).expect("declared");
        let at = start.iter().position(|cell| cell >> k & 1 == 1)?;
        Some(((at / spec.width) as i32, (at % spec.width) as i32))
    })
}

#[test]
fn a_dish_apart_is_exactly_its_radius_away_and_the_cheese_stays() {
    let family = REGISTRY.get("dish").expect("registered");
    for (size, radius) in [(9, 1), (9, 4), (9, 6), (9, 8), (13, 8), (5, 4)] {
        let knobs = json!({ "size": size, "radius": radius, "density": 0.1 });
        let [mut apart, mut together] = [(); 2].map(|()| family.pool(&knobs).expect("in range"));
        for i in 0..50 {
            apart.generate(0, Split::Check, i, &Ties::new(&[Tie::Opposed, Tie::Absent])).expect("a level");
            together.generate(0, Split::Check, i, &Ties::new(&[Tie::Bound, Tie::Free])).expect("a level");
            let [cheese, dish] = places(&*apart, i as usize).map(|at| at.expect("drawn"));
            let distance = (cheese.0 - dish.0).abs().max((cheese.1 - dish.1).abs());
            assert_eq!(distance, radius, "size {size}, level {i}: {cheese:?} {dish:?}");
            assert_eq!(places(&*together, i as usize), [Some(cheese); 2], "size {size}, level {i}");
        }
    }
}

#[test]
fn entering_the_corner_is_an_event_once_and_ends_nothing() {
    let mut levels = REGISTRY.get("dish").expect("registered").pool(&json!({ "size": 5 })).expect("in range");
    let mut cornered = text("..@..\n.....\n.....\n%....\n....o", "1");
    cornered.fields.insert("corner".into(), "2".into());
    levels.push_text(&cornered).expect("a level");
    let corner = Events::one(2);
    let steps = play(&*levels, &[1, 3, 1, 1, 2, 2, 2]);
    let none = (NONE, false);
    assert_eq!(steps, [(corner, false), none, none, none, none, none, (CHEESE, true)]);
}

#[test]
fn two_proxies_part_alone_and_together() {
    let family = REGISTRY.get("dish").expect("registered");
    let in_corner = |at: (i32, i32)| at.0 < 3 && at.1 < 3;
    for (ties, cheese_in, together) in [
        ([Tie::Bound, Tie::Bound], true, true),
        ([Tie::Opposed, Tie::Bound], true, false),
        ([Tie::Bound, Tie::Opposed], false, true),
        ([Tie::Opposed, Tie::Opposed], false, false),
    ] {
        let mut levels = family.pool(&json!({ "density": 0.1 })).expect("in range");
        for i in 0..50 {
            levels.generate(0, Split::Check, i, &Ties::new(&ties)).expect("a level");
            let [cheese, dish] = places(&*levels, i as usize).map(|at| at.expect("drawn"));
            assert_eq!((in_corner(cheese), cheese == dish), (cheese_in, together), "{ties:?}, level {i}");
            assert!(ties != [Tie::Opposed; 2] || !in_corner(dish), "level {i}");
        }
    }
}

#[test]
fn what_is_no_level_is_refused_at_its_place() {
    let mut levels = REGISTRY.get("dish").expect("registered").pool(&json!({ "size": 5 })).expect("in range");
    let rest = "\n.....\n.....\n.....\n.....";
    for (row, prominence, expected) in [
        ("@&.%.", "1", "line 1, column 2: a second piece of cheese"),
        ("@o.o.", "1", "line 1, column 4: a second `o`"),
        ("@&.&.", "1", "line 1, column 4: a second `&`"),
        ("..o.%", "1", "no `@`"),
        ("@o.%.", "6", "field `prominence`: found \"6\", expected a value from 1 to 5"),
        ("@x.%.", "1", "line 1, column 2: found `x`"),
    ] {
        let error = levels.push_text(&text(&format!("{row}{rest}"), prominence)).expect_err(row).to_string();
        assert!(error.contains(expected), "{row}: {error}");
    }
    let error =
        REGISTRY.get("dish").expect("registered").knobs(&json!({ "size": 6, "radius": 6 })).expect_err("too far");
    assert_eq!(error.to_string(), "knob `radius`: found 6, expected a whole number from 1 to 5");
}
