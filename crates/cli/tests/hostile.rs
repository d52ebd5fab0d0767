//! Promises 7, 10 and 17 as a user meets them: damage is found and mended, hostile files are refused in one line,
//! nothing is written outside the folder that was named.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]
#![cfg(unix)]

mod tiny;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;
use tiny::{Tiny, entries, walk};

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts that a command was refused with `code` and one clear line.
fn assert_refused(output: &Output, code: i32, expected: &str, context: &str) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{context}: {said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{context}: {said}");
    assert!(said.contains(expected), "{context}: no `{expected}` in: {said}");
    assert!(said.len() < 2000 && said.chars().all(|c| c == '\n' || !c.is_control()), "{context}: {said:?}");
    assert!(!said.contains("panicked"), "{context}: {said}");
}

/// Bytes of every published file of a run; the time files and logs, which are not results, apart.
fn results(run: &Path) -> (BTreeMap<PathBuf, Vec<u8>>, BTreeMap<PathBuf, Vec<u8>>) {
    let files = walk(run).into_iter().filter(|path| path.is_file() && path.extension().is_none_or(|e| e != "lock"));
    let files = files.map(|path| (path.strip_prefix(run).unwrap().to_owned(), fs::read(&path).unwrap()));
    files
        // The run's times follow from the cells' and change with them.
        .filter(|(path, _)| !path.ends_with(".lock") && !path.ends_with("timings.json"))
        .partition(|(path, _)| !path.ends_with("timing.json") && !path.ends_with("log.jsonl"))
}

#[test]
fn a_damaged_result_is_found_and_only_it_is_computed_again() {
    let tiny = Tiny::new();
    let run = tiny.run("runs");
    let (sound, mut times) = results(&run);
    let cell = entries(&run, "cells").remove(1);
    let pool = entries(&run, "pools").remove(0);
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let truncate = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 3]).unwrap();
    };
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    let other = entries(&run, "cells").remove(0).join("result.json");
    let swap = |path: &Path| {
        fs::copy(&other, path).unwrap();
    };
    let folder = |path: &Path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    };
    type Damage<'a> = (&'a str, &'a Path, &'a str, &'a dyn Fn(&Path));
    let damages: [Damage<'_>; 7] = [
        ("a flipped bit", &cell, "result.json", &flip),
        ("a truncated file", &cell, "episodes.parquet", &truncate),
        ("a removed file", &cell, "result.json", &remove),
        ("another cell's file", &cell, "result.json", &swap),
        ("a folder in a file's place", &cell, "result.json", &folder),
        ("a damaged DONE", &cell, "DONE", &flip),
        ("a damaged pool", &pool, "pool.json", &flip),
    ];
    for (what, entry, file, damage) in damages {
        damage(&entry.join(file));
        let output = tiny.misgen(&["run", "suite.toml", "--out", "runs"]);
        assert!(output.status.success(), "{what}: {}", stderr(&output));
        assert_eq!(stderr(&output).matches("] done in").count(), 1, "{what}: {}", stderr(&output));
        let (mut now, now_times) = results(&run);
        now.retain(|path, _| !path.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.')));
        assert!(now == sound, "{what}: the bytes did not come back");
        for (path, time) in &times {
            let mended = run.join(path).parent() == Some(entry);
            assert!(mended || now_times[path] == *time, "{what}: {} was computed again", path.display());
        }
        times = now_times;
    }
}

#[test]
fn damaged_documents_are_written_again_and_lose_no_result() {
    let tiny = Tiny::new();
    let run = tiny.run("runs");
    let (sound, times) = results(&run);
    for name in ["manifest.json", "cells.jsonl", "summary.json", "config.resolved.toml", "report.html", "failures.json"]
    {
        for bytes in [&b""[..], b"{\"half", b"\xff\xfe", b"[[[[[[[["] {
            fs::write(run.join(name), bytes).unwrap();
            if name == "cells.jsonl" {
                let plan = run.join(name);
                let args =
                    ["cell", "run", "--plan", plan.to_str().unwrap(), "--index", "0", "--out", run.to_str().unwrap()];
                let output = tiny.misgen(&args);
                assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
            }
        }
        let output = tiny.misgen(&["run", "suite.toml", "--out", "runs"]);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert_eq!(stderr(&output).matches("] done in").count(), 0, "{name}");
        let now = results(&run);
        assert!(now.0 == sound && now.1 == times, "{name}");
    }
}

