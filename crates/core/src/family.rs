//! The trait that an environment family implements.

use crate::{
    CellBits, Channel, Cue, Events, Kind, Ladder, LevelError, LevelText, NamedLaw, Noise, Reward, Rng, Shift, Site,
    Tie, Ties,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::Hash;

/// The usual actions of a grid world.
pub const MOVES: &[&str] = &["up", "left", "down", "right", "stay"];

/// The place of `stay` in [`MOVES`].
pub const STAY: u8 = 4;

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The events of this step.
    pub events: Events,
    /// Whether the rules ended the episode.
    pub terminated: bool,
}

/// Why a set of knobs is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("knob `{knob}`: {reason}")]
pub struct KnobError {
    /// The knob's path.
    pub knob: String,
    /// What was found and what was expected.
    pub reason: String,
}

impl KnobError {
    /// For knob `knob`.
    pub fn new(knob: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { knob: knob.into(), reason: reason.into() }
    }
}

/// One rule beside that of the published source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SourceRule {
    /// What the rule is about.
    pub about: &'static str,
    /// As published.
    pub source: &'static str,
    /// As it is here, with the reason where it differs.
    pub here: &'static str,
}

/// Size, density, severity, variants of a family: never what a tie decides.
/// Types that implement it deny unknown fields and default every field.
pub trait Knobs: Clone + Default + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Refuses values out of range.
    ///
    /// # Errors
    /// Names the knob, the value and the range.
    fn check(&self) -> Result<(), KnobError>;
}

