//! Promise 8: whatever can change a result changes its address, and nothing else does.
//!
//! Driven by the schemas, so that a new field cannot be forgotten: it is tried by itself, or this test asks for its row.

mod common;

use common::{AGENT, REGISTRY, SUITE, load_with, versions};
use misgen_agents::{AccelConfig, AgentConfig, PlrConfig};
use misgen_core::{Look, Of, Registry, Rgb, ShiftSpec};
use misgen_families::corner::Corner;
use misgen_sweep::inputs::{Job, Player, PoolInputs, PoolOf};
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::{AgentFile, References, ShiftFile, Suite, SuiteFile, WorldFile};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Addresses of a plan's jobs.
type Addresses = BTreeSet<String>;

fn addresses<'a>(jobs: impl IntoIterator<Item = &'a (misgen_store::Address, Job)>) -> Addresses {
    jobs.into_iter().map(|(address, _)| address.to_string()).collect()
}

fn plan_with(text: &str, agent: &str, versions: &Versions) -> Plan {
    let suite = load_with(text.as_bytes(), agent, &[]).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
    Plan::new(&suite, versions).unwrap()
}

/// The addresses of the cells in which a learner plays.
fn learners(plan: &Plan) -> Addresses {
    let learned = |job: &Job| matches!(job, Job::Cell(cell) if cell.training.is_some());
    addresses(plan.jobs.iter().filter(|(_, job)| learned(job)))
}

fn fields(schema: &Value) -> Vec<String> {
    schema["properties"].as_object().expect("a struct").keys().cloned().collect()
}

/// The words that a field's schema allows, found through references.
fn words(schema: &Value, field: &Value) -> Vec<Value> {
    let field = match field["$ref"].as_str() {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).expect("a definition"),
        None => field,
    };
    match (field["enum"].as_array(), field["oneOf"].as_array()) {
        (Some(words), _) => words.clone(),
        (None, Some(kinds)) => kinds.iter().map(|kind| kind["const"].clone()).collect(),
        (None, None) => Vec::new(),
    }
}

/// Other values of a field's type, the nearest first.
fn others(schema: &Value, field: &Value, value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(value) => vec![json!(!value)],
        Value::Number(n) if n.is_f64() => {
            let value = n.as_f64().unwrap();
            [value * 0.5, value + 0.125, value - 0.125].into_iter().filter(|v| *v != value).map(Value::from).collect()
        }
        Value::Number(n) => {
            let value = n.as_i64().unwrap();
            [value + 1, value - 1, value + 2, value - 2].into_iter().map(Value::from).collect()
        }
        Value::String(_) => words(schema, field).into_iter().filter(|word| word != value).collect(),
        Value::Array(items) => vec![items.iter().cloned().chain(items.first().cloned()).collect()],
        Value::Object(_) | Value::Null => panic!("this test does not know how to change {value}: teach it"),
    }
}

