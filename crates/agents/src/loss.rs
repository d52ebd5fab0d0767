//! The loss of PPO and its gradient in one pass over the rows.
//!
//! Schulman et al., "Proximal Policy Optimization Algorithms" (2017), eq. 7 (clipped surrogate) and eq. 9
//! (value error and entropy). A graph of stock operations needs some sixty small tensors for it.

use crate::math::{exp, log_softmax};
use crate::ops::{floats, surrogate, with_floats};
use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor};
use std::sync::{Arc, Mutex, PoisonError};

/// What a minibatch of rows brings to the loss; every list is `[rows]`.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Actions taken.
    pub actions: Vec<u8>,
    /// Their log-probabilities when they were taken.
    pub log_probs: Vec<f32>,
    /// Advantages, normalised.
    pub advantages: Vec<f32>,
    /// Targets of the value.
    pub returns: Vec<f32>,
}

/// Weights of the loss's parts.
#[derive(Clone, Copy, Debug)]
pub struct Coefficients {
    /// How far a ratio may move before its gradient is cut.
    pub clip: f32,
    /// Weight of the value error.
    pub value: f32,
    /// Weight of the entropy bonus.
    pub entropy: f32,
}

/// Means over the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// policy + value weight · value error − entropy weight · entropy.
    pub loss: f64,
    /// −min(ratio · A, clip(ratio) · A).
    pub policy: f64,
    /// (value − return)².
    pub value: f64,
    /// Entropy of the policy in nats.
    pub entropy: f64,
    /// (ratio − 1) − ln ratio, an estimate of KL(old ‖ new) that is never negative.
    pub kl: f64,
    /// Share of rows whose ratio left 1 ± clip.
    pub clipped: f64,
    /// Whether all logits were finite.
    pub logits_finite: bool,
    /// Whether all values were finite.
    pub values_finite: bool,
}

/// The terms, and the loss's gradients by logits `[rows, actions]` and by values `[rows]`.
#[must_use]
pub fn ppo_loss(logits: &[f32], values: &[f32], rows: &Rows, k: Coefficients) -> (Terms, Vec<f32>, Vec<f32>) {
    let n = values.len();
    let actions = logits.len() / n;
    let (mut d_logits, mut d_values) = (vec![0.0; logits.len()], vec![0.0; n]);
    let (mut log_probs, mut probs) = (vec![0.0; actions], vec![0.0; actions]);
    let share = 1.0 / n as f32;
    let mut sum = Terms::default();
    for i in 0..n {
        let entropy = log_softmax(&logits[i * actions..][..actions], &mut log_probs, &mut probs);
        let (action, advantage) = (usize::from(rows.actions[i]), rows.advantages[i]);
        let log_ratio = log_probs[action] - rows.log_probs[i];
        let ratio = exp(log_ratio);
        let (plain, cut) = (ratio * advantage, ratio.clamp(1.0 - k.clip, 1.0 + k.clip) * advantage);
        let error = values[i] - rows.returns[i];
        // By the action's log-probability: the cut branch is constant there.
        let by_log_prob = if plain <= cut { -plain } else { 0.0 };
        for (j, d) in d_logits[i * actions..][..actions].iter_mut().enumerate() {
            let taken = if j == action { 1.0 } else { 0.0 };
            let by_entropy = probs[j] * (log_probs[j] + entropy);
            *d = share * (by_log_prob * (taken - probs[j]) + k.entropy * by_entropy);
        }
        d_values[i] = share * k.value * 2.0 * error;
        // Not f32::min, which would drop a NaN.
        sum.policy -= f64::from(if plain <= cut { plain } else { cut });
        sum.value += f64::from(error) * f64::from(error);
        sum.entropy += f64::from(entropy);
        sum.kl += f64::from((ratio - 1.0) - log_ratio);
        sum.clipped += f64::from(u8::from((ratio - 1.0).abs() > k.clip));
    }
    for term in [&mut sum.policy, &mut sum.value, &mut sum.entropy, &mut sum.kl, &mut sum.clipped] {
        *term /= n as f64;
    }
    sum.loss = sum.policy + f64::from(k.value) * sum.value - f64::from(k.entropy) * sum.entropy;
    sum.logits_finite = logits.iter().all(|z| z.is_finite());
    sum.values_finite = values.iter().all(|v| v.is_finite());
    (sum, d_logits, d_values)
}

