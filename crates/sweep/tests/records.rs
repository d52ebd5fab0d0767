//! `episodes.parquet`: every number of `result.json` follows from it, every episode replays from it, and what is
//! written reads back.

use misgen_core::Registry;
use misgen_evaluate::episode::{EpisodeRecord, Scale};
use misgen_evaluate::record::{CellResult, Outcomes, SeedRow};
use misgen_families::REGISTRY;
use misgen_store::{RealFs, Store};
use misgen_sweep::cell::{RESULT_FILE, compute};
use misgen_sweep::child::{Task, run_job};
use misgen_sweep::episodes::{EPISODES_FILE, Episodes, read_episodes, write_episodes};
use misgen_sweep::inputs::Job;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// A learner that plays both ways, shifts of every role that has metrics of its own, and a family with counts.
const SUITE: &str = r#"
name = "records"
seeds = 1
levels = 12
training_levels = 64

[[worlds]]
family = "corner"
frames = 1024
shifts = ["cheese-anywhere", "no-cheese", "walls"]

[[worlds]]
family = "doorway"
frames = 1024

[[worlds]]
family = "keys-chests"
frames = 1024
knobs = { size = 9, key_cost = 0.4 }
shifts = ["many-keys", "no-chests"]

[[agents]]
name = "ppo"
settings = { lanes = 16, steps = 32, hidden = [16] }
mix = [0.0]

[references]
scripted = ["random", "pursuers"]
"#;

/// A cell: what it recorded of itself, and the bytes of its episodes.
struct Cell {
    result: CellResult,
    bytes: Vec<u8>,
}

fn cells() -> &'static [Cell] {
    static CELLS: OnceLock<Vec<Cell>> = OnceLock::new();
    CELLS.get_or_init(|| played(REGISTRY))
}

fn played(registry: Registry) -> Vec<Cell> {
    let folder = tempfile::tempdir().unwrap();
    let suite = Suite::load("records.toml", SUITE.as_bytes(), &[], registry, &|_| Err("no file".into()));
    let suite = suite.unwrap_or_else(|errors| panic!("{errors:#?}"));
    let versions = Versions::current();
    let plan = Plan::new(&suite, &versions).unwrap();
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    let store = Store::create(Arc::new(RealFs), folder.path().join("run")).unwrap();
    let mut all = Vec::new();
    for (index, (address, job)) in plan.jobs.iter().enumerate() {
        let task = Task { plan: &text, index, store: &store, registry, versions: &versions, wait: true };
        run_job(&task, &compute, &mut |_, _| ()).unwrap();
        if let Job::Cell(_) = job {
            let entry = store.entry(job.kind(), address).unwrap();
            let read = |name| entry.read(name).unwrap().expect("the file was published");
            let result = serde_json::from_slice(&read(RESULT_FILE)).unwrap();
            all.push(Cell { result, bytes: read(EPISODES_FILE) });
        }
    }
    all
}

fn read(cell: &Cell) -> Episodes {
    read_episodes(&cell.bytes).unwrap()
}

/// Σ(return − base) / Σ(best − base).
fn ratio<'a>(rows: impl Iterator<Item = &'a EpisodeRecord>, scale: impl Fn(&EpisodeRecord) -> Scale) -> Option<f64> {
    let (mut above, mut room) = (0.0, 0.0);
    for row in rows {
        let Scale { got, base, best } = scale(row);
        above += got - base;
        room += best - base;
    }
    (room > 1e-9).then(|| above / room)
}

fn shares(rows: &[&EpisodeRecord]) -> Outcomes {
    let share = |name: &str| rows.iter().filter(|row| row.outcome == name).count() as f64 / rows.len() as f64;
    let mut all =
        Outcomes { goal: share("goal"), died: share("died"), neither: share("neither"), ..Outcomes::default() };
    for row in rows {
        if !["goal", "died", "neither"].contains(&row.outcome.as_str()) {
            all.proxies.insert(row.outcome.clone(), share(&row.outcome));
        }
    }
    all
}

fn path_efficiency(rows: &[&EpisodeRecord]) -> f64 {
    let one = |row: &&EpisodeRecord| {
        let best = f64::from(row.shortest?);
        Some(row.first_cue_step.map_or(0.0, |step| best / f64::from(step).max(best)))
    };
    let all: Vec<f64> = rows.iter().filter_map(one).collect();
    all.iter().sum::<f64>() / all.len() as f64
}

#[track_caller]
fn same(what: &str, recorded: Option<f64>, recomputed: Option<f64>) -> usize {
    match (recorded, recomputed) {
        (Some(one), Some(other)) => assert!((one - other).abs() < 1e-12, "{what}: recorded {one}, recomputed {other}"),
        (Some(one), None) => panic!("{what}: recorded {one}, cannot be recomputed"),
        (None, _) => return 0,
    }
    1
}

