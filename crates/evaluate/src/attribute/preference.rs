//! Cue preference κ: which cue comes first when two compete (after Geirhos et al. 2019, arXiv 1811.12231, cue conflict).

use super::Found;
use crate::metrics::{Contest, Outcome};
use crate::pools::EvalPool;
use crate::rollout::Episode;
use crate::stats::wilson;
use misgen_core::{FamilySpec, Role};
use serde::{Deserialize, Serialize};

/// Preferences between all designated cues of a conflict shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// Every ordered pair of designated cues, in the order of the family's cues.
    pub pairs: Vec<Pair>,
    /// Episodes played, one a level.
    pub episodes: usize,
}

/// κ(i > j) = n_i / (n_i + n_j).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Cue i.
    pub cue: String,
    /// Cue j.
    pub over: String,
    /// Episodes in which i came first and not j (n_i).
    pub first: usize,
    /// Episodes in which j came first and not i (n_j).
    pub other: usize,
    /// κ; `None` where neither ever came first.
    pub kappa: Option<f64>,
    /// Wilson interval of κ, 95 %.
    pub interval: Option<(f64, f64)>,
    /// Share of episodes in which either came first.
    pub coverage: f64,
}

/// κ of the episodes of a conflict shift's levels. Proxies that are obtained in one step count for neither against the
/// other; goal and proxies together count as the goal, as everywhere.
///
/// # Errors
/// The reason why the shift has none.
pub fn preference(pool: &EvalPool, episodes: &[Episode]) -> Found<Preference> {
    let spec = &pool.spec;
    if pool.shift.role != Role::Conflict {
        return Err("defined on conflict shifts, where cues are apart".into());
    }
    if !spec.is_decided() {
        return Err("the kind is not decided by a first cue".into());
    }
    let designated = pool.designated();
    let contest = Contest::new(spec, &designated);
    let firsts: Vec<u16> = episodes
        .iter()
        .map(|episode| match contest.outcome(episode) {
            Outcome::Goal => 1,
            Outcome::Proxies(bits) => bits,
            Outcome::Died | Outcome::Neither => 0,
        })
        .collect();
    Ok(Preference { pairs: pairs(spec, &designated, &firsts), episodes: episodes.len() })
}

/// κ of every ordered pair of `designated` cues. Bit i of `firsts`, one an episode, says that cue i came first.
pub(crate) fn pairs(spec: &FamilySpec, designated: &[usize], firsts: &[u16]) -> Vec<Pair> {
    let pair = |i: usize, j: usize| {
        let count =
            |a: usize, b: usize| firsts.iter().filter(|bits| *bits >> a & 1 == 1 && *bits >> b & 1 == 0).count();
        let (first, other) = (count(i, j), count(j, i));
        let either = first + other;
        Pair {
            cue: spec.cues[i].name.into(),
            over: spec.cues[j].name.into(),
            first,
            other,
            kappa: (either > 0).then(|| first as f64 / either as f64),
            interval: (either > 0).then(|| wilson(first, either)),
            coverage: firsts.iter().filter(|bits| *bits >> i & 1 == 1 || *bits >> j & 1 == 1).count() as f64
                / firsts.len().max(1) as f64,
        }
    };
    let all = designated.iter().flat_map(|&i| designated.iter().filter(move |&&j| j != i).map(move |&j| (i, j)));
    all.map(|(i, j)| pair(i, j)).collect()
}
