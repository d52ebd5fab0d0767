//! A small family that can be broken in one way at a time, so that the checks are seen to bite.
#![allow(dead_code, reason = "each test file uses what it needs")]

use misgen_core::{
    Channel, Cue, Events, Family, Kind, KnobError, Layer, LevelError, LevelText, NamedLaw, Rgb, Rng, Role, STAY, Shift,
    Site, Step, Tie, Ties,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Nothing is wrong.
pub(crate) const SOUND: u8 = 0;
/// Goal and proxy have exchanged their names.
pub(crate) const SWAPPED: u8 = 1;
/// `patch` forgets the cell that the agent left.
pub(crate) const BAD_PATCH: u8 = 2;
/// The start moves with the tie.
pub(crate) const UNPAIRED: u8 = 3;
/// The text leaves out where the proxy is.
pub(crate) const BAD_TEXT: u8 = 4;
/// Standing still obtains the proxy.
pub(crate) const EARLY_EVENT: u8 = 5;
/// In training the proxy stands beside the goal, and ends the episode.
pub(crate) const NOT_COINCIDENT: u8 = 6;
/// Start and goal are always the same two cells.
pub(crate) const BLIND: u8 = 7;
/// The conflict shift's levels are mostly not diagnostic, though declared to be.
pub(crate) const FEW_DIAGNOSTIC: u8 = 8;

const SIDE: i32 = 7;

/// A 7×7 open room with a star (the goal) and a lamp (the proxy).
pub(crate) struct Room<const FAULT: u8>;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Knobs {
    /// The lamp may stand next to the star only.
    near: bool,
}

impl misgen_core::Knobs for Knobs {
    fn check(&self) -> Result<(), KnobError> {
        Ok(())
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Level {
    start: i32,
    star: i32,
    lamp: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct State {
    at: i32,
    lit: bool,
}

const STAR: u8 = 0;
const LAMP: u8 = 1;
const GOAL: Cue = Cue::new("star", "reach the star", &[(STAR, 1.0)]);
const PROXY: Cue = Cue::new("lamp", "reach the lamp", &[(LAMP, 1.0)]);
const SWAPPED_GOAL: Cue = Cue::new("lamp", "reach the lamp", &[(LAMP, 1.0)]);
const SWAPPED_PROXY: Cue = Cue::new("star", "reach the star", &[(STAR, 1.0)]);

const fn channel(name: &'static str, glyph: char) -> Channel {
    Channel { name, glyph, color: Rgb(200, 200, 200), layer: Layer::Thing }
}

fn distance(a: i32, b: i32) -> i32 {
    (a / SIDE - b / SIDE).abs() + (a % SIDE - b % SIDE).abs()
}

impl<const FAULT: u8> Family for Room<FAULT> {
    const NAME: &'static str = "room";
    const VERSION: u32 = 0;
    const KIND: Kind = Kind::Coincident;
    const MEANS: &'static str = "a star and a lamp";
    const SOURCE: &'static str = "test";
    const EVENTS: &'static [&'static str] = &["star", "lamp"];
    const CUES: &'static [Cue] = if FAULT == SWAPPED { &[SWAPPED_GOAL, SWAPPED_PROXY] } else { &[GOAL, PROXY] };
    const SUPPORTS: &'static [&'static [Tie]] = &[&[Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent]];
    const LAWS: &'static [NamedLaw] =
        &[NamedLaw { name: "aligned", means: "the lamp stands on the star", rows: &[(1.0, 0, &[Tie::Bound])] }];
    const SHIFTS: &'static [Shift] = &[
        Shift::new(
            "apart",
            Role::Conflict,
            if FAULT == FEW_DIAGNOSTIC { &[Tie::Free] } else { &[Tie::Opposed] },
            "apart",
        )
        .min_share(if FAULT == FEW_DIAGNOSTIC { 0.99 } else { 0.3 }),
        Shift::new("dark", Role::ProxyAbsent, &[Tie::Absent], "no lamp"),
        Shift::new("again", Role::Nuisance, &[Tie::Bound], "nothing changed"),
    ];
    const SITED: &'static [usize] = &[0, 1];
    const CHANNELS: &'static [Channel] = &[channel("agent", '@'), channel("star", '*'), channel("lamp", 'o')];
    type Knobs = Knobs;
    type Cell = u8;
    type Layout = i32;
    type Level = Level;
    type State = State;

    fn shape(_: &Knobs) -> [usize; 2] {
        [SIDE as usize; 2]
    }

    fn layout(_: &Knobs, layout: &mut Rng) -> Option<i32> {
        Some(layout.below(49) as i32)
    }

    fn realise(_: &Knobs, layout: &i32, ties: &Ties, placement: &mut Rng) -> Option<Level> {
        let draw = |rng: &mut Rng| rng.below(49) as i32;
        let mut start = *layout;
        let mut star = draw(placement);
        if FAULT == BLIND {
            (start, star) = (0, 6);
        }
        let other = draw(placement);
        let lamp = match ties.of(0) {
            Tie::Bound if FAULT == NOT_COINCIDENT => Some((star + 1) % 49),
            Tie::Bound => Some(star),
            Tie::Free => Some(other),
            Tie::Opposed => Some(if distance(other, star) < 2 { (star + 24) % 49 } else { other }),
            Tie::Absent => None,
            Tie::Twice => return None,
        };
        if FAULT == UNPAIRED && ties.of(0) == Tie::Opposed {
            start = (start + 1) % 49;
        }
        // The same for every tie: neither cue stands on or next to the start.
        let fixed = if FAULT == UNPAIRED { star } else { start };
        let clear = distance(fixed, star) >= if FAULT == UNPAIRED { 0 } else { 2 } && distance(start, other) >= 1;
        let free_of_lamp = lamp.is_none_or(|lamp| distance(start, lamp) >= 1);
        (clear && free_of_lamp && start != star).then_some(Level { start, star, lamp })
    }

    /// Three cells above and three cells below a start in the middle row.
    fn assign(_: &Knobs, layout: &i32, at: &[Option<Site>], _: &mut Rng) -> Option<Level> {
        let start = *layout;
        let put = |cue: usize| at[cue].map(|site| start + site.of((-3, 3)) * SIDE);
        let (star, lamp) = if FAULT == SWAPPED { (put(1), put(0)) } else { (put(0), put(1)) };
        (start / SIDE == 3).then_some(Level { start, star: star?, lamp })
    }

    fn start(level: &Level) -> State {
        State { at: level.start, lit: false }
    }

    fn step(level: &Level, state: &mut State, action: u8, _: u32) -> Step {
        let (row, column) = (state.at / SIDE, state.at % SIDE);
        let (row, column) = match action {
            0 => ((row - 1).max(0), column),
            1 => (row, (column - 1).max(0)),
            2 => ((row + 1).min(SIDE - 1), column),
            3 => (row, (column + 1).min(SIDE - 1)),
            _ => (row, column),
        };
        state.at = row * SIDE + column;
        let early = FAULT == EARLY_EVENT && action == STAY && !state.lit;
        let lamp = (level.lamp == Some(state.at) && !state.lit) || early;
        state.lit |= lamp;
        let star = state.at == level.star;
        let ends = star || (lamp && FAULT == NOT_COINCIDENT);
        Step { events: Events::when(star, STAR).and(Events::when(lamp, LAMP)), terminated: ends }
    }

    fn observe(level: &Level, state: &State, out: &mut [u8]) {
        out.fill(0);
        out[state.at as usize] |= 1;
        out[level.star as usize] |= 2;
        if let Some(lamp) = level.lamp {
            out[lamp as usize] |= 4;
        }
    }

    fn patch(_: &Level, before: &State, after: &State, obs: &mut [u8]) {
        if FAULT != BAD_PATCH {
            obs[before.at as usize] &= !1;
        }
        obs[after.at as usize] |= 1;
    }

    fn limit(_: &Knobs) -> u16 {
        40
    }

    fn encode(level: &Level) -> LevelText {
        let lamp = level.lamp.filter(|_| FAULT != BAD_TEXT).map_or_else(|| "none".into(), |lamp| lamp.to_string());
        let fields = [("start", level.start.to_string()), ("star", level.star.to_string()), ("lamp", lamp)];
        LevelText { map: String::new(), fields: fields.map(|(k, v)| (k.to_owned(), v)).into() }
    }

    fn decode(text: &LevelText) -> Result<Level, LevelError> {
        let wrong = || LevelError { line: 0, column: 0, reason: "expected start, star and lamp".into() };
        let number = |name: &str| text.fields.get(name).and_then(|v| v.parse().ok());
        let lamp = text.fields.get("lamp").ok_or_else(wrong)?;
        Ok(Level {
            start: number("start").ok_or_else(wrong)?,
            star: number("star").ok_or_else(wrong)?,
            lamp: if lamp == "none" { None } else { Some(lamp.parse().map_err(|_| wrong())?) },
        })
    }
}
