//! A frame of a replay in the terminal: the two levels side by side, and below each the step, what the agent is about to do
//! and how sure it is, or what came of it.

use super::episode::ending;
use super::playback::{Playback, Side};
use crate::level::{frame, legend};
use crate::style::{Color, Style};
use crate::{text, trail};

/// Columns between the two levels.
const GAP: usize = 4;
/// The least width for what stands below a level.
const LEAST: usize = 36;

/// A line, and the columns that it takes.
struct Line(String, usize);

impl Line {
    /// A text cut to `most` columns.
    fn cut(text: &str, most: usize) -> Self {
        let shown: String = text.chars().take(most).collect();
        let columns = shown.chars().count();
        Self(shown, columns)
    }
}

impl Playback<'_> {
    /// The lines of `frame`, as many in every frame of a replay. Where the terminal is too narrow for two levels, the twin is
    /// left out.
    #[must_use]
    pub fn lines(&self, frame: usize, style: &Style) -> Vec<String> {
        let column = (2 * self.spec.width + 2).max(LEAST);
        let room = style.width.map_or(usize::MAX, usize::from);
        let fits = self.sides.len() * (column + GAP) - GAP <= room;
        let shown = if fits { &self.sides[..] } else { &self.sides[self.sides.len() - 1..] };
        let column = column.min(room);
        let columns: Vec<Vec<Line>> = shown.iter().map(|side| self.column(side, frame, column, style)).collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let beside = |row: usize| {
            let mut out = String::new();
            for (index, lines) in columns.iter().enumerate() {
                let (text, width) = lines.get(row).map_or(("", 0), |Line(text, width)| (text, *width));
                out += text;
                if index + 1 < columns.len() {
                    out += &" ".repeat((column + GAP).saturating_sub(width));
                }
            }
            out.trim_end().to_owned()
        };
        let mut lines: Vec<String> = (0..height).map(beside).collect();
        if !fits {
            lines.push(style.safe(&format!("The aligned twin needs {} columns.", 2 * column + GAP)));
        }
        lines.extend(legend(&self.spec, style).lines().map(str::to_owned));
        lines
    }

    fn column(&self, side: &Side<'_>, at: usize, wide: usize, style: &Style) -> Vec<Line> {
        let at = at.min(side.episode.steps());
        let level = frame(&self.spec, &side.frames[at], None, &side.ways, style);
        let mut lines = vec![Line::cut(side.title, wide)];
        lines.extend(level.into_iter().map(|line| Line(line, 2 * self.spec.width + 2)));
        lines.push(Line::cut(&style.safe(&self.step(side, at)), wide));
        lines.push(Line::cut(&style.safe(&side.events(at).join(", ")), wide));
        let choice =
            if at == side.episode.steps() { self.ended(side, wide, style) } else { self.choice(side, at, wide, style) };
        // As many lines at the end as before it, so that nothing jumps.
        let most = self.world.actions.len().max(3) + 1;
        lines.extend(choice.into_iter().chain(std::iter::repeat_with(|| Line(String::new(), 0))).take(most));
        // Without colour each character is a column.
        let words = |color| {
            let narrow = u16::try_from(wide).unwrap_or(u16::MAX);
            trail::words("", &side.ways, &Style { color, width: Some(narrow), ..*style })
        };
        let plain = words(Color::Off);
        let columns = plain.lines().map(|line| line.chars().count());
        lines.extend(words(style.color).lines().zip(columns).map(|(line, columns)| Line(line.to_owned(), columns)));
        lines
    }

    /// What the agent does next, its value, and a bar for each action.
    fn choice(&self, side: &Side<'_>, at: usize, wide: usize, style: &Style) -> Vec<Line> {
        let track = side.episode.track;
        let next = format!("Next: {}", self.action(side, at));
        let value = track.values.get(at).map(|value| format!(", value {}", text::fixed(f64::from(*value), 2)));
        let mut lines = vec![Line::cut(&style.safe(&(next + &value.unwrap_or_default())), wide)];
        let names: Vec<String> = self.world.actions.iter().map(|name| style.safe(name)).collect();
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(wide / 3);
        for (action, percent) in track.percent.get(at).into_iter().flatten().enumerate() {
            let mark = if action == side.episode.action(at) { style.pick("▸", ">") } else { " " };
            let name: String = names[action].chars().take(longest).collect();
            let bar = bar(*percent, wide.saturating_sub(longest + 9), style);
            let line = format!("{mark} {name:<longest$} {percent:>3} % {bar}");
            lines.push(Line::cut(&line, wide));
        }
        lines
    }

    /// What came of it.
    fn ended(&self, side: &Side<'_>, wide: usize, style: &Style) -> Vec<Line> {
        let track = side.episode.track;
        let [got, best] = [track.goal_return, track.goal_best].map(|value| text::fixed(value, 2));
        let words = format!("{} Return {got}, best play {best}.", ending(self.world, track));
        text::wrap(&style.safe(&words), wide, "", "").lines().map(|line| Line::cut(line, wide)).collect()
    }
}

/// A share of `wide` columns, in eighths of a column where the terminal can show them.
fn bar(percent: u8, wide: usize, style: &Style) -> String {
    let eighths = usize::from(percent.min(100)) * wide * 8 / 100;
    if !style.unicode {
        return "#".repeat(eighths.div_ceil(8));
    }
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    "█".repeat(eighths / 8) + rest
}
