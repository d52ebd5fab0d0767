//! Heat maps: cells coloured by a ramp that is even to the eye and to every form of colour blindness (cividis, Nuñez et al. 2018).

use crate::picture::vector::hex;
use crate::svg::Svg;
use maud::{Markup, html as markup};
use misgen_core::Rgb;

/// Side of a cell.
pub(super) const SIDE: f64 = 16.0;

/// The ramp at even steps from 0 to 1.
const RAMP: [Rgb; 10] = [
    Rgb(0, 34, 78),
    Rgb(18, 53, 112),
    Rgb(59, 73, 108),
    Rgb(87, 93, 109),
    Rgb(112, 113, 115),
    Rgb(138, 134, 120),
    Rgb(165, 156, 116),
    Rgb(195, 179, 105),
    Rgb(225, 204, 85),
    Rgb(254, 232, 56),
];

/// The colour of `share`, which is 0 to 1.
pub(super) fn color(share: f64) -> Rgb {
    let at = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 } * (RAMP.len() - 1) as f64;
    let below = (at as usize).min(RAMP.len() - 2);
    let part = at - below as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (RAMP[below], RAMP[below + 1]);
    Rgb(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Where cell `index` of a grid of `width` begins.
pub(super) fn corner(index: usize, width: usize) -> (f64, f64) {
    ((index % width) as f64 * SIDE, (index / width) as f64 * SIDE)
}

/// `row 3, column 5`, from 1.
pub(super) fn place(index: usize, width: usize) -> String {
    format!("row {}, column {}", index / width + 1, index % width + 1)
}

/// Cell `index` in the colour of `share`, with a tooltip and, where there is room, a number on it.
pub(super) fn cell(svg: &mut Svg, (index, width): (usize, usize), share: f64, title: &str, number: Option<&str>) {
    let (x, y) = corner(index, width);
    let fill = hex(color(share));
    let side = SIDE.into();
    svg.titled(
        "rect",
        &[("x", x.into()), ("y", y.into()), ("width", side), ("height", SIDE.into()), ("fill", (&fill).into())],
        title,
    );
    if let Some(number) = number {
        // The ramp's middle has a contrast of 4.5 to neither black nor white; each side has it to one of them.
        let class = if share > 0.45 { "count dark" } else { "count light" };
        svg.text(class, x + SIDE / 2.0, y + SIDE / 2.0 + 2.2, number);
    }
}

/// The ramp with what its ends stand for.
pub(super) fn ramp(low: &str, high: &str) -> Markup {
    markup! { span.ramp { (low) " " span.colors aria-hidden="true" {} " " (high) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_grows_lighter_all_the_way() {
        let luma = |Rgb(r, g, b): Rgb| 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
        let steps: Vec<u32> = (0..=40).map(|i| luma(color(f64::from(i) / 40.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert_eq!(color(f64::NAN), RAMP[0]);
        assert_eq!(color(7.0), RAMP[9]);
    }
}
