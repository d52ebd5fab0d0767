//! The tile set: how the channels of a cell look in every picture, whatever draws it.
//!
//! Grounds and walls fill their cell. A thing is an outline in its colour with its glyph on it, so that it can be told apart
//! without the colour; the agent alone is round. Tints colour the things of their cell, or a patch where there is none, and leave
//! their letters at the bottom.
//! All lengths are in units of [`UNIT`], from the upper left corner of the cell.

use crate::level::{light, readable, takes_tint};
use misgen_core::{Channel, Rgb, stacked};

/// Side of a cell before it is scaled.
pub(crate) const UNIT: f64 = 10.0;

/// What a cell without anything is filled with, and the line around it.
pub(crate) const FLOOR: Rgb = Rgb(255, 255, 255);
pub(crate) const LINES: Rgb = Rgb(220, 220, 214);
/// The line around a thing.
pub(crate) const RIM: Rgb = Rgb(34, 34, 34);

/// The form of a thing, around the middle of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outline {
    /// The agent.
    Disc,
    /// Things whose glyph is a letter or a digit.
    Square,
    /// Things whose glyph is another sign.
    Octagon,
    /// Light without a thing.
    Patch,
    /// `*`.
    Diamond,
    /// `|`.
    Bar,
    /// `^`.
    Up,
    /// `<`.
    Left,
}

/// Radius of [`Outline::Disc`].
pub(crate) const RADIUS: f64 = 4.2;

impl Outline {
    pub(crate) fn of(channel: &Channel) -> Self {
        match channel.glyph {
            _ if channel.name == "agent" => Self::Disc,
            _ if channel.is_tint() => Self::Patch,
            '*' => Self::Diamond,
            '|' => Self::Bar,
            '^' => Self::Up,
            '<' => Self::Left,
            glyph if glyph.is_ascii_alphanumeric() => Self::Square,
            _ => Self::Octagon,
        }
    }

    /// Corners around the middle; none for the disc.
    pub(crate) const fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Disc => &[],
            Self::Square | Self::Patch => &[(-3.8, -3.8), (3.8, -3.8), (3.8, 3.8), (-3.8, 3.8)],
            Self::Octagon => &[
                (-1.8, -4.2),
                (1.8, -4.2),
                (4.2, -1.8),
                (4.2, 1.8),
                (1.8, 4.2),
                (-1.8, 4.2),
                (-4.2, 1.8),
                (-4.2, -1.8),
            ],
            Self::Diamond => &[(0.0, -4.8), (4.8, 0.0), (0.0, 4.8), (-4.8, 0.0)],
            Self::Bar => &[(-1.5, -4.3), (1.5, -4.3), (1.5, 4.3), (-1.5, 4.3)],
            Self::Up => &[(0.0, -4.2), (4.2, 3.6), (-4.2, 3.6)],
            Self::Left => &[(-4.2, 0.0), (3.6, -4.2), (3.6, 4.2)],
        }
    }

    /// Whether the glyph stands on it; otherwise the form says what the glyph would.
    pub(crate) const fn has_glyph(self) -> bool {
        !matches!(self, Self::Patch | Self::Bar | Self::Up | Self::Left)
    }
}

/// A part of a cell that a wall or a ground fills, from the top to the bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fill {
    pub(crate) channel: usize,
    pub(crate) x: f64,
    pub(crate) wide: f64,
}

/// A ground's or tint's glyph, centred at `x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Letter {
    pub(crate) channel: usize,
    pub(crate) x: f64,
    /// Small and at the bottom, else in the middle.
    pub(crate) small: bool,
    pub(crate) ink: Rgb,
}

/// A thing with its middle at (x, y).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Thing {
    pub(crate) channel: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) scale: f64,
    /// Its colour where tints make it other than the channel's.
    pub(crate) tint: Option<Rgb>,
}

/// Everything in a cell, in the order in which it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tile {
    pub(crate) fills: Vec<Fill>,
    pub(crate) letters: Vec<Letter>,
    pub(crate) things: Vec<Thing>,
}

