//! Settings of an agent: its net, its view, its algorithm.

mod algorithm;

pub use algorithm::{Algorithm, CloningConfig, DaggerConfig, DivDisConfig, DqnConfig};

use crate::curriculum::Curriculum;
use crate::view::ViewKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the first layer reads its features. Both learn the same function; they differ in speed and in rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirstLayer {
    /// Sums the weight's rows of the set features: fast for small nets.
    #[default]
    IndexSum,
    /// Unpacks to zeros and ones and multiplies: fast for wide nets.
    Dense,
}

/// Settings of an agent. The defaults are PPO with a small net, which learns the seed families in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentConfig {
    /// How it learns; the settings of algorithms other than PPO stand in a table of their name.
    pub algorithm: Algorithm,
    /// Channels of each 3×3 convolution before the tanh layers, none by default. One with as many channels as the layer before
    /// is residual; one with others, the first aside, halves the grid. Views in which cells have places: `grid`, `window`, `rgb`.
    #[schemars(length(max = 8), inner(range(min = 1, max = 256)))]
    pub conv: Vec<usize>,
    /// Units of each shared tanh layer.
    #[schemars(length(min = 1, max = 8), inner(range(min = 1, max = 4096)))]
    pub hidden: Vec<usize>,
    /// Units of a gated recurrent unit after the tanh layers, which remembers what it saw in the episode; PPO only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1024))]
    pub gru: Option<usize>,
    /// What the net sees.
    pub view: ViewKind,
    /// How the first layer reads it, where that is no convolution.
    pub first_layer: FirstLayer,
    /// Environments stepped together.
    #[schemars(range(min = 1, max = 4096))]
    pub lanes: usize,
    /// Steps that each lane takes between two updates.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub steps: usize,
    /// Passes over the collected steps in each update.
    #[schemars(range(min = 1, max = 100))]
    pub epochs: usize,
    /// Parts of each pass, one optimiser step each.
    #[schemars(range(min = 1))]
    pub minibatches: usize,
    /// Step size of Adam, constant.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub lr: f64,
    /// Weight of the entropy bonus of PPO.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub entropy: f64,
    /// Discount of the learner.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// λ of the advantage estimate of PPO.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lambda: f64,
    /// How far a probability ratio may move in one update of PPO.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub clip: f64,
    /// Weight of the value error of PPO.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub value: f64,
    /// Weight of half the squared weights (biases aside) in the loss.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub l2: f64,
    /// Chance that a channel other than the agent's is hidden in a training level, from beginning to end.
    #[schemars(range(min = 0.0, max = 0.9))]
    pub cue_dropout: f64,
    /// Largest global norm of the gradient.
    #[schemars(range(max = 1e6), extend("exclusiveMinimum" = 0))]
    pub grad_norm: f64,
    /// ε of Adam.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub adam_eps: f64,
    /// Environment steps of training; the last update may pass it.
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub frames: u64,
    /// Which levels PPO plays; by default each episode is on a level drawn uniformly from the training pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curriculum: Option<Curriculum>,
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Ppo,
            conv: Vec::new(),
            hidden: vec![64, 64],
            gru: None,
            view: ViewKind::Ego,
            first_layer: FirstLayer::IndexSum,
            lanes: 64,
            steps: 64,
            epochs: 3,
            minibatches: 4,
            lr: 7e-4,
            entropy: 0.01,
            gamma: 0.97,
            lambda: 0.95,
            clip: 0.2,
            value: 0.5,
            l2: 0.0,
            cue_dropout: 0.0,
            grad_norm: 0.5,
            adam_eps: 1e-5,
            frames: 300_000,
            curriculum: None,
        }
    }
}

/// A value out of range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeError {
    /// Path of the field inside the agent's settings: `hidden[1]`.
    pub path: String,
    /// What was found and what was expected.
    pub message: String,
}

/// The faults of settings, as they are found.
#[derive(Default)]
pub(crate) struct Needs(Vec<RangeError>);

impl Needs {
    pub(crate) fn that(&mut self, ok: bool, path: &str, value: &dyn std::fmt::Display, expected: &str) {
        if !ok {
            self.0.push(RangeError { path: path.into(), message: format!("{value}, expected {expected}") });
        }
    }

    /// A number from `low` to `high`; `open` leaves `low` itself out.
    pub(crate) fn float(&mut self, path: &str, value: f64, low: f64, high: f64, open: bool) {
        let ok = (low..=high).contains(&value) && !(open && value == low);
        let expected = format!("{} {low} and at most {high}", if open { "above" } else { "at least" });
        self.that(ok, path, &value, &expected);
    }
}

impl AgentConfig {
    /// Most layers, units a layer, lanes, steps a rollout (over all lanes), epochs.
    const MOST: [usize; 5] = [8, 4096, 4096, 1 << 20, 100];

