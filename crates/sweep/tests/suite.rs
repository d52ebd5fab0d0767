//! What a suite's file may say, and what is answered where it may not.

mod common;

use common::{AGENT, SUITE, load, load_with};
use misgen_core::Role;

#[test]
fn a_good_suite_is_resolved() {
    let suite = load(SUITE).unwrap();
    let names: Vec<&str> = suite.worlds.iter().map(|world| world.name.as_str()).collect();
    assert_eq!(names, ["row-fixed", "row-any"]);
    assert_eq!(suite.seeds().collect::<Vec<_>>(), [0, 1]);
    let [fixed, any] = &suite.worlds[..] else { panic!("two worlds") };
    assert_eq!(fixed.learners[0].gamma, 0.97);
    assert_eq!(any.learners[0].gamma, 0.9);
    assert_eq!(any.learners[0].lr, 1e-3);
    let players = |world: &misgen_sweep::suite::World| {
        world.scripted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(players(fixed), "random pursuer:goal pursuer:mark pursuer:side");
    assert_eq!(players(any), "random pursuer:goal pursuer:mark", "the side is free under this law");
    assert_eq!(fixed.knobs, serde_json::json!({ "size": 5, "density": 0.0 }));
    let (long, knobs) = &fixed.shifts[2];
    assert_eq!((long.name.as_str(), long.role), ("long", Role::Nuisance));
    assert_eq!(knobs["size"], 9);
}

#[test]
fn the_resolved_text_is_a_suite_of_its_own_that_means_the_same() {
    let suite = load_with(SUITE.as_bytes(), AGENT, &["worlds.0.frames=8192", "worlds.1.knobs.size=7"]).unwrap();
    let nothing = |_: &str| Err("a file that must not be read".into());
    let text = suite.resolved();
    let again = misgen_sweep::suite::Suite::load("r.toml", text.as_bytes(), &[], common::REGISTRY, &nothing).unwrap();
    assert_eq!(again.file, suite.file);
    let plan = |suite| misgen_sweep::plan::Plan::new(suite, &common::versions()).unwrap();
    assert_eq!(plan(&again), plan(&suite));
}

#[test]
fn overrides_reach_every_field() {
    let suite = load_with(
        SUITE.as_bytes(),
        AGENT,
        &["seeds=3", "worlds.0.frames=10_000", "worlds.1.learner.hidden=[4, 4]", "name=quick", "agents.0.mix=[0.5]"],
    )
    .unwrap();
    assert_eq!((suite.file.seeds, suite.file.name.as_str()), (3, "quick"));
    assert_eq!(suite.worlds[0].learners[0].frames, 10_000);
    assert_eq!(suite.worlds[1].learners[0].hidden, [4, 4]);
    assert_eq!(suite.file.agents[0].mix, [0.5]);
}
