//! People as a baseline: episodes that somebody played by hand, recorded one a line, verified, and scored as an agent's are.
//!
//! A recording is text, one JSON object a line, and holds nothing that cannot be checked: whoever reads it plays every
//! episode again ([`verify`]) and refuses one that the world does not give.

mod score;
mod verify;

pub use score::{Coverage, HumanError, Played, Player, score};
pub use verify::verify;

use crate::episode;
use crate::game::Game;
use misgen_core::{Ended, FamilySpec, Rng};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the form of a recorded episode.
pub const RECORDING_VERSION: u32 = 1;
/// The longest recording that is read, bytes.
pub const MAX_RECORDING: u64 = 64 << 20;
/// The most levels of a pool that people play.
pub const MAX_POOL: usize = 4096;
/// The longest name of a player.
const MAX_NAME: usize = 64;

/// One finished episode: a line of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// [`RECORDING_VERSION`].
    pub schema_version: u32,
    /// Family and version: `corner-v0`.
    pub family: String,
    /// The world's complete knobs; those of a shift are not among them.
    pub knobs: Value,
    /// Name of the training law.
    pub law: String,
    /// Name of the shift; `training` for levels of the law.
    pub shift: String,
    /// Levels of the evaluation pool (as many as were asked for).
    pub pool: usize,
    /// Whether the level is the aligned twin of one of the pool.
    pub twin: bool,
    /// Id of the level.
    pub level: String,
    /// One letter a step: `a` is action 0.
    pub actions: String,
    /// Chance outcome of each step; empty where all are 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chances: Vec<u32>,
    /// What happened in which step (from 1), as in `3:enter-corner,7:reach-cheese`.
    pub events: String,
    /// Whether the rules, or the first designated cue, ended it; else the step limit did.
    pub terminated: bool,
    /// Which time the player began this level, from 1.
    pub attempt: u32,
    /// Steps that were taken back.
    pub undone: u32,
    /// Who played; empty where nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub player: String,
}

impl Recorded {
    /// The episode's line, with its end.
    ///
    /// # Panics
    /// Never: records are plain data.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("records are plain data") + "\n"
    }

    /// Fills in what was played; `None` while the episode goes on.
    #[must_use]
    pub fn with(mut self, game: &Game) -> Option<Self> {
        if game.ended() == Ended::No {
            return None;
        }
        let played = game.episode();
        self.level = game.pool().key(game.place() as usize)?.to_string();
        self.actions = played.actions.iter().map(|action| char::from(b'a' + action)).collect();
        self.events = episode::events(game.spec(), &played);
        self.terminated = played.ended == Ended::Terminated;
        self.chances = played.chances;
        self.undone = game.undone();
        Some(self)
    }

    /// What all episodes of one family in a recording share: knobs, law and size of the pools.
    #[must_use]
    pub fn world(&self) -> (&Value, &str, usize) {
        (&self.knobs, &self.law, self.pool)
    }

    /// Whether this is an episode of `spec`'s family, of whatever version.
    #[must_use]
    pub fn is_of(&self, spec: &FamilySpec) -> bool {
        self.family.rsplit_once("-v").is_some_and(|(name, _)| name == spec.name)
    }
}

/// Why a line of a recording cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    /// Line, from 1.
    pub line: usize,
    /// What was found and what was expected.
    pub reason: String,
}

/// Whether `name` can be a player's: at most 64 letters, digits, blanks, `.`, `_`, `-`.
#[must_use]
pub fn is_player(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
    name.len() <= MAX_NAME && name.chars().all(fits)
}

/// Reads a recording's form: episodes with their lines, from 1. Whether they are true is for [`verify`] to say.
///
/// # Errors
/// The first line that is not an episode, with what was expected.
pub fn parse(bytes: &[u8]) -> Result<Vec<(usize, Recorded)>, LineError> {
    let mut all = Vec::new();
    for (i, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let whole = line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            continue;
        }
        all.push((i + 1, one(line, whole).map_err(|reason| LineError { line: i + 1, reason })?));
    }
    Ok(all)
}

fn one(line: &[u8], whole: bool) -> Result<Recorded, String> {
    let record: Recorded = serde_json::from_slice(line).map_err(|error| {
        let cut = if whole { "" } else { "the line is cut short, " };
        // The parser counts lines of what it was given, which is always the first.
        let said = error.to_string();
        let said = said.split(" at line 1 ").next().unwrap_or(&said);
        // It quotes what the line holds.
        let shown = |c: char| if c == ' ' || c.is_ascii_graphic() { vec![c] } else { c.escape_unicode().collect() };
        let said: String = said.chars().take(400).flat_map(shown).collect();
        format!("{cut}column {}: {said}, expected an episode as `misgen play --record` writes it", error.column())
    })?;
    if record.schema_version != RECORDING_VERSION {
        return Err(format!("schema_version {}, expected {RECORDING_VERSION}", record.schema_version));
    }
    if !(1..=MAX_POOL).contains(&record.pool) {
        return Err(format!("a pool of {} levels, expected 1 to {MAX_POOL}", record.pool));
    }
    if !is_player(&record.player) {
        return Err("the player's name has other characters than letters, digits, blanks, `.`, `_`, `-`".into());
    }
    if record.attempt == 0 {
        return Err("attempt 0, expected 1 or more".into());
    }
    Ok(record)
}

/// The order in which a person meets the levels of a pool and their twins: (whether it is the twin, place in the pool).
///
/// Levels come in the pool's order, twins in the same order from its middle on, so that a layout does not follow on itself;
/// a keyed draw says which comes next, so that nobody can tell one from the other by its place.
#[must_use]
pub fn order(levels: usize, twins: usize) -> Vec<(bool, u32)> {
    let mut rng = Rng::keyed(0, "human/order", (levels + twins) as u64);
    let (mut level, mut twin) = (0, 0);
    let mut all = Vec::with_capacity(levels + twins);
    while level + twin < levels + twins {
        let left = (levels - level + twins - twin) as u32;
        if (rng.below(left) as usize) < levels - level {
            all.push((false, level as u32));
            level += 1;
        } else {
            all.push((true, ((twin + twins / 2) % twins) as u32));
            twin += 1;
        }
    }
    all
}
