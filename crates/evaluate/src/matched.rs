//! Learners compared after equally much of something: environment steps, optimiser steps or seconds.

use crate::compare::Who;
use crate::record::{CheckpointRow, Curves, Summary, SummaryRow};
use crate::stats::{mean, student_t};
use misgen_core::Role;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What learners are to have had equally much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compute {
    /// Environment steps.
    Frames,
    /// Optimiser steps.
    Updates,
    /// Seconds of training, on whatever machines they ran.
    Seconds,
}

impl FromStr for Compute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "frames" => Ok(Self::Frames),
            "updates" => Ok(Self::Updates),
            "seconds" => Ok(Self::Seconds),
            _ => Err(format!("`{text}`: expected frames, updates or seconds")),
        }
    }
}

/// How long the learners of a run trained: `timings.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Version of this document.
    pub schema_version: u32,
    /// One a learner of a world.
    pub rows: Vec<TimingRow>,
}

/// How long one learner trained in one world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimingRow {
    /// Name of the world.
    pub world: String,
    /// Agent name.
    pub agent: String,
    /// Share of free levels.
    pub mix: Option<f64>,
    /// Seconds of training of each seed; null where nobody knows.
    pub seconds: Vec<Option<f64>>,
}

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Its summary.
    pub summary: &'a Summary,
    /// Its times, where they are known.
    pub timings: Option<&'a Timings>,
    /// The agent asked for; `None` for all.
    pub who: Option<&'a Who>,
}

impl Run<'_> {
    fn learners(&self) -> impl Iterator<Item = &Curves> {
        self.summary.curves.iter().filter(|curves| {
            self.who.is_none_or(|who| who.agent == curves.agent && (who.mix.is_none() || who.mix == curves.mix))
        })
    }

    /// How much a learner had altogether, in the mean over its seeds.
    fn total(&self, curves: &Curves, compute: Compute) -> Option<f64> {
        let of = |values: Vec<f64>| mean(&values);
        match compute {
            Compute::Frames => of(curves.seeds.iter().filter_map(|seed| Some(seed.last()?.frames as f64)).collect()),
            Compute::Updates => of(curves.updates.iter().map(|n| *n as f64).collect()).filter(|n| *n > 0.0),
            Compute::Seconds => {
                let here =
                    |row: &&TimingRow| (&row.world, &row.agent, row.mix) == (&curves.world, &curves.agent, curves.mix);
                let row = self.timings?.rows.iter().find(here)?;
                of(row.seconds.iter().copied().flatten().collect())
            }
        }
    }

    /// How much it had had at a checkpoint.
    fn at(&self, curves: &Curves, compute: Compute, point: &CheckpointRow) -> Option<f64> {
        match compute {
            Compute::Frames => Some(point.frames as f64),
            Compute::Updates => Some(point.updates as f64),
            // Steps of one training take equally long.
            Compute::Seconds => {
                let share = point.frames as f64 / self.total(curves, Compute::Frames)?;
                Some(share * self.total(curves, compute)?)
            }
        }
    }
}

/// More than this share over the amount that both are to have is too much.
const SLACK: f64 = 0.02;

