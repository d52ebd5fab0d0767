//! A family's levels on one sheet: SVG, drawn from nothing but what an agent observes.
//!
//! Cells are the tiles of every other picture, so that it can be read without its colours.

use crate::describe::ties;
use crate::picture::tile::UNIT;
use crate::picture::vector::{definitions, entry, level, style};
use crate::svg::Svg;
use crate::text;
use misgen_core::{Channel, FamilySpec, ObsSpec, ShiftSpec, Ties};

/// One level on the sheet.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The shift that it is of; `None` for a training level.
    pub shift: Option<ShiftSpec>,
    /// The share of training levels that are under its ties, where not all are.
    pub share: Option<f64>,
    /// What holds in it.
    pub ties: Ties,
    /// What observations of it look like.
    pub spec: ObsSpec,
    /// Its first observation.
    pub obs: Vec<u8>,
    /// That of its aligned twin, where ties are broken.
    pub twin: Option<Vec<u8>>,
}

/// Width of a panel, and its greatest cell.
const PANEL: f64 = 200.0;
const CELL: f64 = 28.0;
/// Columns of panels, and the room between and around them.
const COLUMNS: usize = 4;
const GAP: f64 = 14.0;
const MARGIN: f64 = 20.0;
/// Height of a line of a caption, and letters that fit into one.
const LINE: f64 = 15.0;
const LETTERS: usize = 32;
const FONTS: &str =
    ".title{font-size:17px;font-weight:700}.name{font-size:12.5px;font-weight:700}.note{font-size:11.5px;fill:#444}";

/// The sheet of `family`, byte for byte the same for the same panels.
///
/// # Panics
/// When an observation is not as long as its [`ObsSpec`] says.
#[must_use]
pub fn contact_sheet(family: &FamilySpec, panels: &[Panel]) -> String {
    let legend = legend_lines(family.channels);
    let captions: Vec<Vec<String>> = panels.iter().map(|panel| caption(family, panel)).collect();
    let rows: Vec<f64> = panels
        .chunks(COLUMNS)
        .zip(captions.chunks(COLUMNS))
        .map(|(panels, captions)| {
            let lines = captions.iter().map(Vec::len).max().unwrap_or(0);
            let tallest = panels.iter().map(|panel| side(&panel.spec) * panel.spec.height as f64).fold(0.0, f64::max);
            tallest + LINE * lines as f64 + 2.0 * GAP
        })
        .collect();
    let top = MARGIN + 28.0 + 20.0 * legend.len() as f64 + 26.0;
    let width = 2.0 * MARGIN + COLUMNS as f64 * PANEL + (COLUMNS - 1) as f64 * GAP;
    let height = top + rows.iter().sum::<f64>();

    let label = format!("{}: levels in training and under each shift", family.id());
    let css = style(family.channels, &[]) + FONTS;
    let mut svg = Svg::document(width, height, &label, &css);
    svg.leaf(
        "rect",
        &[("class", "page".into()), ("width", width.into()), ("height", height.into()), ("rx", 6.0.into())],
    );
    definitions(&mut svg, family.channels);
    svg.text("title", MARGIN, MARGIN + 14.0, &family.id());
    for (line, entries) in legend.iter().enumerate() {
        let y = MARGIN + 28.0 + 20.0 * line as f64;
        for (x, channel) in entries {
            entry(&mut svg, family.channels, *channel, (*x, y, 1.6));
            svg.text("note", x + 21.0, y + 12.0, family.channels[*channel].name);
        }
    }
    if panels.iter().any(|panel| panel.twin.is_some()) {
        let words = "Dashed: what differs from the aligned twin, the same level without its conflict.";
        svg.text("note", MARGIN, top - 14.0, words);
    }

    let mut y = top;
    for (row, height) in rows.iter().enumerate() {
        for (column, index) in (row * COLUMNS..panels.len().min((row + 1) * COLUMNS)).enumerate() {
            let x = MARGIN + column as f64 * (PANEL + GAP);
            let panel = &panels[index];
            let at = (x, y, side(&panel.spec) / UNIT);
            level(&mut svg, &panel.spec, (&panel.obs, panel.twin.as_deref()), &[], at);
            let mut below = y + side(&panel.spec) * panel.spec.height as f64 + LINE;
            for (line, words) in captions[index].iter().enumerate() {
                svg.text(if line == 0 { "name" } else { "note" }, x, below, words);
                below += LINE;
            }
        }
        y += height;
    }
    svg.finish() + "\n"
}

/// Side of a cell so that a level fits into its panel: whole, so that edges are sharp.
fn side(spec: &ObsSpec) -> f64 {
    (PANEL / spec.width.max(spec.height) as f64).min(CELL).floor().max(1.0)
}

/// What a panel is of, in lines: its name, then its role and what holds in it.
fn caption(family: &FamilySpec, panel: &Panel) -> Vec<String> {
    let (name, role) = match &panel.shift {
        None => ("training".to_owned(), panel.share.map(|share| format!("{} % of levels", text::percent(share)))),
        Some(shift) => {
            let main = family.shifts.first().is_some_and(|first| first.name == shift.name);
            let star = if main { " ★ main" } else { "" };
            let rung = shift.severity.map_or_else(String::new, |severity| format!(", severity {severity}"));
            (shift.name.clone(), Some(format!("{}{rung}{star}", shift.role.word())))
        }
    };
    let mut lines = vec![name];
    lines.extend(role);
    let held = text::wrap(&ties(family, &panel.ties), LETTERS, "", "");
    lines.extend(held.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    lines
}

/// Which channels stand on each line of the legend, and where.
fn legend_lines(channels: &[Channel]) -> Vec<Vec<(f64, usize)>> {
    let most = MARGIN + COLUMNS as f64 * PANEL;
    let (mut lines, mut x) = (vec![Vec::new()], MARGIN);
    for (index, channel) in channels.iter().enumerate() {
        let wide = 24.0 + 7.0 * channel.name.chars().count() as f64 + 16.0;
        if x + wide > most && x > MARGIN {
            lines.push(Vec::new());
            x = MARGIN;
        }
        lines.last_mut().expect("there is a line").push((x, index));
        x += wide;
    }
    lines
}