type Found = Option<(Terms, Vec<f32>, Vec<f32>)>;

/// [`ppo_loss`] as an operation on logits `[rows, actions]` and values `[rows, 1]`. Used once.
#[derive(Clone, Debug)]
pub struct PpoLoss {
    rows: Arc<Rows>,
    coefficients: Coefficients,
    /// Filled by the forward pass.
    found: Arc<Mutex<Found>>,
}

impl PpoLoss {
    /// The loss of `rows`.
    #[must_use]
    pub fn new(rows: Arc<Rows>, coefficients: Coefficients) -> Self {
        Self { rows, coefficients, found: Arc::default() }
    }

    /// The scalar loss, recorded for the backward pass, and its terms. Off the CPU the scalar is [`PpoLoss::surrogate`]'s.
    ///
    /// # Errors
    /// When the shapes do not belong together.
    pub fn apply(self, logits: &Tensor, values: &Tensor) -> Result<(Tensor, Terms)> {
        if !logits.device().is_cpu() {
            return self.surrogate(logits, values);
        }
        let found = Arc::clone(&self.found);
        let loss = logits.apply_op2(values, self)?;
        let found = found.lock().unwrap_or_else(PoisonError::into_inner);
        let terms = found.as_ref().map(|(terms, ..)| *terms).expect("the forward pass fills it");
        Ok((loss, terms))
    }

    /// [`PpoLoss::apply`] on any device: a scalar with the loss's gradient, but another value; the loss is in the terms. Logits and
    /// values come to the CPU for it, their gradients go back.
    ///
    /// # Errors
    /// When the shapes do not belong together.
    pub fn surrogate(self, logits: &Tensor, values: &Tensor) -> Result<(Tensor, Terms)> {
        self.check(logits.shape(), values.shape())?;
        let score = |z: &[f32]| with_floats(values, |v| ppo_loss(z, v, &self.rows, self.coefficients));
        let (terms, by_logits, by_values) = with_floats(logits, score)??;
        Ok(((surrogate(logits, by_logits)? + surrogate(values, by_values)?)?, terms))
    }

    fn check(&self, logits: &Shape, values: &Shape) -> Result<()> {
        let ((n, actions), rows) = (logits.dims2()?, &self.rows);
        let lengths = [rows.actions.len(), rows.log_probs.len(), rows.advantages.len(), rows.returns.len()];
        if values.dims2()? != (n, 1) || lengths != [n; 4] || rows.actions.iter().any(|&a| a as usize >= actions) {
            candle_core::bail!("ppo-loss: logits {logits:?}, values {values:?}, rows {lengths:?}");
        }
        Ok(())
    }
}

impl CustomOp2 for PpoLoss {
    fn name(&self) -> &'static str {
        "ppo-loss"
    }

    fn cpu_fwd(&self, z: &CpuStorage, zl: &Layout, v: &CpuStorage, vl: &Layout) -> Result<(CpuStorage, Shape)> {
        self.check(zl.shape(), vl.shape())?;
        let found = ppo_loss(floats(z, zl)?, floats(v, vl)?, &self.rows, self.coefficients);
        let loss = found.0.loss as f32;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok((CpuStorage::F32(vec![loss]), ().into()))
    }

    fn bwd(&self, z: &Tensor, v: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((_, mut by_logits, mut by_values)) = found else {
            candle_core::bail!("ppo-loss: a second backward pass");
        };
        let scale = grad.to_scalar::<f32>()?;
        for d in by_logits.iter_mut().chain(&mut by_values) {
            *d *= scale;
        }
        Ok((
            Some(Tensor::from_vec(by_logits, z.shape(), &Device::Cpu)?),
            Some(Tensor::from_vec(by_values, v.shape(), &Device::Cpu)?),
        ))
    }
}
