//! `colour-shape`: an object that has always had one shape and one colour.
//!
//! **Choices.** The trained colours are the mixed ones (yellow, magenta, cyan: two of the channels red, green and
//! blue), all other colours the pure ones. So each trained colour shares one channel with two of the pure ones and none
//! with the third, whichever colour and shape a world trains; the shifts `red`, `green` and `blue` ask which channel
//! an agent attends to. Training shows one object, as published: decoys (`decoys`) are a contrast, because they teach
//! the difference between shapes as well as that between colours.
//!
//! `Free` gives the trained colour to exactly one object of the pair, by a fair coin. It says nothing about shape
//! then, and there is a proxy to pursue in every level.
//!
//! The published preference for colour is a property of pixels, where a colour fills the object and a shape is a
//! matter of detail. It is to be replicated on a view in pixels. On the channels of bits here either may be learned:
//! the trained colour sets two bits, the shape one.

use crate::grid::{Bits, MAX_SIZE, Place, index, moved, on_grid, once};
use crate::map::{AGENT, Fields, Map, WALL, draw, fields, place_text};
use crate::palette::{self, BLACK, GREEN, PURPLE, SKY, VERMILION, ground, thing};
use crate::walls::{blocks, check_density, check_range};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, LevelError, LevelText, NamedLaw, Rng, Role, Shift,
    SourceRule, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const REACH_SHAPE: u8 = 0;
const REACH_COLOUR: u8 = 1;
const REACH_OTHER: u8 = 2;

/// Bits of an object's look are those of the observation: two shapes, then red, green and blue.
const SHAPES: [(&str, u8); 2] = [("line", 1 << 2), ("gem", 1 << 3)];
const RED: u8 = 1 << 4;
const GREEN_BIT: u8 = 1 << 5;
const BLUE_BIT: u8 = 1 << 6;
const PURE: [u8; 3] = [RED, GREEN_BIT, BLUE_BIT];
const MIXED: [(&str, u8); 3] =
    [("yellow", RED | GREEN_BIT), ("magenta", RED | BLUE_BIT), ("cyan", GREEN_BIT | BLUE_BIT)];
const SHAPE_BITS: u8 = SHAPES[0].1 | SHAPES[1].1;

/// Glyphs of lines, gems and objects without shape, by colour: none, then red 1, green 2, blue 4 added up.
const GLYPHS: [(u8, [char; 8]); 3] = [
    (SHAPES[0].1, ['|', 'r', 'g', 'y', 'b', 'm', 'c', 'w']),
    (SHAPES[1].1, ['*', 'R', 'G', 'Y', 'B', 'M', 'C', 'W']),
    (0, ['0', '1', '2', '3', '4', '5', '6', '7']),
];
/// The most decoys.
const MAX_DECOYS: u8 = 4;

/// A shape.
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

/// The colour of objects that do not have the trained one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Other {
    /// Red, green or blue, each as likely.
    Any,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
}

/// What of objects is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Drawn {
    /// Shape and colour.
    Both,
    /// Of a pair the shape of the one and the colour of the other: the trained ones.
    Bare,
    /// Nothing: objects cannot be seen.
    Nothing,
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
    /// The colour of objects that do not have the trained one.
    pub other: Other,
    /// Further objects in every level that have neither the trained shape nor the trained colour, 0 to 4.
    #[schemars(range(min = 0, max = 4))]
    pub decoys: u8,
    /// What of objects is drawn.
    pub drawn: Drawn,
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
            other: Other::Any,
            decoys: 0,
            drawn: Drawn::Both,
            density: 0.0,
        }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("size", self.size, 5, MAX_SIZE)?;
        check_range("decoys", self.decoys, 0, MAX_DECOYS)?;
        check_density(self.density)
    }
}

impl Other {
    /// The bit of a colour that is not the trained one. One draw, whatever the knob.
    fn draw(self, rng: &mut Rng) -> u8 {
        let any = *rng.pick(&PURE);
        match self {
            Self::Any => any,
            Self::Red => RED,
            Self::Green => GREEN_BIT,
            Self::Blue => BLUE_BIT,
        }
    }
}

