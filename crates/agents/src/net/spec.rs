//! Sizes of a net, its parameters' names and shapes, and what they begin with.

use misgen_core::Rng;

/// Pixels that a 3×3 convolution reads for one of its own.
pub(crate) const TAPS: usize = 9;

/// Sizes of a net: convolutions, tanh layers, a recurrent unit, then a head of policies and one of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetSpec {
    /// Features of the view.
    pub features: usize,
    /// The convolutions, where there are some.
    pub conv: Vec<ConvSpec>,
    /// Units of each tanh layer.
    pub hidden: Vec<usize>,
    /// Units of the gated recurrent unit, where there is one.
    pub gru: Option<usize>,
    /// Outputs of the policy head: actions, times the number of policies.
    pub outputs: usize,
    /// Whether there is a value head.
    pub value: bool,
}

/// A 3×3 convolution with a margin of zeros, followed by a rectifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvSpec {
    /// Rows, columns and channels of what it reads.
    pub input: [usize; 3],
    /// Channels of what it gives.
    pub channels: usize,
    /// 1, or 2 to halve the grid.
    pub stride: usize,
    /// Whether its input is added to its result.
    pub residual: bool,
}

impl ConvSpec {
    /// Rows, columns and channels of what it gives.
    #[must_use]
    pub const fn output(&self) -> [usize; 3] {
        let [height, width, _] = self.input;
        [height.div_ceil(self.stride), width.div_ceil(self.stride), self.channels]
    }

    /// Numbers of its input and of its output.
    #[must_use]
    pub const fn sizes(&self) -> [usize; 2] {
        let ([h, w, c], [oh, ow, oc]) = (self.input, self.output());
        [h * w * c, oh * ow * oc]
    }

    /// Numbers that one row's output pixels read: the channels of nine pixels for each.
    #[must_use]
    pub const fn columns(&self) -> usize {
        let [height, width, _] = self.output();
        height * width * TAPS * self.input[2]
    }

    /// Multiplications of one pass over one row.
    #[must_use]
    pub const fn products(&self) -> usize {
        let [height, width, channels] = self.output();
        height * width * channels * TAPS * self.input[2]
    }

    /// Convolutions of `channels` over a picture: one with as many channels as the layer before is residual, one with others, the
    /// first aside, halves the grid.
    #[must_use]
    pub fn chain(picture: [usize; 3], channels: &[usize]) -> Vec<Self> {
        let mut input = picture;
        let mut chain = Vec::with_capacity(channels.len());
        for (i, &channels) in channels.iter().enumerate() {
            let residual = i > 0 && channels == input[2];
            let layer = Self { input, channels, stride: if i == 0 || residual { 1 } else { 2 }, residual };
            input = layer.output();
            chain.push(layer);
        }
        chain
    }
}

/// A weight and its bias.
struct Layer {
    name: String,
    inputs: usize,
    outputs: usize,
    /// The weight's standard deviation, times the root of the inputs.
    gain: f64,
}

impl NetSpec {
    /// Tanh layers alone, with a policy of `actions` and a value.
    #[must_use]
    pub const fn mlp(features: usize, hidden: Vec<usize>, actions: usize) -> Self {
        Self { features, conv: Vec::new(), hidden, gru: None, outputs: actions, value: true }
    }

    /// Numbers that the first tanh layer reads.
    #[must_use]
    pub fn flat(&self) -> usize {
        self.conv.last().map_or(self.features, |last| last.sizes()[1])
    }

    /// Numbers that the heads read.
    #[must_use]
    pub fn units(&self) -> usize {
        self.gru.or(self.hidden.last().copied()).unwrap_or_else(|| self.flat())
    }

    fn layers(&self) -> Vec<Layer> {
        const TANH: f64 = std::f64::consts::SQRT_2;
        let layer = |name: String, inputs, outputs, gain| Layer { name, inputs, outputs, gain };
        let mut layers = Vec::new();
        for (i, conv) in self.conv.iter().enumerate() {
            // A residual layer adds to what is there already: it begins small.
            let gain = if conv.residual { TANH / 2.0 } else { TANH };
            layers.push(layer(format!("conv.{i}"), TAPS * conv.input[2], conv.channels, gain));
        }
        let mut inputs = self.flat();
        for (i, &units) in self.hidden.iter().enumerate() {
            layers.push(layer(format!("trunk.{i}"), inputs, units, TANH));
            inputs = units;
        }
        if let Some(units) = self.gru {
            layers.push(layer("gru.input".into(), inputs, 3 * units, 1.0));
            layers.push(layer("gru.state".into(), units, 3 * units, 1.0));
            inputs = units;
        }
        layers.push(layer("policy".into(), inputs, self.outputs, 0.01));
        if self.value {
            layers.push(layer("value".into(), inputs, 1, 1.0));
        }
        layers
    }

    /// Names and shapes of all parameters, in their fixed order: weights are `[inputs, outputs]`, biases `[outputs]`. A
    /// convolution's inputs are those of its nine pixels, row by row, channel by channel.
    #[must_use]
    pub fn params(&self) -> Vec<(String, Vec<usize>)> {
        let pair = |Layer { name, inputs, outputs, .. }: Layer| {
            [(format!("{name}.weight"), vec![inputs, outputs]), (format!("{name}.bias"), vec![outputs])]
        };
        self.layers().into_iter().flat_map(pair).collect()
    }

    /// Initial values, in the order of [`NetSpec::params`]: weights uniform with variance gain² / inputs
    /// (gain √2 before a tanh or rectifier, 0.01 in the policy head so that play starts out uniform, 1 elsewhere), biases 0.
    #[must_use]
    pub fn initial(&self, seed: u64) -> Vec<Vec<f32>> {
        let mut values = Vec::new();
        for (i, Layer { inputs, outputs, gain, .. }) in self.layers().into_iter().enumerate() {
            let bound = gain * (3.0 / inputs as f64).sqrt();
            let mut rng = Rng::keyed(seed, "weights", i as u64);
            values.push((0..inputs * outputs).map(|_| (bound * (2.0 * rng.uniform() - 1.0)) as f32).collect());
            values.push(vec![0.0; outputs]);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_halves_where_channels_change_and_adds_where_they_do_not() {
        let chain = ConvSpec::chain([13, 13, 8], &[16, 32, 32]);
        let said: Vec<_> = chain.iter().map(|c| (c.output(), c.stride, c.residual)).collect();
        assert_eq!(said, [([13, 13, 16], 1, false), ([7, 7, 32], 2, false), ([7, 7, 32], 1, true)]);
        // Even when the picture has as many channels as the first layer gives.
        assert!(!ConvSpec::chain([5, 5, 16], &[16])[0].residual);
    }

    #[test]
    fn a_chain_counts_its_products() {
        let chain = ConvSpec::chain([4, 3, 2], &[5]);
        assert_eq!(chain[0].products(), 12 * 5 * 18);
        assert_eq!(chain[0].sizes(), [24, 60]);
    }
}
