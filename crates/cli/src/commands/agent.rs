//! What a command line says about an agent.

use super::train::{Card, read_checkpoint};
use crate::failure::Failure;
use misgen_agents::{NetPolicy, Play};
use misgen_core::FamilySpec;
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
    Ok(Named::Learned(Box::new(Learned { sampled: load(Play::Sampled)?, greedy: load(Play::Greedy)?, card })))
}
