//! The map of ARCHITECTURE.md, held against `cargo metadata`.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod metadata;

use metadata::{Metadata, Package, metadata};
use std::collections::{BTreeMap, BTreeSet};

/// Normal dependencies of each crate of ours, by name.
fn dependencies(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let ours = metadata.workspace_packages();
    let names = |package: &Package| {
        let normal = package.dependencies.iter().filter(|d| d.kind.as_deref() != Some("dev"));
        normal.map(|d| d.name.clone()).collect()
    };
    ours.into_iter().map(|package| (package.name.clone(), names(package))).collect()
}

#[test]
fn crates_depend_on_what_the_map_says() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("misgen-core", &[][..]),
        ("misgen-families", &["misgen-core"]),
        ("misgen-solve", &["misgen-core"]),
        ("misgen-agents", &["misgen-core"]),
        ("misgen-evaluate", &["misgen-core", "misgen-solve"]),
        ("misgen-store", &[]),
        ("misgen-sweep", &["misgen-core", "misgen-solve", "misgen-agents", "misgen-evaluate", "misgen-store"]),
        ("misgen-report", &["misgen-core", "misgen-evaluate"]),
        (
            "misgen-cli",
            &[
                "misgen-core",
                "misgen-families",
                "misgen-solve",
                "misgen-agents",
                "misgen-evaluate",
                "misgen-store",
                "misgen-sweep",
                "misgen-report",
            ],
        ),
    ]);
    let found = dependencies(&metadata());
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), allowed.keys().copied().collect::<Vec<_>>());
    for (name, dependencies) in &found {
        for dependency in dependencies.iter().filter(|d| d.starts_with("misgen-")) {
            assert!(
                allowed[name.as_str()].contains(&dependency.as_str()),
                "{name} must not depend on {dependency} (ARCHITECTURE.md, Crates)"
            );
        }
    }
}

#[test]
fn candle_and_tract_have_one_dependant() {
    let found = dependencies(&metadata());
    for engine in ["candle", "tract"] {
        let depends = |all: &BTreeSet<String>| all.iter().any(|d| d.starts_with(engine));
        let dependants: Vec<&String> = found.iter().filter(|(_, all)| depends(all)).map(|(name, _)| name).collect();
        assert_eq!(dependants, ["misgen-agents"], "{engine}");
    }
}

#[test]
fn the_default_build_reads_no_onnx() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let agents = packages.iter().find(|package| package.name == "misgen-agents").unwrap();
    let tract: Vec<_> = agents.dependencies.iter().filter(|d| d.name.starts_with("tract")).collect();
    assert!(!tract.is_empty() && tract.iter().all(|d| d.optional), "tract belongs to the feature `onnx` alone");
    assert!(packages.iter().all(|package| !package.features.contains_key("default")), "no feature is on by default");
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}: no [lints] workspace = true", package.name);
    }
    let root = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml")).unwrap();
    assert!(root.contains("unsafe_code = \"forbid\""));
}

#[test]
fn the_example_outside_the_workspace_shares_built_dependencies() {
    let profile = |manifest: &str| {
        let manifest: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
        manifest["profile"]["release"].clone()
    };
    // In one target folder, as CI builds both; a profile of its own would build every dependency again.
    assert_eq!(
        profile(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/own-family/Cargo.toml")),
        profile(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
    );
}
