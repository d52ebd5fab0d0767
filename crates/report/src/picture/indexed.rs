//! Pictures of at most 256 colours: their palette and PNG.

use std::collections::BTreeMap;

/// An encoded picture or film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures in it: 1, or the frames of a film.
    pub frames: usize,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Opaque pixels, four bytes each: red, green, blue and 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgba: Vec<u8>,
}

impl Pixels {
    pub(crate) fn colors(&self) -> impl Iterator<Item = Color> {
        self.rgba.as_chunks::<4>().0.iter().copied().map(color)
    }
}

pub(crate) type Color = [u8; 3];

pub(crate) const fn color([r, g, b, _]: [u8; 4]) -> Color {
    [r, g, b]
}

/// Colours by how often they are there.
#[derive(Debug, Default)]
pub(crate) struct Census(BTreeMap<Color, u64>);

/// The colours of a file, and the place of each colour that was counted.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) colors: Vec<Color>,
    places: BTreeMap<Color, u8>,
}

impl Census {
    /// Counts runs, since most neighbours are alike.
    pub(crate) fn count(&mut self, colors: impl Iterator<Item = Color>) {
        let mut run: Option<(Color, u64)> = None;
        for pixel in colors {
            match &mut run {
                Some((color, length)) if *color == pixel => *length += 1,
                _ => self.add(run.replace((pixel, 1))),
            }
        }
        self.add(run);
    }

    fn add(&mut self, run: Option<(Color, u64)>) {
        if let Some((color, length)) = run {
            *self.0.entry(color).or_default() += length;
        }
    }

    /// The commonest colours, `most` of them; the others become the nearest of them, which only softened edges have to.
    pub(crate) fn palette(self, most: usize) -> Palette {
        let mut common: Vec<(Color, u64)> = self.0.iter().map(|(color, count)| (*color, *count)).collect();
        common.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
        common.truncate(most);
        let mut colors: Vec<Color> = common.into_iter().map(|(color, _)| color).collect();
        colors.sort_unstable();
        let apart = |a: &Color, b: &Color| -> u32 { (0..3).map(|k| u32::from(a[k].abs_diff(b[k])).pow(2)).sum() };
        let nearest = |color: &Color| (0..colors.len()).min_by_key(|k| apart(&colors[*k], color)).unwrap_or(0) as u8;
        let places = self.0.keys().map(|color| (*color, nearest(color))).collect();
        Palette { colors, places }
    }
}

impl Palette {
    /// The place of each pixel's colour, `through` where there is none.
    pub(crate) fn indices(&self, pixels: impl Iterator<Item = Option<Color>>, through: u8) -> Vec<u8> {
        let place = |color: &Color| self.places.get(color).copied().unwrap_or(through);
        let mut last = ([0; 3], place(&[0; 3]));
        let next = |pixel: Option<Color>| {
            let Some(color) = pixel else { return through };
            if last.0 != color {
                last = (color, place(&color));
            }
            last.1
        };
        pixels.map(next).collect()
    }

    /// The colours one after another.
    pub(crate) fn flat(&self) -> Vec<u8> {
        self.colors.concat()
    }
}

/// `pixels` as a file.
pub(crate) fn png(pixels: &Pixels) -> Raster {
    let mut census = Census::default();
    census.count(pixels.colors());
    let palette = census.palette(256);
    let (width, height) = (pixels.width as u32, pixels.height as u32);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.flat());
    encoder.set_compression(png::Compression::High);
    let indices = palette.indices(pixels.colors().map(Some), 0);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&indices)?;
        writer.finish()
    });
    written.expect("a picture in memory can be written");
    Raster { width, height, frames: 1, bytes }
}
