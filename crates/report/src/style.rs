//! How text for a terminal may look, and the palette of verdicts.
//!
//! Tables are laid out before they are coloured: a painted text carries marks of no width,
//! which [`Style::finish`] turns into escape sequences once every column has its place.

use crate::text;
use anstyle::{Ansi256Color, AnsiColor, Reset, RgbColor};
use misgen_core::Rgb;
use misgen_evaluate::record::Verdict;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// None: no escape sequence at all.
    #[default]
    Off,
    /// The 256 indexed ones.
    Indexed,
    /// 8 bits a component.
    True,
}

/// What the terminal can show. The caller finds out; nothing here asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Colours.
    pub color: Color,
    /// Whether characters beyond ASCII are drawn.
    pub unicode: bool,
    /// Columns; `None` where there is no limit (a file, a pipe).
    pub width: Option<u16>,
}

/// Meaning of a piece of painted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Verdict(Verdict),
    Heading,
    Main,
    Quiet,
}

/// Invisible characters of no width. [`text::visible`] escapes all of them, so that only [`Style::paint`] places one.
const MARKS: [char; 10] = [
    '\u{2061}', '\u{2062}', '\u{2063}', '\u{2064}', '\u{206a}', '\u{206b}', '\u{206c}', '\u{206d}', '\u{206e}',
    '\u{206f}',
];
const END: char = '\u{2060}';

const PAINTS: [Paint; 10] = [
    Paint::Verdict(Verdict::Insufficient),
    Paint::Verdict(Verdict::Undertrained),
    Paint::Verdict(Verdict::SpecificationGaming),
    Paint::Verdict(Verdict::CapabilityFailure),
    Paint::Verdict(Verdict::Transfers),
    Paint::Verdict(Verdict::Misgeneralizes),
    Paint::Verdict(Verdict::Mixed),
    Paint::Heading,
    Paint::Main,
    Paint::Quiet,
];

impl Paint {
    /// Cyan against yellow stays apart in every common form of colour blindness; the reader's theme picks the shades.
    const fn ansi(self) -> anstyle::Style {
        let plain = anstyle::Style::new();
        match self {
            Self::Verdict(Verdict::Transfers) => plain.bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan))),
            Self::Verdict(Verdict::Misgeneralizes) => {
                plain.bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)))
            }
            Self::Verdict(Verdict::SpecificationGaming) => {
                plain.bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Magenta)))
            }
            Self::Verdict(Verdict::CapabilityFailure | Verdict::Mixed) | Self::Heading | Self::Main => plain.bold(),
            Self::Verdict(Verdict::Undertrained | Verdict::Insufficient) | Self::Quiet => plain.dimmed(),
        }
    }
}

impl Style {
    /// ASCII without colour or limit: for files and pipes.
    pub const PLAIN: Self = Self { color: Color::Off, unicode: false, width: None };

    /// `text` marked for [`Style::finish`].
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        let index = PAINTS.iter().position(|p| *p == paint).expect("every paint has a mark");
        format!("{}{text}{END}", MARKS[index])
    }

    /// Turns marks into escape sequences, or removes them.
    pub(crate) fn finish(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if c == END {
                if self.color != Color::Off {
                    out += &Reset.render().to_string();
                }
            } else if let Some(index) = MARKS.iter().position(|mark| *mark == c) {
                if self.color != Color::Off {
                    out += &PAINTS[index].ansi().render().to_string();
                }
            } else {
                out.push(c);
            }
        }
        out
    }

    /// [`Style::safe`] of each line.
    #[must_use]
    pub fn safe_lines(&self, text: &str) -> String {
        text.split('\n').map(|line| self.safe(line)).collect::<Vec<_>>().join("\n")
    }

    /// `rgb` as far as the terminal can show it.
    pub(crate) fn rgb(&self, rgb: Rgb) -> Option<anstyle::Color> {
        match self.color {
            Color::Off => None,
            Color::Indexed => Some(anstyle::Color::Ansi256(Ansi256Color(indexed(rgb)))),
            Color::True => Some(anstyle::Color::Rgb(RgbColor(rgb.0, rgb.1, rgb.2))),
        }
    }

    /// `unicode` where the terminal shows it, else `ascii`.
    pub(crate) const fn pick<'a>(&self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.unicode { unicode } else { ascii }
    }

    /// Columns for running text: the terminal's, within a readable measure.
    pub(crate) fn measure(&self) -> usize {
        self.width.map_or(100, |width| usize::from(width).clamp(20, 100))
    }

    /// A text from a record, safe to print.
    #[must_use]
    pub fn safe(&self, value: &str) -> String {
        let shown = text::visible(value);
        if self.unicode { shown } else { shown.chars().flat_map(text::ascii).collect() }
    }
}

/// The nearest colour of the 6×6×6 cube (indices 16 to 231, xterm's levels).
fn indexed(Rgb(r, g, b): Rgb) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let near = |v: u8| (0..6u8).min_by_key(|i| LEVELS[usize::from(*i)].abs_diff(v)).unwrap_or(0);
    16 + 36 * near(r) + 6 * near(g) + near(b)
}

/// The sign of a verdict, one column wide.
pub(crate) const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Transfers => "✓",
        Verdict::Misgeneralizes => "✗",
        Verdict::SpecificationGaming => "⚑",
        Verdict::CapabilityFailure => "⊘",
        Verdict::Mixed => "◐",
        Verdict::Undertrained => "○",
        Verdict::Insufficient => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_paint_has_its_own_mark() {
        for paint in PAINTS {
            let painted = Style::PLAIN.paint(paint, "x");
            assert_eq!(Style::PLAIN.finish(&painted), "x");
            assert!(MARKS.contains(&painted.chars().next().unwrap()));
        }
    }

    #[test]
    fn the_marks_cannot_come_from_a_record() {
        for mark in MARKS.iter().chain([&END]) {
            assert!(!text::visible(&mark.to_string()).contains(*mark));
        }
    }

    #[test]
    fn a_painted_text_is_closed_again() {
        let style = Style { color: Color::Indexed, ..Style::PLAIN };
        let shown = style.finish(&style.paint(Paint::Heading, "x"));
        assert_eq!(shown, "\u{1b}[1mx\u{1b}[0m");
    }

    #[test]
    fn the_cube_is_hit_exactly() {
        assert_eq!(indexed(Rgb(0, 0, 0)), 16);
        assert_eq!(indexed(Rgb(255, 255, 255)), 231);
        assert_eq!(indexed(Rgb(255, 0, 0)), 196);
        assert_eq!(indexed(Rgb(94, 136, 214)), 16 + 36 + 12 + 4);
    }
}
