//! Recorded people to results: verified, first tries kept, scored by the metrics that agents are scored by.

use super::{LineError, Recorded, verify};
use crate::pools::{Content, EvalPool, PoolError, PoolRequest};
use crate::record::CellResult;
use crate::rollout::Episode;
use crate::row::{Agent, EvaluateError, evaluate};
use misgen_core::{AnyFamily, Law, ShiftSpec, did_you_mean};
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of a shift somebody played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The shift, or `training`.
    pub shift: String,
    /// Levels that count.
    pub levels: usize,
    /// Levels of the pool.
    pub of: usize,
    /// Twins that count.
    pub twins: usize,
    /// Twins of the pool.
    pub of_twins: usize,
    /// Episodes on levels that the player had begun before; left out.
    pub repeated: usize,
    /// Episodes with steps taken back; left out.
    pub undone: usize,
}

/// One person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Player {
    /// The name; empty where nobody says.
    pub player: String,
    /// What was played of each shift.
    pub played: Vec<Coverage>,
    /// The result; its seed is the person's place in the recording, from 0.
    pub result: CellResult,
}

/// Everybody in a recording who played one family.
#[derive(Clone, Debug)]
pub struct Played {
    /// Name of the training law.
    pub law: String,
    /// The shifts played, in order of declaration.
    pub shifts: Vec<ShiftSpec>,
    /// In order of their first episode.
    pub players: Vec<Player>,
    /// Episodes of other families in the recording.
    pub elsewhere: usize,
}

