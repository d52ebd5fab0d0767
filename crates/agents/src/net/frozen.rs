//! A net on slices, without a graph: for rollouts and evaluation.

use super::{ConvSpec, NetSpec};
use crate::kernel::{self, Activation};
use crate::view::Features;

/// A net that plays.
///
/// A row's result depends neither on the rows beside it nor on the machine;
/// [`super::Net::forward`] agrees with it up to rounding.
#[derive(Clone, Debug)]
pub struct Frozen {
    spec: NetSpec,
    /// Weight and bias of each layer; those of the heads are transposed.
    layers: Vec<[Vec<f32>; 2]>,
    scratch: [Vec<f32>; 3],
}

impl Frozen {
    /// From values in the order of [`NetSpec::params`].
    ///
    /// # Panics
    /// When there are more or fewer.
    #[must_use]
    pub fn new(spec: &NetSpec, values: Vec<Vec<f32>>) -> Self {
        assert_eq!(values.len(), spec.params().len(), "a weight and a bias for each layer and head");
        let mut values = values.into_iter();
        let mut layers = Vec::new();
        while let (Some(w), Some(b)) = (values.next(), values.next()) {
            layers.push([w, b]);
        }
        let heads = layers.len() - 1 - usize::from(spec.value);
        for [w, b] in &mut layers[heads..] {
            *w = kernel::transpose(w, b.len());
        }
        Self { spec: spec.clone(), layers, scratch: Default::default() }
    }

    /// Sizes.
    #[must_use]
    pub const fn spec(&self) -> &NetSpec {
        &self.spec
    }

    /// Numbers that the heads read.
    #[must_use]
    pub fn units(&self) -> usize {
        self.spec.units()
    }

    /// Numbers that the net remembers of each lane; 0 where it remembers none.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.spec.gru.unwrap_or(0)
    }

    /// What the heads read in the last [`Frozen::forward`], `[rows, units]`: for a recurrent net what it remembers now.
    #[must_use]
    pub fn hidden(&self) -> &[f32] {
        &self.scratch[0]
    }

    /// Fills `policy` (`[rows, outputs]`) and `values` (`[rows]`; NaN where there is no value head), resizing both. `memory` is what a
    /// recurrent net remembers of each row, `[rows, memory]`; it is not changed.
    ///
    /// # Panics
    /// When the rows are of another view, or there is not the memory of each.
    pub fn forward(&mut self, rows: &Features, memory: &[f32], policy: &mut Vec<f32>, values: &mut Vec<f32>) {
        let n = rows.rows();
        assert_eq!(memory.len(), n * self.memory(), "the memory of each row");
        let Self { spec, layers, scratch: [x, y, z] } = self;
        let mut layers = layers.iter();
        let mut next = || layers.next().expect("as many layers as the sizes say");
        let mut first = true;
        for (i, conv) in spec.conv.iter().enumerate() {
            if i == 0 {
                match rows {
                    Features::Dense(rows) => rows.values().clone_into(x),
                    Features::Sparse(rows) => rows.dense_into(spec.features, x),
                }
            }
            let [w, b] = next();
            convolve(conv, n, x, w, b, y, z);
            std::mem::swap(x, y);
            first = false;
        }
        for _ in &spec.hidden {
            let [w, b] = next();
            y.resize(n * b.len(), 0.0);
            match (first, rows) {
                (true, Features::Sparse(rows)) => kernel::index_sum(rows, w, b, Activation::Tanh, y),
                (true, Features::Dense(rows)) => kernel::linear_of_few(rows.values(), w, b, Activation::Tanh, y),
                (false, _) => kernel::linear(x, w, b, Activation::Tanh, y),
            }
            std::mem::swap(x, y);
            first = false;
        }
        if let Some(units) = spec.gru {
            let ([wx, bx], [wh, bh]) = (next(), next());
            for (out, before, w, b) in [(&mut *y, &x[..], wx, bx), (&mut *z, memory, wh, bh)] {
                out.resize(n * 3 * units, 0.0);
                kernel::linear(before, w, b, Activation::None, out);
            }
            x.resize(n * units, 0.0);
            kernel::gru(y, z, memory, units, x, None);
        }
        let [w, b] = next();
        policy.resize(n * spec.outputs, 0.0);
        kernel::narrow(x, w, b, policy);
        values.clear();
        values.resize(n, f32::NAN);
        if spec.value {
            let [w, b] = next();
            kernel::narrow(x, w, b, values);
        }
    }
}

/// Convolves `x[n, input]` to `y[n, output]`; `columns` is scratch.
fn convolve(conv: &ConvSpec, n: usize, x: &[f32], w: &[f32], b: &[f32], y: &mut Vec<f32>, columns: &mut Vec<f32>) {
    let [inputs, outputs] = conv.sizes();
    y.resize(n * outputs, 0.0);
    columns.resize(conv.columns(), 0.0);
    for (x, y) in x[..n * inputs].chunks_exact(inputs).zip(y.chunks_exact_mut(outputs)) {
        kernel::im2col(conv, x, columns);
        kernel::linear(columns, w, b, Activation::Relu, y);
        if conv.residual {
            kernel::add(x, y);
        }
    }
}
