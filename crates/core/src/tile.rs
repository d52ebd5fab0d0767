//! Cells as pictures in pixels: a tile of n × n pixels from the bits of a cell and the looks of its channels.
//!
//! Painted from bottom to top, so that what lies below shows through the gaps of what lies above: grounds fill the tile
//! (the last declared one hides the others), things draw their shape in their colour, the agent comes last. A thing with
//! the glyph `#` is a wall and fills its tile. Tints colour the things on their cell, walls and the agent aside, and fill
//! the tile where there is none; several add up as coloured light does. What nothing paints is black. Tiles of 1 or 2
//! pixels a side have no room for shapes: there everything fills the tile, and the topmost colour is all that is seen.

use crate::{Channel, Layer, Rgb, Rng};
use serde::{Deserialize, Serialize};

/// Most pixels a side of a tile.
pub const MAX_TILE: usize = 8;
/// Most channels, one a bit of a cell.
const MAX_CHANNELS: usize = 16;

/// How a channel looks: all of it that pixels depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Its glyph, which its shape follows from.
    pub glyph: char,
    /// Its colour.
    pub color: Rgb,
    /// What it does to a cell.
    pub layer: Layer,
}

impl From<&Channel> for Look {
    fn from(channel: &Channel) -> Self {
        Self { glyph: channel.glyph, color: channel.color, layer: channel.layer }
    }
}

/// The colour of every channel, each component from 0 to 1.
pub type Colors = [[f32; 3]; MAX_CHANNELS];

/// Shapes of things with the glyphs that they are for. Each has a corner, so that the agent's does not hide it.
const SHAPES: &[(&str, [&str; 3])] = &[
    ("*xX", ["#.#", ".#.", "#.#"]),
    ("|\\", ["#..", ".#.", "..#"]),
    ("/", ["..#", ".#.", "#.."]),
    ("oO0Q", ["###", "#.#", "###"]),
    ("t7", ["###", "..#", "..#"]),
    ("lL", ["#..", "#..", "###"]),
    ("T", ["###", ".#.", ".#."]),
    ("<g", ["###", "##.", "#.."]),
    ("^aA", [".#.", "###", "#.#"]),
    ("cC", ["###", "#..", "###"]),
    ("mMH", ["#.#", "###", "#.#"]),
    ("=", ["###", "...", "###"]),
    ("bBuU", ["#.#", "#.#", "###"]),
    ("vV$", ["###", ".#.", "..."]),
    ("sS", ["##.", "##.", "..."]),
    ("dD", ["...", ".##", ".##"]),
    ("kK1!", ["#..", "#..", "#.."]),
    ("_", ["...", "...", "###"]),
    ("%", ["#.#", "...", "#.#"]),
    ("2zZ", [".##", ".#.", "##."]),
    ("35", ["##.", ".#.", ".##"]),
    ("e", ["..#", "..#", "..#"]),
    ("hi", ["#..", "##.", "###"]),
    ("?", ["##.", "..#", "##."]),
];
/// The agent's shape, which leaves the corners to what it stands on.
const AGENT_SHAPE: [&str; 3] = [".#.", "###", ".#."];

/// The tiles of one list of channels.
#[derive(Clone, Debug)]
pub struct Tiles {
    side: usize,
    /// Colours as declared.
    declared: Colors,
    /// Number of channels.
    channels: usize,
    /// Pixels of each channel, bit `row * side + column`.
    pixels: [u64; MAX_CHANNELS],
    /// Channels from the lowest to the topmost, tints aside.
    order: Vec<usize>,
    /// Channels that colour things.
    tints: u16,
    /// Things that tints colour.
    tinted: u16,
    /// Channels of the ground.
    grounds: u16,
}

impl Tiles {
    /// Tiles of `side` × `side` pixels for channels that look like `looks`; `agent` is the agent's channel.
    ///
    /// # Panics
    /// When `side` is not from 1 to [`MAX_TILE`], or there are more than 16 looks.
    #[must_use]
    pub fn new(looks: &[Look], agent: usize, side: usize) -> Self {
        assert!((1..=MAX_TILE).contains(&side), "tiles of {side} pixels, expected 1 to {MAX_TILE}");
        assert!(looks.len() <= MAX_CHANNELS, "{} channels, expected {MAX_CHANNELS} at most", looks.len());
        let all = u64::MAX >> (64 - side * side);
        let mut made = Self {
            side,
            declared: [[0.0; 3]; MAX_CHANNELS],
            channels: looks.len(),
            pixels: [all; MAX_CHANNELS],
            order: Vec::new(),
            tints: 0,
            tinted: 0,
            grounds: 0,
        };
        let mut taken = [false; SHAPES.len()];
        for (k, look) in looks.iter().enumerate() {
            let Rgb(r, g, b) = look.color;
            made.declared[k] = [r, g, b].map(|part| f32::from(part) / 255.0);
            match look.layer {
                Layer::Ground => made.grounds |= 1 << k,
                Layer::Tint => made.tints |= 1 << k,
                Layer::Thing if k == agent => made.pixels[k] = scaled(AGENT_SHAPE, side),
                Layer::Thing if look.glyph == '#' => {}
                Layer::Thing => {
                    made.tinted |= 1 << k;
                    made.pixels[k] = scaled(SHAPES[shape(look.glyph, &mut taken)].1, side);
                }
            }
        }
        let of = |layer: Layer| (0..looks.len()).filter(move |&k| k != agent && looks[k].layer == layer);
        made.order.extend(of(Layer::Ground).chain(of(Layer::Thing)).chain((agent < looks.len()).then_some(agent)));
        made
    }

