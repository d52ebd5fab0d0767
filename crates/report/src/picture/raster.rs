//! Scenes as pixels. A cell is painted once for each combination of channels and copied from then on.

use super::font;
use super::indexed::Pixels;
use super::route::{DASHES, HUES, Route, routes, sample as line};
use super::scene::{ENTRY, Piece, Scene, View, Words};
use super::tile::{FLOOR, LINES, Outline, RADIUS, RIM, Tile, UNIT, sample, tile};
use misgen_core::{ObsSpec, Rgb};
use std::collections::BTreeMap;
use tiny_skia::{FillRule, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Stroke, StrokeDash, Transform};

/// What surrounds everything, and the colours of words.
const PAGE: Rgb = Rgb(251, 251, 248);
const BLACK: Rgb = Rgb(26, 26, 26);
const NOTE: Rgb = Rgb(68, 68, 68);
const EDGE: Rgb = Rgb(85, 85, 85);
const WHITE: Rgb = Rgb(255, 255, 255);

/// Paints scenes of one kind of observation, the frames of a film one after another.
pub(crate) struct Painter<'a> {
    spec: &'a ObsSpec,
    /// Cells by side and content.
    cells: BTreeMap<(u32, u16), Pixmap>,
    /// Everything that stays throughout a film.
    page: Option<Pixmap>,
}

impl<'a> Painter<'a> {
    pub(crate) const fn new(spec: &'a ObsSpec) -> Self {
        Self { spec, cells: BTreeMap::new(), page: None }
    }

    /// All pieces of a scene; of the scenes after the first only those that do not stay.
    pub(crate) fn paint(&mut self, scene: &Scene<'_>) -> Pixels {
        let page = self.page.take().unwrap_or_else(|| {
            let mut page = pixmap(scene.width.ceil() as u32, scene.height.ceil() as u32, PAGE);
            self.pieces(&mut page, scene, true);
            page
        });
        let mut painted = page.clone();
        self.page = Some(page);
        self.pieces(&mut painted, scene, false);
        Pixels { width: painted.width() as usize, height: painted.height() as usize, rgba: painted.take() }
    }

    fn pieces(&mut self, page: &mut Pixmap, scene: &Scene<'_>, stays: bool) {
        for piece in scene.pieces.iter().filter(|piece| piece.stays() == stays) {
            match piece {
                Piece::Words { x, y, words, text } => write(page, *x, *y, *words, text),
                Piece::Level { x, y, view, other } => self.level(page, (*x, *y, scene.side), view, *other),
                Piece::Entry { x, y, channel } => {
                    let mut cell = pixmap(ENTRY as u32, ENTRY as u32, PAGE);
                    let tile = sample(self.spec.channels, *channel);
                    self.ground(&mut cell, &tile, ENTRY / UNIT);
                    self.things(&mut cell, &tile, (0.0, 0.0, ENTRY / UNIT));
                    copy(&cell, page, *x as usize, *y as usize);
                }
                Piece::Line { x, y, way } => draw_routes(page, &[line(way)], (*x, *y, ENTRY / UNIT)),
                Piece::Apart { x, y } => apart(page, (*x, *y, ENTRY / UNIT)),
            }
        }
    }

    fn level(&mut self, page: &mut Pixmap, (x, y, side): (f64, f64, f64), view: &View<'_>, other: Option<&[u8]>) {
        let spec = self.spec;
        assert_eq!(view.obs.len(), spec.bytes(), "an observation of {}x{} cells", spec.height, spec.width);
        let place = |at: usize| (x + side * (at % spec.width) as f64, y + side * (at / spec.width) as f64);
        for at in 0..spec.width * spec.height {
            let (left, top) = place(at);
            let cell = self.cell(spec.cell(view.obs, at), side as u32);
            copy(cell, page, left as usize, top as usize);
        }
        let (wide, tall) = (side * spec.width as f64, side * spec.height as f64);
        frame(page, x, y, wide, tall);
        let routes = routes(view.ways, spec.width);
        draw_routes(page, &routes, (x, y, side / UNIT));
        // Ways run below things, which are painted again where there are ways.
        let again = if routes.is_empty() { 0 } else { spec.width * spec.height };
        for at in 0..again {
            let (left, top) = place(at);
            self.things(page, &tile(spec.channels, spec.cell(view.obs, at)), (left, top, side / UNIT));
        }
        if let Some(other) = other.filter(|other| other.len() == view.obs.len()) {
            for at in (0..spec.width * spec.height).filter(|at| spec.cell(view.obs, *at) != spec.cell(other, *at)) {
                let (left, top) = place(at);
                apart(page, (left, top, side / UNIT));
            }
        }
    }

