//! A place to start in and what can be reached from there: the layout of many families.

use crate::grid::{Bits, Place};
use misgen_core::Rng;

/// Walls, a start, and the free cells that it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The walls.
    pub walls: Bits,
    /// Where the agent starts.
    pub start: Place,
    /// The free cells that the start reaches, its own among them.
    pub reached: Bits,
}

impl Room {
    /// A start in a grid of `size` with `walls`, uniform over the free cells outside `beside`; `None` where there is no such cell.
    #[must_use]
    pub fn new(size: u8, walls: Bits, beside: Bits, rng: &mut Rng) -> Option<Self> {
        let free = Bits::square(size).minus(walls);
        let start = free.minus(beside).pick(rng)?;
        Some(Self { walls, start, reached: Bits::one(start).flood(free) })
    }

    /// The cells that the start reaches, its own excluded.
    #[must_use]
    pub fn places(&self) -> Bits {
        self.reached.minus(Bits::one(self.start))
    }

    /// [`Room::places`] in a uniformly random order.
    #[must_use]
    pub fn shuffled(&self, rng: &mut Rng) -> Vec<Place> {
        let mut places: Vec<Place> = self.places().iter().collect();
        rng.shuffle(&mut places);
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::place;

    #[test]
    fn a_room_starts_where_it_may_and_knows_what_it_reaches() {
        // Two columns on the left, a wall, one column on the right.
        let walls = Bits::rect(0..4, 2..3);
        let (left, right) = (Bits::rect(0..4, 0..2), Bits::rect(0..4, 3..4));
        for seed in 0..40 {
            let mut rng = Rng::keyed(seed, "test", 0);
            let room = Room::new(4, walls, Bits::one(place(0, 0)), &mut rng).expect("eleven free cells");
            assert!(left.or(right).has(room.start) && room.start != place(0, 0));
            assert_eq!(room.reached, if left.has(room.start) { left } else { right });
            let shuffled = room.shuffled(&mut rng);
            assert_eq!(shuffled.len() as u32, room.reached.count() - 1);
            assert_eq!(shuffled.into_iter().collect::<Bits>(), room.places());
        }
        assert_eq!(Room::new(4, walls, left.or(right), &mut Rng::keyed(0, "test", 0)), None);
    }
}
