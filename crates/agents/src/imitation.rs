//! Imitation of the best play for the training reward: behaviour cloning and `DAgger`.
//!
//! Pomerleau, "ALVINN" (1988); Ross, Gordon and Bagnell, "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
//! Learning" (2011), algorithm 3.1. A demonstration is a set of equally good actions, and its law is uniform over them.

use crate::adam::Diverged;
use crate::config::DaggerConfig;
use crate::eye::{CueDropout, Eye};
use crate::learner::{Learner, Losses, TrainError};
use crate::math::log_softmax;
use crate::ops::Scored;
use crate::ppo::input;
use crate::rollout::{Episodes, pick};
use crate::state::{Kind, Ring, State, Stored, levels_in, levels_out, put};
use crate::view::{Palette, View};
use misgen_core::{Demonstrator, Ended, LevelPlan, Rng, VecEnv, one_of};
use safetensors::Dtype;

/// Steps with the actions that the best play would have taken, in a ring.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    ring: Ring,
    /// Bytes of an observation.
    bytes: usize,
    obs: Vec<u8>,
    levels: Vec<u32>,
    /// Sets of equally good actions; empty where nobody said.
    pub(crate) best: Vec<u16>,
}

/// Collects demonstrations on the demonstrator's own way and learns from them.
pub(crate) fn clone(learner: &mut Learner, env: &mut dyn VecEnv) -> Result<Losses, TrainError> {
    let mut seen = Seen::new(learner.config.batch(), env.view().spec.bytes());
    show(learner, env, 1.0, &mut seen)?;
    let mut order: Vec<u32> = (0..learner.config.batch() as u32).collect();
    let (seed, first) = (learner.progress.seed, learner.progress.updates * learner.config.epochs as u64);
    Ok(learn(learner, &seen, |epoch| {
        Rng::keyed(seed, "shuffle", first + epoch).shuffle(&mut order);
        order.clone()
    })?)
}

/// Collects a rollout in which the learner acts more and more itself, and learns from all that was ever seen.
pub(crate) fn dagger(learner: &mut Learner, env: &mut dyn VecEnv, config: &DaggerConfig) -> Result<Losses, TrainError> {
    let State::Seen(mut seen) = std::mem::replace(&mut learner.state, State::Memory(Vec::new())) else {
        unreachable!("DAgger remembers what it saw")
    };
    let share = crate::math::power(config.decay, learner.progress.updates);
    let shown = show(learner, env, share, &mut seen);
    let (seed, first) = (learner.progress.seed, learner.progress.updates * learner.config.epochs as u64);
    let batch = learner.config.batch();
    let learned = shown.and_then(|()| {
        let draw = |epoch| {
            let mut rng = Rng::keyed(seed, "replay", first + epoch);
            (0..batch).map(|_| rng.below(seen.len() as u32)).collect()
        };
        Ok(learn(learner, &seen, draw)?)
    });
    learner.state = State::Seen(seen);
    learned
}

/// Levels for each lane of a rollout, and the seed of its chance.
pub(crate) fn plan(seed: u64, purpose: &str, update: u64, lanes: usize, levels: u32) -> LevelPlan {
    let mut rng = Rng::keyed(seed, purpose, update);
    let ids = (0..lanes).map(|_| rng.below(levels)).collect();
    LevelPlan::Lanes { ids, seed: rng.next_u64() }
}

