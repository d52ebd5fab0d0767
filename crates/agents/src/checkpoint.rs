//! Checkpoints: tensors as safetensors and everything else as JSON, both as bytes.
//!
//! Nothing here trusts its input. The gate looks at sizes, names, shapes and values before a net is made of them.

use crate::adam::Adam;
use crate::config::AgentConfig;
use crate::device;
use crate::learner::{DEVICE_CHECKED, Learner, Progress, net_spec};
use crate::net::{Net, NetSpec};
use crate::state::{Kind, State, Stored, floats_in, floats_out};
use crate::version::AGENT_CODE_VERSION;
use crate::view::{ObsShape, View};
use misgen_core::VecEnv;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

/// Form of the files; raised when a reader of the old one would fail.
const SCHEMA_VERSION: u32 = 2;
/// What the files hold.
const KIND: &str = "agent";
/// Largest file of tensors in bytes.
const MAX_MODEL: usize = 256_000_000;
/// Largest header of such a file in bytes.
const MAX_HEADER: u64 = 1_000_000;
/// More updates than any training has.
const MAX_UPDATES: u64 = 1_000_000_000_000;
/// Largest JSON in bytes: it holds the state of every lane.
const MAX_CONFIG: usize = 64_000_000;

/// An agent as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// `model.safetensors`: parameters by name and, where training can go on, `adam.first.NAME` and `adam.second.NAME`.
    pub model: Vec<u8>,
    /// `config.json`: settings, observations and, where training can go on, counters, streams and lanes.
    pub config: Vec<u8>,
}

/// Why bytes are not a usable checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// A file is larger than any that this program writes.
    #[error("checkpoint: {what} of {found} bytes, at most {most} are read")]
    TooLarge {
        /// `model`, `header` or `config`.
        what: &'static str,
        /// Its size.
        found: u64,
        /// The limit.
        most: u64,
    },
    /// The JSON does not say what an agent's does.
    #[error("checkpoint config: {0}")]
    Config(String),
    /// The bytes are not in the safetensors format.
    #[error("checkpoint model: {0}")]
    Format(String),
    /// A tensor is missing, superfluous, or of another shape or type.
    #[error("checkpoint tensor `{name}`: {found}, expected {expected}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// What is there.
        found: String,
        /// What the settings call for.
        expected: String,
    },
    /// A tensor holds NaN or an infinity.
    #[error("checkpoint tensor `{name}`: element {index} is not finite")]
    NotFinite {
        /// Name of the tensor.
        name: String,
        /// Its first bad element.
        index: usize,
    },
    /// Training cannot go on from this checkpoint.
    #[error("cannot resume: {0}")]
    Resume(String),
}

/// On-disk form of `config.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema_version: u32,
    agent_code_version: u32,
    kind: String,
    settings: AgentConfig,
    observations: ObsShape,
    /// Which of several policies plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<usize>,
    /// Absent in a checkpoint for inference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    training: Option<Training>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Training {
    progress: Progress,
    adam_steps: u64,
    lanes: String,
}

/// The parts of a checkpoint that play needs.
pub(crate) struct Model {
    pub(crate) config: AgentConfig,
    pub(crate) shape: ObsShape,
    pub(crate) spec: NetSpec,
    pub(crate) values: Vec<Vec<f32>>,
    pub(crate) chosen: Option<usize>,
}

impl Learner {
    /// Everything that going on exactly here needs, `env`'s lanes included.
    #[must_use]
    pub fn save(&self, env: &dyn VecEnv) -> Checkpoint {
        let training = Training { progress: self.progress.clone(), adam_steps: self.adam.step, lanes: env.save() };
        self.checkpoint(Some(training))
    }

    /// The agent alone, for play: no moments, no counters, no lanes.
    #[must_use]
    pub fn export(&self) -> Checkpoint {
        self.checkpoint(None)
    }

