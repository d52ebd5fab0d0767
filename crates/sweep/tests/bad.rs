//! Files that are refused, and the words in which they are.

mod common;

use common::{AGENT, SUITE, load_among, load_with};
use misgen_core::{Of, Registry};
use misgen_families::{corner::Corner, dish::Dish, oversight::Oversight};
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
        ("more than 128 KiB", vec![b'#'; (128 << 10) + 1]),
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
        ("the largest unsigned integer", row("frames = 0xffff_ffff_ffff_ffff")),
        (
            "a program without version and mix",
            with("[references]", "[[agents]]\nname = \"mine\"\ncommand = \"x\"\n[references]"),
        ),
        (
            "a program with settings",
            with(
                "[references]",
                "[[agents]]\nname = \"mine\"\ncommand = \"x\"\nversion = \"1\"\nmix = [0.5]\nconfig = \"agent.toml\"\nsettings = {}\n[references]",
            ),
        ),
        (
            "a program whose command ends in a quote",
            with(
                "[references]",
                "[[agents]]\nname = \"mine\"\ncommand = \"x 'y\"\nversion = \"1\"\nmix = [0.5]\n[references]",
            ),
        ),
        (
            "a program of an odd version",
            with(
                "[references]",
                "[[agents]]\nname = \"mine\"\ncommand = \"x\"\nversion = \"one two\"\nmix = [0.5]\n[references]",
            ),
        ),
        (
            "a version of a learner",
            with(
                "[references]",
                "[[agents]]\nname = \"mine\"\nconfig = \"agents/small.toml\"\nversion = \"1\"\n[references]",
            ),
        ),
        ("an agent in a world that is not there", with("mix = [0.0, 1.0]", "worlds = [\"row-fixd\"]")),
        ("an agent twice in a world", with("mix = [0.0, 1.0]", "worlds = [\"row-any\", \"row-any\"]")),
        (
            "a world in which nobody plays",
            with_all(&[
                ("mix = [0.0, 1.0]", "worlds = [\"row-any\"]"),
                ("scripted = [\"random\", \"pursuer:goal\", \"pursuers\"]", "scripted = []"),
            ]),
        ),
        ("a number beyond all numbers", with("mix = [0.0, 1.0]", "mix = [1e999]")),
        ("infinity", with("seeds = 2", "seeds = inf")),
        ("no value", with("seeds = 2", "seeds =")),
        ("a word without quotes", with("name = \"toy\"", "name = toy")),
        ("a table given twice", with("[references]", "[references]\n[references]")),
        ("a byte order mark, and an error in the first line", [b"\xef\xbb\xbfseed = 1", SUITE.as_bytes()].concat()),
        (
            "line ends of Windows",
            String::from_utf8(with("seeds = 2", "seeds = 0")).unwrap().replace('\n', "\r\n").into(),
        ),
        ("tabs before a value", with("seeds = 2", "\tseeds\t=\t0")),
        ("a very long line", {
            let long = "x".repeat(100_000);
            with("law = \"any\"", &format!("law = \"{long}\""))
        }),
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
        ("two knobs out of range", row("knobs = { density = 0.5, size = 2 }")),
        ("a knob out of range, which hides what knobs must be together", row("knobs = { size = 99, density = 0.3 }")),
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

/// Families that have what the toy one lacks: a ladder, a flag, levels without a goal.
static FAMILIES: Registry = Registry(&[&Of::<Dish>::NEW, &Of::<Corner>::NEW, &Of::<Oversight>::NEW]);

