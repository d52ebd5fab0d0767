//! What each fuzz target does with its bytes: the parsers of everything that misgen reads, and whatever uses a value
//! that was accepted. A target returns for every input; a panic is a finding.
//!
//! This file is shared: `fuzz/run.rs` drives it by libFuzzer, `crates/cli/tests/soak_parsers.rs` replays the committed
//! corpus and mutates it in the test command. A new target is a function, a line of [`TARGETS`], a `[[bin]]` of
//! `fuzz/Cargo.toml` and a folder of `fuzz/corpus`.

use misgen_agents::{Checkpoint, Learner, Levels, NetPolicy, Play};
use misgen_core::{
    AnyFamily, Decisions, Events, LevelFile, LevelKey, LevelText, Policy, PolicyError, Pool, Rng, ShiftSpec, StepView,
};
use misgen_evaluate::attribute::hindsight::{Hindsight, hindsight as score};
use misgen_evaluate::exhibit::Exhibits;
use misgen_evaluate::gate::Baseline;
use misgen_evaluate::human::{parse, verify};
use misgen_evaluate::pools::{Content, EvalPool, PoolFile, PoolRequest};
use misgen_evaluate::record::{CellResult, Summary};
use misgen_evaluate::row::{Agent, evaluate};
use misgen_evaluate::summary::{Group, summarise};
use misgen_families::REGISTRY;
use misgen_report::{Playback, Style, csv, events, html, sentences, table};
use misgen_solve::Script;
use misgen_store::{Address, canonical_json, check_name};
use misgen_sweep::config::ConfigError;
use misgen_sweep::episodes::{read_episodes, write_episodes};
use misgen_sweep::exhibits::recorded;
use misgen_sweep::external::answer::{answer, hello};
use misgen_sweep::external::message::Hello;
use misgen_sweep::external::{Program, Served, serve};
use misgen_sweep::plan::{Index, Plan, Versions, read_job, read_pools};
use misgen_sweep::scalars::curve as read_curve;
use misgen_sweep::suite::{Suite, load_agent};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// A target: returns for every input.
pub(crate) type Target = fn(&[u8]);

/// Every target by name.
pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("agent", agent),
    ("baseline", baseline),
    ("checkpoint", checkpoint),
    ("curve", curve),
    ("episodes", episodes),
    ("exhibits", exhibits),
    ("hindsight", hindsight),
    ("human", human),
    ("key", key),
    ("level", level),
    ("level-file", level_file),
    ("level-id", level_id),
    ("manifest", manifest),
    ("name", name),
    ("override", overrides),
    ("plan", plan),
    ("player", player),
    ("pool", pool),
    ("protocol", protocol),
    ("record", record),
    ("suite", suite),
    ("summary", summary),
];

/// Runs the target `name`.
#[allow(dead_code, reason = "the test goes through TARGETS")]
pub(crate) fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(other, _)| *other == name).expect("a target of this name");
    target(bytes);
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Whether a terminal would take a text for anything but text.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')))
}

/// Errors say something, and nothing that a terminal obeys.
fn well_said(errors: &[ConfigError]) {
    assert!(!errors.is_empty(), "refused without an error");
    for error in errors {
        let said = error.to_string();
        assert!(!said.is_empty() && is_plain(&said), "{said:?}");
    }
}

fn family(name: &str) -> &'static dyn AnyFamily {
    REGISTRY.get(name).expect("a family of this program")
}

/// The agent's file beside every suite.
const AGENT: &str = "hidden = [8]\nlanes = 4\nsteps = 8\nframes = 64\n";

/// The suite that overrides are laid over.
const SUITE: &str =
    "name = \"a\"\n[[worlds]]\nfamily = \"corner\"\n[[agents]]\nname = \"p\"\nconfig = \"agent.toml\"\n";

fn load(bytes: &[u8], overrides: &[String]) -> Result<Suite, Vec<ConfigError>> {
    let read = |name: &str| match name {
        "agent.toml" => Ok(("agent.toml".to_owned(), AGENT.as_bytes().to_vec())),
        _ => Err("which does not exist".into()),
    };
    Suite::load("suite.toml", bytes, overrides, REGISTRY, &read)
}

/// A suite is refused in words, or its resolved text means the same.
fn suite(bytes: &[u8]) {
    match load(bytes, &[]) {
        Ok(suite) => same_again(&suite),
        Err(errors) => well_said(&errors),
    }
}

