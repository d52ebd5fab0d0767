//! Families in words, from a declaration made by hand.

use misgen_core::{
    Channel, Cue, FamilySpec, Kind, KnobValue, Layer, LevelKey, MOVES, NamedLaw, Rgb, Role, STAY, Shift, ShiftSpec,
    Split, Tie, Ties,
};
use misgen_report::{
    Color, Style, describe, describe_json, families, families_json, level_header, shifts, shifts_json,
};
use serde_json::{Value, json};

const STYLE: Style = Style { color: Color::Off, unicode: true, width: Some(100) };
const ASCII: Style = Style { unicode: false, ..STYLE };

pub(crate) const TOY: FamilySpec = FamilySpec {
    name: "toy-door",
    version: 2,
    kind: Kind::Coincident,
    means: "A room with four doors; the target lies beyond one of them.",
    source: "Made for this test, 1 ≤ n.",
    rules: "Walk.",
    exact: "Everything.",
    comparison: &[],
    ladders: &[],
    first_cue_ends: true,
    planner: None,
    events: &["target", "mark", "side"],
    cues: &[
        Cue::new("target", "reaches the target", &[(0, 1.0)]),
        Cue::new("mark", "walks through the marked door", &[(1, 1.0)]),
        Cue::new("side", "walks out on the usual side", &[(2, 1.0), (0, -0.5)]),
    ],
    supports: &[&[Tie::Bound, Tie::Free, Tie::Opposed], &[Tie::Bound, Tie::Opposed]],
    flags: &["watched", "alone"],
    laws: &[
        NamedLaw { name: "fixed", means: "the door is always the same", rows: &[(1.0, 0, &[Tie::Bound, Tie::Bound])] },
        NamedLaw {
            name: "joint",
            means: "the side fails when alone",
            rows: &[(3.0, 0, &[Tie::Bound, Tie::Bound]), (1.0, 1, &[Tie::Bound, Tie::Opposed])],
        },
    ],
    shifts: &[
        Shift::new(
            "elsewhere",
            Role::Conflict,
            &[Tie::Opposed, Tie::Opposed],
            "The target lies behind another door; the mark stays.",
        ),
        Shift::new("dense", Role::Nuisance, &[Tie::Bound, Tie::Bound], "More walls.")
            .knobs(&[("density", KnobValue::Float(0.25)), ("maze", KnobValue::Word("kruskal"))]),
        Shift::new("nothing", Role::GoalAbsent, &[Tie::Bound, Tie::Bound], "No target.").fixed_distance(),
    ],
    channels: &[
        Channel { name: "wall", glyph: '#', color: Rgb(120, 120, 120), layer: Layer::Thing },
        Channel { name: "agent", glyph: '@', color: Rgb(0, 114, 178), layer: Layer::Thing },
        Channel { name: "mark", glyph: '~', color: Rgb(240, 228, 66), layer: Layer::Ground },
    ],
    actions: MOVES,
    stay: Some(STAY),
    gamma: 0.99,
    punished: false,
    gap: 0.3,
    ratios: &[("doors_ratio", "doors opened", "doors needed")],
    sited: &[],
    knob_rewards: None,
    training_reward: None,
};

pub(crate) fn defaults() -> Value {
    json!({ "density": 0.1, "maze": "blocks", "size": 9 })
}

pub(crate) fn schema() -> Value {
    json!({
        "properties": {
            "size": { "description": "Rows and columns\ninside the border.", "type": "integer", "minimum": 5, "maximum": 16 },
            "density": { "description": "Share of walls.", "type": "number" },
            "maze": { "$ref": "#/$defs/Maze" },
        },
        "$defs": { "Maze": { "description": "Kind of walls.", "oneOf": [{ "const": "blocks" }, { "const": "kruskal" }] } },
    })
}

#[test]
fn a_family_in_words() {
    insta::assert_snapshot!(describe(&TOY, &defaults(), &schema(), &STYLE));
}

#[test]
fn a_description_keeps_its_measure_and_its_alphabet() {
    let shown = describe(&TOY, &defaults(), &schema(), &Style { width: Some(50), ..ASCII });
    assert!(shown.is_ascii() && shown.contains("1 <= n"));
    assert!(shown.lines().all(|line| line.len() <= 50), "{shown}");
}

#[test]
fn a_description_for_programs_holds_every_declaration() {
    let json = describe_json(&TOY, &defaults(), &schema());
    assert_eq!(json["id"], "toy-door-v2");
    assert_eq!(json["proxies"][1]["reward"], json!({ "side": 1.0, "target": -0.5 }));
    assert_eq!(json["laws"][1]["rows"][1]["ties"], json!({ "ties": ["bound", "opposed"], "flag": 1 }));
    assert_eq!(json["shifts"].as_array().unwrap().len(), TOY.shifts.len());
    assert_eq!(json["ratios"], json!([["doors_ratio", "doors opened", "doors needed"]]));
    assert_eq!(json["knobs"]["defaults"], defaults());
}

#[test]
fn lists() {
    insta::assert_snapshot!(families(&[TOY], &Style { width: Some(80), ..STYLE }) + "\n" + &shifts(&[TOY], &ASCII));
}

#[test]
fn lists_for_programs() {
    assert_eq!(families_json(&[TOY])[0]["proxies"], json!(["mark", "side"]));
    let shifts = shifts_json(&[TOY]);
    assert_eq!(shifts[0]["id"], "toy-door-v2:elsewhere");
    assert_eq!((&shifts[0]["main"], &shifts[1]["main"]), (&json!(true), &json!(false)));
    assert_eq!(shifts[1]["knobs"], json!({ "density": 0.25, "maze": "kruskal" }));
}

#[test]
fn a_level_says_where_it_comes_from() {
    let shift = ShiftSpec::from(&TOY.shifts[0]);
    let key = LevelKey { seed: 3, split: Split::Check, index: 17, attempt: 1, ties: shift.ties };
    assert_eq!(
        level_header(&TOY, Some(&shift), &key, &STYLE),
        [
            "toy-door-v2, shift elsewhere (conflict, main)",
            "The target lies behind another door; the mark stays.",
            "level 17 of split check, seed 3, attempt 1",
            "ties: mark opposed, side opposed, flag watched",
        ]
    );
    let trained = LevelKey { ties: Ties::all(2, Tie::Bound).with_flag(1), ..key };
    let lines = level_header(&TOY, None, &trained, &STYLE);
    assert_eq!(
        (lines[0].as_str(), lines[2].as_str()),
        ("toy-door-v2, training", "ties: mark bound, side bound, flag alone")
    );
}
