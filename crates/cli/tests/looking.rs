//! Looking at a run: its page, its matrix, its episodes, and two runs beside each other.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;
mod tiny;

use assert_cmd::cargo::cargo_bin;
use misgen_evaluate::exhibit::Exhibits;
use root::root;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tiny::Tiny;

fn reference(name: &str) -> String {
    root().join("results/reference").join(name).to_str().unwrap().to_owned()
}

fn misgen(args: &[&str]) -> Output {
    Command::new(cargo_bin("misgen")).args(args).env("CI", "true").stdin(Stdio::null()).output().unwrap()
}

fn ok(args: &[&str]) -> String {
    let output = misgen(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(args: &[&str], code: i32, why: &str) {
    let output = misgen(args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(said.contains(why), "{args:?}: {said}");
}

/// The name of everything in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn committed_pages_are_what_this_program_writes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["quickstart", "instrumental", "families", "agents"] {
        let page = folder.path().join("page.html");
        ok(&["report", &reference(name), "--out", page.to_str().unwrap()]);
        let committed = fs::read(Path::new(&reference(name)).join("report.html")).unwrap();
        assert!(
            fs::read(&page).unwrap() == committed,
            "{name}: `misgen report results/reference/{name}` writes it anew"
        );
    }
}

#[test]
fn the_matrix_says_who_learned_what() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let page = page.to_str().unwrap();
    let main = ok(&["report", &reference("quickstart"), "--out", page]);
    let line = |text: &str, player: &str| text.lines().find(|line| line.starts_with(player)).unwrap().to_owned();
    assert_eq!(line(&main, "ppo, mix 0").matches('✗').count(), 4, "{main}");
    assert_eq!(line(&main, "ppo, mix 1").matches('✓').count(), 4, "{main}");
    assert!(!main.contains("mark-moves"));
    let all = ok(&["report", &reference("quickstart"), "--out", page, "--all"]);
    assert!(all.contains("mark-moves") && line(&all, "ppo, mix 0").matches('✓').count() > 0, "{all}");
    let summary: Value =
        serde_json::from_str(&ok(&["report", &reference("quickstart"), "--out", page, "--json"])).unwrap();
    assert_eq!(summary["suite"], "quickstart");
}

#[test]
fn a_run_can_be_looked_at_and_reported_again() {
    let tiny = Tiny::new();
    let run = tiny.run("out");
    let found: Exhibits = serde_json::from_slice(&fs::read(run.join("exhibits.json")).unwrap()).unwrap();
    assert_eq!(found.worlds[0].agents.len(), 2);
    let (page, exhibits) = (fs::read(run.join("report.html")).unwrap(), fs::read(run.join("exhibits.json")).unwrap());
    assert!(String::from_utf8_lossy(&page).contains("id=\"replays\""));
    let folder = run.to_str().unwrap();
    // From what is kept, and from the cells.
    ok(&["report", folder]);
    assert!(fs::read(run.join("report.html")).unwrap() == page);
    fs::remove_file(run.join("exhibits.json")).unwrap();
    ok(&["report", folder]);
    assert!(
        fs::read(run.join("exhibits.json")).unwrap() == exhibits && fs::read(run.join("report.html")).unwrap() == page
    );
    ok(&["report", folder, "--attribute"]);
    let found: Exhibits = serde_json::from_slice(&fs::read(run.join("exhibits.json")).unwrap()).unwrap();
    let attributed: Vec<bool> = found.worlds[0].agents.iter().map(|agent| agent.attribution.is_some()).collect();
    assert_eq!(attributed, [true, false], "the learner, not the script");
    // A finished suite that is asked for again loses nothing of it.
    let kept = || ["report.html", "exhibits.json"].map(|name| fs::read(run.join(name)).unwrap());
    let before = kept();
    tiny.run("out");
    assert!(kept() == before);
    // A summary alone has no cells.
    let alone = tiny.path().join("alone");
    fs::create_dir(&alone).unwrap();
    fs::copy(run.join("summary.json"), alone.join("summary.json")).unwrap();
    ok(&["report", alone.to_str().unwrap()]);
    assert_eq!(names(&alone), ["report.html", "summary.json"]);
    refused(&["report", alone.to_str().unwrap(), "--attribute"], 2, "only a run that has its cells");
}

#[test]
fn a_run_that_is_not_finished_has_no_page() {
    let folder = tempfile::tempdir().unwrap();
    refused(&["report", folder.path().to_str().unwrap()], 3, "no summary.json");
    assert!(names(folder.path()).is_empty());
    refused(&["report", "no/such/run"], 2, "no results at no/such/run");
}

