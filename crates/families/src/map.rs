//! Levels as text: drawing and reading ASCII maps, and the fields beside them.

use crate::grid::{Bits, MAX_SIZE, Place, column, place, row};
use misgen_core::{LevelError, LevelText};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Free floor.
pub const FLOOR: char = '.';
/// A wall.
pub const WALL: char = '#';
/// The agent's start.
pub const AGENT: char = '@';

/// Draws a square map of `size` rows: floor, and each layer's glyph over the ones before it.
#[must_use]
pub fn draw(size: u8, layers: &[(Bits, char)]) -> String {
    draw_wide(size, size, layers)
}

/// The same for a map of `rows` and `columns`.
#[must_use]
pub fn draw_wide(rows: u8, columns: u8, layers: &[(Bits, char)]) -> String {
    let cell = |at| layers.iter().rev().find(|(set, _)| set.has(at)).map_or(FLOOR, |(_, glyph)| *glyph);
    let line = |r| (0..columns).map(|c| cell(place(r, c))).collect::<String>();
    (0..rows).map(line).collect::<Vec<_>>().join("\n")
}

/// A place as text: row and column counted from 1, as errors count them.
#[must_use]
pub fn place_text(at: Place) -> String {
    format!("{},{}", row(at) + 1, column(at) + 1)
}

/// A map that was read.
#[derive(Clone, Debug)]
pub struct Map {
    /// Rows; of a square map also columns.
    pub size: u8,
    /// Columns.
    pub columns: u8,
    glyphs: Vec<(Place, char)>,
}

fn wrong(line: usize, column: usize, reason: impl Into<String>) -> LevelError {
    LevelError { line, column, reason: reason.into() }
}

impl Map {
    /// Reads a square map that is made of floor, walls, the agent and `glyphs`.
    ///
    /// # Errors
    /// A map that is empty, too large or not square; an unknown glyph.
    pub fn read(text: &LevelText, glyphs: &[char]) -> Result<Self, LevelError> {
        Self::shaped(text, glyphs, true)
    }

    /// Reads a map that need not be square.
    ///
    /// # Errors
    /// A map that is empty, too large or has rows of different lengths; an unknown glyph.
    pub fn read_wide(text: &LevelText, glyphs: &[char]) -> Result<Self, LevelError> {
        Self::shaped(text, glyphs, false)
    }

    fn shaped(text: &LevelText, glyphs: &[char], square: bool) -> Result<Self, LevelError> {
        let known = |glyph| [FLOOR, WALL, AGENT].contains(&glyph) || glyphs.contains(&glyph);
        let most = usize::from(MAX_SIZE);
        let lines: Vec<&str> = text.map.split('\n').take(most + 1).collect();
        let size = u8::try_from(lines.len()).ok().filter(|n| *n <= MAX_SIZE);
        let size = size.ok_or_else(|| wrong(lines.len(), 1, format!("expected at most {MAX_SIZE} rows")))?;
        let first = lines[0].chars().take(most + 1).count();
        if !square && !(1..=most).contains(&first) {
            return Err(wrong(1, first.max(1), format!("expected 1 to {MAX_SIZE} columns")));
        }
        let (wanted, why) =
            if square { (usize::from(size), "as many as rows") } else { (first, "as many as in the first row") };
        let mut found = Vec::new();
        for (r, line) in lines.iter().enumerate() {
            let mut columns = 0;
            for glyph in line.chars() {
                columns += 1;
                if columns > wanted {
                    return Err(wrong(r + 1, columns, format!("expected {wanted} columns, {why}")));
                }
                if !known(glyph) {
                    let known: String = [FLOOR, WALL, AGENT].iter().chain(glyphs).collect();
                    return Err(wrong(
                        r + 1,
                        columns,
                        format!("found `{}`, expected one of `{known}`", glyph.escape_debug()),
                    ));
                }
                found.push((place(r as u8, columns as u8 - 1), glyph));
            }
            if columns < wanted {
                return Err(wrong(r + 1, columns + 1, format!("line ends, expected {wanted} columns, {why}")));
            }
        }
        Ok(Self { size, columns: wanted as u8, glyphs: found })
    }

