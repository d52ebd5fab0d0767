//! Every family drawn and animated under every shift.

use super::film::episode;
use super::{Drawn, agent, drawn, found};
use crate::args::{Cli, Command, ShowArgs};
use crate::commands::agent::{Learned, Named};
use clap::Parser;
use misgen_agents::{AgentConfig, Learner, NetPolicy, Play};
use misgen_core::AnyFamily;
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::row::{Agent, evaluate};
use misgen_families::REGISTRY;
use misgen_report::{Color, Raster, Style};
use misgen_solve::Script;
use serde_json::Value;
use std::sync::Mutex;

fn parsed(words: &[&str]) -> ShowArgs {
    match Cli::try_parse_from(["misgen", "show"].iter().chain(words)).unwrap().command {
        Command::Show(args) => args,
        other => panic!("{other:?}"),
    }
}

fn show(words: &[&str], style: &Style) -> Drawn {
    drawn(&parsed(words), REGISTRY, style).unwrap_or_else(|failure| panic!("{words:?}: {failure:?}"))
}

const UNICODE: Style = Style { color: Color::Off, unicode: true, width: None };
const COLOURED: Style = Style { color: Color::True, unicode: true, width: Some(100) };

/// Each family with no shift, with every shift, and with the first rung of every ladder.
fn everything() -> Vec<(String, Option<String>)> {
    let of = |spec: misgen_core::FamilySpec| {
        let declared = spec.shifts.iter().map(|shift| shift.name.to_owned());
        let rungs = spec.ladders.iter().map(|ladder| ladder.rungs().remove(0).name);
        let shifts = declared.chain(rungs).map(Some).chain([None]);
        shifts.map(move |shift| (spec.name.to_owned(), shift)).collect::<Vec<_>>()
    };
    REGISTRY.iter().map(AnyFamily::spec).flat_map(of).collect()
}

/// Does `one` with every family and shift, on all cores.
fn each(one: impl Fn(&[&str]) + Sync) {
    let left = Mutex::new(everything());
    assert!(left.lock().unwrap().len() > 90);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((family, shift)) = left.lock().unwrap().pop() else { break };
                    let mut words = vec![family.as_str()];
                    words.extend(shift.iter().flat_map(|shift| ["--shift", shift]));
                    one(&words);
                }
            });
        }
    });
}

#[test]
fn every_family_is_drawn_in_the_terminal_under_every_shift() {
    each(|words| {
        let ascii = show(&[words, &["--path", "all", "--ascii"]].concat(), &Style::PLAIN).document;
        assert!(ascii.is_ascii(), "{words:?}: {ascii}");
        let unicode = show(&[words, &["--path", "all"]].concat(), &UNICODE).document;
        assert!(unicode.contains('┌') && unicode.contains('└'), "{words:?}: {unicode}");
        let cue = REGISTRY.get(words[0]).unwrap().spec().cues[0].name;
        assert!(unicode.contains(&format!("{cue}: ")), "{words:?} does not tell the goal's way: {unicode}");
        let coloured = show(&[words, &["--path", "all"]].concat(), &COLOURED).document;
        assert!(coloured.contains("\u{1b}["), "{words:?}");
    });
}

#[test]
fn every_family_is_a_picture_under_every_shift() {
    each(|words| {
        let asked = [words, &["--path", "all", "--png", "a", "--svg", "b"]].concat();
        let pictures = show(&asked, &UNICODE);
        let [(_, png), (_, svg)] = &pictures.files[..] else { panic!("{words:?}: two files") };
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png.bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), (png.width, png.height), "{words:?}");
        assert!(pictures.document.contains(&format!("a: {}x{} pixels", png.width, png.height)), "{words:?}");
        let text = std::str::from_utf8(&svg.bytes).unwrap();
        let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        assert_eq!(document.root_element().attribute("width"), Some(&*png.width.to_string()), "{words:?}");
        for channel in REGISTRY.get(words[0]).unwrap().spec().channels {
            let named = document.descendants().any(|node| node.text() == Some(channel.name));
            assert!(named, "{words:?}: the legend does not name {}", channel.name);
        }
        // Things differ in outline or glyph, not in colour alone.
        let things = document.descendants().filter(|node| node.attribute("id").is_some_and(|id| id.starts_with('t')));
        let mut forms: Vec<String> = things.map(|thing| form(&thing)).collect();
        forms.sort();
        assert!(forms.windows(2).all(|pair| pair[0] != pair[1]), "{words:?}: two things look alike: {forms:?}");
        let again = show(&asked, &UNICODE);
        assert!(again.files == pictures.files, "{words:?}: other bytes at the second time");
    });
}

/// What is left of a drawing without its colours.
fn form(thing: &roxmltree::Node<'_, '_>) -> String {
    let part = |node: roxmltree::Node<'_, '_>| {
        format!("{} {:?} {:?};", node.tag_name().name(), node.attribute("d"), node.text())
    };
    thing.children().map(part).collect()
}

/// Decodes a film and counts its frames.
fn decoded(film: &Raster) -> usize {
    let mut reader = gif::DecodeOptions::new().read_info(&film.bytes[..]).unwrap();
    assert_eq!((u32::from(reader.width()), u32::from(reader.height())), (film.width, film.height));
    let mut frames = 0;
    while let Some(frame) = reader.read_next_frame().unwrap() {
        assert!(
            u32::from(frame.left + frame.width) <= film.width && u32::from(frame.top + frame.height) <= film.height
        );
        frames += 1;
    }
    frames
}

