//! Every statistic beside rliable, scipy and statsmodels, on the inputs of `fixtures/make_statistics.py`.

use misgen_evaluate::stats::across::{self, Scores};
use misgen_evaluate::stats::bootstrap::{quantile, stratified};
use misgen_evaluate::stats::difference::{holm, paired, welch};
use misgen_evaluate::stats::rank::{spearman, stratified_rank_sum};
use misgen_evaluate::stats::{student_t, wilson};
use ndarray::Array2;
use serde_json::Value;
use std::sync::LazyLock;

static FIXTURE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/statistics.json")).unwrap());

const EXACT: f64 = 1e-12;

/// The cases of a part, at least one.
fn cases(part: &str) -> &'static [Value] {
    let cases = FIXTURE[part].as_array().unwrap();
    assert!(!cases.is_empty(), "{part}");
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// A matrix of runs × tasks.
fn scores(value: &Value) -> Scores {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    let matrix = Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap();
    Scores::from_matrix(matrix.view()).unwrap()
}

/// Holds a number to the field of that name.
fn holds(found: f64, case: &Value, field: &str) {
    let expected = case[field].as_f64().unwrap();
    assert!((found - expected).abs() <= EXACT * expected.abs().max(1.0), "{field}: {found} is not {expected}\n{case}");
}

#[test]
fn aggregates_and_profiles_are_those_of_rliable() {
    let thresholds = numbers(&FIXTURE["thresholds"]);
    for case in cases("aggregates") {
        let s = scores(&case["scores"]);
        holds(across::mean(&s), case, "mean");
        holds(across::median(&s), case, "median");
        holds(across::iqm(&s), case, "iqm");
        holds(across::optimality_gap(&s, 1.0), case, "optimality_gap");
        holds(across::optimality_gap(&s, 0.5), case, "optimality_gap_half");
        for (found, expected) in across::profile(&s, &thresholds).iter().zip(numbers(&case["profile"])) {
            assert!((found - expected).abs() < EXACT, "{found} is not {expected}\n{case}");
        }
    }
}

#[test]
fn the_probability_of_improvement_is_that_of_rliable_and_its_test_that_of_scipy() {
    for case in cases("improvements") {
        let (base, head) = (scores(&case["base"]), scores(&case["head"]));
        let found = across::improvement(&base, &head);
        holds(found.probability, case, "probability");
        assert!(0.0 <= found.low && found.low < found.probability && found.probability < found.high);
        // The normal tail of statrs has ten digits.
        let (p, expected) = (stratified_rank_sum(&base, &head), case["p"].as_f64().unwrap());
        assert!((p / expected - 1.0).abs() < 1e-9, "{p} is not {expected}\n{case}");
    }
}

/// The generators differ, so the ends can agree only within the error of 2000 replicates. rliable's interval was made so
/// many times; with the deviation of one of them, ours lies within four standard errors of their mean (p < .0001 an end).
#[test]
fn bootstrap_intervals_are_those_of_rliable_within_their_monte_carlo_error() {
    let replicates = u32::try_from(FIXTURE["replicates"].as_u64().unwrap()).unwrap();
    for case in cases("intervals") {
        let groups: Vec<Scores> = case["scores"].as_array().unwrap().iter().map(scores).collect();
        let found = match (case["statistic"].as_str().unwrap(), &groups[..]) {
            ("mean", [s]) => stratified([s], replicates, 0, |[s]| across::mean(s)),
            ("median", [s]) => stratified([s], replicates, 0, |[s]| across::median(s)),
            ("iqm", [s]) => stratified([s], replicates, 0, |[s]| across::iqm(s)),
            ("optimality_gap", [s]) => stratified([s], replicates, 0, |[s]| across::optimality_gap(s, 1.0)),
            ("improvement", [base, head]) => {
                stratified([base, head], replicates, 0, |[b, h]| across::improvement(b, h).probability)
            }
            other => panic!("{other:?}"),
        };
        let (low, high) = found.unwrap();
        for (end, found) in [("low", low), ("high", high)] {
            let expected = case[end].as_f64().unwrap();
            let deviation = case[format!("{end}_deviation")].as_f64().unwrap();
            let error = deviation * (1.0 + 1.0 / case["repeats"].as_f64().unwrap()).sqrt();
            assert!((found - expected).abs() <= 4.0 * error, "{end}: {found} is not {expected} ± {error}\n{case}");
            assert!(error < 0.01, "so wide a tolerance would hold anything\n{case}");
        }
    }
}

#[test]
fn quantiles_are_those_of_numpy() {
    let sorted = numbers(&FIXTURE["sorted"]);
    for case in cases("quantiles") {
        holds(quantile(&sorted, case["q"].as_f64().unwrap()), case, "value");
    }
}

#[test]
fn student_t_intervals_are_those_of_scipy() {
    for case in cases("student") {
        let found = student_t(&numbers(&case["values"])).unwrap();
        holds(found.mean, case, "mean");
        holds(found.low.unwrap(), case, "low");
        holds(found.high.unwrap(), case, "high");
    }
}

#[test]
fn welch_and_paired_tests_are_those_of_scipy() {
    for case in cases("welch") {
        let found = welch(&numbers(&case["base"]), &numbers(&case["head"]), 0.0).unwrap();
        holds(found.degrees, case, "degrees");
        holds(found.p_fall(0.0), case, "p_fall");
        holds(found.low, case, "low");
        holds(found.high, case, "high");
    }
    for case in cases("paired") {
        let (base, head) = (numbers(&case["base"]), numbers(&case["head"]));
        let changes: Vec<f64> = head.iter().zip(&base).map(|(head, base)| head - base).collect();
        let found = paired(&changes, 0.0).unwrap();
        holds(found.p_fall(0.0), case, "p_fall");
        holds(found.low, case, "low");
        holds(found.high, case, "high");
    }
}

#[test]
fn wilson_intervals_are_those_of_scipy() {
    for case in cases("wilson") {
        let count = |field: &str| usize::try_from(case[field].as_u64().unwrap()).unwrap();
        let (low, high) = wilson(count("successes"), count("trials"));
        holds(low, case, "low");
        holds(high, case, "high");
    }
}

#[test]
fn holms_adjustment_is_that_of_statsmodels() {
    for case in cases("holm") {
        for (found, expected) in holm(&numbers(&case["p"])).iter().zip(numbers(&case["adjusted"])) {
            assert!((found - expected).abs() < EXACT, "{found} is not {expected}\n{case}");
        }
    }
}

#[test]
fn rank_correlations_are_those_of_scipy() {
    for case in cases("spearman") {
        let found = spearman(&numbers(&case["x"]), &numbers(&case["y"])).unwrap();
        holds(found.rho, case, "rho");
        holds(found.p, case, "p");
    }
}
