//! Attribution: which cue did one agent pursue on one shift? Metrics beyond outcomes and returns, each in a file of its own.
//!
//! Every metric works for learned and for scripted agents, so that controls hold it to known answers. One that a world or
//! a shift does not define is null, with the reason in [`Attribution::why_null`].

pub mod preference;

use crate::pools::EvalPool;
use crate::record::SCHEMA_VERSION;
use crate::row::{Agent, EvaluateError, sampled};
use misgen_core::{AnyFamily, Role};
use preference::Preference;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of the goal of one agent on one shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    /// Version of this document.
    pub schema_version: u32,
    /// Family and version.
    pub family: String,
    /// The shift.
    pub shift: String,
    /// Its role.
    pub role: Role,
    /// Name of the agent.
    pub agent: String,
    /// Action seed.
    pub seed: u64,
    /// Levels of the shift.
    pub levels: usize,
    /// The family's cues, the goal first.
    pub cues: Vec<String>,
    /// Which cue comes first when two compete.
    pub preference: Option<Preference>,
    /// Why a metric is null, by name.
    pub why_null: BTreeMap<String, String>,
}

/// A metric, or the reason in words why there is none.
pub type Found<T> = Result<T, String>;

/// Attributes `agent`, called `name`, on `pool`, a pool of `family`. `seed` is the agent's action seed.
///
/// # Errors
/// When the policy fails, or the scripted player does not exist in this family.
pub fn attribute(
    family: &dyn AnyFamily,
    pool: &EvalPool,
    agent: &mut Agent<'_>,
    name: &str,
    seed: u64,
) -> Result<Attribution, EvaluateError> {
    let (spec, shift) = (&pool.spec, &pool.shift);
    let _ = family;
    let episodes = sampled(&pool.pool, &pool.process(), agent, seed, &shift.name, shift.palette)?;
    let mut why = BTreeMap::new();
    Ok(Attribution {
        schema_version: SCHEMA_VERSION,
        family: spec.id(),
        shift: shift.name.clone(),
        role: shift.role,
        agent: name.to_owned(),
        seed,
        levels: pool.pool.len(),
        cues: spec.cues.iter().map(|cue| cue.name.to_owned()).collect(),
        preference: or_why(&mut why, "preference", preference::preference(pool, &episodes)),
        why_null: why,
    })
}

/// The metric; where there is none, notes why.
fn or_why<T>(why: &mut BTreeMap<String, String>, name: &str, found: Found<T>) -> Option<T> {
    found.map_err(|reason| why.insert(name.to_owned(), reason)).ok()
}