    /// Every value out of range (NaN is), in the order of the fields, then what does not go together; empty when all is well.
    #[must_use]
    pub fn check(&self) -> Vec<RangeError> {
        let mut needs = Needs::default();
        self.algorithm.check(self, &mut needs);
        let [layers, units, lanes, steps, epochs] = Self::MOST;
        let depth = self.hidden.len();
        let convolutions = self.conv.len();
        needs.that(
            convolutions <= layers,
            "conv",
            &format!("{convolutions} layers"),
            &format!("at most {layers} layers"),
        );
        for (i, n) in self.conv.iter().enumerate() {
            needs.that((1..=256).contains(n), &format!("conv[{i}]"), n, "1 to 256 channels");
        }
        needs.that(
            (1..=layers).contains(&depth),
            "hidden",
            &format!("{depth} layers"),
            &format!("1 to {layers} layers"),
        );
        for (i, n) in self.hidden.iter().enumerate() {
            needs.that((1..=units).contains(n), &format!("hidden[{i}]"), n, &format!("1 to {units} units"));
        }
        needs.that((1..=lanes).contains(&self.lanes), "lanes", &self.lanes, &format!("1 to {lanes}"));
        if let Some(gru) = &self.gru {
            needs.that((1..=1024).contains(gru), "gru", gru, "1 to 1024 units");
            let parts = format!("at most one a lane ({}): with a `gru` a part holds whole lanes", self.lanes);
            needs.that(self.minibatches <= self.lanes, "minibatches", &self.minibatches, &parts);
        }
        let most = steps / self.lanes.clamp(1, lanes);
        let expected = format!("1 to {most} (at most {steps} over all lanes)");
        needs.that((1..=most).contains(&self.steps), "steps", &self.steps, &expected);
        needs.that((1..=epochs).contains(&self.epochs), "epochs", &self.epochs, &format!("1 to {epochs}"));
        let batch = self.batch();
        needs.that(
            batch == 0 || (1..=batch).contains(&self.minibatches),
            "minibatches",
            &self.minibatches,
            &format!("1 to lanes × steps = {batch}"),
        );
        needs.float("lr", self.lr, 0.0, 1.0, true);
        needs.float("entropy", self.entropy, 0.0, 10.0, false);
        needs.float("gamma", self.gamma, 0.0, 1.0, false);
        needs.float("lambda", self.lambda, 0.0, 1.0, false);
        needs.float("clip", self.clip, 0.0, 1.0, true);
        needs.float("value", self.value, 0.0, 100.0, false);
        needs.float("l2", self.l2, 0.0, 1.0, false);
        needs.float("cue_dropout", self.cue_dropout, 0.0, 0.9, false);
        needs.float("grad_norm", self.grad_norm, 0.0, 1e6, true);
        needs.float("adam_eps", self.adam_eps, 0.0, 1.0, true);
        needs.that(
            (1..=1_000_000_000_000).contains(&self.frames),
            "frames",
            &self.frames,
            "1 to 1000000000000 environment steps",
        );
        if let Some(curriculum) = &self.curriculum {
            curriculum.check(self.lanes, &mut needs);
        }
        let mut found = needs.0;
        if let Some((path, message)) = self.view.flaw() {
            found.push(RangeError { path: format!("view.{path}"), message });
        }
        if !self.conv.is_empty() && matches!(self.view, ViewKind::Ego | ViewKind::Blind) {
            let message =
                "a view in which cells have no places for `conv`, expected `grid`, `window` or `rgb`".to_owned();
            found.push(RangeError { path: "view".into(), message });
        }
        if self.view.is_dense() && self.conv.is_empty() && self.first_layer == FirstLayer::IndexSum {
            let message = "`index-sum` for a view in pixels, which are not 0 or 1, expected `dense`".to_owned();
            found.push(RangeError { path: "first_layer".into(), message });
        }
        found
    }

    /// Steps that one update learns from: lanes × steps.
    #[must_use]
    pub const fn batch(&self) -> usize {
        self.lanes.saturating_mul(self.steps)
    }

    /// One pass over `order`, in its minibatches.
    pub(crate) fn pass<'a>(&self, order: &'a [u32]) -> impl Iterator<Item = &'a [u32]> + use<'a> {
        let (all, parts) = (order.len(), self.minibatches);
        (0..parts).map(move |part| &order[part * all / parts..(part + 1) * all / parts])
    }

    /// Environment steps that one update takes: as many again where unlabelled levels are looked at.
    #[must_use]
    pub const fn frames_an_update(&self) -> u64 {
        let rollouts = if matches!(self.algorithm, Algorithm::Divdis(_)) { 2 } else { 1 };
        self.batch() as u64 * rollouts
    }

    /// Optimiser steps that one update takes.
    #[must_use]
    pub const fn steps_an_update(&self) -> u64 {
        match self.algorithm {
            Algorithm::Dqn(dqn) => dqn.updates as u64,
            _ => (self.epochs * self.minibatches) as u64,
        }
    }

    /// Updates until `frames` are reached; under a curriculum there are fewer, as not every rollout makes one.
    #[must_use]
    pub const fn updates(&self) -> u64 {
        self.frames.div_ceil(self.frames_an_update())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_in_range_and_round_trip() {
        let config = AgentConfig::default();
        assert_eq!(config.check(), []);
        assert_eq!(toml::from_str::<AgentConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
        assert_eq!(toml::from_str::<AgentConfig>("").unwrap(), config);
        assert_eq!(config.updates(), 74);
    }

    #[test]
    fn every_range_error_is_reported_at_once() {
        let text = "hidden = [64, 0]\nlanes = 0\nsteps = 99999999\nlr = nan\ngamma = 1.5\nadam_eps = 0.0\nframes = 0";
        let bad: AgentConfig = toml::from_str(text).unwrap();
        let paths: Vec<String> = bad.check().into_iter().map(|error| error.path).collect();
        assert_eq!(paths, ["hidden[1]", "lanes", "steps", "lr", "gamma", "adam_eps", "frames"]);
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(
            toml::from_str::<AgentConfig>("learning_rate = 1e-3").unwrap_err().to_string().contains("learning_rate")
        );
    }
}
