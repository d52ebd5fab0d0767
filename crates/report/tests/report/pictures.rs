//! Levels as pictures, ways over them, and films.

use crate::levels::{SPEC, level, shifted};
use misgen_core::{ObsSpec, Rgb};
use misgen_report::{Color, Film, Picture, Reel, Style, View, Way, draw_ways, film_gif, picture_png, picture_svg};
use roxmltree::Document;

fn way(cue: usize, cells: &[usize]) -> Way {
    let name = ["cheese", "corner"][cue].to_owned();
    Way { cue, name, cells: cells.to_vec(), words: format!("{} steps", cells.len() - 1) }
}

fn views<'a>(ways: &'a [Way], left: &'a [u8], right: &'a [u8]) -> [View<'a>; 2] {
    [
        View { title: "aligned twin", obs: left, ways: &[], below: &[] },
        View { title: "shifted", obs: right, ways, below: &[] },
    ]
}

#[test]
fn a_picture_as_svg() {
    let (left, right) = (level(), shifted());
    let ways = [way(0, &[1, 2, 3, 8, 13]), way(1, &[1, 1, 2, 3, 8, 9])];
    let views = views(&ways, &left, &right);
    let head = ["toy-v0, shift elsewhere".to_owned(), "the cheese is elsewhere".to_owned()];
    let picture = Picture { spec: &SPEC, head: &head, views: &views, apart: true };
    let svg = picture_svg(&picture);
    Document::parse(&svg).unwrap();
    insta::assert_snapshot!(svg.replace("><", ">\n<"));
}

/// The colours of a PNG, row by row.
fn pixels(bytes: &[u8]) -> (usize, Vec<Rgb>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut all = vec![0; reader.output_buffer_size().unwrap()];
    let width = reader.next_frame(&mut all).unwrap().width as usize;
    (width, all.as_chunks::<3>().0.iter().map(|[r, g, b]| Rgb(*r, *g, *b)).collect())
}

#[test]
fn a_png_shows_walls_things_and_ways_in_their_colours() {
    let obs = level();
    let count = |ways: &[Way], color: Rgb| {
        let views = [View { title: "", obs: &obs, ways, below: &[] }];
        let png = picture_png(&Picture { spec: &SPEC, head: &[], views: &views, apart: true });
        pixels(&png.bytes).1.iter().filter(|pixel| **pixel == color).count()
    };
    for (channel, bit) in SPEC.channels.iter().zip(0..) {
        let cells = (0..SPEC.width * SPEC.height).filter(|at| SPEC.cell(&obs, *at) >> bit & 1 == 1).count();
        // Every channel is in the legend, and those of the level are there too.
        let found = count(&[], channel.color);
        assert!(found > 40 + 30 * cells, "{}: {found} pixels for {cells} cells", channel.name);
    }
    let vermilion = Rgb(213, 94, 0);
    assert_eq!(count(&[], vermilion), 0);
    assert!(count(&[way(0, &[1, 2, 3, 8, 13])], vermilion) > 30);
}

#[test]
fn arrows_stand_on_empty_cells_and_numbers_part_the_ways() {
    let plain = Style { color: Color::Off, unicode: true, width: None };
    let ways = [way(0, &[1, 2, 3, 8, 13]), way(1, &[1, 1, 2, 3, 8, 9])];
    insta::assert_snapshot!(draw_ways(&SPEC, &level(), &ways, &plain));
    let stays = [way(0, &[5, 5, 5])];
    let text = draw_ways(&SPEC, &level(), &stays, &plain);
    assert!(text.ends_with("cheese: 2 steps\n"), "{text}");
}

/// An episode in which the cheese goes to and fro.
fn reel(title: &str, frames: usize) -> Reel {
    let frames: Vec<Vec<u8>> = (0..frames).map(|at| if at % 2 == 0 { level() } else { shifted() }).collect();
    let words = (0..frames.len()).map(|at| [format!("step {at}"), String::new()]).collect();
    Reel { title: title.into(), frames, words }
}

/// Every frame of a film as it is seen.
fn seen(spec: &ObsSpec, reels: &[Reel]) -> Vec<Vec<u8>> {
    let film = film_gif(&Film { spec, head: &[], reels });
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut reader = options.read_info(&film.bytes[..]).unwrap();
    let width = usize::from(reader.width());
    let mut canvas = vec![0; width * usize::from(reader.height()) * 4];
    let mut all = Vec::new();
    while let Some(frame) = reader.read_next_frame().unwrap() {
        let (left, top, wide) = (usize::from(frame.left), usize::from(frame.top), usize::from(frame.width));
        for (index, pixel) in frame.buffer.as_chunks::<4>().0.iter().enumerate().filter(|(_, pixel)| pixel[3] > 0) {
            let at = 4 * ((top + index / wide) * width + left + index % wide);
            canvas[at..at + 4].copy_from_slice(pixel);
        }
        all.push(canvas.clone());
    }
    all
}

#[test]
fn a_film_is_as_long_as_its_longest_episode_and_each_frame_is_whole() {
    let frames = seen(&SPEC, &[reel("a", 3), reel("b", 5)]);
    assert_eq!(frames.len(), 5);
    assert!(frames.windows(2).all(|pair| pair[0] != pair[1]), "each step is seen");
    // What is put together from changes is what the same moment looks like when it is the first frame.
    let mut last = [reel("a", 3), reel("b", 5)];
    for reel in &mut last {
        let kept = reel.frames.len() - 1;
        reel.frames.drain(..kept);
        reel.words.drain(..kept);
    }
    assert_eq!(seen(&SPEC, &last)[0], frames[4]);
}
