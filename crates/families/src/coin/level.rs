//! Levels of `coin`, and how things move in them.

use super::{DIE, REACH_END};
use crate::grid::{Bits, Place, column, index, row};
use serde::{Deserialize, Serialize};

const LEFT: u8 = 0;
const RIGHT: u8 = 1;
const JUMP: u8 = 2;

/// Cells that a jump rises after its first step.
const RISE: u8 = 1;
/// Where a moving saw is, in columns right of its middle, by phase. In phases 1 and 2 it heads left.
const WALK: [i8; 4] = [0, 1, 0, -1];

/// A level of `coin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub(super) walls: Bits,
    pub(super) pits: Bits,
    /// Where the saws are in each phase.
    pub(super) saws: [Bits; 4],
    pub(super) moving: bool,
    pub(super) rows: u8,
    pub(super) columns: u8,
    pub(super) start: Place,
    pub(super) end: Place,
    pub(super) coin: Option<Place>,
}

/// Where the agent is, how many cells its jump still rises, the phase of the saws, and which events have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    pub(super) at: Place,
    pub(super) rise: u8,
    pub(super) phase: u8,
    pub(super) fired: u8,
}

impl State {
    /// Whether the agent died.
    pub(super) const fn is_dead(self) -> bool {
        self.fired >> DIE & 1 == 1
    }
}

/// The saws in each phase, from their middles.
pub(super) fn saws(middles: Bits, moving: bool) -> [Bits; 4] {
    WALK.map(|by| if moving { middles.iter().map(|at| at.wrapping_add_signed(by)).collect() } else { middles })
}

impl Level {
    /// The state before the first step.
    pub(super) fn first(&self) -> State {
        State { at: self.start, rise: 0, phase: 0, fired: u8::from(self.start == self.end) << REACH_END }
    }

    /// Whether `state` is on the grid, and in a jump and a phase that there are.
    pub(super) const fn holds(&self, state: &State) -> bool {
        let on_grid = row(state.at) < self.rows && column(state.at) < self.columns;
        on_grid && state.rise <= RISE && state.phase < if self.moving { 4 } else { 1 }
    }

    /// Whether something can be at this place.
    #[inline]
    const fn is_free(&self, at: Place) -> bool {
        row(at) < self.rows && column(at) < self.columns && !self.walls.has(at)
    }

    /// First a step to the side, then one up or down. Who rises or falls is asked for the edge of the grid before.
    #[inline]
    const fn moved(&self, from: Place, rise: u8, action: u8) -> (Place, u8) {
        let beside = match action {
            LEFT if column(from) > 0 => from - 1,
            RIGHT if column(from) + 1 < self.columns => from + 1,
            _ => from,
        };
        let at = if self.is_free(beside) { beside } else { from };
        let stood = self.stands(from);
        let rising = if action == JUMP && stood && rise == 0 { RISE + 1 } else { rise };
        if rising > 0 {
            return if row(at) > 0 && self.is_free(at - 16) { (at - 16, rising - 1) } else { (at, 0) };
        }
        if self.stands(at) { (at, 0) } else { (at + 16, 0) }
    }

    /// Whether the ground, a ledge or the bottom of the grid is below this place.
    #[inline]
    const fn stands(&self, at: Place) -> bool {
        row(at) + 1 >= self.rows || self.walls.has(at + 16)
    }

    /// The place and phase of `state` after `action`, and whether the agent dies of it.
    #[inline]
    pub(super) fn after(&self, state: &State, action: u8) -> (State, bool) {
        let (at, rise) = self.moved(state.at, state.rise, action);
        let phase = if self.moving { (state.phase + 1) % 4 } else { 0 };
        let (were, are) = (&self.saws[usize::from(state.phase)], &self.saws[usize::from(phase)]);
        let met = are.has(at) || (were.has(at) && are.has(state.at));
        (State { at, rise, phase, ..*state }, met || self.pits.has(at))
    }

    /// Everything that is drawn and changes: the agent, whether it rises, and saws where they move.
    #[inline]
    pub(super) fn movers(&self, state: &State) -> impl Iterator<Item = (usize, u8)> + use<> {
        let columns = self.columns;
        let agent = 1 << 1 | if state.rise > 0 { 1 << 5 } else { 0 };
        let saw = 1 << 4 | if self.moving && (1..3).contains(&state.phase) { 1 << 6 } else { 0 };
        let saws = self.saws[usize::from(state.phase)].iter().map(move |at| (index(at, columns), saw));
        std::iter::once((index(state.at, columns), agent)).chain(saws)
    }
}
