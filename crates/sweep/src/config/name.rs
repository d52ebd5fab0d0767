//! Names: what they may be, and which one was meant.

/// Names become parts of paths and ids.
pub const NAME_PATTERN: &str = "[a-z0-9][a-z0-9._-]{0,63}";

/// Whether `text` matches [`NAME_PATTERN`] as a whole.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(letter)
        && bytes.len() <= 64
        && bytes.iter().all(|b| letter(b) || matches!(b, b'.' | b'_' | b'-'))
}

/// The one of `names` that `unknown` was probably meant to be.
pub(crate) fn nearest<'a>(unknown: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A name far longer than any valid one is no slip, and comparing it would take long.
    if unknown.len() > 128 {
        return None;
    }
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().max(unknown.chars().count()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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

    #[test]
    fn the_nearest_name_is_a_likely_slip_or_none() {
        let names = ["corner", "doorway", "bright"];
        assert_eq!(nearest("cornr", names), Some("corner"));
        assert_eq!(nearest("dorway", names), Some("doorway"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest(&"corner".repeat(1000), names), None);
    }
}
