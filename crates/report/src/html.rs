//! `report.html`: one self-contained page. It asks for nothing over the network, needs no
//! script to be read, and escapes every string that comes from a record.

use crate::group::Roster;
use crate::style::sign;
use crate::world::{pattern_definitions, world_section};
use crate::{across, curves, dose, exhibit, filter, guide, headline, matrix, replay, shell, text};
use maud::{Markup, html as markup};
use misgen_core::Role;
use misgen_evaluate::dose::{Response, responses};
use misgen_evaluate::exhibit::Exhibits;
use misgen_evaluate::record::{Summary, Verdict};

/// Style sheets behind the one that all pages have, in order.
const CSS: &[&str] = &[include_str!("table.css"), include_str!("exhibit/exhibit.css")];
/// Scripts, one an idea; none is needed to read the page.
const SCRIPTS: &[&str] = &[
    include_str!("script/print.js"),
    include_str!("script/open.js"),
    include_str!("script/sort.js"),
    include_str!("script/filter.js"),
    include_str!("script/csv.js"),
];

/// The summary as a page, with what there is to look at beside its numbers.
#[must_use]
pub fn html(summary: &Summary, exhibits: Option<&Exhibits>) -> Vec<u8> {
    let mut roster = Roster::new(summary);
    if let Some(exhibits) = exhibits {
        roster.looks = exhibit::looks(exhibits, &roster);
        roster.watched = replay::addresses(exhibits, &roster);
    }
    let suite = text::visible(&summary.suite);
    let doses = responses(summary);
    let replays = replay::section(exhibits);
    let body = markup! {
        a.skip href="#verdicts" { "Skip to the verdicts" }
        (header(summary, &roster, exhibits, replays.is_some(), &doses, &suite))
        main {
            (headline::section(&roster))
            (filter::bar(&roster))
            (matrix::section(&roster))
            @if let Some(found) = &summary.across { (across::section(found)) }
            @if let Some(replays) = &replays { (replays) }
            (shifts(&roster))
            (curves::section(summary, &roster))
            (dose::section(&doses, &roster))
            @if let Some(exhibits) = exhibits { (exhibit::section(exhibits, &roster)) }
            (notes(summary, exhibits))
            (guide::section(summary.confidence))
        }
        footer { "Suite " (suite) ", records of schema version " (summary.schema_version) "." }
        (pattern_definitions())
    };
    let (mut css, mut scripts) = (CSS.concat(), SCRIPTS.concat());
    if replays.is_some() {
        css += replay::CSS;
        scripts += replay::SCRIPT;
    }
    shell::page(&format!("{suite} · which goal was learned"), &css, &scripts, &body)
}

/// A verdict's badge: sign, word and colour say the same.
pub(crate) fn badge(verdict: Verdict) -> Markup {
    markup! {
        span class={ "badge " (verdict.word()) } {
            span.sign aria-hidden="true" { (sign(verdict)) } " " (verdict.word().replace('-', " "))
        }
    }
}

fn header(
    summary: &Summary,
    roster: &Roster<'_>,
    exhibits: Option<&Exhibits>,
    replays: bool,
    doses: &[Response],
    suite: &str,
) -> Markup {
    let curves = &summary.curves;
    let parts = [
        (true, "verdicts", "Verdicts"),
        (summary.rows.iter().any(|row| row.verdict.is_some()), "matrix", "Matrix"),
        (summary.across.is_some(), "across", "Across families"),
        (replays, "replays", "Watch it"),
        (true, "shifts", "Every shift"),
        (curves.iter().flat_map(|c| &c.seeds).flatten().any(|p| p.episode_return.is_some()), "curves", "Learning"),
        (!doses.is_empty(), "dose", "Dose response"),
        (exhibits.is_some_and(exhibit::is_there), "looks", "A closer look"),
        (!summary.notes.is_empty() || exhibits.is_some_and(|e| !e.notes.is_empty()), "notes", "Notes"),
        (true, "guide", "How to read this"),
    ];
    markup! {
        header.top {
            p.suite { "misgen · suite " strong { (suite) } }
            h1 { "Which goal did each agent learn?" }
            p.lead {
                "In training a proxy predicts the goal, so behaviour there cannot tell which of the two an agent wants. "
                "Each agent below was then played on levels in which goal and proxy part. A verdict says which one it went for."
            }
            p.facts {
                (text::plural(roster.worlds.len(), "world")) " · " (text::plural(roster.players.len(), "agent")) " · "
                (text::range(summary.rows.iter().map(|row| row.seeds))) " seeds · "
                (text::range(summary.rows.iter().map(|row| row.levels))) " levels a shift"
            }
            nav aria-label="Parts of this page" {
                @for (there, id, name) in parts { @if there { a href={ "#" (id) } { (name) } } }
            }
        }
    }
}

fn shifts(roster: &Roster<'_>) -> Markup {
    markup! {
        section #shifts {
            h2 { "Every shift" }
            p.hint {
                "S" sub { "ID" } ", GT, PP and C" sub { "align" } ": 0 is random play, 1 is optimal play. Numbers in the table are clipped to that range; "
                "figures show raw values, one point a seed, with dotted lines at .5 and .8, where verdicts are decided."
            }
            @for (index, world) in roster.worlds.iter().enumerate() { (world_section(index, world, roster)) }
        }
    }
}

fn notes(summary: &Summary, exhibits: Option<&Exhibits>) -> Markup {
    let notes: Vec<&String> =
        summary.notes.iter().chain(exhibits.into_iter().flat_map(|exhibits| &exhibits.notes)).collect();
    markup! {
        @if !notes.is_empty() {
            section #notes {
                h2 { "Notes" }
                ul { @for note in &notes { li { (text::visible(note)) } } }
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
