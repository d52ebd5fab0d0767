//! Sets of cells of a grid of at most 16×16, and moves between them.
//!
//! A place is one byte, `row * 16 + column`, whatever the size of the grid, so that a set of
//! places is 256 bits and growing it by one step is a handful of shifts.

use misgen_core::Rng;
use serde::{Deserialize, Serialize};

/// The largest number of rows and columns.
pub const MAX_SIZE: u8 = 16;

/// A cell: `row * 16 + column`.
pub type Place = u8;

/// The place at `row`, `column`.
#[must_use]
pub const fn place(row: u8, column: u8) -> Place {
    row << 4 | column
}

/// The row of a place.
#[must_use]
pub const fn row(at: Place) -> u8 {
    at >> 4
}

/// The column of a place.
#[must_use]
pub const fn column(at: Place) -> u8 {
    at & 15
}

/// Whether a place lies on a grid of `size` rows and columns.
#[must_use]
pub const fn on_grid(at: Place, size: u8) -> bool {
    row(at) < size && column(at) < size
}

/// Where a place stands in a row-major observation of `size` columns.
#[must_use]
#[inline]
pub const fn index(at: Place, size: u8) -> usize {
    row(at) as usize * size as usize + column(at) as usize
}

/// A set of places: row `r` is 16 bits of word `r / 4`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bits([u64; 4]);

impl Bits {
    /// No place.
    pub const NONE: Self = Self([0; 4]);

    /// One place.
    #[must_use]
    pub const fn one(at: Place) -> Self {
        let mut words = [0; 4];
        words[(at >> 6) as usize] = 1 << (at & 63);
        Self(words)
    }

    /// The places of `rows` and `columns` (ends excluded).
    #[must_use]
    pub fn rect(rows: std::ops::Range<u8>, columns: std::ops::Range<u8>) -> Self {
        let below = |n: u8| (1_u64 << n) - 1;
        let line = below(columns.end) & !below(columns.start);
        let mut words = [0; 4];
        for r in rows {
            words[usize::from(r / 4)] |= line << (r % 4 * 16);
        }
        Self(words)
    }

    /// A grid of `size` rows and columns.
    #[must_use]
    pub fn square(size: u8) -> Self {
        Self::rect(0..size, 0..size)
    }

    /// The places of a grid of `size` at most `radius` rows and columns away from `centre`.
    #[must_use]
    pub fn around(centre: Place, radius: u8, size: u8) -> Self {
        let span = |x: u8| x.saturating_sub(radius)..(x + radius + 1).min(size);
        Self::rect(span(row(centre)), span(column(centre)))
    }

    /// Whether `at` is in the set.
    #[must_use]
    #[inline]
    pub const fn has(&self, at: Place) -> bool {
        self.0[(at >> 6) as usize] >> (at & 63) & 1 == 1
    }

    /// Adds `at`.
    pub const fn insert(&mut self, at: Place) {
        self.0[(at >> 6) as usize] |= 1 << (at & 63);
    }

    /// In either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    /// In both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// In this set but not in `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    /// Whether there is no place in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Number of places.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The places in row-major order.
    #[must_use]
    pub const fn iter(&self) -> Places {
        Places { words: self.0, first: 0 }
    }

    /// A place drawn uniformly; `None` (and nothing drawn) when there is none.
    pub fn pick(&self, rng: &mut Rng) -> Option<Place> {
        let n = self.count();
        (n > 0).then(|| self.nth(rng.below(n)))
    }

    /// The place with `n` others before it in row-major order; there must be more than `n`.
    fn nth(&self, mut n: u32) -> Place {
        let mut i = 0;
        while n >= self.0[i].count_ones() {
            n -= self.0[i].count_ones();
            i += 1;
        }
        let mut word = self.0[i];
        for _ in 0..n {
            word &= word - 1;
        }
        (i as u8) << 6 | word.trailing_zeros() as u8
    }

