//! Curricula replay what has regret, learn from nothing else, and go on exactly where they stopped.

mod common;

use common::{Hall, HallKnobs, pool};
use misgen_agents::{
    AccelConfig, AgentConfig, Checkpoint, Curriculum, EditedTies, Estimator, Learner, Levels, NetPolicy, Play,
    PlrConfig, replay_law,
};
use misgen_core::{Decisions, Ended, Events, Family, LevelPlan, Policy, Pool, Rng, StepView, TypedPool, VecEnv};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const LEVELS: u64 = 96;
const GAMMA: f64 = 0.97;

fn config(curriculum: Curriculum) -> AgentConfig {
    AgentConfig { hidden: vec![32, 32], lanes: 16, steps: 36, curriculum: Some(curriculum), ..AgentConfig::default() }
}

fn plr(estimator: Estimator) -> Curriculum {
    Curriculum::Plr(PlrConfig { estimator, buffer: 64, ..PlrConfig::default() })
}

fn accel(estimator: Estimator) -> Curriculum {
    Curriculum::Accel(AccelConfig { estimator, buffer: 64, ..AccelConfig::default() })
}

fn every() -> [Curriculum; 4] {
    [Estimator::MaxLatest, Estimator::Oracle].map(|e| [plr(e), accel(e)]).concat().try_into().unwrap()
}

/// A third of the pool is new levels; a level and those a third further on count as of one layout.
fn levels(halls: &Arc<TypedPool<Hall>>) -> Levels {
    let fresh = halls.len() as u32 / 3;
    let optimal: Vec<f64> = (0..halls.len()).map(|i| best(halls, i)).collect();
    Levels {
        fresh,
        layouts: (0..halls.len() as u32).map(|level| level % fresh).collect(),
        ties: (0..halls.len() as u32).map(|level| level / fresh).collect(),
        shares: vec![1.0 / 3.0; 3],
        optimal: Some(Arc::new(move |level| Some(optimal[level as usize]))),
    }
}

/// The optimal value of a hall: the target is reached in as many steps as it is far, and paid in the last of them.
fn best(halls: &TypedPool<Hall>, level: usize) -> f64 {
    let level = halls.level(level);
    GAMMA.powi(i32::from(level.start.abs_diff(level.target)) - 1)
}

/// What happened in a world, in order.
#[derive(Default)]
struct Story {
    /// The levels of each restart.
    plans: Vec<Vec<u32>>,
    /// Steps since.
    steps: Vec<usize>,
}

/// An environment that writes down how it is used.
struct Watched {
    inner: Box<dyn VecEnv>,
    story: Arc<Mutex<Story>>,
}

impl VecEnv for Watched {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }
    fn restart(&mut self, plan: &LevelPlan) {
        let LevelPlan::Lanes { ids, .. } = plan else { panic!("{plan:?}") };
        let mut story = self.story.lock().unwrap();
        story.plans.push(ids.clone());
        story.steps.push(0);
        self.inner.restart(plan);
    }
    fn set_palette(&mut self, palette: Option<f32>) {
        self.inner.set_palette(palette);
    }
    fn view(&self) -> StepView<'_> {
        self.inner.view()
    }
    fn step(&mut self, actions: &[u8]) -> StepView<'_> {
        *self.story.lock().unwrap().steps.last_mut().unwrap() += 1;
        self.inner.step(actions)
    }
    fn planned(&self, reward: usize, out: &mut [u16]) {
        self.inner.planned(reward, out);
    }
    fn chances(&self) -> &[u32] {
        self.inner.chances()
    }
    fn save(&self) -> String {
        self.inner.save()
    }
    fn load(&mut self, saved: &str) -> Result<(), String> {
        self.inner.load(saved)
    }
}

struct World {
    halls: Arc<TypedPool<Hall>>,
    env: Watched,
    learner: Learner,
}

fn world(curriculum: Curriculum, seed: u64) -> World {
    let halls = pool(HallKnobs::default(), LEVELS);
    let inner = halls.clone().batch(16, 36, Events::NONE);
    let env = Watched { inner, story: Arc::default() };
    let mut learner = Learner::new(config(curriculum), env.view().spec, Hall::CUES[0].reward(), seed);
    learner.on_levels(levels(&halls)).unwrap();
    World { halls, env, learner }
}

