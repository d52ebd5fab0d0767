//! Kruskal mazes.

use super::{maze_rooms, passage};
use crate::grid::{Bits, Place, column, place, row};
use misgen_core::Rng;

/// A uniformly shuffled Kruskal maze over a whole grid of odd `size` without border: rooms on even
/// rows and columns, joined into a tree. Solvable by construction.
#[must_use]
pub fn kruskal(size: u8, rng: &mut Rng) -> Bits {
    let rooms = maze_rooms(size);
    let mut edges: Vec<(Place, Place)> = Vec::new();
    for &room in &rooms {
        if row(room) + 2 < size {
            edges.push((room, room + place(2, 0)));
        }
        if column(room) + 2 < size {
            edges.push((room, room + place(0, 2)));
        }
    }
    rng.shuffle(&mut edges);
    let mut parent: [Place; 256] = std::array::from_fn(|i| i as Place);
    let find = |parent: &[Place; 256], mut at: Place| {
        while parent[usize::from(at)] != at {
            at = parent[usize::from(at)];
        }
        at
    };
    let mut open: Bits = rooms.into_iter().collect();
    for (a, b) in edges {
        let (a_root, b_root) = (find(&parent, a), find(&parent, b));
        if a_root != b_root {
            parent[usize::from(b_root)] = a_root;
            open.insert(passage(a, b));
        }
    }
    Bits::square(size).minus(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kruskal_maze_is_a_tree_over_all_rooms() {
        for seed in 0..50 {
            let free = Bits::square(11).minus(kruskal(11, &mut Rng::keyed(seed, "test", 0)));
            // 36 rooms and the 35 passages of a spanning tree, all in one piece.
            assert_eq!(free.count(), 71);
            assert_eq!(Bits::one(0).flood(free), free);
        }
    }
}
