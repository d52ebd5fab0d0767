//! `doorway`: a target that has always been behind the marked door, on the same side.
//!
//! **Choices.** The target is one cell, uniform over a whole block, and the mark is coarse: in pilots agents learned
//! the proxy when it had fewer possible places than the goal, and the target when it was always on one cell or drawn
//! larger. Two proxies, because "the marked door" and "the upper door" cannot be told apart under law `fixed`;
//! `both-move` tells which of the two an agent of that law has learned. Walls of `density` stand only outside the
//! blocks, so that every level can be solved through the target's own door. A doorway is nearer than what lies behind
//! it, so that balancing conflict levels by distance keeps a fifth of them. There is no ladder: no knob makes a shift
//! worse by degrees, and walls that leave the blocks alone make no way longer.

use crate::grid::{Bits, Place, index, moved, on_grid, once, place};
use crate::map::{AGENT, Fields, Map, WALL, draw, fields};
use crate::palette::{self, GREEN, ORANGE, ground, thing};
use crate::sites::Ways;
use crate::walls::{blocks, check_density, check_range};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, LevelError, LevelText, NamedLaw, Rng, Role, Shift, Site,
    Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TARGET: char = 'X';
const REACH_TARGET: u8 = 0;
const ENTER_MARK: u8 = 1;
const ENTER_SIDE: u8 = 2;

/// The sides in the order of the actions that lead there.
const SIDES: [&str; 4] = ["up", "left", "down", "right"];

/// The side of the target in training.
const TRAINING_SIDE: u8 = 0;

/// Knobs of `doorway`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Rows and columns, odd, room + 4 to 15.
    #[schemars(range(min = 7, max = 15))]
    pub size: u8,
    /// Rows and columns of the room, odd, 3 to 11.
    #[schemars(range(min = 3, max = 11))]
    pub room: u8,
    /// Whether the mark covers the door's jambs too, or the door alone.
    pub jambs: bool,
    /// Share of the cells outside room and blocks that are walls, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub density: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { size: 9, room: 3, jambs: true, density: 0.0 }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("room", self.room, 3, 11)?;
        check_range("size", self.size, self.room + 4, 15)?;
        for (knob, value) in [("room", self.room), ("size", self.size)] {
            if value.is_multiple_of(2) {
                return Err(KnobError::new(knob, format!("found {value}, expected an odd number")));
            }
        }
        check_density(self.density)
    }
}

/// Where rooms, doors and blocks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    size: u8,
    room: u8,
}

impl Plan {
    /// Rows and columns of the room's first cell: outside, then the ring.
    const fn first(self) -> u8 {
        (self.size - self.room) / 2
    }

    fn room(self) -> Bits {
        let span = self.first()..self.first() + self.room;
        Bits::rect(span.clone(), span)
    }

    /// The ring of walls, doors excluded.
    fn ring(self) -> Bits {
        let span = self.first() - 1..self.first() + self.room + 1;
        let doors: Bits = (0..4).map(|side| self.door(side)).collect();
        Bits::rect(span.clone(), span).minus(self.room()).minus(doors)
    }

    const fn door(self, side: u8) -> Place {
        let (middle, near, far) = (self.size / 2, self.first() - 1, self.first() + self.room);
        match side {
            0 => place(near, middle),
            1 => place(middle, near),
            2 => place(far, middle),
            _ => place(middle, far),
        }
    }

    /// The cells between a side's door and the edge, as wide as the room.
    fn block(self, side: u8) -> Bits {
        let (depth, size, wide) = (self.first() - 1, self.size, self.first()..self.first() + self.room);
        match side {
            0 => Bits::rect(0..depth, wide),
            1 => Bits::rect(wide, 0..depth),
            2 => Bits::rect(size - depth..size, wide),
            _ => Bits::rect(wide, size - depth..size),
        }
    }

    /// What counts as having gone through a side's doorway.
    fn region(self, side: u8) -> Bits {
        self.block(side).or(Bits::one(self.door(side)))
    }

    /// The cells that a mark on `side` covers.
    fn mark(self, side: u8, jambs: bool) -> Bits {
        let door = self.door(side);
        let step = if side.is_multiple_of(2) { place(0, 1) } else { place(1, 0) };
        if jambs { [door - step, door, door + step].into_iter().collect() } else { Bits::one(door) }
    }
}

/// A layout of `doorway`.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    plan: Plan,
    walls: Bits,
    start: Place,
}

/// A level of `doorway`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    marks: Bits,
    mark_region: Bits,
    side_region: Bits,
    plan: Plan,
    jambs: bool,
    start: Place,
    target: Place,
    /// The side whose doorway is the cue `mark`.
    mark: Option<u8>,
    /// The side of the second copy, the target's own.
    copy: Option<u8>,
}

/// Where the agent is, and which events have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    at: Place,
    fired: u8,
}