/// One rollout on demonstrated levels. The demonstrator acts in each lane with chance `share`, the learner in the others; what the best
/// play would have done is noted everywhere. Statistics count the learner's episodes alone.
pub(crate) fn show(learner: &mut Learner, env: &mut dyn VecEnv, share: f64, seen: &mut Seen) -> Result<(), TrainError> {
    let Learner { config, net, view, progress, adam, teacher, .. } = learner;
    let teacher = teacher.as_mut().expect("an imitator was given a teacher");
    let diverged = |tensor: &str| Diverged { step: adam.steps(), tensor: tensor.into() };
    let (bytes, n) = (env.view().spec.bytes(), env.view().spec.actions);
    let dropout = CueDropout::new(config.cue_dropout, env.view().spec);
    let mut coins = Rng::keyed(progress.seed, "demonstrator", progress.updates);
    let shown: Vec<bool> = (0..config.lanes).map(|_| coins.chance(share)).collect();
    let mut eye = shown.iter().any(|shown| !shown).then(|| Eye::new(view, net, dropout));
    env.restart(&plan(progress.seed, "demonstrated", progress.updates, config.lanes, teacher.levels));
    progress.episodes = Episodes::new(config.lanes);
    let (mut best, mut actions) = (vec![0; config.lanes], vec![0; config.lanes]);
    let (mut log_probs, mut probs, mut obs) = (vec![0.0; n], vec![0.0; n], vec![0; bytes]);
    for _ in 0..config.steps {
        teacher.demonstrator.advise(env, &mut best).map_err(TrainError::Demonstration)?;
        let now = env.view();
        let said = match &mut eye {
            Some(eye) => {
                let lanes = now.obs.chunks_exact(bytes).zip(now.level.iter().copied());
                Some(eye.look(lanes, &[]).map_err(diverged)?.policy)
            }
            None => None,
        };
        for lane in 0..config.lanes {
            obs.copy_from_slice(now.lane(lane));
            dropout.hide(now.level[lane], &mut obs);
            seen.push(&obs, now.level[lane], best[lane]);
            actions[lane] = match said {
                Some(said) if !shown[lane] => {
                    log_softmax(&said[lane * n..][..n], &mut log_probs, &mut probs);
                    pick(&probs, &mut progress.rngs[lane])
                }
                _ => one_of(best[lane], &mut progress.rngs[lane]),
            };
        }
        env.step(&actions);
        teacher.demonstrator.follow(env, &actions);
        let next = env.view();
        for lane in (0..config.lanes).filter(|lane| !shown[*lane]) {
            let reward = f64::from(progress.reward.of(next.events[lane]));
            progress.episodes.step(lane, reward, next.ended[lane] != Ended::No, config.gamma);
        }
    }
    progress.frames += config.batch() as u64;
    Ok(())
}

/// `epochs` passes over the rows that `order` names, in minibatches.
fn learn(learner: &mut Learner, seen: &Seen, mut order: impl FnMut(u64) -> Vec<u32>) -> Result<Losses, Diverged> {
    const FITS: &str = "shapes follow from the settings";
    let Learner { config, net, adam, view, .. } = learner;
    let (mut sum, mut entropies, mut norms, mut count) = (0.0, 0.0, 0.0, 0.0);
    for epoch in 0..config.epochs as u64 {
        let order = order(epoch);
        for chosen in config.pass(&order) {
            let input = input(config, seen.rows(view, chosen), view.features());
            let best: Vec<u16> = chosen.iter().map(|i| seen.best[*i as usize]).collect();
            let (logits, _) = net.forward(&input, None).expect(FITS);
            let (loss, (error, entropy)) = Scored::by(&logits, |logits| {
                let (error, gradient, entropy) = cross_entropy(logits, &best);
                (error, gradient, (error, entropy))
            })
            .expect(FITS);
            if !error.is_finite() {
                return Err(Diverged { step: adam.steps(), tensor: "loss".into() });
            }
            norms += adam.update(net.params(), &loss.backward().expect(FITS))?;
            sum += error;
            entropies += entropy;
            count += 1.0;
        }
    }
    Ok(Losses { policy: Some(sum / count), entropy: entropies / count, grad_norm: norms / count, ..Losses::default() })
}

/// Mean cross-entropy of the policy of `logits[rows, actions]` with the uniform law over each row's set, its gradient by the logits, and
/// the policy's mean entropy.
pub(crate) fn cross_entropy(logits: &[f32], best: &[u16]) -> (f64, Vec<f32>, f64) {
    let n = logits.len() / best.len();
    let share = 1.0 / best.len() as f32;
    let (mut log_probs, mut probs) = (vec![0.0; n], vec![0.0; n]);
    let (mut sum, mut entropies, mut gradient) = (0.0, 0.0, vec![0.0; logits.len()]);
    for ((logits, &set), gradient) in logits.chunks_exact(n).zip(best).zip(gradient.chunks_exact_mut(n)) {
        entropies += f64::from(log_softmax(logits, &mut log_probs, &mut probs));
        let weight = 1.0 / set.count_ones() as f32;
        for (a, d) in gradient.iter_mut().enumerate() {
            let wanted = if set >> a & 1 == 1 { weight } else { 0.0 };
            sum -= f64::from(wanted * log_probs[a]);
            *d = share * (probs[a] - wanted);
        }
    }
    (sum / best.len() as f64, gradient, entropies / best.len() as f64)
}

