//! The goal over training: competence, goal transfer and proxy on the main conflict shift, checkpoint by checkpoint.

use crate::lines::{Line, Panel, Plot, figures, legend};
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::along::{Mean, means, stories};
use misgen_evaluate::record::{Curves, Summary};

const LINES: [Line; 3] =
    [("training competence", "curve line5"), ("goal transfer", "curve line0"), ("a proxy first", "curve line1")];

/// What each line shows.
const VALUES: [fn(&Mean) -> Option<f64>; 3] = [|mean| mean.s_train, |mean| mean.gt, |mean| mean.proxy];

/// The part of the page, where there are checkpoints.
pub(crate) fn section(summary: &Summary) -> Markup {
    let panels = panels(summary);
    markup! {
        @if !panels.is_empty() {
            section #along {
                h2 { "The goal over training" }
                p.hint { "The agent at checkpoints on its way, each after twice the steps of the one before, on its main conflict shift. \
                    Verdicts are of the final agent alone." }
                (legend(&LINES))
                ul { @for story in stories(summary) { li { (text::visible(&story)) } } }
                (figures(&panels))
            }
        }
    }
}

/// A panel for every learner with checkpoints.
fn panels(summary: &Summary) -> Vec<Panel> {
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
    // Each checkpoint comes after twice the frames of the one before: even steps are a logarithmic axis.
    let last = (points.len() - 1) as f64;
    // Every other label, counted from the end, where there would be too many.
    let every = points.len().div_ceil(5);
    let labelled = points.iter().enumerate().filter(|(i, _)| (points.len() - 1 - i).is_multiple_of(every));
    let ticks: Vec<_> = labelled.map(|(i, point)| (i as f64, text::thousands(point.frames as f64))).collect();
    let mut plot = Plot::new(&spoken(title, points), (0.0, last), &ticks, "environment steps, doubling");
    for (line, value) in LINES.into_iter().zip(VALUES) {
        plot.line(line, points.iter().enumerate().map(|(i, point)| Some((i as f64, value(point)?))));
    }
    plot.finish()
}

/// The ends of the lines in words.
fn spoken(title: &str, points: &[Mean]) -> String {
    let ends = LINES.iter().zip(VALUES).map(|((name, _), value)| {
        let shown = |point: Option<&Mean>| point.and_then(value).map_or("unknown".into(), |v| text::fixed(v, 2));
        format!("{name} from {} to {}", shown(points.first()), shown(points.last()))
    });
    format!("{title}: {}", ends.collect::<Vec<_>>().join("; "))
}
