//! What a command line says about an agent.

use super::train::{Card, read_checkpoint};
use crate::failure::Failure;
use misgen_agents::{Checkpoint, NetPolicy, Play};
use misgen_core::{FamilySpec, Policy};
use misgen_solve::Script;
use misgen_store::RealFs;
use std::path::Path;

/// The agent as the command line names it.
pub(super) enum Named {
    Scripted(Script),
    Learned(Box<Learned>),
}

/// A checkpoint's agent, ready to play both ways.
pub(super) struct Learned {
    pub(super) sampled: NetPolicy,
    pub(super) greedy: NetPolicy,
    pub(super) card: Option<Card>,
    pub(super) checkpoint: Checkpoint,
}

impl Learned {
    /// `count` nets of the same architecture with fresh weights.
    pub(super) fn untrained(&self, count: u64) -> Result<Vec<Box<dyn Policy>>, Failure> {
        let one = |seed| {
            Ok(Box::new(NetPolicy::untrained(&self.checkpoint, seed).map_err(Failure::usage)?) as Box<dyn Policy>)
        };
        (0..count).map(one).collect()
    }
}

impl Learned {
    /// What the agent says that it was trained on, which must be levels of `spec`; `None` where it says nothing.
    pub(super) fn card_in(&self, spec: &FamilySpec) -> Result<Option<&Card>, Failure> {
        match &self.card {
            Some(card) if card.family != spec.id() => {
                let (found, wanted) = (&card.family, spec.id());
                Err(Failure::usage(format!("the agent was trained in {found}, not in {wanted}")))
            }
            card => Ok(card.as_ref()),
        }
    }
}

/// The agent called `text`: a checkpoint's folder, or `scripted:NAME`.
pub(super) fn agent(text: &str) -> Result<Named, Failure> {
    if let Some(name) = text.strip_prefix("scripted:") {
        return Ok(Named::Scripted(name.parse().map_err(Failure::usage)?));
    }
    let Some((checkpoint, card)) = read_checkpoint(&RealFs, Path::new(text))? else {
        return Err(Failure::usage(format!(
            "no agent `{text}`: expected a folder with model.safetensors and config.json, scripted:NAME or human:FILE"
        )));
    };
    let load = |play| NetPolicy::load(&checkpoint, play).map_err(Failure::usage);
    let (sampled, greedy) = (load(Play::Sampled)?, load(Play::Greedy)?);
    Ok(Named::Learned(Box::new(Learned { sampled, greedy, card, checkpoint })))
}