fn same_again(suite: &Suite) {
    let again = load(suite.resolved().as_bytes(), &[]).expect("a resolved suite is a suite");
    assert_eq!(again.file, suite.file);
    let mixes: usize = suite.file.agents.iter().map(|agent| agent.mix.len()).sum();
    let players: usize = suite.worlds.iter().map(|world| mixes + world.scripted.len()).sum();
    if suite.file.seeds as usize * players <= 40 {
        let plan = Plan::new(suite, &Versions::current()).expect("a checked suite has a plan");
        let lines = String::from_utf8(plan.lines().expect("plain data")).expect("text");
        for (i, job) in plan.jobs.iter().enumerate() {
            assert_eq!(&read_job(&lines, i).expect("a plan reads back"), job);
        }
    }
}

/// `a.b=value`, one a line, over a suite and over an agent.
fn overrides(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let lines: Vec<String> = text.lines().map(str::to_owned).take(100).collect();
    match load(SUITE.as_bytes(), &lines) {
        Ok(suite) => same_again(&suite),
        Err(errors) => well_said(&errors),
    }
    if let Err(errors) = load_agent("agent.toml", b"", &lines) {
        well_said(&errors);
    }
}

/// The pool of the corpus of recordings.
static PLAYED: LazyLock<EvalPool> = LazyLock::new(|| {
    let family = family("corner");
    let shift = family.spec().shift("cheese-anywhere").expect("the family's main shift");
    let knobs = family.knobs(&Value::Null).expect("the defaults");
    let request = PoolRequest { knobs, content: Content::Shift(shift), levels: 4, seed: 0 };
    EvalPool::build(family, &request).expect("a pool of four levels")
});

/// A recording of people is refused in words, or reads back; an episode that it holds is true, or refused in words.
fn human(bytes: &[u8]) {
    let lines = parse(bytes).inspect_err(|error| assert!(is_plain(&error.to_string()), "{error:?}"));
    for (_, record) in lines.iter().flatten().take(20) {
        let again = parse(record.line().as_bytes()).expect("a record reads back");
        assert_eq!(again, [(1, record.clone())]);
        match verify(&PLAYED, record) {
            Ok(episode) => assert_eq!(episode.actions.len(), record.actions.len()),
            Err(reason) => assert!(is_plain(&reason), "{reason:?}"),
        }
    }
}

/// An agent's settings are refused in words, or in range and writable.
fn agent(bytes: &[u8]) {
    match load_agent("agent.toml", bytes, &[]) {
        Ok(config) => {
            assert_eq!(config.check(), []);
            let text = toml::to_string(&config).expect("settings are plain data");
            assert_eq!(load_agent("agent.toml", text.as_bytes(), &[]).expect("reads back"), config);
        }
        Err(errors) => well_said(&errors),
    }
}

/// A level in any family: lines `name=value`, an empty line, the map.
fn level(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let (fields, map) = text.split_once("\n\n").unwrap_or(("", text));
    let fields = fields.lines().filter_map(|line| line.split_once('='));
    let given = LevelText {
        map: map.to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    };
    let size = map.lines().count();
    for family in REGISTRY.iter() {
        for knobs in [json!({}), json!({ "size": size })] {
            let Ok(mut pool) = family.pool(&knobs) else { continue };
            match pool.push_text(&given) {
                Ok(()) => {
                    let drawn = pool.text(0);
                    pool.push_text(&drawn).expect("a drawn level reads back");
                    assert_eq!(pool.text(1), drawn);
                    play(pool);
                }
                Err(error) => assert!(is_plain(&error.to_string()), "{error:?}"),
            }
        }
    }
}

/// Plays the levels of a pool for a while: everything that steps, observes or enumerates them.
fn play(pool: Box<dyn Pool>) {
    let pool: Arc<dyn Pool> = Arc::from(pool);
    let actions = pool.obs_spec().actions as u8;
    let _ = pool.graph(0, 5_000);
    let tape: Vec<u8> = (0..40).map(|t: u8| t % 7 % actions).collect();
    assert_eq!(pool.replay(0, &tape, &[]).len(), tape.len() + 1);
    let mut batch = Arc::clone(&pool).batch(2, pool.limit(), Events::NONE);
    batch.restart(&misgen_core::LevelPlan::Endless { seed: 0 });
    for action in tape {
        batch.step(&[action, actions - 1 - action]);
    }
}

