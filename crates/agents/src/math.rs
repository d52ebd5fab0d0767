//! Elementary functions in plain arithmetic.
//!
//! The system's `tanh`, `exp` and `ln` differ by a bit or two between libraries and even between
//! CPUs under one library. These use only operations that IEEE 754 fixes, so they give the
//! same bits everywhere, and [`tanh`] has no branch, so that loops over it vectorise.

/// Hyperbolic tangent, absolute error below 5e-7. NaN stays NaN.
///
/// A ratio of an odd polynomial of degree 13 and an even one of degree 6 on a clamped argument; the
/// coefficients are those of the `generic_fast_tanh_float` of Eigen 3.4 (`MathFunctionsImpl.h`).
#[inline(always)]
#[must_use]
#[expect(clippy::excessive_precision, reason = "coefficients as published")]
pub(crate) fn tanh(x: f32) -> f32 {
    let c = x.clamp(-7.905_311_1, 7.905_311_1);
    let s = c * c;
    let p = s * -2.760_768_477_423_55e-16 + 2.000_187_904_824_77e-13;
    let p = s * p + -8.604_671_522_137_35e-11;
    let p = s * p + 5.122_297_090_371_14e-08;
    let p = s * p + 1.485_722_357_179_79e-05;
    let p = s * p + 6.372_619_288_754_36e-04;
    let p = s * p + 4.893_524_558_917_86e-03;
    let q = s * 1.198_258_394_667_02e-06 + 1.185_347_056_866_54e-04;
    let q = s * q + 2.268_434_632_439_00e-03;
    let q = s * q + 4.893_525_185_543_85e-03;
    // Below this the fit's relative error exceeds that of the identity.
    if x.abs() < 4e-4 { x } else { c * p / q }
}

/// Logistic function, absolute error below 3e-7.
#[inline(always)]
#[must_use]
pub(crate) fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}

/// Exponential, relative error below 1e-7 on [-87, 88], clamped outside. NaN stays NaN.
#[inline]
#[must_use]
pub fn exp(x: f32) -> f32 {
    /// Adding and subtracting it rounds to the nearest whole number.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let x = f64::from(x.clamp(-87.0, 88.0));
    let n = (x * std::f64::consts::LOG2_E + ROUND) - ROUND;
    let r = x - n * std::f64::consts::LN_2;
    // Taylor to r^9 on |r| <= ln(2) / 2: remainder below 1e-11.
    let mut sum = 1.0 / 362_880.0;
    for c in [1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum * r + c;
    }
    let scale = f64::from_bits(((n as i64 + 1023) as u64) << 52);
    (sum * scale) as f32
}

/// Natural logarithm of a positive, normal number, relative error below 1e-7. NaN stays NaN.
#[inline]
#[must_use]
pub(crate) fn ln(x: f32) -> f32 {
    let x = f64::from(x);
    if !(x > 0.0 && x < f64::INFINITY) {
        return if x.is_nan() || x < 0.0 {
            f32::NAN
        } else if x == 0.0 {
            f32::NEG_INFINITY
        } else {
            f32::INFINITY
        };
    }
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 atanh((m - 1) / (m + 1)), as a series on |s| <= 0.172: remainder below 1e-11.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let mut sum = 1.0 / 13.0;
    for c in [1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
        sum = sum * s2 + c;
    }
    (2.0 * s * sum + exponent as f64 * std::f64::consts::LN_2) as f32
}

/// Log-probabilities and probabilities of one row of logits, `[actions]` each; returns the entropy in nats.
#[inline]
pub(crate) fn log_softmax(logits: &[f32], log_probs: &mut [f32], probs: &mut [f32]) -> f32 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (p, z) in probs.iter_mut().zip(logits) {
        *p = exp(z - max);
        sum += *p;
    }
    let log_sum = ln(sum);
    let mut entropy = 0.0;
    for ((lp, p), z) in log_probs.iter_mut().zip(probs).zip(logits) {
        *lp = z - max - log_sum;
        *p /= sum;
        entropy -= *p * *lp;
    }
    entropy
}

/// `base` to a whole power by repeated squaring: the same bits everywhere, unlike `powf`.
#[must_use]
pub(crate) fn power(mut base: f64, mut exponent: u64) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(low: f32, high: f32) -> impl Iterator<Item = f32> {
        (0..200_001).map(move |i| low + (high - low) * (i as f32 / 200_000.0))
    }

    #[test]
    fn tanh_is_close_to_the_true_one() {
        let worst = grid(-12.0, 12.0).chain(grid(-1e-3, 1e-3));
        let worst = worst.map(|x| (f64::from(tanh(x)) - f64::from(x).tanh()).abs()).fold(0.0, f64::max);
        assert!(worst < 5e-7, "absolute error {worst:e}");
        let relative = grid(-1e-2, 1e-2).filter(|x| *x != 0.0);
        let relative = relative.map(|x| (f64::from(tanh(x)) / f64::from(x).tanh() - 1.0).abs()).fold(0.0, f64::max);
        assert!(relative < 5e-7, "relative error {relative:e}");
        assert!(tanh(f32::NAN).is_nan());
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(f32::INFINITY) <= 1.0 && tanh(f32::INFINITY) > 0.999_999);
        assert!(grid(-20.0, 20.0).all(|x| tanh(x).abs() <= 1.0));
    }

    #[test]
    fn exp_and_ln_are_close_to_the_true_ones() {
        let exp_worst = grid(-87.0, 88.0).map(|x| (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs());
        assert!(exp_worst.fold(0.0, f64::max) < 1e-7);
        let ln_worst = grid(-80.0, 80.0).filter(|y| y.abs() > 1e-3).map(|y| {
            let x = exp(y);
            (f64::from(ln(x)) / f64::from(x).ln() - 1.0).abs()
        });
        assert!(ln_worst.fold(0.0, f64::max) < 1e-7);
        assert!(exp(f32::NAN).is_nan() && ln(f32::NAN).is_nan() && ln(-1.0).is_nan());
        assert_eq!((exp(0.0), ln(1.0)), (1.0, 0.0));
    }

    #[test]
    fn a_softmax_sums_to_one_and_survives_large_logits() {
        let (mut lp, mut p) = ([0.0; 3], [0.0; 3]);
        let entropy = log_softmax(&[1000.0, 1000.0, -1000.0], &mut lp, &mut p);
        assert!((p[0] - 0.5).abs() < 1e-6 && p[2] < 1e-30 && lp[2] == -2000.0 - std::f32::consts::LN_2);
        assert!((entropy - std::f32::consts::LN_2).abs() < 1e-6);
        log_softmax(&[f32::NAN, 0.0, 0.0], &mut lp, &mut p);
        assert!(p.iter().any(|p| p.is_nan()));
    }

    #[test]
    fn powers_are_products() {
        assert_eq!(power(0.9, 0), 1.0);
        assert!((power(0.999, 5000) / 0.999_f64.powi(5000) - 1.0).abs() < 1e-12);
    }
}
