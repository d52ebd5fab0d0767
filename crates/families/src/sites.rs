//! Pairs of matched sites: equally far from the start, neither on a shortest way to the other.

use crate::grid::{Bits, Place, layers};
use crate::walls::Room;
use misgen_core::Rng;

/// The places of a grid by their distance from the start.
#[derive(Clone, Debug)]
pub struct Ways(Vec<Bits>);

impl Ways {
    /// From `start` over `free` places.
    #[must_use]
    pub fn new(start: Place, free: Bits) -> Self {
        Self(layers(Bits::one(start), free))
    }

    /// Steps to the nearest place of `set`; `None` where there is no way.
    #[must_use]
    pub fn to(&self, set: Bits) -> Option<usize> {
        self.0.iter().position(|ring| !ring.and(set).is_empty())
    }

    /// Whether some shortest way to `target` crosses `region`.
    #[must_use]
    pub fn cross(&self, target: Place, region: Bits) -> bool {
        let steps = self.to(Bits::one(target)).unwrap_or(0);
        let mut front = Bits::one(target);
        (0..=steps).rev().any(|at| {
            front = if at == steps { front } else { front.grown().and(self.0[at]) };
            !front.and(region).is_empty()
        })
    }

    /// One target in each of two regions (in the order given), drawn among those as far away as each other. `None` where the
    /// regions themselves are not equally far and apart from the start, or where every way to some target crosses the other region.
    pub fn targets(&self, regions: [Bits; 2], targets: [Bits; 2], rng: &mut Rng) -> Option<[Place; 2]> {
        let far = regions.map(|region| self.to(region));
        if far[0] != far[1] || far[0].is_none_or(|steps| steps == 0) {
            return None;
        }
        let both = self.0.iter().map(|ring| targets.map(|set| set.and(*ring)));
        let mut both: Vec<[Bits; 2]> = both.filter(|rings| rings.iter().all(|ring| !ring.is_empty())).collect();
        rng.shuffle(&mut both);
        both.into_iter().find_map(|rings| {
            let [first, second] = [rings[0].pick(rng)?, rings[1].pick(rng)?];
            (!self.cross(first, regions[1]) && !self.cross(second, regions[0])).then_some([first, second])
        })
    }
}

/// Two cells of a room in reading order, as far from its start as each other and at least two steps. `None` where there are no two.
pub fn cells(room: &Room, rng: &mut Rng) -> Option<[Place; 2]> {
    let ways = Ways::new(room.start, room.reached);
    let pairs = ways.0.iter().skip(2).filter(|ring| ring.count() >= 2);
    let one = pairs.clone().fold(Bits::NONE, |all, ring| all.or(*ring)).pick(rng)?;
    let ring = pairs.copied().find(|ring| ring.has(one))?;
    let other = ring.minus(Bits::one(one)).pick(rng)?;
    Some([one.min(other), one.max(other)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::place;

    #[test]
    fn a_region_is_crossed_by_the_ways_that_pass_it() {
        let ways = Ways::new(place(0, 0), Bits::square(5));
        // All ways to (0, 4) run along the first row; a way to (2, 2) may or may not pass (1, 1).
        assert!(ways.cross(place(0, 4), Bits::one(place(0, 2))));
        assert!(!ways.cross(place(0, 4), Bits::one(place(1, 2))));
        assert!(ways.cross(place(2, 2), Bits::one(place(1, 1))));
        assert!(ways.cross(place(2, 2), Bits::one(place(2, 2))), "the target itself is on every way");
        assert_eq!(ways.to(Bits::one(place(3, 4))), Some(7));
    }

    #[test]
    fn cells_of_a_pair_are_equally_far_and_in_order() {
        for seed in 0..50 {
            let mut rng = Rng::keyed(seed, "test", 0);
            let room = Room::new(6, Bits::NONE, Bits::NONE, &mut rng).expect("an open room");
            let [a, b] = cells(&room, &mut rng).expect("an open room has pairs");
            let ways = Ways::new(room.start, room.reached);
            assert_eq!(ways.to(Bits::one(a)), ways.to(Bits::one(b)));
            assert!(a < b && ways.to(Bits::one(a)) >= Some(2), "{a} {b}");
        }
    }
}
