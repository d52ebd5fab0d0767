//! Exhibits: what is shown is what was played, and what a net is said to think is what it thinks.

use misgen_agents::{Checkpoint, NetPolicy, Play};
use misgen_evaluate::compare::compare;
use misgen_evaluate::episode::EpisodeRecord;
use misgen_evaluate::exhibit::{Exhibits, LevelExhibit, Played, Replay, Shelf, Track, WorldExhibits};
use misgen_evaluate::pools::{EvalPool, PoolFile};
use misgen_families::REGISTRY;
use misgen_store::{RealFs, Store};
use misgen_sweep::cell::{POOL_FILE, compute};
use misgen_sweep::child::{Task, run_job};
use misgen_sweep::episodes::{EPISODES_FILE, Episodes, read_episodes};
use misgen_sweep::exhibits::{exhibits, pairing, recorded};
use misgen_sweep::inputs::{CELLS, Job, POOLS};
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use misgen_sweep::summarize::summarize;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// A world decided by what comes first and one that is not; two seeds, so that one is the median.
const SUITE: &str = r#"
name = "exhibits"
seeds = 2
levels = 24
training_levels = 64

[[worlds]]
family = "corner"
frames = 2048
shifts = ["cheese-anywhere", "no-cheese", "walls"]

[[worlds]]
family = "keys-chests"
frames = 2048
knobs = { size = 9 }
shifts = ["many-keys"]

[[agents]]
name = "ppo"
settings = { lanes = 16, steps = 32, hidden = [16] }
mix = [0.0, 1.0]

[references]
scripted = ["random"]
"#;

struct Ran {
    _folder: tempfile::TempDir,
    suite: Suite,
    plan: Plan,
    store: Store,
    found: Exhibits,
}

fn ran() -> &'static Ran {
    static RAN: OnceLock<Ran> = OnceLock::new();
    RAN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let suite = Suite::load("exhibits.toml", SUITE.as_bytes(), &[], REGISTRY, &|_| Err("no file".into())).unwrap();
        let versions = Versions::current();
        let plan = Plan::new(&suite, &versions).unwrap();
        let text = String::from_utf8(plan.lines().unwrap()).unwrap();
        let store = Store::create(Arc::new(RealFs), folder.path().join("run")).unwrap();
        for index in 0..plan.jobs.len() {
            let task = Task { plan: &text, index, store: &store, registry: REGISTRY, versions: &versions, wait: true };
            run_job(&task, &compute, &mut |_, _| ()).unwrap();
        }
        let found = exhibits(REGISTRY, &plan, &store, false, &mut |_, _| ()).unwrap();
        Ran { _folder: folder, suite, plan, store, found }
    })
}

/// The episodes of one player and seed.
fn episodes(world: &WorldExhibits, agent: &str, mix: Option<f64>, seed: u64) -> Vec<EpisodeRecord> {
    let ran = ran();
    let group =
        ran.plan.index.groups.iter().find(|g| g.world == world.world && g.agent == agent && g.mix == mix).unwrap();
    let cell = group.cells.iter().find(|cell| cell.seed == seed).unwrap();
    let bytes = ran.store.entry(CELLS, &cell.address).unwrap().read(EPISODES_FILE).unwrap().unwrap();
    let Episodes { rows, .. } = read_episodes(&bytes).unwrap();
    rows
}

/// The cells of a level as a track leaves them.
fn walked(level: &LevelExhibit, track: &Track) -> Vec<u16> {
    let mut cells = level.cells.clone();
    for (at, bits) in track.changes.iter().flatten() {
        cells[usize::from(*at)] = *bits;
    }
    cells
}

fn place(world: &WorldExhibits, cells: &[u16]) -> Option<usize> {
    let agent = world.channels.iter().position(|channel| channel.name == "agent").unwrap();
    cells.iter().position(|bits| bits >> agent & 1 == 1)
}

fn tracks(replay: &Replay) -> impl Iterator<Item = (bool, &Track)> {
    std::iter::once((false, &replay.shown)).chain(replay.twin.iter().map(|twin| (true, twin)))
}

