//! The audit against numbers worked out by hand, and what stands out in it.

use misgen_core::{Law, Role};
use misgen_evaluate::audit::{AuditRow, audit, row};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use serde_json::json;

fn row_of<'a>(rows: &'a [AuditRow], name: &str) -> &'a AuditRow {
    rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row `{name}`"))
}

fn near(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9), "{found:?}, expected {expected}");
}

#[test]
fn a_corridorless_room_has_the_numbers_that_a_hand_finds() {
    // 3×3, the cheese in the top left cell: the start is one of 8 cells, 1 to 4 steps away.
    let family = misgen_families::REGISTRY.get("corner").unwrap();
    let law = Law::named(&family.spec(), "aligned").unwrap();
    let request = PoolRequest { knobs: json!({ "size": 3 }), content: Content::Law(law), levels: 64, seed: 0 };
    let pool = EvalPool::build(family, &request).unwrap();
    let found = row(&pool).unwrap();
    let steps: Vec<u32> = (0..pool.pool.len())
        .map(|i| {
            let map = pool.pool.text(i).map;
            let (r, line) = map.lines().enumerate().find(|(_, line)| line.contains('@')).unwrap();
            (r + line.find('@').unwrap()) as u32
        })
        .collect();
    let mean = |of: fn(u32) -> f64| steps.iter().map(|&n| of(n)).sum::<f64>() / steps.len() as f64;
    near(found.steps, mean(f64::from));
    // One is paid for the step of that number, the first one undiscounted.
    near(found.goal, mean(|n| 0.99_f64.powi(n as i32 - 1)));
    // Eight cells before the cheese is reached, and all nine after it: graphs go on beyond ends.
    assert_eq!((found.states.unwrap().mean, found.states.unwrap().most), (17.0, 17));
    assert_eq!((found.levels, found.generated, found.distinct, found.exact), (64, 64, 8, true));
    assert!(found.random.unwrap() > 0.0 && found.random < found.goal && found.undisturbed.is_none());
    assert!(found.blind.is_some_and(|s| s < 1.0), "{:?}", found.blind);
}

#[test]
fn every_law_shift_and_rung_has_a_row_and_harder_ones_a_note() {
    let family = misgen_families::REGISTRY.get("corner").unwrap();
    let found = audit(family, 16).unwrap();
    let names: Vec<&str> = found.rows.iter().map(|row| row.name.as_str()).collect();
    let spec = family.spec();
    assert_eq!(names.len(), spec.laws.len() + spec.shifts.len() + 5);
    assert_eq!((names[0], names[1], *names.last().unwrap()), ("aligned", "cheese-anywhere", "reach-5"));
    let opposite = row_of(&found.rows, "cheese-opposite");
    assert!(opposite.diagnostic > 0.5 && opposite.role == Role::Conflict && opposite.undisturbed.is_some());
    let absent = row_of(&found.rows, "no-cheese");
    assert_eq!((absent.steps, absent.blind, absent.goal), (None, None, Some(0.0)));
    assert!(absent.notes.is_empty(), "{:?}", absent.notes);
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<misgen_evaluate::audit::Audit>(&json).unwrap(), found);
}

#[test]
fn planned_values_say_so_and_have_no_states() {
    let planned = misgen_families::REGISTRY.iter().find(|family| family.spec().planner.is_some());
    let Some(family) = planned else { return };
    let law = Law::named(&family.spec(), family.spec().laws[0].name).unwrap();
    let request = PoolRequest { knobs: json!({}), content: Content::Law(law), levels: 2, seed: 0 };
    let found = row(&EvalPool::build(family, &request).unwrap()).unwrap();
    assert!(!found.exact && found.states.is_none() && found.steps.is_none());
}
