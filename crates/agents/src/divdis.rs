//! `DivDis`: two policies that imitate alike on training levels and disagree where proxies are free, and a choice between them from a few
//! demonstrations there.
//!
//! Lee, Yao and Finn, "Diversify and Disambiguate: Out-of-Distribution Robustness via Disagreement" (2023), section 3: the cross-entropy of
//! both heads on labelled rows, the mutual information of their predictions on unlabelled ones (eq. 1) and the divergence of each head's mean
//! prediction there from that of the labels (eq. 2). Labels are demonstrations; unlabelled rows are seen by following either policy.

use crate::adam::Diverged;
use crate::config::DivDisConfig;
use crate::eye::{CueDropout, Eye};
use crate::imitation::{Seen, cross_entropy, demonstrated, plan, show};
use crate::learner::{Learner, Losses, TrainError};
use crate::math::{ln, log_softmax};
use crate::ops::{Scored, with_floats};
use crate::ppo::input;
use crate::rollout::pick;
use misgen_core::{Rng, VecEnv};

/// How many policies there are.
pub(crate) const HEADS: usize = 2;

/// One rollout of demonstrations, one of unlabelled play, `epochs` passes over both; then the choice.
pub(crate) fn update(learner: &mut Learner, env: &mut dyn VecEnv, config: &DivDisConfig) -> Result<Losses, TrainError> {
    let mut labelled = Seen::new(learner.config.batch(), env.view().spec.bytes());
    show(learner, env, 1.0, &mut labelled)?;
    let unlabelled = unlabelled(learner)?;
    let losses = learn(learner, &labelled, &unlabelled, config.diversity as f32)?;
    learner.progress.chosen = Some(choose(learner, config.labelled)?);
    Ok(losses)
}

/// Observations where proxies are free; every other lane follows the other policy.
fn unlabelled(learner: &mut Learner) -> Result<Seen, TrainError> {
    let Learner { config, net, view, progress, adam, teacher, .. } = learner;
    let other = teacher.as_mut().and_then(|teacher| teacher.unlabelled.as_mut()).expect("unlabelled levels were given");
    let env = &mut other.env;
    let diverged = |tensor: &str| Diverged { step: adam.steps(), tensor: tensor.into() };
    env.restart(&plan(progress.seed, "unlabelled", progress.updates, config.lanes, other.levels));
    let (bytes, n) = (env.view().spec.bytes(), env.view().spec.actions);
    let mut eye = Eye::new(view, net, CueDropout::new(0.0, env.view().spec));
    let mut seen = Seen::new(config.batch(), bytes);
    let mut actions = vec![0; config.lanes];
    let (mut log_probs, mut probs) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..config.steps {
        let now = env.view();
        let lanes = now.obs.chunks_exact(bytes).zip(now.level.iter().copied());
        let look = eye.look(lanes, &[]).map_err(diverged)?;
        for (lane, said) in look.policy.chunks_exact(HEADS * n).enumerate() {
            seen.push(now.lane(lane), now.level[lane], 0);
            log_softmax(&said[lane % HEADS * n..][..n], &mut log_probs, &mut probs);
            actions[lane] = pick(&probs, &mut progress.rngs[lane]);
        }
        env.step(&actions);
    }
    progress.frames += config.batch() as u64;
    Ok(seen)
}

