//! The goal over training: competence, goal transfer and proxy on the main conflict shift, checkpoint by checkpoint.

use crate::axis::Scale;
use crate::svg::{Svg, path};
use crate::text;
use misgen_evaluate::along::{Mean, means};
use misgen_evaluate::record::{Curves, Summary};

/// One panel: an agent in a world, under the world's main conflict shift.
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) svg: String,
}

/// A line of a panel: its name, its class, and what it shows.
type Line = (&'static str, &'static str, fn(&Mean) -> Option<f64>);

const LINES: [Line; 3] = [
    ("training competence", "curve line5", |mean| mean.s_train),
    ("goal transfer", "curve line0", |mean| mean.gt),
    ("a proxy first", "curve line1", |mean| mean.proxy),
];

/// Samples of the lines and their names.
pub(crate) fn legend() -> Vec<(String, &'static str)> {
    let sample = |class: &str| {
        let mut svg = Svg::new("sample", 34.0, 10.0, "");
        svg.line(class, (1.0, 5.0), (33.0, 5.0));
        svg.finish()
    };
    LINES.iter().map(|(name, class, _)| (sample(class), *name)).collect()
}

/// A panel for every learner with checkpoints.
pub(crate) fn panels(summary: &Summary) -> Vec<Panel> {
    let one = |curves: &Curves| {
        let row = summary.rows.iter().find(|row| row.main && row.world == curves.world)?;
        let points = means(&curves.checkpoints, &row.shift);
        let agent = text::agent(&curves.agent, curves.mix);
        let title = format!("{agent} in {}, under {}", text::visible(&curves.world), text::visible(&row.shift));
        (points.len() > 1).then(|| Panel { svg: panel(&title, &points), title })
    };
    summary.curves.iter().filter_map(one).collect()
}

fn panel(title: &str, points: &[Mean]) -> String {
    let (width, height) = (380.0, 236.0);
    let (left, right, top, bottom) = (44.0, 366.0, 26.0, 194.0);
    // Each checkpoint comes after twice the frames of the one before: even steps are a logarithmic axis.
    let x = Scale { low: 0.0, high: (points.len() - 1) as f64, from: left, to: right };
    let y = Scale { low: -0.5, high: 1.0, from: bottom, to: top };
    let mut svg = Svg::new("curves", width, height, &spoken(title, points));
    svg.text("label start", 2.0, 11.0, "means over seeds");
    for (tick, label) in [(-0.5, "−0.5"), (0.0, "0.0"), (0.5, "0.5"), (1.0, "1.0")] {
        svg.line("grid", (left, y.at(tick)), (right, y.at(tick)));
        svg.text("tick end", left - 6.0, y.at(tick) + 3.5, label);
    }
    // Every other label, counted from the end, where there would be too many.
    let every = points.len().div_ceil(5);
    for (i, point) in points.iter().enumerate().filter(|(i, _)| (points.len() - 1 - i).is_multiple_of(every)) {
        let at = x.at(i as f64);
        svg.line("axis", (at, bottom), (at, bottom + 4.0));
        let class = if i + 1 == points.len() { "tick end" } else { "tick mid" };
        svg.text(class, at, bottom + 16.0, &text::thousands(point.frames as f64));
    }
    svg.line("axis", (left, y.at(0.0)), (right, y.at(0.0)));
    svg.text("label mid", f64::midpoint(left, right), height - 8.0, "environment steps, doubling");
    for (name, class, value) in LINES {
        let line = path(points.iter().enumerate().map(|(i, point)| Some((x.at(i as f64), y.at(value(point)?)))));
        svg.titled("path", &[("class", class.into()), ("d", (&line).into())], name);
    }
    svg.finish()
}

/// The ends of the lines in words.
fn spoken(title: &str, points: &[Mean]) -> String {
    let ends = LINES.iter().map(|(name, _, value)| {
        let shown = |point: Option<&Mean>| point.and_then(value).map_or("unknown".into(), |v| text::fixed(v, 2));
        format!("{name} from {} to {}", shown(points.first()), shown(points.last()))
    });
    format!("{title}: {}", ends.collect::<Vec<_>>().join("; "))
}