/// Refusals of shifts that the suite defines, over [`FAMILIES`].
fn shifts() -> Vec<(&'static str, String)> {
    let shift = |family: &str, rest: &str| {
        let head = "name = \"toy\"\nlevels = 64\n\n[references]\nscripted = [\"random\"]\n";
        format!("{head}\n[[worlds]]\nfamily = \"dish\"\n\n[[shifts]]\nname = \"mine\"\nfamily = \"{family}\"\n{rest}\n")
    };
    let broken = "role = \"conflict\"\nties = { dish = \"opposed\" }";
    let dish = |rest: &str| shift("dish", &format!("{broken}\n{rest}"));
    vec![
        ("a shift of an unknown family", shift("dsh", broken)),
        ("a shift without a role", shift("dish", "")),
        ("a shift of an unknown role", shift("dish", "role = \"confict\"")),
        ("a shift in the role of the training row", shift("dish", "role = \"training\"")),
        ("a tie of an unknown proxy", shift("dish", "role = \"conflict\"\nties = { dihs = \"opposed\" }")),
        ("a tie of the goal", shift("dish", "role = \"conflict\"\nties = { cheese = \"opposed\" }")),
        ("a tie that is none", shift("dish", "role = \"conflict\"\nties = { dish = \"oposed\" }")),
        ("a tie that the proxy cannot have", shift("corner", "role = \"nuisance\"\nties = { corner = \"absent\" }")),
        ("a conflict in which nothing is apart", shift("dish", "role = \"conflict\"\nties = { dish = \"twice\" }")),
        ("a goal that cannot be absent", shift("oversight", "role = \"goal-absent\"")),
        ("a flag where there is none", dish("flag = \"evaluated\"")),
        ("an unknown flag", shift("oversight", "role = \"nuisance\"\nflag = \"evaluted\"")),
        ("a shift's knob out of range", dish("knobs = { radius = 9, size = 11 }")),
        ("a shift's unknown knob", dish("knobs = { raduis = 2 }")),
        ("a severity of nothing", dish("severity = 0.0")),
        ("a severity beyond all", dish("severity = 1.5")),
        ("a palette beyond all", dish("palette = 1.5")),
        ("a field that no shift has", dish("tie = \"opposed\"")),
        ("a shift's name with a capital", dish("").replace("\"mine\"", "\"Mine\"")),
        ("the name of the family's own shift", dish("").replace("\"mine\"", "\"no-dish\"")),
        ("the name of the family's ladder", dish("").replace("\"mine\"", "\"radius\"")),
        ("the name of a ladder's rung", dish("").replace("\"mine\"", "\"radius-2\"")),
        ("the name of the training row", dish("").replace("\"mine\"", "\"training\"")),
        ("one name for two shifts", dish(&format!("\n[[shifts]]\nname = \"mine\"\nfamily = \"dish\"\n{broken}"))),
        (
            "a slip in the name of the suite's own shift",
            dish("").replacen("family = \"dish\"\n", "family = \"dish\"\nshifts = [\"mien\", \"radius\"]\n", 1),
        ),
        (
            "a ladder and one of its rungs",
            dish("").replacen("family = \"dish\"\n", "family = \"dish\"\nshifts = [\"radius\", \"radius-2\"]\n", 1),
        ),
        (
            "another family's own shift",
            shift("corner", "role = \"conflict\"\nties = { corner = \"free\" }").replacen(
                "family = \"dish\"\n",
                "family = \"dish\"\nshifts = [\"mine\"]\n",
                1,
            ),
        ),
        (
            "knobs of a shift that do not go with the world's",
            dish("knobs = { radius = 8 }").replacen(
                "family = \"dish\"\n",
                "family = \"dish\"\nknobs = { size = 6 }\n",
                1,
            ),
        ),
    ]
}

fn load_shifts(text: &str) -> Result<misgen_sweep::suite::Suite, Vec<ConfigError>> {
    let read = |_: &str| panic!("these suites name no file");
    misgen_sweep::suite::Suite::load("suites/toy.toml", text.as_bytes(), &[], FAMILIES, &read)
}

type Files = Vec<(&'static str, &'static [u8])>;

