//! An agent in training: what every algorithm has, and which one learns.

use crate::adam::{Adam, Diverged};
use crate::config::{AgentConfig, Algorithm};
use crate::curriculum::{Course, Levels};
use crate::net::{Net, NetSpec};
use crate::rollout::{Episodes, Rollout};
use crate::state::State;
use crate::view::{ObsShape, View};
use crate::{device, divdis, dqn, imitation, ppo};
use misgen_core::{Demonstrator, ObsSpec, Reward, Rng, VecEnv};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whoever makes a learner looks first.
pub(crate) const DEVICE_CHECKED: &str = "`check_device` found it";

/// What one update saw and did. Means over the episodes that ended in its rollout are `None` where none did; what an algorithm does
/// not have is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateStats {
    /// Updates done.
    pub update: u64,
    /// Environment steps done.
    pub frames: u64,
    /// Those of them that were learned from; the others only scored levels for a curriculum.
    pub trained_frames: u64,
    /// Episodes that ended in this rollout.
    pub episodes: u64,
    /// Their mean undiscounted return.
    pub episode_return: Option<f64>,
    /// Their mean return under the learner's discount.
    pub discounted_return: Option<f64>,
    /// Their mean length in steps.
    pub episode_length: Option<f64>,
    /// Loss of the policy: PPO's clipped surrogate, an imitator's cross-entropy, `DivDis`' whole loss. Like the next four a mean over the update's
    /// optimiser steps.
    pub policy_loss: Option<f64>,
    /// Error of the values: squared, or Huber's for deep Q-learning.
    pub value_loss: Option<f64>,
    /// Entropy of the policy in nats.
    pub entropy: f64,
    /// Estimated KL divergence of the new policy from the old.
    pub approx_kl: Option<f64>,
    /// Share of rows whose ratio was cut.
    pub clip_fraction: Option<f64>,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// 1 − var(return − value) / var(return) of the rollout; `None` where all returns are equal.
    pub explained_variance: Option<f64>,
}

/// What an update's optimiser steps found, in the mean.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Losses {
    pub(crate) policy: Option<f64>,
    pub(crate) value: Option<f64>,
    pub(crate) entropy: f64,
    pub(crate) kl: Option<f64>,
    pub(crate) clipped: Option<f64>,
    pub(crate) grad_norm: f64,
    pub(crate) explained_variance: Option<f64>,
}

/// Everything small that changes in training besides lanes; part of a checkpoint's JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    pub(crate) seed: u64,
    pub(crate) reward: Reward,
    pub(crate) updates: u64,
    pub(crate) frames: u64,
    /// One stream of action draws a lane.
    pub(crate) rngs: Vec<Rng>,
    pub(crate) episodes: Episodes,
    /// Where the settings ask for a curriculum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) course: Option<Course>,
    /// Which of several policies plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chosen: Option<usize>,
}

/// Who demonstrates, for algorithms that imitate.
pub struct Teacher {
    /// On the levels that the learner's own environment plays.
    pub demonstrator: Box<dyn Demonstrator>,
    /// Number of levels that are demonstrated: the first so many of the training pool.
    pub levels: u32,
    /// For `DivDis`: levels where proxies are free.
    pub unlabelled: Option<Unlabelled>,
}

/// Levels that an algorithm may look at, and a demonstrator of whom it asks little.
pub struct Unlabelled {
    /// Their environment, of as many lanes as the learner's.
    pub env: Box<dyn VecEnv>,
    /// On these levels.
    pub demonstrator: Box<dyn Demonstrator>,
    /// Number of levels.
    pub levels: u32,
}

/// An agent in training.
pub struct Learner {
    pub(crate) config: AgentConfig,
    pub(crate) shape: ObsShape,
    pub(crate) net: Net,
    pub(crate) adam: Adam,
    pub(crate) progress: Progress,
    pub(crate) state: State,
    pub(crate) view: View,
    pub(crate) rollout: Rollout,
    /// The training pool, for a curriculum.
    pub(crate) levels: Option<Levels>,
    pub(crate) teacher: Option<Teacher>,
}

impl fmt::Debug for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Learner")
            .field("config", &self.config)
            .field("updates", &self.updates())
            .finish_non_exhaustive()
    }
}

impl Learner {
    /// A fresh agent for observations of `spec`, rewarded by `reward`. Everything that it draws, and the order in which
    /// its environment draws levels, follows from `seed`. Updates are computed where [`crate::DEVICE`] says.
    ///
    /// # Panics
    /// When `config` does not pass [`AgentConfig::check`], `spec` not [`ObsShape::check`], or the environment not [`crate::check_device`].
    #[must_use]
    pub fn new(config: AgentConfig, spec: &ObsSpec, reward: Reward, seed: u64) -> Self {
        let shape = ObsShape::seen(config.view, spec);
        let spec = net_spec(&config, &shape);
        let net = Net::on(&device::open().expect(DEVICE_CHECKED), spec.clone(), spec.initial(seed));
        let adam = Adam::new(net.params(), config.lr, config.adam_eps, config.grad_norm, config.l2);
        let rngs = (0..config.lanes).map(|lane| Rng::keyed(seed, "act", lane as u64)).collect();
        let episodes = Episodes::new(config.lanes);
        let course = config.curriculum.map(|_| Course::default());
        let chosen = (config.algorithm.policies() > 1).then_some(0);
        let progress = Progress { seed, reward, updates: 0, frames: 0, rngs, episodes, course, chosen };
        let state = State::fresh(&config, &shape, &net);
        Self::assemble(config, shape, net, adam, progress, state)
    }

