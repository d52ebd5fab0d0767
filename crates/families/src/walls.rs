//! Wall generators, shared by the families. Each consumes a number of draws that does not depend on ties.

use crate::grid::{Bits, Place, column, place, row};
use misgen_core::{KnobError, Rng};

/// The largest wall density that generators accept: beyond it hardly a layout is connected.
pub const MAX_DENSITY: f64 = 0.4;

/// Each cell of `within` is a wall with probability `density`, independently (the block mazes of jaxgmg).
/// One draw a cell. Solvable by rejection: the caller checks what must be reachable and gives the layout up.
#[must_use]
pub fn blocks(within: Bits, density: f64, rng: &mut Rng) -> Bits {
    within.iter().filter(|_| rng.chance(density)).collect()
}

/// A uniformly shuffled Kruskal maze over a whole grid of odd `size` without border: rooms on even
/// rows and columns, joined into a tree. Solvable by construction.
#[must_use]
pub fn kruskal(size: u8, rng: &mut Rng) -> Bits {
    let rooms: Vec<Place> = (0..size).step_by(2).flat_map(|r| (0..size).step_by(2).map(move |c| place(r, c))).collect();
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
            open.insert(place((row(a) + row(b)) / 2, (column(a) + column(b)) / 2));
        }
    }
    Bits::square(size).minus(open)
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

    #[test]
    fn a_kruskal_maze_is_a_tree_over_all_rooms() {
        for seed in 0..50 {
            let free = Bits::square(11).minus(kruskal(11, &mut Rng::keyed(seed, "test", 0)));
            // 36 rooms and the 35 passages of a spanning tree, all in one piece.
            assert_eq!(free.count(), 71);
            assert_eq!(Bits::one(0).flood(free), free);
        }
    }

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
}
