//! JSON schemas of what people write, for editors: those that files are checked against, with the names of the registry's
//! families, laws, shifts and knobs written in.

mod shifts;

use crate::config::EXTENDS;
use crate::load::{AGENT_FILE_SCHEMA, SUITE_SCHEMA};
use misgen_core::{AnyFamily, Registry};
use misgen_solve::SCRIPTS;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The schema of a suite over `registry`: a world is one of its families, with that family's laws, shifts and knobs.
#[must_use]
pub fn suite_schema(registry: Registry) -> Value {
    let mut schema = SUITE_SCHEMA.clone();
    let mut world = schema["$defs"]["WorldFile"].take();
    name_families(registry, &mut world, &mut schema["$defs"]);
    schema["$defs"]["WorldFile"] = world;
    shifts::name_families(registry, &mut schema["$defs"]["ShiftFile"]);
    shifts::without_training(&mut schema["$defs"]["Role"]);
    schema["$defs"]["References"]["properties"]["scripted"]["items"] = players(registry);
    // A file that extends another need not say what that one says.
    let required = schema.as_object_mut().and_then(|schema| schema.remove("required")).unwrap_or_default();
    schema["anyOf"] = json!([{ "required": [EXTENDS] }, { "required": required }]);
    headed(without_null(&schema), "suite", "A suite of misgen")
}

/// The schema of a file of an agent's settings.
#[must_use]
pub fn agent_schema() -> Value {
    headed(without_null(&AGENT_FILE_SCHEMA), "agent", "Settings of an agent of misgen")
}

/// A schema under a name and title of its own.
#[must_use]
pub fn headed(mut schema: Value, name: &str, title: &str) -> Value {
    schema["$id"] = format!("urn:misgen:schema:{name}").into();
    schema["title"] = title.into();
    schema
}

/// The schema for TOML, which has no null: what may be absent is left out there.
fn without_null(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> = fields.iter().map(|(k, v)| (k.clone(), without_null(v))).collect();
            if let Some([one, null]) = fields.get("type").and_then(Value::as_array).map(Vec::as_slice)
                && null == "null"
            {
                fields["type"] = one.clone();
            }
            if let Some([one, null]) = fields.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
                && null["type"] == "null"
                && let Some(one) = one.as_object().cloned()
            {
                fields.remove("anyOf");
                fields.extend(one);
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.iter().map(without_null).collect(),
        other => other.clone(),
    }
}

/// Names in a world's schema the families, and for each its laws, shifts and knobs. The fields themselves allow those of
/// any family, because most editors complete from them; a case for each family then allows its own only.
fn name_families(registry: Registry, world: &mut Value, definitions: &mut Value) {
    let (mut families, mut laws, mut names, mut cases) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut all_knobs = Map::new();
    for family in registry.iter() {
        let spec = family.spec();
        families.push(word(spec.name, spec.means));
        let own_laws: Vec<Value> = spec.laws.iter().map(|law| word(law.name, law.means)).collect();
        let known = shifts::known(&spec);
        let own_shifts: Vec<Value> = known.iter().map(|(name, means)| word(name, means)).collect();
        laws.extend(spec.laws.iter().map(|law| law.name));
        names.extend(known.iter().map(|(name, _)| *name));
        let knobs = define_knobs(family, definitions);
        for (name, knob) in knobs["properties"].as_object().into_iter().flatten() {
            let known = all_knobs.entry(name.clone()).or_insert_with(|| knob.clone());
            // What families say differently about a knob of one name is left to their cases.
            if let Some(known) = known.as_object_mut() {
                known.retain(|key, value| key == "description" || knob[key] == *value);
            }
        }
        cases.push(json!({
            "if": { "properties": { "family": { "const": spec.name } }, "required": ["family"] },
            "then": { "properties": {
                "law": { "description": spec.means, "oneOf": own_laws, "default": spec.laws[0].name },
                "shifts": { "description": spec.means, "items": shifts::name(&json!({ "oneOf": own_shifts })) },
                "knobs": { "$ref": format!("#/$defs/{}.knobs", spec.name), "description": spec.means },
            } },
        }));
    }
    definitions["knobs"] = json!({
        "description": "Knobs of any family.",
        "type": "object",
        "properties": all_knobs,
        "additionalProperties": false,
    });
    let fields = &mut world["properties"];
    fields["family"]["oneOf"] = families.into();
    fields["law"]["enum"] = once_each(laws);
    fields["shifts"]["items"] = shifts::name(&json!({ "enum": once_each(names) }));
    fields["shifts"]["uniqueItems"] = true.into();
    for (field, target) in [("knobs", "knobs"), ("learner", "AgentConfig")] {
        fields[field] = json!({ "description": fields[field]["description"], "$ref": format!("#/$defs/{target}") });
    }
    world["allOf"] = cases.into();
}

