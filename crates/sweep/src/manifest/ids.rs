//! The levels of a pool in few bytes: `0-3 5 7.2` for indices 0, 1, 2, 3, 5 at attempt 0 and 7 at attempt 2.

use misgen_core::LevelKey;

/// The text of keys.
#[must_use]
pub fn ids_text(keys: &[LevelKey]) -> String {
    let mut words = Vec::new();
    let mut place = 0;
    while let Some(first) = keys.get(place) {
        let follows = |n: usize| keys[place + n].attempt == 0 && keys[place + n].index == first.index + n as u64;
        let run = (0..keys.len() - place).take_while(|n| follows(*n)).count();
        words.push(match (first.attempt, run) {
            (0, 0 | 1) => first.index.to_string(),
            (0, _) => format!("{}-{}", first.index, first.index + run as u64 - 1),
            (attempt, _) => format!("{}.{attempt}", first.index),
        });
        place += run.max(1);
    }
    words.join(" ")
}

/// Indices and attempts of a text that names `count` levels.
///
/// # Errors
/// Says which word is wrong, and when there are more or fewer.
pub fn read_ids(text: &str, count: usize) -> Result<Vec<(u64, u16)>, String> {
    let mut all = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wrong = || {
            let word: String = word.chars().take(40).flat_map(char::escape_debug).collect();
            format!("id `{word}`, expected `5`, `5-8` or `5.2`")
        };
        let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
        if let Some((first, last)) = word.split_once('-') {
            let (first, last) = (number(first)?, number(last)?);
            // The length of a range is checked before it is written out.
            if last <= first || last - first >= (count - all.len().min(count)) as u64 {
                return Err(wrong() + &format!(", and {count} levels in all"));
            }
            all.extend((first..=last).map(|index| (index, 0)));
        } else if let Some((index, attempt)) = word.split_once('.') {
            all.push((number(index)?, attempt.parse().map_err(|_| wrong())?));
        } else {
            all.push((number(word)?, 0));
        }
        if all.len() > count {
            return Err(format!("more than {count} ids"));
        }
    }
    if all.len() == count { Ok(all) } else { Err(format!("{} ids, expected {count}", all.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use misgen_core::{Split, Tie, Ties};

    #[test]
    fn ids_read_back() {
        let ties = Ties::new(&[Tie::Bound]);
        let key = |(index, attempt)| LevelKey { seed: 0, split: Split::Eval, index, attempt, ties };
        for (text, ids) in [
            ("", vec![]),
            ("4", vec![(4, 0)]),
            ("0-3 5 7.2", vec![(0, 0), (1, 0), (2, 0), (3, 0), (5, 0), (7, 2)]),
            ("0.1 1-2 3.4 9-10", vec![(0, 1), (1, 0), (2, 0), (3, 4), (9, 0), (10, 0)]),
            ("3 2 2", vec![(3, 0), (2, 0), (2, 0)]),
        ] {
            let keys: Vec<LevelKey> = ids.iter().copied().map(key).collect();
            assert_eq!(ids_text(&keys), text);
            assert_eq!(read_ids(text, ids.len()), Ok(ids));
        }
    }

    #[test]
    fn wrong_ids_say_which() {
        for (text, expected) in [
            ("0-18446744073709551615", "id `0-18446744073709551615`"),
            ("5-4 0 0", "id `5-4`"),
            ("1 x 2", "id `x`"),
            ("1.70000 2 3", "id `1.70000`"),
            ("1 2", "2 ids, expected 3"),
            ("1 2 3 4", "more than 3 ids"),
        ] {
            let error = read_ids(text, 3).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
