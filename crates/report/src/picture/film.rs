//! Episodes as GIF: one frame a step, each holding only what changed since the one before.

use super::indexed::{Census, Color, Pixels, Raster, color};
use super::raster::Painter;
use super::scene::{self, Picture, View};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use misgen_core::ObsSpec;
use std::borrow::Cow;

/// One episode of a film.
#[derive(Clone, Debug)]
pub struct Reel {
    /// What stands above it.
    pub title: String,
    /// Observations: the start's, then one after each step.
    pub frames: Vec<Vec<u8>>,
    /// Two lines below each of them.
    pub words: Vec<[String; 2]>,
}

/// Episodes that run side by side; one that is over stays as it ended.
#[derive(Clone, Copy, Debug)]
pub struct Film<'a> {
    /// What observations of it look like.
    pub spec: &'a ObsSpec,
    /// Lines above everything, the first of which is the title.
    pub head: &'a [String],
    /// The episodes.
    pub reels: &'a [Reel],
}

/// Hundredths of a second that a frame, the first and the last stay.
const EACH: u16 = 25;
const FIRST: u16 = 100;
const LAST: u16 = 250;

/// What a frame changes: its corner, its size and its pixels, `None` where one stays as it was.
struct Change {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    pixels: Vec<Option<Color>>,
}

/// The film, which begins again without end: as many frames as the longest episode has steps, and one. Byte for byte the same for
/// the same episodes.
///
/// # Panics
/// Without an episode, when an episode has no frame or not as many words as frames, or when an observation is not as
/// long as its [`ObsSpec`] says.
#[must_use]
pub fn film_gif(film: &Film<'_>) -> Raster {
    let length = film.reels.iter().map(|reel| reel.frames.len()).max().expect("a film has an episode");
    let mut painter = Painter::new(film.spec);
    let mut census = Census::default();
    let mut changes: Vec<Change> = Vec::with_capacity(length);
    let mut before: Option<Pixels> = None;
    for at in 0..length {
        let now = frame(&mut painter, film, at);
        let change = change(before.as_ref(), &now);
        census.count(change.pixels.iter().flatten().copied());
        changes.push(change);
        before = Some(now);
    }
    let size = before.expect("a film has a frame");
    // One place is kept for pixels that stay.
    let palette = census.palette(255);
    let mut colors = palette.flat();
    let through = (colors.len() / 3) as u8;
    colors.extend([0; 3]);
    let mut bytes = Vec::new();
    let (width, height) = (size.width as u16, size.height as u16);
    let written = (|| {
        let mut encoder = Encoder::new(&mut bytes, width, height, &colors)?;
        encoder.set_repeat(Repeat::Infinite)?;
        for (at, change) in changes.iter().enumerate() {
            let delay = if at + 1 == length {
                LAST
            } else if at == 0 {
                FIRST
            } else {
                EACH
            };
            let indices = palette.indices(change.pixels.iter().copied(), through);
            encoder.write_frame(&Frame {
                delay,
                dispose: DisposalMethod::Keep,
                left: change.left as u16,
                top: change.top as u16,
                width: change.width as u16,
                height: change.height as u16,
                transparent: Some(through),
                buffer: Cow::Owned(indices),
                ..Frame::default()
            })?;
        }
        Ok::<(), gif::EncodingError>(())
    })();
    written.expect("a film in memory can be written");
    Raster { width: u32::from(width), height: u32::from(height), frames: length, bytes }
}

fn frame<'a>(painter: &mut Painter<'_>, film: &Film<'a>, at: usize) -> Pixels {
    let view = |reel: &'a Reel| {
        assert_eq!(reel.frames.len(), reel.words.len(), "words for each frame");
        let shown = at.min(reel.frames.len() - 1);
        View { title: &reel.title, obs: &reel.frames[shown], ways: &[], below: &reel.words[shown] }
    };
    let views: Vec<View<'_>> = film.reels.iter().map(view).collect();
    let picture = Picture { spec: film.spec, head: film.head, views: &views, apart: false };
    painter.paint(&scene::of(&picture))
}

/// The smallest box of `now` that holds everything that differs from `before`; one pixel where nothing does.
fn change(before: Option<&Pixels>, now: &Pixels) -> Change {
    let Some(before) = before else {
        let pixels = now.colors().map(Some).collect();
        return Change { left: 0, top: 0, width: now.width, height: now.height, pixels };
    };
    let line = 4 * now.width;
    let rows = || (0..now.height).filter(|row| now.rgba[row * line..][..line] != before.rgba[row * line..][..line]);
    let (top, bottom) = (rows().next().unwrap_or(0), rows().next_back().unwrap_or(0));
    let (mut left, mut right) = (now.width, 0);
    for row in top..=bottom {
        let (new, old) = (&now.rgba[row * line..][..line], &before.rgba[row * line..][..line]);
        let differs = |column: &usize| new[4 * column..4 * column + 4] != old[4 * column..4 * column + 4];
        left = left.min((0..now.width).find(differs).unwrap_or(now.width));
        right = right.max((0..now.width).rfind(differs).unwrap_or(0));
    }
    let left = left.min(right);
    let mut pixels = Vec::with_capacity((right + 1 - left) * (bottom + 1 - top));
    for row in top..=bottom {
        let part = row * line + 4 * left..row * line + 4 * (right + 1);
        let both = now.rgba[part.clone()].as_chunks::<4>().0.iter().zip(before.rgba[part].as_chunks::<4>().0);
        pixels.extend(both.map(|(new, old)| (new != old).then(|| color(*new))));
    }
    Change { left, top, width: right + 1 - left, height: bottom + 1 - top, pixels }
}