fn learn(learner: &mut Learner, labelled: &Seen, unlabelled: &Seen, diversity: f32) -> Result<Losses, Diverged> {
    const FITS: &str = "shapes follow from the settings";
    let Learner { config, net, adam, view, progress, .. } = learner;
    let (mut sum, mut entropies, mut norms, mut count) = (0.0, 0.0, 0.0, 0.0);
    let mut order: Vec<u32> = (0..config.batch() as u32).collect();
    for epoch in 0..config.epochs as u64 {
        let key = progress.updates * config.epochs as u64 + epoch;
        Rng::keyed(progress.seed, "shuffle", key).shuffle(&mut order);
        for chosen in config.pass(&order) {
            let said = |seen: &Seen| {
                let input = input(config, seen.rows(view, chosen), view.features());
                net.forward(&input, None).expect(FITS).0
            };
            let best: Vec<u16> = chosen.iter().map(|i| labelled.best[*i as usize]).collect();
            let (agree, (error, entropy)) = Scored::by(&said(labelled), |logits| alike(logits, &best)).expect(FITS);
            let prior = prior(&best, net.spec().outputs / HEADS);
            let (differ, apart) = Scored::by(&said(unlabelled), |logits| {
                let (loss, gradient) = disagreement(logits, &prior, diversity);
                (loss, gradient, loss)
            })
            .expect(FITS);
            if !(error + apart).is_finite() {
                return Err(Diverged { step: adam.steps(), tensor: "loss".into() });
            }
            let loss = (agree + differ).expect(FITS);
            norms += adam.update(net.params(), &loss.backward().expect(FITS))?;
            sum += error + apart;
            entropies += entropy;
            count += 1.0;
        }
    }
    let (policy, entropy, grad_norm) = (Some(sum / count), entropies / count, norms / count);
    Ok(Losses { policy, entropy, grad_norm, ..Losses::default() })
}

/// Both policies' cross-entropy with the demonstrations, summed, its gradient, and with it the mean entropy of the two.
fn alike(logits: &[f32], best: &[u16]) -> (f64, Vec<f32>, (f64, f64)) {
    let n = logits.len() / best.len() / HEADS;
    let mut gradient = vec![0.0; logits.len()];
    let (mut loss, mut entropy) = (0.0, 0.0);
    for head in 0..HEADS {
        let (error, by_head, nats) = cross_entropy(&of_head(logits, head, n), best);
        loss += error;
        entropy += nats / HEADS as f64;
        onto_head(&by_head, head, n, &mut gradient);
    }
    (loss, gradient, (loss, entropy))
}

/// The outputs of one policy, `[rows, actions]`.
fn of_head(logits: &[f32], head: usize, n: usize) -> Vec<f32> {
    logits.chunks_exact(HEADS * n).flat_map(|row| row[head * n..][..n].iter().copied()).collect()
}

fn onto_head(from: &[f32], head: usize, n: usize, to: &mut [f32]) {
    for (row, values) in to.chunks_exact_mut(HEADS * n).zip(from.chunks_exact(n)) {
        row[head * n..][..n].copy_from_slice(values);
    }
}

/// Share of each action among demonstrations, a little of it spread over all so that no logarithm is of 0.
fn prior(best: &[u16], actions: usize) -> Vec<f32> {
    const SPREAD: f32 = 0.01;
    let mut prior = vec![SPREAD / actions as f32; actions];
    for set in best {
        let share = (1.0 - SPREAD) / (set.count_ones() as f32 * best.len() as f32);
        (0..actions).filter(|a| set >> a & 1 == 1).for_each(|a| prior[a] += share);
    }
    prior
}

/// `weight` times the mutual information of the two policies' actions over the rows, plus that of each policy's mean from `prior` (its
/// Kullback-Leibler divergence); and the gradient by the logits `[rows, 2 * actions]`.
pub(crate) fn disagreement(logits: &[f32], prior: &[f32], weight: f32) -> (f64, Vec<f32>) {
    let n = prior.len();
    let rows = logits.len() / (HEADS * n);
    let share = 1.0 / rows as f32;
    let mut probs = vec![0.0; logits.len()];
    let mut log_probs = vec![0.0; n];
    for (logits, probs) in logits.chunks_exact(n).zip(probs.chunks_exact_mut(n)) {
        log_softmax(logits, &mut log_probs, probs);
    }
    let (mut joint, mut means) = (vec![0.0_f32; n * n], vec![0.0_f32; HEADS * n]);
    for row in probs.chunks_exact(HEADS * n) {
        means.iter_mut().zip(row).for_each(|(mean, p)| *mean += share * p);
        for (a, p) in row[..n].iter().enumerate() {
            joint[a * n..][..n].iter_mut().zip(&row[n..]).for_each(|(joint, q)| *joint += share * p * q);
        }
    }
    // Probabilities are positive, but may be too small to tell from 0.
    let log = |p: f32| ln(p.max(1e-30));
    let information: Vec<f32> = (0..n * n).map(|k| log(joint[k]) - log(means[k / n]) - log(means[n + k % n])).collect();
    let divergence: Vec<f32> = (0..HEADS * n).map(|k| log(means[k]) - log(prior[k % n])).collect();
    let total = |p: &[f32], logs: &[f32]| -> f64 { p.iter().zip(logs).map(|(p, l)| f64::from(p * l)).sum() };
    let loss = f64::from(weight) * (total(&joint, &information) + total(&means, &divergence));
    let mut gradient = vec![0.0; logits.len()];
    for (row, gradient) in probs.chunks_exact(HEADS * n).zip(gradient.chunks_exact_mut(HEADS * n)) {
        for head in 0..HEADS {
            let (own, other) = (&row[head * n..][..n], &row[(1 - head) * n..][..n]);
            // By a probability; constants vanish in the step through the softmax.
            let by: Vec<f32> = (0..n)
                .map(|a| {
                    let at = |b: usize| if head == 0 { a * n + b } else { b * n + a };
                    (0..n).map(|b| other[b] * information[at(b)]).sum::<f32>() + divergence[head * n + a]
                })
                .collect();
            let mean: f32 = own.iter().zip(&by).map(|(p, d)| p * d).sum();
            for ((d, p), by) in gradient[head * n..][..n].iter_mut().zip(own).zip(by) {
                *d = weight * share * p * (by - mean);
            }
        }
    }
    (loss, gradient)
}

