//! Every algorithm and every kind of net: learns a small world to its known optimum, resumes exactly, ends when numbers do.

mod common;

use common::{Hall, HallKnobs, pool};
use misgen_agents::{
    AgentConfig, Algorithm, Checkpoint, CloningConfig, DaggerConfig, DivDisConfig, DqnConfig, Learner, NetPolicy, Play,
    Teacher, TrainError, Unlabelled, ViewKind,
};
use misgen_core::{
    Decisions, Demonstrator, Ended, Events, Family, LevelPlan, Policy, Pool, Reward, Rng, StepView, TypedPool, VecEnv,
};
use std::sync::Arc;

const LIMIT: u16 = 36;

/// Walks along the corridor towards the target: up, left, down, right, stay.
struct Walker {
    halls: Arc<TypedPool<Hall>>,
}

impl Demonstrator for Walker {
    fn advise(&mut self, env: &dyn VecEnv, out: &mut [u16]) -> Result<(), String> {
        let view = env.view();
        for (lane, out) in out.iter_mut().enumerate() {
            *out = match view.level[lane] {
                StepView::NO_LEVEL => 0,
                id => {
                    let at = view.lane(lane).iter().position(|cell| cell & 2 != 0).expect("the agent is somewhere");
                    if at > usize::from(self.halls.level(id as usize).target) { 1 << 1 } else { 1 << 3 }
                }
            };
        }
        Ok(())
    }

    fn follow(&mut self, _: &dyn VecEnv, _: &[u8]) {}
}

fn halls() -> Arc<TypedPool<Hall>> {
    pool(HallKnobs::default(), 256)
}

fn reward() -> Reward {
    Hall::CUES[0].reward()
}

fn small() -> AgentConfig {
    AgentConfig { hidden: vec![32, 32], lanes: 16, steps: 32, frames: 60_000, ..AgentConfig::default() }
}

fn with(algorithm: Algorithm) -> AgentConfig {
    AgentConfig { algorithm, ..small() }
}

fn dqn() -> AgentConfig {
    let dqn = DqnConfig { replay: 3000, updates: 32, batch: 64, target: 64, ..DqnConfig::default() };
    with(Algorithm::Dqn(dqn))
}

