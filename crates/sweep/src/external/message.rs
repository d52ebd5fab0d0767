//! The messages of the protocol, version 1. Each is one line of JSON.

use schemars::JsonSchema;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The version that this program speaks.
pub const PROTOCOL: u32 = 1;
/// The longest line that either side reads, bytes.
pub const LONGEST_LINE: usize = 1 << 20;

/// Says what an object is: the one word that its `type` may be.
macro_rules! word {
    ($($name:ident = $text:literal),*) => {$(
        #[doc = concat!("The `type` of a message: `", $text, "`.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            #[doc = concat!("`", $text, "`.")]
            #[default]
            #[serde(rename = $text)]
            Word,
        }
    )*};
}
word!(HelloWord = "hello", ActWord = "act", ActionsWord = "actions", ByeWord = "bye");

/// How actions follow from probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Play {
    /// Drawn in proportion to them.
    Sampled,
    /// The most probable one.
    Greedy,
}

/// A channel as it is named and drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Its name.
    pub name: String,
    /// Its character in `ascii` observations.
    pub glyph: char,
}

/// The harness begins: where the agent is, before anything is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// `hello`.
    pub r#type: HelloWord,
    /// Version of the protocol.
    pub protocol: u32,
    /// Family and version, as in `corner-v0`.
    pub family: String,
    /// Rows of the grid.
    pub height: usize,
    /// Columns of the grid.
    pub width: usize,
    /// What may stand in a cell; channel k is bit k of `bits` observations.
    pub channels: Vec<Sign>,
    /// Names of the actions, in the order of their numbers.
    pub actions: Vec<String>,
    /// Lanes are numbered from 0 to this, exclusive.
    pub lanes: usize,
    /// Seed of the actions.
    pub seed: u64,
    /// What this process is asked for. Greedy play has a process of its own.
    pub play: Play,
}

/// One lane in which something has to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The lane. Others go on in their own episodes.
    pub lane: usize,
    /// Steps taken in the lane's present episode; at 0 a new one begins, and what came before in this lane is to be forgotten.
    pub step: u16,
    /// Uniform in [0, 1), a new one at every step of the lane, from the lane's own stream: an agent that draws its actions with
    /// it is as reproducible as one of misgen's.
    pub random: f64,
    /// What is seen, in the form that the agent asked for.
    pub obs: Obs,
}

/// What is seen in one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Obs {
    /// `ascii`: a line a row of the grid, two characters a cell: the glyph of the topmost thing, then that of what lies under it.
    /// An empty cell is `. `, a wall by itself `##`.
    Ascii(Vec<String>),
    /// `channels`: the cells (row and column, from 0) in which each channel is.
    Channels(BTreeMap<String, Vec<[usize; 2]>>),
    /// `bits`: the cells row by row in Base64, a bit a channel: a byte a cell, or two (the lower first) where there are more than
    /// eight channels.
    Bits(String),
}

/// The harness asks what to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// `act`.
    pub r#type: ActWord,
    /// The lanes that have something to do.
    pub rows: Vec<Row>,
}

/// The harness is done; standard input closes behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bye {
    /// `bye`.
    pub r#type: ByeWord,
}

/// A form of observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Observations {
    /// Lines of text.
    Ascii,
    /// Cells by channel.
    Channels,
    /// Cells packed into bytes.
    Bits,
}

/// What an agent says that it was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredTraining {
    /// Name of a law of the family.
    pub law: String,
    /// Share of levels in which every proxy was free.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub mix: f64,
}

/// The agent answers the greeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentHello {
    /// `hello`.
    pub r#type: HelloWord,
    /// Version of the protocol that the agent speaks: 1.
    pub protocol: u32,
    /// The form in which it wants its observations.
    pub observations: Observations,
    /// What reports call it; by default its command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// Its training law. Without it, training and ID competence are unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<DeclaredTraining>,
    /// The arithmetic that its numbers depend on, as `misgen serve` says it of misgen's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub kernels: Option<String>,
}

/// An action: its number, or its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Choice {
    /// Its place in `actions` of the greeting, from 0.
    Number(u64),
    /// Its name there.
    Name(String),
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Choice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an action's number or name")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Choice, E> {
                Ok(Choice::Number(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Choice, E> {
                Err(E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Choice, E> {
                Ok(Choice::Name(name.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// The agent says what to do in each row that it was asked about, in their order: `actions`, or probabilities from which the
/// harness draws, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actions {
    /// `actions`.
    pub r#type: ActionsWord,
    /// An action a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<Choice>>,
    /// The probability of each action, a row each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probs: Option<Vec<Vec<f32>>>,
    /// Their natural logarithms, in place of `probs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_probs: Option<Vec<Vec<f32>>>,
    /// The agent's estimate of its return, a row each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<f32>>,
}

/// Every message, as the schema describes them.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is there for its schema")]
pub enum Message {
    /// From the harness.
    Hello(Hello),
    /// From the harness.
    Act(Act),
    /// From the harness.
    Bye(Bye),
    /// From the agent.
    AgentHello(AgentHello),
    /// From the agent.
    Actions(Actions),
}
