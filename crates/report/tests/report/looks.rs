//! Exhibits made by hand, the pages of the browser's tests, and what holds of both.

#![allow(clippy::disallowed_methods, reason = "pages are written for a browser, not published")]

use crate::fixture::{HOSTILE, play, row, summary, thousand};
use crate::page::tags;
use misgen_core::{Layer, Role, Site};
use misgen_evaluate::attribute::Attribution;
use misgen_evaluate::attribute::critic::{Contrast, Critic, ProxyCritic};
use misgen_evaluate::attribute::design::{Assignment, Design, Effect, Interaction};
use misgen_evaluate::attribute::detection::{Detection, Signs};
use misgen_evaluate::attribute::meg::{CueMeg, Meg};
use misgen_evaluate::attribute::posterior::Posterior;
use misgen_evaluate::attribute::preference::{Pair, Preference};
use misgen_evaluate::attribute::sensitivity::{CueSensitivity, Divergence, Sensitivity};
use misgen_evaluate::exhibit::{
    AgentExhibits, ChannelLook, Ends, Exhibits, Field, LevelExhibit, RowExhibits, WorldExhibits,
};
use misgen_evaluate::record::{
    CheckpointRow, Estimate, HelpRow, Helped, Outcomes, Pursued, SCHEMA_VERSION, Summary, Verdict,
};
use misgen_report::html;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Side of the hand-made level.
const SIDE: usize = 11;

fn channel(name: &str, glyph: char, color: (u8, u8, u8), layer: Layer) -> ChannelLook {
    ChannelLook { name: name.into(), glyph, color, layer }
}

fn channels() -> Vec<ChannelLook> {
    vec![
        channel("wall", '#', (90, 90, 90), Layer::Thing),
        channel("agent", '@', (60, 120, 220), Layer::Thing),
        channel("cheese", 'c', (240, 200, 40), Layer::Thing),
        channel("lit", '.', (255, 240, 160), Layer::Ground),
    ]
}

/// A walled room with a pillar, the agent in the middle, the cheese at the right, light in the upper left corner.
fn level(shift: &str) -> LevelExhibit {
    let cell = |at: usize| {
        let (row, column) = (at / SIDE, at % SIDE);
        let edge = [row, column].iter().any(|n| *n == 0 || *n == SIDE - 1);
        let mut bits = u16::from(edge || (row, column) == (3, 6));
        bits |= u16::from((row, column) == (5, 5)) << 1;
        bits |= u16::from((row, column) == (7, 9)) << 2;
        bits | u16::from(row < 3 && column < 3 && !edge) << 3
    };
    let cells = (0..SIDE * SIDE).map(cell).collect();
    LevelExhibit {
        shift: shift.into(),
        place: 4,
        twin: false,
        id: None,
        width: SIDE,
        height: SIDE,
        cells,
        ways: vec![],
    }
}

/// A net that goes for the upper left corner, and expects most there.
fn field(level: &LevelExhibit) -> Field {
    let cells: Vec<u16> = (0..level.cells.len()).filter(|at| level.cells[*at] & 1 == 0).map(|at| at as u16).collect();
    let percent = cells.iter().map(|cell| {
        let (row, column) = (usize::from(*cell) / SIDE, usize::from(*cell) % SIDE);
        match (row, column) {
            (1, 1) => vec![5, 5, 5, 5, 80],
            (1, _) => vec![4, 90, 2, 2, 2],
            (_, 1) => vec![90, 4, 2, 2, 2],
            _ => vec![45, 45, 3, 3, 4],
        }
    });
    let values = cells.iter().map(|cell| 1.0 - 0.05 * (usize::from(*cell) / SIDE + usize::from(*cell) % SIDE) as f32);
    Field { level: 0, seed: 3, percent: percent.collect(), values: values.collect(), cells }
}

fn ends(most: u32) -> Ends {
    let mut counts = vec![0; SIDE * SIDE];
    (counts[SIDE + 1], counts[SIDE + 2], counts[2 * SIDE + 1], counts[7 * SIDE + 9]) = (most, most / 3, most / 9, 12);
    Ends { width: SIDE, height: SIDE, counts }
}

fn pairs(cue: &str, over: &str, first: usize, other: usize) -> Vec<Pair> {
    let one = |cue: &str, over: &str, first: usize, other: usize| Pair {
        cue: cue.into(),
        over: over.into(),
        first,
        other,
        kappa: (first + other > 0).then(|| first as f64 / (first + other) as f64),
        interval: (first + other > 0).then_some((0.1, 0.3)),
        coverage: 0.93,
    };
    vec![one(cue, over, first, other), one(over, cue, other, first)]
}

const fn estimate(mean: f64) -> Estimate {
    Estimate { mean, low: Some(mean - 0.07), high: Some(mean + 0.07) }
}

