//! Observations: a byte or two a cell, one bit a channel.

use serde::{Deserialize, Serialize};

/// A colour, 8 bits a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The meaning of one observation bit, and how a person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Short name. Every family has one channel called `agent`.
    pub name: &'static str,
    /// What stands there, in ASCII.
    pub glyph: char,
    /// Its colour in terminals and pictures.
    pub color: Rgb,
    /// What it does to a cell.
    pub layer: Layer,
}

/// What a channel does to the picture of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// A thing that stands on the cell.
    Thing,
    /// It colours the ground under a thing (a lit cell).
    Ground,
    /// It colours the thing that stands on the cell; several tints of one cell add up as coloured light does.
    Tint,
}

impl Channel {
    /// Whether it colours the ground.
    #[must_use]
    pub const fn is_ground(&self) -> bool {
        matches!(self.layer, Layer::Ground)
    }

    /// Whether it fills its cell, as walls do.
    #[must_use]
    pub const fn is_wall(&self) -> bool {
        self.glyph == '#' && matches!(self.layer, Layer::Thing)
    }

    /// Whether it colours the thing on its cell.
    #[must_use]
    pub const fn is_tint(&self) -> bool {
        matches!(self.layer, Layer::Tint)
    }
}

/// What a policy may know about observations before it sees one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObsSpec {
    /// Rows of the grid.
    pub height: usize,
    /// Columns of the grid.
    pub width: usize,
    /// Meaning of each bit of a cell.
    pub channels: &'static [Channel],
    /// Bytes a cell (1 or 2, in native order).
    pub cell_bytes: usize,
    /// Number of actions.
    pub actions: usize,
}

impl ObsSpec {
    /// Bytes of one lane's observation.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.height * self.width * self.cell_bytes
    }

    /// The bit of the channel called `name`.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<usize> {
        self.channels.iter().position(|c| c.name == name)
    }

    /// The bits of cell `index` (row-major) of one lane's observation.
    #[must_use]
    #[inline]
    pub fn cell(&self, obs: &[u8], index: usize) -> u16 {
        if self.cell_bytes == 1 {
            u16::from(obs[index])
        } else {
            u16::from_ne_bytes([obs[2 * index], obs[2 * index + 1]])
        }
    }
}

/// A cell of an observation: `u8`, or `u16` where eight channels do not suffice.
pub trait CellBits: bytemuck::Pod + Send + Sync + Default + PartialEq + std::fmt::Debug {
    /// Nothing there.
    const EMPTY: Self;
    /// Adds channel `k`.
    fn set(&mut self, k: u8);
    /// Removes channel `k`.
    fn clear(&mut self, k: u8);
    /// Whether channel `k` is there.
    fn has(self, k: u8) -> bool;
}

macro_rules! cell_bits {
    ($($t:ty),*) => {$(
        impl CellBits for $t {
            const EMPTY: Self = 0;
            #[inline]
            fn set(&mut self, k: u8) { *self |= 1 << k; }
            #[inline]
            fn clear(&mut self, k: u8) { *self &= !(1 << k); }
            #[inline]
            fn has(self, k: u8) -> bool { self >> k & 1 == 1 }
        }
    )*};
}
cell_bits!(u8, u16);
