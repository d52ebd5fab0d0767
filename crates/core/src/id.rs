//! Ids of levels: a [`LevelKey`] as one word that records hold and commands take.
//!
//! `eval/0/17/2/bound,opposed` is split, seed, index, attempt, and one tie a proxy; behind the ties stand
//! `+flag1` where the visible flag is not 0, and `+no-goal` where the level has no goal. Each key has exactly one id.

use crate::{LevelKey, MAX_PROXIES, MAX_TRIES, Split, Tie, Ties};
use std::fmt;
use std::str::FromStr;

/// Why a text is not the id of a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("level id `{id}`: {reason} (an id is split/seed/index/attempt/ties, as in `eval/0/17/0/bound,opposed`)")]
pub struct IdError {
    /// The text, cut where it is long.
    pub id: String,
    /// What was found and what was expected.
    pub reason: String,
}

impl fmt::Display for Ties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.as_slice().iter().map(|tie| tie.word()).collect();
        f.write_str(&words.join(","))?;
        if self.flag() != 0 {
            write!(f, "+flag{}", self.flag())?;
        }
        if !self.has_goal() {
            f.write_str("+no-goal")?;
        }
        Ok(())
    }
}

impl fmt::Display for LevelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}/{}", self.split.word(), self.seed, self.index, self.attempt, self.ties)
    }
}

impl FromStr for LevelKey {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        parse(id).map_err(|reason| IdError { id: shown(id), reason })
    }
}

/// A text as an error quotes it.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

fn parse(id: &str) -> Result<LevelKey, String> {
    let parts: Vec<&str> = id.split('/').take(6).collect();
    let [split, seed, index, attempt, words] = parts[..] else {
        let found = if parts.len() > 5 { "more".into() } else { parts.len().to_string() };
        return Err(format!("{found} parts, expected 5"));
    };
    let splits = [Split::Train, Split::Eval, Split::Check];
    let split = splits
        .into_iter()
        .find(|known| known.word() == split)
        .ok_or_else(|| format!("split `{}`, expected train, eval or check", shown(split)))?;
    let key = LevelKey {
        split,
        seed: number("seed", seed)?,
        index: number("index", index)?,
        attempt: number("attempt", attempt)?,
        ties: ties(words)?,
    };
    if key.attempt >= MAX_TRIES {
        return Err(format!("attempt {}, expected less than {MAX_TRIES}", key.attempt));
    }
    Ok(key)
}

/// Digits alone, without leading zeros, so that no level has two ids.
fn number<T: FromStr>(what: &str, text: &str) -> Result<T, String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let value = if plain { text.parse().ok() } else { None };
    value.ok_or_else(|| format!("{what} `{}`, expected a whole number", shown(text)))
}

fn ties(text: &str) -> Result<Ties, String> {
    let mut parts = text.split('+');
    let words = parts.next().unwrap_or_default();
    let all = [Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent, Tie::Twice];
    let tie = |word: &str| {
        let known = all.into_iter().find(|tie| tie.word() == word);
        known.ok_or_else(|| format!("tie `{}`, expected {}", shown(word), all.map(Tie::word).join(", ")))
    };
    let words = words.split(',').take(MAX_PROXIES + 1).filter(|_| !words.is_empty());
    let listed = words.map(tie).collect::<Result<Vec<Tie>, String>>()?;
    if listed.len() > MAX_PROXIES {
        return Err(format!("more than {MAX_PROXIES} ties, but no family has more proxies"));
    }
    let mut ties = Ties::new(&listed);
    for part in parts {
        ties = match part.strip_prefix("flag") {
            Some(flag) if ties.flag() == 0 && ties.has_goal() => match number("flag", flag)? {
                0 => return Err("flag 0, which is left out".into()),
                flag => ties.with_flag(flag),
            },
            None if part == "no-goal" && ties.has_goal() => ties.without_goal(),
            _ => return Err(format!("`+{}`, expected `+flagN`, then `+no-goal`, each at most once", shown(part))),
        };
    }
    Ok(ties)
}
