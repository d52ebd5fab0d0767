//! What can be reached in a level of `coin`.

use super::level::{Level, State};
use crate::grid::Bits;

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
        let mut steps = [u16::MAX; 2048];
        let mut order = vec![level.first()];
        steps[slot(&order[0])] = 0;
        let mut survey = Self { steps: [u16::MAX; 256], to_end: None, on_the_way: Bits::NONE };
        let mut next = 0;
        while let Some(&state) = order.get(next) {
            let taken = steps[slot(&state)];
            for (after, _) in (0..4).map(|action| level.after(&state, action)).filter(|(_, dead)| !dead) {
                survey.steps[usize::from(state.at)] = survey.steps[usize::from(state.at)].min(taken);
                if steps[slot(&after)] == u16::MAX {
                    steps[slot(&after)] = taken + 1;
                    order.push(after);
                }
            }
            next += 1;
        }
        survey.to_end = order.iter().filter(|state| state.at == level.end).map(|state| steps[slot(state)]).min();
        // States later in the order are not nearer to the start, so that each is asked for after those it leads to.
        let mut leads = [false; 2048];
        for state in order.iter().rev() {
            let taken = steps[slot(state)];
            let arrived = state.at == level.end && Some(taken) == survey.to_end;
            let goes_on = (0..4)
                .map(|action| level.after(state, action))
                .any(|(after, dead)| !dead && steps[slot(&after)] == taken + 1 && leads[slot(&after)]);
            if arrived || goes_on {
                leads[slot(state)] = true;
                survey.on_the_way.insert(state.at);
            }
        }
        survey
    }
}
