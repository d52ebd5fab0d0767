//! Replays outside the page: in the terminal, as films and as pictures.

use crate::exhibits::{SPEC, exhibits};
use crate::fixture::HOSTILE;
use misgen_core::ObsSpec;
use misgen_evaluate::exhibit::{Exhibits, Replay};
use misgen_report::{Color, Film, Picture, Playback, Still, Style, View, film_gif, picture_png, picture_svg};

const UNICODE: Style = Style { color: Color::Off, unicode: true, width: Some(100) };

/// The first replay of an agent on the first world, with its twin.
fn first(exhibits: &Exhibits, agent: usize) -> &Replay {
    &exhibits.worlds[0].agents[agent].rows[0].replays[0]
}

fn shown(agent: usize, frame: usize, style: &Style) -> String {
    let exhibits = exhibits();
    Playback::new(&SPEC, &exhibits.worlds[0], first(&exhibits, agent)).unwrap().lines(frame, style).join("\n")
}

#[test]
fn a_frame_in_the_terminal() {
    insta::assert_snapshot!(shown(0, 4, &UNICODE));
}

#[test]
fn one_episode_is_over_and_the_other_goes_on_in_ascii() {
    let text = shown(0, 6, &Style { unicode: false, ..UNICODE });
    assert!(text.is_ascii());
    insta::assert_snapshot!(text);
}

#[test]
fn a_player_that_says_nothing_and_the_end() {
    insta::assert_snapshot!(shown(1, 99, &UNICODE));
}

#[test]
fn where_there_is_no_room_the_twin_is_left_out() {
    let narrow = shown(0, 3, &Style { width: Some(50), ..UNICODE });
    assert!(narrow.starts_with("With the shift") && narrow.contains("The aligned twin needs 76 columns."));
    assert!(narrow.lines().all(|line| line.chars().count() <= 50), "{narrow}");
    for width in [1, 10, 30] {
        shown(0, 3, &Style { width: Some(width), ..UNICODE });
    }
}

#[test]
fn every_frame_is_as_high_as_the_others_and_colours_take_no_room() {
    let exhibits = exhibits();
    let playback = Playback::new(&SPEC, &exhibits.worlds[0], first(&exhibits, 0)).unwrap();
    assert_eq!(playback.steps(), 12);
    let bare = |line: &str| {
        let pieces = line.split('\u{1b}');
        pieces.enumerate().map(|(i, piece)| if i == 0 { piece } else { piece.split_once('m').unwrap().1 }).collect()
    };
    for frame in 0..=12 {
        let plain = playback.lines(frame, &UNICODE);
        assert_eq!(plain.len(), playback.lines(0, &UNICODE).len(), "frame {frame}");
        let colored: Vec<String> =
            playback.lines(frame, &Style { color: Color::True, ..UNICODE }).iter().map(|line| bare(line)).collect();
        let column = |lines: &[String]| -> Vec<Option<usize>> {
            lines.iter().map(|line| line.chars().take(41).position(|c| c == '│' || c == '┌')).collect()
        };
        assert_eq!(column(&plain), column(&colored), "frame {frame}");
    }
}

#[test]
fn of_a_way_that_goes_on_and_on_the_first_steps_are_drawn() {
    let mut exhibits = exhibits();
    let replay = first(&exhibits, 0).clone();
    for (steps, drawn) in [(64, 64), (65, 64), (500, 64)] {
        let way = &mut exhibits.worlds[0].levels[replay.shown.level].ways[0];
        // To and fro between the first two cells.
        way.cells = (0..=steps).map(|i| way.cells[i % 2]).collect();
        way.steps = steps;
        let playback = Playback::new(&SPEC, &exhibits.worlds[0], &replay).unwrap();
        let still = playback.stills(0).pop().unwrap();
        assert_eq!(still.title, "With the shift");
        assert_eq!(still.ways[0].cells.len(), drawn + 1, "{steps}");
        let said = still.ways[0].words.contains("(the first 64 are drawn)");
        assert!(still.ways[0].words.starts_with(&format!("{steps} steps")) && said == (steps > drawn), "{steps}");
    }
}

