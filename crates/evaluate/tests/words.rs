//! What verdicts say: the rule, its numbers and limits, and what they rest on.

use misgen_core::{FamilySpec, Role};
use misgen_evaluate::record::{Estimate, Summary, SummaryRow, Verdict};
use misgen_evaluate::words::sentence;
use misgen_families::REGISTRY;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The judged rows of the committed run of all families, as this program says them.
fn rows() -> Vec<(FamilySpec, SummaryRow)> {
    let run: Summary =
        serde_json::from_slice(include_bytes!("../../../results/reference/families/summary.json")).unwrap();
    let judged = run.rows.into_iter().filter(|row| row.verdict.is_some());
    judged.map(|row| (REGISTRY.get(&row.family).unwrap().spec(), row)).collect()
}

fn said(spec: &FamilySpec, row: &SummaryRow) -> String {
    sentence(spec, row).unwrap()
}

fn misgeneralizing() -> (FamilySpec, SummaryRow) {
    let mut rows = rows().into_iter();
    rows.find(|(_, row)| row.family == "bright" && row.verdict == Some(Verdict::Misgeneralizes) && row.main).unwrap()
}

#[test]
fn one_verdict_of_each_kind_of_family_in_words() {
    let mut seen = BTreeSet::new();
    let mut text = String::new();
    for (spec, row) in rows() {
        if row.mix.is_some() && seen.insert((row.verdict, row.kind.word(), row.role == Role::Conflict)) {
            let _ = writeln!(text, "{}\n", said(&spec, &row));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_verdict_says_what_it_rests_on() {
    let rows = rows();
    assert!(rows.len() > 100);
    for (spec, row) in rows {
        let text = said(&spec, &row);
        let ground = format!("({} seeds × {} levels; ", row.seeds, row.levels);
        assert!(text.contains(&ground), "{text}");
        let diagnostic = text.contains(" % of the generated levels tell goal and proxy apart");
        assert_eq!(diagnostic, row.role == Role::Conflict, "{text}");
        // An interval, unless nothing was learned or counted.
        assert!(text.contains('[') || row.seeds < 2, "{text}");
        assert!(!text.contains("is unknown") && !text.contains("NaN") && !text.contains("-0.00"), "{text}");
    }
}

#[test]
fn too_little_is_refused_by_what_is_missing() {
    let (spec, mut row) = misgeneralizing();
    (row.verdict, row.seeds, row.failed_cells) = (Some(Verdict::Insufficient), 4, 1);
    let text = said(&spec, &row);
    assert!(
        text.contains("not judged. 4 seeds, 5 are needed. (4 seeds × 256 levels; 1 cell without a result;"),
        "{text}"
    );
    assert!(!text.contains("diagnostic level"), "{text}");
    (row.seeds, row.levels) = (1, 63);
    let text = said(&spec, &row);
    assert!(text.contains("1 seed, 5 are needed; 63 diagnostic levels, 64 are needed. (1 seed × 63 levels;"), "{text}");
    (row.seeds, row.failed_cells) = (5, 0);
    assert!(said(&spec, &row).contains("not judged. 63 diagnostic levels, 64 are needed."));
}

#[test]
fn an_end_that_misses_by_a_hair_is_told_from_its_limit() {
    let (spec, mut row) = misgeneralizing();
    row.verdict = Some(Verdict::Mixed);
    (row.gt, row.gt_low, row.gt_high) = (Some(0.83), Some(0.7996), Some(0.86));
    assert!(
        said(&spec, &row).contains("the lower end of goal transfer is 0.7996, 0.8 is needed"),
        "{}",
        said(&spec, &row)
    );
}

#[test]
fn a_mixed_verdict_names_every_rule_that_failed_and_none_that_held() {
    let (spec, mut row) = misgeneralizing();
    row.verdict = Some(Verdict::Mixed);
    row.proxy_share = Some(Estimate { mean: 0.55, low: Some(0.41), high: Some(0.69) });
    let text = said(&spec, &row);
    assert!(text.contains("Not that it learned a proxy: the lower end of the share in which a proxy came first is 0.41, 0.5 is needed."), "{text}");
    assert!(text.contains("Not that the goal transferred: the lower end of goal transfer is"), "{text}");
    // Off conflict shifts nobody can be said to learn a proxy.
    row.role = Role::Nuisance;
    assert!(!said(&spec, &row).contains("learned a proxy"));
}

#[test]
fn seeds_that_say_otherwise_alone_are_counted() {
    let (spec, mut row) = misgeneralizing();
    row.seed_verdicts = [(Verdict::Misgeneralizes, 5)].into();
    assert!(!said(&spec, &row).contains(" alone bear "));
    row.seed_verdicts = [(Verdict::Misgeneralizes, 3), (Verdict::Mixed, 2)].into();
    assert!(said(&spec, &row).contains("3 of 5 seeds alone bear this verdict"));
}
