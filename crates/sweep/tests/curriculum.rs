//! Curricula in worlds of the registry: what they may play, what they are told, and that they learn.

use misgen_agents::{AccelConfig, AgentConfig, Curriculum, EditedTies, Estimator, Levels, PlrConfig};
use misgen_core::{AnyFamily, Kind, Law, LevelPlan, StepView, Tie};
use misgen_families::REGISTRY;
use misgen_solve::Behaviour;
use misgen_sweep::curriculum::{misfit, prepare};
use misgen_sweep::inputs::TrainingPool;
use misgen_sweep::train::{TrainingLevels, environment, train, training_levels};
use serde_json::Value;
use std::collections::BTreeSet;

fn settings(curriculum: Curriculum) -> AgentConfig {
    AgentConfig { curriculum: Some(curriculum), ..AgentConfig::default() }
}

fn accel(estimator: Estimator) -> AgentConfig {
    settings(Curriculum::Accel(AccelConfig {
        estimator,
        buffer: 256,
        ties: EditedTies::Support,
        ..AccelConfig::default()
    }))
}

/// Levels of `family` at `mix`, ready for `config`.
fn levels(family: &str, mix: f64, config: &AgentConfig, wanted: u32, held: &BTreeSet<[u8; 32]>) -> TrainingLevels {
    let family = REGISTRY.get(family).unwrap();
    let law = law(family.spec().name, mix);
    let wanted = TrainingPool { levels: wanted, seed: 7 };
    let levels = training_levels(family, &Value::Null, &law, wanted, held).unwrap();
    // Long enough for every family's episodes.
    let config = AgentConfig { lanes: 1, steps: 65_535, ..config.clone() };
    prepare(family, &law, levels, held, &config, 0).unwrap()
}

fn law(family: &str, mix: f64) -> Law {
    let spec = REGISTRY.get(family).unwrap().spec();
    Law::named(&spec, spec.laws[0].name).unwrap().mixed(mix)
}

fn course(levels: &TrainingLevels) -> &Levels {
    levels.course.as_ref().expect("levels that were prepared")
}

/// Every variant has the layout of its level and ties of the law: made again level by level from the law's rows, it is found.
#[test]
fn variants_of_every_family_are_of_the_law_and_of_their_layout() {
    for family in REGISTRY.iter() {
        let name = family.spec().name;
        for mix in [0.0, 0.5] {
            let law = law(name, mix);
            let levels = levels(name, mix, &accel(Estimator::MaxLatest), 12, &BTreeSet::new());
            let (pool, course) = (&levels.pool, course(&levels));
            assert_eq!(course.fresh, 12);
            let mut seen: BTreeSet<(u32, [u8; 32])> = BTreeSet::new();
            for level in 0..pool.len() {
                let (layout, ties) = (course.layouts[level], law.rows()[course.ties[level] as usize].ties);
                let key = misgen_core::LevelKey { ties, ..pool.key(layout as usize).unwrap() };
                let mut again = family.pool(&Value::Null).unwrap();
                (0..4).for_each(|placement| {
                    again.vary(&key, placement).unwrap();
                });
                let made: Vec<[u8; 32]> = (0..again.len()).map(|i| again.digest(i)).collect();
                assert!(made.contains(&pool.digest(level)), "{name} mix {mix}: level {level} is of another law");
                assert!(seen.insert((layout, pool.digest(level))), "{name} mix {mix}: level {level} twice");
            }
            if mix > 0.0 && !family.spec().supports.is_empty() {
                assert!(pool.len() > 12, "{name}: no variants");
            }
        }
    }
}

/// Where the goal's place alone tells the ties apart, the levels say it themselves.
#[test]
fn without_a_mix_no_curriculum_of_corner_ever_plays_a_level_that_breaks_the_tie() {
    let held = BTreeSet::new();
    for (mix, broken) in [(0.0, false), (0.3, true)] {
        let config = accel(Estimator::MaxLatest);
        let levels = levels("corner", mix, &config, 64, &held);
        let free = |level: usize| !levels.pool.text(level).map.starts_with('%');
        assert_eq!((0..levels.pool.len()).any(free), broken, "mix {mix}");
        let config = AgentConfig { lanes: 16, frames: 20_000, hidden: vec![8], ..config };
        let mut env = environment(&levels, &config);
        let mut learner = levels.learner(&config, 1);
        let mut free_played = 0;
        for _ in 0..12 {
            learner.train_update(env.as_mut()).unwrap();
            let played = env.view().level.iter().filter(|level| **level != StepView::NO_LEVEL);
            free_played += played.filter(|level| free(**level as usize)).count();
        }
        assert_eq!(free_played > 0, broken, "mix {mix}: {free_played} lanes");
    }
}

