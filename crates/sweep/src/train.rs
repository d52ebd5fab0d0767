//! Training one agent: the pool it learns from, the loop, the learning curve.

use crate::inputs::TrainingPool;
use crate::teaching::Teaching;
use misgen_agents::{AgentConfig, Learner, Levels, TrainError, UpdateStats};
use misgen_core::{AnyFamily, Events, GenerateError, KnobError, Law, Pool, Rng, Split, VecEnv};
use misgen_evaluate::record::{CurvePoint, Training};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Points of a recorded learning curve, at most.
const CURVE_POINTS: usize = 60;

/// Training levels, and how they relate to evaluation levels.
pub struct TrainingLevels {
    /// The levels.
    pub pool: Arc<dyn Pool>,
    /// Candidates left out because an evaluation pool holds the same level.
    pub kept_apart: usize,
    /// Share of the pool that some evaluation pool holds too; above 0 only where the world is too small to keep them apart.
    pub overlap: f64,
    /// What a curriculum knows of them, where the agent has one ([`crate::curriculum::prepare`]).
    pub course: Option<Levels>,
    /// Whom the agent imitates, where it does.
    pub teaching: Option<Teaching>,
}

impl TrainingLevels {
    /// A fresh agent on these levels.
    ///
    /// # Panics
    /// When the settings ask for a curriculum or a teacher that the levels were not prepared for.
    #[must_use]
    pub fn learner(&self, config: &AgentConfig, seed: u64) -> Learner {
        let mut learner = Learner::new(config.clone(), &self.pool.obs_spec(), self.pool.spec().reward(), seed);
        self.tell(&mut learner).expect("a fresh curriculum fits every pool");
        learner
    }

    /// Tells the curriculum of a resumed agent of its levels, and gives an imitator its teacher.
    ///
    /// # Errors
    /// When the curriculum is of other levels.
    pub fn tell(&self, learner: &mut Learner) -> Result<(), String> {
        if let Some(teaching) = &self.teaching {
            learner.taught_by(teaching.teacher(&self.pool));
        }
        self.course.as_ref().map_or(Ok(()), |course| learner.on_levels(course.clone()))
    }

    /// Number of levels that the law gave.
    fn fresh(&self) -> usize {
        self.course.as_ref().map_or(self.pool.len(), |course| course.fresh as usize)
    }
}

/// Why training levels could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LevelsError {
    /// The knobs are refused.
    #[error(transparent)]
    Knobs(#[from] KnobError),
    /// Generation failed.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// The agent's curriculum does not go with the world.
    #[error("{0}")]
    Misfit(String),
}

/// Generates training levels under `law`, apart by content from those of `held`. Where half of the
/// candidates would have to go the world is too small for that: leaving them out would train on another
/// law, so all are kept and the overlap is reported.
///
/// # Errors
/// Refused knobs or exhausted generation.
pub fn training_levels(
    family: &dyn AnyFamily,
    knobs: &Value,
    law: &Law,
    wanted: TrainingPool,
    held: &BTreeSet<[u8; 32]>,
) -> Result<TrainingLevels, LevelsError> {
    let total = wanted.levels as usize;
    let mut all = family.pool(knobs)?;
    let mut apart = family.pool(knobs)?;
    let mut index = 0;
    while apart.len() < total && index < 2 * u64::from(wanted.levels) {
        let ties = law.draw(&mut Rng::keyed(wanted.seed, "law", index));
        apart.generate(wanted.seed, Split::Train, index, &ties)?;
        let last = apart.len() - 1;
        if all.len() < total {
            let key = apart.key(last).expect("generated levels have keys");
            all.regenerate(&key)?;
        }
        if held.contains(&apart.digest(last)) {
            apart.pop();
        }
        index += 1;
    }
    if apart.len() == total {
        let kept_apart = index as usize - total;
        return Ok(TrainingLevels { pool: Arc::from(apart), kept_apart, overlap: 0.0, course: None, teaching: None });
    }
    let shared = (0..all.len()).filter(|i| held.contains(&all.digest(*i))).count();
    let overlap = shared as f64 / all.len() as f64;
    Ok(TrainingLevels { pool: Arc::from(all), kept_apart: 0, overlap, course: None, teaching: None })
}

/// The environment that an agent trains in.
#[must_use]
pub fn environment(levels: &TrainingLevels, config: &AgentConfig) -> Box<dyn VecEnv> {
    environment_over(&levels.pool, config.lanes)
}

pub(crate) fn environment_over(pool: &Arc<dyn Pool>, lanes: usize) -> Box<dyn VecEnv> {
    Arc::clone(pool).batch(lanes, pool.spec().training_limit(pool.limit()), Events::NONE)
}

/// A trained agent.
pub struct Trained {
    /// It.
    pub learner: Learner,
    /// How it went, one entry an update.
    pub history: Vec<UpdateStats>,
}

