//! The page: self-contained, well-formed, escaped, complete, and readable in both schemes.

use crate::fixture::{HOSTILE, play, row, summary};
use misgen_core::Role;
use misgen_evaluate::record::{SCHEMA_VERSION, Summary, Verdict};
use misgen_report::html;
use std::collections::{BTreeMap, BTreeSet};

const CSS: &str = include_str!("../../src/style.css");
/// What is between the first `<name>` and its end.
fn inside<'a>(page: &'a str, name: &str) -> &'a str {
    let rest = page.split_once(&format!("<{name}>")).expect("it begins").1;
    rest.split_once(&format!("</{name}>")).expect("it ends").0
}
const VOID: &[&str] = &["meta", "input", "col"];

fn page() -> String {
    String::from_utf8(html(&summary(), None)).unwrap()
}

/// A start or end tag: `/` first where it ends, then name and attributes.
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) end: bool,
    pub(crate) empty: bool,
    pub(crate) attributes: Vec<(String, String)>,
}

/// Every tag of the page. Text cannot hold `<`, so that each one outside style and script begins a tag.
pub(crate) fn tags(page: &str) -> Vec<Tag> {
    let body = page.replace(inside(page, "style"), "").replace(inside(page, "script"), "");
    body.split('<')
        .skip(1)
        .map(|piece| {
            let (inside, text) = piece.split_once('>').expect("a tag ends");
            assert!(!text.contains('>'), "text holds a bare >: {text}");
            let (inside, empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
            let end = inside.starts_with('/');
            let inside = inside.trim_start_matches('/');
            let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
            let mut attributes = Vec::new();
            while let Some((key, value)) = rest.split_once("=\"") {
                let (value, after) = value.split_once('"').expect("a value ends");
                attributes.push((key.trim().to_owned(), value.to_owned()));
                rest = after;
            }
            assert!(rest.trim().is_empty() || rest.trim() == "html", "stray attribute text {rest:?} in {inside}");
            Tag { name: name.to_owned(), end, empty, attributes }
        })
        .collect()
}

#[test]
fn equal_input_gives_equal_bytes() {
    assert_eq!(html(&summary(), None), html(&summary().clone(), None));
}

#[test]
fn every_tag_is_closed_in_order() {
    let mut open: Vec<String> = Vec::new();
    for tag in tags(&page()) {
        if tag.end {
            assert_eq!(open.pop(), Some(tag.name));
        } else if !tag.empty && !VOID.contains(&tag.name.as_str()) && !tag.name.starts_with('!') {
            open.push(tag.name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn nothing_is_fetched() {
    for tag in tags(&page()) {
        assert!(
            !["img", "link", "iframe", "object", "embed", "base", "form", "use", "image"].contains(&tag.name.as_str())
        );
        for (name, value) in &tag.attributes {
            assert!(name != "src" && name != "srcset", "{value}");
            assert!(name != "href" || value.starts_with('#'), "{value}");
            assert!(!value.contains("://"), "{name}={value}");
        }
    }
    let page = page();
    let (css, script) = (inside(&page, "style"), inside(&page, "script"));
    assert!(css.matches("url(").count() == css.matches("url(#").count() && css.contains("url(#hatch-joint)"));
    for outside in ["://", "@import", "fetch(", "XMLHttpRequest", "eval("] {
        assert!(!css.contains(outside) && !script.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn hostile_names_stay_text() {
    let page = page();
    let tags = tags(&page);
    assert_eq!(tags.iter().filter(|tag| tag.name == "script" && !tag.end).count(), 1);
    for tag in &tags {
        assert!(tag.attributes.iter().all(|(name, _)| !name.starts_with("on")), "{}", tag.name);
    }
    assert!(!page.contains(HOSTILE));
    assert!(page.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"));
    assert!(page.contains("\\u{202e}evil\\u{1b}[31m"));
}

fn pictures(page: &str) -> Vec<&str> {
    let starts: Vec<_> = page.match_indices("<svg").map(|(at, _)| at).collect();
    starts.into_iter().map(|at| &page[at..at + page[at..].find("</svg>").unwrap() + "</svg>".len()]).collect()
}

#[test]
fn every_picture_is_well_formed_and_speaks() {
    let page = page();
    let pictures = pictures(&page);
    assert!(pictures.len() > 30);
    for picture in pictures {
        let parsed = roxmltree::Document::parse(picture).unwrap_or_else(|error| panic!("{error}: {picture}"));
        let root = parsed.root_element();
        let spoken = root.attribute("role") == Some("img") && !root.attribute("aria-label").unwrap_or("").is_empty();
        assert!(spoken || root.attribute("aria-hidden") == Some("true"), "{picture}");
        for node in parsed.descendants() {
            for attribute in node.attributes() {
                assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"), "{picture}");
            }
        }
    }
}

#[test]
fn every_seed_is_a_point_and_every_curve_a_line() {
    let (page, summary) = (page(), summary());
    let seeds: usize =
        summary.rows.iter().filter(|row| row.gt.is_some()).map(|row| row.gt_seeds.iter().flatten().count()).sum();
    assert_eq!(page.matches("class=\"seed\"").count(), seeds);
    let curves: usize = summary.curves.iter().map(|curves| curves.seeds.len()).sum();
    assert_eq!(page.matches("<path class=\"curve ").count(), curves);
}

#[test]
fn bars_share_out_the_whole_width() {
    let page = page();
    let bars: Vec<_> = pictures(&page).into_iter().filter(|picture| picture.contains("class=\"bar\"")).collect();
    assert_eq!(bars.len(), summary().rows.iter().filter(|row| row.outcomes.is_some()).count());
    for bar in bars {
        let parsed = roxmltree::Document::parse(bar).unwrap();
        let last = parsed.root_element().last_element_child().unwrap();
        let number = |name: &str| last.attribute(name).unwrap().parse::<f64>().unwrap();
        let end = number("x") + number("width");
        assert!((218.9..=220.0).contains(&end), "{end}: {bar}");
    }
}

#[test]
fn everything_recorded_is_there() {
    let page = page();
    for row in summary().rows.iter().filter(|row| row.agent != HOSTILE) {
        assert!(page.contains(&format!(">{}</span>", row.shift)), "{}", row.shift);
        if let Some(sentence) = &row.sentence {
            assert!(page.contains(&format!("<p>{sentence}</p>")), "{sentence}");
        }
    }
    for expected in [
        "−0.226",
        "<td>−0.257</td><td>−0.195</td>",
        "there is no goal to transfer to",
        "2 cells without a result",
        "keys_ratio",
        "3.45",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn links_lead_somewhere_and_ids_are_unique() {
    let tags = tags(&page());
    let of = |wanted: &str| -> Vec<String> {
        let all = tags.iter().flat_map(|tag| &tag.attributes);
        all.filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect()
    };
    let ids = of("id");
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len());
    // Addresses of frames are followed by the player.
    let links = of("href").into_iter().filter(|link| !link.starts_with("#replay="));
    for target in links.map(|link| link.trim_start_matches('#').to_owned()).chain(of("aria-labelledby")) {
        assert!(unique.contains(&target), "{target}");
    }
}

/// The text of the first element of a class.
fn text_of(page: &str, class: &str) -> String {
    let inside = page.split_once(&format!("class=\"{class}\">")).expect("it is there").1;
    let inside = inside.split_once("</p>").expect("it is a paragraph").0;
    inside.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
}

#[test]
fn the_headline_counts_every_verdict_on_the_main_shift_of_a_learner() {
    let said = |verdicts: &[Verdict]| {
        let case = |(i, verdict): (usize, &Verdict)| {
            let played = play(0.1, &[0.1], 0.2, &[("corner", 0.7)], *verdict);
            let main = row(&format!("corner-{i}"), "ppo", Some(0.0), "cheese-elsewhere", Role::Conflict, &played);
            let besides = row(&format!("corner-{i}"), "ppo", Some(0.0), "walls", Role::Nuisance, &played);
            let script = row(&format!("corner-{i}"), "random", None, "cheese-elsewhere", Role::Conflict, &played);
            [main, besides, script]
        };
        let rows = verdicts.iter().enumerate().flat_map(case).collect();
        let page = html(&Summary { rows, curves: Vec::new(), across: None, ..summary() }, None);
        text_of(&String::from_utf8(page).unwrap(), "headline")
    };
    use Verdict::{Insufficient, Misgeneralizes, Mixed, SpecificationGaming, Transfers};
    assert_eq!(
        said(&[Misgeneralizes, Transfers]),
        "In 1 of 2 cases a trained agent is able and goes for the proxy, in 1 it still goes for the goal."
    );
    assert_eq!(
        said(&[Misgeneralizes, Misgeneralizes, Mixed, Insufficient]),
        "In 2 of 4 cases a trained agent is able and goes for the proxy, in 0 it still goes for the goal, and in 2 neither can be said."
    );
    assert_eq!(
        said(&[SpecificationGaming, SpecificationGaming, Transfers, Mixed]),
        "In 0 of 4 cases a trained agent is able and goes for the proxy, in 1 it still goes for the goal, in 2 it is paid without the goal, and in 1 none of this can be said."
    );
}

#[test]
fn a_world_without_a_verdict_says_why() {
    let mut summary = summary();
    for row in &mut summary.rows {
        (row.verdict, row.sentence) = (None, None);
        row.why_null.insert("gt".into(), "a continuing world has no transfer".into());
    }
    let page = String::from_utf8(html(&summary, None)).unwrap();
    assert!(page.contains("<p>No verdict: a continuing world has no transfer.</p>"));
}

#[test]
fn a_run_without_rows_is_still_a_page() {
    let empty = Summary {
        schema_version: SCHEMA_VERSION,
        suite: "empty".into(),
        confidence: 0.95,
        kernels: vec![],
        versions: None,
        rows: Vec::new(),
        across: None,
        curves: Vec::new(),
        notes: Vec::new(),
    };
    let page = String::from_utf8(html(&empty, None)).unwrap();
    assert!(page.contains("0 worlds") && !page.contains("id=\"curves\"") && !page.contains("href=\"#notes\""));
}

#[test]
fn a_thousand_rows_stay_small() {
    let play = crate::fixture::play(0.5, &[0.4, 0.5, 0.6, 0.45, 0.55], 0.5, &[("corner", 0.4)], Verdict::Mixed);
    let mut many = summary();
    many.rows = (0..1000)
        .map(|i| {
            row(
                &format!("world {}", i / 50),
                &format!("agent {}", i / 10 % 5),
                Some(0.0),
                &format!("shift {i}"),
                Role::Conflict,
                &play,
            )
        })
        .collect();
    let bytes = html(&many, None).len();
    assert!(bytes < 20_000_000 / 4, "{bytes} bytes");
}

/// Relative luminance (WCAG 2.1) of `#rrggbb`.
fn luminance(color: &str) -> f64 {
    let component = |at: usize| {
        let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * component(1) + 0.7152 * component(3) + 0.0722 * component(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colours that a block of the style sheet names.
fn colors(block: &str) -> BTreeMap<&str, &str> {
    let declarations = block.split([';', '{', '}']).filter_map(|declaration| declaration.trim().split_once(':'));
    declarations
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, value)| name.starts_with("--") && value.starts_with('#'))
        .collect()
}

#[test]
fn text_and_figures_have_the_contrast_of_wcag_aa() {
    let (light, dark) = CSS.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (light, dark) = (colors(light), colors(dark.split("\n* {").next().unwrap()));
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
    for scheme in [light, dark] {
        for ground in ["--page", "--panel"] {
            for text in ["--text", "--quiet", "--link"] {
                let ratio = contrast(scheme[text], scheme[ground]);
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
            for part in scheme.keys().filter(|name| {
                ["--goal", "--died", "--neither"].contains(name)
                    || name.starts_with("--proxy")
                    || name.starts_with("--line") && **name != "--line"
            }) {
                let ratio = contrast(scheme[part], scheme[ground]);
                assert!(ratio >= 3.0, "{part} on {ground}: {ratio:.2}");
            }
        }
        let badges: Vec<_> = scheme.keys().filter_map(|name| name.strip_suffix("-fill")).collect();
        assert_eq!(badges.len(), 7);
        for badge in badges {
            let ratio = contrast(scheme[format!("{badge}-text").as_str()], scheme[format!("{badge}-fill").as_str()]);
            assert!(ratio >= 4.5, "{badge}: {ratio:.2}");
        }
    }
}