    fn checkpoint(&self, training: Option<Training>) -> Checkpoint {
        let spec = self.net.spec();
        let mut bytes: Vec<Vec<u8>> = self.net.values().iter().map(|values| floats_out(values)).collect();
        let mut kinds = parameters(spec, training.is_some());
        if training.is_some() {
            for k in 0..2 {
                bytes.extend(self.adam.moments.iter().map(|moments| floats_out(&moments[k])));
            }
            kinds.extend(State::kinds(&self.config, &self.shape, &spec.params(), self.progress.frames));
            bytes.extend(self.state.bytes());
        }
        let views = kinds.iter().zip(&bytes).map(|(kind, bytes)| {
            let view = TensorView::new(kind.dtype, kind.shape.clone(), bytes);
            (&kind.name, view.expect("a tensor has the size of its kind"))
        });
        let saved = Saved {
            schema_version: SCHEMA_VERSION,
            agent_code_version: AGENT_CODE_VERSION,
            kind: KIND.into(),
            settings: self.config.clone(),
            observations: self.shape.clone(),
            chosen: self.progress.chosen,
            training,
        };
        Checkpoint {
            model: safetensors::serialize(views, None).expect("names are distinct"),
            config: serde_json::to_vec_pretty(&saved).expect("settings are plain data"),
        }
    }

    /// Goes on exactly where [`Learner::save`] was called, with an environment over the same pool.
    ///
    /// # Errors
    /// When the checkpoint is damaged, was made for play only or by other learning code, or belongs to another environment.
    ///
    /// # Panics
    /// When the environment does not pass [`crate::check_device`].
    pub fn resume(checkpoint: &Checkpoint, env: &mut dyn VecEnv) -> Result<Self, CheckpointError> {
        let (saved, spec) = read_config(&checkpoint.config)?;
        let Some(training) = saved.training else {
            return Err(CheckpointError::Resume("this checkpoint was made for play only".into()));
        };
        if saved.agent_code_version != AGENT_CODE_VERSION {
            let found = saved.agent_code_version;
            let reason = format!("made by learning code {found}, this is {AGENT_CODE_VERSION}");
            return Err(CheckpointError::Resume(reason));
        }
        let lanes = saved.settings.lanes;
        if [env.lanes(), training.progress.rngs.len(), training.progress.episodes.lanes()] != [lanes; 3] {
            return Err(CheckpointError::Resume(format!("{} lanes, expected {lanes}", env.lanes())));
        }
        // Counters that do not fit together are of no training; those that do stay far from their ends.
        let Progress { updates, frames, .. } = training.progress;
        // Under a curriculum there are rollouts that are not learned from.
        if training.progress.course.is_some() != saved.settings.curriculum.is_some() {
            return Err(CheckpointError::Resume("settings and progress differ in having a curriculum".into()));
        }
        let rollouts = training.progress.course.as_ref().map_or(updates, |course| course.rollouts);
        let steps = updates.checked_mul(saved.settings.steps_an_update());
        let played = rollouts.checked_mul(saved.settings.frames_an_update());
        if rollouts > MAX_UPDATES || updates > rollouts || played != Some(frames) || steps != Some(training.adam_steps)
        {
            let reason = format!("{updates} updates, {frames} frames and {} optimiser steps", training.adam_steps);
            return Err(CheckpointError::Resume(format!("{reason} do not fit together")));
        }
        if !saved.observations.matches(env.view().spec) {
            return Err(CheckpointError::Resume("the environment's observations have another shape".into()));
        }
        let net_params = spec.params();
        let parameters = parameters(&spec, true);
        let (n, mut kinds) = (parameters.len() / 3, parameters);
        kinds.extend(State::kinds(&saved.settings, &saved.observations, &net_params, frames));
        let mut tensors = read_model(&checkpoint.model, &kinds)?;
        let state = tensors.split_off(3 * n);
        let mut values: Vec<Vec<f32>> = tensors.iter().map(|stored| floats_in(&stored.bytes)).collect();
        let state =
            State::read(&saved.settings, &saved.observations, frames, state).map_err(CheckpointError::Resume)?;
        env.load(&training.lanes).map_err(CheckpointError::Resume)?;
        let second = values.split_off(2 * n);
        let first = values.split_off(n);
        let net = Net::on(&device::open().expect(DEVICE_CHECKED), spec, values);
        let AgentConfig { lr, adam_eps, grad_norm, l2, .. } = saved.settings;
        let mut adam = Adam::new(net.params(), lr, adam_eps, grad_norm, l2);
        adam.step = training.adam_steps;
        adam.moments = first.into_iter().zip(second).map(|(m, v)| [m, v]).collect();
        Ok(Self::assemble(saved.settings, saved.observations, net, adam, training.progress, state))
    }
}

