//! Checks a tree against the JSON schema of the type that it is about to become, so that every
//! unknown field, wrong type and value out of range is reported at once, each with its place.

use super::form::{cases, choices, kind, named, range_text, within, words};
use super::tree::{Data, path_text, shown};
use super::{ConfigError, NAME_PATTERN, Node, Seg, is_name, or_list};
use misgen_core::nearest;
use serde_json::{Map, Value};

/// Further faults are not put into words: a file with more is wrong in kind, not in detail.
const MOST: usize = 200;

/// Reports what `schema` does not allow in `node`, and takes out the offending optional fields
/// so that the rest can be read and judged too. The subset of JSON schema is what `schemars`
/// derives: `$ref`, `anyOf` with null, `oneOf` and `enum` of strings, `oneOf` with tables of one field, types, ranges, lengths,
/// `properties`, `required`, `additionalProperties`, `items`, the cases of an `allOf`, and the one pattern of names.
/// Other forms are left to serde.
pub(crate) fn check(node: &mut Node, schema: &Value, errors: &mut Vec<ConfigError>) {
    Checker { root: schema, errors }.usable(node, schema, &mut Vec::new());
}

struct Checker<'a> {
    root: &'a Value,
    errors: &'a mut Vec<ConfigError>,
}

/// A path that owns its keys, for a tree that changes under it.
type Path = Vec<Step>;

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

fn text(path: &Path) -> String {
    let segs: Vec<Seg<'_>> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => Seg::Key(key),
            Step::Index(i) => Seg::Index(*i),
        })
        .collect();
    path_text(&segs)
}

