//! A family's levels on one sheet: SVG, drawn from nothing but what an agent observes.
//!
//! Grounds and walls fill their cell, things are discs and squares, and all but walls carry their glyph, so
//! that the picture can be read without its colours. A cell that holds several things shows them side by side.

use crate::cells::{PANEL, UNIT, draw, drawing, place, side, things, tints};
use crate::describe::ties;
use crate::level::{is_wall, light, readable};
use crate::svg::Svg;
use crate::text;
use misgen_core::{Channel, FamilySpec, ObsSpec, Rgb, ShiftSpec, Ties};
use std::collections::BTreeMap;
use std::fmt::Write as _;

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

/// Columns of panels, and the room between and around them.
const COLUMNS: usize = 4;
const GAP: f64 = 14.0;
const MARGIN: f64 = 20.0;
/// Height of a line of a caption, and letters that fit into one.
const LINE: f64 = 15.0;
const LETTERS: usize = 32;

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
    let mut svg = Svg::document(width, height, &label, &style(family.channels));
    svg.leaf(
        "rect",
        &[("class", "page".into()), ("width", width.into()), ("height", height.into()), ("rx", 6.0.into())],
    );
    definitions(&mut svg, family.channels);
    tinted(&mut svg, family.channels, panels);
    svg.text("title", MARGIN, MARGIN + 14.0, &family.id());
    for (line, entries) in legend.iter().enumerate() {
        let y = MARGIN + 28.0 + 20.0 * line as f64;
        for (x, channel) in entries {
            entry(&mut svg, family.channels, *channel, *x, y);
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
            draw(&mut svg, &panels[index], x, y);
            let mut below = y + side(&panels[index].spec) * panels[index].spec.height as f64 + LINE;
            for (line, words) in captions[index].iter().enumerate() {
                svg.text(if line == 0 { "name" } else { "note" }, x, below, words);
                below += LINE;
            }
        }
        y += height;
    }
    svg.finish() + "\n"
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

fn entry(svg: &mut Svg, channels: &[Channel], index: usize, x: f64, y: f64) {
    let channel = &channels[index];
    svg.open("g", &[("transform", (&place(x, y, 1.6)).into())]);
    let class = format!("k{index}");
    if is_wall(channel) || channel.is_ground() {
        svg.leaf("rect", &[("class", (&class).into()), ("width", UNIT.into()), ("height", UNIT.into())]);
    }
    if channel.is_ground() {
        svg.leaf("use", &[("href", (&format!("#g{index}")).into()), ("x", 5.0.into()), ("y", 7.0.into())]);
    } else if !is_wall(channel) {
        svg.leaf("use", &[("href", (&format!("#t{index}")).into()), ("x", 5.0.into()), ("y", 5.0.into())]);
    }
    svg.close("g");
    svg.text("note", x + 21.0, y + 12.0, channel.name);
}

fn glyph(channel: &Channel) -> String {
    channel.glyph.to_string()
}

/// Class of a glyph on a channel's colour.
const fn ink(size: &str, channel: &Channel) -> &'static str {
    let dark = matches!(readable(channel.color), Rgb(0, 0, 0));
    match (size.as_bytes(), dark) {
        (b"g", true) => "g d",
        (b"g", false) => "g l",
        (b"s", true) => "s d",
        (b"s", false) => "s l",
        (_, true) => "t d",
        (_, false) => "t l",
    }
}

