//! The attribution of one agent as a page of text: a table a metric, each with its meaning in words.

mod design;
mod inside;
mod meg;
mod posterior;
mod preference;

use crate::style::{Paint, Style};
use crate::table::lines;
use crate::text;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table};
use misgen_evaluate::attribute::Attribution;
use misgen_evaluate::record::Estimate;
use std::fmt::Write as _;

/// One section a metric: a heading, its table, and what the numbers mean; a metric that is null says why.
#[must_use]
pub fn attribution(found: &Attribution, style: &Style) -> String {
    let mut out =
        style.paint(Paint::Heading, &style.safe(&format!("{} on {}:{}", found.agent, found.family, found.shift)));
    let facts =
        format!("{} shift, {}, action seed {}", found.role.word(), text::plural(found.levels, "level"), found.seed);
    let _ = writeln!(out, "  {}", style.paint(Paint::Quiet, &facts));
    for (_, title, section) in sections(found, style) {
        out += &said(title, section, style);
    }
    style.finish(&out)
}

/// What a section is made of.
pub(crate) struct Section {
    /// Header of the table.
    pub(crate) header: Vec<String>,
    /// Its rows; the first column is text, the others are numbers.
    pub(crate) rows: Vec<Vec<String>>,
    /// Lines below the table, each of its own.
    pub(crate) lines: Vec<String>,
    /// What the numbers mean.
    pub(crate) meaning: &'static str,
}

/// A metric's name, its title, and its section or why there is none.
pub(crate) type Titled<'a> = (&'static str, &'static str, Result<Section, &'a str>);

/// The sections of all metrics, in order.
pub(crate) fn sections<'a>(found: &'a Attribution, style: &Style) -> Vec<Titled<'a>> {
    fn one<'a, T>(
        (found, style): (&'a Attribution, &Style),
        (name, title): (&'static str, &'static str),
        metric: Option<&T>,
        show: fn(&T, &Style) -> Section,
    ) -> Titled<'a> {
        let why = || found.why_null.get(name).map_or("no reason is known", String::as_str);
        (name, title, metric.map(|metric| show(metric, style)).ok_or_else(why))
    }
    let of = (found, style);
    vec![
        one(of, ("preference", "Cue preference"), found.preference.as_ref(), preference::section),
        one(of, ("design", "Design: cues at matched sites"), found.design.as_ref(), design::section),
        one(of, ("meg", "Goal-directedness"), found.meg.as_ref(), meg::section),
        one(of, ("posterior", "Goal posterior"), found.posterior.as_ref(), posterior::section),
        one(of, ("sensitivity", "Counterfactual sensitivity"), found.sensitivity.as_ref(), inside::sensitivity),
        one(of, ("critic", "Actor and critic"), found.critic.as_ref(), inside::critic),
        one(of, ("decodability", "Decodability"), found.decodability.as_ref(), inside::decodability),
        one(of, ("detection", "Detection"), found.detection.as_ref(), inside::detection),
    ]
}

/// A section for a terminal.
fn said(title: &str, section: Result<Section, &str>, style: &Style) -> String {
    let mut out = format!("\n{}\n", style.paint(Paint::Heading, title));
    let Section { header, rows, lines: said, meaning } = match section {
        Ok(section) => section,
        Err(why) => {
            let line = format!("{} {}", style.pick("–", "-"), style.safe(why));
            return out + &text::wrap(&line, style.measure(), "  ", "    ");
        }
    };
    if !rows.is_empty() {
        out += &table(&header, rows, style);
    }
    for line in said {
        out += &text::wrap(&line, style.measure(), "  ", "    ");
    }
    let wrapped = text::wrap(meaning, style.measure(), "", "");
    out.extend(wrapped.lines().map(|line| style.paint(Paint::Quiet, &style.safe(line)) + "\n"));
    out
}

pub(crate) fn table(header: &[String], rows: Vec<Vec<String>>, style: &Style) -> String {
    let mut table = Table::new();
    table.load_style(lines(style)).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = style.width {
        table.set_width(width);
    }
    table.set_header(header.iter().map(|title| Cell::new(style.paint(Paint::Quiet, title))));
    rows.into_iter().for_each(|row| {
        table.add_row(row.into_iter().map(Cell::new));
    });
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2)).set_constraint(ColumnConstraint::ContentWidth);
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A number with two decimals, or a dash.
fn number(value: Option<f64>, style: &Style) -> String {
    value.map_or_else(|| style.pick("–", "-").to_owned(), |value| text::fixed(value, 2))
}

/// An interval, raw.
fn span(interval: Option<(f64, f64)>, style: &Style) -> String {
    interval.map_or_else(
        || style.pick("–", "-").to_owned(),
        |(low, high)| format!("[{}, {}]", text::fixed(low, 2), text::fixed(high, 2)),
    )
}

/// Mean and interval, raw.
fn estimate(value: &Estimate, style: &Style) -> [String; 2] {
    [number(Some(value.mean), style), span(value.low.zip(value.high), style)]
}
