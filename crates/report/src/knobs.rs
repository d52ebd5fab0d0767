//! The knobs of a family in words, from its defaults and their JSON schema.

use serde_json::Value;

/// One knob in words.
pub(crate) struct KnobWords<'a> {
    pub(crate) name: &'a str,
    pub(crate) default: String,
    /// What it may be, where the schema says so.
    pub(crate) range: Option<String>,
    pub(crate) means: String,
}

/// Every knob of `defaults`, an object, in its order.
pub(crate) fn knobs<'a>(defaults: &'a Value, schema: &Value) -> Vec<KnobWords<'a>> {
    let words = |(name, default): (&'a String, &Value)| {
        let own = resolve(schema, &schema["properties"][name]);
        let means = schema["properties"][name]["description"].as_str().or_else(|| own["description"].as_str());
        let means = means.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        KnobWords { name, default: default.to_string(), range: choices(own).or_else(|| ends(own)), means }
    };
    defaults.as_object().map(|values| values.iter().map(words).collect()).unwrap_or_default()
}

/// Follows a reference into the schema's definitions.
fn resolve<'a>(schema: &'a Value, own: &'a Value) -> &'a Value {
    let target = own["$ref"].as_str().or_else(|| own["allOf"][0]["$ref"].as_str());
    target.and_then(|path| schema.pointer(path.trim_start_matches('#'))).unwrap_or(own)
}

/// The words of an enumeration, in either form that a schema has for it.
fn choices(own: &Value) -> Option<String> {
    let listed = own["enum"].as_array().cloned();
    let described =
        || own["oneOf"].as_array().map(|all| all.iter().map(|one| one["const"].clone()).collect::<Vec<_>>());
    let words = listed.or_else(described)?;
    Some(format!("one of {}", words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
}

/// The ends of a range of numbers.
fn ends(own: &Value) -> Option<String> {
    Some(format!("{} to {}", own["minimum"].as_f64()?, own["maximum"].as_f64()?))
}
