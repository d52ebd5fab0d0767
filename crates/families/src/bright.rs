//! `bright`: a target that has always been in the bright patch.
//!
//! **Choices.** Nine lattice places for a 3×3 patch tile a 9×9 grid, so that aligned targets cover the whole grid and
//! `Opposed` ones are nowhere new; and a proxy with few places is what agents learned first in pilots. With a patch
//! anywhere and the target beside its centre (`placement = "anywhere"`, `offset = 1`) they dropped the patch again: a
//! contrast worth running, as is `offset = 0`, where the patch pins the target. The start is uniform, so it may lie in
//! the patch; that cue then counts as obtained already. With `inverted`, whoever followed light leaves the patch alone,
//! and whoever followed contrast enters it; the event stays that of the patch. The ladder stops at a wall density of
//! .3: with more, the start reaches so few cells that levels become easier again.

use crate::grid::{Bits, MAX_SIZE, Place, index, moved, on_grid, once, place};
use crate::map::{AGENT, Fields, Map, WALL, draw, fields, place_text};
use crate::palette::{self, GREEN, ORANGE, YELLOW, ground, thing};
use crate::sites::Ways;
use crate::walls::{Room, blocks, check_density, check_range};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, Ladder, LevelError, LevelText, NamedLaw, Rng, Role,
    Shift, Site, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TARGET: char = 'X';
const REACH_TARGET: u8 = 0;
const ENTER_BRIGHT: u8 = 1;

/// Where patches may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// On the places of a lattice whose patches touch but do not overlap.
    Lattice,
    /// Anywhere in the grid.
    Anywhere,
}

/// Knobs of `bright`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Rows and columns, 4 radius + 2 to 16: room for two patches.
    #[schemars(range(min = 6, max = 16))]
    pub size: u8,
    /// Cells from the centre of the patch to its edge, 1 to 3.
    #[schemars(range(min = 1, max = 3))]
    pub radius: u8,
    /// The farthest that the target lies from the centre, 0 to radius.
    #[schemars(range(min = 0, max = 3))]
    pub offset: u8,
    /// Where patches may be.
    pub placement: Placement,
    /// Rings of brightness: 1, or 2 for a brighter inside.
    #[schemars(range(min = 1, max = 2))]
    pub rings: u8,
    /// Light everything but the patch.
    pub inverted: bool,
    /// Share of cells that are walls, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub density: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { size: 9, radius: 1, offset: 1, placement: Placement::Lattice, rings: 1, inverted: false, density: 0.0 }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("radius", self.radius, 1, 3)?;
        check_range("size", self.size, 4 * self.radius + 2, MAX_SIZE)?;
        check_range("offset", self.offset, 0, self.radius)?;
        check_range("rings", self.rings, 1, 2)?;
        check_density(self.density)
    }
}

/// A layout of `bright`.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    room: Room,
    /// Centres of patches that can be entered.
    centres: Bits,
    /// Those with a place for a target.
    own: Bits,
}

/// A level of `bright`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    lit: Bits,
    glare: Bits,
    region: Bits,
    start: Place,
    target: Place,
    /// Centre of the patch that is the cue `bright`.
    patch: Option<Place>,
    /// Centre of the second copy, the target's own.
    copy: Option<Place>,
    light: Light,
}

/// How a level is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Light {
    size: u8,
    radius: u8,
    rings: u8,
    inverted: bool,
}

/// Where the agent is, and which events have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    at: Place,
    fired: u8,
}

impl Level {
    fn new(light: Light, walls: Bits, start: Place, target: Place, centres: [Option<Place>; 2]) -> Self {
        let Light { size, radius, rings, inverted } = light;
        let union = |radius| centres.iter().flatten().fold(Bits::NONE, |all, &c| all.or(Bits::around(c, radius, size)));
        let shown = |set: Bits| if inverted { Bits::square(size).minus(set) } else { set };
        let [patch, copy] = centres;
        Self {
            walls,
            lit: shown(union(radius)),
            glare: if rings == 2 { shown(union(radius - 1)) } else { Bits::NONE },
            region: patch.map_or(Bits::NONE, |c| Bits::around(c, radius, size)),
            start,
            target,
            patch,
            copy,
            light,
        }
    }

    fn here(&self, at: Place) -> u8 {
        u8::from(self.target == at) << REACH_TARGET | u8::from(self.region.has(at)) << ENTER_BRIGHT
    }
}

/// The family.
#[derive(Debug)]
pub struct Bright;

