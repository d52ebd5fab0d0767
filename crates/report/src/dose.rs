//! Dose response: goal transfer against mix, severity and budget of help. A table says it; the figures are folded by world.

use crate::csv::{sheet, short};
use crate::frame::{Axis, Frame, Line, legend};
use crate::group::{Roster, Scope};
use crate::plate::{Data, figure, table_button};
use crate::text;
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::dose::{Dose, Response};

const GOAL: Line = ("goal transfer", "curve line0");
const PROXY: Line = ("a proxy came first", "curve line1");

/// The part of the page.
pub(crate) fn section(found: &[Response], roster: &Roster<'_>) -> Markup {
    markup! {
        @if !found.is_empty() {
            section #dose {
                h2 { "Dose response" }
                p.hint {
                    "How much goal transfers by the share of training levels that break the correlation (" a href="#def-mix" { "mix" }
                    "), by how far a shift goes (severity), and by how often the agent may hand a step to a demonstrator of the goal where \
                     it is least certain (budget of help). " a href="#def-dose" { "What the sentences mean" } "."
                }
                (table(found, roster))
                p.hint { "In the figures bars are intervals over seeds, dots are seeds." }
                (legend(&[GOAL, PROXY]))
                @for (index, world) in roster.worlds.iter().enumerate() {
                    @let here: Vec<&Response> = found.iter().filter(|response| response.world == world.name).collect();
                    @if !here.is_empty() {
                        details.group data-w=(index) open=[(found.len() <= 4).then_some("")] {
                            summary { h3 { (text::visible(world.name)) } " " span.quiet { (text::plural(here.len(), "figure")) } }
                            div.panels { @for response in here { (panel(response, roster)) } }
                        }
                    }
                }
            }
        }
    }
}

/// Every response in a line: the doses, and goal transfer at each.
fn table(found: &[Response], roster: &Roster<'_>) -> Markup {
    markup! {
        p { (table_button("dose response", "dose-table")) }
        div.scroll.tall tabindex="0" role="region" aria-label="Dose responses" {
            table.plain #dose-table {
                caption.hidden { "Goal transfer by dose" }
                thead { tr {
                    @for (index, title) in ["World", "Agent", "Shift", "Dose"].iter().enumerate() { th scope="col" data-sort=(index) { (title) } }
                    th scope="col" { "Goal transfer at each" }
                    th.number scope="col" data-sort="5" { "Least" }
                } }
                tbody {
                    @for response in found {
                        tr data-w=[scope(response, roster).whole()] data-wa=[scope(response, roster).pair()] {
                            td { (text::visible(&response.world)) }
                            th scope="row" { (text::agent(&response.agent, response.mix)) }
                            td { (text::visible(&response.shift)) }
                            td { (word(response.dose)) }
                            td { @for point in &response.points {
                                span.dose { span.quiet { (point.at) ": " } (text::fixed(point.gt.mean, 2)) }
                            } }
                            td.number { (text::fixed(least(response), 2)) }
                        }
                    }
                }
            }
        }
    }
}

fn least(response: &Response) -> f64 {
    response.points.iter().map(|point| point.gt.mean).fold(f64::INFINITY, f64::min)
}

const fn word(dose: Dose) -> &'static str {
    match dose {
        Dose::Mix => "mix",
        Dose::Severity => "severity",
        Dose::Help => "budget of help",
    }
}

/// A response over mix is of more than one player.
fn scope(response: &Response, roster: &Roster<'_>) -> Scope {
    roster.scope(&response.world, &response.agent, response.mix)
}

fn panel(response: &Response, roster: &Roster<'_>) -> Markup {
    let agent = text::agent(&response.agent, response.mix);
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
    let across = Axis::new((place(0), place(points.len() - 1)), ticks, label);
    let mut frame = Frame::new(&format!("dose response of {agent}"), &across, &Axis::ratio("means over seeds"));
    for (i, point) in points.iter().enumerate() {
        if let (Some(low), Some(high)) = (point.gt.low, point.gt.high) {
            frame.interval(place(i), low, high);
        }
        for gt in &point.seeds {
            frame.seed(place(i), *gt);
        }
    }
    let at = |i: usize, value: Option<f64>| value.map(|value| (place(i), value));
    frame.line(GOAL.1, GOAL.0, points.iter().enumerate().map(|(i, point)| at(i, Some(point.gt.mean))));
    frame.line(PROXY.1, PROXY.0, points.iter().enumerate().map(|(i, point)| at(i, point.proxy)));
    let caption = markup! {
        strong { (agent) } ", " (text::visible(&response.shift)) ", by " (word(response.dose))
        p { (text::visible(&response.sentence())) }
    };
    let name = format!("dose {} {agent} {} {}", response.world, response.shift, word(response.dose));
    figure(scope(response, roster), &caption, &PreEscaped(frame.finish()), Some(&Data { name, csv: data(response) }))
}

fn data(response: &Response) -> String {
    let most = response.points.iter().map(|point| point.seeds.len()).max().unwrap_or(0);
    let seeds: Vec<String> = (0..most).map(|seed| format!("GT seed {seed}")).collect();
    let mut header = vec![word(response.dose), "shift", "GT", "GT low", "GT high", "proxy share"];
    header.extend(seeds.iter().map(String::as_str));
    let rows = response.points.iter().map(|point| {
        let numbers = [Some(point.gt.mean), point.gt.low, point.gt.high, point.proxy].map(short);
        let seeds = (0..most).map(|seed| short(point.seeds.get(seed).copied()));
        [point.at.to_string(), point.shift.clone()].into_iter().chain(numbers).chain(seeds).collect()
    });
    sheet(&header, rows)
}
