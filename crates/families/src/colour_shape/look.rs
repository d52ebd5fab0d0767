//! What objects look like.

use super::{Knobs, Other};

/// A look is what an object adds to the observation: the bit of a shape, and those of red, green and blue.
pub(super) const LINE: u8 = 1 << 2;
pub(super) const GEM: u8 = 1 << 3;
pub(super) const RED: u8 = 1 << 4;
pub(super) const GRN: u8 = 1 << 5;
pub(super) const BLU: u8 = 1 << 6;
pub(super) const SHAPE: u8 = LINE | GEM;
pub(super) const COLOUR: u8 = RED | GRN | BLU;
/// Glyphs of objects without shape, of lines and of gems: without colour, then red 1, green 2, blue 4 added up.
pub(super) const GLYPHS: [(u8, &str); 3] = [(0, "01234567"), (LINE, "|rgybmcw"), (GEM, "*RGYBMCW")];

/// All looks with their glyphs.
pub(super) fn looks() -> impl Iterator<Item = (u8, char)> {
    GLYPHS.iter().flat_map(|&(shape, glyphs)| (0_u8..).zip(glyphs.chars()).map(move |(code, g)| (shape | code << 4, g)))
}

/// The colours that decoys and free pairs have.
pub(super) const PURE: [u8; 3] = [RED, GRN, BLU];

/// The trained shape and colour as looks.
#[derive(Clone, Copy)]
pub(super) struct Looks {
    pub(super) shape: u8,
    pub(super) colour: u8,
}

impl Looks {
    pub(super) const fn of(knobs: &Knobs) -> Self {
        Self {
            shape: [LINE, GEM][knobs.shape as usize],
            colour: [RED | GRN, RED | BLU, GRN | BLU][knobs.colour as usize],
        }
    }

    pub(super) const fn both(self) -> u8 {
        self.shape | self.colour
    }

    /// The shape that is not the trained one.
    pub(super) const fn rival(self) -> u8 {
        SHAPE & !self.shape
    }

    /// The object of the trained shape and that of the trained colour, where they are two.
    pub(super) const fn apart(self, other: Other) -> [u8; 2] {
        let colour = [COLOUR & !self.colour, RED, GRN, BLU, 0][other as usize];
        // Each cue alone: then neither object has what the other one has.
        let rival = if matches!(other, Other::None) { 0 } else { self.rival() };
        [self.shape | colour, rival | self.colour]
    }
}