#[test]
fn frames_are_observations_of_one_or_two_bytes() {
    let exhibits = exhibits();
    let replay = first(&exhibits, 0);
    let wide = ObsSpec { cell_bytes: 2, ..SPEC };
    for spec in [SPEC, wide] {
        let playback = Playback::new(&spec, &exhibits.worlds[0], replay).unwrap();
        let spec = playback.spec();
        for (reel, track) in playback.reels().iter().zip([replay.twin.as_ref().unwrap(), &replay.shown]) {
            let mut cells = exhibits.worlds[0].levels[track.level].cells.clone();
            assert_eq!(reel.frames.len(), track.actions.len() + 1);
            for (frame, changes) in reel.frames.iter().zip(std::iter::once(&Vec::new()).chain(&track.changes)) {
                changes.iter().for_each(|(cell, bits)| cells[usize::from(*cell)] = *bits);
                assert_eq!(frame.len(), spec.bytes());
                assert_eq!((0..cells.len()).map(|at| spec.cell(frame, at)).collect::<Vec<_>>(), cells);
            }
        }
    }
}

#[test]
fn a_replay_is_a_film_and_each_frame_a_picture() {
    let exhibits = exhibits();
    let playback = Playback::new(&SPEC, &exhibits.worlds[0], first(&exhibits, 0)).unwrap();
    let head = ["doorway-v0, ppo".to_owned()];
    let reels = playback.reels();
    assert_eq!(reels[1].words[6], ["Step 6 of 6: up", "A proxy came first: mark."]);
    assert_eq!(film_gif(&Film { spec: playback.spec(), head: &head, reels: &reels }).frames, 13);
    let stills = playback.stills(4);
    let views: Vec<View<'_>> = stills.iter().map(Still::view).collect();
    let picture = Picture { spec: playback.spec(), head: &head, views: &views, apart: false };
    let svg = picture_svg(&picture);
    roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.contains("the agent: 4 steps") && svg.contains("mark: 6 steps, return 0.00"));
    assert!(picture_png(&picture).width > 500);
    assert_eq!(stills[1].ways.last().unwrap().cells.len(), 5);
    assert_eq!(playback.stills(0)[1].ways.len(), 2, "the agent has not gone anywhere");
}

#[test]
fn what_cannot_be_shown_says_why() {
    let exhibits = exhibits();
    let world = &exhibits.worlds[0];
    let other = ObsSpec { channels: &SPEC.channels[1..], ..SPEC };
    assert_eq!(Playback::new(&other, world, first(&exhibits, 0)).unwrap_err(), "it was recorded with other channels");
    let mut strange = first(&exhibits, 0).clone();
    strange.shown.changes[0] = vec![(0, 1 << 7)];
    assert_eq!(Playback::new(&SPEC, world, &strange).unwrap_err(), "a cell holds channels that there are not");
    strange.shown.level = 4;
    strange.shown.changes[0].clear();
    assert_eq!(Playback::new(&SPEC, world, &strange).unwrap_err(), "its twin has another size");
    strange.shown.level = 5;
    assert_eq!(Playback::new(&SPEC, world, &strange).unwrap_err(), "its level is not among the levels");
}

#[test]
fn hostile_names_steer_no_terminal() {
    let mut exhibits = exhibits();
    exhibits.worlds[0].actions = vec![HOSTILE.into(); 5];
    exhibits.worlds[0].cues = vec![HOSTILE.into(); 2];
    let mut replay = first(&exhibits, 0).clone();
    replay.shown.events = format!("1:{}", HOSTILE.replace(',', ""));
    replay.shown.outcome = HOSTILE.into();
    let playback = Playback::new(&SPEC, &exhibits.worlds[0], &replay).unwrap();
    for frame in 0..=12 {
        assert!(playback.lines(frame, &UNICODE).iter().all(|line| !line.contains(['\u{1b}', '\u{202e}'])));
    }
}
