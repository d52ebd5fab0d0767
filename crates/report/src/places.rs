//! A figure of values with their intervals over named places, as a file of its own.

use crate::axis::{Scale, labels, ticks};
use crate::svg::{Svg, path};
use crate::text;
use misgen_evaluate::record::Estimate;
use misgen_evaluate::replicate::{Figure, Series};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 704.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 272.0;
/// Series are told apart by colour, by dashes and by the shape of their points.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#222}.tick{fill:#555}.end{text-anchor:end}.mid{text-anchor:middle}.title{font-weight:600;font-size:13px}\
.ground{fill:#fff}.grid{stroke:#ddd}.axis{stroke:#555}.curve{fill:none;stroke-width:2}.range{stroke-width:1.4;stroke-dasharray:none!important}\
.s0{stroke:#0072b2}.s1{stroke:#c04f00;stroke-dasharray:6 3}.s2{stroke:#00704f;stroke-dasharray:2 3}.s3{stroke:#9b3f86;stroke-dasharray:9 3 2 3}\
.p0{fill:#0072b2}.p1{fill:#c04f00}.p2{fill:#00704f}.p3{fill:#9b3f86}\
@media(prefers-color-scheme:dark){text{fill:#ddd}.tick{fill:#aaa}.ground{fill:#111}.grid{stroke:#444}.axis{stroke:#aaa}\
.s0{stroke:#5db8ee}.s1{stroke:#f59a4a}.s2{stroke:#3ecf9f}.s3{stroke:#e38cc4}.p0{fill:#5db8ee}.p1{fill:#f59a4a}.p2{fill:#3ecf9f}.p3{fill:#e38cc4}}";
const STYLES: usize = 4;

/// The figure as SVG.
#[must_use]
pub fn figure_svg(figure: &Figure) -> Vec<u8> {
    let ends = |point: &Estimate| [point.low.unwrap_or(point.mean), point.high.unwrap_or(point.mean), point.mean];
    let values: Vec<f64> = figure.series.iter().flat_map(|s| s.points.iter().flatten()).flat_map(ends).collect();
    let marks = ticks(values.iter().copied().fold(0.0, f64::min), values.iter().copied().fold(0.0, f64::max), 5);
    let y = Scale { low: marks[0], high: marks[marks.len() - 1], from: BOTTOM, to: TOP };
    let count = figure.names.len().max(1);
    let width = (RIGHT - LEFT) / count as f64;
    let mut svg = Svg::document(WIDTH, HEIGHT, &spoken(figure), STYLE);
    svg.leaf("rect", &[("class", "ground".into()), ("width", WIDTH.into()), ("height", HEIGHT.into())]);
    svg.text("title", 10.0, 20.0, &figure.title);
    for (mark, label) in marks.iter().zip(labels(&marks)) {
        svg.line("grid", (LEFT, y.at(*mark)), (RIGHT, y.at(*mark)));
        svg.text("tick end", LEFT - 6.0, y.at(*mark) + 4.0, &label);
    }
    svg.line("axis", (LEFT, y.at(0.0)), (RIGHT, y.at(0.0)));
    // Every other name where there would be too many.
    let every = count.div_ceil(16);
    for (i, name) in figure.names.iter().enumerate().filter(|(i, _)| i % every == 0) {
        svg.text("tick mid", LEFT + (i as f64 + 0.5) * width, BOTTOM + 18.0, name);
    }
    svg.text("mid", f64::midpoint(LEFT, RIGHT), HEIGHT - 12.0, &figure.places);
    legend(&mut svg, figure);
    for (i, series) in figure.series.iter().enumerate() {
        // Side by side where no line says which points belong together.
        let beside = match series.joined {
            true => 0.0,
            false => (i as f64 - (figure.series.len() - 1) as f64 / 2.0) * (width / 6.0).min(26.0),
        };
        draw(&mut svg, series, i % STYLES, |place| LEFT + (place as f64 + 0.5) * width + beside, &y);
    }
    svg.finish().into_bytes()
}

/// Names of the series, and what the values are, above the figure.
fn legend(svg: &mut Svg, figure: &Figure) {
    let mut x = 10.0;
    for (i, series) in figure.series.iter().enumerate() {
        mark(svg, i % STYLES, x + 8.0, 38.0);
        svg.text("", x + 20.0, 42.0, &series.name);
        x += 34.0 + 6.6 * series.name.chars().count() as f64;
    }
    svg.text("tick end", RIGHT, 20.0, &figure.values);
}

fn draw(svg: &mut Svg, series: &Series, style: usize, x: impl Fn(usize) -> f64, y: &Scale) {
    let at = |i: usize, value: f64| (x(i), y.at(value));
    if series.joined {
        let line = path(series.points.iter().enumerate().map(|(i, point)| Some(at(i, point.as_ref()?.mean))));
        let class = format!("curve s{style}");
        svg.titled("path", &[("class", (&class).into()), ("d", (&line).into())], &series.name);
    }
    for (i, point) in series.points.iter().enumerate() {
        let Some(point) = point else { continue };
        if let (Some(low), Some(high)) = (point.low, point.high) {
            svg.line(&format!("range s{style}"), at(i, low), at(i, high));
        }
        let (x, y) = at(i, point.mean);
        mark(svg, style, x, y);
    }
}

/// A point: a disc, a square, a triangle or a diamond.
fn mark(svg: &mut Svg, style: usize, x: f64, y: f64) {
    const R: f64 = 4.5;
    let corners: &[(f64, f64)] = match style {
        0 => {
            let class = format!("p{style}");
            return svg.leaf(
                "circle",
                &[("class", (&class).into()), ("cx", x.into()), ("cy", y.into()), ("r", (R - 0.5).into())],
            );
        }
        1 => &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
        2 => &[(0.0, -1.1), (1.0, 0.8), (-1.0, 0.8)],
        _ => &[(0.0, -1.2), (1.0, 0.0), (0.0, 1.2), (-1.0, 0.0)],
    };
    let outline = path(corners.iter().map(|(dx, dy)| Some((x + R * dx, y + R * dy)))) + "Z";
    svg.leaf("path", &[("class", (&format!("p{style}")).into()), ("d", (&outline).into())]);
}

/// The values in words.
fn spoken(figure: &Figure) -> String {
    let one = |series: &Series| {
        let values = figure.names.iter().zip(&series.points).map(|(name, point)| {
            let value = point.map_or_else(|| "none".into(), |point| text::fixed(point.mean, 2));
            format!("{name} {value}")
        });
        format!("{}: {}", series.name, values.collect::<Vec<_>>().join(", "))
    };
    format!("{}. {}", figure.title, figure.series.iter().map(one).collect::<Vec<_>>().join("; "))
}
