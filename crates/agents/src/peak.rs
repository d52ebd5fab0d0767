//! Work of a known size, for benchmarks. Nothing here reads a clock: the caller does.

use crate::adam::{Adam, Diverged};
use crate::config::FirstLayer;
use crate::loss::{Coefficients, Rows};
use crate::net::{Net, NetSpec};
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

/// One PPO update on a minibatch of 1024 rows, Adam included: 13 × 13 × 5 inputs, two layers of 256, five actions.
#[derive(Clone, Debug)]
pub struct UpdateWork {
    net: Net,
    adam: Adam,
    features: Sparse,
    rows: Rows,
}

impl UpdateWork {
    const ROWS: usize = 1024;
    const INPUTS: usize = 13 * 13 * 5;
    const HIDDEN: usize = 256;
    const ACTIONS: usize = 5;

    /// Draws weights, features (a tenth of them set) and outcomes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let spec = NetSpec { features: Self::INPUTS, hidden: vec![Self::HIDDEN; 2], actions: Self::ACTIONS };
        let net = Net::new(spec.clone(), spec.initial(seed));
        let adam = Adam::new(net.params(), 1e-4, 1e-5, 0.5);
        let mut rng = Rng::keyed(seed, "bench", 0);
        let (mut features, mut rows) = (Sparse::default(), Rows::default());
        for _ in 0..Self::ROWS {
            let row: Vec<u32> = (0..Self::INPUTS as u32).filter(|_| rng.chance(0.1)).collect();
            features.push(&row);
            rows.actions.push(rng.below(Self::ACTIONS as u32) as u8);
            rows.log_probs.push(-(Self::ACTIONS as f32).ln());
            rows.advantages.push(rng.uniform() as f32 - 0.5);
            rows.returns.push(rng.uniform() as f32);
        }
        Self { net, adam, features, rows }
    }

    /// Floating-point operations of one run: the matrix products forward, by weight and, after the first layer, by input.
    #[must_use]
    pub const fn flop() -> f64 {
        let heads = Self::HIDDEN * (Self::ACTIONS + 1);
        let weights = 2 * Self::INPUTS * Self::HIDDEN + 3 * Self::HIDDEN * Self::HIDDEN + 3 * heads;
        (2 * Self::ROWS * weights) as f64
    }

    /// Unpacks the rows and takes one optimiser step. Returns the loss.
    ///
    /// # Errors
    /// When a number stopped being finite.
    pub fn run(&mut self) -> Result<f64, Diverged> {
        let input = input(FirstLayer::Dense, Features::Sparse(self.features.clone()), Self::INPUTS);
        let coefficients = Coefficients { clip: 0.2, value: 0.5, entropy: 0.01 };
        let (terms, _) = minibatch(&self.net, &mut self.adam, &input, self.rows.clone(), coefficients)?;
        Ok(terms.loss)
    }

    /// The products of that update alone, through candle: the best that the update could reach.
    /// Returns the floating-point operations done.
    ///
    /// # Errors
    /// None in practice; candle's signature.
    pub fn products(&self) -> candle_core::Result<f64> {
        let device = &candle_core::Device::Cpu;
        let x = candle_core::Tensor::ones((Self::ROWS, Self::INPUTS), candle_core::DType::F32, device)?;
        black_box(x.matmul(&self.net.params()[0].var.detach())?);
        Ok((2 * Self::ROWS * Self::INPUTS * Self::HIDDEN) as f64)
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
    fn the_update_learns_its_rows() {
        let mut work = UpdateWork::new(0);
        let first = work.run().unwrap();
        let last = (0..20).map(|_| work.run().unwrap()).last().unwrap();
        assert!(last < first, "{first} to {last}");
    }
}