/// Trains a fresh agent on `levels`. `step` takes the agent after each update.
///
/// # Errors
/// When a number stops being one, or a level cannot be demonstrated.
pub fn train(
    levels: &TrainingLevels,
    config: &AgentConfig,
    seed: u64,
    step: &mut dyn FnMut(&Learner),
) -> Result<Trained, TrainError> {
    let mut env = environment(levels, config);
    let mut learner = levels.learner(config, seed);
    let history = go_on(&mut learner, env.as_mut(), step)?;
    Ok(Trained { learner, history })
}

/// Trains until the frames of the agent's settings are done. `step` takes the agent after each update.
///
/// # Errors
/// When a number stops being one, or a level cannot be demonstrated.
pub fn go_on(
    learner: &mut Learner,
    env: &mut dyn VecEnv,
    step: &mut dyn FnMut(&Learner),
) -> Result<Vec<UpdateStats>, TrainError> {
    let mut history = Vec::new();
    let mut pace = Pace { tenths: learner.frames() * 10 / learner.config().frames.max(1) };
    while !learner.is_done() {
        let stats = learner.train_update(env)?;
        pace.tell(&stats, learner.config().frames);
        history.push(stats);
        step(learner);
    }
    Ok(history)
}

/// Tells the log how training goes, a line every tenth of the frames. How fast follows from the log's own times.
struct Pace {
    tenths: u64,
}

impl Pace {
    fn tell(&mut self, stats: &UpdateStats, total: u64) {
        let tenths = stats.frames * 10 / total.max(1);
        if tenths > self.tenths {
            self.tenths = tenths;
            let (frames, episode_return, entropy) = (stats.frames, stats.episode_return, stats.entropy);
            tracing::info!(frames, total, episode_return, entropy, "training");
        }
    }
}

/// What a result records of a training.
#[must_use]
pub fn record(levels: &TrainingLevels, learner: &Learner, history: &[UpdateStats]) -> Training {
    Training {
        frames: history.last().map_or(0, |last| last.frames),
        trained_frames: levels.course.as_ref().and(history.last()).map(|last| last.trained_frames),
        updates: learner.optimiser_steps(),
        levels: levels.fresh(),
        variants: levels.pool.len() - levels.fresh(),
        kept_apart: levels.kept_apart,
        overlap: levels.overlap,
        curve: curve(history),
        checkpoints: Vec::new(),
        help: Vec::new(),
    }
}

/// The learning curve, neighbouring updates joined into at most [`CURVE_POINTS`] points.
fn curve(history: &[UpdateStats]) -> Vec<CurvePoint> {
    let join = history.len().div_ceil(CURVE_POINTS).max(1);
    let point = |updates: &[UpdateStats]| {
        let episodes: u64 = updates.iter().map(|u| u.episodes).sum();
        let over_episodes = |value: fn(&UpdateStats) -> Option<f64>| {
            let sum: f64 = updates.iter().filter_map(|u| Some(value(u)? * u.episodes as f64)).sum();
            (episodes > 0).then(|| sum / episodes as f64)
        };
        CurvePoint {
            frames: updates.last().map_or(0, |u| u.frames),
            episode_return: over_episodes(|u| u.episode_return),
            episode_length: over_episodes(|u| u.episode_length),
            entropy: updates.iter().map(|u| u.entropy).sum::<f64>() / updates.len() as f64,
        }
    };
    history.chunks(join).map(point).collect()
}

/// The file of a learner's learning curve.
pub const CURVE_FILE: &str = "train.csv";

/// `train.csv`: every update. Under a curriculum there is one column more: not all frames are trained on.
#[must_use]
pub fn csv(history: &[UpdateStats]) -> Vec<u8> {
    let optional = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
    let mut text = String::from(
        "update,frames,episodes,episode_return,discounted_return,episode_length,policy_loss,value_loss,entropy,approx_kl,clip_fraction,grad_norm,explained_variance",
    );
    let scored = history.iter().any(|u| u.trained_frames != u.frames);
    text.push_str(if scored { ",trained_frames\n" } else { "\n" });
    for u in history {
        let fields = [
            u.update.to_string(),
            u.frames.to_string(),
            u.episodes.to_string(),
            optional(u.episode_return),
            optional(u.discounted_return),
            optional(u.episode_length),
            optional(u.policy_loss),
            optional(u.value_loss),
            u.entropy.to_string(),
            optional(u.approx_kl),
            optional(u.clip_fraction),
            u.grad_norm.to_string(),
            optional(u.explained_variance),
        ];
        text.push_str(&fields.join(","));
        if scored {
            text.push_str(&format!(",{}", u.trained_frames));
        }
        text.push('\n');
    }
    text.into_bytes()
}
