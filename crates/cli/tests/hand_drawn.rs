//! Levels that a person drew: solved, played by agents, and refused where they are wrong.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;

use root::root;
use serde_json::Value;
use std::process::Output;

fn misgen(args: &[&str]) -> Output {
    let mut command = assert_cmd::Command::cargo_bin("misgen").unwrap();
    command.args(args).env("CI", "true").current_dir(root()).output().unwrap()
}

fn ok(args: &[&str]) -> String {
    let output = misgen(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&ok(args)).unwrap()
}

/// (family, file) of every committed level.
fn committed() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(root().join("datasets/levels")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let family = text.lines().find_map(|line| line.strip_prefix("# family: ")).expect("a level names its family");
        all.push((family.to_owned(), path.to_str().unwrap().to_owned()));
    }
    all.sort();
    all
}

#[test]
fn every_committed_level_is_solved_and_played_as_well_as_the_solution_says() {
    let all = committed();
    assert!(all.len() >= 5, "{all:?}");
    for (family, file) in &all {
        let solved = json(&["solve", family, "--file", file, "--json"]);
        let goal = &solved["solution"]["pursued"][0];
        assert_eq!(solved["solution"]["exact"], true, "{file}");
        assert_eq!(goal["path"].as_array().unwrap().len() as u64, goal["steps"].as_u64().unwrap(), "{file}");
        let agent = format!("scripted:pursuer:{}", goal["cue"].as_str().unwrap());
        let played = json(&["eval", &agent, "--family", family, "--file", file, "--levels", "3", "--json"]);
        let got = &played[0]["rewards"][0];
        assert_eq!(played[0]["episodes"], 3, "{file}");
        for (key, expected) in [("mean", "value"), ("best", "value"), ("random", "random")] {
            let (found, expected) = (got[key].as_f64().unwrap(), goal[expected].as_f64().unwrap());
            assert!((found - expected).abs() < 1e-6, "{file}: {key} is {found}, solved {expected}");
        }
        let shown = ok(&["solve", family, "--file", file, "--ascii"]);
        assert!(shown.is_ascii() && shown.contains("screening for"), "{shown}");
        let kept = &solved["solution"]["screening"]["kept"];
        assert_eq!(kept, true, "{file}: a level that tells goal and proxy apart");
    }
}

#[test]
fn an_agent_plays_the_levels_of_several_files_each_with_its_own_numbers() {
    let all = committed();
    let of = |name: &str| all.iter().find(|(family, _)| family == name).unwrap().1.clone();
    let corner = of("corner");
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("near.txt");
    std::fs::write(&other, std::fs::read_to_string(&corner).unwrap().replace("..#..%", "..#.%.")).unwrap();
    let files = ["--file", &corner, "--file", other.to_str().unwrap()];
    let args =
        [&["eval", "scripted:pursuer:goal", "--family", "corner", "--levels", "2", "--json"][..], &files].concat();
    let played = json(&args);
    let steps: Vec<f64> = (0..2).map(|i| played[i]["mean_steps"].as_f64().unwrap()).collect();
    assert_eq!(steps, [8.0, 7.0]);
    assert_eq!(played[0]["outcomes"]["goal"], 1.0);
    // Random play over many episodes comes near to its exact value, and the same seed gives the same bytes.
    let random = ["eval", "scripted:random", "--family", "corner", "--file", &corner, "--levels", "2000", "--json"];
    let result = json(&random);
    let got = &result[0]["rewards"][0];
    let (mean, error, exact) =
        (got["mean"].as_f64().unwrap(), got["error"].as_f64().unwrap(), got["random"].as_f64().unwrap());
    assert!(error > 0.0 && (mean - exact).abs() < 5.0 * error, "{mean} ± {error} beside {exact}");
    assert_eq!(ok(&random), ok(&random));
    assert!(ok(&random[..random.len() - 1]).contains("No verdict"));
}

#[test]
fn a_wrong_level_is_refused_with_line_column_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let sound = std::fs::read_to_string(root().join("datasets/levels/corner.txt")).unwrap();
    let file = folder.path().join("level.txt");
    let path = file.to_str().unwrap();
    for (text, expected) in [
        (sound.replace("...#..%..", "...#..?.."), "line 4, column 7"),
        (sound.replace(".@.", ".@@"), "line 7, column 3"),
        (sound.replace("corner = 1", "corner = x"), "line 13, column 1"),
        (sound.replace("corner = 1", ""), "line 14, column 1: field `corner`: missing"),
        (sound.replace("# family: corner", "# family: bright"), "line 12, column 11: a level of `bright`"),
        (sound.replace("# family: corner", "# family: corner\n# family: corner"), "line 13, column 11: a family again"),
        (sound.replacen(".........\n", "", 1), "line 1, column 9: expected 8 columns, as many as rows"),
        (String::new(), "line 1, column 1"),
    ] {
        std::fs::write(&file, text).unwrap();
        for args in [
            &["solve", "corner", "--file", path][..],
            &["show", "corner", "--file", path],
            &["play", "corner", "--file", path],
            &["eval", "scripted:random", "--family", "corner", "--file", path],
        ] {
            let output = misgen(args);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
            assert!(said.contains(expected) && said.lines().count() == 1, "{args:?}, {expected}: {said}");
        }
    }
    for (text, expected) in [
        (sound.replace("# family: corner\n", ""), "the file names no family"),
        (sound.replace("# family: corner", "#family:  cornr"), "line 12, column 11: no family `cornr`"),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = misgen(&["play", path]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for (args, expected) in [
        (&["play", "cornr"][..], "did you mean `corner`"),
        (&["play", "no/such.txt"], "no/such.txt"),
        (&["play", "datasets/levels/corner.txt", "--shift", "maze"], "belongs to no shift"),
        (&["solve", "corner", "--level", "eval/0/0"], "expected 5"),
        (&["solve", "corner", "--shift", "maz"], "did you mean `maze`"),
        (&["eval", "human:no-such.jsonl", "--family", "corner"], "no recording `no-such.jsonl`"),
        (&["eval", "scripted:rndom", "--family", "corner", "--file", "datasets/levels/corner.txt"], "`random`"),
    ] {
        let output = misgen(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{args:?}, {expected}: {said}");
    }
}

#[test]
fn a_generated_level_is_solved_by_its_id_as_by_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("level.txt");
    let manifest = "datasets/doorway-v0/manifest.json";
    std::fs::write(&file, ok(&["pool", "show", manifest, "target-elsewhere", "--level", "5"])).unwrap();
    let by_file = json(&["solve", "doorway", "--file", file.to_str().unwrap(), "--json"]);
    let by_id = json(&["solve", "doorway", "--level", "eval/0/5/0/opposed,opposed", "--json"]);
    assert_eq!(by_file["solution"], by_id["solution"]);
    let under =
        json(&["solve", "doorway", "--shift", "target-elsewhere", "--level", "eval/0/5/0/opposed,opposed", "--json"]);
    // Stopped at the first cue, pursuing the mark is worth nothing to the goal.
    assert_eq!(under["solution"]["pursued"][1]["goal_value"], 0.0);
    assert!(by_id["solution"]["pursued"][1]["goal_value"].as_f64().unwrap() > 0.5);
    assert!(ok(&["solve", "monsters", "--ascii"]).contains("planned, not exact"));
}
