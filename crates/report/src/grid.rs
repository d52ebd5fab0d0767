//! A plain table for a terminal.

use crate::style::{Paint, Style};
use crate::table::lines;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};
use std::fmt::Write as _;

/// A column: its title, and whether it holds numbers, which keep their width and end at its right.
pub(crate) type Column = (&'static str, bool);

/// `rows` under `columns`, cells already safe and painted.
pub(crate) fn grid<const N: usize>(columns: [Column; N], rows: Vec<[String; N]>, style: &Style) -> String {
    let mut table = Table::new();
    table.load_style(lines(style)).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = style.width {
        table.set_width(width);
    }
    table.set_header(columns.map(|(title, _)| Cell::new(style.paint(Paint::Quiet, title))));
    table.add_rows(rows);
    for ((_, number), shown) in columns.into_iter().zip(table.column_iter_mut()) {
        shown.set_padding((0, 1));
        if number {
            shown.set_cell_alignment(CellAlignment::Right);
            shown.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut out = String::new();
    for line in table.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}
