//! The other commands as a user runs them.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::Command;
use predicates_free::contains;
use serde_json::Value;
use std::path::Path;

/// Small helpers in place of a predicate library.
mod predicates_free {
    pub(crate) fn contains(text: &[u8], part: &str) -> bool {
        String::from_utf8_lossy(text).contains(part)
    }
}

fn misgen(args: &[&str]) -> std::process::Output {
    Command::cargo_bin("misgen").unwrap().args(args).env("CI", "true").output().unwrap()
}

fn ok(args: &[&str]) -> Vec<u8> {
    let output = misgen(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn documents_name_every_family() {
    let registry = misgen_families::REGISTRY;
    let listed = ok(&["list", "families"]);
    let shifts = ok(&["list", "shifts"]);
    for family in registry.iter() {
        let spec = family.spec();
        assert!(contains(&listed, spec.name));
        let described = ok(&["describe", spec.name]);
        for shift in spec.shifts {
            assert!(contains(&shifts, shift.name), "{}", shift.name);
            assert!(contains(&described, shift.name), "{}", shift.name);
            let shown = ok(&["show", spec.name, "--shift", shift.name, "--ascii"]);
            assert!(shown.is_ascii(), "--ascii means ASCII");
        }
        let json: Value = serde_json::from_slice(&ok(&["describe", spec.name, "--json"])).unwrap();
        assert!(json.is_object());
    }
    assert!(contains(&ok(&["list", "agents"]), "pursuer:CUE"));
    assert!(contains(&ok(&["list", "metrics"]), "c_align"));
}

#[test]
fn a_device_that_cannot_be_used_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let on = |device: &str| {
        let out = folder.path().join("out");
        let args = ["train", "bright", "--frames", "1", "--out", out.to_str().unwrap()];
        let mut command = Command::cargo_bin("misgen").unwrap();
        let output = command.args(args).env("MISGEN_DEVICE", device).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{device}");
        assert!(!out.exists(), "{device}: nothing is made");
        String::from_utf8(output.stderr).unwrap()
    };
    let strange = "error: MISGEN_DEVICE: found `gpu`, expected `cpu`, `cuda` or `cuda:N`\n";
    assert_eq!(on("gpu"), strange);
    // No machine has so many GPUs, and most builds use none.
    let without = if cfg!(feature = "cuda") { "cannot use GPU 9999" } else { "without the feature `cuda`" };
    let said = on("cuda:9999");
    assert!(said.contains(without) && !said.trim_end().contains(['\n', '\\']), "one line: {said}");
}

#[test]
fn an_audit_has_a_line_for_each_law_shift_and_rung() {
    let spec = misgen_families::REGISTRY.get("bright").unwrap().spec();
    let text = ok(&["audit", "bright", "--levels", "4"]);
    let json: Value = serde_json::from_slice(&ok(&["audit", "bright", "--levels", "4", "--json"])).unwrap();
    let rows: Vec<&str> = json["rows"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(rows.len(), spec.laws.len() + spec.all_shifts().len());
    for name in rows {
        assert!(contains(&text, name), "{name}");
    }
    assert!(contains(&text, "values are exact"));
    assert_eq!(misgen(&["audit", "bright", "--levels", "0"]).status.code(), Some(2));
}

#[test]
fn a_check_that_trains_says_what_was_not_learned() {
    let json: Value = serde_json::from_slice(&ok(&["check", "query", "--learn", "5000", "--json"])).unwrap();
    let last = json[0]["findings"].as_array().unwrap().last().expect("nobody learns that in two updates").clone();
    assert_eq!(
        (last["rule"].as_str(), last["weight"].as_str()),
        (Some("the proxy is learned"), Some("bad-experiment"))
    );
    assert!(last["text"].as_str().unwrap().starts_with("not learned"), "{last}");
}

#[test]
fn pictures_are_files_and_nothing_else_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let [png, svg, gif] = ["a.png", "a.svg", "a.gif"].map(|name| folder.path().join(name));
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let files = ["--png", &at(&png), "--svg", &at(&svg), "--gif", &at(&gif)];
    for _ in 0..2 {
        let said = ok(&[&["show", "corner"][..], &files].concat());
        assert!(contains(&said, "a.png: ") && contains(&said, "a.svg: ") && contains(&said, "a.gif: "));
    }
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG\r\n"));
    assert!(std::fs::read(&svg).unwrap().starts_with(b"<svg "));
    assert!(std::fs::read(&gif).unwrap().starts_with(b"GIF89a"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "no temporary file stays");
    let output = misgen(&["show", "corner", "--png", &at(folder.path())]);
    assert_eq!(output.status.code(), Some(2));
    assert!(contains(&output.stderr, "not a regular file"), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn usage_errors_exit_with_two_and_a_hint() {
    for (args, expected) in [
        (&["show", "dorway"][..], "did you mean `doorway`"),
        (&["show", "corner", "--shift", "cheese"], "cheese-anywhere"),
        (&["show", "corner", "--knob", "sise=3"], "sise"),
        (&["eval", "scripted:rndom", "--family", "corner"], "did you mean `random`"),
        (&["eval", "nowhere", "--family", "corner"], "scripted:NAME"),
        (&["show", "corner", "--path", "chese"], "did you mean `cheese`"),
        (&["show", "corner", "--gif", "x", "--agent", "scripted:noop:goal"], "expected `noop`"),
        (&["train", "corner", "--mix", "2", "--out", "x"], "from 0 to 1"),
        (&["run", "no-such-suite.toml"], "no-such-suite.toml"),
        (&["attribute", "scripted:random", "--family", "dsh"], "did you mean `dish`"),
        (&["attribute", "scripted:random", "--family", "corner", "--shift", "cheese-fr"], "did you mean `cheese-far`"),
        (&["attribute", "scripted:random", "--family", "corner", "--law", "x"], "no law `x`"),
        (&["attribute", "scripted:random", "--family", "corner", "--levels", "0"], "1..=4096"),
        (&["attribute", "human:x.jsonl", "--family", "corner"], "records cannot be attributed"),
        (&["frobnicate"], "unrecognized subcommand"),
    ] {
        let output = misgen(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(contains(&output.stderr, expected), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_scripted_agent_is_evaluated_by_hand() {
    let args = [
        "eval",
        "scripted:pursuer:goal",
        "--family",
        "corner",
        "--shift",
        "cheese-anywhere",
        "--levels",
        "64",
        "--json",
    ];
    let result: Value = serde_json::from_slice(&ok(&args)).unwrap();
    assert_eq!(result["s_id"], 1.0);
    let rows = result["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["outcomes"]["goal"], 1.0);
    assert!(contains(&ok(&args[..args.len() - 1]), "cheese-anywhere"));
}

#[test]
fn an_attribution_says_which_cue_was_pursued_and_why_a_metric_is_null() {
    let args = ["attribute", "scripted:pursuer:bright", "--family", "bright", "--levels", "32"];
    let found: Value = serde_json::from_slice(&ok(&[&args[..], &["--json"]].concat())).unwrap();
    assert_eq!(found["shift"], "patch-elsewhere", "the main conflict shift by default");
    assert_eq!(found["preference"]["pairs"][0]["kappa"], 0.0);
    assert_eq!(found["design"]["cues"][1]["effect"]["mean"], 1.0);
    assert_eq!(found["meg"]["cues"][1]["share"], 1.0);
    assert!(found["posterior"]["agent"].as_f64().unwrap() > 0.99);
    let text = ok(&args);
    for part in ["Cue preference", "Design", "Goal-directedness", "Goal posterior", "target over bright"] {
        assert!(contains(&text, part), "{part}");
    }
    let text = ok(&["attribute", "scripted:random", "--family", "query", "--levels", "2"]);
    assert!(contains(&text, "not decided by a first cue") && contains(&text, "matched sites"));
}

fn train(out: &Path, frames: &str) -> Vec<u8> {
    let agent = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/agents/ppo.toml");
    let out = out.to_str().unwrap();
    ok(&["train", "corner", "--agent", agent, "--frames", frames, "--seed", "3", "--out", out, "--set", "lanes=16"])
}

#[test]
fn training_goes_on_exactly_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, halves) = (folder.path().join("whole"), folder.path().join("halves"));
    train(&whole, "8192");
    train(&halves, "3072");
    train(&halves, "8192");
    for file in ["model.safetensors", "training.json"] {
        assert!(
            std::fs::read(whole.join(file)).unwrap() == std::fs::read(halves.join(file)).unwrap(),
            "{file} differs"
        );
    }
    let agent = whole.to_str().unwrap();
    let args = ["eval", agent, "--family", "corner", "--shift", "cheese-anywhere", "--levels", "32", "--json"];
    let result: Value = serde_json::from_slice(&ok(&args)).unwrap();
    assert_eq!(result["mix"], 0.0);
    assert!(result["rows"][1]["greedy"]["gt"].is_number() && result["s_id"].is_number());
    // Who does not say what it was trained on has goal transfer, but no competence.
    std::fs::remove_file(halves.join("training.json")).unwrap();
    let undeclared = args.map(|arg| if arg == agent { halves.to_str().unwrap() } else { arg });
    let silent: Value = serde_json::from_slice(&ok(&undeclared)).unwrap();
    assert_eq!((&silent["mix"], &silent["s_id"], &silent["s_train"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(silent["rows"][1]["gt"], result["rows"][1]["gt"]);
    let other = misgen(&["train", "corner", "--out", agent, "--seed", "4", "--frames", "9000"]);
    assert_eq!(other.status.code(), Some(2), "another agent's checkpoint is not overwritten");
}
