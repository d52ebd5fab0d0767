//! Tiles and ways as SVG. One drawing a thing stands among the definitions; cells refer to it.

use super::route::{DASHES, HUES, Route, Way, routes};
use super::tile::{FLOOR, LINES, Letter, Outline, RADIUS, RIM, Tile, UNIT, sample, tile};
use crate::level::readable;
use crate::svg::{Svg, number, path};
use misgen_core::{Channel, ObsSpec, Rgb};
use std::fmt::Write as _;

/// A level with its upper left corner at (x, y), `scale` pixels a unit: ways between grounds and things, and frames around the
/// cells in which it differs from `other`.
pub(crate) fn level(
    svg: &mut Svg,
    spec: &ObsSpec,
    (obs, other): (&[u8], Option<&[u8]>),
    ways: &[Way],
    (x, y, scale): (f64, f64, f64),
) {
    assert_eq!(obs.len(), spec.bytes(), "an observation of {}x{} cells", spec.height, spec.width);
    let (width, height) = (spec.width as f64 * UNIT, spec.height as f64 * UNIT);
    let tiles: Vec<Tile> = (0..spec.width * spec.height).map(|at| tile(spec.channels, spec.cell(obs, at))).collect();
    svg.open("g", &[("transform", (&place(x, y, scale)).into())]);
    svg.leaf("rect", &[("class", "floor".into()), ("width", width.into()), ("height", height.into())]);
    for index in 0..spec.channels.len() {
        fill(svg, spec, &tiles, index);
    }
    svg.leaf("path", &[("class", "lines".into()), ("d", (&lines(spec)).into())]);
    svg.leaf("rect", &[("class", "edge".into()), ("width", width.into()), ("height", height.into())]);
    for (at, tile) in tiles.iter().enumerate() {
        letters(svg, spec.channels, tile, corner(spec, at));
    }
    draw_routes(svg, &routes(ways, spec.width));
    for (at, tile) in tiles.iter().enumerate() {
        things(svg, spec.channels, tile, corner(spec, at));
    }
    if let Some(other) = other.filter(|other| other.len() == obs.len()) {
        let differs = (0..tiles.len()).filter(|at| spec.cell(obs, *at) != spec.cell(other, *at));
        apart(svg, differs.map(|at| corner(spec, at)));
    }
    svg.close("g");
}

/// Moves and scales what is drawn around the origin.
pub(crate) fn place(x: f64, y: f64, scale: f64) -> String {
    format!("translate({} {}) scale({})", number(x), number(y), number(scale))
}

pub(crate) fn corner(spec: &ObsSpec, at: usize) -> (f64, f64) {
    ((at % spec.width) as f64 * UNIT, (at / spec.width) as f64 * UNIT)
}

/// The letters of a cell whose corner is at (left, top).
fn letters(svg: &mut Svg, channels: &[Channel], tile: &Tile, (left, top): (f64, f64)) {
    for Letter { channel, x, small, ink } in &tile.letters {
        let usual = !channels[*channel].is_tint() || !small;
        let (size, y) = if *small { ("s", top + 9.0) } else { ("g", top + 7.0) };
        let (x, name) = (left + x, format!("#{size}{channel}"));
        if usual {
            svg.leaf("use", &[("href", (&name).into()), ("x", x.into()), ("y", y.into())]);
        } else {
            let class = ink_class("s", *ink);
            svg.around(
                "text",
                &[("class", class.into()), ("x", x.into()), ("y", y.into())],
                &glyph(&channels[*channel]),
            );
        }
    }
}

/// Its things.
fn things(svg: &mut Svg, channels: &[Channel], tile: &Tile, (left, top): (f64, f64)) {
    for thing in &tile.things {
        let (x, y) = (left + thing.x, top + thing.y);
        if let Some(tint) = thing.tint {
            svg.open("g", &[("transform", (&place(x, y, thing.scale)).into())]);
            drawing(svg, &channels[thing.channel], &Paint::Color(tint));
            svg.close("g");
            continue;
        }
        let name = format!("#t{}", thing.channel);
        if thing.scale == 1.0 {
            svg.leaf("use", &[("href", (&name).into()), ("x", x.into()), ("y", y.into())]);
        } else {
            let moved = place(x, y, thing.scale);
            svg.leaf("use", &[("href", (&name).into()), ("transform", (&moved).into())]);
        }
    }
}

