//! The cells of one level on a sheet, in units of [`UNIT`].

use crate::level::{is_wall, stack, takes_tint};
use crate::sheet::Panel;
use crate::svg::{Svg, number};
use misgen_core::{Channel, Layer, ObsSpec};

/// Width of a panel, and its greatest cell.
pub(crate) const PANEL: f64 = 200.0;
const CELL: f64 = 28.0;
/// Side of a cell inside a panel, before it is scaled.
pub(crate) const UNIT: f64 = 10.0;

/// Side of a cell so that a level fits into its panel: whole, so that edges are sharp.
pub(crate) fn side(spec: &ObsSpec) -> f64 {
    (PANEL / spec.width.max(spec.height) as f64).min(CELL).floor().max(1.0)
}

/// Moves and scales what is drawn around the origin.
pub(crate) fn place(x: f64, y: f64, scale: f64) -> String {
    format!("translate({} {}) scale({})", number(x), number(y), number(scale))
}

/// One level with its upper left corner at (x, y).
pub(crate) fn draw(svg: &mut Svg, panel: &Panel, x: f64, y: f64) {
    let spec = &panel.spec;
    assert_eq!(panel.obs.len(), spec.bytes(), "an observation of {}x{} cells", spec.height, spec.width);
    let (width, height) = (spec.width as f64 * UNIT, spec.height as f64 * UNIT);
    svg.open("g", &[("transform", (&place(x, y, side(spec) / UNIT)).into())]);
    svg.leaf("rect", &[("class", "floor".into()), ("width", width.into()), ("height", height.into())]);
    for (index, channel) in
        spec.channels.iter().enumerate().filter(|(_, channel)| channel.is_ground() || is_wall(channel))
    {
        fill(svg, panel, index, channel);
    }
    svg.leaf("path", &[("class", "lines".into()), ("d", (&lines(spec)).into())]);
    svg.leaf("rect", &[("class", "edge".into()), ("width", width.into()), ("height", height.into())]);
    for at in 0..spec.width * spec.height {
        let bits = spec.cell(&panel.obs, at);
        let (corner, things, grounds) = (corner(spec, at), things(spec, bits), grounds(spec, bits));
        letters(svg, corner, &grounds, !things.is_empty());
        for (slot, index) in things.iter().enumerate() {
            let name = format!("#{}", drawing(spec.channels, *index, bits));
            let (dx, dy, scale) = seat(slot, things.len(), !grounds.is_empty());
            let (x, y) = (corner.0 + dx, corner.1 + dy);
            if scale == 1.0 {
                svg.leaf("use", &[("href", (&name).into()), ("x", x.into()), ("y", y.into())]);
            } else {
                let moved = place(x, y, scale);
                svg.leaf("use", &[("href", (&name).into()), ("transform", (&moved).into())]);
            }
        }
    }
    apart(svg, panel);
    svg.close("g");
}

fn corner(spec: &ObsSpec, at: usize) -> (f64, f64) {
    ((at % spec.width) as f64 * UNIT, (at / spec.width) as f64 * UNIT)
}

/// The things of a cell that are drawn one by one, topmost first; tints only where there is nothing that they colour.
pub(crate) fn things(spec: &ObsSpec, bits: u16) -> Vec<usize> {
    let stack = stack(spec, bits);
    let tinted = stack.iter().any(|channel| takes_tint(channel));
    let mut first = true;
    let drawn = stack.into_iter().filter(|channel| match channel.layer {
        Layer::Thing => !is_wall(channel),
        Layer::Ground => false,
        // One drawing stands for all of them.
        Layer::Tint => !tinted && std::mem::take(&mut first),
    });
    drawn.filter_map(|channel| spec.channel(channel.name)).collect()
}

/// The tints among `bits`.
pub(crate) fn tints(channels: &[Channel], bits: u16) -> u16 {
    channels.iter().enumerate().filter(|(_, channel)| channel.is_tint()).fold(0, |set, (k, _)| set | bits & 1 << k)
}

/// Name of the drawing of thing `index` in a cell of `bits`: its own, or one in the colour of the cell's tints.
pub(crate) fn drawing(channels: &[Channel], index: usize, bits: u16) -> String {
    match tints(channels, bits) {
        set if set != 0 && takes_tint(&channels[index]) => format!("t{index}-{set:x}"),
        set if channels[index].is_tint() => format!("t-{set:x}"),
        _ => format!("t{index}"),
    }
}