/// One of each, with a name.
fn every() -> [(&'static str, AgentConfig); 8] {
    let grid = AgentConfig { view: ViewKind::Grid, ..small() };
    [
        ("dqn", dqn()),
        ("behaviour cloning", with(Algorithm::BehaviourCloning(CloningConfig::default()))),
        ("dagger", with(Algorithm::Dagger(DaggerConfig { aggregate: 3000, ..DaggerConfig::default() }))),
        ("divdis", with(Algorithm::Divdis(DivDisConfig::default()))),
        ("convolutions", AgentConfig { conv: vec![8, 8], frames: 120_000, ..grid }),
        ("gru", AgentConfig { gru: Some(24), ..small() }),
        ("l2", AgentConfig { l2: 1e-4, ..small() }),
        ("cue dropout", AgentConfig { cue_dropout: 0.2, ..small() }),
    ]
}

struct World {
    env: Box<dyn VecEnv>,
    learner: Learner,
}

fn teach(learner: &mut Learner, lanes: usize) {
    let halls = halls();
    let walker = || Box::new(Walker { halls: Arc::clone(&halls) });
    let env = Arc::clone(&halls).batch(lanes, LIMIT, Events::NONE);
    let unlabelled = Unlabelled { env, demonstrator: walker(), levels: 256 };
    learner.taught_by(Teacher { demonstrator: walker(), levels: 256, unlabelled: Some(unlabelled) });
}

fn world(config: &AgentConfig, seed: u64) -> World {
    let env = halls().batch(config.lanes, LIMIT, Events::NONE);
    let mut learner = Learner::new(config.clone(), env.view().spec, reward(), seed);
    if config.algorithm.demonstrated().is_some() {
        teach(&mut learner, config.lanes);
    }
    World { env, learner }
}

/// Plays every hall once; (share ended by the target, mean length).
fn play(policy: &mut NetPolicy, lanes: usize) -> (f64, f64) {
    let mut env = halls().batch(lanes, LIMIT, Events::NONE);
    env.restart(&LevelPlan::Once { ids: (0..256).collect(), seed: 0 });
    let (mut reached, mut steps) = (0, 0);
    let mut actions = vec![0; lanes];
    while env.view().level.iter().any(|&id| id != StepView::NO_LEVEL) {
        // Streams of the level and step alone, so that lanes change nothing.
        let view = env.view();
        let stream = |lane: usize| Rng::keyed(u64::from(view.level[lane]), "play", u64::from(view.steps[lane]));
        let mut rngs: Vec<Rng> = (0..lanes).map(stream).collect();
        policy.act(&view, &mut rngs, &mut Decisions::of(&mut actions)).unwrap();
        let view = env.step(&actions);
        steps += view.ended.iter().filter(|&&ended| ended != Ended::Idle).count();
        reached += view.ended.iter().filter(|&&ended| ended == Ended::Terminated).count();
    }
    (reached as f64 / 256.0, steps as f64 / 256.0)
}

#[test]
fn every_algorithm_and_net_learns_to_walk_straight_to_the_target() {
    let best = common::best_length(&halls());
    for (what, config) in every() {
        let World { mut env, mut learner } = world(&config, 1);
        while !learner.is_done() {
            let stats = learner.train_update(&mut *env).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(stats.grad_norm > 0.0 && stats.entropy >= 0.0, "{what}: {stats:?}");
        }
        let (reached, length) = play(&mut NetPolicy::of(&learner, Play::Greedy), 16);
        assert_eq!(reached, 1.0, "{what}: every target is reached");
        assert!(length <= best + 0.05, "{what}: {length} steps, the best play takes {best}");
        let (sampled, _) = play(&mut NetPolicy::of(&learner, Play::Sampled), 16);
        assert!(sampled > 0.99, "{what}: sampled play reaches {sampled}");
        let again = play(&mut NetPolicy::of(&learner, Play::Sampled), 5);
        assert_eq!(again, play(&mut NetPolicy::of(&learner, Play::Sampled), 16), "{what}: lanes change nothing");
    }
}

#[test]
fn going_on_from_a_checkpoint_equals_never_having_stopped() {
    for (what, config) in every() {
        let World { mut env, learner: mut whole } = world(&config, 9);
        let stats: Vec<_> = (0..9).map(|_| whole.train_update(&mut *env).unwrap()).collect();
        let expected = whole.save(&*env);

        let World { mut env, learner: mut first } = world(&config, 9);
        for _ in 0..4 {
            first.train_update(&mut *env).unwrap();
        }
        let saved = first.save(&*env);
        let mut env = halls().batch(config.lanes, LIMIT, Events::NONE);
        let mut second = Learner::resume(&saved, &mut *env).unwrap_or_else(|error| panic!("{what}: {error}"));
        teach(&mut second, config.lanes);
        assert_eq!(second.save(&*env), saved, "{what}: what was read is what was written");
        let rest: Vec<_> = (4..9).map(|_| second.train_update(&mut *env).unwrap()).collect();
        assert_eq!(rest, stats[4..], "{what}");
        assert_eq!(second.save(&*env), expected, "{what}");
        // What is exported plays as the learner does.
        let loaded = NetPolicy::load(&second.export(), Play::Sampled).unwrap();
        assert_eq!(play(&mut loaded.clone(), 16), play(&mut NetPolicy::of(&second, Play::Sampled), 16), "{what}");
    }
}

#[test]
fn a_reward_that_is_no_number_ends_deep_q_learning() {
    let config = dqn();
    let mut env = halls().batch(config.lanes, LIMIT, Events::NONE);
    let mut learner = Learner::new(config, env.view().spec, Reward::new(&[(0, f32::NAN)]), 0);
    let error = (0..20).find_map(|_| learner.train_update(&mut *env).err());
    assert!(matches!(error, Some(TrainError::Diverged(_))), "{error:?}");
}

/// A demonstrator that knows nothing of one level.
struct Lost;

impl Demonstrator for Lost {
    fn advise(&mut self, _: &dyn VecEnv, _: &mut [u16]) -> Result<(), String> {
        Err("level 3 is too large".into())
    }
    fn follow(&mut self, _: &dyn VecEnv, _: &[u8]) {}
}

#[test]
fn a_level_that_nobody_can_demonstrate_ends_imitation_with_a_reason() {
    let config = with(Algorithm::Dagger(DaggerConfig::default()));
    let World { mut env, mut learner } = world(&config, 0);
    learner.taught_by(Teacher { demonstrator: Box::new(Lost), levels: 8, unlabelled: None });
    let error = learner.train_update(&mut *env).unwrap_err();
    assert_eq!(error, TrainError::Demonstration("level 3 is too large".into()));
}

/// What is remembered is of actions and sets that exist, whatever a damaged file says.
#[test]
fn memories_that_no_training_has_are_refused() {
    for (what, tensor, config) in [
        ("dqn", "replay.actions", dqn()),
        ("dagger", "seen.best", with(Algorithm::Dagger(DaggerConfig { aggregate: 3000, ..DaggerConfig::default() }))),
    ] {
        let World { mut env, mut learner } = world(&config, 0);
        learner.train_update(&mut *env).unwrap();
        let saved = learner.save(&*env);
        let header_length = u64::from_le_bytes(saved.model[..8].try_into().unwrap()) as usize;
        let header: serde_json::Value = serde_json::from_slice(&saved.model[8..8 + header_length]).unwrap();
        let start = header[tensor]["data_offsets"][0].as_u64().unwrap() as usize;
        let mut model = saved.model.clone();
        model[8 + header_length + start] = 200;
        let refused = Learner::resume(&Checkpoint { model, ..saved }, &mut *env).unwrap_err().to_string();
        assert!(refused.contains(tensor), "{what}: {refused}");
    }
}

/// Two lanes of one hall, of which one looks the same at its beginning as the other later: only memory tells them apart.
#[test]
fn a_recurrent_net_forgets_at_the_beginning_of_an_episode_and_not_before() {
    let config = AgentConfig { gru: Some(8), ..small() };
    let World { learner, .. } = world(&config, 2);
    let mut env = halls().batch(1, LIMIT, Events::NONE);
    let probs = |policy: &mut NetPolicy, env: &dyn VecEnv| {
        let (mut actions, mut probs) = ([0], vec![0.0; 5]);
        let mut out = Decisions { probs: Some(&mut probs), ..Decisions::of(&mut actions) };
        policy.act(&env.view(), &mut [Rng::keyed(0, "x", 0)], &mut out).unwrap();
        probs
    };
    let mut policy = NetPolicy::of(&learner, Play::Greedy);
    env.restart(&LevelPlan::Once { ids: vec![0], seed: 0 });
    let first = probs(&mut policy, &*env);
    // Staying shows the same observation again.
    env.step(&[4]);
    let second = probs(&mut policy, &*env);
    assert_ne!(first, second, "the second look remembers the first");
    env.restart(&LevelPlan::Once { ids: vec![0], seed: 0 });
    assert_eq!(probs(&mut policy, &*env), first);
}