    /// The set moved down by `by` rows (up where it is negative); what leaves the board is gone.
    #[must_use]
    fn down(self, by: i8) -> Self {
        let (words, bits) = (usize::from(by.unsigned_abs() / 4), u32::from(by.unsigned_abs() % 4) * 16);
        let word = |i: Option<usize>| i.and_then(|i| self.0.get(i)).copied().unwrap_or(0);
        // A shift by 64 would not be nothing.
        let spill = |word: u64, left: bool| match bits {
            0 => 0,
            _ if left => word << (64 - bits),
            _ => word >> (64 - bits),
        };
        Self(std::array::from_fn(|i| {
            if by >= 0 {
                word(i.checked_sub(words)) << bits | spill(word(i.checked_sub(words + 1)), false)
            } else {
                word(Some(i + words)) >> bits | spill(word(Some(i + words + 1)), true)
            }
        }))
    }

    /// The set moved right by `by` columns (left where it is negative); what leaves the board is gone.
    #[must_use]
    fn right(self, by: i8) -> Self {
        const LINES: u64 = 0x0001_0001_0001_0001;
        let n = u32::from(by.unsigned_abs());
        let kept = if by >= 0 { (0xFFFF << n) & 0xFFFF } else { 0xFFFF >> n };
        Self(self.0.map(|word| (if by >= 0 { word << n } else { word >> n }) & (LINES * kept)))
    }

    /// The set moved up by a row.
    #[must_use]
    pub fn up(self) -> Self {
        self.down(-1)
    }

    /// The set moved left by a column.
    #[must_use]
    pub fn left(self) -> Self {
        self.right(-1)
    }

    /// Every place at most `radius` rows and columns away from the set.
    #[must_use]
    pub fn spread(self, radius: u8) -> Self {
        let along = |set: Self, step: fn(Self, i8) -> Self| {
            (0..radius).fold(set, |all, _| all.or(step(all, 1)).or(step(all, -1)))
        };
        along(along(self, Self::right), Self::down)
    }

    /// Every place that has some place of the set exactly `radius` (1 or more) rows or columns away, and not more the
    /// other way.
    #[must_use]
    pub fn ringed(self, radius: u8) -> Self {
        let along =
            |step: fn(Self, i8) -> Self| (0..radius).fold(self, |all, _| all.or(step(all, 1)).or(step(all, -1)));
        let (rows, columns, by) = (along(Self::right), along(Self::down), radius as i8);
        rows.down(by).or(rows.down(-by)).or(columns.right(by)).or(columns.right(-by))
    }

    /// The set and every place one move away from it.
    #[must_use]
    pub fn grown(self) -> Self {
        const FIRST: u64 = 0x0001_0001_0001_0001;
        let w = self.0;
        Self(std::array::from_fn(|i| {
            let above = w[i] << 16 | if i > 0 { w[i - 1] >> 48 } else { 0 };
            let below = w[i] >> 16 | if i < 3 { w[i + 1] << 48 } else { 0 };
            w[i] | above | below | (w[i] & !(FIRST << 15)) << 1 | (w[i] & !FIRST) >> 1
        }))
    }

    /// All places that can be reached from this set over `free` ones.
    #[must_use]
    pub fn flood(self, free: Self) -> Self {
        let mut all = self.and(free);
        loop {
            let more = all.grown().and(free);
            if more == all {
                return all;
            }
            all = more;
        }
    }

    /// Adds channel `k` to the cells of a row-major observation that are in the set.
    #[inline]
    pub fn paint(&self, k: u8, size: u8, out: &mut [u8]) {
        for (r, cells) in out.chunks_exact_mut(usize::from(size)).enumerate() {
            let mut bits = self.0[r / 4] >> (r % 4 * 16);
            for eight in cells.chunks_mut(8) {
                eight.iter_mut().zip((one_a_byte(bits as u8) << k).to_le_bytes()).for_each(|(cell, bit)| *cell |= bit);
                bits >>= 8;
            }
        }
    }
}