#[test]
fn nothing_is_written_outside_the_folder_that_was_named() {
    let tiny = Tiny::new();
    let outside = tiny.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let untouched = |context: &str| assert_eq!(walk(&outside), Vec::<PathBuf>::new(), "{context}");
    let run = |out: &str| tiny.misgen(&["run", "suite.toml", "--out", out]);

    symlink(&outside, tiny.path().join("link")).unwrap();
    for out in ["link", "link/runs", "link/"] {
        assert_refused(&run(out), 4, "symbolic link", out);
        untouched(out);
    }

    // The run's own folder, and what lies in it, replaced by links.
    let folder = tiny.run("runs");
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    for part in ["", "cells", "pools", "summary.json", ".lock"] {
        let copy = format!("swapped-{part}");
        let there = tiny.path().join(&copy).join(&name);
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        if part.is_empty() {
            symlink(&outside, &there).unwrap();
        } else {
            fs::create_dir(&there).unwrap();
            // A name that does not exist yet: following the link would create it.
            let target = if part.contains('.') { outside.join("created") } else { outside.clone() };
            symlink(target, there.join(part)).unwrap();
        }
        let output = run(&copy);
        if part == "summary.json" {
            // A document is renamed over the link: the link goes, what it pointed to stays.
            assert!(output.status.success(), "{}", stderr(&output));
            assert!(!there.join(part).is_symlink());
        } else {
            assert_refused(&output, 4, "symbolic link", part);
        }
        untouched(part);
    }

    let agent = tiny.path().join("agent.toml");
    let train = ["train", "corner", "--agent", agent.to_str().unwrap(), "--frames", "64", "--out", "link"];
    assert_refused(&tiny.misgen(&train), 4, "symbolic link", "train");
    untouched("train");
}

#[test]
fn hostile_names_of_suites_are_refused_and_nothing_is_created() {
    let long = "x".repeat(10_000);
    let names = ["../x", "/etc/x", "a\\u0000b", &long, "a\\u202Eb", "A", ".x", "", "a/b", "a\\\\b", "con\\n"];
    for name in names {
        let tiny = Tiny::new();
        let before = walk(tiny.path());
        let text = fs::read_to_string(tiny.path().join("suite.toml")).unwrap();
        let text = text.replace("name = \"tiny\"", &format!("name = \"{name}\""));
        fs::write(tiny.path().join("suite.toml"), text).unwrap();
        let output = tiny.misgen(&["run", "suite.toml", "--out", "runs"]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains("expected a name") && !said.contains(['\0', '\u{202e}']), "{name}: {said}");
        assert_eq!(walk(tiny.path()), before, "{name}");
    }
}

