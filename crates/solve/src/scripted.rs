//! Scripted players by name.

use misgen_core::{FamilySpec, Rng, did_you_mean};
use std::fmt;
use std::str::FromStr;

/// The names of all scripted players. CUE stands for a cue's name, `goal`, or `training` (what the training reward pays for), Q and EPS for a probability.
pub const SCRIPTS: &[&str] =
    &["random", "noop", "pursuer:CUE", "mixture:Q:CUE:CUE", "noisy:EPS:CUE", "anti-goal", "elsewhere:CUE"];

/// A scripted player as its name says it; cues are names, so that one script serves many families.
#[derive(Clone, Debug, PartialEq)]
pub enum Script {
    /// `random`: every action equally often.
    Random,
    /// `noop`: does nothing.
    Noop,
    /// `pursuer:CUE`: the pursuer of a cue.
    Pursuer(String),
    /// `mixture:Q:A:B`: for a whole episode the pursuer of A with probability Q, else that of B.
    Mixture {
        /// Probability of the first.
        q: f64,
        /// The first cue.
        first: String,
        /// The second cue.
        second: String,
    },
    /// `noisy:EPS:CUE`: each step uniformly random with probability EPS, else the pursuer's.
    Noisy {
        /// Probability of a random step.
        epsilon: f64,
        /// The cue pursued.
        cue: String,
    },
    /// `anti-goal`: avoids the goal and is random otherwise.
    AntiGoal,
    /// `elsewhere:CUE`: plays, without looking, what a pursuer did on another level.
    Elsewhere(String),
}

/// What a scripted player does throughout one episode; cues are indices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Behaviour {
    /// Every action equally often.
    Uniform,
    /// Always the same action.
    Repeat(u8),
    /// The pursuer of a cue.
    Pursue(usize),
    /// The pursuer of `cue`, but uniformly random with probability `epsilon` a step.
    Noisy {
        /// Probability of a random step.
        epsilon: f64,
        /// The cue pursued.
        cue: usize,
    },
    /// Whatever makes this cue's reward least.
    Avoid(usize),
    /// The actions of the pursuer of this cue on another level, then nothing.
    Elsewhere(usize),
}

/// Why a text names no player of a family.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScriptError {
    /// No such player.
    #[error("no scripted player `{text}`, there are {}{}", SCRIPTS.join(", "), did_you_mean(head(text), SCRIPTS.iter().map(|form| head(form))))]
    Unknown {
        /// What was asked for.
        text: String,
    },
    /// The player exists, but not with these arguments.
    #[error("scripted player `{text}`: expected `{usage}`")]
    Arguments {
        /// What was asked for.
        text: String,
        /// The form it has.
        usage: &'static str,
    },
    /// Not a probability.
    #[error("scripted player `{text}`: `{number}` is not a number from 0 to 1")]
    Probability {
        /// What was asked for.
        text: String,
        /// The argument.
        number: String,
    },
    /// The family has no such cue.
    #[error("family `{family}` has no cue `{cue}`, it has {}{}", known.join(", "), did_you_mean(cue, known.iter().copied()))]
    UnknownCue {
        /// Name of the family.
        family: &'static str,
        /// What was asked for.
        cue: String,
        /// The family's cues.
        known: Vec<&'static str>,
    },
    /// The family has planners for its cues, none for avoiding them.
    #[error(
        "family `{family}` is planned, not solved, and has no planner that avoids its goal, so `anti-goal` cannot play it"
    )]
    Planned {
        /// Name of the family.
        family: &'static str,
    },
    /// The family has no action that does nothing.
    #[error("family `{family}` has no action that does nothing, so `noop` cannot play it")]
    NoStay {
        /// Name of the family.
        family: &'static str,
    },
}

