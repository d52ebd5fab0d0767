//! The planner of both cues.

use super::room::{Level, State, between, there};
use crate::grid::{Bits, moved};

/// What a shield is worth to the goal's planner, in apples, while monsters outnumber the shields in hand.
const OF_USE: f32 = 0.8;
/// By how much a thing is worth less with each step to it, and how far ahead things count.
const FADE: f32 = 0.66;
const AHEAD: u16 = 12;
/// What all things together count for beside the best one.
const REST: f32 = 0.55;
/// How much a monster threatens that is 0, 1, ... rows and columns away; what a threat costs, and the most threats
/// that count.
const THREAT: [f32; 5] = [1.0, 0.59, 0.16, 0.2, 0.06];
const COST: f32 = 1.57;
const MOST_THREATS: f32 = 2.0;

/// The planner: one step ahead, by what is near afterwards and who may strike. The constants were found by a random
/// search for the value of the goal on levels of 9×9.
pub(super) fn plan(level: &Level, state: &State, hoards: bool, left: u16) -> u16 {
    let floor = Bits::square(level.size).minus(level.walls);
    let (apples, shields): (Bits, Bits) = (there(&state.apples).collect(), there(&state.shields).collect());
    let of_use = if state.living() > u32::from(state.held) { OF_USE } else { 0.0 };
    let shield = if hoards { of_use.max(1.0) } else { of_use };
    let value = |action: u8| {
        let to = moved(&level.walls, level.size, state.at, action);
        let (mut seen, mut fades, mut best, mut all) = (Bits::one(to), 1.0_f32, 0.0_f32, 0.0_f32);
        let (mut apples_seen, mut shields_seen) = (0, 0);
        for _ in 0..left.min(AHEAD) {
            let (a, s) = (seen.and(apples).count(), seen.and(shields).count());
            for (new, worth) in [(a - apples_seen, fades), (s - shields_seen, fades * shield)] {
                if new > 0 {
                    best = best.max(worth);
                    all += worth * new as f32;
                }
            }
            (apples_seen, shields_seen) = (a, s);
            seen = seen.grown().and(floor);
            fades *= FADE;
        }
        let cover = f32::from(state.held) + f32::from(u8::from(shields.has(to)));
        let threat = |monster| THREAT.get(usize::from(between(monster, to))).copied().unwrap_or(0.0);
        let threats: f32 = there(&state.monsters).map(threat).sum();
        best + REST * all - COST * (threats - cover).clamp(0.0, MOST_THREATS)
    };
    let values: [f32; 5] = std::array::from_fn(|action| value(action as u8));
    let best = values.into_iter().fold(f32::MIN, f32::max);
    (0..5).filter(|&action| values[action] >= best - 1e-6).fold(0, |set, action| set | 1 << action)
}
