//! Knobs and texts from outside: what is out of range is refused, by name and place.

mod common;

use misgen_core::{Kind, Law, LevelText, Role, ShiftSpec};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

#[test]
fn knobs_out_of_range_are_named() {
    let cases = [
        ("corner", json!({ "size": 2 }), "knob `size`: found 2, expected a whole number from 3 to 16"),
        ("corner", json!({ "size": 300 }), "knob `size`: invalid value: integer `300`, expected u8"),
        ("corner", json!({ "sice": 9 }), "knob `sice`: unknown field `sice`"),
        ("corner", json!({ "density": 0.5 }), "knob `density`: found 0.5, expected a share from 0 to 0.4"),
        (
            "corner",
            json!({ "walls": "kruskal", "size": 10 }),
            "knob `size`: found 10, but Kruskal mazes need an odd size",
        ),
        (
            "corner",
            json!({ "nearest": 0.5, "farthest": 0.2 }),
            "knob `nearest`: found 0.5, expected a share from 0 to `farthest` (0.2)",
        ),
        ("doorway", json!({ "room": 4 }), "knob `room`: found 4, expected an odd number"),
        ("doorway", json!({ "size": 9, "room": 7 }), "knob `size`: found 9, expected a whole number from 11 to 15"),
        ("bright", json!({ "offset": 2 }), "knob `offset`: found 2, expected a whole number from 0 to 1"),
        ("bright", json!({ "rings": 3 }), "knob `rings`: found 3, expected a whole number from 1 to 2"),
        ("keys-chests", json!({ "key_cost": -1.0 }), "knob `key_cost`: found -1, expected a number from 0 to 1"),
        ("keys-chests", json!({ "decoys": 5 }), "knob `decoys`: found 5, expected a whole number from 0 to 4"),
    ];
    for (family, knobs, expected) in cases {
        let error = REGISTRY.get(family).expect("registered").knobs(&knobs).expect_err("out of range").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn knobs_at_their_ends_give_levels() {
    let cases = [
        ("corner", json!({ "size": 16, "corner": 15 })),
        ("corner", json!({ "size": 3, "density": 0.4 })),
        ("corner", json!({ "size": 15, "walls": "kruskal" })),
        ("corner", json!({ "size": 16, "density": 0.4 })),
        ("doorway", json!({ "size": 15, "room": 11, "density": 0.4 })),
        ("doorway", json!({ "size": 7, "room": 3, "jambs": false })),
        ("bright", json!({ "size": 16, "radius": 3, "offset": 0, "rings": 2, "placement": "anywhere" })),
        ("bright", json!({ "size": 6, "density": 0.4, "inverted": true })),
        ("keys-chests", json!({ "size": 9, "decoys": 4, "density": 0.4 })),
        ("keys-chests", json!({ "size": 16, "key_cost": 0.0 })),
    ];
    for (family, knobs) in cases {
        let family = REGISTRY.get(family).expect("registered");
        for ties in family.spec().reachable_ties() {
            let levels = common::pool(family, &ties, &knobs, 5);
            let spec = levels.obs_spec();
            assert_eq!(levels.replay(0, &[], &[])[0].len(), spec.bytes());
        }
    }
}

#[test]
fn declarations_fit_together() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        assert_eq!(spec.shifts[0].role, Role::Conflict, "{}: the first shift is the main one", spec.name);
        assert!(spec.shifts.iter().any(|shift| shift.role == Role::Nuisance), "{}", spec.name);
        assert!(spec.channels.iter().any(|channel| channel.name == "agent"));
        for (k, channel) in spec.channels.iter().enumerate() {
            assert!(
                spec.channels[..k]
                    .iter()
                    .all(|c| c.name != channel.name && c.color != channel.color && c.glyph != channel.glyph)
            );
        }
        for shift in spec.shifts.iter().map(ShiftSpec::from) {
            assert!(spec.supports(&shift.ties), "{} {}", spec.name, shift.name);
            family.knobs(&shift.knobs).expect("knobs of a shift are in range");
            // Part of the 2x2 of a gated family's training law is a nuisance shift that breaks nothing new.
            if spec.kind == Kind::Gated && shift.role == Role::Nuisance {
                continue;
            }
            let broken = shift.ties.as_slice().iter().any(|tie| *tie != misgen_core::Tie::Bound);
            match shift.role {
                Role::Conflict | Role::ProxyAbsent => assert!(broken, "{}", shift.name),
                Role::Nuisance => assert!(!broken && shift.knobs != json!({}), "{}", shift.name),
                _ => {}
            }
        }
        let mut laws = spec.laws.iter().map(|law| Law::named(&spec, law.name).expect("declared"));
        let all = laws.any(|law| (0..spec.proxies()).all(|p| spec.binds(&law, p)));
        assert!(all, "{}: some law binds every proxy", spec.name);
    }
}