/// A checkpoint folder with these two files, and the card of a corner agent.
fn checkpoint(tiny: &Tiny, name: &str, config: &[u8], model: &[u8], card: Option<&[u8]>) -> String {
    let folder = tiny.path().join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.json"), config).unwrap();
    fs::write(folder.join("model.safetensors"), model).unwrap();
    if let Some(card) = card {
        fs::write(folder.join("training.json"), card).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn eval(tiny: &Tiny, folder: &str) -> Output {
    tiny.misgen(&["eval", folder, "--family", "corner", "--shift", "cheese-anywhere", "--levels", "4"])
}

#[test]
fn every_hostile_checkpoint_is_refused_in_one_line() {
    let tiny = Tiny::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/checkpoint");
    let mut refused = 0;
    for file in walk(&corpus) {
        let bytes = fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let Some((config, model)) = bytes[4..].split_at_checked(length) else { continue };
        let output = eval(&tiny, &checkpoint(&tiny, name, config, model, None));
        // What is wrong with the state of training is no obstacle to play.
        if !output.status.success() {
            let code = if name == "huge-weights" { 1 } else { 2 };
            assert_refused(&output, code, "", name);
            refused += 1;
        }
    }
    assert!(refused >= 12, "{refused}");

    let sound = fs::read(corpus.join("play")).unwrap();
    let length = u32::from_le_bytes(sound[..4].try_into().unwrap()) as usize;
    let (config, model) = sound[4..].split_at(length);
    assert!(eval(&tiny, &checkpoint(&tiny, "sound", config, model, None)).status.success());

    // Fifteen thousand tensors without a byte, nearly all that a header of 1 MB can name; and a longer header.
    let (header, data) = model[8..].split_at(u64::from_le_bytes(model[..8].try_into().unwrap()) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    for i in 0..15_000 {
        header[format!("e{i}")] = json!({ "dtype": "F32", "shape": [0], "data_offsets": [data.len(), data.len()] });
    }
    let with = |header: &[u8]| [&(header.len() as u64).to_le_bytes()[..], header, data].concat();
    let mut text = serde_json::to_vec(&header).unwrap();
    assert!((900_000..1_000_000).contains(&text.len()), "{}", text.len());
    assert_refused(
        &eval(&tiny, &checkpoint(&tiny, "many", config, &with(&text), None)),
        2,
        "superfluous",
        "many tensors",
    );
    text.resize(1_000_001, b' ');
    assert_refused(
        &eval(&tiny, &checkpoint(&tiny, "long", config, &with(&text), None)),
        2,
        "header of 1000001",
        "header",
    );

    // A sparse file of a gigabyte is refused by its size.
    let folder = checkpoint(&tiny, "large", config, model, None);
    fs::File::options()
        .write(true)
        .open(Path::new(&folder).join("model.safetensors"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    let output = eval(&tiny, &folder);
    assert!(matches!(output.status.code(), Some(2 | 4)), "{}", stderr(&output));
}

#[test]
fn every_hostile_card_of_a_checkpoint_is_refused_in_one_line() {
    let tiny = Tiny::new();
    let sound = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/checkpoint/play")).unwrap();
    let length = u32::from_le_bytes(sound[..4].try_into().unwrap()) as usize;
    let (config, model) = sound[4..].split_at(length);
    let ties = |words: Value| json!({ "weight": 1.0, "ties": { "ties": words } });
    let card = json!({
        "schema_version": 1,
        "family": "corner-v0",
        "knobs": {},
        "law_name": "aligned",
        "law": [ties(json!(["bound"]))],
        "mix": 0.0,
        "seed": 0,
    });
    let run = |name: &str, bytes: &[u8]| eval(&tiny, &checkpoint(&tiny, name, config, model, Some(bytes)));
    let with = |key: &str, value: Value| {
        let mut card = card.clone();
        card[key] = value;
        serde_json::to_vec(&card).unwrap()
    };
    let accepted = run("card", &serde_json::to_vec(&card).unwrap());
    assert!(accepted.status.success(), "{}", stderr(&accepted));
    for (name, bytes, expected) in [
        ("no-rows", with("law", json!([])), "without rows"),
        ("weights", with("law", json!([{ "weight": -1.0, "ties": { "ties": ["bound"] } }])), "weight -1"),
        ("many-ties", with("law", json!([ties(json!(["bound", "bound", "bound", "bound", "bound"]))])), "at most 4"),
        ("no-ties", with("law", json!([ties(json!([]))])), "does not have"),
        ("other-ties", with("law", json!([ties(json!(["absent"]))])), "does not have"),
        ("two-ties", with("law", json!([ties(json!(["bound", "bound"]))])), "does not have"),
        ("knobs", with("knobs", json!({ "size": 300 })), "size"),
        ("knobs-kind", with("knobs", json!([1])), "knob"),
        ("family", with("family", json!("../x\u{202e}")), "trained in"),
        ("mix", with("mix", json!("\u{1b}[31m")), "invalid type"),
        ("deep", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(), "training.json"),
        ("nan", b"{\"schema_version\":NaN}".to_vec(), "training.json"),
        ("half", b"{\"schema_version\":".to_vec(), "training.json"),
        ("bytes", vec![0xff; 1 << 20], "training.json"),
    ] {
        let output = run(name, &bytes);
        let code = output.status.code().unwrap_or(70);
        assert!((1..=2).contains(&code), "{name}: exit {code}, {}", stderr(&output));
        assert_refused(&output, code, expected, name);
    }
}
