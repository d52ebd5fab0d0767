//! What a run does when it is told to stop, and when its cells or its disk have limits.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// Pools and references take no time, the learner would take days.
const SUITE: &str = r#"
name = "endless"
seeds = 2
levels = 24
training_levels = 64

[[worlds]]
family = "corner"
shifts = ["cheese-anywhere"]

[[agents]]
name = "ppo"
settings = { lanes = 16, steps = 32, hidden = [16], frames = 1_000_000_000_000 }

[references]
scripted = ["random", "pursuers"]
"#;

/// Jobs that end: two pools, and two seeds of two references. Two more do not.
const DONE: usize = 6;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("suite.toml"), SUITE).unwrap();
    folder
}

fn misgen(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("misgen"));
    command.current_dir(folder).args(args).env("CI", "true").stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The folder of the one run.
fn run_folder(folder: &Path) -> PathBuf {
    let runs = fs::read_dir(folder.join("results/runs")).unwrap().map(|item| item.unwrap().path());
    let runs: Vec<PathBuf> = runs.filter(|path| path.is_dir()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()) {
        if item.is_dir() { found.extend(files(&item)) } else { found.push(item) }
    }
    found
}

fn named(folder: &Path, name: &str) -> usize {
    files(folder).iter().filter(|path| path.file_name().is_some_and(|n| n == name)).count()
}

/// Processes whose command line names `folder`.
fn processes(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let all = fs::read_dir("/proc").unwrap().filter_map(|item| fs::read(item.ok()?.path().join("cmdline")).ok());
    all.map(|line| text(&line).replace('\0', " ")).filter(|line| line.contains(&folder)).collect()
}

/// Starts the endless suite, sends `signal` once all that can end has ended, and gives exit and stderr.
fn told_to_stop(signal: &str, times: usize) -> (tempfile::TempDir, ExitStatus, String) {
    let folder = folder();
    // An absolute folder is in the command line of every child.
    let out = folder.path().join("results/runs").display().to_string();
    let mut child = misgen(folder.path(), &["run", "suite.toml", "--jobs", "3", "--cell-time", "300s", "--out", &out]);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Not by its lines: who makes a pool first, its own job or a cell that needs it, is left to chance.
    for _ in 0..6000 {
        let exists = fs::exists(folder.path().join("results/runs")).unwrap();
        if exists && named(&folder.path().join("results/runs"), "DONE") == DONE {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Until the parent has heard of the last one, too.
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..times {
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (folder, child.wait().unwrap(), said)
}

#[test]
fn a_signal_ends_a_run_in_good_order_and_keeps_what_is_done() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (folder, status, said) = told_to_stop(signal, 1);
        assert_eq!(status.code(), Some(code), "{said}");
        assert!(said.contains(" of 8 jobs are done and kept; the same command does the rest"), "{said}");
        let run = run_folder(folder.path());
        assert_eq!(named(&run, "DONE"), DONE);
        assert!(!files(&run).iter().any(|path| path.display().to_string().contains(".tmp-")));
        let summary: Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
        let failed: u64 = summary["rows"].as_array().unwrap().iter().map(|r| r["failed_cells"].as_u64().unwrap()).sum();
        assert_eq!(failed, 4, "two seeds without a result in two rows");
        assert_eq!(processes(folder.path()), [""; 0], "no child is left");
    }
}

#[test]
fn a_second_signal_ends_a_run_at_once() {
    let (folder, status, said) = told_to_stop("INT", 40);
    assert_eq!(status.code(), Some(130), "{said}");
    let run = run_folder(folder.path());
    assert_eq!(named(&run, "DONE"), DONE);
    for _ in 0..1000 {
        if processes(folder.path()).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("children outlive their parent: {:?}", processes(folder.path()));
}

fn run(folder: &Path, args: &[&str]) -> Output {
    misgen(folder, &[&["run", "suite.toml"], args].concat()).output().unwrap()
}

#[test]
fn a_cell_beyond_its_time_fails_alone_and_strict_says_so() {
    let folder = folder();
    let output = run(folder.path(), &["--cell-time", "2s", "--jobs", "2"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("ppo in corner-v0 mix 0 seed 0: ran longer than the 2 s allowed and was ended"), "{said}");
    let run_folder = run_folder(folder.path());
    let failures: Value = serde_json::from_slice(&fs::read(run_folder.join("failures.json")).unwrap()).unwrap();
    let kinds: Vec<&str> = failures.as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["timed-out"; 2]);
    assert_eq!(named(&run_folder, "DONE"), DONE);
    let strict = run(folder.path(), &["--cell-time", "2s", "--jobs", "2", "--strict"]);
    assert_eq!(strict.status.code(), Some(1), "{}", text(&strict.stderr));
}

#[test]
fn a_cell_beyond_its_memory_fails_alone() {
    let folder = folder();
    let output = run(folder.path(), &["--cell-memory", "1M", "--jobs", "1"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("held more than the 1 MiB allowed and was ended"), "{said}");
}

#[test]
fn limits_without_a_unit_are_refused_before_anything_is_made() {
    let folder = folder();
    let output = run(folder.path(), &["--cell-time", "90"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("as in 90s, 30m or 2h"), "{}", text(&output.stderr));
    assert!(!folder.path().join("results").exists());
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_with_its_place_and_nothing_half_written() {
    let folder = folder();
    let limited = |kib: &str| {
        let script = format!("ulimit -f {kib} && exec \"$0\" run suite.toml --set agents=[] --set levels=256 --jobs 2");
        let mut command = Command::new("bash");
        command.args(["-c", &script]).arg(cargo_bin("misgen")).current_dir(folder.path()).env("CI", "true");
        command.stdin(Stdio::null()).output().unwrap()
    };
    // Too little for a pool's levels, enough for the plan.
    let output = limited("16");
    let said = text(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{said}");
    assert!(
        said.contains("failed: levels of corner-v0 training: cannot write ") && said.contains("File too large"),
        "{said}"
    );
    let run_folder = run_folder(folder.path());
    assert!(!files(&run_folder).iter().any(|path| path.display().to_string().contains(".tmp-")), "{said}");
    assert_eq!(named(&run_folder, "DONE"), 0);
    let mut manifest = String::new();
    fs::File::open(run_folder.join("manifest.json")).unwrap().read_to_string(&mut manifest).unwrap();
    assert!(serde_json::from_str::<Value>(&manifest).is_ok());
    let unlimited = run(folder.path(), &["--set", "agents=[]", "--set", "levels=256", "--strict"]);
    assert_eq!(unlimited.status.code(), Some(0), "{}", text(&unlimited.stderr));
}

#[test]
fn man_pages_and_completions_follow_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let page = misgen(folder.path(), &["man"]).output().unwrap();
    assert!(page.status.success() && text(&page.stdout).contains(".TH misgen"), "{}", text(&page.stdout));
    let pages = misgen(folder.path(), &["man", "--out", "pages"]).output().unwrap();
    assert!(pages.status.success(), "{}", text(&pages.stderr));
    for name in ["misgen.1", "misgen-run.1", "misgen-pool-verify.1"] {
        let page = fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
        assert!(page.contains(&format!(".TH {}", name.trim_end_matches(".1"))), "{name}: {page}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = misgen(folder.path(), &["completions", shell]).output().unwrap();
        assert!(script.status.success() && text(&script.stdout).contains("cell-memory"), "{shell}");
    }
}

#[test]
fn doctor_finds_this_machine_well_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = misgen(folder.path(), &["doctor", "--json"]).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(findings.as_array().unwrap().iter().any(|f| f["what"] == "results" && f["grade"] == "fine"), "{findings}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
