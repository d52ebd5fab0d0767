//! A gated recurrent unit over whole sequences in one operation.

use super::{floats, with_floats};
use crate::kernel;
use crate::net::Sequence;
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor};
use std::sync::Arc;

/// What the unit remembers after each row, from its sums over the input `x[steps * lanes, 3 * units]` (reset, update, candidate) with the
/// weight of what it remembers `w[units, 3 * units]` and `b[3 * units]`: `[steps * lanes, units]`.
#[derive(Clone, Debug)]
pub struct GruSequence {
    /// How the rows belong together.
    pub sequence: Arc<Sequence>,
}

/// What a pass over the steps leaves behind for the way back, a row each.
struct Passed {
    /// Memory before the step: that of the step before, or zeros where an episode begins.
    before: Vec<f32>,
    /// Sums over it.
    state: Vec<f32>,
    gates: Vec<f32>,
    after: Vec<f32>,
}

impl GruSequence {
    fn pass(&self, x: &[f32], w: &CpuStorage, wl: &Layout, b: &[f32], units: usize) -> Result<Passed> {
        let lanes = self.sequence.memory.len() / units;
        let rows = self.sequence.fresh.len();
        let mut passed = Passed {
            before: Vec::with_capacity(rows * units),
            state: Vec::with_capacity(rows * 3 * units),
            gates: vec![0.0; rows * 3 * units],
            after: vec![0.0; rows * units],
        };
        let mut memory = self.sequence.memory.clone();
        for (t, fresh) in self.sequence.fresh.chunks_exact(lanes).enumerate() {
            for (memory, fresh) in memory.chunks_exact_mut(units).zip(fresh) {
                if *fresh {
                    memory.fill(0.0);
                }
            }
            passed.before.extend_from_slice(&memory);
            let before = CpuStorage::F32(memory);
            let product = before.matmul(w, (1, lanes, 3 * units, units), &Layout::contiguous((lanes, units)), wl)?;
            let CpuStorage::F32(mut state) = product else { candle_core::bail!("gru: expected f32") };
            kernel::add_bias(b, kernel::Activation::None, &mut state);
            let CpuStorage::F32(before) = before else { unreachable!("it was made of floats") };
            let (from, three) = (t * lanes * units, 3 * t * lanes * units);
            let after = &mut passed.after[from..][..lanes * units];
            let gates = &mut passed.gates[three..][..3 * lanes * units];
            kernel::gru(&x[three..][..3 * lanes * units], &state, &before, units, after, Some(gates));
            passed.state.extend_from_slice(&state);
            memory = after.to_vec();
        }
        Ok(passed)
    }
}

impl CustomOp3 for GruSequence {
    fn name(&self) -> &'static str {
        "gru"
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
        let ((rows, gates), (units, outputs)) = (xl.shape().dims2()?, wl.shape().dims2()?);
        let Sequence { memory, fresh } = &*self.sequence;
        let lanes = memory.len() / units;
        let fits = gates == 3 * units && outputs == gates && bl.shape().dims1()? == gates;
        if !fits || fresh.len() != rows || lanes == 0 || memory.len() % units != 0 || rows % lanes != 0 {
            candle_core::bail!("gru: x {:?}, w {:?}, {} rows of {lanes} lanes", xl.shape(), wl.shape(), fresh.len());
        }
        let passed = self.pass(floats(x, xl)?, w, wl, floats(b, bl)?, units)?;
        Ok((CpuStorage::F32(passed.after), (rows, units).into()))
    }

    /// Back-propagation through time; what happened on the way is computed again, as candle's backward pass gets nothing but tensors.
    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (units, gates) = w.dims2()?;
        let (rows, lanes) = (x.dim(0)?, self.sequence.memory.len() / units);
        let passed = {
            let (storage, layout) = w.storage_and_layout();
            let candle_core::Storage::Cpu(w) = &*storage else { candle_core::bail!("gru: expected the CPU") };
            with_floats(x, |x| with_floats(b, |b| self.pass(x, w, layout, b, units)))???
        };
        let wt = w.detach().t()?;
        let mut grad = with_floats(&grad.contiguous()?, <[f32]>::to_vec)?;
        let (mut d_input, mut d_state) = (vec![0.0; rows * gates], vec![0.0; rows * gates]);
        let mut d_memory = vec![0.0; lanes * units];
        for t in (0..rows / lanes).rev() {
            let (one, three) = (t * lanes * units..(t + 1) * lanes * units, t * lanes * gates..(t + 1) * lanes * gates);
            let (state, gates_out) = (&passed.state[three.clone()], &passed.gates[three.clone()]);
            let out = [&mut d_input[three.clone()], &mut d_state[three.clone()], &mut d_memory[..]];
            kernel::gru_backward(&grad[one.clone()], gates_out, state, &passed.before[one.clone()], units, out);
            if t > 0 {
                let d_sums = Tensor::from_slice(&d_state[three], (lanes, gates), &Device::Cpu)?;
                with_floats(&d_sums.matmul(&wt)?, |more| kernel::add(more, &mut d_memory))?;
                let fresh = &self.sequence.fresh[t * lanes..(t + 1) * lanes];
                for (lane, d) in d_memory.chunks_exact(units).enumerate().filter(|(lane, _)| !fresh[*lane]) {
                    kernel::add(d, &mut grad[(t - 1) * lanes * units + lane * units..][..units]);
                }
            }
        }
        let d_state = Tensor::from_vec(d_state, (rows, gates), &Device::Cpu)?;
        let before = Tensor::from_vec(passed.before, (rows, units), &Device::Cpu)?;
        let dw = before.t()?.matmul(&d_state)?;
        let db = with_floats(&d_state, |d| kernel::through_activation(kernel::Activation::None, d, &[], gates).1)?;
        let db = Tensor::from_vec(db, gates, &Device::Cpu)?;
        Ok((Some(Tensor::from_vec(d_input, (rows, gates), &Device::Cpu)?), Some(dw), Some(db)))
    }
}
