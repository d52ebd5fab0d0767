//! Layers over a file: environment variables, `MISGEN__WORLDS__0__FRAMES=1000`, and overrides from the command line,
//! `worlds.0.frames=1000`.

use super::files::LARGEST;
use super::tree::{At, Data, Field, path_text};
use super::{ConfigError, Node, Seg, Source};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::de::DeValue;

/// The most names on the way to a field; no config is half as deep, and trees are walked by recursion.
const DEEPEST: usize = 32;

/// How the names of environment variables that set a field begin. The flags' own variables have one underscore.
pub const VARIABLES: &str = "MISGEN__";

/// Whether an override is an environment variable.
pub(crate) fn is_variable(text: &str) -> bool {
    text.starts_with(VARIABLES)
}

/// Sets the fields of all `overrides`, in order. Those that cannot be set are errors; together they are as long as a file may
/// be, and what is beyond that is one.
pub(crate) fn apply_overrides(root: &mut Node, overrides: &[String]) -> Vec<ConfigError> {
    let (mut errors, mut total) = (Vec::new(), 0);
    for text in overrides {
        total += text.len();
        if total > LARGEST {
            let origin = Arc::new(Source::Override(text.chars().take(40).collect()));
            let found = format!("{total} bytes of variables and overrides up to this one");
            errors.push(At { origin, span: 0..0 }.error(String::new(), found, format!("at most {LARGEST}")));
            break;
        }
        errors.extend(apply_override(root, text).err());
    }
    errors
}

/// Sets one field of `root`. `text` is `path=value`, names and list indices separated by dots, or a variable
/// `MISGEN__PATH=value`, with two underscores between them and in any case. The value is TOML, or else the string that it
/// is. Absent tables on the way are made.
fn apply_override(root: &mut Node, text: &str) -> Result<(), ConfigError> {
    let variable = is_variable(text);
    let origin = Arc::new(if variable { Source::Variable(text.to_owned()) } else { Source::Override(text.to_owned()) });
    let at = |span| At { origin: Arc::clone(&origin), span };
    let Some(equals) = text.find('=') else {
        return Err(at(0..text.len()).error(
            String::new(),
            "no `=`",
            "`path=value`, for example `worlds.0.frames=1000`",
        ));
    };
    let value = text[equals + 1..].trim();
    let offset = text.len() - text[equals + 1..].trim_start().len();
    let value = match DeValue::parse(value) {
        Ok(parsed) => Node::from_value(parsed.get_ref(), parsed.span(), offset, &origin),
        Err(_) => Node { at: at(offset..offset + value.len()), data: Data::Text(value.to_owned()) },
    };
    let (start, between) = if variable { (VARIABLES.len(), "__") } else { (0, ".") };
    let depth = text[start..equals].split(between).count();
    if depth > DEEPEST {
        let found = format!("a path of {depth} names");
        return Err(at(0..0).error(String::new(), found, format!("at most {DEEPEST}")));
    }
    let steps = steps(&text[..equals], start, between).map(|(name, span)| {
        let name = if variable { name.to_ascii_lowercase() } else { name.to_owned() };
        (name, at(span))
    });
    set(root, steps, between, value)
}

/// The names in `path` from byte `start` on, with the bytes that they are.
fn steps<'a>(path: &'a str, start: usize, between: &'a str) -> impl Iterator<Item = (&'a str, Range<usize>)> {
    let mut next = start;
    path[start..].split(between).map(move |part| {
        let span = next..next + part.len();
        next = span.end + between.len();
        (part.trim(), span)
    })
}

