//! What is wrong with a config, and where.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The most errors that one reading reports; a file with more is wrong in kind, not in detail.
const MOST: usize = 50;

/// A text that configuration was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A file.
    File {
        /// Its path as it was asked for.
        path: String,
        /// Its text.
        text: String,
    },
    /// One override from the command line, `a.b=value`.
    Override(String),
}

impl Source {
    /// The text that spans index.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::File { text, .. } | Self::Override(text) => text,
        }
    }

    /// Line and column (both from 1, columns in characters) of byte `offset`.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let text = self.text();
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }
}

/// Something in a config that cannot be used: where, what was found, what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The text it is in.
    pub origin: Arc<Source>,
    /// The bytes of that text.
    pub span: Range<usize>,
    /// The field, `worlds[0].family`; empty for the whole file.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What was expected; empty where `found` says it all.
    pub expected: String,
    /// The nearest valid name, where a name is unknown.
    pub nearest: Option<String>,
}

impl ConfigError {
    /// Line and column of its beginning, from 1.
    #[must_use]
    pub fn position(&self) -> (usize, usize) {
        self.origin.position(self.span.start)
    }

    /// The same with the nearest of `names` to `unknown`.
    pub(crate) fn near<'a>(mut self, unknown: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = super::nearest(unknown, names).map(str::to_owned);
        self
    }

    /// The sentence without the place.
    #[must_use]
    pub fn message(&self) -> String {
        let field = if self.field.is_empty() { String::new() } else { format!("{}: ", self.field) };
        let hint = self.nearest.as_ref().map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        let expected = if self.expected.is_empty() { String::new() } else { format!(", expected {}", self.expected) };
        // Names and values of the config are in all of its parts.
        one_line(&format!("{field}found {}{expected}{hint}", self.found))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.origin {
            Source::File { path, .. } => {
                let (line, column) = self.position();
                write!(f, "{path}:{line}:{column}: {}", self.message())
            }
            Source::Override(text) => write!(f, "override `{}`: {}", one_line(text), self.message()),
        }
    }
}

/// A text without characters that a terminal obeys.
fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let acts = c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if acts { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

impl std::error::Error for ConfigError {}

/// In order of place, without repetitions, bounded in number.
pub(crate) fn sorted(mut errors: Vec<ConfigError>) -> Vec<ConfigError> {
    errors.sort_by(|a, b| {
        let key = |e: &ConfigError| (e.span.start, e.field.clone());
        a.origin.cmp(&b.origin).then_with(|| key(a).cmp(&key(b)))
    });
    errors.dedup();
    errors.truncate(MOST);
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_survive_any_offset() {
        let source = Source::File { path: "a".into(), text: "é = 1\nöö = x\n".into() };
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(3), (1, 3));
        assert_eq!(source.position("é = 1\nöö = ".len()), (2, 6));
        assert_eq!(source.position(1), (1, 1), "inside a character counts as its beginning");
        assert_eq!(source.position(10_000), (3, 1));
    }
}
