//! Area under the ROC curve, with ties, and an interval that holds at its ends.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// How well a number foretells something: the probability that it is higher where it happened than where it did not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auroc {
    /// .5: it tells nothing; 1: it always is higher; 0: it always is lower.
    pub area: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Episodes in which it happened.
    pub positives: usize,
    /// Episodes in which it did not.
    pub negatives: usize,
}

/// The area as the Mann–Whitney statistic, equal pairs counting one half (Hanley and McNeil 1982, Radiology 143, 29–36), with
/// their variance in a score interval (Newcombe 2006, Statistics in Medicine 25, 559–573, method 5), which does not shrink
/// to nothing at areas of 0 and 1. `None` where one side is empty or a number is not one.
#[must_use]
pub fn auroc(positives: &[f64], negatives: &[f64]) -> Option<Auroc> {
    let (m, n) = (positives.len(), negatives.len());
    if m == 0 || n == 0 || positives.iter().chain(negatives).any(|x| x.is_nan()) {
        return None;
    }
    let mut sorted = negatives.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |x: f64| {
        let (less, most) = (sorted.partition_point(|y| *y < x), sorted.partition_point(|y| *y <= x));
        (less + most) as f64 / 2.0
    };
    let area = positives.iter().map(|x| below(*x)).sum::<f64>() / (m * n) as f64;
    let (low, high) = interval(area, m as f64, n as f64);
    Some(Auroc { area, low, high, positives: m, negatives: n })
}

/// Areas θ with |θ − area| <= z · sqrt(var(θ)), the variance taken at θ.
fn interval(area: f64, m: f64, n: f64) -> (f64, f64) {
    let z = Normal::standard().inverse_cdf(0.5 + crate::stats::CONFIDENCE / 2.0);
    let extra = (m + n) / 2.0 - 1.0;
    let variance = |t: f64| t * (1.0 - t) * (1.0 + extra * ((1.0 - t) / (2.0 - t) + t / (1.0 + t))) / (m * n);
    let inside = |t: f64| (t - area).abs() <= z * variance(t).sqrt();
    let end = |outside: f64| {
        if inside(outside) {
            return outside;
        }
        let (mut within, mut beyond) = (area, outside);
        for _ in 0..60 {
            let middle = f64::midpoint(within, beyond);
            *(if inside(middle) { &mut within } else { &mut beyond }) = middle;
        }
        within
    };
    (end(0.0), end(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_by_hand() {
        // Pairs: 3>1, 3>2, 2>1 count 1, 2=2 counts 1/2: 3.5 of 4.
        let a = auroc(&[3.0, 2.0], &[1.0, 2.0]).unwrap();
        assert_eq!((a.area, a.positives, a.negatives), (0.875, 2, 2));
        assert_eq!(auroc(&[1.0, 1.0], &[1.0]).unwrap().area, 0.5);
        assert_eq!(auroc(&[1.0], &[]), None);
        assert_eq!(auroc(&[f64::NAN], &[1.0]), None);
    }

    #[test]
    fn turning_the_score_turns_the_area() {
        let (p, n) = ([0.3, 0.9, 0.5], [0.1, 0.5, 0.7, 0.2]);
        let turned = |v: &[f64]| v.iter().map(|x| -x).collect::<Vec<_>>();
        let (a, b) = (auroc(&p, &n).unwrap(), auroc(&turned(&p), &turned(&n)).unwrap());
        assert!((a.area + b.area - 1.0).abs() < 1e-12);
        assert!((a.low + b.high - 1.0).abs() < 1e-9 && (a.high + b.low - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_ends_of_the_interval_solve_their_equation() {
        // At area .5, m = n = 10: var(t) = t(1 - t)(1 + 9((1 - t)/(2 - t) + t/(1 + t)))/100.
        let (low, high) = interval(0.5, 10.0, 10.0);
        let var = |t: f64| t * (1.0 - t) * (1.0 + 9.0 * ((1.0 - t) / (2.0 - t) + t / (1.0 + t))) / 100.0;
        assert!((0.5 - low - 1.959_963_985 * var(low).sqrt()).abs() < 1e-9);
        assert!((low + high - 1.0).abs() < 1e-9);
        // A perfect area of few episodes is not certain.
        let (low, high) = interval(1.0, 5.0, 5.0);
        assert!(low < 0.8 && high == 1.0, "{low} {high}");
    }
}
