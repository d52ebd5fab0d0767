//! Differences of means between two groups of seeds, and many of them at once.
//!
//! All functions are pure, over slices of one value a seed.

use crate::stats::{CONFIDENCE, mean, standard_deviation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

/// Change of a mean from a base to a head, with its Student-t interval at [`CONFIDENCE`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Mean of the head less mean of the base.
    pub change: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard error of the change.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub degrees: f64,
}

fn student(degrees: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees).expect("degrees of freedom are above 0")
}

impl Difference {
    fn new(change: f64, standard_error: f64, degrees: f64) -> Self {
        let half = student(degrees).inverse_cdf(0.5 + CONFIDENCE / 2.0) * standard_error;
        Self { change, low: change - half, high: change + half, standard_error, degrees }
    }

    /// One-sided p-value of "the mean fell by more than `margin`": the chance of a fall of this size where
    /// the true one is `margin`.
    #[must_use]
    pub fn p_fall(&self, margin: f64) -> f64 {
        let beyond = -self.change - margin;
        if self.standard_error > 0.0 {
            student(self.degrees).sf(beyond / self.standard_error)
        } else {
            f64::from(u8::from(beyond <= 0.0))
        }
    }

    /// The least fall (beyond a margin) that a one-sided test at `level` would have found with probability
    /// [`POWER`] on groups as noisy as these.
    ///
    /// The power of a t test is P(T > c) for T noncentral t with noncentrality δ = fall / standard error. With
    /// b = E √(χ²/ν) it is close to Φ((δ − c b) / √(1 + c² (1 − b²))) (Johnson and Welch, "Applications of the
    /// non-central t-distribution", Biometrika 31, 1940), which is solved for δ. Against the exact
    /// distribution it is too large by .3 % at 4 degrees of freedom, .1 % at 8 and 2 % at 1.
    ///
    /// # Panics
    /// When `level` is not between 0 and 1.
    #[must_use]
    pub fn detectable(&self, level: f64) -> f64 {
        let c = student(self.degrees).inverse_cdf(1.0 - level);
        let half = self.degrees / 2.0;
        let b = (ln_gamma(half + 0.5) - ln_gamma(half)).exp() / half.sqrt();
        let z = Normal::standard().inverse_cdf(POWER);
        (c * b + z * (1.0 + c * c * (1.0 - b * b)).sqrt()) * self.standard_error
    }
}

/// The fall that a test at `level` of two groups of `seeds` with this true standard deviation finds with probability
/// [`POWER`]; `None` below two seeds. For planning.
///
/// Welch's degrees of freedom come out below 2 (n − 1) by chance alone; 2 (n − 1) (n + 1) / (n + 2) is their mean within 2 %.
#[must_use]
pub fn planned(seeds: u32, deviation: f64, level: f64) -> Option<f64> {
    let n = f64::from(seeds);
    let degrees = 2.0 * (n - 1.0) * (n + 1.0) / (n + 2.0);
    (seeds > 1).then(|| Difference::new(0.0, deviation * (2.0 / n).sqrt(), degrees).detectable(level))
}

/// Probability with which [`Difference::detectable`] promises to find its effect.
pub const POWER: f64 = 0.8;

/// Two independent groups of unequal variance (Welch, "The generalization of Student's problem when several
/// different population variances are involved", Biometrika 34, 1947); `None` below two values in either, or where the
/// values are too large for their variance to be a number.
///
/// No standard deviation is taken to be below `floor`: where all seeds agree to the last digit, what is
/// known of their noise is only that it is smaller than what a seed can show.
#[must_use]
pub fn welch(base: &[f64], head: &[f64], floor: f64) -> Option<Difference> {
    let part = |values: &[f64]| {
        let n = values.len() as f64;
        Some((standard_deviation(values)?.max(floor).powi(2) / n, n - 1.0))
    };
    let ((a, a_degrees), (b, b_degrees)) = (part(base)?, part(head)?);
    let change = mean(head)? - mean(base)?;
    let total = a + b;
    // Without any noise every number of degrees gives the same answer.
    let degrees =
        if total > 0.0 { total * total / (a * a / a_degrees + b * b / b_degrees) } else { a_degrees + b_degrees };
    degrees.is_finite().then(|| Difference::new(change, total.sqrt(), degrees))
}

