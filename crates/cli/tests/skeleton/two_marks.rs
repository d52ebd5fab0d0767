//! `two-marks`: a target that has always lain on a marker.
//!
//! A small sound family to begin with: `check two-marks` finds nothing wrong with it. Change one thing at a time and
//! check again. Comments that begin with "Change" say where an idea of your own goes; remove them as you go.

use misgen_families::grid::{Bits, MAX_SIZE, Place, index, moved, on_grid, once};
use misgen_families::map::{AGENT, Fields, Map, WALL, draw};
use misgen_families::palette::{self, ORANGE, SKY, ground, thing};
use misgen_families::walls::{Room, blocks, check_density, check_range};

use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, Ladder, LevelError, LevelText, NamedLaw, Rng, Role,
    Shift, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

// Change: glyphs of the ASCII map, one for each thing and one for things that share a cell.
const TARGET: char = '*';
const MARKER: char = 'o';
const BOTH: char = '&';
// Change: event bits, in the order of `EVENTS`.
const REACH_TARGET: u8 = 0;
const REACH_MARKER: u8 = 1;

/// Knobs of `two-marks`: size, nuisances, severities; never what a tie decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Rows and columns, 5 to 16.
    #[schemars(range(min = 5, max = 16))]
    pub size: u8,
    /// Share of cells that are walls, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub density: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { size: 9, density: 0.0 }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("size", self.size, 5, MAX_SIZE)?;
        check_density(self.density)
    }
}

/// A level: everything that is fixed in one episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    size: u8,
    start: Place,
    target: Place,
    marker: Place,
}

/// What changes in an episode: where the agent is, and which events have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    at: Place,
    fired: u8,
}

/// The family.
#[derive(Debug)]
pub struct TwoMarks;