/// The part of a script's form before its arguments.
fn head(form: &str) -> &str {
    form.split(':').next().unwrap_or(form)
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random => f.write_str("random"),
            Self::Noop => f.write_str("noop"),
            Self::Pursuer(cue) => write!(f, "pursuer:{cue}"),
            Self::Mixture { q, first, second } => write!(f, "mixture:{q}:{first}:{second}"),
            Self::Noisy { epsilon, cue } => write!(f, "noisy:{epsilon}:{cue}"),
            Self::AntiGoal => f.write_str("anti-goal"),
            Self::Elsewhere(cue) => write!(f, "elsewhere:{cue}"),
        }
    }
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut words = text.split(':');
        let name = words.next().unwrap_or_default();
        let arguments: Vec<&str> = words.collect();
        let Some(usage) = SCRIPTS.iter().copied().find(|form| head(form) == name) else {
            return Err(ScriptError::Unknown { text: text.into() });
        };
        let probability = |word: &str| match word.parse::<f64>() {
            Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
            _ => Err(ScriptError::Probability { text: text.into(), number: word.into() }),
        };
        if arguments.iter().any(|argument| argument.is_empty()) {
            return Err(ScriptError::Arguments { text: text.into(), usage });
        }
        match (name, arguments.as_slice()) {
            ("random", []) => Ok(Self::Random),
            ("noop", []) => Ok(Self::Noop),
            ("pursuer", [cue]) => Ok(Self::Pursuer((*cue).into())),
            ("mixture", [q, first, second]) => {
                Ok(Self::Mixture { q: probability(q)?, first: (*first).into(), second: (*second).into() })
            }
            ("noisy", [epsilon, cue]) => Ok(Self::Noisy { epsilon: probability(epsilon)?, cue: (*cue).into() }),
            ("anti-goal", []) => Ok(Self::AntiGoal),
            ("elsewhere", [cue]) => Ok(Self::Elsewhere((*cue).into())),
            _ => Err(ScriptError::Arguments { text: text.into(), usage }),
        }
    }
}

impl Script {
    /// The behaviours of which one is drawn an episode, with weights that sum to 1.
    ///
    /// # Errors
    /// When the family has no such cue, or no action that does nothing.
    pub fn parts(&self, spec: &FamilySpec) -> Result<Vec<(f64, Behaviour)>, ScriptError> {
        let cue = |name: &str| match name {
            "goal" => Ok(0),
            "training" => Ok(if spec.training_reward.is_some() { spec.cues.len() } else { 0 }),
            _ => spec.cue(name).ok_or_else(|| ScriptError::UnknownCue {
                family: spec.name,
                cue: name.into(),
                known: spec.cues.iter().map(|cue| cue.name).collect(),
            }),
        };
        Ok(match self {
            Self::Random => vec![(1.0, Behaviour::Uniform)],
            Self::Noop => {
                let stay = spec.stay.ok_or(ScriptError::NoStay { family: spec.name })?;
                vec![(1.0, Behaviour::Repeat(stay))]
            }
            Self::Pursuer(name) => vec![(1.0, Behaviour::Pursue(cue(name)?))],
            Self::Mixture { q, first, second } => {
                vec![(*q, Behaviour::Pursue(cue(first)?)), (1.0 - q, Behaviour::Pursue(cue(second)?))]
            }
            Self::Noisy { epsilon, cue: name } => vec![(1.0, Behaviour::Noisy { epsilon: *epsilon, cue: cue(name)? })],
            Self::AntiGoal if spec.is_planned() => return Err(ScriptError::Planned { family: spec.name }),
            Self::AntiGoal => vec![(1.0, Behaviour::Avoid(0))],
            Self::Elsewhere(name) => vec![(1.0, Behaviour::Elsewhere(cue(name)?))],
        })
    }
}

/// Draws the behaviour of one episode. A single part consumes nothing of `rng`.
///
/// # Panics
/// Without parts.
pub fn draw_part(parts: &[(f64, Behaviour)], rng: &mut Rng) -> Behaviour {
    match parts {
        [(_, only)] => *only,
        _ => parts[rng.weighted(parts.iter().map(|(weight, _)| *weight))].1,
    }
}