    /// Pixels a side.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// The colours of palette `number`, each channel's moved by the share `amount` (0 to 1) of the way from its declared
    /// colour to one drawn uniformly. With 0 they are as declared, whatever the number.
    #[must_use]
    pub fn colors(&self, amount: f32, number: u64) -> Colors {
        let mut colors = self.declared;
        if amount > 0.0 {
            let mut rng = Rng::keyed(0, "palette", number);
            for part in colors[..self.channels].iter_mut().flatten() {
                *part += amount * (rng.uniform() as f32 - *part);
            }
        }
        colors
    }

    /// Paints the cell `bits` onto black pixels. `out` begins at the tile's first pixel; pixels are three numbers from 0
    /// to 1, red, green and blue, and `stride` numbers lie between two rows of pixels.
    ///
    /// # Panics
    /// When `out` ends within the tile.
    #[inline]
    pub fn draw(&self, bits: u16, colors: &Colors, out: &mut [f32], stride: usize) {
        let tints = bits & self.tints;
        let light = (tints != 0).then(|| self.light(tints, colors));
        for &k in &self.order {
            if bits >> k & 1 == 1 && self.grounds >> k & 1 == 1 {
                self.paint(self.pixels[k], colors[k], out, stride);
            }
        }
        if let Some(light) = light.filter(|_| bits & self.tinted == 0) {
            self.paint(u64::MAX >> (64 - self.side * self.side), light, out, stride);
        }
        for &k in &self.order {
            if bits >> k & 1 == 1 && self.grounds >> k & 1 == 0 {
                let own = light.filter(|_| self.tinted >> k & 1 == 1).unwrap_or(colors[k]);
                self.paint(self.pixels[k], own, out, stride);
            }
        }
    }

    /// The sum of the tints in `bits`, no component above 1.
    fn light(&self, bits: u16, colors: &Colors) -> [f32; 3] {
        let mut sum = [0.0; 3];
        for color in (0..self.channels).filter(|k| bits >> k & 1 == 1).map(|k| colors[k]) {
            sum.iter_mut().zip(color).for_each(|(sum, part): (&mut f32, f32)| *sum = (*sum + part).min(1.0));
        }
        sum
    }

    #[inline]
    fn paint(&self, mut pixels: u64, color: [f32; 3], out: &mut [f32], stride: usize) {
        while pixels != 0 {
            let at = pixels.trailing_zeros() as usize;
            let first = at / self.side * stride + at % self.side * 3;
            out[first..first + 3].copy_from_slice(&color);
            pixels &= pixels - 1;
        }
    }
}

/// The shape of a thing with `glyph`: its own, or another where it has none or another thing has it.
fn shape(glyph: char, taken: &mut [bool]) -> usize {
    let own = SHAPES.iter().position(|(glyphs, _)| glyphs.contains(glyph));
    let wanted = own.unwrap_or(glyph as usize % SHAPES.len());
    let found = (0..SHAPES.len()).map(|i| (wanted + i) % SHAPES.len()).find(|&i| !taken[i]);
    let found = found.expect("there are more shapes than channels");
    taken[found] = true;
    found
}

