//! Dose response: goal transfer against mix, severity and budget of help.

use crate::lines::{Line, Panel, Plot, figures, legend};
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::dose::{Dose, Response};

const GOAL: Line = ("goal transfer", "curve line0");
const PROXY: Line = ("a proxy first", "curve line1");

/// The part of the page.
pub(crate) fn section(found: &[Response]) -> Markup {
    let panels: Vec<Panel> = found.iter().map(panel).collect();
    markup! {
        @if !found.is_empty() {
            section #dose {
                h2 { "Dose response" }
                p.hint { "How much goal transfers by the share of training levels that break the correlation (mix), by how far \
                    a shift goes (severity), and by how often the agent may hand a step to a demonstrator of the goal where it is least \
                    certain (budget of help). Bars are intervals over seeds, dots are seeds." }
                (legend(&[GOAL, PROXY]))
                ul { @for response in found { li { (text::visible(&response.sentence())) } } }
                (figures(&panels))
            }
        }
    }
}

fn panel(response: &Response) -> Panel {
    let agent = text::agent(&response.agent, response.mix);
    let title = format!("{agent} in {}, under {}", text::visible(&response.world), text::visible(&response.shift));
    let points = &response.points;
    // Shares are compared by their ratio, and 0 has none: even steps, between which straight lines are those of mix50.
    let place = |i: usize| match response.dose {
        Dose::Mix => i as f64,
        Dose::Severity | Dose::Help => points[i].at,
    };
    let ticks: Vec<_> = points.iter().enumerate().map(|(i, point)| (place(i), point.at.to_string())).collect();
    let label = match response.dose {
        Dose::Mix => "mix, in even steps",
        Dose::Severity => "severity",
        Dose::Help => "budget of help, share of training steps",
    };
    let span = (place(0), place(points.len() - 1));
    let mut plot = Plot::new(&response.sentence(), span, &ticks, label);
    for (i, point) in points.iter().enumerate() {
        if let (Some(low), Some(high)) = (point.gt.low, point.gt.high) {
            plot.interval(place(i), low, high);
        }
        for gt in &point.seeds {
            plot.seed(place(i), *gt);
        }
    }
    plot.line(GOAL, points.iter().enumerate().map(|(i, point)| Some((place(i), point.gt.mean))));
    plot.line(PROXY, points.iter().enumerate().map(|(i, point)| Some((place(i), point.proxy?))));
    Panel { title, svg: plot.finish() }
}
