//! Whom an agent that imitates learns from: the solver, on training levels, and for some algorithms on levels where proxies are free.

use crate::inputs::TrainingPool;
use crate::train::{LevelsError, TrainingLevels, environment_over, training_levels};
use misgen_agents::{AgentConfig, Algorithm, Teacher, Unlabelled};
use misgen_core::{AnyFamily, Law, Pool};
use misgen_evaluate::pools::MAX_STATES;
use misgen_solve::{Guide, Process};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a teacher is made from, afresh for each learner.
#[derive(Clone)]
pub struct Teaching {
    gamma: f64,
    lanes: usize,
    /// Levels that are demonstrated, the first so many.
    levels: u32,
    unlabelled: Option<Arc<dyn Pool>>,
}

/// Apart from every training seed: seeds of suites are below 2^32.
const UNLABELLED: u64 = 1 << 32;

/// What `config` needs to be taught on `levels`; `None` where nobody demonstrates. Unlabelled levels are drawn like training levels,
/// by another seed and with every proxy free.
///
/// # Errors
/// When they cannot be made.
pub(crate) fn teaching(
    family: &dyn AnyFamily,
    law: &Law,
    levels: &TrainingLevels,
    held: &BTreeSet<[u8; 32]>,
    config: &AgentConfig,
    seed: u64,
) -> Result<Option<Teaching>, LevelsError> {
    let Some(demonstrated) = config.algorithm.demonstrated() else { return Ok(None) };
    let unlabelled = match config.algorithm {
        Algorithm::Divdis(divdis) => {
            let wanted = TrainingPool { levels: divdis.unlabelled, seed: seed + UNLABELLED };
            Some(training_levels(family, &levels.pool.knobs(), &law.mixed(1.0), wanted, held)?.pool)
        }
        _ => None,
    };
    let levels = demonstrated.min(levels.pool.len() as u32);
    Ok(Some(Teaching { gamma: config.gamma, lanes: config.lanes, levels, unlabelled }))
}

impl Teaching {
    /// A teacher for a learner on `pool`.
    #[must_use]
    pub fn teacher(&self, pool: &Arc<dyn Pool>) -> Teacher {
        let guide = |pool: &Arc<dyn Pool>| {
            let limit = pool.spec().training_limit(pool.limit());
            Box::new(Guide::to_training(Arc::clone(pool), Process::new(self.gamma, limit), MAX_STATES))
        };
        let unlabelled = self.unlabelled.as_ref().map(|other| Unlabelled {
            env: environment_over(other, self.lanes),
            demonstrator: guide(other),
            levels: other.len() as u32,
        });
        Teacher { demonstrator: guide(pool), levels: self.levels, unlabelled }
    }
}