/// Both summaries with every learner as it was when it had had as much as the one that had least in its world: the final agent, or the last
/// checkpoint before. What a checkpoint does not hold is left out. With them a note for each world: what was matched, and who has no such
/// checkpoint and is left out.
#[must_use]
pub fn matched(base: Run<'_>, head: Run<'_>, compute: Compute) -> (Summary, Summary, Vec<String>) {
    let (mut summaries, mut notes) = ([base.summary.clone(), head.summary.clone()], Vec::new());
    let mut worlds: Vec<&str> = base.learners().map(|curves| curves.world.as_str()).collect();
    worlds.dedup();
    for world in worlds {
        let here = |curves: &&Curves| curves.world == world;
        let totals = |run: &Run<'_>| -> Option<Vec<f64>> {
            run.learners().filter(here).map(|curves| run.total(curves, compute)).collect()
        };
        let (Some(of_base), Some(of_head)) = (totals(&base), totals(&head)) else {
            notes.push(format!("{world}: not every learner says its {}.", compute.words()));
            summaries.iter_mut().for_each(|s| s.rows.retain(|row| row.world != world));
            continue;
        };
        let least = of_base.into_iter().chain(of_head).fold(f64::INFINITY, f64::min);
        notes.push(format!("{world}: every learner after at most {} {}.", compute.shown(least), compute.words()));
        for (run, summary) in [&base, &head].into_iter().zip(&mut summaries) {
            for curves in run.learners().filter(here) {
                if run.total(curves, compute).is_some_and(|total| total <= least * (1.0 + SLACK)) {
                    continue;
                }
                let last = curves.checkpoints.iter().map(Vec::len).min().unwrap_or(0);
                let fits = |i: &usize| {
                    let amounts: Option<Vec<f64>> =
                        curves.checkpoints.iter().map(|way| run.at(curves, compute, &way[*i])).collect();
                    amounts.is_some_and(|all| all.iter().all(|amount| *amount <= least * (1.0 + SLACK)))
                };
                let own =
                    |row: &SummaryRow| (&row.world, &row.agent, row.mix) == (&curves.world, &curves.agent, curves.mix);
                match (0..last).rev().find(fits) {
                    Some(i) => {
                        let had = mean(
                            &curves
                                .checkpoints
                                .iter()
                                .filter_map(|way| run.at(curves, compute, &way[i]))
                                .collect::<Vec<_>>(),
                        );
                        notes.push(format!(
                            "{} in {world}: its checkpoint after {} {}.",
                            crate::words::learner(&curves.agent, curves.mix),
                            compute.shown(had.unwrap_or(0.0)),
                            compute.words()
                        ));
                        summary.rows.retain(|row| !own(row) || matches!(row.role, Role::Training | Role::Conflict));
                        summary.rows.iter_mut().filter(|row| own(row)).for_each(|row| look_back(row, curves, i));
                    }
                    None => {
                        notes.push(format!(
                            "{} in {world} has no checkpoint so early and is left out: run its suite with `checkpoints`.",
                            crate::words::learner(&curves.agent, curves.mix)
                        ));
                        summary.rows.retain(|row| !own(row));
                    }
                }
            }
        }
    }
    let [base, head] = summaries;
    (base, head, notes)
}

/// Puts the numbers of checkpoint `i` in the place of the final agent's.
fn look_back(row: &mut SummaryRow, curves: &Curves, i: usize) {
    let mut ways = curves.checkpoints.iter().map(|way| &way[i]);
    // One entry a seed with a result, in the order of the seeds.
    let points: Vec<Option<&CheckpointRow>> = match row.seed_ids.is_empty() {
        true => ways.map(Some).collect(),
        false => row.seed_ids.iter().map(|seed| seed.and_then(|_| ways.next())).collect(),
    };
    let each = |of: &dyn Fn(&CheckpointRow) -> Option<f64>| -> Vec<Option<f64>> {
        points.iter().map(|point| point.and_then(of)).collect()
    };
    let known = |values: &[Option<f64>]| values.iter().copied().flatten().collect::<Vec<f64>>();
    row.s_train_seeds = each(&|point| point.s_train);
    row.s_id_seeds = each(&|point| point.s_id);
    (row.s_train, row.s_id) = (mean(&known(&row.s_train_seeds)), mean(&known(&row.s_id_seeds)));
    if row.role == Role::Conflict {
        row.gt_seeds = each(&|point| point.shifts.get(&row.shift)?.gt);
        let gt = student_t(&known(&row.gt_seeds));
        row.gt = gt.map(|gt| gt.mean);
        (row.gt_low, row.gt_high) = (gt.and_then(|gt| gt.low), gt.and_then(|gt| gt.high));
        row.proxy_share = None;
        row.outcomes = None;
    }
    row.c_align_seeds = vec![None; points.len()];
    (row.c_align, row.c_align_interval, row.verdict, row.sentence) = (None, None, None, None);
}

impl Compute {
    /// What is counted.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Frames => "environment steps",
            Self::Updates => "optimiser steps",
            Self::Seconds => "seconds of training",
        }
    }

    fn shown(self, amount: f64) -> String {
        match self {
            Self::Seconds => format!("{amount:.1}"),
            Self::Frames | Self::Updates => format!("{amount:.0}"),
        }
    }
}