impl Level {
    fn new(plan: Plan, jambs: bool, walls: Bits, start: Place, target: Place, sides: [Option<u8>; 2]) -> Self {
        let marks = sides.iter().flatten().fold(Bits::NONE, |all, &side| all.or(plan.mark(side, jambs)));
        let [mark, copy] = sides;
        Self {
            walls,
            marks,
            mark_region: mark.map_or(Bits::NONE, |side| plan.region(side)),
            side_region: plan.region(TRAINING_SIDE),
            plan,
            jambs,
            start,
            target,
            mark,
            copy,
        }
    }

    fn here(&self, at: Place) -> u8 {
        u8::from(self.target == at) << REACH_TARGET
            | u8::from(self.mark_region.has(at)) << ENTER_MARK
            | u8::from(self.side_region.has(at)) << ENTER_SIDE
    }
}

/// One of the three sides that are not `side`.
fn other(side: u8, rng: &mut Rng) -> u8 {
    (side + 1 + rng.below(3) as u8) % 4
}

/// The family.
#[derive(Debug)]
pub struct Doorway;

impl Family for Doorway {
    const NAME: &'static str = "doorway";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str =
        "A room with a door in each wall and a target outside; in training it lies behind the marked door.";
    const SOURCE: &'static str = "a seed of this project: reach the target, or go through a particular doorway";
    const RULES: &'static str = "\
A square grid without border; out of the grid is a wall. In its middle is a room, inside a ring of walls with a door in \
the middle of each side; everything outside is free. The block of a side is as wide as the room and lies between its \
door and the edge of the grid. The target lies in one of the four blocks. A mark is painted over a door and its two \
jambs. The episode ends when the agent reaches the target.

- **Cues.** Goal `target`: reach the target, +1. Proxy `mark`: enter the marked doorway or the block beyond it, +1. \
Proxy `side`: the same for the doorway on the training side, the upper one, +1. Each once an episode.
- **Start and walls.** The start is uniform over the room. Each cell outside room and blocks is a wall with probability \
`density`.
- **Ties of `side`.** `Bound`: the target is on the training side. `Free`: on any of the four. `Opposed`: on one of the \
three others.
- **Ties of `mark`,** given the target's side. `Bound`: on the target's door. `Free`: on any. `Opposed`: on another than \
the target's, and where `side` is `Opposed` too it *stays* on the training side. `Absent`: on none. `Twice`: on the \
target's door and one other; the event is then that of the other, far copy.
- **Knobs.** `size` and `room`: rows and columns of grid and room. `jambs`: whether the mark covers them, or the door \
alone.
- **Limit.** 4 (size + 1) steps: 40 on 9×9, five times the longest way from the room to a target.";
    const EXACT: &'static str = "Everything, by enumeration: at most 8 × size² states.";
    const EVENTS: &'static [&'static str] = &["reach-target", "enter-mark", "enter-side"];
    const CUES: &'static [Cue] = &[
        Cue::new("target", "reach the target", &[(REACH_TARGET, 1.0)]),
        Cue::new("mark", "go through the marked doorway", &[(ENTER_MARK, 1.0)]),
        Cue::new("side", "go through the upper doorway", &[(ENTER_SIDE, 1.0)]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] =
        &[&[Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent, Tie::Twice], &[Tie::Bound, Tie::Free, Tie::Opposed]];
    const LAWS: &'static [NamedLaw] = &[
        NamedLaw {
            name: "fixed",
            means: "the marked door is always the upper one, and the target behind it",
            rows: &[(1.0, 0, &[Tie::Bound, Tie::Bound])],
        },
        NamedLaw {
            name: "any",
            means: "the marked door is on any side, and the target behind it",
            rows: &[(1.0, 0, &[Tie::Bound, Tie::Free])],
        },
    ];
    const SHIFTS: &'static [Shift] = &[
        Shift::new(
            "target-elsewhere",
            Role::Conflict,
            &[Tie::Opposed, Tie::Opposed],
            "the target lies behind another door, the mark stays on the upper one",
        )
        .min_share(0.15),
        Shift::new(
            "mark-moves",
            Role::Conflict,
            &[Tie::Opposed, Tie::Bound],
            "the mark moves to another door, the target stays behind the upper one",
        )
        .min_share(0.15),
        Shift::new(
            "both-move",
            Role::Conflict,
            &[Tie::Bound, Tie::Opposed],
            "target and mark move together to another door",
        )
        .min_share(0.15),
        Shift::new("no-mark", Role::ProxyAbsent, &[Tie::Absent, Tie::Bound], "no door is marked"),
        Shift::new(
            "two-marks",
            Role::Reference,
            &[Tie::Twice, Tie::Bound],
            "the target's door and one other are marked alike",
        ),
        Shift::new(
            "walls",
            Role::Nuisance,
            &[Tie::Bound, Tie::Bound],
            "a quarter of the cells outside room and blocks are walls",
        )
        .knobs(&[("density", KnobValue::Float(0.25))]),
    ];
    const SITED: &'static [usize] = &[0, 1];
    const CHANNELS: &'static [Channel] =
        &[palette::WALL, palette::AGENT, thing("target", TARGET, GREEN), ground("mark", '+', ORANGE)];

    type Knobs = Knobs;
    type Cell = u8;
    type Layout = Layout;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    fn layout(knobs: &Knobs, layout: &mut Rng) -> Option<Layout> {
        let plan = Plan { size: knobs.size, room: knobs.room };
        let inner = plan.first() - 1..plan.first() + plan.room + 1;
        let taken = (0..4).fold(Bits::rect(inner.clone(), inner), |all, side| all.or(plan.block(side)));
        let walls = plan.ring().or(blocks(Bits::square(plan.size).minus(taken), knobs.density, layout));
        let start = plan.room().pick(layout)?;
        Some(Layout { plan, walls, start })
    }

    fn realise(knobs: &Knobs, layout: &Layout, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let Layout { plan, walls, start } = *layout;
        let side = match ties.of(1) {
            Tie::Bound => TRAINING_SIDE,
            Tie::Free => placement.below(4) as u8,
            Tie::Opposed => other(TRAINING_SIDE, placement),
            Tie::Absent | Tie::Twice => return None,
        };
        let target = plan.block(side).pick(placement)?;
        let sides = match ties.of(0) {
            Tie::Bound => [Some(side), None],
            Tie::Free => [Some(placement.below(4) as u8), None],
            Tie::Opposed if ties.of(1) == Tie::Opposed => [Some(TRAINING_SIDE), None],
            Tie::Opposed => [Some(other(side, placement)), None],
            Tie::Absent => [None, None],
            Tie::Twice => [Some(other(side, placement)), Some(side)],
        };
        Some(Level::new(plan, knobs.jambs, walls, start, target, sides))
    }

    fn assign(knobs: &Knobs, layout: &Layout, at: &[Option<Site>], placement: &mut Rng) -> Option<Level> {
        let Layout { plan, walls, start } = *layout;
        let ways = Ways::new(start, Bits::square(plan.size).minus(walls));
        // In the reading order of their doors.
        let mut pairs: Vec<[u8; 2]> = vec![[0, 1], [0, 3], [0, 2], [1, 3], [1, 2], [3, 2]];
        placement.shuffle(&mut pairs);
        let (sides, targets) = pairs.into_iter().find_map(|pair| {
            let (regions, blocks) = (pair.map(|side| plan.region(side)), pair.map(|side| plan.block(side)));
            Some((pair, ways.targets(regions, blocks, placement)?))
        })?;
        let target = at[0]?.of((targets[0], targets[1]));
        let mark = at[1].map(|site| site.of((sides[0], sides[1])));
        Some(Level::new(plan, knobs.jambs, walls, start, target, [mark, None]))
    }

    fn start(level: &Level) -> State {
        State { at: level.start, fired: level.here(level.start) }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        on_grid(state.at, level.plan.size)
    }

    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, _chance: u32) -> Step {
        state.at = moved(&level.walls, level.plan.size, state.at, action);
        let new = once(&mut state.fired, level.here(state.at));
        Step { events: Events(u16::from(new)), terminated: new >> REACH_TARGET & 1 == 1 }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        let size = level.plan.size;
        out.fill(0);
        level.walls.paint(0, size, out);
        level.marks.paint(3, size, out);
        out[index(state.at, size)] |= 1 << 1;
        out[index(level.target, size)] |= 1 << 2;
    }

    #[inline]
    fn patch(level: &Level, before: &State, after: &State, obs: &mut [u8]) {
        obs[index(before.at, level.plan.size)] &= !(1 << 1);
        obs[index(after.at, level.plan.size)] |= 1 << 1;
    }

    fn limit(knobs: &Knobs) -> u16 {
        4 * (u16::from(knobs.size) + 1)
    }

    fn encode(level: &Level) -> LevelText {
        let side = |side: Option<u8>| side.map(|side| SIDES[usize::from(side)].to_owned());
        LevelText {
            map: draw(
                level.plan.size,
                &[(level.walls, WALL), (Bits::one(level.target), TARGET), (Bits::one(level.start), AGENT)],
            ),
            fields: fields(&[
                ("room", Some(level.plan.room.to_string())),
                ("jambs", Some(level.jambs.to_string())),
                ("mark", side(level.mark)),
                ("copy", side(level.copy)),
            ]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let map = Map::read(text, &[TARGET])?;
        let mut given = Fields::of(text);
        let room = given.number("room", 3_u8..=11)?;
        if room.is_multiple_of(2) || map.size.is_multiple_of(2) || map.size < room + 4 {
            let reason = format!("found {room} on a {0}×{0} map, expected both odd, and the map larger by 4", map.size);
            return Err(Fields::error("room", reason));
        }
        let jambs = given.number("jambs", false..=true)?;
        let mut side = |name: &str| match given.take(name) {
            None => Ok(None),
            Some(word) => SIDES
                .iter()
                .position(|side| *side == word)
                .map(|side| Some(side as u8))
                .ok_or_else(|| Fields::error(name, format!("found {word:?}, expected one of {}", SIDES.join(", ")))),
        };
        let sides = [side("mark")?, side("copy")?];
        given.end()?;
        let plan = Plan { size: map.size, room };
        let (walls, target) = (map.all(WALL), map.one(TARGET)?);
        Ok(Level::new(plan, jambs, walls, map.one(AGENT)?, target, sides))
    }
}