/// The buffer as it is saved: level, regret, best return, last rollout.
fn buffer(learner: &Learner, env: &dyn VecEnv) -> Vec<(u32, f64, f64, u64)> {
    let saved: Value = serde_json::from_slice(&learner.save(env).config).unwrap();
    let entries = saved["training"]["progress"]["course"]["buffer"].as_array().unwrap().clone();
    let one = |e: &Value| {
        let number = |name: &str| e[name].as_f64().unwrap();
        (number("level") as u32, number("score"), number("best"), number("last") as u64)
    };
    entries.iter().map(one).collect()
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, expected {expected:?}");
}

#[test]
fn replay_goes_by_rank_and_by_age_as_worked_out_by_hand() {
    // Regret 5, 1, 3: ranks 1, 3, 2. β = 1: weights 1, 1/3, 1/2 of 11/6.
    close(&replay_law(&[5.0, 1.0, 3.0], &[0, 0, 0], 1.0, 0.0), &[6.0 / 11.0, 2.0 / 11.0, 3.0 / 11.0]);
    // β = 1/2: weights 1, 1/9, 1/4 of 49/36.
    close(&replay_law(&[5.0, 1.0, 3.0], &[0, 0, 0], 0.5, 0.0), &[36.0 / 49.0, 4.0 / 49.0, 9.0 / 49.0]);
    // How large the regret is makes no difference, and negative ones have ranks too.
    close(&replay_law(&[0.5, -9.0, 0.0], &[7, 7, 7], 1.0, 0.0), &[6.0 / 11.0, 2.0 / 11.0, 3.0 / 11.0]);
    // Age alone: 1, 3, 0 of 4; and a quarter of it.
    close(&replay_law(&[5.0, 1.0, 3.0], &[1, 3, 0], 1.0, 1.0), &[0.25, 0.75, 0.0]);
    let mixed = [0.75 * 6.0 / 11.0 + 0.0625, 0.75 * 2.0 / 11.0 + 0.1875, 0.75 * 3.0 / 11.0];
    close(&replay_law(&[5.0, 1.0, 3.0], &[1, 3, 0], 1.0, 0.25), &mixed);
    // Nobody is old: age says nothing. Equal regret: the earlier comes first.
    close(&replay_law(&[2.0, 2.0], &[0, 0], 1.0, 0.5), &[0.5 * 2.0 / 3.0 + 0.25, 0.5 / 3.0 + 0.25]);
    // The sharpest of all: nothing underflows to a law of zeros.
    let sharp = replay_law(&(0..70_000).map(f64::from).collect::<Vec<_>>(), &[0; 70_000], 0.05, 0.0);
    assert!((sharp.iter().sum::<f64>() - 1.0).abs() < 1e-6 && sharp.iter().all(|p| *p > 0.0));
}

#[test]
fn scored_rollouts_leave_the_weights_alone_and_count_as_frames() {
    for curriculum in every() {
        let World { mut env, mut learner, .. } = world(curriculum, 3);
        let batch = learner.config().batch() as u64;
        let mut kinds = Vec::new();
        for update in 1..=12 {
            let steps = |learner: &Learner| -> u64 {
                let saved: Value = serde_json::from_slice(&learner.save(&env).config).unwrap();
                saved["training"]["adam_steps"].as_u64().unwrap()
            };
            assert_eq!(steps(&learner), (update - 1) * 12, "three epochs of four minibatches an update");
            let known: Vec<u32> = buffer(&learner, &env).iter().map(|entry| entry.0).collect();
            let before = env.story.lock().unwrap().plans.len();
            let stats = learner.train_update(&mut env).unwrap();
            let story = env.story.lock().unwrap();
            let plans = &story.plans[before..];
            // All that was seen is counted, and of it the last rollout alone was learned from.
            assert!(story.steps.iter().all(|steps| *steps == learner.config().steps));
            assert_eq!(stats.frames, story.plans.len() as u64 * batch);
            assert_eq!((stats.trained_frames, learner.trained_frames()), (update * batch, update * batch));
            let (replayed, scored) = plans.split_last().unwrap();
            let seen = |level: &u32| known.contains(level) || scored.iter().flatten().any(|other| other == level);
            assert!(replayed.iter().all(seen), "{curriculum:?}: learned from a level that was never scored");
            kinds.push(scored.len());
        }
        assert!(kinds[0] >= 2, "half of the buffer is filled before anything is learned: {kinds:?}");
        assert!(kinds[1..].iter().any(|scored| *scored > 0), "{kinds:?}");
        let edits = kinds[1..].iter().filter(|scored| **scored > 0).count();
        assert!(matches!(curriculum, Curriculum::Plr(_)) || edits == 11, "each update is followed by edits: {kinds:?}");
    }
}