    /// All places that show `glyph`.
    #[must_use]
    pub fn all(&self, glyph: char) -> Bits {
        self.glyphs.iter().filter(|(_, g)| *g == glyph).map(|(at, _)| *at).collect()
    }

    /// The one place that shows `glyph`, or none.
    ///
    /// # Errors
    /// At the second one.
    pub fn at_most_one(&self, glyph: char) -> Result<Option<Place>, LevelError> {
        let mut places = self.all(glyph).iter();
        let first = places.next();
        match places.next() {
            Some(second) => Err(Self::at(second, format!("a second `{glyph}`, expected at most one"))),
            None => Ok(first),
        }
    }

    /// The one place that shows `glyph`.
    ///
    /// # Errors
    /// When there is none, or at the second one.
    pub fn one(&self, glyph: char) -> Result<Place, LevelError> {
        self.at_most_one(glyph)?.ok_or_else(|| wrong(1, 1, format!("no `{glyph}` in the map, expected one")))
    }

    /// An error at a place of the map.
    #[must_use]
    pub fn at(at: Place, reason: impl Into<String>) -> LevelError {
        wrong(usize::from(row(at)) + 1, usize::from(column(at)) + 1, reason)
    }
}

/// The fields of a level text, taken one by one so that what is left over can be refused.
#[derive(Debug)]
pub struct Fields<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Fields<'a> {
    /// The fields of `text`.
    #[must_use]
    pub fn of(text: &'a LevelText) -> Self {
        Self(text.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
    }

    /// An error in field `name`.
    #[must_use]
    pub fn error(name: &str, reason: impl std::fmt::Display) -> LevelError {
        wrong(0, 0, format!("field `{name}`: {reason}"))
    }

    /// The value of field `name`, where it is given.
    pub fn take(&mut self, name: &str) -> Option<&'a str> {
        self.0.remove(name)
    }

    /// A number or flag within `range`.
    ///
    /// # Errors
    /// When it is missing, not of its type, or out of range.
    pub fn number<T>(&mut self, name: &str, range: std::ops::RangeInclusive<T>) -> Result<T, LevelError>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let expected = || format!("expected a value from {} to {}", range.start(), range.end());
        let text = self.take(name).ok_or_else(|| Self::error(name, format!("missing, {}", expected())))?;
        let value = text.parse().ok().filter(|value| range.contains(value));
        value.ok_or_else(|| Self::error(name, format!("found {text:?}, {}", expected())))
    }

    /// A place of a grid of `size` rows, where it is given.
    ///
    /// # Errors
    /// When it is not `row,column` counted from 1 and within the grid.
    pub fn place(&mut self, name: &str, size: u8) -> Result<Option<Place>, LevelError> {
        self.place_wide(name, size, size)
    }

    /// A place of a grid of `rows` and `columns`, where it is given.
    ///
    /// # Errors
    /// As [`Fields::place`].
    pub fn place_wide(&mut self, name: &str, rows: u8, columns: u8) -> Result<Option<Place>, LevelError> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let number = |part: &str, most: u8| part.parse::<u8>().ok().filter(|n| (1..=most).contains(n));
        let read = |(r, c): (&str, &str)| Some(place(number(r, rows)? - 1, number(c, columns)? - 1));
        text.split_once(',').and_then(read).map(Some).ok_or_else(|| {
            Self::error(name, format!("found {text:?}, expected `row,column` from 1,1 to {rows},{columns}"))
        })
    }

    /// Refuses what is left.
    ///
    /// # Errors
    /// Names the first field that nobody asked for.
    pub fn end(self) -> Result<(), LevelError> {
        match self.0.keys().next() {
            Some(name) => Err(wrong(0, 0, format!("unknown field {name:?}"))),
            None => Ok(()),
        }
    }
}

/// Named values as the fields of a level text.
#[must_use]
pub fn fields(pairs: &[(&str, Option<String>)]) -> BTreeMap<String, String> {
    pairs.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect()
}
