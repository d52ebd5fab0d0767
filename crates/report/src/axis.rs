//! Scales and round ticks.

use crate::text;

/// A straight scale from values to units of the picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Scale {
    /// Where `value` lies; values beyond the ends lie at the ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.from + share * (self.to - self.from)
    }
}

/// Round values that cover [low, high], but for a twentieth of a step at either end, in about `count` steps of 1, 2 or 5 times a power of ten,
/// ascending, at least two.
pub(crate) fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    // Beyond what any record of ours holds, steps of one are lost in rounding.
    let [low, high] = [low, high].map(|end| if end.is_finite() { end.clamp(-1e12, 1e12) } else { 0.0 });
    let span = if high - low > 1e-9 { high - low } else { 1.0 };
    let wanted = span / count.max(1) as f64;
    // Products of ten rather than a logarithm: the same bits on every machine.
    let mut power = 1.0;
    while power * 10.0 <= wanted {
        power *= 10.0;
    }
    while power > wanted {
        power /= 10.0;
    }
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= wanted - 1e-12).unwrap_or(power);
    let first = (low / step + 0.05).floor();
    let last = (high / step - 0.05).ceil().max(first + 1.0);
    (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect()
}

/// Labels of `ticks` with as many decimals as their step needs.
pub(crate) fn labels(ticks: &[f64]) -> Vec<String> {
    let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let decimals = (0..6).find(|d| step >= 0.999 * [1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5][*d]).unwrap_or(6);
    ticks.iter().map(|tick| text::fixed(*tick, decimals).replace('-', "−")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover() {
        assert_eq!(labels(&ticks(0.0, 1.0, 4)), ["0.0", "0.5", "1.0"]);
        assert_eq!(labels(&ticks(-0.31, 0.98, 5)), ["−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(ticks(0.0, 600_000.0, 4), [0.0, 200_000.0, 400_000.0, 600_000.0]);
        assert_eq!(ticks(0.0, 1.01, 4), [0.0, 0.5, 1.0]);
        assert_eq!(ticks(2.0, 2.0, 4), [2.0, 2.5]);
    }

    #[test]
    fn beyond_the_ends_is_at_the_ends() {
        let scale = Scale { low: 0.0, high: 1.0, from: 10.0, to: 20.0 };
        assert_eq!([-1.0, 0.5, 7.0].map(|v| scale.at(v)), [10.0, 15.0, 20.0]);
    }
}
