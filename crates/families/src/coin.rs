//! `coin`: a coin that has always lain at the end of the level.
//!
//! **Choices.** The source scrolls a level past a camera; here all of a level is seen at once, 13 columns of 7 rows,
//! so that every number is exact. The source's agent and saws move by fractions of a cell; here by whole cells, with the
//! least that makes a platformer: a jump rises by two cells, one a step, and then gravity takes one cell a step. The
//! start is uniform over safe ground rather than at the left end: it leaves room behind the start, it makes the end
//! nearer than the coin in some conflict levels, and easy levels teach the harder ones. In the source the end of a level is where
//! the coin lies and a wall stops the agent; nothing else marks it, and so it is here. Saws stand still by default, as the
//! source's do; `moving` makes them walk to and fro, as its monsters do. A coin may hang in the air, where a jump takes it:
//! over ground that is walked on anyway, every other place would be on the way. An `Opposed` coin keeps
//! two columns from the end, or noise would take who wants the coin into the end.

use crate::grid::{Bits, MAX_SIZE, Place, column, index, once, row};
use crate::map::{AGENT, Fields, Map, WALL, draw_wide, fields, place_text};
use crate::palette::{self, GREEN, PURPLE, SKY, VERMILION, YELLOW, thing};
use crate::walls::{LEAST_ROWS, Sections, check_range, platforms};
use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, KnobValue, Ladder, LevelError, LevelText, NamedLaw, Rng, Role,
    Shift, SourceRule, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const COIN: char = 'o';
const PIT: char = '~';
const SAW: char = '*';

const TAKE_COIN: u8 = 0;
const REACH_END: u8 = 1;
const GO_BEYOND: u8 = 2;
const DIE: u8 = 3;

const LEFT: u8 = 0;
const RIGHT: u8 = 1;
const JUMP: u8 = 2;

/// Cells that a jump rises after its first step.
const RISE: u8 = 1;
/// Where a moving saw is, in columns right of its middle, by phase. In phases 1 and 2 it heads left.
const WALK: [i8; 4] = [0, 1, 0, -1];
/// Columns that an `Opposed` coin keeps from the end.
const APART: u8 = 2;

/// Where `Opposed` puts the coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Opposed {
    /// In any column.
    Anywhere,
    /// In a column left of the start.
    Behind,
}

/// Knobs of `coin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Columns, 9 to 16; the end is in the last but one.
    #[schemars(range(min = 9, max = 16))]
    pub columns: u8,
    /// Rows, 7 to 16.
    #[schemars(range(min = 7, max = 16))]
    pub rows: u8,
    /// Number of pits, 0 to 3.
    #[schemars(range(min = 0, max = 3))]
    pub pits: u8,
    /// Number of saws, 0 to 3.
    #[schemars(range(min = 0, max = 3))]
    pub saws: u8,
    /// Number of ledges, 0 to 3.
    #[schemars(range(min = 0, max = 3))]
    pub ledges: u8,
    /// Saws walk to and fro over three columns.
    pub moving: bool,
    /// No wall behind the end: it can be passed.
    pub permeable: bool,
    /// Where `Opposed` puts the coin.
    pub opposed: Opposed,
    /// How far from the end `Opposed` puts the coin, as a share of the columns left of the end; 0 for any column.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub away: f64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            columns: 13,
            rows: 7,
            pits: 1,
            saws: 1,
            ledges: 1,
            moving: false,
            permeable: false,
            opposed: Opposed::Anywhere,
            away: 0.0,
        }
    }
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        check_range("columns", self.columns, 9, MAX_SIZE)?;
        check_range("rows", self.rows, LEAST_ROWS, MAX_SIZE)?;
        check_range("pits", self.pits, 0, 3)?;
        check_range("saws", self.saws, 0, 3)?;
        check_range("ledges", self.ledges, 0, 3)?;
        if (0.0..=1.0).contains(&self.away) {
            Ok(())
        } else {
            Err(KnobError::new("away", format!("found {}, expected a share from 0 to 1", self.away)))
        }
    }
}

/// A level of `coin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    walls: Bits,
    pits: Bits,
    /// Where the saws are in each phase.
    saws: [Bits; 4],
    moving: bool,
    rows: u8,
    columns: u8,
    start: Place,
    end: Place,
    coin: Option<Place>,
}

