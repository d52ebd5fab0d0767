//! One number of one cell: its mean over seeds, or a share, with an interval.

use crate::record::Estimate;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Confidence of every interval in a report.
pub const CONFIDENCE: f64 = 0.95;

/// Arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation (n − 1); `None` below two values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let center = mean(values)?;
    let n = values.len();
    (n > 1).then(|| (values.iter().map(|v| (v - center).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt())
}

/// Student-t interval of the mean over seeds at [`CONFIDENCE`]; `None` of nothing.
///
/// Over seeds and never over pooled episodes: episodes of one agent share its training,
/// so pooling them claims a precision that is not there.
#[must_use]
pub fn student_t(values: &[f64]) -> Option<Estimate> {
    let center = mean(values)?;
    let Some(deviation) = standard_deviation(values) else {
        return Some(Estimate { mean: center, low: None, high: None });
    };
    let n = values.len() as f64;
    let quantile =
        StudentsT::new(0.0, 1.0, n - 1.0).expect("at least one degree of freedom").inverse_cdf(0.5 + CONFIDENCE / 2.0);
    let half = quantile * deviation / n.sqrt();
    Some(Estimate { mean: center, low: Some(center - half), high: Some(center + half) })
}

/// Wilson score interval of a share at [`CONFIDENCE`] (Wilson 1927).
///
/// # Panics
/// When `trials` is 0 or less than `successes`.
#[must_use]
pub fn wilson(successes: usize, trials: usize) -> (f64, f64) {
    assert!(trials > 0 && successes <= trials, "{successes} of {trials}");
    let z = Normal::standard().inverse_cdf(0.5 + CONFIDENCE / 2.0);
    let n = trials as f64;
    let p = successes as f64 / n;
    let scale = 1.0 + z * z / n;
    let center = (p + z * z / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((center - half).max(0.0), (center + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }

    #[test]
    fn student_t_by_hand() {
        // n = 5, mean 3, s = sqrt(2.5), t(.975, 4) = 2.776445105: half width 1.963243.
        let e = student_t(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        near(e.mean, 3.0);
        near(e.low.unwrap(), 3.0 - 2.776_445_105 * (2.5_f64 / 5.0).sqrt());
        near(e.high.unwrap(), 3.0 + 2.776_445_105 * (2.5_f64 / 5.0).sqrt());
    }

    #[test]
    fn one_seed_has_no_interval_and_none_no_mean() {
        assert_eq!(student_t(&[0.7]), Some(Estimate { mean: 0.7, low: None, high: None }));
        assert_eq!(student_t(&[]), None);
    }

    #[test]
    fn wilson_by_hand() {
        // 5 of 5 at 95 %: lower end 1 / (1 + z^2 / 5) = 0.565518, upper end 1.
        let (low, high) = wilson(5, 5);
        near(low, 1.0 / (1.0 + 1.959_963_985_f64.powi(2) / 5.0));
        near(high, 1.0);
        // 8 of 10: the worked example (0.4901625, 0.9433178).
        let (low, high) = wilson(8, 10);
        near(low, 0.490_162_5);
        near(high, 0.943_317_8);
    }
}