    /// The cell with the channels of `bits`, `side` pixels wide.
    fn cell(&mut self, bits: u16, side: u32) -> &Pixmap {
        if !self.cells.contains_key(&(side, bits)) {
            let mut cell = pixmap(side, side, FLOOR);
            let (tile, scale) = (tile(self.spec.channels, bits), f64::from(side) / UNIT);
            self.ground(&mut cell, &tile, scale);
            self.things(&mut cell, &tile, (0.0, 0.0, scale));
            self.cells.insert((side, bits), cell);
        }
        &self.cells[&(side, bits)]
    }

    /// Fills, the lines of the grid and letters, `scale` pixels a unit.
    fn ground(&self, cell: &mut Pixmap, tile: &Tile, scale: f64) {
        let side = f64::from(cell.width());
        for fill in &tile.fills {
            let (from, to) = ((fill.x * scale).round(), ((fill.x + fill.wide) * scale).round());
            rect(cell, from, 0.0, to - from, side, self.spec.channels[fill.channel].color);
        }
        if tile.fills.is_empty() || tile.things.is_empty() && tile.letters.is_empty() {
            let line = if tile.fills.is_empty() { LINES } else { self.spec.channels[tile.fills[0].channel].color };
            rect(cell, 0.0, 0.0, side, 1.0, line);
            rect(cell, 0.0, 0.0, 1.0, side, line);
        } else {
            rect(cell, 0.0, 0.0, side, 1.0, LINES);
            rect(cell, 0.0, 0.0, 1.0, side, LINES);
        }
        for letter in &tile.letters {
            let glyph = self.spec.channels[letter.channel].glyph;
            let (size, middle, strength) = if letter.small { (4.4, 7.9, 1.0) } else { (7.0, 5.0, 0.6) };
            stamp(cell, glyph, (letter.x * scale, middle * scale, size * scale), letter.ink, strength);
        }
    }

    /// The things of a cell whose corner is at (left, top).
    fn things(&self, page: &mut Pixmap, tile: &Tile, (left, top, scale): (f64, f64, f64)) {
        for thing in &tile.things {
            let channel = &self.spec.channels[thing.channel];
            let color = thing.tint.unwrap_or(channel.color);
            let outline = Outline::of(channel);
            let (x, y, scale) = (left + thing.x * scale, top + thing.y * scale, thing.scale * scale);
            if let Some(path) = form(outline, x, y, scale) {
                fill(page, &path, color);
                stroke(page, &path, RIM, (0.5 * scale).max(1.0), &[]);
            }
            if outline.has_glyph() {
                stamp(page, channel.glyph, (x, y, 8.0 * scale), crate::level::readable(color), 1.0);
            }
        }
    }
}

fn form(outline: Outline, x: f64, y: f64, scale: f64) -> Option<Path> {
    let corners = outline.corners();
    if corners.is_empty() {
        return PathBuilder::from_circle(x as f32, y as f32, (RADIUS * scale) as f32);
    }
    closed(&corners.iter().map(|(dx, dy)| (x + dx * scale, y + dy * scale)).collect::<Vec<_>>())
}

