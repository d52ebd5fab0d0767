//! The grid as a picture.

use super::{Dense, ObsShape, RgbView};
use misgen_core::Tiles;

/// Which palette colours an observation's pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    number: u64,
    amount: Option<f32>,
}

impl Palette {
    /// That of a training level, varied as far as the view's own settings say.
    #[must_use]
    pub const fn training(level: u32) -> Self {
        Self { number: level as u64, amount: None }
    }

    /// That of an evaluation level, varied by `amount` or, where there is none, as far as the view's own settings say. No
    /// training level has its number, so that palettes are held out as levels are; a level's twin has the same.
    #[must_use]
    pub const fn evaluation(level: u32, amount: Option<f32>) -> Self {
        Self { number: 1 << 32 | level as u64, amount }
    }
}

/// Pixels of one shape of observation, row by row, each red, green and blue.
#[derive(Clone, Debug)]
pub(super) struct Pixels {
    height: usize,
    width: usize,
    cell_bytes: usize,
    tiles: Tiles,
    /// How far palettes are varied where nobody says otherwise.
    amount: f32,
}

impl Pixels {
    pub(super) fn new(view: RgbView, shape: &ObsShape) -> Self {
        let looks = shape.looks.as_ref().expect("the check found them");
        Self {
            height: shape.height,
            width: shape.width,
            cell_bytes: shape.cell_bytes,
            tiles: Tiles::new(looks, shape.agent(), view.tile),
            amount: view.palette as f32,
        }
    }

    pub(super) const fn features(&self) -> usize {
        self.height * self.width * self.tiles.side() * self.tiles.side() * 3
    }

    pub(super) const fn picture(&self) -> [usize; 3] {
        [self.height * self.tiles.side(), self.width * self.tiles.side(), 3]
    }

    pub(super) fn push(&self, obs: &[u8], palette: Palette, out: &mut Dense) {
        assert_eq!(obs.len(), self.height * self.width * self.cell_bytes, "one observation");
        let colors = self.tiles.colors(palette.amount.unwrap_or(self.amount), palette.number);
        let row = out.zeros();
        let side = self.tiles.side();
        let stride = self.width * side * 3;
        for (index, cell) in obs.chunks_exact(self.cell_bytes).enumerate() {
            let bits = match *cell {
                [bits] => u16::from(bits),
                [low, high] => u16::from_ne_bytes([low, high]),
                _ => unreachable!("cells have a byte or two"),
            };
            if bits != 0 {
                let first = index / self.width * side * stride + index % self.width * side * 3;
                self.tiles.draw(bits, &colors, &mut row[first..], stride);
            }
        }
    }
}
