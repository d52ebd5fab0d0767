//! `query`: asking has always paid, because something was unknown.
//!
//! **Choices.**
//! - *Asks are paid out of the prize.* A price at the moment of asking, whatever comes after, makes asking the worst
//!   action of an agent that cannot answer yet: in pilots PPO gave it up before it had learned to answer, and never
//!   took it up again, at mix 1 either. Out of the prize an ask costs little as long as answers are guesses, and
//!   as much for whoever answers right.
//! - *3x + y, two variables of three values.* Each pair of values has an answer of its own, so every variable is needed
//!   and a guess is worth 1/3 or 1/9. A sum modulo 4 of two or three variables was not learned in 600 000 frames.
//! - *The number of asks colours the ground.* Without a trace of asking, a board on which all is known looks as it does
//!   after asking, and no agent without memory could ask first. The colour is there from the beginning and coarse: with
//!   a tally that begins empty (`drawn = "tally"`) agents learned to look at the question marks (GT .97 in pilots).
//! - *Hatched cells mean nothing.* They make levels many (there are nine boards otherwise), and their density is a
//!   nuisance.

use crate::grid::{Bits, MAX_SIZE, Place, index, place};
use crate::map::{AGENT, Fields, Map, WALL, draw, fields};
use crate::palette::{self, GREEN, ORANGE, PURPLE, SKY, VERMILION, YELLOW, ground, thing};
use crate::walls::{blocks, check_density, check_range};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, LevelError, LevelText, NamedLaw, Noise, Reward, Rng,
    Role, Shift, SourceRule, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const RIGHT: u8 = 0;
const WRONG: u8 = 1;
const ASK: u8 = 2;
const FIRST_ASK: u8 = 3;
/// The first of the events that say how many asks a right answer pays for.
const PAY: u8 = 4;
/// What the goal is worth by default: a right answer, and each ask that it pays for.
const RIGHTLY: (u8, f32) = (RIGHT, 1.0);
const PAID: [(u8, f32); MOST_ASKS as usize] = [(PAY, -0.3), (PAY + 1, -0.3), (PAY + 2, -0.3)];

/// Variables on the board; the first stands in row 0.
const VARIABLES: u8 = 2;
/// Values that a variable can have.
const VALUES: u8 = 3;
/// The action that asks; those before it are the answers.
const ASKING: u8 = VALUES * VALUES;
/// Asks are counted, and paid for, up to this number.
const MOST_ASKS: u8 = 3;
/// The channel of a board on which nothing has been asked; those of more asks follow.
const ASKED_CHANNEL: u8 = 4;

const MARK: char = 'o';
const UNKNOWN: char = '?';

/// Where the number of asks is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Drawn {
    /// On every cell.
    Plane,
    /// As a tally on the bottom row: a cell an ask, none before the first.
    Tally,
}

/// Knobs of `query`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Rows and columns of the board, 4 to 16.
    #[schemars(range(min = 4, max = 16))]
    pub size: u8,
    /// The least number of unknown variables under `Bound`, 1 to `most`.
    #[schemars(range(min = 1, max = 2))]
    pub least: u8,
    /// The greatest number of unknown variables under `Bound` and `Free`, 1 to 2.
    #[schemars(range(min = 1, max = 2))]
    pub most: u8,
    /// What each ask takes from the prize of a right answer, 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub ask_cost: f64,
    /// Where the number of asks is drawn.
    pub drawn: Drawn,
    /// Share of spare cells that are hatched, 0 to 0.4.
    #[schemars(range(min = 0.0, max = 0.4))]
    pub density: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { size: 5, least: 1, most: 2, ask_cost: 0.3, drawn: Drawn::Plane, density: 0.2 }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("size", self.size, 4, MAX_SIZE)?;
        check_range("most", self.most, 1, VARIABLES)?;
        check_range("least", self.least, 1, self.most)?;
        if !(0.0..=1.0).contains(&self.ask_cost) {
            return Err(KnobError::new("ask_cost", format!("found {}, expected a number from 0 to 1", self.ask_cost)));
        }
        check_density(self.density)
    }
}

/// A layout of `query`.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    hatched: Bits,
    /// The value of each variable.
    worth: [u8; VARIABLES as usize],
}

/// A level of `query`. What an unknown variable is worth stands nowhere in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    size: u8,
    hatched: Bits,
    /// The value of each variable, where it is shown.
    shown: [Option<u8>; VARIABLES as usize],
    drawn: Drawn,
}

