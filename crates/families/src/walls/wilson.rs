//! Wilson mazes: uniform spanning trees.

use super::{maze_rooms, passage};
use crate::grid::{Bits, Place, column, place, row};
use misgen_core::Rng;

/// A maze drawn uniformly from all mazes over a whole grid of odd `size` without border: rooms on even rows and
/// columns, joined into a spanning tree by loop-erased random walks (Wilson, "Generating random spanning trees more
/// quickly than the cover time", STOC 1996). Solvable by construction.
///
/// A walk ends when it meets the tree, after some hundreds of draws; it cannot go on for ever, because the stream
/// passes through all of its 2^64 states.
#[must_use]
pub fn wilson(size: u8, rng: &mut Rng) -> Bits {
    let rooms = maze_rooms(size);
    let mut open = Bits::one(rooms[0]);
    let mut joined = open;
    // Where the walk left each room last: to overwrite it when the walk comes back is to erase the loop.
    let mut left_for = [0; 256];
    for &room in &rooms[1..] {
        let mut at = room;
        while !joined.has(at) {
            let next = neighbour(at, size, rng);
            left_for[usize::from(at)] = next;
            at = next;
        }
        at = room;
        while !joined.has(at) {
            let next = left_for[usize::from(at)];
            joined.insert(at);
            open.insert(at);
            open.insert(passage(at, next));
            at = next;
        }
    }
    Bits::square(size).minus(open)
}

/// A room next to `room`, each equally likely.
fn neighbour(room: Place, size: u8, rng: &mut Rng) -> Place {
    let (r, c) = (row(room), column(room));
    let all = [
        (r >= 2).then(|| room - place(2, 0)),
        (c >= 2).then(|| room - place(0, 2)),
        (r + 2 < size).then(|| room + place(2, 0)),
        (c + 2 < size).then(|| room + place(0, 2)),
    ];
    let there: Vec<Place> = all.into_iter().flatten().collect();
    *rng.pick(&there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_wilson_maze_is_a_tree_over_all_rooms() {
        for size in [3_u8, 5, 9, 13, 15] {
            let rooms = u32::from(size.div_ceil(2)).pow(2);
            for seed in 0..100 {
                let free = Bits::square(size).minus(wilson(size, &mut Rng::keyed(seed, "test", 0)));
                assert!(maze_rooms(size).iter().all(|&room| free.has(room)), "size {size}: a room is walled up");
                assert_eq!(free.count(), 2 * rooms - 1, "size {size}: not as many passages as a tree has");
                assert_eq!(Bits::one(0).flood(free), free, "size {size}: in pieces");
            }
        }
    }

    #[test]
    fn every_maze_of_nine_rooms_is_equally_likely() {
        let mut rng = Rng::keyed(0, "test", 0);
        let mut counts: BTreeMap<Vec<Place>, u32> = BTreeMap::new();
        let each = 100;
        for _ in 0..192 * each {
            *counts.entry(wilson(5, &mut rng).iter().collect()).or_default() += 1;
        }
        // The 3×3 grid graph has 192 spanning trees (Kirchhoff).
        assert_eq!(counts.len(), 192);
        let chi2: f64 = counts.values().map(|&n| (f64::from(n) - f64::from(each)).powi(2) / f64::from(each)).sum();
        assert!(chi2 < 256.0, "chi-square of 191 degrees: {chi2} (p < .001)");
    }
}
