//! Asking for help: an agent that hands a step to a demonstrator of the goal where it is least certain, under a budget.
//!
//! Trinh et al., "Getting By Goal Misgeneralization With a Little Help From a Mentor" (2024). The agent asks where the entropy of its policy exceeds a
//! threshold. Thresholds come from levels of the training law alone: that of budget b is exceeded in a share b of the agent's steps there. What it
//! asks under a shift is then what it does ask; no verdict reads any of it.

use crate::metrics::Contest;
use crate::pools::{EvalPool, MAX_STATES};
use crate::record::{HelpRow, Helped};
use crate::rollout::{Help, play_helped};
use crate::row::{EvaluateError, score, seed_row};
use misgen_core::{Policy, PolicyError, Role};
use misgen_solve::Guide;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entropy of a law in nats.
fn entropy(probs: &[f32]) -> f64 {
    probs.iter().map(|p| f64::from(*p)).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum()
}

/// The value that a share `budget` of `sorted` (rising) exceeds, or as few more or less as ties allow.
fn threshold(sorted: &[f64], budget: f64) -> f64 {
    let asked = (budget * sorted.len() as f64).round() as usize;
    match sorted.len().checked_sub(asked + 1) {
        // Every step.
        None => f64::NEG_INFINITY,
        Some(place) => sorted[place],
    }
}

/// Plays `policy` with help on the levels of the training row and of every conflict shift among `pools`, once a budget.
///
/// # Errors
/// When the policy fails or says no probabilities, or a level is too large for whoever helps.
pub fn help_rows(
    pools: &[EvalPool],
    policy: &mut dyn Policy,
    seed: u64,
    budgets: &[f64],
) -> Result<Vec<HelpRow>, EvaluateError> {
    if budgets.is_empty() {
        return Ok(Vec::new());
    }
    let Some(training) = pools.iter().find(|pool| pool.shift.role == Role::Training) else { return Ok(Vec::new()) };
    let mut certain = alone(training, policy, seed)?;
    certain.sort_by(f64::total_cmp);
    let played = pools.iter().filter(|pool| matches!(pool.shift.role, Role::Training | Role::Conflict));
    // Levels are solved once for all budgets.
    let guide = |pool: &EvalPool| Guide::to_goal(Arc::clone(&pool.pool), pool.process(), MAX_STATES);
    let mut guided: Vec<(&EvalPool, Guide)> = played.map(|pool| (pool, guide(pool))).collect();
    let row = |&budget: &f64| {
        let threshold = threshold(&certain, budget);
        let mut found = HelpRow {
            budget,
            threshold: threshold.is_finite().then_some(threshold),
            asked: 0.0,
            s_train: None,
            shifts: BTreeMap::new(),
        };
        for (pool, guide) in &mut guided {
            let mut asks = |probs: &[f32]| entropy(probs) > threshold;
            let help = Help { demonstrator: guide, asks: &mut asks };
            let on = (pool.shift.name.as_str(), pool.shift.palette);
            let (played, asked) = play_helped(policy, &pool.pool, &pool.process(), seed, on, help)?;
            let contest = Contest::new(&pool.spec, &pool.designated());
            let scored = score(pool, &pool.pool, &contest, &played);
            let (row, (s_train, _)) = seed_row(pool, &scored, &pool.values, None);
            if pool.shift.role == Role::Training {
                (found.asked, found.s_train) = (asked, s_train);
            } else {
                found.shifts.insert(row.shift, Helped { asked, gt: row.gt, outcomes: row.outcomes });
            }
        }
        Ok(found)
    };
    budgets.iter().map(row).collect()
}

/// The entropy of every step that the agent takes alone on the levels of the training law.
fn alone(pool: &EvalPool, policy: &mut dyn Policy, seed: u64) -> Result<Vec<f64>, EvaluateError> {
    let traces = crate::attribute::trace::trace(
        policy,
        &pool.pool,
        &pool.process(),
        seed,
        &pool.shift.name,
        pool.shift.palette,
    )?;
    let laws = traces.iter().flat_map(|trace| (0..trace.episode.actions.len()).map(move |step| trace.law(step)));
    let entropies: Option<Vec<f64>> = laws.map(|law| law.map(entropy)).collect();
    entropies.ok_or_else(|| {
        PolicyError("the agent says no probabilities, so nothing tells when it is uncertain".into()).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_exceeded_by_the_share_of_its_budget() {
        let sorted: Vec<f64> = (0..10).map(f64::from).collect();
        let asked = |budget| sorted.iter().filter(|x| **x > threshold(&sorted, budget)).count();
        assert_eq!([asked(0.0), asked(0.1), asked(0.25), asked(0.5), asked(1.0)], [0, 1, 3, 5, 10]);
        // Where many steps are alike, all of them stay below.
        assert_eq!(threshold(&[0.0; 5], 0.2), 0.0);
    }

    #[test]
    fn entropy_is_in_nats() {
        assert_eq!(entropy(&[1.0, 0.0]), 0.0);
        assert!((entropy(&[0.25; 4]) - 4.0_f64.ln()).abs() < 1e-12);
    }
}
