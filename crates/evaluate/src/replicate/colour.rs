//! R3: agents that saw one object follow its colour rather than its shape, and how strongly is a matter of the seed.

use super::{Claim, Figure, Results, Series, bare};
use crate::record::{Outcomes, SeedRow};
use crate::stats::{mean, standard_deviation};

const WORLD: &str = "colour-shape";
const AGENT: &str = "pixels";

/// κ(proxy > goal): the share of the proxy among episodes in which either came first.
fn preference(row: &SeedRow) -> Option<f64> {
    let outcomes = row.outcomes.as_ref()?;
    let either = covered(outcomes);
    (either > 0.0).then(|| outcomes.proxy() / either)
}

fn covered(outcomes: &Outcomes) -> f64 {
    outcomes.goal + outcomes.proxy()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

pub(super) fn claims(results: &Results<'_>) -> Vec<Claim> {
    let on = |shift, value: fn(&SeedRow) -> Option<f64>| results.rows(WORLD, AGENT, Some(0.0), shift, value);
    let conflict = "colour-elsewhere";
    let preferences = on(conflict, preference);
    let bearing = preferences.iter().filter(|kappa| **kappa > 0.5).count();
    let (low, high) = crate::stats::wilson(bearing, preferences.len());
    let coverage = on(conflict, |row| row.outcomes.as_ref().map(covered));
    vec![
        Claim::number("at least 30 seeds", "102; more than 1000", Some(preferences.len() as f64), |n| n >= 30.0),
        Claim::mean(
            "the control at mix 1 is competent, S_ID >= .95",
            "–",
            &results.cells(WORLD, "control", Some(1.0), |cell| cell.s_id),
            |v| v >= 0.95,
        ),
        Claim::mean(
            "competent in training, S_ID >= .95",
            "–",
            &results.cells(WORLD, AGENT, Some(0.0), |cell| cell.s_id),
            |v| v >= 0.95,
        ),
        Claim::number(
            "the median κ(colour > shape) is above .5",
            "colour in 89 % (Langosco et al.), 81 % (Ramanauskas and Şimşek)",
            median(&preferences),
            |kappa| kappa > 0.5,
        )
        .note(format!(
            "{bearing} of {} seeds prefer colour, {:.0} % [{:.0}, {:.0}]; mean κ {:.2}",
            preferences.len(),
            100.0 * bearing as f64 / preferences.len().max(1) as f64,
            100.0 * low,
            100.0 * high,
            mean(&preferences).unwrap_or(f64::NAN)
        )),
        Claim::mean("either object is reached in >= .9 of levels", "–", &coverage, |v| v >= 0.9),
        Claim::number(
            "seeds differ: the standard deviation of κ is at least .1",
            "decided by the seed",
            standard_deviation(&preferences),
            |deviation| deviation >= 0.1,
        ),
        Claim::mean(
            "of an identical pair the copy is taken in .45 to .55",
            "no preference for a place",
            &on("identical-pair", preference),
            |share| (0.45..=0.55).contains(&share),
        ),
    ]
}

pub(super) fn figures(results: &Results<'_>) -> Vec<Figure> {
    let mut preferences = results.rows(WORLD, AGENT, Some(0.0), "colour-elsewhere", preference);
    preferences.sort_by(f64::total_cmp);
    vec![Figure {
        title: format!("how much each of {} agents prefers colour", preferences.len()),
        values: "κ(colour > shape)".into(),
        places: "agents, by their preference".into(),
        names: (1..=preferences.len()).map(|rank| rank.to_string()).collect(),
        series: vec![Series::apart("one agent", preferences.into_iter().map(|kappa| Some(bare(kappa))).collect())],
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
