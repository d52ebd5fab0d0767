//! Records with what the program was built: compiler, lock file, commit. Each is empty where unknown,
//! as in a packaged source; none of them enters a result.

#![allow(clippy::disallowed_methods, reason = "a build script has no store")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let lock = root.join("Cargo.lock");
    fs::write(out.join("Cargo.lock"), fs::read(&lock).unwrap_or_default()).expect("OUT_DIR is writable");
    let compiler = Command::new(env::var("RUSTC").expect("cargo sets it")).arg("--version").output();
    let compiler = compiler.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let git = root.join(".git");
    println!("cargo::rustc-env=MISGEN_RUSTC={compiler}");
    println!("cargo::rustc-env=MISGEN_COMMIT={}", commit(&git).unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
    // A path that does not exist would make every build run this again.
    for path in [lock, git.join("HEAD"), git.join("packed-refs")].into_iter().chain(head(&git)) {
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}

/// The file of the branch that is checked out.
fn head(git: &Path) -> Option<PathBuf> {
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    Some(git.join(head.strip_prefix("ref: ")?.trim()))
}

/// The commit that is checked out, without asking the `git` program.
fn commit(git: &Path) -> Option<String> {
    let text = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(branch) = text.strip_prefix("ref: ") else { return Some(text.trim().to_owned()) };
    let loose = fs::read_to_string(git.join(branch.trim())).ok();
    loose.map(|text| text.trim().to_owned()).or_else(|| {
        let packed = fs::read_to_string(git.join("packed-refs")).ok()?;
        packed.lines().find_map(|line| line.strip_suffix(branch.trim())?.strip_suffix(' ').map(str::to_owned))
    })
}