#[test]
fn every_setting_of_a_learner_changes_the_address_of_its_cells_and_of_nothing_else() {
    let schema = schemars::schema_for!(AgentConfig).to_value();
    let base = AgentConfig { hidden: vec![8], ..AgentConfig::default() };
    let written = |config: &Value| toml::to_string(config).unwrap();
    let mut base = serde_json::to_value(base).unwrap();
    // Absent, so that agents without one keep their addresses.
    assert_eq!(base.get("curriculum"), None);
    let curricula = [json!({ "plr": PlrConfig::default() }), json!({ "accel": AccelConfig::default() })];
    base["curriculum"] = curricula[0].clone();
    assert_eq!(base.get("gru"), None);
    base["gru"] = json!(4);
    (base["conv"], base["view"]) = (json!([4]), json!("grid"));
    assert_eq!(fields(&schema), base.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    let plain = plan_with(SUITE, &written(&base), &versions());
    let mut seen = vec![learners(&plain)];
    for name in fields(&schema) {
        let other = match name.as_str() {
            "curriculum" => curricula[1].clone(),
            // Convolutions need a view in which cells have places.
            "view" => json!({ "window": 5 }),
            "algorithm" => json!({ "dqn": {} }),
            _ => others(&schema, &schema["properties"][&name], &base[&name]).swap_remove(0),
        };
        let mut changed = base.clone();
        changed[&name] = other;
        if name == "algorithm" {
            // What only PPO has.
            let changed = changed.as_object_mut().unwrap();
            changed.retain(|field, _| field != "gru" && field != "curriculum");
        }
        // The second world of the suite sets gamma itself.
        let plan = plan_with(&SUITE.replace("learner = { gamma = 0.9 }\n", ""), &written(&changed), &versions());
        let found = learners(&plan);
        assert!(seen.iter().all(|known| known.is_disjoint(&found)), "`{name}` leaves some address as it was");
        let rest = |plan: &Plan| &addresses(&plan.jobs) - &learners(plan);
        assert_eq!(rest(&plan), rest(&plain), "`{name}` makes pools or references stale");
        seen.push(found);
    }
}

#[test]
fn looks_are_inputs_of_learners_that_see_pixels_and_of_nobody_else() {
    let looks = |agent: &str| -> Vec<bool> {
        let plan = plan_with(SUITE, agent, &versions());
        let seen = plan.jobs.iter().filter_map(|(_, job)| match job {
            Job::Cell(cell) => Some(cell.looks.is_some()),
            Job::Pool(_) => None,
        });
        seen.collect()
    };
    assert!(looks("hidden = [8]").iter().all(|looks| !looks));
    let pictured = plan_with(SUITE, "view = { rgb = {} }\nfirst_layer = \"dense\"", &versions());
    for (address, job) in &pictured.jobs {
        let Job::Cell(cell) = job else { continue };
        assert_eq!(cell.looks.is_some(), cell.player.word() == "ppo");
        if let Some(looks) = &cell.looks {
            let mut other = cell.clone();
            other.looks = Some(looks.iter().map(|look| Look { color: Rgb(1, 2, 3), ..*look }).collect());
            assert_ne!(other.address().unwrap(), *address, "other colours are another result");
        }
    }
}

/// What a change of the suite does to the addresses of its jobs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    /// All of them stay.
    None,
    /// Jobs come or go, and those that stay keep their address.
    Some,
    /// Cells of learners get others; pools and references stay.
    Learners,
    /// Every one gets another.
    All,
}

/// Both worlds of the suite.
const WORLDS: &str = "[[worlds]]\nfamily = \"row\"\nlaw = \"fixed\"\n\n[[worlds]]\nfamily = \"row\"\nlaw = \"any\"\n";

/// A shift of the suite's own, before the table that follows.
const SHIFT_AND_REFERENCES: &str = "[[shifts]]\nname = \"mine\"\nfamily = \"row\"\nrole = \"conflict\"\n\
    ties = { mark = \"opposed\" }\n\n[references]";

/// An agent that is a program, before the table that follows.
const PROGRAM: &str = "[[agents]]\nname = \"mine\"\ncommand = \"x --y\"\nversion = \"1\"\nmix = [0.5]\n\n[references]";

/// One change of every field of a suite, and what it has to do. Only `from` is replaced, everywhere.
const CHANGES: &[(&str, &str, &str, &str, Effect)] = &[
    ("suite", "name", "name = \"toy\"", "name = \"other\"", Effect::None),
    ("suite", "seeds", "seeds = 2", "seeds = 3", Effect::Some),
    ("suite", "first_seed", "seeds = 2", "seeds = 2\nfirst_seed = 1", Effect::Some),
    ("suite", "levels", "\nlevels = 64", "\nlevels = 65", Effect::All),
    ("suite", "training_levels", "training_levels = 128", "training_levels = 129", Effect::Learners),
    ("suite", "checkpoints", "seeds = 2", "seeds = 2\ncheckpoints = 3", Effect::Learners),
    ("suite", "help", "seeds = 2", "seeds = 2\nhelp = [0.1]", Effect::Learners),
    ("suite", "worlds", "law = \"any\"\n", "law = \"any\"\nknobs = { size = 7 }\n", Effect::Some),
    ("suite", "agents", "mix = [0.0, 1.0]", "mix = [0.0]", Effect::Some),
    ("suite", "references", "scripted = [\"random\", ", "scripted = [", Effect::Some),
    ("suite", "shifts", "[references]", SHIFT_AND_REFERENCES, Effect::Some),
    ("world", "name", "law = \"fixed\"", "law = \"fixed\"\nname = \"first\"", Effect::None),
    ("world", "family", WORLDS, "[[worlds]]\nfamily = \"corner\"\n", Effect::All),
    ("world", "law", "law = \"fixed\"\n", "", Effect::None),
    ("world", "frames", "family = \"row\"", "family = \"row\"\nframes = 999", Effect::Learners),
    ("world", "knobs", "family = \"row\"", "family = \"row\"\nknobs = { density = 0.1 }", Effect::All),
    (
        "world",
        "shifts",
        "law = \"fixed\"",
        "law = \"fixed\"\nshifts = [\"long\", \"unmarked\", \"apart\"]",
        Effect::None,
    ),
    ("world", "learner", "family = \"row\"", "family = \"row\"\nlearner.clip = 0.3", Effect::Learners),
    ("agent", "name", "name = \"small\"", "name = \"tiny\"", Effect::None),
    (
        "agent",
        "config",
        "config = \"agents/small.toml\"",
        "settings = { hidden = [8], lr = 1e-3, frames = 4096 }",
        Effect::None,
    ),
    ("agent", "mix", "mix = [0.0, 1.0]", "mix = [0.0, 0.5, 1.0]", Effect::Some),
    ("agent", "seeds", "mix = [0.0, 1.0]", "mix = [0.0, 1.0]\nseeds = 3", Effect::Some),
    ("agent", "worlds", "mix = [0.0, 1.0]", "mix = [0.0, 1.0]\nworlds = [\"row-fixed\"]", Effect::Some),
    ("agent", "settings", "config = \"agents/small.toml\"", "settings = { hidden = [9] }", Effect::Learners),
    ("agent", "command", "[references]", PROGRAM, Effect::Some),
    ("agent", "version", "[references]", PROGRAM, Effect::Some),
    ("references", "scripted", "\"random\", ", "\"random\", \"noop\", ", Effect::Some),
];

