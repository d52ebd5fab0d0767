//! Promise 18: every string of a summary is text, whatever it holds and wherever it goes.

use crate::fixture::summary;
use crate::page::tags;
use misgen_evaluate::compare::compare;
use misgen_evaluate::gate::{Baseline, Rules, gate};
use misgen_evaluate::record::Summary;
use misgen_report::{Color, Style, comparison_svg, csv, gate_junit, gate_markdown, html, sentences, table};
use serde_json::Value;
use std::sync::LazyLock;

/// What tries to leave a text: tags, ends of comments and sections, schemes, entities, controls, writing directions.
const HOSTILE: [&str; 9] = [
    "<img src=x onerror=alert(1)>",
    "]]><script>alert(1)</script>",
    "</script><script src=//evil.example/x.js></script>",
    "--><svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)\" x=\"' onfocus='alert(1)",
    "javascript:alert(1)",
    "https://evil.example/x.png) url(https://evil.example/x)",
    "&lt;script&gt;&#x6a;\u{1b}[31m\u{0}\u{7f}\u{85}",
    "\u{202e}evil\u{2066}\u{200f}\u{feff}\u{2028}",
];

/// The places of a summary that may hold any text, and its maps with names of a record for keys. Those of closed lists
/// (roles, verdicts) refuse another text.
static PLACES: LazyLock<[Vec<String>; 2]> = LazyLock::new(|| {
    let value = serde_json::to_value(summary()).unwrap();
    let free = |path: &String| {
        let mut other = value.clone();
        put(&mut other, path, "x");
        serde_json::from_value::<Summary>(other).is_ok()
    };
    [texts(&value, String::new()), maps(&value, String::new())].map(|paths| paths.into_iter().filter(free).collect())
});

/// Puts a text in the place of another, or before every key of a map.
fn put(value: &mut Value, path: &str, text: &str) {
    match value.pointer_mut(path).expect("a place of it") {
        Value::Object(map) => {
            *map = std::mem::take(map).into_iter().map(|(key, value)| (format!("{text}{key}"), value)).collect();
        }
        other => *other = Value::from(text),
    }
}

/// The summary with every text replaced.
fn poisoned(hostile: &str) -> Summary {
    let [texts, maps] = &*PLACES;
    assert!(texts.len() > 100 && maps.len() > 30, "{} texts, {} maps", texts.len(), maps.len());
    let mut value = serde_json::to_value(summary()).unwrap();
    for (i, path) in texts.iter().enumerate() {
        put(&mut value, path, &format!("{hostile}{i}"));
    }
    for path in maps {
        put(&mut value, path, hostile);
    }
    serde_json::from_value(value).unwrap()
}

fn texts(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::String(_) => vec![at],
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, v)| texts(v, format!("{at}/{i}"))).collect(),
        Value::Object(fields) => fields.iter().flat_map(|(k, v)| texts(v, format!("{at}/{k}"))).collect(),
        _ => Vec::new(),
    }
}

/// Maps whose keys are names of a record: those of proxies, ratios and metrics.
fn maps(value: &Value, at: String) -> Vec<String> {
    let named = ["pp", "proxies", "extra", "why_null", "ties"].iter().any(|name| at.ends_with(&format!("/{name}")));
    match value {
        Value::Object(_) if named => vec![at],
        Value::Array(items) => items.iter().enumerate().flat_map(|(i, v)| maps(v, format!("{at}/{i}"))).collect(),
        Value::Object(fields) => fields.iter().flat_map(|(k, v)| maps(v, format!("{at}/{k}"))).collect(),
        _ => Vec::new(),
    }
}

