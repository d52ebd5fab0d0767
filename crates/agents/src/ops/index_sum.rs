//! A first layer on features that are 0 or 1: a sum over rows of the weight.

use super::{floats, with_floats};
use crate::kernel::{self, Activation};
use crate::view::Sparse;
use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor};
use std::sync::Arc;

/// `act(b + sum of w[k] over the set features k)`, applied to `w[features, n]` with `b[n]`: `[rows, n]`.
#[derive(Clone, Debug)]
pub struct IndexSum {
    /// Set features of each row.
    pub rows: Arc<Sparse>,
    /// What follows the sum.
    pub activation: Activation,
}

impl CustomOp2 for IndexSum {
    fn name(&self) -> &'static str {
        "index-sum"
    }

    fn cpu_fwd(&self, w: &CpuStorage, wl: &Layout, b: &CpuStorage, bl: &Layout) -> Result<(CpuStorage, Shape)> {
        let (features, n) = wl.shape().dims2()?;
        if bl.shape().dims1()? != n || self.rows.max().is_some_and(|k| k as usize >= features) {
            candle_core::bail!("index-sum: w {:?}, b {:?}, features to {:?}", wl.shape(), bl.shape(), self.rows.max());
        }
        let mut out = vec![0.0; self.rows.rows() * n];
        kernel::index_sum(&self.rows, floats(w, wl)?, floats(b, bl)?, self.activation, &mut out);
        Ok((CpuStorage::F32(out), (self.rows.rows(), n).into()))
    }

    fn bwd(&self, w: &Tensor, _: &Tensor, y: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (features, n) = w.dims2()?;
        let grad = grad.contiguous()?;
        let (dz, db) =
            with_floats(&grad, |g| with_floats(y, |y| kernel::through_activation(self.activation, g, y, n)))??;
        let dw = kernel::scatter(&self.rows, &dz, n, features);
        Ok((Some(Tensor::from_vec(dw, (features, n), &Device::Cpu)?), Some(Tensor::from_vec(db, n, &Device::Cpu)?)))
    }
}
