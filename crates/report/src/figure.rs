//! The two small figures of a row: what came first, and goal transfer over seeds.

use crate::axis::Scale;
use crate::svg::{Svg, path, tenths};
use crate::text;
use misgen_evaluate::record::{Estimate, Outcomes, SummaryRow};
use std::fmt::Write as _;

const WIDTH: f64 = 220.0;

/// A part of a stacked bar.
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    /// Class of its fill: hatching as well as colour tells the parts apart.
    pub(crate) fill: String,
    pub(crate) share: f64,
}

/// The parts of `outcomes` in a fixed order: goal, the proxies of the world, died, neither.
pub(crate) fn parts<'a>(outcomes: &Outcomes, proxies: &[&'a str]) -> Vec<Part<'a>> {
    let mut parts = vec![Part { name: "goal", fill: "goal".into(), share: outcomes.goal }];
    for (index, name) in proxies.iter().enumerate() {
        let share = outcomes.proxies.get(*name).copied().unwrap_or(0.0);
        parts.push(Part { name, fill: proxy_fill(name, index), share });
    }
    parts.push(Part { name: "died", fill: "died".into(), share: outcomes.died });
    parts.push(Part { name: "neither", fill: "neither".into(), share: outcomes.neither });
    parts
}

/// Several proxies in the same step are one joint outcome, named `a+b`.
fn proxy_fill(name: &str, index: usize) -> String {
    if name.contains('+') { "joint".into() } else { format!("proxy{}", index % 3) }
}

/// Outcomes as one stacked bar; below it the interval of the share of all proxies, where they end.
pub(crate) fn outcome_bar(parts: &[Part<'_>], proxies: Option<Estimate>) -> String {
    let said: Vec<_> =
        parts.iter().filter(|p| p.share > 0.0).map(|p| format!("{} {} %", p.name, text::percent(p.share))).collect();
    let around = proxies.and_then(|share| share.low.zip(share.high)).filter(|(low, high)| high > low);
    let ends = around.map(|(low, high)| {
        let [low, high] = [low, high].map(|end| text::fixed(end.clamp(0.0, 1.0) * 100.0, 1));
        format!("a proxy came first: interval {low} to {high} %")
    });
    let spoken = format!("what came first: {}", said.into_iter().chain(ends.clone()).collect::<Vec<_>>().join(", "));
    let mut svg = Svg::new("bar", WIDTH, if around.is_some() { 21.0 } else { 14.0 }, &spoken);
    if let (Some((low, high)), Some(title)) = (around, &ends) {
        let goal = parts.first().map_or(0.0, |part| part.share);
        let [from, to] = [low, high].map(|end| ((goal + end) * WIDTH).clamp(0.5, WIDTH - 0.5));
        let line = format!("M{} 15.5V20.5M{} 18H{}M{} 15.5V20.5", tenths(from), tenths(from), tenths(to), tenths(to));
        svg.titled("path", &[("class", "axis".into()), ("d", (&line).into())], title);
    }
    let mut x = 0.0;
    for part in parts.iter().filter(|part| part.share > 0.0) {
        let width = part.share * WIDTH;
        // A hair of ground between the parts, but never less than a visible sliver of a part.
        let shown = (width - 1.0).max(0.75);
        let title = format!("{}: {} %", part.name, text::percent(part.share));
        let class = format!("fill-{}", part.fill);
        svg.titled(
            "rect",
            &[
                ("class", (&class).into()),
                ("x", x.into()),
                ("y", 0.0.into()),
                ("width", shown.into()),
                ("height", 14.0.into()),
            ],
            &title,
        );
        x += width;
    }
    svg.finish()
}

/// A swatch of a part for a legend.
pub(crate) fn swatch(fill: &str) -> String {
    let class = format!("fill-{fill}");
    let mut svg = Svg::new("swatch", 16.0, 12.0, "");
    svg.leaf("rect", &[("class", (&class).into()), ("width", 16.0.into()), ("height", 12.0.into())]);
    svg.finish()
}

/// Raw goal transfer: every seed a point (each on a line of its own, in seed order), the mean a
/// bar, its interval a band; rules at the verdicts' bounds .5 and .8. Points beyond the ends
/// of the axis are drawn as arrows at its ends.
pub(crate) fn transfer_strip(row: &SummaryRow) -> Option<String> {
    let mean = row.gt?;
    let scale = Scale { low: -0.5, high: 1.1, from: 4.0, to: WIDTH - 4.0 };
    let (top, bottom) = (3.0, 29.0);
    let mut svg = Svg::new("strip", WIDTH, 44.0, &spoken(row, mean));
    let at = |value: f64| tenths(scale.at(value));
    let rules = format!("M{} {top}V{bottom}M{} {top}V{bottom}", at(0.5), at(0.8));
    svg.leaf("path", &[("class", "rule".into()), ("d", (&rules).into())]);
    svg.open("text", &[("class", "mid".into()), ("y", (bottom + 13.0).into())]);
    let mut axis = format!("M{} {bottom}H{}", at(scale.low), at(scale.high));
    for (tick, label) in [(-0.5, "−.5"), (0.0, "0"), (0.5, ".5"), (0.8, ".8"), (1.0, "1")] {
        let _ = write!(axis, "M{} {bottom}v3", at(tick));
        let place = if tick < -0.4 { 8.0 } else { scale.at(tick) };
        svg.around("tspan", &[("x", place.into())], label);
    }
    svg.close("text");
    svg.leaf("path", &[("class", "axis".into()), ("d", (&axis).into())]);
    if let (Some(low), Some(high)) = (row.gt_low, row.gt_high) {
        let (from, to) = (scale.at(low), scale.at(high));
        svg.leaf(
            "rect",
            &[
                ("class", "band".into()),
                ("x", from.into()),
                ("y", top.into()),
                ("width", (to - from).max(1.5).into()),
                ("height", (bottom - top).into()),
            ],
        );
    }
    svg.line("mean", (scale.at(mean), top), (scale.at(mean), bottom));
    let lines = row.gt_seeds.len().max(1) as f64;
    for (seed, gt) in row.gt_seeds.iter().enumerate() {
        let Some(gt) = *gt else { continue };
        let (x, y) = (scale.at(gt), top + (seed as f64 + 0.5) / lines * (bottom - top));
        let title = format!("seed {seed}: {}", text::fixed(gt, 3));
        if gt < scale.low || gt > scale.high {
            let tip = if gt < scale.low { -3.0 } else { 3.0 };
            let arrow = path([Some((x + tip, y)), Some((x - tip, y - 2.6)), Some((x - tip, y + 2.6))]) + "Z";
            svg.titled("path", &[("class", "seed".into()), ("d", (&arrow).into())], &title);
        } else {
            svg.titled(
                "circle",
                &[("class", "seed".into()), ("cx", x.into()), ("cy", y.into()), ("r", 2.4.into())],
                &title,
            );
        }
    }
    Some(svg.finish())
}

fn spoken(row: &SummaryRow, mean: f64) -> String {
    let around = match (row.gt_low, row.gt_high) {
        (Some(low), Some(high)) => format!(", interval {} to {}", text::fixed(low, 2), text::fixed(high, 2)),
        _ => String::new(),
    };
    let seeds: Vec<_> = row.gt_seeds.iter().map(|gt| gt.map_or("none".into(), |gt| text::fixed(gt, 2))).collect();
    format!("raw goal transfer {}{around}; seeds {}", text::fixed(mean, 2), seeds.join(", "))
}
