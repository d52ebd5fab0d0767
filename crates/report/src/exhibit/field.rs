//! What a net would do and what it expects in every place of a level: wedges in the expected direction, and a heat map of its values.

use super::Look;
use super::heat::{SIDE, corner, paint, place, ramp};
use super::level::{ground, size, things, whole};
use crate::csv::{sheet, short};
use crate::plate::{Data, figure};
use crate::svg::{Svg, path};
use crate::text;
use maud::{Markup, PreEscaped, html as markup};
use misgen_evaluate::exhibit::{Field, LevelExhibit, WorldExhibits};

pub(super) fn figures(look: &Look<'_>) -> Vec<Markup> {
    let rows = look.agent.rows.iter();
    rows.filter_map(|row| one(look, &row.shift, row.field.as_ref()?)).collect()
}

/// A field over a level that exists and holds all its cells.
struct Over<'a> {
    world: &'a WorldExhibits,
    level: &'a LevelExhibit,
    field: &'a Field,
}

fn one(look: &Look<'_>, shift: &str, field: &Field) -> Option<Markup> {
    let level = look.world.levels.get(field.level).filter(|level| whole(level))?;
    let over = Over { world: look.world, level, field };
    let (policy, values) = (policy(&over), values(&over));
    if policy.is_none() && values.is_none() {
        return None;
    }
    let caption = markup! {
        strong { (text::visible(shift)) }
        span.quiet { "seed " (field.seed) ", level " (level.place) @if level.twin { " (aligned twin)" } }
    };
    let pictures = markup! {
        div.maps {
            @if let Some(svg) = policy {
                div { p.what { a href="#def-policy" { "what it would do" } } (PreEscaped(svg)) }
            }
            @if let Some((svg, low, high)) = values {
                div { p.what { a href="#def-critic" { "what it expects" } " " (ramp(&text::fixed(low, 2), &text::fixed(high, 2))) } (PreEscaped(svg)) }
            }
        }
    };
    let data = Data { name: look.title("net", shift), csv: data(&over) };
    Some(figure(look.scope, &caption, &pictures, Some(&data)))
}

impl Over<'_> {
    /// Cells of the field that the level has, each with its place in the field.
    fn cells(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let cells = self.field.cells.iter().map(|cell| usize::from(*cell)).enumerate();
        cells.filter(|(_, at)| *at < self.level.cells.len())
    }
}

/// Where an action leads, if its name says so.
fn direction(action: &str) -> Option<(f64, f64)> {
    Some(match action {
        "up" | "north" => (0.0, -1.0),
        "down" | "south" => (0.0, 1.0),
        "left" | "west" => (-1.0, 0.0),
        "right" | "east" => (1.0, 0.0),
        _ => return None,
    })
}

/// Wedges that point where the net would go, as long as it is sure; rings as large as it would do something else.
fn policy(over: &Over<'_>) -> Option<String> {
    let ways: Vec<Option<(f64, f64)>> = over.world.actions.iter().map(|action| direction(action)).collect();
    if over.field.percent.is_empty() || ways.iter().all(Option::is_none) {
        return None;
    }
    let (width, height) = size(over.level);
    let mut svg = Svg::new("map", width, height, &spoken(over));
    ground(&mut svg, over.world, over.level);
    things(&mut svg, over.world, over.level);
    let mut wedges = String::new();
    for (i, at) in over.cells() {
        let Some(percent) = over.field.percent.get(i) else { continue };
        let (mut dx, mut dy, mut other) = (0.0, 0.0, 0.0);
        for (percent, way) in percent.iter().zip(&ways) {
            let p = f64::from(*percent) / 100.0;
            match way {
                Some((x, y)) => (dx, dy) = (dx + p * x, dy + p * y),
                None => other += p,
            }
        }
        let (x, y) = corner(at, over.level.width);
        let (cx, cy) = (x + SIDE / 2.0, y + SIDE / 2.0);
        if dx.abs().max(dy.abs()) > 0.08 {
            wedges += &wedge((cx, cy), (dx, dy));
        }
        if other > 0.08 {
            svg.leaf(
                "circle",
                &[("class", "other".into()), ("cx", cx.into()), ("cy", cy.into()), ("r", (other * SIDE * 0.4).into())],
            );
        }
    }
    svg.leaf("path", &[("class", "wedge".into()), ("d", (&wedges).into())]);
    Some(svg.finish())
}