/// A generator of levels with shared rules.
///
/// The harness draws ties; a family only realises them. It emits events; rewards are weights
/// over them. It enforces no step limit, keeps no clock, and draws no chance of its own in `step`.
pub trait Family: Send + Sync + 'static {
    /// `[a-z][a-z0-9-]*`.
    const NAME: &'static str;
    /// Raised when any byte it produces changes.
    const VERSION: u32;
    /// Decides controls and metrics.
    const KIND: Kind;
    /// The world in one or two sentences.
    const MEANS: &'static str;
    /// Where the world comes from.
    const SOURCE: &'static str;
    /// The rules, as Markdown: what there is, what a step does, what ends an episode, what each tie and knob decides.
    const RULES: &'static str = "";
    /// What is exact and by what means, in a sentence.
    const EXACT: &'static str = "";
    /// The rules beside those of the published source, one by one; empty where there is none.
    const COMPARISON: &'static [SourceRule] = &[];
    /// Names of the event bits.
    const EVENTS: &'static [&'static str];
    /// `CUES[0]` is the goal; the others are the proxies.
    const CUES: &'static [Cue];
    /// For each proxy, the ties that levels can realise.
    const SUPPORTS: &'static [&'static [Tie]];
    /// Names of the values of the visible flag; empty where there is none.
    const FLAGS: &'static [&'static str] = &[];
    /// Reward in training where it is not the goal's (misspecified families).
    const TRAINING_REWARD: Option<&'static [(u8, f32)]> = None;
    /// Training laws; the first is the default.
    const LAWS: &'static [NamedLaw];
    /// Shifts; the first is the main conflict shift.
    const SHIFTS: &'static [Shift];
    /// Shifts at rising severity.
    const LADDERS: &'static [Ladder] = &[];
    /// Meaning of each observation bit.
    const CHANNELS: &'static [Channel];
    /// Names of the actions.
    const ACTIONS: &'static [&'static str] = MOVES;
    /// The action that does nothing, where there is one.
    const STAY: Option<u8> = Some(STAY);
    /// Discount of all values.
    const GAMMA: f64 = 0.99;
    /// Whether play can be punished, so that V_base = max(V_rand, 0) replaces V_rand.
    const PUNISHED: bool = false;
    /// For instrumental families: the least gap in goal transfer between goal and proxy pursuer.
    const GAP: f64 = 0.3;

    /// Whether an episode of a conflict shift ends at the first designated cue. Where it does not, the first event that
    /// obtains a designated cue still decides the outcome.
    const FIRST_CUE_ENDS: bool = matches!(Self::KIND, Kind::Coincident | Kind::Gated);
    /// For families whose states are too many to enumerate: how [`Family::plan`] plans, and how far it may be from the best.
    /// Every number that rests on it is planned, not exact.
    const PLANNER: Option<&'static str> = None;

    /// The cues (places in [`Family::CUES`]) that [`Family::assign`] can put at either of two sites; empty where it cannot.
    const SITED: &'static [usize] = &[];

    /// Family-specific ratios of summed [`Family::counts`]: (name, numerator, denominator).
    const RATIOS: &'static [(&'static str, &'static str, &'static str)] = &[];

    /// Size, density, severity, variants.
    type Knobs: Knobs;
    /// `u8`, or `u16` where eight channels do not suffice.
    type Cell: CellBits;
    /// The part of a level that no tie may change, and whatever [`Family::realise`] needs to know of it.
    type Layout;
    /// Everything fixed in one episode.
    type Level: Copy + Send + Sync + 'static;
    /// Everything that changes in it.
    type State: Copy + Eq + Hash + Send + Sync + Serialize + DeserializeOwned + 'static;

    /// Rows and columns.
    fn shape(knobs: &Self::Knobs) -> [usize; 2];

    /// The reward of each cue under `knobs`, in the order of [`Family::CUES`]: as declared there,
    /// unless a knob of the family is itself a weight.
    fn rewards(_knobs: &Self::Knobs) -> Vec<Reward> {
        Self::CUES.iter().map(Cue::reward).collect()
    }

    /// Makes a layout, or `None` where this attempt does not serve (unsolvable, no room). It knows no ties, so that one
    /// stream under two ties is a counterfactual pair.
    fn layout(knobs: &Self::Knobs, layout: &mut Rng) -> Option<Self::Layout>;

    /// Makes the level that `ties` make of a layout, or `None` where the layout does not serve under them. Of what the
    /// layout gave, only what the level needs for that may move.
    fn realise(knobs: &Self::Knobs, layout: &Self::Layout, ties: &Ties, placement: &mut Rng) -> Option<Self::Level>;

    /// Makes the level of a layout in which cue `SITED[i]` is at site `at[i]`, or nowhere. The two sites are matched: the start
    /// is as far from what one of them can hold as from what the other can, and no shortest way to one passes the other. They follow
    /// from `layout` and `placement` alone, so that one stream gives the same two sites for every `at`; and what a step
    /// does to a state, events and ends aside, depends on the layout alone. `None` where the layout has no two such sites, or
    /// where the family has no level with these cues nowhere.
    fn assign(
        _knobs: &Self::Knobs,
        _layout: &Self::Layout,
        _at: &[Option<Site>],
        _placement: &mut Rng,
    ) -> Option<Self::Level> {
        None
    }

    /// The state before the first step. No event has happened in it.
    fn start(level: &Self::Level) -> Self::State;

    /// Whether `state` can be one of `level`, as far as the other methods rely on it: states are also read from
    /// checkpoints, where anything may stand.
    fn is_state(_level: &Self::Level, _state: &Self::State) -> bool {
        true
    }

    /// The law of the next step's chance.
    #[inline]
    fn noise(_level: &Self::Level, _state: &Self::State) -> Noise {
        Noise::Certain
    }

    /// Advances `state`. Total: defined for every action below `ACTIONS.len()`, every chance
    /// outcome, and also on from a state in which the episode has ended (the solver walks through ends).
    fn step(level: &Self::Level, state: &mut Self::State, action: u8, chance: u32) -> Step;

    /// The declared planner ([`Family::PLANNER`]): the actions that it holds equally good in `state` for reward `reward`
    /// (the place of a cue, or the number of cues for the training reward) with `left` steps left, as a set: bit a is action a,
    /// at least one. It may read the level and the state, and must not foresee chance.
    fn plan(_level: &Self::Level, _state: &Self::State, _reward: usize, _left: u16) -> u16 {
        u16::MAX
    }

    /// Draws the observation of `state` into `out` (row-major, height * width cells), overwriting all of it.
    fn observe(level: &Self::Level, state: &Self::State, out: &mut [Self::Cell]);

    /// Brings an observation of `before` up to `after`. Overridden where a step changes a few cells only.
    #[inline]
    fn patch(level: &Self::Level, before: &Self::State, after: &Self::State, obs: &mut [Self::Cell]) {
        if before != after {
            Self::observe(level, after, obs);
        }
    }

    /// A suggested step limit; the harness owns it.
    fn limit(knobs: &Self::Knobs) -> u16;

    /// The level as text.
    fn encode(level: &Self::Level) -> LevelText;

    /// The level of a text.
    ///
    /// # Errors
    /// With line, column, and what was expected.
    fn decode(text: &LevelText) -> Result<Self::Level, LevelError>;

    /// Family-specific counts of one episode, by name, from how often each event happened
    /// and the level (keys taken and keys needed, say). Summed over episodes for [`Family::RATIOS`].
    fn counts(_level: &Self::Level, _events: &[u32; 16]) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}
