//! `misgen pool`, `misgen show --level` and `--file`, and the logs of cells, as a user runs them.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn misgen(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin("misgen"));
    command.current_dir(folder).args(args).env("CI", "true").stdin(Stdio::null());
    command.output().unwrap()
}

#[track_caller]
fn expect(folder: &Path, args: &[&str], code: i32) -> (String, String) {
    let output = misgen(folder, args);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
    (out, err)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_manifest_is_made_verified_and_held_against() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (_, said) = expect(at, &["pool", "verify"], 3);
    assert!(said.contains("nothing was compared"), "{said}");
    let (made, _) = expect(at, &["pool", "make", "corner", "--levels", "8"], 0);
    assert!(made.contains("821 candidates that are evaluation levels were replaced, overlap 0"), "{made}");
    let (again, _) = expect(at, &["pool", "make", "corner", "--levels", "8"], 0);
    assert!(again.contains("as before"), "{again}");
    let (same, _) = expect(at, &["pool", "verify"], 0);
    assert!(same.contains("9 pools, as this program makes them"), "{same}");
    expect(at, &["pool", "verify", "--quick"], 0);

    let path = at.join("datasets/corner-v0/manifest.json");
    let good = fs::read_to_string(&path).unwrap();
    let digest = json(&good)["pools"][2]["digest"].as_str().unwrap().to_owned();
    fs::write(&path, good.replace(&digest, &"0".repeat(64))).unwrap();
    for args in [&["pool", "verify"][..], &["pool", "verify", "--quick"]] {
        let (found, _) = expect(at, args, 1);
        assert!(found.contains("cheese-anywhere: digest: found"), "{found}");
        assert_eq!(found.lines().count(), 2, "no other pool differs: {found}");
    }
    let (found, _) = expect(at, &["pool", "verify", "--quick", "--json"], 1);
    assert_eq!(json(&found)[0]["differences"][0]["pool"], "cheese-anywhere");
    fs::write(&path, good.replace("corner-v0", "corner-v7")).unwrap();
    let (found, _) = expect(at, &["pool", "verify", "--quick"], 1);
    assert!(found.contains("corner-v0, the manifest corner-v7: make it again"), "{found}");
    fs::write(&path, "{").unwrap();
    expect(at, &["pool", "verify"], 2);
}

#[test]
fn levels_are_shown_edited_and_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/corner-v0/manifest.json");
    let show = ["pool", "show", manifest, "cheese-anywhere"];
    let (texts, _) = expect(at, &show, 0);
    let blocks: Vec<&str> = texts.split("\n\n").collect();
    assert_eq!(blocks.len(), 4, "{texts}");
    let (listed, _) = expect(at, &[&show[..], &["--level", "3", "--json"]].concat(), 0);
    let level = &json(&listed)["levels"][0];
    let id = level["id"].as_str().unwrap();
    assert!(blocks[3].contains(&format!("# corner-v0 cheese-anywhere, level 3: {id}")), "{texts}");

    // The id alone makes the level again.
    let by_id = ["show", "corner", "--level", id, "--json"];
    let (shown, _) = expect(at, &by_id, 0);
    assert_eq!(json(&shown)["level"], level["level"]);
    assert_eq!(json(&shown)["id"], level["id"]);
    let (drawn, _) = expect(at, &["show", "corner", "--level", id, "--shift", "cheese-anywhere"], 0);
    assert!(drawn.contains(&format!("id: {id}")) && drawn.contains("aligned twin"), "{drawn}");

    // So does its text, and an edited text makes another level.
    let file = at.join("level.txt");
    fs::write(&file, blocks[3]).unwrap();
    let (read, _) = expect(at, &["show", "corner", "--file", "level.txt", "--json"], 0);
    assert_eq!(json(&read)["level"], level["level"]);
    let edited = blocks[3].replacen('.', "#", 1);
    fs::write(&file, &edited).unwrap();
    let (drawn, _) = expect(at, &["show", "corner", "--file", "level.txt", "--ascii"], 0);
    assert!(drawn.contains('#') && drawn.contains('%'), "{drawn}");
    fs::write(&file, edited.replacen('.', "?", 1)).unwrap();
    let (_, wrong) = expect(at, &["show", "corner", "--file", "level.txt"], 2);
    assert!(wrong.contains("level.txt: level text, line 1, column 2: found `?`"), "{wrong}");
    fs::write(&file, edited.replace("corner = 1", "corner = 0")).unwrap();
    let (_, wrong) = expect(at, &["show", "corner", "--file", "level.txt"], 2);
    assert!(wrong.contains("line 13, column 1: field `corner`"), "{wrong}");
    let (_, wrong) = expect(at, &["show", "corner", "--file", "level.txt", "--knob", "size=7"], 2);
    assert!(wrong.contains("field `corner`"), "{wrong}");
    fs::write(&file, &edited).unwrap();
    let (_, wrong) = expect(at, &["show", "corner", "--file", "level.txt", "--knob", "size=7"], 2);
    assert!(wrong.contains("a map of 9×9, expected 7×7 under these knobs"), "{wrong}");
}

