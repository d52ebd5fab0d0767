//! Panels of lines over one axis, from −.5 to 1: what the goal over training and dose response are drawn with.

use crate::axis::Scale;
use crate::svg::{Svg, path};
use maud::{Markup, PreEscaped, html as markup};

/// One panel and its title.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) svg: String,
}

/// How a line is called and drawn.
pub(crate) type Line = (&'static str, &'static str);

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 236.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 366.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 194.0;

/// A panel being drawn.
pub(crate) struct Plot {
    svg: Svg,
    x: Scale,
    y: Scale,
}

impl Plot {
    /// Axes: `ticks` are places between `low` and `high` and what stands under them, `label` says what they are. `spoken` is for
    /// readers who do not see it.
    pub(crate) fn new(spoken: &str, (low, high): (f64, f64), ticks: &[(f64, String)], label: &str) -> Self {
        let x = Scale { low, high, from: LEFT, to: RIGHT };
        let y = Scale { low: -0.5, high: 1.0, from: BOTTOM, to: TOP };
        let mut svg = Svg::new("curves", WIDTH, HEIGHT, spoken);
        svg.text("label start", 2.0, 11.0, "means over seeds");
        for (tick, label) in [(-0.5, "−0.5"), (0.0, "0.0"), (0.5, "0.5"), (1.0, "1.0")] {
            svg.line("grid", (LEFT, y.at(tick)), (RIGHT, y.at(tick)));
            svg.text("tick end", LEFT - 6.0, y.at(tick) + 3.5, label);
        }
        for (place, label) in ticks {
            let at = x.at(*place);
            svg.line("axis", (at, BOTTOM), (at, BOTTOM + 4.0));
            svg.text(if *place >= high { "tick end" } else { "tick mid" }, at, BOTTOM + 16.0, label);
        }
        svg.line("axis", (LEFT, y.at(0.0)), (RIGHT, y.at(0.0)));
        svg.text("label mid", f64::midpoint(LEFT, RIGHT), HEIGHT - 8.0, label);
        Self { svg, x, y }
    }

    /// A line through `points`; a `None` is a gap.
    pub(crate) fn line(&mut self, (name, class): Line, points: impl Iterator<Item = Option<(f64, f64)>>) {
        let at = points.map(|point| point.map(|(x, y)| (self.x.at(x), self.y.at(y))));
        let line = path(at);
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

    pub(crate) fn finish(self) -> String {
        self.svg.finish()
    }
}

/// A sample of a line of this class, for a legend.
pub(crate) fn sample(class: &str) -> String {
    let mut svg = Svg::new("sample", 34.0, 10.0, "");
    svg.line(class, (1.0, 5.0), (33.0, 5.0));
    svg.finish()
}

/// Samples of the lines and their names.
pub(crate) fn legend(lines: &[Line]) -> Markup {
    markup! { p { @for (name, class) in lines { span.entry { (PreEscaped(sample(class))) " " (name) } } } }
}

/// The panels, side by side where there is room.
pub(crate) fn figures(panels: &[Panel]) -> Markup {
    markup! {
        div.panels {
            @for panel in panels {
                figure {
                    figcaption { h3 { (panel.title) } }
                    (PreEscaped(&panel.svg))
                }
            }
        }
    }
}