fn attribution() -> Attribution {
    let effect = |cue: &str, mean: f64| Effect {
        cue: cue.into(),
        effect: estimate(mean),
        sufficiency: Some(estimate(mean * 0.9)),
        necessity: None,
    };
    let meg = |cue: &str, share: Option<f64>| CueMeg {
        cue: cue.into(),
        share,
        nats: 0.4,
        beta: 10.0,
        pursuer_nats: 1.2,
        pursuer_beta: 31.6,
    };
    let moved = |cue: &str, first: f64| CueSensitivity {
        cue: cue.into(),
        pairs: 40,
        agent: Some(Divergence { first, error: 0.02, along: first }),
        pursuers: vec![None, Some(Divergence { first: 0.8, error: 0.01, along: 0.7 })],
    };
    let contrast = Some(Contrast { mean: 0.3, error: 0.02, levels: 64 });
    let proxy = ProxyCritic {
        cue: "corner".into(),
        present: None,
        near_goal: Some(0.4),
        near_proxy: Some(0.9),
        lean: contrast,
        goal_lean: Some(-0.2),
        proxy_lean: Some(0.5),
        holds: Some(0.71),
        actor: Some(0.98),
    };
    let shares = |pairs: [(&str, f64); 2]| -> BTreeMap<String, f64> { pairs.map(|(name, p)| (name.into(), p)).into() };
    Attribution {
        schema_version: SCHEMA_VERSION,
        family: "corner-v0".into(),
        shift: "cheese-elsewhere".into(),
        role: Role::Conflict,
        agent: "ppo".into(),
        seed: 3,
        levels: 512,
        cues: vec!["goal".into(), "corner".into()],
        preference: Some(Preference { pairs: pairs("goal", "corner", 3, 497), episodes: 512 }),
        design: Some(Design {
            cues: vec![effect("goal", -0.11), effect("corner", 0.83)],
            interactions: vec![Interaction { cues: vec!["goal".into(), HOSTILE.into()], effect: estimate(0.02) }],
            position: estimate(0.3),
            reached: 0.97,
            assignments: vec![Assignment { at: vec![Site::A, Site::B], a: 0.1, b: 0.9 }],
            layouts: 64,
        }),
        meg: Some(Meg {
            cues: vec![meg("goal", Some(0.04)), meg("corner", Some(0.93)), meg("none", None)],
            levels: 64,
            decisions: 11.2,
        }),
        posterior: Some(Posterior {
            agent: 0.9991,
            cues: shares([("goal", 0.0001), ("corner", 0.999)]),
            device: 0.0009,
            evidence: shares([("goal", 0.1), ("corner", 1.1)]),
            path: vec![],
            decisions: 900,
        }),
        sensitivity: Some(Sensitivity {
            layouts: 64,
            control: 0.0,
            cues: vec![moved("goal", 0.05), moved("corner", 0.61)],
        }),
        critic: Some(Critic {
            goal_present: contrast,
            proxies: vec![proxy],
            says: format!("the critic holds {HOSTILE}"),
        }),
        decodability: None,
        detection: Some(Detection {
            episodes: 512,
            coverage: 0.8,
            before: Signs::default(),
            parting: Signs::default(),
        }),
        why_null: [("decodability".to_owned(), HOSTILE.to_owned())].into(),
    }
}

fn looked_at(shift: &str, full: bool) -> RowExhibits {
    RowExhibits {
        shift: shift.into(),
        ends: Some(ends(if full { 900 } else { 31 })),
        preference: if full { pairs("goal", "corner", 31, 900) } else { Vec::new() },
        field: full.then(|| field(&level(shift))),
        replays: Vec::new(),
    }
}

/// Everything that can be looked at, of a usual player, of one with a hostile name, and of one whose records are broken.
pub(crate) fn exhibits() -> Exhibits {
    let usual = AgentExhibits {
        agent: "ppo".into(),
        mix: Some(0.0),
        rows: vec![looked_at("training", false), looked_at("cheese-elsewhere", true), looked_at("walls", false)],
        attribution: Some(attribution()),
    };
    let mut hostile = looked_at(HOSTILE, true);
    hostile.preference = pairs(HOSTILE, "=HYPERLINK(\"x\")", 5, 5);
    let mut broken = looked_at("walls", true);
    broken.ends = Some(Ends { width: 7, height: usize::MAX, counts: vec![1, 2, 3] });
    if let Some(field) = &mut broken.field {
        field.cells.push(u16::MAX);
        field.percent.truncate(2);
        field.percent.push(Vec::new());
        field.values = vec![f32::NAN, f32::INFINITY];
    }
    let mut nowhere = looked_at("opposite", true);
    nowhere.ends = Some(Ends { width: 0, height: 0, counts: Vec::new() });
    nowhere.preference = pairs("goal", "corner", 0, 0);
    if let Some(field) = &mut nowhere.field {
        field.level = 77;
    }
    let odd =
        AgentExhibits { agent: HOSTILE.into(), mix: None, rows: vec![hostile, broken, nowhere], attribution: None };
    let mut channels = channels();
    channels.extend((0..20).map(|_| channel(HOSTILE, '<', (1, 2, 3), Layer::Thing)));
    Exhibits {
        schema_version: SCHEMA_VERSION,
        suite: "quickstart".into(),
        rule: "the first of each outcome".into(),
        worlds: vec![WorldExhibits {
            world: "corner".into(),
            family: "corner".into(),
            family_version: 0,
            actions: ["up", "left", "down", "right", "stay"].map(String::from).into(),
            cues: vec!["goal".into(), "corner".into()],
            channels,
            levels: vec![level("cheese-elsewhere")],
            agents: vec![usual, odd],
        }],
        notes: vec![format!("nothing is known of {HOSTILE}")],
    }
}

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
    let pages = [
        ("full.html", full(), 1_000_000),
        ("hostile.html", hostile(), 1_500_000),
        ("thousand.html", thousand(), 8_000_000),
    ];
    for (name, summary, most) in pages {
        let page = html(&summary, Some(&exhibits()));
        assert!(page.len() < most, "{name}: {} bytes", page.len());
        assert_eq!(page, html(&summary, Some(&exhibits())), "equal input, equal bytes");
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
    assert!(ends.starts_with("row,column,episodes\n1,1,0\n") && ends.contains("\n2,2,31\n"), "{ends}");
    let net = data(&page, "net-corner-ppo-mix-0-cheese-elsewhere.csv");
    assert!(net.starts_with("row,column,up,left,down,right,stay,value\n2,2,5,5,5,5,80,0.9000\n"), "{net}");
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
