//! What of a run can be looked at beside its numbers: replays, where episodes end, what a net thinks all over a level.
//! `exhibits.json` of a run, made of its episodes and checkpoints; no number of a result depends on it.

mod choose;
mod field;
mod pair;
mod row;
mod shelf;

pub use choose::{RULE, RULE_OF_PAIRS};
pub use pair::SideBySide;
pub use row::Played;
pub use shelf::Shelf;

use crate::attribute::Attribution;
use crate::attribute::preference::Pair;
use misgen_core::{Channel, Layer, Rgb};
use serde::{Deserialize, Serialize};

/// The exhibits of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exhibits {
    /// [`crate::record::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Name of the suite.
    pub suite: String,
    /// How episodes were chosen, in words.
    pub rule: String,
    /// The worlds of the suite, in order.
    pub worlds: Vec<WorldExhibits>,
    /// What is missing, and why.
    pub notes: Vec<String>,
}

impl Exhibits {
    /// Takes over what `before` attributes to players of which nothing shown has changed since: what their nets did, held likely and
    /// expected is equal.
    pub fn keep_attribution(&mut self, before: Self) {
        for mut old in before.worlds {
            let same = |world: &&mut WorldExhibits| world.world == old.world && world.levels.starts_with(&old.levels);
            let Some(world) = self.worlds.iter_mut().find(same) else { continue };
            for agent in &mut world.agents {
                let is =
                    |one: &AgentExhibits| (&one.agent, one.mix, &one.rows) == (&agent.agent, agent.mix, &agent.rows);
                if let Some(known) = old.agents.iter_mut().find(|one| is(one)) {
                    agent.attribution = known.attribution.take();
                }
            }
        }
    }
}

/// The exhibits of one world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldExhibits {
    /// Name of the world in the suite.
    pub world: String,
    /// Name of the family.
    pub family: String,
    /// Its version.
    pub family_version: u32,
    /// Names of the actions, in order.
    pub actions: Vec<String>,
    /// Names of the cues, the goal first.
    pub cues: Vec<String>,
    /// What bit k of a cell means.
    pub channels: Vec<ChannelLook>,
    /// Different levels, each once; replays and fields name them by their place here.
    pub levels: Vec<LevelExhibit>,
    /// Its players, in suite order.
    pub agents: Vec<AgentExhibits>,
}

/// What a channel looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelLook {
    /// Its name; the one called `agent` is where the agent stands.
    pub name: String,
    /// One character that stands for it.
    pub glyph: char,
    /// Its colour: red, green, blue.
    pub color: (u8, u8, u8),
    /// What it does to the picture of a cell.
    pub layer: Layer,
}

impl From<&Channel> for ChannelLook {
    fn from(channel: &Channel) -> Self {
        let Rgb(r, g, b) = channel.color;
        Self { name: channel.name.into(), glyph: channel.glyph, color: (r, g, b), layer: channel.layer }
    }
}

impl ChannelLook {
    /// As pictures draw it: to them a name tells the agent from everything else.
    #[must_use]
    pub fn channel(&self) -> Channel {
        let (r, g, b) = self.color;
        let name = if self.name == "agent" { "agent" } else { "" };
        Channel { name, glyph: self.glyph, color: Rgb(r, g, b), layer: self.layer }
    }
}

/// One level as it is before the first step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelExhibit {
    /// The shift whose pool it is of; `training` for held-out levels of the training law.
    pub shift: String,
    /// Its place in that pool, from 0.
    pub place: u32,
    /// Whether it is the aligned twin of that level.
    pub twin: bool,
    /// Its id, where it was generated.
    pub id: Option<String>,
    /// Cells in a row and in a column.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bits of each cell, row by row.
    pub cells: Vec<u16>,
    /// What optimal players do: the goal's pursuer first, then each proxy's that can be pursued here.
    pub ways: Vec<WayExhibit>,
}

/// The way of an optimal player of one cue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayExhibit {
    /// Index of the cue in [`WorldExhibits::cues`]; one beyond them stands for the training reward.
    pub cue: usize,
    /// The agent's cells from the start on, one a step; empty where its place is not in sight.
    pub cells: Vec<u16>,
    /// Steps taken.
    pub steps: usize,
    /// Discounted return of the goal's reward.
    pub goal_return: f64,
}

