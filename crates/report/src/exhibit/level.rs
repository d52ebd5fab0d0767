//! A level as the ground of a map: walls, coloured grounds, and things with their glyphs.

use super::heat::{SIDE, corner, squares};
use crate::level::readable;
use crate::picture::vector::hex;
use crate::svg::Svg;
use misgen_core::{Layer, Rgb};
use misgen_evaluate::exhibit::{ChannelLook, LevelExhibit, WorldExhibits};

/// A level that is as large as it says.
pub(super) fn whole(level: &LevelExhibit) -> bool {
    level.width > 0 && level.width.checked_mul(level.height) == Some(level.cells.len())
}

/// Size of its picture.
pub(super) fn size(level: &LevelExhibit) -> (f64, f64) {
    (level.width as f64 * SIDE, level.height as f64 * SIDE)
}

/// Whether bit `k` of a cell is set.
fn has(bits: u16, k: usize) -> bool {
    u32::try_from(k).ok().and_then(|k| bits.checked_shr(k)).is_some_and(|bits| bits & 1 == 1)
}

/// Floor, walls, grounds and light.
pub(super) fn ground(svg: &mut Svg, world: &WorldExhibits, level: &LevelExhibit) {
    let (width, height) = size(level);
    svg.leaf("rect", &[("class", "floor".into()), ("width", width.into()), ("height", height.into())]);
    for (k, channel) in world.channels.iter().map(ChannelLook::channel).enumerate() {
        if !channel.is_wall() && channel.layer == Layer::Thing {
            continue;
        }
        let cells: Vec<usize> = (0..level.cells.len()).filter(|at| has(level.cells[*at], k)).collect();
        let squares = squares(&cells, level.width);
        if !squares.is_empty() {
            let fill = hex(channel.color);
            let class = if channel.is_wall() { "wall" } else { "tinted" };
            svg.leaf("path", &[("class", class.into()), ("fill", (&fill).into()), ("d", (&squares).into())]);
        }
    }
}

/// Things, small where something else is to be seen in their cell.
pub(super) fn things(svg: &mut Svg, world: &WorldExhibits, level: &LevelExhibit) {
    for (at, bits) in level.cells.iter().copied().enumerate() {
        let (x, y) = corner(at, level.width);
        let there = world.channels.iter().enumerate().filter(|(k, _)| has(bits, *k));
        let there = there.map(|(_, look)| (look, look.channel()));
        let there = there.filter(|(_, channel)| channel.layer == Layer::Thing && !channel.is_wall());
        for (slot, (look, channel)) in there.enumerate() {
            let (cx, cy) = (x + SIDE / 2.0 + 3.0 * slot as f64, y + SIDE / 2.0 + 3.0 * slot as f64);
            let fill = hex(channel.color);
            let fill = ("fill", (&fill).into());
            let round = [("class", "thing".into()), fill, ("cx", cx.into()), ("cy", cy.into()), ("r", 5.4.into())];
            svg.titled("circle", &round, &look.name);
            let ink = if readable(channel.color) == Rgb(0, 0, 0) { "glyph dark" } else { "glyph light" };
            svg.text(ink, cx, cy + 2.6, &look.glyph.to_string());
        }
    }
}
