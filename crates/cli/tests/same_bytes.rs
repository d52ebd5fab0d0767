//! Weights do not depend on how many threads compute them, nor on the process.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::cargo::cargo_bin;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Twenty updates with products large enough to be shared among threads.
const AGENT: &str = "lanes = 64\nsteps = 16\nhidden = [128, 128]\nminibatches = 2\nepochs = 2\nframes = 20480\n";

fn weights(folder: &Path, threads: &str) -> Vec<u8> {
    let out = format!("by-{threads}");
    let mut command = Command::new(cargo_bin("misgen"));
    command.current_dir(folder).args(["train", "corner", "--agent", "agent.toml", "--seed", "3", "--out", &out]);
    let output = command.env("RAYON_NUM_THREADS", threads).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join(out).join("model.safetensors")).unwrap()
}

#[test]
fn weights_after_twenty_updates_are_equal_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("agent.toml"), AGENT).unwrap();
    let one = weights(folder.path(), "1");
    assert!(one.len() > 100_000, "the whole net and its moments: {} bytes", one.len());
    for threads in ["2", "3", "8"] {
        assert!(weights(folder.path(), threads) == one, "{threads} threads give other weights than one");
    }
}