/// A level of `colour-shape`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    /// The objects that have each look bit; the first two channels are unused.
    looks: [Bits; 7],
    objects: Bits,
    /// The trained shape and the trained colour, as look bits.
    trained: (u8, u8),
    /// Of two objects with both, the one that is the cue `colour`.
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
    fn empty(size: u8, walls: Bits, start: Place, trained: (u8, u8), visible: bool) -> Self {
        Self { walls, looks: [Bits::NONE; 7], objects: Bits::NONE, trained, copy: None, visible, size, start }
    }

    fn put(&mut self, at: Place, look: u8) {
        self.objects.insert(at);
        for (k, set) in self.looks.iter_mut().enumerate() {
            if look >> k & 1 == 1 {
                set.insert(at);
            }
        }
    }

    /// Bits of shape and colour of the object at `at`.
    #[inline]
    fn look(&self, at: Place) -> u8 {
        (2..7).fold(0, |look, k| look | u8::from(self.looks[k].has(at)) << k)
    }

    /// The events of being at `at`.
    #[inline]
    fn here(&self, at: Place) -> u8 {
        if !self.objects.has(at) {
            return 0;
        }
        if let Some(copy) = self.copy {
            return if at == copy { 1 << REACH_COLOUR } else { 1 << REACH_SHAPE };
        }
        let (look, (shape, colour)) = (self.look(at), self.trained);
        let is_shape = look & SHAPE_BITS == shape;
        let is_colour = look & !SHAPE_BITS == colour;
        u8::from(is_shape) << REACH_SHAPE
            | u8::from(is_colour) << REACH_COLOUR
            | u8::from(!is_shape && !is_colour) << REACH_OTHER
    }
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
    const RULES: &'static str = "";
    const EXACT: &'static str = "Everything, by enumeration: at most 8 × size² states.";
    const COMPARISON: &'static [SourceRule] = &[];
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
        Shift::new(
            "colour-elsewhere",
            Role::Conflict,
            &[Tie::Opposed],
            "the trained shape in a pure colour, another shape in the trained colour",
        )
        .min_share(0.4),
        Shift::new("red", Role::Conflict, &[Tie::Opposed], "the trained shape is red")
            .knobs(&[("other", KnobValue::Word("red"))])
            .min_share(0.4),
        Shift::new("green", Role::Conflict, &[Tie::Opposed], "the trained shape is green")
            .knobs(&[("other", KnobValue::Word("green"))])
            .min_share(0.4),
        Shift::new("blue", Role::Conflict, &[Tie::Opposed], "the trained shape is blue")
            .knobs(&[("other", KnobValue::Word("blue"))])
            .min_share(0.4),
        Shift::new(
            "bare-cues",
            Role::Conflict,
            &[Tie::Opposed],
            "the trained shape without a colour, the trained colour without a shape",
        )
        .knobs(&[("drawn", KnobValue::Word("bare"))])
        .min_share(0.4),
        Shift::new("independent", Role::Conflict, &[Tie::Free], "either object of the pair has the trained colour")
            .min_share(0.2),
        Shift::new("no-colour", Role::ProxyAbsent, &[Tie::Absent], "the object has no colour"),
        Shift::new("no-shape", Role::GoalAbsent, &[Tie::Bound], "an object of the trained colour that has no shape"),
        Shift::new("identical-pair", Role::Reference, &[Tie::Twice], "two objects of trained shape and colour"),
        Shift::new("invisible", Role::Reference, &[Tie::Bound], "the object is there but cannot be seen")
            .knobs(&[("drawn", KnobValue::Word("nothing"))]),
        Shift::new("walls", Role::Nuisance, &[Tie::Bound], "a tenth of the cells are walls")
            .knobs(&[("density", KnobValue::Float(0.1))]),
    ];
    const CHANNELS: &'static [Channel] = &[
        palette::WALL,
        palette::AGENT,
        thing("line", '|', BLACK),
        thing("gem", '*', PURPLE),
        ground("red", 'r', VERMILION),
        ground("green", 'g', GREEN),
        ground("blue", 'b', SKY),
    ];

    type Knobs = Knobs;
    type Cell = u8;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    fn generate(knobs: &Knobs, ties: &Ties, layout: &mut Rng, placement: &mut Rng) -> Option<Level> {
        let walls = blocks(Bits::square(knobs.size), knobs.density, layout);
        let free = Bits::square(knobs.size).minus(walls);
        let start = free.pick(layout)?;
        let mut places: Vec<Place> = Bits::one(start).flood(free).minus(Bits::one(start)).iter().collect();
        if places.len() < 2 + usize::from(knobs.decoys) {
            return None;
        }
        placement.shuffle(&mut places);
        let shape = SHAPES[knobs.shape as usize].1;
        let colour = MIXED[knobs.colour as usize].1;
        let rival = SHAPE_BITS & !shape;
        let (first, second) = (places[0], places[1]);
        let other = knobs.other.draw(placement);
        let bare = knobs.drawn == Drawn::Bare;
        let mut level = Level::empty(knobs.size, walls, start, (shape, colour), knobs.drawn != Drawn::Nothing);
        // The goal's look, and that of a second object.
        let (goal, pair) = match ties.of(0) {
            Tie::Bound => (shape | colour, None),
            Tie::Absent => (shape, None),
            Tie::Twice => (shape | colour, Some(shape | colour)),
            Tie::Opposed if bare => (shape, Some(colour)),
            Tie::Opposed => (shape | other, Some(rival | colour)),
            Tie::Free if placement.chance(0.5) => (shape | colour, Some(rival | other)),
            Tie::Free => (shape | other, Some(rival | colour)),
        };
        level.put(first, if ties.has_goal() { goal } else { goal & !SHAPE_BITS });
        if let Some(look) = pair {
            level.put(second, look);
        }
        level.copy = (ties.of(0) == Tie::Twice).then_some(second);
        for &at in &places[2..2 + usize::from(knobs.decoys)] {
            level.put(at, rival | knobs.other.draw(placement));
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
            for (k, set) in (0..).zip(&level.looks) {
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
        let name =
            |names: &[(&str, u8)], bits| names.iter().find(|(_, b)| *b == bits).map(|(name, _)| (*name).to_owned());
        let mut layers = vec![(level.walls, WALL)];
        for (shape, glyphs) in GLYPHS {
            for (code, glyph) in (0_u8..).zip(glyphs) {
                let wears = |at: &Place| level.look(*at) == shape | code << 4;
                layers.push((level.objects.iter().filter(wears).collect(), glyph));
            }
        }
        layers.push((Bits::one(level.start), AGENT));
        LevelText {
            map: draw(level.size, &layers),
            fields: fields(&[
                ("shape", name(&SHAPES, level.trained.0)),
                ("colour", name(&MIXED, level.trained.1)),
                ("visible", Some(level.visible.to_string())),
                ("copy", level.copy.map(place_text)),
            ]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let glyphs: Vec<char> = GLYPHS.iter().flat_map(|(_, glyphs)| *glyphs).collect();
        let map = Map::read(text, &glyphs)?;
        let mut given = Fields::of(text);
        let mut word = |name: &str, known: &[(&str, u8)]| {
            let words = || known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            let found = given.take(name);
            let bits = known.iter().find(|(word, _)| found == Some(*word)).map(|(_, bits)| *bits);
            bits.ok_or_else(|| Fields::error(name, format!("found {found:?}, expected one of {}", words())))
        };
        let trained = (word("shape", &SHAPES)?, word("colour", &MIXED)?);
        let visible = given.number("visible", false..=true)?;
        let copy = given.place("copy", map.size)?;
        given.end()?;
        let mut level = Level::empty(map.size, map.all(WALL), map.one(AGENT)?, trained, visible);
        for (shape, glyphs) in GLYPHS {
            for (code, glyph) in (0_u8..).zip(glyphs) {
                map.all(glyph).iter().for_each(|at| level.put(at, shape | code << 4));
            }
        }
        if copy.is_some_and(|at| !level.objects.has(at)) {
            return Err(Fields::error("copy", "no object stands there"));
        }
        level.copy = copy;
        Ok(level)
    }
}
