//! A run held against a baseline: did anything fall, beyond what seeds alone would do?
//!
//! Each number of each learner's row is compared by Welch's test over seeds, one-sided, because a gate asks
//! whether it fell; Holm keeps the chance of any false alarm at α over all of them together. Not by pairs of equal seeds: a
//! change of code sends training from the same seed elsewhere, so that pairs share nothing, and the pairs of five seeds would have
//! 4 degrees of freedom where two groups have up to 8.

mod baseline;
mod matching;
mod verdicts;
mod words;

pub use crate::metric::Metric;
pub use baseline::{BASELINE_VERSION, Baseline, BaselineError, BaselineRow, LARGEST_BASELINE};
pub use verdicts::VerdictChange;

use crate::record::Verdict;
use crate::stats::difference::{Difference, POWER, holm, welch};
use crate::stats::{mean, standard_deviation};
use matching::{Matched, match_rows};
use misgen_core::Role;
use serde::Serialize;

/// How strict a gate is.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Chance of any false alarm in a run that did not change.
    pub alpha: f64,
    /// A fall of at most this much is let through, however sure it is.
    pub margin: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { alpha: 0.05, margin: 0.0 }
    }
}

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Version of this document.
    pub schema_version: u32,
    /// Name of the suite that ran.
    pub suite: String,
    /// The finding in one word; what the exit code says.
    pub status: Status,
    /// One plain sentence or two: what was compared, what fell, what could have been found.
    pub sentence: String,
    /// Chance of any false alarm.
    pub alpha: f64,
    /// Falls that are let through.
    pub margin: f64,
    /// Probability with which a fall of [`Comparison::detectable`] is found.
    pub power: f64,
    /// The numbers, in the order of the baseline.
    pub comparisons: Vec<Comparison>,
    /// The verdicts, in the order of the baseline.
    pub verdicts: Vec<VerdictComparison>,
    /// Evidence that the baseline has and the run has not. Any of it fails the gate.
    pub lost: Vec<About>,
    /// What could not be compared, and why.
    pub not_compared: Vec<About>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// The finding of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everything was compared and nothing fell.
    Pass,
    /// Something fell or was lost.
    Regression,
    /// Nothing fell, but part of the baseline is of other versions and could not be compared.
    Incomplete,
    /// There was nothing to compare.
    NothingCompared,
}

/// Which row is meant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowName {
    /// Name of the world in the suite.
    pub world: String,
    /// Family with its version, as in `corner-v0`.
    pub family: String,
    /// Agent name.
    pub agent: String,
    /// Share of free levels in its training law, in the baseline.
    pub mix: f64,
    /// Name of the shift.
    pub shift: String,
    /// Its role.
    pub role: Role,
}

/// One group of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Seeds {
    /// How many have a value.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their sample standard deviation.
    pub deviation: f64,
}

/// One number of one row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Whose.
    pub row: RowName,
    /// Which.
    pub metric: Metric,
    /// The baseline's seeds.
    pub base: Seeds,
    /// The run's seeds.
    pub head: Seeds,
    /// Run less baseline, with its two-sided 95 % interval (for this number alone).
    pub difference: Difference,
    /// One-sided p-value of a fall beyond the margin.
    pub p: f64,
    /// The same after Holm's correction for all comparisons; it decides.
    pub p_adjusted: f64,
    /// The least fall that would have been found here with probability [`Outcome::power`].
    pub detectable: f64,
    /// Whether it fell: `p_adjusted` is at most α.
    pub fell: bool,
}

/// The verdicts of one row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerdictComparison {
    /// Whose.
    pub row: RowName,
    /// The baseline's.
    pub base: Verdict,
    /// The run's.
    pub head: Verdict,
    /// What the gate makes of it.
    pub change: VerdictChange,
}

/// A row, or a number of it, and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct About {
    /// Whose.
    pub row: RowName,
    /// Which number; null for the row as a whole.
    pub metric: Option<Metric>,
    /// In words.
    pub what: String,
}

/// The numbers that a gate compares, in the order in which they are reported.
const GATED: [Metric; 3] = [Metric::STrain, Metric::Gt, Metric::CAlign];

/// A number that is tested, before the others are known.
struct Test {
    row: RowName,
    metric: Metric,
    base: Vec<f64>,
    head: Vec<f64>,
    difference: Difference,
}

