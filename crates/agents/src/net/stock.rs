//! The same net out of candle's own operations, which know every device: the way that updates go on a GPU.
//!
//! `ops` is faster on a CPU and exists for CPUs alone. Nothing else differs: parameters, their layout and what comes out up to rounding
//! are the same, and gradients are held to those of `ops` in `tests/nets.rs`.

use super::{ConvSpec, Input, Net, Sequence, TAPS};
use candle_core::{Device, Result, Tensor};
use std::sync::Arc;

impl Net {
    /// [`Net::forward`] in candle's own operations, on the device of the parameters; `input` may be on another.
    ///
    /// # Errors
    /// As in [`Net::forward`].
    pub fn forward_stock(&self, input: &Input, sequence: Option<&Arc<Sequence>>) -> Result<(Tensor, Option<Tensor>)> {
        let mut layers = self.params.chunks_exact(2).map(|pair| (pair[0].var.as_tensor(), pair[1].var.as_tensor()));
        let mut next = || layers.next().expect("as many layers as the sizes say");
        let mut x = match input {
            Input::Dense(rows) => rows.to_device(self.device())?,
            Input::Sparse(rows) => {
                let shape = (rows.rows(), self.spec.features);
                Tensor::from_vec(rows.dense(self.spec.features), shape, self.device())?
            }
        };
        for spec in &self.spec.conv {
            let y = convolve(spec, &x, next())?;
            x = if spec.residual { (y + x)? } else { y };
        }
        for _ in &self.spec.hidden {
            x = linear(&x, next())?.tanh()?;
        }
        if self.spec.gru.is_some() {
            let Some(sequence) = sequence else { candle_core::bail!("a recurrent net without a sequence") };
            let gates = linear(&x, next())?;
            x = unroll(&gates, next(), sequence)?;
        }
        let policy = linear(&x, next())?;
        let value = if self.spec.value { Some(linear(&x, next())?) } else { None };
        Ok((policy, value))
    }

    /// Where the parameters are.
    #[must_use]
    pub fn device(&self) -> &Device {
        self.params[0].var.device()
    }
}

fn linear(x: &Tensor, (w, b): (&Tensor, &Tensor)) -> Result<Tensor> {
    x.matmul(w)?.broadcast_add(b)
}

/// One convolution on rows of pixels with channels last, as the views give them; candle's has channels first.
fn convolve(spec: &ConvSpec, x: &Tensor, (w, b): (&Tensor, &Tensor)) -> Result<Tensor> {
    let ([height, width, channels], [rows, columns, _], side) = (spec.input, spec.output(), TAPS.isqrt());
    let x = x.reshape(((), height, width, channels))?.permute((0, 3, 1, 2))?.contiguous()?;
    let w = w.reshape((side, side, channels, spec.channels))?.permute((3, 2, 0, 1))?.contiguous()?;
    // The margin by hand, and no wider than what is read: candle's way back takes height and width to be cut alike.
    let beyond = |inputs: usize, outputs: usize| (outputs - 1) * spec.stride + side - 1 - inputs;
    let x = x.pad_with_zeros(2, 1, beyond(height, rows))?.pad_with_zeros(3, 1, beyond(width, columns))?;
    let z = x.conv2d(&w, 0, spec.stride, 1, 1)?.permute((0, 2, 3, 1))?.broadcast_add(b)?;
    // candle's own rectifier has a slope at 0, where pixels without anything in them begin.
    let positive = z.detach().gt(0.0)?.to_dtype(z.dtype())?;
    (z * positive)?.flatten_from(1)
}

/// The recurrent unit over its sums of the input `gates[steps * lanes, 3 * units]`: what it remembers after each row.
fn unroll(gates: &Tensor, (w, b): (&Tensor, &Tensor), sequence: &Sequence) -> Result<Tensor> {
    let units = w.dim(0)?;
    let lanes = sequence.memory.len() / units;
    let mut memory = Tensor::from_slice(&sequence.memory, (lanes, units), w.device())?;
    let mut all = Vec::with_capacity(sequence.fresh.len() / lanes);
    for (t, fresh) in sequence.fresh.chunks_exact(lanes).enumerate() {
        let kept: Vec<f32> = fresh.iter().map(|fresh| f32::from(u8::from(!fresh))).collect();
        memory = memory.broadcast_mul(&Tensor::from_vec(kept, (lanes, 1), w.device())?)?;
        let (input, state) = (gates.narrow(0, t * lanes, lanes)?, linear(&memory, (w, b))?);
        let part = |of: &Tensor, k: usize| of.narrow(1, k * units, units);
        let gate = |k| sigmoid(&(part(&input, k)? + part(&state, k)?)?);
        let (reset, update) = (gate(0)?, gate(1)?);
        let candidate = (part(&input, 2)? + (reset * part(&state, 2)?)?)?.tanh()?;
        // (1 - update) * candidate + update * memory
        memory = (&candidate + (update * (memory - &candidate)?)?)?;
        all.push(memory.clone());
    }
    Tensor::cat(&all, 0)
}

/// Through tanh, whose slope is finite where an exponential would overflow.
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    (x * 0.5)?.tanh()?.affine(0.5, 0.5)
}
