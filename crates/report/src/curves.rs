//! Learning: for each learner of each world the training return over training, and, where there are checkpoints, what it
//! pursued meanwhile.

use crate::csv::{sheet, short};
use crate::frame::{Axis, Frame, Line, legend, thin};
use crate::group::Roster;
use crate::plate::{Data, figure};
use crate::text;
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::along::{Mean, means, stories};
use misgen_evaluate::record::{Curves, Summary};
use std::collections::BTreeMap;

/// More figures than these are folded by world.
const OPEN: usize = 12;

const SEED: Line = ("training return, one line a seed", "curve each");
const ALONG: [Line; 3] = [
    ("competence in training (S_ID)", "curve line2"),
    ("goal transfer on the main shift", "curve line0"),
    ("a proxy came first", "curve line1"),
];

/// One learner's way, as far as it can be drawn.
struct Way<'a> {
    curves: &'a Curves,
    /// Checkpoints on the main conflict shift, two or more, or none.
    points: Vec<Checkpoint>,
}

/// Means over seeds at one checkpoint.
struct Checkpoint {
    frames: u64,
    values: [Option<f64>; 3],
}

/// The part of the page, where there is a curve.
pub(crate) fn section(summary: &Summary, roster: &Roster<'_>) -> Markup {
    let ways: Vec<Way<'_>> = summary.curves.iter().filter_map(|curves| way(summary, curves)).collect();
    let checked = ways.iter().any(|way| !way.points.is_empty());
    let stories = stories(summary);
    markup! {
        @if !ways.is_empty() {
            section #curves {
                h2 { "Learning" }
                p.hint {
                    "Undiscounted training reward of the episodes finished since the point before. That it rises says nothing about "
                    a href="#def-goal" { "which of goal and proxy" } " was learned."
                    @if checked {
                        " Beside it, the same agent at checkpoints, each after twice the steps of the one before: held-out levels of \
                         training (" a href="#def-sid" { "S" sub { "ID" } } ") against the main shift ("
                        a href="#def-gt" { "goal transfer" } "). Verdicts are of the final agent alone."
                    }
                }
                (legend(&[SEED]))
                @if checked { (legend(&ALONG)) }
                @if !stories.is_empty() {
                    details open=[(stories.len() <= 6).then_some("")] {
                        summary { "What was pursued when (" (stories.len()) ")" }
                        ul { @for story in &stories { li { (text::visible(story)) } } }
                    }
                }
                @for (index, world) in roster.worlds.iter().enumerate() { (of_world(index, world.name, &ways, roster)) }
            }
        }
    }
}

fn of_world(index: usize, world: &str, ways: &[Way<'_>], roster: &Roster<'_>) -> Markup {
    let here: Vec<&Way<'_>> = ways.iter().filter(|way| way.curves.world == world).collect();
    let returns = || here.iter().flat_map(|way| points(way.curves)).map(|(_, y)| y);
    // One scale for all agents of a world, so that they can be compared.
    let up = Axis::round(returns().fold(0.0, f64::min), returns().fold(1.0, f64::max), "training return of an episode");
    markup! {
        @if !here.is_empty() {
            details.group data-w=(index) open=[(ways.len() <= OPEN).then_some("")] {
                summary { h3 { (text::visible(world)) } " " span.quiet { (text::plural(here.len(), "learner")) } }
                div.panels { @for way in here { (of_way(way, &up, roster)) } }
            }
        }
    }
}

fn of_way(way: &Way<'_>, up: &Axis, roster: &Roster<'_>) -> Markup {
    let curves = way.curves;
    let name = text::agent(&curves.agent, curves.mix);
    let data = Data { name: format!("learning {} {name}", curves.world), csv: data(way) };
    let pictures = markup! {
        div.pair[!way.points.is_empty()] {
            (PreEscaped(returns(curves, &name, up)))
            @if !way.points.is_empty() { (PreEscaped(along(way, &name))) }
        }
    };
    let scope = roster.scope(&curves.world, &curves.agent, curves.mix);
    figure(scope, &markup! { strong { (name) } }, &pictures, Some(&data))
}

fn way<'a>(summary: &Summary, curves: &'a Curves) -> Option<Way<'a>> {
    let main = summary.rows.iter().find(|row| row.main && row.world == curves.world);
    let means = main.map_or_else(Vec::new, |row| means(&curves.checkpoints, &row.shift));
    let points: Vec<Checkpoint> = means.iter().enumerate().map(|(i, mean)| checkpoint(curves, i, mean)).collect();
    let points = if points.len() > 1 { points } else { Vec::new() };
    (!points.is_empty() || self::points(curves).next().is_some()).then_some(Way { curves, points })
}