/// A level's file: refused with a place inside it, or a level whose file reads back.
fn level_file(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    // What is missing is missing behind the last line.
    let lines = text.lines().count() + 1;
    match LevelFile::parse(text) {
        Ok(file) => {
            let again = file.text.to_file();
            assert_eq!(LevelFile::parse(&again).expect("a written level reads back").text, file.text);
            for family in REGISTRY.iter() {
                for knobs in [json!({}), json!({ "size": file.text.map.lines().count() })] {
                    let Ok(mut pool) = family.pool(&knobs) else { continue };
                    match pool.push_text(&file.text).map_err(|error| file.place(error)) {
                        Ok(()) => play(pool),
                        Err(error) => assert!(error.line <= lines && is_plain(&error.to_string()), "{error:?}"),
                    }
                }
            }
        }
        Err(error) => assert!(error.line <= lines && is_plain(&error.to_string()), "{error:?}"),
    }
}

/// A level's id: one text a key.
fn level_id(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match text.parse::<LevelKey>() {
        Ok(key) => assert_eq!(key.to_string(), text),
        Err(error) => assert!(is_plain(&error.to_string()), "{error:?}"),
    }
}

/// A learner's `train.csv`: refused, or numbers that an event file holds.
fn curve(bytes: &[u8]) {
    match read_curve(bytes) {
        Ok(scalars) => {
            assert!(scalars.iter().all(|scalar| scalar.value.is_finite()));
            // Frame and version, then for each number at least its frame, its time and its value.
            assert!(events(&scalars).len() >= 40 + 40 * scalars.len());
        }
        Err(reason) => assert!(!reason.is_empty() && is_plain(&reason), "{reason:?}"),
    }
}

/// A cell's episodes: refused, or episodes that are written to the same values and replayed for a cue thought of afterwards.
fn episodes(bytes: &[u8]) {
    if let Ok(episodes) = read_episodes(bytes)
        && let Ok(written) = write_episodes(&episodes)
    {
        let again = read_episodes(&written).expect("written episodes read back");
        assert_eq!(again.rows.len(), episodes.rows.len());
        if let (Some(family), Some(row)) = (REGISTRY.get(&episodes.family), episodes.rows.first())
            && let Err(error) = recorded(family, &episodes, (&row.shift, row.level, &row.play))
        {
            assert!(!error.is_empty(), "a refusal without a reason");
        }
        let cue = "name=north; rows=0..2".parse::<Hindsight>().expect("a cue");
        let rows = &episodes.rows[..episodes.rows.len().min(16)];
        for family in REGISTRY.iter().filter(|family| family.spec().name == episodes.family) {
            if let Err(error) = score(family, rows, std::slice::from_ref(&cue)) {
                assert!(is_plain(&error.to_string()), "{error:?}");
            }
        }
    }
}

/// What a run shows of itself: refused, or shown on a page, in the terminal and as a film.
fn exhibits(bytes: &[u8]) {
    let Ok(found) = serde_json::from_slice::<Exhibits>(bytes) else { return };
    if bytes.len() > DRAWN {
        return;
    }
    let summary = summarise("shown", &[], Vec::new());
    let page = String::from_utf8(html(&summary, Some(&found))).expect("a page is text");
    assert!(is_plain(&page), "a page with characters that act");
    assert_eq!(page.matches("<script").count(), 1, "a page with a script of a record's");
    for world in &found.worlds {
        let Some(family) = REGISTRY.get(&world.family) else { continue };
        let spec = family.obs_spec(&Value::Null).expect("default knobs");
        for replay in world.agents.iter().flat_map(|agent| &agent.rows).flat_map(|row| &row.replays) {
            let Ok(playback) = Playback::new(&spec, world, replay) else { continue };
            for frame in [0, playback.steps()] {
                let lines = playback.lines(frame, &Style { width: Some(80), ..Style::PLAIN });
                assert!(is_plain(&lines.join("\n")), "a frame with characters that act");
            }
            assert!(playback.reels().iter().all(|reel| !reel.frames.is_empty()));
        }
    }
}

/// A gate's baseline: refused, or one that is written to the same values.
fn baseline(bytes: &[u8]) {
    if let Ok(baseline) = Baseline::read(bytes) {
        let text = baseline.text().expect("JSON holds no NaN");
        assert_eq!(Baseline::read(text.as_bytes()).expect("reads back"), baseline);
    }
}

