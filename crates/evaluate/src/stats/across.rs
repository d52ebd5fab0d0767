//! One number for an agent across families: aggregates over a matrix of runs × tasks.
//!
//! Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice" (arXiv 2108.13264), is the
//! source of all of them; its program is rliable. A task is a family here, a run is a seed. Every task weighs the same, also
//! where tasks differ in their number of runs, which the paper leaves out.

use super::difference::{self, Improvement};
use ndarray::ArrayView2;

/// Scores of runs on tasks: at least one task, at least one run each, every score a finite number. Tasks may differ in
/// their number of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores(Vec<Vec<f64>>);

/// Why scores are refused.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ScoresError {
    /// There is nothing to aggregate.
    #[error("no task: at least one is needed")]
    NoTask,
    /// A task without a run would have to be left out, which is the caller's to decide.
    #[error("task {task} has no run: at least one is needed in each")]
    NoRun {
        /// Its place.
        task: usize,
    },
    /// A score that no order or mean can hold.
    #[error("run {run} of task {task} scores {value}: a finite number is needed")]
    NotFinite {
        /// Place of the task.
        task: usize,
        /// Place of the run in it.
        run: usize,
        /// What it scores.
        value: f64,
    },
}

impl Scores {
    /// Of one list of runs for each task.
    ///
    /// # Errors
    /// Without a task, with a task without a run, or with a score that is not finite.
    pub fn new(tasks: Vec<Vec<f64>>) -> Result<Self, ScoresError> {
        if tasks.is_empty() {
            return Err(ScoresError::NoTask);
        }
        for (task, runs) in tasks.iter().enumerate() {
            if runs.is_empty() {
                return Err(ScoresError::NoRun { task });
            }
            if let Some((run, value)) = runs.iter().copied().enumerate().find(|(_, value)| !value.is_finite()) {
                return Err(ScoresError::NotFinite { task, run, value });
            }
        }
        Ok(Self(tasks))
    }

    /// Of a matrix of runs × tasks, as rliable takes it.
    ///
    /// # Errors
    /// As [`Scores::new`].
    pub fn from_matrix(matrix: ArrayView2<'_, f64>) -> Result<Self, ScoresError> {
        Self::new(matrix.columns().into_iter().map(|task| task.to_vec()).collect())
    }

    /// The runs of each task.
    #[must_use]
    pub fn tasks(&self) -> &[Vec<f64>] {
        &self.0
    }

    /// The same with other scores in the places of these: `replace` is given the runs of a task here and there.
    pub(super) fn refill(&mut self, from: &Self, mut replace: impl FnMut(&[f64], &mut [f64])) {
        for (here, there) in self.0.iter_mut().zip(&from.0) {
            replace(there, here);
        }
    }

    fn over_tasks(&self, of_task: impl Fn(&[f64]) -> f64) -> f64 {
        self.0.iter().map(|runs| of_task(runs)).sum::<f64>() / self.0.len() as f64
    }
}

fn mean_of(runs: &[f64], value: impl Fn(f64) -> f64) -> f64 {
    runs.iter().map(|score| value(*score)).sum::<f64>() / runs.len() as f64
}

/// Mean over tasks of the mean over runs (§2).
#[must_use]
pub fn mean(scores: &Scores) -> f64 {
    scores.over_tasks(|runs| mean_of(runs, |score| score))
}

/// Median over tasks of the mean over runs (§2): half the tasks may be anything without moving it.
#[must_use]
pub fn median(scores: &Scores) -> f64 {
    let mut means: Vec<f64> = scores.tasks().iter().map(|runs| mean_of(runs, |score| score)).collect();
    means.sort_by(f64::total_cmp);
    let half = means.len() / 2;
    if means.len() % 2 == 1 { means[half] } else { f64::midpoint(means[half - 1], means[half]) }
}

