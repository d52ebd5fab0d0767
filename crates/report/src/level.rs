//! Levels drawn in the terminal from what an agent observes.
//!
//! A cell is two columns: the glyph of its topmost thing, then that of what lies under it.
//! Ground channels colour the background where there is colour and are drawn as glyphs
//! where there is none.

use crate::describe::{channel_words, ties};
use crate::picture::{View, Way};
use crate::style::Style;
use crate::trail;
use misgen_core::{Channel, FamilySpec, Layer, LevelKey, ObsSpec, Rgb, ShiftSpec};
use std::fmt::Write as _;

/// What is known of a level, one fact a line: family and shift, what the shift changes, the
/// level's number in its stream, its ties.
#[must_use]
pub fn level_header(family: &FamilySpec, shift: Option<&ShiftSpec>, key: &LevelKey, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    match shift {
        Some(shift) => {
            let main = family.shifts.first().is_some_and(|first| first.name == shift.name);
            let main = if main { ", main" } else { "" };
            lines.push(format!("{}, shift {} ({}{main})", family.id(), shift.name, shift.role.word()));
            lines.push(shift.means.clone());
        }
        None => lines.push(format!("{}, training", family.id())),
    }
    lines.push(format!(
        "level {} of split {}, seed {}, attempt {}",
        key.index,
        key.split.word(),
        key.seed,
        key.attempt
    ));
    lines.push(format!("ties: {}", ties(family, &key.ties)));
    lines.iter().map(|line| style.safe(line)).collect()
}

/// One observation of one lane, framed, with the legend of its channels.
///
/// # Panics
/// When `obs` is not [`ObsSpec::bytes`] long.
#[must_use]
pub fn draw_level(spec: &ObsSpec, obs: &[u8], style: &Style) -> String {
    draw_ways(spec, obs, &[], style)
}

/// [`draw_level`] with ways: an arrow on each cell that is left and otherwise empty, and each way in words.
///
/// # Panics
/// As [`draw_level`].
#[must_use]
pub fn draw_ways(spec: &ObsSpec, obs: &[u8], ways: &[Way], style: &Style) -> String {
    let mut out = frame(spec, obs, None, ways, style).join("\n") + "\n";
    out += &crowded(spec, &[("", obs)]);
    out += &legend(spec, style);
    out + &trail::words("", ways, style)
}

/// Two observations side by side (one below the other where the terminal is too narrow), each
/// under its title, with a mark before every cell in which they differ.
///
/// # Panics
/// When an observation is not [`ObsSpec::bytes`] long.
#[must_use]
pub fn draw_pair(spec: &ObsSpec, left: (&str, &[u8]), right: (&str, &[u8]), style: &Style) -> String {
    let view = |(title, obs)| View { title, obs, ways: &[], below: &[] };
    draw_pair_ways(spec, &view(left), &view(right), style)
}

/// [`draw_pair`] with the ways of each level, as in [`draw_ways`].
///
/// # Panics
/// As [`draw_pair`].
#[must_use]
pub fn draw_pair_ways(spec: &ObsSpec, left: &View<'_>, right: &View<'_>, style: &Style) -> String {
    let a = frame(spec, left.obs, Some(right.obs), left.ways, style);
    let b = frame(spec, right.obs, Some(left.obs), right.ways, style);
    let width = 3 * spec.width + 3;
    let titles = [style.safe(left.title), style.safe(right.title)];
    let gap = width.max(titles[0].chars().count()) + 3;
    let mut out = String::new();
    if style.width.is_none_or(|columns| gap + width.max(titles[1].chars().count()) <= usize::from(columns)) {
        let _ = writeln!(out, "{}{}{}", titles[0], " ".repeat(gap - titles[0].chars().count()), titles[1]);
        for (a, b) in a.iter().zip(&b) {
            let _ = writeln!(out, "{a}{}{b}", " ".repeat(gap - width));
        }
    } else {
        for (title, frame) in titles.iter().zip([&a, &b]) {
            let _ = writeln!(out, "{title}\n{}", frame.join("\n"));
        }
    }
    let cells = spec.height * spec.width;
    let changed = (0..cells).filter(|i| spec.cell(left.obs, *i) != spec.cell(right.obs, *i)).count();
    let _ = writeln!(out, "{} of {cells} cells differ ({})", changed, changed_mark(style));
    out += &crowded(spec, &[(left.title, left.obs), (right.title, right.obs)]);
    out += &legend(spec, style);
    out += &trail::words(left.title, left.ways, style);
    out + &trail::words(right.title, right.ways, style)
}

/// Glyph and name of every channel, in as many lines as the width needs.
#[must_use]
pub fn legend(spec: &ObsSpec, style: &Style) -> String {
    const GAP: &str = "   ";
    let mut out = String::new();
    let mut column = 0;
    for channel in spec.channels {
        let words = channel_words(channel);
        let shown = match style.rgb(channel.color) {
            Some(color) if channel.is_ground() => painted("  ", None, Some(color), false),
            color => painted(&glyph(channel, style), color, None, true),
        };
        // The sign takes one column or two.
        let width = 3 + words.chars().count();
        if column > 0 && style.width.is_some_and(|most| column + GAP.len() + width > usize::from(most)) {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out += GAP;
            column += GAP.len();
        }
        let _ = write!(out, "{shown} {words}");
        column += width;
    }
    out + "\n"
}

