//! A 3×3 convolution as a matrix product.

use super::{floats, with_floats};
use crate::kernel::{self, Activation};
use crate::net::{ConvSpec, TAPS};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};

/// Numbers of a buffer of columns, at most: half a mebibyte stays in a core's own cache.
const COLUMNS: usize = 128 * 1024;

/// `max(columns(x) w + b, 0)` on `x[rows, height * width * channels]` with `w[9 * channels, n]` and `b[n]`: `[rows, pixels * n]`.
///
/// The columns are made for a few rows at a time, forward and backward. How many follows from the sizes alone, so that
/// the order of every sum is fixed.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// Sizes. That it is residual is whoever adds' matter.
    pub spec: ConvSpec,
    /// Whether anybody uses the gradient of `x`: not in a first layer.
    pub input_grad: bool,
}

impl Conv {
    /// Rows whose columns are made together.
    fn together(&self) -> usize {
        (COLUMNS / self.spec.columns()).max(1)
    }

    /// Inputs and outputs of the product that stands for the convolution.
    const fn product(&self) -> (usize, usize) {
        (TAPS * self.spec.input[2], self.spec.channels)
    }

    fn columns(&self, x: &[f32]) -> Vec<f32> {
        let mut columns = vec![0.0; x.len() / self.spec.sizes()[0] * self.spec.columns()];
        let rows = x.chunks_exact(self.spec.sizes()[0]);
        for (x, columns) in rows.zip(columns.chunks_exact_mut(self.spec.columns())) {
            kernel::im2col(&self.spec, x, columns);
        }
        columns
    }
}

impl CustomOp3 for Conv {
    fn name(&self) -> &'static str {
        "conv"
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
        let ((rows, width), [inputs, outputs], (m, n)) = (xl.shape().dims2()?, self.spec.sizes(), self.product());
        if width != inputs || wl.shape().dims2()? != (m, n) || bl.shape().dims1()? != n {
            candle_core::bail!("conv: x {:?}, w {:?}, b {:?}, {:?}", xl.shape(), wl.shape(), bl.shape(), self.spec);
        }
        let mut out = Vec::with_capacity(rows * outputs);
        for x in floats(x, xl)?.chunks(self.together() * inputs) {
            let columns = CpuStorage::F32(self.columns(x));
            let pixels = x.len() / inputs * outputs / n;
            let product = columns.matmul(w, (1, pixels, n, m), &Layout::contiguous((pixels, m)), wl)?;
            let CpuStorage::F32(product) = product else { candle_core::bail!("conv: expected f32") };
            out.extend_from_slice(&product);
        }
        kernel::add_bias(floats(b, bl)?, Activation::Relu, &mut out);
        Ok((CpuStorage::F32(out), (rows, outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (rows, [inputs, outputs], (m, n)) = (x.dim(0)?, self.spec.sizes(), self.product());
        let grad = grad.contiguous()?;
        let (dz, db) =
            with_floats(&grad, |grad| with_floats(y, |y| kernel::through_activation(Activation::Relu, grad, y, n)))??;
        // Detached, or the products would be recorded for a second derivative.
        let wt = w.detach().t()?;
        let mut dw = vec![0.0; m * n];
        let mut dx = vec![0.0; if self.input_grad { rows * inputs } else { 0 }];
        let mut done = 0;
        for dz in dz.chunks(self.together() * outputs) {
            let (count, pixels) = (dz.len() / outputs, dz.len() / n);
            let dz = Tensor::from_slice(dz, (pixels, n), &Device::Cpu)?;
            let columns = with_floats(x, |x| self.columns(&x[done * inputs..][..count * inputs]))?;
            let columns = Tensor::from_vec(columns, (pixels, m), &Device::Cpu)?;
            with_floats(&columns.t()?.matmul(&dz)?, |part| kernel::add(part, &mut dw))?;
            if self.input_grad {
                with_floats(&dz.matmul(&wt)?, |columns| {
                    let rows = dx[done * inputs..].chunks_exact_mut(inputs);
                    for (columns, dx) in columns.chunks_exact(self.spec.columns()).zip(rows) {
                        kernel::col2im(&self.spec, columns, dx);
                    }
                })?;
            }
            done += count;
        }
        let dx = self.input_grad.then(|| Tensor::from_vec(dx, x.shape(), &Device::Cpu)).transpose()?;
        let dw = Tensor::from_vec(dw, (m, n), &Device::Cpu)?;
        Ok((dx, Some(dw), Some(Tensor::from_vec(db, n, &Device::Cpu)?)))
    }
}