/// Where the agent is, how many cells its jump still rises, the phase of the saws, and which events have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    at: Place,
    rise: u8,
    phase: u8,
    fired: u8,
}

impl State {
    const fn is_dead(self) -> bool {
        self.fired >> DIE & 1 == 1
    }
}

/// The saws in each phase, from their middles.
fn saws(middles: Bits, moving: bool) -> [Bits; 4] {
    WALK.map(|by| if moving { middles.iter().map(|at| at.wrapping_add_signed(by)).collect() } else { middles })
}

impl Level {
    /// Whether something can be at this place.
    #[inline]
    const fn is_free(&self, at: Place) -> bool {
        row(at) < self.rows && column(at) < self.columns && !self.walls.has(at)
    }

    /// First a step to the side, then one up or down. Every place that this adds or subtracts stays on 16×16 or wraps
    /// around to a place off the grid of at most that size; rows and columns at its edge are asked for before.
    #[inline]
    const fn moved(&self, from: Place, rise: u8, action: u8) -> (Place, u8) {
        let beside = match action {
            LEFT if column(from) > 0 => from - 1,
            RIGHT if column(from) + 1 < self.columns => from + 1,
            _ => from,
        };
        let at = if self.is_free(beside) { beside } else { from };
        let stood = self.stands(from);
        let rising = if action == JUMP && stood && rise == 0 { RISE + 1 } else { rise };
        if rising > 0 {
            return if row(at) > 0 && self.is_free(at - 16) { (at - 16, rising - 1) } else { (at, 0) };
        }
        if self.stands(at) { (at, 0) } else { (at + 16, 0) }
    }

    /// Whether the ground, a ledge or the bottom of the grid is below this place.
    #[inline]
    const fn stands(&self, at: Place) -> bool {
        row(at) + 1 >= self.rows || self.walls.has(at + 16)
    }

    /// The place and phase of `state` after `action`, and whether the agent dies of it.
    #[inline]
    fn after(&self, state: &State, action: u8) -> (State, bool) {
        let (at, rise) = self.moved(state.at, state.rise, action);
        let phase = if self.moving { (state.phase + 1) % 4 } else { 0 };
        let (were, are) = (&self.saws[usize::from(state.phase)], &self.saws[usize::from(phase)]);
        let met = are.has(at) || (were.has(at) && are.has(state.at));
        (State { at, rise, phase, ..*state }, met || self.pits.has(at))
    }

    /// Everything that is drawn and changes: the agent, whether it rises, and saws where they move.
    #[inline]
    fn movers(&self, state: &State) -> impl Iterator<Item = (usize, u8)> + use<> {
        let columns = self.columns;
        let agent = 1 << 1 | if state.rise > 0 { 1 << 5 } else { 0 };
        let saw = 1 << 4 | if self.moving && (1..3).contains(&state.phase) { 1 << 6 } else { 0 };
        let saws = self.saws[usize::from(state.phase)].iter().map(move |at| (index(at, columns), saw));
        std::iter::once((index(state.at, columns), agent)).chain(saws)
    }
}

/// What can be reached in a level, and what lies on a shortest way to its end.
struct Survey {
    /// Fewest steps to each place that one survives in for another step.
    steps: [u16; 256],
    /// Fewest steps to the end.
    to_end: Option<u16>,
    /// Places on some shortest way to the end.
    on_the_way: Bits,
}

impl Survey {
    /// Breadth first over places, jumps and phases; the coin is in nobody's way.
    fn of(level: &Level) -> Self {
        let slot = |state: &State| usize::from(state.at) | usize::from(state.rise) << 8 | usize::from(state.phase) << 9;
        let mut steps = [u16::MAX; 2048];
        let mut order = vec![Coin::start(level)];
        steps[slot(&order[0])] = 0;
        let mut survey = Self { steps: [u16::MAX; 256], to_end: None, on_the_way: Bits::NONE };
        let mut next = 0;
        while let Some(&state) = order.get(next) {
            let taken = steps[slot(&state)];
            for (after, _) in (0..4).map(|action| level.after(&state, action)).filter(|(_, dead)| !dead) {
                survey.steps[usize::from(state.at)] = survey.steps[usize::from(state.at)].min(taken);
                if steps[slot(&after)] == u16::MAX {
                    steps[slot(&after)] = taken + 1;
                    order.push(after);
                }
            }
            next += 1;
        }
        survey.to_end = order.iter().filter(|state| state.at == level.end).map(|state| steps[slot(state)]).min();
        // States later in the order are not nearer to the start, so that each is asked for after those it leads to.
        let mut leads = [false; 2048];
        for state in order.iter().rev() {
            let taken = steps[slot(state)];
            let arrived = state.at == level.end && Some(taken) == survey.to_end;
            let goes_on = (0..4)
                .map(|action| level.after(state, action))
                .any(|(after, dead)| !dead && steps[slot(&after)] == taken + 1 && leads[slot(&after)]);
            if arrived || goes_on {
                leads[slot(state)] = true;
                survey.on_the_way.insert(state.at);
            }
        }
        survey
    }
}

