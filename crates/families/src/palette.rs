//! How channels look. Colours are those of Okabe and Ito ("Color Universal Design", 2008), which
//! people with any common colour vision can tell apart.

use misgen_core::{Channel, Layer, Rgb};

/// Black.
pub const BLACK: Rgb = Rgb(0, 0, 0);
/// Grey, for walls.
pub const GREY: Rgb = Rgb(110, 110, 110);
/// Light grey, for things that tints colour.
pub const PALE: Rgb = Rgb(170, 170, 170);
/// Lighter grey, for another of them.
pub const PALER: Rgb = Rgb(215, 215, 215);
/// Orange.
pub const ORANGE: Rgb = Rgb(230, 159, 0);
/// Sky blue.
pub const SKY: Rgb = Rgb(86, 180, 233);
/// Bluish green.
pub const GREEN: Rgb = Rgb(0, 158, 115);
/// Yellow.
pub const YELLOW: Rgb = Rgb(240, 228, 66);
/// Blue.
pub const BLUE: Rgb = Rgb(0, 114, 178);
/// Vermilion.
pub const VERMILION: Rgb = Rgb(213, 94, 0);
/// Reddish purple.
pub const PURPLE: Rgb = Rgb(204, 121, 167);

/// A thing that stands on a cell.
#[must_use]
pub const fn thing(name: &'static str, glyph: char, color: Rgb) -> Channel {
    Channel { name, glyph, color, layer: Layer::Thing }
}

/// A colour of the ground.
#[must_use]
pub const fn ground(name: &'static str, glyph: char, color: Rgb) -> Channel {
    Channel { name, glyph, color, layer: Layer::Ground }
}

/// A colour of the thing on the cell; what several make together is the sum of their light.
#[must_use]
pub const fn tint(name: &'static str, glyph: char, color: Rgb) -> Channel {
    Channel { name, glyph, color, layer: Layer::Tint }
}

/// Walls: bit 0 of every family here.
pub const WALL: Channel = thing("wall", crate::map::WALL, GREY);
/// The agent: bit 1 of every family here.
pub const AGENT: Channel = thing("agent", crate::map::AGENT, BLUE);
