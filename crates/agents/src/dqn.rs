//! Deep Q-learning, top to bottom: steps into a replay buffer, then optimiser steps on rows of it.
//!
//! Mnih et al., "Human-level control through deep reinforcement learning" (2015), with the double estimate of van Hasselt, Guez and Silver,
//! "Deep Reinforcement Learning with Double Q-learning" (2016), eq. 4. The net's policy head says the action values.

use crate::adam::Diverged;
use crate::config::DqnConfig;
use crate::eye::{CueDropout, Eye};
use crate::learner::{Learner, Losses};
use crate::net::Net;
use crate::ops::{Scored, with_floats};
use crate::ppo::input;
use crate::state::{Kind, Ring, State, Stored, floats_in, floats_out, levels_in, levels_out, put};
use crate::view::Palette;
use misgen_core::{Ended, LevelPlan, Rng, VecEnv, first_largest};
use safetensors::Dtype;

/// Collects one rollout into the buffer and learns from rows of all that is in it.
pub(crate) fn update(learner: &mut Learner, env: &mut dyn VecEnv, config: &DqnConfig) -> Result<Losses, Diverged> {
    if learner.progress.updates == 0 {
        env.restart(&LevelPlan::Endless { seed: Rng::keyed(learner.progress.seed, "levels", 0).next_u64() });
    }
    let epsilon = epsilon(config, learner.progress.frames, learner.config.frames);
    collect(learner, env, epsilon)?;
    learner.progress.frames += learner.config.batch() as u64;
    let (error, grad_norm) = learn(learner, config)?;
    Ok(Losses {
        value: Some(error),
        entropy: entropy(epsilon, env.view().spec.actions),
        grad_norm,
        ..Losses::default()
    })
}

/// Chance of a uniform action after `frames` of `total`: it falls from 1 in a straight line.
fn epsilon(config: &DqnConfig, frames: u64, total: u64) -> f64 {
    let done = frames as f64 / (config.explore * total as f64).max(1.0);
    if done >= 1.0 { config.epsilon } else { 1.0 + done * (config.epsilon - 1.0) }
}

/// Probability of the best of `actions` actions and of each other one in play that is uniform with chance `epsilon`.
pub(crate) fn shares(epsilon: f64, actions: usize) -> (f32, f32) {
    let other = epsilon / actions as f64;
    ((1.0 - epsilon + other) as f32, other as f32)
}

/// Entropy of that play in nats.
fn entropy(epsilon: f64, actions: usize) -> f64 {
    let (best, other) = shares(epsilon, actions);
    let part = |p: f32| if p > 0.0 { -f64::from(p) * f64::from(crate::math::ln(p)) } else { 0.0 };
    part(best) + (actions - 1) as f64 * part(other)
}

/// Plays `steps` steps in every lane.
fn collect(learner: &mut Learner, env: &mut dyn VecEnv, epsilon: f64) -> Result<(), Diverged> {
    let Learner { config, net, view, progress, adam, state, .. } = learner;
    let State::Replay(replay) = state else { unreachable!("deep Q-learning remembers steps") };
    let diverged = |tensor: &str| Diverged { step: adam.steps(), tensor: tensor.into() };
    let dropout = CueDropout::new(config.cue_dropout, env.view().spec);
    let mut eye = Eye::new(view, net, dropout);
    let (bytes, n) = (env.view().spec.bytes(), env.view().spec.actions);
    let (mut actions, mut seen, mut after) = (vec![0; config.lanes], Vec::new(), vec![0; bytes]);
    progress.episodes.forget_finished();
    for _ in 0..config.steps {
        let now = env.view();
        let look = eye.look(now.obs.chunks_exact(bytes).zip(now.level.iter().copied()), &[]).map_err(diverged)?;
        look.obs.clone_into(&mut seen);
        for ((action, values), rng) in actions.iter_mut().zip(look.policy.chunks_exact(n)).zip(&mut progress.rngs) {
            *action = if rng.chance(epsilon) { rng.below(n as u32) as u8 } else { first_largest(values) };
        }
        let next = env.step(&actions);
        for (lane, &action) in actions.iter().enumerate() {
            let (reward, ended) = (progress.reward.of(next.events[lane]), next.ended[lane]);
            progress.episodes.step(lane, f64::from(reward), ended != Ended::No, config.gamma);
            let (level, range) = (next.last_level[lane], lane * bytes..(lane + 1) * bytes);
            after.copy_from_slice(if ended == Ended::No {
                &next.obs[range.clone()]
            } else {
                &next.last_obs[range.clone()]
            });
            dropout.hide(level, &mut after);
            replay.push(&seen[range], &after, level, action, reward, ended == Ended::Terminated);
        }
    }
    Ok(())
}

