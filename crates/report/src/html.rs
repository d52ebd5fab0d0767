//! `report.html`: one self-contained page. It asks for nothing over the network, needs no
//! script to be read, and escapes every string that comes from a record.

use crate::across;
use crate::along;
use crate::curves::panels;
use crate::dose;
use crate::group::{Agent, World, worlds};
use crate::replay;
use crate::style::sign;
use crate::world::{pattern_definitions, world_section};
use crate::{guide, text};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use misgen_core::Role;
use misgen_evaluate::dose::{Response, responses};
use misgen_evaluate::exhibit::Exhibits;
use misgen_evaluate::record::{Summary, SummaryRow, Verdict};

const CSS: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Nothing may be fetched, whatever a record holds.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The summary as a page, with what there is to look at beside its numbers.
#[must_use]
pub fn html(summary: &Summary, exhibits: Option<&Exhibits>) -> Vec<u8> {
    let worlds = worlds(summary);
    let suite = text::visible(&summary.suite);
    let doses = responses(summary);
    let replays = replay::section(exhibits);
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (suite) " · which goal was learned" }
                style { (PreEscaped(CSS)) @if replays.is_some() { (PreEscaped(replay::CSS)) } }
            }
            body {
                a.skip href="#verdicts" { "Skip to the verdicts" }
                (header(summary, &worlds, &doses, replays.is_some(), &suite))
                main {
                    (verdicts(&worlds))
                    @if let Some(found) = &summary.across { (across::section(found)) }
                    (shifts(&worlds))
                    @if let Some(replays) = &replays { (replays) }
                    (curves(summary))
                    (dose::section(&doses))
                    (along::section(summary))
                    (notes(summary))
                    (guide::section(summary.confidence))
                }
                footer { "Suite " (suite) ", records of schema version " (summary.schema_version) "." }
                (pattern_definitions())
                script { (PreEscaped(SCRIPT)) @if replays.is_some() { (PreEscaped(replay::SCRIPT)) } }
            }
        }
    };
    page.into_string().into_bytes()
}

/// A verdict's badge: sign, word and colour say the same.
pub(crate) fn badge(verdict: Verdict) -> Markup {
    markup! {
        span class={ "badge " (verdict.word()) } {
            span.sign aria-hidden="true" { (sign(verdict)) } " " (verdict.word().replace('-', " "))
        }
    }
}

fn header(summary: &Summary, worlds: &[World<'_>], doses: &[Response], replays: bool, suite: &str) -> Markup {
    let agents: Vec<_> = summary.rows.iter().map(|row| (&row.agent, row.mix)).fold(Vec::new(), |mut all, agent| {
        if !all.contains(&agent) {
            all.push(agent);
        }
        all
    });
    markup! {
        header.top {
            p.suite { "misgen · suite " strong { (suite) } }
            h1 { "Which goal did each agent learn?" }
            p.lead {
                "In training a proxy predicts the goal, so behaviour there cannot tell which of the two an agent wants. "
                "Each agent below was then played on levels in which goal and proxy part. A verdict says which one it went for."
            }
            p.facts {
                (text::plural(worlds.len(), "world")) " · " (text::plural(agents.len(), "agent")) " · "
                (text::range(summary.rows.iter().map(|row| row.seeds))) " seeds · "
                (text::range(summary.rows.iter().map(|row| row.levels))) " levels a shift"
            }
            nav aria-label="Parts of this page" {
                a href="#verdicts" { "Verdicts" }
                @if summary.across.is_some() { a href="#across" { "Across families" } }
                a href="#shifts" { "Every shift" }
                @if replays { a href="#replays" { "Watch it" } }
                @if !summary.curves.is_empty() { a href="#curves" { "Learning curves" } }
                @if !doses.is_empty() { a href="#dose" { "Dose response" } }
                @if summary.curves.iter().any(|curves| !curves.checkpoints.is_empty()) { a href="#along" { "Goal over training" } }
                @if !summary.notes.is_empty() { a href="#notes" { "Notes" } }
                a href="#guide" { "How to read this" }
            }
        }
    }
}

/// A judged row with its sentence.
type Said<'a> = (Verdict, &'a str);

