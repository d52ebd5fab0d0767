//! What a command line says about an agent.

use super::external::External;
use super::train::{Card, read_checkpoint};
#[cfg(feature = "onnx")]
use super::{
    train::{CARD, read_card, read_file},
    world::knobs,
};
use crate::args::{AnswerArgs, WorldArgs};
use crate::failure::Failure;
#[cfg(feature = "onnx")]
use misgen_agents::OnnxPolicy;
use misgen_agents::{Checkpoint, NetPolicy, Play};
use misgen_core::{AnyFamily, FamilySpec, Policy};
use misgen_evaluate::row::Agent;
use misgen_solve::Script;
use misgen_store::RealFs;
use serde_json::Value;
use std::fmt::Display;
use std::path::Path;

/// The agent as the command line names it.
pub(super) enum Named {
    Scripted(Script),
    Learned(Box<Learned>),
    External(Box<External>),
}

impl Named {
    /// Starts it in a world of `family`, where it has to be started.
    pub(super) fn begin(&mut self, family: &dyn AnyFamily, knobs: &Value, seed: u64) -> Result<(), Failure> {
        match self {
            Self::External(external) => external.begin(family, knobs, seed),
            Self::Scripted(_) | Self::Learned(_) => Ok(()),
        }
    }

    /// The player, once begun.
    pub(super) fn player(&mut self) -> Agent<'_> {
        match self {
            Self::Scripted(script) => Agent::Scripted(script),
            Self::Learned(learned) => {
                Agent::Learned { sampled: &mut *learned.sampled, greedy: Some(&mut *learned.greedy) }
            }
            Self::External(external) => external.player(),
        }
    }

    /// Ends it, where it has to be ended.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        match self {
            Self::External(external) => external.finish(),
            Self::Scripted(_) | Self::Learned(_) => Ok(()),
        }
    }

    /// Why its evaluation failed: because of what it did, or of `error`.
    pub(super) fn failed(&self, error: impl Display) -> Failure {
        match self {
            Self::External(external) => external.failure(),
            Self::Scripted(_) | Self::Learned(_) => None,
        }
        .unwrap_or_else(|| Failure::job(error))
    }
}

/// A trained agent, ready to play both ways.
pub(super) struct Learned {
    pub(super) sampled: Box<dyn Policy>,
    pub(super) greedy: Box<dyn Policy>,
    pub(super) card: Option<Card>,
    pub(super) sees_pixels: bool,
    /// What it was loaded from, where it was trained here.
    pub(super) checkpoint: Option<Checkpoint>,
}

impl Learned {
    /// The agent of a checkpoint.
    pub(super) fn of(checkpoint: Checkpoint, card: Option<Card>) -> Result<Self, Failure> {
        let load = |play| NetPolicy::load(&checkpoint, play).map_err(Failure::usage);
        let (sampled, greedy) = (load(Play::Sampled)?, load(Play::Greedy)?);
        Ok(Self {
            sees_pixels: sampled.sees_pixels(),
            sampled: Box::new(sampled),
            greedy: Box::new(greedy),
            card,
            checkpoint: Some(checkpoint),
        })
    }

    /// `count` nets of the same architecture with fresh weights; none of an agent that was trained elsewhere.
    pub(super) fn untrained(&self, count: u64) -> Result<Vec<Box<dyn Policy>>, Failure> {
        let Some(checkpoint) = &self.checkpoint else { return Ok(Vec::new()) };
        let one =
            |seed| Ok(Box::new(NetPolicy::untrained(checkpoint, seed).map_err(Failure::usage)?) as Box<dyn Policy>);
        (0..count).map(one).collect()
    }

    /// What the agent says that it was trained on, which must be levels of `spec`; `None` where it says nothing.
    pub(super) fn card_in(&self, spec: &FamilySpec) -> Result<Option<&Card>, Failure> {
        self.card.as_ref().map(|card| fits(card, spec)).transpose()
    }
}

/// `card`, where it is one of `spec`'s family.
fn fits<'a>(card: &'a Card, spec: &FamilySpec) -> Result<&'a Card, Failure> {
    if card.family == spec.id() {
        return Ok(card);
    }
    let (found, wanted) = (&card.family, spec.id());
    Err(Failure::usage(format!("the agent was trained in {found}, not in {wanted}")))
}

/// The agent called `text`, a checkpoint's folder, `scripted:NAME`, `onnx:FILE` or `cmd:PROGRAM ARGS`, for play in `family` as
/// `world` says.
pub(super) fn agent(
    text: &str,
    family: &dyn AnyFamily,
    world: &WorldArgs,
    answers: &AnswerArgs,
) -> Result<Named, Failure> {
    if let Some(program) = text.strip_prefix("cmd:") {
        return Ok(Named::External(Box::new(External::new(program, answers)?)));
    }
    if let Some(name) = text.strip_prefix("scripted:") {
        return Ok(Named::Scripted(name.parse().map_err(Failure::usage)?));
    }
    if let Some(file) = text.strip_prefix("onnx:") {
        return Ok(Named::Learned(Box::new(onnx(Path::new(file), family, world)?)));
    }
    let Some((checkpoint, card)) = read_checkpoint(&RealFs, Path::new(text))? else {
        return Err(Failure::usage(format!(
            "no agent `{text}`: expected a folder with model.safetensors and config.json, scripted:NAME, onnx:FILE, cmd:PROGRAM or human:FILE"
        )));
    };
    Ok(Named::Learned(Box::new(Learned::of(checkpoint, card)?)))
}

/// A net in the ONNX format. `NAME.training.json` beside `NAME.onnx` says what it was trained on.
#[cfg(feature = "onnx")]
fn onnx(file: &Path, family: &dyn AnyFamily, world: &WorldArgs) -> Result<Learned, Failure> {
    let Some(bytes) = read_file(&RealFs, file)? else {
        return Err(Failure::usage(format!("no file {}", file.display())));
    };
    let card = read_card(&RealFs, &file.with_extension(CARD))?;
    let knobs = match &card {
        Some(card) if world.knobs.is_empty() => {
            family.knobs(&fits(card, &family.spec())?.knobs).map_err(Failure::usage)?
        }
        _ => knobs(family, world)?,
    };
    let spec = family.obs_spec(&knobs).map_err(Failure::usage)?;
    let load = |play| -> Result<Box<dyn Policy>, Failure> {
        let policy = OnnxPolicy::load(&bytes, &spec, play);
        Ok(Box::new(policy.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?))
    };
    Ok(Learned {
        sampled: load(Play::Sampled)?,
        greedy: load(Play::Greedy)?,
        card,
        sees_pixels: false,
        checkpoint: None,
    })
}

#[cfg(not(feature = "onnx"))]
fn onnx(file: &Path, _: &dyn AnyFamily, _: &WorldArgs) -> Result<Learned, Failure> {
    Err(Failure::usage(format!(
        "this build does not read {}: build one that reads ONNX with `cargo build --release --features onnx`",
        file.display()
    )))
}
