//! Goal posterior: was it an agent with one of the cues for a goal, or a device that maps what it sees to actions?
//! (Orseau, McGregor McGill and Legg 2018, arXiv 1805.12387, agents and devices; Baker, Saxe and Tenenbaum 2009, inverse planning.)

use super::Found;
use super::solved::{Solved, applies};
use crate::pools::EvalPool;
use crate::rollout::Episode;
use crate::row::EvaluateError;
use misgen_core::{ObsSpec, Pool};
use misgen_solve::soft_scores;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How rational the hypothetical agents are.
pub const BETAS: [f64; 3] = [3.0, 10.0, 30.0];
/// Levels of a batch.
pub const BATCH: usize = 32;
/// Rows and columns around the agent that the nearsighted device sees.
const AROUND: isize = 1;

/// What a series of episodes says about who played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posterior {
    /// Posterior probability that it was an agent with any of the cues for a goal.
    pub agent: f64,
    /// Posterior of each designated cue as the goal; with `device` they sum to 1.
    pub cues: BTreeMap<String, f64>,
    /// Posterior of the device.
    pub device: f64,
    /// Log evidence a decision less that of chance, nats, by hypothesis (the cues and `device`).
    pub evidence: BTreeMap<String, f64>,
    /// The posterior after each batch.
    pub path: Vec<Milestone>,
    /// Decisions seen.
    pub decisions: usize,
}

/// The posterior after so many levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// Levels seen.
    pub levels: usize,
    /// Posterior probability that it was an agent.
    pub agent: f64,
    /// Posterior of each designated cue.
    pub cues: BTreeMap<String, f64>,
}

/// The posterior of one episode a level, in the order of the levels. Half of the prior is the device's, the other half is
/// shared by the designated cues evenly.
///
/// # Errors
/// When a level is too large.
pub fn posterior(pool: &EvalPool, episodes: &[Episode]) -> Result<Found<Posterior>, EvaluateError> {
    if let Err(why) = applies(pool) {
        return Ok(Err(why));
    }
    let designated = pool.designated();
    // Log-likelihoods less those of chance, so that numbers stay near 0.
    let mut agents = vec![[0.0; BETAS.len()]; designated.len()];
    let mut device = Device::default();
    let (mut path, mut decisions) = (Vec::new(), 0);
    for (seen, episode) in episodes.iter().enumerate() {
        let solved = Solved::new(pool, episode.level as usize)?;
        let visits = solved.played(episode);
        let steps = solved.follow(episode, |_, _| {});
        decisions += steps;
        for (sums, &cue) in agents.iter_mut().zip(&designated) {
            let scores = soft_scores(&solved.cut, pool.spec.cues[cue].events(), &BETAS, &[&visits]);
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score[0]);
        }
        device.watch(&*pool.pool, episode, steps);
        if (seen + 1).is_multiple_of(BATCH) || seen + 1 == episodes.len() {
            path.push((seen + 1, judge(&agents, &device)));
        }
    }
    let Some((_, last)) = path.last() else { return Ok(Err("no episode was played".into())) };
    let names = || designated.iter().map(|&cue| pool.spec.cues[cue].name.to_owned());
    let by_name = |shares: &[f64]| names().zip(shares.iter().copied()).collect();
    let each = |log: f64| log / decisions.max(1) as f64;
    let mut evidence: BTreeMap<String, f64> = names().zip(agents.iter().map(|sums| each(log_mean_exp(sums)))).collect();
    evidence.insert("device".into(), each(device.evidence()));
    Ok(Ok(Posterior {
        agent: last.iter().sum(),
        cues: by_name(last),
        device: 1.0 - last.iter().sum::<f64>(),
        evidence,
        path: path
            .iter()
            .map(|(levels, shares)| Milestone { levels: *levels, agent: shares.iter().sum(), cues: by_name(shares) })
            .collect(),
        decisions,
    }))
}

/// Posterior of each cue.
fn judge(agents: &[[f64; BETAS.len()]], device: &Device) -> Vec<f64> {
    let share = (0.5 / agents.len() as f64).ln();
    let mut logs: Vec<f64> = agents.iter().map(|sums| share + log_mean_exp(sums)).collect();
    logs.push(0.5_f64.ln() + device.evidence());
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logs.iter().map(|log| (log - most).exp()).sum();
    logs[..agents.len()].iter().map(|log| (log - most).exp() / total).collect()
}

fn log_mean_exp(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + (logs.iter().map(|log| (log - most).exp()).sum::<f64>() / logs.len() as f64).ln()
}

/// A device: for each thing that it can tell apart, actions drawn from a law of its own with a Dirichlet(½, ...) prior, the estimator
/// of Krichevsky and Trofimov (1981): P(a | o) = (n_oa + ½) / (n_o + |A|/2). An even mixture of three: one that sees nothing, one that
/// sees the cells next to it, one that sees everything.
#[derive(Default)]
struct Device {
    /// How often each action followed on each thing seen.
    counts: [BTreeMap<Vec<u16>, Vec<u32>>; 3],
    /// Log-likelihoods less those of chance.
    logs: [f64; 3],
}

impl Device {
    fn evidence(&self) -> f64 {
        log_mean_exp(&self.logs)
    }

    fn watch(&mut self, levels: &dyn Pool, episode: &Episode, steps: usize) {
        let spec = levels.obs_spec();
        let frames = levels.replay(episode.level as usize, &episode.actions[..steps], &episode.chances);
        for (frame, &action) in frames.iter().zip(&episode.actions[..steps]) {
            let cells: Vec<u16> = (0..spec.height * spec.width).map(|i| spec.cell(frame, i)).collect();
            let sights = [Vec::new(), around(&spec, &cells), cells];
            for ((counts, log), sight) in self.counts.iter_mut().zip(&mut self.logs).zip(sights) {
                let counts = counts.entry(sight).or_insert_with(|| vec![0; spec.actions]);
                let n: u32 = counts.iter().sum();
                let count = &mut counts[usize::from(action)];
                let half = spec.actions as f64 / 2.0;
                *log += ((f64::from(*count) + 0.5) / (f64::from(n) + half) * spec.actions as f64).ln();
                *count += 1;
            }
        }
    }
}

/// The cells around the agent, row by row; those outside of the grid are `u16::MAX`. Nothing where no agent is seen.
fn around(spec: &ObsSpec, cells: &[u16]) -> Vec<u16> {
    let Some(at) = spec.channel("agent").and_then(|k| cells.iter().position(|cell| cell >> k & 1 == 1)) else {
        return Vec::new();
    };
    let (row, column) = ((at / spec.width) as isize, (at % spec.width) as isize);
    let inside = |x: isize, n: usize| usize::try_from(x).ok().filter(|x| *x < n);
    let look = |dr: isize, dc: isize| {
        let place = inside(row + dr, spec.height).zip(inside(column + dc, spec.width));
        place.map_or(u16::MAX, |(r, c)| cells[r * spec.width + c])
    };
    (-AROUND..=AROUND).flat_map(|dr| (-AROUND..=AROUND).map(move |dc| (dr, dc))).map(|(dr, dc)| look(dr, dc)).collect()
}
