//! The leader: how its way is drawn, and how it is written.

use crate::grid::{Bits, Place, layers_to, moved};
use crate::map::{Fields, Map, WALL};
use misgen_core::{LevelError, Rng, Tie};

/// The most beacons.
pub(super) const MOST: usize = 5;
/// The most steps of a leader.
const LONGEST: usize = 128;
/// The leader's moves as text, in the order of the actions.
const MOVES: &str = "uldr";

/// The way that a leader walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leader {
    /// Its actions, `..steps`.
    moves: [u8; LONGEST],
    /// Where it is after each step, `..=steps`; the start first.
    pub(super) path: [Place; LONGEST + 1],
    pub(super) steps: u8,
    /// The beacons (by their place in the right order) in its own order.
    pub(super) order: [u8; MOST],
}

impl Leader {
    /// Its moves, as levels hold them.
    pub(super) fn text(&self) -> String {
        let letter = |&action: &u8| char::from(MOVES.as_bytes()[usize::from(action)]);
        self.moves[..usize::from(self.steps)].iter().map(letter).collect()
    }
}

/// The beacons in the order that `tie` gives a leader.
pub(super) fn order(tie: Tie, beacons: u8, rng: &mut Rng) -> Option<Vec<u8>> {
    let mut order: Vec<u8> = (0..beacons).collect();
    match tie {
        Tie::Bound | Tie::Absent => {}
        Tie::Free | Tie::Opposed => rng.shuffle(&mut order),
        Tie::Twice => return None,
    }
    let place_of = |beacon| order.iter().position(|&b| b == beacon).expect("a permutation");
    let (first, second) = (place_of(0), place_of(1));
    if tie == Tie::Opposed && first < second {
        order.swap(first, second);
    }
    Some(order)
}

/// A leader's way from `start` over the beacons `order`: a shortest way to each that touches no other, drawn step by step.
pub(super) fn lead(
    size: u8,
    free: Bits,
    start: Place,
    places: &[Place],
    order: &[u8],
    rng: &mut Rng,
) -> Option<Leader> {
    let beacons: Bits = places.iter().copied().collect();
    let walls = Bits::square(size).minus(free);
    let mut leader = Leader { moves: [0; LONGEST], path: [start; LONGEST + 1], steps: 0, order: [0; MOST] };
    leader.order[..order.len()].copy_from_slice(order);
    let mut at = start;
    for &next in order {
        let target = Bits::one(places[usize::from(next)]);
        let back = layers_to(target, free.minus(beacons).or(target).or(Bits::one(at)), at)?;
        for nearer in back.iter().rev().skip(1) {
            let leads = |action: &u8| nearer.has(moved(&walls, size, at, *action));
            let chosen = rng.below((0..4).filter(leads).count() as u32);
            let action = (0..4).filter(leads).nth(chosen as usize)?;
            at = moved(&walls, size, at, action);
            *leader.moves.get_mut(usize::from(leader.steps))? = action;
            leader.steps += 1;
            leader.path[usize::from(leader.steps)] = at;
        }
    }
    Some(leader)
}

/// The leader whose moves are `text`.
pub(super) fn read_leader(text: &str, map: &Map, start: Place, places: &[Place]) -> Result<Leader, LevelError> {
    let wrong = |reason: String| Fields::error("leader", reason);
    let mut leader = Leader { moves: [0; LONGEST], path: [start; LONGEST + 1], steps: 0, order: [0; MOST] };
    let (mut at, mut met) = (start, Vec::new());
    let walls = map.all(WALL);
    for (step, letter) in text.chars().enumerate() {
        if step == LONGEST {
            return Err(wrong(format!("more than {LONGEST} moves")));
        }
        let action = MOVES.find(letter).ok_or_else(|| {
            wrong(format!("move {}: found `{}`, expected one of `{MOVES}`", step + 1, letter.escape_debug()))
        })?;
        let to = moved(&walls, map.size, at, action as u8);
        if to == at {
            return Err(wrong(format!("move {} runs into a wall", step + 1)));
        }
        at = to;
        leader.moves[step] = action as u8;
        leader.steps = step as u8 + 1;
        leader.path[step + 1] = at;
        if let Some(k) = places.iter().position(|&p| p == at) {
            if met.contains(&(k as u8)) {
                return Err(wrong(format!("move {} comes to beacon {} again", step + 1, k + 1)));
            }
            met.push(k as u8);
        }
    }
    if met.len() < places.len() {
        return Err(wrong(format!("it comes to {} beacons, expected all {}", met.len(), places.len())));
    }
    leader.order[..met.len()].copy_from_slice(&met);
    Ok(leader)
}
