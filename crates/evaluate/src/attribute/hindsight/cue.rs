//! A cue thought of afterwards, as a text says it.

use crate::episode::EpisodeRecord;
use misgen_core::{AnyFamily, Pool, agent_cell, did_you_mean};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A cue thought of afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindsight {
    /// Its name in results, `[a-z][a-z0-9-]*`.
    pub name: String,
    /// What obtains it.
    pub what: What,
}

/// What obtains a hindsight cue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// One of these events of the family.
    Events(Vec<String>),
    /// Standing in a cell in which this channel was drawn before the step.
    Channel(String),
    /// Standing in these rows and columns, counted from 0, the last ones included.
    Region {
        /// First and last row.
        rows: (u16, u16),
        /// First and last column.
        columns: (u16, u16),
    },
}

/// The form of a hindsight cue, for errors and help.
pub const FORM: &str = "name=NAME; then one of event=EVENT+EVENT, channel=CHANNEL, or rows=A..B; columns=C..D (counted from 0, either may be left out)";

/// Why a text is no hindsight cue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cue `{cue}`: {reason} (a cue is {FORM})")]
pub struct CueError {
    /// The text, cut where it is long.
    pub cue: String,
    /// What was found and what was expected.
    pub reason: String,
}

/// A text as an error quotes it.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// The outcomes that a contest has by itself.
const TAKEN: [&str; 3] = ["goal", "died", "neither"];

const ALL: (u16, u16) = (0, u16::MAX);

impl FromStr for Hindsight {
    type Err = CueError;

    fn from_str(text: &str) -> Result<Self, CueError> {
        parse(text).map_err(|reason| CueError { cue: shown(text), reason })
    }
}

impl fmt::Display for Hindsight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "name={}", self.name)?;
        match &self.what {
            What::Events(events) => write!(f, "; event={}", events.join("+")),
            What::Channel(channel) => write!(f, "; channel={channel}"),
            What::Region { rows, columns } => {
                let span = |f: &mut fmt::Formatter<'_>, key: &str, (first, last): (u16, u16)| match (first, last) {
                    ALL => Ok(()),
                    _ if first == last => write!(f, "; {key}={first}"),
                    _ => write!(f, "; {key}={first}..{last}"),
                };
                span(f, "rows", *rows)?;
                span(f, "columns", *columns)
            }
        }
    }
}

fn parse(text: &str) -> Result<Hindsight, String> {
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for part in text.split(';').map(str::trim) {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("`{}`, expected KEY=VALUE", shown(part)))?;
        let (key, value) = (key.trim(), value.trim());
        let keys = ["name", "event", "channel", "rows", "columns"];
        if !keys.contains(&key) {
            return Err(format!("`{}`, expected {}{}", shown(key), keys.join(", "), did_you_mean(key, keys)));
        }
        if given.insert(key, value).is_some() {
            return Err(format!("`{key}` stands there twice"));
        }
    }
    let name = given.remove("name").ok_or("it has no name")?;
    if TAKEN.contains(&name) {
        return Err(format!("the name `{name}` is that of an outcome"));
    }
    let name = word("name", name)?;
    let region = given.contains_key("rows") || given.contains_key("columns");
    let kinds = [given.contains_key("event"), given.contains_key("channel"), region];
    if kinds.iter().filter(|kind| **kind).count() != 1 {
        return Err("expected exactly one of event, channel, and rows or columns".into());
    }
    let what = if let Some(events) = given.get("event") {
        What::Events(events.split('+').map(|event| word("event", event.trim())).collect::<Result<_, _>>()?)
    } else if let Some(channel) = given.get("channel") {
        What::Channel(word("channel", channel)?)
    } else {
        let span = |key: &str| given.get(key).map_or(Ok(ALL), |text| span(key, text));
        What::Region { rows: span("rows")?, columns: span("columns")? }
    };
    Ok(Hindsight { name, what })
}

fn word(what: &str, text: &str) -> Result<String, String> {
    let fine = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fine { Ok(text.to_owned()) } else { Err(format!("{what} `{}`, expected [a-z][a-z0-9-]*", shown(text))) }
}