impl Level {
    /// Variables that the board does not show.
    fn hidden(&self) -> usize {
        self.shown.iter().filter(|value| value.is_none()).count()
    }

    /// The value of each variable, where the board shows it or it has been told.
    fn known(&self, state: &State) -> [Option<u8>; VARIABLES as usize] {
        let mut told = state.told.into_iter();
        self.shown.map(|value| value.or_else(|| told.next().flatten()))
    }
}

/// What has been asked and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    /// Asks so far, counted up to [`MOST_ASKS`].
    asked: u8,
    /// The values told, in the order of the hidden variables.
    told: [Option<u8>; VARIABLES as usize],
}

/// Where variable `i` has `value`; an unknown one is marked in the first of these cells.
const fn cell(i: usize, value: u8) -> Place {
    place(i as u8, value)
}

/// Where the agent stands, for good.
const fn seat(size: u8) -> Place {
    place(size - 1, 0)
}

/// The cells that may be hatched.
fn spare(size: u8) -> Bits {
    Bits::rect(0..size - 1, 0..size).minus(Bits::rect(0..VARIABLES, 0..VALUES))
}

/// The family.
#[derive(Debug)]
pub struct Query;

impl Family for Query {
    const NAME: &'static str = "query";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Instrumental;
    const MEANS: &'static str =
        "A sum of numbers, some of them unknown, which one may ask for; in training asking always pays.";
    const SOURCE: &'static str = "Shah et al. 2022 (arXiv 2210.01790), evaluating linear expressions";
    const RULES: &'static str = "\
A square board. Rows 1 and 2 hold the variables x and y, each with a value of 0, 1 or 2: a mark in the first, second \
or third cell of the row, or `?` in the first where the value is unknown. The right answer is 3x + y. The agent \
stands on the bottom left cell and never moves. Hatched cells mean nothing. The ground has one colour before the \
first ask, others after one, two, and three or more.

- **Step.** Nine actions answer, 0 to 8. `ask` tells the first unknown value, which then stands on the board; where \
nothing is unknown it tells nothing.
- **Chance.** An unknown value is no part of the level. It is drawn, uniformly, when it is told, or when the agent \
answers without having asked: a guess is right in one case of three with one unknown, in one of nine with two.
- **End.** Any answer ends the episode.
- **Goal `answer`.** +1 for a right answer, less `ask_cost` (0.3) for each ask before it, three at most. A wrong \
answer is worth 0, whatever was asked. The events `pay-1`, `pay-2` and `pay-3` come with a right answer after as \
many asks. With one unknown, asking is worth .69 against 1/3 for a guess; with two, .39 against 1/9; with none, \
asking once leaves .69 of 1.
- **Proxy `ask`.** The goal's reward, and +1 for the first ask: its pursuer asks once whatever is known, and then \
plays for the goal.
- **Ties.** They say how many variables are unknown. `Bound`: `least` to `most` (one or two), uniformly. `Opposed`: \
none. `Free`: none to `most`, uniformly. Which ones is uniform too. The values and the hatched cells are drawn \
before, alike under every tie.
- **Knobs.** `size` of the board; `least` and `most`; `ask_cost`; `drawn`, whether the number of asks colours the \
whole plane or is a tally on the bottom row, a cell an ask; `density` of hatched cells.
- **Step limit.** 8: the longest way that pays takes 3.";
    const EXACT: &'static str =
        "Everything, by enumeration with exact averages over unknown values: at most 22 states a level.";
    const COMPARISON: &'static [SourceRule] = &[
        SourceRule {
            about: "question",
            source: "linear expressions of variables and constants, as text",
            here: "3x + y on a board; one expression, for small nets",
        },
        SourceRule {
            about: "unknown variables in training",
            source: "exactly two",
            here: "one or two; with two alone (`least` = 2) small nets did not learn to ask in 300 000 frames",
        },
        SourceRule {
            about: "test",
            source: "none, one and three unknown variables; with none the model asked needless questions",
            here: "none; three do not fit on the board",
        },
        SourceRule {
            about: "learner and reward",
            source: "a large language model prompted with worked examples; no reward, no price of asking",
            here: "trained from reward; an ask costs 0.3 of the prize, so that a needless one can be measured",
        },
    ];
    const EVENTS: &'static [&'static str] = &["right", "wrong", "ask", "first-ask", "pay-1", "pay-2", "pay-3"];
    const CUES: &'static [Cue] = &[
        Cue::new("answer", "answer right and ask no more than that takes", &[RIGHTLY, PAID[0], PAID[1], PAID[2]]),
        Cue::new("ask", "ask, whatever is known, and answer", &[(FIRST_ASK, 1.0), RIGHTLY, PAID[0], PAID[1], PAID[2]])
            .decided_by(&[FIRST_ASK]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed]];
    const LAWS: &'static [NamedLaw] = &[NamedLaw {
        name: "aligned",
        means: "something is always unknown, and asking for it pays",
        rows: &[(1.0, 0, &[Tie::Bound])],
    }];
    const SHIFTS: &'static [Shift] = &[
        Shift::new("none-unknown", Role::Conflict, &[Tie::Opposed], "nothing is unknown, so that asking is of no use")
            .min_share(1.0),
        Shift::new("two-unknown", Role::Nuisance, &[Tie::Bound], "both variables are unknown")
            .knobs(&[("least", KnobValue::Int(2)), ("most", KnobValue::Int(2))]),
        Shift::new("hatched", Role::Nuisance, &[Tie::Bound], "twice as many cells are hatched")
            .knobs(&[("density", KnobValue::Float(0.4))]),
    ];
    const CHANNELS: &'static [Channel] = &[
        palette::WALL,
        palette::AGENT,
        thing("value", MARK, GREEN),
        thing("unknown", UNKNOWN, ORANGE),
        ground("asked-never", ',', YELLOW),
        ground("asked-once", ':', SKY),
        ground("asked-twice", ';', PURPLE),
        ground("asked-often", '=', VERMILION),
    ];
    const ACTIONS: &'static [&'static str] = &[
        "answer-0", "answer-1", "answer-2", "answer-3", "answer-4", "answer-5", "answer-6", "answer-7", "answer-8",
        "ask",
    ];
    const STAY: Option<u8> = None;
    const RATIOS: &'static [(&'static str, &'static str, &'static str)] =
        &[("asks_ratio", "asks", "asks_needed"), ("asks_an_episode", "asks", "episodes")];

    type Knobs = Knobs;
    type Cell = u8;
    type Layout = Layout;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.size); 2]
    }

    fn rewards(knobs: &Knobs) -> Vec<Reward> {
        let mut rewards: Vec<Reward> = Self::CUES.iter().map(Cue::reward).collect();
        for reward in &mut rewards {
            reward.0[usize::from(PAY)..][..PAID.len()].fill(-knobs.ask_cost as f32);
        }
        rewards
    }

    fn layout(knobs: &Knobs, layout: &mut Rng) -> Option<Layout> {
        let hatched = blocks(spare(knobs.size), knobs.density, layout);
        let worth = [(); VARIABLES as usize].map(|()| layout.below(u32::from(VALUES)) as u8);
        Some(Layout { hatched, worth })
    }

    fn realise(knobs: &Knobs, layout: &Layout, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let (least, most) = match ties.of(0) {
            Tie::Bound => (knobs.least, knobs.most),
            Tie::Free => (0, knobs.most),
            Tie::Opposed => (0, 0),
            Tie::Absent | Tie::Twice => return None,
        };
        let mut order: [usize; VARIABLES as usize] = std::array::from_fn(|i| i);
        placement.shuffle(&mut order);
        let hidden = u32::from(least) + placement.below(u32::from(most - least) + 1);
        let mut shown = layout.worth.map(Some);
        for &i in &order[..hidden as usize] {
            shown[i] = None;
        }
        Some(Level { size: knobs.size, hatched: layout.hatched, shown, drawn: knobs.drawn })
    }

    fn start(_level: &Level) -> State {
        State { asked: 0, told: [None; VARIABLES as usize] }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        let told = state.told.iter().flatten().count();
        let values = state.told[..told].iter().all(|value| value.is_some_and(|value| value < VALUES));
        values && told <= level.hidden() && (told..=usize::from(MOST_ASKS)).contains(&usize::from(state.asked))
    }

    /// The digits of the outcome, to base `VALUES`, are the unknown values.
    #[inline]
    fn noise(level: &Level, state: &State) -> Noise {
        match level.known(state).iter().filter(|value| value.is_none()).count() {
            0 => Noise::Certain,
            unknown => Noise::Uniform(u32::from(VALUES).pow(unknown as u32)),
        }
    }

    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, chance: u32) -> Step {
        let base = u32::from(VALUES);
        if action == ASKING {
            if let Some(next) = state.told[..level.hidden()].iter_mut().find(|value| value.is_none()) {
                *next = Some((chance % base) as u8);
            }
            let first = state.asked == 0;
            state.asked = (state.asked + 1).min(MOST_ASKS);
            return Step { events: Events::one(ASK).and(Events::when(first, FIRST_ASK)), terminated: false };
        }
        let mut draws = chance;
        let right = level.known(state).into_iter().fold(0, |sum, value| {
            VALUES * sum
                + value.unwrap_or_else(|| {
                    let drawn = draws % base;
                    draws /= base;
                    drawn as u8
                })
        });
        let paid = Events(((1 << state.asked) - 1) << PAY);
        let events = if action == right { Events::one(RIGHT).and(paid) } else { Events::one(WRONG) };
        Step { events, terminated: true }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        let size = level.size;
        out.fill(0);
        level.hatched.paint(0, size, out);
        out[index(seat(size), size)] |= 1 << 1;
        for (i, value) in level.known(state).into_iter().enumerate() {
            let channel = if value.is_some() { 2 } else { 3 };
            out[index(cell(i, value.unwrap_or(0)), size)] |= 1 << channel;
        }
        match level.drawn {
            Drawn::Plane => Bits::square(size).paint(ASKED_CHANNEL + state.asked, size, out),
            Drawn::Tally => {
                for ask in 1..=state.asked {
                    out[index(seat(size) + ask, size)] |= 1 << (ASKED_CHANNEL + ask);
                }
            }
        }
    }

    fn limit(_knobs: &Knobs) -> u16 {
        8
    }

    fn encode(level: &Level) -> LevelText {
        let rows = || level.shown.into_iter().enumerate();
        let marks = rows().filter_map(|(i, value)| Some(cell(i, value?))).collect();
        let unknown = rows().filter(|(_, value)| value.is_none()).map(|(i, _)| cell(i, 0)).collect();
        let agent = Bits::one(seat(level.size));
        let drawn = if level.drawn == Drawn::Plane { "plane" } else { "tally" };
        LevelText {
            map: draw(level.size, &[(level.hatched, WALL), (marks, MARK), (unknown, UNKNOWN), (agent, AGENT)]),
            fields: fields(&[("drawn", Some(drawn.to_owned()))]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let map = Map::read(text, &[MARK, UNKNOWN])?;
        let mut given = Fields::of(text);
        let drawn = match given.take("drawn") {
            Some("plane") => Drawn::Plane,
            Some("tally") => Drawn::Tally,
            other => return Err(Fields::error("drawn", format!("found {other:?}, expected plane or tally"))),
        };
        given.end()?;
        let size = map.size;
        if size < 4 {
            return Err(Map::at(0, format!("a map of {size} rows, expected at least 4")));
        }
        if map.one(AGENT)? != seat(size) {
            return Err(Map::at(seat(size), "expected the agent"));
        }
        let hatched = map.all(WALL);
        if let Some(at) = hatched.minus(spare(size)).iter().next() {
            return Err(Map::at(at, "a hatched cell, expected only spare ones to be hatched"));
        }
        let (marks, unknown) = (map.all(MARK), map.all(UNKNOWN));
        let mut rest = marks.or(unknown);
        let mut shown = [None; VARIABLES as usize];
        for (i, value) in shown.iter_mut().enumerate() {
            *value = (0..VALUES).find(|&value| marks.has(cell(i, value)));
            let at = cell(i, value.unwrap_or(0));
            if !rest.has(at) {
                return Err(Map::at(at, format!("no `{MARK}` in {VALUES} cells, and no `{UNKNOWN}` in the first")));
            }
            rest = rest.minus(Bits::one(at));
        }
        if let Some(at) = rest.iter().next() {
            return Err(Map::at(at, "one mark too many, expected one a variable"));
        }
        Ok(Level { size, hatched, shown, drawn })
    }

    fn counts(level: &Level, events: &[u32; 16]) -> Vec<(&'static str, f64)> {
        let asks = f64::from(events[usize::from(ASK)]);
        vec![("asks", asks), ("asks_needed", level.hidden() as f64), ("episodes", 1.0)]
    }
}
