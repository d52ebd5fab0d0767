//! The learner learns, says when it cannot, and gives the same bytes for the same seed.

mod common;

use common::{Hall, HallKnobs, corridor, env, pool};
use misgen_agents::{
    AgentConfig, Diverged, FirstLayer, Learner, NetPolicy, Play, RgbView, TrainError, UpdateStats, ViewKind,
};
use misgen_core::{Decisions, Ended, Events, Family, LevelPlan, Policy, Pool, Reward, Rng, StepView, VecEnv};

fn small() -> AgentConfig {
    AgentConfig { hidden: vec![32, 32], lanes: 16, steps: 32, ..AgentConfig::default() }
}

fn reward() -> Reward {
    Hall::CUES[0].reward()
}

fn train(config: AgentConfig, seed: u64, updates: u64) -> Learner {
    let mut env = corridor(config.lanes);
    let mut learner = Learner::new(config, env.view().spec, reward(), seed);
    for _ in 0..updates {
        learner.train_update(&mut *env).expect("training is stable");
    }
    learner
}

/// Plays every level of `env`'s pool once; (share of levels ended by the target, mean length).
fn play(policy: &mut NetPolicy, env: &mut dyn VecEnv, levels: u32) -> (f64, f64) {
    let lanes = env.lanes();
    env.restart(&LevelPlan::Once { ids: (0..levels).collect(), seed: 0 });
    let mut rngs: Vec<Rng> = (0..lanes).map(|lane| Rng::keyed(0, "play", lane as u64)).collect();
    let (mut reached, mut steps) = (0, 0);
    let mut actions = vec![0; lanes];
    while env.view().level.iter().any(|&id| id != StepView::NO_LEVEL) {
        let mut out = Decisions::of(&mut actions);
        policy.act(&env.view(), &mut rngs, &mut out).unwrap();
        let view = env.step(&actions);
        steps += view.ended.iter().filter(|&&ended| ended != Ended::Idle).count();
        reached += view.ended.iter().filter(|&&ended| ended == Ended::Terminated).count();
    }
    (reached as f64 / f64::from(levels), steps as f64 / f64::from(levels))
}

#[test]
fn it_learns_to_walk_straight_to_the_target() {
    for (view, first_layer) in [
        (ViewKind::Ego, FirstLayer::IndexSum),
        (ViewKind::Grid, FirstLayer::IndexSum),
        (ViewKind::Ego, FirstLayer::Dense),
        (ViewKind::Window(17), FirstLayer::IndexSum),
    ] {
        let learner = train(AgentConfig { view, first_layer, ..small() }, 1, 100);
        let levels = pool(HallKnobs::default(), 256);
        let best = common::best_length(&levels);
        let mut env = levels.batch(16, 36, Events::NONE);
        let (reached, length) = play(&mut NetPolicy::of(&learner, Play::Greedy), &mut *env, 256);
        assert_eq!(reached, 1.0, "{view:?} {first_layer:?}: every target is reached");
        assert!(length <= best + 0.05, "{view:?} {first_layer:?}: {length} steps, the best play takes {best}");
        let (before, _) = play(&mut NetPolicy::of(&train(small(), 1, 0), Play::Sampled), &mut *env, 256);
        assert!(before < 0.9, "an untrained agent reaches {before}");
    }
}

#[test]
fn it_learns_from_pixels_too_and_plays_in_palettes_that_it_never_saw() {
    for palette in [0.0, 0.3] {
        let view = ViewKind::Rgb(RgbView { tile: 3, palette });
        let learner = train(AgentConfig { view, first_layer: FirstLayer::Dense, ..small() }, 1, 200);
        let mut env = pool(HallKnobs::default(), 256).batch(16, 36, Events::NONE);
        let (reached, length) = play(&mut NetPolicy::of(&learner, Play::Greedy), &mut *env, 256);
        assert!(reached >= 0.95, "palette {palette}: {reached} of the targets reached in {length} steps");
    }
}

