//! Kinds of walls as `corner` uses them, and what happens where no layout can be found.

mod common;

use common::{pool, until};
use misgen_core::{GenerateError, Split};
use misgen_families::REGISTRY;
use serde_json::json;

#[test]
fn every_kind_of_walls_gives_levels_that_can_be_solved_in_time() {
    let corner = REGISTRY.get("corner").expect("registered");
    for (walls, sizes) in [("kruskal", [5, 9, 13]), ("wilson", [5, 9, 13]), ("rooms", [7, 10, 16])] {
        for size in sizes {
            for ties in corner.spec().reachable_ties() {
                let levels = pool(corner, &ties, &json!({ "walls": walls, "size": size }), 40);
                for i in 0..levels.len() {
                    let graph = levels.graph(i, 1 << 20).expect("small");
                    let steps = until(&graph, corner.spec().cues[0].events())[0];
                    assert_eq!(steps <= u32::from(levels.limit()), ties.has_goal(), "{walls} {size}: {steps} steps");
                }
            }
        }
    }
}

#[test]
fn a_search_that_cannot_succeed_ends_and_says_what_was_asked_for() {
    // No distance on an open 9×9 grid is between .51 and .52 of the greatest.
    let knobs = json!({ "nearest": 0.51, "farthest": 0.52 });
    let corner = REGISTRY.get("corner").expect("registered");
    let mut levels = corner.pool(&knobs).expect("in range");
    let error = levels.generate(7, Split::Eval, 3, &corner.spec().reachable_ties()[0]).expect_err("no such level");
    assert!(matches!(error, GenerateError::Exhausted { .. }));
    let text = error.to_string();
    for part in ["`corner`", "1000 tries", "seed 7", "split eval", "index 3", "\"nearest\":0.51", "\"size\":9"] {
        assert!(text.contains(part), "{text}");
    }
}
