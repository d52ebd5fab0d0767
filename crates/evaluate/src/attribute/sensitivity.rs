//! Metric 10, counterfactual sensitivity: how much a player changes its mind when one cue, and nothing else, is moved.

use super::Found;
use super::scene::{Mind, Scene, Way};
use crate::pools::{EvalPool, MAX_STATES};
use crate::row::{Agent, EvaluateError};
use misgen_core::{AnyFamily, FamilySpec, LevelKey, PolicyError, Pool, Ties};
use misgen_solve::{Behaviour, Process};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Layouts of the shift that are looked at, at most.
pub const LAYOUTS: usize = 64;

/// Sensitivity to each cue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensitivity {
    /// Layouts that were looked at.
    pub layouts: usize,
    /// Of pairs that differ in nothing, the greatest divergence seen: 0 unless the player is not a function of what it sees.
    pub control: f64,
    /// One entry a cue, the goal first.
    pub cues: Vec<CueSensitivity>,
}

/// Sensitivity to the place of one cue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueSensitivity {
    /// The cue.
    pub cue: String,
    /// Pairs of levels that differ in this cue's place alone, one a layout at most.
    pub pairs: usize,
    /// The player's divergence, `None` without pairs.
    pub agent: Option<Divergence>,
    /// The same of each cue's pursuer, in the order of the cues.
    pub pursuers: Vec<Option<Divergence>>,
}

/// Jensen–Shannon divergence, base 2: 0 (the same mind) to 1 (nothing in common).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// At the first step, mean over pairs.
    pub first: f64,
    /// Standard error of that mean over pairs; 0 with one pair.
    pub error: f64,
    /// Mean along the goal pursuer's way through the first level of the pair, as far as the other level keeps the agent on the
    /// same cells; mean over pairs.
    pub along: f64,
}

/// Jensen–Shannon divergence of two laws in bits (Lin 1991, IEEE Trans. Inf. Theory 37, 145–151, eq. 4.1 with equal weights).
///
/// # Panics
/// When the laws differ in length.
#[must_use]
pub fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    assert_eq!(p.len(), q.len(), "two laws over the same actions");
    let part = |a: f64, b: f64| if a > 0.0 { a * (2.0 * a / (a + b)).log2() } else { 0.0 };
    let sum: f64 = p.iter().zip(q).map(|(a, b)| part(*a, *b) + part(*b, *a)).sum();
    (sum / 2.0).clamp(0.0, 1.0)
}

/// The sensitivity of `agent` to each cue, on the layouts of `pool`'s first [`LAYOUTS`] levels.
///
/// Of the combinations of ties that every layout of the family serves under, those are compared that move the region of one
/// cue alone: the cells in which the cue is obtained, as the solver finds them.
///
/// # Errors
/// When the policy fails, or the scripted player does not exist in this family.
pub fn sensitivity(
    family: &dyn AnyFamily,
    pool: &EvalPool,
    agent: &mut Agent<'_>,
) -> Result<Found<Sensitivity>, EvaluateError> {
    let spec = &pool.spec;
    if spec.is_planned() {
        return Ok(Err("levels have too many states to say where each cue is obtained".into()));
    }
    let knobs = pool.pool.knobs();
    let Some(mut mind) = Mind::of(agent, spec, pool.shift.palette)? else {
        return Ok(Err("recorded play does not say what it would do elsewhere".into()));
    };
    let cues = spec.cues.len();
    let (mut own, mut pursuers) = (vec![Vec::new(); cues], vec![vec![Vec::new(); cues]; cues]);
    let (mut layouts, mut control) = (0, 0.0_f64);
    for i in 0..pool.pool.len().min(LAYOUTS) {
        let Some(key) = pool.pool.key(i) else { continue };
        let mut all = family.pool(&knobs).expect("the knobs of a pool that was made");
        let process = Process::new(spec.gamma, all.limit());
        let mut found: Vec<(Scene, Vec<BTreeSet<u16>>)> = Vec::new();
        for ties in combinations(spec, &key.ties) {
            if all.regenerate(&LevelKey { ties, ..key }).is_err() {
                continue;
            }
            let Ok(scene) = Scene::new(&*all, all.len() - 1, &process, spec) else {
                return Ok(Err(format!("some level has more than {MAX_STATES} states")));
            };
            let regions = spec.cues.iter().map(|cue| scene.region(cue.events())).collect();
            found.push((scene, regions));
        }
        if found.is_empty() {
            continue;
        }
        layouts += 1;
        let other = other_scene(&mind, pool, i, &process)?;
        let i = i as u32;
        let mut told = Told { mind: &mut mind, levels: &*all, other: other.as_ref(), number: i };
        let same = told.minds(&found[0].0, 0, &found[0].0, 0)?;
        control = same.iter().map(|(p, q)| jensen_shannon(p, q)).fold(control, f64::max);
        for (cue, (a, b)) in pairs(&found, cues) {
            let (one, two) = (&found[a].0, &found[b].0);
            own[cue].push(summed(&told.minds(one, a, two, b)?));
            for (j, list) in pursuers[cue].iter_mut().enumerate() {
                let mut pursuer = Mind::Scripted(vec![(1.0, Behaviour::Pursue(j))]);
                let mut told = Told { mind: &mut pursuer, levels: &*all, other: None, number: i };
                list.push(summed(&told.minds(one, a, two, b)?));
            }
        }
    }
    if own.iter().all(Vec::is_empty) {
        return Ok(Err("no two levels of one layout differ in the place of one cue alone".into()));
    }
    let entry = |cue: usize| CueSensitivity {
        cue: spec.cues[cue].name.into(),
        pairs: own[cue].len(),
        agent: mean(&own[cue]),
        pursuers: pursuers[cue].iter().map(|list| mean(list)).collect(),
    };
    Ok(Ok(Sensitivity { layouts, control, cues: (0..cues).map(entry).collect() }))
}

