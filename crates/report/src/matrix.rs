//! The matrix: every player against every judged shift of every world, each cell a verdict and goal transfer.

use crate::csv::short;
use crate::group::{Agent, Roster, World, row_id};
use crate::plate::table_button;
use crate::style::sign;
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::record::SummaryRow;

/// A world's judged shifts.
struct Group<'a> {
    world: &'a World<'a>,
    /// Each with whether it is the main one, which comes first.
    shifts: Vec<(&'a str, bool)>,
}

/// The part of the page, where anything was judged.
pub(crate) fn section(roster: &Roster<'_>) -> Markup {
    let groups: Vec<Group<'_>> = roster.worlds.iter().map(group).collect();
    let learners = roster.players.iter().filter(|(_, mix)| mix.is_some()).count();
    markup! {
        @if groups.iter().any(|group| !group.shifts.is_empty()) {
            section #matrix {
                h2 { "Every agent on every judged shift" }
                p.hint {
                    "Each cell: the " a href="#def-verdicts" { "verdict" } " as sign and colour, and " a href="#def-gt" { "goal transfer" }
                    ", raw (1 plays as well as the best player of the goal, 0 like random). It leads to the row with its figures. ★ is the "
                    a href="#def-main" { "main shift" } "."
                }
                (key(roster))
                @if learners > 0 { (table(roster, &groups, (0, learners), ("matrix-learned", "Trained agents"))) }
                @if learners < roster.players.len() {
                    details open=[(learners == 0).then_some("")] {
                        summary { "Scripted references (" (roster.players.len() - learners) ")" }
                        (table(roster, &groups, (learners, roster.players.len()), ("matrix-scripted", "Scripted references")))
                    }
                }
            }
        }
    }
}

fn group<'a>(world: &'a World<'a>) -> Group<'a> {
    let mut shifts = world.judged();
    shifts.sort_by_key(|(_, main)| !main);
    Group { world, shifts }
}

/// The verdicts that there are, with their signs.
fn key(roster: &Roster<'_>) -> Markup {
    let rows = || roster.worlds.iter().flat_map(World::rows);
    let given = crate::headline::VERDICTS.into_iter().filter(|verdict| rows().any(|row| row.verdict == Some(*verdict)));
    markup! { p.legend { @for verdict in given { (crate::html::badge(verdict)) " " } } }
}

fn table(roster: &Roster<'_>, groups: &[Group<'_>], (from, to): (usize, usize), (id, name): (&str, &str)) -> Markup {
    let there = |group: &&Group<'_>| !group.shifts.is_empty();
    let columns = || groups.iter().enumerate().filter(|(_, group)| !group.shifts.is_empty());
    markup! {
        p.tools { (table_button(name, id)) }
        div.scroll tabindex="0" role="region" aria-label={ (name) " by shift" } {
            table.matrix #(id) {
                caption.hidden { (name) " by world and shift" }
                thead {
                    tr {
                        th scope="col" rowspan="2" { "Agent" }
                        @for (index, group) in columns() {
                            th scope="colgroup" colspan=(group.shifts.len()) data-w=(index) {
                                a href={ "#world-" (index) } { (text::visible(group.world.name)) }
                            }
                        }
                    }
                    tr {
                        @let flat = groups.iter().filter(there).flat_map(|group| group.shifts.iter().map(move |shift| (group, shift)));
                        @for (column, (group, (shift, main))) in flat.enumerate() {
                            @let name = text::visible(shift);
                            th.shift.first[group.shifts.first().is_some_and(|(first, _)| first == shift)] scope="col"
                                data-sort=(column + 1) data-name={ (text::visible(group.world.name)) ": " (name) } {
                                span { @if *main { "★ " } (name) }
                            }
                        }
                    }
                }
                tbody {
                    @for (player, &(name, mix)) in roster.players.iter().enumerate().take(to).skip(from) {
                        tr {
                            th scope="row" { (text::agent(name, mix)) }
                            @for (index, group) in columns() {
                                @let agent = group.world.agents.iter().find(|agent| (agent.name, agent.mix) == (name, mix));
                                @for (shift, _) in &group.shifts { (cell(agent, shift, (index, player))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(agent: Option<&Agent<'_>>, shift: &str, (world, player): (usize, usize)) -> Markup {
    let found =
        agent.and_then(|agent| agent.rows.iter().position(|row| row.shift == shift).map(|at| (at, agent.rows[at])));
    markup! {
        @match found {
            Some((at, row)) => {
                @if let Some(verdict) = row.verdict {
                    td.(verdict.word()) data-v=(short(row.gt)) {
                        a href={ "#" (row_id(world, player, at)) } title=(tip(row)) {
                            span aria-hidden="true" { (sign(verdict)) } " " (row.gt.map_or("–".into(), value))
                            span.hidden { ", " (verdict.word().replace('-', " ")) }
                        }
                    }
                } @else { td {} }
            }
            None => td {}
        }
    }
}

/// Two decimals with the sign of a minus.
fn value(gt: f64) -> String {
    text::fixed(gt, 2).replace('-', "−")
}

fn tip(row: &SummaryRow) -> String {
    let around = row
        .gt_low
        .zip(row.gt_high)
        .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", value(low), value(high)));
    let word = row.verdict.map_or_else(String::new, |verdict| format!("{}; ", verdict.word().replace('-', " ")));
    format!("{}: {word}GT {}{around}", text::visible(&row.shift), row.gt.map_or("–".into(), value))
}