fn span(key: &str, text: &str) -> Result<(u16, u16), String> {
    let number = |text: &str| {
        text.trim()
            .parse::<u16>()
            .map_err(|_| format!("{key} `{}`, expected a number from 0 to {}", shown(text), u16::MAX))
    };
    let (first, last) = match text.split_once("..") {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    if first > last || (first, last) == ALL {
        return Err(format!("{key} {first}..{last}, expected the lesser number first, and some end to it"));
    }
    Ok((first, last))
}

impl Hindsight {
    /// Refuses a cue that `family` cannot have.
    ///
    /// # Errors
    /// What it does not have, with the nearest match; a name that a cue of the family has.
    pub fn check(&self, family: &dyn AnyFamily) -> Result<(), CueError> {
        let spec = family.spec();
        let refuse = |reason: String| Err(CueError { cue: self.to_string(), reason });
        if spec.cue(&self.name).is_some() {
            return refuse(format!("family `{}` has a cue of this name", spec.name));
        }
        let missing = |what: &str, name: &str, known: Vec<&'static str>| {
            let hint = did_you_mean(name, known.iter().copied());
            refuse(format!("family `{}` has no {what} `{name}`, it has {}{hint}", spec.name, known.join(", ")))
        };
        match &self.what {
            What::Events(events) => match events.iter().find(|event| !spec.events.contains(&event.as_str())) {
                Some(event) => missing("event", event, spec.events.to_vec()),
                None => Ok(()),
            },
            What::Channel(name) if !spec.channels.iter().any(|channel| channel.name == name) => {
                missing("channel", name, spec.channels.iter().map(|channel| channel.name).collect())
            }
            _ => Ok(()),
        }
    }

    /// Whether it can be told from the events of a record alone.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        matches!(self.what, What::Events(_))
    }

    /// The step (from 1) in which it is first obtained; 0 where the agent stands in it from the start, `None` where it never is.
    /// `frames` are the observations along the episode, [`Pool::replay`]'s; not looked at where it is [`Hindsight::is_recorded`].
    #[must_use]
    pub fn step(&self, record: &EpisodeRecord, pool: &dyn Pool, frames: &[Vec<u8>]) -> Option<u32> {
        let spec = pool.obs_spec();
        let within = |at: u16, (first, last): (u16, u16)| (first..=last).contains(&at);
        let stands = |t: usize| -> bool {
            let Some(cell) = agent_cell(&spec, &frames[t]) else { return false };
            let width = spec.width as u16;
            match &self.what {
                What::Events(_) => false,
                What::Channel(name) => spec
                    .channel(name)
                    .is_some_and(|bit| spec.cell(&frames[t.saturating_sub(1)], usize::from(cell)) >> bit & 1 == 1),
                What::Region { rows, columns } => within(cell / width, *rows) && within(cell % width, *columns),
            }
        };
        match &self.what {
            What::Events(events) => first_event(&record.events, events),
            _ => (0..frames.len()).find(|t| stands(*t)).map(|t| t as u32),
        }
    }
}

/// The step of the first of `wanted` in a record's `3:enter-corner,7:reach-cheese`.
fn first_event(recorded: &str, wanted: &[String]) -> Option<u32> {
    let mut steps = recorded.split(',').filter_map(|entry| entry.split_once(':'));
    let step = steps.find(|(_, names)| names.split('+').any(|name| wanted.iter().any(|w| w == name)))?;
    step.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_read_back_and_what_is_none_is_refused_with_a_reason() {
        for text in
            ["name=a; event=x+y-2", "name=a-1; channel=wall", "name=a; rows=1..3; columns=4", "name=b; columns=0..8"]
        {
            assert_eq!(text.parse::<Hindsight>().unwrap().to_string(), text);
        }
        for (text, reason) in [
            ("", "expected KEY=VALUE"),
            ("event=x", "no name"),
            ("name=a", "exactly one of"),
            ("name=a; event=x; channel=y", "exactly one of"),
            ("name=a; rows=3..1", "lesser number first"),
            ("name=a; rows=-1", "expected a number"),
            ("name=a; name=b; rows=1", "twice"),
            ("name=goal; rows=1", "an outcome"),
            ("name=a; row=1", "rows"),
            ("name=A; rows=1", "[a-z]"),
        ] {
            let error = text.parse::<Hindsight>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn the_first_of_the_events_counts() {
        let wanted = ["b".to_owned(), "c".to_owned()];
        assert_eq!(first_event("2:a,5:a+c,7:b", &wanted), Some(5));
        assert_eq!(first_event("2:a", &wanted), None);
        assert_eq!(first_event("", &wanted), None);
    }
}
