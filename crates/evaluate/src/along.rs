//! The goal over training: what an agent pursues at points along its way.
//!
//! No verdict reads any of it: verdicts are of the final agent.

use crate::metrics::Contest;
use crate::pools::EvalPool;
use crate::record::{CheckpointRow, Curves, Pursued, Summary, SummaryRow};
use crate::rollout::play;
use crate::row::{EvaluateError, score, seed_row};
use crate::stats::mean;
use crate::words::learner;
use misgen_core::{Policy, Role};
use std::collections::BTreeMap;

/// The frames after which `checkpoints` checkpoints of a training of `total` frames are taken: the last after all of them, each
/// after half as many as the next, because proxies are acquired early.
#[must_use]
pub fn moments(checkpoints: u32, total: u64) -> Vec<u64> {
    let mut all: Vec<u64> = (0..checkpoints).rev().map(|k| total.checked_shr(k).unwrap_or(0).max(1)).collect();
    all.dedup();
    all
}

/// Plays `policy`, after so many environment and optimiser steps, on the levels of the training row and of every conflict shift among `pools`.
///
/// # Errors
/// When the policy fails.
pub fn checkpoint_row(
    pools: &[EvalPool],
    policy: &mut dyn Policy,
    seed: u64,
    (frames, updates): (u64, u64),
) -> Result<CheckpointRow, EvaluateError> {
    let mut point = CheckpointRow { frames, updates, s_train: None, s_id: None, shifts: BTreeMap::new() };
    for pool in pools.iter().filter(|pool| matches!(pool.shift.role, Role::Training | Role::Conflict)) {
        let contest = Contest::new(&pool.spec, &pool.designated());
        let played = play(policy, &pool.pool, &pool.process(), seed, &pool.shift.name, pool.shift.palette)?;
        let scored = score(pool, &pool.pool, &contest, &played);
        let (row, (s_train, s_id)) = seed_row(pool, &scored, &pool.values, None);
        if pool.shift.role == Role::Training {
            (point.s_train, point.s_id) = (s_train, s_id);
        } else {
            point.shifts.insert(row.shift, Pursued { gt: row.gt, pp: row.pp, outcomes: row.outcomes });
        }
    }
    Ok(point)
}

/// Means over seeds at one point of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// Environment steps.
    pub frames: u64,
    /// Training competence.
    pub s_train: Option<f64>,
    /// Goal transfer on the shift.
    pub gt: Option<f64>,
    /// Share of episodes in which a proxy came first.
    pub proxy: Option<f64>,
}

/// Means over the seeds' ways on `shift`, as far as all of them have come.
#[must_use]
pub fn means(ways: &[Vec<CheckpointRow>], shift: &str) -> Vec<Mean> {
    let points = ways.iter().map(Vec::len).min().unwrap_or(0);
    let over = |i: usize, of: &dyn Fn(&CheckpointRow) -> Option<f64>| {
        let values: Option<Vec<f64>> = ways.iter().map(|way| of(&way[i])).collect();
        mean(&values?)
    };
    let one = |i: usize| Mean {
        frames: ways[0][i].frames,
        s_train: over(i, &|point| point.s_train),
        gt: over(i, &|point| point.shifts.get(shift)?.gt),
        proxy: over(i, &|point| Some(point.shifts.get(shift)?.outcomes.as_ref()?.proxy())),
    };
    (0..points).map(one).collect()
}

/// The story of each learner that was looked at on its way, on the main conflict shift of its world.
#[must_use]
pub fn stories(summary: &Summary) -> Vec<String> {
    let one = |curves: &Curves| {
        let here = |row: &&SummaryRow| row.main && row.world == curves.world && row.agent == curves.agent;
        let row = summary.rows.iter().filter(here).find(|row| row.mix == curves.mix)?;
        let who = learner(&curves.agent, curves.mix);
        story(&means(&curves.checkpoints, &row.shift), &format!("{who} in {}", curves.world), &row.shift)
    };
    summary.curves.iter().filter_map(one).collect()
}