/// The policy that explains the demonstrations on the first `levels` unlabelled levels better; the first of equals.
fn choose(learner: &mut Learner, levels: u32) -> Result<usize, TrainError> {
    const FITS: &str = "shapes follow from the settings";
    let Learner { config, net, view, progress, teacher, .. } = learner;
    let other = teacher.as_mut().and_then(|teacher| teacher.unlabelled.as_mut()).expect("unlabelled levels were given");
    let levels = levels.min(other.levels);
    let seen = demonstrated(&mut *other.env, &mut *other.demonstrator, levels, progress.seed)?;
    let all: Vec<u32> = (0..seen.len() as u32).collect();
    let (logits, _) = net.forward(&input(config, seen.rows(view, &all), view.features()), None).expect(FITS);
    let n = net.spec().outputs / HEADS;
    let errors = with_floats(&logits.detach(), |logits| {
        [0, 1].map(|head| cross_entropy(&of_head(logits, head, n), &seen.best).0)
    })
    .expect(FITS);
    Ok(usize::from(errors[1] < errors[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_agrees_with_worked_examples() {
        // Two policies that always agree and are certain, on two rows of different actions: ln 2, and no divergence from the prior.
        let certain = 30.0;
        let same = [certain, 0.0, certain, 0.0, 0.0, certain, 0.0, certain];
        let (loss, _) = disagreement(&same, &[0.5, 0.5], 1.0);
        assert!((loss - std::f64::consts::LN_2).abs() < 1e-5, "{loss}");
        // The second acts alike in all four rows, whatever the first does: nothing in common.
        let apart = [
            certain, 0.0, certain, 0.0, certain, 0.0, 0.0, certain, 0.0, certain, certain, 0.0, 0.0, certain, 0.0,
            certain,
        ];
        let (loss, _) = disagreement(&apart, &[0.5, 0.5], 1.0);
        assert!(loss.abs() < 1e-5, "{loss}");
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let mut rng = Rng::keyed(0, "test", 0);
        let logits: Vec<f32> = (0..5 * 6).map(|_| 2.0 * rng.uniform() as f32 - 1.0).collect();
        let prior = [0.2, 0.5, 0.3];
        let (_, gradient) = disagreement(&logits, &prior, 1.7);
        for i in 0..logits.len() {
            let at = |h: f32| {
                let mut moved = logits.clone();
                moved[i] += h;
                disagreement(&moved, &prior, 1.7).0
            };
            let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((slope - f64::from(gradient[i])).abs() < 1e-4, "{i}: {} for {slope}", gradient[i]);
        }
    }

    #[test]
    fn a_prior_is_a_law() {
        let prior = prior(&[0b001, 0b110, 0b001], 3);
        assert!((prior.iter().sum::<f32>() - 1.0).abs() < 1e-6 && prior[0] > 0.6 && prior[1] == prior[2]);
    }
}