fn set(
    root: &mut Node,
    steps: impl Iterator<Item = (String, At)>,
    between: &str,
    value: Node,
) -> Result<(), ConfigError> {
    let mut node = root;
    let mut gone: Vec<String> = Vec::new();
    for (part, here) in steps {
        let inside =
            path_text(&gone.iter().map(|step| step.parse().map_or(Seg::Key(step), Seg::Index)).collect::<Vec<_>>());
        if part.is_empty() {
            return Err(here.error(inside, "an empty name", format!("names and indices with one `{between}` between")));
        }
        match &mut node.data {
            Data::Table(fields) => {
                let empty =
                    || Field { key: here.clone(), node: Node { at: here.clone(), data: Data::Table(BTreeMap::new()) } };
                node = &mut fields.entry(part.clone()).or_insert_with(empty).node;
            }
            Data::List(items) => {
                let count = items.len();
                let Some(item) = part.parse().ok().and_then(|i: usize| items.get_mut(i)) else {
                    let expected = match count {
                        0 => format!("an entry of `{inside}`, which is empty"),
                        _ => format!("an index of `{inside}`, from 0 to {}", count - 1),
                    };
                    return Err(here.error(inside, format!("`{part}`"), expected));
                };
                node = item;
            }
            other => {
                let expected = format!("a table or a list at `{inside}`, which is {}", other.describe());
                return Err(here.error(inside, format!("`{part}`"), expected));
            }
        }
        gone.push(part);
    }
    *node = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn overridden(text: &str) -> Result<String, String> {
        let mut root = parse("s.toml", b"name = \"a\"\nlist = [1, 2]\n[[worlds]]\nfamily = \"x\"\n").unwrap();
        apply_override(&mut root, text).map_err(|error| error.to_string())?;
        Ok(root.to_json().to_string())
    }

    #[test]
    fn values_are_toml_and_else_strings() {
        let after = |name, list, world| format!(r#"{{"list":{list},"name":{name},"worlds":[{world}]}}"#);
        let world = r#"{"family":"x"}"#;
        assert_eq!(overridden("name=quick"), Ok(after("\"quick\"", "[1,2]", world)));
        assert_eq!(overridden("name=\"q\""), Ok(after("\"q\"", "[1,2]", world)));
        assert_eq!(overridden("name = 3"), Ok(after("3", "[1,2]", world)));
        assert_eq!(overridden("list.1=[0.5]"), Ok(after("\"a\"", "[1,[0.5]]", world)));
        let deep = r#"{"family":"x","knobs":{"size":7}}"#;
        assert_eq!(overridden("worlds.0.knobs.size=7"), Ok(after("\"a\"", "[1,2]", deep)));
    }

    #[test]
    fn a_variable_says_the_same_with_underscores() {
        for (variable, text) in [
            ("MISGEN__NAME=quick", "name=quick"),
            ("MISGEN__worlds__0__Knobs__SIZE=7", "worlds.0.knobs.size=7"),
            ("MISGEN__LIST__1=[0.5]", "list.1=[0.5]"),
            ("MISGEN__FIRST_SEED=3", "first_seed=3"),
        ] {
            assert_eq!(overridden(variable), overridden(text));
        }
    }

    #[test]
    fn overrides_are_together_no_longer_than_a_file() {
        let mut root = crate::config::parse("s.toml", b"name = 'a'").unwrap();
        let half = format!("name={}", "x".repeat(LARGEST / 2));
        let all = [half.clone(), half.clone(), half];
        let errors: Vec<String> = apply_overrides(&mut root, &all).iter().map(ToString::to_string).collect();
        let [error] = &errors[..] else { panic!("{} errors", errors.len()) };
        assert!(error.ends_with("bytes of variables and overrides up to this one, expected at most 131072"), "{error}");
        assert!(error.len() < 200);
    }

    #[test]
    fn wrong_overrides_are_named() {
        let refusal = |text| overridden(text).unwrap_err();
        assert_eq!(
            refusal("worlds.3.family=y"),
            "override `worlds.3.family=y`: worlds: found `3`, expected an index of `worlds`, from 0 to 0"
        );
        assert_eq!(
            refusal("name.x=1"),
            "override `name.x=1`: name: found `x`, expected a table or a list at `name`, which is the string \"a\""
        );
        assert_eq!(
            refusal("MISGEN__WORLDS__1__FAMILY=y"),
            "variable `MISGEN__WORLDS__1__FAMILY=y`: worlds: found `1`, expected an index of `worlds`, from 0 to 0"
        );
        assert_eq!(
            refusal("MISGEN__=1"),
            "variable `MISGEN__=1`: found an empty name, expected names and indices with one `__` between"
        );
        assert!(refusal("name").contains("no `=`"));
        assert!(refusal("a..b=1").contains("an empty name"));
        // Far deeper than the stack.
        let deep = format!("{}=1", vec!["a"; 100_000].join("."));
        assert!(refusal(&deep).ends_with("found a path of 100000 names, expected at most 32"));
    }
}
