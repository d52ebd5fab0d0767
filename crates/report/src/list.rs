//! Lists of families and of their shifts.

use crate::describe::ties;
use crate::style::{Paint, Style};
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use misgen_core::{FamilySpec, ShiftSpec};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One line a family: id, kind, goal, proxies, what it is.
#[must_use]
pub fn families(specs: &[FamilySpec], style: &Style) -> String {
    let rows = specs.iter().map(|spec| {
        let proxies: Vec<_> = spec.cues[1..].iter().map(|cue| cue.name).collect();
        [
            style.paint(Paint::Heading, &style.safe(&spec.id())),
            spec.kind.word().into(),
            style.safe(spec.cues[0].name),
            style.safe(&proxies.join(", ")),
            style.safe(spec.means),
        ]
    });
    list(["family", "kind", "goal", "proxies", "world"], rows, style)
}

/// One line a shift of each family, the main conflict shift marked.
#[must_use]
pub fn shifts(specs: &[FamilySpec], style: &Style) -> String {
    let rows = specs.iter().flat_map(|spec| {
        spec.shifts.iter().enumerate().map(|(index, shift)| {
            let id = style.safe(&format!("{}:{}", spec.id(), shift.name));
            [
                if index == 0 {
                    style.paint(Paint::Main, &format!("{} {id}", style.pick("★", "*")))
                } else {
                    format!("  {id}")
                },
                shift.role.word().into(),
                style.safe(&ties(spec, &ShiftSpec::from(shift).ties)),
                style.safe(shift.means),
            ]
        })
    });
    list(["  shift", "role", "ties", "what is different"], rows, style)
}

/// The same as [`families`], for programs.
#[must_use]
pub fn families_json(specs: &[FamilySpec]) -> Value {
    let family = |spec: &FamilySpec| {
        let proxies: Vec<_> = spec.cues[1..].iter().map(|cue| cue.name).collect();
        json!({
            "id": spec.id(), "name": spec.name, "version": spec.version, "kind": spec.kind,
            "means": spec.means, "goal": spec.cues[0].name, "proxies": proxies,
        })
    };
    specs.iter().map(family).collect()
}

/// The same as [`shifts`], for programs.
#[must_use]
pub fn shifts_json(specs: &[FamilySpec]) -> Value {
    specs
        .iter()
        .flat_map(|spec| {
            spec.shifts.iter().enumerate().map(|(index, shift)| {
                let own = ShiftSpec::from(shift);
                json!({
                    "id": format!("{}:{}", spec.id(), shift.name), "family": spec.name, "main": index == 0,
                    "name": own.name, "role": own.role, "means": own.means, "ties": own.ties, "knobs": own.knobs,
                })
            })
        })
        .collect()
}

/// A table whose last column takes the room that the others leave.
pub(crate) fn list<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    style: &Style,
) -> String {
    let mut table = Table::new();
    let fill = if style.unicode { '─' } else { '-' };
    let rule = LineStyle::none().fill(fill).junction(fill);
    table.load_style(TableStyle::new().header_separator(rule)).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = style.width {
        table.set_width(width);
    }
    table.set_header(header.map(|title| Cell::new(style.paint(Paint::Quiet, title))));
    for row in rows {
        table.add_row(row.map(Cell::new));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 1));
        if index < 2 {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut out = String::new();
    for line in table.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    style.finish(&out)
}