#[test]
fn an_id_that_does_not_serve_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for (args, expected) in [
        (&["--level", "eval/0/1"][..], "3 parts, expected 5"),
        (&["--level", "eval/0/1/0/bond"], "tie `bond`"),
        (&["--level", "eval/0/1/0/bound,bound"], "does not support the ties"),
        (&["--level", "eval/0/1/999/bound", "--knob", "walls=kruskal", "--knob", "size=3"], ""),
        (&["--level", "eval/0/18446744073709551615/0/bound"], "its layout is refused"),
    ] {
        let output = misgen(folder.path(), &[&["show", "corner"], args].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let allowed: &[Option<i32>] = if expected.is_empty() { &[Some(0), Some(2)] } else { &[Some(2)] };
        assert!(allowed.contains(&output.status.code()) && said.contains(expected), "{args:?}: {said}");
    }
}

#[test]
fn each_cell_leaves_a_log_beside_its_result() {
    let folder = tempfile::tempdir().unwrap();
    let suite = "name = \"tiny\"\nseeds = 1\nlevels = 8\ntraining_levels = 64\n[[worlds]]\nfamily = \"corner\"\n\
                 frames = 4096\nshifts = [\"cheese-anywhere\"]\n[[agents]]\nname = \"ppo\"\n\
                 settings = { lanes = 16, steps = 16, hidden = [8] }\nmix = [0.0]\n[references]\nscripted = [\"random\"]\n";
    fs::write(folder.path().join("suite.toml"), suite).unwrap();
    expect(folder.path(), &["run", "suite.toml", "--out", "runs"], 0);
    let run =
        fs::read_dir(folder.path().join("runs")).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
    let mut messages = Vec::new();
    for kind in ["pools", "cells"] {
        for entry in fs::read_dir(run.join(kind)).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
            let text = fs::read_to_string(entry.join("log.jsonl")).unwrap();
            for line in text.lines().map(json) {
                assert!(line["seconds"].is_f64() && line["fields"].is_object(), "{line}");
                assert!(line["target"].as_str().unwrap().starts_with("misgen"), "{line}");
                messages.push((line["level"].clone(), line["message"].clone(), line["fields"].clone()));
            }
            let done = fs::read_to_string(entry.join("DONE")).unwrap();
            assert!(!done.contains("log.jsonl"));
        }
    }
    let count = |message: &str| messages.iter().filter(|(_, m, _)| m == message).count();
    // The learner's training, a line every tenth; two rows of two cells; two pools, which a cell may have made itself.
    assert_eq!((count("training"), count("evaluated")), (10, 4), "{messages:#?}");
    assert!(count("pool built") >= 2, "{messages:#?}");
    let (_, _, last) = messages.iter().rfind(|(_, m, _)| m == "training").unwrap();
    assert_eq!(last["frames"], 4096);
    assert!(last["total"].as_u64().unwrap() > 0 && last["entropy"].is_f64(), "{last}");
}
