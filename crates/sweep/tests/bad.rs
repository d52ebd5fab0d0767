//! Files that are refused, and the words in which they are.

mod common;

use common::{AGENT, SUITE, load_with};
use misgen_sweep::config::ConfigError;
use std::fmt::Write;

/// [`SUITE`] with pieces replaced.
fn with_all(pieces: &[(&str, &str)]) -> Vec<u8> {
    let replaced = pieces.iter().fold(SUITE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    replaced.into_bytes()
}

fn with(from: &str, to: &str) -> Vec<u8> {
    with_all(&[(from, to)])
}

fn messages(result: Result<misgen_sweep::suite::Suite, Vec<ConfigError>>, name: &str) -> String {
    let errors = result.err().unwrap_or_else(|| panic!("{name} is accepted"));
    assert!(!errors.is_empty(), "{name} is refused without a reason");
    errors.iter().fold(format!("{name}\n"), |mut text, error| {
        writeln!(text, "    {error}").unwrap();
        text
    })
}

/// Refusals of the suite's own text.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let family = "family = \"row\"\nlaw = \"fixed\"";
    let row = |extra: &str| with(family, &format!("{family}\n{extra}"));
    vec![
        ("an empty file", Vec::new()),
        ("an unclosed string", with("name = \"toy\"", "name = \"toy")),
        ("a key given twice", with("seeds = 2", "seeds = 2\nseeds = 3")),
        ("not TOML at all", b"{ \"name\": \"toy\" }".to_vec()),
        ("not UTF-8", with("toy", "\u{1}").iter().map(|b| if *b == 1 { 0xff } else { *b }).collect()),
        ("a NUL", with("toy", "\u{0}")),
        ("more than a megabyte", vec![b'#'; (1 << 20) + 1]),
        ("an unknown field", with("seeds", "seed")),
        ("an unknown field of a world", row("knob = { size = 5 }")),
        ("an unknown field without a near name", row("zzz = 1")),
        ("a string for a number", with("seeds = 2", "seeds = \"2\"")),
        ("a fraction for a count", with("levels = 64", "levels = 64.5")),
        (
            "a table for a list",
            with_all(&[
                ("[[worlds]]\nfamily = \"row\"\nlaw = \"any\"\nlearner = { gamma = 0.9 }\n", ""),
                ("[[worlds]]", "[worlds]"),
            ]),
        ),
        ("a date", row("frames = 2026-01-01")),
        ("an integer beyond 64 bits", row("frames = 99999999999999999999")),
        ("no seeds", with("seeds = 2", "seeds = 0")),
        ("a negative seed", with("seeds = 2", "seeds = 2\nfirst_seed = -1")),
        ("no levels", with("levels = 64", "levels = 0")),
        ("no name", with("name = \"toy\"\n", "")),
        ("an unknown family", with("family = \"row\"", "family = \"rwo\"")),
        (
            "an unknown family that a terminal would obey",
            with("family = \"row\"", "family = \"\\u001b[31m\u{202e}row\""),
        ),
        ("an unknown law", with("law = \"any\"", "law = \"fxed\"")),
        ("an unknown shift", row("shifts = [\"apart\", \"unmarkd\"]")),
        ("a shift twice", row("shifts = [\"apart\", \"apart\"]")),
        ("no shifts", row("shifts = []")),
        ("an unknown knob", row("knobs = { sise = 5 }")),
        ("a knob of a wrong type", row("knobs = { size = \"big\", density = 0.1 }")),
        ("a knob out of range", row("knobs = { size = 12 }")),
        ("a knob that is not a number", row("knobs = { density = nan }")),
        ("knobs that do not serve a shift", row("knobs = { density = 0.3 }")),
        ("two worlds of one name", with("law = \"any\"", "law = \"fixed\"")),
        ("a name that leaves the folder", with("name = \"toy\"", "name = \"../toy\"")),
        ("a name of capitals", with("name = \"small\"", "name = \"Small\"")),
        ("a world's name with a letter that turns the text around", row("name = \"row\u{202e}\"")),
        ("a learner's field that no agent has", with("gamma = 0.9", "gama = 0.9")),
        ("a learner's value out of range", with("gamma = 0.9", "gamma = 1.5")),
        ("a learner's nan", with("gamma = 0.9", "gamma = nan, lr = nan")),
        ("frames in two places", row("frames = 10\nlearner = { frames = 20 }")),
        ("frames out of range", row("frames = 0")),
        ("mix out of range and not a number", with("mix = [0.0, 1.0]", "mix = [0.0, 1.5, nan]")),
        ("an empty mix", with("mix = [0.0, 1.0]", "mix = []")),
        ("a mix twice", with("mix = [0.0, 1.0]", "mix = [0, 0.0]")),
        ("an agent's file that is not there", with("agents/small.toml", "agents/smal.toml")),
        ("an agent without settings", with("config = \"agents/small.toml\"\n", "")),
        ("an agent with two settings", with("mix = [0.0, 1.0]", "settings = { lr = 1e-3 }")),
        (
            "settings that are wrong in place",
            with("config = \"agents/small.toml\"", "settings = { lr = 2.0, hiden = [3] }"),
        ),
        (
            "two agents of one name",
            with("[references]", "[[agents]]\nname = \"small\"\nconfig = \"agents/small.toml\"\n[references]"),
        ),
        ("an unknown player", with("\"random\"", "\"randm\"")),
        ("a player without its cue", with("\"pursuer:goal\"", "\"pursuer\"")),
        ("a cue that the family lacks", with("\"pursuer:goal\"", "\"pursuer:cheese\"")),
        ("a player twice", with("\"pursuer:goal\"", "\"random\"")),
        (
            "more worlds than anybody means",
            (SUITE.to_owned() + &"[[worlds]]\nfamily = \"row\"\n".repeat(300)).into_bytes(),
        ),
        ("more cells than anybody computes", {
            let mixes: Vec<String> = (0..64).map(|i| format!("{}", f64::from(i) / 64.0)).collect();
            with_all(&[("seeds = 2", "seeds = 1000"), ("0.0, 1.0", &mixes.join(", "))])
        }),
        (
            "nobody",
            with_all(&[
                ("[[agents]]\nname = \"small\"\nconfig = \"agents/small.toml\"\nmix = [0.0, 1.0]\n", ""),
                ("[\"random\", \"pursuer:goal\", \"pursuers\"]", "[]"),
            ]),
        ),
        (
            "many things at once",
            with_all(&[
                ("seeds = 2", "seeds = 0"),
                ("levels = 64", "levels = \"all\""),
                ("law = \"any\"", "law = \"sny\"\nshift = []"),
                ("gamma = 0.9", "gamma = nan"),
                ("1.0]", "7]"),
            ]),
        ),
    ]
}