/// The lines of the frame; cells are preceded by a mark where they differ from `other`.
pub(crate) fn frame(spec: &ObsSpec, obs: &[u8], other: Option<&[u8]>, ways: &[Way], style: &Style) -> Vec<String> {
    assert_eq!(obs.len(), spec.bytes(), "an observation of {}x{} cells", spec.height, spec.width);
    let [across, down, corners] = if style.unicode { ["─", "│", "┌┐└┘"] } else { ["-", "|", "++++"] };
    let corner: Vec<char> = corners.chars().collect();
    let steps = trail::steps(ways, spec.width);
    // With marks the last column balances the mark of the first cell.
    let inner = if other.is_some() { 3 * spec.width + 1 } else { 2 * spec.width };
    let rule = across.repeat(inner);
    let mut lines = vec![format!("{}{rule}{}", corner[0], corner[1])];
    for row in 0..spec.height {
        let mut line = down.to_owned();
        for column in 0..spec.width {
            let index = row * spec.width + column;
            let bits = spec.cell(obs, index);
            if let Some(other) = other {
                line += if spec.cell(other, index) == bits { " " } else { changed_mark(style) };
            }
            let stack = spec.stack(bits);
            line += &match steps.get(&index).filter(|_| stack.iter().all(|channel| channel.is_ground())) {
                Some(step) => trail::arrow(step, stack.first().copied(), style),
                None => cell(&stack, style),
            };
        }
        line += if other.is_some() { " " } else { "" };
        lines.push(line + down);
    }
    lines.push(format!("{}{rule}{}", corner[2], corner[3]));
    lines
}

const fn changed_mark(style: &Style) -> &'static str {
    style.pick("›", ">")
}

/// Two columns: the top of `stack`, then what is under it.
fn cell(stack: &[&Channel], style: &Style) -> String {
    let ground = stack.iter().find(|channel| channel.is_ground()).and_then(|channel| style.rgb(channel.color));
    // A background shows the topmost ground, so that only the others need a glyph.
    let behind = stack.iter().position(|channel| channel.is_ground()).filter(|_| ground.is_some());
    let light = light(stack.iter().copied());
    // Where there is colour, it shows the tints of a thing.
    let shown = light.and_then(|light| style.rgb(light)).is_some() && stack.iter().any(|channel| takes_tint(channel));
    let drawn = |at: &usize| Some(*at) != behind && !(shown && stack[*at].is_tint());
    let things: Vec<&Channel> = (0..stack.len()).filter(drawn).map(|at| stack[at]).collect();
    match things.as_slice() {
        [] if ground.is_some() => painted("  ", None, ground, false),
        [] => style.pick("· ", ". ").to_owned(),
        [only] if only.is_wall() && style.unicode => painted("██", style.rgb(only.color), ground, false),
        [only] if only.is_wall() => format!("{0}{0}", only.glyph),
        [top, under @ ..] => {
            let beneath = stack.iter().find(|channel| channel.is_ground()).filter(|_| ground.is_some());
            let color = |channel: &Channel| {
                let tinted = light.filter(|_| takes_tint(channel) || channel.is_tint());
                style.rgb(tinted.unwrap_or_else(|| beneath.map_or(channel.color, |below| readable(below.color))))
            };
            let below = under.first().map_or_else(
                || painted(" ", None, ground, false),
                |channel| painted(&channel.glyph.to_string(), color(channel), ground, false),
            );
            painted(&top.glyph.to_string(), color(top), ground, true) + &below
        }
    }
}

/// The colour that the tints of a cell make together, as light adds up.
pub(crate) fn light<'a>(channels: impl IntoIterator<Item = &'a Channel>) -> Option<Rgb> {
    let tints = channels.into_iter().filter(|channel| channel.is_tint()).map(|channel| channel.color);
    tints.reduce(|a, b| Rgb(a.0.saturating_add(b.0), a.1.saturating_add(b.1), a.2.saturating_add(b.2)))
}

/// Whether the tints of its cell colour it.
pub(crate) fn takes_tint(channel: &Channel) -> bool {
    channel.layer == Layer::Thing && !channel.is_wall() && channel.name != "agent"
}

/// On a coloured ground glyphs are black or white, whichever stands out (luma of ITU-R BT.601).
pub(crate) const fn readable(Rgb(r, g, b): Rgb) -> Rgb {
    let luma = (299 * r as u32 + 587 * g as u32 + 114 * b as u32) / 1000;
    if luma > 110 { Rgb(0, 0, 0) } else { Rgb(255, 255, 255) }
}

fn glyph(channel: &Channel, style: &Style) -> String {
    if channel.is_wall() && style.unicode { "██".into() } else { channel.glyph.to_string() }
}

pub(crate) fn painted(text: &str, color: Option<anstyle::Color>, ground: Option<anstyle::Color>, bold: bool) -> String {
    if color.is_none() && ground.is_none() {
        return text.to_owned();
    }
    let style = anstyle::Style::new().fg_color(color).bg_color(ground);
    let style = if bold { style.bold() } else { style };
    format!("{}{text}{}", style.render(), style.render_reset())
}

/// Cells that hold more than two columns can show, in words.
fn crowded(spec: &ObsSpec, levels: &[(&str, &[u8])]) -> String {
    let mut out = String::new();
    for (title, obs) in levels {
        for index in 0..spec.height * spec.width {
            let stack = spec.stack(spec.cell(obs, index));
            if stack.len() > 2 {
                let (tints, names): (Vec<_>, Vec<_>) = stack.iter().partition(|channel| channel.is_tint());
                let name = |channels: Vec<&Channel>, between| {
                    channels.iter().map(|channel| channel.name).collect::<Vec<_>>().join(between)
                };
                let tinted = if tints.is_empty() { "" } else { ", tinted " };
                let names = format!("{}{tinted}{}", name(names, " on "), name(tints, " and "));
                let title = if title.is_empty() { String::new() } else { format!("{title}, ") };
                let (row, column) = (index / spec.width + 1, index % spec.width + 1);
                let _ = writeln!(out, "{title}row {row}, column {column}: {names}");
            }
        }
    }
    out
}
