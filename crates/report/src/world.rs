//! One world of the page: the table of all its agents and shifts with their figures, and the raw numbers folded away.

use crate::csv::short;
use crate::exhibit::look_id;
use crate::figure::{outcome_bar, parts, swatch, transfer_strip};
use crate::group::{Agent, Roster, World, row_id};
use crate::html::{badge, role_hint};
use crate::{raw, text};
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::record::{Outcomes, SummaryRow};

/// Hatchings that the fills of outcomes refer to, once a page.
pub(crate) fn pattern_definitions() -> Markup {
    let hatch = |id: &str, class: &str, path: &str| {
        markup! {
            pattern id=(id) width="6" height="6" patternUnits="userSpaceOnUse" {
                rect.(class) width="6" height="6" {}
                path.hatch d=(path) {}
            }
        }
    };
    markup! {
        svg.patterns width="0" height="0" aria-hidden="true" {
            defs {
                (hatch("hatch-1", "under-proxy1", "M-1 1L1 -1M0 6L6 0M5 7L7 5"))
                (hatch("hatch-2", "under-proxy2", "M0 3H6"))
                (hatch("hatch-joint", "under-proxy0", "M-1 1L1 -1M0 6L6 0M5 7L7 5M-1 5L1 7M0 0L6 6M5 -1L7 1"))
                (hatch("hatch-died", "under-died", "M1.5 1.5h1.5v1.5h-1.5zM4.5 4.5h1.5v1.5h-1.5z"))
            }
        }
    }
}

/// Widths of the columns.
const COLUMNS: [&str; 8] = ["wide", "mid", "slim", "slim", "number", "wide", "number", "wide"];

/// The section of `world`, the `index`-th of the page.
pub(crate) fn world_section(index: usize, world: &World<'_>, roster: &Roster<'_>) -> Markup {
    let row = world.any();
    let proxies = world.proxies();
    let name = format!("world-{index}");
    let has_outcomes = world.rows().any(|row| row.outcomes.is_some());
    markup! {
        section.world aria-labelledby=(name) data-w=(index) {
            h3 id=(name) { (text::visible(world.name)) }
            p.facts {
                (text::visible(&row.family)) "-v" (row.family_version) " · law " (text::visible(&row.law)) " · "
                a href="#def-kinds" { (row.kind.word()) } " · " (text::range(world.rows().map(|r| r.seeds))) " seeds · "
                (text::range(world.rows().map(|r| r.levels))) " levels a shift"
            }
            (shift_means(world))
            @if has_outcomes { (legend(world, &proxies)) }
            // Roles are spelt out because the phone's layout takes the cells out of table display.
            table.main role="table" {
                caption.hidden { "Agents and shifts in " (text::visible(world.name)) }
                colgroup { @for class in COLUMNS { col.(class); } }
                thead role="rowgroup" {
                    tr role="row" {
                        th role="columnheader" scope="col" data-sort="0" { "Shift" }
                        th role="columnheader" scope="col" data-sort="1" { a href="#def-verdicts" { "Verdict" } }
                        th.number role="columnheader" scope="col" data-sort="2" { a href="#def-sid" { "S" sub { "ID" } } }
                        th.number role="columnheader" scope="col" data-sort="3" { a href="#def-calign" { "C" sub { "align" } } }
                        th.number role="columnheader" scope="col" data-sort="4" { a href="#def-gt" { "GT" } }
                        th role="columnheader" scope="col" { a href="#def-interval" { "GT, raw, each seed" } }
                        th.number role="columnheader" scope="col" data-sort="6" { a href="#def-pp" { "PP" } }
                        th role="columnheader" scope="col" { @if has_outcomes { a href="#def-outcomes" { "What came first" } } @else { "Ratios" } }
                    }
                }
                @for agent in &world.agents { (agent_rows(agent, &proxies, (index, roster.player(agent)), roster)) }
            }
            (raw::numbers(index, world))
        }
    }
}

/// What each shift of the world changes, said once for all agents.
fn shift_means(world: &World<'_>) -> Markup {
    let mut shifts: Vec<&SummaryRow> = Vec::new();
    for row in world.rows() {
        if !shifts.iter().any(|known| known.shift == row.shift) {
            shifts.push(row);
        }
    }
    markup! {
        details {
            summary { "What each shift changes (" (shifts.len()) ")" }
            ul.shift-means {
                @for row in shifts { li { strong { (text::visible(&row.shift)) } ": " (text::visible(&row.means)) } }
            }
        }
    }
}

