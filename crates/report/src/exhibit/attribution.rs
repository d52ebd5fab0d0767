//! Attribution: a table a metric, with bars where its numbers have a scale of their own.

use super::Look;
use crate::attribution::{Section, sections};
use crate::plate::table_button;
use crate::style::Style;
use crate::svg::Svg;
use crate::text;
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::attribute::Attribution;
use misgen_evaluate::record::Estimate;

const STYLE: Style = Style { unicode: true, ..Style::PLAIN };

/// What the numbers of each metric mean, once for all players of the page.
pub(super) fn meanings<'a>(all: impl Iterator<Item = &'a Attribution>) -> Markup {
    let mut known: Vec<(&str, &str, &str)> = Vec::new();
    for (metric, title, section) in all.flat_map(|found| sections(found, &STYLE)) {
        if let Ok(section) = section
            && !known.iter().any(|(name, ..)| *name == metric)
        {
            known.push((metric, title, section.meaning));
        }
    }
    markup! {
        @if !known.is_empty() {
            details {
                summary { "What the numbers of attribution mean" }
                dl.terms { @for (metric, title, meaning) in known { dt id={ "metric-" (metric) } { (title) } dd { (meaning) } } }
            }
        }
    }
}

/// Every metric of `found`.
pub(super) fn block(look: &Look<'_>, found: &Attribution) -> Markup {
    let scope = look.scope.pair().unwrap_or_default().replace('.', "-");
    // The matrix above has shown the preference, if there is one.
    let shown =
        sections(found, &STYLE).into_iter().filter(|(name, _, section)| *name != "preference" || section.is_err());
    markup! {
        h5 { a href="#def-attribution" { "Attribution" } span.quiet {
            " on " (text::visible(&found.shift)) ", " (text::plural(found.levels, "level")) ", seed " (found.seed)
        } }
        div.metrics { @for (metric, title, section) in shown { article.metric {
            @match section {
                Ok(section) => {
                    @let id = format!("{metric}-{scope}");
                    h6 {
                        a href={ "#metric-" (metric) } { (title) } " "
                        @if !section.rows.is_empty() && !scope.is_empty() { (table_button(&look.title(title, &found.shift), &id)) }
                    }
                    (table(&section, bars(found, metric).as_ref(), (!scope.is_empty()).then_some(&id), title))
                    @for line in &section.lines { p.hint { (line) } }
                }
                Err(why) => { h6 { (title) } p.hint { "Not measured: " (text::visible(why)) } }
            }
        } } }
    }
}

/// Bars beside the rows of a metric: the ends of their scale, and the values.
struct Bars {
    low: f64,
    rows: Vec<Option<Estimate>>,
}

const fn exact(value: f64) -> Estimate {
    Estimate { mean: value, low: None, high: None }
}

/// The bars of a metric, in the order of the rows of its section.
fn bars(found: &Attribution, metric: &str) -> Option<Bars> {
    let (low, rows) = match metric {
        "design" => {
            let design = found.design.as_ref()?;
            let cues = design.cues.iter().map(|cue| cue.effect);
            let more = design.interactions.iter().map(|interaction| interaction.effect);
            (-1.0, cues.chain(more).chain([design.position]).map(Some).collect())
        }
        "meg" => (0.0, found.meg.as_ref()?.cues.iter().map(|cue| cue.share.map(exact)).collect()),
        "posterior" => {
            let posterior = found.posterior.as_ref()?;
            let all = posterior.cues.values().chain([&posterior.device]);
            (0.0, all.map(|p| Some(exact(*p))).collect())
        }
        "sensitivity" => {
            let cues = &found.sensitivity.as_ref()?.cues;
            (0.0, cues.iter().map(|cue| cue.agent.map(|divergence| exact(divergence.first))).collect())
        }
        _ => return None,
    };
    Some(Bars { low, rows })
}

fn table(section: &Section, bars: Option<&Bars>, id: Option<&String>, title: &str) -> Markup {
    let titles = section.header.iter().enumerate();
    markup! {
        @if !section.rows.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.plain id=[id] {
                    caption.hidden { (title) }
                    thead { tr {
                        @for (at, name) in titles {
                            @if at == 1 && bars.is_some() { th.drawn scope="col" { span.hidden { "as a bar" } } }
                            th scope="col" { @if name.is_empty() { span.hidden { "cue" } } @else { (name) } }
                        }
                    } }
                    tbody {
                        @for (row, cells) in section.rows.iter().enumerate() {
                            tr {
                                @for (at, cell) in cells.iter().enumerate() {
                                    @if at == 1 && let Some(bars) = bars {
                                        td.drawn { @if let Some(Some(value)) = bars.rows.get(row) { (PreEscaped(bar(*value, bars.low))) } }
                                    }
                                    @if at == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A bar from 0, on a scale from `low` to 1, with its interval. It repeats the number beside it.
fn bar(value: Estimate, low: f64) -> String {
    let (width, height) = (120.0, 14.0);
    let at = |value: f64| (value.clamp(low, 1.0) - low) / (1.0 - low) * width;
    let mut svg = Svg::new("effect", width, height, "");
    svg.leaf("rect", &[("class", "rail".into()), ("y", 2.0.into()), ("width", width.into()), ("height", 10.0.into())]);
    let (from, to) = (at(value.mean.min(0.0)), at(value.mean.max(0.0)));
    let class = if value.mean < 0.0 { "fill-proxy0" } else { "fill-goal" };
    let length = (to - from).max(0.75);
    svg.leaf(
        "rect",
        &[
            ("class", class.into()),
            ("x", from.into()),
            ("y", 3.0.into()),
            ("width", length.into()),
            ("height", 8.0.into()),
        ],
    );
    svg.line("axis", (at(0.0), 0.0), (at(0.0), height));
    if let (Some(low), Some(high)) = (value.low, value.high) {
        svg.line("around", (at(low), 7.0), (at(high), 7.0));
    }
    svg.finish()
}