/// The cells that channel `index` fills, neighbours in one piece.
fn fill(svg: &mut Svg, spec: &ObsSpec, tiles: &[Tile], index: usize) {
    let mut data = String::new();
    // Left end, top and width of the piece that is being drawn.
    let mut piece: Option<(f64, f64, f64)> = None;
    for (at, tile) in tiles.iter().enumerate() {
        let (left, top) = corner(spec, at);
        let here = tile.fills.iter().find(|fill| fill.channel == index).map(|fill| (left + fill.x, fill.wide));
        match (&mut piece, here) {
            (Some((x, y, wide)), Some((more, by))) if *y == top && (*x + *wide - more).abs() < 1e-9 => *wide += by,
            (_, here) => {
                data += &piece.map_or_else(String::new, rect);
                piece = here.map(|(x, wide)| (x, top, wide));
            }
        }
    }
    data += &piece.map_or_else(String::new, rect);
    if !data.is_empty() {
        let class = format!("k{index}");
        svg.leaf(
            "path",
            &[("class", (&class).into()), ("shape-rendering", "crispEdges".into()), ("d", (&data).into())],
        );
    }
}

fn rect((x, y, wide): (f64, f64, f64)) -> String {
    let wide = number(wide);
    format!("M{} {}h{wide}v{}h-{wide}z", number(x), number(y), number(UNIT))
}

/// The lines between cells.
fn lines(spec: &ObsSpec) -> String {
    let (width, height) = (spec.width as f64 * UNIT, spec.height as f64 * UNIT);
    let down = (1..spec.width).map(|column| format!("M{} 0v{}", number(column as f64 * UNIT), number(height)));
    let across = (1..spec.height).map(|row| format!("M0 {}h{}", number(row as f64 * UNIT), number(width)));
    down.chain(across).collect()
}

/// Frames around cells whose corners are given.
pub(crate) fn apart(svg: &mut Svg, corners: impl Iterator<Item = (f64, f64)>) {
    let data: String =
        corners.map(|(left, top)| format!("M{} {}h9v9h-9z", number(left + 0.5), number(top + 0.5))).collect();
    if !data.is_empty() {
        svg.leaf("path", &[("class", "halo".into()), ("d", (&data).into())]);
        svg.leaf("path", &[("class", "apart".into()), ("d", (&data).into())]);
    }
}

/// Ways over a level whose corner is the origin: all lines, then all arrow heads, which no line may hide.
pub(crate) fn draw_routes(svg: &mut Svg, routes: &[Route]) {
    for route in routes {
        let data = path(route.points.iter().copied());
        let class = format!("way w{}", route.hue);
        svg.leaf("path", &[("class", "under".into()), ("d", (&data).into())]);
        svg.leaf("path", &[("class", (&class).into()), ("d", (&data).into())]);
    }
    for route in routes {
        let heads: String = route.heads.iter().map(|corners| path(corners.iter().copied().map(Some)) + "z").collect();
        let class = format!("head h{}", route.hue);
        svg.leaf("path", &[("class", (&class).into()), ("d", (&heads).into())]);
    }
}

/// What stands for a channel in a legend, `scale` pixels a unit.
pub(crate) fn entry(svg: &mut Svg, channels: &[Channel], index: usize, (x, y, scale): (f64, f64, f64)) {
    svg.open("g", &[("transform", (&place(x, y, scale)).into())]);
    let tile = sample(channels, index);
    for fill in &tile.fills {
        let class = format!("k{}", fill.channel);
        svg.leaf("rect", &[("class", (&class).into()), ("width", UNIT.into()), ("height", UNIT.into())]);
    }
    letters(svg, channels, &tile, (0.0, 0.0));
    things(svg, channels, &tile, (0.0, 0.0));
    svg.close("g");
}

/// One drawing for each thing, around the middle of its cell, and each letter.
pub(crate) fn definitions(svg: &mut Svg, channels: &[Channel]) {
    svg.open("defs", &[]);
    let all = || channels.iter().enumerate().filter(|(_, channel)| !channel.is_wall());
    for (index, channel) in all().filter(|(_, channel)| !channel.is_ground() && !channel.is_tint()) {
        svg.open("g", &[("id", (&format!("t{index}")).into())]);
        drawing(svg, channel, &Paint::Channel(index));
        svg.close("g");
    }
    for (index, channel) in all().filter(|(_, channel)| channel.is_ground() || channel.is_tint()) {
        let sizes: &[&str] = if channel.is_tint() { &["g"] } else { &["g", "s"] };
        for size in sizes {
            let (id, class) = (format!("{size}{index}"), ink_class(size, readable(channel.color)));
            svg.around("text", &[("id", (&id).into()), ("class", class.into())], &glyph(channel));
        }
    }
    svg.close("defs");
}

