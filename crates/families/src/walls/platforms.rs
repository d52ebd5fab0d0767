//! Sections of a side view: ground of several heights, ledges, pits and places for saws.

use crate::grid::{Bits, Place, place};
use misgen_core::Rng;

/// Rows that every layout fits into: ground of two, a ledge above it, and a jump from there.
pub const LEAST_ROWS: u8 = 7;
/// Greatest height of the ground.
const MOST_GROUND: u8 = 2;
/// Columns at the right whose ground is level and free of hazards.
const FLAT_END: u8 = 3;

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

/// Ground in sections of two to four columns, each one or two cells high, level in the three columns at the right; then
/// pits, saws and ledges at uniform places among those that are left. Pits have ground of one height on both sides, so
/// that a jump of two cells crosses them; saws stand on level ground; a column at least lies between any two. `None`
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
    let clear = |column: u8, taken: &[u8]| taken.iter().all(|&h| h.abs_diff(column) > 1);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{MAX_SIZE, column, row};

    const ASKED: Sections = Sections { rows: 9, columns: 13, pits: 2, saws: 1, ledges: 1 };

    /// The layouts of the first seeds that have one.
    fn some(asked: &Sections) -> Vec<Platforms> {
        let all: Vec<Platforms> =
            (0..400).filter_map(|seed| platforms(asked, &mut Rng::keyed(seed, "test", 0))).collect();
        assert!(all.len() > 100, "{} of 400 seeds", all.len());
        all
    }

    #[test]
    fn what_was_asked_for_is_there() {
        for made in some(&ASKED) {
            assert_eq!((made.pits.count(), made.saws.count()), (2, 1));
            let ground: u32 = made.ground.iter().map(|at| u32::from(8 - row(at))).sum();
            assert_eq!(made.walls.count(), ground + 2, "ground below the cells of `ground`, and a ledge of two");
            assert!(made.ground.and(made.walls).is_empty() && made.stands.minus(made.ground).is_empty());
            assert!(made.ground.has(made.end) && column(made.end) == 11);
            assert!(made.walls.or(made.pits).minus(Bits::rect(4..9, 0..13)).is_empty(), "nothing higher than a ledge");
        }
    }

    #[test]
    fn hazards_can_be_jumped_and_starts_are_safe() {
        for made in some(&ASKED) {
            let beside = |c: u8| made.ground.and(Bits::rect(0..9, c..c + 1));
            let level = |c: u8| beside(c - 1).iter().map(row).eq(beside(c + 1).iter().map(row));
            assert!(made.pits.or(made.saws).iter().all(|at| level(column(at))), "ground of one height on both sides");
            let mut columns: Vec<u8> = made.pits.or(made.saws).iter().map(column).collect();
            columns.sort_unstable();
            assert!(columns.windows(2).all(|pair| pair[1] - pair[0] > 1), "a column of ground between two hazards");
            assert!(columns.iter().all(|&c| (1..10).contains(&c)), "none at the ends");
            let near = |at: u8| made.saws.iter().any(|saw| column(saw).abs_diff(column(at)) < 2);
            assert!(!made.stands.iter().any(near));
        }
    }

    #[test]
    fn places_are_spread_over_the_level() {
        let all = some(&ASKED);
        let ever = |set: &dyn Fn(&Platforms) -> Bits| all.iter().fold(Bits::NONE, |ever, made| ever.or(set(made)));
        let columns = |set: Bits| (0..13).filter(|&c| !set.and(Bits::rect(0..9, c..c + 1)).is_empty()).count();
        assert_eq!((columns(ever(&|made| made.pits)), columns(ever(&|made| made.saws))), (9, 9));
        assert_eq!(columns(ever(&|made| made.stands)), 10);
        assert_eq!(columns(ever(&|made| made.ground)), 13);
    }

    #[test]
    fn what_finds_no_room_is_given_up() {
        let crowded = Sections { columns: 11, pits: 6, ..ASKED };
        assert!((0..200).all(|seed| platforms(&crowded, &mut Rng::keyed(seed, "test", 0)).is_none()));
        let largest = Sections { rows: MAX_SIZE, columns: MAX_SIZE, ..ASKED };
        assert!((0..200).any(|seed| platforms(&largest, &mut Rng::keyed(seed, "test", 0)).is_some()));
    }
}
