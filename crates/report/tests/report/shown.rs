//! The page with everything in it: what can be looked at, the data that downloads, and the pages of the browser's tests.

#![allow(clippy::disallowed_methods, reason = "pages are written for a browser, not published")]

use crate::exhibits::many;
use crate::fixture::{HOSTILE, play, row, summary, thousand};
use crate::looks::{everywhere, exhibits};
use crate::page::tags;
use misgen_core::Role;
use misgen_evaluate::record::{CheckpointRow, HelpRow, Helped, Outcomes, Pursued, Summary, Verdict};
use misgen_report::html;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn checkpoints(shift: &str) -> Vec<CheckpointRow> {
    let one = |i: u32| {
        let reached = f64::from(i) / 6.0;
        let outcomes =
            Outcomes { goal: 0.0, proxies: [("corner".to_owned(), reached)].into(), died: 0.0, neither: 1.0 - reached };
        let pursued = Pursued { gt: Some(-0.2 * reached), pp: BTreeMap::new(), outcomes: Some(outcomes) };
        let shifts = [(shift.to_owned(), pursued)].into();
        CheckpointRow { frames: 9_375 << i, updates: 0, s_train: Some(reached), s_id: Some(reached), shifts }
    };
    (0..7).map(one).collect()
}

fn help(shift: &str) -> Vec<HelpRow> {
    let one = |budget: f64| {
        let helped = Helped { asked: budget, gt: Some(2.0 * budget), outcomes: None };
        HelpRow {
            budget,
            threshold: None,
            asked: budget,
            s_train: Some(1.0),
            shifts: [(shift.to_owned(), helped)].into(),
        }
    };
    [0.1, 0.2, 0.4].map(one).into()
}

/// The hand-made summary with checkpoints and two kinds of doses.
fn full() -> Summary {
    let mut all = summary();
    let half = play(0.44, &[0.4, 0.5, 0.41, 0.43, 0.46], 0.5, &[("corner", 0.4)], Verdict::Mixed);
    all.rows.insert(5, row("corner", "ppo", Some(0.1), "cheese-elsewhere", Role::Conflict, &half));
    all.curves[0].checkpoints = vec![checkpoints("cheese-elsewhere"); 5];
    all.curves[0].help = vec![help("cheese-elsewhere"); 5];
    all
}

/// The hand-made summary with hostile names all over.
fn hostile() -> Summary {
    let mut all = full();
    let formula = "=HYPERLINK(\"https://evil.example\",\"x\")";
    for row in &mut all.rows {
        row.agent = format!("{HOSTILE}{}", row.agent);
        row.shift = format!("{formula}{}", row.shift);
        row.world = format!("</script>{}", row.world);
    }
    for curves in &mut all.curves {
        curves.agent = format!("{HOSTILE}{}", curves.agent);
        curves.world = format!("</script>{}", curves.world);
    }
    all
}

/// Where pages lie for the tests of `browser/`.
fn publish(name: &str, page: &[u8]) {
    let folder = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/report"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), page).unwrap();
}

#[test]
fn pages_for_a_browser_are_small() {
    let some = exhibits();
    let (thousand, mut looks) = (thousand(), everywhere(&thousand()));
    assert!(html(&thousand, None).len() < 5_000_000);
    assert!(html(&thousand, Some(&looks)).len() < 10_000_000);
    // A thousand cells with ten pairs of episodes each.
    looks.worlds.extend(many(20).worlds);
    let pages = [
        ("full.html", full(), &some, 1_000_000),
        ("hostile.html", hostile(), &some, 1_000_000),
        ("thousand.html", thousand, &looks, 20_000_000),
    ];
    for (name, summary, looks, most) in pages {
        let page = html(&summary, Some(looks));
        assert!(page.len() < most, "{name}: {} bytes", page.len());
        assert_eq!(page, html(&summary, Some(looks)), "equal input, equal bytes");
        publish(name, &page);
    }
}