#[test]
fn the_cost_of_a_key_is_a_knob_of_the_goal_alone() {
    let family = REGISTRY.get("keys-chests").expect("registered");
    let spec = family.spec();
    let declared = family.pool(&Value::Null).expect("defaults");
    assert_eq!(declared.spec().rewards(), spec.cues.iter().map(misgen_core::Cue::reward).collect::<Vec<_>>());
    let free = family.pool(&json!({ "key_cost": 0.0 })).expect("in range");
    let (take_key, open_chest) = (0, 1);
    assert_eq!(free.spec().rewards()[0].0[take_key], 0.0);
    assert_eq!(free.spec().rewards()[0].0[open_chest], 1.0);
    assert_eq!(free.spec().rewards()[1], declared.spec().rewards()[1]);
    assert_eq!(declared.spec().reward(), declared.spec().rewards()[0]);
    assert_eq!(spec.kind, Kind::Instrumental);
}

#[test]
fn texts_that_are_no_level_are_refused_with_their_place() {
    let text = |map: &str, fields: &[(&str, &str)]| LevelText {
        map: map.into(),
        fields: fields.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
    };
    let huge = "@".repeat(1_000_000);
    let cases = [
        ("corner", text("", &[]), (1, 1), "line ends"),
        ("corner", text("@..\n.x.\n...", &[("corner", "1")]), (2, 2), "found `x`, expected one of `.#@%`"),
        ("corner", text("@..\n...\n..", &[("corner", "1")]), (3, 3), "line ends, expected 3 columns"),
        ("corner", text(&huge, &[("corner", "1")]), (1, 2), "expected 1 columns"),
        ("corner", text(&"\n".repeat(1_000_000), &[("corner", "1")]), (17, 1), "expected at most 16 rows"),
        ("corner", text("@..\n...\n..@", &[("corner", "1")]), (3, 3), "a second `@`"),
        ("corner", text("...\n...\n...", &[("corner", "1")]), (1, 1), "no `@` in the map"),
        ("corner", text("@..\n...\n...", &[]), (0, 0), "field `corner`: missing"),
        (
            "corner",
            text("@..\n...\n...", &[("corner", "4")]),
            (0, 0),
            "field `corner`: found \"4\", expected a value from 1 to 3",
        ),
        ("corner", text("@..\n...\n...", &[("corner", "1"), ("x", "1")]), (0, 0), "unknown field \"x\""),
        ("bright", text("@.\n.X", &[("radius", "1"), ("rings", "1"), ("inverted", "no")]), (0, 0), "field `inverted`"),
        (
            "bright",
            text("@.\n.X", &[("radius", "1"), ("rings", "1"), ("inverted", "true"), ("patch", "0,1")]),
            (0, 0),
            "field `patch`: found \"0,1\", expected `row,column` from 1,1 to 2,2",
        ),
        ("doorway", text("@.\n.X", &[("room", "3"), ("jambs", "true")]), (0, 0), "field `room`: found 3 on a 2×2 map"),
        ("keys-chests", text("@k\n.c", &[]), (2, 1), "the map has 2 rows, expected at least 9"),
        ("keys-chests", text(&["........."; 9].join("\n"), &[]), (1, 1), "expected a wall: the border is closed"),
    ];
    for (family, text, place, expected) in cases {
        let mut levels = REGISTRY.get(family).expect("registered").pool(&Value::Null).expect("defaults");
        let error = levels.push_text(&text).expect_err(expected);
        assert_eq!((error.line, error.column), place, "{error}");
        assert!(error.reason.starts_with(expected), "{error}");
        assert!(levels.is_empty());
    }
}
