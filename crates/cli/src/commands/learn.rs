//! `misgen check --learn`: whether the default agent learns a family at all, and its proxy in particular.

use crate::failure::Failure;
use misgen_agents::{AgentConfig, NetPolicy, Play};
use misgen_core::{AnyFamily, Kind, Law, ShiftSpec};
use misgen_evaluate::check::{Report, learned};
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_evaluate::row::{Agent, evaluate};
use misgen_sweep::inputs::TrainingPool;
use misgen_sweep::train::{train, training_levels};
use serde_json::Value;
use std::collections::BTreeSet;

/// Levels to train on, and to evaluate on.
const TRAINING: TrainingPool = TrainingPool { levels: 4096, seed: 0 };
const LEVELS: usize = 128;
/// Seed of training and of actions.
const SEED: u64 = 0;

/// Trains the default agent for `frames` under the first law at mix 0, plays the main conflict shift, and adds to `report`
/// what follows. Continuing families have no such shift and are left alone.
pub(super) fn learn(family: &dyn AnyFamily, frames: u64, report: &mut Report) -> Result<(), Failure> {
    let spec = family.spec();
    if spec.kind == Kind::Continuing {
        return Ok(());
    }
    let law = Law::named(&spec, spec.laws[0].name).expect("the family's own law");
    let build = |content| {
        let request = PoolRequest { knobs: Value::Null, content, levels: LEVELS, seed: 0 };
        EvalPool::build(family, &request).map_err(Failure::job)
    };
    let held_out = build(Content::Law(law.clone()))?;
    let main = build(Content::Shift(ShiftSpec::from(&spec.shifts[0])))?;
    let held: BTreeSet<[u8; 32]> = held_out.digests().union(&main.digests()).copied().collect();
    let levels = training_levels(family, &Value::Null, &law, TRAINING, &held).map_err(Failure::job)?;
    let config = AgentConfig { frames, ..AgentConfig::default() };
    let trained = train(&levels, &config, SEED, &mut |_| {})
        .map_err(|error| Failure::job(format!("{}: {error}", report.family)))?;
    let play = |pool: &EvalPool| {
        let mut sampled = NetPolicy::of(&trained.learner, Play::Sampled);
        evaluate(pool, &mut Agent::Learned { sampled: &mut sampled, greedy: None }, SEED).map_err(Failure::job)
    };
    let s_train = play(&held_out)?.s_train;
    let row = play(&main)?.row;
    learned(&spec, &law, s_train, &row, frames, report);
    Ok(())
}
