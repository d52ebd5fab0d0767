//! Two runs side by side, in a terminal and as a plot.

#![allow(clippy::disallowed_methods, reason = "pages for the browser's tests are written from outside the store")]

use crate::exhibits::exhibits;
use crate::fixture::{HOSTILE, summary};
use misgen_core::Role;
use misgen_evaluate::compare::{Comparison, Who, compare};
use misgen_evaluate::exhibit::{Crossing, PairedRow, Pairing};
use misgen_report::{Color, Style, comparison, comparison_page, comparison_svg};

fn who(text: &str) -> Option<Who> {
    Some(text.parse().unwrap())
}

/// The fixture's agent at mix 0 and at mix 1.
fn mixes() -> Comparison {
    let mut one = summary();
    for row in one.rows.iter_mut().filter(|row| row.role == Role::Training) {
        row.s_id_seeds = [0.99, 0.98, 1.0, 0.97, 0.99].map(Some).to_vec();
    }
    let control = one.rows.iter().find(|row| row.role == Role::Training).cloned().unwrap();
    let seeds = [0.95, 0.93, 0.96, 0.94, 0.97].map(Some).to_vec();
    one.rows.push(misgen_evaluate::record::SummaryRow { mix: Some(1.0), s_id_seeds: seeds, ..control });
    compare(&one, &one, who("ppo@0").as_ref(), who("ppo@1").as_ref())
}

#[test]
fn a_comparison_in_a_terminal() {
    insta::assert_snapshot!(comparison(&mixes(), &Style { color: Color::Off, unicode: true, width: Some(150) }));
}

#[test]
fn a_plot_is_a_file_of_its_own_with_one_mark_a_change() {
    let bytes = comparison_svg(&mixes());
    assert_eq!(bytes, comparison_svg(&mixes()));
    let text = String::from_utf8(bytes).unwrap();
    let parsed = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(parsed.root_element().tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
    let marks = parsed.descendants().filter(|n| n.has_tag_name("circle")).count();
    assert_eq!(marks, mixes().contrasts.iter().filter(|c| c.difference.is_some()).count());
    assert!(marks > 3);
}

#[test]
fn hostile_names_stay_text() {
    let all = summary();
    let comparison_of = compare(&all, &all, who(HOSTILE).as_ref(), None);
    assert!(!comparison_of.contrasts.is_empty());
    let svg = String::from_utf8(comparison_svg(&comparison_of)).unwrap();
    assert!(!svg.contains("<img") && !svg.contains("<script") && !svg.contains('\u{202e}'));
    roxmltree::Document::parse(&svg).unwrap();
    let text = comparison(&comparison_of, &Style::PLAIN);
    assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')));
}

#[test]
fn nothing_shared_is_an_empty_table_and_a_sound_plot() {
    let mut other = summary();
    other.rows.clear();
    let empty = compare(&summary(), &other, None, None);
    assert_eq!(comparison(&empty, &Style::PLAIN), "");
    roxmltree::Document::parse(std::str::from_utf8(&comparison_svg(&empty)).unwrap()).unwrap();
}

fn pairing(name: &str) -> Pairing {
    let found = exhibits();
    let crossing = |base: &str, head: &str, count| Crossing { base: base.into(), head: head.into(), count };
    Pairing {
        base: "base".into(),
        head: "head".into(),
        rows: vec![PairedRow {
            world: name.into(),
            shift: name.into(),
            main: true,
            players: format!("{name} → other"),
            seeds: 2,
            levels: 50,
            crossings: vec![crossing("goal", "goal", 60), crossing("goal", name, 25), crossing("neither", "goal", 15)],
        }],
        rule: name.into(),
        worlds: found.worlds,
        notes: vec![name.into()],
    }
}

#[test]
fn a_page_says_level_by_level_what_changed() {
    let page = String::from_utf8(comparison_page(&mixes(), Some(&pairing("mark")))).unwrap();
    assert_eq!(page.as_bytes(), comparison_page(&mixes(), Some(&pairing("mark"))));
    for said in [
        "the same came first on 60 %",
        ">25 %<",
        ">15 %<",
        "data-twin=\"Base\"",
        "id=\"replays\"",
        "2 pairs of seeds, 50 levels",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let alone = String::from_utf8(comparison_page(&mixes(), None)).unwrap();
    assert!(!alone.contains("id=\"replays\"") && !alone.contains("Level by level"));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("compared.html"), page).unwrap();
}

#[test]
fn hostile_names_stay_text_on_a_page_too() {
    let all = summary();
    let found = compare(&all, &all, who(HOSTILE).as_ref(), None);
    let page = String::from_utf8(comparison_page(&found, Some(&pairing(HOSTILE)))).unwrap();
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
    let scripts = |page: &str| page.matches("<script").count();
    assert_eq!(scripts(&page), scripts(&String::from_utf8(comparison_page(&mixes(), Some(&pairing("mark")))).unwrap()));
}
