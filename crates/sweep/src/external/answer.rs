//! What an agent says, checked: nothing of it is used before.

use super::message::{Actions, AgentHello, Choice, PROTOCOL};
use crate::config::{obeyed, one_line};
use misgen_agents::exp;
use misgen_core::did_you_mean;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How far the sum of a row of probabilities may be from 1.
pub const TOLERANCE: f64 = 1e-3;
/// The longest name, characters.
const LONGEST_NAME: usize = 64;

/// What is looked at before anything else of a message, so that one of another type or version is called that.
#[derive(Deserialize)]
struct Head {
    r#type: Option<String>,
    protocol: Option<u64>,
}

/// Reads a greeting.
///
/// # Errors
/// When it is not one of this protocol, in one line of words that a terminal can show.
pub fn hello(line: &[u8]) -> Result<AgentHello, String> {
    let hello: AgentHello = read(line, "hello", Some(u64::from(PROTOCOL)))?;
    for (what, name) in [("name", &hello.name), ("kernels", &hello.kernels)] {
        let Some(name) = name else { continue };
        let length = name.chars().count();
        if !(1..=LONGEST_NAME).contains(&length) {
            return Err(format!("gave a `{what}` of {length} characters, expected 1 to {LONGEST_NAME}"));
        }
        if name.chars().any(obeyed) {
            return Err(format!("gave `{}` for its `{what}`, with characters that a terminal obeys", short(name)));
        }
    }
    match &hello.training {
        Some(training) if !(0.0..=1.0).contains(&training.mix) => {
            Err(format!("declares a mix of {}, expected a share from 0 to 1", training.mix))
        }
        _ => Ok(hello),
    }
}

/// What an agent decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// An action a row, where it chose itself.
    pub actions: Option<Vec<u8>>,
    /// Probability of each action, `[rows * actions]`, where it said so.
    pub probs: Option<Vec<f32>>,
    /// Its estimate of its return, `[rows]`, where it said so.
    pub values: Option<Vec<f32>>,
}

/// Reads what to do in `rows` rows, in a world of the actions `names`.
///
/// # Errors
/// When it does not say that, in one line of words that a terminal can show.
pub fn answer(line: &[u8], rows: usize, names: &[&str]) -> Result<Answer, String> {
    let said: Actions = read(line, "actions", None)?;
    let actions = said.actions.map(|actions| chosen(actions, rows, names)).transpose()?;
    let probs = match (said.probs, said.log_probs) {
        (Some(_), Some(_)) => return Err("sent `probs` and `log_probs`, expected one of them".into()),
        (Some(probs), None) => Some(law(probs, rows, names.len(), "probs", |p| p)?),
        (None, Some(logs)) => {
            Some(law(logs, rows, names.len(), "log_probs", |log| if log.is_nan() { log } else { exp(log) })?)
        }
        (None, None) => None,
    };
    if actions.is_none() && probs.is_none() {
        return Err("sent neither `actions` nor `probs` nor `log_probs`".into());
    }
    if let Some(values) = &said.values {
        counted(values.len(), rows, "values")?;
        if let Some(row) = values.iter().position(|value| !value.is_finite()) {
            return Err(format!("sent `values` whose row {row} is not a finite number"));
        }
    }
    Ok(Answer { actions, probs, values: said.values })
}

fn read<T: DeserializeOwned>(line: &[u8], wanted: &str, protocol: Option<u64>) -> Result<T, String> {
    if line.contains(&0) {
        return Err(format!("sent a NUL byte: {}", shown(line)));
    }
    let text = std::str::from_utf8(line).map_err(|_| format!("sent bytes that are not UTF-8: {}", shown(line)))?;
    let wrong = |error: serde_json::Error, what: &str| {
        format!("sent {what} ({}): {}", one_line(&error.to_string()), shown(line))
    };
    let head: Head = serde_json::from_str(text).map_err(|error| wrong(error, "no JSON object"))?;
    match head.r#type.as_deref() {
        Some(found) if found == wanted => {}
        Some(found) => return Err(format!("sent a message of type `{}`, expected `{wanted}`", short(found))),
        None => return Err(format!("sent a message without a `type`, expected `{wanted}`: {}", shown(line))),
    }
    if let Some(ours) = protocol
        && head.protocol != Some(ours)
    {
        let theirs = head.protocol.map_or_else(|| "no version".into(), |version| format!("version {version}"));
        return Err(format!("speaks {theirs} of the protocol, expected version {ours}"));
    }
    serde_json::from_str(text).map_err(|error| wrong(error, &format!("no `{wanted}` message of this protocol")))
}

fn chosen(actions: Vec<Choice>, rows: usize, names: &[&str]) -> Result<Vec<u8>, String> {
    counted(actions.len(), rows, "actions")?;
    let one = |(row, choice): (usize, Choice)| match choice {
        Choice::Number(number) if number < names.len() as u64 => Ok(number as u8),
        Choice::Number(number) => Err(format!("chose action {number} in row {row}, expected 0 to {}", names.len() - 1)),
        Choice::Name(name) => {
            names.iter().position(|known| *known == name).map(|number| number as u8).ok_or_else(|| {
                let hint = did_you_mean(&name, names.iter().copied());
                format!("chose `{}` in row {row}, but there are {}{hint}", short(&name), names.join(", "))
            })
        }
    };
    actions.into_iter().enumerate().map(one).collect()
}

/// Rows of probabilities, one behind the other.
fn law(
    given: Vec<Vec<f32>>,
    rows: usize,
    actions: usize,
    what: &str,
    prob: impl Fn(f32) -> f32,
) -> Result<Vec<f32>, String> {
    counted(given.len(), rows, what)?;
    let mut all = Vec::with_capacity(rows * actions);
    for (row, given) in given.into_iter().enumerate() {
        if given.len() != actions {
            return Err(format!(
                "sent `{what}` whose row {row} has {} numbers, expected {actions}, one an action",
                given.len()
            ));
        }
        let begun = all.len();
        all.extend(given.into_iter().map(&prob));
        let probs = &all[begun..];
        let sum: f64 = probs.iter().map(|p| f64::from(*p)).sum();
        // What is not a number is in no range.
        if let Some(action) = probs.iter().position(|p| !(0.0..=f32::MAX).contains(p)) {
            return Err(format!(
                "sent `{what}` whose row {row} is no distribution: action {action} has {}",
                probs[action]
            ));
        }
        if (sum - 1.0).abs() > TOLERANCE {
            return Err(format!(
                "sent `{what}` whose row {row} is no distribution: it adds up to {sum:.4}, expected 1"
            ));
        }
    }
    Ok(all)
}

fn counted(found: usize, rows: usize, what: &str) -> Result<(), String> {
    if found == rows { Ok(()) } else { Err(format!("sent {found} `{what}`, expected {rows}, one a row")) }
}

/// The beginning of a line as a terminal can show it.
pub(super) fn shown(line: &[u8]) -> String {
    let cut = line.len().min(400);
    let text = String::from_utf8_lossy(&line[..cut]);
    let text = short(&text);
    if text.is_empty() { "an empty line".into() } else { format!("`{text}`") }
}

fn short(text: &str) -> String {
    const MOST: usize = 80;
    let line = one_line(text);
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST).chain("...".chars()).collect() }
}
