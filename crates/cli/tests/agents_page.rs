//! docs/agents.md says of every agent what the committed results say, and the committed board is that of these results.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;

use misgen_evaluate::leaderboard::{Leaderboard, leaderboard};
use misgen_evaluate::record::{Summary, SummaryRow, Verdict};
use root::root;
use std::collections::BTreeSet;
use std::fs;

fn summary() -> Summary {
    let text = fs::read_to_string(root().join("results/reference/agents/summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn letter(row: &SummaryRow) -> &'static str {
    match row.verdict {
        Some(Verdict::Transfers) => "T",
        Some(Verdict::Misgeneralizes) => "M",
        Some(Verdict::Mixed) => "x",
        Some(Verdict::Undertrained) => "U",
        Some(Verdict::CapabilityFailure) => "C",
        _ => "?",
    }
}

fn cell(row: Option<&SummaryRow>) -> String {
    row.map_or("–".into(), |row| {
        let gt = format!("{:.2}", row.gt.expect("a conflict shift has goal transfer")).replace('-', "−");
        format!("{gt} {}", letter(row))
    })
}

/// The lines of the page's table, an agent each: goal transfer and verdict on the main conflict shift of every world.
fn table(summary: &Summary) -> Vec<String> {
    let mut worlds: Vec<&str> = Vec::new();
    let mut agents: Vec<(&str, Option<f64>)> = Vec::new();
    for row in summary.rows.iter().filter(|row| row.main && row.mix.is_some()) {
        if !worlds.contains(&row.world.as_str()) {
            worlds.push(&row.world);
        }
        if !agents.contains(&(row.agent.as_str(), row.mix)) {
            agents.push((&row.agent, row.mix));
        }
    }
    let line = |&(agent, mix): &(&str, Option<f64>)| {
        let of = |world: &&str| {
            let here =
                |row: &&SummaryRow| row.main && row.world == *world && (row.agent.as_str(), row.mix) == (agent, mix);
            cell(summary.rows.iter().find(here))
        };
        let cells: Vec<String> = worlds.iter().map(of).collect();
        let name = mix.filter(|mix| *mix > 0.0).map_or_else(|| agent.to_owned(), |mix| format!("{agent}, mix {mix}"));
        format!("| `{name}` | {} |", cells.join(" | "))
    };
    let head = format!("| agent | {} |", worlds.join(" | "));
    std::iter::once(head).chain(agents.iter().map(line)).collect()
}

#[test]
fn the_page_has_every_agent_with_its_transfer_and_verdict() {
    let page = fs::read_to_string(root().join("docs/agents.md")).unwrap();
    for line in table(&summary()) {
        assert!(page.contains(&line), "docs/agents.md lacks the line\n{line}");
    }
}

#[test]
fn at_least_ten_agents_are_compared_in_at_least_six_families() {
    let summary = summary();
    let learned: Vec<&SummaryRow> = summary.rows.iter().filter(|row| row.main && row.mix.is_some()).collect();
    let agents: BTreeSet<&str> = learned.iter().map(|row| row.agent.as_str()).collect();
    let families = |agent: &str| {
        learned.iter().filter(|row| row.agent == agent).map(|row| row.family.as_str()).collect::<BTreeSet<_>>().len()
    };
    let everywhere = agents.iter().filter(|agent| families(agent) >= 6).count();
    assert!(everywhere >= 10, "{everywhere} agents in six families or more");
    assert!(learned.iter().all(|row| row.failed_cells == 0 && row.seeds >= 5));
}

#[test]
fn the_committed_board_is_that_of_the_committed_results() {
    let text = fs::read_to_string(root().join("results/reference/leaderboard.json")).unwrap();
    let committed: Leaderboard = serde_json::from_str(&text).unwrap();
    assert_eq!(committed, leaderboard(&[summary()]));
    assert!(committed.boards.len() >= 6);
}
