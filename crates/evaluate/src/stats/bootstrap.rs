//! Intervals by resampling seeds within each family.

use super::CONFIDENCE;
use super::across::Scores;
use misgen_core::Rng;

/// Replicates of an interval in a report.
pub const REPLICATES: u32 = 2000;

/// Stratified bootstrap, percentile interval at [`CONFIDENCE`] (Agarwal et al. 2021, arXiv 2108.13264, §4.1): in each of
/// `replicates`, every task of every group draws as many of its own runs as it has, with replacement; `statistic` is taken of
/// what was drawn. `None` where a task has fewer than two runs, or without replicates.
///
/// Replicate i draws from the stream (`seed`, "bootstrap", i), so that equal input gives an equal interval. Quantiles are
/// interpolated as by `numpy.percentile`. With few seeds it is too narrow by √((n − 1) / n): docs/statistics.md has its coverage.
#[must_use]
pub fn stratified<const GROUPS: usize>(
    groups: [&Scores; GROUPS],
    replicates: u32,
    seed: u64,
    statistic: impl Fn(&[Scores; GROUPS]) -> f64,
) -> Option<(f64, f64)> {
    let few = |group: &&Scores| group.tasks().iter().any(|runs| runs.len() < 2);
    if replicates == 0 || groups.iter().any(few) {
        return None;
    }
    let mut drawn = groups.map(Clone::clone);
    let mut values: Vec<f64> = (0..replicates)
        .map(|replicate| {
            let mut rng = Rng::keyed(seed, "bootstrap", u64::from(replicate));
            for (drawn, group) in drawn.iter_mut().zip(groups) {
                drawn.refill(group, |runs, places| places.fill_with(|| *rng.pick(runs)));
            }
            statistic(&drawn)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    Some((quantile(&values, tail), quantile(&values, 1.0 - tail)))
}

/// The `q`-quantile of values in rising order, linear between them (type 7 of Hyndman and Fan 1996).
///
/// # Panics
/// When there is no value, or `q` is not in [0, 1].
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    assert!((0.0..=1.0).contains(&q), "{q} is no quantile");
    let place = q * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::super::across::mean;
    use super::*;

    fn scores(tasks: &[&[f64]]) -> Scores {
        Scores::new(tasks.iter().map(|runs| runs.to_vec()).collect()).unwrap()
    }

    #[test]
    fn equal_seeds_give_equal_intervals_and_others_do_not() {
        let s = scores(&[&[0.1, 0.3, 0.2, 0.4, 0.35], &[0.8, 0.9, 0.7]]);
        let interval = |seed| stratified([&s], 500, seed, |[s]| mean(s)).unwrap();
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
    }

    #[test]
    fn a_task_draws_its_own_runs_only() {
        // Between tasks all differs, within them nothing: an interval of any width has mixed them.
        let s = scores(&[&[0.0; 4], &[1.0; 4], &[5.0; 4]]);
        assert_eq!(stratified([&s], 200, 0, |[s]| mean(s)), Some((2.0, 2.0)));
    }

    #[test]
    fn groups_draw_independently() {
        // The same runs on both sides: were they drawn together, the difference would always be 0.
        let s = scores(&[&[0.0, 1.0, 2.0, 3.0, 4.0]]);
        let (low, high) = stratified([&s, &s], 500, 0, |[a, b]| mean(a) - mean(b)).unwrap();
        assert!(low < -1.0 && high > 1.0, "{low} {high}");
    }

    #[test]
    fn one_run_says_nothing_about_the_next() {
        assert_eq!(stratified([&scores(&[&[0.1, 0.2], &[0.3]])], 100, 0, |[s]| mean(s)), None);
        assert_eq!(stratified([&scores(&[&[0.1, 0.2]])], 0, 0, |[s]| mean(s)), None);
    }
}