#[test]
fn new_levels_come_from_the_law_and_edits_from_the_same_layout() {
    for (retie, ties) in [(0.0, EditedTies::Support), (1.0, EditedTies::Support), (1.0, EditedTies::Law)] {
        let accel = AccelConfig { buffer: 64, retie, ties, ..AccelConfig::default() };
        let World { mut env, mut learner, .. } = world(Curriculum::Accel(accel), 5);
        let fresh = LEVELS as u32 / 3;
        let mut variants = 0;
        for _ in 0..30 {
            let before = env.story.lock().unwrap().plans.len();
            learner.train_update(&mut env).unwrap();
            let plans = env.story.lock().unwrap().plans.clone();
            let scored = &plans[before..plans.len() - 1];
            for (i, plan) in scored.iter().enumerate() {
                // The first rollout after an update is of edits, the others are of new levels.
                let edited = before > 0 && i == 0;
                let sources = before.checked_sub(1).map(|last| &plans[last]);
                for level in plan.iter().filter(|level| **level >= fresh) {
                    variants += 1;
                    assert!(edited, "a variant that is not an edit");
                    assert!(sources.unwrap().iter().any(|from| from % fresh == level % fresh && from != level));
                }
            }
        }
        // In these halls each level of a layout has ties of its own: an edit that keeps them leads nowhere.
        assert_eq!(variants > 0, retie == 1.0, "{variants} variants with retie {retie}");
    }
}

/// Edits of a law that gives nearly nothing but its first row lead back to it, and those of its support away from it.
#[test]
fn edits_keep_the_shares_of_the_law_unless_they_are_drawn_from_its_support() {
    let away = |ties: EditedTies| {
        let accel = AccelConfig { buffer: 64, retie: 1.0, ties, ..AccelConfig::default() };
        let World { mut env, mut learner, halls } = world(Curriculum::Accel(accel), 5);
        learner.on_levels(Levels { shares: vec![1.0 - 2e-9, 1e-9, 1e-9], ..levels(&halls) }).unwrap();
        for _ in 0..20 {
            learner.train_update(&mut env).unwrap();
        }
        let story = env.story.lock().unwrap();
        story.plans.iter().flatten().filter(|level| **level >= LEVELS as u32 / 3).count()
    };
    assert_eq!(away(EditedTies::Law), 0);
    assert!(away(EditedTies::Support) > 100);
}

#[test]
fn what_was_not_played_for_long_comes_back_and_what_has_regret_comes_most() {
    let played = |staleness: f64| {
        let plr = PlrConfig { buffer: 64, staleness, replay: 1.0, temperature: 0.05, ..PlrConfig::default() };
        let World { mut env, mut learner, .. } = world(Curriculum::Plr(plr), 1);
        let mut counts = [0; 32];
        for _ in 0..40 {
            learner.train_update(&mut env).unwrap();
            let story = env.story.lock().unwrap();
            story.plans.last().unwrap().iter().for_each(|level| counts[*level as usize] += 1);
        }
        (*counts.iter().min().unwrap(), *counts.iter().max().unwrap())
    };
    let (aged, by_rank) = (played(1.0), played(0.0));
    // Sixteen lanes and 32 levels: by age alone each is played every other time.
    assert!(aged.0 >= 18 && aged.1 <= 22, "{aged:?}");
    assert!(by_rank.0 < 18 && by_rank.1 > 22, "{by_rank:?}");
}

