//! Promise 19, as far as a text can be held to it: no network, no unsafe code, no clock in results, one door to the
//! disk; and dependencies that `deny.toml` allows.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod metadata;
mod root;

use metadata::metadata;
use root::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn toml(name: &str) -> toml::Table {
    fs::read_to_string(root().join(name)).unwrap().parse().unwrap()
}

/// Rust files below a folder.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Sources with their paths from the root: the code of every crate without comments and without the tests at its end.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut files = Vec::new();
    rust_files(&root.join("crates"), &mut files);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    let code = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let program = text.split("\n#[cfg(test)]\nmod ").next().unwrap().to_owned();
        let lines = program.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let all: Vec<_> = files.iter().map(|path| (name(path), code(path))).collect();
    assert!(all.len() > 100, "{} sources", all.len());
    all
}

fn is_program(name: &str) -> bool {
    name.split('/').nth(2) == Some("src")
}

/// Asserts that no program source but those `allowed` holds any of `words`.
fn assert_absent(words: &[&str], allowed: &[&str], why: &str) {
    for (name, code) in sources().iter().filter(|(name, _)| is_program(name)) {
        if !allowed.iter().any(|prefix| name.starts_with(prefix)) {
            for word in words {
                assert!(!code.contains(word), "{name} holds `{word}`: {why}");
            }
        }
    }
}

#[test]
fn the_disk_is_touched_in_one_file() {
    let words = ["std::fs", "fs::File", "OpenOptions", "DirBuilder", "tokio::fs", "memmap", "tempfile::"];
    // The doctor tries the store in a folder that goes away again.
    let allowed = ["crates/store/src/fs.rs", "crates/cli/src/commands/doctor.rs"];
    assert_absent(&words, &allowed, "files go through the store's Fs");
}

