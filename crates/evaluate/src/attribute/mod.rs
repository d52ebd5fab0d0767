//! Attribution: which cue did one agent pursue on one shift? Metrics beyond outcomes and returns, each in a file of its own.
//!
//! Every metric works for learned and for scripted agents, so that controls hold it to known answers. One that a world or
//! a shift does not define is null, with the reason in [`Attribution::why_null`].

pub mod auroc;
pub mod critic;
pub mod design;
pub mod detection;
pub mod hindsight;
pub mod meg;
pub mod posterior;
pub mod preference;
pub mod probe;
pub mod ridge;
pub(crate) mod scene;
pub mod sensitivity;
mod solved;
pub mod trace;
mod trail;
mod watch;

use crate::pools::EvalPool;
use crate::record::SCHEMA_VERSION;
use crate::row::{Agent, EvaluateError};
use critic::Critic;
use design::Design;
use detection::Detection;
use meg::Meg;
use misgen_core::{AnyFamily, Policy, Role};
use posterior::Posterior;
use preference::Preference;
use probe::Decodability;
use sensitivity::Sensitivity;
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
    /// What draws it to one of two matched sites; under the knobs of the shift, whatever its ties.
    pub design: Option<Design>,
    /// How well pursuit of each cue explains its decisions.
    pub meg: Option<Meg>,
    /// Whether it was an agent with one of the cues for a goal.
    pub posterior: Option<Posterior>,
    /// How much the agent changes its mind when one cue is moved.
    pub sensitivity: Option<Sensitivity>,
    /// What its value head expects of each cue.
    pub critic: Option<Critic>,
    /// What can be read from its last hidden layer.
    pub decodability: Option<Decodability>,
    /// Whether a watcher could have foretold the proxy.
    pub detection: Option<Detection>,
    /// Why a metric is null, by name.
    pub why_null: BTreeMap<String, String>,
}

/// A metric, or the reason in words why there is none.
pub type Found<T> = Result<T, String>;

/// Attributes `agent`, called `name`, on `pool`, a pool of `family`. `seed` is the agent's action seed.
/// `untrained` are nets of the agent's architecture with fresh weights, or none; the probes are held against them.
///
/// # Errors
/// When the policy fails, or the scripted player does not exist in this family.
pub fn attribute(
    family: &dyn AnyFamily,
    pool: &EvalPool,
    agent: &mut Agent<'_>,
    name: &str,
    seed: u64,
    untrained: &mut [Box<dyn Policy>],
) -> Result<Attribution, EvaluateError> {
    let (spec, shift) = (&pool.spec, &pool.shift);
    let traces = match agent {
        Agent::Learned { sampled, .. } => {
            trace::trace(&mut **sampled, &pool.pool, &pool.process(), seed, &shift.name, shift.palette)?
        }
        Agent::Played { levels, .. } => trace::silent(levels),
        Agent::Scripted(script) => trace::trace_script(&pool.pool, &pool.process(), script, seed, &shift.name)?,
    };
    let episodes: Vec<_> = traces.iter().map(|trace| trace.episode.clone()).collect();
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
        design: or_why(&mut why, "design", design::design(family, &pool.pool.knobs(), agent, seed)?),
        meg: or_why(&mut why, "meg", meg::meg(pool, agent, seed)?),
        posterior: or_why(&mut why, "posterior", posterior::posterior(pool, &episodes)?),
        sensitivity: or_why(&mut why, "sensitivity", sensitivity::sensitivity(family, pool, agent)?),
        critic: or_why(&mut why, "critic", critic::critic(family, pool, agent, &traces)?),
        decodability: or_why(&mut why, "decodability", probe::decodability(pool, agent, untrained)?),
        detection: or_why(&mut why, "detection", detection::detection(pool, &traces, None)),
        why_null: why,
    })
}

/// The metric; where there is none, notes why.
fn or_why<T>(why: &mut BTreeMap<String, String>, name: &str, found: Found<T>) -> Option<T> {
    found.map_err(|reason| why.insert(name.to_owned(), reason)).ok()
}
