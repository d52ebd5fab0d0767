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
}

impl Noise {
    /// How many outcomes there are.
    #[must_use]
    pub const fn outcomes(&self) -> u32 {
        match self {
            Self::Certain => 1,
            Self::Uniform(n) => *n,
            Self::Table(weights) => weights.len() as u32,
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
        }
    }

    /// Draws an outcome. [`Noise::Certain`] consumes nothing.
    #[inline]
    pub fn draw(&self, rng: &mut Rng) -> u32 {
        match self {
            Self::Certain => 0,
            Self::Uniform(n) => rng.below(*n),
            Self::Table(weights) => rng.weighted(weights.iter().map(|&w| f64::from(w))) as u32,
        }
    }
}