/// The grounds of a cell, topmost first.
fn grounds(spec: &ObsSpec, bits: u16) -> Vec<usize> {
    let drawn = stack(spec, bits).into_iter().filter(|channel| channel.is_ground());
    drawn.filter_map(|channel| spec.channel(channel.name)).collect()
}

/// Middle and scale of thing `slot` of `count` in a cell: two lie on the diagonal, more in rows. On a ground they leave room
/// for its glyph.
fn seat(slot: usize, count: usize, on_ground: bool) -> (f64, f64, f64) {
    let (x, y, scale) = match count {
        1 => (5.0, 5.0, 1.0),
        2 if slot == 0 => (3.2, 3.2, 0.62),
        2 => (6.8, 6.8, 0.62),
        _ => {
            let rows = (1..).find(|rows| rows * rows >= count).unwrap_or(1);
            let wide = UNIT / rows as f64;
            let at = |place: usize| wide * (place as f64 + 0.5);
            (at(slot % rows), at(slot / rows), 0.95 / rows as f64)
        }
    };
    if on_ground { (1.1 + 0.78 * x, 0.1 + 0.78 * y, 0.78 * scale) } else { (x, y, scale) }
}

/// The cells of a wall or a ground, neighbours in one piece; grounds that share a cell part it into strips.
fn fill(svg: &mut Svg, panel: &Panel, index: usize, channel: &Channel) {
    let spec = &panel.spec;
    let mut path = String::new();
    // Left end, top and width of the piece that is being drawn.
    let mut piece: Option<(f64, f64, f64)> = None;
    for at in 0..spec.width * spec.height {
        let bits = spec.cell(&panel.obs, at);
        let (left, top) = corner(spec, at);
        let here = (bits >> index & 1 == 1).then(|| {
            let all = if channel.is_ground() { grounds(spec, bits) } else { vec![index] };
            let strip = all.iter().position(|other| *other == index).unwrap_or(0) as f64;
            let wide = UNIT / all.len() as f64;
            (left + strip * wide, wide)
        });
        match (&mut piece, here) {
            (Some((x, y, wide)), Some((more, by))) if *y == top && (*x + *wide - more).abs() < 1e-9 => *wide += by,
            (_, here) => {
                path += &piece.map_or_else(String::new, rect);
                piece = here.map(|(x, wide)| (x, top, wide));
            }
        }
    }
    path += &piece.map_or_else(String::new, rect);
    if !path.is_empty() {
        let class = format!("k{index}");
        svg.leaf(
            "path",
            &[("class", (&class).into()), ("shape-rendering", "crispEdges".into()), ("d", (&path).into())],
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

/// The glyphs of a cell's grounds: in the middle of one that is otherwise empty, small and at the bottom of one that is not.
fn letters(svg: &mut Svg, (left, top): (f64, f64), grounds: &[usize], below: bool) {
    let small = below || grounds.len() > 2;
    for (strip, index) in grounds.iter().enumerate() {
        let x = left + UNIT / grounds.len() as f64 * (strip as f64 + 0.5);
        let (name, y) = if small { (format!("#s{index}"), top + 9.4) } else { (format!("#g{index}"), top + 7.0) };
        svg.leaf("use", &[("href", (&name).into()), ("x", x.into()), ("y", y.into())]);
    }
}

/// Frames around the cells in which a level differs from its twin.
fn apart(svg: &mut Svg, panel: &Panel) {
    let spec = &panel.spec;
    let Some(twin) = panel.twin.as_ref().filter(|twin| twin.len() == panel.obs.len()) else { return };
    let differs = (0..spec.width * spec.height).filter(|at| spec.cell(&panel.obs, *at) != spec.cell(twin, *at));
    let path: String = differs
        .map(|at| {
            let (left, top) = corner(spec, at);
            format!("M{} {}h9v9h-9z", number(left + 0.5), number(top + 0.5))
        })
        .collect();
    if !path.is_empty() {
        svg.leaf("path", &[("class", "halo".into()), ("d", (&path).into())]);
        svg.leaf("path", &[("class", "apart".into()), ("d", (&path).into())]);
    }
}
