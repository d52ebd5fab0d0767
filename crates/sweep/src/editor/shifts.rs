//! What editors know of the shifts that a suite defines, and of the names by which its worlds ask for shifts.

use super::word;
use crate::config::WHOLE_NAME;
use misgen_core::{FamilySpec, Registry, Role};
use serde_json::{Map, Value, json};

/// The schema of a shift's name in a world: one of `known`, or any other name, which a suite may define.
pub(super) fn name(known: &Value) -> Value {
    let own = json!({ "description": "A shift that the suite defines." });
    json!({ "type": "string", "pattern": WHOLE_NAME, "anyOf": [known, own] })
}

/// The names that a world of the family may ask for, each with what it means: shifts, and ladders with all their rungs.
pub(super) fn known(spec: &FamilySpec) -> Vec<(&'static str, &'static str)> {
    let ladders = spec.ladders.iter().map(|ladder| (ladder.shift.name, ladder.shift.means));
    spec.shifts.iter().map(|shift| (shift.name, shift.means)).chain(ladders).collect()
}

/// Names in the schema of a suite's own shift the families, and for each its proxies with their ties, flags and knobs.
/// Expects `knobs` and each family's among the definitions.
pub(super) fn name_families(registry: Registry, shift: &mut Value) {
    let families: Vec<Value> = registry.iter().map(|family| word(family.spec().name, family.spec().means)).collect();
    let fields = &mut shift["properties"];
    fields["family"]["oneOf"] = families.into();
    fields["knobs"] = json!({ "description": fields["knobs"]["description"], "$ref": "#/$defs/knobs" });
    shift["allOf"] = registry.iter().map(|family| case(&family.spec())).collect();
}

/// What a shift of one family may say.
fn case(spec: &FamilySpec) -> Value {
    let ties = spec.cues[1..].iter().zip(spec.supports).map(|(cue, ties)| {
        let words: Vec<&str> = ties.iter().map(|tie| tie.word()).collect();
        (cue.name.to_owned(), json!({ "description": cue.means, "enum": words }))
    });
    let ties: Map<String, Value> = ties.collect();
    let mut fields = json!({
        "ties": {
            "description": spec.means,
            "type": "object",
            "properties": ties,
            "additionalProperties": false,
        },
        "knobs": { "$ref": format!("#/$defs/{}.knobs", spec.name), "description": spec.means },
    });
    if !spec.flags.is_empty() {
        fields["flag"] = json!({ "description": spec.means, "enum": spec.flags, "default": spec.flags[0] });
    }
    json!({
        "if": { "properties": { "family": { "const": spec.name } }, "required": ["family"] },
        "then": { "properties": fields },
    })
}

/// Takes out of the schema of roles the one that no shift may have.
pub(super) fn without_training(roles: &mut Value) {
    if let Some(words) = roles["oneOf"].as_array_mut() {
        words.retain(|role| role["const"] != Role::Training.word());
    }
}
