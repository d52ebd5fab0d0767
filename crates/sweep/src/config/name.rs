//! Names: what they may be, and lists of them in words.

/// Names become parts of paths and ids.
pub const NAME_PATTERN: &str = "[a-z0-9][a-z0-9._-]{0,63}";

/// [`NAME_PATTERN`] as a schema says it: of the whole text.
pub(crate) const WHOLE_NAME: &str = "^[a-z0-9][a-z0-9._-]{0,63}$";

/// Whether `text` matches [`NAME_PATTERN`] as a whole.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(letter)
        && bytes.len() <= 64
        && bytes.iter().all(|b| letter(b) || matches!(b, b'.' | b'_' | b'-'))
}

/// `one of `a`, `b`, `c``, or the only one.
pub(crate) fn or_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match &names[..] {
        [] => "nothing".into(),
        [only] => only.clone(),
        _ => format!("one of {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_folder() {
        for good in ["a", "0", "doorway-fixed", "v1.2_x", &"a".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        let long = "a".repeat(65);
        for bad in ["", ".", "..", "../x", "/etc/x", "a/b", "A", "a b", "a\0", "é", "a\u{202e}", "-a", long.as_str()] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
