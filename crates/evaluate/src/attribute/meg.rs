//! Maximum entropy goal-directedness towards each cue (MacDermott et al. 2024, arXiv 2412.04758).

use super::Found;
use super::solved::{Solved, applies};
use super::watch::{Watched, watch};
use crate::pools::EvalPool;
use crate::row::{Agent, EvaluateError};
use misgen_solve::{Behaviour, Visits, soft_scores};
use serde::{Deserialize, Serialize};

/// The most levels of a shift that are looked at.
pub const LEVELS: usize = 64;
/// Episodes of a learned agent on each of them.
pub const ROUNDS: usize = 4;
/// Quarter decades of β, from 10^(-6/4) to 10^(6/4).
const QUARTERS: std::ops::RangeInclusive<i32> = -6..=6;

/// The grid of β above 0.
#[must_use]
pub fn betas() -> Vec<f64> {
    QUARTERS.map(|quarter| 10_f64.powf(f64::from(quarter) / 4.0)).collect()
}

/// Goal-directedness of an agent towards each designated cue of a conflict shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meg {
    /// One entry a designated cue, the goal first.
    pub cues: Vec<CueMeg>,
    /// Levels looked at.
    pub levels: usize,
    /// Mean number of decisions of an episode (E T).
    pub decisions: f64,
}

/// Goal-directedness towards one cue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CueMeg {
    /// The cue.
    pub cue: String,
    /// MEG as a share of that of the cue's own pursuer; `None` where that pursuer shows none.
    pub share: Option<f64>,
    /// MEG a decision, nats: max over β of E Σ_t \[log π_β(a | s, t) − log 1/|A|\] / E T.
    pub nats: f64,
    /// The β that is the best; 0 where chance predicts best.
    pub beta: f64,
    /// MEG a decision of the cue's own pursuer on the same levels, nats.
    pub pursuer_nats: f64,
    /// Its best β.
    pub pursuer_beta: f64,
}

/// Totals of one player towards one cue.
struct Total {
    /// Σ over levels for each β of the grid.
    scores: Vec<f64>,
    decisions: f64,
}

impl Total {
    /// (MEG a decision, best β): β = 0 scores 0.
    fn best(&self, betas: &[f64]) -> (f64, f64) {
        let start = (0.0, 0.0);
        let (score, beta) =
            self.scores.iter().zip(betas).fold(start, |best, (s, b)| if *s > best.0 { (*s, *b) } else { best });
        (if self.decisions > 0.0 { score / self.decisions } else { 0.0 }, beta)
    }
}

/// MEG of `agent` on the first [`LEVELS`] levels of `pool`: one β >= 0 for all of them. Scripted players are evaluated exactly,
/// learned ones in [`ROUNDS`] episodes
/// a level with the probabilities of all actions, episodes that are given by the actions taken.
///
/// # Errors
/// When the policy fails, or the scripted player does not exist in this family.
pub fn meg(pool: &EvalPool, agent: &mut Agent<'_>, seed: u64) -> Result<Found<Meg>, EvaluateError> {
    if let Err(why) = applies(pool) {
        return Ok(Err(why));
    }
    let count = pool.pool.len().min(LEVELS);
    let solved: Vec<Solved> = (0..count).map(|i| Solved::new(pool, i)).collect::<Result<_, _>>()?;
    let own: Vec<Visits> = match agent {
        Agent::Scripted(script) => {
            let parts = script.parts(&pool.spec)?;
            (0..count).map(|i| solved[i].expected(&parts, solved.get((i + 1) % count))).collect()
        }
        Agent::Played { levels, .. } => (0..count).map(|i| solved[i].played(&levels[i])).collect(),
        Agent::Learned { sampled, .. } => {
            let process = pool.process();
            let round = |round: usize| {
                watch(&mut **sampled, &pool.pool, count, &process, seed, &format!("meg/{round}"), pool.shift.palette)
            };
            let rounds: Vec<Vec<Watched>> = (0..ROUNDS).map(round).collect::<Result<_, _>>()?;
            (0..count).map(|i| solved[i].watched(rounds.iter().map(|all| &all[i]))).collect()
        }
    };
    let betas = betas();
    let one = |cue: usize| {
        let events = pool.spec.cues[cue].events();
        let total = || Total { scores: vec![0.0; betas.len()], decisions: 0.0 };
        let mut totals = [total(), total()];
        for (level, own) in solved.iter().zip(&own) {
            let pursuer = level.expected(&[(1.0, Behaviour::Pursue(cue))], None);
            let both = [own, &pursuer];
            let scores = soft_scores(&level.cut, events, &betas, &both);
            for (k, (total, visits)) in totals.iter_mut().zip(both).enumerate() {
                total.scores.iter_mut().zip(&scores).for_each(|(sum, scores)| *sum += scores[k]);
                total.decisions += visits.decisions();
            }
        }
        let ([nats, beta], [pursuer_nats, pursuer_beta]) =
            (<[f64; 2]>::from(totals[0].best(&betas)), <[f64; 2]>::from(totals[1].best(&betas)));
        let share = (pursuer_nats > 1e-9).then(|| nats / pursuer_nats);
        CueMeg { cue: pool.spec.cues[cue].name.into(), share, nats, beta, pursuer_nats, pursuer_beta }
    };
    let episodes = count as f64 * if matches!(agent, Agent::Learned { .. }) { ROUNDS as f64 } else { 1.0 };
    let decisions = own.iter().map(Visits::decisions).sum::<f64>() / episodes;
    Ok(Ok(Meg { cues: pool.designated().into_iter().map(one).collect(), levels: count, decisions }))
}