/// Characters that act in place of being shown.
fn acts(c: char) -> bool {
    c != '\n'
        && (c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
}

#[test]
fn whatever_a_summary_says_stays_text_on_the_page() {
    let plain = tags(&String::from_utf8(html(&summary(), None)).unwrap());
    let mut kinds: Vec<&str> = plain.iter().map(|tag| tag.name.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for hostile in HOSTILE {
        let poisoned = poisoned(hostile);
        let page = String::from_utf8(html(&poisoned, None)).unwrap();
        assert_eq!(html(&poisoned, None), html(&poisoned.clone(), None), "equal input, equal bytes");
        assert!(!page.chars().any(acts), "{hostile:?}: a character that acts");
        let tags = tags(&page);
        for tag in &tags {
            assert!(kinds.contains(&tag.name.as_str()), "{hostile:?}: a new tag <{}>", tag.name);
            for (name, value) in &tag.attributes {
                let fetches = ["src", "srcset", "action", "data", "poster", "background"].contains(&name.as_str());
                let styled = name == "style" && value.contains("url");
                assert!(!name.starts_with("on") && !fetches && !styled, "{hostile:?}: {name}={value}");
                assert!(name != "href" || value.starts_with('#'), "{hostile:?}: {name}={value}");
            }
        }
        let scripts = tags.iter().filter(|tag| tag.name == "script" && !tag.end).count();
        assert_eq!(scripts, 1, "{hostile:?}");
        // Every picture is XML by itself, and speaks of nothing elsewhere.
        for (start, _) in page.match_indices("<svg") {
            let picture = &page[start..start + page[start..].find("</svg>").unwrap() + "</svg>".len()];
            let parsed = roxmltree::Document::parse(picture).unwrap_or_else(|error| panic!("{hostile:?}: {error}"));
            for node in parsed.descendants() {
                for attribute in node.attributes() {
                    let value = attribute.value();
                    let remote = value.contains("url(") && !value.contains("url(#") && attribute.name() != "aria-label";
                    assert!(!remote && !attribute.name().ends_with("href"), "{hostile:?}: {value}");
                }
            }
        }
    }
}

#[test]
fn whatever_a_summary_says_steers_no_terminal() {
    for hostile in HOSTILE {
        let poisoned = poisoned(hostile);
        for unicode in [false, true] {
            let style = Style { color: Color::Off, unicode, width: Some(100) };
            let shown = table(&poisoned, &style) + &sentences(&poisoned, true, &style);
            assert!(!shown.chars().any(acts), "{hostile:?}");
            assert!(unicode || shown.is_ascii(), "{hostile:?}");
        }
    }
}

#[test]
fn whatever_a_summary_says_stays_in_its_column() {
    let columns = |record: &str| {
        let outside = record.split('"').step_by(2);
        outside.map(|part| part.matches(',').count()).sum::<usize>()
    };
    for hostile in HOSTILE {
        let poisoned = poisoned(hostile);
        let text = String::from_utf8(csv(&poisoned)).unwrap();
        let header = columns(text.lines().next().unwrap());
        // None of the texts has a line end of its own but one sentence, which is replaced.
        assert_eq!(text.lines().count(), poisoned.rows.len() + 1, "{hostile:?}");
        assert!(text.lines().all(|line| columns(line) == header), "{hostile:?}");
    }
}

#[test]
fn whatever_a_summary_says_stays_text_in_what_continuous_integration_shows() {
    for hostile in HOSTILE {
        let poisoned = poisoned(hostile);
        // One half of the rows is gone, so that every list has something in it.
        let (base, mut head) = (Baseline::of(&poisoned), Baseline::of(&poisoned));
        head.rows.truncate(base.rows.len() / 2);
        let outcome = gate(&base, &head, Rules::default());
        let junit = String::from_utf8(gate_junit(&outcome)).unwrap();
        assert!(!junit.chars().any(acts), "{hostile:?}: a character that acts");
        let parsed = roxmltree::Document::parse(&junit).unwrap_or_else(|error| panic!("{hostile:?}: {error}"));
        let known =
            ["testsuites", "testsuite", "testcase", "failure", "skipped", "system-out", "properties", "property"];
        let strange = parsed.descendants().filter(roxmltree::Node::is_element).map(|node| node.tag_name().name());
        assert_eq!(strange.filter(|name| !known.contains(name)).collect::<Vec<_>>(), [""; 0], "{hostile:?}");
        let markdown = gate_markdown(&outcome);
        assert!(!markdown.chars().any(acts), "{hostile:?}: a character that acts");
        assert!(
            !markdown.contains("<img") && !markdown.contains("<script") && !markdown.contains("<svg"),
            "{markdown}"
        );
        let plot = String::from_utf8(comparison_svg(&compare(&poisoned, &poisoned, None, None))).unwrap();
        assert!(!plot.chars().any(acts), "{hostile:?}: a character that acts");
        let plot = roxmltree::Document::parse(&plot).unwrap_or_else(|error| panic!("{hostile:?}: {error}"));
        assert!(
            plot.descendants().all(|node| !["script", "image", "a"].contains(&node.tag_name().name())),
            "{hostile:?}"
        );
    }
}
