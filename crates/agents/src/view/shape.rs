//! What observations look like, as far as a checkpoint has to know it.

use super::{AGENT, ViewKind};
use misgen_core::{Look, ObsSpec};
use serde::{Deserialize, Serialize};

/// What observations look like, owned: the part of [`ObsSpec`] that a checkpoint records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObsShape {
    /// Rows of the grid.
    pub height: usize,
    /// Columns of the grid.
    pub width: usize,
    /// Names of the channels, one a bit.
    pub channels: Vec<String>,
    /// Bytes a cell: 1 or 2.
    pub cell_bytes: usize,
    /// Number of actions.
    pub actions: usize,
    /// What the channels look like, where the view is a picture: a checkpoint goes on seeing what it saw in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Vec<Look>>,
}

impl From<&ObsSpec> for ObsShape {
    fn from(spec: &ObsSpec) -> Self {
        Self {
            height: spec.height,
            width: spec.width,
            channels: spec.channels.iter().map(|c| c.name.to_owned()).collect(),
            cell_bytes: spec.cell_bytes,
            actions: spec.actions,
            looks: None,
        }
    }
}

impl ObsShape {
    /// What `kind` has to know of observations of `spec`.
    #[must_use]
    pub fn seen(kind: ViewKind, spec: &ObsSpec) -> Self {
        let looks = kind.is_dense().then(|| spec.channels.iter().map(Look::from).collect());
        Self { looks, ..Self::from(spec) }
    }

    /// Bytes of one observation.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.height * self.width * self.cell_bytes
    }

    /// Number of the agent's channel, in a shape that passed [`ObsShape::check`].
    pub(super) fn agent(&self) -> usize {
        self.channels.iter().position(|name| name == AGENT).expect("the check found it")
    }

    /// Whether `spec` describes the same observations, looks aside.
    #[must_use]
    pub fn matches(&self, spec: &ObsSpec) -> bool {
        (self.height, self.width, self.cell_bytes, self.actions)
            == (spec.height, spec.width, spec.cell_bytes, spec.actions)
            && self.channels.len() == spec.channels.len()
            && self.channels.iter().zip(spec.channels).all(|(ours, theirs)| ours == theirs.name)
    }

    /// Refuses shapes that no view can be made of. The bounds also keep a hostile checkpoint small.
    ///
    /// # Errors
    /// Says what was found and what was expected.
    pub fn check(&self) -> Result<(), String> {
        let sides = [self.height, self.width].iter().all(|side| (1..=64).contains(side));
        let bits = (1..=8 * self.cell_bytes.min(2)).contains(&self.channels.len());
        if !sides {
            Err(format!("a grid of {}×{} cells, expected sides of 1 to 64", self.height, self.width))
        } else if !matches!(self.cell_bytes, 1 | 2) || !bits {
            Err(format!("{} channels in {} bytes a cell", self.channels.len(), self.cell_bytes))
        } else if !(1..=255).contains(&self.actions) {
            Err(format!("{} actions, expected 1 to 255", self.actions))
        } else if !self.channels.iter().any(|name| name == AGENT) {
            Err(format!("no channel `{AGENT}` among {:?}", self.channels))
        } else if let Some(looks) = self.looks.as_ref().filter(|looks| looks.len() != self.channels.len()) {
            Err(format!("{} `looks`, expected {}, one a channel", looks.len(), self.channels.len()))
        } else {
            Ok(())
        }
    }
}
