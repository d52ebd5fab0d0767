//! The verdicts in words: one sentence over all, one an agent, and every recorded sentence, folded where there are many.

use crate::group::{Agent, Roster, World};
use crate::html::badge;
use crate::style::sign;
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::record::{SummaryRow, Verdict};

/// More sentences of one kind in a card than these are folded.
const OPEN: usize = 3;

/// Every verdict, what is most worth knowing first.
pub(crate) const VERDICTS: [Verdict; 7] = [
    Verdict::Misgeneralizes,
    Verdict::Transfers,
    Verdict::Mixed,
    Verdict::CapabilityFailure,
    Verdict::SpecificationGaming,
    Verdict::Undertrained,
    Verdict::Insufficient,
];

/// What `count` agents of a verdict did, after their number.
const fn did(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Misgeneralizes => "able, but after the proxy",
        Verdict::Transfers => "still after the goal",
        Verdict::Mixed => "neither clearly",
        Verdict::CapabilityFailure => "lost the skill",
        Verdict::SpecificationGaming => "paid without the goal",
        Verdict::Undertrained => "never learned the world",
        Verdict::Insufficient => "too few seeds or levels",
    }
}

/// How often each verdict was given, in the order of [`VERDICTS`], without those that were not.
fn counts<'a>(rows: impl Iterator<Item = &'a SummaryRow> + Clone) -> Vec<(Verdict, usize)> {
    let count = |verdict| rows.clone().filter(|row| row.verdict == Some(verdict)).count();
    VERDICTS.into_iter().map(|verdict| (verdict, count(verdict))).filter(|(_, n)| *n > 0).collect()
}

/// The first part of the page.
pub(crate) fn section(roster: &Roster<'_>) -> Markup {
    let learned: Vec<&SummaryRow> = main_rows(roster.worlds.iter(), true).collect();
    let found = counts(learned.iter().copied());
    let judged: usize = found.iter().map(|(_, n)| n).sum();
    markup! {
        section #verdicts {
            h2 { "Verdicts" }
            @if judged > 0 {
                p.headline { (headline(&found, judged)) }
                p.hint { "A case is one agent in one world, over all its seeds, on the shift in which goal and proxy part." }
                ul.tally { @for (verdict, n) in &found { li { strong { (n) } " " (badge(*verdict)) span.quiet { " " (did(*verdict)) } } } }
            }
            (by_agent(roster))
            p.hint { "All of this is about the main conflict shift of each world, where goal and proxy part. What a verdict takes: "
                a href="#def-verdicts" { "the rules" } ". Every other shift is in " a href="#matrix" { "the matrix" } "." }
            div.cards { @for (index, world) in roster.worlds.iter().enumerate() { (card(index, world)) } }
        }
    }
}

/// Everything in one sentence.
fn headline(found: &[(Verdict, usize)], judged: usize) -> Markup {
    let of = |verdict| found.iter().find(|(known, _)| *known == verdict).map_or(0, |(_, n)| *n);
    let (proxy, goal, paid) = (of(Verdict::Misgeneralizes), of(Verdict::Transfers), of(Verdict::SpecificationGaming));
    let other = judged - proxy - goal - paid;
    let said = if paid > 0 { "none of this" } else { "neither" };
    markup! {
        "In " strong { (proxy) " of " (judged) } " cases a trained agent is able and " strong { "goes for the proxy" } ", in " strong { (goal) }
        " it still goes for the " strong { "goal" } @if paid > 0 { ", in " strong { (paid) } " it is " strong { "paid without the goal" } }
        @if other > 0 { ", and in " strong { (other) } " " (said) " can be said" } "."
    }
}

fn main_rows<'a, 'b: 'a>(
    worlds: impl Iterator<Item = &'a World<'b>>,
    learned: bool,
) -> impl Iterator<Item = &'b SummaryRow> {
    worlds
        .flat_map(|world| &world.agents)
        .filter(move |agent| agent.learned() == learned)
        .flat_map(|agent| agent.rows.iter().copied())
        .filter(|row| row.main)
}

/// A line a learner that is in several worlds: how often which verdict.
fn by_agent(roster: &Roster<'_>) -> Markup {
    let lines: Vec<_> = roster
        .players
        .iter()
        .filter(|(_, mix)| mix.is_some())
        .map(|&(name, mix)| {
            let rows =
                main_rows(roster.worlds.iter(), true).filter(move |row| (row.agent.as_str(), row.mix) == (name, mix));
            let found = counts(rows.collect::<Vec<_>>().into_iter());
            (text::agent(name, mix), found.iter().map(|(_, n)| n).sum::<usize>(), found)
        })
        .filter(|(_, judged, _)| *judged > 0)
        .collect();
    markup! {
        @if roster.worlds.len() > 1 {
            ul.agents {
                @for (name, judged, found) in &lines {
                    li {
                        strong { (name) }
                        @for (index, (verdict, n)) in found.iter().enumerate() {
                            @if index == 0 { ": " } @else { ", " }
                            span.(verdict.word()) {
                                span.sign aria-hidden="true" { (sign(*verdict)) } " " (verdict.word().replace('-', " "))
                            }
                            " in " (n) @if index == 0 { " of " (text::plural(*judged, "world")) }
                        }
                    }
                }
            }
        }
    }
}

/// A judged row with its sentence.
type Said<'a> = (Verdict, &'a str);

fn said<'a>(rows: impl Iterator<Item = &'a SummaryRow>) -> Vec<Said<'a>> {
    rows.filter_map(|row| Some((row.verdict?, row.sentence.as_deref()?))).collect()
}

fn sentences(said: &[Said<'_>]) -> Markup {
    markup! {
        ul.said { @for (verdict, sentence) in said { li { (badge(*verdict)) p { (text::visible(sentence)) } } } }
    }
}

/// Folded sentences; `rest` are those that paper does without.
fn folded(title: &str, said: &[Said<'_>], rest: bool) -> Markup {
    markup! {
        @if !said.is_empty() { details.rest[rest] { summary { (title) " (" (said.len()) ")" } (sentences(said)) } }
    }
}

fn card(index: usize, world: &World<'_>) -> Markup {
    let of = |learned: bool, main: bool| -> Vec<Said<'_>> {
        let agents = world.agents.iter().filter(|agent: &&Agent<'_>| agent.learned() == learned);
        said(agents.flat_map(|agent| agent.rows.iter().copied()).filter(|row| row.main == main))
    };
    let learned = of(true, true);
    let references = of(false, true);
    let others = [of(true, false), of(false, false)].concat();
    let found = counts(main_rows(std::iter::once(world), true).collect::<Vec<_>>().into_iter());
    let main = world.rows().find(|row| row.main);
    markup! {
        article.card data-w=(index) {
            h3 { a href={ "#world-" (index) } { (text::visible(world.name)) } }
            @if let Some(row) = main {
                p.facts { strong { (text::visible(&row.shift)) } ": " (text::visible(&row.means)) }
            }
            @if learned.is_empty() && references.is_empty() {
                p { "No verdict" @if let Some(why) = main.and_then(|row| row.why_null.get("gt")) { ": " (text::visible(why)) } "." }
            }
            @if learned.len() > OPEN {
                p.tallies { @for (verdict, n) in &found { span { (n) "\u{a0}" (badge(*verdict)) } " " } }
                (folded("Trained agents, a sentence each", &learned, false))
            } @else { (sentences(&learned)) }
            @if learned.is_empty() { (sentences(&references)) } @else { (folded("Scripted references", &references, true)) }
            (folded("Other shifts", &others, true))
        }
    }
}
