//! Overrides from the command line as a layer over a file: `worlds.0.frames=1000`.

use super::tree::{At, Data, Field, path_text};
use super::{ConfigError, Node, Seg, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::de::DeValue;

/// The most names on the way to a field; no config is half as deep, and trees are walked by recursion.
const DEEPEST: usize = 32;

/// Sets one field of `root`. `text` is `path=value`: names and list indices separated by dots;
/// the value as TOML, or else as the string that it is. Absent tables on the way are made.
pub(crate) fn apply_override(root: &mut Node, text: &str) -> Result<(), ConfigError> {
    let origin = Arc::new(Source::Override(text.to_owned()));
    let at = |span| At { origin: Arc::clone(&origin), span };
    let depth = text.split('=').next().unwrap_or_default().split('.').count();
    if depth > DEEPEST {
        let found = format!("a path of {depth} names");
        return Err(at(0..0).error(String::new(), found, format!("at most {DEEPEST}")));
    }
    let Some(equals) = text.find('=') else {
        return Err(at(0..text.len()).error(
            String::new(),
            "no `=`",
            "`path=value`, for example `worlds.0.frames=1000`",
        ));
    };
    let (path, value) = (&text[..equals], text[equals + 1..].trim());
    let offset = text.len() - text[equals + 1..].trim_start().len();
    let value = match DeValue::parse(value) {
        Ok(parsed) => Node::from_value(parsed.get_ref(), parsed.span(), offset, &origin),
        Err(_) => Node { at: at(offset..offset + value.len()), data: Data::Text(value.to_owned()) },
    };
    let mut node = root;
    let mut gone: Vec<Seg<'_>> = Vec::new();
    let mut start = 0;
    for part in path.split('.') {
        let here = at(start..start + part.len());
        start += part.len() + 1;
        let part = part.trim();
        if part.is_empty() {
            return Err(here.error(path_text(&gone), "an empty name", "names and indices separated by single dots"));
        }
        let inside = path_text(&gone);
        match &mut node.data {
            Data::Table(fields) => {
                let empty =
                    || Field { key: here.clone(), node: Node { at: here.clone(), data: Data::Table(BTreeMap::new()) } };
                node = &mut fields.entry(part.to_owned()).or_insert_with(empty).node;
                gone.push(Seg::Key(part));
            }
            Data::List(items) => {
                let count = items.len();
                let Some((i, item)) = part.parse().ok().and_then(|i: usize| items.get_mut(i).map(|item| (i, item)))
                else {
                    let expected = match count {
                        0 => format!("an entry of `{inside}`, which is empty"),
                        _ => format!("an index of `{inside}`, from 0 to {}", count - 1),
                    };
                    return Err(here.error(inside, format!("`{part}`"), expected));
                };
                node = item;
                gone.push(Seg::Index(i));
            }
            other => {
                let expected = format!("a table or a list at `{inside}`, which is {}", other.describe());
                return Err(here.error(inside, format!("`{part}`"), expected));
            }
        }
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
        assert!(refusal("name").contains("no `=`"));
        assert!(refusal("a..b=1").contains("an empty name"));
        // Far deeper than the stack.
        let deep = format!("{}=1", vec!["a"; 100_000].join("."));
        assert!(refusal(&deep).ends_with("found a path of 100000 names, expected at most 32"));
    }
}
