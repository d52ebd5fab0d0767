//! `misgen play` in a pseudo-terminal, as a person at a keyboard sees it; and what comes of a recording.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod pty;
mod root;

use misgen_core::{Law, ShiftSpec};
use misgen_evaluate::human::order;
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::solution::solve;
use pty::{Terminal, misgen};
use root::root;
use rustix::process::Signal;
use serde_json::Value;
use std::path::Path;

fn level(name: &str) -> String {
    root().join("datasets/levels").join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_level_is_played_taken_back_explained_and_left() {
    let mut terminal = Terminal::start(&["play", &level("corner.txt")], (24, 80));
    terminal.wait("step 0 of 40");
    let first = terminal.contents();
    assert!(first.contains("corner-v0") && first.contains("goal `cheese` (reach the cheese): 0"), "{first}");
    assert!(terminal.alternate() && terminal.is_raw() && terminal.cursor_is_hidden());
    terminal.press("d");
    terminal.wait("step 1 of 40");
    let moved = terminal.contents();
    terminal.press("\x1b[C");
    terminal.wait("step 2 of 40");
    terminal.press("u");
    terminal.wait("step 1 of 40, 1 taken back");
    assert_eq!(frame(&terminal.contents()), frame(&moved), "taking back shows what was there");
    terminal.press("u");
    terminal.wait("step 0 of 40");
    assert_eq!(frame(&terminal.contents()), frame(&first));
    terminal.press("u");
    terminal.wait("nothing to undo");
    terminal.press("?");
    terminal.wait("back to the level");
    terminal.wait("Goal `cheese`: reach the cheese.");
    terminal.press(&"n".repeat(200));
    terminal.wait("Keys: arrows, wasd or hjkl move");
    terminal.press(&"u".repeat(40));
    terminal.wait("corner-v0: A room or maze");
    terminal.press("q");
    terminal.wait("step 0 of 40");
    // The best way, by arrows, letters of both kinds.
    terminal.press("\x1b[C\x1bOCdwkdlw");
    terminal.wait("The goal came first, in step 8.");
    terminal.wait("best possible: 0.932 in 8 steps");
    terminal.press("d");
    terminal.wait("the episode is over");
    terminal.press("n");
    terminal.wait("that was the last level");
    terminal.press("r");
    terminal.wait("step 0 of 40");
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_clean();
}

/// The level as it is drawn: the part of each line up to the right border.
fn frame(contents: &str) -> Vec<&str> {
    contents.lines().filter_map(|line| Some(line.rsplit_once('│')?.0)).collect()
}

#[test]
fn a_window_of_any_size_is_used_or_its_size_asked_for() {
    let mut terminal = Terminal::start(&["play", &level("corner.txt")], (24, 80));
    terminal.wait("step 0 of 40");
    let beside = terminal.contents();
    assert!(beside.lines().any(|line| line.contains('│') && line.contains("step 0")), "{beside}");
    terminal.resize((30, 30));
    terminal.wait_for("the text below the level", |text| {
        text.lines().any(|line| line.contains("step 0")) && !text.lines().any(|line| line.contains("│  step 0"))
    });
    terminal.resize((5, 12));
    terminal.wait("too small");
    terminal.press("d");
    terminal.resize((16, 60));
    terminal.wait("step 1 of 40");
    terminal.resize((1, 1));
    terminal.resize((24, 80));
    terminal.wait("q quit");
    for rows in 1..=20 {
        terminal.resize((rows, 3 * rows));
    }
    terminal.resize((40, 120));
    terminal.wait("step 1 of 40");
    terminal.press("\x1b");
    assert_eq!(terminal.end(), 0);
    terminal.assert_clean();
}

#[test]
fn whatever_ends_the_game_leaves_the_terminal_clean() {
    let corner = level("corner.txt");
    for (what, code) in [("ctrl-c", 130), ("term", 143), ("hup", 129), ("int", 130), ("q", 0), ("escape", 0)] {
        let mut terminal = Terminal::start(&["play", &corner], (24, 80));
        terminal.wait("step 0 of 40");
        assert!(terminal.is_raw(), "{what}");
        match what {
            "ctrl-c" => terminal.press("\x03"),
            "term" => terminal.signal(Signal::TERM),
            "hup" => terminal.signal(Signal::HUP),
            "int" => terminal.signal(Signal::INT),
            "escape" => terminal.press("\x1b"),
            key => terminal.press(key),
        }
        assert_eq!(terminal.end(), code, "{what}");
        terminal.assert_clean();
    }
}

#[test]
fn ascii_and_no_color_hold_on_the_screen_too() {
    let mut terminal = Terminal::start(&["play", &level("lava.txt"), "--ascii"], (24, 80));
    terminal.wait("step 0 of 32");
    assert!(terminal.contents().is_ascii(), "{}", terminal.contents());
    assert!(!terminal.is_coloured());
    terminal.press("?");
    terminal.wait("back to the level");
    assert!(terminal.contents().is_ascii(), "{}", terminal.contents());
    terminal.press("qq");
    assert_eq!(terminal.end(), 0);
    let mut terminal = Terminal::with(&["play", &level("lava.txt")], (24, 80), &[("NO_COLOR", "1")]);
    terminal.wait("step 0 of 32");
    assert!(!terminal.is_coloured());
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    let mut terminal = Terminal::start(&["play", &level("lava.txt")], (24, 80));
    terminal.wait("step 0 of 32");
    assert!(terminal.is_coloured());
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn without_a_terminal_there_is_one_clear_error() {
    let output = misgen(&["play", "corner"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("not a terminal") && said.lines().count() == 1, "{said}");
}

/// The keys of the best play on each level of a shift, or of the training law, in the order in which `play` shows them.
fn best_keys(shift: Option<&str>) -> Vec<String> {
    let family = misgen_families::REGISTRY.get("corner").unwrap();
    let spec = family.spec();
    let knobs = family.knobs(&Value::Null).unwrap();
    let content = match shift {
        Some(name) => Content::Shift(spec.shift(name).unwrap()),
        None => Content::Law(Law::named(&spec, spec.laws[0].name).unwrap()),
    };
    let pool = EvalPool::build(family, &PoolRequest { knobs, content, levels: 4, seed: 0 }).unwrap();
    let keys = |(twin, place): (bool, u32)| {
        let (levels, process) = match &pool.twins {
            Some(twins) if twin => (twins, pool.twin_process()),
            _ => (&pool.pool, pool.process()),
        };
        let solution = solve(&**levels, place as usize, &process).unwrap();
        let key = |action: &&str| match *action {
            "up" => 'w',
            "left" => 'a',
            "down" => 's',
            "right" => 'd',
            other => panic!("no key for {other}"),
        };
        solution.pursued[0].path.iter().map(key).collect()
    };
    order(4, pool.twins.as_ref().map_or(0, |twins| twins.len())).into_iter().map(keys).collect()
}

/// Plays `keys`, a level an entry, and leaves.
fn record(file: &Path, player: &str, keys: &[String], args: &[&str]) {
    let mut all = vec!["play", "corner", "--record", file.to_str().unwrap(), "--player", player];
    all.extend(args);
    let mut terminal = Terminal::start(&all, (24, 100));
    for keys in keys {
        terminal.wait("step 0 of 40");
        terminal.press(keys);
        terminal.wait("(recorded)");
        terminal.press("n");
    }
    terminal.press("q");
    assert_eq!(terminal.end(), 0);
    terminal.assert_clean();
}

#[test]
fn the_best_play_by_hand_is_recorded_and_transfers_the_goal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.jsonl");
    let keys = best_keys(Some("cheese-anywhere"));
    assert_eq!(keys.len(), 8);
    let shift = ["--shift", "cheese-anywhere", "--levels", "4"];
    // In two sittings: the second goes on where the first left.
    record(&file, "ann", &keys[..3], &shift);
    let early = std::fs::read_to_string(&file).unwrap();
    assert_eq!(early.lines().count(), 3);
    record(&file, "ann", &keys[3..], &shift);
    let all = std::fs::read_to_string(&file).unwrap();
    assert!(all.starts_with(&early) && all.lines().count() == 8 && all.ends_with('\n'));

    let human = format!("human:{}", file.display());
    let output = misgen(&["eval", &human, "--family", "corner", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ann = &result["players"][0];
    assert_eq!(ann["player"], "ann");
    let row = &ann["result"]["rows"][0];
    assert_eq!((&row["gt"], &row["c_align"], &row["levels"]), (&1.0.into(), &1.0.into(), &4.into()), "{row}");
    assert_eq!(row["outcomes"]["goal"], 1.0);
    assert_eq!((&ann["played"][0]["of"], &ann["played"][0]["twins"]), (&4.into(), &4.into()));
    let text = misgen(&["eval", &human, "--family", "corner"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("ann: cheese-anywhere, 4 of 4 levels, 4 of 4 twins"), "{text}");
    assert!(text.contains("need five people"), "{text}");

    // All are played: there is nothing left for ann.
    let mut over = Terminal::start(
        &[
            "play",
            "corner",
            "--record",
            file.to_str().unwrap(),
            "--player",
            "ann",
            "--shift",
            "cheese-anywhere",
            "--levels",
            "4",
        ],
        (24, 80),
    );
    over.wait("all 8 levels are recorded already");
    assert_eq!(over.end(), 2);

    // A forged line and a cut one are refused by their numbers.
    let refused = |text: String, expected: &str| {
        let forged = folder.path().join("forged.jsonl");
        std::fs::write(&forged, text).unwrap();
        let output = misgen(&["eval", &format!("human:{}", forged.display()), "--family", "corner"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{expected}: {said}");
    };
    refused(all.replacen("reach-cheese", "enter-corner", 1), "line 1: its events are");
    refused(all[..all.len() - 30].to_owned(), "line 8: the line is cut short");
    let other = misgen(&["eval", &human, "--family", "bright"]);
    assert_eq!(other.status.code(), Some(3), "nothing of that family was played");
}

#[test]
fn undone_steps_are_recorded_and_a_finished_episode_cannot_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.jsonl");
    let keys = best_keys(Some("cheese-anywhere"));
    let args = ["play", "corner", "--shift", "cheese-anywhere", "--levels", "4", "--record", file.to_str().unwrap()];
    let mut terminal = Terminal::start(&args, (24, 100));
    terminal.wait("step 0 of 40");
    assert!(!terminal.contents().contains("eval/0/"), "the id would say whether it is a twin");
    terminal.press(" u");
    terminal.wait("step 0 of 40, 1 taken back");
    terminal.press(&keys[0]);
    terminal.wait("(recorded)");
    assert!(terminal.contents().contains("eval/0/"));
    terminal.press("u");
    terminal.wait("n goes on, r plays it again");
    terminal.press("r");
    terminal.wait("step 0 of 40");
    terminal.press(&keys[0]);
    terminal.wait("(recorded)");
    // Killed in the middle of the next level: what was finished stays, nothing is half there.
    terminal.press("n ");
    terminal.wait("step 1 of 40");
    terminal.signal(Signal::KILL);
    assert_eq!(terminal.end(), 128 + 9);
    let lines: Vec<Value> =
        std::fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facts: Vec<_> = lines.iter().map(|line| (line["undone"].as_u64(), line["attempt"].as_u64())).collect();
    assert_eq!(facts, [(Some(1), Some(1)), (Some(0), Some(2))]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    let human = format!("human:{}", file.display());
    assert_eq!(misgen(&["eval", &human, "--family", "corner"]).status.code(), Some(3), "no first try without undo");
}

#[test]
fn a_recording_of_another_world_is_not_mixed_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("people.jsonl");
    let keys = best_keys(Some("cheese-anywhere"));
    record(&file, "ann", &keys[..1], &["--shift", "cheese-anywhere", "--levels", "4"]);
    for (args, expected) in [
        (&["--levels", "5"][..], "line 1 has --levels 4, not 5"),
        (&["--levels", "4", "--knob", "size=7"], "line 1 has knobs"),
        (&["--levels", "4", "--player", "\u{e9}"], "--player: expected"),
    ] {
        let mut all = vec!["play", "corner", "--record", file.to_str().unwrap()];
        all.extend(args);
        let mut terminal = Terminal::start(&all, (24, 80));
        terminal.wait("error: ");
        assert_eq!(terminal.end(), 2, "{args:?}");
        let said = terminal.contents().replace('\n', "");
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn every_family_is_played_to_the_end_of_its_first_level() {
    for family in misgen_families::REGISTRY.iter() {
        let spec = family.spec();
        let shift = ShiftSpec::from(&spec.shifts[0]);
        let args = ["play", spec.name, "--shift", &shift.name, "--levels", "1"];
        let mut terminal = Terminal::start(&args, (24, 80));
        terminal.wait("step 0 of");
        terminal.wait("q quit");
        let shown = terminal.contents();
        assert!(shown.contains(&shift.name), "{}: {shown}", spec.name);
        // Down, or the first digit's action, or nothing, until it is over; what comes too late is said to.
        terminal.press(&"s1 ".repeat(300));
        terminal.wait("(the episode is over");
        terminal.wait("Random play:");
        if std::env::var_os("MISGEN_TEST_SHOW").is_some() {
            println!("{shown}\n{}\n", terminal.contents());
        }
        terminal.press("?");
        terminal.wait("back to the level");
        terminal.press("qq");
        assert_eq!(terminal.end(), 0, "{}", spec.name);
        terminal.assert_clean();
    }
}

/// docs/play.md shows what comes of it.
#[test]
fn the_committed_recording_is_what_play_writes() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("example.jsonl");
    let _ = std::fs::remove_file(&file);
    record(&file, "example", &best_keys(None), &["--levels", "4"]);
    record(&file, "example", &best_keys(Some("cheese-anywhere")), &["--levels", "4", "--shift", "cheese-anywhere"]);
    let committed = std::fs::read_to_string(root().join("datasets/recordings/example.jsonl")).unwrap();
    assert!(std::fs::read_to_string(&file).unwrap() == committed, "another one is in {}", file.display());
    let result = misgen(&["eval", &format!("human:{}", file.display()), "--family", "corner", "--json"]);
    let result: Value = serde_json::from_slice(&result.stdout).unwrap();
    let result = &result["players"][0]["result"];
    assert_eq!((&result["s_train"], &result["rows"][1]["gt"]), (&1.0.into(), &1.0.into()));
}
