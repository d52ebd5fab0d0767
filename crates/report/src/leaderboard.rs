//! A leaderboard for a terminal.

use crate::list::list;
use crate::style::{Paint, Style};
use crate::text;
use misgen_evaluate::leaderboard::{Board, Entry, Leaderboard};

/// A table for each board.
#[must_use]
pub fn leaderboard(all: &Leaderboard, style: &Style) -> String {
    let one = |board: &Board| {
        let title = format!("{} under {}", board.family, board.shift);
        let levels = format!(
            "{} levels {}, metrics {}",
            board.levels,
            &board.pool[..board.pool.len().min(12)],
            board.metric_version
        );
        let head = format!("{}  {}\n", style.paint(Paint::Heading, &style.safe(&title)), style.safe(&levels));
        let rows = board.entries.iter().map(|entry| row(entry, style));
        style.finish(&head)
            + &list(
                ["agent", "goal transfer", "95 %", "proxy %", "S_train", "seeds", "frames", "verdict", "suite"],
                rows,
                style,
            )
    };
    all.boards.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn row(entry: &Entry, style: &Style) -> [String; 9] {
    let nothing = || style.safe("–");
    let number = |value: Option<f64>| value.map_or_else(nothing, |v| style.safe(&text::fixed(v, 2)));
    let interval = match (entry.gt.low, entry.gt.high) {
        (Some(low), Some(high)) => format!("{} to {}", number(Some(low)), number(Some(high))),
        _ => nothing(),
    };
    let proxy = entry.proxy_share.map_or_else(nothing, |share| format!("{:.0}", 100.0 * share.mean));
    [
        style.safe(&text::agent(&entry.agent, Some(entry.mix))),
        number(Some(entry.gt.mean)),
        interval,
        proxy,
        number(entry.s_train),
        entry.seeds.to_string(),
        entry.frames.map_or_else(nothing, text::thousands),
        entry.verdict.map_or_else(nothing, |verdict| verdict.word().to_uppercase()),
        style.safe(&entry.suite),
    ]
}
