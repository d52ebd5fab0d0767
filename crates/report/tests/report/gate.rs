//! What a gate found, in a terminal, as Markdown and as JUnit.

use crate::fixture::HOSTILE;
use misgen_core::Role;
use misgen_evaluate::gate::{BASELINE_VERSION, Baseline, BaselineRow, Outcome, Rules, Status, gate};
use misgen_evaluate::record::Verdict;
use misgen_report::{Color, Style, gate as terminal, gate_junit, gate_markdown};

fn row(world: &str, agent: &str, shift: &str, gt: f64, verdict: Verdict) -> BaselineRow {
    let seeds = |mean: f64| [-0.02, 0.01, 0.0, 0.015, -0.005].map(|w| Some(mean + w)).to_vec();
    BaselineRow {
        world: world.into(),
        family: "corner".into(),
        law: "region".into(),
        agent: agent.into(),
        mix: 0.5,
        shift: shift.into(),
        role: Role::Conflict,
        levels: 512,
        verdict: Some(verdict),
        seeds: vec![0, 1, 2, 3, 4],
        s_train: vec![],
        gt: seeds(gt),
        c_align: seeds(0.97),
    }
}

fn document(rows: Vec<BaselineRow>) -> Baseline {
    Baseline {
        schema_version: BASELINE_VERSION,
        suite: "nightly".into(),
        families: [("corner".to_owned(), 0)].into(),
        kernels: vec!["avx2".into()],
        versions: None,
        rows,
    }
}

/// Two worlds: in one everything stands, in the other a number fell, its verdict worsened, and a row is gone.
fn base(agent: &str) -> Baseline {
    document(vec![
        row("corner", agent, "cheese-anywhere", 0.95, Verdict::Transfers),
        row("corner", agent, "cheese-far", 0.7, Verdict::Mixed),
        row("corner-large", agent, "cheese-anywhere", 0.9, Verdict::Transfers),
        row("corner-large", agent, "cheese-far", 0.9, Verdict::Transfers),
    ])
}

fn found(agent: &str) -> Outcome {
    let mut head = document(vec![
        row("corner", agent, "cheese-anywhere", 0.953, Verdict::Transfers),
        row("corner", agent, "cheese-far", 0.7, Verdict::Transfers),
        row("corner-large", agent, "cheese-anywhere", -0.1, Verdict::Misgeneralizes),
    ]);
    head.kernels = vec!["avx512".into()];
    gate(&base(agent), &head, Rules::default())
}

fn junit(outcome: &Outcome) -> String {
    String::from_utf8(gate_junit(outcome)).unwrap()
}

#[test]
fn a_gate_that_fails_in_a_terminal() {
    insta::assert_snapshot!(terminal(&found("ppo"), &Style { color: Color::Off, unicode: true, width: Some(130) }));
}

#[test]
fn a_gate_that_fails_in_a_pull_request() {
    insta::assert_snapshot!(gate_markdown(&found("ppo")));
}

#[test]
fn a_gate_that_fails_in_junit() {
    insta::assert_snapshot!(junit(&found("ppo")));
}

#[test]
fn junit_has_a_suite_a_family_and_shift_and_counts_what_failed() {
    let text = junit(&found("ppo"));
    let parsed = roxmltree::Document::parse(&text).unwrap();
    let suites: Vec<_> = parsed.descendants().filter(|n| n.has_tag_name("testsuite")).collect();
    let names: Vec<_> = suites.iter().map(|n| n.attribute("name").unwrap()).collect();
    assert_eq!(names, ["corner-v0:cheese-anywhere", "corner-v0:cheese-far"]);
    let failures: Vec<_> = parsed.descendants().filter(|n| n.has_tag_name("failure")).collect();
    let kinds: Vec<_> = failures.iter().map(|n| n.attribute("type").unwrap()).collect();
    assert_eq!(kinds, ["fell", "verdict", "lost"]);
    assert_eq!(parsed.root_element().attribute("failures"), Some("3"));
    // 3 rows of two numbers and a verdict each, and one that is gone.
    assert_eq!(parsed.root_element().attribute("tests"), Some("10"));
    assert!(!text.contains("time"), "equal findings are equal bytes");
}

#[test]
fn nothing_compared_is_a_failed_test_and_not_an_empty_report() {
    let outcome = gate(&document(vec![]), &document(vec![]), Rules::default());
    assert_eq!(outcome.status, Status::NothingCompared);
    let text = junit(&outcome);
    let parsed = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(parsed.root_element().attribute("failures"), Some("1"));
    assert!(gate_markdown(&outcome).contains("nothing compared"));
}

const TRICKS: [&str; 6] = [
    HOSTILE,
    "]]><failure/>",
    "a|b`c`\n# x\n- y",
    "@everyone #1 !2 [x](https://evil.example) www.evil.example",
    "<!-- --> ![x](//evil.example/x.png) &#64;me",
    "- [ ] *x* _y_ ~z~ $w$ \\",
];

#[test]
fn names_stay_names_in_junit() {
    for name in TRICKS {
        let text = junit(&found(name));
        let parsed = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        let tags: Vec<_> =
            parsed.descendants().filter(roxmltree::Node::is_element).map(|n| n.tag_name().name()).collect();
        assert!(tags.iter().all(|tag| ["testsuites", "testsuite", "testcase", "failure", "skipped"].contains(tag)));
        let cases = parsed.descendants().filter(|n| n.has_tag_name("testcase"));
        let shown = misgen_report::visible(name);
        assert!(cases.clone().all(|n| n.attribute("name").unwrap().starts_with(&shown)), "{name}");
        assert_eq!(cases.count(), 10);
    }
}

#[test]
fn names_stay_names_in_markdown() {
    for name in TRICKS {
        let tame = gate_markdown(&found("ppo"));
        let text = gate_markdown(&found(name));
        assert_eq!(text.lines().count(), tame.lines().count(), "{name}: a name adds no line");
        for (line, tame) in text.lines().zip(tame.lines()) {
            assert_eq!(line.matches('|').count(), tame.matches('|').count(), "{name}: a name adds no cell");
        }
        let without_comments = text.replace("<!-- -->", "");
        let ours = ["<details>", "<summary>", "</summary>", "</details>"];
        let bare = ours.iter().fold(without_comments, |text, tag| text.replace(tag, ""));
        for mark in ["<", ">", "`", "](", "![", "://", "www.e", "@e", "@m"] {
            assert!(!bare.contains(mark), "{name}: {mark} in\n{text}");
        }
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'));
    }
}

#[test]
fn names_cannot_steer_the_terminal() {
    for style in [Style::PLAIN, Style { color: Color::Off, unicode: true, width: Some(100) }] {
        for name in TRICKS {
            let text = terminal(&found(name), &style);
            assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
        }
    }
}

#[test]
fn equal_findings_are_equal_bytes() {
    assert_eq!(gate_junit(&found("ppo")), gate_junit(&found("ppo")));
    assert_eq!(gate_markdown(&found("ppo")), gate_markdown(&found("ppo")));
}