#[test]
fn statistics_describe_the_training() {
    let config = small();
    let mut env = corridor(config.lanes);
    let mut learner = Learner::new(config.clone(), env.view().spec, reward(), 3);
    let stats: Vec<_> = (0..60).map(|_| learner.train_update(&mut *env).unwrap()).collect();
    let (first, last) = (&stats[0], &stats[59]);
    assert_eq!((last.update, last.frames), (60, 60 * config.batch() as u64));
    assert!((first.entropy - 5.0_f64.ln()).abs() < 0.01, "play starts out uniform: {}", first.entropy);
    assert!(last.entropy < first.entropy);
    let (a, b) = (first.discounted_return.unwrap(), last.discounted_return.unwrap());
    assert!(a + 0.1 < b && last.episode_return == Some(1.0), "discounted return {a} to {b}");
    assert!(last.episode_length.unwrap() < first.episode_length.unwrap());
    // One reward of 1 at the end: discounting can only lose.
    assert!(stats.iter().all(|s| s.discounted_return.unwrap() <= s.episode_return.unwrap()));
    assert!(last.explained_variance.unwrap() > 0.5, "{last:?}");
    let cut = |s: &UpdateStats| (0.0..=1.0).contains(&s.clip_fraction.unwrap());
    assert!(stats.iter().all(|s| s.approx_kl >= Some(0.0) && cut(s) && s.grad_norm > 0.0));
}

/// A reward of 1 in every step of episodes that are one step long. Where each is cut short by the limit, the value
/// is that of going on for ever, 1 / (1 − γ) = 10; where each has ended, it is 1.
#[test]
fn truncation_is_bootstrapped_and_termination_is_not() {
    let value_after_training = |ended: Ended| {
        let config = AgentConfig { gamma: 0.9, lr: 3e-3, ..small() };
        let mut env = pool(HallKnobs::default(), 64).batch(config.lanes, 1, Events::NONE);
        let spec = *env.view().spec;
        let (events, ended) = (vec![Events::one(1); config.lanes], vec![ended; config.lanes]);
        let mut env = Paid { inner: &mut *env, events, ended };
        let mut learner = Learner::new(config.clone(), &spec, Reward::new(&[(1, 1.0)]), 0);
        for _ in 0..60 {
            learner.train_update(&mut env).unwrap();
        }
        let mut policy = NetPolicy::of(&learner, Play::Sampled);
        let (mut actions, mut values) = (vec![0; config.lanes], vec![0.0; config.lanes]);
        let mut rngs = vec![Rng::keyed(0, "x", 0); config.lanes];
        let mut out = Decisions { values: Some(&mut values), ..Decisions::of(&mut actions) };
        policy.act(&env.view(), &mut rngs, &mut out).unwrap();
        f64::from(values.iter().sum::<f32>()) / values.len() as f64
    };
    let (cut, over) = (value_after_training(Ended::Truncated), value_after_training(Ended::Terminated));
    assert!((8.0..11.0).contains(&cut), "truncated: {cut}, expected about 10");
    assert!((0.9..1.1).contains(&over), "terminated: {over}, expected about 1");
}

/// Pays event 1 in every step and says how every step ended.
struct Paid<'a> {
    inner: &'a mut dyn VecEnv,
    events: Vec<Events>,
    ended: Vec<Ended>,
}

impl VecEnv for Paid<'_> {
    fn lanes(&self) -> usize {
        self.inner.lanes()
    }
    fn restart(&mut self, plan: &LevelPlan) {
        self.inner.restart(plan);
    }
    fn set_palette(&mut self, palette: Option<f32>) {
        self.inner.set_palette(palette);
    }
    fn view(&self) -> StepView<'_> {
        self.inner.view()
    }
    fn step(&mut self, actions: &[u8]) -> StepView<'_> {
        StepView { events: &self.events, ended: &self.ended, ..self.inner.step(actions) }
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

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let bytes = |seed| train(small(), seed, 8).export();
    assert_eq!(bytes(5), bytes(5));
    assert_ne!(bytes(5).model, bytes(6).model);
}

