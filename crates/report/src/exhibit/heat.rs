//! Heat maps: cells coloured by a ramp that is even to the eye and to every form of colour blindness (cividis, Nuñez et al. 2018).

use crate::picture::vector::hex;
use crate::svg::{Svg, tenths};
use maud::{Markup, html as markup};
use misgen_core::Rgb;
use std::fmt::Write as _;

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

/// Steps of the ramp that a map tells apart.
const STEPS: usize = 16;

/// Cells, each with its share of the ramp, in the order of the grid: a path a colour.
pub(super) fn paint(svg: &mut Svg, width: usize, cells: &[(usize, f64)]) {
    let step = |share: f64| (share.clamp(0.0, 1.0) * (STEPS - 1) as f64).round() as usize;
    for bucket in 0..STEPS {
        let of: Vec<usize> = cells.iter().filter(|(_, share)| step(*share) == bucket).map(|(at, _)| *at).collect();
        if !of.is_empty() {
            let fill = hex(color(bucket as f64 / (STEPS - 1) as f64));
            svg.leaf("path", &[("fill", (&fill).into()), ("d", (&squares(&of, width)).into())]);
        }
    }
}

/// The data of a path around `cells`, which ascend; neighbours in a row are one piece.
pub(super) fn squares(cells: &[usize], width: usize) -> String {
    let mut out = String::new();
    let mut rest = cells;
    while let Some((&first, _)) = rest.split_first() {
        let follows = |i: usize| rest[i] == first + i && rest[i] / width == first / width;
        let run = (1..rest.len()).take_while(|i| follows(*i)).count() + 1;
        let (x, y) = corner(first, width);
        let wide = tenths(run as f64 * SIDE);
        let _ = write!(out, "M{} {}h{wide}v{SIDE}h-{wide}z", tenths(x), tenths(y));
        rest = &rest[run..];
    }
    out
}

/// Numbers on cells: place, share of the ramp, text.
pub(super) fn numbers(svg: &mut Svg, width: usize, cells: &[(usize, f64, String)]) {
    svg.open("g", &[("class", "count".into())]);
    for (at, share, number) in cells {
        let (x, y) = corner(*at, width);
        // Below the middle of the ramp white has the contrast that text needs, above it black.
        svg.text(if *share > 0.45 { "dark" } else { "light" }, x + SIDE / 2.0, y + SIDE / 2.0 + 2.2, number);
    }
    svg.close("g");
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

    #[test]
    fn neighbours_in_a_row_are_one_piece() {
        assert_eq!(squares(&[0, 1, 3, 4, 7], 4), "M0 0h32v16h-32zM48 0h16v16h-16zM0 16h16v16h-16zM48 16h16v16h-16z");
        assert_eq!(squares(&[], 4), "");
    }

    #[test]
    fn numbers_have_the_contrast_of_wcag_aa() {
        let part = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        for step in 0..STEPS {
            let share = step as f64 / (STEPS - 1) as f64;
            let Rgb(r, g, b) = color(share);
            let ground = 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
            let contrast = if share > 0.45 { (ground + 0.05) / 0.05 } else { 1.05 / (ground + 0.05) };
            assert!(contrast >= 4.5, "{share}: {contrast}");
        }
    }
}