#[test]
fn every_family_is_a_film_under_every_shift() {
    each(|words| {
        let args = parsed(&[words, &["--gif", "a"]].concat());
        let drawn = drawn(&args, REGISTRY, &UNICODE).unwrap();
        let [(_, film)] = &drawn.files[..] else { panic!("{words:?}: one file") };
        let family = REGISTRY.get(words[0]).unwrap();
        let mut player = agent(&args.film.agent, family, &args.world, &args.film.answers).unwrap();
        let shown = found(&args, family, Some(&player)).unwrap();
        let mut steps = |side| episode(&shown, side, &args.film, &mut player).unwrap().actions.len();
        let longest = shown.sides().iter().map(&mut steps).max().unwrap();
        assert_eq!((decoded(film), film.frames), (longest + 1, longest + 1), "{words:?}");
    });
}

#[test]
fn a_film_has_a_frame_a_step_and_the_same_bytes_each_time() {
    let words = ["corner", "--path", "goal", "--json", "--gif", "a"];
    let drawn = show(&words, &UNICODE);
    let facts: Value = serde_json::from_str(&drawn.document).unwrap();
    let path = &facts["paths"]["level"][0];
    let steps = path["actions"].as_array().unwrap().len();
    assert!(steps > 2, "{path}");
    assert_eq!(path["cells"].as_array().unwrap().len(), steps + 1, "{path}");
    // Ways of the pursuer differ, but all are as short.
    assert_eq!(drawn.files[0].1.frames, steps + 1);
    assert_eq!(drawn.files, show(&words, &UNICODE).files);
}

/// Asserts that every episode of an evaluation of `played` is the one that a film of `filmed` shows.
fn assert_filmed(family: &str, shift: &str, played: &mut Agent<'_>, filmed: &mut Named) {
    let family = REGISTRY.get(family).unwrap();
    let content = Content::Shift(family.spec().shift(shift).unwrap());
    let request = PoolRequest { knobs: family.knobs(&Value::Null).unwrap(), content, levels: 4, seed: 0 };
    let pool = EvalPool::build(family, &request).unwrap();
    let records = evaluate(&pool, played, 7).unwrap().episodes;
    assert!(records.iter().any(|record| record.twin));
    for record in &records {
        // A twin is shown beside its level.
        let id = pool.pool.key(record.level as usize).unwrap().to_string();
        let mut args = parsed(&[family.spec().name, "--shift", shift, "--level", &id, "--gif", "a"]);
        (args.film.agent_seed, args.film.place) = (7, record.level);
        args.film.greedy = record.play == "greedy";
        let shown = found(&args, family, Some(filmed)).unwrap();
        let sides = shown.sides();
        let side = if record.twin { sides.first() } else { sides.last() };
        let episode = episode(&shown, side.unwrap(), &args.film, filmed).unwrap();
        let what = format!("level {}, {}, twin: {}", record.level, record.play, record.twin);
        assert_eq!(Some(&episode.actions), record.decode_actions().as_ref(), "{what}");
        assert_eq!(episode.chances, record.decode_chances().unwrap(), "{what}");
    }
}

#[test]
fn what_is_filmed_of_a_script_is_what_eval_plays() {
    for (family, shift) in [("monsters", "no-monsters"), ("corner", "cheese-anywhere")] {
        for name in ["noisy:0.5:goal", "random"] {
            let script: Script = name.parse().unwrap();
            assert_filmed(family, shift, &mut Agent::Scripted(&script), &mut Named::Scripted(script.clone()));
        }
    }
}

#[test]
fn what_is_filmed_of_a_net_is_what_eval_plays() {
    let pool = REGISTRY.get("corner").unwrap().pool(&Value::Null).unwrap();
    let checkpoint = Learner::new(AgentConfig::default(), &pool.obs_spec(), pool.spec().reward(), 3).export();
    let load = |play| NetPolicy::load(&checkpoint, play).unwrap();
    let (mut sampled, mut greedy) = (load(Play::Sampled), load(Play::Greedy));
    let mut played = Agent::Learned { sampled: &mut sampled, greedy: Some(&mut greedy) };
    let filmed = Learned::of(checkpoint.clone(), None).unwrap();
    assert_filmed("corner", "cheese-anywhere", &mut played, &mut Named::Learned(Box::new(filmed)));
}

#[test]
fn a_cue_that_does_not_exist_is_named_with_those_that_do() {
    let failure = drawn(&parsed(&["corner", "--path", "corners"]), REGISTRY, &UNICODE).err();
    let failure = failure.expect("corner has no such cue");
    assert!(format!("{failure:?}").contains("did you mean `corner`"), "{failure:?}");
}

#[test]
fn an_agent_that_stays_is_told_in_words() {
    let text = show(&["query", "--path", "goal"], &UNICODE).document;
    assert!(text.contains("it does not move from its cell: "), "{text}");
    assert!(!['↑', '↓', '←', '→'].iter().any(|arrow| text.contains(*arrow)), "{text}");
}
