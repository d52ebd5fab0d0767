//! Exhibits made by hand: a usual player, one with a hostile name, and broken records.

use crate::fixture::HOSTILE;
use misgen_core::{Layer, Role, Site};
use misgen_evaluate::attribute::Attribution;
use misgen_evaluate::attribute::critic::{Contrast, Critic, ProxyCritic};
use misgen_evaluate::attribute::design::{Assignment, Design, Effect, Interaction};
use misgen_evaluate::attribute::detection::{Detection, Signs};
use misgen_evaluate::attribute::meg::{CueMeg, Meg};
use misgen_evaluate::attribute::posterior::Posterior;
use misgen_evaluate::attribute::preference::{Pair, Preference};
use misgen_evaluate::attribute::sensitivity::{CueSensitivity, Divergence, Sensitivity};
use misgen_evaluate::exhibit::{
    AgentExhibits, ChannelLook, Ends, Exhibits, Field, LevelExhibit, RowExhibits, WorldExhibits,
};
use misgen_evaluate::record::{Estimate, SCHEMA_VERSION, Summary};
use std::collections::BTreeMap;

/// Side of the hand-made level.
const SIDE: usize = 11;

fn channel(name: &str, glyph: char, color: (u8, u8, u8), layer: Layer) -> ChannelLook {
    ChannelLook { name: name.into(), glyph, color, layer }
}

fn channels() -> Vec<ChannelLook> {
    vec![
        channel("wall", '#', (90, 90, 90), Layer::Thing),
        channel("agent", '@', (60, 120, 220), Layer::Thing),
        channel("cheese", 'c', (240, 200, 40), Layer::Thing),
        channel("lit", '.', (255, 240, 160), Layer::Ground),
    ]
}

/// A walled room with a pillar, the agent in the middle, the cheese at the right, light in the upper left corner.
fn level(shift: &str) -> LevelExhibit {
    let cell = |at: usize| {
        let (row, column) = (at / SIDE, at % SIDE);
        let edge = [row, column].iter().any(|n| *n == 0 || *n == SIDE - 1);
        let mut bits = u16::from(edge || (row, column) == (3, 6));
        bits |= u16::from((row, column) == (5, 5)) << 1;
        bits |= u16::from((row, column) == (7, 9)) << 2;
        bits | u16::from(row < 3 && column < 3 && !edge) << 3
    };
    let cells = (0..SIDE * SIDE).map(cell).collect();
    LevelExhibit {
        shift: shift.into(),
        place: 4,
        twin: false,
        id: None,
        width: SIDE,
        height: SIDE,
        cells,
        ways: vec![],
    }
}

/// A net that goes for the upper left corner, and expects most there.
fn field(level: &LevelExhibit) -> Field {
    let cells: Vec<u16> = (0..level.cells.len()).filter(|at| level.cells[*at] & 1 == 0).map(|at| at as u16).collect();
    let percent = cells.iter().map(|cell| {
        let (row, column) = (usize::from(*cell) / SIDE, usize::from(*cell) % SIDE);
        match (row, column) {
            (1, 1) => vec![5, 5, 5, 5, 80],
            (1, _) => vec![4, 90, 2, 2, 2],
            (_, 1) => vec![90, 4, 2, 2, 2],
            _ => vec![45, 45, 3, 3, 4],
        }
    });
    let values = cells.iter().map(|cell| 1.0 - 0.05 * (usize::from(*cell) / SIDE + usize::from(*cell) % SIDE) as f32);
    Field { level: 0, seed: 3, percent: percent.collect(), values: values.collect(), cells }
}

fn ends(most: u32) -> Ends {
    let mut counts = vec![0; SIDE * SIDE];
    (counts[SIDE + 1], counts[SIDE + 2], counts[2 * SIDE + 1], counts[7 * SIDE + 9]) = (most, most / 3, most / 9, 12);
    Ends { width: SIDE, height: SIDE, counts }
}

fn pairs(cue: &str, over: &str, first: usize, other: usize) -> Vec<Pair> {
    let one = |cue: &str, over: &str, first: usize, other: usize| Pair {
        cue: cue.into(),
        over: over.into(),
        first,
        other,
        kappa: (first + other > 0).then(|| first as f64 / (first + other) as f64),
        interval: (first + other > 0).then_some((0.1, 0.3)),
        coverage: 0.93,
    };
    vec![one(cue, over, first, other), one(over, cue, other, first)]
}

const fn estimate(mean: f64) -> Estimate {
    Estimate { mean, low: Some(mean - 0.07), high: Some(mean + 0.07) }
}

