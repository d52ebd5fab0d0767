//! Episodes as they are recorded: what was played, what came of it, and the values that every metric compares it with.
//!
//! All numbers of a row ([`crate::record::SeedRow`]) follow from its episodes alone; docs/records.md has the formulas.

use crate::metrics::{Contest, Scored, base, training_reward};
use crate::rollout::Episode;
use misgen_core::{Ended, Events, FamilySpec, Pool, Role};
use misgen_solve::LevelValues;
use std::collections::BTreeMap;

/// What one reward came to in an episode, and what it comes to in reference play on the same level and process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scale {
    /// Discounted return of the episode.
    pub got: f64,
    /// What metrics measure from: random play's value, never below 0 in families whose play can be punished.
    pub base: f64,
    /// Value under the reward's own pursuer.
    pub best: f64,
}

/// One episode of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct EpisodeRecord {
    /// Shift, or `training`.
    pub shift: String,
    /// Its role.
    pub role: Role,
    /// Whether it was played on the aligned twin.
    pub twin: bool,
    /// How actions were chosen: `sampled` or `greedy`.
    pub play: String,
    /// Place of the level in its pool, from 0.
    pub level: u32,
    /// Id of the level (of the twin, where it was played on the twin), where it was generated.
    pub level_id: Option<String>,
    /// The complete knobs of the pool, as JSON: with them and the id the level can be made again.
    pub knobs: String,
    /// Steps played.
    pub steps: u32,
    /// Whether the rules, or the first designated cue, ended it; else the step limit did.
    pub terminated: bool,
    /// What came first: `goal`, a proxy (`mark+side`), `died`, `neither`.
    pub outcome: String,
    /// Step of the first designated cue, from 1, where one was obtained.
    pub first_cue_step: Option<u32>,
    /// Fewest steps in which anybody could obtain a designated cue, where one can be obtained.
    pub shortest: Option<u32>,
    /// Under the reward that agents train on.
    pub training: Scale,
    /// Under each cue's reward, the goal's first.
    pub cues: Vec<Scale>,
    /// Family-specific counts, by name.
    pub counts: BTreeMap<String, f64>,
    /// One letter a step: `a` is action 0.
    pub actions: String,
    /// Chance outcome of each step, parted by blanks; `None` where all are 0.
    pub chances: Option<String>,
    /// What happened in which step (from 1), as in `3:enter-corner,7:reach-cheese`; joined by `+` within a step.
    pub events: String,
}

impl EpisodeRecord {
    /// The actions as numbers; `None` where the text is not of that form.
    #[must_use]
    pub fn decode_actions(&self) -> Option<Vec<u8>> {
        self.actions.bytes().map(|b| b.is_ascii_lowercase().then(|| b - b'a')).collect()
    }

    /// The chance outcomes, empty where all are 0; `None` where the text is not of that form.
    #[must_use]
    pub fn decode_chances(&self) -> Option<Vec<u32>> {
        self.chances.iter().flat_map(|text| text.split(' ')).map(|number| number.parse().ok()).collect()
    }
}

/// What the episodes of one batch have in common.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub(crate) spec: &'a FamilySpec,
    pub(crate) shift: &'a str,
    pub(crate) role: Role,
    pub(crate) twin: bool,
    pub(crate) play: &'a str,
    pub(crate) contest: &'a Contest,
    /// The levels played.
    pub(crate) levels: &'a dyn Pool,
    /// Their values, in order.
    pub(crate) values: &'a [LevelValues],
}

impl Batch<'_> {
    /// The records of episodes and how they were scored, in order.
    pub(crate) fn records(&self, played: &[Episode], scored: &[Scored]) -> Vec<EpisodeRecord> {
        let knobs = self.levels.knobs().to_string();
        played.iter().zip(scored).map(|(episode, scored)| self.record(episode, scored, &knobs)).collect()
    }

    fn record(&self, episode: &Episode, scored: &Scored, knobs: &str) -> EpisodeRecord {
        let level = episode.level as usize;
        let values = &self.values[level];
        let scale =
            |got: f64, i: usize| Scale { got, base: base(self.spec, values.random[i]), best: values.pursuers[i][i] };
        let chances: Vec<String> = episode.chances.iter().map(ToString::to_string).collect();
        EpisodeRecord {
            shift: self.shift.to_owned(),
            role: self.role,
            twin: self.twin,
            play: self.play.to_owned(),
            level: episode.level,
            level_id: self.levels.key(level).map(|key| key.to_string()),
            knobs: knobs.to_owned(),
            steps: episode.actions.len() as u32,
            terminated: episode.ended == Ended::Terminated,
            outcome: self.contest.outcome(episode).name(self.spec),
            first_cue_step: scored.first_step.map(u32::from),
            shortest: values.shortest,
            training: scale(scored.training_return, training_reward(self.spec)),
            cues: scored.returns.iter().enumerate().map(|(i, got)| scale(*got, i)).collect(),
            counts: scored.counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            actions: episode.actions.iter().map(|action| char::from(b'a' + action)).collect(),
            chances: (!chances.is_empty()).then(|| chances.join(" ")),
            events: events(self.spec, episode),
        }
    }
}

/// The events of a step by name, joined by `+`.
#[must_use]
pub fn event_names(spec: &FamilySpec, events: Events) -> String {
    let happened = spec.events.iter().enumerate().filter(|(k, _)| events.0 >> k & 1 == 1);
    happened.map(|(_, name)| *name).collect::<Vec<_>>().join("+")
}

/// The events of an episode by name.
pub(crate) fn events(spec: &FamilySpec, episode: &Episode) -> String {
    let one = |(step, events): &(u16, Events)| format!("{}:{}", step + 1, event_names(spec, *events));
    episode.events.iter().map(one).collect::<Vec<_>>().join(",")
}