#[test]
fn every_refusal_names_place_finding_and_expectation() {
    let mut all = String::new();
    for (name, text) in texts() {
        all += &messages(load_with(&text, AGENT, &[]), name);
    }
    for agent in ["hidden = [64, 0]\nlr = nan\ngamma = 1.5\n", "learning_rate = 1\nview = \"eggo\"\n", "lr = \n"] {
        all += &messages(load_with(SUITE.as_bytes(), agent, &[]), &format!("the agent's file {agent:?}"));
    }
    let overrides = [
        "seeds=nan",
        "seeds",
        "worlds.7.frames=1",
        "worlds.0.famly=row",
        "worlds.0.knobs.size=77",
        "seeds.x=1",
        "agents.0.mix=2",
        "worlds.0.learner.lr=-1",
        "=3",
    ];
    for text in overrides {
        all += &messages(load_with(SUITE.as_bytes(), AGENT, &[text]), &format!("the override {text:?}"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_error_of_a_file_has_a_line_and_a_column_in_it() {
    for (name, text) in texts() {
        for error in load_with(&text, AGENT, &[]).err().unwrap() {
            let (line, column) = error.position();
            let source = error.origin.text();
            assert!(error.span.end <= source.len() && error.span.start <= error.span.end, "{name}: {error:?}");
            assert!(line >= 1 && line <= source.lines().count() + 1 && column >= 1, "{name}: {error:?}");
        }
    }
}

#[test]
fn damaged_texts_are_accepted_or_refused_but_never_panic() {
    let mut rng = misgen_core::Rng::keyed(0, "test", 0);
    let mut refused = 0;
    for _ in 0..2_000 {
        let mut text = SUITE.as_bytes().to_vec();
        for _ in 0..=rng.below(3) {
            let at = rng.below(text.len() as u32) as usize;
            match rng.below(4) {
                0 => text.truncate(at.max(1)),
                1 => text[at] ^= 1 << rng.below(8),
                2 => drop(text.remove(at)),
                _ => text.insert(at, *rng.pick(b"[]{}=\".\n0")),
            }
        }
        if let Err(errors) = load_with(&text, AGENT, &[]) {
            refused += 1;
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().is_empty()));
        }
    }
    assert!((1_000..2_000).contains(&refused), "{refused} of 2000");
}

#[test]
fn a_megabyte_of_faults_is_answered_with_a_few() {
    let fields: String = (0..80_000).map(|i| format!("seed{i:05}=1\n")).collect();
    let errors = load_with(fields.as_bytes(), AGENT, &[]).err().unwrap();
    assert_eq!(errors.len(), 50);
}
