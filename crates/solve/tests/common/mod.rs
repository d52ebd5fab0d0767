//! A family for tests: hand-drawn maps of things that fire an event once when they are reached.
//!
//! `#` wall, `@` start, `&` start inside the patch, `G` goal (ends the episode), `g` goal (goes on),
//! `P` patch, `S` side, `B` patch and goal in one cell, `J` patch and side in one cell,
//! `k` a key (each its own), `L` lava (ends the episode), anything else floor.
//! In `Slippery` maps a quarter of the moves do nothing, and an outcome that never happens leads to the start.

#![allow(dead_code, reason = "each test binary uses its part")]

use misgen_core::{
    CellBits, Channel, Cue, Events, Family, FamilySpec, Graph, Kind, KnobError, Knobs, Layer, LevelError, LevelText,
    MOVES, NamedLaw, Noise, Reward, Rgb, Rng, STAY, Shift, Step, Tie, Ties,
};
use misgen_solve::Process;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) const GOAL: Events = Events::one(0);
pub(crate) const PATCH: Events = Events::one(1);
pub(crate) const SIDE: Events = Events::one(2);
pub(crate) const KEY: Events = Events::one(3);
pub(crate) const LAVA: Events = Events::one(4);

#[derive(Clone, Copy)]
pub(crate) struct Thing {
    pub(crate) cells: u128,
    pub(crate) events: Events,
    pub(crate) ends: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Drawn {
    height: u8,
    width: u8,
    walls: u128,
    start: u8,
    things: [Thing; 14],
    count: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct At {
    cell: u8,
    got: u16,
}

#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NoKnobs {}

impl Knobs for NoKnobs {
    fn check(&self) -> Result<(), KnobError> {
        Ok(())
    }
}

pub(crate) struct Map<const SLIPPERY: bool>;
pub(crate) type Firm = Map<false>;
pub(crate) type Slippery = Map<true>;

impl<const SLIPPERY: bool> Family for Map<SLIPPERY> {
    const NAME: &'static str = "drawn";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str = "things on a map";
    const SOURCE: &'static str = "drawn by hand";
    const EVENTS: &'static [&'static str] = &["goal", "patch", "side", "key", "lava"];
    const CUES: &'static [Cue] = &[
        Cue::new("target", "the target", &[(0, 1.0)]),
        Cue::new("patch", "the patch", &[(1, 1.0)]),
        Cue::new("side", "the side", &[(2, 1.0)]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Opposed], &[Tie::Bound, Tie::Opposed]];
    const LAWS: &'static [NamedLaw] =
        &[NamedLaw { name: "bound", means: "all bound", rows: &[(1.0, 0, &[Tie::Bound, Tie::Bound])] }];
    const SHIFTS: &'static [Shift] = &[];
    const CHANNELS: &'static [Channel] =
        &[Channel { name: "agent", glyph: '@', color: Rgb(255, 255, 255), layer: Layer::Thing }];
    type Knobs = NoKnobs;
    type Cell = u8;
    type Layout = Drawn;
    type Level = Drawn;
    type State = At;

    fn shape(_: &NoKnobs) -> [usize; 2] {
        [9, 9]
    }

    /// A start and a goal anywhere, the patch in the upper left corner, on an open 9x9 map.
    fn realise(_: &NoKnobs, layout: &Drawn, _: &Ties, _: &mut Rng) -> Option<Drawn> {
        Some(*layout)
    }

    fn layout(_: &NoKnobs, layout: &mut Rng) -> Option<Drawn> {
        let (start, goal) = (layout.below(80) as usize + 1, layout.below(80) as usize + 1);
        let mut map: Vec<char> = vec!['.'; 81];
        map[0] = 'P';
        map[goal] = 'G';
        map[start] = '@';
        let rows: Vec<String> = map.chunks(9).map(|row| row.iter().collect()).collect();
        (start != goal).then(|| draw(&rows.join("\n")))
    }

    fn start(level: &Drawn) -> At {
        At { cell: level.start, got: 0 }
    }

    fn noise(_: &Drawn, _: &At) -> Noise {
        if SLIPPERY { Noise::Table(&[3.0, 1.0, 0.0]) } else { Noise::Certain }
    }

