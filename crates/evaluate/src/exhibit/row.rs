//! The exhibits of one player on one shift.

use super::choose::chosen;
use super::field::{FieldError, field, percent, rounded};
use super::shelf::{Shelf, Side, cells};
use super::{Ends, Replay, RowExhibits, Track};
use crate::attribute::preference::pairs;
use crate::attribute::trace::{Trace, trace_of};
use crate::episode::EpisodeRecord;
use crate::pools::EvalPool;
use crate::row::EvaluateError;
use crate::way::places;
use misgen_core::{Policy, PolicyError, Role};

/// What there is of a player on one shift.
pub struct Played<'a> {
    /// Levels, twins, and how they are played.
    pub pool: &'a EvalPool,
    /// Its episodes on this shift by seed, as they were recorded.
    pub seeds: &'a [(u64, Vec<EpisodeRecord>)],
    /// The seed that is shown.
    pub shown: u64,
}

impl Played<'_> {
    /// The exhibits, and why some are missing. `policy` is the net of the shown seed, where there is one.
    ///
    /// # Errors
    /// When the policy fails or a level cannot be solved.
    pub fn exhibits(
        &self,
        mut policy: Option<&mut dyn Policy>,
        shelf: &mut Shelf,
    ) -> Result<(RowExhibits, Option<String>), EvaluateError> {
        let shift = &self.pool.shift;
        let (mut replays, mut note) = (Vec::new(), None);
        if let Some((seed, records)) = self.seeds.iter().find(|(seed, _)| *seed == self.shown) {
            let mut thoughts = [Vec::new(), Vec::new()];
            let at = |twin: bool| -> Vec<&EpisodeRecord> {
                records.iter().filter(|r| r.play == "sampled" && r.twin == twin && self.is_episode(r)).collect()
            };
            let (levels, twins) = (at(false), at(true));
            let picked = chosen(&levels, self.pool.spec.is_decided());
            if let Some(policy) = policy.as_deref_mut() {
                let ids: Vec<u32> = picked.iter().map(|(i, _)| levels[*i].level).collect();
                for (twin, kept) in thoughts.iter_mut().enumerate() {
                    *kept = self.thoughts(policy, *seed, twin == 1, ids.clone())?;
                }
            }
            for (i, why) in picked {
                let record = levels[i];
                let twin = twins.iter().find(|twin| twin.level == record.level);
                let mut track = |record: &EpisodeRecord| {
                    let thought = thoughts[usize::from(record.twin)].get(record.level as usize);
                    self.track(record, thought, shelf, &mut note)
                };
                let shown = track(record)?;
                let twin = twin.map(|twin| track(twin)).transpose()?;
                replays.push(Replay { why, seed: *seed, shown, twin });
            }
        }
        let mut found = RowExhibits {
            shift: shift.name.clone(),
            ends: self.ends(),
            preference: self.preference(),
            field: None,
            replays,
        };
        // The level on which it does most often what it does.
        if let (Some(policy), Some(first)) = (policy, found.replays.first()) {
            let level = shelf.level(first.shown.level).expect("a replay's level is on the shelf");
            let side = Side::of(self.pool, false).expect("a pool has levels");
            found.field = match field(policy, &side, level, (first.shown.level, self.shown), shift.palette) {
                Ok(field) => field,
                Err(FieldError::TooLarge(_)) => None,
                Err(FieldError::Policy(error)) => return Err(error.into()),
            };
        }
        Ok((found, note))
    }

    /// Whether a record is of an episode that can be played again here.
    pub(super) fn is_episode(&self, record: &EpisodeRecord) -> bool {
        let Some(side) = Side::of(self.pool, record.twin) else { return false };
        let (Some(actions), Some(chances)) = (record.decode_actions(), record.decode_chances()) else { return false };
        (record.level as usize) < side.levels.len() && side.levels.is_episode(record.level as usize, &actions, &chances)
    }

    pub(super) fn thoughts(
        &self,
        policy: &mut dyn Policy,
        seed: u64,
        twin: bool,
        ids: Vec<u32>,
    ) -> Result<Vec<Trace>, PolicyError> {
        let Some(side) = Side::of(self.pool, twin) else { return Ok(Vec::new()) };
        let shift = &self.pool.shift;
        let purpose = if twin { format!("{}/twin", shift.name) } else { shift.name.clone() };
        trace_of(policy, side.levels, &side.process, seed, (&purpose, shift.palette), ids)
    }

    /// One episode. What the policy thought is kept only where it does again what was recorded; else `note` says so.
    pub(super) fn track(
        &self,
        record: &EpisodeRecord,
        thought: Option<&Trace>,
        shelf: &mut Shelf,
        note: &mut Option<String>,
    ) -> Result<Track, EvaluateError> {
        let side = Side::of(self.pool, record.twin).expect("its record was found playable");
        let (level, shift) = (record.level as usize, &self.pool.shift.name);
        let actions = record.decode_actions().unwrap_or_default();
        let chances = record.decode_chances().unwrap_or_default();
        let obs = side.levels.obs_spec();
        let frames = side.levels.replay(level, &actions, &chances);
        let seen: Vec<Vec<u16>> = frames.iter().map(|frame| cells(&obs, frame)).collect();
        let changed = |step: &[Vec<u16>]| -> Vec<(u16, u16)> {
            let both = step[0].iter().zip(&step[1]).enumerate();
            both.filter(|(_, (before, after))| before != after).map(|(at, (_, after))| (at as u16, *after)).collect()
        };
        if thought.is_some_and(|thought| thought.episode.actions != actions) {
            *note = Some(format!(
                "{shift}: this machine's nets do not act as those that were recorded, so that what they thought is not shown"
            ));
        }
        let thought = thought.filter(|thought| thought.episode.actions == actions);
        let law = |step: usize| {
            let law: Vec<f64> = thought?.law(step)?.iter().map(|p| f64::from(*p)).collect();
            Some(percent(&law))
        };
        let goal = record.cues.first().copied().unwrap_or_default();
        Ok(Track {
            level: shelf.place(shift, &side, level)?,
            outcome: record.outcome.clone(),
            terminated: record.terminated,
            goal_return: goal.got,
            goal_best: goal.best,
            actions: record.actions.clone(),
            events: record.events.clone(),
            changes: seen.windows(2).map(changed).collect(),
            percent: (0..actions.len()).map_while(law).collect(),
            values: thought.map_or_else(Vec::new, |t| t.values.iter().map(|v| rounded(f64::from(*v))).collect()),
        })
    }

    /// Sampled episodes on the levels themselves, of all seeds.
    fn sampled(&self) -> impl Iterator<Item = &EpisodeRecord> {
        self.seeds.iter().flat_map(|(_, records)| records).filter(|r| r.play == "sampled" && !r.twin)
    }

    fn ends(&self) -> Option<Ends> {
        let pool = &*self.pool.pool;
        let obs = pool.obs_spec();
        let mut counts = vec![0; obs.height * obs.width];
        let last = |record: &EpisodeRecord| {
            let frames = pool.replay(record.level as usize, &record.decode_actions()?, &record.decode_chances()?);
            places(&obs, frames.last().map(std::slice::from_ref)?).pop()
        };
        for record in self.sampled().filter(|record| self.is_episode(record)) {
            counts[last(record)?] += 1;
        }
        counts.iter().any(|count| *count > 0).then_some(Ends { width: obs.width, height: obs.height, counts })
    }

    fn preference(&self) -> Vec<crate::attribute::preference::Pair> {
        let spec = &self.pool.spec;
        if self.pool.shift.role != Role::Conflict || !spec.is_decided() {
            return Vec::new();
        }
        // Proxies that come in one step are joined by a sign.
        let bits = |outcome: &str| -> u16 {
            outcome
                .split('+')
                .filter_map(|name| if name == "goal" { Some(0) } else { spec.cue(name) })
                .fold(0, |all, cue| all | 1 << cue)
        };
        let firsts: Vec<u16> = self.sampled().map(|record| bits(&record.outcome)).collect();
        pairs(spec, &self.pool.designated(), &firsts)
    }
}
