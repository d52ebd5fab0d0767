//! Work of a known size, for benchmarks. Nothing here reads a clock: the caller does.

use crate::adam::{Adam, Diverged};
use crate::config::{AgentConfig, FirstLayer};
use crate::loss::{Coefficients, Rows};
use crate::net::{ConvSpec, Net, NetSpec};
use crate::ppo::{input, minibatch};
use crate::view::{Features, Sparse};
use misgen_core::Rng;
use pulp::{Arch, Simd, WithSimd};
use std::hint::black_box;

/// Independent sums: enough to cover the latency of a fused multiply-add on two ports, few enough that they
/// and two constants fit into sixteen registers.
const SUMS: usize = 12;

/// Fused multiply-adds on registers alone, at the widest vectors of this CPU: the most that one core can do.
#[derive(Clone, Copy, Debug)]
pub struct FmaLoop {
    /// Rounds of twelve vector operations.
    pub rounds: u64,
}

impl FmaLoop {
    /// Runs it. Returns the floating-point operations done (two for each fused one).
    #[must_use]
    pub fn run(self) -> f64 {
        let (flop, sum) = Arch::new().dispatch(self);
        black_box(sum);
        flop
    }
}

impl WithSimd for FmaLoop {
    type Output = (f64, f32);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
        // Unknown to the compiler, so that no round can be worked out beforehand.
        let (a, b) = (simd.splat_f32s(black_box(0.999_9)), simd.splat_f32s(black_box(1e-4)));
        let mut sums = [simd.splat_f32s(0.5); SUMS];
        for _ in 0..self.rounds {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, a, b);
            }
        }
        let total = sums.iter().fold(simd.splat_f32s(0.0), |total, sum| simd.add_f32s(total, *sum));
        (2.0 * (S::F32_LANES * SUMS) as f64 * self.rounds as f64, simd.reduce_sum_f32s(total))
    }
}

/// One PPO update on a minibatch of 1024 rows unless said otherwise, Adam included, of a net for a 13 × 13 grid with five actions.
#[derive(Clone, Debug)]
pub struct UpdateWork {
    config: AgentConfig,
    net: Net,
    adam: Adam,
    features: Sparse,
    rows: Rows,
}

impl UpdateWork {
    const ROWS: usize = 1024;
    const SIDE: usize = 13;
    const ACTIONS: usize = 5;

    /// Two tanh layers of 256 over `channels` planes.
    #[must_use]
    pub fn mlp(channels: usize, seed: u64) -> Self {
        Self::of(
            channels,
            AgentConfig { hidden: vec![256; 2], first_layer: FirstLayer::Dense, ..AgentConfig::default() },
            Self::ROWS,
            seed,
        )
    }

    /// Convolutions of 16, 32 and 32 channels over 8 planes, then a tanh layer of 64.
    #[must_use]
    pub fn cnn(seed: u64) -> Self {
        Self::cnn_on(Self::ROWS, seed)
    }

    /// The same net on fewer rows, for those who count instructions under an emulator.
    #[must_use]
    pub fn cnn_on(rows: usize, seed: u64) -> Self {
        Self::of(8, AgentConfig { conv: vec![16, 32, 32], hidden: vec![64], ..AgentConfig::default() }, rows, seed)
    }