impl Seen {
    pub(crate) const fn new(capacity: usize, bytes: usize) -> Self {
        Self { ring: Ring::new(capacity, 0), bytes, obs: Vec::new(), levels: Vec::new(), best: Vec::new() }
    }

    pub(crate) const fn len(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn push(&mut self, obs: &[u8], level: u32, best: u16) {
        let at = self.ring.next();
        put(&mut self.obs, at, obs);
        put(&mut self.levels, at, &[level]);
        put(&mut self.best, at, &[best]);
    }

    /// Features of the rows that `chosen` names.
    pub(crate) fn rows(&self, view: &View, chosen: &[u32]) -> crate::view::Features {
        let mut rows = view.rows();
        for i in chosen.iter().map(|i| *i as usize) {
            view.push(&self.obs[i * self.bytes..][..self.bytes], Palette::training(self.levels[i]), &mut rows);
        }
        rows
    }

    pub(crate) fn kinds(capacity: usize, bytes: usize, frames: u64) -> Vec<Kind> {
        let rows = Ring::new(capacity, frames).len();
        vec![
            Kind::new("seen.obs", Dtype::U8, &[rows, bytes]),
            Kind::new("seen.levels", Dtype::U32, &[rows]),
            Kind::new("seen.best", Dtype::U16, &[rows]),
        ]
    }

    pub(crate) fn bytes(&self) -> Vec<Vec<u8>> {
        let best = self.best.iter().flat_map(|set| set.to_le_bytes()).collect();
        vec![self.obs.clone(), levels_out(&self.levels), best]
    }

    pub(crate) fn read(
        capacity: usize,
        bytes: usize,
        actions: usize,
        frames: u64,
        tensors: Vec<Stored>,
    ) -> Result<Self, String> {
        let [obs, levels, best] = <[Stored; 3]>::try_from(tensors).ok().expect("as many tensors as there are kinds");
        let best: Vec<u16> = best.bytes.as_chunks::<2>().0.iter().map(|chunk| u16::from_le_bytes(*chunk)).collect();
        if best.iter().any(|set| *set == 0 || u32::from(*set) >> actions.min(16) != 0) {
            return Err(format!("a set in `seen.best` that is empty or has more than the {actions} actions"));
        }
        let ring = Ring::new(capacity, frames);
        Ok(Self { ring, bytes, obs: obs.bytes, levels: levels_in(&levels.bytes), best })
    }
}

/// Notes a demonstrator's whole way through `levels` levels, an episode each.
pub(crate) fn demonstrated(
    env: &mut dyn VecEnv,
    demonstrator: &mut dyn Demonstrator,
    levels: u32,
    seed: u64,
) -> Result<Seen, TrainError> {
    let lanes = env.lanes();
    env.restart(&LevelPlan::Once { ids: (0..levels).collect(), seed });
    let mut rng = Rng::keyed(seed, "demonstrator", 0);
    let (mut best, mut actions, mut all) = (vec![0; lanes], vec![0; lanes], Vec::new());
    loop {
        demonstrator.advise(env, &mut best).map_err(TrainError::Demonstration)?;
        if best.iter().all(|set| *set == 0) {
            break;
        }
        let now = env.view();
        for lane in (0..lanes).filter(|lane| best[*lane] != 0) {
            all.push((now.lane(lane).to_vec(), now.level[lane], best[lane]));
            actions[lane] = one_of(best[lane], &mut rng);
        }
        env.step(&actions);
        demonstrator.follow(env, &actions);
    }
    let mut seen = Seen::new(all.len().max(1), env.view().spec.bytes());
    all.iter().for_each(|(obs, level, best)| seen.push(obs, *level, *best));
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_agrees_with_a_worked_example() {
        // Two actions of probability ½; the first row wants one of them, the second both: ln 2 each.
        let (loss, gradient, entropy) = cross_entropy(&[0.0; 4], &[0b01, 0b11]);
        assert!((loss - std::f64::consts::LN_2).abs() < 1e-6 && (entropy - std::f64::consts::LN_2).abs() < 1e-6);
        assert_eq!(gradient, [-0.25, 0.25, 0.0, 0.0]);
    }
}
