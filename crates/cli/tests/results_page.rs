//! docs/families-results.md says of every family what the committed results say.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;

use misgen_evaluate::record::{Summary, SummaryRow, Verdict};
use misgen_families::REGISTRY;
use root::root;
use std::fs;

fn summary() -> Summary {
    let text = fs::read_to_string(root().join("results/reference/families/summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The learner's rows of a family: its main conflict shift at mix 0, then at mix 1.
fn main_rows<'a>(summary: &'a Summary, family: &str) -> Vec<&'a SummaryRow> {
    let of = |mix: f64| {
        let here = move |r: &&SummaryRow| r.family == family && r.agent == "ppo" && r.mix == Some(mix) && r.main;
        summary.rows.iter().find(here).unwrap_or_else(|| panic!("{family} has no main row at mix {mix}"))
    };
    vec![of(0.0), of(1.0)]
}

fn number(value: Option<f64>) -> String {
    value.map_or("–".into(), |v| format!("{v:.2}").replace('-', "−"))
}

#[test]
fn the_page_has_the_numbers_and_verdicts_of_the_committed_results() {
    let page = fs::read_to_string(root().join("docs/families-results.md")).unwrap();
    let summary = summary();
    for name in REGISTRY.names() {
        for row in main_rows(&summary, name) {
            assert_eq!(row.failed_cells, 0, "{name}");
            let verdict = row.verdict.map_or("not judged", Verdict::word);
            let mix = row.mix.expect("a learner's");
            let line = format!(
                "| `{name}` | {mix} | {} | {} | `{}` | {} | {verdict} |",
                number(row.s_train),
                number(row.s_id),
                row.shift,
                number(row.gt)
            );
            assert!(page.contains(&line), "docs/families-results.md lacks the line\n{line}");
        }
        assert!(page.contains(&format!("\n**`{name}`.**")), "docs/families-results.md does not explain {name}");
    }
}

#[test]
fn the_default_agent_learns_what_training_pays_for_in_at_least_thirteen_families() {
    let summary = summary();
    let learned = |name: &&&str| main_rows(&summary, name).iter().all(|row| row.s_train.is_some_and(|s| s >= 0.9));
    let names = REGISTRY.names();
    assert_eq!(names.len(), 16);
    let count = names.iter().filter(learned).count();
    assert!(count >= 13, "{count} of 16");
}
