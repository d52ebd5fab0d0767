//! Proximal policy optimisation, top to bottom: rollout, advantages, update.
//!
//! Schulman et al., "Proximal Policy Optimization Algorithms" (2017); the settings are [`PpoConfig`], the loss is
//! [`crate::loss`], and saving and resuming are in `checkpoint`.

use crate::adam::{Adam, Diverged};
use crate::config::{FirstLayer, PpoConfig};
use crate::curriculum::{Course, Curriculum, Kind, Levels};
use crate::loss::{Coefficients, PpoLoss, Rows, Terms};
use crate::math::log_softmax;
use crate::net::{Frozen, Input, Net, NetSpec};
use crate::rollout::{Episodes, Rollout, gae, pick};
use crate::view::{Features, ObsShape, Palette, View};
use candle_core::{Device, Tensor};
use misgen_core::{Ended, LevelPlan, ObsSpec, Reward, Rng, VecEnv};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What one update saw and did. Means over the episodes that ended in its rollout are `None` where none did.
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
    /// Mean clipped surrogate loss over the update's minibatches; the next five likewise.
    pub policy_loss: f64,
    /// Squared error of the values.
    pub value_loss: f64,
    /// Entropy of the policy in nats.
    pub entropy: f64,
    /// Estimated KL divergence of the new policy from the old.
    pub approx_kl: f64,
    /// Share of rows whose ratio was cut.
    pub clip_fraction: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// 1 − var(return − value) / var(return) of the rollout; `None` where all returns are equal.
    pub explained_variance: Option<f64>,
}

/// Everything that changes in training besides weights, moments and lanes; part of a checkpoint.
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
}

/// A PPO agent in training.
#[derive(Clone, Debug)]
pub struct Learner {
    pub(crate) config: PpoConfig,
    pub(crate) shape: ObsShape,
    pub(crate) net: Net,
    pub(crate) adam: Adam,
    pub(crate) progress: Progress,
    view: View,
    rollout: Rollout,
    /// The training pool, for a curriculum.
    levels: Option<Levels>,
}

impl Learner {
    /// A fresh agent for observations of `spec`, rewarded by `reward`. Everything that it draws, and the order in which
    /// its environment draws levels, follows from `seed`.
    ///
    /// # Panics
    /// When `config` does not pass [`PpoConfig::check`], or `spec` not [`ObsShape::check`].
    #[must_use]
    pub fn new(config: PpoConfig, spec: &ObsSpec, reward: Reward, seed: u64) -> Self {
        let shape = ObsShape::seen(config.view, spec);
        let net = net_spec(&config, &shape);
        let net = Net::new(net.clone(), net.initial(seed));
        let adam = Adam::new(net.params(), config.lr, config.adam_eps, config.grad_norm);
        let rngs = (0..config.lanes).map(|lane| Rng::keyed(seed, "act", lane as u64)).collect();
        let episodes = Episodes::new(config.lanes);
        let course = config.curriculum.map(|_| Course::default());
        let progress = Progress { seed, reward, updates: 0, frames: 0, rngs, episodes, course };
        Self::assemble(config, shape, net, adam, progress)
    }