    fn step(level: &Drawn, state: &mut At, action: u8, chance: u32) -> Step {
        let [h, w] = [level.height as usize, level.width as usize];
        let (y, x) = (state.cell as usize / w, state.cell as usize % w);
        let to = match action {
            0 if y > 0 => (y - 1) * w + x,
            1 if x > 0 => y * w + x - 1,
            2 if y + 1 < h => (y + 1) * w + x,
            3 if x + 1 < w => y * w + x + 1,
            _ => y * w + x,
        };
        match chance {
            0 if level.walls >> to & 1 == 0 => state.cell = to as u8,
            2 => state.cell = level.start,
            _ => {}
        }
        let mut step = Step { events: Events::NONE, terminated: false };
        for (i, thing) in level.things[..level.count as usize].iter().enumerate() {
            if thing.cells >> state.cell & 1 == 1 && state.got >> i & 1 == 0 {
                state.got |= 1 << i;
                step.events = step.events.and(thing.events);
                step.terminated |= thing.ends;
            }
        }
        step
    }

    fn observe(_: &Drawn, state: &At, out: &mut [u8]) {
        out.fill(0);
        out[state.cell as usize].set(0);
    }

    fn limit(_: &NoKnobs) -> u16 {
        40
    }

    fn encode(_: &Drawn) -> LevelText {
        LevelText::default()
    }

    fn decode(text: &LevelText) -> Result<Drawn, LevelError> {
        Ok(draw(&text.map))
    }
}

pub(crate) fn draw(map: &str) -> Drawn {
    let rows: Vec<Vec<char>> =
        map.lines().map(|line| line.trim().chars().collect()).filter(|r: &Vec<_>| !r.is_empty()).collect();
    let (height, width) = (rows.len(), rows[0].len());
    assert!(rows.iter().all(|row| row.len() == width) && height * width <= 128, "not a map:\n{map}");
    let flat: Vec<char> = rows.concat();
    let cells = |glyphs: &str| {
        flat.iter().enumerate().filter(|(_, c)| glyphs.contains(**c)).fold(0_u128, |all, (i, _)| all | 1 << i)
    };
    let mut level = Drawn {
        height: height as u8,
        width: width as u8,
        walls: cells("#"),
        start: flat.iter().position(|c| "@&".contains(*c)).expect("a start") as u8,
        things: [Thing { cells: 0, events: Events::NONE, ends: false }; 14],
        count: 0,
    };
    let mut add = |cells: u128, events: Events, ends: bool| {
        if cells != 0 {
            level.things[level.count as usize] = Thing { cells, events, ends };
            level.count += 1;
        }
    };
    add(cells("GB"), GOAL, true);
    add(cells("g"), GOAL, false);
    add(cells("PBJ&"), PATCH, false);
    add(cells("SJ"), SIDE, false);
    add(cells("L"), LAVA, true);
    for (i, _) in flat.iter().enumerate().filter(|(_, c)| **c == 'k') {
        add(1 << i, KEY, false);
    }
    level
}

pub(crate) fn spec() -> FamilySpec {
    FamilySpec::of::<Firm>()
}

pub(crate) fn firm(map: &str) -> Graph {
    Graph::enumerate::<Firm>(&draw(map), 1 << 20).expect("small")
}

pub(crate) fn slippery(map: &str) -> Graph {
    Graph::enumerate::<Slippery>(&draw(map), 1 << 20).expect("small")
}

pub(crate) fn goal() -> Reward {
    Firm::CUES[0].reward()
}

pub(crate) fn patch() -> Reward {
    Firm::CUES[1].reward()
}

pub(crate) const fn stay() -> Option<u8> {
    Some(STAY)
}

/// Number of actions.
pub(crate) const ACTIONS: usize = MOVES.len();

/// A deliberately plain way of playing on: `f(events, ended)` for one family step.
pub(crate) fn family_step<F: Family>(
    level: &F::Level,
    state: F::State,
    action: u8,
    chance: u32,
    process: &Process,
) -> (F::State, Events, bool) {
    let mut after = state;
    let step = F::step(level, &mut after, action, chance);
    (after, step.events, step.terminated || step.events.meets(process.stop))
}
