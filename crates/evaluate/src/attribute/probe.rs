//! Metric 12, decodability: can the place of each cue be read from the last hidden layer, better than from a net that
//! learned nothing?

use super::Found;
use super::ridge::{permutation, probe_r2};
use super::scene::{Scene, ponder};
use crate::pools::{EvalPool, MAX_STATES};
use crate::row::{Agent, EvaluateError};
use crate::stats::mean;
use misgen_core::{Policy, PolicyError};
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Shufflings of a control probe.
const SHUFFLES: u64 = 5;

/// What a linear probe reads from the last hidden layer before the first step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decodability {
    /// Levels, one state each.
    pub levels: usize,
    /// Units of the layer.
    pub units: usize,
    /// Untrained nets compared with.
    pub untrained: usize,
    /// One entry a cue, the goal first; a cue whose place cannot be probed is in `why_null`.
    pub cues: Vec<CueProbe>,
    /// Why a cue has no entry, by name.
    pub why_null: BTreeMap<String, String>,
}

/// How well the place (row and column) of one cue can be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueProbe {
    /// The cue.
    pub cue: String,
    /// Levels on which it has a place.
    pub levels: usize,
    /// R² on levels that the probe was not fitted to; at most 1, below 0 where a guess of the mean is better.
    pub r2: f64,
    /// Mean R² of control probes, whose places are those of other levels.
    pub control: f64,
    /// Mean R² from untrained nets of the same architecture on the same states; `None` without such nets.
    pub untrained: Option<f64>,
    /// Mean R² of control probes on untrained nets.
    pub untrained_control: Option<f64>,
    /// (R² − control) of the agent less that of the untrained nets, no R² counting for less than 0. `None` without such nets.
    pub learned: Option<f64>,
}

/// Probes the net of `agent` on the starts of `pool`'s levels; `untrained` are nets of the same architecture with fresh
/// weights. Starts, because on its way an agent's own place would tell where it is going.
///
/// # Errors
/// When a policy fails.
pub fn decodability(
    pool: &EvalPool,
    agent: &mut Agent<'_>,
    untrained: &mut [Box<dyn Policy>],
) -> Result<Found<Decodability>, EvaluateError> {
    let policy = match agent {
        Agent::Learned { sampled, .. } => sampled,
        Agent::Scripted(_) => return Ok(Err("a scripted player has no hidden layer".into())),
        Agent::Played { .. } => return Ok(Err("recorded play shows no hidden layer".into())),
    };
    let spec = &pool.spec;
    if policy.features() == 0 {
        return Ok(Err("the policy shows no hidden layer".into()));
    }
    if spec.is_planned() {
        return Ok(Err("levels have too many states to say where each cue is obtained".into()));
    }
    let mut places: Vec<Vec<Option<[f64; 2]>>> = vec![Vec::new(); spec.cues.len()];
    let obs = pool.pool.obs_spec();
    for i in 0..pool.pool.len() {
        let Ok(scene) = Scene::new(&*pool.pool, i, &pool.twin_process(), spec) else {
            return Ok(Err(format!("some level has more than {MAX_STATES} states")));
        };
        for (cue, list) in places.iter_mut().enumerate() {
            let cell = scene.place(cue, spec.cues[cue].events()).map(usize::from);
            list.push(cell.map(|cell| [(cell / obs.width) as f64, (cell % obs.width) as f64]));
        }
    }
    let own = features(pool, &mut **policy)?;
    let fresh = untrained.iter_mut().map(|net| features(pool, &mut **net)).collect::<Result<Vec<_>, _>>()?;
    let mut found = Decodability {
        levels: pool.pool.len(),
        units: own.ncols(),
        untrained: fresh.len(),
        cues: Vec::new(),
        why_null: BTreeMap::new(),
    };
    for (cue, places) in places.iter().enumerate() {
        let name = spec.cues[cue].name;
        match cue_probe(name, &own, &fresh, places) {
            Ok(probe) => found.cues.push(probe),
            Err(why) => {
                found.why_null.insert(name.into(), why);
            }
        }
    }
    Ok(Ok(found))
}

/// `[levels, units]` of the starts.
fn features(pool: &EvalPool, policy: &mut dyn Policy) -> Result<Array2<f64>, PolicyError> {
    let start = |i: usize| (i as u32, pool.pool.replay(i, &[], &[]).swap_remove(0));
    let frames: Vec<(u32, Vec<u8>)> = (0..pool.pool.len()).map(start).collect();
    let thoughts = ponder(policy, &pool.pool.obs_spec(), &frames, pool.shift.palette)?;
    let units = policy.features();
    Ok(Array2::from_shape_fn((thoughts.len(), units), |(i, k)| f64::from(thoughts[i].features[k])))
}

fn cue_probe(name: &str, own: &Array2<f64>, fresh: &[Array2<f64>], places: &[Option<[f64; 2]>]) -> Found<CueProbe> {
    let rows: Vec<usize> = (0..places.len()).filter(|i| places[*i].is_some()).collect();
    let y = Array2::from_shape_fn((rows.len(), 2), |(i, t)| places[rows[i]].map_or(0.0, |place| place[t]));
    let both = |x: &Array2<f64>| -> Found<(f64, f64)> {
        let x = x.select(Axis(0), &rows);
        let r2 = probe_r2(x.view(), y.view(), 0)?;
        let shuffled = (1..=SHUFFLES).map(|k| {
            let order = permutation(rows.len(), k);
            probe_r2(x.view(), y.select(Axis(0), &order).view(), 0)
        });
        let shuffled = shuffled.collect::<Result<Vec<f64>, String>>()?;
        Ok((r2, mean(&shuffled).unwrap_or(0.0)))
    };
    let (r2, control) = both(own)?;
    let fresh = fresh.iter().map(both).collect::<Result<Vec<_>, _>>()?;
    let (values, controls): (Vec<f64>, Vec<f64>) = fresh.into_iter().unzip();
    let (untrained, untrained_control) = (mean(&values), mean(&controls));
    let selective = |r2: f64, control: f64| r2.max(0.0) - control.max(0.0);
    let learned = untrained.zip(untrained_control).map(|(r, c)| selective(r2, control) - selective(r, c));
    Ok(CueProbe { cue: name.into(), levels: rows.len(), r2, control, untrained, untrained_control, learned })
}