fn checkpoint(curves: &Curves, index: usize, mean: &Mean) -> Checkpoint {
    let competent: Option<Vec<f64>> = curves.checkpoints.iter().map(|way| way.get(index)?.s_id).collect();
    let s_id = competent.filter(|all| !all.is_empty()).map(|all| all.iter().sum::<f64>() / all.len() as f64);
    Checkpoint { frames: mean.frames, values: [s_id, mean.gt, mean.proxy] }
}

fn points(curves: &Curves) -> impl Iterator<Item = (f64, f64)> + '_ {
    curves.seeds.iter().flatten().filter_map(|point| Some((point.frames as f64, point.episode_return?)))
}

fn returns(curves: &Curves, name: &str, up: &Axis) -> String {
    let most = points(curves).map(|(x, _)| x).fold(1.0, f64::max);
    let ends = curves.seeds.iter().filter_map(|seed| seed.iter().rev().find_map(|point| point.episode_return));
    let ends: Vec<_> = ends.map(|value| text::fixed(value, 2)).collect();
    let spoken = format!("training return of {name} in {}: seeds end at {}", curves.world, ends.join(", "));
    let mut frame = Frame::new(&spoken, &Axis::steps(most), up);
    for (seed, curve) in curves.seeds.iter().enumerate() {
        let line = thin(curve).map(|point| Some((point.frames as f64, point.episode_return?)));
        frame.line(SEED.1, &format!("seed {seed}"), line);
    }
    frame.finish()
}

fn along(way: &Way<'_>, name: &str) -> String {
    let points = &way.points;
    // Each checkpoint comes after twice the frames of the one before: even steps are a logarithmic axis.
    let last = points.len().saturating_sub(1) as f64;
    // Every other label, counted from the end, where there would be too many.
    let every = points.len().div_ceil(5).max(1);
    let labelled = points.iter().enumerate().filter(|(i, _)| (points.len() - 1 - i).is_multiple_of(every));
    let ticks = labelled.map(|(i, point)| (i as f64, text::thousands(point.frames as f64))).collect();
    let across = Axis::new((0.0, last), ticks, "environment steps, doubling");
    let ends = ALONG.iter().enumerate().map(|(k, (line, _))| {
        let shown = |at: usize| points[at].values[k].map_or("unknown".into(), |v| text::fixed(v, 2));
        format!("{line} from {} to {}", shown(0), shown(points.len() - 1))
    });
    let spoken = format!("{name} in {}: {}", way.curves.world, ends.collect::<Vec<_>>().join("; "));
    let mut frame = Frame::new(&spoken, &across, &Axis::ratio("means over seeds"));
    for (k, (line, class)) in ALONG.iter().enumerate() {
        frame.line(class, line, points.iter().enumerate().map(|(i, point)| Some((i as f64, point.values[k]?))));
    }
    frame.finish()
}

/// Everything that the pictures show, one line a number of frames.
fn data(way: &Way<'_>) -> String {
    let seeds = way.curves.seeds.len();
    let mut lines: BTreeMap<u64, Vec<Option<f64>>> = BTreeMap::new();
    let columns = seeds + if way.points.is_empty() { 0 } else { ALONG.len() };
    let mut put = |frames: u64, column: usize, value: Option<f64>| {
        if value.is_some() {
            lines.entry(frames).or_insert_with(|| vec![None; columns])[column] = value;
        }
    };
    for (seed, curve) in way.curves.seeds.iter().enumerate() {
        curve.iter().for_each(|point| put(point.frames, seed, point.episode_return));
    }
    for point in &way.points {
        point.values.iter().enumerate().for_each(|(k, value)| put(point.frames, seeds + k, *value));
    }
    let names: Vec<String> = (0..seeds).map(|seed| format!("training return of seed {seed}")).collect();
    let mut header = vec!["frames"];
    header.extend(names.iter().map(String::as_str));
    header.extend(ALONG.iter().map(|(name, _)| *name).take(columns - seeds));
    let rows = lines
        .into_iter()
        .map(|(frames, values)| std::iter::once(frames.to_string()).chain(values.into_iter().map(short)).collect());
    sheet(&header, rows)
}
