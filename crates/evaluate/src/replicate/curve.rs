//! R2: the larger the corner in training, the better the goal transfers.

use super::{Claim, Figure, Results, Series, bare};
use crate::stats::rank::spearman;
use crate::stats::{mean, student_t};

/// Off-distribution return by corner size, 1 to 11, as published with jaxgmg; the optimum is .882.
const PUBLISHED: [f64; 11] = [0.130, 0.190, 0.260, 0.340, 0.461, 0.517, 0.634, 0.658, 0.678, 0.675, 0.691];
const OPTIMUM: f64 = 0.882;

pub(super) fn claims(results: &Results<'_>) -> Vec<Claim> {
    let world = |size: usize| format!("corner-{size}");
    let transfers = |size| results.rows(&world(size), "ppo", Some(0.0), "common", |row| row.gt);
    let competence = |size, mix| mean(&results.cells(&world(size), "ppo", Some(mix), |cell| cell.s_id));
    let sizes = 1..=PUBLISHED.len();
    let points: Option<Vec<f64>> = sizes.clone().map(|size| mean(&transfers(size))).collect();
    let range = |mix: f64| {
        let values: Option<Vec<f64>> = sizes.clone().map(|size| competence(size, mix)).collect();
        let values = values?;
        Some(values.iter().copied().fold(f64::MIN, f64::max) - values.iter().copied().fold(f64::MAX, f64::min))
    };
    let least = |mix: f64| sizes.clone().map(|size| competence(size, mix)).try_fold(1.0, |a: f64, b| Some(a.min(b?)));
    let curve = |points: &[f64]| points.iter().map(|gt| format!("{gt:.2}")).collect::<Vec<_>>().join(" ");
    let published = format!("of the optimum, by size: {}", curve(&PUBLISHED.map(|value| value / OPTIMUM)));
    let order: Vec<f64> = sizes.clone().map(|size| size as f64).collect();
    let rho = points.as_ref().and_then(|points| spearman(&order, points)).map(|found| found.rho);
    let greatest = points.as_ref().map(|points| points.iter().copied().fold(f64::MIN, f64::max));
    let first = points.as_ref().zip(greatest).map(|(points, greatest)| points[0] / greatest);
    let mut all = vec![
        Claim::number("the controls at mix 1 are competent, least S_ID >= .95", "–", least(1.0), |v| v >= 0.95),
        Claim::number("Spearman of size and GT >= .9", &published, rho, |rho| rho >= 0.9)
            .note(points.as_deref().map_or_else(String::new, |points| format!("GT by size: {}", curve(points)))),
        Claim::number("GT of size 1 is at most .25 of the greatest GT", "0.19", first, |share| share <= 0.25),
        Claim::number("S_ID ranges over at most .15", "0.11 (return .63 to .74)", range(0.0), |range| range <= 0.15),
    ];
    all.extend(sizes.zip(PUBLISHED).map(|(size, published)| {
        let published = format!("{:.2} of the optimum", published / OPTIMUM);
        Claim::mean(format!("GT, trained with a corner of size {size}"), &published, &transfers(size), |_| true)
            .reported()
    }));
    all
}

pub(super) fn figures(results: &Results<'_>) -> Vec<Figure> {
    let sizes = 1..=PUBLISHED.len();
    let world = |size: usize| format!("corner-{size}");
    let transfer = |mix: f64| {
        let one = |size| student_t(&results.rows(&world(size), "ppo", Some(mix), "common", |row| row.gt));
        sizes.clone().map(one).collect()
    };
    let competence = |size| student_t(&results.cells(&world(size), "ppo", Some(0.0), |cell| cell.s_id));
    vec![Figure {
        title: "goal transfer by the size of the corner in training".into(),
        values: "share of best play".into(),
        places: "size of the corner".into(),
        names: sizes.clone().map(|size| size.to_string()).collect(),
        series: vec![
            Series::joined("goal transfer, mix 0", transfer(0.0)),
            Series::joined("published, of the optimum", PUBLISHED.map(|v| Some(bare(v / OPTIMUM))).to_vec()),
            Series::joined("S_ID, mix 0", sizes.clone().map(competence).collect()),
            Series::joined("goal transfer, mix 1", transfer(1.0)),
        ],
    }]
}
