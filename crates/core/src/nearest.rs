//! Which name was meant by one that nobody has.

/// A text far longer than any name is no slip, and comparing it would take long.
const LONGEST: usize = 128;

/// The one of `names` that `unknown` was probably meant to be: the nearest by edits (letters added, dropped, changed or
/// swapped) where few are needed, or else the only one that begins with it. `None` where none is likely.
#[must_use]
pub fn nearest<'a>(unknown: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if unknown.len() > LONGEST {
        return None;
    }
    let names: Vec<&str> = names.into_iter().collect();
    let letters = |text: &str| text.chars().count();
    let scored = names.iter().map(|name| (strsim::damerau_levenshtein(unknown, name), *name));
    let likely = scored.filter(|(edits, name)| *edits <= 1 + letters(name).max(letters(unknown)) / 4);
    let by_edits = likely.min_by_key(|(edits, _)| *edits).map(|(_, name)| name);
    by_edits.or_else(|| {
        let mut longer = names.iter().filter(|name| letters(unknown) >= 3 && name.starts_with(unknown));
        longer.next().filter(|_| longer.next().is_none()).copied()
    })
}

/// [`nearest`] as the end of a sentence, "; did you mean `x`?", or nothing.
#[must_use]
pub fn did_you_mean<'a>(unknown: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(unknown, names).map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_likely_slip_or_none() {
        let names = ["corner", "doorway", "bright", "keys-chests"];
        assert_eq!(nearest("cornr", names), Some("corner"));
        assert_eq!(nearest("dorway", names), Some("doorway"));
        assert_eq!(nearest("keys", names), Some("keys-chests"), "the beginning of one name");
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest("door", ["doorway", "doormat"]), None, "the beginning of two names says nothing");
        assert_eq!(nearest(&"corner".repeat(1000), names), None);
        assert_eq!(did_you_mean("brigth", names), "; did you mean `bright`?");
        assert_eq!(did_you_mean("zzz", names), "");
    }
}