    /// Draws weights, features (a tenth of them set) and outcomes.
    fn of(channels: usize, config: AgentConfig, minibatch: usize, seed: u64) -> Self {
        let features = Self::SIDE * Self::SIDE * channels;
        let conv = ConvSpec::chain([Self::SIDE, Self::SIDE, channels], &config.conv);
        let spec = NetSpec { conv, ..NetSpec::mlp(features, config.hidden.clone(), Self::ACTIONS) };
        let net = Net::new(spec.clone(), spec.initial(seed));
        let adam = Adam::new(net.params(), 1e-4, 1e-5, 0.5, 0.0);
        let mut rng = Rng::keyed(seed, "bench", 0);
        let (mut set, mut rows) = (Sparse::default(), Rows::default());
        for _ in 0..minibatch {
            let row: Vec<u32> = (0..features as u32).filter(|_| rng.chance(0.1)).collect();
            set.push(&row);
            rows.actions.push(rng.below(Self::ACTIONS as u32) as u8);
            rows.log_probs.push(-(Self::ACTIONS as f32).ln());
            rows.advantages.push(rng.uniform() as f32 - 0.5);
            rows.returns.push(rng.uniform() as f32);
        }
        Self { config, net, adam, features: set, rows }
    }

    /// Floating-point operations of one run: the matrix products forward, by weight and, after the first layer, by input.
    #[must_use]
    pub fn flop(&self) -> f64 {
        let spec = self.net.spec();
        let mut layers: Vec<usize> = spec.conv.iter().map(ConvSpec::products).collect();
        let mut inputs = spec.flat();
        for &units in &spec.hidden {
            layers.push(inputs * units);
            inputs = units;
        }
        layers.push(inputs * (Self::ACTIONS + 1));
        let passes = 3 * layers.iter().sum::<usize>() - layers[0];
        (2 * self.rows.actions.len() * passes) as f64
    }

    /// Unpacks the rows and takes one optimiser step. Returns the loss.
    ///
    /// # Errors
    /// When a number stopped being finite.
    pub fn run(&mut self) -> Result<f64, Diverged> {
        let input = input(&self.config, Features::Sparse(self.features.clone()), self.net.spec().features);
        let coefficients = Coefficients { clip: 0.2, value: 0.5, entropy: 0.01 };
        let (terms, _) = minibatch(&self.net, &mut self.adam, &input, None, self.rows.clone(), coefficients)?;
        Ok(terms.loss)
    }

    /// The product of an MLP's first layer alone, through candle: the best that its update could reach.
    /// Returns the floating-point operations done.
    ///
    /// # Errors
    /// None in practice; candle's signature.
    pub fn products(&self) -> candle_core::Result<f64> {
        let (device, inputs) = (&candle_core::Device::Cpu, self.net.spec().features);
        let rows = self.rows.actions.len();
        let x = candle_core::Tensor::ones((rows, inputs), candle_core::DType::F32, device)?;
        black_box(x.matmul(&self.net.params()[0].var.detach())?);
        Ok((2 * rows * inputs * self.net.spec().hidden[0]) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_counts_what_it_does() {
        let (one, two) = (FmaLoop { rounds: 10 }.run(), FmaLoop { rounds: 20 }.run());
        assert!(one >= 2.0 * 10.0 * SUMS as f64);
        assert_eq!(two, 2.0 * one);
    }

    #[test]
    fn operations_are_counted_by_hand() {
        // 845·256 forward and by weight; 256·256 and the heads' 256·6 also by input.
        let flop = 2 * 1024 * (2 * 845 * 256 + 3 * 256 * 256 + 3 * 256 * 6);
        assert_eq!(UpdateWork::mlp(5, 0).flop(), f64::from(flop));
        // 13·13 and 7·7 pixels of nine taps.
        let flop = 2 * 169 * 72 * 16 + 3 * (49 * 144 * 32 + 49 * 288 * 32 + 49 * 32 * 64 + 64 * 6);
        assert_eq!(UpdateWork::cnn(0).flop(), 2048.0 * f64::from(flop));
        assert_eq!(UpdateWork::cnn_on(128, 0).flop(), 256.0 * f64::from(flop));
    }

    #[test]
    fn the_update_learns_its_rows() {
        for mut work in [UpdateWork::mlp(5, 0), UpdateWork::cnn(0)] {
            let first = work.run().unwrap();
            let last = (0..20).map(|_| work.run().unwrap()).last().unwrap();
            assert!(last < first, "{first} to {last}");
        }
    }
}
