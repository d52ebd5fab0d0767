//! Pictures of levels and films of episodes: one tile set, drawn as SVG, as pixels, and step by step.
//!
//! [`tile`] says what a cell looks like, [`scene`] where everything stands; [`vector`] and [`raster`] draw it.

mod film;
mod font;
mod indexed;
mod raster;
mod route;
mod scene;
pub(crate) mod tile;
pub(crate) mod vector;

pub use film::{Film, Reel, film_gif};
pub use indexed::Raster;
#[cfg(test)]
pub(crate) use route::DASHES;
pub(crate) use route::HUES;
pub use route::Way;
pub use scene::{Picture, View};

use crate::svg::Svg;
use scene::{Piece, Scene, Words};
use tile::UNIT;

/// A picture as SVG, byte for byte the same for the same levels.
///
/// # Panics
/// When an observation is not as long as its [`misgen_core::ObsSpec`] says.
#[must_use]
pub fn picture_svg(picture: &Picture<'_>) -> String {
    let scene = scene::of(picture);
    let channels = picture.spec.channels;
    let hues: std::collections::BTreeSet<usize> =
        picture.views.iter().flat_map(|view| view.ways).map(Way::hue).collect();
    let hues: Vec<usize> = hues.into_iter().collect();
    let css = vector::style(channels, &hues) + FONTS;
    let mut svg = Svg::document(scene.width, scene.height, &scene.label, &css);
    let (width, height) = (scene.width.into(), scene.height.into());
    svg.leaf("rect", &[("class", "page".into()), ("width", width), ("height", height), ("rx", 6.0.into())]);
    vector::definitions(&mut svg, channels);
    for piece in &scene.pieces {
        draw(&mut svg, picture, &scene, piece);
    }
    svg.finish() + "\n"
}

/// Sizes of text beside those of tiles.
const FONTS: &str =
    ".title{font-size:17px;font-weight:700}.name{font-size:14px;font-weight:700}.note{font-size:13px;fill:#444}";

fn draw(svg: &mut Svg, picture: &Picture<'_>, scene: &Scene<'_>, piece: &Piece<'_>) {
    match piece {
        Piece::Words { x, y, words, text } => {
            let class = match words {
                Words::Title => "title",
                Words::Name => "name",
                Words::Note | Words::Below => "note",
            };
            svg.text(class, *x, *y, text);
        }
        Piece::Level { x, y, view, other } => {
            let at = (*x, *y, scene.side / UNIT);
            vector::level(svg, picture.spec, (view.obs, *other), view.ways, at);
        }
        Piece::Entry { x, y, channel } => {
            vector::entry(svg, picture.spec.channels, *channel, (*x, *y, scene::ENTRY / UNIT));
        }
        Piece::Line { x, y, way } => {
            svg.open("g", &[("transform", (&vector::place(*x, *y, scene::ENTRY / UNIT)).into())]);
            vector::draw_routes(svg, &[route::sample(way)]);
            svg.close("g");
        }
        Piece::Apart { x, y } => {
            svg.open("g", &[("transform", (&vector::place(*x, *y, scene::ENTRY / UNIT)).into())]);
            vector::apart(svg, std::iter::once((0.0, 0.0)));
            svg.close("g");
        }
    }
}

/// A picture as PNG of at most 256 colours, byte for byte the same for the same levels.
///
/// # Panics
/// When an observation is not as long as its [`misgen_core::ObsSpec`] says.
#[must_use]
pub fn picture_png(picture: &Picture<'_>) -> Raster {
    let drawn = raster::Painter::new(picture.spec).paint(&scene::of(picture));
    indexed::png(&drawn)
}
