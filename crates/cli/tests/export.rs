//! `misgen export`: what a run holds for trackers, whole or in part.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod tiny;

use serde_json::Value;
use std::fs;
use std::path::Path;
use tiny::{Tiny, entries};

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The folder of the learner's cell, which alone has a learning curve.
fn learner(run: &Path) -> std::path::PathBuf {
    entries(run, "cells").into_iter().find(|cell| cell.join("train.csv").exists()).unwrap()
}

#[test]
fn a_run_is_exported_number_by_number() {
    let tiny = Tiny::new();
    let run = tiny.run("out");
    let args = ["export", run.to_str().unwrap(), "--tensorboard", "tb", "--csv", "table", "--json"];
    let output = tiny.misgen(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["cells"], &said["missing"]), (&Value::from(1), &serde_json::json!([])));

    let table = text(&tiny.path().join("table/scalars.csv"));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "world,agent,mix,seed,tag,step,value");
    assert_eq!(said["scalars"], lines.len() - 1);
    assert!(lines[1..].iter().all(|line| line.starts_with("corner,ppo,0,0,")), "{table}");
    // Every field of the learning curve stands there as it was written, and so does what the result says at the end.
    let curve = text(&learner(&run).join("train.csv"));
    let header: Vec<&str> = curve.lines().next().unwrap().split(',').collect();
    let column = |name| header.iter().position(|other| *other == name).unwrap();
    let updates: Vec<Vec<&str>> = curve.lines().skip(1).map(|line| line.split(',').collect()).collect();
    for update in &updates {
        for (name, tag) in [("entropy", "losses/entropy"), ("clip_fraction", "losses/clipfrac")] {
            let expected = format!("corner,ppo,0,0,{tag},{},{}", update[column("frames")], update[column(name)]);
            assert!(lines.contains(&expected.as_str()), "{expected}");
        }
    }
    let result: Value = serde_json::from_str(&text(&learner(&run).join("result.json"))).unwrap();
    let row = result["rows"].as_array().unwrap().iter().find(|row| row["shift"] == "cheese-anywhere").unwrap();
    let value = row["gt"].as_f64().unwrap();
    let expected = format!("corner,ppo,0,0,eval/cheese-anywhere/goal_transfer,256,{value}");
    assert!(lines.contains(&expected.as_str()), "{expected}\n{table}");
    assert!(table.contains("eval/training/s_train,256,") && table.contains("/proxy_first,256,"), "{table}");

    // Equal input, equal bytes.
    let events = tiny.path().join("tb/corner/ppo-mix0/seed-0/events.out.tfevents.0.misgen");
    let before = fs::read(&events).unwrap();
    assert!(tiny.misgen(&args).status.success());
    assert_eq!(fs::read(&events).unwrap(), before);
    assert_eq!(text(&tiny.path().join("table/scalars.csv")), table);
}

#[test]
fn an_incomplete_run_gives_what_it_has_and_says_what_is_missing() {
    let tiny = Tiny::new();
    let output = tiny.misgen(&["run", "suite.toml", "--out", "out", "--set", "seeds=2"]);
    assert!(output.status.success());
    let run = tiny::only_folder(&tiny.path().join("out"));
    let export = ["export", run.to_str().unwrap(), "--csv", "table"];
    fs::remove_file(learner(&run).join("DONE")).unwrap();
    let output = tiny.misgen(&export);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr.lines().filter(|line| line.contains("no result yet")).count(), 1, "{stderr}");
    let table = text(&tiny.path().join("table/scalars.csv"));
    let seeds: std::collections::BTreeSet<&str> = table.lines().skip(1).map(|l| l.split(',').nth(3).unwrap()).collect();
    assert_eq!(seeds.len(), 1, "{table}");

    for cell in entries(&run, "cells").iter().filter(|cell| cell.join("DONE").exists()) {
        fs::remove_file(cell.join("DONE")).unwrap();
    }
    assert_eq!(tiny.misgen(&export).status.code(), Some(3));
}

#[test]
fn a_manifest_cannot_lead_out_of_the_folder() {
    let tiny = Tiny::new();
    let run = tiny.run("out");
    let manifest = run.join("manifest.json");
    let hostile = text(&manifest).replace("\"ppo\"", "\"../../../escaped\"");
    assert_ne!(hostile, text(&manifest));
    fs::write(&manifest, hostile).unwrap();
    let output = tiny.misgen(&["export", run.to_str().unwrap(), "--tensorboard", "a/b/tb"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!tiny.path().join("a/escaped-mix0").exists() && !tiny.path().join("escaped-mix0").exists());
}

#[test]
fn what_is_no_run_is_refused() {
    let tiny = Tiny::new();
    for (args, code) in [
        (&["export", "nowhere", "--csv", "table"][..], 2),
        (&["export", ".", "--csv", "table"], 2),
        (&["export", "suite.toml", "--csv", "table"], 2),
        (&["export", "."], 2),
    ] {
        let output = tiny.misgen(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(!tiny.path().join("table").exists());
}