#[test]
fn what_is_shown_is_what_was_recorded() {
    let mut seen = 0;
    for world in &ran().found.worlds {
        for agent in &world.agents {
            for row in &agent.rows {
                assert_eq!(row.replays.len(), 10, "{} {}", agent.agent, row.shift);
                for replay in &row.replays {
                    let records = episodes(world, &agent.agent, agent.mix, replay.seed);
                    for (twin, track) in tracks(replay) {
                        let level = &world.levels[track.level];
                        assert_eq!((&level.shift, level.twin), (&row.shift, twin));
                        let recorded = records.iter().find(|r| {
                            r.shift == row.shift && r.twin == twin && r.play == "sampled" && r.level == level.place
                        });
                        let recorded = recorded.unwrap();
                        assert_eq!((&recorded.actions, &recorded.events), (&track.actions, &track.events));
                        assert_eq!((&recorded.outcome, recorded.cues[0].got), (&track.outcome, track.goal_return));
                        assert_eq!(recorded.level_id, level.id);
                        assert_eq!(track.changes.len(), track.actions.len());
                        let cells = walked(level, track);
                        assert!(place(world, &cells).is_some(), "the agent is somewhere at the end");
                        seen += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen, 240, "tracks");
}

#[test]
fn nets_say_what_they_think_and_scripts_do_not() {
    let (mut steps_played, mut unlikely) = (0, 0);
    for agent in ran().found.worlds.iter().flat_map(|world| &world.agents) {
        let learned = agent.mix.is_some();
        for row in &agent.rows {
            for (_, track) in row.replays.iter().flat_map(tracks) {
                let steps = if learned { track.actions.len() } else { 0 };
                assert_eq!((track.percent.len(), track.values.len()), (steps, steps));
                for (step, law) in track.percent.iter().enumerate() {
                    let sum: u32 = law.iter().map(|p| u32::from(*p)).sum();
                    assert!((97..=103).contains(&sum), "{law:?}");
                    let action = usize::from(track.actions.as_bytes()[step] - b'a');
                    steps_played += 1;
                    unlikely += usize::from(law[action] == 0);
                }
            }
            assert_eq!(row.field.is_some(), learned, "{} {}", agent.agent, row.shift);
        }
    }
    // What was drawn is hardly ever what rounds to no chance at all.
    assert!(steps_played > 1000 && unlikely * 50 < steps_played, "{unlikely} of {steps_played}");
}

#[test]
fn a_field_begins_with_what_the_net_thinks_at_the_start() {
    for world in &ran().found.worlds {
        for row in world.agents.iter().filter(|agent| agent.mix.is_some()).flat_map(|agent| &agent.rows) {
            let (field, first) = (row.field.as_ref().unwrap(), &row.replays[0]);
            assert_eq!((field.level, field.seed), (first.shown.level, first.seed));
            assert_eq!(field.percent[0], first.shown.percent[0]);
            assert_eq!(field.values[0].to_bits(), first.shown.values[0].to_bits());
            let level = &world.levels[field.level];
            assert_eq!(Some(usize::from(field.cells[0])), place(world, &level.cells));
            let different: BTreeSet<&u16> = field.cells.iter().collect();
            assert_eq!(different.len(), field.cells.len());
            assert!(field.cells.len() > 10, "{} cells", field.cells.len());
        }
    }
}

#[test]
fn every_sampled_episode_ends_somewhere() {
    for world in &ran().found.worlds {
        for row in world.agents.iter().flat_map(|agent| &agent.rows) {
            let ends = row.ends.as_ref().unwrap();
            assert_eq!(ends.counts.len(), ends.width * ends.height);
            assert_eq!(ends.counts.iter().sum::<u32>(), 2 * 24, "two seeds of 24 levels");
        }
    }
}

#[test]
fn preferences_are_those_of_the_outcomes() {
    let world = &ran().found.worlds[0];
    for agent in &world.agents {
        for row in &agent.rows {
            assert_eq!(row.preference.is_empty(), row.shift != "cheese-anywhere", "{}", row.shift);
            let Some(pair) = row.preference.first() else { continue };
            let of_seed = |seed| episodes(world, &agent.agent, agent.mix, seed);
            let all = [of_seed(0), of_seed(1)].concat();
            let first = |outcome: &str| {
                let of =
                    |r: &&EpisodeRecord| r.shift == row.shift && !r.twin && r.play == "sampled" && r.outcome == outcome;
                all.iter().filter(of).count()
            };
            assert_eq!((pair.cue.as_str(), pair.first, pair.other), ("cheese", first("goal"), first("corner")));
        }
    }
}

#[test]
fn equal_runs_give_equal_exhibits() {
    let ran = ran();
    let again = exhibits(REGISTRY, &ran.plan, &ran.store, false, &mut |_, _| ()).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), serde_json::to_vec(&ran.found).unwrap());
    let read: Exhibits = serde_json::from_slice(&serde_json::to_vec(&again).unwrap()).unwrap();
    assert_eq!(read, again);
}

#[test]
fn attribution_comes_where_it_is_asked_for() {
    let ran = ran();
    let found = exhibits(REGISTRY, &ran.plan, &ran.store, true, &mut |_, _| ()).unwrap();
    for agent in found.worlds.iter().flat_map(|world| &world.agents) {
        assert_eq!(agent.attribution.is_some(), agent.mix.is_some(), "{}", agent.agent);
    }
    // It stays with those players of which nothing has changed.
    let mut kept = ran.found.clone();
    kept.keep_attribution(found.clone());
    assert_eq!(kept, found);
    let mut changed = ran.found.clone();
    let world = &mut changed.worlds[0];
    world.agents.retain(|agent| agent.mix != Some(1.0));
    world.agents[0].rows[0].replays[0].shown.percent[0][0] += 1;
    changed.worlds[1].levels[0].cells[0] += 1;
    let before = changed.clone();
    changed.keep_attribution(found);
    assert_eq!(changed, before, "another net, or other levels");
}

#[test]
fn a_net_that_acts_otherwise_is_not_asked_what_it_thought() {
    let ran = ran();
    let world = &ran.found.worlds[0];
    let group = ran.plan.index.groups.iter().find(|g| g.world == world.world && g.agent == "ppo").unwrap();
    let address = &group.cells[0].address;
    let Some((_, Job::Cell(inputs))) = ran.plan.jobs.iter().find(|(known, _)| known == address) else { panic!() };
    let pool_address = &inputs.shifts["cheese-anywhere"];
    let Some((_, Job::Pool(asked))) = ran.plan.jobs.iter().find(|(known, _)| known == pool_address) else { panic!() };
    let file = ran.store.entry(POOLS, pool_address).unwrap().read(POOL_FILE).unwrap().unwrap();
    let file: PoolFile = serde_json::from_slice(&file).unwrap();
    let pool = EvalPool::from_file(REGISTRY.get("corner").unwrap(), &asked.request(), file).unwrap();
    let entry = ran.store.entry(CELLS, address).unwrap();
    let read = |name: &str| entry.read(name).unwrap().unwrap();
    let checkpoint = Checkpoint { model: read("model.safetensors"), config: read("config.json") };
    let seed = group.cells[0].seed;
    let records: Vec<_> =
        episodes(world, "ppo", group.mix, seed).into_iter().filter(|r| r.shift == "cheese-anywhere").collect();
    let seeds = [(seed, records)];
    let played = Played { pool: &pool, seeds: &seeds, shown: seed };
    let mut own = NetPolicy::load(&checkpoint, Play::Sampled).unwrap();
    let (row, note) = played.exhibits(Some(&mut own), &mut Shelf::default()).unwrap();
    assert!(note.is_none() && row.replays.iter().all(|replay| !replay.shown.percent.is_empty()));
    let mut other = NetPolicy::untrained(&checkpoint, 99).unwrap();
    let (row, note) = played.exhibits(Some(&mut other), &mut Shelf::default()).unwrap();
    assert!(note.is_some_and(|note| note.contains("do not act as those that were recorded")));
    assert!(row.replays.iter().any(|replay| replay.shown.percent.is_empty() && replay.shown.values.is_empty()));
}

#[test]
fn a_run_beside_itself_differs_nowhere() {
    let ran = ran();
    let summary = summarize(&ran.suite, &ran.plan, &ran.store).unwrap();
    let this = (&ran.plan, &ran.store);
    let found = pairing(REGISTRY, this, this, &compare(&summary, &summary, None, None)).unwrap();
    assert!(found.rows.len() >= 6, "{} rows", found.rows.len());
    for row in &found.rows {
        assert!(row.crossings.iter().all(|crossing| crossing.base == crossing.head), "{row:?}");
        assert_eq!((row.seeds, row.levels), (2, 24));
        assert_eq!(row.crossings.iter().map(|crossing| crossing.count).sum::<usize>(), 48);
    }
    let replays: Vec<&Replay> =
        found.worlds.iter().flat_map(|w| &w.agents).flat_map(|a| &a.rows).flat_map(|r| &r.replays).collect();
    assert!(!replays.is_empty());
    for replay in replays {
        assert_eq!(Some(&replay.shown), replay.twin.as_ref());
    }
}

#[test]
fn two_agents_cross_as_their_episodes_say() {
    let ran = ran();
    let summary = summarize(&ran.suite, &ran.plan, &ran.store).unwrap();
    let this = (&ran.plan, &ran.store);
    let who = |text: &str| text.parse().unwrap();
    let compared = compare(&summary, &summary, Some(&who("ppo@0")), Some(&who("ppo@1")));
    let found = pairing(REGISTRY, this, this, &compared).unwrap();
    let row = found.rows.iter().find(|row| row.shift == "cheese-anywhere").unwrap();
    let world = &ran.found.worlds[0];
    let mut count = 0;
    for seed in [0, 1] {
        let of = |mix| episodes(world, "ppo", Some(mix), seed);
        for (base, head) in of(0.0).iter().zip(of(1.0)) {
            assert_eq!((base.level, base.twin, &base.shift), (head.level, head.twin, &head.shift));
            let shown = base.shift == "cheese-anywhere" && !base.twin && base.play == "sampled";
            count += usize::from(shown && base.outcome == "neither" && head.outcome == "goal");
        }
    }
    let crossing = row.crossings.iter().find(|c| c.base == "neither" && c.head == "goal").map_or(0, |c| c.count);
    assert_eq!(crossing, count);
}

#[test]
fn a_record_alone_shows_its_episode() {
    let ran = ran();
    for world in &ran.found.worlds {
        let family = REGISTRY.get(&world.family).unwrap();
        for agent in &world.agents {
            for row in agent.rows.iter().filter(|row| row.shift != "training") {
                let replay = &row.replays[0];
                let rows = episodes(world, &agent.agent, agent.mix, replay.seed);
                let file = Episodes {
                    family: world.family.clone(),
                    family_version: world.family_version,
                    agent: agent.agent.clone(),
                    mix: agent.mix,
                    seed: replay.seed,
                    proxies: world.cues[1..].to_vec(),
                    rows,
                };
                let level = &world.levels[replay.shown.level];
                let alone = recorded(family, &file, (&row.shift, level.place, "sampled")).unwrap();
                let found = &alone.agents[0].rows[0].replays[0];
                assert_eq!(
                    (&found.shown.actions, &found.shown.changes),
                    (&replay.shown.actions, &replay.shown.changes)
                );
                assert_eq!(found.twin.as_ref().map(|t| &t.changes), replay.twin.as_ref().map(|t| &t.changes));
                assert_eq!(&alone.levels[found.shown.level], level, "{} {}", world.world, row.shift);
                assert!(recorded(family, &file, (&row.shift, 999, "sampled")).is_err());
            }
        }
    }
}
