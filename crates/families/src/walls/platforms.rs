//! Sections of a side view: ground of several heights, ledges, pits and places for saws.

use crate::grid::{Bits, Place, place};
use misgen_core::Rng;

/// Rows that every layout fits into: ground of two, a ledge above it, and a jump from there.
pub const LEAST_ROWS: u8 = 7;
/// Greatest height of the ground.
const MOST_GROUND: u8 = 2;
/// Columns at the right whose ground is level and free of hazards.
const FLAT_END: u8 = 4;

/// What sections are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Sections {
    /// Rows of the grid, at least 7; row 0 is the sky.
    pub rows: u8,
    /// Columns, at most 16.
    pub columns: u8,
    /// Pits, one column wide.
    pub pits: u8,
    /// Places for saws, one cell each.
    pub saws: u8,
    /// Ledges, two columns wide, one cell of air above the ground.
    pub ledges: u8,
}

/// A side view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platforms {
    /// Ground and ledges.
    pub walls: Bits,
    /// The bottoms of pits.
    pub pits: Bits,
    /// Where saws stand: on level ground of three columns.
    pub saws: Bits,
    /// Cells left of the level end that one can stand on the ground in, two columns or more away from saws.
    pub stands: Bits,
    /// Cells that one stands on the ground in, ledges aside.
    pub ground: Bits,
    /// The one of the last column but one.
    pub end: Place,
}

/// Ground in sections of two to four columns, each one or two cells high, level in the four columns at the right; then
/// pits, saws and ledges at uniform places among those that are left. Pits have ground of one height on both sides, so
/// that a jump of two cells crosses them; saws stand on level ground; two columns at least lie between any two. `None`
/// where no place is left for one of them: the caller tries again. Neither reachable nor safe by construction beyond
/// that, because moves are the caller's: it checks what must be reached.
#[must_use]
pub fn platforms(asked: &Sections, rng: &mut Rng) -> Option<Platforms> {
    let Sections { rows, columns, pits, saws, ledges } = *asked;
    let mut ground: Vec<u8> = Vec::with_capacity(usize::from(columns));
    while ground.len() < usize::from(columns) {
        let (width, height) = (2 + rng.below(3), 1 + rng.below(u32::from(MOST_GROUND)) as u8);
        ground.extend((0..width).map(|_| height));
    }
    ground.truncate(usize::from(columns));
    let flat = columns.saturating_sub(FLAT_END);
    let last = ground[usize::from(flat)];
    ground[usize::from(flat)..].fill(last);

    let height = |column: u8| ground[usize::from(column)];
    // What stands so far, by column.
    let mut taken: Vec<u8> = Vec::new();
    let clear = |column: u8, taken: &[u8]| taken.iter().all(|&h| h.abs_diff(column) > 2);
    let mut draw = |wanted: u8, serves: &dyn Fn(u8) -> bool, rng: &mut Rng| -> Option<Vec<u8>> {
        let mut drawn = Vec::new();
        for _ in 0..wanted {
            let places: Vec<u8> = (1..flat).filter(|&column| serves(column) && clear(column, &taken)).collect();
            if places.is_empty() {
                return None;
            }
            let column = *rng.pick(&places);
            taken.push(column);
            drawn.push(column);
        }
        Some(drawn)
    };
    let pits = draw(pits, &|c| height(c - 1) == height(c + 1), rng)?;
    let saws = draw(saws, &|c| height(c - 1) == height(c) && height(c) == height(c + 1), rng)?;
    let ledges = draw(ledges, &|c| height(c) == height(c + 1), rng)?;

    // Row 0 is at the top: a cell `up` cells above the bottom row.
    let cell = |column: u8, up: u8| place(rows - 1 - up, column);
    let dug = |column: u8| if pits.contains(&column) { 0 } else { height(column) };
    let ledge = |&column: &u8| [column, column + 1].map(|c| cell(c, height(column) + 1));
    let walls = (0..columns).flat_map(|c| (0..dug(c)).map(move |up| cell(c, up)));
    let stands = (0..flat).filter(|c| dug(*c) > 0 && saws.iter().all(|saw| saw.abs_diff(*c) > 1));
    Some(Platforms {
        walls: walls.chain(ledges.iter().flat_map(ledge)).collect(),
        pits: pits.iter().map(|&c| cell(c, 0)).collect(),
        saws: saws.iter().map(|&c| cell(c, height(c))).collect(),
        stands: stands.map(|c| cell(c, height(c))).collect(),
        ground: (0..columns).filter(|&c| dug(c) > 0).map(|c| cell(c, height(c))).collect(),
        end: cell(columns - 2, last),
    })
}
