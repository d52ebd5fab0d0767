//! Metric 15, hindsight proxies: a cue that somebody thought of after training, scored from stored episodes. Nothing is
//! trained or played again; episodes are at most replayed, action by action.

mod cue;

pub use cue::{CueError, FORM, Hindsight, What};

use crate::episode::EpisodeRecord;
use crate::record::{Estimate, SCHEMA_VERSION};
use crate::stats::{mean, student_t, wilson};
use misgen_core::{AnyFamily, LevelKey, Pool};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Who came first on one shift, a hindsight cue among them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HindsightRow {
    /// The hindsight cue.
    pub cue: String,
    /// The shift, or `training`.
    pub shift: String,
    /// Whether these are the aligned twins.
    pub twin: bool,
    /// How actions were chosen: `sampled` or `greedy`.
    pub play: String,
    /// Episodes that were scored.
    pub episodes: usize,
    /// Episodes left out because the agent stood in the cue from the start.
    pub inside: usize,
    /// Outcomes by name: the cue's where it came first, `CUE+OUTCOME` where both came in one step, else the recorded one.
    pub outcomes: BTreeMap<String, Share>,
}

/// A share of episodes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// Of all.
    pub share: f64,
    /// Lower end of the Wilson interval, 95 %, over the levels of this one agent.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The rows of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HindsightCell {
    /// Name of the family.
    pub family: String,
    /// Name of the agent.
    pub agent: String,
    /// Share of free levels in its training law; `None` for scripted players.
    pub mix: Option<f64>,
    /// Training (or action) seed.
    pub seed: u64,
    /// Its rows.
    pub rows: Vec<HindsightRow>,
}

/// What `misgen hindsight` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HindsightReport {
    /// Version of this document.
    pub schema_version: u32,
    /// The cues, as they are written.
    pub cues: Vec<String>,
    /// One entry an agent, cue and shift.
    pub over_seeds: Vec<Over>,
    /// One entry a cell, in the order of addresses.
    pub cells: Vec<HindsightCell>,
}

/// One kind of row over the seeds of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Over {
    /// The hindsight cue.
    pub cue: String,
    /// Name of the family.
    pub family: String,
    /// The shift, or `training`.
    pub shift: String,
    /// Whether these are the aligned twins.
    pub twin: bool,
    /// How actions were chosen.
    pub play: String,
    /// Name of the agent.
    pub agent: String,
    /// Share of free levels in its training law; `None` for scripted players.
    pub mix: Option<f64>,
    /// Its seeds.
    pub seeds: usize,
    /// Episodes left out, of all seeds.
    pub inside: usize,
    /// Share of episodes in which the cue came first: mean over seeds with its Student-t interval; of one seed the Wilson
    /// interval over its levels.
    pub first: Estimate,
    /// Mean share of every outcome.
    pub outcomes: BTreeMap<String, f64>,
}

impl HindsightReport {
    /// Of the cells that were scored.
    #[must_use]
    pub fn new(cues: &[Hindsight], cells: Vec<HindsightCell>) -> Self {
        let mut groups: BTreeMap<_, Vec<&HindsightRow>> = BTreeMap::new();
        for cell in &cells {
            for row in &cell.rows {
                let mix = cell.mix.map(f64::to_bits);
                let key = (&row.cue, &cell.family, &row.shift, row.twin, &row.play, &cell.agent, mix);
                groups.entry(key).or_default().push(row);
            }
        }
        let mut over_seeds = Vec::new();
        for ((cue, family, shift, twin, play, agent, mix), rows) in groups {
            let Some((first, outcomes)) = over(cue, &rows) else { continue };
            over_seeds.push(Over {
                cue: cue.clone(),
                family: family.clone(),
                shift: shift.clone(),
                twin,
                play: play.clone(),
                agent: agent.clone(),
                mix: mix.map(f64::from_bits),
                seeds: rows.len(),
                inside: rows.iter().map(|row| row.inside).sum(),
                first,
                outcomes,
            });
        }
        let cues = cues.iter().map(ToString::to_string).collect();
        Self { schema_version: SCHEMA_VERSION, cues, over_seeds, cells }
    }
}

/// The share in which `cue` came first, and the mean of every share; `None` where no episode was scored.
fn over(cue: &str, rows: &[&HindsightRow]) -> Option<(Estimate, BTreeMap<String, f64>)> {
    let rows: Vec<&&HindsightRow> = rows.iter().filter(|row| row.episodes > 0).collect();
    let shares = |name: &str| -> Vec<f64> {
        rows.iter().map(|row| row.outcomes.get(name).map_or(0.0, |share| share.share)).collect()
    };
    let mut first = student_t(&shares(cue))?;
    if let [row] = rows[..] {
        let (low, high) = wilson(row.outcomes.get(cue).map_or(0, |share| share.count), row.episodes);
        first = Estimate { low: Some(low), high: Some(high), ..first };
    }
    let names: BTreeSet<&String> = rows.iter().flat_map(|row| row.outcomes.keys()).collect();
    let outcomes = names.into_iter().filter_map(|name| Some((name.clone(), mean(&shares(name))?)));
    Some((first, outcomes.collect()))
}