#[test]
fn every_field_of_a_suite_changes_the_addresses_that_it_has_to() {
    // The second world's own learner would hide changes of all learners.
    let suite = SUITE.replace("learner = { gamma = 0.9 }\n", "");
    let plain = plan_with(&suite, AGENT, &versions());
    let before = addresses(&plain.jobs);
    let schemas = [
        ("suite", schemars::schema_for!(SuiteFile).to_value()),
        ("world", schemars::schema_for!(WorldFile).to_value()),
        ("agent", schemars::schema_for!(AgentFile).to_value()),
        ("references", schemars::schema_for!(References).to_value()),
    ];
    for (table, schema) in &schemas {
        for field in fields(schema) {
            let row = CHANGES.iter().find(|(t, f, ..)| (t, *f) == (table, field.as_str()));
            let (_, _, from, to, effect) =
                row.unwrap_or_else(|| panic!("`{field}` of {table} is new: say in CHANGES what it does to addresses"));
            assert!(suite.contains(from), "{from}");
            let changed = load_in(&suite.replace(from, to));
            let after = addresses(&changed.jobs);
            let rest = |plan: &Plan| &addresses(&plan.jobs) - &learners(plan);
            let found = if after == before {
                Effect::None
            } else if before.is_disjoint(&after) {
                Effect::All
            } else if rest(&changed) == rest(&plain) && learners(&changed).is_disjoint(&learners(&plain)) {
                Effect::Learners
            } else {
                Effect::Some
            };
            assert_eq!(found, *effect, "`{field}` of {table}");
            // What stays the same job stays at the same address: no seed, player or world is in another's address.
            if *effect == Effect::Some {
                let (few, many) = if after.len() < before.len() { (&after, &before) } else { (&before, &after) };
                let shifted = ["first_seed", "worlds", "shifts"].contains(&field.as_str());
                assert!(shifted || few.is_subset(many), "`{field}` of {table} moves jobs that it does not concern");
            }
        }
    }
}

#[test]
fn a_program_is_known_by_its_command_and_version_alone() {
    let plan = |from: &str, to: &str| {
        let with = SUITE.replace("[references]", PROGRAM);
        assert!(with.contains(from), "{from}");
        load_in(&with.replace(from, to))
    };
    let programs = |plan: &Plan| {
        let played = |job: &Job| matches!(job, Job::Cell(cell) if matches!(cell.player, Player::Program { .. }));
        addresses(plan.jobs.iter().filter(|(_, job)| played(job)))
    };
    let plain = plan("mine", "mine");
    assert_eq!(programs(&plain).len(), 4, "two worlds and two seeds");
    assert_eq!(addresses(&plan("mine", "other").jobs), addresses(&plain.jobs), "a name is no input");
    for (from, to) in [("x --y", "x --z"), ("version = \"1\"", "version = \"2\"")] {
        let other = plan(from, to);
        assert!(programs(&other).is_disjoint(&programs(&plain)), "{to}");
        let rest = |plan: &Plan| &addresses(&plan.jobs) - &programs(plan);
        assert_eq!(rest(&other), rest(&plain), "{to}");
    }
    let other = Versions { agent: 99, kernels: "other".into(), ..versions() };
    let with = |versions| programs(&plan_with(&SUITE.replace("[references]", PROGRAM), AGENT, versions));
    assert_eq!(with(&other), with(&versions()), "learners of ours are no input of it");
}

