//! Adam with global-norm clipping, in one pass over an ordered list of variables.

use crate::kernel::wide;
use crate::math::power;
use crate::net::Param;
use crate::ops::{floats, with_floats};
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, Device, InplaceOp2, Layout, Result, Tensor, Var};
use std::cell::RefCell;

/// A number stopped being finite; training cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("diverged at optimiser step {step}: `{tensor}` is not finite")]
pub struct Diverged {
    /// Optimiser steps completed before the one that failed.
    pub step: u64,
    /// Where it was seen: `loss`, `logits`, `values`, or `gradient of NAME`, `NAME` for a parameter.
    pub tensor: String,
}

/// Kingma and Ba, "Adam" (2015), algorithm 1, on the loss plus half the squared weights times `l2`.
#[derive(Clone, Debug)]
pub struct Adam {
    /// Step size.
    pub lr: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Largest global norm of the gradient; larger ones are scaled down to it.
    pub max_norm: f64,
    /// Weight of half the squared weights in the loss; biases, which have one dimension, are left out.
    pub l2: f64,
    /// Steps taken.
    pub(crate) step: u64,
    /// First and second moments, one pair a parameter, in its order.
    pub(crate) moments: Vec<[Vec<f32>; 2]>,
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const FITS: &str = "a gradient has its parameter's shape";
/// Partial sums, so that the order of a norm's additions is fixed and still vectorises.
const LANES: usize = 16;

impl Adam {
    /// Moments of zero for `params`.
    #[must_use]
    pub fn new(params: &[Param], lr: f64, eps: f64, max_norm: f64, l2: f64) -> Self {
        let zeros = |p: &Param| [vec![0.0; p.var.elem_count()], vec![0.0; p.var.elem_count()]];
        Self { lr, eps, max_norm, l2, step: 0, moments: params.iter().map(zeros).collect() }
    }

    /// Steps taken so far.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.step
    }

    /// One step on `params`, the same list as in [`Adam::new`]. Returns the gradient's norm before clipping. The step is taken on the CPU:
    /// parameters and gradients that are elsewhere come here, and the parameters go back.
    ///
    /// # Errors
    /// When a gradient or an updated weight is not finite.
    ///
    /// # Panics
    /// When a parameter has no gradient: candle loses some silently, which must not pass.
    pub fn update(&mut self, params: &[Param], grads: &GradStore) -> std::result::Result<f64, Diverged> {
        let missing = |p: &Param| panic!("parameter `{}` has no gradient", p.name);
        let here = |g: &Tensor| g.to_device(&Device::Cpu)?.contiguous();
        let grad = |p: &Param| here(grads.get(&p.var).unwrap_or_else(|| missing(p))).expect("gradients are numbers");
        let grads: Vec<Tensor> = params.iter().map(grad).collect();
        let l2 = |p: &Param| if p.var.rank() > 1 { self.l2 as f32 } else { 0.0 };
        let square = |(p, g): (&Param, &Tensor)| {
            let l2 = l2(p);
            let sum = with_floats(g, |g| match l2 {
                0.0 => Ok(sum_of_squares(g)),
                _ => with_floats(&p.var, |w| {
                    sum_of_squares(&g.iter().zip(w).map(|(g, w)| g + l2 * w).collect::<Vec<f32>>())
                }),
            });
            sum.and_then(|sum| sum).expect("gradients are contiguous")
        };
        let squares: Vec<f64> = params.iter().zip(&grads).map(square).collect();
        if let Some(i) = squares.iter().position(|s| !s.is_finite()) {
            return Err(Diverged { step: self.step, tensor: format!("gradient of {}", params[i].name) });
        }
        let norm = squares.iter().sum::<f64>().sqrt();
        let t = self.step + 1;
        let rule = Rule {
            // The clipping factor of Pascanu et al. (2013), algorithm 1.
            scale: if norm > self.max_norm { (self.max_norm / norm) as f32 } else { 1.0 },
            lr: (self.lr / (1.0 - power(BETA1, t))) as f32,
            correction: (1.0 / (1.0 - power(BETA2, t))) as f32,
            eps: self.eps as f32,
        };
        for ((param, grad), moments) in params.iter().zip(&grads).zip(&mut self.moments) {
            let step = Step { rule, l2: l2(param), moments: RefCell::new(moments), finite: RefCell::new(true) };
            param.var.to_device(&Device::Cpu).and_then(|here| step.take(&param.var, &here, grad)).expect(FITS);
            if !step.finite.into_inner() {
                return Err(Diverged { step: self.step, tensor: param.name.clone() });
            }
        }
        self.step = t;
        Ok(norm)
    }
}

fn sum_of_squares(values: &[f32]) -> f64 {
    wide(
        #[inline(always)]
        || {
            let mut lanes = [0.0_f64; LANES];
            let (chunks, rest) = values.as_chunks::<LANES>();
            for chunk in chunks {
                for (sum, x) in lanes.iter_mut().zip(chunk) {
                    *sum += f64::from(*x) * f64::from(*x);
                }
            }
            for (sum, x) in lanes.iter_mut().zip(rest) {
                *sum += f64::from(*x) * f64::from(*x);
            }
            lanes.iter().sum()
        },
    )
}

/// The numbers of one step.
#[derive(Clone, Copy)]
struct Rule {
    scale: f32,
    lr: f32,
    correction: f32,
    eps: f32,
}

/// The step on one parameter.
struct Step<'a> {
    rule: Rule,
    l2: f32,
    moments: RefCell<&'a mut [Vec<f32>; 2]>,
    finite: RefCell<bool>,
}

impl Step<'_> {
    /// Takes the step on `here`, which is `var` itself or, where that is elsewhere, a copy of it.
    fn take(&self, var: &Var, here: &Tensor, grad: &Tensor) -> Result<()> {
        here.inplace_op2(grad, self)?;
        if var.device().is_cpu() { Ok(()) } else { var.set(&here.to_device(var.device())?) }
    }
}

impl InplaceOp2 for Step<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, w: &mut CpuStorage, wl: &Layout, g: &CpuStorage, gl: &Layout) -> Result<()> {
        let (g, CpuStorage::F32(w)) = (floats(g, gl)?, w) else { candle_core::bail!("adam: expected f32") };
        let Some((0, n)) = wl.contiguous_offsets() else { candle_core::bail!("adam: expected a whole parameter") };
        let (w, [m, v], rule, l2) = (&mut w[..n], &mut **self.moments.borrow_mut(), self.rule, self.l2);
        if [g.len(), m.len(), v.len()] != [n; 3] {
            candle_core::bail!("adam: {n} weights, {} gradients, {} moments", g.len(), m.len());
        }
        let finite = wide(
            #[inline(always)]
            || {
                let mut finite = true;
                for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
                    let g = (g + l2 * *w) * rule.scale;
                    *m = BETA1 as f32 * *m + (1.0 - BETA1 as f32) * g;
                    *v = BETA2 as f32 * *v + (1.0 - BETA2 as f32) * g * g;
                    *w -= rule.lr * *m / ((*v * rule.correction).sqrt() + rule.eps);
                    finite &= w.is_finite();
                }
                finite
            },
        );
        *self.finite.borrow_mut() = finite;
        Ok(())
    }
}