/// The cell in which the channels of `bits` are.
pub(crate) fn tile(channels: &[Channel], bits: u16) -> Tile {
    let there: Vec<(usize, &Channel)> = stacked(channels, bits).into_iter().map(|k| (k, &channels[k])).collect();
    let of = |wanted: &dyn Fn(&Channel) -> bool| -> Vec<usize> {
        there.iter().filter(|(_, channel)| wanted(channel)).map(|(index, _)| *index).collect()
    };
    let (walls, grounds) = (of(&Channel::is_wall), of(&Channel::is_ground));
    let things = of(&|channel| !channel.is_wall() && !channel.is_ground() && !channel.is_tint());
    let tints = of(&Channel::is_tint);
    let mut tile = Tile::default();
    for index in walls {
        tile.fills.push(Fill { channel: index, x: 0.0, wide: UNIT });
    }
    let wide = UNIT / grounds.len().max(1) as f64;
    let below = !things.is_empty() || !tints.is_empty();
    for (strip, &channel) in grounds.iter().enumerate() {
        let x = wide * strip as f64;
        tile.fills.push(Fill { channel, x, wide });
        let ink = readable(channels[channel].color);
        tile.letters.push(Letter { channel, x: x + wide / 2.0, small: below || grounds.len() > 2, ink });
    }
    // The letters of tints stand at the right, those of grounds left of them keep their strips.
    for (place, &channel) in tints.iter().rev().enumerate() {
        let ground = tile.fills.last().map_or(FLOOR, |last| channels[last.channel].color);
        tile.letters.push(Letter { channel, x: UNIT - 1.6 - 2.2 * place as f64, small: true, ink: readable(ground) });
    }
    let light = light(there.iter().map(|(_, channel)| *channel));
    // Light that falls on nothing is a thing of its own.
    let alone = tints.first().copied().filter(|_| !things.iter().any(|index| takes_tint(&channels[*index])));
    let shown: Vec<usize> = things.into_iter().chain(alone).collect();
    for (slot, &channel) in shown.iter().enumerate() {
        let (x, y, scale) = seat(slot, shown.len(), !tile.letters.is_empty());
        let tint = light.filter(|_| takes_tint(&channels[channel]) || channels[channel].is_tint());
        tile.things.push(Thing { channel, x, y, scale, tint });
    }
    tile
}

/// Middle and scale of thing `slot` of `count` in a cell: two lie on the diagonal, more in rows. They leave room for letters
/// below.
fn seat(slot: usize, count: usize, letters: bool) -> (f64, f64, f64) {
    let (x, y, scale) = match count {
        1 => (5.0, 5.0, 1.0),
        2 if slot == 0 => (3.2, 3.2, 0.62),
        2 => (6.8, 6.8, 0.62),
        _ => {
            let rows = (1..).find(|rows| rows * rows >= count).unwrap_or(1);
            let wide = UNIT / rows as f64;
            let at = |place: usize| wide * (place as f64 + 0.5);
            (at(slot % rows), at(slot / rows), 0.95 / rows as f64)
        }
    };
    if letters { (1.1 + 0.78 * x, 0.1 + 0.78 * y, 0.78 * scale) } else { (x, y, scale) }
}

/// The tile that stands for a channel in a legend: a tint on nothing is its letter on its colour.
pub(crate) fn sample(channels: &[Channel], index: usize) -> Tile {
    let channel = &channels[index];
    let mut tile = Tile::default();
    if channel.is_wall() || channel.is_ground() || channel.is_tint() {
        tile.fills.push(Fill { channel: index, x: 0.0, wide: UNIT });
    }
    if channel.is_ground() || channel.is_tint() {
        tile.letters.push(Letter { channel: index, x: 5.0, small: false, ink: readable(channel.color) });
    } else if !channel.is_wall() {
        tile.things.push(Thing { channel: index, x: 5.0, y: 5.0, scale: 1.0, tint: None });
    }
    tile
}