/// Why a recording could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum HumanError {
    /// A line is wrong, forged or stale.
    #[error(transparent)]
    Line(#[from] LineError),
    /// No pool could be made.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// Scoring failed.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// One shift of a recording: the pool, and who played what of it.
struct Stage<'a> {
    pool: EvalPool,
    /// (line, record, episode), verified.
    episodes: Vec<(&'a Recorded, Episode)>,
}

/// Scores what `lines` hold of `family`, under the shifts called `only` (all where there is none). The training row is always
/// among them where it was played, because competence comes from it. Every episode is verified, those left out too.
///
/// # Errors
/// The first line that is not true or not of the same world as those before it; pools that cannot be made.
pub fn score(family: &dyn AnyFamily, lines: &[(usize, Recorded)], only: &[String]) -> Result<Played, HumanError> {
    let spec = family.spec();
    let own: Vec<&(usize, Recorded)> = lines.iter().filter(|(_, record)| record.is_of(&spec)).collect();
    let mut played =
        Played { law: String::new(), shifts: Vec::new(), players: Vec::new(), elsewhere: lines.len() - own.len() };
    let Some((first_line, first)) = own.first() else { return Ok(played) };
    let at = |line: usize, reason: String| LineError { line, reason };
    for (line, record) in &own {
        if record.family != spec.id() {
            return Err(at(*line, super::verify::stale(&record.family, &spec)).into());
        }
        if record.world() != first.world() {
            let reason = format!("another world (knobs, law or number of levels) than line {first_line}");
            return Err(at(*line, reason).into());
        }
    }
    let law = Law::named(&spec, &first.law).ok_or_else(|| {
        let names = spec.laws.iter().map(|law| law.name);
        at(*first_line, format!("family `{}` has no law `{}`{}", spec.name, first.law, did_you_mean(&first.law, names)))
    })?;
    let knobs = family.knobs(&first.knobs).map_err(|error| at(*first_line, error.to_string()))?;
    played.law.clone_from(&first.law);

    let mut stages = Vec::new();
    let contents = std::iter::once(("training".to_owned(), Content::Law(law)))
        .chain(spec.all_shifts().into_iter().map(|shift| (shift.name.clone(), Content::Shift(shift))));
    let mut known = Vec::new();
    for (name, content) in contents {
        let here: Vec<_> = own.iter().filter(|(_, record)| record.shift == name).collect();
        known.push(name.clone());
        if here.is_empty() || !(only.is_empty() || name == "training" || only.contains(&name)) {
            continue;
        }
        if let Content::Shift(shift) = &content {
            played.shifts.push(shift.clone());
        }
        let request = PoolRequest { knobs: knobs.clone(), content, levels: first.pool, seed: 0 };
        let pool = EvalPool::build(family, &request)?;
        let mut episodes = Vec::new();
        for (line, record) in here {
            episodes.push((record, verify(&pool, record).map_err(|reason| at(*line, reason))?));
        }
        stages.push(Stage { pool, episodes });
    }
    if let Some((line, record)) = own.iter().find(|(_, record)| !known.contains(&record.shift)) {
        let hint = did_you_mean(&record.shift, known.iter().map(String::as_str));
        return Err(at(*line, format!("family `{}` has no shift `{}`{hint}", spec.name, record.shift)).into());
    }
    let mut names: Vec<&str> = Vec::new();
    for (_, record) in &own {
        if !names.contains(&record.player.as_str()) {
            names.push(&record.player);
        }
    }
    for (seed, name) in names.into_iter().enumerate() {
        let (mut coverage, mut result) = (Vec::new(), CellResult::new(&spec, "human", None, seed as u64));
        for stage in &stages {
            stage.score(family, name, &mut coverage, &mut result)?;
        }
        if !coverage.is_empty() {
            played.players.push(Player { player: name.to_owned(), played: coverage, result });
        }
    }
    Ok(played)
}

impl Stage<'_> {
    /// Adds what `name` did here.
    fn score(
        &self,
        family: &dyn AnyFamily,
        name: &str,
        coverage: &mut Vec<Coverage>,
        result: &mut CellResult,
    ) -> Result<(), HumanError> {
        let (mut repeated, mut undone) = (0, 0);
        // By level and by twin, in the order of the pool; the first episode of a level is the one that counts.
        let mut kept: [BTreeMap<usize, Episode>; 2] = [BTreeMap::new(), BTreeMap::new()];
        let mut seen: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
        let mut any = false;
        for (record, episode) in self.episodes.iter().filter(|(record, _)| record.player == name) {
            any = true;
            let side = usize::from(record.twin);
            let again = seen[side].contains(&episode.level);
            seen[side].push(episode.level);
            if again || record.attempt > 1 {
                repeated += 1;
            } else if record.undone > 0 {
                undone += 1;
            } else {
                kept[side].insert(episode.level as usize, episode.clone());
            }
        }
        if !any {
            return Ok(());
        }
        let places = |side: usize| kept[side].keys().copied().collect::<Vec<_>>();
        // Numbered anew, as the places of the pool that is cut down to them.
        let episodes = |side: usize| -> Vec<Episode> {
            kept[side].values().enumerate().map(|(i, e)| Episode { level: i as u32, ..e.clone() }).collect()
        };
        coverage.push(Coverage {
            shift: self.pool.shift.name.clone(),
            levels: kept[0].len(),
            of: self.pool.pool.len(),
            twins: kept[1].len(),
            of_twins: self.pool.twins.as_ref().map_or(0, |twins| twins.len()),
            repeated,
            undone,
        });
        // Twins alone make no row.
        if kept[0].is_empty() {
            return Ok(());
        }
        let pool = self.pool.only(family, &places(0), &places(1))?;
        let (levels, twins) = (episodes(0), episodes(1));
        let mut evaluated = evaluate(&pool, &mut Agent::Played { levels: &levels, twins: &twins }, 0)?;
        if self.pool.twins.is_some() && pool.twins.is_none() && evaluated.row.why_null.contains_key("c_align") {
            evaluated.row.why_null.insert("c_align".into(), "no aligned twin was played".into());
        }
        result.s_train = result.s_train.or(evaluated.s_train);
        result.s_id = result.s_id.or(evaluated.s_id);
        result.rows.push(evaluated.row);
        Ok(())
    }
}
