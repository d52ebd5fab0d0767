//! No agent is judged on a level that it was trained on, or the share of such levels is said.

use misgen_core::{Law, Rng, Split};
use misgen_families::REGISTRY;
use misgen_sweep::inputs::TrainingPool;
use misgen_sweep::train::training_levels;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Digests of `count` evaluation levels of `family`'s first law.
fn evaluated(family: &str, knobs: &Value, count: u64) -> BTreeSet<[u8; 32]> {
    let family = REGISTRY.get(family).unwrap();
    let law = law(family.spec().name);
    let mut pool = family.pool(knobs).unwrap();
    for index in 0..count {
        let ties = law.draw(&mut Rng::keyed(0, "law", index));
        pool.generate(0, Split::Eval, index, &ties).unwrap();
    }
    (0..pool.len()).map(|i| pool.digest(i)).collect()
}

fn law(family: &str) -> Law {
    let spec = REGISTRY.get(family).unwrap().spec();
    Law::named(&spec, spec.laws[0].name).unwrap()
}

#[test]
fn training_levels_are_none_that_are_evaluated_on_or_their_share_is_said() {
    let train = |knobs: &Value, held: &BTreeSet<[u8; 32]>| {
        let wanted = TrainingPool { levels: 512, seed: 3 };
        training_levels(REGISTRY.get("bright").unwrap(), knobs, &law("bright"), wanted, held).unwrap()
    };
    let shared = |held: &BTreeSet<[u8; 32]>, levels: &misgen_sweep::train::TrainingLevels| {
        (0..levels.pool.len()).filter(|i| held.contains(&levels.pool.digest(*i))).count()
    };
    // Room enough: levels that are also evaluation levels are replaced.
    let large = json!({ "size": 16 });
    let held = evaluated("bright", &large, 8192);
    let found = train(&large, &held);
    assert!(found.kept_apart > 0, "no candidate was an evaluation level: this test shows nothing");
    assert_eq!((shared(&held, &found), found.overlap, found.pool.len()), (0, 0.0, 512));
    // A world so small that most levels are evaluated on: all are kept, and it is said how many.
    let small = json!({ "size": 6 });
    let held = evaluated("bright", &small, 8192);
    let found = train(&small, &held);
    assert!(found.overlap > 0.5, "{}", found.overlap);
    assert_eq!(found.overlap, shared(&held, &found) as f64 / 512.0);
}