fn said<'a>(row: &&'a SummaryRow) -> Option<Said<'a>> {
    Some((row.verdict?, row.sentence.as_deref()?))
}

fn sentences(said: &[Said<'_>]) -> Markup {
    markup! {
        ul.said { @for (verdict, sentence) in said { li { (badge(*verdict)) p { (text::visible(sentence)) } } } }
    }
}

fn folded(title: &str, said: &[Said<'_>]) -> Markup {
    markup! {
        @if !said.is_empty() { details { summary { (title) " (" (said.len()) ")" } (sentences(said)) } }
    }
}

fn verdicts(worlds: &[World<'_>]) -> Markup {
    markup! {
        section #verdicts {
            h2 { "Verdicts" }
            p.hint { "On the main conflict shift of each world. What a verdict takes: " a href="#def-verdicts" { "the rules" } "." }
            div.cards { @for world in worlds { (card(world)) } }
        }
    }
}

fn card(world: &World<'_>) -> Markup {
    let of = |learned: bool, main: bool| -> Vec<Said<'_>> {
        let agents = world.agents.iter().filter(|agent: &&Agent<'_>| agent.learned() == learned);
        let rows = agents.flat_map(|agent| agent.rows.iter().copied()).filter(|row| row.main == main);
        rows.filter_map(|row| said(&row)).collect()
    };
    let learned = of(true, true);
    let references = of(false, true);
    let others = [of(true, false), of(false, false)].concat();
    let main = world.rows().find(|row| row.main);
    markup! {
        article.card {
            h3 { (text::visible(world.name)) }
            @if let Some(row) = main {
                p.facts { strong { (text::visible(&row.shift)) } ": " (text::visible(&row.means)) }
            }
            @if learned.is_empty() && references.is_empty() { p { "No verdict." } }
            @if !learned.is_empty() { (sentences(&learned)) (folded("Scripted references", &references)) }
            @else { (sentences(&references)) }
            (folded("Other shifts", &others))
        }
    }
}

fn shifts(worlds: &[World<'_>]) -> Markup {
    markup! {
        section #shifts {
            h2 { "Every shift" }
            p.hint {
                "S" sub { "ID" } ", GT, PP and C" sub { "align" } ": 0 is random play, 1 is optimal play. Numbers in the table are clipped to that range; "
                "figures show raw values, one point a seed, with dotted lines at .5 and .8, where verdicts are decided."
            }
            label.filter { input #only-main type="checkbox"; " main conflict shifts only" }
            @for (index, world) in worlds.iter().enumerate() { (world_section(index, world)) }
        }
    }
}

fn curves(summary: &Summary) -> Markup {
    let panels = panels(summary);
    markup! {
        @if !panels.is_empty() {
            section #curves {
                h2 { "Learning curves" }
                p.hint { "Undiscounted training reward of the episodes finished since the point before; one line a seed." }
                div.panels {
                    @for panel in panels {
                        figure {
                            figcaption {
                                h3 { (text::visible(panel.world)) }
                                @for (sample, name) in panel.legend { span.entry { (PreEscaped(sample)) " " (name) } }
                            }
                            (PreEscaped(panel.svg))
                        }
                    }
                }
            }
        }
    }
}

fn notes(summary: &Summary) -> Markup {
    markup! {
        @if !summary.notes.is_empty() {
            section #notes {
                h2 { "Notes" }
                ul { @for note in &summary.notes { li { (text::visible(note)) } } }
            }
        }
    }
}

/// The word under a shift's name.
pub(crate) const fn role_hint(role: Role) -> &'static str {
    match role {
        Role::Training => "held-out levels of the training law",
        Role::Conflict => "goal and proxy apart",
        Role::ProxyAbsent => "no proxy to follow",
        Role::Nuisance => "no tie broken",
        Role::GoalAbsent => "no goal; not judged",
        Role::Reference => "for comparison; not judged",
    }
}