/// Drawn from the mixture without replacement, lanes would go to staleness as soon as a sharp law's first ranks are taken.
#[test]
fn however_sharp_the_law_the_lanes_go_to_the_highest_regret_but_for_the_share_of_staleness() {
    let plr = PlrConfig { buffer: 64, replay: 1.0, temperature: 0.05, staleness: 0.1, ..PlrConfig::default() };
    let World { mut env, mut learner, .. } = world(Curriculum::Plr(plr), 1);
    learner.train_update(&mut env).unwrap();
    let mut share = Vec::new();
    for _ in 0..20 {
        let mut entries = buffer(&learner, &env);
        entries.sort_by(|a, b| b.1.total_cmp(&a.1));
        learner.train_update(&mut env).unwrap();
        let story = env.story.lock().unwrap();
        let replayed = story.plans.last().unwrap();
        let worst = entries[..16].iter().filter(|entry| replayed.contains(&entry.0)).count();
        share.push(worst as f64 / 16.0);
        let times = |level: u32| replayed.iter().filter(|other| **other == level).count();
        assert!(replayed.iter().all(|level| times(*level) == 1), "a level twice while others wait");
    }
    let mean = share.iter().sum::<f64>() / share.len() as f64;
    assert!((0.85..=1.0).contains(&mean), "{share:?}");
}

#[test]
fn regret_is_measured_from_the_highest_return_or_from_the_optimum() {
    for curriculum in every() {
        let World { mut env, mut learner, halls } = world(curriculum, 2);
        for _ in 0..5 {
            learner.train_update(&mut env).unwrap();
        }
        let entries = buffer(&learner, &env);
        assert!(entries.len() >= 32);
        for (level, score, highest, _) in entries {
            let optimum = best(&halls, level as usize);
            assert!(highest <= optimum + 1e-6, "level {level}: {highest} above the optimum {optimum}");
            let from = if curriculum.estimator() == Estimator::Oracle { optimum } else { highest };
            let mean = from - score;
            assert!((-1e-9..=highest + 1e-9).contains(&mean), "level {level}: regret {score} from {from}");
        }
    }
}

/// A checkpoint from outside may ask for rollouts in which nothing ends; they must not go on for ever.
#[test]
fn rollouts_shorter_than_an_episode_are_scored_by_what_they_brought_so_far() {
    for curriculum in every() {
        let halls = pool(HallKnobs::default(), LEVELS);
        let mut env = halls.clone().batch(16, 36, Events::NONE);
        let config = AgentConfig { steps: 2, ..config(curriculum) };
        let mut learner = Learner::new(config, env.view().spec, Hall::CUES[0].reward(), 1);
        learner.on_levels(levels(&halls)).unwrap();
        learner.train_update(&mut *env).unwrap();
        let entries = buffer(&learner, &*env);
        assert!(entries.len() >= 32 && entries.iter().any(|entry| entry.2 == 0.0), "{entries:?}");
    }
}

/// Plays every level once; the share of targets reached, and the mean number of steps.
fn play(learner: &Learner, halls: &Arc<TypedPool<Hall>>) -> (f64, f64) {
    let mut env = halls.clone().batch(16, 36, Events::NONE);
    env.restart(&LevelPlan::Once { ids: (0..halls.len() as u32).collect(), seed: 0 });
    let (mut policy, mut rngs, mut actions) =
        (NetPolicy::of(learner, Play::Greedy), [Rng::keyed(0, "play", 0); 16], [0; 16]);
    let (mut reached, mut steps) = (0, 0);
    while env.view().level.iter().any(|&id| id != StepView::NO_LEVEL) {
        let mut out = Decisions::of(&mut actions);
        policy.act(&env.view(), &mut rngs, &mut out).unwrap();
        let view = env.step(&actions);
        steps += view.ended.iter().filter(|&&ended| ended != Ended::Idle).count();
        reached += view.ended.iter().filter(|&&ended| ended == Ended::Terminated).count();
    }
    (reached as f64 / halls.len() as f64, steps as f64 / halls.len() as f64)
}

