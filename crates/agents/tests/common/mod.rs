//! A tiny family with a known optimum, for tests and benches.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test uses its part")]

use misgen_core::{
    CellBits, Channel, Cue, Events, Family, Kind, Knobs, Layer, LevelError, LevelText, NamedLaw, Pool, Rgb, Rng, Shift,
    Split, Step, Tie, Ties, TypedPool, VecEnv,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Rows, columns, draws of marked cells.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HallKnobs {
    pub height: u8,
    pub width: u8,
    pub marks: u8,
}

impl Default for HallKnobs {
    fn default() -> Self {
        Self { height: 1, width: 9, marks: 0 }
    }
}

impl Knobs for HallKnobs {
    fn check(&self) -> Result<(), misgen_core::KnobError> {
        Ok(())
    }
}

/// An open hall: reach the target. `marks` cells carry a mark that means nothing (work for the benches).
pub struct Hall;

#[derive(Clone, Copy)]
pub struct HallLevel {
    height: u8,
    width: u8,
    pub start: u8,
    pub target: u8,
    marks: [u64; 4],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Place(u8);

const fn channel(name: &'static str, glyph: char) -> Channel {
    Channel { name, glyph, color: Rgb(200, 120, 40), layer: Layer::Thing }
}

impl Family for Hall {
    const NAME: &'static str = "hall";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str = "an open hall with a target";
    const SOURCE: &'static str = "made for tests";
    const EVENTS: &'static [&'static str] = &["target"];
    const CUES: &'static [Cue] = &[Cue::new("target", "the target", &[(0, 1.0)])];
    const SUPPORTS: &'static [&'static [Tie]] = &[];
    const LAWS: &'static [NamedLaw] = &[NamedLaw { name: "only", means: "", rows: &[(1.0, 0, &[])] }];
    const SHIFTS: &'static [Shift] = &[];
    const CHANNELS: &'static [Channel] =
        &[channel("wall", '#'), channel("agent", '@'), channel("target", 'x'), channel("mark", '.')];

    type Knobs = HallKnobs;
    type Cell = u8;
    type Layout = HallLevel;
    type Level = HallLevel;
    type State = Place;

    fn shape(knobs: &HallKnobs) -> [usize; 2] {
        [knobs.height.into(), knobs.width.into()]
    }

    fn realise(_: &HallKnobs, layout: &HallLevel, _: &Ties, _: &mut Rng) -> Option<HallLevel> {
        Some(*layout)
    }

    fn layout(knobs: &HallKnobs, layout: &mut Rng) -> Option<HallLevel> {
        let cells = u32::from(knobs.height) * u32::from(knobs.width);
        let (start, target) = (layout.below(cells) as u8, layout.below(cells) as u8);
        let mut marks = [0; 4];
        for _ in 0..knobs.marks {
            let cell = layout.below(cells);
            marks[cell as usize / 64] |= 1 << (cell % 64);
        }
        let level = HallLevel { height: knobs.height, width: knobs.width, start, target, marks };
        (start != target).then_some(level)
    }

    fn start(level: &HallLevel) -> Place {
        Place(level.start)
    }

    fn step(level: &HallLevel, state: &mut Place, action: u8, _: u32) -> Step {
        let (row, column) = (state.0 / level.width, state.0 % level.width);
        match action {
            0 if row > 0 => state.0 -= level.width,
            1 if column > 0 => state.0 -= 1,
            2 if row + 1 < level.height => state.0 += level.width,
            3 if column + 1 < level.width => state.0 += 1,
            _ => {}
        }
        let reached = state.0 == level.target;
        Step { events: Events::when(reached, 0), terminated: reached }
    }

    fn observe(level: &HallLevel, state: &Place, out: &mut [u8]) {
        for (i, cell) in out.iter_mut().enumerate() {
            *cell = ((level.marks[i / 64] >> (i % 64) & 1) as u8) << 3;
        }
        out[level.target as usize].set(2);
        out[state.0 as usize].set(1);
    }

    fn patch(_: &HallLevel, before: &Place, after: &Place, obs: &mut [u8]) {
        obs[before.0 as usize].clear(1);
        obs[after.0 as usize].set(1);
    }

    fn limit(knobs: &HallKnobs) -> u16 {
        4 * u16::from(knobs.height.max(knobs.width))
    }

    fn encode(level: &HallLevel) -> LevelText {
        LevelText { map: format!("{} {} {}", level.width, level.start, level.target), ..LevelText::default() }
    }

    fn decode(_: &LevelText) -> Result<HallLevel, LevelError> {
        Err(LevelError { line: 0, column: 0, reason: "not needed here".into() })
    }
}

/// A pool of `levels` halls.
pub fn pool(knobs: HallKnobs, levels: u64) -> Arc<TypedPool<Hall>> {
    let mut pool = TypedPool::<Hall>::new(knobs);
    for i in 0..levels {
        pool.generate(0, Split::Train, i, &Ties::new(&[])).expect("most layouts serve");
    }
    Arc::new(pool)
}

/// A corridor of nine cells.
pub fn corridor(lanes: usize) -> Box<dyn VecEnv> {
    env(HallKnobs::default(), lanes)
}

pub fn env(knobs: HallKnobs, lanes: usize) -> Box<dyn VecEnv> {
    let limit = Hall::limit(&knobs);
    pool(knobs, 256).batch(lanes, limit, Events::NONE)
}

/// A room of 9×9 with 4 channels and about 28 marked cells.
pub fn room(lanes: usize) -> Box<dyn VecEnv> {
    env(HallKnobs { height: 9, width: 9, marks: 34 }, lanes)
}

/// The mean number of steps that the best play of the pool's corridors takes.
pub fn best_length(levels: &TypedPool<Hall>) -> f64 {
    let steps = |i: usize| {
        let level = levels.level(i);
        f64::from(level.start.abs_diff(level.target))
    };
    (0..levels.len()).map(steps).sum::<f64>() / levels.len() as f64
}
