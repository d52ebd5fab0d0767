//! The site is complete: every page is in its summary, and what pages show of files is what the files hold.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;

use root::root;
use std::collections::BTreeSet;
use std::fs;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Markdown pages below `docs`, by their paths from there.
fn pages(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in fs::read_dir(root().join("docs").join(folder)).unwrap() {
        let item = item.unwrap();
        let name = format!("{folder}{}", item.file_name().to_string_lossy());
        if item.file_type().unwrap().is_dir() {
            found.extend(pages(&format!("{name}/")));
        } else if name.ends_with(".md") {
            found.insert(name);
        }
    }
    found
}

#[test]
fn every_page_is_in_the_summary_once() {
    let summary = read("docs/SUMMARY.md");
    let links: Vec<&str> =
        summary.split("](").skip(1).map(|rest| rest.split_once(')').expect("a link ends").0).collect();
    let listed: BTreeSet<String> = links.iter().map(|link| (*link).to_owned()).collect();
    assert_eq!(listed.len(), links.len(), "a page is listed twice");
    let mut there = pages("");
    assert!(there.len() > 30 && there.remove("SUMMARY.md"), "{there:?}");
    assert_eq!(listed, there);
}

#[test]
fn the_first_shift_is_the_one_that_the_page_shows() {
    let page = read("docs/getting-started.md");
    let shown = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of TOML");
    assert_eq!(shown, read("examples/first-shift.toml"));
}