    pub(crate) fn assemble(config: PpoConfig, shape: ObsShape, net: Net, adam: Adam, progress: Progress) -> Self {
        assert_eq!(config.check(), [], "the settings were checked");
        let view = View::new(config.view, &shape);
        Self { config, shape, net, adam, progress, view, rollout: Rollout::default(), levels: None }
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

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &PpoConfig {
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
        self.progress.updates * self.config.batch() as u64
    }

    /// Updates done.
    #[must_use]
    pub const fn updates(&self) -> u64 {
        self.progress.updates
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

    /// Collects one rollout and learns from it. The first call restarts `env`; every call wants the same one. Under a curriculum
    /// rollouts that are not learned from come before it, and each of them restarts `env`.
    ///
    /// # Errors
    /// When a logit, value, loss, gradient or weight is not finite. The learner is of no further use then.
    ///
    /// # Panics
    /// When `env` has not the settings' number of lanes or observations of another shape, or when a curriculum knows no levels
    /// ([`Learner::on_levels`]).
    pub fn train_update(&mut self, env: &mut dyn VecEnv) -> Result<UpdateStats, Diverged> {
        assert_eq!(env.lanes(), self.config.lanes, "lanes of the environment and of the settings");
        assert!(self.shape.matches(env.view().spec), "observations of another shape");
        match self.config.curriculum {
            Some(curriculum) => self.rehearse(&curriculum, env)?,
            None => {
                if self.progress.updates == 0 {
                    env.restart(&LevelPlan::Endless { seed: Rng::keyed(self.progress.seed, "levels", 0).next_u64() });
                }
                self.collect(env)?;
                self.progress.frames += self.config.batch() as u64;
            }
        }
        let roll = &mut self.rollout;
        let (gamma, lambda) = (self.config.gamma as f32, self.config.lambda as f32);
        roll.advantages = gae(gamma, lambda, self.config.lanes, &roll.rewards, &roll.values, &roll.done);
        let (losses, grad_norm) = self.learn()?;
        self.progress.updates += 1;
        let stats = self.stats(losses, grad_norm);
        tracing::debug!(update = stats.update, frames = stats.frames, episode_return = stats.episode_return);
        Ok(stats)
    }

    /// Rollouts that only score levels, until one is to be learned from; that one is left in place.
    fn rehearse(&mut self, curriculum: &Curriculum, env: &mut dyn VecEnv) -> Result<(), Diverged> {
        let (lanes, frames, seed) = (self.config.lanes, self.config.batch() as u64, self.progress.seed);
        let levels = self.levels.take().expect("a curriculum was told its levels");
        let mut course = self.progress.course.take().expect("a curriculum is in progress");
        let mut collected;
        loop {
            let rollout = course.rollouts;
            let mut rng = Rng::keyed(seed, "curriculum", rollout);
            let (kind, ids) = course.next(curriculum, &levels, lanes, &mut rng);
            env.restart(&LevelPlan::Lanes { ids: ids.clone(), seed: rng.next_u64() });
            // What the restart cut short is no episode.
            self.progress.episodes = Episodes::new(lanes);
            collected = self.collect(env);
            self.progress.frames += frames;
            // A lane in which none ended counts with what it has so far: every level that was played has a score.
            let Self { rollout, progress, .. } = self;
            for (lane, &level) in ids.iter().enumerate() {
                if rollout.played.iter().all(|(other, _)| *other != level) {
                    rollout.played.push((level, progress.episodes.running(lane)));
                }
            }
            course.told(kind, &ids, &self.rollout.played, curriculum, &levels);
            if collected.is_err() || kind == Kind::Replayed {
                break;
            }
        }
        self.levels = Some(levels);
        self.progress.course = Some(course);
        collected
    }

    /// Plays `steps` steps in every lane with the present weights.
    fn collect(&mut self, env: &mut dyn VecEnv) -> Result<(), Diverged> {
        let Self { config, net, view, progress, rollout: roll, adam, .. } = self;
        let diverged = |tensor: &str| Diverged { step: adam.steps(), tensor: tensor.into() };
        let mut frozen = Frozen::new(net.spec(), net.values());
        let (mut rows, mut logits, mut values) = (view.rows(), Vec::new(), Vec::new());
        let mut look = |lanes: &mut dyn Iterator<Item = (&[u8], u32)>, logits: &mut Vec<f32>, values: &mut Vec<f32>| {
            rows.clear();
            lanes.for_each(|(obs, level)| view.push(obs, Palette::training(level), &mut rows));
            frozen.forward(&rows, logits, values);
            match (logits.iter().all(|z| z.is_finite()), values.iter().all(|v| v.is_finite())) {
                (false, _) => Err(diverged("logits")),
                (true, false) => Err(diverged("values")),
                (true, true) => Ok(()),
            }
        };
        let bytes = env.view().spec.bytes();
        let n = env.view().spec.actions;
        let (mut log_probs, mut probs, mut actions) = (vec![0.0; n], vec![0.0; n], vec![0; config.lanes]);
        let (mut cut_logits, mut cut_values) = (Vec::new(), Vec::new());
        roll.clear();
        progress.episodes.forget_finished();
        for _ in 0..config.steps {
            let now = env.view();
            roll.obs.extend_from_slice(now.obs);
            roll.levels.extend_from_slice(now.level);
            look(&mut now.obs.chunks_exact(bytes).zip(now.level.iter().copied()), &mut logits, &mut values)?;
            roll.values.extend_from_slice(&values);
            for (lane, logits) in logits.chunks_exact(n).enumerate() {
                log_softmax(logits, &mut log_probs, &mut probs);
                let action = pick(&probs, &mut progress.rngs[lane]);
                actions[lane] = action;
                roll.log_probs.push(log_probs[usize::from(action)]);
            }
            roll.actions.extend_from_slice(&actions);
            let next = env.step(&actions);
            for (lane, (&events, &ended)) in next.events.iter().zip(next.ended).enumerate() {
                let reward = progress.reward.of(events);
                roll.rewards.push(reward);
                roll.done.push(ended != Ended::No);
                let over = progress.episodes.step(lane, f64::from(reward), ended != Ended::No, config.gamma);
                roll.played.extend(over.map(|discounted| (next.last_level[lane], discounted)));
            }
            // A truncated episode would have gone on: what lies beyond its last observation is paid at once.
            // A terminated one ends with nothing.
            let cut = |lane: &usize| next.ended[*lane] == Ended::Truncated;
            if (0..config.lanes).any(|lane| cut(&lane)) {
                let last = |lane: usize| (&next.last_obs[lane * bytes..][..bytes], next.last_level[lane]);
                look(&mut (0..config.lanes).filter(cut).map(last), &mut cut_logits, &mut cut_values)?;
                let start = roll.rewards.len() - config.lanes;
                for (lane, value) in (0..config.lanes).filter(cut).zip(&cut_values) {
                    roll.rewards[start + lane] += config.gamma as f32 * value;
                }
            }
        }
        let now = env.view();
        look(&mut now.obs.chunks_exact(bytes).zip(now.level.iter().copied()), &mut logits, &mut values)?;
        roll.values.extend_from_slice(&values);
        Ok(())
    }

    /// `epochs` passes over the rollout in shuffled minibatches. Returns the means of all terms and of the gradient's norm.
    fn learn(&mut self) -> Result<(Terms, f64), Diverged> {
        let Self { config, net, adam, view, progress, rollout: roll, .. } = self;
        let batch = config.batch();
        let bytes = roll.obs.len() / batch;
        let (mut sum, mut norms, mut count) = (Terms::default(), 0.0, 0.0);
        let mut order: Vec<u32> = (0..batch as u32).collect();
        for epoch in 0..config.epochs as u64 {
            let key = progress.updates * config.epochs as u64 + epoch;
            Rng::keyed(progress.seed, "shuffle", key).shuffle(&mut order);
            for part in 0..config.minibatches {
                let chosen = &order[part * batch / config.minibatches..(part + 1) * batch / config.minibatches];
                let mut features = view.rows();
                for &i in chosen {
                    let palette = Palette::training(roll.levels[i as usize]);
                    view.push(&roll.obs[i as usize * bytes..][..bytes], palette, &mut features);
                }
                let input = input(config.first_layer, features, view.features());
                let (terms, norm) = minibatch(net, adam, &input, roll.rows(chosen), coefficients(config))?;
                sum.policy += terms.policy;
                sum.value += terms.value;
                sum.entropy += terms.entropy;
                sum.kl += terms.kl;
                sum.clipped += terms.clipped;
                norms += norm;
                count += 1.0;
            }
        }
        for term in [&mut sum.policy, &mut sum.value, &mut sum.entropy, &mut sum.kl, &mut sum.clipped, &mut norms] {
            *term /= count;
        }
        Ok((sum, norms))
    }

    fn stats(&self, losses: Terms, grad_norm: f64) -> UpdateStats {
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
            grad_norm,
            explained_variance: self.rollout.explained_variance(),
        }
    }
}

/// Sizes of the net for `config` and `shape`.
pub(crate) fn net_spec(config: &PpoConfig, shape: &ObsShape) -> NetSpec {
    let features = View::new(config.view, shape).features();
    NetSpec { features, hidden: config.hidden.clone(), actions: shape.actions }
}

pub(crate) const fn coefficients(config: &PpoConfig) -> Coefficients {
    Coefficients { clip: config.clip as f32, value: config.value as f32, entropy: config.entropy as f32 }
}

/// Rows for the chosen kind of first layer.
pub(crate) fn input(kind: FirstLayer, rows: Features, features: usize) -> Input {
    match (kind, rows) {
        (FirstLayer::IndexSum, Features::Sparse(rows)) => Input::Sparse(Arc::new(rows)),
        (_, rows) => {
            let shape = (rows.rows(), features);
            let dense = Tensor::from_vec(rows.into_dense(features), shape, &Device::Cpu);
            Input::Dense(dense.expect("rows × features numbers"))
        }
    }
}

/// One optimiser step: forward, loss, backward, clipped Adam. Returns the terms and the gradient's norm before clipping.
pub(crate) fn minibatch(
    net: &Net,
    adam: &mut Adam,
    input: &Input,
    rows: Rows,
    coefficients: Coefficients,
) -> Result<(Terms, f64), Diverged> {
    const FITS: &str = "shapes follow from the settings";
    let (logits, values) = net.forward(input).expect(FITS);
    let (loss, terms) = PpoLoss::new(Arc::new(rows), coefficients).apply(&logits, &values).expect(FITS);
    let loss_finite = (terms.loss as f32).is_finite();
    let finite = [("logits", terms.logits_finite), ("values", terms.values_finite), ("loss", loss_finite)];
    if let Some((tensor, _)) = finite.into_iter().find(|(_, finite)| !finite) {
        return Err(Diverged { step: adam.steps(), tensor: tensor.into() });
    }
    let norm = adam.update(net.params(), &loss.backward().expect(FITS))?;
    Ok((terms, norm))
}
