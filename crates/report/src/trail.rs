//! Ways in the terminal: arrows on cells that are otherwise empty, and words.

use crate::level::{painted, readable};
use crate::picture::{HUES, Way};
use crate::style::Style;
use crate::text;
use misgen_core::Channel;
use std::collections::BTreeMap;

/// How a cell is left for the first time.
pub(crate) struct Step {
    /// Direction: columns and rows, -1, 0 or 1.
    towards: (i8, i8),
    hue: usize,
    /// Number of the way where there are several, from 1; `None` where more than one leads over the cell.
    way: Option<usize>,
    /// Whether several ways are drawn.
    numbered: bool,
}

/// The cells that `ways` leave.
pub(crate) fn steps(ways: &[Way], width: usize) -> BTreeMap<usize, Step> {
    let numbered = drawn(ways).count() > 1;
    let mut steps: BTreeMap<usize, Step> = BTreeMap::new();
    for (number, way) in drawn(ways) {
        for (from, to) in way.moved() {
            let side = |a: usize, b: usize| (b > a) as i8 - (b < a) as i8;
            let towards = (side(from % width, to % width), side(from / width, to / width));
            steps.entry(from).and_modify(|step| step.way = step.way.filter(|known| *known == number)).or_insert(Step {
                towards,
                hue: way.hue(),
                way: Some(number),
                numbered,
            });
        }
    }
    steps
}

/// The ways that can be drawn, with their numbers.
fn drawn(ways: &[Way]) -> impl Iterator<Item = (usize, &Way)> {
    ways.iter().enumerate().map(|(index, way)| (index + 1, way)).filter(|(_, way)| way.moves())
}

/// Two columns: an arrow, then the number of the way or what is below.
pub(crate) fn arrow(step: &Step, ground: Option<&Channel>, style: &Style) -> String {
    let behind = ground.and_then(|channel| style.rgb(channel.color));
    let beside = match step.way {
        Some(number) if step.numbered => char::from_digit(number as u32 % 10, 10).unwrap_or('+'),
        None => '+',
        _ => ground.filter(|_| behind.is_none()).map_or(' ', |channel| channel.glyph),
    };
    let color = match ground {
        Some(channel) => style.rgb(readable(channel.color)),
        None => style.rgb(HUES[step.hue]),
    };
    painted(&format!("{}{beside}", sign(step.towards, style)), color, behind, true)
}

const fn sign(towards: (i8, i8), style: &Style) -> char {
    let [unicode, ascii] = match towards {
        (0, -1) => ['↑', '^'],
        (0, 1) => ['↓', 'v'],
        (-1, 0) => ['←', '<'],
        (1, 0) => ['→', '>'],
        (-1, -1) => ['↖', '\\'],
        (1, -1) => ['↗', '/'],
        (-1, 1) => ['↙', '/'],
        (1, 1) => ['↘', '\\'],
        _ => ['·', '.'],
    };
    if style.unicode { unicode } else { ascii }
}

/// The ways of the level called `title`, a paragraph each.
pub(crate) fn words(title: &str, ways: &[Way], style: &Style) -> String {
    let mut out = String::new();
    let numbered = drawn(ways).count() > 1;
    for (index, way) in ways.iter().enumerate() {
        let number = if numbered && way.moves() { format!("{} ", index + 1) } else { String::new() };
        let title = if title.is_empty() { String::new() } else { format!("{title}, ") };
        let text = style.safe(&format!("{title}{}: {}", way.name, way.words));
        let color = if number.is_empty() { None } else { style.rgb(HUES[way.hue()]) };
        let lines = text::wrap(&text, style.measure(), &number, "    ");
        let (first, rest) = lines.split_at(number.len());
        out += &painted(first, color, None, true);
        out += rest;
    }
    out
}