fn closed(corners: &[(f64, f64)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in corners.iter().enumerate() {
        let (x, y) = (*x as f32, *y as f32);
        if index == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    path.close();
    path.finish()
}

/// All lines, then all arrow heads, which no line may hide.
fn draw_routes(page: &mut Pixmap, routes: &[Route], (x, y, scale): (f64, f64, f64)) {
    let at = |(px, py): (f64, f64)| (x + px * scale, y + py * scale);
    for route in routes {
        let mut line = PathBuilder::new();
        let mut down = false;
        for point in &route.points {
            if let Some((px, py)) = point.map(at) {
                if down { line.line_to(px as f32, py as f32) } else { line.move_to(px as f32, py as f32) }
            }
            down = point.is_some();
        }
        if let Some(line) = line.finish() {
            stroke(page, &line, WHITE, 2.2 * scale, &[]);
            let dashes: Vec<f32> = DASHES[route.hue].iter().map(|dash| (dash * scale) as f32).collect();
            stroke(page, &line, HUES[route.hue], 1.1 * scale, &dashes);
        }
    }
    for route in routes {
        for path in route.heads.iter().filter_map(|head| closed(&head.map(at))) {
            fill(page, &path, HUES[route.hue]);
        }
    }
}

/// The dashed frame of a cell that differs.
fn apart(page: &mut Pixmap, (x, y, scale): (f64, f64, f64)) {
    let at = |(px, py): (f64, f64)| (x + px * scale, y + py * scale);
    if let Some(path) = closed(&[(0.6, 0.6), (9.6, 0.6), (9.6, 9.6), (0.6, 9.6)].map(at)) {
        stroke(page, &path, WHITE, 1.2 * scale, &[]);
        let dashes = [1.6, 1.0].map(|dash| (dash * scale) as f32);
        stroke(page, &path, Rgb(17, 17, 17), 0.8 * scale, &dashes);
    }
}

/// The edge of a level.
fn frame(page: &mut Pixmap, x: f64, y: f64, wide: f64, tall: f64) {
    for (x, y, w, h) in
        [(x, y, wide, 2.0), (x, y, 2.0, tall), (x, y + tall - 2.0, wide, 2.0), (x + wide - 2.0, y, 2.0, tall)]
    {
        rect(page, x, y, w, h, EDGE);
    }
}

fn paint(Rgb(r, g, b): Rgb) -> tiny_skia::Paint<'static> {
    let mut paint = tiny_skia::Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn fill(on: &mut Pixmap, path: &Path, color: Rgb) {
    on.fill_path(path, &paint(color), FillRule::Winding, Transform::identity(), None);
}

fn stroke(on: &mut Pixmap, path: &Path, color: Rgb, wide: f64, dashes: &[f32]) {
    let dash = if dashes.is_empty() { None } else { StrokeDash::new(dashes.to_vec(), 0.0) };
    let stroke = Stroke { width: wide as f32, dash, ..Stroke::default() };
    on.stroke_path(path, &paint(color), &stroke, Transform::identity(), None);
}

fn rect(on: &mut Pixmap, x: f64, y: f64, wide: f64, tall: f64, color: Rgb) {
    if let Some(rect) = Rect::from_xywh(x as f32, y as f32, wide as f32, tall as f32) {
        on.fill_rect(rect, &tiny_skia::Paint { anti_alias: false, ..paint(color) }, Transform::identity(), None);
    }
}

fn pixmap(width: u32, height: u32, color: Rgb) -> Pixmap {
    let mut page = Pixmap::new(width.max(1), height.max(1)).expect("a picture is of moderate size");
    page.fill(tiny_skia::Color::from_rgba8(color.0, color.1, color.2, 255));
    page
}

/// Puts `cell` onto `page` with its corner at (left, top), as far as it lies on it.
fn copy(cell: &Pixmap, page: &mut Pixmap, left: usize, top: usize) {
    let (across, down) = (page.width() as usize, page.height() as usize);
    let wide = (cell.width() as usize).min(across.saturating_sub(left));
    for row in 0..(cell.height() as usize).min(down.saturating_sub(top)) {
        let from = row * cell.width() as usize;
        let to = (top + row) * across + left;
        let line = &cell.pixels()[from..from + wide];
        page.pixels_mut()[to..to + wide].copy_from_slice(line);
    }
}

/// A text with its base line at `y`.
fn write(page: &mut Pixmap, x: f64, y: f64, words: Words, text: &str) {
    let ink = if matches!(words, Words::Note | Words::Below) { NOTE } else { BLACK };
    for (index, letter) in font::letters(words, text).into_iter().enumerate() {
        let left = x as usize + index * font::advance(words);
        // The base of its letters is four fifths down a raster.
        let top = y as usize - letter.height() * 4 / 5;
        for (row, line) in letter.rows().enumerate() {
            for (column, pixel) in line.iter().enumerate() {
                blend(page, left + column, top + row, ink, f32::from(*pixel) / 255.0);
            }
        }
    }
}

/// A glyph of `size` pixels around (x, y).
fn stamp(on: &mut Pixmap, glyph: char, (x, y, size): (f64, f64, f64), ink: Rgb, strength: f32) {
    let height = size.round() as usize;
    let (width, letter) = font::glyph(glyph, height);
    let (left, top) = ((x - width as f64 / 2.0).round(), (y - size / 2.0).round());
    for (index, pixel) in letter.iter().enumerate() {
        let (px, py) = (left + (index % width) as f64, top + (index / width) as f64);
        if px >= 0.0 && py >= 0.0 {
            blend(on, px as usize, py as usize, ink, pixel * strength);
        }
    }
}

/// Lays `ink` over an opaque pixel; in sixteen strengths, which keeps palettes small.
fn blend(on: &mut Pixmap, x: usize, y: usize, Rgb(r, g, b): Rgb, strength: f32) {
    let strength = (strength * 15.0).round() / 15.0;
    if strength <= 0.0 || x >= on.width() as usize || y >= on.height() as usize {
        return;
    }
    let at = y * on.width() as usize + x;
    let pixel = on.pixels()[at];
    let mix = |below: u8, ink: u8| (f32::from(below) + (f32::from(ink) - f32::from(below)) * strength).round() as u8;
    let mixed = [mix(pixel.red(), r), mix(pixel.green(), g), mix(pixel.blue(), b)];
    if let Some(color) = PremultipliedColorU8::from_rgba(mixed[0], mixed[1], mixed[2], 255) {
        on.pixels_mut()[at] = color;
    }
}