/// What a thing is filled with.
enum Paint {
    Channel(usize),
    Color(Rgb),
}

/// A thing around the origin: outline and glyph.
fn drawing(svg: &mut Svg, channel: &Channel, paint: &Paint) {
    let (color, class, fill) = match paint {
        Paint::Channel(index) => (channel.color, format!("k{index} thing"), None),
        Paint::Color(color) => (*color, "thing".to_owned(), Some(hex(*color))),
    };
    let outline = Outline::of(channel);
    let points = outline.corners();
    let data = if points.is_empty() { String::new() } else { path(points.iter().copied().map(Some)) + "z" };
    let mut attributes: Vec<(&str, crate::svg::Value<'_>)> = vec![("class", (&class).into())];
    attributes.extend(fill.as_ref().map(|fill| ("fill", fill.into())));
    if points.is_empty() {
        attributes.push(("r", RADIUS.into()));
        svg.leaf("circle", &attributes);
    } else {
        attributes.extend([("d", (&data).into()), ("stroke-linejoin", "round".into())]);
        svg.leaf("path", &attributes);
    }
    if outline.has_glyph() {
        svg.around("text", &[("class", ink_class("t", readable(color)).into()), ("y", 2.4.into())], &glyph(channel));
    }
}

fn glyph(channel: &Channel) -> String {
    channel.glyph.to_string()
}

pub(crate) fn hex(Rgb(r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Class of a glyph in black or white: of a thing, of a ground, small.
const fn ink_class(size: &str, ink: Rgb) -> &'static str {
    let dark = matches!(ink, Rgb(0, 0, 0));
    match (size.as_bytes(), dark) {
        (b"g", true) => "g d",
        (b"g", false) => "g l",
        (b"s", true) => "s d",
        (b"s", false) => "s l",
        (_, true) => "t d",
        (_, false) => "t l",
    }
}

/// The style sheet of tiles and ways; `hues` are those of the ways that are drawn.
pub(crate) fn style(channels: &[Channel], hues: &[usize]) -> String {
    let (floor, lines, rim) = (hex(FLOOR), hex(LINES), hex(RIM));
    let mut css = format!(
        ".page{{fill:#fbfbf8;stroke:#c8c8c0}}.floor{{fill:{floor}}}.lines{{fill:none;stroke:{lines};stroke-width:.4}}\
         .edge{{fill:none;stroke:#555;stroke-width:.8}}.halo{{fill:none;stroke:#fff;stroke-width:.9}}\
         .apart{{fill:none;stroke:#111;stroke-width:.8;stroke-dasharray:1.6 1}}.thing{{stroke:{rim};stroke-width:.5}}\
         .title,.name,.note{{font-family:system-ui,sans-serif;fill:#1a1a1a}}\
         .t,.g,.s{{font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;text-anchor:middle}}\
         .t{{font-size:7px;font-weight:700}}.g{{font-size:6px;opacity:.6}}.s{{font-size:3.6px}}.d{{fill:#000}}.l{{fill:#fff}}",
    );
    for (index, channel) in channels.iter().enumerate() {
        let _ = write!(css, ".k{index}{{fill:{}}}", hex(channel.color));
    }
    if !hues.is_empty() {
        css += ".under{fill:none;stroke:#fff;stroke-width:2.2;stroke-linejoin:round}\
                .way{fill:none;stroke-width:1.1;stroke-linejoin:round}.head{stroke:#fff;stroke-width:.3}";
    }
    for &hue in hues {
        let color = hex(HUES[hue]);
        let _ = write!(css, ".w{hue}{{stroke:{color}");
        let dashes: Vec<String> = DASHES[hue].iter().map(|dash| number(*dash)).collect();
        if !dashes.is_empty() {
            let _ = write!(css, ";stroke-dasharray:{}", dashes.join(" "));
        }
        let _ = write!(css, "}}.h{hue}{{fill:{color}}}");
    }
    css
}