#[test]
fn variants_are_kept_apart_from_evaluation_levels_and_the_law_keeps_its_shares() {
    let config = accel(Estimator::MaxLatest);
    let free = levels("corner", 0.5, &config, 32, &BTreeSet::new());
    let held: BTreeSet<[u8; 32]> = (32..free.pool.len()).step_by(2).map(|i| free.pool.digest(i)).collect();
    let apart = levels("corner", 0.5, &config, 32, &held);
    assert!(!held.is_empty() && (0..apart.pool.len()).all(|i| !held.contains(&apart.pool.digest(i))));
    // New levels are those of the pool without variants, in their order.
    let plain = training_levels(
        REGISTRY.get("corner").unwrap(),
        &Value::Null,
        &law("corner", 0.5),
        TrainingPool { levels: 32, seed: 7 },
        &held,
    );
    let plain = plain.unwrap();
    assert!((0..32).all(|i| plain.pool.digest(i) == apart.pool.digest(i)));
}

#[test]
fn the_oracle_of_every_family_leaves_optimal_play_no_regret() {
    for family in REGISTRY.iter() {
        let spec = family.spec();
        if spec.kind == Kind::Continuing {
            continue;
        }
        let levels = levels(spec.name, 0.5, &accel(Estimator::Oracle), 4, &BTreeSet::new());
        let optimal = course(&levels).optimal.as_ref().unwrap();
        let limit = levels.pool.limit();
        for level in 0..levels.pool.len().min(6) {
            let best = optimal(level as u32).expect("small enough to solve");
            let process = misgen_solve::Process::new(0.97, limit);
            let book = misgen_solve::Book::new(&*levels.pool, level, &process, 250_000).unwrap();
            let rewarded = spec.training_reward.map_or(0, |_| spec.cues.len());
            let brings = |behaviour| book.expected(&[(1.0, behaviour)], None).values[rewarded];
            // Exact, but where a planner stands for the optimum: there both are means of rollouts.
            let (mine, off) = (brings(Behaviour::Pursue(rewarded)), if spec.is_planned() { 0.25 } else { 1e-9 });
            assert!((best - mine).abs() <= off * best.abs().max(1.0), "{} level {level}: {best}, {mine}", spec.name);
            let chance = brings(Behaviour::Uniform);
            assert!(chance <= best + off, "{} level {level}: {best}, chance {chance}", spec.name);
        }
    }
}

#[test]
fn each_curriculum_learns_corner() {
    let plr = |estimator| settings(Curriculum::Plr(PlrConfig { estimator, buffer: 256, ..PlrConfig::default() }));
    for estimator in [Estimator::MaxLatest, Estimator::Oracle] {
        for config in [plr(estimator), accel(estimator)] {
            let config = AgentConfig { frames: 200_000, ..config };
            let levels = levels("corner", 0.0, &config, 512, &BTreeSet::new());
            let trained = train(&levels, &config, 3, &mut |_| ()).unwrap();
            let last = trained.history.last().unwrap();
            assert!(last.frames > last.trained_frames && last.trained_frames > 40_000, "{last:?}");
            let mut env = environment(&levels, &config);
            env.restart(&LevelPlan::Endless { seed: 5 });
            let mut policy = misgen_agents::NetPolicy::of(&trained.learner, misgen_agents::Play::Sampled);
            let mut rngs = vec![misgen_core::Rng::keyed(0, "play", 0); config.lanes];
            let mut actions = vec![0; config.lanes];
            let (mut reached, mut ended) = (0, 0);
            for _ in 0..120 {
                let mut out = misgen_core::Decisions::of(&mut actions);
                misgen_core::Policy::act(&mut policy, &env.view(), &mut rngs, &mut out).unwrap();
                let view = env.step(&actions);
                reached += view.ended.iter().filter(|how| **how == misgen_core::Ended::Terminated).count();
                ended += view.ended.iter().filter(|how| **how != misgen_core::Ended::No).count();
            }
            let share = reached as f64 / ended as f64;
            assert!(share > 0.95, "{:?}: {share} of {ended} episodes", config.curriculum);
        }
    }
}

#[test]
fn a_rollout_that_holds_no_episode_of_every_level_is_refused() {
    let config = accel(Estimator::MaxLatest);
    let corner = REGISTRY.get("corner").unwrap().spec();
    assert_eq!(misfit(&config, &corner, 64), None);
    let (found, expected) = misfit(&config, &corner, 65).unwrap();
    assert!(found.contains("64 `steps`") && expected.contains("at least 65"), "{found}, {expected}");
    assert_eq!(misfit(&AgentConfig::default(), &corner, 65), None);
    let forest = REGISTRY.iter().map(AnyFamily::spec).find(|spec| spec.kind == Kind::Continuing).unwrap();
    assert!(misfit(&config, &forest, 10).unwrap().1.contains("episodes that end"));
    assert_eq!(law("corner", 0.0).rows()[0].ties.of(0), Tie::Bound);
}
