//! A figure of the page with its caption, and the data behind it for a spreadsheet.

use crate::group::Scope;
use maud::{Markup, html as markup};

/// The data behind a figure.
pub(crate) struct Data {
    /// Name of the file without its ending; other signs than letters and digits become dashes.
    pub(crate) name: String,
    /// Its content, as [`crate::csv::sheet`] makes it.
    pub(crate) csv: String,
}

/// A figure that filters know by `scope`. Its data lies in the page once, as text, until somebody asks for it.
pub(crate) fn figure(scope: Scope, caption: &Markup, body: &Markup, data: Option<&Data>) -> Markup {
    markup! {
        figure data-w=[scope.whole()] data-wa=[scope.pair()] data-csv=[data.map(|data| &data.csv)] {
            figcaption { (caption) @if let Some(data) = data { " " (button(&data.name)) } }
            (body)
        }
    }
}

/// What downloads the data of the figure that it is in. Without a script it is not there; the script says aloud what it saves.
pub(crate) fn button(name: &str) -> Markup {
    markup! { button.csv type="button" data-file=(file(name)) { "CSV" } }
}

/// What downloads the table called `id`.
pub(crate) fn table_button(name: &str, id: &str) -> Markup {
    markup! { button.csv type="button" data-file=(file(name)) data-of=(id) { "CSV" } }
}

/// A file name that every system takes.
fn file(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let out: String = out.trim_end_matches('-').chars().take(80).collect();
    if out.is_empty() { "data.csv".into() } else { out + ".csv" }
}

#[cfg(test)]
mod tests {
    use super::file;

    #[test]
    fn file_names_are_plain() {
        assert_eq!(file("Learning: ppo, mix 0.1"), "learning-ppo-mix-0-1.csv");
        assert_eq!(file("../<img onerror>"), "img-onerror.csv");
        assert_eq!(file("…"), "data.csv");
    }
}