#[test]
fn nothing_talks_to_a_network() {
    let words =
        ["std::net", "TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "reqwest", "hyper::"];
    assert_absent(&words, &[], "misgen asks for nothing over a network");
}

#[test]
fn no_result_can_hold_a_time() {
    assert_absent(&["SystemTime", "chrono::", "UNIX_EPOCH"], &[], "a date has no place in results");
    // A child times its job, the engine ends the late ones, as answers of programs that are late, and the command line shows how long
    // they take; nothing else sees a clock.
    let engine = [
        "crates/sweep/src/child.rs",
        "crates/sweep/src/watch.rs",
        "crates/sweep/src/external/process.rs",
        "crates/cli/src/",
    ];
    assert_absent(&["Instant"], &engine, "whoever computes results has no clock");
}

#[test]
fn nothing_draws_from_a_generator_that_cannot_be_seeded() {
    let words = [
        "rand::",
        "Tensor::rand",
        "Var::rand",
        ".rand_like",
        ".randn_like",
        "getrandom",
        "RandomState",
        "HashMap::new",
        "HashSet::new",
    ];
    assert_absent(&words, &[], "draw from misgen_core::Rng, and keep what is iterated in order");
}

#[test]
fn no_ban_is_lifted_outside_the_declared_places() {
    let lifted = ["crates/store/src/fs.rs", "crates/sweep/build.rs"];
    for (name, code) in sources() {
        for ban in ["clippy::disallowed_methods", "clippy::disallowed_types", "clippy::disallowed_macros"] {
            let test = name.contains("/tests/") || name.contains("/benches/");
            assert!(test || lifted.contains(&name.as_str()) || !code.contains(ban), "{name} lifts {ban}");
        }
    }
}

#[test]
fn the_bans_are_complete() {
    let bans = toml("clippy.toml");
    let banned: BTreeSet<&str> =
        bans["disallowed-methods"].as_array().unwrap().iter().map(|ban| ban["path"].as_str().unwrap()).collect();
    let files = "canonicalize copy create_dir create_dir_all exists hard_link metadata read read_dir read_link read_to_string \
                 remove_dir remove_dir_all remove_file rename set_permissions symlink_metadata write \
                 File::create File::create_new File::open File::options OpenOptions::new DirBuilder::new";
    let others = [
        "std::time::SystemTime::now",
        "std::net::TcpStream::connect",
        "std::net::TcpListener::bind",
        "std::net::UdpSocket::bind",
        "candle_core::Tensor::rand",
        "candle_core::Tensor::randn",
        "candle_core::Tensor::rand_like",
        "candle_core::Tensor::randn_like",
        "candle_core::Var::rand",
        "candle_core::Var::randn",
        "candle_nn::Init::var",
        "candle_nn::VarMap::all_vars",
    ];
    let wanted = files.split_whitespace().map(|name| format!("std::fs::{name}")).chain(others.map(str::to_owned));
    for path in wanted {
        assert!(banned.contains(path.as_str()), "clippy.toml does not ban {path}");
    }
    let lints = toml("Cargo.toml");
    assert_eq!(lints["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
}

fn words(table: &toml::Value) -> BTreeSet<&str> {
    table.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

/// Whether an SPDX expression can be met by the `allowed` licenses alone. AND binds more tightly than OR.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let expression = expression.replace('/', " OR ");
    let mut parts: Vec<String> = vec![String::new()];
    let mut depth = 0;
    for word in expression.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
        depth += i32::from(word == "(") - i32::from(word == ")");
        match (depth, word) {
            (0, "OR") => parts.push(String::new()),
            _ => *parts.last_mut().unwrap() += &format!("{word} "),
        }
    }
    let term = |term: &str| {
        let term = term.trim();
        match term.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            Some(inner) => is_met(inner, allowed),
            None => allowed.contains(term),
        }
    };
    parts.iter().any(|part| {
        let mut terms = vec![String::new()];
        let mut depth = 0;
        for word in part.split_whitespace() {
            depth += i32::from(word == "(") - i32::from(word == ")");
            match (depth, word) {
                (0, "AND") => terms.push(String::new()),
                _ => *terms.last_mut().unwrap() += &format!("{word} "),
            }
        }
        terms.iter().all(|inner| term(inner))
    })
}

#[test]
fn license_expressions_are_read_as_spdx_says() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT/GPL-3.0", true),
        ("GPL-3.0 OR Apache-2.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND GPL-3.0", false),
        ("GPL-3.0 OR (MIT AND Unicode-3.0)", true),
        ("Apache-2.0 WITH LLVM-exception", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}

#[test]
fn dependencies_are_what_deny_toml_allows() {
    let rules = toml("deny.toml");
    let licenses = words(&rules["licenses"]["allow"]);
    let banned: BTreeSet<&str> =
        rules["bans"]["deny"].as_array().unwrap().iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    let registries: Vec<String> =
        words(&rules["sources"]["allow-registry"]).into_iter().map(|url| format!("registry+{url}")).collect();
    let metadata = metadata();
    assert!(metadata.packages.len() > 100);
    for package in &metadata.packages {
        let license = package.license.as_deref().unwrap_or("none");
        assert!(is_met(license, &licenses), "{} is under {license}", package.name);
        assert!(!banned.contains(package.name.as_str()), "{} is banned", package.name);
        match &package.source {
            Some(source) => assert!(registries.contains(source), "{} comes from {source}", package.name),
            None => assert!(package.name.starts_with("misgen-"), "{} is not ours", package.name),
        }
    }
}

#[test]
fn no_crate_of_ours_draws_from_foreign_distributions() {
    for package in metadata().workspace_packages() {
        for dependency in &package.dependencies {
            let named = ["rand", "rand_distr", "fastrand", "getrandom"].contains(&dependency.name.as_str());
            assert!(!named, "{} depends on {}", package.name, dependency.name);
        }
    }
}

/// Names in backticks that have the form of a test's: four words or more, parted by underscores.
fn named_tests(text: &str) -> Vec<&str> {
    let word = |name: &&str| {
        name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && name.matches('_').count() >= 3
    };
    text.split('`').skip(1).step_by(2).filter(word).collect()
}

#[test]
fn every_promise_names_tests_that_exist() {
    let page = fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |")).collect();
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    let tests: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for promise in 1..=19 {
        let row = rows.iter().find(|row| row.starts_with(&format!("| {promise} |")));
        let named = named_tests(row.unwrap_or_else(|| panic!("no row of promise {promise}")));
        assert!(!named.is_empty(), "promise {promise} names no test");
        for name in named {
            assert!(tests.contains(&format!("fn {name}(")), "promise {promise}: there is no test `{name}`");
        }
    }
}
