//! The way of a player over a level: what is told about it, and its line.

use super::tile::UNIT;
use misgen_core::Rgb;

/// Where the agent is along one episode, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The cue pursued, 0 being the goal: its number decides colour and dashes.
    pub cue: usize,
    /// What it is called.
    pub name: String,
    /// The agent's cell (row-major) at the start and after each step, as far as it is in sight.
    pub cells: Vec<usize>,
    /// Steps and returns in words, without the name.
    pub words: String,
}

impl Way {
    /// Whether the agent's place ever changes; where it does not, there is nothing to draw.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.cells.windows(2).any(|pair| pair[0] != pair[1])
    }

    /// Steps that lead to another cell: (cell left, cell entered).
    pub(crate) fn moved(&self) -> impl Iterator<Item = (usize, usize)> {
        self.cells.windows(2).map(|pair| (pair[0], pair[1])).filter(|(from, to)| from != to)
    }

    /// Index of its colour and dashes.
    pub(crate) const fn hue(&self) -> usize {
        self.cue % HUES.len()
    }
}

/// Colours of ways by cue (Okabe and Ito): vermilion for the goal, then blue, bluish green, reddish purple.
pub(crate) const HUES: [Rgb; 4] = [Rgb(213, 94, 0), Rgb(0, 114, 178), Rgb(0, 158, 115), Rgb(204, 121, 167)];

/// Their dashes in units: solid for the goal.
pub(crate) const DASHES: [&[f64]; 4] = [&[], &[2.4, 1.4], &[0.9, 1.1], &[3.2, 1.0, 0.8, 1.0]];

/// A way as a line, in units from the level's corner.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    pub(crate) hue: usize,
    /// A `None` lifts the pen: the agent was put elsewhere.
    pub(crate) points: Vec<Option<(f64, f64)>>,
    /// Corners of the arrow heads, the last at the end of the way.
    pub(crate) heads: Vec<[(f64, f64); 3]>,
}

/// Cells between which one step leads, at most, along rows and columns.
const STEP: usize = 2;

/// The lines of those of `ways` that lead anywhere, side by side; the first is to be drawn last, on top.
pub(crate) fn routes(ways: &[Way], width: usize) -> Vec<Route> {
    let drawn: Vec<&Way> = ways.iter().filter(|way| way.moves()).collect();
    drawn.iter().enumerate().rev().map(|(slot, way)| route(way, width, slot, drawn.len())).collect()
}

/// The line of `way` on a level `width` cells wide; the `slot`-th of `count` runs beside the others.
fn route(way: &Way, width: usize, slot: usize, count: usize) -> Route {
    let aside = 1.9 * (slot as f64 - (count as f64 - 1.0) / 2.0);
    let middle = |cell: usize| {
        let at = |place: usize| (place as f64 + 0.5) * UNIT + aside;
        (at(cell % width), at(cell / width))
    };
    let mut points = Vec::new();
    let mut heads = Vec::new();
    let moves: Vec<(usize, usize)> = way.moved().collect();
    for (index, &(from, to)) in moves.iter().enumerate() {
        let near = (from % width).abs_diff(to % width) <= STEP && (from / width).abs_diff(to / width) <= STEP;
        if points.is_empty() {
            points.push(Some(middle(from)));
        }
        if !near {
            points.push(None);
        }
        points.push(Some(middle(to)));
        let last = index + 1 == moves.len();
        if near && (last || index % 2 == 0) {
            heads.push(head(middle(from), middle(to), last));
        }
        // The line ends where its last head begins, at the border of the last cell.
        if let (true, true, Some(end), Some([_, left, right])) = (near, last, points.last_mut(), heads.last()) {
            *end = Some(((left.0 + right.0) / 2.0, (left.1 + right.1) / 2.0));
        }
    }
    Route { hue: way.hue(), points, heads }
}

/// An arrow head in the middle between `from` and `to`, where no thing hides it; larger at the end of a way.
fn head(from: (f64, f64), to: (f64, f64), last: bool) -> [(f64, f64); 3] {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let (ux, uy) = (dx / length, dy / length);
    let size = if last { 3.0 } else { 1.8 };
    let tip = (from.0 + dx / 2.0 + size / 2.0 * ux, from.1 + dy / 2.0 + size / 2.0 * uy);
    let back = (tip.0 - size * ux, tip.1 - size * uy);
    let wing = 0.6 * size;
    [tip, (back.0 - wing * uy, back.1 + wing * ux), (back.0 + wing * uy, back.1 - wing * ux)]
}

/// A short piece of a way's line, two cells wide, for a legend.
pub(crate) fn sample(way: &Way) -> Route {
    let at = |x: f64| (x, UNIT / 2.0);
    let points = vec![Some(at(0.5)), Some(at(13.5))];
    Route { hue: way.hue(), points, heads: vec![head(at(10.0), at(20.0), true)] }
}
