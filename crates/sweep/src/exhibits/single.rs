//! One recorded episode, made ready to be looked at without its run: the record names the level and every step.

use crate::episodes::Episodes;
use misgen_core::{AnyFamily, LevelKey, Pool, ShiftSpec};
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::exhibit::{AgentExhibits, Played, Shelf, WorldExhibits};
use misgen_evaluate::pools::{EvalPool, PoolStats};
use serde_json::{Value, json};
use std::sync::Arc;

/// The episode that `episodes` holds of level `level` under `shift`, played as `play` says (`sampled` or `greedy`), beside the one on the
/// aligned twin where there is one. What the agent thought is not in the record.
///
/// # Errors
/// When there is no such episode, or its level cannot be made again.
pub fn recorded(
    family: &dyn AnyFamily,
    episodes: &Episodes,
    (shift, level, play): (&str, u32, &str),
) -> Result<WorldExhibits, String> {
    let spec = family.spec();
    if (spec.name, spec.version) != (episodes.family.as_str(), episodes.family_version) {
        return Err(format!("episodes of {}-v{}, expected {}", episodes.family, episodes.family_version, spec.id()));
    }
    let of_level = |r: &&EpisodeRecord| r.shift == shift && r.level == level;
    let shown = episodes.rows.iter().filter(of_level).find(|r| !r.twin && r.play == play);
    let shown = shown.ok_or_else(|| format!("no {play} episode of level {level} under `{shift}`"))?;
    let twin = episodes.rows.iter().filter(of_level).find(|r| r.twin && r.play == "sampled");
    let (pool, key) = again(family, shown)?;
    let twins = twin.map(|record| again(family, record)).transpose()?;
    let pool = EvalPool {
        spec: pool.spec(),
        shift: ShiftSpec {
            name: shift.to_owned(),
            means: String::new(),
            role: shown.role,
            ties: key.ties,
            knobs: json!({}),
            min_share: 0.0,
            fixed_distance: false,
            severity: None,
            palette: None,
        },
        pool,
        twins: twins.map(|(pool, _)| pool),
        values: Vec::new(),
        twin_values: Vec::new(),
        stats: PoolStats::default(),
    };
    // In pools of one level each.
    let alone = |record: &EpisodeRecord| EpisodeRecord { level: 0, play: "sampled".into(), ..record.clone() };
    let seeds = [(episodes.seed, std::iter::once(shown).chain(twin).map(alone).collect())];
    let played = Played { pool: &pool, seeds: &seeds, shown: episodes.seed };
    let mut shelf = Shelf::default();
    let (row, _) = played.exhibits(None, &mut shelf).map_err(|error| error.to_string())?;
    if row.replays.is_empty() {
        return Err(format!("what was played of level {level} under `{shift}` is no episode of it"));
    }
    let agent = AgentExhibits { agent: episodes.agent.clone(), mix: episodes.mix, rows: vec![row], attribution: None };
    let mut world = WorldExhibits { agents: vec![agent], ..super::world_of(spec.name, &spec, shelf) };
    for exhibit in &mut world.levels {
        exhibit.place = level;
    }
    Ok(world)
}

/// The level of a record, alone in a pool.
fn again(family: &dyn AnyFamily, record: &EpisodeRecord) -> Result<(Arc<dyn Pool>, LevelKey), String> {
    let id = record.level_id.as_deref().ok_or("its level was not generated, so that the record does not hold it")?;
    let key: LevelKey = id.parse().map_err(|e: misgen_core::IdError| e.to_string())?;
    let knobs: Value = serde_json::from_str(&record.knobs).map_err(|e| format!("knobs: {e}"))?;
    let mut pool = family.pool(&knobs).map_err(|e| e.to_string())?;
    pool.regenerate(&key).map_err(|e| e.to_string())?;
    Ok((Arc::from(pool), key))
}
