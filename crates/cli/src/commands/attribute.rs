//! `misgen attribute`: which goal an agent pursues on one shift.

use super::agent::{Named, agent};
use super::world::{family, knobs, law, shift};
use crate::args::AttributeArgs;
use crate::failure::Failure;
use crate::output;
use misgen_core::{Registry, ShiftSpec};
use misgen_evaluate::attribute::attribute as attribute_agent;
use misgen_evaluate::pools::{Content, EvalPool, PoolRequest};
use misgen_report as report;
use std::time::Instant;

/// Nets with fresh weights that the probes are held against.
const UNTRAINED: u64 = 3;

pub(crate) fn attribute(args: &AttributeArgs, registry: Registry) -> Result<u8, Failure> {
    if args.agent.starts_with("human:") {
        return Err(Failure::usage(
            "a person's records cannot be attributed: a design asks for levels that nobody played",
        ));
    }
    let family = family(registry, &args.family)?;
    let spec = family.spec();
    let mut named = agent(&args.agent, family, &args.world, &args.answers)?;
    law(&spec, &args.world)?;
    let mut knobs = knobs(family, &args.world)?;
    // The agent's own world unless the command line asks for another.
    if let Named::Learned(learned) = &named
        && let Some(card) = learned.card_in(&spec)?
        && args.world.knobs.is_empty()
    {
        knobs = family.knobs(&card.knobs).map_err(Failure::usage)?;
    }
    named.begin(family, &knobs, args.seed)?;
    let shift = match &args.shift {
        Some(name) => shift(&spec, name)?,
        None => ShiftSpec::from(spec.shifts.first().ok_or_else(|| {
            Failure::usage(format!("family `{}` declares no shift on which goals could be told apart", spec.name))
        })?),
    };
    let begun = Instant::now();
    let request = PoolRequest { knobs, content: Content::Shift(shift), levels: args.levels as usize, seed: 0 };
    let pool = EvalPool::build(family, &request).map_err(Failure::job)?;
    let mut untrained = match &named {
        Named::Learned(learned) => learned.untrained(UNTRAINED)?,
        Named::Scripted(_) | Named::External(_) => Vec::new(),
    };
    let name = match &mut named {
        Named::External(external) => external.name(),
        Named::Scripted(_) | Named::Learned(_) => args.agent.trim_start_matches("scripted:").to_owned(),
    };
    let found = attribute_agent(family, &pool, &mut named.player(), &name, args.seed, &mut untrained);
    let found = found.map_err(|error| named.failed(error))?;
    named.finish()?;
    anstream::eprintln!("attributed in {:.1} s", begun.elapsed().as_secs_f64());
    if args.json {
        output::json(&found)?;
    } else {
        output::document(&report::attribution(&found, &output::style(false)))?;
    }
    Ok(0)
}