impl Model {
    /// Reads what play needs from either kind of checkpoint.
    pub(crate) fn read(checkpoint: &Checkpoint) -> Result<Self, CheckpointError> {
        let (saved, spec) = read_config(&checkpoint.config)?;
        let mut kinds = parameters(&spec, saved.training.is_some());
        let n = spec.params().len();
        if let Some(training) = &saved.training {
            let frames = training.progress.frames;
            kinds.extend(State::kinds(&saved.settings, &saved.observations, &spec.params(), frames));
        }
        let tensors = read_model(&checkpoint.model, &kinds)?;
        let values = tensors[..n].iter().map(|stored| floats_in(&stored.bytes)).collect();
        Ok(Self { config: saved.settings, shape: saved.observations, spec, values, chosen: saved.chosen })
    }
}

/// The tensors of a net's parameters and, where training can go on, of their moments.
fn parameters(spec: &NetSpec, moments: bool) -> Vec<Kind> {
    let params = spec.params();
    let all = |prefix: &str| {
        let kind = |(name, shape): &(String, Vec<usize>)| Kind::new(format!("{prefix}{name}"), Dtype::F32, shape);
        params.iter().map(kind).collect::<Vec<_>>()
    };
    let mut kinds = all("");
    for prefix in ["adam.first.", "adam.second."].iter().filter(|_| moments) {
        kinds.extend(all(prefix));
    }
    kinds
}

fn read_config(bytes: &[u8]) -> Result<(Saved, NetSpec), CheckpointError> {
    at_most("config", bytes.len() as u64, MAX_CONFIG as u64)?;
    let saved: Saved = serde_json::from_slice(bytes).map_err(|error| CheckpointError::Config(error.to_string()))?;
    if (saved.schema_version, saved.kind.as_str()) != (SCHEMA_VERSION, KIND) {
        let found = format!("schema_version {} of kind `{}`", saved.schema_version, saved.kind);
        return Err(CheckpointError::Config(format!("{found}, expected {SCHEMA_VERSION} of kind `{KIND}`")));
    }
    if let Some(error) = saved.settings.check().first() {
        return Err(CheckpointError::Config(format!("settings.{}: {}", error.path, error.message)));
    }
    View::check(saved.settings.view, &saved.observations)
        .map_err(|reason| CheckpointError::Config(format!("observations: {reason}")))?;
    let policies = saved.settings.algorithm.policies();
    if saved.chosen.is_some() != (policies > 1) || saved.chosen.is_some_and(|chosen| chosen >= policies) {
        let found = format!("chosen: {:?}, expected one of {policies} policies where there are several", saved.chosen);
        return Err(CheckpointError::Config(found));
    }
    let spec = net_spec(&saved.settings, &saved.observations);
    Ok((saved, spec))
}

fn at_most(what: &'static str, found: u64, most: u64) -> Result<(), CheckpointError> {
    if found > most { Err(CheckpointError::TooLarge { what, found, most }) } else { Ok(()) }
}

/// The gate before safetensors: size, header size, then names, types, shapes and finite values,
/// in the order of `expected`.
fn read_model(bytes: &[u8], expected: &[Kind]) -> Result<Vec<Stored>, CheckpointError> {
    at_most("model", bytes.len() as u64, MAX_MODEL as u64)?;
    let Some(header) = bytes.first_chunk().map(|length| u64::from_le_bytes(*length)) else {
        return Err(CheckpointError::Format(format!("{} bytes, expected at least 8", bytes.len())));
    };
    at_most("header", header, MAX_HEADER)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| CheckpointError::Format(error.to_string()))?;
    let wrong = |name: &str, found: String, expected: String| {
        Err(CheckpointError::Tensor { name: name.chars().take(80).collect(), found, expected })
    };
    if let Some(name) = tensors.names().into_iter().find(|name| expected.iter().all(|kind| kind.name != *name)) {
        return wrong(name, "superfluous".into(), format!("{} tensors of other names", expected.len()));
    }
    let mut values = Vec::with_capacity(expected.len());
    for kind in expected {
        let Kind { name, dtype, shape } = kind;
        let wanted = || format!("{dtype:?} {shape:?}");
        let Ok(tensor) = tensors.tensor(name) else {
            return wrong(name, "missing".into(), wanted());
        };
        if tensor.dtype() != *dtype || tensor.shape() != shape {
            return wrong(name, format!("{:?} {:?}", tensor.dtype(), tensor.shape()), wanted());
        }
        let bytes = tensor.data().to_vec();
        if *dtype == Dtype::F32
            && let Some(index) = floats_in(&bytes).iter().position(|x| !x.is_finite())
        {
            return Err(CheckpointError::NotFinite { name: name.clone(), index });
        }
        values.push(Stored { bytes });
    }
    Ok(values)
}