fn word(name: &str, means: &str) -> Value {
    json!({ "const": name, "description": means })
}

fn once_each(mut names: Vec<&str>) -> Value {
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names.into()
}

/// Adds the schema of a family's knobs and what it needs to `definitions`, and returns it.
fn define_knobs(family: &dyn AnyFamily, definitions: &mut Value) -> Value {
    let name = family.spec().name;
    let mut schema = family.knobs_schema();
    let own = schema.as_object_mut().and_then(|schema| schema.remove("$defs")).unwrap_or_default();
    for (inner, definition) in own.as_object().into_iter().flatten() {
        definitions[format!("{name}.{inner}")] = moved(definition, name);
    }
    for key in ["$schema", "title"] {
        schema.as_object_mut().and_then(|schema| schema.remove(key));
    }
    let schema = moved(&schema, name);
    definitions[format!("{name}.knobs")] = schema.clone();
    schema
}

/// `schema` with its references to definitions led to those of `family`.
fn moved(schema: &Value, family: &str) -> Value {
    match schema {
        Value::Object(fields) => {
            let lead = |(key, value): (&String, &Value)| {
                let target = value.as_str().filter(|_| key == "$ref").and_then(|text| text.strip_prefix("#/$defs/"));
                let value =
                    target.map_or_else(|| moved(value, family), |name| format!("#/$defs/{family}.{name}").into());
                (key.clone(), value)
            };
            Value::Object(fields.iter().map(lead).collect::<Map<String, Value>>())
        }
        Value::Array(items) => items.iter().map(|item| moved(item, family)).collect(),
        other => other.clone(),
    }
}