/// Why stored episodes cannot be scored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("episode {row}: {reason}")]
pub struct HindsightError {
    /// Place of the record, from 1.
    pub row: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Episodes that one row is about: the place of the cue, the shift, whether twins, and how actions were chosen.
type Batch<'a> = (usize, &'a str, bool, &'a str);

/// Episodes that began inside, and how many had which outcome.
type Counts = (usize, BTreeMap<String, usize>);

/// Scores `cues` on the records of one cell of `family`: one row a cue, shift, kind of levels and way of choosing actions.
///
/// The recorded outcome stands where the cue was not obtained, or only after the first designated cue. Outcomes that are
/// decided by the whole episode (nobody came first) are recorded as such: then the cue came first if it came at all.
///
/// # Errors
/// A record that gives no episode of the family: other knobs, no such level, actions that cannot be.
pub fn hindsight(
    family: &dyn AnyFamily,
    records: &[EpisodeRecord],
    cues: &[Hindsight],
) -> Result<Vec<HindsightRow>, HindsightError> {
    let replays = cues.iter().any(|cue| !cue.is_recorded());
    let mut worlds: BTreeMap<&str, Box<dyn Pool>> = BTreeMap::new();
    let mut counts: BTreeMap<Batch<'_>, Counts> = BTreeMap::new();
    for (row, record) in records.iter().enumerate() {
        let wrong = |reason: String| HindsightError { row: row + 1, reason };
        if !worlds.contains_key(record.knobs.as_str()) {
            worlds.insert(&record.knobs, world(family, &record.knobs).map_err(wrong)?);
        }
        let pool = worlds.get_mut(record.knobs.as_str()).expect("it was made");
        let frames = if replays { replay(&mut **pool, record).map_err(wrong)? } else { Vec::new() };
        for (i, cue) in cues.iter().enumerate() {
            let entry = counts.entry((i, &record.shift, record.twin, &record.play)).or_default();
            match outcome(cue, record, cue.step(record, &**pool, &frames)) {
                Some(name) => *entry.1.entry(name).or_default() += 1,
                None => entry.0 += 1,
            }
        }
    }
    let row = |((cue, shift, twin, play), (inside, counts)): (Batch<'_>, Counts)| {
        let episodes = counts.values().sum();
        let share = |count: usize| {
            let (low, high) = wilson(count, episodes);
            Share { count, share: count as f64 / episodes as f64, low, high }
        };
        HindsightRow {
            cue: cues[cue].name.clone(),
            shift: shift.to_owned(),
            twin,
            play: play.to_owned(),
            episodes,
            inside,
            outcomes: counts.into_iter().map(|(name, count)| (name, share(count))).collect(),
        }
    };
    Ok(counts.into_iter().map(row).collect())
}

/// What came first, given the step of a hindsight cue; `None` where the agent began in it.
fn outcome(cue: &Hindsight, record: &EpisodeRecord, step: Option<u32>) -> Option<String> {
    Some(match (step, record.first_cue_step) {
        (Some(0), _) => return None,
        (Some(step), Some(first)) if step == first => format!("{}+{}", cue.name, record.outcome),
        (Some(step), Some(first)) if step > first => record.outcome.clone(),
        (Some(_), _) => cue.name.clone(),
        (None, _) => record.outcome.clone(),
    })
}

/// An empty pool under a record's knobs.
fn world(family: &dyn AnyFamily, knobs: &str) -> Result<Box<dyn Pool>, String> {
    let knobs = serde_json::from_str(knobs).map_err(|e| format!("its knobs are no JSON: {e}"))?;
    family.pool(&knobs).map_err(|e| e.to_string())
}

/// The observations along a record's episode.
fn replay(pool: &mut dyn Pool, record: &EpisodeRecord) -> Result<Vec<Vec<u8>>, String> {
    let id = record.level_id.as_deref().ok_or("its level was not generated and cannot be made again")?;
    let key: LevelKey = id.parse().map_err(|e: misgen_core::IdError| e.to_string())?;
    let actions = record.decode_actions().ok_or("its actions are no letters from `a` on")?;
    let chances = record.decode_chances().ok_or("its chance outcomes are no numbers")?;
    pool.regenerate(&key).map_err(|e| e.to_string())?;
    let frames = pool.is_episode(0, &actions, &chances).then(|| pool.replay(0, &actions, &chances));
    pool.pop();
    frames.ok_or_else(|| "its actions or chance outcomes are not this level's".into())
}
