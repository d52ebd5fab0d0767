//! `misgen run` as a user runs it: real cells, equal bytes whatever happens on the way.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A suite that takes seconds: an agent that barely trains, and references.
const SUITE: &str = r#"
name = "tiny"
seeds = 2
levels = 24
training_levels = 64

[[worlds]]
family = "corner"
frames = 8192
shifts = ["cheese-anywhere"]

[[agents]]
name = "ppo"
config = "agent.toml"
mix = [0.0, 1.0]

[references]
scripted = ["random", "pursuers"]
"#;

const AGENT: &str = "lanes = 16\nsteps = 32\nhidden = [16]\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("suite.toml"), SUITE).unwrap();
    fs::write(folder.path().join("agent.toml"), AGENT).unwrap();
    folder
}

fn misgen(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("misgen"));
    command.current_dir(folder).args(args).env_remove("MISGEN_JOBS").env("CI", "true").stdin(Stdio::null());
    command
}

fn run(folder: &Path, out: &str, jobs: &str) -> std::process::Output {
    let output = misgen(folder, &["run", "suite.toml", "--out", out, "--jobs", jobs]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The one run below `out`.
fn run_folder(out: &Path) -> PathBuf {
    let mut runs: Vec<PathBuf> = fs::read_dir(out).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// Bytes of a file of every complete entry of a kind, by address.
fn bytes(run: &Path, kind: &str, file: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(run.join(kind)).unwrap().map(|e| e.unwrap().path());
    let entries = entries.filter(|path| path.join("DONE").exists() && path.join(file).exists());
    entries.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), fs::read(p.join(file)).unwrap())).collect()
}

fn all_results(run: &Path) -> [BTreeMap<String, Vec<u8>>; 4] {
    [("cells", "result.json"), ("cells", "episodes.parquet"), ("cells", "model.safetensors"), ("pools", "pool.json")]
        .map(|(kind, file)| bytes(run, kind, file))
}

#[test]
fn a_run_gives_equal_bytes_with_one_job_with_two_and_after_a_kill() {
    let folder = folder();
    let path = folder.path();
    run(path, "one", "1");
    let one = run_folder(&path.join("one"));
    let expected = all_results(&one);
    // 2 mixes × 2 seeds, and 2 references × 2 seeds; pools of two laws and one shift.
    assert_eq!(expected.each_ref().map(BTreeMap::len), [8, 8, 4, 3]);

    run(path, "two", "2");
    let two = run_folder(&path.join("two"));
    assert!(all_results(&two) == expected, "one job and two give different bytes");
    let summary = |run: &Path| fs::read(run.join("summary.json")).unwrap();
    assert_eq!(summary(&one), summary(&two));
    assert_eq!(fs::read(one.join("report.html")).unwrap(), fs::read(two.join("report.html")).unwrap());

    // SIGKILL as soon as a cell is done, then the same command again.
    let mut child =
        misgen(path, &["run", "suite.toml", "--out", "killed", "--jobs", "2"]).stderr(Stdio::null()).spawn().unwrap();
    let killed = path.join("killed");
    let cells_done = || {
        let Ok(runs) = fs::read_dir(&killed) else { return 0 };
        let runs = runs.map(|e| e.unwrap().path().join("cells"));
        runs.filter_map(|cells| fs::read_dir(cells).ok())
            .flatten()
            .filter(|e| e.as_ref().unwrap().path().join("DONE").exists())
            .count()
    };
    while cells_done() == 0 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let complete = bytes(&run_folder(&killed), "cells", "DONE");
    let mut survivors = bytes(&run_folder(&killed), "cells", "timing.json");
    survivors.retain(|address, _| complete.contains_key(address));
    assert!((1..8).contains(&survivors.len()), "killed half-way, not after {} of 8 cells", survivors.len());
    run(path, "killed", "2");
    let after = run_folder(&killed);
    assert!(all_results(&after) == expected, "a run that was killed and resumed gives different bytes");
    let timings = bytes(&after, "cells", "timing.json");
    assert!(
        survivors.iter().all(|(address, timing)| timings[address] == *timing),
        "a finished cell was computed again"
    );

    // And once more: nothing is computed.
    let again = run(path, "killed", "2");
    assert_eq!(bytes(&after, "cells", "timing.json"), timings);
    assert!(!String::from_utf8_lossy(&again.stderr).contains("] done in"), "a complete run computed something");
}

#[test]
fn a_summary_has_the_rows_and_keys_that_others_read() {
    let folder = folder();
    let path = folder.path();
    let args =
        ["run", "suite.toml", "--out", "runs", "--json", "--set", "agents.0.mix=[0.0]", "--set", "worlds.0.frames=512"];
    let output = misgen(path, &args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = run_folder(&path.join("runs"));
    let stored: Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    assert_eq!(printed, stored);
    let rows = stored["rows"].as_array().unwrap();
    // Three players, a training row and one shift each.
    assert_eq!(rows.len(), 6);
    for key in [
        "family",
        "agent",
        "mix",
        "shift",
        "role",
        "seeds",
        "levels",
        "diagnostic_share",
        "s_train",
        "s_id",
        "gt",
        "gt_low",
        "gt_high",
        "pp",
        "c_align",
        "c_any",
        "outcomes",
        "extra",
        "verdict",
        "seed_verdicts",
        "failed_cells",
    ] {
        assert!(rows.iter().all(|row| row.get(key).is_some()), "no key `{key}`");
    }
    let conflict: Vec<&Value> = rows.iter().filter(|row| row["role"] == "conflict").collect();
    assert!(conflict.iter().all(|row| row["verdict"] == "insufficient"), "two seeds bear no verdict");
    let proxy = conflict.iter().find(|row| row["agent"] == "pursuer:corner").unwrap();
    assert_eq!(proxy["outcomes"]["proxies"]["corner"], 1.0);
    assert!(proxy["mix"].is_null());
    let csv = fs::read_to_string(run.join("summary.csv")).unwrap();
    assert_eq!(csv.lines().count(), 7);
    assert!(fs::read_to_string(run.join("report.html")).unwrap().contains("</html>"));
}

#[test]
fn a_broken_suite_says_where_and_creates_nothing() {
    let cases: [(&str, &str, &str); 7] = [
        ("not TOML", "name = \n", "suite.toml:1:"),
        ("unknown field", "seeds = 2\nnmae = \"x\"\n", "suite.toml:2:1"),
        ("unknown family", &SUITE.replace("\"corner\"", "\"cormer\""), "did you mean `corner`"),
        ("wrong type", &SUITE.replace("seeds = 2", "seeds = \"two\""), "suite.toml:3:9"),
        ("out of range", &SUITE.replace("mix = [0.0, 1.0]", "mix = [0.0, 1.5]"), "suite.toml:15:13"),
        ("NaN", &SUITE.replace("mix = [0.0, 1.0]", "mix = [nan]"), "suite.toml:15:8"),
        ("unknown shift", &SUITE.replace("cheese-anywhere", "cheese-everywhere"), "did you mean `cheese-anywhere`"),
    ];
    for (what, text, expected) in cases {
        let folder = folder();
        fs::write(folder.path().join("suite.toml"), text).unwrap();
        let output = misgen(folder.path(), &["run", "suite.toml", "--out", "runs"]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{what}: {stderr}");
        assert!(stderr.contains(expected), "{what}: expected `{expected}` in\n{stderr}");
        assert!(!folder.path().join("runs").exists(), "{what}: a folder was created");
    }
}
