//! Two runs side by side: a table for a terminal, and a plot.

use crate::across::terminal_pairs;
use crate::axis::{Scale, labels, ticks};
use crate::gate::{change, interval};
use crate::grid::grid;
use crate::style::{Paint, Style};
use crate::svg::Svg;
use crate::text;
use misgen_evaluate::compare::{Comparison, Contrast, Side, Tax};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The contrasts, agents across families, the alignment tax of each pair of agents, and notes.
#[must_use]
pub fn comparison(comparison: &Comparison, style: &Style) -> String {
    let mut out = String::new();
    let none = || style.pick("–", "-").to_owned();
    let row = |c: &Contrast| {
        let way = if c.pairs > 1 { text::plural(c.pairs, "pair") } else { "groups".into() };
        [
            style.safe(&c.world),
            style.safe(&c.shift),
            c.metric.words().into(),
            style.safe(&who(&c.base)),
            text::fixed(c.base.seeds.mean, 3),
            style.safe(&who(&c.head)),
            text::fixed(c.head.seeds.mean, 3),
            c.difference.map_or_else(none, |d| change(d.change)),
            c.difference.map_or_else(none, |d| interval(d.low, d.high)),
            way,
            format!(
                "{} [{}, {}]",
                text::fixed(c.improvement.probability, 2),
                text::fixed(c.improvement.low, 2),
                text::fixed(c.improvement.high, 2)
            ),
        ]
    };
    if !comparison.contrasts.is_empty() {
        let columns = [
            ("world", false),
            ("shift", false),
            ("number", false),
            ("base", false),
            ("", true),
            ("head", false),
            ("", true),
            ("change", true),
            ("95 % interval", true),
            ("over", false),
            ("P(head > base)", true),
        ];
        out += &grid(columns, comparison.contrasts.iter().map(row).collect(), style);
        let key = "change: head less base over pairs of equal seeds, or between groups where no two seeds are equal; \
                   intervals are for one number each. P(head > base): probability of improvement over all pairs of runs.";
        let lines = text::wrap(key, style.measure(), "", "");
        out += &lines.lines().map(|line| style.paint(Paint::Quiet, line) + "\n").collect::<String>();
    }
    if !comparison.across.is_empty() {
        let _ = writeln!(
            out,
            "\n{}",
            style.paint(Paint::Heading, "goal transfer on main conflict shifts, across families")
        );
        out += &terminal_pairs(&comparison.across, style);
        out.push('\n');
    }
    for tax in &comparison.taxes {
        out += &text::wrap(&style.safe(&tax_words(tax)), style.measure(), "alignment tax: ", "  ");
    }
    for note in &comparison.notes {
        out += &text::wrap(&style.safe(note), style.measure(), "note: ", "  ");
    }
    style.finish(&out)
}

pub(crate) fn who(side: &Side) -> String {
    text::agent(&side.agent, side.mix)
}

/// `in corner, from ppo, mix 0, to ppo, mix 1: 0.010 [-0.020, 0.040] of S_ID; goal transfer changed by +1.100 [..]`
pub(crate) fn tax_words(tax: &Tax) -> String {
    let gained = tax.gained.map_or_else(String::new, |g| {
        format!(
            "; goal transfer on the main conflict shift changed by {} {}",
            change(g.change),
            interval(g.low, g.high)
        )
    });
    format!(
        "in {}, from {} to {}: {} {} of S_ID{gained}.",
        tax.world,
        who(&tax.base),
        who(&tax.head),
        text::fixed(tax.tax.change, 3),
        interval(tax.tax.low, tax.tax.high)
    )
}

const LINE: f64 = 20.0;
const LABELS: f64 = 420.0;
const WIDTH: f64 = 900.0;
/// Its own, also where it stands in a page.
const STYLE: &str = "\
.figure text{font:12px system-ui,sans-serif;fill:#222}.figure .tick{text-anchor:middle;fill:#555}.figure .end{text-anchor:end}\
.figure .world{font-weight:600}.figure .rule{stroke:#ddd}.figure .zero{stroke:#555}.figure .range{stroke:#0a6375;stroke-width:2}\
.figure .mean{fill:#0a6375;stroke:none}.figure .ground{fill:#fff}@media(prefers-color-scheme:dark){.figure text{fill:#ddd}\
.figure .tick{fill:#aaa}.figure .rule{stroke:#444}.figure .zero{stroke:#aaa}.figure .range{stroke:#6cc7d9}.figure .mean{fill:#6cc7d9}\
.figure .ground{fill:#111}}";

/// A plot of the changes with their intervals, one line a number, as a file of its own.
#[must_use]
pub fn comparison_svg(comparison: &Comparison) -> Vec<u8> {
    (comparison_figure(comparison) + "\n").into_bytes()
}

/// The same for a page.
pub(crate) fn comparison_figure(comparison: &Comparison) -> String {
    let shown: Vec<_> = comparison.contrasts.iter().filter_map(|c| Some((c, c.difference?))).collect();
    let low = shown.iter().map(|(_, d)| d.low).fold(0.0, f64::min);
    let high = shown.iter().map(|(_, d)| d.high).fold(0.0, f64::max);
    let marks = ticks(low, high, 6);
    let (first, last) = (marks[0], marks[marks.len() - 1]);
    let scale = Scale { low: first, high: last, from: LABELS + 10.0, to: WIDTH - 20.0 };
    let bottom = 40.0 + shown.len() as f64 * LINE;
    let agents = |c: &Contrast| match (who(&c.base), who(&c.head)) {
        (base, head) if base == head => base,
        (base, head) => format!("{base} to {head}"),
    };
    // One pair of agents stands in the title, several in each line.
    let pairs: BTreeSet<String> = shown.iter().map(|(c, _)| agents(c)).collect();
    let of =
        if pairs.len() == 1 { format!(" ({})", pairs.iter().next().map_or("", String::as_str)) } else { String::new() };
    let label = format!("change from {} to {}{of}, with 95 % intervals", comparison.base, comparison.head);
    let mut svg = Svg::document(WIDTH, bottom + 40.0, &label, STYLE);
    svg.leaf("rect", &[("class", "ground".into()), ("width", WIDTH.into()), ("height", (bottom + 40.0).into())]);
    svg.text("world", 10.0, 20.0, &label);
    for (tick, text) in marks.iter().zip(labels(&marks)) {
        let class = if tick.abs() < 1e-12 { "zero" } else { "rule" };
        svg.line(class, (scale.at(*tick), 30.0), (scale.at(*tick), bottom));
        svg.text("tick", scale.at(*tick), bottom + 16.0, &text);
    }
    for (place, (c, d)) in shown.iter().enumerate() {
        let y = 44.0 + place as f64 * LINE;
        let whose = if pairs.len() == 1 { String::new() } else { format!(" · {}", agents(c)) };
        let row = format!("{} · {}{whose}", c.world, c.shift);
        svg.text("", 10.0, y + 4.0, &shortened(&row, 40));
        svg.text("end", LABELS, y + 4.0, c.metric.words());
        svg.line("range", (scale.at(d.low), y), (scale.at(d.high), y));
        let spoken = format!("{row}: {} {} {}", c.metric.words(), change(d.change), interval(d.low, d.high));
        svg.titled(
            "circle",
            &[("class", "mean".into()), ("cx", scale.at(d.change).into()), ("cy", y.into()), ("r", 4.0.into())],
            &spoken,
        );
    }
    svg.finish()
}

/// At most `most` characters; the whole stands in the tooltip.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.into() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
