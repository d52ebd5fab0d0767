//! TOML as a tree in which every node knows where it was written.

use super::files::LARGEST;
use super::{ConfigError, Source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// Fields that are a word or a table of one field, which is the choice's name.
const CHOICES: &[&str] = &["view", "curriculum"];

/// A place in a source.
#[derive(Clone, Debug)]
pub(crate) struct At {
    pub(crate) origin: Arc<Source>,
    pub(crate) span: Range<usize>,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: At,
    pub(crate) data: Data,
}

/// A field of a table: the place of its key, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) key: At,
    pub(crate) node: Node,
}

/// A TOML value.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Bool(bool),
    Int(i64),
    /// A number beyond 64 bits, as written.
    Huge(String),
    Float(f64),
    Text(String),
    Date(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Field>),
}

/// One step of a path into a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Seg<'a> {
    Key(&'a str),
    Index(usize),
}

impl Data {
    /// What an error says was found: the type, and the value where it is short.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Bool(v) => format!("the boolean {v}"),
            Self::Int(v) => format!("the integer {v}"),
            Self::Huge(v) => format!("{}, which is too large", shorten(v)),
            Self::Float(v) if v.is_nan() => "nan".into(),
            Self::Float(v) => format!("the number {v:?}"),
            Self::Text(v) => format!("the string {:?}", shorten(v)),
            Self::Date(v) => format!("the date {v}"),
            Self::List(v) if v.is_empty() => "an empty list".into(),
            Self::List(v) => format!("a list of {}", v.len()),
            Self::Table(_) => "a table".into(),
        }
    }
}

/// At most 40 characters of `text`.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A name as it may be printed: short, and without characters that a terminal obeys.
pub(crate) fn shown(name: &str) -> String {
    shorten(name).escape_debug().to_string()
}

impl fmt::Display for Seg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => write!(f, "{key}"),
            Self::Index(i) => write!(f, "[{i}]"),
        }
    }
}

/// `worlds[0].family`.
pub(crate) fn path_text(path: &[Seg<'_>]) -> String {
    let mut text = String::new();
    for seg in path {
        if matches!(seg, Seg::Key(_)) && !text.is_empty() {
            text.push('.');
        }
        text += &seg.to_string();
    }
    text
}

/// The steps of a text such as `hidden[1]` or `a.b`.
pub(crate) fn segs(text: &str) -> Vec<Seg<'_>> {
    let parts = text.split(['.', '[']).map(|part| part.trim_end_matches(']')).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_or(Seg::Key(part), Seg::Index)).collect()
}

impl At {
    /// An error here.
    pub(crate) fn error(&self, field: String, found: impl Into<String>, expected: impl Into<String>) -> ConfigError {
        ConfigError {
            origin: Arc::clone(&self.origin),
            span: self.span.clone(),
            field,
            found: found.into(),
            expected: expected.into(),
            nearest: None,
        }
    }
}

