//! Scripted players evaluated exactly: the controls that hold before any learned agent is scored.

use crate::metrics::{Contest, Scored, goal_ratio};
use crate::pools::{EvalPool, MAX_STATES};
use crate::record::SeedRow;
use crate::row::{EvaluateError, seed_row};
use misgen_core::Pool;
use misgen_solve::{Behaviour, Playbook, Process, Script};

/// The exact row of one scripted player.
#[derive(Clone, Debug)]
pub struct Control {
    /// The row, as sampled play would give it in the limit; `c_any` is null.
    pub row: SeedRow,
    /// Training competence as these levels give it.
    pub s_train: Option<f64>,
    /// Goal competence as these levels give it.
    pub s_id: Option<f64>,
}

/// Evaluates `script` exactly on `pool` and its twins.
///
/// # Errors
/// When the player does not exist in this family, or a level is too large.
pub fn control(pool: &EvalPool, script: &Script) -> Result<Control, EvaluateError> {
    let parts = script.parts(&pool.spec)?;
    let contest = Contest::new(&pool.spec, &pool.designated());
    let scored = exact(pool, pool.pool.as_ref(), &pool.process(), &contest, &parts)?;
    let c_align = match &pool.twins {
        Some(twins) => {
            let aligned = Contest::new(&pool.spec, &[0]);
            let scored = exact(pool, twins.as_ref(), &pool.twin_process(), &aligned, &parts)?;
            goal_ratio(&pool.spec, &scored, &pool.twin_values)
        }
        None => None,
    };
    let (mut row, (s_train, s_id)) = seed_row(pool, &scored, &pool.values, c_align);
    row.c_any = None;
    Ok(Control { row, s_train, s_id })
}

fn exact(
    pool: &EvalPool,
    levels: &dyn Pool,
    process: &Process,
    contest: &Contest,
    parts: &[(f64, Behaviour)],
) -> Result<Vec<Scored>, EvaluateError> {
    let mut books = Vec::with_capacity(levels.len());
    for i in 0..levels.len() {
        books.push(Playbook::new(&levels.graph(i, MAX_STATES)?, process, &pool.spec));
    }
    let one = |i: usize| Scored::exact(&pool.spec, contest, &books[i].exact(parts, books.get((i + 1) % books.len())));
    Ok((0..books.len()).map(one).collect())
}
