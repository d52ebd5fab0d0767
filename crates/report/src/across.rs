//! Learners across the families of a run: for a terminal and for the page.

use crate::grid::grid;
use crate::plate::table_button;
use crate::style::{Paint, Style};
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::across::{Across, AcrossAgent, AcrossPair, Aggregate};
use std::fmt::Write as _;

/// `0.98 [0.95, 1.00]`, raw.
fn aggregate(number: Aggregate) -> String {
    let value = text::fixed(number.value, 2);
    match (number.low, number.high) {
        (Some(low), Some(high)) => format!("{value} [{}, {}]", text::fixed(low, 2), text::fixed(high, 2)),
        _ => value,
    }
}

fn chance(pair: &AcrossPair) -> String {
    let i = pair.improvement;
    aggregate(Aggregate { value: i.probability, low: Some(i.low), high: Some(i.high) })
}

/// A p-value that is never said to be nothing.
fn p_value(p: f64) -> String {
    if p < 0.0005 { "<.001".into() } else { text::fixed(p, 3) }
}

/// `13 of 15`.
fn judged(agent: &AcrossAgent) -> String {
    let all = agent.families.len();
    format!("{} of {all}", all.saturating_sub(agent.unjudged))
}

fn seeds(agent: &AcrossAgent) -> String {
    let seeds = text::range([agent.least_seeds, agent.most_seeds].into_iter());
    if agent.failed_cells > 0 { format!("{seeds} ({} failed)", agent.failed_cells) } else { seeds }
}

fn key(across: &Across) -> String {
    format!(
        "Raw goal transfer on their main conflict shifts, every family weighing the same. judged: families in which the agent is trained and seeds suffice. IQM: mean of the middle half of all \
         seeds of all families. gap: how far a seed falls short of 1 on average. Intervals resample seeds within families ({} replicates).",
        across.replicates
    )
}

const PAIRS_KEY: &str = "P(head > base): how likely a seed of the head is to beat one of the base in the same family, averaged over families. \
     p: of neither being better, adjusted over all lines (Holm).";

/// The part of a run's table across families.
pub(crate) fn terminal(across: &Across, style: &Style) -> String {
    let columns = [("agent", false), ("judged", true), ("seeds", true), ("IQM of GT", true), ("gap", true)];
    let rows = across.agents.iter().map(|agent| {
        [
            style.safe(&text::agent(&agent.agent, agent.mix)),
            judged(agent),
            seeds(agent),
            aggregate(agent.iqm),
            aggregate(agent.optimality_gap),
        ]
    });
    let mut out = format!("{}\n", style.paint(Paint::Heading, "across families"));
    out += &grid(columns, rows.collect(), style);
    if !across.improvements.is_empty() {
        out += &terminal_pairs(&across.improvements, style);
    }
    out += &quiet(&key(across), style);
    out
}

/// Agents held beside each other across families, with what the numbers mean.
pub(crate) fn terminal_pairs(pairs: &[AcrossPair], style: &Style) -> String {
    let columns = [("base", false), ("head", false), ("families", true), ("P(head > base)", true), ("p", true)];
    let rows = pairs.iter().map(|pair| {
        [
            style.safe(&text::agent(&pair.base, pair.base_mix)),
            style.safe(&text::agent(&pair.head, pair.head_mix)),
            pair.families.len().to_string(),
            chance(pair),
            p_value(pair.p_holm),
        ]
    });
    grid(columns, rows.collect(), style) + &quiet(PAIRS_KEY, style)
}

fn quiet(words: &str, style: &Style) -> String {
    let mut out = String::new();
    for line in text::wrap(words, style.measure(), "", "").lines() {
        let _ = writeln!(out, "{}", style.paint(Paint::Quiet, line));
    }
    out
}

/// The part of the page across families.
pub(crate) fn section(across: &Across) -> Markup {
    markup! {
        section #across {
            h2 { "Across families" }
            p.hint { (key(across)) }
            p.tools { (table_button("agents across families", "across-agents")) }
            div.scroll tabindex="0" role="region" aria-label="Learners across families" {
                table.plain #across-agents {
                    caption.hidden { "Learners across families" }
                    thead { tr {
                        th scope="col" data-sort="0" { "Agent" }
                        @for (at, title) in ["Judged", "Seeds", "IQM of GT", "Optimality gap"].iter().enumerate() {
                            th.number scope="col" data-sort=(at + 1) { (title) }
                        }
                    } }
                    tbody {
                        @for agent in &across.agents {
                            tr {
                                th scope="row" { (text::agent(&agent.agent, agent.mix)) }
                                td.number { (judged(agent)) }
                                td.number { (seeds(agent)) }
                                td.number { (aggregate(agent.iqm)) }
                                td.number { (aggregate(agent.optimality_gap)) }
                            }
                        }
                    }
                }
            }
            @if !across.improvements.is_empty() { (section_pairs(&across.improvements)) }
        }
    }
}

fn section_pairs(pairs: &[AcrossPair]) -> Markup {
    markup! {
        p.hint { (PAIRS_KEY) }
        p.tools { (table_button("agents beside each other", "across-pairs")) }
        div.scroll tabindex="0" role="region" aria-label="Learners held beside each other" {
            table.plain #across-pairs {
                caption.hidden { "Learners held beside each other" }
                thead { tr {
                    th scope="col" data-sort="0" { "Base" }
                    th scope="col" data-sort="1" { "Head" }
                    @for (at, title) in ["Families", "P(head > base)", "p"].iter().enumerate() {
                        th.number scope="col" data-sort=(at + 2) { (title) }
                    }
                } }
                tbody {
                    @for pair in pairs {
                        tr {
                            td { (text::agent(&pair.base, pair.base_mix)) }
                            td { (text::agent(&pair.head, pair.head_mix)) }
                            td.number { (pair.families.len()) }
                            td.number { (chance(pair)) }
                            td.number { (p_value(pair.p_holm)) }
                        }
                    }
                }
            }
        }
    }
}
