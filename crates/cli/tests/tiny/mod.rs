//! A folder with a suite that takes a second, and the program run in it.
#![allow(dead_code, reason = "each test binary uses its own part")]

use assert_cmd::cargo::cargo_bin;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SUITE: &str = r#"
name = "tiny"
seeds = 1
levels = 8
training_levels = 16

[[worlds]]
family = "corner"
frames = 256
shifts = ["cheese-anywhere"]

[[agents]]
name = "ppo"
config = "agent.toml"

[references]
scripted = ["random"]
"#;

const AGENT: &str = "lanes = 4\nsteps = 8\nhidden = [4]\nview = \"grid\"\nminibatches = 2\nepochs = 1\n";

/// The folder; it goes away with this value.
pub(crate) struct Tiny(tempfile::TempDir);

impl Tiny {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("suite.toml"), SUITE).unwrap();
        fs::write(folder.path().join("agent.toml"), AGENT).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn misgen(&self, args: &[&str]) -> Output {
        self.wrapped(&[], args)
    }

    /// The program behind another, as in `strace -f`.
    pub(crate) fn wrapped(&self, before: &[&str], args: &[&str]) -> Output {
        let program = cargo_bin("misgen");
        let words: Vec<&str> =
            before.iter().copied().chain([program.to_str().unwrap()]).chain(args.iter().copied()).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(self.path()).env_remove("MISGEN_JOBS").env("CI", "true");
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs the suite; returns the run's folder.
    pub(crate) fn run(&self, out: &str) -> PathBuf {
        let output = self.misgen(&["run", "suite.toml", "--out", out]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        only_folder(&self.path().join(out))
    }
}

/// The one folder in another.
pub(crate) fn only_folder(folder: &Path) -> PathBuf {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The folders of the entries of a kind, in order.
pub(crate) fn entries(run: &Path, kind: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(run.join(kind)).unwrap().map(|item| item.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    all
}

/// Everything below a folder, links not followed, in order.
pub(crate) fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}
