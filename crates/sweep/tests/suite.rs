//! What a suite's file may say, and what is answered where it may not.

mod common;

use common::{AGENT, SUITE, learner, load, load_among, load_with};
use misgen_agents::{AccelConfig, Curriculum, PlrConfig, RgbView, ViewKind};
use misgen_core::Role;

#[test]
fn a_good_suite_is_resolved() {
    let suite = load(SUITE).unwrap();
    let names: Vec<&str> = suite.worlds.iter().map(|world| world.name.as_str()).collect();
    assert_eq!(names, ["row-fixed", "row-any"]);
    assert_eq!(suite.seeds(None).collect::<Vec<_>>(), [0, 1]);
    let [fixed, any] = &suite.worlds[..] else { panic!("two worlds") };
    assert_eq!(learner(fixed).gamma, 0.97);
    assert_eq!(learner(any).gamma, 0.9);
    assert_eq!(learner(any).lr, 1e-3);
    let players = |world: &misgen_sweep::suite::World| {
        world.scripted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(players(fixed), "random pursuer:goal pursuer:mark pursuer:side");
    assert_eq!(players(any), "random pursuer:goal pursuer:mark", "the side is free under this law");
    assert_eq!(fixed.knobs, serde_json::json!({ "size": 5, "density": 0.0 }));
    let (long, knobs) = &fixed.shifts[2];
    assert_eq!((long.name.as_str(), long.role), ("long", Role::Nuisance));
    assert_eq!(knobs["size"], 9);
}

#[test]
fn the_resolved_text_is_a_suite_of_its_own_that_means_the_same() {
    let suite = load_with(SUITE.as_bytes(), AGENT, &["worlds.0.frames=8192", "worlds.1.knobs.size=7"]).unwrap();
    let nothing = |_: &str| Err("a file that must not be read".into());
    let text = suite.resolved();
    let again = misgen_sweep::suite::Suite::load("r.toml", text.as_bytes(), &[], common::REGISTRY, &nothing).unwrap();
    assert_eq!(again.file, suite.file);
    let plan = |suite| misgen_sweep::plan::Plan::new(suite, &common::versions()).unwrap();
    assert_eq!(plan(&again), plan(&suite));
}

#[test]
fn overrides_reach_every_field() {
    let suite = load_with(
        SUITE.as_bytes(),
        AGENT,
        &["seeds=3", "worlds.0.frames=10_000", "worlds.1.learner.hidden=[4, 4]", "name=quick", "agents.0.mix=[0.5]"],
    )
    .unwrap();
    assert_eq!((suite.file.seeds, suite.file.name.as_str()), (3, "quick"));
    assert_eq!(learner(&suite.worlds[0]).frames, 10_000);
    assert_eq!(learner(&suite.worlds[1]).hidden, [4, 4]);
    assert_eq!(suite.file.agents[0].mix, [0.5]);
}

#[test]
fn tables_of_a_base_are_merged_and_lists_replaced() {
    let base = SUITE.replace("law = \"any\"", "law = \"any\"\nknobs = { size = 7 }");
    let files = [("base/toy.toml", base.as_bytes()), ("base/agents/small.toml", AGENT.as_bytes())];
    let same = load_among(b"extends = \"base/toy.toml\"", &files, &[]).unwrap();
    let alone = load_with(base.as_bytes(), AGENT, &[]).unwrap();
    assert_eq!(same.file, alone.file, "a file that only extends is the same suite");

    let top = "extends = \"base/toy.toml\"\nname = \"top\"\nseeds = 3\n[[worlds]]\nfamily = \"row\"\n";
    let suite = load_among(top.as_bytes(), &files, &["levels=9"]).unwrap();
    assert_eq!((suite.file.name.as_str(), suite.file.seeds, suite.file.levels), ("top", 3, 9));
    assert_eq!(suite.file.training_levels, 128, "from the base");
    assert_eq!(suite.worlds.len(), 1, "the list of worlds is replaced");
    assert_eq!(suite.file.references.scripted.len(), 3);
    let empty = load_among(b"extends = \"base/toy.toml\"\nreferences.scripted = []", &files, &[]).unwrap();
    assert_eq!(empty.file.references.scripted, [""; 0]);
}

#[test]
fn an_agent_may_extend_another_and_each_path_is_its_own_files() {
    let files = [
        ("agents/small.toml", &b"extends = \"../shared/agent.toml\"\nlr = 5e-4\n"[..]),
        ("agents/../shared/agent.toml", b"extends = \"deeper/agent.toml\"\nlr = 1e-2\n"),
        ("agents/../shared/deeper/agent.toml", b"hidden = [3]\nframes = 77\n"),
    ];
    let learner = learner(&load_among(SUITE.as_bytes(), &files, &[]).unwrap().worlds[0]).clone();
    assert_eq!((learner.lr, &learner.hidden[..], learner.frames), (5e-4, &[3][..], 77));
}

#[test]
fn another_view_replaces_the_one_underneath_and_the_same_is_changed_in_place() {
    let base = b"view = { rgb = { tile = 2, palette = 0.5 } }\nfirst_layer = \"dense\"\n";
    let view = |top: &str, world: &str| {
        let small = format!("extends = \"base.toml\"\n{top}");
        let files = [("agents/small.toml", small.as_bytes()), ("agents/base.toml", &base[..])];
        let text = SUITE.replacen("family = \"row\"", &format!("family = \"row\"\n{world}"), 1);
        learner(&load_among(text.as_bytes(), &files, &[]).unwrap_or_else(|e| panic!("{e:#?}")).worlds[0]).view
    };
    assert_eq!(view("", ""), ViewKind::Rgb(RgbView { tile: 2, palette: 0.5 }));
    assert_eq!(view("view = { rgb = { tile = 4 } }", ""), ViewKind::Rgb(RgbView { tile: 4, palette: 0.5 }));
    assert_eq!(view("view = { window = 5 }", ""), ViewKind::Window(5));
    assert_eq!(view("view = \"ego\"", ""), ViewKind::Ego);
    assert_eq!(view("", "learner = { view = { window = 9 } }"), ViewKind::Window(9));
}

#[test]
fn another_curriculum_replaces_the_one_underneath_and_a_resolved_suite_reads_back() {
    let base = b"steps = 200\ncurriculum = { plr = { buffer = 99, staleness = 0.5 } }\n";
    let suite = |world: &str| {
        let files = [("agents/small.toml", &b"extends = \"base.toml\"\n"[..]), ("agents/base.toml", &base[..])];
        let text = SUITE.replacen("family = \"row\"", &format!("family = \"row\"\n{world}"), 1);
        load_among(text.as_bytes(), &files, &[]).unwrap_or_else(|e| panic!("{e:#?}"))
    };
    let curriculum = |world: &str| learner(&suite(world).worlds[0]).curriculum;
    let plr = PlrConfig { buffer: 99, staleness: 0.5, ..PlrConfig::default() };
    assert_eq!(curriculum(""), Some(Curriculum::Plr(plr)));
    let changed = curriculum("learner = { curriculum = { plr = { buffer = 200 } } }");
    assert_eq!(changed, Some(Curriculum::Plr(PlrConfig { buffer: 200, ..plr })));
    let accel = AccelConfig { buffer: 70, ..AccelConfig::default() };
    let replaced = curriculum("learner = { curriculum = { accel = { buffer = 70 } } }");
    assert_eq!(replaced, Some(Curriculum::Accel(accel)));
    let resolved = toml::to_string(&suite("").file).unwrap();
    assert_eq!(load_among(resolved.as_bytes(), &[], &[]).unwrap().worlds[0].learners, suite("").worlds[0].learners);
}

#[test]
fn later_layers_win() {
    let base = SUITE.replace("seeds = 2", "seeds = 3\nfirst_seed = 3");
    let files = [("base.toml", base.as_bytes()), ("agents/small.toml", AGENT.as_bytes())];
    let top = b"extends = \"base.toml\"\nlevels = 4\nfirst_seed = 4\ntraining_levels = 4\n";
    let layers = ["MISGEN__TRAINING_LEVELS=5", "MISGEN__LEVELS=5", "levels=6"];
    let suite = load_among(top, &files, &layers).unwrap();
    let file = &suite.file;
    // Base, file, variable, override.
    assert_eq!([file.seeds, file.first_seed, file.training_levels, file.levels], [3, 4, 5, 6]);
    assert_eq!(suite.overrides, layers, "recorded as they were given");
    let reaching = ["MISGEN__WORLDS__0__FRAMES=99", "MISGEN__WORLDS__1__LEARNER__HIDDEN=[4, 4]", "MISGEN__NAME=quick"];
    let suite = load_with(SUITE.as_bytes(), AGENT, &reaching).unwrap();
    assert_eq!((learner(&suite.worlds[0]).frames, suite.file.name.as_str()), (99, "quick"));
    assert_eq!(learner(&suite.worlds[1]).hidden, [4, 4]);
}

#[test]
fn marks_line_ends_and_minus_zero_mean_nothing() {
    let plan = |text: &[u8]| {
        let suite = load_with(text, AGENT, &[]).unwrap();
        misgen_sweep::plan::Plan::new(&suite, &common::versions()).unwrap().index.digest
    };
    let expected = plan(SUITE.as_bytes());
    assert_eq!(plan(&[b"\xef\xbb\xbf", SUITE.as_bytes()].concat()), expected);
    assert_eq!(plan(SUITE.replace('\n', "\r\n").as_bytes()), expected);
    assert_eq!(plan(SUITE.replace("mix = [0.0,", "mix = [-0.0,").as_bytes()), expected);
    assert_eq!(plan(SUITE.replace("seeds = 2", "first_seed = -0\nseeds = +2").as_bytes()), expected);
}
