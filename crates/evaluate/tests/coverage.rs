//! How often intervals that say 95 % hold the truth, by simulation. The table of docs/statistics.md is held to it.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use misgen_core::Rng;
use misgen_evaluate::stats::across::{self, Scores};
use misgen_evaluate::stats::bootstrap::stratified;
use misgen_evaluate::stats::student_t;
use statrs::distribution::{ContinuousCDF, Normal};

const SEED: u64 = 20_260_101;
const REPLICATES: u64 = 2000;
/// Of a bootstrap within each replicate.
const INNER: u32 = 400;
const FAMILIES: usize = 8;

/// A standard normal number (Box and Muller 1958).
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.uniform()).ln()).sqrt() * (std::f64::consts::TAU * rng.uniform()).cos()
}

/// `seeds` scores around `center`.
fn drawn(rng: &mut Rng, seeds: usize, center: f64, deviation: f64) -> Vec<f64> {
    (0..seeds).map(|_| center + deviation * normal(rng)).collect()
}

/// Eight families around .15, .25, ... .85, whose mean and interquartile mean are .5 by symmetry.
fn families(rng: &mut Rng, seeds: usize, deviation: f64, above: impl Fn(usize) -> f64) -> Scores {
    let center = |family: usize| 0.15 + 0.1 * family as f64 + above(family);
    Scores::new((0..FAMILIES).map(|family| drawn(rng, seeds, center(family), deviation)).collect()).unwrap()
}

/// Share of the replicates whose interval holds `truth`.
fn coverage(truth: f64, interval: impl Fn(&mut Rng, u64) -> (f64, f64)) -> f64 {
    let held = (0..REPLICATES).filter(|replicate| {
        let (low, high) = interval(&mut Rng::keyed(SEED, "coverage", *replicate), *replicate);
        low <= truth && truth <= high
    });
    held.count() as f64 / REPLICATES as f64
}

/// The lines of the page that begin so must be these.
fn page_says(lines: &[String]) {
    let page = include_str!("../../../docs/statistics.md");
    for line in lines {
        assert!(page.contains(line), "docs/statistics.md lacks the line\n{line}\nof\n{}", lines.join("\n"));
    }
}

fn line(interval: &str, of: &str, seeds: usize, deviation: f64, coverage: f64) -> String {
    format!("| {interval} | {of} | {seeds} | {deviation} | {:.1} % |", coverage * 100.0)
}

#[test]
fn student_t_over_seeds_holds_the_truth_as_often_as_it_says() {
    let mut lines = Vec::new();
    for seeds in [5, 10] {
        for deviation in [0.05, 0.15] {
            let covered = coverage(0.5, |rng, _| {
                let e = student_t(&drawn(rng, seeds, 0.5, deviation)).unwrap();
                (e.low.unwrap(), e.high.unwrap())
            });
            assert!(covered >= 0.92, "{seeds} seeds, deviation {deviation}: {covered}");
            // Nor is it so wide that it would hold anything.
            assert!(covered <= 0.97, "{seeds} seeds, deviation {deviation}: {covered}");
            lines.push(line("Student-t", "one cell", seeds, deviation, covered));
        }
    }
    page_says(&lines);
}

#[test]
fn the_page_says_what_the_bootstrap_covers_in_one_cell() {
    let mut lines = Vec::new();
    for seeds in [5, 10] {
        for deviation in [0.05, 0.15] {
            let covered = coverage(0.5, |rng, replicate| {
                let one = Scores::new(vec![drawn(rng, seeds, 0.5, deviation)]).unwrap();
                stratified([&one], INNER, replicate, |[s]| across::mean(s)).unwrap()
            });
            lines.push(line("percentile bootstrap", "one cell", seeds, deviation, covered));
        }
    }
    page_says(&lines);
}

#[test]
fn the_page_says_what_the_bootstrap_covers_across_families() {
    let mut lines = Vec::new();
    for seeds in [5, 10] {
        for (name, statistic) in [("mean", across::mean as fn(&Scores) -> f64), ("IQM", across::iqm)] {
            let covered = coverage(0.5, |rng, replicate| {
                let all = families(rng, seeds, 0.15, |_| 0.0);
                stratified([&all], INNER, replicate, |[s]| statistic(s)).unwrap()
            });
            lines.push(line("stratified bootstrap", &format!("{name}, 8 families"), seeds, 0.15, covered));
        }
    }
    page_says(&lines);
}

/// A head that is better by one deviation beats the base with probability Φ(1 / √2); `spread` is by how much the families differ in it.
#[test]
fn intervals_of_improvement_across_families_hold_the_truth() {
    let mut lines = Vec::new();
    for seeds in [5, 10] {
        for (spread, of) in [(0.0, "P(improvement), 8 equal families"), (2.0, "P(improvement), 8 unequal families")] {
            let better = |family: usize| 1.0 + spread * (family as f64 / 7.0 - 0.5);
            let chance = |family| Normal::standard().cdf(better(family) / std::f64::consts::SQRT_2);
            let truth = (0..FAMILIES).map(chance).sum::<f64>() / FAMILIES as f64;
            let (mut score, mut resampled) = (0, 0);
            for replicate in 0..REPLICATES {
                let rng = &mut Rng::keyed(SEED, "coverage", replicate);
                let base = families(rng, seeds, 0.15, |_| 0.0);
                let head = families(rng, seeds, 0.15, |family| 0.15 * better(family));
                let found = across::improvement(&base, &head);
                score += u64::from(found.low <= truth && truth <= found.high);
                let (low, high) = stratified([&base, &head], INNER, replicate, |[b, h]| wins(b, h)).unwrap();
                resampled += u64::from(low <= truth && truth <= high);
            }
            let share = |held: u64| held as f64 / REPLICATES as f64;
            assert!(share(score) >= 0.92, "{seeds} seeds, {of}: {}", share(score));
            lines.push(line("score", of, seeds, 0.15, share(score)));
            lines.push(line("stratified bootstrap", of, seeds, 0.15, share(resampled)));
        }
    }
    page_says(&lines);
}

/// [`across::improvement`] without its interval; continuous scores do not tie.
fn wins(base: &Scores, head: &Scores) -> f64 {
    let of_task = |(base, head): (&Vec<f64>, &Vec<f64>)| {
        let wins = head.iter().map(|h| base.iter().filter(|b| h > *b).count()).sum::<usize>();
        wins as f64 / (base.len() * head.len()) as f64
    };
    base.tasks().iter().zip(head.tasks()).map(of_task).sum::<f64>() / FAMILIES as f64
}