#[test]
fn whatever_exhibits_say_stays_text() {
    let page = String::from_utf8(html(&hostile(), Some(&exhibits()))).unwrap();
    assert!(!page.contains(HOSTILE) && !page.contains("<img"));
    for tag in tags(&page) {
        assert!(tag.attributes.iter().all(|(name, _)| !name.starts_with("on")), "{}", tag.name);
    }
    for (start, _) in page.match_indices("<svg") {
        let picture = &page[start..start + page[start..].find("</svg>").unwrap() + "</svg>".len()];
        roxmltree::Document::parse(picture).unwrap_or_else(|error| panic!("{error}: {picture}"));
        assert!(!picture.contains("NaN") && !picture.contains("inf\""), "{picture}");
    }
}

/// The attribute that holds the data of the figure whose button saves `file`.
fn data<'a>(page: &'a str, file: &str) -> &'a str {
    let before = page.split_once(&format!("data-file=\"{file}\"")).unwrap_or_else(|| panic!("no {file}")).0;
    let csv = before.rsplit_once("data-csv=\"").expect("it is in a figure").1;
    csv.split_once('"').unwrap().0
}

#[test]
fn the_data_of_a_figure_is_what_it_shows() {
    let page = String::from_utf8(html(&full(), Some(&exhibits()))).unwrap();
    let ends = data(&page, "ends-corner-ppo-mix-0-training.csv");
    assert!(ends.starts_with("row,column,episodes\n2,2,31\n"), "{ends}");
    let net = data(&page, "net-corner-ppo-mix-0-cheese-elsewhere.csv");
    assert!(net.starts_with("row,column,up,left,down,right,stay,value\n2,2,5,5,5,5,80,0.9\n"), "{net}");
    let preference = data(&page, "preference-corner-ppo-mix-0-cheese-elsewhere.csv");
    assert!(preference.contains("corner,goal,0.9667,0.1,0.3,900,31,0.93"), "{preference}");
    let learning = data(&page, "learning-corner-ppo-mix-0.csv");
    insta::assert_snapshot!(
        learning.lines().take(4).chain(learning.lines().rev().take(2)).collect::<Vec<_>>().join("\n")
    );
    let dose = data(&page, "dose-corner-ppo-cheese-elsewhere-mix.csv");
    insta::assert_snapshot!(dose);
}

#[test]
fn a_name_is_no_formula_in_a_spreadsheet() {
    let page = String::from_utf8(html(&full(), Some(&exhibits()))).unwrap();
    assert!(page.contains("&quot;'=HYPERLINK(&quot;&quot;x&quot;&quot;)&quot;"));
    for csv in page.split("data-csv=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
        assert!(csv.split([',', '\n']).all(|field| !field.starts_with(['=', '+', '@'])), "{csv}");
    }
}

#[test]
fn broken_records_are_left_out() {
    let page = String::from_utf8(html(&full(), Some(&exhibits()))).unwrap();
    let looks = page.split_once("id=\"looks\"").unwrap().1.split_once("id=\"notes\"").unwrap().0;
    // Three whole maps of ends of the first player, one of the second; fields of both, one of them without values.
    assert_eq!(looks.matches("episodes end under").count(), 4);
    assert_eq!(looks.matches("the likeliest action").count(), 3);
    assert_eq!(looks.matches("expected return in each place").count(), 2);
    assert!(looks.contains("never either") && looks.contains("Not measured: "));
}

#[test]
fn every_cell_of_the_matrix_leads_to_its_row() {
    let page = String::from_utf8(html(&full(), None)).unwrap();
    let matrix = page.split_once("id=\"matrix\"").unwrap().1.split_once("</section>").unwrap().0;
    let judged = full().rows.iter().filter(|row| row.verdict.is_some()).count();
    let links: Vec<&str> =
        matrix.split("<a href=\"#w").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(links.len(), judged);
    for link in links {
        let (id, shown) = link.split_once('"').unwrap();
        let row = page.split_once(&format!("id=\"w{id}\"")).unwrap_or_else(|| panic!("{id}")).1;
        let word = row.split_once("data-verdict=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(shown.split_once("</a>").unwrap().0.contains(&word.replace('-', " ")), "{id}");
    }
}