/// The exhibits of one player in one world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentExhibits {
    /// Agent name.
    pub agent: String,
    /// Share of free levels in its training law; null for scripted players.
    pub mix: Option<f64>,
    /// The training row, then its shifts in suite order; rows without an episode are missing.
    pub rows: Vec<RowExhibits>,
    /// Attribution on the main conflict shift, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
}

/// The exhibits of one player on one shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowExhibits {
    /// The shift; `training` for the training row.
    pub shift: String,
    /// Where sampled episodes end, over all seeds; null where the agent's place is not in sight.
    pub ends: Option<Ends>,
    /// Which cue came first when two competed, over the sampled episodes of all seeds; empty where the kind or role defines none.
    pub preference: Vec<Pair>,
    /// What the net thinks in every reachable place of one level; null where there is no net, or levels are not enumerated.
    pub field: Option<Field>,
    /// Chosen episodes, see [`Exhibits::rule`].
    pub replays: Vec<Replay>,
}

/// How many episodes ended with the agent in each cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Count of each cell, row by row.
    pub counts: Vec<u32>,
}

/// What a net thinks in every place of a level, nothing having happened yet but steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Place in [`WorldExhibits::levels`].
    pub level: usize,
    /// Training seed of the net.
    pub seed: u64,
    /// Cells in which the agent can be, each in the first state of a breadth-first search from the start that has it there.
    pub cells: Vec<u16>,
    /// Probability of each action in each of them, in per cent, `[cells][actions]`.
    pub percent: Vec<Vec<u8>>,
    /// The net's estimate of its return in each of them; empty where it has none.
    pub values: Vec<f32>,
}

/// One episode to watch, and what the agent did on the level's aligned twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Why it was chosen: `typical goal`, `typical mark`, `goal` (a further one).
    pub why: String,
    /// Training (or action) seed.
    pub seed: u64,
    /// On the level of the shift.
    pub shown: Track,
    /// On its aligned twin, where the role has twins.
    pub twin: Option<Track>,
}

/// One episode, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Place in [`WorldExhibits::levels`].
    pub level: usize,
    /// What came first: `goal`, a proxy (`mark+side`), `died`, `neither`.
    pub outcome: String,
    /// Whether the rules, or the first designated cue, ended it; else the step limit did.
    pub terminated: bool,
    /// Discounted return of the goal's reward.
    pub goal_return: f64,
    /// The same for best play on this level.
    pub goal_best: f64,
    /// One letter a step: `a` is action 0.
    pub actions: String,
    /// What happened in which step (from 1), as in `3:enter-corner,7:reach-cheese`.
    pub events: String,
    /// Cells that each step changed, and what they then hold: `[steps][changes] = (cell, bits)`.
    pub changes: Vec<Vec<(u16, u16)>>,
    /// Probability of each action before each step, in per cent, `[steps][actions]`; empty where the player does not say.
    pub percent: Vec<Vec<u8>>,
    /// The player's estimate of its return before each step; empty where it has none.
    pub values: Vec<f32>,
}

/// Two players on the same levels, level by level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pairing {
    /// Suite of the base.
    pub base: String,
    /// Suite of the head.
    pub head: String,
    /// One entry a pair of players and a shift.
    pub rows: Vec<PairedRow>,
    /// How episodes were chosen, in words.
    pub rule: String,
    /// Episodes to watch. A player here is a pair of players: in its replays `shown` is what the head did, and `twin` what the base did on the
    /// same level.
    pub worlds: Vec<WorldExhibits>,
    /// What is missing, and why.
    pub notes: Vec<String>,
}

/// Two players on one shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PairedRow {
    /// Name of the world.
    pub world: String,
    /// The shift; `training` for the training row.
    pub shift: String,
    /// Whether it is the main conflict shift.
    pub main: bool,
    /// The two players, as in [`AgentExhibits::agent`] of [`Pairing::worlds`].
    pub players: String,
    /// Pairs of seeds.
    pub seeds: usize,
    /// Levels that both played.
    pub levels: usize,
    /// What came first with the one and with the other on the same level, most frequent first.
    pub crossings: Vec<Crossing>,
}

/// How often one outcome met another on the same level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Crossing {
    /// Outcome of the base.
    pub base: String,
    /// Outcome of the head.
    pub head: String,
    /// Pairs of episodes.
    pub count: usize,
}
