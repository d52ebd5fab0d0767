//! Levels drawn from observations.

use misgen_core::{Channel, Layer, ObsSpec, Rgb};
use misgen_report::{Color, Style, draw_level, draw_pair};

const CHANNELS: &[Channel] = &[
    Channel { name: "wall", glyph: '#', color: Rgb(130, 130, 130), layer: Layer::Thing },
    Channel { name: "agent", glyph: '@', color: Rgb(86, 180, 233), layer: Layer::Thing },
    Channel { name: "cheese", glyph: 'c', color: Rgb(240, 228, 66), layer: Layer::Thing },
    Channel { name: "key", glyph: 'k', color: Rgb(0, 158, 115), layer: Layer::Thing },
    Channel { name: "bright", glyph: '~', color: Rgb(255, 240, 180), layer: Layer::Ground },
    Channel { name: "dim", glyph: '-', color: Rgb(20, 20, 60), layer: Layer::Ground },
];
pub(crate) const SPEC: ObsSpec = ObsSpec { height: 3, width: 5, channels: CHANNELS, cell_bytes: 1, actions: 5 };
const WALL: u8 = 1 << 0;
const AGENT: u8 = 1 << 1;
const CHEESE: u8 = 1 << 2;
const KEY: u8 = 1 << 3;
const BRIGHT: u8 = 1 << 4;
const DIM: u8 = 1 << 5;

const UNICODE: Style = Style { color: Color::Off, unicode: true, width: Some(80) };

pub(crate) fn level() -> Vec<u8> {
    let mut cells = vec![0; 15];
    (cells[0], cells[4], cells[7]) = (WALL, WALL, WALL);
    (cells[1], cells[2]) = (AGENT, BRIGHT);
    (cells[5], cells[6]) = (BRIGHT | CHEESE, DIM | KEY);
    (cells[10], cells[12]) = (CHEESE | KEY, DIM | BRIGHT);
    cells[14] = AGENT | CHEESE | KEY | BRIGHT;
    cells
}

pub(crate) fn shifted() -> Vec<u8> {
    let mut cells = level();
    cells.swap(5, 9);
    cells
}

#[test]
fn without_colour_ground_is_a_glyph() {
    insta::assert_snapshot!(draw_level(&SPEC, &level(), &Style { unicode: false, ..UNICODE }));
}

#[test]
fn what_is_framed_in_ascii_is_what_an_agent_outside_reads() {
    let drawn = draw_level(&SPEC, &level(), &Style { unicode: false, ..UNICODE });
    let framed: Vec<&str> = drawn.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|')).collect();
    assert_eq!(framed, SPEC.ascii(&level()));
}

#[test]
fn walls_fill_their_cell_in_unicode() {
    insta::assert_snapshot!(draw_level(&SPEC, &level(), &UNICODE));
}

#[test]
fn colour_is_ground_behind_and_glyph_in_front() {
    let escapes = |color| draw_level(&SPEC, &level(), &Style { color, ..UNICODE }).replace('\u{1b}', "␛");
    insta::assert_snapshot!(escapes(Color::True));
    insta::assert_snapshot!(escapes(Color::Indexed));
}

#[test]
fn every_line_of_a_frame_is_as_wide_as_its_rule() {
    for unicode in [false, true] {
        let drawn = draw_level(&SPEC, &level(), &Style { unicode, ..UNICODE });
        let widths: Vec<_> = drawn.lines().take(5).map(|line| line.chars().count()).collect();
        assert_eq!(widths, [12; 5], "{drawn}");
    }
}

#[test]
fn a_pair_marks_what_differs() {
    let pair = draw_pair(&SPEC, ("aligned", &level()), ("shifted", &shifted()), &Style { unicode: false, ..UNICODE });
    insta::assert_snapshot!(pair);
}

#[test]
fn a_pair_that_does_not_fit_stands_below() {
    let narrow = Style { width: Some(30), ..UNICODE };
    let pair = draw_pair(&SPEC, ("aligned", &level()), ("shifted", &shifted()), &narrow);
    assert!(pair.lines().nth(1).unwrap().ends_with('┐') && pair.lines().nth(6).unwrap() == "shifted", "{pair}");
}

#[test]
fn two_bytes_a_cell_draw_the_same() {
    let wide = ObsSpec { cell_bytes: 2, ..SPEC };
    let bytes: Vec<u8> = level().into_iter().flat_map(|cell| u16::from(cell).to_ne_bytes()).collect();
    assert_eq!(draw_level(&wide, &bytes, &UNICODE), draw_level(&SPEC, &level(), &UNICODE));
}

#[test]
#[should_panic(expected = "an observation of 3x5 cells")]
fn a_short_observation_is_refused() {
    let _ = draw_level(&SPEC, &[0; 14], &UNICODE);
}
