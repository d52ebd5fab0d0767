//! `colour-shape`: an object that has always had one shape and one colour.
//!
//! **Choices.** Trained colours are mixed (two of the channels red, green and blue), all others pure. So whatever a world
//! trains, one pure colour shares no channel with it and two share one each: shifts `red`, `green` and `blue` ask which
//! channel an agent attends to. Under `Free` exactly one of the pair has the trained colour, by a fair coin: that says
//! nothing about shape, and every level has a proxy to pursue.
//!
//! Training shows one object, as published, so that an agent may find it by any of its three bits. Pilots (2 seeds,
//! 300 000 frames) went by the number of bits: colour first in .97 of levels against a blue line (two bits to one), in
//! half of them against a red or green one (two to two). Decoys teach to tell shapes too: with one, agents reached the
//! shape first in .57 and nothing in .42 of the main shift. That contrast is the knob `decoys`.
//!
//! The published preference for colour is a property of pixels, where colour fills the object and shape is a detail. It
//! is to be replicated on the view `rgb`, where colours tint the shapes. On the bits here either may be learned.

mod look;

use look::{COLOUR, Looks, PURE, SHAPE, looks};

use crate::grid::{Bits, MAX_SIZE, Place, index, moved, on_grid, once};
use crate::map::{AGENT, Fields, Map, WALL, draw, fields, place_text};
use crate::palette::{self, PALE, PALER, thing, tint};
use crate::sites;
use crate::walls::{Room, blocks, check_density, check_range};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, LevelError, LevelText, NamedLaw, Rgb, Rng, Role, Shift,
    Site, SourceRule, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const REACH_SHAPE: u8 = 0;
const REACH_COLOUR: u8 = 1;
const REACH_OTHER: u8 = 2;

/// A shape that can be the trained one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A line.
    Line,
    /// A gem.
    Gem,
}

/// A colour that can be the trained one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red and green.
    Yellow,
    /// Red and blue.
    Magenta,
    /// Green and blue.
    Cyan,
}

/// The colour of the trained shape where it does not have the trained colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Other {
    /// The pure colour that shares no channel with the trained one.
    Apart,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// None, and the object of the trained colour has no shape: each cue alone.
    None,
}

/// Knobs of `colour-shape`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Rows and columns, 5 to 16.
    #[schemars(range(min = 5, max = 16))]
    pub size: u8,
    /// The trained shape.
    pub shape: Shape,
    /// The trained colour.
    pub colour: Colour,
    /// The colour that `Opposed` gives to the trained shape.
    pub other: Other,
    /// Further objects in every level that have neither the trained shape nor the trained colour, 0 to 4.
    #[schemars(range(min = 0, max = 4))]
    pub decoys: u8,
    /// Whether objects are drawn.
    pub visible: bool,
    /// Share of cells that are walls, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub density: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            size: 9,
            shape: Shape::Line,
            colour: Colour::Yellow,
            other: Other::Apart,
            decoys: 0,
            visible: true,
            density: 0.0,
        }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("size", self.size, 5, MAX_SIZE)?;
        check_range("decoys", self.decoys, 0, 4)?;
        check_density(self.density)
    }
}

/// A level of `colour-shape`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    objects: Bits,
    /// For each bit of a look the objects that have it.
    having: [Bits; 8],
    /// The look with the trained shape and the trained colour.
    trained: u8,
    /// Of two objects with that look, the one that is the cue `colour`.
    copy: Option<Place>,
    visible: bool,
    size: u8,
    start: Place,
}

/// Where the agent is, and which events have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    at: Place,
    fired: u8,
}

impl Level {
    fn new(size: u8, walls: Bits, start: Place, trained: u8, visible: bool) -> Self {
        Self { walls, objects: Bits::NONE, having: [Bits::NONE; 8], trained, copy: None, visible, size, start }
    }

    fn put(&mut self, at: Place, look: u8) {
        self.objects.insert(at);
        (0..8).filter(|k| look >> k & 1 == 1).for_each(|k: usize| self.having[k].insert(at));
    }

