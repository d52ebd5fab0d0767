//! Nets: convolutions, tanh layers and a gated recurrent unit as asked for, a policy head, a value head.

mod frozen;
mod spec;
mod stock;

pub use frozen::Frozen;
pub(crate) use spec::TAPS;
pub use spec::{ConvSpec, NetSpec};

use crate::kernel::Activation;
use crate::ops::{Conv, GruSequence, IndexSum, Linear, with_floats};
use crate::view::Sparse;
use candle_core::{Device, Result, Tensor, Var};
use std::sync::Arc;

/// A named variable.
#[derive(Clone, Debug)]
pub struct Param {
    /// `trunk.0.weight`, `policy.bias`, ...
    pub name: String,
    /// Its value; shared by clones.
    pub var: Var,
}

/// Rows that a net reads.
#[derive(Clone, Debug)]
pub enum Input {
    /// Set features of each row, for a first layer that sums rows of its weight.
    Sparse(Arc<Sparse>),
    /// `[rows, features]`, for a first layer that multiplies or convolves.
    Dense(Tensor),
}

/// How the rows of a recurrent net belong together: row `t * lanes + lane` is step t of that lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    /// What each lane remembers before the first step, `[lanes * units]`.
    pub memory: Vec<f32>,
    /// Whether an episode begins with each row, so that nothing is remembered, `[steps * lanes]`.
    pub fresh: Vec<bool>,
}

/// A net whose parameters candle differentiates.
#[derive(Clone, Debug)]
pub struct Net {
    spec: NetSpec,
    params: Vec<Param>,
}

impl Net {
    /// A net of `values`, in the order of [`NetSpec::params`].
    ///
    /// # Panics
    /// When a value has not its parameter's number of elements.
    #[must_use]
    pub fn new(spec: NetSpec, values: Vec<Vec<f32>>) -> Self {
        Self::on(&Device::Cpu, spec, values)
    }

    /// The same with its parameters on `device`.
    ///
    /// # Panics
    /// As [`Net::new`], or when the device is out of memory.
    #[must_use]
    pub fn on(device: &Device, spec: NetSpec, values: Vec<Vec<f32>>) -> Self {
        let named = spec.params();
        assert_eq!(named.len(), values.len(), "one value a parameter");
        let param = |((name, shape), value): ((String, Vec<usize>), Vec<f32>)| Param {
            name,
            var: Var::from_vec(value, shape, device).expect("a value has its parameter's size"),
        };
        let params = named.into_iter().zip(values).map(param).collect();
        Self { spec, params }
    }

    /// Sizes.
    #[must_use]
    pub const fn spec(&self) -> &NetSpec {
        &self.spec
    }

    /// All parameters, in their fixed order.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Copies of all values, in the order of the parameters.
    #[must_use]
    pub fn values(&self) -> Vec<Vec<f32>> {
        let copy = |p: &Param| with_floats(&p.var, <[f32]>::to_vec).expect("parameters are contiguous");
        self.params.iter().map(copy).collect()
    }

    /// Outputs of the policy head `[rows, outputs]` and, where there is a value head, values `[rows, 1]`, recorded for the backward
    /// pass. `sequence` is for nets with a recurrent unit. Off the CPU this is [`Net::forward_stock`].
    ///
    /// # Errors
    /// When the rows do not have this net's features, or a recurrent net is told of no sequence.
    pub fn forward(&self, input: &Input, sequence: Option<&Arc<Sequence>>) -> Result<(Tensor, Option<Tensor>)> {
        if !self.device().is_cpu() {
            return self.forward_stock(input, sequence);
        }
        let mut layers = self.params.chunks_exact(2).map(|pair| (pair[0].var.as_tensor(), pair[1].var.as_tensor()));
        let mut next = || layers.next().expect("as many layers as the sizes say");
        let mut x = None;
        for (i, &spec) in self.spec.conv.iter().enumerate() {
            let Input::Dense(rows) = input else { candle_core::bail!("a convolution of set features") };
            let before = x.as_ref().unwrap_or(rows);
            let (w, b) = next();
            let y = before.apply_op3(w, b, Conv { spec, input_grad: i > 0 })?;
            x = Some(if spec.residual { (y + before)? } else { y });
        }
        for _ in 0..self.spec.hidden.len() {
            let (w, b) = next();
            let linear =
                |x: &Tensor, input_grad| x.apply_op3(w, b, Linear { activation: Activation::Tanh, input_grad });
            x = Some(match (&x, input) {
                (Some(x), _) => linear(x, true)?,
                (None, Input::Dense(x)) => linear(x, false)?,
                (None, Input::Sparse(rows)) => {
                    w.apply_op2(b, IndexSum { rows: Arc::clone(rows), activation: Activation::Tanh })?
                }
            });
        }
        let Some(mut x) = x else { candle_core::bail!("a net without layers") };
        let linear = |x: &Tensor, (w, b): (&Tensor, &Tensor)| {
            x.apply_op3(w, b, Linear { activation: Activation::None, input_grad: true })
        };
        if self.spec.gru.is_some() {
            let Some(sequence) = sequence else { candle_core::bail!("a recurrent net without a sequence") };
            let gates = linear(&x, next())?;
            let (w, b) = next();
            x = gates.apply_op3(w, b, GruSequence { sequence: Arc::clone(sequence) })?;
        }
        let policy = linear(&x, next())?;
        let value = if self.spec.value { Some(linear(&x, next())?) } else { None };
        Ok((policy, value))
    }
}