impl<'a> Checker<'a> {
    /// The schema that `schema` refers to or wraps: references followed, null dropped.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // Bounded, because a schema may refer to itself.
        for _ in 0..16 {
            if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
                let Some(found) = name.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) else { break };
                schema = found;
            } else if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
                let mut real = options.iter().filter(|option| option.get("type") != Some(&"null".into()));
                match (real.next(), real.next()) {
                    (Some(only), None) => schema = only,
                    _ => break,
                }
            } else {
                break;
            }
        }
        schema
    }

    fn refuse(&mut self, node: &Node, path: &Path, expected: impl Into<String>) -> bool {
        if !self.full() {
            self.errors.push(node.at.error(text(path), node.data.describe(), expected));
        }
        false
    }

    fn full(&self) -> bool {
        self.errors.len() >= MOST
    }

    /// Whether `node` is as `schema` says; reports where not.
    fn usable(&mut self, node: &mut Node, schema: &'a Value, path: &mut Path) -> bool {
        let schema = self.resolve(schema);
        if let Some(words) = words(schema) {
            return match &node.data {
                Data::Text(found) if words.contains(&found.as_str()) => true,
                Data::Text(found) => {
                    let error = node.at.error(text(path), node.data.describe(), or_list(words.iter().copied()));
                    self.errors.push(error.near(found, words));
                    false
                }
                _ => self.refuse(node, path, or_list(words)),
            };
        }
        if let Some((words, tables)) = choices(schema) {
            return self.choice(node, &words, &tables, path);
        }
        match kind(schema) {
            Some("object") => self.table(node, schema, path),
            Some("array") => self.list(node, schema, path),
            Some("string") => match &node.data {
                Data::Text(found) if named(schema) && !is_name(found) => {
                    self.refuse(node, path, format!("a name, {NAME_PATTERN}"))
                }
                Data::Text(_) => true,
                _ => self.refuse(node, path, "a string"),
            },
            Some("boolean") => matches!(node.data, Data::Bool(_)) || self.refuse(node, path, "true or false"),
            Some("integer") => match node.data {
                Data::Int(v) if within(schema, v as f64) => true,
                _ => self.refuse(node, path, range_text(schema, "an integer")),
            },
            Some("number") => {
                let value = match node.data {
                    Data::Int(v) => Some(v as f64),
                    Data::Float(v) if v.is_finite() => Some(v),
                    _ => None,
                };
                value.is_some_and(|v| within(schema, v))
                    || self.refuse(node, path, range_text(schema, "a finite number"))
            }
            _ => true,
        }
    }

    /// Whether `node` is one of `words`, or a table of one field that is one of `tables`.
    fn choice(&mut self, node: &mut Node, words: &[&str], tables: &[(&str, &'a Value)], path: &mut Path) -> bool {
        let forms: Vec<String> = tables.iter().map(|(name, _)| format!("{{ {name} = ... }}")).collect();
        let expected = or_list(words.iter().copied().chain(forms.iter().map(String::as_str)));
        let names = || words.iter().copied().chain(tables.iter().map(|(name, _)| *name));
        let described = node.data.describe();
        let (found, at, meant) = match &mut node.data {
            Data::Text(found) if words.contains(&found.as_str()) => return true,
            Data::Text(found) => (described, &node.at, Some(found.clone())),
            Data::Table(fields) if fields.len() == 1 => {
                let (name, field) = fields.iter_mut().next().expect("it has one");
                if let Some((_, schema)) = tables.iter().find(|(known, _)| known == name) {
                    path.push(Step::Key(name.clone()));
                    let fine = self.usable(&mut field.node, schema, path);
                    path.pop();
                    return fine;
                }
                (format!("the unknown field `{}`", shown(name)), &field.key, Some(name.clone()))
            }
            Data::Table(fields) => {
                let all: Vec<String> = fields.keys().map(|name| format!("`{}`", shown(name))).collect();
                let found = if all.is_empty() { described } else { format!("a table with {}", all.join(" and ")) };
                (found, &node.at, None)
            }
            _ => (described, &node.at, None),
        };
        let mut error = at.error(text(path), found, expected);
        error.nearest = meant.and_then(|meant| nearest(&meant, names()).map(str::to_owned));
        if !self.full() {
            self.errors.push(error);
        }
        false
    }

    fn table(&mut self, node: &mut Node, schema: &'a Value, path: &mut Path) -> bool {
        let Data::Table(fields) = &mut node.data else {
            return self.refuse(node, path, "a table");
        };
        let empty = Map::new();
        let known = schema.get("properties").and_then(Value::as_object);
        let names = || known.unwrap_or(&empty).keys().map(String::as_str);
        let rest = schema.get("additionalProperties");
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let missing: Vec<&str> = required.into_iter().filter(|name| !fields.contains_key(*name)).collect();
        let mut unusable: Vec<String> = Vec::new();
        for (name, field) in fields.iter_mut() {
            path.push(Step::Key(name.clone()));
            let fine = match (known.and_then(|known| known.get(name)), rest) {
                (Some(schema), _) => self.usable(&mut field.node, schema, path),
                (None, Some(Value::Bool(false))) if self.full() => false,
                (None, Some(Value::Bool(false))) => {
                    path.pop();
                    let mut error =
                        field.key.error(text(path), format!("the unknown field `{}`", shown(name)), or_list(names()));
                    error.nearest = nearest(name, names()).map(str::to_owned);
                    self.errors.push(error);
                    path.push(Step::Key(name.clone()));
                    false
                }
                (None, Some(schema @ Value::Object(_))) => self.usable(&mut field.node, schema, path),
                (None, _) => true,
            };
            path.pop();
            if !fine {
                unusable.push(name.clone());
            }
        }
        for name in unusable {
            fields.remove(&name);
        }
        for name in &missing {
            let error = node.at.error(text(path), format!("no `{name}`"), format!("the field `{name}`"));
            self.errors.push(error);
        }
        for (field, word, then) in cases(schema) {
            if matches!(node.get(&[Seg::Key(field)]), Some(Node { data: Data::Text(found), .. }) if found == word) {
                self.table(node, then, path);
            }
        }
        missing.is_empty()
    }

    fn list(&mut self, node: &mut Node, schema: &'a Value, path: &mut Path) -> bool {
        let Data::List(items) = &mut node.data else {
            let tables = schema.get("items").is_some_and(|items| kind(self.resolve(items)) == Some("object"));
            let what =
                if tables { format!("a list of tables, as in `[[{}]]`", text(path)) } else { "a list".to_owned() };
            return self.refuse(node, path, what);
        };
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        if (items.len() as u64) < least {
            return self.refuse(node, path, format!("a list of at least {least}"));
        }
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
        if items.len() as u64 > most {
            return self.refuse(node, path, format!("a list of at most {most}"));
        }
        let mut fine = true;
        if let Some(schema) = schema.get("items") {
            for (i, item) in items.iter_mut().enumerate() {
                path.push(Step::Index(i));
                fine &= self.usable(item, schema, path);
                path.pop();
            }
        }
        fine
    }
}

#[cfg(test)]
mod tests {
    use super::super::{WHOLE_NAME, parse};
    use super::*;
    use schemars::JsonSchema;
    use serde::Deserialize;

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        /// Warm.
        Red,
        /// Cold.
        Blue,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Inner {
        #[schemars(range(min = 1, max = 9))]
        size: u8,
        #[serde(default)]
        colour: Option<Colour>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Outer {
        #[schemars(extend("pattern" = WHOLE_NAME))]
        name: String,
        #[serde(default)]
        #[schemars(inner(range(min = 0, max = 1)), length(min = 1))]
        mix: Vec<f64>,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        wide: Option<u64>,
        #[serde(default)]
        rate: f32,
    }

    fn errors(toml: &str) -> Vec<String> {
        let mut node = parse("s.toml", toml.as_bytes()).unwrap();
        let mut errors = Vec::new();
        check(&mut node, &schemars::schema_for!(Outer).to_value(), &mut errors);
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn good_values_pass() {
        let good = "name = \"a\"\nmix = [0, 0.5, 1]\nwide = 7\nrate = 1e-3\ninner = { size = 9, colour = \"red\" }\n";
        assert_eq!(errors(good), [""; 0]);
    }

    #[test]
    fn every_fault_is_found_in_one_reading() {
        let bad = "name = \"../x\"\nmix = [nan, 2]\nwide = -1\nrate = inf\nrat = 1\n\
                   inner = { size = 10, colour = \"blu\", size2 = 1 }\n";
        let mut found = errors(bad);
        found.sort();
        assert_eq!(
            found,
            [
                "s.toml:1:8: name: found the string \"../x\", expected a name, [a-z0-9][a-z0-9._-]{0,63}",
                "s.toml:2:13: mix[1]: found the integer 2, expected a finite number from 0 to 1",
                "s.toml:2:8: mix[0]: found nan, expected a finite number from 0 to 1",
                "s.toml:3:8: wide: found the integer -1, expected an integer of at least 0",
                "s.toml:4:8: rate: found the number inf, expected a finite number",
                "s.toml:5:1: found the unknown field `rat`, expected one of `inner`, `mix`, `name`, `rate`, `wide`; \
                 did you mean `rate`?",
                "s.toml:6:18: inner.size: found the integer 10, expected an integer from 1 to 9",
                "s.toml:6:31: inner.colour: found the string \"blu\", expected one of `red`, `blue`; \
                 did you mean `blue`?",
                "s.toml:6:38: inner: found the unknown field `size2`, expected one of `colour`, `size`; \
                 did you mean `size`?",
            ]
        );
    }

    #[test]
    fn missing_and_empty_are_reported() {
        assert_eq!(
            errors("mix = []"),
            [
                "s.toml:1:7: mix: found an empty list, expected a list of at least 1",
                "s.toml:1:1: found no `name`, expected the field `name`",
            ]
        );
    }
}