fn style(channels: &[Channel]) -> String {
    let mut css = String::from(
        ".page{fill:#fbfbf8;stroke:#c8c8c0}.floor{fill:#fff}.lines{fill:none;stroke:#dcdcd6;stroke-width:.4}\
         .edge{fill:none;stroke:#555;stroke-width:.8}.halo{fill:none;stroke:#fff;stroke-width:.9}.apart{fill:none;stroke:#111;stroke-width:.8;stroke-dasharray:1.6 1}\
         .thing{stroke:#222;stroke-width:.5}.title,.name,.note{font-family:system-ui,sans-serif;fill:#1a1a1a}\
         .title{font-size:17px;font-weight:700}.name{font-size:12.5px;font-weight:700}.note{font-size:11.5px;fill:#444}\
         .t,.g,.s{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;text-anchor:middle}\
         .t{font-size:7px;font-weight:700}.g{font-size:6px;opacity:.6}.s{font-size:3.6px}.d{fill:#000}.l{fill:#fff}",
    );
    for (index, channel) in channels.iter().enumerate() {
        let Rgb(r, g, b) = channel.color;
        let _ = write!(css, ".k{index}{{fill:#{r:02x}{g:02x}{b:02x}}}");
    }
    css
}

/// One drawing for each thing, around the middle of its cell (the agent round, all else square), and each ground's glyph.
fn definitions(svg: &mut Svg, channels: &[Channel]) {
    svg.open("defs", &[]);
    for (index, channel) in channels.iter().enumerate().filter(|(_, channel)| !channel.is_ground() && !is_wall(channel))
    {
        svg.open("g", &[("id", (&format!("t{index}")).into())]);
        let class = format!("k{index} thing");
        if channel.name == "agent" {
            svg.leaf("circle", &[("class", (&class).into()), ("r", 4.2.into())]);
        } else {
            // Around the middle: 3.8 to each side.
            let square = "M-3.8 -3.8h7.6v7.6h-7.6z";
            svg.leaf("path", &[("class", (&class).into()), ("d", square.into()), ("stroke-linejoin", "round".into())]);
        }
        svg.around("text", &[("class", ink("t", channel).into()), ("y", 2.4.into())], &glyph(channel));
        svg.close("g");
    }
    for (index, channel) in channels.iter().enumerate().filter(|(_, channel)| channel.is_ground()) {
        for size in ["g", "s"] {
            let id = format!("{size}{index}");
            svg.around("text", &[("id", (&id).into()), ("class", ink(size, channel).into())], &glyph(channel));
        }
    }
    svg.close("defs");
}

/// One drawing for each thing in each colour that the tints of a cell give it, with the tints' glyphs beside its own.
fn tinted(svg: &mut Svg, channels: &[Channel], panels: &[Panel]) {
    let mut all: BTreeMap<String, (usize, u16)> = BTreeMap::new();
    for panel in panels {
        for at in 0..panel.spec.width * panel.spec.height {
            let bits = panel.spec.cell(&panel.obs, at);
            let set = tints(channels, bits);
            let drawn = things(&panel.spec, bits).into_iter().filter(|_| set != 0);
            all.extend(drawn.map(|index| (drawing(channels, index, bits), (index, set))));
        }
    }
    // Those that no tint colours have their drawing already.
    all.retain(|name, _| name.contains('-'));
    if all.is_empty() {
        return;
    }
    svg.open("defs", &[]);
    for (name, (index, set)) in &all {
        let chosen = || channels.iter().enumerate().filter(|(k, _)| set >> k & 1 == 1).map(|(_, channel)| channel);
        let color = light(chosen()).unwrap_or(channels[*index].color);
        let Rgb(r, g, b) = color;
        let painted = Channel { color, ..channels[*index] };
        svg.open("g", &[("id", name.as_str().into())]);
        let (square, fill) = ("M-3.8 -3.8h7.6v7.6h-7.6z", format!("#{r:02x}{g:02x}{b:02x}"));
        svg.leaf("path", &[("class", "thing".into()), ("d", square.into()), ("fill", (&fill).into())]);
        if !channels[*index].is_tint() {
            svg.around(
                "text",
                &[("class", ink("t", &painted).into()), ("x", (-1.9).into()), ("y", 1.2.into())],
                &glyph(&painted),
            );
        }
        let letters: String = chosen().map(|channel| channel.glyph).collect();
        svg.around("text", &[("class", ink("s", &painted).into()), ("x", 1.4.into()), ("y", 3.2.into())], &letters);
        svg.close("g");
    }
    svg.close("defs");
}