impl Node {
    /// The node that `path` leads to.
    pub(crate) fn get(&self, path: &[Seg<'_>]) -> Option<&Self> {
        path.iter().try_fold(self, |node, seg| match (&node.data, seg) {
            (Data::Table(fields), Seg::Key(key)) => fields.get(*key).map(|field| &field.node),
            (Data::List(items), Seg::Index(i)) => items.get(*i),
            _ => None,
        })
    }

    /// The place of `path`, or of what is there of it.
    pub(crate) fn locate(&self, path: &[Seg<'_>]) -> &At {
        let deepest = (0..=path.len()).rev().find_map(|n| self.get(&path[..n]));
        &deepest.unwrap_or(self).at
    }

    /// An error at `path`.
    pub(crate) fn error(&self, path: &[Seg<'_>], found: impl Into<String>, expected: impl Into<String>) -> ConfigError {
        self.locate(path).error(path_text(path), found, expected)
    }

    /// An error at `path` that another crate has worded: `[found ]X, expected Y`, or any sentence after "found".
    pub(crate) fn worded(&self, path: &[Seg<'_>], message: &str) -> ConfigError {
        let message = message.strip_prefix("found ").unwrap_or(message);
        let (found, expected) = message.split_once(", expected ").unwrap_or((message, ""));
        self.error(path, found, expected)
    }

    /// The value of a field of a table.
    pub(crate) fn field_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Data::Table(fields) = &mut self.data else { return None };
        fields.get_mut(key).map(|field| &mut field.node)
    }

    /// The names of a table's fields.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let fields = if let Data::Table(fields) = &self.data { Some(fields) } else { None };
        fields.into_iter().flat_map(|fields| fields.keys().map(String::as_str))
    }

    /// Takes a field out of a table.
    pub(crate) fn take(&mut self, key: &str) -> Option<Field> {
        let Data::Table(fields) = &mut self.data else { return None };
        fields.remove(key)
    }

    /// Sets a field of a table; the value keeps its place.
    pub(crate) fn put(&mut self, key: &str, node: &Self) {
        if let Data::Table(fields) = &mut self.data {
            fields.insert(key.to_owned(), Field { key: node.at.clone(), node: node.clone() });
        }
    }

    /// Writes the fields of `over`, table by table, over those of this table. Each keeps its own place. A field of
    /// [`CHOICES`] of which `over` chooses another is replaced as a whole.
    pub(crate) fn overlay(&mut self, over: &Self) {
        match (&mut self.data, &over.data) {
            (Data::Table(under), Data::Table(above)) => {
                for (key, field) in above {
                    let other =
                        |under: &Field| CHOICES.contains(&key.as_str()) && !under.node.keys().eq(field.node.keys());
                    match under.get_mut(key).filter(|present| !other(present)) {
                        Some(present) if matches!(present.node.data, Data::Table(_)) => {
                            present.node.overlay(&field.node);
                        }
                        _ => {
                            under.insert(key.clone(), field.clone());
                        }
                    }
                }
            }
            _ => *self = over.clone(),
        }
    }

    /// The values without their places. Numbers that JSON lacks become null: check first.
    pub(crate) fn to_json(&self) -> Value {
        match &self.data {
            Data::Bool(v) => (*v).into(),
            Data::Int(v) => (*v).into(),
            Data::Float(v) => (*v).into(),
            Data::Text(v) | Data::Date(v) => v.clone().into(),
            Data::Huge(_) => Value::Null,
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Table(fields) => {
                Value::Object(fields.iter().map(|(key, field)| (key.clone(), field.node.to_json())).collect())
            }
        }
    }

    /// A parsed value of `origin`, whose text begins `offset` bytes into it.
    pub(crate) fn from_value(value: &DeValue<'_>, span: Range<usize>, offset: usize, origin: &Arc<Source>) -> Self {
        let place =
            |span: Range<usize>| At { origin: Arc::clone(origin), span: span.start + offset..span.end + offset };
        let at = place(span);
        let huge = || Data::Huge(origin.text().get(at.span.clone()).unwrap_or_default().to_owned());
        let data = match value {
            DeValue::String(v) => Data::Text(v.to_string()),
            DeValue::Integer(v) => i64::from_str_radix(v.as_str(), v.radix()).map_or_else(|_| huge(), Data::Int),
            DeValue::Float(v) => match v.as_str().parse::<f64>() {
                // Only `inf` means infinity; 1e999 is a slip.
                Ok(number) if number.is_infinite() && !v.as_str().contains("inf") => huge(),
                Ok(number) => Data::Float(number),
                Err(_) => huge(),
            },
            DeValue::Boolean(v) => Data::Bool(*v),
            DeValue::Datetime(v) => Data::Date(v.to_string()),
            DeValue::Array(items) => Data::List(
                items.iter().map(|item| Self::from_value(item.get_ref(), item.span(), offset, origin)).collect(),
            ),
            DeValue::Table(table) => Self::table(table, offset, origin),
        };
        Self { at, data }
    }

    fn table(table: &DeTable<'_>, offset: usize, origin: &Arc<Source>) -> Data {
        let field = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            let span = key.span();
            let key = At { origin: Arc::clone(origin), span: span.start + offset..span.end + offset };
            let node = Self::from_value(value.get_ref(), value.span(), offset, origin);
            (name.to_string(), Field { key, node })
        };
        Data::Table(table.iter().map(field).collect())
    }
}

/// The tree of a file.
pub(crate) fn parse(path: &str, bytes: &[u8]) -> Result<Node, ConfigError> {
    let whole =
        |text: &str| At { origin: Arc::new(Source::File { path: path.to_owned(), text: text.to_owned() }), span: 0..0 };
    if bytes.len() > LARGEST {
        let found = format!("{} bytes", bytes.len());
        return Err(whole("").error(String::new(), found, format!("a configuration of at most {LARGEST} bytes")));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = &bytes[..error.valid_up_to()];
            let mut at = whole(&String::from_utf8_lossy(good));
            at.span = good.len()..good.len();
            let found = format!("the byte 0x{:02x}", bytes[good.len()]);
            return Err(at.error(String::new(), found, "UTF-8 text"));
        }
    };
    let mut at = whole(text);
    match DeTable::parse(text) {
        Ok(table) => Ok(Node { data: Node::table(table.get_ref(), 0, &at.origin), at }),
        Err(error) => {
            at.span = error.span().unwrap_or(0..0);
            let slice = text.get(at.span.clone()).unwrap_or_default();
            let rest = text.get(at.span.start..).unwrap_or_default();
            let (found, expected) = not_toml(&error.message().trim().replace('\n', ", "), slice, rest);
            Err(at.error(String::new(), found, expected))
        }
    }
}