/// Refusals of a suite among other files.
fn among() -> Vec<(&'static str, String, Files)> {
    let extends = |base: &str| format!("extends = {base:?}\nname = \"top\"\n");
    let small = ("agents/small.toml", AGENT.as_bytes());
    let base = ("base.toml", SUITE.as_bytes());
    let circle: Files =
        vec![("../b.toml", b"extends = \"suites/c.toml\""), ("../suites/c.toml", b"extends = \"../b.toml\"")];
    vec![
        ("a base that is not there", extends("bas.toml"), vec![base, small]),
        ("a base that is no text", "name = \"top\"\nextends = [\"base.toml\"]\n".into(), vec![base, small]),
        ("a base that is not TOML", extends("base.toml"), vec![("base.toml", b"seeds = 1\nname = \n")]),
        ("a base that is not UTF-8", extends("base.toml"), vec![("base.toml", b"seeds = 1\nname = \"\xc3\x28\"\n")]),
        ("a file that extends itself", extends("./toy.toml"), vec![("toy.toml", b"never read")]),
        ("a circle of files", extends("../b.toml"), circle),
        ("a base with an error, and one more on top", extends("base.toml") + "levels = 0\n", vec![
            ("base.toml", b"seeds = 0\nnmae = \"x\"\nlevels = 7\n[[worlds]]\nfamily = \"rwo\"\n[references]\nscripted = [\"random\"]\n"),
        ]),
        ("a base of a base with an error", extends("base.toml"), vec![
            ("base.toml", b"extends = \"deeper/base.toml\""),
            ("deeper/base.toml", b"worlds = [{ family = \"row\", knobs = { size = 1 } }]\nreferences.scripted = [\"random\"]\n"),
        ]),
        ("what neither file has", "extends = \"base.toml\"\n".into(), vec![("base.toml", b"references.scripted = [\"random\"]\n")]),
        ("an agent that is not beside the base", extends("deeper/base.toml"), vec![("deeper/base.toml", SUITE.as_bytes()), small]),
        ("an agent that is not UTF-8", SUITE.into(), vec![("agents/small.toml", b"lr = 1e-3\n# \xff\n")]),
        ("an agent whose base has an error", SUITE.into(), vec![
            ("agents/small.toml", b"extends = \"../large.toml\"\nlr = 0\n"),
            ("agents/../large.toml", b"hidden = [64, 0]\nlr = nan\nclipp = 1\n"),
        ]),
        ("an agent whose base is not there", SUITE.into(), vec![("agents/small.toml", b"extends = \"large.toml\"\n")]),
        ("settings in a suite that extend a file",
            SUITE.replace("config = \"agents/small.toml\"", "settings = { extends = \"agents/small.toml\" }"), vec![small]),
    ]
}

#[test]
fn a_chain_of_files_has_an_end() {
    let names: Vec<String> = (0..20).map(|i| format!("b{i}.toml")).collect();
    let texts: Vec<String> = (1..21).map(|i| format!("extends = \"b{i}.toml\"\n")).collect();
    let chain = |length: usize| -> Vec<(&str, &[u8])> {
        let last = [(names[length].as_str(), SUITE.as_bytes()), ("agents/small.toml", AGENT.as_bytes())];
        let all = names.iter().zip(&texts).take(length);
        all.map(|(name, text)| (name.as_str(), text.as_bytes())).chain(last).collect()
    };
    assert!(load_among(b"extends = \"b0.toml\"", &chain(6), &[]).is_ok(), "eight files");
    let errors = load_among(b"extends = \"b0.toml\"", &chain(7), &[]).err().unwrap();
    let message = errors[0].to_string();
    assert!(message.contains("suites/b6.toml:1:11: extends: found one file more (suites/toy.toml → "), "{message}");
    assert!(message.contains("expected a chain of at most 8 files"), "{message}");
}

