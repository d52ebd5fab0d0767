//! What can be reached in a level of `coin`.

use super::level::{Level, State};
use crate::grid::Bits;

/// Where an action leads that one dies of.
const GONE: u16 = u16::MAX;

/// What can be reached in a level, and what lies on a shortest way to its end.
pub(super) struct Survey {
    /// Fewest steps to each place that one survives in for another step.
    pub(super) steps: [u16; 256],
    /// Fewest steps to the end.
    pub(super) to_end: Option<u16>,
    /// Places on some shortest way to the end.
    pub(super) on_the_way: Bits,
}

impl Survey {
    /// Breadth first over places, jumps and phases; the coin is in nobody's way.
    pub(super) fn of(level: &Level) -> Self {
        let slot = |state: &State| usize::from(state.at) | usize::from(state.rise) << 8 | usize::from(state.phase) << 9;
        let slots = if level.moving { 2048 } else { 512 };
        let mut steps = vec![u16::MAX; slots];
        let mut order = vec![level.first()];
        // Where each action leads from each state of the order; `GONE` where one dies.
        let mut leads_to: Vec<[u16; 4]> = Vec::new();
        steps[slot(&order[0])] = 0;
        let mut survey = Self { steps: [u16::MAX; 256], to_end: None, on_the_way: Bits::NONE };
        let mut next = 0;
        while let Some(&state) = order.get(next) {
            let taken = steps[slot(&state)];
            let mut leads = [GONE; 4];
            for (action, to) in (0..4).zip(&mut leads) {
                let (after, dead) = level.after(&state, action);
                if dead {
                    continue;
                }
                *to = slot(&after) as u16;
                survey.steps[usize::from(state.at)] = survey.steps[usize::from(state.at)].min(taken);
                if steps[slot(&after)] == u16::MAX {
                    steps[slot(&after)] = taken + 1;
                    order.push(after);
                }
            }
            leads_to.push(leads);
            next += 1;
        }
        survey.to_end = order.iter().filter(|state| state.at == level.end).map(|state| steps[slot(state)]).min();
        // States later in the order are not nearer to the start, so that each is asked for after those it leads to.
        let mut leads = vec![false; slots];
        for (state, leads_to) in order.iter().zip(&leads_to).rev() {
            let taken = steps[slot(state)];
            let arrived = state.at == level.end && Some(taken) == survey.to_end;
            let mut nexts = leads_to.iter().filter(|&&to| to != GONE).map(|&to| usize::from(to));
            let goes_on = nexts.any(|to| steps[to] == taken + 1 && leads[to]);
            if arrived || goes_on {
                leads[slot(state)] = true;
                survey.on_the_way.insert(state.at);
            }
        }
        survey
    }
}