#[test]
fn every_curriculum_learns_and_its_oracle_regret_falls_to_that_of_optimal_play() {
    for curriculum in every() {
        let World { mut env, mut learner, halls } = world(curriculum, 1);
        let regret = |learner: &Learner, env: &Watched| {
            let entries = buffer(learner, env);
            entries.iter().map(|entry| entry.1).sum::<f64>() / entries.len() as f64
        };
        learner.train_update(&mut env).unwrap();
        let before = regret(&learner, &env);
        for _ in 0..150 {
            learner.train_update(&mut env).unwrap();
        }
        let (reached, length) = play(&learner, &halls);
        assert_eq!(reached, 1.0, "{curriculum:?}");
        assert!(length <= common::best_length(&halls) + 0.3, "{curriculum:?}: {length} steps");
        let after = regret(&learner, &env);
        assert!(after < 0.1 && after < before / 4.0, "{curriculum:?}: mean regret {before} to {after}");
    }
}

#[test]
fn a_curriculum_goes_on_exactly_where_it_was_saved() {
    for curriculum in every() {
        let World { mut env, mut learner, .. } = world(curriculum, 9);
        let whole: Vec<_> = (0..14).map(|_| learner.train_update(&mut env).unwrap()).collect();
        let expected = learner.save(&env);
        let World { mut env, mut learner, .. } = world(curriculum, 9);
        for _ in 0..6 {
            learner.train_update(&mut env).unwrap();
        }
        let saved = learner.save(&env);
        let World { mut env, halls, .. } = world(curriculum, 0);
        let mut again = Learner::resume(&saved, &mut env).unwrap();
        again.on_levels(levels(&halls)).unwrap();
        assert_eq!(again.save(&env), saved);
        let rest: Vec<_> = (6..14).map(|_| again.train_update(&mut env).unwrap()).collect();
        assert_eq!(rest, whole[6..]);
        assert_eq!(again.save(&env), expected);
        let World { mut env, mut learner, .. } = world(curriculum, 10);
        learner.train_update(&mut env).unwrap();
        assert_ne!(learner.export().model, expected.model, "another seed, another agent");
    }
}

#[test]
fn a_course_that_no_training_has_is_refused() {
    let World { mut env, mut learner, halls } = world(accel(Estimator::Oracle), 4);
    learner.train_update(&mut env).unwrap();
    let saved = learner.save(&env);
    let sound: Value = serde_json::from_slice(&saved.config).unwrap();
    let mut refused = |at: &str, value: Value| {
        let mut config = sound.clone();
        *config.pointer_mut(at).unwrap_or_else(|| panic!("{at} in {sound:#}")) = value;
        let checkpoint = Checkpoint { config: serde_json::to_vec(&config).unwrap(), ..saved.clone() };
        match Learner::resume(&checkpoint, &mut env) {
            Err(error) => error.to_string(),
            Ok(mut learner) => learner.on_levels(levels(&halls)).unwrap_err(),
        }
    };
    let course = "/training/progress/course";
    let entry = |field: &str| format!("{course}/buffer/0/{field}");
    assert!(refused(&entry("level"), json!(96)).contains("level 96, but the pool has 96"));
    assert!(refused(&entry("last"), json!(9_999)).contains("no sound entry"));
    assert!(
        refused(&entry("level"), sound.pointer(&format!("{course}/buffer/1/level")).unwrap().clone()).contains("sound")
    );
    assert!(refused(&format!("{course}/edit/0"), json!(4_000_000_000_u32)).contains("level 4000000000"));
    assert!(refused(&format!("{course}/rollouts"), json!(1)).contains("do not fit together"));
    assert!(refused(course, Value::Null).contains("differ in having a curriculum"));
    assert!(refused("/settings/curriculum/accel/buffer", json!(16)).contains("expected at most 16"));
    assert!(refused("/settings/curriculum", Value::Null).contains("differ in having a curriculum"));
    let mut learner = Learner::resume(&saved, &mut env).unwrap();
    assert!(learner.on_levels(Levels::plain(96)).unwrap_err().contains("no optimal values"));
    assert!(learner.on_levels(Levels { ties: Vec::new(), ..levels(&halls) }).unwrap_err().contains("differ in length"));
}
