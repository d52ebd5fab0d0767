//! `misgen list` and `misgen describe`.

use super::world::family;
use crate::args::{DescribeArgs, ListArgs, Listing};
use crate::failure::Failure;
use crate::output;
use misgen_core::{AnyFamily, FamilySpec, Registry};
use misgen_report as report;
use misgen_solve::SCRIPTS;
use serde_json::{Value, json};

/// Name, where it lies in a summary, and meaning of every metric.
const METRICS: &[(&str, &str)] = &[
    ("s_train", "training competence: (V - V_rand) / (V_goal - V_rand) on held-out levels, training reward"),
    ("s_id", "ID competence: the same under the goal's reward"),
    ("gt", "goal transfer: the same on the shift; raw, so a proxy pursuer is below 0"),
    ("pp", "proxy pursuit: the same under a proxy's reward, against that proxy's pursuer"),
    ("c_align", "goal transfer on the aligned twins: the shift without its conflict"),
    ("c_any", "path efficiency (SPL) to whichever designated cue came first"),
    ("outcomes", "what came first: the goal, a proxy, death, neither"),
    ("kappa", "cue preference (attribute): of two cues, which came first more often, with coverage"),
    ("effect", "main effect of a cue at one of two matched sites (attribute): the 2^k design"),
    ("meg", "goal-directedness towards a cue (attribute): how well noisy pursuit predicts decisions, own pursuer 1"),
    ("p_agent", "goal posterior (attribute): an agent with a cue for a goal, or a device"),
    ("verdict", "the first rule that applies, over seeds"),
];

pub(crate) fn list(args: &ListArgs, registry: Registry) -> Result<u8, Failure> {
    let specs: Vec<FamilySpec> = registry.iter().map(AnyFamily::spec).collect();
    let style = output::style(false);
    match (args.what, args.json) {
        (Listing::Families, false) => output::document(&report::families(&specs, &style))?,
        (Listing::Families, true) => output::json(&report::families_json(&specs))?,
        (Listing::Shifts, false) => output::document(&report::shifts(&specs, &style))?,
        (Listing::Shifts, true) => output::json(&report::shifts_json(&specs))?,
        (Listing::Agents, false) => output::document(&lines(SCRIPTS.iter().map(|name| format!("scripted:{name}"))))?,
        (Listing::Agents, true) => output::json(&SCRIPTS)?,
        (Listing::Metrics, false) => output::document(&lines(METRICS.iter().map(|(n, m)| format!("{n:10} {m}"))))?,
        (Listing::Metrics, true) => {
            let all: Vec<Value> = METRICS.iter().map(|(name, means)| json!({ "name": name, "means": means })).collect();
            output::json(&all)?;
        }
    }
    Ok(0)
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.map(|line| line + "\n").collect()
}

pub(crate) fn describe(args: &DescribeArgs, registry: Registry) -> Result<u8, Failure> {
    let family = family(registry, &args.name)?;
    let defaults = family.knobs(&Value::Null).map_err(Failure::job)?;
    let (spec, schema) = (family.spec(), family.knobs_schema());
    if args.markdown {
        output::document(&super::docs::page(family)?)?;
    } else if args.json {
        output::json(&report::describe_json(&spec, &defaults, &schema))?;
    } else {
        output::document(&report::describe(&spec, &defaults, &schema, &output::style(false)))?;
    }
    Ok(0)
}