fn legend(world: &World<'_>, proxies: &[&str]) -> Markup {
    let none = Outcomes::default();
    let parts = parts(&none, proxies);
    let deadly = world.deadly();
    markup! {
        p.legend {
            @for part in parts.iter().filter(|part| part.name != "died" || deadly) {
                span.entry { (PreEscaped(swatch(&part.fill))) " " (text::visible(part.name)) }
            }
        }
    }
}

fn agent_rows(agent: &Agent<'_>, proxies: &[&str], (world, player): (usize, usize), roster: &Roster<'_>) -> Markup {
    let first = agent.rows[0];
    let failed = agent.rows.iter().map(|row| row.failed_cells).max().unwrap_or(0);
    markup! {
        tbody role="rowgroup" data-a=(player) {
            tr.agent role="row" {
                th role="rowheader" scope="rowgroup" colspan="8" {
                    (text::agent(agent.name, agent.mix))
                    @if !agent.learned() { span.quiet { " scripted" } }
                    @if let Some(s) = first.s_train {
                        span.quiet { " S" sub { "train" } " " (text::competence(s))
                            @if let Some(least) = first.s_train_min { ", least " (text::competence(least)) } }
                    }
                    @if roster.looks.contains(&(world, player)) { a.closer href={ "#" (look_id(world, player)) } { "a closer look" } }
                    @if failed > 0 { span.failed { " " (text::plural(failed, "cell")) " without a result" } }
                }
            }
            @for (shift, row) in agent.rows.iter().enumerate() { (shift_row(row, proxies, &row_id(world, player, shift), roster.watched.get(&(world, player, row.shift.as_str())))) }
        }
    }
}

fn shift_row(row: &SummaryRow, proxies: &[&str], id: &str, watch: Option<&String>) -> Markup {
    let pursuit = row.pp.values().flatten().copied().reduce(f64::max);
    markup! {
        tr.is-main[row.main] id=(id) role="row" data-role=(row.role.word()) data-verdict=[row.verdict.map(misgen_evaluate::record::Verdict::word)] {
            th role="rowheader" scope="row" {
                span.shift { (text::visible(&row.shift)) }
                @if row.main { " " span.star { "★ main" } }
                span.quiet.role { @if row.shift != row.role.word() { (row.role.word()) ": " } (role_hint(row.role)) }
                @if let Some(address) = watch { a.watch href=(address) { "watch" span.hidden { " episodes under " (text::visible(&row.shift)) } } }
            }
            td role="cell" { @if let Some(verdict) = row.verdict { (badge(verdict)) } }
            td.number role="cell" { (value(row.s_id.map(text::competence))) }
            td.number role="cell" { (value(row.c_align.map(text::clipped))) }
            td.number role="cell" data-v=(short(row.gt)) {
                (value(row.gt.map(text::clipped)))
                @if let Some(around) = text::interval(row.gt_low, row.gt_high) { span.quiet.around { (around) } }
            }
            td.figure role="cell" { @if let Some(strip) = transfer_strip(row) { (PreEscaped(strip)) } }
            td.number role="cell" data-v=(short(pursuit)) {
                @if pursuit.is_some() { @for (name, pp) in &row.pp {
                    span.line { @if row.pp.len() > 1 { span.quiet { (text::visible(name)) " " } } (pp.map_or("–".into(), text::clipped)) }
                } }
            }
            td.figure role="cell" { (outcomes(row, proxies)) }
        }
    }
}

fn outcomes(row: &SummaryRow, proxies: &[&str]) -> Markup {
    markup! {
        @if let Some(outcomes) = &row.outcomes {
            @let parts = parts(outcomes, proxies);
            (PreEscaped(outcome_bar(&parts, row.proxy_share)))
            span.shares {
                @for part in parts.iter().filter(|part| part.share > 0.0) {
                    span { (text::visible(part.name)) "\u{a0}" (text::percent(part.share)) "\u{a0}%" }
                }
            }
        }
        @for (name, ratio) in &row.extra { span.line { span.quiet { (text::visible(name)) " " } (text::fixed(*ratio, 2)) } }
    }
}

/// Nothing where it is not defined: the style sheet says so in every empty cell.
fn value(shown: Option<String>) -> String {
    shown.unwrap_or_default()
}