/// One group of changes, each from a base to the head that belongs to it; `None` as in [`welch`].
/// `floor` is that of [`welch`], for one change.
#[must_use]
pub fn paired(changes: &[f64], floor: f64) -> Option<Difference> {
    let n = changes.len() as f64;
    let deviation = standard_deviation(changes)?.max(floor);
    deviation.is_finite().then(|| Difference::new(mean(changes).unwrap_or(0.0), deviation / n.sqrt(), n - 1.0))
}

/// Adjusts p-values so that rejecting those of at most α keeps the chance of any false rejection at α, however
/// the tests depend on each other (Holm, "A simple sequentially rejective multiple test procedure",
/// Scand. J. Statist. 6, 1979). In the order of `p`.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut greatest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        greatest = greatest.max((p.len() - rank) as f64 * p[index]).min(1.0);
        adjusted[index] = greatest;
    }
    adjusted
}

/// How likely a run of the head is to beat one of the base, with its interval at [`CONFIDENCE`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Improvement {
    /// P(head > base) + ½ P(head = base) over all pairs of runs.
    pub probability: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Probability of improvement (Agarwal et al. 2021, arXiv 2108.13264, §4.3) over all pairs; `None` where a group is empty.
///
/// The interval is Newcombe's method 5 ("Confidence intervals for an effect size measure based on the Mann–Whitney
/// statistic, part 2", Statist. Med. 25, 2006): all θ with |θ̂ − θ| ≤ z √V(θ), where
/// V(θ) = θ (1 − θ) / (m n) · (2N − 1 − (3N − 3) / ((2 − θ) (1 + θ))) and N = (m + n) / 2. Unlike a bootstrap over five seeds
/// it does not shrink to a point where every run of one side beats every run of the other.
#[must_use]
pub fn improvement(base: &[f64], head: &[f64]) -> Option<Improvement> {
    improvement_over([(base, head)].into_iter())
}

/// [`improvement`] within each of several pairs of groups, averaged over the pairs; `None` without a pair or with an empty group.
///
/// The interval takes V to be the variance of that average where θ is the same in every pair. Where it is not, the true
/// variance is smaller, V being concave, and the interval errs on the wide side.
pub(super) fn improvement_over<'a>(
    pairs: impl ExactSizeIterator<Item = (&'a [f64], &'a [f64])> + Clone,
) -> Option<Improvement> {
    let count = pairs.len() as f64;
    if count == 0.0 || pairs.clone().any(|(base, head)| base.is_empty() || head.is_empty()) {
        return None;
    }
    let wins = |base: &[f64], h: f64| {
        base.iter().map(|b| if h > *b { 1.0 } else { 0.5 * f64::from(u8::from(h == *b)) }).sum::<f64>()
    };
    let size = |group: &[f64]| group.len() as f64;
    let of_pair =
        |(base, head): (&[f64], &[f64])| head.iter().map(|h| wins(base, *h)).sum::<f64>() / (size(base) * size(head));
    let probability = pairs.clone().map(of_pair).sum::<f64>() / count;
    let z = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0);
    let variance = |theta: f64| {
        let of_pair = |(base, head): (&[f64], &[f64])| {
            let (m, n) = (size(base), size(head));
            let mid = f64::midpoint(m, n);
            theta * (1.0 - theta) / (m * n) * (2.0 * mid - 1.0 - (3.0 * mid - 3.0) / ((2.0 - theta) * (1.0 + theta)))
        };
        pairs.clone().map(of_pair).sum::<f64>() / (count * count)
    };
    let inside = |theta: f64| (probability - theta).abs() <= z * variance(theta).sqrt();
    Some(Improvement { probability, low: edge(probability, 0.0, inside), high: edge(probability, 1.0, inside) })
}