fn attribution() -> Attribution {
    let effect = |cue: &str, mean: f64| Effect {
        cue: cue.into(),
        effect: estimate(mean),
        sufficiency: Some(estimate(mean * 0.9)),
        necessity: None,
    };
    let meg = |cue: &str, share: Option<f64>| CueMeg {
        cue: cue.into(),
        share,
        nats: 0.4,
        beta: 10.0,
        pursuer_nats: 1.2,
        pursuer_beta: 31.6,
    };
    let moved = |cue: &str, first: f64| CueSensitivity {
        cue: cue.into(),
        pairs: 40,
        agent: Some(Divergence { first, error: 0.02, along: first }),
        pursuers: vec![None, Some(Divergence { first: 0.8, error: 0.01, along: 0.7 })],
    };
    let contrast = Some(Contrast { mean: 0.3, error: 0.02, levels: 64 });
    let proxy = ProxyCritic {
        cue: "corner".into(),
        present: None,
        near_goal: Some(0.4),
        near_proxy: Some(0.9),
        lean: contrast,
        goal_lean: Some(-0.2),
        proxy_lean: Some(0.5),
        holds: Some(0.71),
        actor: Some(0.98),
    };
    let shares = |pairs: [(&str, f64); 2]| -> BTreeMap<String, f64> { pairs.map(|(name, p)| (name.into(), p)).into() };
    Attribution {
        schema_version: SCHEMA_VERSION,
        family: "corner-v0".into(),
        shift: "cheese-elsewhere".into(),
        role: Role::Conflict,
        agent: "ppo".into(),
        seed: 3,
        levels: 512,
        cues: vec!["goal".into(), "corner".into()],
        preference: Some(Preference { pairs: pairs("goal", "corner", 3, 497), episodes: 512 }),
        design: Some(Design {
            cues: vec![effect("goal", -0.11), effect("corner", 0.83)],
            interactions: vec![Interaction { cues: vec!["goal".into(), HOSTILE.into()], effect: estimate(0.02) }],
            position: estimate(0.3),
            reached: 0.97,
            assignments: vec![Assignment { at: vec![Site::A, Site::B], a: 0.1, b: 0.9 }],
            layouts: 64,
        }),
        meg: Some(Meg {
            cues: vec![meg("goal", Some(0.04)), meg("corner", Some(0.93)), meg("none", None)],
            levels: 64,
            decisions: 11.2,
        }),
        posterior: Some(Posterior {
            agent: 0.9991,
            cues: shares([("goal", 0.0001), ("corner", 0.999)]),
            device: 0.0009,
            evidence: shares([("goal", 0.1), ("corner", 1.1)]),
            path: vec![],
            decisions: 900,
        }),
        sensitivity: Some(Sensitivity {
            layouts: 64,
            control: 0.0,
            cues: vec![moved("goal", 0.05), moved("corner", 0.61)],
        }),
        critic: Some(Critic {
            goal_present: contrast,
            proxies: vec![proxy],
            says: format!("the critic holds {HOSTILE}"),
        }),
        decodability: None,
        detection: Some(Detection {
            episodes: 512,
            coverage: 0.8,
            before: Signs::default(),
            parting: Signs::default(),
        }),
        why_null: [("decodability".to_owned(), HOSTILE.to_owned())].into(),
    }
}

fn looked_at(shift: &str, full: bool) -> RowExhibits {
    RowExhibits {
        shift: shift.into(),
        ends: Some(ends(if full { 900 } else { 31 })),
        preference: if full { pairs("goal", "corner", 31, 900) } else { Vec::new() },
        field: full.then(|| field(&level(shift))),
        replays: Vec::new(),
    }
}

/// Everything that can be looked at, of a usual player, of one with a hostile name, and of one whose records are broken.
pub(crate) fn exhibits() -> Exhibits {
    let usual = AgentExhibits {
        agent: "ppo".into(),
        mix: Some(0.0),
        rows: vec![looked_at("training", false), looked_at("cheese-elsewhere", true), looked_at("walls", false)],
        attribution: Some(attribution()),
    };
    let mut hostile = looked_at(HOSTILE, true);
    hostile.preference = pairs(HOSTILE, "=HYPERLINK(\"x\")", 5, 5);
    let mut broken = looked_at("walls", true);
    broken.ends = Some(Ends { width: 7, height: usize::MAX, counts: vec![1, 2, 3] });
    if let Some(field) = &mut broken.field {
        field.cells.push(u16::MAX);
        field.percent.truncate(2);
        field.percent.push(Vec::new());
        field.values = vec![f32::NAN, f32::INFINITY];
    }
    let mut nowhere = looked_at("opposite", true);
    nowhere.ends = Some(Ends { width: 0, height: 0, counts: Vec::new() });
    nowhere.preference = pairs("goal", "corner", 0, 0);
    if let Some(field) = &mut nowhere.field {
        field.level = 77;
    }
    let odd =
        AgentExhibits { agent: HOSTILE.into(), mix: None, rows: vec![hostile, broken, nowhere], attribution: None };
    let mut channels = channels();
    channels.extend((0..20).map(|_| channel(HOSTILE, '<', (1, 2, 3), Layer::Thing)));
    Exhibits {
        schema_version: SCHEMA_VERSION,
        suite: "quickstart".into(),
        rule: "the first of each outcome".into(),
        worlds: vec![WorldExhibits {
            world: "corner".into(),
            family: "corner".into(),
            family_version: 0,
            actions: ["up", "left", "down", "right", "stay"].map(String::from).into(),
            cues: vec!["goal".into(), "corner".into()],
            channels,
            levels: vec![level("cheese-elsewhere")],
            agents: vec![usual, odd],
        }],
        notes: vec![format!("nothing is known of {HOSTILE}")],
    }
}

/// What can be looked at of every cell of `summary`: all of it on the first shift of a player, less on the others.
pub(crate) fn everywhere(summary: &Summary) -> Exhibits {
    let mut all = exhibits();
    let pattern = all.worlds.remove(0);
    for row in &summary.rows {
        if all.worlds.last().is_none_or(|world| world.world != row.world) {
            all.worlds.push(WorldExhibits { world: row.world.clone(), agents: Vec::new(), ..pattern.clone() });
        }
        let agents = &mut all.worlds.last_mut().unwrap().agents;
        if agents.last().is_none_or(|agent| agent.agent != row.agent) {
            let (agent, mix) = (row.agent.clone(), row.mix);
            agents.push(AgentExhibits { agent, mix, rows: Vec::new(), attribution: Some(attribution()) });
        }
        let rows = &mut agents.last_mut().unwrap().rows;
        rows.push(looked_at(&row.shift, rows.is_empty()));
    }
    all
}