/// A suite over a family that has a flag, with a shift of its own.
const SHIFTED: &str = r#"
name = "toy"
levels = 64

[[worlds]]
family = "oversight"

[[shifts]]
name = "mine"
family = "oversight"
role = "conflict"
ties = { sleeper = "opposed" }

[references]
scripted = ["random"]
"#;

/// One change of every field of a shift, and whether it is another pool afterwards.
const SHIFT_CHANGES: &[(&str, &str, &str, bool)] = &[
    ("name", "name = \"mine\"", "name = \"yours\"", true),
    ("means", "role =", "means = \"words\"\nrole =", false),
    ("role", "\"conflict\"", "\"reference\"", true),
    ("ties", "\"opposed\"", "\"free\"", true),
    ("flag", "role =", "flag = \"evaluated\"\nrole =", true),
    ("knobs", "role =", "knobs = { density = 0.1 }\nrole =", true),
    ("severity", "role =", "severity = 0.5\nrole =", true),
    ("palette", "role =", "palette = 0.5\nrole =", true),
    ("fixed_distance", "role =", "fixed_distance = true\nrole =", true),
];

#[test]
fn every_field_of_a_suites_own_shift_changes_the_pool_of_that_shift_alone() {
    let pools = |text: &str| {
        let plan = load_of(text, misgen_families::REGISTRY);
        addresses(plan.jobs.iter().filter(|(_, job)| matches!(job, Job::Pool(_))))
    };
    let family = "family = \"oversight\"\nrole";
    let (own, others) =
        (pools(SHIFTED), pools(&SHIFTED.replace(family, "family = \"dish\"\nrole").replace("sleeper", "dish")));
    assert!(
        others.is_subset(&own) && own.len() == others.len() + 1,
        "`family`: the shift belongs to another one's worlds"
    );
    for field in fields(&schemars::schema_for!(ShiftFile).to_value()) {
        if field == "family" {
            continue;
        }
        let (_, from, to, another) = SHIFT_CHANGES
            .iter()
            .find(|(name, ..)| *name == field)
            .unwrap_or_else(|| panic!("`{field}` of a shift is new: say in SHIFT_CHANGES what it does to addresses"));
        assert!(SHIFTED.contains(from), "{from}");
        let changed = pools(&SHIFTED.replace(from, to));
        assert!(others.is_subset(&changed) && changed.len() == own.len(), "`{field}`");
        assert_eq!(changed != own, *another, "`{field}`");
    }
}

/// The plan of a suite over the toy family and a real one.
fn load_in(text: &str) -> Plan {
    static BOTH: Registry = Registry(&[&Of::<common::Row>::NEW, &Of::<Corner>::NEW]);
    load_of(text, BOTH)
}

fn load_of(text: &str, registry: Registry) -> Plan {
    let read = |_: &str| Ok(("small.toml".to_owned(), AGENT.as_bytes().to_vec()));
    let suite =
        Suite::load("toy.toml", text.as_bytes(), &[], registry, &read).unwrap_or_else(|e| panic!("{text}\n{e:#?}"));
    Plan::new(&suite, &versions()).unwrap()
}

#[test]
fn every_version_changes_the_addresses_of_what_it_versions() {
    // Written out, so that a new constant does not compile until it stands here.
    let Versions { sweep, pool, metric, agent, kernels } = versions();
    let now = Versions { sweep, pool, metric, agent, kernels: kernels.clone() };
    let plain = plan_with(SUITE, AGENT, &now);
    let kinds = |plan: &Plan| {
        let pools = addresses(plan.jobs.iter().filter(|(_, job)| matches!(job, Job::Pool(_))));
        let learned = learners(plan);
        let scripted = &(&addresses(&plan.jobs) - &pools) - &learned;
        [pools, scripted, learned]
    };
    for (what, versions, stale) in [
        ("sweep", Versions { sweep: sweep + 1, ..now.clone() }, [false, true, true]),
        ("pool", Versions { pool: pool + 1, ..now.clone() }, [true, true, true]),
        ("metric", Versions { metric: metric + 1, ..now.clone() }, [true, true, true]),
        ("agent", Versions { agent: agent + 1, ..now.clone() }, [false, false, true]),
        ("kernels", Versions { kernels: kernels + "x", ..now.clone() }, [false, false, true]),
    ] {
        let other = plan_with(SUITE, AGENT, &versions);
        for ((before, after), stale) in kinds(&plain).iter().zip(&kinds(&other)).zip(stale) {
            assert_eq!(before.is_disjoint(after), stale, "{what}");
            assert!(stale || before == after, "{what}");
        }
    }
}

