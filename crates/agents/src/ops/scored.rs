//! A loss and its gradient from one pass over plain numbers.

use super::floats;
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};
use std::sync::{Arc, Mutex, PoisonError};

/// A scalar loss of a tensor whose value and gradient are known already. Used once.
///
/// A graph of stock operations needs dozens of small tensors for what one loop over the rows does.
#[derive(Clone, Debug)]
pub struct Scored {
    loss: f32,
    /// By the tensor's numbers; taken by the backward pass.
    gradient: Arc<Mutex<Option<Vec<f32>>>>,
}

impl Scored {
    /// Applies `score`, which takes the numbers of `x` and returns the loss, its gradient by each of them and whatever else it found.
    /// Off the CPU the scalar is [`Scored::surrogate_by`]'s.
    ///
    /// # Errors
    /// When `x` is not a contiguous f32 tensor.
    ///
    /// # Panics
    /// When the gradient has another length than `x`.
    pub fn by<R>(x: &Tensor, score: impl FnOnce(&[f32]) -> (f64, Vec<f32>, R)) -> Result<(Tensor, R)> {
        if !x.device().is_cpu() {
            return Self::surrogate_by(x, score);
        }
        let (loss, gradient, found) = super::with_floats(x, score)?;
        assert_eq!(gradient.len(), x.elem_count(), "a gradient by each number");
        let scored = Self { loss: loss as f32, gradient: Arc::new(Mutex::new(Some(gradient))) };
        Ok((x.apply_op1(scored)?, found))
    }

    /// [`Scored::by`] on any device: a scalar with the loss's gradient, but another value.
    ///
    /// # Errors
    /// When `x` is not a contiguous f32 tensor.
    pub fn surrogate_by<R>(x: &Tensor, score: impl FnOnce(&[f32]) -> (f64, Vec<f32>, R)) -> Result<(Tensor, R)> {
        let (_, gradient, found) = super::with_floats(x, score)?;
        Ok((surrogate(x, gradient)?, found))
    }
}

/// The sum of `x` times a constant `gradient`: a scalar by which the backward pass gets just that gradient, wherever `x` is.
pub(crate) fn surrogate(x: &Tensor, gradient: Vec<f32>) -> Result<Tensor> {
    (x * Tensor::from_vec(gradient, x.shape(), x.device())?)?.sum_all()
}

impl CustomOp1 for Scored {
    fn name(&self) -> &'static str {
        "scored"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        floats(x, layout)?;
        Ok((CpuStorage::F32(vec![self.loss]), ().into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let Some(mut gradient) = self.gradient.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            candle_core::bail!("scored: a second backward pass");
        };
        let scale = grad.to_scalar::<f32>()?;
        gradient.iter_mut().for_each(|d| *d *= scale);
        Some(Tensor::from_vec(gradient, x.shape(), &Device::Cpu)).transpose()
    }
}
