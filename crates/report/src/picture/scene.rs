//! Where everything of a picture stands, in pixels; who draws it is another matter.

use super::font;
use super::route::Way;
use crate::text;
use misgen_core::ObsSpec;

/// One level of a picture.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What stands above it; may be empty.
    pub title: &'a str,
    /// What is seen of it: an observation of one lane.
    pub obs: &'a [u8],
    /// Ways drawn over it.
    pub ways: &'a [Way],
    /// Lines below it, as many in every picture of a film.
    pub below: &'a [String],
}

/// One level, or two side by side with frames around the cells in which they differ.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// What observations of it look like.
    pub spec: &'a ObsSpec,
    /// Lines above everything, the first of which is the title.
    pub head: &'a [String],
    /// The levels.
    pub views: &'a [View<'a>],
    /// Whether cells that differ are framed and counted: not in films, where agents go ways of their own.
    pub apart: bool,
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    Title,
    Name,
    Note,
    /// A note that changes from frame to frame.
    Below,
}

/// One thing at its place; texts at their base line, everything else at its upper left corner.
pub(crate) enum Piece<'a> {
    Words { x: f64, y: f64, words: Words, text: String },
    Level { x: f64, y: f64, view: &'a View<'a>, other: Option<&'a [u8]> },
    Entry { x: f64, y: f64, channel: usize },
    Line { x: f64, y: f64, way: &'a Way },
    Apart { x: f64, y: f64 },
}

impl Piece<'_> {
    /// Whether it stays as it is throughout a film.
    pub(crate) const fn stays(&self) -> bool {
        !matches!(self, Self::Level { .. } | Self::Words { words: Words::Below, .. })
    }
}

/// A picture laid out.
pub(crate) struct Scene<'a> {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Side of a cell, a whole number of pixels.
    pub(crate) side: f64,
    /// What it shows, for a reader who does not see it.
    pub(crate) label: String,
    pub(crate) pieces: Vec<Piece<'a>>,
}

const MARGIN: f64 = 18.0;
const GAP: f64 = 26.0;
/// Side of a level at most, alone and beside another.
const ALONE: f64 = 400.0;
const BESIDE: f64 = 330.0;
const LARGEST_CELL: f64 = 32.0;
/// Least width, so that words have room beside a small level.
const LEAST: f64 = 440.0;
/// Height of a line, and from its top to the base of its letters.
const LINE: f64 = 20.0;
const BASE: f64 = 15.0;
/// Side of a sample in the legend.
pub(crate) const ENTRY: f64 = 18.0;

/// The places of `picture`.
pub(crate) fn of<'a>(picture: &Picture<'a>) -> Scene<'a> {
    let spec = picture.spec;
    let most = if picture.views.len() > 1 { BESIDE } else { ALONE };
    let side = (most / spec.width.max(spec.height) as f64).min(LARGEST_CELL).floor().max(4.0);
    let (wide, tall) = (side * spec.width as f64, side * spec.height as f64);
    let count = picture.views.len() as f64;
    let inner = (count * wide + (count - 1.0).max(0.0) * GAP).max(LEAST);
    let mut page = Page { y: MARGIN, inner, pieces: Vec::new() };

    for (index, line) in picture.head.iter().enumerate() {
        page.paragraph(if index == 0 { Words::Title } else { Words::Note }, line, MARGIN);
    }
    page.y += 8.0;
    let top = page.y + if picture.views.iter().any(|view| !view.title.is_empty()) { LINE + 2.0 } else { 0.0 };
    let mut lowest = top + tall;
    for (index, view) in picture.views.iter().enumerate() {
        let x = MARGIN + index as f64 * (wide + GAP);
        page.words(x, top - LINE - 2.0, Words::Name, view.title);
        let other = &picture.views[picture.views.len() - 1 - index];
        let other = (picture.apart && picture.views.len() == 2).then_some(other.obs);
        page.pieces.push(Piece::Level { x, y: top, view, other });
        // Lines below a level are as wide as it is, or as wide as the page where it is alone.
        let fits = font::fitting(if picture.views.len() > 1 { wide } else { inner });
        for (line, words) in view.below.iter().enumerate() {
            let y = top + tall + 6.0 + LINE * line as f64;
            let shown: String = words.chars().take(fits).collect();
            page.words(x, y, Words::Below, &shown);
            lowest = lowest.max(y + LINE);
        }
    }
    page.y = lowest + 14.0;
    page.legend(picture);
    page.ways(picture);
    let label = picture.head.first().cloned().unwrap_or_default();
    Scene { width: inner + 2.0 * MARGIN, height: page.y + MARGIN - 6.0, side, label, pieces: page.pieces }
}

struct Page<'a> {
    y: f64,
    /// Width between the margins.
    inner: f64,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Page<'a> {
    /// A line whose top is at `y`.
    fn words(&mut self, x: f64, y: f64, words: Words, text: &str) {
        if !text.is_empty() {
            self.pieces.push(Piece::Words { x, y: y + BASE, words, text: text.to_owned() });
        }
    }

    /// Lines from `x` to the right margin.
    fn paragraph(&mut self, words: Words, text: &str, x: f64) {
        let letters = font::fitting(self.inner + MARGIN - x);
        let letters = if words == Words::Title { letters * 4 / 5 } else { letters };
        for line in text::wrap(text, letters, "", "").lines() {
            self.words(x, self.y, words, line);
            self.y += if words == Words::Title { LINE + 6.0 } else { LINE };
        }
    }

    /// The channels, then what a frame means.
    fn legend(&mut self, picture: &Picture<'a>) {
        let mut x = MARGIN;
        for (index, channel) in picture.spec.channels.iter().enumerate() {
            let wide = ENTRY + 7.0 + font::width(channel.name) + 16.0;
            if x > MARGIN && x + wide - 16.0 > MARGIN + self.inner {
                x = MARGIN;
                self.y += LINE + 4.0;
            }
            self.pieces.push(Piece::Entry { x, y: self.y + 1.0, channel: index });
            self.words(x + ENTRY + 7.0, self.y, Words::Note, channel.name);
            x += wide;
        }
        self.y += LINE + 6.0;
        if let ([left, right], true) = (picture.views, picture.apart) {
            let cells = picture.spec.height * picture.spec.width;
            let cell = |view: &View<'_>, at: usize| picture.spec.cell(view.obs, at);
            let changed = (0..cells).filter(|at| cell(left, *at) != cell(right, *at)).count();
            self.pieces.push(Piece::Apart { x: MARGIN, y: self.y + 1.0 });
            let words = format!("differs between the two: {changed} of {cells} cells");
            self.words(MARGIN + ENTRY + 7.0, self.y, Words::Note, &words);
            self.y += LINE + 6.0;
        }
    }

    /// The ways in words, each after a piece of its line.
    fn ways(&mut self, picture: &Picture<'a>) {
        for view in picture.views.iter().filter(|view| !view.ways.is_empty()) {
            if picture.views.len() > 1 {
                self.words(MARGIN, self.y, Words::Name, view.title);
                self.y += LINE;
            }
            for way in view.ways {
                if way.moves() {
                    self.pieces.push(Piece::Line { x: MARGIN, y: self.y + 1.0, way });
                }
                let words = format!("{}: {}", way.name, way.words);
                self.paragraph(Words::Note, &words, MARGIN + 2.0 * ENTRY + 7.0);
            }
            self.y += 4.0;
        }
    }
}
