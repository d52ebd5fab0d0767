//! A trained net as a policy.

use crate::checkpoint::{Checkpoint, CheckpointError, Model};
use crate::config::{AgentConfig, Algorithm};
use crate::dqn::shares;
use crate::learner::Learner;
use crate::math::log_softmax;
use crate::net::Frozen;
use crate::rollout::pick;
use crate::view::{Features, ObsShape, Palette, View};
use misgen_core::{Decisions, Policy, PolicyError, Rng, StepView, first_largest};

/// How actions follow from probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Play {
    /// Drawn in proportion to them, one draw of the lane's stream a step.
    #[default]
    Sampled,
    /// The most probable one, the first of equals; draws nothing.
    Greedy,
}

impl Play {
    /// One of the actions whose probabilities are `probs`.
    pub(crate) fn choose(self, probs: &[f32], rng: &mut Rng) -> u8 {
        match self {
            Self::Sampled => pick(probs, rng),
            Self::Greedy => first_largest(probs),
        }
    }
}

/// A trained net that plays. What a lane does depends on its observation, its stream and, of a recurrent net, on what the episode showed before.
#[derive(Clone, Debug)]
pub struct NetPolicy {
    shape: ObsShape,
    view: View,
    net: Frozen,
    play: Play,
    /// Which policy of the net plays.
    chosen: usize,
    /// For action values: chance of a uniform action in play that is not greedy.
    epsilon: Option<f64>,
    /// What a recurrent net remembers of each lane, `[lanes * units]`.
    memory: Vec<f32>,
    /// The same of the busy lanes alone.
    remembered: Vec<f32>,
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
        let Model { config, shape, spec, values, chosen } = Model::read(checkpoint)?;
        Ok(Self::new(&config, shape, Frozen::new(&spec, values), play, chosen))
    }

    /// A net of the architecture of a checkpoint with the weights that training from `seed` would begin with.
    ///
    /// # Errors
    /// When the bytes are not an agent's; see [`CheckpointError`].
    pub fn untrained(checkpoint: &Checkpoint, seed: u64) -> Result<Self, CheckpointError> {
        let Model { config, shape, spec, chosen, .. } = Model::read(checkpoint)?;
        Ok(Self::new(&config, shape, Frozen::new(&spec, spec.initial(seed)), Play::Sampled, chosen))
    }

    /// The present weights of an agent in training.
    #[must_use]
    pub fn of(learner: &Learner, play: Play) -> Self {
        let net = Frozen::new(learner.net.spec(), learner.net.values());
        Self::new(&learner.config, learner.shape.clone(), net, play, learner.progress.chosen)
    }

    fn new(config: &AgentConfig, shape: ObsShape, net: Frozen, play: Play, chosen: Option<usize>) -> Self {
        let (actions, view) = (shape.actions, View::new(config.view, &shape));
        let epsilon = if let Algorithm::Dqn(dqn) = config.algorithm { Some(dqn.epsilon) } else { None };
        Self {
            rows: view.rows(),
            shape,
            view,
            net,
            play,
            chosen: chosen.unwrap_or(0),
            epsilon,
            memory: Vec::new(),
            remembered: Vec::new(),
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
        let memory = self.net.memory();
        self.memory.resize(view.lanes() * memory, 0.0);
        self.rows.clear();
        self.remembered.clear();
        for lane in (0..view.lanes()).filter(busy) {
            let palette = Palette::evaluation(view.level[lane], view.palette);
            self.view.push(view.lane(lane), palette, &mut self.rows);
            let remembered = &mut self.memory[lane * memory..][..memory];
            if view.steps[lane] == 0 {
                remembered.fill(0.0);
            }
            self.remembered.extend_from_slice(remembered);
        }
        self.net.forward(&self.rows, &self.remembered, &mut self.logits, &mut self.values);
        let finite = |numbers: &[f32]| numbers.iter().all(|x| x.is_finite());
        if !finite(&self.logits) || self.net.spec().value && !finite(&self.values) {
            return Err(PolicyError("a logit or value is not finite".into()));
        }
        let (n, outputs) = (self.shape.actions, self.net.spec().outputs);
        let units = self.net.units();
        out.clear();
        for (row, lane) in (0..view.lanes()).filter(busy).enumerate() {
            let said = &self.logits[row * outputs + self.chosen * n..][..n];
            match self.epsilon {
                None => {
                    log_softmax(said, &mut self.log_probs, &mut self.probs);
                }
                Some(epsilon) => {
                    let (best, other) = shares(epsilon, n);
                    self.probs.fill(other);
                    self.probs[usize::from(first_largest(said))] = best;
                }
            }
            if memory > 0 {
                self.memory[lane * memory..][..memory].copy_from_slice(&self.net.hidden()[row * memory..][..memory]);
            }
            out.actions[lane] = self.play.choose(&self.probs, &mut rngs[lane]);
            out.shares(lane, &self.probs);
            out.value(lane, self.values[row]);
            out.hidden(lane, &self.net.hidden()[row * units..][..units]);
        }
        Ok(())
    }
}
