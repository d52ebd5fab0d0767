//! Generators of layouts, shared by the families. Each reads one stream and knows no ties: it draws alike under all.

mod kruskal;
mod platforms;
mod room;
mod rooms;
mod wilson;

pub use kruskal::kruskal;
pub use platforms::{LEAST_ROWS, Platforms, Sections, platforms};
pub use room::Room;
pub use rooms::rooms;
pub use wilson::wilson;

use crate::grid::{Bits, Place, column, place, row};
use misgen_core::{KnobError, Rng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest wall density that generators accept: beyond it hardly a layout is connected.
pub const MAX_DENSITY: f64 = 0.4;

/// How the walls of a square grid without border are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Walls {
    /// Each cell is a wall with probability `density`.
    Blocks,
    /// A Kruskal maze; `size` must be odd, `density` does not matter.
    Kruskal,
    /// A Wilson maze, every maze equally likely; `size` must be odd, `density` does not matter.
    Wilson,
    /// Rooms with doors and alcoves; `size` must be at least 7, `density` does not matter.
    Rooms,
}

impl Walls {
    /// The walls of a grid of `size` rows and columns. All but `Blocks` leave the free cells in one piece.
    #[must_use]
    pub fn layout(self, size: u8, density: f64, rng: &mut Rng) -> Bits {
        match self {
            Self::Blocks => blocks(Bits::square(size), density, rng),
            Self::Kruskal => kruskal(size, rng),
            Self::Wilson => wilson(size, rng),
            Self::Rooms => rooms(size, rng),
        }
    }

    /// Refuses a size that this kind cannot fill.
    ///
    /// # Errors
    /// Names the size and what it should be.
    pub fn check(self, size: u8) -> Result<(), KnobError> {
        let even = size.is_multiple_of(2);
        let needs = match self {
            Self::Kruskal if even => "Kruskal mazes need an odd size",
            Self::Wilson if even => "Wilson mazes need an odd size",
            Self::Rooms if size < rooms::LEAST_SIZE => "rooms need a size of at least 7",
            Self::Blocks | Self::Kruskal | Self::Wilson | Self::Rooms => return Ok(()),
        };
        Err(KnobError::new("size", format!("found {size}, but {needs}")))
    }

    /// Whether ways wind, so that they may be much longer than the sum of both sides.
    #[must_use]
    pub const fn winds(self) -> bool {
        !matches!(self, Self::Blocks)
    }
}

/// Each cell of `within` is a wall with probability `density`, independently (the block mazes of jaxgmg).
/// One draw a cell. Solvable by rejection: the caller checks what must be reachable and gives the layout up.
#[must_use]
pub fn blocks(within: Bits, density: f64, rng: &mut Rng) -> Bits {
    if density == 0.0 {
        rng.skip(u64::from(within.count()));
        return Bits::NONE;
    }
    within.iter().filter(|_| rng.chance(density)).collect()
}

/// The rooms of a maze over a grid of odd `size`: the cells on even rows and columns.
fn maze_rooms(size: u8) -> Vec<Place> {
    (0..size).step_by(2).flat_map(|r| (0..size).step_by(2).map(move |c| place(r, c))).collect()
}

/// The cell between two neighbouring rooms of a maze.
const fn passage(a: Place, b: Place) -> Place {
    place((row(a) + row(b)) / 2, (column(a) + column(b)) / 2)
}

/// Refuses a wall density out of range (or not a number).
///
/// # Errors
/// Names the knob and the range.
pub fn check_density(density: f64) -> Result<(), KnobError> {
    if (0.0..=MAX_DENSITY).contains(&density) {
        Ok(())
    } else {
        Err(KnobError::new("density", format!("found {density}, expected a share from 0 to {MAX_DENSITY}")))
    }
}

/// Refuses a whole number outside `from..=to`.
///
/// # Errors
/// Names the knob and the range.
pub fn check_range(knob: &str, value: u8, from: u8, to: u8) -> Result<(), KnobError> {
    if (from..=to).contains(&value) {
        Ok(())
    } else {
        Err(KnobError::new(knob, format!("found {value}, expected a whole number from {from} to {to}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::MAX_SIZE;

    const KINDS: [Walls; 4] = [Walls::Blocks, Walls::Kruskal, Walls::Wilson, Walls::Rooms];

    #[test]
    fn blocks_have_their_density_and_draw_alike() {
        let mut rng = Rng::keyed(0, "test", 0);
        let walls: u32 = (0..200).map(|_| blocks(Bits::square(9), 0.25, &mut rng).count()).sum();
        assert!((3_900..4_200).contains(&walls), "{walls} of 16200 at .25");
        let (mut a, mut b) = (Rng::keyed(1, "test", 0), Rng::keyed(1, "test", 0));
        assert!(blocks(Bits::square(9), 0.0, &mut a).is_empty());
        assert!(!blocks(Bits::square(9), 0.4, &mut b).is_empty());
        assert_eq!(a, b);
    }

    #[test]
    fn every_kind_gives_one_piece_within_the_grid_and_is_a_function_of_its_stream() {
        for kind in KINDS {
            for size in (3..=MAX_SIZE).filter(|&size| kind.check(size).is_ok()) {
                for seed in 0..40 {
                    let (mut a, mut b) = (Rng::keyed(seed, "test", 0), Rng::keyed(seed, "test", 0));
                    let walls = kind.layout(size, 0.0, &mut a);
                    assert_eq!(walls, kind.layout(size, 0.0, &mut b));
                    assert_eq!(a, b);
                    assert!(walls.minus(Bits::square(size)).is_empty(), "{kind:?} {size}: walls beyond the grid");
                    let free = Bits::square(size).minus(walls);
                    let first = Bits::one(free.iter().next().expect("some cell is free"));
                    assert_eq!(first.flood(free), free, "{kind:?} {size}, seed {seed}: in pieces");
                }
            }
        }
    }

    #[test]
    fn sizes_that_a_kind_cannot_fill_are_refused() {
        let refused = |kind: Walls| (3..=MAX_SIZE).filter(|&size| kind.check(size).is_err()).collect::<Vec<_>>();
        assert!(refused(Walls::Blocks).is_empty());
        assert_eq!(refused(Walls::Kruskal), [4, 6, 8, 10, 12, 14, 16]);
        assert_eq!(refused(Walls::Wilson), refused(Walls::Kruskal));
        assert_eq!(refused(Walls::Rooms), [3, 4, 5, 6]);
        let error = Walls::Wilson.check(8).unwrap_err().to_string();
        assert_eq!(error, "knob `size`: found 8, but Wilson mazes need an odd size");
    }
}