/// A cue thought of afterwards: refused, or one that reads back and can be asked of every family.
fn hindsight(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match text.parse::<Hindsight>() {
        Ok(cue) => {
            assert_eq!(cue.to_string().parse::<Hindsight>().expect("reads back"), cue);
            for family in REGISTRY.iter() {
                if let Err(error) = cue.check(family) {
                    assert!(is_plain(&error.to_string()), "{error:?}");
                }
            }
        }
        Err(error) => assert!(is_plain(&error.to_string()), "{error:?}"),
    }
}

/// A level's key in any family.
fn key(bytes: &[u8]) {
    let Ok(key) = serde_json::from_slice::<LevelKey>(bytes) else { return };
    let written = serde_json::to_string(&key).expect("a key is plain data");
    assert_eq!(serde_json::from_str::<LevelKey>(&written).expect("reads back"), key);
    for family in REGISTRY.iter() {
        let mut pool = family.pool(&Value::Null).expect("the defaults");
        if pool.regenerate(&key).is_ok() {
            assert_eq!(pool.key(0), Some(key));
            play(pool);
        }
    }
}

/// A stored evaluation pool: refused, or levels and values on which a player can be scored.
fn pool(bytes: &[u8]) {
    let Ok(file) = serde_json::from_slice::<PoolFile>(bytes) else { return };
    let corner = family("corner");
    let spec = corner.spec();
    let law = misgen_core::Law::named(&spec, spec.laws[0].name).expect("its own law");
    let contents = spec.shifts.iter().map(|shift| Content::Shift(ShiftSpec::from(shift)));
    for content in contents.chain([Content::Law(law)]) {
        let request = PoolRequest { knobs: json!({}), content, levels: 4, seed: 0 };
        match EvalPool::from_file(corner, &request, file.clone()) {
            Ok(pool) => {
                let evaluated =
                    evaluate(&pool, &mut Agent::Scripted(&Script::Random), 0).expect("random plays anywhere");
                let _ = canonical_json(&evaluated.row);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// A cell's result: refused, or summarised and drawn.
fn record(bytes: &[u8]) {
    let Ok(result) = serde_json::from_slice::<CellResult>(bytes) else { return };
    let spec = family("corner").spec();
    let group = Group {
        world: result.family.clone(),
        law: "aligned".into(),
        spec,
        agent: result.agent.clone(),
        mix: result.mix,
        shifts: spec.shifts.iter().map(ShiftSpec::from).collect(),
        cells: vec![Some(result.clone()), None, Some(result)],
    };
    let summary = summarise("fuzz", &[group], Vec::new());
    if bytes.len() <= DRAWN {
        draw(&summary);
    }
}

/// A run's summary: refused, or drawn.
fn summary(bytes: &[u8]) {
    if let Ok(summary) = serde_json::from_slice::<Summary>(bytes)
        && bytes.len() <= DRAWN
    {
        draw(&summary);
    }
}

/// The largest record that is drawn here, bytes. Pages are longer than records, without a bound of their own.
const DRAWN: usize = 64 << 10;

fn draw(summary: &Summary) {
    let page = String::from_utf8(html(summary, None)).expect("a page is text");
    assert!(is_plain(&page), "a page with characters that act");
    assert_eq!(page.matches("<script").count(), 1, "a page with a script of a record's");
    assert!(!csv(summary).is_empty());
    let style = Style::PLAIN;
    assert!(is_plain(&(table(summary, &style) + &sentences(summary, true, &style))));
}

/// A checkpoint, `config.json` and `model.safetensors` behind the length of the first in four bytes.
fn checkpoint(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return };
    let Some((config, model)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize) else { return };
    let checkpoint = Checkpoint { model: model.to_vec(), config: config.to_vec() };
    if let Err(error) = NetPolicy::load(&checkpoint, Play::Greedy) {
        assert!(!error.to_string().is_empty());
    }
    let mut pool = family("corner").pool(&Value::Null).expect("the defaults");
    let ties = misgen_core::Ties::all(1, misgen_core::Tie::Bound);
    for index in 0..2 {
        pool.generate(0, misgen_core::Split::Train, index, &ties).expect("an open room");
    }
    let pool: Arc<dyn Pool> = Arc::from(pool);
    let mut env = Arc::clone(&pool).batch(4, pool.limit(), Events::NONE);
    let levels = Levels { optimal: Some(Arc::new(|_| Some(1.0))), ..Levels::plain(pool.len() as u32) };
    if let Ok(mut learner) = Learner::resume(&checkpoint, env.as_mut())
        && learner.on_levels(levels).is_ok()
        && learner.config().batch() * learner.config().epochs <= 256
        && learner.config().hidden.iter().all(|units| *units <= 64)
    {
        // Weights that a record may hold can be too large to train on; that has its own error.
        let _ = learner.train_update(env.as_mut());
    }
}

/// An agent without a preference.
struct Uniform;

impl Policy for Uniform {
    fn act(&mut self, view: &StepView<'_>, _: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        if let Some(probs) = out.probs.as_deref_mut() {
            probs.fill(1.0 / view.spec.actions as f32);
        }
        Ok(())
    }
}

/// What an agent that is a program says, line by line, and what one that is served is asked: refused in one line of words, or
/// answers in range.
fn protocol(bytes: &[u8]) {
    const ROWS: usize = 3;
    const NAMES: [&str; 5] = ["up", "left", "down", "right", "stay"];
    for line in bytes.split(|byte| *byte == b'\n').take(20) {
        let refused = |said: &str| assert!(!said.is_empty() && is_plain(said) && !said.contains('\n'), "{said:?}");
        match hello(line) {
            Ok(hello) => assert!(hello.name.is_none_or(|name| is_plain(&name) && name.len() <= 4 * 64)),
            Err(error) => refused(&error),
        }
        match answer(line, ROWS, &NAMES) {
            Ok(said) => {
                assert!(said.actions.is_some() || said.probs.is_some());
                let fits = |actions: Vec<u8>| actions.len() == ROWS && actions.iter().all(|action| *action < 5);
                assert!(said.actions.is_none_or(fits));
                assert!(said.values.is_none_or(|v| v.len() == ROWS && v.iter().all(|value| value.is_finite())));
                for law in said.probs.iter().flat_map(|probs| probs.chunks(NAMES.len())) {
                    assert!(law.len() == NAMES.len() && law.iter().all(|p| (0.0..=1.01).contains(p)), "{law:?}");
                }
            }
            Err(error) => refused(&error),
        }
    }
    if let Some(Ok(program)) = text(bytes).map(str::parse::<Program>) {
        assert!(!program.words()[0].is_empty());
    }
    let spec = family("corner").obs_spec(&json!({ "size": 3 })).expect("a size that there is");
    let mut open = |hello: &Hello| match (hello.height, hello.width) {
        (3, 3) => Ok(Served { policy: Box::new(Uniform), spec, name: None, training: None, kernels: None }),
        _ => Err("another size".to_owned()),
    };
    let mut said = Vec::new();
    if let Err(error) = serve(&mut &*bytes, &mut said, &mut open) {
        assert!(is_plain(&error.to_string()), "{error:?}");
    }
    assert!(said.is_empty() || said.ends_with(b"\n"));
}

/// A plan, `cells.jsonl`.
fn plan(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    for i in 0..text.lines().count().min(8) {
        match read_job(text, i) {
            Ok((address, job)) => {
                assert_eq!(job.address().expect("it was checked"), address);
                assert!(!job.label().is_empty());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let _ = read_pools(text);
}

/// A run's index, `manifest.json`.
fn manifest(bytes: &[u8]) {
    if let Ok(index) = serde_json::from_slice::<Index>(bytes) {
        let again = canonical_json(&index).expect("JSON holds no NaN");
        assert_eq!(serde_json::from_slice::<Index>(&again).expect("reads back"), index);
    }
}

/// Names of files and addresses of entries.
fn name(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match check_name(text) {
        Ok(()) => assert!(!text.contains(['/', '\\', '\0']) && !text.starts_with('.') && text.len() <= 64),
        Err(error) => assert!(is_plain(&error.to_string())),
    }
    match text.parse::<Address>() {
        Ok(address) => assert_eq!(address.to_string(), text),
        Err(error) => assert!(is_plain(&error.to_string())),
    }
}

/// The name of a scripted player.
fn player(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(script) = text.parse::<Script>() else { return };
    assert_eq!(script.to_string().parse::<Script>().expect("reads back").to_string(), script.to_string());
    for family in REGISTRY.iter() {
        let _ = script.parts(&family.spec());
    }
}
