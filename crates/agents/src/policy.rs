//! A trained net as a policy.

use crate::checkpoint::{Checkpoint, CheckpointError, Model};
use crate::math::log_softmax;
use crate::net::Frozen;
use crate::ppo::Learner;
use crate::rollout::pick;
use crate::view::{Features, ObsShape, Palette, View};
use misgen_core::{Decisions, Policy, PolicyError, Rng, StepView};

/// How actions follow from probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Play {
    /// Drawn in proportion to them, one draw of the lane's stream a step.
    #[default]
    Sampled,
    /// The most probable one, the first of equals; draws nothing.
    Greedy,
}

/// A trained net that plays. What a lane does depends on its observation and its stream alone.
#[derive(Clone, Debug)]
pub struct NetPolicy {
    shape: ObsShape,
    view: View,
    net: Frozen,
    play: Play,
    rows: Features,
    logits: Vec<f32>,
    values: Vec<f32>,
    probs: Vec<f32>,
    log_probs: Vec<f32>,
}

impl NetPolicy {
    /// From a checkpoint of either kind.
    ///
    /// # Errors
    /// When the bytes are not an agent's; see [`CheckpointError`].
    pub fn load(checkpoint: &Checkpoint, play: Play) -> Result<Self, CheckpointError> {
        let Model { config, shape, spec, values } = Model::read(checkpoint)?;
        Ok(Self::new(View::new(config.view, &shape), shape, Frozen::new(&spec, values), play))
    }

    /// A net of the architecture of a checkpoint with the weights that training from `seed` would begin with.
    ///
    /// # Errors
    /// When the bytes are not an agent's; see [`CheckpointError`].
    pub fn untrained(checkpoint: &Checkpoint, seed: u64) -> Result<Self, CheckpointError> {
        let Model { config, shape, spec, .. } = Model::read(checkpoint)?;
        Ok(Self::new(View::new(config.view, &shape), shape, Frozen::new(&spec, spec.initial(seed)), Play::Sampled))
    }

    /// The present weights of an agent in training.
    #[must_use]
    pub fn of(learner: &Learner, play: Play) -> Self {
        let view = View::new(learner.config.view, &learner.shape);
        let net = Frozen::new(learner.net.spec(), learner.net.values());
        Self::new(view, learner.shape.clone(), net, play)
    }

    fn new(view: View, shape: ObsShape, net: Frozen, play: Play) -> Self {
        let actions = net.actions();
        Self {
            rows: view.rows(),
            shape,
            view,
            net,
            play,
            logits: Vec::new(),
            values: Vec::new(),
            probs: vec![0.0; actions],
            log_probs: vec![0.0; actions],
        }
    }

    /// Whether this net sees pixels, whose palettes may be varied.
    #[must_use]
    pub const fn sees_pixels(&self) -> bool {
        matches!(self.rows, Features::Dense(_))
    }

    /// The observations that this net reads.
    #[must_use]
    pub const fn observations(&self) -> &ObsShape {
        &self.shape
    }
}

impl Policy for NetPolicy {
    fn features(&self) -> usize {
        self.net.units()
    }

    /// An idle lane gets action 0, probabilities and features 0, and value NaN.
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        if !self.shape.matches(view.spec) {
            let (found, read) = (ObsShape::from(view.spec), ObsShape { looks: None, ..self.shape.clone() });
            return Err(PolicyError(format!("the net reads {read:?}, the world shows {found:?}")));
        }
        let busy = |lane: &usize| view.level[*lane] != StepView::NO_LEVEL;
        self.rows.clear();
        for lane in (0..view.lanes()).filter(busy) {
            let palette = Palette::evaluation(view.level[lane], view.palette);
            self.view.push(view.lane(lane), palette, &mut self.rows);
        }
        self.net.forward(&self.rows, &mut self.logits, &mut self.values);
        if !self.logits.iter().chain(&self.values).all(|x| x.is_finite()) {
            return Err(PolicyError("a logit or value is not finite".into()));
        }
        let n = self.net.actions();
        out.actions.fill(0);
        if let Some(probs) = out.probs.as_deref_mut() {
            probs.fill(0.0);
        }
        if let Some(values) = out.values.as_deref_mut() {
            values.fill(f32::NAN);
        }
        let units = self.net.units();
        if let Some(features) = out.features.as_deref_mut() {
            features.fill(0.0);
        }
        for (row, lane) in (0..view.lanes()).filter(busy).enumerate() {
            log_softmax(&self.logits[row * n..][..n], &mut self.log_probs, &mut self.probs);
            out.actions[lane] = match self.play {
                Play::Sampled => pick(&self.probs, &mut rngs[lane]),
                Play::Greedy => first_largest(&self.probs),
            };
            if let Some(probs) = out.probs.as_deref_mut() {
                probs[lane * n..][..n].copy_from_slice(&self.probs);
            }
            if let Some(values) = out.values.as_deref_mut() {
                values[lane] = self.values[row];
            }
            if let Some(features) = out.features.as_deref_mut() {
                features[lane * units..][..units].copy_from_slice(&self.net.hidden()[row * units..][..units]);
            }
        }
        Ok(())
    }
}

pub(crate) fn first_largest(probs: &[f32]) -> u8 {
    let mut best = 0;
    for (i, p) in probs.iter().enumerate() {
        if *p > probs[best] {
            best = i;
        }
    }
    best as u8
}