/// Returns the mean error and the mean norm of the gradient.
fn learn(learner: &mut Learner, dqn: &DqnConfig) -> Result<(f64, f64), Diverged> {
    const FITS: &str = "shapes follow from the settings";
    let Learner { config, net, adam, view, progress, state, .. } = learner;
    let State::Replay(replay) = state else { unreachable!("deep Q-learning remembers steps") };
    let (mut errors, mut norms) = (0.0, 0.0);
    let mut target = Net::on(net.device(), net.spec().clone(), replay.target.clone());
    for step in 0..dqn.updates as u64 {
        let mut rng = Rng::keyed(progress.seed, "replay", progress.updates * dqn.updates as u64 + step);
        let chosen: Vec<usize> = (0..dqn.batch).map(|_| rng.below(replay.ring.len() as u32) as usize).collect();
        let look = |obs: &[u8]| {
            let mut rows = view.rows();
            for &i in &chosen {
                view.push(&obs[i * replay.bytes..][..replay.bytes], Palette::training(replay.levels[i]), &mut rows);
            }
            input(config, rows, view.features())
        };
        // The net chooses what the target net values.
        let after = look(&replay.after);
        let (by_net, by_target) =
            (net.forward(&after, None).expect(FITS).0, target.forward(&after, None).expect(FITS).0);
        let n = net.spec().outputs;
        let beyond: Vec<f32> = with_floats(&by_net.detach(), |by_net| {
            with_floats(&by_target.detach(), |by_target| {
                let rows = by_net.chunks_exact(n).zip(by_target.chunks_exact(n));
                rows.map(|(by_net, by_target)| by_target[usize::from(first_largest(by_net))]).collect()
            })
        })
        .and_then(|beyond| beyond)
        .expect(FITS);
        let targets = chosen.iter().zip(beyond).map(|(&i, beyond)| {
            let goes_on = if replay.ended[i] { 0.0 } else { config.gamma as f32 };
            (usize::from(replay.actions[i]), replay.rewards[i] + goes_on * beyond)
        });
        let (values, _) = net.forward(&look(&replay.obs), None).expect(FITS);
        let targets: Vec<(usize, f32)> = targets.collect();
        let (loss, error) = Scored::by(&values, |values| huber(values, &targets)).expect(FITS);
        if !error.is_finite() {
            return Err(Diverged { step: adam.steps(), tensor: "loss".into() });
        }
        norms += adam.update(net.params(), &loss.backward().expect(FITS))?;
        errors += error;
        if adam.steps() % dqn.target == 0 {
            replay.target = net.values();
            target = Net::on(net.device(), net.spec().clone(), replay.target.clone());
        }
    }
    Ok((errors / dqn.updates as f64, norms / dqn.updates as f64))
}

/// Mean Huber error (δ = 1) of the value of each row's action, and its gradient by all values; the error a second time.
pub(crate) fn huber(values: &[f32], targets: &[(usize, f32)]) -> (f64, Vec<f32>, f64) {
    let n = values.len() / targets.len();
    let share = 1.0 / targets.len() as f32;
    let (mut sum, mut gradient) = (0.0, vec![0.0; values.len()]);
    for (i, &(action, target)) in targets.iter().enumerate() {
        let error = values[i * n + action] - target;
        sum += f64::from(if error.abs() <= 1.0 { 0.5 * error * error } else { error.abs() - 0.5 });
        gradient[i * n + action] = share * error.clamp(-1.0, 1.0);
    }
    let mean = sum / targets.len() as f64;
    (mean, gradient, mean)
}

/// Steps to learn from again, in a ring, and the weights that value what comes after them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Replay {
    ring: Ring,
    /// Bytes of an observation.
    bytes: usize,
    obs: Vec<u8>,
    after: Vec<u8>,
    levels: Vec<u32>,
    actions: Vec<u8>,
    rewards: Vec<f32>,
    /// Whether nothing lies beyond.
    ended: Vec<bool>,
    /// In the order of the net's parameters.
    target: Vec<Vec<f32>>,
}