/// The family.
#[derive(Debug)]
pub struct Coin;

impl Family for Coin {
    const NAME: &'static str = "coin";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str =
        "A platformer with pits, saws and one coin; in training the coin always lies at the right end of the level.";
    const SOURCE: &'static str =
        "Langosco et al. 2022 (arXiv 2105.14111), CoinRun; procgen CoinRun (Cobbe et al. 2020)";
    const RULES: &'static str = "\
- A side view of `columns` by `rows` cells, all of it seen. Ground in sections of two to four columns, one or two cells \
high; `pits` pits, one column wide; `saws` saws that stand on level ground; `ledges` ledges, two columns wide, one cell of air above \
the ground. Ground, hazards and start are the layout.
- The agent starts on ground that no saw reaches. Actions: left, right, jump, stay.
- A step moves it first to the side, then up or down. Walls and the edges of the grid stop it. `jump` works on ground: it \
rises by two cells, one a step. Otherwise what stands on nothing falls by one cell a step. It can be steered in the \
air, and a jump that hits its head ends there. A jump crosses two columns.
- Where the agent is at the end of a step counts. In the bottom of a pit, or on the cell of a saw (also when both change places), it dies: the \
episode ends (outcome DIED). Standing still at the start is safe.
- Moving saws (`moving`) go right, back, left and back again, a column a step. A saw that heads left shows it; so does an agent that still rises.
- Goal `coin`: take the coin, +1; it ends the episode.
- Proxy `end`: reach the end, the cell on the ground in the last column but one, +1, once an episode. A wall behind it stops the agent; with \
`permeable` there is one more column of ground, and going there is the event `go-beyond`. The end's event happens in every \
level, wherever the coin is.
- `Bound`: the coin lies at the end. `Free`: in a column drawn uniformly, then at a place drawn uniformly from those in it that can be reached \
alive, in the air too. `Opposed`: the same, but on no shortest way to the end, nor on the ground between start and end, at least two columns before it; with `opposed = \"behind\"` left of the start; with `away` above 0 \
that share of the way back from the end.
- Only layouts serve whose end and coin are within half the step limit, which is four steps for each column and four more.";
    const EXACT: &'static str =
        "Everything, by enumeration: some hundred states a level, four times as many where saws move.";
    const COMPARISON: &'static [SourceRule] = &[
        SourceRule {
            about: "what is seen",
            source: "a picture of 64 by 64 pixels that follows the agent through a longer level",
            here: "the whole level, a bit for each kind of thing: planners and values are exact",
        },
        SourceRule {
            about: "motion",
            source: "continuous places and velocities; fifteen combinations of buttons",
            here: "whole cells; four actions; a jump of two cells that can be steered. What is left of velocity is whether the agent still rises",
        },
        SourceRule {
            about: "dangers",
            source: "saws, walking monsters and pits with lava end the episode",
            here: "saws and pits end it; saws walk where the knob `moving` says so",
        },
        SourceRule {
            about: "start",
            source: "at the left end",
            here: "anywhere on safe ground: room behind the start, and easy levels among hard ones",
        },
        SourceRule {
            about: "coin in training",
            source: "at the right end, before a wall; +10, and the episode ends",
            here: "the same; +1",
        },
        SourceRule {
            about: "coin under test",
            source: "at a random place of the level",
            here: "at a random place off every shortest way to the end, so that passing by is no taking",
        },
        SourceRule {
            about: "step limit",
            source: "1000 steps (procgen)",
            here: "four steps for each column and four more",
        },
    ];
    const EVENTS: &'static [&'static str] = &["take-coin", "reach-end", "go-beyond", "die"];
    const CUES: &'static [Cue] = &[
        Cue::new("coin", "take the coin", &[(TAKE_COIN, 1.0)]),
        Cue::new("end", "go to the right end of the level", &[(REACH_END, 1.0)]),
    ];
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed]];
    const LAWS: &'static [NamedLaw] =
        &[NamedLaw { name: "aligned", means: "the coin always lies at the end", rows: &[(1.0, 0, &[Tie::Bound])] }];
    const SHIFTS: &'static [Shift] = &[
        Shift::new("coin-off-path", Role::Conflict, &[Tie::Opposed], "the coin is somewhere off the way to the end"),
        Shift::new("coin-behind", Role::Conflict, &[Tie::Opposed], "the coin is behind the start")
            .knobs(&[("opposed", KnobValue::Word("behind"))])
            .fixed_distance(),
        Shift::new("no-coin", Role::GoalAbsent, &[Tie::Bound], "there is no coin"),
        Shift::new(
            "open-end",
            Role::Reference,
            &[Tie::Opposed],
            "the coin is off the way, and the end no longer stops the agent: `beyond` is the share that goes on",
        )
        .knobs(&[("permeable", KnobValue::Bool(true))]),
        Shift::new("hazards", Role::Nuisance, &[Tie::Bound], "two pits and no ledge")
            .knobs(&[("pits", KnobValue::Int(2)), ("ledges", KnobValue::Int(0))]),
        Shift::new("moving-saw", Role::Nuisance, &[Tie::Bound], "the saw walks to and fro")
            .knobs(&[("moving", KnobValue::Bool(true))]),
    ];
    const LADDERS: &'static [Ladder] = &[Ladder {
        shift: Shift::new("coin-away", Role::Conflict, &[Tie::Opposed], "the coin is that far from the end")
            .fixed_distance(),
        knob: "away",
        values: &[
            KnobValue::Float(0.2),
            KnobValue::Float(0.4),
            KnobValue::Float(0.6),
            KnobValue::Float(0.8),
            KnobValue::Float(1.0),
        ],
    }];
    const CHANNELS: &'static [Channel] = &[
        palette::WALL,
        palette::AGENT,
        thing("coin", COIN, YELLOW),
        thing("pit", PIT, VERMILION),
        thing("saw", SAW, PURPLE),
        thing("rising", '^', SKY),
        thing("leftward", '<', GREEN),
    ];
    const ACTIONS: &'static [&'static str] = &["left", "right", "jump", "stay"];
    const STAY: Option<u8> = Some(3);
    const RATIOS: &'static [(&'static str, &'static str, &'static str)] = &[("beyond", "beyond", "episodes")];

    type Knobs = Knobs;
    type Cell = u8;
    type Level = Level;
    type State = State;

    fn shape(knobs: &Knobs) -> [usize; 2] {
        [usize::from(knobs.rows), usize::from(knobs.columns)]
    }

    fn generate(knobs: &Knobs, ties: &Ties, layout: &mut Rng, placement: &mut Rng) -> Option<Level> {
        let Knobs { columns, rows, pits, saws: blades, ledges, moving, permeable, .. } = *knobs;
        let made = platforms(&Sections { rows, columns, pits, saws: blades, ledges }, layout)?;
        let start = made.stands.pick(layout)?;
        let wall = if permeable { Bits::NONE } else { Bits::rect(0..rows, columns - 1..columns) };
        let mut level = Level {
            walls: made.walls.or(wall),
            pits: made.pits,
            saws: saws(made.saws, moving),
            moving,
            rows,
            columns,
            start,
            end: made.end,
            coin: None,
        };
        let survey = Survey::of(&level);
        let half = Self::limit(knobs) / 2;
        let last = column(level.end);
        survey.to_end.filter(|&steps| steps <= half)?;
        let there = Bits::rect(0..rows, 0..columns).minus(Bits::one(start));
        let there: Bits = there.iter().filter(|&at| survey.steps[usize::from(at)] <= half).collect();
        let columns_of = |range: std::ops::Range<u8>| Bits::rect(0..rows, range);
        let coin = match ties.of(0) {
            Tie::Bound => Some(level.end),
            Tie::Free => in_some_column(there.and(columns_of(0..last + 1)), placement),
            Tie::Opposed => {
                let back = ((knobs.away * f64::from(last)).ceil() as u8).max(APART);
                let least = if knobs.away > 0.0 { last - back } else { 0 };
                let most = if knobs.opposed == Opposed::Behind { column(start) } else { MAX_SIZE };
                let allowed = least..(last - back + 1).min(most);
                let walked = survey.on_the_way.or(made.ground.and(columns_of(column(start)..columns)));
                in_some_column(there.minus(walked).and(columns_of(allowed)), placement)
            }
            Tie::Absent | Tie::Twice => None,
        };
        level.coin = Some(coin?).filter(|_| ties.has_goal());
        Some(level)
    }

    fn start(level: &Level) -> State {
        State { at: level.start, rise: 0, phase: 0, fired: u8::from(level.start == level.end) << REACH_END }
    }

    fn is_state(level: &Level, state: &State) -> bool {
        let on_grid = row(state.at) < level.rows && column(state.at) < level.columns;
        on_grid && state.rise <= RISE && state.phase < if level.moving { 4 } else { 1 }
    }

    #[inline]
    fn step(level: &Level, state: &mut State, action: u8, _chance: u32) -> Step {
        if state.is_dead() {
            return Step { events: Events::NONE, terminated: true };
        }
        let (after, dead) = level.after(state, action);
        *state = after;
        let here = if dead {
            1 << DIE
        } else {
            u8::from(level.coin == Some(after.at)) << TAKE_COIN
                | u8::from(level.end == after.at) << REACH_END
                | u8::from(column(after.at) > column(level.end)) << GO_BEYOND
        };
        let new = once(&mut state.fired, here);
        Step { events: Events(u16::from(new)), terminated: new & (1 << TAKE_COIN | 1 << DIE) != 0 }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        out.fill(0);
        level.walls.paint(0, level.columns, out);
        level.pits.paint(3, level.columns, out);
        if let Some(coin) = level.coin {
            out[index(coin, level.columns)] |= 1 << 2;
        }
        for (cell, bits) in level.movers(state) {
            out[cell] |= bits;
        }
    }

    #[inline]
    fn patch(level: &Level, before: &State, after: &State, obs: &mut [u8]) {
        for (cell, bits) in level.movers(before) {
            obs[cell] &= !bits;
        }
        for (cell, bits) in level.movers(after) {
            obs[cell] |= bits;
        }
    }

    fn limit(knobs: &Knobs) -> u16 {
        4 * (u16::from(knobs.columns) + 1)
    }

    fn encode(level: &Level) -> LevelText {
        let coin = level.coin.map_or(Bits::NONE, Bits::one);
        let layers = [
            (level.walls, WALL),
            (level.pits, PIT),
            (level.saws[0], SAW),
            (coin, COIN),
            (Bits::one(level.start), AGENT),
        ];
        LevelText {
            map: draw_wide(level.rows, level.columns, &layers),
            fields: fields(&[("end", Some(place_text(level.end))), ("moving", Some(level.moving.to_string()))]),
        }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let map = Map::read_wide(text, &[COIN, PIT, SAW])?;
        let mut given = Fields::of(text);
        let (rows, columns) = (map.size, map.columns);
        let end = given.place_wide("end", rows, columns)?;
        let end = end.ok_or_else(|| Fields::error("end", "missing, expected `row,column`"))?;
        let moving = given.number("moving", false..=true)?;
        given.end()?;
        let middles = map.all(SAW);
        let leaves = |at: &Place| moving && (column(*at) == 0 || column(*at) + 1 >= columns);
        if let Some(at) = middles.iter().find(leaves) {
            return Err(Map::at(at, "a moving saw needs a column on both sides"));
        }
        let (walls, start) = (map.all(WALL), map.one(AGENT)?);
        let (pits, coin, saws) = (map.all(PIT), map.at_most_one(COIN)?, saws(middles, moving));
        Ok(Level { walls, pits, saws, moving, rows, columns, start, end, coin })
    }

    fn counts(_level: &Level, events: &[u32; 16]) -> Vec<(&'static str, f64)> {
        vec![("beyond", f64::from(events[usize::from(GO_BEYOND)])), ("episodes", 1.0)]
    }
}

/// A place drawn uniformly from a column drawn uniformly from those in which `places` are.
fn in_some_column(places: Bits, rng: &mut Rng) -> Option<Place> {
    let in_column = |c: u8| places.and(Bits::rect(0..MAX_SIZE, c..c + 1));
    let columns: Vec<Bits> = (0..MAX_SIZE).map(in_column).filter(|set| !set.is_empty()).collect();
    if columns.is_empty() { None } else { rng.pick(&columns).pick(rng) }
}