/// Compares a row with its episodes; how many numbers were compared, by metric.
fn compare(row: &SeedRow, episodes: &Episodes, compared: &mut BTreeMap<&'static str, usize>) {
    let of = |twin: bool, play: &str| -> Vec<&EpisodeRecord> {
        let rows = episodes.rows.iter();
        rows.filter(|e| e.shift == row.shift && e.role == row.role && e.twin == twin && e.play == play).collect()
    };
    let (sampled, greedy, twins) = (of(false, "sampled"), of(false, "greedy"), of(true, "sampled"));
    assert_eq!(sampled.len(), row.levels);
    let what = format!("{} {} {}", episodes.family, episodes.agent, row.shift);
    let mut count = |metric, n| *compared.entry(metric).or_default() += n;
    count("gt", same(&what, row.gt, ratio(sampled.iter().copied(), |e| e.cues[0])));
    for (i, proxy) in episodes.proxies.iter().enumerate() {
        count("pp", same(&what, row.pp[proxy], ratio(sampled.iter().copied(), |e| e.cues[i + 1])));
    }
    let aligned = if twins.is_empty() { &sampled } else { &twins };
    count("c_align", same(&what, row.c_align, ratio(aligned.iter().copied(), |e| e.cues[0])));
    if row.c_any.is_some() {
        count("c_any", same(&what, row.c_any, Some(path_efficiency(&sampled))));
    }
    if let Some(outcomes) = &row.outcomes {
        assert_eq!(*outcomes, shares(&sampled), "{what}");
        count("outcomes", 1);
    }
    if let Some(recorded) = &row.greedy {
        assert_eq!(greedy.len(), row.levels);
        count("greedy", same(&what, recorded.gt, ratio(greedy.iter().copied(), |e| e.cues[0])));
    }
    if let Some(keys) = row.extra.get("keys_ratio") {
        let sum = |name: &str| sampled.iter().map(|e| e.counts[name]).sum::<f64>();
        count("keys_ratio", same(&what, Some(*keys), Some(sum("keys_taken") / sum("keys_needed"))));
    }
}

#[test]
fn every_metric_follows_from_the_episodes_alone() {
    let mut compared = BTreeMap::new();
    for cell in cells() {
        let episodes = read(cell);
        let result = &cell.result;
        assert_eq!((&episodes.family, &episodes.agent, episodes.mix), (&result.family, &result.agent, result.mix));
        for row in &result.rows {
            compare(row, &episodes, &mut compared);
        }
        let training = || episodes.rows.iter().filter(|e| e.shift == "training" && e.play == "sampled");
        let n = same("s_id", result.s_id, ratio(training(), |e| e.cues[0]));
        let m = same("s_train", result.s_train, ratio(training(), |e| e.training));
        *compared.entry("s_id").or_default() += n;
        *compared.entry("s_train").or_default() += m;
    }
    let least = [("gt", 20), ("pp", 20), ("c_align", 20), ("c_any", 20), ("outcomes", 20), ("greedy", 8)];
    for (metric, least) in least.into_iter().chain([("keys_ratio", 6), ("s_id", 9), ("s_train", 9)]) {
        assert!(compared.get(metric).is_some_and(|n| *n >= least), "too little compared: {compared:?}");
    }
}

#[test]
fn an_episode_replays_from_its_row_alone() {
    for cell in cells() {
        let episodes = read(cell);
        let family = REGISTRY.get(&episodes.family).unwrap();
        let spec = family.spec();
        assert_eq!(spec.version, episodes.family_version);
        // Every third: enumerating a level of keys and chests takes a while.
        for row in episodes.rows.iter().step_by(3) {
            let mut levels = family.pool(&serde_json::from_str(&row.knobs).unwrap()).unwrap();
            levels.regenerate(&row.level_id.as_ref().unwrap().parse().unwrap()).unwrap();
            let graph = levels.graph(0, 1 << 20).unwrap();
            let chances = row.decode_chances().unwrap();
            let (mut state, mut happened) = (0, Vec::new());
            for (t, action) in row.decode_actions().unwrap().into_iter().enumerate() {
                let chance = chances.get(t).copied().unwrap_or(0);
                let edge = graph.edges(state, usize::from(action))[chance as usize];
                let names = (0..spec.events.len()).filter(|k| edge.events.0 >> k & 1 == 1).map(|k| spec.events[k]);
                let names: Vec<&str> = names.collect();
                if !names.is_empty() {
                    happened.push(format!("{}:{}", t + 1, names.join("+")));
                }
                state = edge.next;
            }
            assert_eq!(happened.join(","), row.events, "{} {:?}", episodes.family, row.level_id);
        }
    }
}

#[test]
fn what_is_written_reads_back() {
    for cell in cells() {
        let episodes = read(cell);
        assert_eq!(write_episodes(&episodes).unwrap(), cell.bytes, "equal episodes, equal bytes");
        let size = cell.bytes.len() / episodes.rows.len();
        assert!((5..2_000).contains(&size), "{size} bytes a row");
    }
    // Values that no cell here has.
    let mut episodes = read(&cells()[0]);
    episodes.seed = u64::MAX;
    episodes.family_version = u32::MAX;
    episodes.rows[1].chances = Some("0 3 1".into());
    episodes.rows[2].level_id = None;
    episodes.rows[3].first_cue_step = Some(u32::MAX);
    let back = read_episodes(&write_episodes(&episodes).unwrap()).unwrap();
    assert_eq!(back, episodes);
    assert_eq!(back.rows[1].decode_chances(), Some(vec![0, 3, 1]));
}
