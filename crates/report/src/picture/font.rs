//! Letters as pixels, from a font that is compiled in: pictures need no file and are the same everywhere.

use super::scene::Words;
use crate::text;
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster, get_raster_width};

/// Columns that `text` takes as a note, in pixels; names in bold take as much.
pub(crate) fn width(text: &str) -> f64 {
    (text.chars().count() * advance(Words::Note)) as f64
}

/// Letters of a note that fit into `wide` pixels.
pub(crate) fn fitting(wide: f64) -> usize {
    ((wide / advance(Words::Note) as f64) as usize).max(1)
}

const fn face(words: Words) -> (FontWeight, RasterHeight) {
    match words {
        Words::Title => (FontWeight::Bold, RasterHeight::Size20),
        Words::Name => (FontWeight::Bold, RasterHeight::Size16),
        Words::Note | Words::Below => (FontWeight::Regular, RasterHeight::Size16),
    }
}

/// Pixels from one letter to the next.
pub(crate) fn advance(words: Words) -> usize {
    let (weight, height) = face(words);
    get_raster_width(weight, height)
}

/// The letters of a text; a character that the font lacks is spelt in ASCII.
pub(crate) fn letters(words: Words, text: &str) -> Vec<RasterizedChar> {
    let (weight, height) = face(words);
    let known = |c: char| get_raster(c, weight, height);
    let shown = text::visible(text);
    let spelt = shown.chars().flat_map(|c| if known(c).is_some() { vec![c] } else { text::ascii(c) });
    spelt.filter_map(known).collect()
}

/// A glyph `height` pixels high, in bold: (width, intensities from 0 to 1, row by row). Averages over the largest face.
pub(crate) fn glyph(c: char, height: usize) -> (usize, Vec<f32>) {
    let large = |c| get_raster(c, FontWeight::Bold, RasterHeight::Size32);
    let Some(letter) = large(c).or_else(|| large('?')) else { return (0, Vec::new()) };
    let width = (letter.width() * height).div_ceil(letter.height()).max(1);
    let step = letter.height() as f32 / height as f32;
    let mut out = Vec::with_capacity(width * height);
    for row in 0..height {
        for column in 0..width {
            out.push(average(&letter, column as f32 * step, row as f32 * step, step));
        }
    }
    (width, out)
}

/// Mean intensity of the square of side `step` at (x, y).
fn average(letter: &RasterizedChar, x: f32, y: f32, step: f32) -> f32 {
    let mut sum = 0.0;
    let overlap = |from: f32, at: usize| ((from + step).min(at as f32 + 1.0) - from.max(at as f32)).max(0.0);
    for row in y as usize..((y + step).ceil() as usize).min(letter.height()) {
        for column in x as usize..((x + step).ceil() as usize).min(letter.width()) {
            let pixel = f32::from(letter.pixel(column, row).unwrap_or(0)) / 255.0;
            sum += pixel * overlap(y, row) * overlap(x, column);
        }
    }
    (sum / (step * step)).min(1.0)
}