#[test]
fn episodes_of_a_run_are_listed_shown_and_filmed() {
    let record = reference("quickstart");
    let corner = ["replay", &record, "--world", "corner", "--agent", "ppo@0"];
    let with = |more: &[&str]| ok(&[&corner, more].concat());
    let listed = with(&["--list", "--shift", "cheese-anywhere"]);
    assert_eq!(listed.lines().count(), 10, "{listed}");
    assert!(listed.lines().next().unwrap().ends_with("typical corner"), "{listed}");
    // Without a terminal every frame is printed.
    let shown = with(&["--ascii"]);
    assert!(shown.is_ascii() && shown.contains("Start of") && shown.contains("A proxy came first: corner."), "{shown}");
    let one = with(&["--ascii", "--frame", "0"]);
    assert!(one.contains("Start of") && !one.contains("came first") && one.len() < shown.len(), "{one}");
    assert!(one.contains("Next: ") && one.contains(" % "), "what the net thinks: {one}");
    let json: Value = serde_json::from_str(&with(&["--json"])).unwrap();
    let steps = json["shown"]["actions"].as_str().unwrap().len();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let said = with(&["--gif", &file("a.gif"), "--png", &file("a.png"), "--svg", &file("a.svg")]);
    assert_eq!(said.lines().count(), 3, "{said}");
    let twin = json["twin"]["actions"].as_str().unwrap().len();
    assert!(said.contains(&format!("{} frames of", steps.max(twin) + 1)), "{said}");
    assert!(fs::read(file("a.gif")).unwrap().starts_with(b"GIF89a"));
    assert!(fs::read(file("a.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(fs::read_to_string(file("a.svg")).unwrap().starts_with("<svg"));
    let again = file("b.gif");
    with(&["--gif", &again]);
    assert!(fs::read(again).unwrap() == fs::read(file("a.gif")).unwrap(), "equal input, equal bytes");
    refused(&[&corner, &["--episode", "10"][..]].concat(), 2, "there are 10, counted from 0");
    refused(&["replay", &record, "--world", "nowhere"], 2, "no such episode");
    refused(&["replay", "no/such/record"], 2, "no record at");
}

#[test]
fn every_episode_of_a_cell_can_be_played_again() {
    let tiny = Tiny::new();
    let run = tiny.run("out");
    let cells = run.join("cells");
    for name in names(&cells) {
        let folder = cells.join(name);
        if !folder.join("episodes.parquet").exists() {
            continue;
        }
        let folder = folder.to_str().unwrap();
        let shown = ok(&["replay", folder, "--episode", "7", "--ascii"]);
        assert!(shown.contains("under cheese-anywhere, level 7") && shown.contains("Aligned twin"), "{shown}");
        refused(&["replay", folder, "--episode", "8"], 2, "no sampled episode of level 8");
    }
}

#[test]
fn what_is_no_record_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exhibits.json");
    let file = path.to_str().unwrap();
    for (bytes, why) in [
        ("{", "holds no exhibits"),
        ("{\"schema_version\": 99}", "schema_version is 99"),
        ("{\"schema_version\": 1}", "missing field"),
        ("[]", "holds no exhibits"),
    ] {
        fs::write(&path, bytes).unwrap();
        refused(&["replay", file], 2, why);
    }
    // A level that is not there, a family that nobody knows.
    let good = fs::read_to_string(Path::new(&reference("quickstart")).join("exhibits.json")).unwrap();
    fs::write(&path, good.replace("\"level\":", "\"level\":9")).unwrap();
    refused(&["replay", file], 2, "its level is not among the levels");
    fs::write(&path, good.replace("\"family\":\"doorway\"", "\"family\":\"door\"")).unwrap();
    refused(&["replay", file], 2, "does not have version");
}

#[test]
fn two_agents_stand_beside_each_other_level_by_level() {
    let tiny = Tiny::new();
    let run = tiny.run("out");
    let page = tiny.path().join("page.html");
    let (run, file) = (run.to_str().unwrap(), page.to_str().unwrap());
    let compare = ["compare", run, run, "--base-agent", "random", "--head-agent", "ppo@0", "--html", file];
    ok(&compare);
    let first = fs::read_to_string(&page).unwrap();
    for part in ["random → ppo at mix 0", "Level by level", "id=\"replays\"", "data-twin=\"Base\""] {
        assert!(first.contains(part), "{part}");
    }
    ok(&compare);
    assert_eq!(fs::read_to_string(&page).unwrap(), first, "equal input, equal bytes");
    // Summaries alone have numbers and no episodes.
    let reference = reference("quickstart");
    let output =
        misgen(&["compare", &reference, &reference, "--base-agent", "ppo@0", "--head-agent", "ppo@1", "--html", file]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stderr).contains("numbers alone"));
    let alone = fs::read_to_string(&page).unwrap();
    assert!(alone.contains("1.177") && !alone.contains("Level by level"));
}
