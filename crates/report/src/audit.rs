//! The audit of a family's levels as a table.

use crate::style::{Paint, Style};
use crate::table::lines;
use crate::text;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};
use misgen_core::Role;
use misgen_evaluate::audit::{Audit, AuditRow};
use std::fmt::Write as _;

const HEADER: [&str; 11] =
    ["  levels of", "role", "kept", "made", "diag %", "alike", "states\n(most)", "steps", "random", "best", "blind"];

/// One line a law, a shift and a rung; below it what was refused and what stands out.
#[must_use]
pub fn audit(audit: &Audit, style: &Style) -> String {
    let mut out = style.paint(Paint::Heading, &style.safe(&audit.family));
    let values = audit.planner.as_ref().map_or_else(
        || "values are exact".to_owned(),
        |planner| format!("values are means of rollouts of the planner: {}", style.safe(planner)),
    );
    let _ = writeln!(out, "  {}", style.paint(Paint::Quiet, &values));
    let main = audit.rows.iter().position(|row| row.role != Role::Training);
    let mut table = Table::new();
    table.load_style(lines(style)).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = style.width {
        table.set_width(width);
    }
    let quiet = |title: &str| title.lines().map(|line| style.paint(Paint::Quiet, line)).collect::<Vec<_>>().join("\n");
    table.set_header(HEADER.map(|title| Cell::new(quiet(title))));
    for (index, row) in audit.rows.iter().enumerate() {
        table.add_row(cells(row, main == Some(index), style).map(Cell::new));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1)).set_constraint(ColumnConstraint::ContentWidth);
        if index > 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for row in &audit.rows {
        let name = style.safe(&row.name);
        if !row.refused.is_empty() {
            let refused: Vec<String> = row.refused.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
            let said = format!("{name}: refused {}", style.safe(&refused.join(", ")));
            out += &text::wrap(&said, style.measure(), "  ", "    ");
        }
        for note in &row.notes {
            out += &text::wrap(&format!("{name}: {}", style.safe(note)), style.measure(), "! ", "    ");
        }
    }
    out += &key(style);
    style.finish(&out)
}

fn cells(row: &AuditRow, main: bool, style: &Style) -> [String; 11] {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| style.pick("–", "-").to_owned());
    let fixed = |value: Option<f64>| or_none(value.map(|value| text::fixed(value, 2)));
    let name = style.safe(&row.name);
    [
        if main { format!("{} {name}", style.paint(Paint::Main, style.pick("★", "*"))) } else { format!("  {name}") },
        row.role.word().into(),
        row.levels.to_string(),
        row.generated.to_string(),
        if row.role == Role::Conflict { text::percent(row.diagnostic) } else { or_none(None) },
        (row.levels - row.distinct.min(row.levels)).to_string(),
        or_none(row.states.map(|s| format!("{:.0} ({})", s.mean, s.most))),
        or_none(row.steps.map(|steps| text::fixed(steps, 1))),
        fixed(row.random),
        fixed(row.goal),
        fixed(row.blind),
    ]
}

fn key(style: &Style) -> String {
    let words = "made: levels generated, some of which are dropped so that goal and proxy are nearer equally often. diag: those \
                 of them that passed screening. alike: levels kept that repeat another one. states: reachable ones, mean and most. steps: shortest way to the goal. \
                 random, best: discounted value of random play and of the goal pursuer. blind: competence of the best \
                 play of another level, replayed. Means over the levels kept.";
    let wrapped = text::wrap(words, style.measure(), "", "");
    wrapped.lines().map(|line| style.paint(Paint::Quiet, line) + "\n").collect()
}