/// What was found and what was expected where a text is not TOML. `message` is the parser's; `slice` is what it is about,
/// `rest` the text from there on.
fn not_toml(message: &str, slice: &str, rest: &str) -> (String, String) {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, "TOML"));
    let value = matches!(what, "string values must be quoted" | "invalid boolean");
    let word = rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
    match what {
        "duplicate key" => (format!("the key `{}` a second time", shown(slice)), "each key once".into()),
        _ if value && !word.is_empty() => (format!("the word `{}` without quotes", shown(word)), "a value".into()),
        _ if value && rest.lines().next().is_none_or(|line| line.trim().is_empty()) => {
            ("no value".into(), "a value".into())
        }
        _ => (format!("text that is not TOML ({what})"), expected.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_place() {
        let root = parse("s.toml", b"a = 1\n[[w]]\nx = \"y\"\n[[w]]\nz = { q = [1.5, nan] }\n").unwrap();
        let place = |path: &[Seg<'_>]| {
            let at = root.locate(path);
            at.origin.position(at.span.start)
        };
        assert_eq!(place(&[Seg::Key("a")]), (1, 5));
        assert_eq!(place(&[Seg::Key("w"), Seg::Index(0), Seg::Key("x")]), (3, 5));
        assert_eq!(place(&[Seg::Key("w"), Seg::Index(1), Seg::Key("z"), Seg::Key("q"), Seg::Index(1)]), (5, 17));
        assert_eq!(place(&[Seg::Key("w"), Seg::Index(1), Seg::Key("absent")]), (4, 1), "the table it lacks in");
        assert_eq!(path_text(&[Seg::Key("w"), Seg::Index(1), Seg::Key("z")]), "w[1].z");
    }

    #[test]
    fn hostile_texts_are_refused_and_do_not_overflow() {
        let deep = format!("a = {}", "[".repeat(100_000));
        let dotted = format!("{} = 1", vec!["a"; 20_000].join("."));
        let large = vec![b'#'; LARGEST + 1];
        for text in [deep.as_bytes(), dotted.as_bytes(), &large, b"\xff", b"a = \0", b"= 1", b"a = 1\na = 2"] {
            assert!(parse("s.toml", text).is_err(), "{:?}", String::from_utf8_lossy(&text[..text.len().min(30)]));
        }
        let huge = parse("s.toml", b"a = 99999999999999999999").unwrap();
        assert_eq!(huge.get(&[Seg::Key("a")]).unwrap().data.describe(), "99999999999999999999, which is too large");
    }
}
