//! What a JSON schema says, in the forms that `schemars` and the editors' schemas write.

use super::WHOLE_NAME;
use serde_json::Value;

/// The words of an `enum` of strings, in either form that `schemars` writes.
pub(super) fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().filter(|v| !v.is_null()).map(Value::as_str).collect();
    }
    let options = schema.get("oneOf").and_then(Value::as_array)?;
    let mut all = Vec::new();
    for option in options {
        match (option.get("const").and_then(Value::as_str), option.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => all.push(word),
            (None, Some(values)) => all.extend(values.iter().filter_map(Value::as_str)),
            (None, None) => return None,
        }
    }
    Some(all)
}

/// Schemas by name.
type Named<'a> = Vec<(&'a str, &'a Value)>;

/// The schemas of a choice among words and tables of one field each, which is the choice's name, in the form that
/// `schemars` writes: the words, and the tables by name.
pub(super) fn choices(schema: &Value) -> Option<(Vec<&str>, Named<'_>)> {
    let (mut words, mut tables) = (Vec::new(), Vec::new());
    for option in schema.get("oneOf").and_then(Value::as_array)? {
        match (option.get("const").and_then(Value::as_str), option.get("properties").and_then(Value::as_object)) {
            (Some(word), _) => words.push(word),
            (None, Some(fields)) if fields.len() == 1 => tables.extend(fields.iter().map(|(k, v)| (k.as_str(), v))),
            _ => return None,
        }
    }
    (!tables.is_empty()).then_some((words, tables))
}

/// What a schema asks of a table besides, where one of its fields is a certain word: the field, the word, the schema.
pub(super) fn cases(schema: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    schema.get("allOf").and_then(Value::as_array).into_iter().flatten().filter_map(|case| {
        let (field, wanted) = case["if"]["properties"].as_object()?.iter().next()?;
        Some((field.as_str(), wanted["const"].as_str()?, case.get("then")?))
    })
}

/// The type, null aside.
pub(super) fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(many) => many.iter().filter_map(Value::as_str).find(|word| *word != "null"),
        _ => None,
    }
}

/// Whether a text has to be a name.
pub(super) fn named(schema: &Value) -> bool {
    schema.get("pattern").and_then(Value::as_str) == Some(WHOLE_NAME)
}

/// A bound, and whether it is itself excluded.
type Bound = Option<(f64, bool)>;

/// Lower and upper bound.
fn bounds(schema: &Value) -> (Bound, Bound) {
    let number = |key| schema.get(key).and_then(Value::as_f64);
    let low = number("exclusiveMinimum").map(|v| (v, true)).or(number("minimum").map(|v| (v, false)));
    let implied = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => Some((f64::from(u32::MAX), false)),
        Some("int32") => Some((f64::from(i32::MAX), false)),
        _ => None,
    };
    let high = number("exclusiveMaximum").map(|v| (v, true)).or(number("maximum").map(|v| (v, false))).or(implied);
    (low, high)
}

/// Whether a number is within the bounds.
pub(super) fn within(schema: &Value, value: f64) -> bool {
    let (low, high) = bounds(schema);
    low.is_none_or(|(bound, open)| value > bound || (!open && value == bound))
        && high.is_none_or(|(bound, open)| value < bound || (!open && value == bound))
}

/// The bounds in words, after `what`.
pub(super) fn range_text(schema: &Value, what: &str) -> String {
    match bounds(schema) {
        (None, None) => what.to_owned(),
        (Some((low, false)), Some((high, false))) => format!("{what} from {low} to {high}"),
        (low, high) => {
            let low = low.map(|(v, open)| format!("{} {v}", if open { "above" } else { "of at least" }));
            let most = if low.is_some() { "at most" } else { "of at most" };
            let high = high.map(|(v, open)| format!("{} {v}", if open { "below" } else { most }));
            let both: Vec<String> = [low, high].into_iter().flatten().collect();
            format!("{what} {}", both.join(" and "))
        }
    }
}
