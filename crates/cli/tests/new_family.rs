//! The skeleton that `misgen new family` writes: compiled here as a program outside the workspace would, and checked.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::Command;
use misgen_core::{Of, Registry};
use misgen_evaluate::check::check;
use std::path::Path;
use std::process::Output;

/// What the command wrote for the name `two-marks`. After a change of the template remove it and write it anew:
/// `cargo run -- new family two-marks --out crates/cli/tests/skeleton`.
#[path = "skeleton/two_marks.rs"]
pub mod two_marks;

static REGISTRY: Registry = Registry(&[&Of::<two_marks::TwoMarks>::NEW]);

fn new(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("misgen").unwrap().current_dir(folder).args(["new", "family"]).args(args).output().unwrap()
}

#[test]
fn the_skeleton_compiles_and_keeps_every_rule() {
    let report = check(REGISTRY.get("two-marks").unwrap());
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(report.rules.len() > 20 && report.rules.iter().any(|rule| rule == "ladders"), "{:?}", report.rules);
}

#[test]
fn what_is_compiled_here_is_what_the_command_writes() {
    let folder = tempfile::tempdir().unwrap();
    let output = new(folder.path(), &["two-marks"]);
    assert!(output.status.success(), "{output:?}");
    let written = std::fs::read_to_string(folder.path().join("two_marks.rs")).unwrap();
    assert!(written == include_str!("skeleton/two_marks.rs"), "the template has changed: see `two_marks` above");
    let said = String::from_utf8(output.stdout).unwrap();
    for line in ["pub mod two_marks;", "&Of::<two_marks::TwoMarks>::NEW,", "check two-marks"] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn among_misgens_own_families_the_helpers_are_the_crates_own() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("crates/families/src");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["lib.rs", "grid.rs", "map.rs", "palette.rs"] {
        std::fs::write(folder.join(name), "").unwrap();
    }
    assert!(new(root.path(), &["two-marks"]).status.success());
    let written = std::fs::read_to_string(folder.join("two_marks.rs")).unwrap();
    assert_eq!(written, include_str!("skeleton/two_marks.rs").replace("misgen_families::", "crate::"));
}

#[test]
fn nothing_is_overwritten_and_nothing_is_written_for_a_bad_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.rs"), "mine").unwrap();
    for (args, expected) in [
        (&["mine"][..], "nothing is overwritten"),
        (&["mine", "--dry-run"], "nothing is overwritten"),
        (&["corner"], "a family of this program has it"),
        (&["Corner"], "[a-z][a-z0-9-]*"),
        (&["match"], "a word of Rust's own"),
        (&["vault", "--out", "nowhere"], "no such folder"),
    ] {
        let output = new(folder.path(), args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
    }
    assert!(new(folder.path(), &["vault", "--dry-run"]).status.success());
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(names, ["mine.rs"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("mine.rs")).unwrap(), "mine");
}