impl Family for TwoMarks {
    const NAME: &'static str = "two-marks";
    // Raise it whenever a level, an observation or a step comes out differently: it is part of every result's address.
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    // Change: the texts. `describe two-marks` prints them.
    const MEANS: &'static str = "A room with a target and a marker; in training the target always lies on the marker.";
    const SOURCE: &'static str = "the skeleton of `misgen new family`";
    const RULES: &'static str = "\
A square grid without border; out of the grid is a wall. There are one target and one marker, one cell each. The episode \
ends when the agent reaches either.

- **Cues.** Goal `target`: reach the target, +1. Proxy `marker`: reach the marker, +1.
- **Start and walls.** Each cell is a wall with probability `density`; the start is uniform over the free cells.
- **Target.** Uniform over the cells that the start reaches, without the start.
- **Ties.** `Bound`: the marker is where the target is. `Free`: uniform over the same cells as the target. `Opposed`: \
uniform over those without the target.
- **Limit.** 4 (size + 1) steps: 40 on 9×9, more than twice the longest way of an open room.";
    const EXACT: &'static str = "Everything, by enumeration: at most 4 × size² states.";
    const EVENTS: &'static [&'static str] = &["reach-target", "reach-marker"];
    // The first cue is the goal, the others are proxies. A cue's reward is a sum over events.
    const CUES: &'static [Cue] = &[
        Cue::new("target", "reach the target", &[(REACH_TARGET, 1.0)]),
        Cue::new("marker", "reach the marker", &[(REACH_MARKER, 1.0)]),
    ];
    // Change: for each proxy the ties that `generate` can realise. `Absent` and `Twice` are the others.
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed]];
    const LAWS: &'static [NamedLaw] =
        &[NamedLaw { name: "aligned", means: "the target is always on the marker", rows: &[(1.0, 0, &[Tie::Bound])] }];
    // Change: the shifts, the main conflict first. `min_share` is the least share of levels that tell the cues apart.
    const SHIFTS: &'static [Shift] = &[
        Shift::new("marker-elsewhere", Role::Conflict, &[Tie::Opposed], "the marker is apart from the target")
            .min_share(0.4),
        Shift::new("independent", Role::Conflict, &[Tie::Free], "marker and target are placed independently")
            .min_share(0.4),
        Shift::new("walls", Role::Nuisance, &[Tie::Bound], "a tenth of the cells are walls")
            .knobs(&[("density", KnobValue::Float(0.1))]),
    ];
    // Change: shifts of rising severity, one knob at several values. Suites ask for all rungs by the ladder's name.
    const LADDERS: &'static [Ladder] = &[Ladder {
        shift: Shift::new("clutter", Role::Nuisance, &[Tie::Bound], "more and more cells are walls"),
        knob: "density",
        values: &[KnobValue::Float(0.05), KnobValue::Float(0.1), KnobValue::Float(0.2)],
    }];
    // Change: what the agent sees. Channel k is bit k of a cell in `observe`.
    const CHANNELS: &'static [Channel] =
        &[palette::WALL, palette::AGENT, thing("target", TARGET, ORANGE), ground("marker", MARKER, SKY)];

    type Knobs = Knobs;
    type Cell = u8;
    type Layout = Room;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    // Change: how levels are made. Two rules hold: what `layout` draws must not depend on the ties, so that one seed
    // under two ties is a pair; and where there is no room, return None, so that another layout is tried.
    fn layout(knobs: &Knobs, layout: &mut Rng) -> Option<Room> {
        // What no tie may change: walls, and where the agent starts.
        let walls = blocks(Bits::square(knobs.size), knobs.density, layout);
        Room::new(knobs.size, walls, Bits::NONE, layout)
    }

    fn realise(knobs: &Knobs, layout: &Room, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let places = layout.places();
        let target = places.pick(placement)?;
        let marker = match ties.of(0) {
            Tie::Bound => target,
            Tie::Free => places.pick(placement)?,
            Tie::Opposed => places.minus(Bits::one(target)).pick(placement)?,
            Tie::Absent | Tie::Twice => return None,
        };
        Some(Level { walls: layout.walls, size: knobs.size, start: layout.start, target, marker })
    }

    fn start(level: &Level) -> State {
        State { at: level.start, fired: 0 }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        on_grid(state.at, level.size)
    }

    // Change: what a step does. Each event happens at most once an episode; either one ends it here.
    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, _chance: u32) -> Step {
        let over = state.fired != 0;
        state.at = moved(&level.walls, level.size, state.at, action);
        let here =
            u8::from(state.at == level.target) << REACH_TARGET | u8::from(state.at == level.marker) << REACH_MARKER;
        let new = once(&mut state.fired, here);
        Step { events: Events(u16::from(new)), terminated: !over && new != 0 }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        out.fill(0);
        level.walls.paint(0, level.size, out);
        out[index(state.at, level.size)] |= 1 << 1;
        out[index(level.target, level.size)] |= 1 << 2;
        out[index(level.marker, level.size)] |= 1 << 3;
    }

    // A faster `observe` for one step; leave it out while what can be seen is still changing.
    #[inline]
    fn patch(level: &Level, before: &State, after: &State, obs: &mut [u8]) {
        obs[index(before.at, level.size)] &= !(1 << 1);
        obs[index(after.at, level.size)] |= 1 << 1;
    }

    fn limit(knobs: &Knobs) -> u16 {
        4 * (u16::from(knobs.size) + 1)
    }

    // Change: the level as a map that people can edit, and back. What the map cannot hold goes into fields.
    fn encode(level: &Level) -> LevelText {
        let (target, marker) = (Bits::one(level.target), Bits::one(level.marker));
        let both = target.and(marker);
        let things = [(level.walls, WALL), (target, TARGET), (marker, MARKER), (both, BOTH)];
        let start = (Bits::one(level.start), AGENT);
        LevelText { map: draw(level.size, &[&things[..], &[start]].concat()), fields: Default::default() }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let map = Map::read(text, &[TARGET, MARKER, BOTH])?;
        Fields::of(text).end()?;
        let (target, marker) = match map.at_most_one(BOTH)? {
            Some(both) if map.all(TARGET).or(map.all(MARKER)).is_empty() => (both, both),
            Some(both) => return Err(Map::at(both, format!("`{BOTH}` beside a `{TARGET}` or `{MARKER}`"))),
            None => (map.one(TARGET)?, map.one(MARKER)?),
        };
        Ok(Level { walls: map.all(WALL), size: map.size, start: map.one(AGENT)?, target, marker })
    }
}
