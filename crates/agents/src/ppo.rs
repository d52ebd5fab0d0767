//! Proximal policy optimisation, top to bottom: rollout, advantages, update.
//!
//! Schulman et al., "Proximal Policy Optimization Algorithms" (2017); the settings are [`AgentConfig`] and the loss is [`crate::loss`]. A
//! recurrent net is unrolled over the whole rollout, from what it remembered at its beginning.

use crate::adam::{Adam, Diverged};
use crate::config::{AgentConfig, FirstLayer};
use crate::curriculum::{Curriculum, Kind};
use crate::eye::{CueDropout, Eye};
use crate::learner::{Learner, Losses};
use crate::loss::{Coefficients, PpoLoss, Rows, Terms};
use crate::math::log_softmax;
use crate::net::{Input, Net, Sequence};
use crate::rollout::{Episodes, Rollout, gae, pick};
use crate::state::State;
use crate::view::{Features, Palette};
use candle_core::{Device, Tensor};
use misgen_core::{Ended, LevelPlan, Rng, VecEnv};
use std::sync::Arc;

/// Collects one rollout and learns from it.
pub(crate) fn update(learner: &mut Learner, env: &mut dyn VecEnv) -> Result<Losses, Diverged> {
    match learner.config.curriculum {
        Some(curriculum) => rehearse(learner, &curriculum, env)?,
        None => {
            if learner.progress.updates == 0 {
                env.restart(&LevelPlan::Endless { seed: Rng::keyed(learner.progress.seed, "levels", 0).next_u64() });
            }
            collect(learner, env)?;
            learner.progress.frames += learner.config.batch() as u64;
        }
    }
    let (config, roll) = (&learner.config, &mut learner.rollout);
    let (gamma, lambda) = (config.gamma as f32, config.lambda as f32);
    roll.advantages = gae(gamma, lambda, config.lanes, &roll.rewards, &roll.values, &roll.done);
    let (terms, grad_norm) = learn(learner)?;
    Ok(Losses {
        policy: Some(terms.policy),
        value: Some(terms.value),
        entropy: terms.entropy,
        kl: Some(terms.kl),
        clipped: Some(terms.clipped),
        grad_norm,
        explained_variance: learner.rollout.explained_variance(),
    })
}

/// Rollouts that only score levels, until one is to be learned from; that one is left in place.
fn rehearse(learner: &mut Learner, curriculum: &Curriculum, env: &mut dyn VecEnv) -> Result<(), Diverged> {
    let (lanes, frames, seed) = (learner.config.lanes, learner.config.batch() as u64, learner.progress.seed);
    let levels = learner.levels.take().expect("a curriculum was told its levels");
    let mut course = learner.progress.course.take().expect("a curriculum is in progress");
    let mut collected;
    loop {
        let rollout = course.rollouts;
        let mut rng = Rng::keyed(seed, "curriculum", rollout);
        let (kind, ids) = course.next(curriculum, &levels, lanes, &mut rng);
        env.restart(&LevelPlan::Lanes { ids: ids.clone(), seed: rng.next_u64() });
        // What the restart cut short is no episode.
        learner.progress.episodes = Episodes::new(lanes);
        collected = collect(learner, env);
        learner.progress.frames += frames;
        // A lane in which none ended counts with what it has so far: every level that was played has a score.
        let Learner { rollout, progress, .. } = learner;
        for (lane, &level) in ids.iter().enumerate() {
            if rollout.played.iter().all(|(other, _)| *other != level) {
                rollout.played.push((level, progress.episodes.running(lane)));
            }
        }
        course.told(kind, &ids, &rollout.played, curriculum, &levels);
        if collected.is_err() || kind == Kind::Replayed {
            break;
        }
    }
    learner.levels = Some(levels);
    learner.progress.course = Some(course);
    collected
}

