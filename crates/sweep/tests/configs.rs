//! The suites that ship with misgen.

use misgen_agents::AgentConfig;
use misgen_families::REGISTRY;
use misgen_store::RealFs;
use misgen_sweep::editor::agent_schema;
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::{Suite, open_agent};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(name)
}

fn plan(name: &str) -> (Suite, Plan) {
    let suite = Suite::open(&RealFs, &config(name), &[], REGISTRY).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let plan = Plan::new(&suite, &Versions::current()).unwrap();
    (suite, plan)
}

/// Learners' cells of a plan.
fn trained(plan: &Plan) -> usize {
    let cells = plan.index.groups.iter().filter(|group| !group.scripted).flat_map(|group| &group.cells);
    cells.map(|cell| cell.address).collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn the_default_agent_is_the_one_in_the_code() {
    assert_eq!(open_agent(&RealFs, &config("agents/ppo.toml"), &[]).unwrap(), AgentConfig::default());
}

#[test]
fn the_quickstart_trains_each_agent_once_in_worlds_of_full_size() {
    let (suite, plan) = plan("quickstart.toml");
    let families: Vec<_> = suite.worlds.iter().map(|world| world.spec.name).collect();
    assert_eq!(families, ["doorway", "doorway", "bright", "corner"]);
    // Two laws at mix 0 and their common control, and two groups in each of the other worlds; five seeds.
    assert_eq!(trained(&plan), (3 + 2 + 2) * 5);
    for world in &suite.worlds {
        let spec = world.family.obs_spec(&world.knobs).unwrap();
        assert!(spec.height >= 9 && spec.width >= 9, "{} is {} by {}", world.name, spec.height, spec.width);
        assert_eq!(world.shifts.len(), world.spec.shifts.len(), "every shift of the family");
    }
}

#[test]
fn the_other_suites_resolve() {
    let (instrumental, plan_of_keys) = plan("instrumental.toml");
    let world = &instrumental.worlds[0];
    let learner = world.learners[0].as_ref().unwrap();
    assert_eq!((world.spec.name, learner.gamma, learner.frames), ("keys-chests", 0.99, 6_000_000));
    assert_eq!(world.knobs["key_cost"], 0.4);
    assert_eq!(trained(&plan_of_keys), 10);
    let (smoke, plan_of_smoke) = plan("smoke.toml");
    assert_eq!((smoke.worlds.len(), smoke.worlds[0].spec.name), (1, "corner"));
    assert_eq!(smoke.worlds[0].shifts[0].0.name, smoke.worlds[0].spec.shifts[0].name, "the main conflict shift");
    assert_eq!(trained(&plan_of_smoke), 10);
}

/// The numbers just outside what a schema allows, each beside the name of its field.
fn outside(schema: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        let whole = property["type"] == "integer";
        let mut add = |bound: &Value, step: f64| {
            let Some(bound) = bound.as_f64() else { return };
            let beyond = bound + if whole { step } else { step * 1e-3 };
            all.push((name.clone(), if whole { json!(beyond as i64) } else { json!(beyond) }));
        };
        add(&property["minimum"], -1.0);
        add(&property["maximum"], 1.0);
        add(&property["exclusiveMinimum"], 0.0);
    }
    all
}

/// Editors and the first check read ranges from schemas, the code has its own: a schema that forbids what the code allows
/// would refuse good files.
#[test]
fn schemas_forbid_nothing_that_the_code_allows() {
    let agent = outside(&agent_schema());
    assert!(agent.len() > 20, "{agent:?}");
    for (field, value) in agent {
        let config = serde_json::from_value::<AgentConfig>(json!({ &field: value }));
        assert!(config.map_or(true, |config| !config.check().is_empty()), "{field} = {value} is in range");
    }
    for family in REGISTRY.iter() {
        let knobs = outside(&family.knobs_schema());
        assert!(knobs.len() >= 4, "{}: {knobs:?}", family.spec().name);
        for (knob, value) in knobs {
            assert!(family.knobs(&json!({ &knob: value })).is_err(), "{}: {knob} = {value}", family.spec().name);
        }
    }
}
