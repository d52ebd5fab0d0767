//! Two runs, or two agents, on one page: what changed, how surely, and on which levels.

use crate::compare::{comparison_figure, tax_words, who};
use crate::replay::{self, Words};
use crate::{shell, text};
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::compare::{Comparison, Contrast};
use misgen_evaluate::exhibit::{PairedRow, Pairing};
use std::collections::BTreeSet;

/// The page of a comparison. `pairing` holds the same players level by level, where the runs have kept their episodes.
#[must_use]
pub fn comparison_page(comparison: &Comparison, pairing: Option<&Pairing>) -> Vec<u8> {
    let words = Words {
        intro: "Both on the same level, the base on the left and the head on the right. ",
        agents: "Players ",
        titles: ["Base", "Head"],
    };
    let replays = pairing.and_then(|pairing| replay::section_of(&pairing.worlds, &pairing.rule, &words));
    let (base, head) = (text::visible(&comparison.base), text::visible(&comparison.head));
    let title = if base == head { base.clone() } else { format!("{base} and {head}") };
    let notes = comparison.notes.iter().chain(pairing.iter().flat_map(|pairing| &pairing.notes));
    let body = markup! {
        header.top {
            p.suite { "misgen · " strong { (title) } }
            h1 { "What changed from one to the other?" }
            p.lead { "The base is " strong { (base) } ", the head is " strong { (head) } "." }
            nav aria-label="Parts of this page" {
                a href="#numbers" { "Numbers" }
                @if pairing.is_some_and(|pairing| !pairing.rows.is_empty()) { a href="#levels" { "Level by level" } }
                @if replays.is_some() { a href="#replays" { "Watch it" } }
            }
        }
        main {
            (numbers(comparison))
            @if let Some(pairing) = pairing { (levels(pairing)) }
            @if let Some(section) = &replays { (section) }
            @if notes.clone().next().is_some() {
                section #notes { h2 { "Notes" } ul { @for note in notes { li { (text::visible(note)) } } } }
            }
        }
        footer { "misgen, records of schema version " (comparison.schema_version) "." }
    };
    let (css, script) = if replays.is_some() { (replay::CSS, replay::SCRIPT) } else { ("", "") };
    shell::page(&format!("{title} · compared"), css, script, &body)
}

fn numbers(comparison: &Comparison) -> Markup {
    markup! {
        section #numbers {
            h2 { "Numbers" }
            p.hint {
                "Head less base with its 95 % interval: over pairs of equal seeds, or between groups where no two seeds are equal. The last column is \
                 the probability that a run of the head beats one of the base."
            }
            @if comparison.contrasts.is_empty() { p { "The two share no number." } }
            @else {
                (PreEscaped(comparison_figure(comparison)))
                div.scroll tabindex="0" role="region" aria-label="Numbers of both" {
                    table {
                        thead { tr {
                            @for title in ["world", "shift", "number", "base", "head"] { th scope="col" { (title) } }
                            @for title in ["change", "95 % interval", "P(head > base)"] { th.number scope="col" { (title) } }
                        } }
                        tbody { @for contrast in &comparison.contrasts { (number(contrast)) } }
                    }
                }
            }
            @for tax in &comparison.taxes { p { "Alignment tax: " (text::visible(&tax_words(tax))) } }
        }
    }
}

fn number(c: &Contrast) -> Markup {
    let side = |side: &misgen_evaluate::compare::Side| format!("{}: {}", who(side), text::fixed(side.seeds.mean, 3));
    let better = &c.improvement;
    markup! {
        tr.is-main[c.main] {
            th scope="row" { (text::visible(&c.world)) }
            td { (text::visible(&c.shift)) }
            td { (c.metric.words()) }
            td { (side(&c.base)) }
            td { (side(&c.head)) }
            td.number { @if let Some(d) = c.difference { (text::fixed(d.change, 3)) } @else { "–" } }
            td.number { @if let Some(d) = c.difference { "[" (text::fixed(d.low, 3)) ", " (text::fixed(d.high, 3)) "]" } @else { "–" } }
            td.number { (text::fixed(better.probability, 2)) " [" (text::fixed(better.low, 2)) ", " (text::fixed(better.high, 2)) "]" }
        }
    }
}

fn levels(pairing: &Pairing) -> Markup {
    markup! {
        @if !pairing.rows.is_empty() {
            section #levels {
                h2 { "Level by level" }
                p.hint {
                    "What came first on the same level, over all pairs of seeds: rows are the base, columns the head. Off the diagonal the two \
                     did different things."
                }
                div.panels { @for row in &pairing.rows { (crossing(row)) } }
            }
        }
    }
}

/// The outcomes of one shift against each other, in percent of all pairs.
fn crossing(row: &PairedRow) -> Markup {
    let names: BTreeSet<&str> = row.crossings.iter().flat_map(|c| [c.base.as_str(), c.head.as_str()]).collect();
    // The goal first, as everywhere.
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| *name != "goal");
    let all: usize = row.crossings.iter().map(|c| c.count).sum();
    let count = |base: &str, head: &str| {
        row.crossings.iter().find(|c| (c.base.as_str(), c.head.as_str()) == (base, head)).map_or(0, |c| c.count)
    };
    let same: usize = names.iter().map(|name| count(name, name)).sum();
    let share = |count: usize| text::percent(count as f64 / all.max(1) as f64);
    markup! {
        figure {
            figcaption {
                h3 { (text::visible(&row.world)) ", " (text::visible(&row.shift)) @if row.main { " " span.star { "★ main" } } }
                p.facts {
                    (text::visible(&row.players)) " · " (text::plural(row.seeds, "pair")) " of seeds, " (text::plural(row.levels, "level")) " · "
                    "the same came first on " (share(same)) " %"
                }
            }
            table.crossing {
                thead { tr {
                    th scope="col" { span.hidden { "base, then head" } }
                    @for name in &names { th.number scope="col" { (text::visible(name)) } }
                } }
                tbody {
                    @for base in &names {
                        tr {
                            th scope="row" { (text::visible(base)) }
                            @for head in &names {
                                td.number.same[base == head] { @match count(base, head) { 0 => "·", n => { (share(n)) " %" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}