    pub(crate) fn assemble(
        config: AgentConfig,
        shape: ObsShape,
        net: Net,
        adam: Adam,
        progress: Progress,
        state: State,
    ) -> Self {
        assert_eq!(config.check(), [], "the settings were checked");
        let view = View::new(config.view, &shape);
        let rollout = Rollout::default();
        Self { config, shape, net, adam, progress, state, view, rollout, levels: None, teacher: None }
    }

    /// Tells a curriculum of the pool that the environment is over: before the first update, and after resuming. Without a
    /// curriculum it does nothing.
    ///
    /// # Errors
    /// When the pool does not serve the curriculum, or a resumed one is of another pool.
    pub fn on_levels(&mut self, levels: Levels) -> Result<(), String> {
        if let (Some(curriculum), Some(course)) = (&self.config.curriculum, &self.progress.course) {
            course.check(curriculum, &levels)?;
            self.levels = Some(levels);
        }
        Ok(())
    }

    /// Gives an algorithm that imitates whom to imitate: before the first update, and after resuming.
    pub fn taught_by(&mut self, teacher: Teacher) {
        self.teacher = Some(teacher);
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &AgentConfig {
        &self.config
    }

    /// Environment steps done, those that only scored levels for a curriculum included.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.progress.frames
    }

    /// Environment steps that were learned from.
    #[must_use]
    pub const fn trained_frames(&self) -> u64 {
        self.progress.updates * self.config.frames_an_update()
    }

    /// Updates done.
    #[must_use]
    pub const fn updates(&self) -> u64 {
        self.progress.updates
    }

    /// Optimiser steps done.
    #[must_use]
    pub const fn optimiser_steps(&self) -> u64 {
        self.adam.steps()
    }

    /// Whether the frames of the settings are done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.progress.frames >= self.config.frames
    }

    /// Sets how far training goes, so that a finished agent can go on.
    pub const fn extend(&mut self, frames: u64) {
        self.config.frames = frames;
    }

    /// Collects one rollout and learns from it. The first call restarts `env`; every call wants the same one. Where a curriculum or a
    /// demonstrator chooses the levels, each rollout restarts it, and a curriculum's rollouts that are not learned from come before.
    ///
    /// # Errors
    /// When a logit, value, loss, gradient or weight is not finite, or nobody can demonstrate a level. The learner is of no further use then.
    ///
    /// # Panics
    /// When `env` has not the settings' number of lanes or observations of another shape, when a curriculum knows no levels
    /// ([`Learner::on_levels`]), or when nobody demonstrates to an algorithm that imitates ([`Learner::taught_by`]).
    pub fn train_update(&mut self, env: &mut dyn VecEnv) -> Result<UpdateStats, TrainError> {
        assert_eq!(env.lanes(), self.config.lanes, "lanes of the environment and of the settings");
        assert!(self.shape.matches(env.view().spec), "observations of another shape");
        let losses = match self.config.algorithm {
            Algorithm::Ppo => ppo::update(self, env)?,
            Algorithm::Dqn(config) => dqn::update(self, env, &config)?,
            Algorithm::BehaviourCloning(_) => imitation::clone(self, env)?,
            Algorithm::Dagger(config) => imitation::dagger(self, env, &config)?,
            Algorithm::Divdis(config) => divdis::update(self, env, &config)?,
        };
        self.progress.updates += 1;
        let stats = self.stats(losses);
        tracing::debug!(update = stats.update, frames = stats.frames, episode_return = stats.episode_return);
        Ok(stats)
    }

    fn stats(&self, losses: Losses) -> UpdateStats {
        let (episodes, means) = self.progress.episodes.finished();
        let mean = |k: usize| means.map(|means| means[k]);
        UpdateStats {
            update: self.progress.updates,
            frames: self.progress.frames,
            trained_frames: self.trained_frames(),
            episodes,
            episode_return: mean(0),
            discounted_return: mean(1),
            episode_length: mean(2),
            policy_loss: losses.policy,
            value_loss: losses.value,
            entropy: losses.entropy,
            approx_kl: losses.kl,
            clip_fraction: losses.clipped,
            grad_norm: losses.grad_norm,
            explained_variance: losses.explained_variance,
        }
    }
}

/// Why training ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// A number stopped being one.
    #[error(transparent)]
    Diverged(#[from] Diverged),
    /// A level could not be demonstrated.
    #[error("{0}")]
    Demonstration(String),
}

/// Sizes of the net for `config` and `shape`.
pub(crate) fn net_spec(config: &AgentConfig, shape: &ObsShape) -> NetSpec {
    let view = View::new(config.view, shape);
    let conv = match view.picture() {
        Some(picture) => crate::net::ConvSpec::chain(picture, &config.conv),
        None => Vec::new(),
    };
    NetSpec {
        features: view.features(),
        conv,
        hidden: config.hidden.clone(),
        gru: config.gru,
        outputs: shape.actions * config.algorithm.policies(),
        value: config.algorithm == Algorithm::Ppo,
    }
}