impl Replay {
    pub(crate) fn new(capacity: usize, bytes: usize, target: Vec<Vec<f32>>) -> Self {
        Self {
            ring: Ring::new(capacity, 0),
            bytes,
            obs: Vec::new(),
            after: Vec::new(),
            levels: Vec::new(),
            actions: Vec::new(),
            rewards: Vec::new(),
            ended: Vec::new(),
            target,
        }
    }

    fn push(&mut self, obs: &[u8], after: &[u8], level: u32, action: u8, reward: f32, ended: bool) {
        let at = self.ring.next();
        put(&mut self.obs, at, obs);
        put(&mut self.after, at, after);
        put(&mut self.levels, at, &[level]);
        put(&mut self.actions, at, &[action]);
        put(&mut self.rewards, at, &[reward]);
        put(&mut self.ended, at, &[ended]);
    }

    pub(crate) fn kinds(capacity: usize, bytes: usize, net: &[(String, Vec<usize>)], frames: u64) -> Vec<Kind> {
        let rows = Ring::new(capacity, frames).len();
        let mut kinds = vec![
            Kind::new("replay.obs", Dtype::U8, &[rows, bytes]),
            Kind::new("replay.after", Dtype::U8, &[rows, bytes]),
            Kind::new("replay.levels", Dtype::U32, &[rows]),
            Kind::new("replay.actions", Dtype::U8, &[rows]),
            Kind::new("replay.rewards", Dtype::F32, &[rows]),
            Kind::new("replay.ended", Dtype::U8, &[rows]),
        ];
        kinds.extend(net.iter().map(|(name, shape)| Kind::new(format!("target.{name}"), Dtype::F32, shape)));
        kinds
    }

    pub(crate) fn bytes(&self) -> Vec<Vec<u8>> {
        let mut all = vec![
            self.obs.clone(),
            self.after.clone(),
            levels_out(&self.levels),
            self.actions.clone(),
            floats_out(&self.rewards),
            self.ended.iter().map(|ended| u8::from(*ended)).collect(),
        ];
        all.extend(self.target.iter().map(|values| floats_out(values)));
        all
    }

    pub(crate) fn read(
        capacity: usize,
        bytes: usize,
        known: usize,
        frames: u64,
        tensors: Vec<Stored>,
    ) -> Result<Self, String> {
        let mut tensors = tensors.into_iter().map(|stored| stored.bytes);
        let mut next = || tensors.next().expect("as many tensors as there are kinds");
        let (obs, after, levels, actions, rewards, ended) = (next(), next(), next(), next(), next(), next());
        if let Some(action) = actions.iter().find(|action| usize::from(**action) >= known) {
            return Err(format!("action {action} in `replay.actions`, but there are {known}"));
        }
        Ok(Self {
            ring: Ring::new(capacity, frames),
            bytes,
            obs,
            after,
            levels: levels_in(&levels),
            actions,
            rewards: floats_in(&rewards),
            ended: ended.into_iter().map(|ended| ended != 0).collect(),
            target: tensors.map(|values| floats_in(&values)).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_agrees_with_a_worked_example() {
        // Errors −.5 (quadratic: .125) and 3 (linear: 2.5), each half of the mean.
        let (mean, gradient, _) = huber(&[0.5, 9.0, 9.0, 4.0], &[(0, 1.0), (1, 1.0)]);
        assert_eq!((mean, gradient), ((0.125 + 2.5) / 2.0, vec![-0.25, 0.0, 0.0, 0.5]));
    }

    #[test]
    fn exploration_falls_in_a_straight_line_and_stays() {
        let config = DqnConfig { epsilon: 0.1, explore: 0.5, ..DqnConfig::default() };
        let at = |frames| epsilon(&config, frames, 1000);
        assert_eq!((at(0), at(500), at(1000)), (1.0, 0.1, 0.1));
        assert!((at(250) - 0.55).abs() < 1e-12);
        assert_eq!(epsilon(&DqnConfig { explore: 0.0, ..config }, 1, 1000), 0.1);
    }

    #[test]
    fn the_ring_forgets_the_oldest() {
        let mut replay = Replay::new(2, 1, Vec::new());
        for step in 0..3_u8 {
            replay.push(&[step], &[step + 1], 0, step, 0.0, false);
        }
        assert_eq!((replay.obs, replay.after, replay.ring.len()), (vec![2, 1], vec![3, 2], 2));
    }

    #[test]
    fn the_entropy_is_that_of_play() {
        assert!((entropy(1.0, 4) - 4.0_f64.ln()).abs() < 1e-6);
        assert_eq!(entropy(0.0, 4), 0.0);
    }
}
