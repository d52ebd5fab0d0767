//! The families' pages: complete, and as committed.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::Command;
use misgen_core::AnyFamily;
use misgen_families::REGISTRY;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// The most bytes of a picture, and of a film.
const LARGEST_PICTURE: usize = 60_000;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/families")
}

fn docs(folder: &Path, options: &[&str]) -> Output {
    let mut command = Command::cargo_bin("misgen").unwrap();
    command.arg("docs").arg("--out").arg(folder).args(options).env("CI", "true").output().unwrap()
}

#[test]
fn the_committed_pages_are_what_the_families_declare() {
    let output = docs(&committed(), &["--check"]);
    let found = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "run `just docs` and look at the diff:\n{found}");
}

#[test]
fn every_family_declares_its_rules_and_what_is_exact() {
    for spec in REGISTRY.iter().map(AnyFamily::spec) {
        for (what, text) in [("rules", spec.rules), ("exact", spec.exact), ("source", spec.source)] {
            assert!(!text.trim().is_empty(), "{} declares no {what}", spec.name);
        }
    }
}

/// Frames of a GIF.
fn frames(bytes: &[u8]) -> usize {
    let mut decoder = gif::DecodeOptions::new().read_info(bytes).unwrap();
    let mut count = 0;
    while decoder.read_next_frame().unwrap().is_some() {
        count += 1;
    }
    count
}

#[test]
fn a_page_its_picture_and_its_film_show_every_shift_and_the_first_proxy() {
    let folder = tempfile::tempdir().unwrap();
    assert!(docs(folder.path(), &[]).status.success());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (index, sources, gallery) = (read("README.md"), read("sources.md"), read("gallery.md"));
    for spec in REGISTRY.iter().map(AnyFamily::spec) {
        let (page, picture) = (read(&format!("{}.md", spec.name)), read(&format!("{}.svg", spec.name)));
        assert!(index.contains(&format!("({}.md)", spec.name)) && sources.contains(&format!("({}.md)", spec.name)));
        assert!(page.contains(&format!("({}.svg)", spec.name)));
        for shift in spec.all_shifts() {
            assert!(page.contains(&format!("`{}`", shift.name)), "{}: {}", spec.name, shift.name);
        }
        for shift in spec.shifts {
            assert!(picture.contains(&format!(">{}</text>", shift.name)), "{}: {}", spec.name, shift.name);
        }
        let film = format!("{}.gif", spec.name);
        assert!(page.contains(&format!("({film})")) && gallery.contains(&format!("({film})")), "{film}");
        let bytes = fs::read(folder.path().join(&film)).unwrap();
        assert!(bytes.len() <= LARGEST_PICTURE, "{film} has {} bytes", bytes.len());
        assert!(frames(&bytes) >= 3, "{film} has {} frames", frames(&bytes));
        assert!(picture.len() <= LARGEST_PICTURE, "{}.svg has {} bytes", spec.name, picture.len());
        let described = Command::cargo_bin("misgen").unwrap().args(["describe", spec.name, "--markdown"]).output();
        assert_eq!(String::from_utf8(described.unwrap().stdout).unwrap(), page);
    }
}

#[test]
fn a_check_names_what_differs_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    assert_eq!(docs(&missing, &["--check"]).status.code(), Some(1));
    assert!(!missing.exists());

    assert!(docs(folder.path(), &[]).status.success());
    fs::write(folder.path().join("corner.md"), "# corner\n").unwrap();
    fs::remove_file(folder.path().join("bright.svg")).unwrap();
    fs::write(folder.path().join("coin.gif"), fs::read(folder.path().join("corner.gif")).unwrap()).unwrap();
    fs::write(folder.path().join("gone.md"), "").unwrap();
    fs::write(folder.path().join("notes.txt"), "").unwrap();
    let output = docs(folder.path(), &["--check"]);
    assert_eq!(output.status.code(), Some(1));
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(found, "bright.svg is missing\ncoin.gif differs\ncorner.md differs\ngone.md belongs to no family\n");
    assert_eq!(fs::read_to_string(folder.path().join("corner.md")).unwrap(), "# corner\n");

    fs::remove_file(folder.path().join("gone.md")).unwrap();
    assert!(docs(folder.path(), &[]).status.success());
    assert!(docs(folder.path(), &["--check"]).status.success());
}
