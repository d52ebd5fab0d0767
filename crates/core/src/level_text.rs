//! Levels as text, and the file that a person edits.
//!
//! A file is the map, then a line `---`, then one `name = value` a line. Behind the `---` empty lines and lines that
//! begin with `#` say nothing, but for one: `# family: NAME` says whose level it is. A level without fields needs no `---`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Parts a map from the fields.
const SEPARATOR: &str = "---";

/// A level as a person can read and edit it: an ASCII map, and named fields for what a map cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelText {
    /// Rows of glyphs, one line each, no trailing newline.
    pub map: String,
    /// Further facts by name.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// The remark that names the family, before the name.
const FAMILY: &str = "family:";

/// Why a text is not a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("level text, line {line}, column {column}: {reason}")]
pub struct LevelError {
    /// Line of the map, from 1; 0 for a field.
    pub line: usize,
    /// Column of the map, from 1; 0 for a field.
    pub column: usize,
    /// What was found and what was expected.
    pub reason: String,
}

impl LevelText {
    /// The level as a file. Gives the text back through [`LevelFile::parse`] where names and values of fields are
    /// single lines without outer blanks, and names hold no `=` and do not begin with `#`.
    #[must_use]
    pub fn to_file(&self) -> String {
        self.to_file_with(&[])
    }

    /// The same with remarks, a line each.
    #[must_use]
    pub fn to_file_with(&self, remarks: &[&str]) -> String {
        let mut file = format!("{}\n", self.map);
        let needless = self.fields.is_empty() && remarks.is_empty();
        if !needless || self.map.lines().any(|row| row.trim_end() == SEPARATOR) {
            file.push_str(SEPARATOR);
            file.push('\n');
        }
        file.extend(remarks.iter().map(|remark| format!("# {remark}\n")));
        file.extend(self.fields.iter().map(|(name, value)| format!("{name} = {value}\n")));
        file
    }
}

/// A level's file that was read: the text, and where its fields stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelFile {
    /// The level.
    pub text: LevelText,
    /// The family that the file names, with line and column of the name, from 1.
    pub family: Option<(String, (usize, usize))>,
    /// Line and column of each field's name, from 1.
    places: BTreeMap<String, (usize, usize)>,
    /// The place behind the last character.
    end: (usize, usize),
}

impl LevelFile {
    /// The longest file that is read, bytes.
    pub const MAX_BYTES: usize = 1 << 16;

    /// Reads the file's form. Whether the map and the fields make a level is for the family to say
    /// ([`crate::Pool::push_text`]).
    ///
    /// # Errors
    /// With line, column and what was expected.
    pub fn parse(file: &str) -> Result<Self, LevelError> {
        let wrong = |line, column, reason: String| Err(LevelError { line, column, reason });
        if file.len() > Self::MAX_BYTES {
            return wrong(1, 1, format!("{} bytes, expected at most {}", file.len(), Self::MAX_BYTES));
        }
        let lines: Vec<&str> = file.split('\n').map(|line| line.trim_end_matches('\r')).collect();
        // The last one, so that a map may hold such a row.
        let cut = lines.iter().rposition(|line| line.trim_end() == SEPARATOR);
        let (rows, rest) = lines.split_at(cut.unwrap_or(lines.len()));
        let filled = rows.iter().rposition(|row| !row.trim_end().is_empty()).map_or(0, |last| last + 1);
        let mut text = LevelText { map: rows[..filled].join("\n"), fields: BTreeMap::new() };
        let (mut places, mut family) = (BTreeMap::new(), None);
        for (i, line) in rest.iter().enumerate().skip(1) {
            let number = rows.len() + i + 1;
            let trimmed = line.trim();
            if let Some(name) = trimmed.strip_prefix('#').and_then(|remark| remark.trim().strip_prefix(FAMILY)) {
                let name = name.trim();
                let column = line.trim_end().chars().count() + 1 - name.chars().count();
                if let Some((_, (first, _))) = family.replace((name.to_owned(), (number, column))) {
                    return wrong(number, column, format!("a family again, one is named on line {first}"));
                }
            }
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
            let Some((name, value)) = trimmed.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return wrong(number, column, format!("found {}, expected `name = value`", quoted(trimmed)));
            };
            if name.is_empty() {
                return wrong(number, column, "a value without a name, expected `name = value`".into());
            }
            if let Some((first, _)) = places.insert(name.to_owned(), (number, column)) {
                return wrong(number, column, format!("field {} again, it stands on line {first}", quoted(name)));
            }
            text.fields.insert(name.to_owned(), value.to_owned());
        }
        let end = (lines.len(), lines.last().map_or(0, |last| last.chars().count()) + 1);
        Ok(Self { text, family, places, end })
    }

    /// What the family said about [`LevelFile::text`], with a field's error at the line of the field, and at the end
    /// of the file where a field is missing.
    #[must_use]
    pub fn place(&self, error: LevelError) -> LevelError {
        if error.line > 0 {
            return error;
        }
        let named = |name: &str| error.reason.contains(&format!("`{name}`")) || error.reason.contains(&quoted(name));
        let at = self.places.iter().find(|(name, _)| named(name)).map_or(self.end, |(_, at)| *at);
        LevelError { line: at.0, column: at.1, ..error }
    }
}

/// A text as an error quotes it.
fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}