#[test]
fn every_refusal_names_place_finding_and_expectation() {
    let mut all = String::new();
    for (name, text) in texts() {
        all += &messages(load_with(&text, AGENT, &[]), name);
    }
    for (name, text, files) in among() {
        all += &messages(load_among(text.as_bytes(), &files, &[]), name);
    }
    for (name, text) in shifts() {
        all += &messages(load_shifts(&text), name);
    }
    for agent in [
        "hidden = [64, 0]\nlr = nan\ngamma = 1.5\n",
        "learning_rate = 1\nview = \"eggo\"\n",
        "lr = \n",
        "view = \"window\"\n",
        "view = { window = 4 }\n",
        "view = { window = 33 }\n",
        "view = { windw = 5 }\n",
        "view = { window = 5, rgb = {} }\n",
        "view = {}\n",
        "view = 5\n",
        "view = { rgb = { tile = 9, pallette = 0.1 } }\nfirst_layer = \"dense\"\n",
        "view = { rgb = { palette = 2 } }\nfirst_layer = \"dense\"\n",
        "view = { rgb = {} }\n",
        "curriculum = \"plr\"\n",
        "curriculum = { prl = {} }\n",
        "curriculum = { plr = {}, accel = {} }\n",
        "curriculum = { plr = { estimator = \"max-last\", temperature = 0.0, buffer = 0, retie = 0.5 } }\n",
        "curriculum = { accel = { replay = 0.0, staleness = nan, edited = 0.0, retie = 1.5 } }\n",
        "lanes = 128\ncurriculum = { plr = { buffer = 100 } }\n",
        "steps = 8\ncurriculum = { plr = {} }\n",
    ] {
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
        "extends=base.toml",
        "name=a\nb",
        "MISGEN__SEDS=3",
        "MISGEN__SEEDS=nan",
        "MISGEN__SEEDS=",
        "MISGEN__WORLDS__7__FRAMES=1",
        "MISGEN__WORLDS__0__FRAMES=1e3",
        "MISGEN__WORLDS__0__KNOBS__SISE=5",
        "MISGEN__WORLD__0__FRAMES=1",
        "MISGEN__SEEDS__X=1",
        "MISGEN__EXTENDS=base.toml",
        "MISGEN__WORLDS____FRAMES=1",
        "MISGEN__=3",
    ];
    for text in overrides {
        all += &messages(load_with(SUITE.as_bytes(), AGENT, &[text]), &format!("the layer {text:?}"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_error_of_a_file_has_a_line_and_a_column_in_it() {
    let own = texts().into_iter().map(|(name, text)| (name, load_with(&text, AGENT, &[])));
    for (name, result) in own.chain(shifts().into_iter().map(|(name, text)| (name, load_shifts(&text)))) {
        for error in result.err().unwrap() {
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
fn thousands_of_faults_are_answered_with_a_few() {
    let fields: String = (0..10_000).map(|i| format!("seed{i:05}=1\n")).collect();
    let errors = load_with(fields.as_bytes(), AGENT, &[]).err().unwrap();
    assert_eq!(errors.len(), 50);
}

#[test]
fn no_config_takes_more_than_64_mib() {
    const SIZE: usize = 128 << 10;
    let filled = |head: &str, part: &dyn Fn(usize) -> String, tail: &str| {
        let mut text = head.to_owned();
        for i in 0.. {
            let next = part(i);
            if text.len() + next.len() + tail.len() > SIZE {
                return text + tail;
            }
            text += &next;
        }
        unreachable!("parts have a length")
    };
    let texts = [
        ("tables", filled("", &|i| format!("[a{i}.b.c]\n"), "")),
        ("inline tables", filled("a = [", &|_| "{b={c=1}},".into(), "]")),
        ("depth", filled("a = ", &|_| "[".into(), "")),
        ("a dotted key", filled("a", &|_| ".a".into(), " = 1")),
        ("worlds", filled("name = \"a\"\n", &|_| "[[worlds]]\nfamily = \"corner\"\n".into(), "")),
        ("numbers", filled("name = \"a\"\n[[agents]]\nname = \"p\"\nmix = [", &|_| "nan,".into(), "]\n")),
        ("names", filled("[references]\nscripted = [", &|_| "\"pursuer:goall\",".into(), "]\n")),
        ("fields", filled("", &|i| format!("k{i}=1\n"), "")),
    ];
    for (what, text) in texts {
        assert!(text.len() > SIZE - 100, "{what}");
        let info = allocation_counter::measure(|| assert!(load_with(text.as_bytes(), AGENT, &[]).is_err(), "{what}"));
        assert!(info.bytes_max < 64 << 20, "{what}: {} bytes at a time", info.bytes_max);
    }
}
