//! The frame of every plot of lines: axes of one size, and what can be drawn between them.

use crate::axis::{Scale, labels, ticks};
use crate::svg::{Svg, coarse_path};
use crate::text;
use maud::{Markup, PreEscaped, html as markup};

/// How a line is called and drawn.
pub(crate) type Line = (&'static str, &'static str);

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 236.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 368.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 194.0;
/// Points of a line, at most: more than two a pixel of a phone are not seen.
pub(crate) const MOST_POINTS: usize = 60;

/// One axis: its ends, where something stands beside it, and what it measures.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
    label: String,
}

impl Axis {
    /// From `low` to `high` with labels at given places.
    pub(crate) fn new((low, high): (f64, f64), ticks: Vec<(f64, String)>, label: &str) -> Self {
        Self { low, high, ticks, label: label.into() }
    }

    /// Raw goal transfer and its kin: −.5 to 1.
    pub(crate) fn ratio(label: &str) -> Self {
        let ticks = [(-0.5, "−0.5"), (0.0, "0.0"), (0.5, "0.5"), (1.0, "1.0")];
        Self::new((-0.5, 1.0), ticks.map(|(at, label)| (at, label.to_owned())).into(), label)
    }

    /// Round values around [`least`, `greatest`].
    pub(crate) fn round(least: f64, greatest: f64, label: &str) -> Self {
        let places = ticks(least, greatest, 4);
        let ends = (least.min(places[0]), greatest.max(places[places.len() - 1]));
        Self::new(ends, places.iter().copied().zip(labels(&places)).collect(), label)
    }

    /// Environment steps from 0 to `most`.
    pub(crate) fn steps(most: f64) -> Self {
        let places = ticks(0.0, most, 4).into_iter().filter(|x| *x <= most * 1.001);
        Self::new((0.0, most), places.map(|x| (x, text::thousands(x))).collect(), "environment steps")
    }
}

/// A plot being drawn.
pub(crate) struct Frame {
    svg: Svg,
    x: Scale,
    y: Scale,
}

impl Frame {
    /// An empty one; `spoken` is for readers who do not see it.
    pub(crate) fn new(spoken: &str, across: &Axis, up: &Axis) -> Self {
        let x = Scale { low: across.low, high: across.high, from: LEFT, to: RIGHT };
        let y = Scale { low: up.low, high: up.high, from: BOTTOM, to: TOP };
        let mut svg = Svg::new("curves", WIDTH, HEIGHT, spoken);
        svg.text("label start", 2.0, 11.0, &up.label);
        for (tick, label) in &up.ticks {
            svg.line("grid", (LEFT, y.at(*tick)), (RIGHT, y.at(*tick)));
            svg.text("tick end", LEFT - 6.0, y.at(*tick) + 3.5, label);
        }
        for (tick, label) in &across.ticks {
            let at = x.at(*tick);
            svg.line("axis", (at, BOTTOM), (at, BOTTOM + 4.0));
            svg.text(if at > RIGHT - 10.0 { "tick end" } else { "tick mid" }, at, BOTTOM + 16.0, label);
        }
        svg.line("axis", (LEFT, y.at(0.0)), (RIGHT, y.at(0.0)));
        svg.text("label mid", f64::midpoint(LEFT, RIGHT), HEIGHT - 8.0, &across.label);
        Self { svg, x, y }
    }

    /// A line through `points`; a `None` is a gap.
    pub(crate) fn line(&mut self, class: &str, name: &str, points: impl Iterator<Item = Option<(f64, f64)>>) {
        let at = points.map(|point| point.map(|(x, y)| (self.x.at(x), self.y.at(y))));
        let line = coarse_path(at);
        self.svg.titled("path", &[("class", class.into()), ("d", (&line).into())], name);
    }

    /// An interval at `x`.
    pub(crate) fn interval(&mut self, x: f64, low: f64, high: f64) {
        self.svg.line("axis", (self.x.at(x), self.y.at(low)), (self.x.at(x), self.y.at(high)));
    }

    /// One seed at (`x`, `y`).
    pub(crate) fn seed(&mut self, x: f64, y: f64) {
        let (cx, cy) = (self.x.at(x), self.y.at(y));
        self.svg.leaf("circle", &[("class", "seed".into()), ("cx", cx.into()), ("cy", cy.into()), ("r", 2.4.into())]);
    }

    /// The picture.
    pub(crate) fn finish(self) -> String {
        self.svg.finish()
    }
}

/// At most [`MOST_POINTS`] of `points`, evenly, the first and the last among them.
pub(crate) fn thin<T>(points: &[T]) -> impl Iterator<Item = &T> {
    let shown = points.len().min(MOST_POINTS);
    let gaps = shown.saturating_sub(1).max(1);
    (0..shown).filter_map(move |i| points.get(i * (points.len() - 1) / gaps))
}

/// A sample of a line of this class, for a legend.
fn sample(class: &str) -> String {
    let mut svg = Svg::new("sample", 34.0, 10.0, "");
    svg.line(class, (1.0, 5.0), (33.0, 5.0));
    svg.finish()
}

/// Samples of the lines and their names.
pub(crate) fn legend(lines: &[Line]) -> Markup {
    markup! { p.legend { @for (name, class) in lines { span.entry { (PreEscaped(sample(class))) " " (name) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends() {
        let many: Vec<usize> = (0..1000).collect();
        let kept: Vec<_> = thin(&many).copied().collect();
        assert_eq!((kept.len(), kept[0], kept[MOST_POINTS - 1]), (MOST_POINTS, 0, 999));
        assert_eq!(thin(&many[..3]).count(), 3);
        assert_eq!(thin(&many[..1]).count(), 1);
        assert_eq!(thin::<usize>(&[]).count(), 0);
    }
}