    /// The look of the object at `at`.
    #[inline]
    fn look(&self, at: Place) -> u8 {
        (0..8).fold(0, |look, k| look | u8::from(self.having[k].has(at)) << k)
    }

    /// The events of being at `at`.
    #[inline]
    fn here(&self, at: Place) -> u8 {
        if !self.objects.has(at) {
            return 0;
        }
        let differs = self.look(at) ^ self.trained;
        match (differs & SHAPE == 0, differs & COLOUR == 0) {
            // One of two alike is the goal, the other one the proxy.
            (true, true) if self.copy == Some(at) => 1 << REACH_COLOUR,
            (true, true) if self.copy.is_some() => 1 << REACH_SHAPE,
            (false, false) => 1 << REACH_OTHER,
            (shape, colour) => u8::from(shape) << REACH_SHAPE | u8::from(colour) << REACH_COLOUR,
        }
    }
}

/// A conflict shift in which colour and shape are at different objects.
const fn apart(name: &'static str, knobs: &'static [(&'static str, KnobValue)], means: &'static str) -> Shift {
    Shift::new(name, Role::Conflict, &[Tie::Opposed], means).knobs(knobs).min_share(0.4)
}

/// The family.
#[derive(Debug)]
pub struct ColourShape;

impl Family for ColourShape {
    const NAME: &'static str = "colour-shape";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str =
        "A room with coloured objects; in training the object of the right shape always has the same colour.";
    const SOURCE: &'static str = "Langosco et al. 2022 (arXiv 2105.14111), Maze II; Ramanauskas and Şimşek 2023 \
                                  (arXiv 2312.03762), colour versus shape";
    const RULES: &'static str = "\
A square grid without border; out of the grid is a wall. Objects of one cell have a shape, line or gem, and a colour. \
The episode ends when the agent reaches any object. One shape and one colour are the *trained* ones.

- **Cues.** Goal `shape`: reach an object of the trained shape, +1. Proxy `colour`: reach one of the trained colour, +1.
- **Start and walls.** Each cell is a wall with probability `density`; the start is uniform over the free cells. \
Objects lie uniformly, apart from each other, on cells that the start reaches.
- **Ties.** `Bound`: one object, of trained shape and colour. `Opposed`: two, the trained shape in the colour `other` \
and the other shape in the trained colour. `Free`: two, one of each shape; a fair coin decides which one has the trained \
colour, the other one has red, green or blue, each as likely. `Absent`: one object, of trained shape without colour. \
`Twice`: two, both of trained shape and colour; one is the goal, the other one the proxy. \
Without a goal: the object in the goal's place keeps its colour and has no shape.
- **Trained.** `shape` and `colour` say which: yellow (red and green), magenta (red and blue) or cyan (green and blue).
- **Decoys.** `decoys` further objects have the other shape in red, green or blue. They are worth nothing and end the \
episode, which then counts as DIED.
- **Drawing.** An object sets the bit of its shape and the bits of the channels red, green and blue that its colour is \
made of, which tint it; nothing where `visible` is false. With `other` = `none`, `Opposed` pairs are the trained shape without colour \
and the trained colour without shape.
- **Limit.** 4 (size + 1) steps: 40 on 9×9, more than twice the longest way of an open room.";
    const EXACT: &'static str = "Everything, by enumeration: at most 8 × size² states.";
    const COMPARISON: &'static [SourceRule] = &[
        SourceRule {
            about: "world",
            source: "Procgen mazes; a simplified version of them (Ramanauskas and Şimşek)",
            here: "an open 9×9 room: what is asked is which object is chosen, not whether it can be reached",
        },
        SourceRule { about: "training", source: "one yellow line", here: "the same, or as knobs say" },
        SourceRule {
            about: "test",
            source: "a red line against a yellow gem",
            here: "shift `red`; the main shift has blue, which shares no channel with yellow",
        },
        SourceRule {
            about: "observation",
            source: "pixels",
            here: "bits of a cell, each cue a known number of them; pixels, on black, in the view `rgb`",
        },
    ];
    const EVENTS: &'static [&'static str] = &["reach-shape", "reach-colour", "reach-other"];
    const CUES: &'static [Cue] = &[
        Cue::new("shape", "reach the object of the trained shape", &[(REACH_SHAPE, 1.0)]),
        Cue::new("colour", "reach the object of the trained colour", &[(REACH_COLOUR, 1.0)]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent, Tie::Twice]];
    const LAWS: &'static [NamedLaw] = &[NamedLaw {
        name: "aligned",
        means: "the one object has the trained shape and the trained colour",
        rows: &[(1.0, 0, &[Tie::Bound])],
    }];
    const SHIFTS: &'static [Shift] = &[
        apart("colour-elsewhere", &[], "the trained shape has a colour without a channel of the trained one"),
        apart("red", &[("other", KnobValue::Word("red"))], "the trained shape is red"),
        apart("green", &[("other", KnobValue::Word("green"))], "the trained shape is green"),
        apart("blue", &[("other", KnobValue::Word("blue"))], "the trained shape is blue"),
        apart("bare-cues", &[("other", KnobValue::Word("none"))], "a shape without colour, a colour without shape"),
        Shift::new("independent", Role::Conflict, &[Tie::Free], "either object of a pair has the trained colour")
            .min_share(0.2),
        Shift::new("no-colour", Role::ProxyAbsent, &[Tie::Absent], "the object has no colour"),
        Shift::new("no-shape", Role::GoalAbsent, &[Tie::Bound], "an object of the trained colour without a shape"),
        Shift::new("identical-pair", Role::Reference, &[Tie::Twice], "two objects of trained shape and colour"),
        Shift::new("invisible", Role::Reference, &[Tie::Bound], "the object is there but cannot be seen")
            .knobs(&[("visible", KnobValue::Bool(false))]),
        Shift::new("walls", Role::Nuisance, &[Tie::Bound], "a tenth of the cells are walls")
            .knobs(&[("density", KnobValue::Float(0.1))]),
    ];
    const SITED: &'static [usize] = &[0, 1];
    const CHANNELS: &'static [Channel] = &[
        palette::WALL,
        palette::AGENT,
        thing("line", '|', PALE),
        thing("gem", '*', PALER),
        // Pure, so that two of them add up to yellow, magenta or cyan.
        tint("red", 'r', Rgb(220, 0, 0)),
        tint("green", 'g', Rgb(0, 220, 0)),
        tint("blue", 'b', Rgb(0, 0, 220)),
    ];

    type Knobs = Knobs;
    type Cell = u8;
    type Layout = Room;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    fn layout(knobs: &Knobs, layout: &mut Rng) -> Option<Room> {
        let walls = blocks(Bits::square(knobs.size), knobs.density, layout);
        let room = Room::new(knobs.size, walls, Bits::NONE, layout)?;
        (room.places().count() >= 2 + u32::from(knobs.decoys)).then_some(room)
    }

    fn realise(knobs: &Knobs, layout: &Room, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let places = layout.shuffled(placement);
        let looks = Looks::of(knobs);
        let Looks { shape, colour } = looks;
        let (rival, both, [first, far]) = (looks.rival(), looks.both(), looks.apart(knobs.other));
        let (goal, second) = match ties.of(0) {
            Tie::Bound => (both, None),
            Tie::Absent => (shape, None),
            Tie::Twice => (both, Some(both)),
            Tie::Opposed => (first, Some(far)),
            Tie::Free if placement.chance(0.5) => (both, Some(rival | *placement.pick(&PURE))),
            Tie::Free => (shape | *placement.pick(&PURE), Some(rival | colour)),
        };
        let mut level = Level::new(knobs.size, layout.walls, layout.start, both, knobs.visible);
        level.put(places[0], if ties.has_goal() { goal } else { goal & COLOUR });
        if let Some(look) = second {
            level.put(places[1], look);
        }
        level.copy = (ties.of(0) == Tie::Twice).then_some(places[1]);
        for &at in &places[2..][..usize::from(knobs.decoys)] {
            level.put(at, rival | *placement.pick(&PURE));
        }
        Some(level)
    }

    fn assign(knobs: &Knobs, layout: &Room, at: &[Option<Site>], placement: &mut Rng) -> Option<Level> {
        let sites = sites::cells(layout, placement)?;
        let put = |cue: usize| at[cue].map(|site| site.of((sites[0], sites[1])));
        let looks = Looks::of(knobs);
        let mut level = Level::new(knobs.size, layout.walls, layout.start, looks.both(), knobs.visible);
        match (put(0), put(1)) {
            (Some(shape), Some(colour)) if shape == colour => level.put(shape, looks.both()),
            (Some(shape), Some(colour)) => {
                let [first, second] = looks.apart(knobs.other);
                level.put(shape, first);
                level.put(colour, second);
            }
            (shape, colour) => {
                shape.into_iter().for_each(|at| level.put(at, looks.shape));
                colour.into_iter().for_each(|at| level.put(at, looks.colour));
            }
        }
        let mut rest = layout.shuffled(placement);
        rest.retain(|at| !sites.contains(at));
        for at in rest.into_iter().take(usize::from(knobs.decoys)) {
            level.put(at, looks.rival() | *placement.pick(&PURE));
        }
        Some(level)
    }

    fn start(level: &Level) -> State {
        State { at: level.start, fired: level.here(level.start) }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        on_grid(state.at, level.size)
    }

    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, _chance: u32) -> Step {
        // Only the first object ends the episode; one that the start lies on (in an edited level) is none.
        let over = state.fired & !level.here(level.start) != 0;
        state.at = moved(&level.walls, level.size, state.at, action);
        let new = once(&mut state.fired, level.here(state.at));
        Step { events: Events(u16::from(new)), terminated: !over && new != 0 }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        out.fill(0);
        level.walls.paint(0, level.size, out);
        if level.visible {
            for (k, set) in (0..).zip(&level.having) {
                set.paint(k, level.size, out);
            }
        }
        out[index(state.at, level.size)] |= 1 << 1;
    }

    #[inline]
    fn patch(level: &Level, before: &State, after: &State, obs: &mut [u8]) {
        obs[index(before.at, level.size)] &= !(1 << 1);
        obs[index(after.at, level.size)] |= 1 << 1;
    }

    fn limit(knobs: &Knobs) -> u16 {
        4 * (u16::from(knobs.size) + 1)
    }

    fn encode(level: &Level) -> LevelText {
        let wearing = |look| level.objects.iter().filter(|&at| level.look(at) == look).collect();
        let mut layers = vec![(level.walls, WALL)];
        layers.extend(looks().map(|(look, glyph)| (wearing(look), glyph)));
        layers.push((Bits::one(level.start), AGENT));
        LevelText {
            map: draw(level.size, &layers),
            fields: fields(&[
                ("trained", looks().find(|(look, _)| *look == level.trained).map(|(_, glyph)| glyph.to_string())),
                ("visible", Some(level.visible.to_string())),
                ("copy", level.copy.map(place_text)),
            ]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let glyphs: Vec<char> = looks().map(|(_, glyph)| glyph).collect();
        let map = Map::read(text, &glyphs)?;
        let mut given = Fields::of(text);
        let word = given.take("trained").unwrap_or_default();
        let trained =
            looks().find(|(look, glyph)| look & SHAPE != 0 && look & COLOUR != 0 && word == glyph.to_string());
        let (trained, _) = trained.ok_or_else(|| {
            Fields::error("trained", format!("found {word:?}, expected the glyph of a line or gem that has a colour"))
        })?;
        let visible = given.number("visible", false..=true)?;
        let copy = given.place("copy", map.size)?;
        given.end()?;
        let mut level = Level::new(map.size, map.all(WALL), map.one(AGENT)?, trained, visible);
        for (look, glyph) in looks() {
            map.all(glyph).iter().for_each(|at| level.put(at, look));
        }
        if copy.is_some_and(|at| !level.objects.has(at) || level.look(at) != trained) {
            return Err(Fields::error("copy", "no object of the trained look stands there"));
        }
        level.copy = copy;
        Ok(level)
    }
}