/// Plays `steps` steps in every lane with the present weights.
fn collect(learner: &mut Learner, env: &mut dyn VecEnv) -> Result<(), Diverged> {
    let Learner { config, net, view, progress, rollout: roll, adam, state, .. } = learner;
    let diverged = |tensor: &str| Diverged { step: adam.steps(), tensor: tensor.into() };
    let mut eye = Eye::new(view, net, CueDropout::new(config.cue_dropout, env.view().spec));
    let units = eye.memory();
    let State::Memory(memory) = state else { unreachable!("PPO remembers what its net does") };
    let bytes = env.view().spec.bytes();
    let n = env.view().spec.actions;
    let (mut log_probs, mut probs, mut actions) = (vec![0.0; n], vec![0.0; n], vec![0; config.lanes]);
    roll.clear();
    roll.memory.clone_from(memory);
    progress.episodes.forget_finished();
    for _ in 0..config.steps {
        let now = env.view();
        for (lane, steps) in now.steps.iter().enumerate().filter(|_| units > 0) {
            roll.fresh.push(*steps == 0);
            if *steps == 0 {
                memory[lane * units..][..units].fill(0.0);
            }
        }
        let look = eye.look(now.obs.chunks_exact(bytes).zip(now.level.iter().copied()), memory).map_err(diverged)?;
        roll.obs.extend_from_slice(look.obs);
        roll.levels.extend_from_slice(now.level);
        roll.values.extend_from_slice(look.values);
        for (lane, logits) in look.policy.chunks_exact(n).enumerate() {
            log_softmax(logits, &mut log_probs, &mut probs);
            let action = pick(&probs, &mut progress.rngs[lane]);
            actions[lane] = action;
            roll.log_probs.push(log_probs[usize::from(action)]);
        }
        if units > 0 {
            memory.copy_from_slice(eye.remembered());
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
        let cut: Vec<usize> = (0..config.lanes).filter(|lane| next.ended[*lane] == Ended::Truncated).collect();
        if !cut.is_empty() {
            let last = |lane: &usize| (&next.last_obs[lane * bytes..][..bytes], next.last_level[*lane]);
            let remembered: Vec<f32> =
                cut.iter().flat_map(|lane| memory[lane * units..][..units].iter().copied()).collect();
            let look = eye.look(cut.iter().map(last), &remembered).map_err(diverged)?;
            let start = roll.rewards.len() - config.lanes;
            for (lane, value) in cut.iter().zip(look.values) {
                roll.rewards[start + lane] += config.gamma as f32 * value;
            }
        }
    }
    let now = env.view();
    let mut after = memory.clone();
    for (lane, _) in now.steps.iter().enumerate().filter(|(_, steps)| units > 0 && **steps == 0) {
        after[lane * units..][..units].fill(0.0);
    }
    let look = eye.look(now.obs.chunks_exact(bytes).zip(now.level.iter().copied()), &after).map_err(diverged)?;
    roll.values.extend_from_slice(look.values);
    Ok(())
}

/// `epochs` passes over the rollout in shuffled minibatches. Returns the means of all terms and of the gradient's norm.
fn learn(learner: &mut Learner) -> Result<(Terms, f64), Diverged> {
    let Learner { config, net, adam, view, progress, rollout: roll, .. } = learner;
    let batch = config.batch();
    let bytes = roll.obs.len() / batch;
    let (mut sum, mut norms, mut count) = (Terms::default(), 0.0, 0.0);
    // A recurrent net takes whole lanes.
    let units = net.spec().gru.unwrap_or(0);
    let drawn = if units > 0 { config.lanes } else { batch };
    let mut order: Vec<u32> = (0..drawn as u32).collect();
    for epoch in 0..config.epochs as u64 {
        let key = progress.updates * config.epochs as u64 + epoch;
        Rng::keyed(progress.seed, "shuffle", key).shuffle(&mut order);
        for part in config.pass(&order) {
            let (chosen, sequence) =
                if units > 0 { roll.unrolled(part, config.lanes, units) } else { (part.to_vec(), None) };
            let mut features = view.rows();
            for &i in &chosen {
                let palette = Palette::training(roll.levels[i as usize]);
                view.push(&roll.obs[i as usize * bytes..][..bytes], palette, &mut features);
            }
            let input = input(config, features, view.features());
            let (terms, norm) =
                minibatch(net, adam, &input, sequence.as_ref(), roll.rows(&chosen), coefficients(config))?;
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

impl Rollout {
    /// All rows of `lanes`, step by step, and how they belong together.
    fn unrolled(&self, lanes: &[u32], all: usize, units: usize) -> (Vec<u32>, Option<Arc<Sequence>>) {
        let steps = self.actions.len() / all;
        let chosen: Vec<u32> = (0..steps).flat_map(|t| lanes.iter().map(move |lane| (t * all) as u32 + lane)).collect();
        let fresh = chosen.iter().map(|i| self.fresh[*i as usize]).collect();
        let memory = lanes.iter().flat_map(|lane| self.memory[*lane as usize * units..][..units].iter().copied());
        (chosen, Some(Arc::new(Sequence { memory: memory.collect(), fresh })))
    }
}

pub(crate) const fn coefficients(config: &AgentConfig) -> Coefficients {
    Coefficients { clip: config.clip as f32, value: config.value as f32, entropy: config.entropy as f32 }
}

/// Rows for the first layer that the settings ask for.
pub(crate) fn input(config: &AgentConfig, rows: Features, features: usize) -> Input {
    match (config.first_layer, rows) {
        (FirstLayer::IndexSum, Features::Sparse(rows)) if config.conv.is_empty() => Input::Sparse(Arc::new(rows)),
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
    sequence: Option<&Arc<Sequence>>,
    rows: Rows,
    coefficients: Coefficients,
) -> Result<(Terms, f64), Diverged> {
    const FITS: &str = "shapes follow from the settings";
    let (logits, values) = net.forward(input, sequence).expect(FITS);
    let values = values.expect("PPO's net has a value head");
    let (loss, terms) = PpoLoss::new(Arc::new(rows), coefficients).apply(&logits, &values).expect(FITS);
    let loss_finite = (terms.loss as f32).is_finite();
    let finite = [("logits", terms.logits_finite), ("values", terms.values_finite), ("loss", loss_finite)];
    if let Some((tensor, _)) = finite.into_iter().find(|(_, finite)| !finite) {
        return Err(Diverged { step: adam.steps(), tensor: tensor.into() });
    }
    let norm = adam.update(net.params(), &loss.backward().expect(FITS))?;
    Ok((terms, norm))
}
