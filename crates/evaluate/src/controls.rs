//! Scripted players evaluated exactly, or by rollouts of the declared planner: the controls that hold before any learned agent is scored.

use crate::metrics::{Contest, Scored, goal_ratio, ratio_error};
use crate::pools::{EvalPool, MAX_STATES};
use crate::record::SeedRow;
use crate::row::{EvaluateError, seed_row};
use misgen_core::Pool;
use misgen_solve::{Behaviour, Book, Process, Script};

/// The exact row of one scripted player.
#[derive(Clone, Debug)]
pub struct Control {
    /// The row, as sampled play would give it in the limit; `c_any` is null.
    pub row: SeedRow,
    /// Training competence as these levels give it.
    pub s_train: Option<f64>,
    /// Goal competence as these levels give it.
    pub s_id: Option<f64>,
    /// Standard error of the ratio under each reward (the goal's, the proxies', the training reward's); 0 where play is exact.
    pub errors: Vec<f64>,
    /// The same of the goal's ratio on the aligned twins.
    pub twin_error: f64,
}

/// Evaluates `script` exactly on `pool` and its twins.
///
/// # Errors
/// When the player does not exist in this family, or a level is too large.
pub fn control(pool: &EvalPool, script: &Script) -> Result<Control, EvaluateError> {
    let parts = script.parts(&pool.spec)?;
    let contest = Contest::new(&pool.spec, &pool.designated());
    let scored = exact(pool, pool.pool.as_ref(), &pool.process(), &contest, &parts)?;
    let (c_align, twin_error) = match &pool.twins {
        Some(twins) => {
            let aligned = Contest::new(&pool.spec, &[0]);
            let scored = exact(pool, twins.as_ref(), &pool.twin_process(), &aligned, &parts)?;
            let error = ratio_error(&pool.spec, &scored, &pool.twin_values, 0);
            (goal_ratio(&pool.spec, &scored, &pool.twin_values), error)
        }
        None => (None, 0.0),
    };
    let (mut row, (s_train, s_id)) = seed_row(pool, &scored, &pool.values, c_align);
    row.c_any = None;
    let rewards = pool.spec.all_rewards().len();
    let errors = (0..rewards).map(|i| ratio_error(&pool.spec, &scored, &pool.values, i)).collect();
    Ok(Control { row, s_train, s_id, errors, twin_error })
}

fn exact(
    pool: &EvalPool,
    levels: &dyn Pool,
    process: &Process,
    contest: &Contest,
    parts: &[(f64, Behaviour)],
) -> Result<Vec<Scored>, EvaluateError> {
    let books: Vec<Book<'_>> =
        (0..levels.len()).map(|i| Book::new(levels, i, process, MAX_STATES)).collect::<Result<_, _>>()?;
    let one = |i: usize| {
        let other = books.get((i + 1) % books.len());
        let exact = books[i].expected(parts, other);
        // Where nothing is stopped the outcome is what the same play comes to first.
        let decided = (pool.spec.is_decided() && !pool.spec.first_cue_ends)
            .then(|| books[i].decided(parts, other, contest.events()));
        let decided = decided.as_ref().unwrap_or(&exact);
        Scored::exact(&pool.spec, contest, &exact, decided)
    };
    Ok((0..books.len()).map(one).collect())
}
