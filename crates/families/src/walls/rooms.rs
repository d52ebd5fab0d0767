//! Rooms with doors and alcoves.

use crate::grid::{Bits, place};
use misgen_core::Rng;
use std::ops::Range;

/// The least size that holds two rooms and the wall between them.
pub(super) const LEAST_SIZE: u8 = 7;
/// The least rows and columns of a room.
const LEAST_ROOM: u8 = 3;
/// Share of the places for an alcove that become one.
const ALCOVES: f64 = 0.25;

/// Rooms over a whole grid of `size` rows and columns, at least 7, without border. Space is divided across its longer
/// side by walls with one door each until no part can be divided; then a quarter of the places for an alcove, a cell
/// with wall on three sides in the top or bottom row of a room, become one. Solvable by construction.
///
/// Walls and the jambs of alcoves stand on odd rows and columns, doors on even ones, so that nothing blocks a door.
#[must_use]
pub fn rooms(size: u8, rng: &mut Rng) -> Bits {
    let mut walls = Bits::NONE;
    let mut undivided = vec![(0..size, 0..size)];
    while let Some((rows, columns)) = undivided.pop() {
        let (height, width) = (rows.end - rows.start, columns.end - columns.start);
        if height.max(width) < 2 * LEAST_ROOM + 1 {
            walls = walls.or(alcoves(&rows, &columns, rng));
        } else if height > width || (height == width && rng.chance(0.5)) {
            let (wall, door) = (cut(&rows, rng), even(&columns, rng));
            walls = walls.or(Bits::rect(wall..wall + 1, columns.clone()).minus(Bits::one(place(wall, door))));
            undivided.extend([(rows.start..wall, columns.clone()), (wall + 1..rows.end, columns)]);
        } else {
            let (wall, door) = (cut(&columns, rng), even(&rows, rng));
            walls = walls.or(Bits::rect(rows.clone(), wall..wall + 1).minus(Bits::one(place(door, wall))));
            undivided.extend([(rows.clone(), columns.start..wall), (rows, wall + 1..columns.end)]);
        }
    }
    walls
}

/// An odd place that leaves a room's least side on both sides.
fn cut(side: &Range<u8>, rng: &mut Rng) -> u8 {
    let places: Vec<u8> = (side.start + LEAST_ROOM..side.end - LEAST_ROOM).filter(|at| at % 2 == 1).collect();
    *rng.pick(&places)
}

/// An even place.
fn even(side: &Range<u8>, rng: &mut Rng) -> u8 {
    let places: Vec<u8> = side.clone().filter(|at| at % 2 == 0).collect();
    *rng.pick(&places)
}

/// The jambs of the alcoves of one room: cells to the left and right of an even column in its top or bottom row.
/// The rows between stay free and touch every other cell.
fn alcoves(rows: &Range<u8>, columns: &Range<u8>, rng: &mut Rng) -> Bits {
    let mut jambs = Bits::NONE;
    for row in [rows.start, rows.end - 1] {
        for column in columns.clone().filter(|at| at % 2 == 0) {
            if rng.chance(ALCOVES) {
                jambs = jambs.or(Bits::rect(row..row + 1, column.saturating_sub(1)..column + 2));
                jambs = jambs.minus(Bits::one(place(row, column)));
            }
        }
    }
    jambs.and(Bits::rect(rows.clone(), columns.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{MAX_SIZE, layers};

    /// Free cells beside `at`.
    fn ways(at: u8, free: Bits) -> u32 {
        Bits::one(at).grown().and(free).minus(Bits::one(at)).count()
    }

    #[test]
    fn rooms_are_in_one_piece_and_have_doors_and_alcoves() {
        for size in LEAST_SIZE..=MAX_SIZE {
            let (mut doors, mut alcoves) = (0, 0);
            for seed in 0..100 {
                let free = Bits::square(size).minus(rooms(size, &mut Rng::keyed(seed, "test", 0)));
                let first = Bits::one(free.iter().next().expect("some cell is free"));
                assert_eq!(first.flood(free), free, "size {size}, seed {seed}: in pieces");
                assert!(free.count() * 2 > u32::from(size).pow(2), "size {size}, seed {seed}: more wall than floor");
                // To close a door is to cut the level in two.
                doors += free
                    .iter()
                    .filter(|&at| {
                        let rest = free.minus(Bits::one(at));
                        let some = Bits::one(rest.iter().next().expect("more than one cell"));
                        ways(at, free) == 2 && some.flood(rest) != rest
                    })
                    .count();
                alcoves += free.iter().filter(|&at| ways(at, free) == 1).count();
            }
            assert!(doors >= 100, "size {size}: {doors} doors in 100 levels");
            assert!(alcoves >= 100, "size {size}: {alcoves} alcoves in 100 levels");
        }
    }

    #[test]
    fn walls_stand_in_many_places() {
        let size = 9;
        let all: Vec<Bits> = (0..200).map(|seed| rooms(size, &mut Rng::keyed(seed, "test", 0))).collect();
        let ever = all.iter().fold(Bits::NONE, |ever, walls| ever.or(*walls));
        let always = all.iter().fold(Bits::square(size), |always, walls| always.and(*walls));
        assert!(always.is_empty(), "a cell is a wall in every level");
        assert!(ever.count() > 40, "only {} cells are ever walls", ever.count());
        let longest = all.iter().map(|walls| layers(Bits::one(0), Bits::square(size).minus(*walls)).len()).max();
        assert!(longest.is_some_and(|steps| steps <= 41), "{longest:?} steps: more than half of a limit of 81");
    }
}