/// A slim triangle through (`cx`, `cy`) along (`dx`, `dy`), which is at most 1 long.
fn wedge((cx, cy): (f64, f64), (dx, dy): (f64, f64)) -> String {
    let length = SIDE * 0.44;
    let (tx, ty) = (dx * length, dy * length);
    // Its base is as wide for an unsure net as for a sure one, so that short wedges are still seen.
    let scale = 3.0 / dx.hypot(dy).max(1e-9);
    let (px, py) = (-dy * scale, dx * scale);
    let corners = [(cx + tx, cy + ty), (cx - tx + px, cy - ty + py), (cx - tx - px, cy - ty - py)];
    path(corners.map(|(x, y)| Some((crude(x), crude(y))))) + "z"
}

/// To a tenth, for short paths.
fn crude(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// In how many places which action is the likeliest.
fn spoken(over: &Over<'_>) -> String {
    let mut places = vec![0_usize; over.world.actions.len()];
    for (i, _) in over.cells() {
        let Some(percent) = over.field.percent.get(i) else { continue };
        let best = percent.iter().enumerate().max_by_key(|(action, p)| (**p, std::cmp::Reverse(*action)));
        if let Some(count) = best.and_then(|(action, _)| places.get_mut(action)) {
            *count += 1;
        }
    }
    let said: Vec<String> = over.world.actions.iter().zip(&places).map(|(name, n)| format!("{name} in {n}")).collect();
    format!("the likeliest action in each place: {}", said.join(", "))
}

/// The critic's values as a heat map, with their least and greatest.
fn values(over: &Over<'_>) -> Option<(String, f64, f64)> {
    let known: Vec<(usize, f64)> = over
        .cells()
        .filter_map(|(i, at)| Some((at, f64::from(*over.field.values.get(i)?))))
        .filter(|(_, value)| value.is_finite())
        .collect();
    let low = known.iter().map(|(_, value)| *value).reduce(f64::min)?;
    let high = known.iter().map(|(_, value)| *value).reduce(f64::max)?;
    let best = known.iter().find(|(_, value)| *value == high).map_or(0, |(at, _)| *at);
    let width = over.level.width;
    let spoken = format!(
        "expected return in each place, {} to {}, most at {}",
        text::fixed(low, 2),
        text::fixed(high, 2),
        place(best, width)
    );
    let (wide, tall) = size(over.level);
    let mut svg = Svg::new("map", wide, tall, &spoken);
    ground(&mut svg, over.world, over.level);
    let share = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
    let mut shares: Vec<(usize, f64)> = known.iter().map(|(at, value)| (*at, share(*value))).collect();
    shares.sort_by_key(|(at, _)| *at);
    paint(&mut svg, width, &shares);
    things(&mut svg, over.world, over.level);
    Some((svg.finish(), low, high))
}

fn data(over: &Over<'_>) -> String {
    let mut header = vec!["row", "column"];
    header.extend(over.world.actions.iter().map(String::as_str));
    header.push("value");
    let rows = over.cells().map(|(i, at)| {
        let percent = |action: usize| {
            over.field.percent.get(i).and_then(|p| p.get(action)).map_or_else(String::new, u8::to_string)
        };
        let place = [at / over.level.width + 1, at % over.level.width + 1].map(|n| n.to_string());
        let value = over.field.values.get(i).map_or_else(String::new, |value| short(Some(f64::from(*value))));
        place.into_iter().chain((0..over.world.actions.len()).map(percent)).chain([value]).collect()
    });
    sheet(&header, rows)
}
