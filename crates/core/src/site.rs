//! Sites: two matched places of a layout at which cues can be put, for designs that cross cues with places.

use serde::{Deserialize, Serialize};

/// One of the two sites of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// The site that comes first in reading order: higher, and among equals farther left.
    A,
    /// The other one.
    B,
}

impl Site {
    /// The other site.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// `(a, b)[self]`.
    #[must_use]
    pub fn of<T>(self, (a, b): (T, T)) -> T {
        match self {
            Self::A => a,
            Self::B => b,
        }
    }
}
