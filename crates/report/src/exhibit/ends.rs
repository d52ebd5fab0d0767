//! Where episodes end: a heat map a shift.

use super::Look;
use super::heat::{SIDE, numbers, paint, place, ramp};
use crate::csv::sheet;
use crate::plate::{Data, figure};
use crate::svg::Svg;
use crate::text;
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::exhibit::Ends;

/// Cells that are said aloud, the fullest first.
const SPOKEN: usize = 5;

pub(super) fn figures(look: &Look<'_>) -> Vec<Markup> {
    look.agent.rows.iter().filter_map(|row| one(look, &row.shift, row.ends.as_ref()?)).collect()
}

fn one(look: &Look<'_>, shift: &str, ends: &Ends) -> Option<Markup> {
    let all: u64 = ends.counts.iter().map(|count| u64::from(*count)).sum();
    let most = ends.counts.iter().copied().max().filter(|most| *most > 0)?;
    if ends.width == 0 || ends.width.checked_mul(ends.height) != Some(ends.counts.len()) {
        return None;
    }
    let share = |count: u32| f64::from(count) / all as f64;
    let mut order: Vec<usize> = (0..ends.counts.len()).filter(|at| ends.counts[*at] > 0).collect();
    order.sort_by_key(|at| std::cmp::Reverse(ends.counts[*at]));
    let said: Vec<String> = order
        .iter()
        .take(SPOKEN)
        .map(|at| format!("{} {} %", place(*at, ends.width), text::percent(share(ends.counts[*at]))))
        .collect();
    let spoken = format!("where {all} episodes end under {shift}: {}", said.join("; "));
    let (width, height) = (ends.width as f64 * SIDE, ends.height as f64 * SIDE);
    let mut svg = Svg::new("map", width, height, &spoken);
    svg.leaf("rect", &[("class", "empty".into()), ("width", width.into()), ("height", height.into())]);
    let ramp_share = |count: u32| f64::from(count) / f64::from(most);
    let there = || ends.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0);
    paint(&mut svg, ends.width, &there().map(|(at, count)| (at, ramp_share(count))).collect::<Vec<_>>());
    let shown = there().filter(|(_, count)| share(*count) >= 0.01);
    let shown: Vec<_> = shown.map(|(at, count)| (at, ramp_share(count), text::percent(share(count)))).collect();
    numbers(&mut svg, ends.width, &shown);
    let rows = there()
        .map(|(at, count)| [at / ends.width + 1, at % ends.width + 1, count as usize].map(|n| n.to_string()).into());
    let csv = sheet(&["row", "column", "episodes"], rows);
    let caption = markup! {
        strong { (text::visible(shift)) } span.quiet { (text::plural(usize::try_from(all).unwrap_or(usize::MAX), "episode")) ", in %" }
        (ramp("0", &format!("{} %", text::percent(share(most)))))
    };
    Some(figure(look.scope, &caption, &PreEscaped(svg.finish()), Some(&Data { name: look.title("ends", shift), csv })))
}
