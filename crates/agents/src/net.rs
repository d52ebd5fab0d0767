//! The actor-critic: a shared trunk of tanh layers, a policy head and a value head.

use crate::kernel::{self, Activation};
use crate::ops::{IndexSum, Linear, with_floats};
use crate::view::{Features, Sparse};
use candle_core::{Device, Result, Tensor, Var};
use misgen_core::Rng;
use std::sync::Arc;

/// A named variable.
#[derive(Clone, Debug)]
pub struct Param {
    /// `trunk.0.weight`, `policy.bias`, ...
    pub name: String,
    /// Its value; shared by clones.
    pub var: Var,
}

/// Sizes of an actor-critic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetSpec {
    /// Features of the view.
    pub features: usize,
    /// Units of each tanh layer.
    pub hidden: Vec<usize>,
    /// Number of actions.
    pub actions: usize,
}

impl NetSpec {
    /// Layers in order: name, inputs, outputs.
    fn layers(&self) -> Vec<(String, usize, usize)> {
        let mut layers = Vec::new();
        let mut inputs = self.features;
        for (i, &units) in self.hidden.iter().enumerate() {
            layers.push((format!("trunk.{i}"), inputs, units));
            inputs = units;
        }
        layers.push(("policy".into(), inputs, self.actions));
        layers.push(("value".into(), inputs, 1));
        layers
    }

    /// Names and shapes of all parameters, in their fixed order: weights are `[inputs, outputs]`, biases `[outputs]`.
    #[must_use]
    pub fn params(&self) -> Vec<(String, Vec<usize>)> {
        let pair = |(name, inputs, outputs): (String, usize, usize)| {
            [(format!("{name}.weight"), vec![inputs, outputs]), (format!("{name}.bias"), vec![outputs])]
        };
        self.layers().into_iter().flat_map(pair).collect()
    }

    /// Initial values, in the order of [`NetSpec::params`]: weights uniform with variance gain² / inputs
    /// (gain √2 in the trunk, 0.01 in the policy head so that play starts out uniform, 1 in the value head), biases 0.
    #[must_use]
    pub fn initial(&self, seed: u64) -> Vec<Vec<f32>> {
        let mut values = Vec::new();
        for (i, (name, inputs, outputs)) in self.layers().into_iter().enumerate() {
            let gain: f64 = match name.as_str() {
                "policy" => 0.01,
                "value" => 1.0,
                _ => std::f64::consts::SQRT_2,
            };
            let bound = gain * (3.0 / inputs as f64).sqrt();
            let mut rng = Rng::keyed(seed, "weights", i as u64);
            values.push((0..inputs * outputs).map(|_| (bound * (2.0 * rng.uniform() - 1.0)) as f32).collect());
            values.push(vec![0.0; outputs]);
        }
        values
    }
}

/// Rows that a net reads.
#[derive(Clone, Debug)]
pub enum Input {
    /// Set features of each row, for a first layer that sums rows of its weight.
    Sparse(Arc<Sparse>),
    /// `[rows, features]`, for a first layer that multiplies.
    Dense(Tensor),
}

/// An actor-critic whose parameters candle differentiates.
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
        let named = spec.params();
        assert_eq!(named.len(), values.len(), "one value a parameter");
        let param = |((name, shape), value): ((String, Vec<usize>), Vec<f32>)| Param {
            name,
            var: Var::from_vec(value, shape, &Device::Cpu).expect("a value has its parameter's size"),
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

    /// Logits `[rows, actions]` and values `[rows, 1]`, recorded for the backward pass.
    ///
    /// # Errors
    /// When the rows do not have this net's features.
    pub fn forward(&self, input: &Input) -> Result<(Tensor, Tensor)> {
        let layer = |i: usize| (self.params[2 * i].var.as_tensor(), self.params[2 * i + 1].var.as_tensor());
        let linear = |i: usize, x: &Tensor, activation: Activation, input_grad: bool| {
            let (w, b) = layer(i);
            x.apply_op3(w, b, Linear { activation, input_grad })
        };
        let (w, b) = layer(0);
        let mut x = match input {
            Input::Sparse(rows) => w.apply_op2(b, IndexSum { rows: Arc::clone(rows), activation: Activation::Tanh })?,
            Input::Dense(x) => linear(0, x, Activation::Tanh, false)?,
        };
        let depth = self.spec.hidden.len();
        for i in 1..depth {
            x = linear(i, &x, Activation::Tanh, true)?;
        }
        Ok((linear(depth, &x, Activation::None, true)?, linear(depth + 1, &x, Activation::None, true)?))
    }
}

/// The same net on slices, without a graph: for rollouts and evaluation.
///
/// A row's result depends neither on the rows beside it nor on the machine;
/// [`Net::forward`] agrees with it up to rounding.
#[derive(Clone, Debug)]
pub struct Frozen {
    actions: usize,
    /// Weight and bias of each layer, then of both heads, whose weights are transposed.
    layers: Vec<[Vec<f32>; 2]>,
    scratch: [Vec<f32>; 2],
}

impl Frozen {
    /// From values in the order of [`NetSpec::params`].
    #[must_use]
    pub fn new(spec: &NetSpec, values: Vec<Vec<f32>>) -> Self {
        let mut values = values.into_iter();
        let mut layers = Vec::new();
        while let (Some(w), Some(b)) = (values.next(), values.next()) {
            layers.push([w, b]);
        }
        assert_eq!(layers.len(), spec.hidden.len() + 2, "a weight and a bias for each layer and head");
        for [w, b] in &mut layers[spec.hidden.len()..] {
            *w = kernel::transpose(w, b.len());
        }
        Self { actions: spec.actions, layers, scratch: Default::default() }
    }

    /// Number of actions.
    #[must_use]
    pub const fn actions(&self) -> usize {
        self.actions
    }

    /// Units of the last hidden layer.
    #[must_use]
    pub fn units(&self) -> usize {
        self.layers[self.layers.len() - 3][1].len()
    }

    /// What the last hidden layer held in the last [`Frozen::forward`], `[rows, units]`.
    #[must_use]
    pub fn hidden(&self) -> &[f32] {
        &self.scratch[0]
    }

    /// Fills `logits` (`[rows, actions]`) and `values` (`[rows]`), resizing both.
    pub fn forward(&mut self, rows: &Features, logits: &mut Vec<f32>, values: &mut Vec<f32>) {
        let n = rows.rows();
        let [x, y] = &mut self.scratch;
        let ([first, trunk @ ..], [policy, value]) = self.layers.split_at(self.layers.len() - 2) else {
            unreachable!("a trunk and two heads")
        };
        let [w, b] = first;
        x.resize(n * b.len(), 0.0);
        match rows {
            Features::Sparse(rows) => kernel::index_sum(rows, w, b, Activation::Tanh, x),
            Features::Dense(rows) => kernel::linear_of_few(rows.values(), w, b, Activation::Tanh, x),
        }
        for [w, b] in trunk {
            y.resize(n * b.len(), 0.0);
            kernel::linear(x, w, b, Activation::Tanh, y);
            std::mem::swap(x, y);
        }
        logits.resize(n * self.actions, 0.0);
        values.resize(n, 0.0);
        kernel::narrow(x, &policy[0], &policy[1], logits);
        kernel::narrow(x, &value[0], &value[1], values);
    }
}
