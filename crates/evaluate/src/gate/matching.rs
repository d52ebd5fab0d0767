//! Which row of a run belongs to which row of a baseline.

use super::baseline::{Baseline, BaselineRow};
use std::collections::{BTreeMap, BTreeSet};

/// What a run has in the place of a row of the baseline.
pub(super) enum Matched<'a> {
    /// This row.
    Row(&'a BaselineRow),
    /// Numbers that mean something else; says what to do.
    OtherVersion(String),
    /// Nothing; says what is missing.
    Gone(String),
}

/// One entry a row of the baseline, in its order.
pub(super) struct Matching<'a> {
    pub(super) rows: Vec<Matched<'a>>,
    pub(super) notes: Vec<String>,
}

/// What to do about versions that changed.
const UPDATE: &str = "write a new baseline with --update, and let somebody review what it changes";

/// Rows of equal world, agent, mix and shift belong together. Where an agent has one mix in the baseline and another one in the
/// run it is the agent's name that says who it is: its training law was changed, and that is compared.
pub(super) fn match_rows<'a>(base: &Baseline, head: &'a Baseline) -> Matching<'a> {
    let by_key: BTreeMap<_, &BaselineRow> = head.rows.iter().map(|row| (row.key(), row)).collect();
    let (known, present) = (mixes(base), mixes(head));
    let renamed: BTreeMap<(&str, &str), (f64, f64)> = known
        .iter()
        .filter_map(|(agent, before)| match (&before[..], present.get(agent).map(Vec::as_slice)) {
            ([before], Some([now])) if before != now => Some((*agent, (*before, *now))),
            _ => None,
        })
        .collect();
    let mut notes: Vec<String> = renamed
        .iter()
        .map(|((world, agent), (before, now))| {
            format!("{agent} in {world} was trained at mix {before} in the baseline and at mix {now} here.")
        })
        .collect();
    let everything = general_version(base, head);
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for row in &base.rows {
        let mix = renamed.get(&(&*row.world, &*row.agent)).map_or(row.mix, |(_, now)| *now);
        let key = (&*row.world, &*row.agent, mix.to_bits(), &*row.shift);
        let version = everything.clone().or_else(|| family_version(row, base, head));
        rows.push(match (version, by_key.get(&key)) {
            (Some(what), _) => Matched::OtherVersion(what),
            (None, Some(found)) if found.family == row.family => Matched::Row(found),
            (None, Some(found)) => Matched::Gone(format!("the world is of family {} now", found.family)),
            (None, None) => Matched::Gone("the run has no such row".into()),
        });
        seen.insert(key);
    }
    let new = head.rows.iter().filter(|row| !seen.contains(&row.key())).count();
    if new > 0 {
        notes.push(format!("{new} rows of the run are not in the baseline; --update adds them."));
    }
    Matching { rows, notes }
}

/// The mixes of each (world, agent).
fn mixes(of: &Baseline) -> BTreeMap<(&str, &str), Vec<f64>> {
    let mut all: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for row in &of.rows {
        let mixes = all.entry((&row.world, &row.agent)).or_default();
        if !mixes.contains(&row.mix) {
            mixes.push(row.mix);
        }
    }
    all
}

/// A change that makes all numbers mean something else.
fn general_version(base: &Baseline, head: &Baseline) -> Option<String> {
    let (before, now) = (base.versions?, head.versions?);
    let changed = |what: &str, before: u32, now: u32| {
        (before != now).then(|| format!("{what} are at version {now}, in the baseline at {before}: {UPDATE}"))
    };
    changed("metrics", before.metric, now.metric).or_else(|| changed("evaluation pools", before.pool, now.pool))
}

fn family_version(row: &BaselineRow, base: &Baseline, head: &Baseline) -> Option<String> {
    let (before, now) = (base.families.get(&row.family)?, head.families.get(&row.family)?);
    (before != now).then(|| format!("{} is at version {now}, in the baseline at {before}: {UPDATE}", row.family))
}