/// The names of scripted players: those without numbers one by one, the others by their form.
fn players(registry: Registry) -> Value {
    let mut cues = vec!["goal"];
    for family in registry.iter() {
        cues.extend(family.spec().cues.iter().map(|cue| cue.name));
    }
    let mut seen = BTreeSet::new();
    cues.retain(|cue| seen.insert(*cue));
    let mut names: Vec<String> = Vec::new();
    let mut forms: Vec<Value> = Vec::new();
    for form in SCRIPTS {
        let words: Vec<&str> = form.split(':').collect();
        match words[..] {
            [name] => names.push(name.to_owned()),
            [name, "CUE"] => names.extend(cues.iter().map(|cue| format!("{name}:{cue}"))),
            _ => {
                let parts = words[1..].iter().map(|word| if *word == "CUE" { "[^:]+" } else { "[0-9.eE-]+" });
                let pattern = format!("^{}:{}$", words[0], parts.collect::<Vec<_>>().join(":"));
                forms.push(json!({ "type": "string", "pattern": pattern, "description": form }));
            }
        }
    }
    names.push(crate::resolve::PURSUERS.to_owned());
    let mut all = vec![json!({ "type": "string", "enum": names })];
    all.append(&mut forms);
    json!({ "anyOf": all })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{check, parse};
    use misgen_families::REGISTRY;
    use misgen_store::{Fs, RealFs};

    /// What the printed schema says about a text, judged by the checker that files are read with.
    fn refusals(schema: &Value, text: &str) -> Vec<String> {
        let mut errors = Vec::new();
        check(&mut parse("s.toml", text.as_bytes()).unwrap(), schema, &mut errors);
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_world_is_held_against_its_own_family() {
        let schema = suite_schema(REGISTRY);
        let suite = |world: &str| format!("name = \"a\"\n[[worlds]]\n{world}\n");
        let law = REGISTRY.get("corner").unwrap().spec().laws[0].name;
        let good = "knobs = { walls = \"kruskal\", size = 9 }\nlearner = { lr = 0.1 }";
        let good = format!("family = \"corner\"\nlaw = {law:?}\n{good}");
        assert_eq!(refusals(&schema, &suite(&good)), [""; 0]);
        for (world, expected) in [
            ("family = \"cornr\"", "did you mean `corner`?"),
            ("family = \"corner\"\nlaw = \"nobody\"", "worlds[0].law"),
            ("family = \"corner\"\nshifts = [\"Cheese anywhere\"]", "a name, [a-z0-9]"),
            ("family = \"corner\"\nknobs = { walls = \"kruskl\" }", "did you mean `kruskal`?"),
            ("family = \"corner\"\nknobs = { size = 99 }", "an integer from 3 to 16"),
            ("family = \"corner\"\nknobs = { room = 3 }", "the unknown field `room`"),
            ("family = \"doorway\"\nlearner = { lr = 2 }", "above 0 and at most 1"),
        ] {
            let found = refusals(&schema, &suite(world));
            assert!(found.len() == 1 && found[0].contains(expected), "{world}: {found:?}");
        }
    }

    #[test]
    fn a_world_may_ask_for_shifts_ladders_and_what_the_suite_defines() {
        let schema = suite_schema(REGISTRY);
        let text = "name = \"a\"\n[[worlds]]\nfamily = \"dish\"\nshifts = [\"no-dish\", \"radius\", \"mine\"]\n";
        assert_eq!(refusals(&schema, text), [""; 0]);
        let world = &schema["$defs"]["WorldFile"]["properties"]["shifts"]["items"];
        let offered = world["anyOf"][0]["enum"].as_array().unwrap();
        assert!(offered.contains(&json!("no-dish")) && offered.contains(&json!("radius")));
    }

    #[test]
    fn a_shift_of_the_suite_is_held_against_its_own_family() {
        let schema = suite_schema(REGISTRY);
        let suite = |shift: &str| {
            let world = "[[worlds]]\nfamily = \"dish\"\n";
            format!("name = \"a\"\n{world}[[shifts]]\nname = \"mine\"\nrole = \"conflict\"\n{shift}\n")
        };
        let dish = "family = \"dish\"\nties = { dish = \"opposed\" }";
        assert_eq!(refusals(&schema, &suite(&format!("{dish}\nknobs = {{ radius = 2 }}\nseverity = 0.5"))), [""; 0]);
        for (shift, expected) in [
            ("family = \"dsh\"", "did you mean `dish`?"),
            ("family = \"dish\"\nties = { dsh = \"opposed\" }", "did you mean `dish`?"),
            ("family = \"corner\"\nties = { corner = \"absent\" }", "expected one of `bound`, `free`, `opposed`"),
            ("family = \"dish\"\nknobs = { radius = 9 }", "an integer from 1 to 8"),
            ("family = \"oversight\"\nflag = \"evaluted\"", "did you mean `evaluated`?"),
            (&format!("{dish}\nseverity = 0.0"), "above 0 and at most 1"),
        ] {
            let found = refusals(&schema, &suite(shift));
            assert!(found.len() == 1 && found[0].contains(expected), "{shift}: {found:?}");
        }
        let training = suite(dish).replace("\"conflict\"", "\"training\"");
        assert!(refusals(&schema, &training)[0].contains("shifts[0].role: found the string \"training\""));
    }

    #[test]
    fn every_suite_and_agent_that_ships_is_accepted_by_the_printed_schema() {
        let configs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
        for (folder, schema) in [(configs.clone(), suite_schema(REGISTRY)), (configs.join("agents"), agent_schema())] {
            let files = RealFs.list(&folder).unwrap().into_iter().map(|name| folder.join(name));
            let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
            assert!(!files.is_empty());
            for path in files {
                let text = String::from_utf8(RealFs.read(&path, 1 << 20).unwrap()).unwrap();
                assert_eq!(refusals(&schema, &text), [""; 0], "{}", path.display());
            }
        }
    }

    /// Every object with fields, with its place in the schema.
    fn objects<'a>(schema: &'a Value, place: String, all: &mut Vec<(String, &'a Value)>) {
        if schema.get("properties").is_some() {
            all.push((place.clone(), schema));
        }
        match schema {
            Value::Object(fields) => {
                for (key, value) in fields {
                    objects(value, format!("{place}/{key}"), all);
                }
            }
            Value::Array(items) => {
                for (i, value) in items.iter().enumerate() {
                    objects(value, format!("{place}/{i}"), all);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_table_is_closed_and_every_field_described() {
        for schema in [suite_schema(REGISTRY), agent_schema()] {
            assert!(schema["$schema"].as_str().unwrap().contains("2020-12"));
            let mut all = Vec::new();
            objects(&schema, String::new(), &mut all);
            assert!(!all.is_empty());
            for (place, object) in all {
                if place.ends_with("/if") {
                    continue;
                }
                // A case adds to a table that is closed itself.
                assert!(place.ends_with("/then") || object["additionalProperties"] == false, "{place} is open");
                for (name, property) in object["properties"].as_object().unwrap() {
                    assert!(property["description"].is_string(), "{place}: `{name}` is not described");
                }
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn follow(schema: &Value, root: &Value) -> usize {
            let own = schema.get("$ref").and_then(Value::as_str).map_or(0, |target| {
                assert!(root.pointer(&target[1..]).is_some(), "{target} leads nowhere");
                1
            });
            let inner = match schema {
                Value::Object(fields) => fields.values().map(|value| follow(value, root)).sum(),
                Value::Array(items) => items.iter().map(|value| follow(value, root)).sum(),
                _ => 0,
            };
            own + inner
        }
        let suite = suite_schema(REGISTRY);
        assert!(follow(&suite, &suite) > 2 * REGISTRY.names().len());
    }
}