/// A shape of 3 × 3 on `side` × `side` pixels; all of them where it does not fit.
fn scaled(shape: [&str; 3], side: usize) -> u64 {
    if side < 3 {
        return u64::MAX >> (64 - side * side);
    }
    let set = |at: &usize| shape[at / side * 3 / side].as_bytes()[at % side * 3 / side] == b'#';
    (0..side * side).filter(set).fold(0, |pixels, at| pixels | 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const fn look(glyph: char, color: (u8, u8, u8), layer: Layer) -> Look {
        Look { glyph, color: Rgb(color.0, color.1, color.2), layer }
    }

    const LOOKS: [Look; 7] = [
        look('#', (102, 102, 102), Layer::Thing),
        look('@', (0, 0, 255), Layer::Thing),
        look('|', (255, 255, 255), Layer::Thing),
        look('~', (51, 0, 0), Layer::Ground),
        look('r', (255, 0, 0), Layer::Tint),
        look('g', (0, 255, 0), Layer::Tint),
        look('=', (0, 51, 0), Layer::Ground),
    ];

    /// The tile with a letter a pixel: k black, w white, b, r, y (red and green), d and e the grounds, # the wall.
    fn tile(side: usize, bits: u16) -> Vec<String> {
        let tiles = Tiles::new(&LOOKS, 1, side);
        let mut out = vec![0.0; side * side * 3];
        tiles.draw(bits, &tiles.colors(0.0, 7), &mut out, side * 3);
        let letter = |pixel: &[f32]| match [pixel[0], pixel[1], pixel[2]] {
            [0.0, 0.0, 0.0] => 'k',
            [1.0, 1.0, 1.0] => 'w',
            [0.0, 0.0, 1.0] => 'b',
            [1.0, 0.0, 0.0] => 'r',
            [1.0, 1.0, 0.0] => 'y',
            [0.4, 0.4, 0.4] => '#',
            [0.2, 0.0, 0.0] => 'd',
            [0.0, 0.2, 0.0] => 'e',
            other => panic!("{other:?}"),
        };
        out.chunks(side * 3).map(|row| row.chunks(3).map(letter).collect()).collect()
    }

    #[test]
    fn cells_are_painted_from_the_ground_up() {
        assert_eq!(tile(3, 0), ["kkk", "kkk", "kkk"]);
        assert_eq!(tile(3, 0b1), ["###", "###", "###"]);
        assert_eq!(tile(3, 0b100), ["wkk", "kwk", "kkw"]);
        assert_eq!(tile(3, 0b1100), ["wdd", "dwd", "ddw"]);
        assert_eq!(tile(3, 0b110), ["wbk", "bbb", "kbw"], "a thing shows below the agent");
        assert_eq!(tile(3, 0b100_1000), ["eee", "eee", "eee"], "the last ground declared hides the others");
        assert_eq!(tile(3, 0b101), ["w##", "#w#", "##w"], "a thing on a wall, as inventories draw it");
    }

    #[test]
    fn tints_colour_things_and_add_up() {
        assert_eq!(tile(3, 0b1_0100), ["rkk", "krk", "kkr"]);
        assert_eq!(tile(3, 0b11_0100), ["ykk", "kyk", "kky"]);
        assert_eq!(tile(3, 0b11_1100), ["ydd", "dyd", "ddy"]);
        assert_eq!(tile(3, 0b11_0000), ["yyy", "yyy", "yyy"], "a colour without a shape");
        assert_eq!(tile(3, 0b11_0110), ["ybk", "bbb", "kby"], "the agent keeps its colour");
        assert_eq!(tile(3, 0b1_0001), ["###", "###", "###"], "walls keep theirs and hide what is below");
    }

    #[test]
    fn small_tiles_show_the_topmost_colour_and_large_ones_the_same_shape() {
        assert_eq!((tile(1, 0b1100), tile(1, 0b1110)), (vec!["w".to_owned()], vec!["b".to_owned()]));
        assert_eq!(tile(2, 0b11_0100), ["yy", "yy"]);
        assert_eq!(tile(4, 0b100), ["wwkk", "wwkk", "kkwk", "kkkw"]);
        assert_eq!(tile(6, 0b100), ["wwkkkk", "wwkkkk", "kkwwkk", "kkwwkk", "kkkkww", "kkkkww"]);
    }

    #[test]
    fn shapes_are_many_distinct_and_not_hidden_by_the_agent() {
        let all: BTreeSet<u64> = SHAPES.iter().map(|(_, shape)| scaled(*shape, 3)).collect();
        assert!(all.len() == SHAPES.len() && SHAPES.len() >= MAX_CHANNELS);
        let agent = scaled(AGENT_SHAPE, 3);
        assert!(all.iter().all(|shape| shape & !agent != 0 && *shape != 0b1_1111_1111));
        let glyphs: String = SHAPES.iter().map(|(glyphs, _)| *glyphs).collect();
        assert_eq!(glyphs.chars().collect::<BTreeSet<_>>().len(), glyphs.len(), "one shape a glyph");
        for side in 3..=MAX_TILE {
            let scaled: BTreeSet<u64> = SHAPES.iter().map(|(_, shape)| scaled(*shape, side)).collect();
            assert_eq!(scaled.len(), SHAPES.len(), "{side} pixels");
        }
        // Sixteen things of one glyph: all get a shape of their own.
        let mut taken = [false; SHAPES.len()];
        let found: BTreeSet<usize> = (0..MAX_CHANNELS).map(|_| shape('ß', &mut taken)).collect();
        assert_eq!(found.len(), MAX_CHANNELS);
    }

    #[test]
    fn palettes_follow_from_amount_and_number() {
        let tiles = Tiles::new(&LOOKS, 1, 3);
        assert_eq!(tiles.colors(0.0, 1), tiles.colors(0.0, 2), "no variation");
        assert_eq!(tiles.colors(0.5, 1), tiles.colors(0.5, 1));
        assert_ne!(tiles.colors(0.5, 1), tiles.colors(0.5, 2));
        let (none, half, full) = (tiles.colors(0.0, 9), tiles.colors(0.5, 9), tiles.colors(1.0, 9));
        for k in 0..LOOKS.len() {
            for part in 0..3 {
                let middle = f32::midpoint(none[k][part], full[k][part]);
                assert!((half[k][part] - middle).abs() < 1e-6 && (0.0..1.0).contains(&full[k][part]));
            }
        }
        assert_eq!(full[LOOKS.len()..], none[LOOKS.len()..], "there are no further channels");
    }
}