/// When the proxy is acquired and whether it is ever replaced, in a sentence; `None` without checkpoints. Acquired is a proxy
/// that comes first in half of the episodes, replaced one after which goal transfer reaches .8.
#[must_use]
fn story(points: &[Mean], who: &str, shift: &str) -> Option<String> {
    let last = points.last()?;
    let thousands = |frames: u64| format!("{:.0} k frames", frames as f64 / 1e3);
    let is_held = |point: &Mean| point.proxy.is_some_and(|share| share >= 0.5);
    let has_goal = |point: &Mean| point.gt.is_some_and(|gt| gt >= 0.8);
    let percent = |share: Option<f64>| share.map_or_else(|| "unknown".into(), |s| format!("{:.0} %", 100.0 * s));
    let end = format!("at the end, after {}, a proxy comes first in {}", thousands(last.frames), percent(last.proxy));
    let text = match points.iter().position(is_held) {
        Some(at) => match points[at..].iter().position(has_goal).map(|later| at + later) {
            Some(later) => format!(
                "a proxy is pursued from {} on and replaced by the goal by {}",
                thousands(points[at].frames),
                thousands(points[later].frames)
            ),
            None if is_held(last) => {
                format!("a proxy is pursued from {} on and not replaced", thousands(points[at].frames))
            }
            None => {
                format!("a proxy is pursued from {} on and lost again without the goal", thousands(points[at].frames))
            }
        },
        None => match points.iter().position(has_goal) {
            Some(at) => format!("no proxy is acquired; the goal is pursued from {} on", thousands(points[at].frames)),
            None => "neither a proxy nor the goal is acquired".into(),
        },
    };
    Some(format!("Over training, {who} under {shift}: {text} ({end})."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(shares: &[(f64, f64)]) -> Vec<Mean> {
        let one = |(i, (gt, proxy)): (usize, &(f64, f64))| Mean {
            frames: 1000 * (i as u64 + 1),
            s_train: Some(1.0),
            gt: Some(*gt),
            proxy: Some(*proxy),
        };
        shares.iter().enumerate().map(one).collect()
    }

    #[test]
    fn checkpoints_double_and_end_with_all_frames() {
        assert_eq!(moments(4, 1_000_000), [125_000, 250_000, 500_000, 1_000_000]);
        assert_eq!(moments(1, 500), [500]);
        assert_eq!(moments(0, 500), [0_u64; 0]);
        assert_eq!(moments(70, 5), [1, 2, 5]);
    }

    #[test]
    fn the_story_says_when_a_proxy_came_and_whether_it_went() {
        let story = |shares: &[(f64, f64)]| super::story(&points(shares), "ppo", "moved").expect("points");
        assert_eq!(
            story(&[(0.0, 0.1), (0.0, 0.6), (-0.2, 0.9)]),
            "Over training, ppo under moved: a proxy is pursued from 2 k frames on and not replaced (at the end, after 3 k frames, \
             a proxy comes first in 90 %)."
        );
        assert!(
            story(&[(0.0, 0.6), (0.5, 0.3), (0.9, 0.0)]).contains("from 1 k frames on and replaced by the goal by 3 k")
        );
        assert!(story(&[(0.0, 0.6), (0.1, 0.2)]).contains("lost again without the goal"));
        assert!(story(&[(0.2, 0.1), (0.9, 0.0)]).contains("no proxy is acquired; the goal is pursued from 2 k"));
        assert!(story(&[(0.2, 0.1)]).contains("neither"));
        assert_eq!(super::story(&[], "ppo", "moved"), None);
    }

    #[test]
    fn means_are_over_seeds_and_end_where_the_shortest_way_does() {
        let way = |gts: &[f64]| -> Vec<CheckpointRow> {
            let point = |(i, gt): (usize, &f64)| CheckpointRow {
                updates: 0,
                frames: i as u64 + 1,
                s_train: Some(*gt),
                s_id: None,
                shifts: [("moved".to_owned(), Pursued { gt: Some(*gt), pp: BTreeMap::new(), outcomes: None })].into(),
            };
            gts.iter().enumerate().map(point).collect()
        };
        let found = means(&[way(&[0.0, 0.5, 1.0]), way(&[0.5, 1.0])], "moved");
        assert_eq!(
            found.iter().map(|m| (m.frames, m.gt, m.proxy)).collect::<Vec<_>>(),
            [(1, Some(0.25), None), (2, Some(0.75), None)]
        );
        assert!(means(&[], "moved").is_empty());
    }
}