/// Bit i of `bits` as the lowest bit of byte i.
#[inline]
const fn one_a_byte(bits: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Byte i keeps bit i alone; what is there carries into the byte's highest bit.
    let own = (bits as u64).wrapping_mul(ONES) & 0x8040_2010_0804_0201;
    ((own + 0x7F * ONES) | own) >> 7 & ONES
}

/// The places of a set, in row-major order.
#[derive(Clone, Debug)]
pub struct Places {
    words: [u64; 4],
    /// The first word that may hold a place.
    first: u8,
}

impl Iterator for Places {
    type Item = Place;

    #[inline]
    fn next(&mut self) -> Option<Place> {
        loop {
            let word = self.words.get_mut(usize::from(self.first))?;
            if *word != 0 {
                let bit = word.trailing_zeros() as u8;
                *word &= *word - 1;
                return Some(self.first << 6 | bit);
            }
            self.first += 1;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = Bits(self.words).count() as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Places {}

impl FromIterator<Place> for Bits {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        let mut set = Self::NONE;
        for at in places {
            set.insert(at);
        }
        set
    }
}

/// The places at distance 0, 1, 2, ... from `from` over `free` ones.
#[must_use]
pub fn layers(from: Bits, free: Bits) -> Vec<Bits> {
    // As many as an open room of 16 × 16 has.
    let mut all = Vec::with_capacity(31);
    let mut front = from.and(free);
    let mut seen = front;
    while !front.is_empty() {
        all.push(front);
        front = front.grown().and(free).minus(seen);
        seen = seen.or(front);
    }
    all
}

/// [`layers`] up to that which holds `to`; `None` where none does.
#[must_use]
pub fn layers_to(from: Bits, free: Bits, to: Place) -> Option<Vec<Bits>> {
    let mut all = vec![from.and(free)];
    let mut seen = all[0];
    while !seen.has(to) {
        let front = all[all.len() - 1].grown().and(free).minus(seen);
        if front.is_empty() {
            return None;
        }
        seen = seen.or(front);
        all.push(front);
    }
    Some(all)
}

/// Steps from the nearest place of `from` to `to` over `free` ones; `None` where there is no way.
#[must_use]
pub fn distance(from: Bits, free: Bits, to: Place) -> Option<usize> {
    let mut seen = from.and(free);
    let mut steps = 0;
    while !seen.has(to) {
        let more = seen.grown().and(free);
        if more == seen {
            return None;
        }
        seen = more;
        steps += 1;
    }
    Some(steps)
}

/// Where `action` (up, left, down, right, stay) leads from `from` on a grid of `size` rows and
/// columns; walking into a wall or out of the grid is staying.
#[must_use]
#[inline]
pub const fn moved(walls: &Bits, size: u8, from: Place, action: u8) -> Place {
    const ROWS: [u8; 5] = [255, 0, 1, 0, 0];
    const COLUMNS: [u8; 5] = [0, 255, 0, 1, 0];
    let r = row(from).wrapping_add(ROWS[action as usize]);
    let c = column(from).wrapping_add(COLUMNS[action as usize]);
    let to = r << 4 | c & 15;
    if (r < size) & (c < size) & !walls.has(to) { to } else { from }
}

/// Marks the events of `here` that have not happened in this episode as happened, and returns
/// them: reaching a place counts once an episode.
#[inline]
pub fn once(fired: &mut u8, here: u8) -> u8 {
    let new = here & !*fired;
    *fired |= new;
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distances by a queue over single moves, the slow way.
    fn distances(walls: &Bits, size: u8, from: Place) -> Vec<Option<usize>> {
        let mut distance = vec![None; 256];
        distance[usize::from(from)] = Some(0);
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            for action in 0..5 {
                let to = usize::from(moved(walls, size, at, action));
                if distance[to].is_none() {
                    distance[to] = distance[usize::from(at)].map(|d| d + 1);
                    queue.push_back(to as u8);
                }
            }
        }
        distance
    }

    #[test]
    fn layers_are_the_distances_of_single_moves() {
        for (seed, size) in [(0, 16), (1, 9), (2, 13), (3, 16)] {
            let mut rng = Rng::keyed(seed, "test", 0);
            let walls: Bits = Bits::square(size).iter().filter(|_| rng.chance(0.3)).collect();
            let free = Bits::square(size).minus(walls);
            let from = free.pick(&mut rng).expect("some cell is free");
            let layers = layers(Bits::one(from), free);
            for at in 0..=255 {
                let layer = layers.iter().position(|set| set.has(at));
                assert_eq!(layer, distances(&walls, size, from)[usize::from(at)], "size {size}, place {at}");
                assert_eq!(distance(Bits::one(from), free, at), layer, "size {size}, place {at}");
                let to = layers_to(Bits::one(from), free, at);
                assert_eq!(to.as_deref(), layer.map(|d| &layers[..=d]), "size {size}, place {at}");
            }
            assert_eq!(Bits::one(from).flood(free), layers.iter().fold(Bits::NONE, |a, b| a.or(*b)));
        }
    }

    #[test]
    fn a_set_lists_what_was_put_in() {
        let places = [0, 15, 16, 63, 64, 127, 200, 255];
        let set: Bits = places.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), places);
        assert_eq!(set.count(), 8);
        assert!((0..=255).all(|at| set.has(at) == places.contains(&at)));
        assert_eq!(Bits::around(place(0, 8), 1, 9), [7, 8, 23, 24].into_iter().collect());
    }

    #[test]
    fn spread_and_ringed_are_what_squares_around_each_place_say() {
        for (seed, density) in [(0, 0.02), (1, 0.1), (2, 0.5)] {
            let mut rng = Rng::keyed(seed, "test", 0);
            let set: Bits = (0..=255).filter(|_| rng.chance(density)).collect();
            for radius in 1..=8 {
                let around = |at: Place, radius| Bits::around(at, radius, MAX_SIZE);
                let meets = |near: Bits| !near.and(set).is_empty();
                let spread: Bits = (0..=255).filter(|&at| meets(around(at, radius))).collect();
                let ringed: Bits =
                    (0..=255).filter(|&at| meets(around(at, radius).minus(around(at, radius - 1)))).collect();
                assert_eq!(set.spread(radius), spread, "seed {seed}, radius {radius}");
                assert_eq!(set.ringed(radius), ringed, "seed {seed}, radius {radius}");
            }
        }
    }

    #[test]
    fn painting_marks_the_cells_of_the_set_and_no_others() {
        for (seed, size) in [(0, 7), (1, 9), (2, 13), (3, 16)] {
            let mut rng = Rng::keyed(seed, "test", 0);
            let set: Bits = (0..=255).filter(|_| rng.chance(0.4)).collect();
            for k in [0, 3, 7] {
                let mut cells = vec![1 << 2; usize::from(size) * usize::from(size)];
                set.paint(k, size, &mut cells);
                for at in Bits::square(size).iter() {
                    let expected = 1 << 2 | u8::from(set.has(at)) << k;
                    assert_eq!(cells[index(at, size)], expected, "size {size}, bit {k}, place {at}");
                }
            }
        }
    }

    #[test]
    fn picks_are_uniform_over_the_set() {
        let set = Bits::rect(3..5, 2..5);
        let mut rng = Rng::keyed(0, "test", 0);
        let mut counts = [0_u32; 256];
        for _ in 0..6_000 {
            counts[usize::from(set.pick(&mut rng).expect("not empty"))] += 1;
        }
        assert!(set.iter().all(|at| (850..1_150).contains(&counts[usize::from(at)])), "{counts:?}");
        assert_eq!(Bits::NONE.pick(&mut rng), None);
    }
}
