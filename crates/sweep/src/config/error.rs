//! What is wrong with a config, and where.

use std::cmp::Ordering;
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
    /// One environment variable, `MISGEN__A__B=value`.
    Variable(String),
    /// One override from the command line, `a.b=value`.
    Override(String),
}

impl Source {
    /// The text that spans index.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::File { text, .. } | Self::Variable(text) | Self::Override(text) => text,
        }
    }

    /// What it is called: a file's path, or the variable or override itself.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::File { path, .. } => path,
            Self::Variable(text) | Self::Override(text) => text,
        }
    }

    /// Line and column (both from 1, columns in characters) of byte `offset`. A byte order mark is no character, and a
    /// tab is one.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let text = self.text();
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[start..].trim_start_matches('\u{feff}').chars().count() + 1)
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
        self.nearest = misgen_core::nearest(unknown, names).map(str::to_owned);
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
                write!(f, "{}:{line}:{column}: {}", one_line(path), self.message())
            }
            Source::Variable(text) => write!(f, "variable `{}`: {}", one_line(text), self.message()),
            Source::Override(text) => write!(f, "override `{}`: {}", one_line(text), self.message()),
        }
    }
}

/// Whether a terminal obeys a character in place of showing it, or shows others elsewhere because of it.
#[must_use]
pub fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text in one line, with characters that a terminal obeys written as escapes.
pub(crate) fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

impl std::error::Error for ConfigError {}

/// In order of place, without repetitions, bounded in number.
pub(crate) fn sorted(mut errors: Vec<ConfigError>) -> Vec<ConfigError> {
    errors.sort_by(|a, b| {
        let key = |e: &ConfigError| (e.span.start, e.field.clone());
        let same = Arc::ptr_eq(&a.origin, &b.origin);
        let origins = if same { Ordering::Equal } else { a.origin.cmp(&b.origin) };
        origins.then_with(|| key(a).cmp(&key(b)))
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

    #[test]
    fn marks_tabs_and_line_ends_of_other_systems_move_no_column() {
        let position = |text: &str, part: &str| {
            let source = Source::File { path: "a".into(), text: text.into() };
            source.position(text.find(part).unwrap())
        };
        assert_eq!(position("\u{feff}a = 1", "1"), (1, 5));
        assert_eq!(position("a = 1\r\nb = 2\r\n", "2"), (2, 5));
        assert_eq!(position("\t\ta = 1", "1"), (1, 7));
    }

    #[test]
    fn a_message_is_one_line_that_no_terminal_obeys() {
        let origin = Arc::new(Source::Variable("MISGEN__A=\u{1b}[31m\n\u{202e}é".into()));
        let error = ConfigError {
            origin,
            span: 0..1,
            field: "a".into(),
            found: "x".into(),
            expected: "y".into(),
            nearest: None,
        };
        assert_eq!(error.to_string(), "variable `MISGEN__A=\\u{1b}[31m\\n\\u{202e}é`: a: found x, expected y");
    }
}