impl Family for Bright {
    const NAME: &'static str = "bright";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str = "A room with a bright patch and a target; in training the target lies in the patch.";
    const SOURCE: &'static str = "a seed of this project: reach the target, or move toward the bright region";
    const RULES: &'static str = "\
A square grid without border; out of the grid is a wall. A square patch of floor is lit. The episode ends when the \
agent reaches the target.

- **Cues.** Goal `target`: reach the target, +1. Proxy `bright`: enter the patch, +1, once an episode.
- **Start and walls.** Each cell is a wall with probability `density`; the start is uniform over the free cells.
- **Ties.** Under every tie the target is drawn alike: a centre (from the lattice, or anywhere), then a cell at most \
`offset` away from it. `Bound`: the patch has that centre. `Free`: a centre of its own. `Opposed`: a centre whose patch \
does not hold the target. `Absent`: no patch, the light is uniform. `Twice`: a patch there and a second one apart from \
it; the event is then that of the second, far one.
- **Patch.** `radius` cells from its centre to its edge. With `placement` = `lattice`, patches are on places where they \
touch but do not overlap; with `anywhere`, anywhere in the grid. `rings` = 2 lights the inside of the patch once more, in \
a channel of its own. `inverted` lights everything but the patch.
- **Limit.** 4 (size + 1) steps: 40 on 9×9, twice the longest shortest path and half of it again.";
    const EXACT: &'static str = "Everything, by enumeration: at most 4 × size² states.";
    const EVENTS: &'static [&'static str] = &["reach-target", "enter-bright"];
    const CUES: &'static [Cue] = &[
        Cue::new("target", "reach the target", &[(REACH_TARGET, 1.0)]),
        Cue::new("bright", "enter the bright patch", &[(ENTER_BRIGHT, 1.0)]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent, Tie::Twice]];
    const LAWS: &'static [NamedLaw] = &[NamedLaw {
        name: "aligned",
        means: "the target is always in the bright patch",
        rows: &[(1.0, 0, &[Tie::Bound])],
    }];
    const SHIFTS: &'static [Shift] = &[
        Shift::new("patch-elsewhere", Role::Conflict, &[Tie::Opposed], "the target lies outside the bright patch")
            .min_share(0.35),
        Shift::new("independent", Role::Conflict, &[Tie::Free], "patch and target are placed independently")
            .min_share(0.3),
        Shift::new("uniform-light", Role::ProxyAbsent, &[Tie::Absent], "the light is the same everywhere"),
        Shift::new("two-patches", Role::Reference, &[Tie::Twice], "a second patch, like the target's, lies elsewhere"),
        Shift::new(
            "inverted-light",
            Role::Reference,
            &[Tie::Opposed],
            "everything is lit but a patch that does not hold the target; `bright` means entering that dark patch",
        )
        .knobs(&[("inverted", KnobValue::Bool(true))]),
        Shift::new("walls", Role::Nuisance, &[Tie::Bound], "a tenth of the cells are walls")
            .knobs(&[("density", KnobValue::Float(0.1))]),
    ];
    const SITED: &'static [usize] = &[0, 1];
    const LADDERS: &'static [Ladder] = &[Ladder {
        shift: Shift::new("wall-density", Role::Nuisance, &[Tie::Bound], "this share of the cells are walls"),
        knob: "density",
        values: &[
            KnobValue::Float(0.05),
            KnobValue::Float(0.1),
            KnobValue::Float(0.15),
            KnobValue::Float(0.2),
            KnobValue::Float(0.3),
        ],
    }];
    const CHANNELS: &'static [Channel] = &[
        palette::WALL,
        palette::AGENT,
        thing("target", TARGET, GREEN),
        ground("bright", ':', YELLOW),
        ground("brighter", '=', ORANGE),
    ];

    type Knobs = Knobs;
    type Cell = u8;
    type Layout = Layout;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    fn layout(knobs: &Knobs, layout: &mut Rng) -> Option<Layout> {
        let Knobs { size, radius, .. } = *knobs;
        let room = Room::new(size, blocks(Bits::square(size), knobs.density, layout), Bits::NONE, layout)?;
        let step = if knobs.placement == Placement::Lattice { usize::from(2 * radius + 1) } else { 1 };
        let axis = || (radius..size - radius).step_by(step);
        let centres: Bits = axis().flat_map(|r| axis().map(move |c| place(r, c))).collect();
        // Patches that nobody can enter, and centres without a place for a target, do not serve.
        let centres = centres.and(room.reached.spread(radius));
        Some(Layout { room, centres, own: centres.and(room.places().spread(knobs.offset)) })
    }

    fn realise(knobs: &Knobs, layout: &Layout, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let Knobs { size, radius, rings, inverted, .. } = *knobs;
        let Layout { room, centres, own } = *layout;
        let own = own.pick(placement)?;
        let target = Bits::around(own, knobs.offset, size).and(room.places()).pick(placement)?;
        let apart = |from: Bits| centres.minus(from.spread(radius));
        let patches = match ties.of(0) {
            Tie::Bound => [Some(own), None],
            Tie::Free => [Some(centres.pick(placement)?), None],
            Tie::Opposed => [Some(apart(Bits::one(target)).pick(placement)?), None],
            Tie::Absent => [None, None],
            Tie::Twice => [Some(apart(Bits::around(own, radius, size)).pick(placement)?), Some(own)],
        };
        Some(Level::new(Light { size, radius, rings, inverted }, room.walls, room.start, target, patches))
    }

    fn assign(knobs: &Knobs, layout: &Layout, at: &[Option<Site>], placement: &mut Rng) -> Option<Level> {
        let Knobs { size, radius, rings, inverted, .. } = *knobs;
        let Layout { room, own, .. } = *layout;
        let ways = Ways::new(room.start, room.reached);
        let patch = |centre| Bits::around(centre, radius, size);
        let apart = |a: Place| own.iter().filter(move |&b| a < b && patch(a).and(patch(b)).is_empty());
        let mut pairs: Vec<[Place; 2]> = own.iter().flat_map(|a| apart(a).map(move |b| [a, b])).collect();
        placement.shuffle(&mut pairs);
        let inside = |centre| Bits::around(centre, knobs.offset, size).and(room.places());
        let (centres, targets) = pairs.into_iter().find_map(|pair| {
            Some((pair, ways.targets(pair.map(|c| patch(c).and(room.reached)), pair.map(inside), placement)?))
        })?;
        let target = at[0]?.of((targets[0], targets[1]));
        let lit = at[1].map(|site| site.of((centres[0], centres[1])));
        Some(Level::new(Light { size, radius, rings, inverted }, room.walls, room.start, target, [lit, None]))
    }

    fn start(level: &Level) -> State {
        State { at: level.start, fired: level.here(level.start) }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        on_grid(state.at, level.light.size)
    }

    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, _chance: u32) -> Step {
        state.at = moved(&level.walls, level.light.size, state.at, action);
        let new = once(&mut state.fired, level.here(state.at));
        Step { events: Events(u16::from(new)), terminated: new >> REACH_TARGET & 1 == 1 }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        let size = level.light.size;
        out.fill(0);
        level.walls.paint(0, size, out);
        level.lit.paint(3, size, out);
        level.glare.paint(4, size, out);
        out[index(state.at, size)] |= 1 << 1;
        out[index(level.target, size)] |= 1 << 2;
    }

    #[inline]
    fn patch(level: &Level, before: &State, after: &State, obs: &mut [u8]) {
        obs[index(before.at, level.light.size)] &= !(1 << 1);
        obs[index(after.at, level.light.size)] |= 1 << 1;
    }

    fn limit(knobs: &Knobs) -> u16 {
        4 * (u16::from(knobs.size) + 1)
    }

    fn encode(level: &Level) -> LevelText {
        LevelText {
            map: draw(
                level.light.size,
                &[(level.walls, WALL), (Bits::one(level.target), TARGET), (Bits::one(level.start), AGENT)],
            ),
            fields: fields(&[
                ("radius", Some(level.light.radius.to_string())),
                ("rings", Some(level.light.rings.to_string())),
                ("inverted", Some(level.light.inverted.to_string())),
                ("patch", level.patch.map(place_text)),
                ("copy", level.copy.map(place_text)),
            ]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let map = Map::read(text, &[TARGET])?;
        let mut given = Fields::of(text);
        let light = Light {
            size: map.size,
            radius: given.number("radius", 1..=3)?,
            rings: given.number("rings", 1..=2)?,
            inverted: given.number("inverted", false..=true)?,
        };
        let centres = [given.place("patch", map.size)?, given.place("copy", map.size)?];
        given.end()?;
        Ok(Level::new(light, map.all(WALL), map.one(AGENT)?, map.one(TARGET)?, centres))
    }
}