/// Holds `head` against `base`.
#[must_use]
pub fn gate(base: &Baseline, head: &Baseline, rules: Rules) -> Outcome {
    let mut out = Outcome {
        schema_version: BASELINE_VERSION,
        suite: head.suite.clone(),
        status: Status::Pass,
        sentence: String::new(),
        alpha: rules.alpha,
        margin: rules.margin,
        power: POWER,
        comparisons: Vec::new(),
        verdicts: Vec::new(),
        lost: Vec::new(),
        not_compared: Vec::new(),
        notes: words::differences(base, head),
    };
    let matched = match_rows(base, head);
    out.notes.extend(matched.notes);
    let (mut tests, mut common, mut versions) = (Vec::new(), 0, 0);
    for (row, found) in base.rows.iter().zip(&matched.rows) {
        let name = name(row, base);
        match found {
            Matched::OtherVersion(what) => {
                versions += 1;
                out.not_compared.push(About { row: name, metric: None, what: what.clone() });
            }
            Matched::Gone(what) => out.lost.push(About { row: name, metric: None, what: what.clone() }),
            Matched::Row(now) => {
                common += 1;
                compare_row(row, now, &name, &mut tests, &mut out);
            }
        }
    }
    out.comparisons = adjusted(tests, rules);
    for verdict in &mut out.verdicts {
        verdict.change = verdicts::judge(verdict, &out.comparisons);
    }
    out.status = if common + versions == 0 {
        // Not one row is the same: the wrong file, rather than a run that lost everything.
        Status::NothingCompared
    } else if out.fails() {
        Status::Regression
    } else if out.comparisons.is_empty() {
        Status::NothingCompared
    } else if versions > 0 {
        Status::Incomplete
    } else {
        Status::Pass
    };
    out.sentence = words::sentence(&out);
    out
}

impl Outcome {
    fn fails(&self) -> bool {
        !self.lost.is_empty() || self.fallen().next().is_some() || self.worsened().next().is_some()
    }

    /// The numbers that fell.
    pub fn fallen(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons.iter().filter(|c| c.fell)
    }

    /// The verdicts that fail the gate.
    pub fn worsened(&self) -> impl Iterator<Item = &VerdictComparison> {
        self.verdicts.iter().filter(|v| v.change == VerdictChange::Worse)
    }

    /// The least falls that could have been found: in half of the comparisons, and in all of them.
    #[must_use]
    pub fn detectable(&self) -> Option<(f64, f64)> {
        let mut all: Vec<f64> = self.comparisons.iter().map(|c| c.detectable).collect();
        all.sort_by(f64::total_cmp);
        Some((*all.get(all.len().checked_sub(1)? / 2)?, *all.last()?))
    }
}

fn name(row: &BaselineRow, of: &Baseline) -> RowName {
    RowName {
        world: row.world.clone(),
        family: format!("{}-v{}", row.family, of.families.get(&row.family).copied().unwrap_or(0)),
        agent: row.agent.clone(),
        mix: row.mix,
        shift: row.shift.clone(),
        role: row.role,
    }
}

/// Compares what one row of the baseline has with the same row of the run.
fn compare_row(base: &BaselineRow, head: &BaselineRow, name: &RowName, tests: &mut Vec<Test>, out: &mut Outcome) {
    let about = |metric, what| About { row: name.clone(), metric, what };
    let rows_lost = head.seeds.len() < base.seeds.len();
    if rows_lost {
        out.lost.push(about(None, words::lost_seeds(&base.seeds, &head.seeds)));
    }
    for metric in GATED {
        let (before, now) = (base.values(metric), head.values(metric));
        if before.is_empty() {
            continue;
        }
        if now.len() < before.len() && !rows_lost {
            out.lost.push(about(Some(metric), format!("{} of {} seeds have a value", now.len(), before.len())));
        }
        // One level won or lost is the least that a seed can show.
        let floor = 1.0 / base.levels.min(head.levels).max(1) as f64;
        match welch(&before, &now, floor) {
            Some(difference) => tests.push(Test { row: name.clone(), metric, base: before, head: now, difference }),
            None => {
                let (before, now) = (before.len(), now.len());
                let what = format!("{before} values in the baseline and {now} here; a test needs two of each");
                out.not_compared.push(about(Some(metric), what));
            }
        }
    }
    if let (Some(before), Some(now)) = (base.verdict, head.verdict) {
        // Judged once it is known which numbers fell.
        let change = VerdictChange::Same;
        out.verdicts.push(VerdictComparison { row: name.clone(), base: before, head: now, change });
        if now == Verdict::Insufficient && before != now && !rows_lost {
            let what = format!("{} levels are too few for a verdict; the baseline has {}", head.levels, base.levels);
            out.lost.push(about(None, what));
        }
    }
}

/// Decides all tests together.
fn adjusted(tests: Vec<Test>, rules: Rules) -> Vec<Comparison> {
    let p: Vec<f64> = tests.iter().map(|test| test.difference.p_fall(rules.margin)).collect();
    let first_step = rules.alpha / tests.len().max(1) as f64;
    let seeds = |values: &[f64]| Seeds {
        count: values.len(),
        mean: mean(values).unwrap_or(0.0),
        deviation: standard_deviation(values).unwrap_or(0.0),
    };
    let decided = tests.into_iter().zip(p.iter().zip(holm(&p)));
    decided
        .map(|(test, (p, p_adjusted))| Comparison {
            base: seeds(&test.base),
            head: seeds(&test.head),
            p: *p,
            p_adjusted,
            detectable: rules.margin + test.difference.detectable(first_step),
            fell: p_adjusted <= rules.alpha,
            row: test.row,
            metric: test.metric,
            difference: test.difference,
        })
        .collect()
}
