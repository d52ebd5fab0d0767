//! A family's levels on one sheet: SVG, drawn from nothing but what an agent observes.
//!
//! Grounds and walls fill their cell, things are discs and squares, and all but walls carry their glyph, so
//! that the picture can be read without its colours. A cell that holds several things shows them side by side.

use crate::describe::ties;
use crate::level::{is_wall, readable, stack};
use crate::svg::{Svg, number};
use crate::text;
use misgen_core::{Channel, FamilySpec, ObsSpec, Rgb, ShiftSpec, Ties};
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

/// Columns of panels, their width, and the room between and around them.
const COLUMNS: usize = 4;
const PANEL: f64 = 200.0;
const GAP: f64 = 14.0;
const MARGIN: f64 = 20.0;
/// The greatest side of a cell.
const CELL: f64 = 22.0;
/// Height of a line of a caption, and letters that fit into one.
const LINE: f64 = 15.0;
const LETTERS: usize = 34;
/// Side of a cell inside a panel, before it is scaled.
const UNIT: f64 = 10.0;

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
    let top = MARGIN + 22.0 + 20.0 * (legend.len() + 1) as f64;
    let width = 2.0 * MARGIN + COLUMNS as f64 * PANEL + (COLUMNS - 1) as f64 * GAP;
    let height = top + rows.iter().sum::<f64>();

    let label = format!("{}: levels in training and under each shift", family.id());
    let mut svg = Svg::document(width, height, &label, &style(family.channels));
    svg.leaf(
        "rect",
        &[("class", "page".into()), ("width", width.into()), ("height", height.into()), ("rx", 6.0.into())],
    );
    definitions(&mut svg, family.channels);
    svg.text("title", MARGIN, MARGIN + 14.0, &family.id());
    for (line, entries) in legend.iter().enumerate() {
        let y = MARGIN + 28.0 + 20.0 * line as f64;
        for (x, channel) in entries {
            entry(&mut svg, family.channels, *channel, *x, y);
        }
    }
    svg.text(
        "note",
        MARGIN,
        top - 14.0,
        "Dashed: what differs from the aligned twin, the same level without its conflict.",
    );

    let mut y = top;
    for (row, height) in rows.iter().enumerate() {
        for (column, index) in (row * COLUMNS..panels.len().min((row + 1) * COLUMNS)).enumerate() {
            let x = MARGIN + column as f64 * (PANEL + GAP);
            level(&mut svg, &panels[index], x, y);
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
            (shift.name.clone(), Some(format!("{}{star}", shift.role.word())))
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
    if is_wall(channel) || channel.ground {
        svg.leaf("rect", &[("class", (&class).into()), ("width", UNIT.into()), ("height", UNIT.into())]);
    }
    if channel.ground {
        svg.around(
            "text",
            &[("class", ink("g", channel).into()), ("x", 5.0.into()), ("y", 7.0.into())],
            &glyph(channel),
        );
    } else if !is_wall(channel) {
        svg.leaf("use", &[("href", (&format!("#t{index}")).into()), ("x", 5.0.into()), ("y", 5.0.into())]);
    }
    svg.close("g");
    svg.text("note", x + 21.0, y + 12.0, channel.name);
}

/// Side of a cell so that a level fits into its panel: whole, so that edges are sharp.
fn side(spec: &ObsSpec) -> f64 {
    (PANEL / spec.width.max(spec.height) as f64).min(CELL).floor().max(1.0)
}

fn place(x: f64, y: f64, scale: f64) -> String {
    format!("translate({} {}) scale({})", number(x), number(y), number(scale))
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
         .edge{fill:none;stroke:#555;stroke-width:.8}.apart{fill:none;stroke:#111;stroke-width:.8;stroke-dasharray:1.6 1}\
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

/// One drawing for each thing, around the middle of its cell: the agent round, all else square.
fn definitions(svg: &mut Svg, channels: &[Channel]) {
    svg.open("defs", &[]);
    for (index, channel) in channels.iter().enumerate().filter(|(_, channel)| !channel.ground && !is_wall(channel)) {
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
    svg.close("defs");
}

/// Where the glyphs of one channel stand in a level: a single text holds them all.
#[derive(Default)]
struct Glyphs {
    xs: Vec<String>,
    ys: Vec<String>,
}

impl Glyphs {
    fn push(&mut self, x: f64, y: f64) {
        self.xs.push(number(x));
        self.ys.push(number(y));
    }

    fn draw(&self, svg: &mut Svg, class: &str, channel: &Channel) {
        if !self.xs.is_empty() {
            let (xs, ys) = (self.xs.join(" "), self.ys.join(" "));
            let letters = glyph(channel).repeat(self.xs.len());
            svg.around("text", &[("class", class.into()), ("x", (&xs).into()), ("y", (&ys).into())], &letters);
        }
    }
}

/// One level with its upper left corner at (x, y).
fn level(svg: &mut Svg, panel: &Panel, x: f64, y: f64) {
    let spec = &panel.spec;
    assert_eq!(panel.obs.len(), spec.bytes(), "an observation of {}x{} cells", spec.height, spec.width);
    let (width, height) = (spec.width as f64 * UNIT, spec.height as f64 * UNIT);
    svg.open("g", &[("transform", (&place(x, y, side(spec) / UNIT)).into())]);
    svg.leaf("rect", &[("class", "floor".into()), ("width", width.into()), ("height", height.into())]);
    for (index, channel) in spec.channels.iter().enumerate().filter(|(_, channel)| channel.ground || is_wall(channel)) {
        fill(svg, panel, index, channel);
    }
    svg.leaf("path", &[("class", "lines".into()), ("d", (&lines(spec)).into())]);
    svg.leaf("rect", &[("class", "edge".into()), ("width", width.into()), ("height", height.into())]);
    letters(svg, panel);
    for at in 0..spec.width * spec.height {
        let (left, top) = corner(spec, at);
        let all = things(spec, spec.cell(&panel.obs, at));
        for (slot, index) in all.iter().enumerate() {
            let name = format!("#t{index}");
            match seat(slot, all.len()) {
                (dx, dy, 1.0) => {
                    svg.leaf("use", &[("href", (&name).into()), ("x", (left + dx).into()), ("y", (top + dy).into())])
                }
                (dx, dy, scale) => {
                    let moved = place(left + dx, top + dy, scale);
                    svg.leaf("use", &[("href", (&name).into()), ("transform", (&moved).into())]);
                }
            }
        }
    }
    apart(svg, panel);
    svg.close("g");
}

fn corner(spec: &ObsSpec, at: usize) -> (f64, f64) {
    ((at % spec.width) as f64 * UNIT, (at / spec.width) as f64 * UNIT)
}

/// The things of a cell that are drawn one by one, topmost first.
fn things(spec: &ObsSpec, bits: u16) -> Vec<usize> {
    let drawn = stack(spec, bits).into_iter().filter(|channel| !channel.ground && !is_wall(channel));
    drawn.filter_map(|channel| spec.channel(channel.name)).collect()
}

/// The grounds of a cell, topmost first.
fn grounds(spec: &ObsSpec, bits: u16) -> Vec<usize> {
    let drawn = stack(spec, bits).into_iter().filter(|channel| channel.ground);
    drawn.filter_map(|channel| spec.channel(channel.name)).collect()
}

/// Middle and scale of thing `slot` of `count` in a cell: two lie on the diagonal, more in rows.
fn seat(slot: usize, count: usize) -> (f64, f64, f64) {
    match count {
        1 => (5.0, 5.0, 1.0),
        2 if slot == 0 => (3.2, 3.2, 0.62),
        2 => (6.8, 6.8, 0.62),
        _ => {
            let rows = (1..).find(|rows| rows * rows >= count).unwrap_or(1);
            let wide = UNIT / rows as f64;
            let at = |place: usize| wide * (place as f64 + 0.5);
            (at(slot % rows), at(slot / rows), 0.95 / rows as f64)
        }
    }
}

/// The cells of a wall or a ground, neighbours in one piece; grounds that share a cell part it into strips.
fn fill(svg: &mut Svg, panel: &Panel, index: usize, channel: &Channel) {
    let spec = &panel.spec;
    let mut path = String::new();
    // Left end, top and width of the piece that is being drawn.
    let mut piece: Option<(f64, f64, f64)> = None;
    for at in 0..spec.width * spec.height {
        let bits = spec.cell(&panel.obs, at);
        let (left, top) = corner(spec, at);
        let here = (bits >> index & 1 == 1).then(|| {
            let all = if channel.ground { grounds(spec, bits) } else { vec![index] };
            let strip = all.iter().position(|other| *other == index).unwrap_or(0) as f64;
            let wide = UNIT / all.len() as f64;
            (left + strip * wide, wide)
        });
        match (&mut piece, here) {
            (Some((x, y, wide)), Some((more, by))) if *y == top && (*x + *wide - more).abs() < 1e-9 => *wide += by,
            (_, here) => {
                path += &piece.map_or_else(String::new, rect);
                piece = here.map(|(x, wide)| (x, top, wide));
            }
        }
    }
    path += &piece.map_or_else(String::new, rect);
    if !path.is_empty() {
        let class = format!("k{index}");
        svg.leaf(
            "path",
            &[("class", (&class).into()), ("shape-rendering", "crispEdges".into()), ("d", (&path).into())],
        );
    }
}

fn rect((x, y, wide): (f64, f64, f64)) -> String {
    let wide = number(wide);
    format!("M{} {}h{wide}v{}h-{wide}z", number(x), number(y), number(UNIT))
}

/// The lines between cells.
fn lines(spec: &ObsSpec) -> String {
    let (width, height) = (spec.width as f64 * UNIT, spec.height as f64 * UNIT);
    let down = (1..spec.width).map(|column| format!("M{} 0v{}", number(column as f64 * UNIT), number(height)));
    let across = (1..spec.height).map(|row| format!("M0 {}h{}", number(row as f64 * UNIT), number(width)));
    down.chain(across).collect()
}

/// The glyphs of grounds: in the middle of a cell that is otherwise empty, small in a corner of one that is not.
fn letters(svg: &mut Svg, panel: &Panel) {
    let spec = &panel.spec;
    for (index, channel) in spec.channels.iter().enumerate().filter(|(_, channel)| channel.ground) {
        let (mut large, mut small) = (Glyphs::default(), Glyphs::default());
        for at in (0..spec.width * spec.height).filter(|at| spec.cell(&panel.obs, *at) >> index & 1 == 1) {
            let bits = spec.cell(&panel.obs, at);
            let (left, top) = corner(spec, at);
            let all = grounds(spec, bits);
            let strip = all.iter().position(|other| *other == index).unwrap_or(0) as f64;
            let middle = left + UNIT / all.len() as f64 * (strip + 0.5);
            if things(spec, bits).is_empty() && all.len() < 3 {
                large.push(middle, top + 7.0);
            } else {
                small.push(if all.len() == 1 { left + 8.8 } else { middle }, top + 9.6);
            }
        }
        large.draw(svg, ink("g", channel), channel);
        small.draw(svg, ink("s", channel), channel);
    }
}

/// Frames around the cells in which a level differs from its twin.
fn apart(svg: &mut Svg, panel: &Panel) {
    let spec = &panel.spec;
    let Some(twin) = panel.twin.as_ref().filter(|twin| twin.len() == panel.obs.len()) else { return };
    let differs = (0..spec.width * spec.height).filter(|at| spec.cell(&panel.obs, *at) != spec.cell(twin, *at));
    let path: String = differs
        .map(|at| {
            let (left, top) = corner(spec, at);
            format!("M{} {}h9v9h-9z", number(left + 0.5), number(top + 0.5))
        })
        .collect();
    if !path.is_empty() {
        svg.leaf("path", &[("class", "apart".into()), ("d", (&path).into())]);
    }
}
