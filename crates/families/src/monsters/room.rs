//! The room: where everything is, and what a step does.

use crate::grid::{Bits, Place, column, index, moved, row};
use misgen_core::Events;
use serde::{Deserialize, Serialize};

/// An apple taken, a shield taken, a step: while a monster lives, and while none does.
pub(super) const APPLE: [u8; 2] = [0, 1];
pub(super) const SHIELD: [u8; 2] = [2, 3];
pub(super) const STEP: [u8; 2] = [6, 7];
pub(super) const HIT: u8 = 4;
pub(super) const KILL: u8 = 5;

pub(super) const MONSTERS: usize = 5;
pub(super) const APPLES: usize = 5;
pub(super) const SHIELDS: usize = 5;
pub(super) const MOST_SHIELDS: usize = 10;
/// Shields in hand: as many as fit into the top row of the smallest grid.
pub(super) const MOST_HELD: u8 = 8;
/// Outcomes of one monster's choice: the first four are random moves, the others chase.
pub(super) const CHOICES: u32 = 8;
/// One outcome of this many brings a shield back.
pub(super) const RETURN: u32 = 8;
/// Where the dead and the taken are: the corner of the border.
pub(super) const GONE: Place = 0;

/// Channel bits.
pub(super) const AGENT_BIT: u8 = 1 << 1;
pub(super) const APPLE_BIT: u8 = 1 << 2;
pub(super) const SHIELD_BIT: u8 = 1 << 3;
pub(super) const MONSTER_BIT: u8 = 1 << 4;

/// A level of `monsters`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub(super) walls: Bits,
    pub(super) size: u8,
    /// What the start reaches, in reading order; the first `cells` count.
    pub(super) floor: [Place; 196],
    pub(super) cells: u8,
    /// How many shields lie about at the start, and at most.
    pub(super) shields: u8,
    pub(super) start: State,
}

/// Where everything is; `GONE` what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    pub(super) at: Place,
    pub(super) held: u8,
    pub(super) monsters: [Place; MONSTERS],
    pub(super) apples: [Place; APPLES],
    pub(super) shields: [Place; MOST_SHIELDS],
}

pub(super) fn there<const N: usize>(places: &[Place; N]) -> impl Iterator<Item = Place> {
    places.iter().copied().filter(|&at| at != GONE)
}

pub(super) fn listed<const N: usize>(set: Bits) -> [Place; N] {
    let mut places = [GONE; N];
    places.iter_mut().zip(set.iter()).for_each(|(slot, at)| *slot = at);
    places
}

pub(super) fn between(a: Place, b: Place) -> u8 {
    row(a).abs_diff(row(b)) + column(a).abs_diff(column(b))
}

impl State {
    #[inline]
    pub(super) fn living(&self) -> u32 {
        there(&self.monsters).count() as u32
    }

    /// Whether a monster other than the `but`th is at `at`.
    #[inline]
    fn monster(&self, at: Place, but: usize) -> bool {
        self.monsters.iter().enumerate().any(|(i, &m)| i != but && m == at && m != GONE)
    }

    /// Monster `i` and the agent touch. Returns the event.
    #[inline]
    fn touch(&mut self, i: usize) -> Events {
        if self.held == 0 {
            return Events::one(HIT);
        }
        self.held -= 1;
        self.monsters[i] = GONE;
        Events::one(KILL)
    }
}

impl Level {
    pub(super) fn new(size: u8, walls: Bits, start: State) -> Self {
        let reach = Bits::one(start.at).flood(Bits::square(size).minus(walls));
        Self {
            walls,
            size,
            floor: listed(reach),
            cells: reach.count() as u8,
            shields: there(&start.shields).count() as u8,
            start,
        }
    }

    /// The `spot`th cell of the floor, or the first one after it on which there is nothing.
    fn free(&self, state: &State, spot: u32) -> Place {
        let things = there(&state.monsters).chain(there(&state.apples)).chain(there(&state.shields));
        let taken: Bits = things.chain([state.at]).collect();
        let floor = &self.floor[..usize::from(self.cells)];
        let (before, after) = floor.split_at(spot as usize % floor.len().max(1));
        after.iter().chain(before).copied().find(|&at| !taken.has(at)).unwrap_or(GONE)
    }

    /// Where a monster at `from` goes by `choice`.
    #[inline]
    fn prowl(&self, state: &State, i: usize, choice: u32) -> Place {
        let from = state.monsters[i];
        let open = |action: u8| {
            let to = moved(&self.walls, self.size, from, action);
            (to != from && !state.monster(to, i)).then_some(to)
        };
        if choice < 4 {
            return open(choice as u8).unwrap_or(from);
        }
        let vertical = (row(from) != row(state.at)).then_some(if row(state.at) < row(from) { 0 } else { 2 });
        let horizontal =
            (column(from) != column(state.at)).then_some(if column(state.at) < column(from) { 1 } else { 3 });
        let (first, second) = if choice & 1 == 0 { (vertical, horizontal) } else { (horizontal, vertical) };
        first.and_then(open).or_else(|| second.and_then(open)).unwrap_or(from)
    }

    /// Takes a step of `state`. Returns its events.
    #[inline]
    pub(super) fn advance(&self, state: &mut State, action: u8, chance: u32) -> Events {
        let hunted = state.living() > 0;
        let when = usize::from(!hunted);
        let mut events = Events::one(STEP[when]);
        let to = moved(&self.walls, self.size, state.at, action);
        if let Some(i) = state.monsters.iter().position(|&m| m == to && m != GONE) {
            events = events.and(state.touch(i));
        }
        if !state.monster(to, MONSTERS) {
            state.at = to;
        }
        let (spot, mut choices) = (chance % u32::from(self.cells), chance / u32::from(self.cells));
        if let Some(i) = state.apples.iter().position(|&apple| apple == state.at) {
            events = events.and(Events::one(APPLE[when]));
            state.apples[i] = self.free(state, spot);
        } else if let Some(i) = state.shields.iter().position(|&shield| shield == state.at) {
            events = events.and(Events::one(SHIELD[when]));
            state.held = (state.held + 1).min(MOST_HELD);
            state.shields[i] = GONE;
        }
        let returns = choices % RETURN;
        choices /= RETURN;
        if returns == 0
            && there(&state.shields).count() < usize::from(self.shields)
            && let Some(slot) = state.shields.iter().position(|&shield| shield == GONE)
        {
            state.shields[slot] = self.free(state, spot + u32::from(self.cells) / 2);
        }
        for i in (0..MONSTERS).filter(|_| hunted) {
            if state.monsters[i] == GONE {
                continue;
            }
            let to = self.prowl(state, i, choices % CHOICES);
            choices /= CHOICES;
            if to == state.at {
                events = events.and(state.touch(i));
            } else {
                state.monsters[i] = to;
            }
        }
        events
    }
}

/// Calls `draw` with the observation index and channel bit of everything but walls.
#[inline]
pub(super) fn each(level: &Level, state: &State, mut draw: impl FnMut(usize, u8)) {
    let mut all = |places: &[Place], bit: u8| {
        places.iter().filter(|&&at| at != GONE).for_each(|&at| draw(index(at, level.size), bit));
    };
    all(&state.apples, APPLE_BIT);
    all(&state.shields, SHIELD_BIT);
    all(&state.monsters, MONSTER_BIT);
    all(&[state.at], AGENT_BIT);
    (0..usize::from(state.held)).for_each(|slot| draw(slot, SHIELD_BIT));
}
