//! Learning curves: one panel a world, one line a seed.

use crate::axis::{Scale, labels, ticks};
use crate::lines::sample;
use crate::svg::{Svg, path};
use crate::text;
use misgen_evaluate::record::{Curves, Summary};

/// Styles of lines, told apart by dashes and by colour.
const LINES: usize = 6;

/// One panel: its world, the picture, and what its lines mean.
pub(crate) struct Panel<'a> {
    pub(crate) world: &'a str,
    pub(crate) svg: String,
    /// A sample of the line and the agent's name.
    pub(crate) legend: Vec<(String, String)>,
}

/// The panels of `summary`; worlds without a point have none.
pub(crate) fn panels(summary: &Summary) -> Vec<Panel<'_>> {
    let mut worlds: Vec<&str> = Vec::new();
    for curves in summary.curves.iter().filter(|c| points(c).next().is_some()) {
        if !worlds.contains(&curves.world.as_str()) {
            worlds.push(&curves.world);
        }
    }
    let names = line_names(summary);
    worlds.into_iter().map(|world| panel(summary, world, &names)).collect()
}

/// An agent has the same line in every panel.
fn line_names(summary: &Summary) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for curves in &summary.curves {
        let name = text::agent(&curves.agent, curves.mix);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn points(curves: &Curves) -> impl Iterator<Item = (f64, f64)> + '_ {
    curves.seeds.iter().flatten().filter_map(|point| Some((point.frames as f64, point.episode_return?)))
}

fn panel<'a>(summary: &'a Summary, world: &'a str, names: &[String]) -> Panel<'a> {
    let all: Vec<&Curves> = summary.curves.iter().filter(|c| c.world == world).collect();
    let (width, height) = (380.0, 236.0);
    let (left, right, top, bottom) = (44.0, 370.0, 26.0, 194.0);
    let values = || all.iter().flat_map(|c| points(c)).map(|(_, y)| y);
    let (least, greatest) = (values().fold(0.0, f64::min), values().fold(1.0, f64::max));
    let y_ticks = ticks(least, greatest, 4);
    let most = all.iter().flat_map(|c| points(c)).map(|(x, _)| x).fold(1.0, f64::max);
    let x_ticks: Vec<f64> = ticks(0.0, most, 4).into_iter().filter(|x| *x <= most * 1.001).collect();
    let x = Scale { low: 0.0, high: most, from: left, to: right };
    let (low, high) = (least.min(y_ticks[0]), greatest.max(y_ticks[y_ticks.len() - 1]));
    let y = Scale { low, high, from: bottom, to: top };

    let mut svg = Svg::new("curves", width, height, &spoken(world, &all));
    svg.text("label start", 2.0, 11.0, "training return of an episode");
    for (tick, label) in y_ticks.iter().zip(labels(&y_ticks)) {
        svg.line("grid", (left, y.at(*tick)), (right, y.at(*tick)));
        svg.text("tick end", left - 6.0, y.at(*tick) + 3.5, &label);
    }
    for tick in x_ticks {
        svg.line("axis", (x.at(tick), bottom), (x.at(tick), bottom + 4.0));
        let class = if tick > most * 0.97 { "tick end" } else { "tick mid" };
        svg.text(class, x.at(tick), bottom + 16.0, &text::thousands(tick));
    }
    svg.line("axis", (left, y.at(0.0)), (right, y.at(0.0)));
    svg.text("label mid", f64::midpoint(left, right), height - 8.0, "environment steps");

    let mut legend = Vec::new();
    for curves in all {
        let name = text::agent(&curves.agent, curves.mix);
        let class = format!("curve line{}", names.iter().position(|n| *n == name).unwrap_or(0) % LINES);
        for (seed, curve) in curves.seeds.iter().enumerate() {
            let line = path(curve.iter().map(|p| Some((x.at(p.frames as f64), y.at(p.episode_return?)))));
            svg.titled("path", &[("class", (&class).into()), ("d", (&line).into())], &format!("{name}, seed {seed}"));
        }
        legend.push((sample(&class), name));
    }
    Panel { world, svg: svg.finish(), legend }
}

/// The end of each curve in words.
fn spoken(world: &str, all: &[&Curves]) -> String {
    let ends = all.iter().map(|curves| {
        let last: Vec<_> = curves
            .seeds
            .iter()
            .filter_map(|seed| seed.iter().rev().find_map(|point| point.episode_return))
            .map(|value| text::fixed(value, 2))
            .collect();
        format!("{} ends at {}", text::agent(&curves.agent, curves.mix), last.join(", "))
    });
    format!("learning curves in {world}: {}", ends.collect::<Vec<_>>().join("; "))
}