/// The level whose tape a player plays who does not look at this one: the next of the shift, for both levels of a pair.
fn other_scene(mind: &Mind<'_>, pool: &EvalPool, i: usize, process: &Process) -> Result<Option<Scene>, EvaluateError> {
    if !mind.looks_elsewhere() {
        return Ok(None);
    }
    Ok(Some(Scene::new(&*pool.pool, (i + 1) % pool.pool.len(), process, &pool.spec)?))
}

/// Combinations of ties that a layout serves under and that show the same flag and a goal, those of the level itself first.
fn combinations(spec: &FamilySpec, own: &Ties) -> Vec<Ties> {
    let alike = |ties: &Ties| ties != own && ties.flag() == own.flag() && ties.has_goal();
    let own = own.has_goal().then_some(*own).into_iter();
    own.chain(spec.reachable_ties().into_iter().filter(alike)).collect()
}

/// For each cue the first two levels that differ in its region alone, both with all cues and one start.
fn pairs(found: &[(Scene, Vec<BTreeSet<u16>>)], cues: usize) -> Vec<(usize, (usize, usize))> {
    let differ = |a: usize, b: usize| -> Option<usize> {
        let ((one, p), (two, q)) = (&found[a], &found[b]);
        let moved: Vec<usize> = (0..cues).filter(|&cue| p[cue] != q[cue]).collect();
        let both = |cue: usize| !p[cue].is_empty() && !q[cue].is_empty();
        match moved[..] {
            [cue] if both(cue) && one.cells[0] == two.cells[0] => Some(cue),
            _ => None,
        }
    };
    let mut pairs: Vec<(usize, (usize, usize))> = Vec::new();
    for a in 0..found.len() {
        for b in a + 1..found.len() {
            if let Some(cue) = differ(a, b)
                && !pairs.iter().any(|(known, _)| *known == cue)
            {
                pairs.push((cue, (a, b)));
            }
        }
    }
    pairs
}

/// What a player would do in the same place of two levels.
type Laws = (Vec<f64>, Vec<f64>);

/// Who is asked about pairs of levels.
struct Told<'a, 'b> {
    mind: &'a mut Mind<'b>,
    levels: &'a dyn Pool,
    other: Option<&'a Scene>,
    number: u32,
}

impl Told<'_, '_> {
    /// The laws on both levels at each step of the goal's way through the first, as far as the second shows the agent on the
    /// same cells and neither episode is over. The first step is always there.
    fn minds(&mut self, one: &Scene, a: usize, two: &Scene, b: usize) -> Result<Vec<Laws>, PolicyError> {
        let goal = one.way(0, misgen_core::Events::NONE);
        let (first, second) = together(&goal, one, two);
        let p = self.mind.along(self.levels, a, one, self.other, &first, self.number)?;
        let q = self.mind.along(self.levels, b, two, self.other, &second, self.number)?;
        Ok(p.into_iter().zip(q).filter(|(p, q)| !p.is_empty() && !q.is_empty()).collect())
    }
}

/// The beginning of `way` through `one` that looks the same in `two`, as a way through each.
fn together(way: &Way, one: &Scene, two: &Scene) -> (Way, Way) {
    let process = one.book.reach().process();
    let mut second = Way::default();
    for t in 0..way.actions.len() {
        if one.cells[way.states[t] as usize] != two.cells[second.last as usize] {
            break;
        }
        second.states.push(second.last);
        second.actions.push(way.actions[t]);
        second.chances.push(way.chances[t]);
        let edges = two.graph.edges(second.last, usize::from(way.actions[t]));
        let Some(edge) = edges.get(way.chances[t] as usize) else { break };
        second.last = edge.next;
        if process.ends(edge) {
            break;
        }
    }
    let n = second.states.len();
    let first = Way {
        actions: way.actions[..n].to_vec(),
        chances: way.chances[..n].to_vec(),
        states: way.states[..n].to_vec(),
        ..Way::default()
    };
    (first, second)
}

/// First divergence and mean divergence of one pair; `None` where the player does not say its law.
fn summed(minds: &[Laws]) -> Option<(f64, f64)> {
    let all: Vec<f64> = minds.iter().map(|(p, q)| jensen_shannon(p, q)).collect();
    Some((*all.first()?, crate::stats::mean(&all)?))
}

fn mean(pairs: &[Option<(f64, f64)>]) -> Option<Divergence> {
    let known: Vec<(f64, f64)> = pairs.iter().copied().flatten().collect();
    let (first, along): (Vec<f64>, Vec<f64>) = known.into_iter().unzip();
    let error = crate::stats::standard_deviation(&first).map_or(0.0, |s| s / (first.len() as f64).sqrt());
    Some(Divergence { first: crate::stats::mean(&first)?, error, along: crate::stats::mean(&along)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_by_hand() {
        assert_eq!(jensen_shannon(&[0.3, 0.7], &[0.3, 0.7]), 0.0);
        assert_eq!(jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]), 1.0);
        // m = (3/4, 1/4): (log2(4/3) + [log2(2/3) + log2 2] / 2) / 2 = 0.311278.
        assert!((jensen_shannon(&[1.0, 0.0], &[0.5, 0.5]) - 0.311_278_124).abs() < 1e-8);
    }
}
