//! The matrix of a summary for the terminal: players down, worlds and their shifts across.

use crate::attribution::table;
use crate::group::{Agent, Roster, World};
use crate::style::{Paint, Style, sign};
use crate::text;
use misgen_evaluate::record::{Summary, SummaryRow};
use std::collections::BTreeSet;

/// One column: a world and a judged shift.
type Column<'a> = (&'a str, &'a str);

/// Blanks between columns.
const GAP: usize = 2;

/// The verdict's sign and raw goal transfer of every player on the main conflict shift of each world, or on `all` judged shifts. What
/// is too wide for the terminal is broken into several blocks.
#[must_use]
pub fn matrix(summary: &Summary, all: bool, style: &Style) -> String {
    let Roster { worlds, players, .. } = Roster::new(summary);
    let columns: Vec<Column<'_>> = worlds.iter().flat_map(|world| columns(world, all)).collect();
    let names: Vec<String> = players.iter().map(|(name, mix)| style.safe(&text::agent(name, *mix))).collect();
    let first = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for block in blocks(&columns, first, style) {
        let header = std::iter::once(String::new())
            .chain(block.iter().map(|(world, shift)| format!("{}\n{}", style.safe(world), style.safe(shift))));
        let rows = players.iter().zip(&names).map(|(player, name)| {
            let cells = block.iter().map(|(world, shift)| {
                let world = worlds.iter().find(|w| w.name == *world).expect("columns are of these worlds");
                let agent = world.agents.iter().find(|agent| (agent.name, agent.mix) == *player);
                agent.and_then(|agent| row(agent, shift)).map_or_else(String::new, |row| cell(row, style))
            });
            std::iter::once(name.clone()).chain(cells).collect::<Vec<_>>()
        });
        let rows = rows.filter(|row: &Vec<String>| row[1..].iter().any(|cell| !cell.is_empty()));
        out += &table(&header.collect::<Vec<_>>(), rows.collect(), &Style { width: None, ..*style });
        out.push('\n');
    }
    out += &text::wrap(&key(&worlds, style), style.measure(), "", "");
    style.finish(&out)
}

/// Judged shifts of a world: the main one alone, or all.
fn columns<'a>(world: &World<'a>, all: bool) -> impl Iterator<Item = Column<'a>> + use<'a> {
    let name = world.name;
    world.judged().into_iter().filter(move |(_, main)| all || *main).map(move |(shift, _)| (name, shift))
}

fn row<'a>(agent: &Agent<'a>, shift: &str) -> Option<&'a SummaryRow> {
    agent.rows.iter().copied().find(|row| row.shift == shift)
}

/// `✗ -0.15`; the sign alone where there is no number.
fn cell(row: &SummaryRow, style: &Style) -> String {
    let Some(verdict) = row.verdict else { return String::new() };
    let sign = if style.unicode { sign(verdict) } else { initials(verdict.word()) };
    let number = row.gt.map_or_else(String::new, |gt| format!(" {}", text::fixed(gt, 2)));
    style.paint(Paint::Verdict(verdict), &format!("{sign}{number}"))
}

/// A verdict in two letters, for terminals without signs.
fn initials(word: &'static str) -> &'static str {
    match word {
        "specification-gaming" => "SG",
        "capability-failure" => "CF",
        "misgeneralizes" => "MG",
        "transfers" => "TR",
        "mixed" => "MX",
        "undertrained" => "UT",
        _ => "??",
    }
}

/// What the signs mean that stand in the matrix.
fn key(worlds: &[World<'_>], style: &Style) -> String {
    let there: BTreeSet<_> = worlds.iter().flat_map(World::rows).filter_map(|row| row.verdict).collect();
    let words = there.into_iter().map(|verdict| {
        let sign = if style.unicode { sign(verdict) } else { initials(verdict.word()) };
        format!("{sign} {}", verdict.word().replace('-', " "))
    });
    format!(
        "{}. Numbers are raw goal transfer: 0 is random play, 1 is optimal play.",
        words.collect::<Vec<_>>().join(", ")
    )
}

/// Columns in blocks that fit beside names `first` wide.
fn blocks<'a>(columns: &[Column<'a>], first: usize, style: &Style) -> Vec<Vec<Column<'a>>> {
    let wide = |text: &str| style.safe(text).chars().count();
    let room = style.width.map_or(usize::MAX, usize::from);
    let mut blocks: Vec<Vec<Column<'_>>> = Vec::new();
    let mut used = usize::MAX;
    for column in columns {
        let needs = wide(column.0).max(wide(column.1)).max(7) + GAP;
        if used.saturating_add(needs) > room || blocks.is_empty() {
            blocks.push(Vec::new());
            used = first + GAP;
        }
        used += needs;
        blocks.last_mut().expect("one was just begun").push(*column);
    }
    blocks
}