#[test]
fn going_on_from_a_checkpoint_equals_never_having_stopped() {
    for first_layer in [FirstLayer::IndexSum, FirstLayer::Dense] {
        let config = AgentConfig { first_layer, ..small() };
        let mut env = corridor(config.lanes);
        let mut whole = Learner::new(config.clone(), env.view().spec, reward(), 9);
        let whole_stats: Vec<_> = (0..40).map(|_| whole.train_update(&mut *env).unwrap()).collect();
        let expected = whole.save(&*env);

        let mut env = corridor(config.lanes);
        let mut first = Learner::new(config.clone(), env.view().spec, reward(), 9);
        for _ in 0..17 {
            first.train_update(&mut *env).unwrap();
        }
        let saved = first.save(&*env);
        drop((first, env));
        let mut env = corridor(config.lanes);
        let mut second = Learner::resume(&saved, &mut *env).unwrap();
        assert_eq!((second.updates(), second.save(&*env)), (17, saved));
        let stats: Vec<_> = (17..40).map(|_| second.train_update(&mut *env).unwrap()).collect();
        assert_eq!(stats[..], whole_stats[17..]);
        assert_eq!(second.save(&*env), expected);
    }
}

#[test]
fn divergence_ends_within_one_update_and_names_the_tensor() {
    let first = |reward: Reward| -> Diverged {
        let config = small();
        let mut env = corridor(config.lanes);
        match Learner::new(config, env.view().spec, reward, 0).train_update(&mut *env).unwrap_err() {
            TrainError::Diverged(diverged) => diverged,
            other => panic!("{other}"),
        }
    };
    assert_eq!(first(Reward::new(&[(0, f32::NAN)])), Diverged { step: 0, tensor: "loss".into() });
    assert_eq!(first(Reward::new(&[(0, f32::INFINITY)])), Diverged { step: 0, tensor: "loss".into() });
    // Finite rewards whose squared error overflows.
    assert_eq!(first(Reward::new(&[(0, 3e38)])), Diverged { step: 0, tensor: "loss".into() });
}

#[test]
fn the_number_and_order_of_lanes_change_nothing() {
    let learner = train(small(), 2, 5);
    let levels = pool(HallKnobs::default(), 40);
    // What is decided on a level's first observation, by level.
    let decide = |lanes: usize| {
        let mut env = levels.clone().batch(lanes, 36, Events::NONE);
        env.restart(&LevelPlan::Once { ids: (0..40).collect(), seed: 0 });
        let mut policy = NetPolicy::of(&learner, Play::Sampled);
        let mut rngs: Vec<Rng> = (0..lanes as u64).map(|lane| Rng::keyed(4, "play", lane)).collect();
        let (mut actions, mut probs, mut values) = (vec![9; lanes], vec![9.0; lanes * 5], vec![9.0; lanes]);
        let out = &mut Decisions { probs: Some(&mut probs), values: Some(&mut values), ..Decisions::of(&mut actions) };
        policy.act(&env.view(), &mut rngs, out).unwrap();
        (actions, probs, values)
    };
    let (many, few) = (decide(64), decide(7));
    assert_eq!((&many.0[..7], &many.1[..35], &many.2[..7]), (&few.0[..], &few.1[..], &few.2[..]));
    assert!(many.2[40..].iter().all(|v| v.is_nan()) && many.1[200..].iter().all(|p| *p == 0.0), "idle lanes");
    let sums = few.1.chunks_exact(5).map(|p| p.iter().sum::<f32>());
    assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5));
}

#[test]
fn a_world_of_another_shape_is_refused() {
    let learner = train(small(), 2, 0);
    let mut other = env(HallKnobs { width: 8, ..Default::default() }, 4);
    other.restart(&LevelPlan::Endless { seed: 0 });
    let mut actions = [0; 4];
    let mut out = Decisions::of(&mut actions);
    let error = NetPolicy::of(&learner, Play::Greedy).act(&other.view(), &mut [Rng::keyed(0, "x", 0); 4], &mut out);
    assert!(error.unwrap_err().0.contains("width: 8"));
}