/// Where `inside`, which holds at `from`, stops holding on the way to `to`.
fn edge(from: f64, to: f64, inside: impl Fn(f64) -> bool) -> f64 {
    let (mut held, mut lost) = (from, to);
    for _ in 0..60 {
        let middle = (held + lost) / 2.0;
        if inside(middle) { held = middle } else { lost = middle }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    const BASE: [f64; 5] = [0.91, 0.95, 0.88, 0.97, 0.93];
    const HEAD: [f64; 4] = [0.85, 0.91, 0.79, 0.87];

    // Expected values of this module are those of scipy 1.16: stats.ttest_ind(HEAD, BASE, equal_var=False), .ttest_rel,
    // .nct.sf with optimize.brentq, .mannwhitneyu; Holm's are statsmodels' multipletests(method="holm").

    #[test]
    fn welch_agrees_with_scipy() {
        let d = welch(&BASE, &HEAD, 0.0).unwrap();
        near(d.change, -0.073, 1e-12);
        near(d.degrees, 5.204_692_643_994_513, 1e-9);
        near(d.low, -0.147_890_013_731_173_1, 1e-7);
        near(d.high, 0.001_890_013_731_173_215, 1e-7);
        near(d.p_fall(0.0), 0.027_086_859_639_657_93, 1e-9);
        near(d.p_fall(0.02), 0.064_905_070_800_351_95, 1e-9);
    }

    #[test]
    fn pairs_agree_with_scipy() {
        let head = [0.90, 0.91, 0.80, 0.97, 0.87];
        let changes: Vec<f64> = head.iter().zip(&BASE).map(|(h, b)| h - b).collect();
        let d = paired(&changes, 0.0).unwrap();
        near(d.low, -0.079_554_025_347_342_68, 1e-7);
        near(d.high, 0.003_554_025_347_342_705_5, 1e-7);
        near(d.p_fall(0.0), 0.032_025_074_027_097_575, 1e-9);
    }

    #[test]
    fn a_rise_is_no_fall() {
        assert!(welch(&HEAD, &BASE, 0.0).unwrap().p_fall(0.0) > 0.95);
    }

    #[test]
    fn seeds_that_all_agree_are_told_apart_by_the_floor_and_not_by_luck() {
        let one_level = 1.0 / 512.0;
        let p = |base: f64, head: f64, floor| welch(&[base; 5], &[head; 5], floor).unwrap().p_fall(0.0);
        assert!(p(1.0, 0.4, one_level) < 1e-12, "all of one against all of the other");
        assert!(p(1.0, 1.0, one_level) == 0.5, "no change");
        assert!(p(1.0, 0.9999, one_level) > 0.4, "a twentieth of a level");
        // Without a floor the smallest change is certain, and the arithmetic still answers.
        assert!(p(1.0, 0.9999, 0.0) == 0.0 && p(1.0, 1.0, 0.0) == 1.0 && p(0.9, 1.0, 0.0) == 1.0);
    }

    #[test]
    fn one_seed_bears_no_test() {
        assert_eq!(welch(&[0.9], &HEAD, 0.01), None);
        assert_eq!(welch(&BASE, &[], 0.01), None);
        assert_eq!(paired(&[0.1], 0.01), None);
        // Nor do numbers that no metric has; what matters is that they end nothing.
        assert_eq!(welch(&[1e300, -1e300], &[1e200, 0.0], 0.0), None);
        assert_eq!(paired(&[1e300, -1e300], 0.0), None);
    }

    #[test]
    fn the_detectable_effect_is_that_of_the_noncentral_distribution() {
        let exact = [(4.0, 0.05, 3.039_75), (4.0, 0.0025, 7.055_57), (8.0, 0.05, 2.726_84), (8.0, 0.0025, 4.866_04)];
        for (degrees, level, expected) in exact {
            let found = Difference::new(0.0, 1.0, degrees).detectable(level);
            assert!((found / expected - 1.0).abs() < 0.004, "{degrees} {level}: {found} is not {expected}");
        }
    }

    #[test]
    fn holm_agrees_with_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.5]);
        for (found, expected) in adjusted.iter().zip([0.04, 0.09, 0.09, 0.025, 0.5]) {
            near(*found, expected, 1e-12);
        }
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }

    #[test]
    fn improvement_counts_pairs() {
        let i = improvement(&BASE, &HEAD).unwrap();
        near(i.probability, 0.075, 1e-12);
        near(i.low, 0.008_401_679, 1e-6);
        near(i.high, 0.474_473_209, 1e-6);
        // Equal runs on both sides say nothing either way.
        let even = improvement(&[1.0; 5], &[1.0; 5]).unwrap();
        near(even.probability, 0.5, 0.0);
        near(even.low, 0.205_613_057, 1e-6);
        near(even.high, 0.794_386_943, 1e-6);
    }

    #[test]
    fn five_runs_that_beat_five_do_not_prove_that_all_will() {
        let i = improvement(&[0.0; 5], &[1.0; 5]).unwrap();
        near(i.low, 0.642_702_824, 1e-6);
        assert!((i.probability, i.high) == (1.0, 1.0));
        assert_eq!(improvement(&[], &[1.0]), None);
    }
}