/// Interquartile mean (§4.3): the mean of the middle half of all runs of all tasks, as `scipy.stats.trim_mean` cuts it
/// (⌊N / 4⌋ runs off each end).
///
/// Where tasks differ in their number of runs, a run weighs 1 / (runs of its task), and the runs at the edges of the middle
/// half count by the part of their weight that lies inside.
#[must_use]
pub fn iqm(scores: &Scores) -> f64 {
    let tasks = scores.tasks();
    let mut all: Vec<(f64, f64)> = Vec::new();
    for runs in tasks {
        let weight = 1.0 / (runs.len() * tasks.len()) as f64;
        all.extend(runs.iter().map(|score| (*score, weight)));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let cut = (all.len() / 4) as f64 / all.len() as f64;
    let (mut below, mut sum, mut held) = (0.0, 0.0, 0.0);
    for (score, weight) in all {
        let inside = ((below + weight).min(1.0 - cut) - f64::max(below, cut)).max(0.0);
        sum += inside * score;
        held += inside;
        below += weight;
    }
    sum / held
}

/// Optimality gap (§4.3): how far runs fall short of `target` on average; what lies above it counts as the target.
#[must_use]
pub fn optimality_gap(scores: &Scores, target: f64) -> f64 {
    target - scores.over_tasks(|runs| mean_of(runs, |score| score.min(target)))
}

/// Performance profile (§4.2), the run-score distribution: for each threshold the share of runs above it, over tasks.
#[must_use]
pub fn profile(scores: &Scores, thresholds: &[f64]) -> Vec<f64> {
    let above =
        |threshold: f64| scores.over_tasks(|runs| mean_of(runs, |score| f64::from(u8::from(score > threshold))));
    thresholds.iter().map(|threshold| above(*threshold)).collect()
}

/// Probability of improvement (§4.3): P(head > base) + ½ P(head = base) within each task, averaged over tasks.
///
/// The interval is that of [`difference::improvement`] for an average over tasks: the bootstrap of the paper shrinks to a point
/// where all runs of one side win.
///
/// # Panics
/// When the two have different numbers of tasks.
#[must_use]
pub fn improvement(base: &Scores, head: &Scores) -> Improvement {
    let tasks = base.tasks().len();
    assert!(tasks == head.tasks().len(), "{tasks} tasks against {}", head.tasks().len());
    let pairs = (0..tasks).map(|task| (base.tasks()[task].as_slice(), head.tasks()[task].as_slice()));
    difference::improvement_over(pairs).expect("every task has a run")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(tasks: &[&[f64]]) -> Scores {
        Scores::new(tasks.iter().map(|runs| runs.to_vec()).collect()).unwrap()
    }

    #[test]
    fn what_cannot_be_aggregated_is_refused_by_its_place() {
        assert_eq!(Scores::new(vec![]), Err(ScoresError::NoTask));
        assert_eq!(Scores::new(vec![vec![0.1], vec![]]), Err(ScoresError::NoRun { task: 1 }));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let why = Scores::new(vec![vec![0.1], vec![0.2, bad]]).unwrap_err().to_string();
            assert_eq!(why, format!("run 1 of task 1 scores {bad}: a finite number is needed"));
        }
    }

    #[test]
    fn a_matrix_is_runs_by_tasks() {
        let matrix = ndarray::array![[0.1, 0.5], [0.2, 0.6], [0.3, 0.7]];
        assert_eq!(Scores::from_matrix(matrix.view()), Ok(scores(&[&[0.1, 0.2, 0.3], &[0.5, 0.6, 0.7]])));
    }

    #[test]
    fn every_task_weighs_the_same_whatever_its_number_of_runs() {
        let (few, many) = (scores(&[&[0.0, 1.0], &[0.4, 0.6]]), scores(&[&[0.0, 0.0, 1.0, 1.0], &[0.4, 0.6]]));
        assert_eq!((mean(&many), median(&many)), (0.5, 0.5));
        assert_eq!(optimality_gap(&many, 1.0), optimality_gap(&few, 1.0));
        assert_eq!(profile(&many, &[0.5, -1.0]), [0.5, 1.0]);
        // Six runs; one sixth off each end, so that 1/12 is left of the quarter that scores 0, and as much of that at 1.
        let expected = (0.4 * 0.25 + 0.6 * 0.25 + (0.25 - 1.0 / 6.0)) / (2.0 / 3.0);
        assert!((iqm(&many) - expected).abs() < 1e-12, "{}", iqm(&many));
        // Two runs of one task and six of the other: what the six say weighs no more than what the two say.
        let lopsided = iqm(&scores(&[&[0.0; 2], &[1.0; 6]]));
        assert!((lopsided - 0.5).abs() < 1e-12, "{lopsided}");
    }

    #[test]
    fn one_wild_run_moves_the_mean_and_not_the_interquartile_mean() {
        let (tame, wild) = (scores(&[&[0.4, 0.5, 0.6, 0.5]]), scores(&[&[0.4, 0.5, 900.0, 0.5]]));
        assert_eq!(iqm(&tame), iqm(&wild));
        assert!(mean(&wild) > 200.0);
    }

    #[test]
    fn families_that_all_agree_prove_more_than_one_does_and_never_everything() {
        let (one, five) = (scores(&[&[0.0; 5]]), scores(&[[0.0; 5].as_slice(); 5]));
        let (one_head, five_head) = (scores(&[&[1.0; 5]]), scores(&[[1.0; 5].as_slice(); 5]));
        let (of_one, of_five) = (improvement(&one, &one_head), improvement(&five, &five_head));
        assert_eq!(Some(of_one), difference::improvement(&[0.0; 5], &[1.0; 5]));
        assert_eq!((of_five.probability, of_five.high), (1.0, 1.0));
        assert!(of_one.low < of_five.low && of_five.low < 1.0, "{of_five:?}");
        let back = improvement(&five_head, &five);
        assert_eq!((back.probability, back.low), (0.0, 0.0));
        assert!((back.high - (1.0 - of_five.low)).abs() < 1e-12);
    }
}