/// Every way to change one leaf of a JSON value.
fn changed_leaves(value: &Value, at: &str, out: &mut Vec<(String, Value)>, rebuild: &dyn Fn(Value) -> Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let rebuild = |new: Value| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), new);
                    rebuild(Value::Object(fields))
                };
                changed_leaves(inner, &format!("{at}.{name}"), out, &rebuild);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                let rebuild = |new: Value| {
                    let mut items = items.clone();
                    items[i] = new;
                    rebuild(Value::Array(items))
                };
                changed_leaves(inner, &format!("{at}[{i}]"), out, &rebuild);
            }
        }
        Value::Null => out.push((at.to_owned(), rebuild(json!(1)))),
        Value::Bool(v) => out.push((at.to_owned(), rebuild(json!(!v)))),
        Value::Number(n) if n.is_f64() => out.push((at.to_owned(), rebuild(json!(n.as_f64().unwrap() + 0.125)))),
        Value::Number(n) => out.push((at.to_owned(), rebuild(json!(n.as_u64().unwrap() + 1)))),
        Value::String(text) => {
            // Another digit keeps an address an address.
            let first = if text.starts_with('0') { "1" } else { "0" };
            out.push((at.to_owned(), rebuild(json!(format!("{first}{}", &text[1.min(text.len())..])))));
        }
    }
}

#[test]
fn every_value_of_a_jobs_inputs_is_in_its_address() {
    let plan = plan_with(SUITE, AGENT, &versions());
    let mut tried = BTreeSet::new();
    for (address, job) in &plan.jobs {
        let inputs = serde_json::to_value(job).unwrap();
        let mut changes = Vec::new();
        changed_leaves(&inputs, "", &mut changes, &|value| value);
        for (at, changed) in changes {
            // Some leaves are words of a closed list; a change that does not read back is no other input.
            if let Ok(other) = serde_json::from_value::<Job>(changed) {
                assert_ne!(other.address().unwrap(), *address, "{at}");
                tried.insert(at);
            }
        }
    }
    for at in
        [".pool.family_version", ".pool.pool_version", ".cell.family_version", ".cell.agent_version", ".cell.held_out"]
    {
        assert!(tried.contains(at), "{at} was not tried");
    }
    assert!(tried.len() > 40, "{tried:?}");
}

#[test]
fn every_knob_of_every_family_changes_the_addresses_of_its_pools() {
    for family in misgen_families::REGISTRY.iter() {
        let spec = family.spec();
        let schema = family.knobs_schema();
        let defaults = family.knobs(&Value::Object(Map::new())).unwrap();
        assert_eq!(fields(&schema), defaults.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
        let address = |knobs: &Value| {
            let shift = ShiftSpec::from(&spec.shifts[0]);
            let (family, of) = (spec.name.to_owned(), PoolOf::Shift(shift));
            let knobs = knobs.clone();
            PoolInputs { pool_version: 1, metric_version: 1, family, family_version: 0, knobs, of, levels: 1, seed: 0 }
                .address()
                .unwrap()
        };
        for name in fields(&schema) {
            // Some knobs go together with others; one of the values has to do.
            let tried = others(&schema, &schema["properties"][&name], &defaults[&name]);
            let accepted = tried.iter().find_map(|value| {
                let large = json!({ "size": 15, &name: value });
                [json!({ &name: value }), large].iter().find_map(|knobs| family.knobs(knobs).ok())
            });
            let other = accepted.unwrap_or_else(|| panic!("{}: no other value of `{name}` in {tried:?}", spec.name));
            let mut base = defaults.clone();
            base["size"] = other["size"].clone();
            let base = if name == "size" { &defaults } else { &base };
            assert_ne!(address(&other), address(base), "{}: `{name}`", spec.name);
        }
    }
}

#[test]
fn both_registries_agree_on_the_toy_family() {
    assert_eq!(REGISTRY.names(), ["row"]);
    assert_eq!(addresses(&load_in(SUITE).jobs), addresses(&plan_with(SUITE, AGENT, &versions()).jobs));
}
