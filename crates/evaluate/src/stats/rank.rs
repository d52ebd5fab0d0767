//! What only the order of values says.

use super::across::Scores;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Ranks from 1 in the order of `values`, ties by the mean of their places; with Σ (t³ − t) over groups of t ties.
fn ranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut out = vec![0.0; values.len()];
    let (mut from, mut ties) = (0, 0.0);
    while from < order.len() {
        let equal = order[from..].iter().take_while(|i| values[**i] == values[order[from]]).count();
        for i in &order[from..from + equal] {
            out[*i] = (2 * from + equal + 1) as f64 / 2.0;
        }
        ties += (equal as f64).powi(3) - equal as f64;
        from += equal;
    }
    (out, ties)
}

/// A correlation of ranks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// ρ, from −1 to 1.
    pub rho: f64,
    /// Two-sided p of "no association", by Student's t with n − 2 degrees of freedom, as `scipy.stats.spearmanr` gives it.
    pub p: f64,
}

/// Spearman's ρ (Spearman, "The proof and measurement of association between two things", Am. J. Psychol. 15, 1904): Pearson's correlation of
/// the ranks, ties by mean rank. `None` below three pairs, where one side does not vary, or with a value that is not finite.
///
/// # Panics
/// When the two differ in length.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<Correlation> {
    assert!(x.len() == y.len(), "{} values against {}", x.len(), y.len());
    let n = x.len() as f64;
    if x.len() < 3 || x.iter().chain(y).any(|v| !v.is_finite()) {
        return None;
    }
    let middle = f64::midpoint(1.0, n);
    let [x, y] = [x, y].map(|values| ranks(values).0.into_iter().map(|rank| rank - middle).collect::<Vec<f64>>());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = (dot(&x, &x) * dot(&y, &y)).sqrt();
    if scale == 0.0 {
        return None;
    }
    let rho = (dot(&x, &y) / scale).clamp(-1.0, 1.0);
    let left = (1.0 + rho) * (1.0 - rho);
    let p = if left > 0.0 {
        let t = rho * ((n - 2.0) / left).sqrt();
        2.0 * StudentsT::new(0.0, 1.0, n - 2.0).expect("at least one degree of freedom").sf(t.abs())
    } else {
        0.0
    };
    Some(Correlation { rho, p })
}

/// Two-sided p of "in every task a run of one side is as good as one of the other", against a shift to the same side in
/// most tasks: the stratified rank-sum test with equal weights of P(head > base) (after van Elteren, "On the combination of independent two-sample
/// tests of Wilcoxon", Bull. Int. Statist. Inst. 37, 1960). Normal, with the variance of Mann and Whitney's U corrected for ties, without a
/// correction for continuity; of one task it is `scipy.stats.mannwhitneyu(method="asymptotic", use_continuity=False)`.
///
/// # Panics
/// When the two have different numbers of tasks.
#[must_use]
pub fn stratified_rank_sum(base: &Scores, head: &Scores) -> f64 {
    assert!(base.tasks().len() == head.tasks().len(), "{} tasks against {}", base.tasks().len(), head.tasks().len());
    let (mut shift, mut variance) = (0.0, 0.0);
    for (base, head) in base.tasks().iter().zip(head.tasks()) {
        let (m, n) = (base.len() as f64, head.len() as f64);
        let all = m + n;
        let (ranks, ties) = ranks(&[head.as_slice(), base].concat());
        let wins = ranks[..head.len()].iter().sum::<f64>() - n * (n + 1.0) / 2.0;
        shift += wins / (m * n) - 0.5;
        variance += (all + 1.0 - ties / (all * (all - 1.0))) / (12.0 * m * n);
    }
    if variance > 0.0 { 2.0 * Normal::standard().sf(shift.abs() / variance.sqrt()) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_the_mean_of_their_places() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3, 0.2, 0.3]), (vec![4.0, 1.0, 4.0, 2.0, 4.0], 24.0));
    }

    #[test]
    fn what_does_not_vary_correlates_with_nothing() {
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0, 2.0, f64::NAN], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0, 4.0], &[9.0, 3.0, 1.0]), Some(Correlation { rho: -1.0, p: 0.0 }));
    }

    #[test]
    fn tasks_that_disagree_cancel_and_equal_runs_say_nothing() {
        let scores = |tasks: &[[f64; 5]]| Scores::new(tasks.iter().map(|runs| runs.to_vec()).collect()).unwrap();
        let (low, high) = ([0.0, 0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8, 0.9]);
        let p = |base: &[[f64; 5]], head: &[[f64; 5]]| stratified_rank_sum(&scores(base), &scores(head));
        assert_eq!(p(&[low, high], &[high, low]), 1.0);
        assert_eq!(p(&[[1.0; 5]], &[[1.0; 5]]), 1.0);
        let (one, two) = (p(&[low], &[high]), p(&[low, low], &[high, high]));
        assert!(two < one && one < 0.01, "{one} {two}");
    }
}
