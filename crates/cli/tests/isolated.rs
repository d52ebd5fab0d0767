//! Promises 6 and 19 in namespaces of their own: the main job on a disk that is really full, and without a network.
//!
//! Where the system does not permit that, the test says on stderr that it skipped it.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]
#![cfg(target_os = "linux")]

mod tiny;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tiny::{Tiny, only_folder, walk};

/// Whether a command runs here and succeeds; says what is skipped where it does not.
fn permitted(what: &str, command: &[&str]) -> bool {
    let status = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let permitted = status.is_ok_and(|status| status.success());
    if !permitted {
        let mut out = std::io::stderr().lock();
        writeln!(out, "SKIPPED: {what}, because `{}` is not permitted here", command.join(" ")).unwrap();
    }
    permitted
}

/// Bytes of the results of all complete entries, by their path in the run.
fn results(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let aside = |path: &Path| path.ends_with("timing.json") || path.ends_with("log.jsonl");
    let complete = |path: &Path| path.parent().unwrap().join("DONE").exists() && !aside(path);
    let files = walk(run).into_iter().filter(|path| path.is_file() && complete(path));
    files.map(|path| (path.strip_prefix(run).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn the_main_job_needs_no_network() {
    let tiny = Tiny::new();
    let expected = results(&tiny.run("runs"));
    let offline = ["unshare", "-rn"];
    if permitted("a run without any network", &["unshare", "-rn", "true"]) {
        let output = tiny.wrapped(&offline, &["run", "suite.toml", "--out", "offline"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(results(&only_folder(&tiny.path().join("offline"))), expected);
    }
    if permitted("a trace of network calls", &["strace", "-f", "-e", "trace=%network", "true"]) {
        let trace = ["strace", "-f", "-q", "-e", "trace=%network", "-e", "signal=none", "-o", "trace.txt"];
        let output = tiny.wrapped(&trace, &["run", "suite.toml", "--out", "traced"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let calls = fs::read_to_string(tiny.path().join("trace.txt")).unwrap();
        // A pair of sockets is how a child's failure to start is told; it leads nowhere.
        let outward = calls.lines().find(|line| !line.contains("socketpair(") && line.contains('('));
        assert_eq!(outward, None, "a call to the network");
    }
}

/// In a file system of `size` bytes: the run, its exit code, what it left; more room, and the same again.
const FULL: &str = r#"
mkdir -p disk full after
mount -t tmpfs -o size="$1" none disk || exit 9
"$2" run suite.toml --out disk/runs --jobs 1 2> stderr.txt > /dev/null; echo $? > code
cp -r disk/. full
mount -o remount,size=64m disk || exit 9
"$2" run suite.toml --out disk/runs --jobs 1 > /dev/null 2>&1; echo $? > code-after
cp -r disk/. after
"#;

#[test]
fn a_full_disk_ends_the_run_with_four_and_keeps_earlier_cells() {
    if !permitted("a run on a full disk", &["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /tmp"]) {
        return;
    }
    let tiny = Tiny::new();
    let expected = results(&tiny.run("runs"));
    let (mut full, mut kept) = (0, 0);
    for kilobytes in [16, 40, 64, 96, 128, 160] {
        let place = Tiny::new();
        let program = assert_cmd::cargo::cargo_bin("misgen");
        let size = format!("{kilobytes}k");
        let status = Command::new("unshare")
            .args(["-rm", "sh", "-c", FULL, "sh", &size, program.to_str().unwrap()])
            .current_dir(place.path())
            .env("CI", "true")
            .status()
            .unwrap();
        assert!(status.success(), "{size}: {status}");
        let read = |name: &str| fs::read_to_string(place.path().join(name)).unwrap().trim().to_owned();
        let (code, said) = (read("code"), read("stderr.txt"));
        if code != "0" {
            assert_eq!(code, "4", "{size}: {said}");
            assert!(said.contains("No space left") || said.contains("no storage space"), "{size}: {said}");
            full += 1;
            for (path, bytes) in walk(&place.path().join("full"))
                .into_iter()
                .find(|path| path.ends_with("cells.jsonl"))
                .map(|plan| results(plan.parent().unwrap()))
                .unwrap_or_default()
            {
                assert_eq!(expected[&path], bytes, "{size}: {}", path.display());
                kept += 1;
            }
        }
        assert_eq!(read("code-after"), "0", "{size}");
        assert_eq!(results(&only_folder(&place.path().join("after/runs"))), expected, "{size}");
    }
    assert!(full >= 2 && kept > 0, "{full} full disks, {kept} files kept");
}
