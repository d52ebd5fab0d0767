//! Pieces of Markdown.
//!
//! Declarations are prose of the program's own, in which a pair of backticks may set off a name;
//! everything else that Markdown would take for markup is escaped.

use std::fmt::Write as _;

/// Prose on one line, safe in a paragraph and in a cell of a table.
pub(crate) fn prose(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in crate::text::visible(&text).chars() {
        in_code ^= c == '`';
        match c {
            '|' => out += "\\|",
            '<' if !in_code => out += "&lt;",
            '*' | '[' | ']' | '\\' if !in_code => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A word of the program: a name, a value.
pub(crate) fn code(word: &str) -> String {
    let word = crate::text::visible(word).replace('|', "\\|");
    if word.contains('`') { format!("`` {word} ``") } else { format!("`{word}`") }
}

/// A table, its cells already safe.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut out = format!("| {} |\n|{}\n", header.join(" | "), "---|".repeat(N));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text_but_names_stay_names() {
        assert_eq!(prose("a *b* | <c>\n [d] `x*y`"), "a \\*b\\* \\| &lt;c> \\[d\\] `x*y`");
        assert_eq!((code("|").as_str(), code("`").as_str()), ("`\\|`", "`` ` ``"));
    }
}
