//! Keyed randomness: every stream is a pure function of (seed, purpose, index).

use serde::{Deserialize, Serialize};

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of random numbers, named by what it is for.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014, §3): eight bytes of state, so that each lane and
/// each episode can own one. Sampling is our own and held by golden vectors, because
/// the distributions of general libraries may change value between releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rng(u64);

/// The output function of SplitMix64 (variant 13 of Stafford's mixers).
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// FNV-1a of the purpose's bytes.
const fn hash(purpose: &str) -> u64 {
    let bytes = purpose.as_bytes();
    let mut h = 0xCBF2_9CE4_8422_2325_u64;
    let mut i = 0;
    while i < bytes.len() {
        h = (h ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        i += 1;
    }
    h
}

impl Rng {
    /// The stream of (`seed`, `purpose`, `index`).
    #[must_use]
    pub const fn keyed(seed: u64, purpose: &str, index: u64) -> Self {
        let seeded = mix(seed.wrapping_add(GOLDEN));
        let purposed = mix(seeded ^ hash(purpose));
        Self(mix(purposed.wrapping_add(index.wrapping_mul(GOLDEN))))
    }

    /// A stream derived from this one's present state, for a nested purpose. This one does not move.
    #[must_use]
    pub const fn derive(&self, purpose: &str, index: u64) -> Self {
        Self::keyed(self.0, purpose, index)
    }

    /// The next 64 bits.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Leaves `n` draws of 64 bits out, in no time.
    pub const fn skip(&mut self, n: u64) {
        self.0 = self.0.wrapping_add(GOLDEN.wrapping_mul(n));
    }

    /// The next 32 bits: the upper half of [`Rng::next_u64`].
    #[inline]
    pub const fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    /// Uniform in `0..n`, without bias (Lemire 2019, multiply and reject). One draw nearly always.
    ///
    /// # Panics
    /// When `n` is 0.
    #[inline]
    pub const fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "below(0) has no outcome");
        let mut product = self.next_u32() as u64 * n as u64;
        let mut low = product as u32;
        if low < n {
            let threshold = n.wrapping_neg() % n;
            while low < threshold {
                product = self.next_u32() as u64 * n as u64;
                low = product as u32;
            }
        }
        (product >> 32) as u32
    }

    /// Uniform in [0, 1) with 53 bits.
    #[inline]
    pub const fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// True with probability `p`.
    #[inline]
    pub const fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// An index drawn in proportion to `weights` (not negative, sum above 0).
    pub fn weighted(&mut self, weights: impl IntoIterator<Item = f64> + Clone) -> usize {
        let total: f64 = weights.clone().into_iter().sum();
        let mut left = self.uniform() * total;
        let mut last = 0;
        for (i, w) in weights.into_iter().enumerate() {
            if w > 0.0 {
                last = i;
                if left < w {
                    return i;
                }
                left -= w;
            }
        }
        last
    }

    /// One of `items`.
    ///
    /// # Panics
    /// When `items` is empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(u32::try_from(items.len()).expect("fewer than 2^32 items")) as usize]
    }

    /// A uniformly random permutation in place (Fisher and Yates).
    #[inline]
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(u32::try_from(i + 1).expect("fewer than 2^32 items")) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::SplitMix64;
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng};

    #[test]
    fn agrees_with_the_reference_implementation() {
        for state in [0, 1, 1_234_567, u64::MAX] {
            let mut ours = Rng(state);
            let mut theirs = SplitMix64::from_seed(state.to_le_bytes());
            for _ in 0..100 {
                assert_eq!(ours.next_u64(), theirs.next_u64());
            }
        }
    }

    #[test]
    fn skipping_is_drawing_and_looking_away() {
        let (mut a, mut b) = (Rng::keyed(3, "test", 1), Rng::keyed(3, "test", 1));
        a.skip(5);
        for _ in 0..5 {
            b.uniform();
        }
        assert_eq!(a, b);
    }

    #[test]
    fn golden_vectors() {
        let mut rng = Rng::keyed(7, "layout", 3);
        let bits: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        let small: Vec<u32> = (0..12).map(|_| rng.below(10)).collect();
        let share = rng.uniform();
        let mut order = [0, 1, 2, 3, 4, 5, 6, 7];
        rng.shuffle(&mut order);
        let weighted: Vec<usize> = (0..8).map(|_| rng.weighted([0.1, 0.0, 0.6, 0.3])).collect();
        assert_eq!(
            format!("{bits:x?} {small:?} {share:.15} {order:?} {weighted:?}"),
            "[333566f0d19b0ac7, c838a979438fa43e, 68e78251c75420f4] [8, 9, 8, 7, 5, 9, 8, 3, 6, 8, 0, 3] \
             0.664769545054938 [0, 7, 6, 4, 3, 5, 1, 2] [3, 3, 2, 3, 2, 0, 2, 0]"
        );
    }

    #[test]
    fn keys_tell_streams_apart() {
        let first = |seed, purpose, index| Rng::keyed(seed, purpose, index).next_u64();
        let mut seen = std::collections::HashSet::new();
        for seed in 0..20 {
            for purpose in ["layout", "placement", "chance", "draw"] {
                for index in 0..200 {
                    assert!(seen.insert(first(seed, purpose, index)));
                }
            }
        }
    }

    #[test]
    fn below_is_uniform() {
        let mut rng = Rng::keyed(1, "test", 0);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[rng.below(7) as usize] += 1;
        }
        let chi2: f64 = counts.iter().map(|&c| (f64::from(c) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi2 < 22.5, "chi-square of 6 degrees: {chi2} (p < .001)");
    }
}
