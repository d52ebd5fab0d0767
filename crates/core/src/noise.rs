//! Chance inside an episode: a declared finite law, so that the solver can average over it.

use crate::Rng;

/// The law of one step's chance draw. Outcomes are numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// One outcome, number 0.
    Certain,
    /// That many equally likely outcomes.
    Uniform(u32),
    /// One outcome for each weight, in proportion to it.
    Table(&'static [f32]),
    /// Outcome 0, but with probability `chance` one of the outcomes 1 to `kinds`, all of them equally likely.
    Sometimes {
        /// Probability that it is not outcome 0.
        chance: f32,
        /// How many other outcomes there are.
        kinds: u32,
    },
}

impl Noise {
    /// How many outcomes there are.
    #[must_use]
    pub const fn outcomes(&self) -> u32 {
        match self {
            Self::Certain => 1,
            Self::Uniform(n) => *n,
            Self::Table(weights) => weights.len() as u32,
            Self::Sometimes { kinds, .. } => 1 + *kinds,
        }
    }

    /// Probability of `outcome`.
    #[must_use]
    pub fn probability(&self, outcome: u32) -> f64 {
        match self {
            Self::Certain => 1.0,
            Self::Uniform(n) => 1.0 / f64::from(*n),
            Self::Table(weights) => {
                let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
                f64::from(weights[outcome as usize]) / total
            }
            Self::Sometimes { kinds: 0, .. } => 1.0,
            Self::Sometimes { chance, .. } if outcome == 0 => 1.0 - f64::from(*chance),
            Self::Sometimes { chance, kinds } => f64::from(*chance) / f64::from(*kinds),
        }
    }

    /// Draws an outcome. [`Noise::Certain`] consumes nothing.
    #[inline]
    pub fn draw(&self, rng: &mut Rng) -> u32 {
        match self {
            Self::Certain => 0,
            Self::Uniform(n) => rng.below(*n),
            Self::Table(weights) => rng.weighted(weights.iter().map(|&w| f64::from(w))) as u32,
            Self::Sometimes { chance, kinds } => {
                if *kinds > 0 && rng.chance(f64::from(*chance)) {
                    1 + rng.below(*kinds)
                } else {
                    0
                }
            }
        }
    }
}
