//! A dense layer in one operation.

use super::{floats, with_floats};
use crate::kernel::{self, Activation};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};

/// `act(x w + b)`, applied to `x[rows, m]` with `w[m, n]` and `b[n]`: `[rows, n]`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// What follows the sum.
    pub activation: Activation,
    /// Whether anybody uses the gradient of `x`: not in a first layer.
    pub input_grad: bool,
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
        b: &CpuStorage,
        bl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((rows, m), (inputs, n)) = (xl.shape().dims2()?, wl.shape().dims2()?);
        if m != inputs || bl.shape().dims1()? != n {
            candle_core::bail!("linear: x {:?}, w {:?}, b {:?}", xl.shape(), wl.shape(), bl.shape());
        }
        let CpuStorage::F32(mut out) = x.matmul(w, (1, rows, n, m), xl, wl)? else {
            candle_core::bail!("linear: expected f32");
        };
        kernel::add_bias(floats(b, bl)?, self.activation, &mut out);
        Ok((CpuStorage::F32(out), (rows, n).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (rows, n) = y.dims2()?;
        let grad = grad.contiguous()?;
        let (dz, db) =
            with_floats(&grad, |g| with_floats(y, |y| kernel::through_activation(self.activation, g, y, n)))??;
        let dz = Tensor::from_vec(dz, (rows, n), &Device::Cpu)?;
        // Detached, or the products would be recorded for a second derivative.
        let dw = x.detach().t()?.matmul(&dz)?;
        let dx = if self.input_grad { Some(dz.matmul(&w.detach().t()?)?) } else { None };
        Ok((dx, Some(dw), Some(Tensor::from_vec(db, n, &Device::Cpu)?)))
    }
}
