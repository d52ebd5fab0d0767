//! Nets and learners: the only crate that knows candle.
//!
//! Bytes in, bytes out: no files, no clock, no family by name. A [`Learner`] trains on any
//! [`misgen_core::VecEnv`], a [`Checkpoint`] holds it, and a [`NetPolicy`] plays what it learned. One compute
//! thread is the rule: candle reads `RAYON_NUM_THREADS` at each product, so it belongs in the
//! environment of the process.

mod adam;
mod checkpoint;
mod config;
mod curriculum;
mod device;
mod divdis;
mod dqn;
mod eye;
mod imitation;
mod kernel;
mod learner;
mod loss;
mod math;
mod net;
#[cfg(feature = "onnx")]
mod onnx;
mod ops;
pub mod peak;
mod policy;
mod ppo;
mod rollout;
mod state;
mod version;
mod view;

pub use adam::{Adam, Diverged};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{
    AgentConfig, Algorithm, CloningConfig, DaggerConfig, DivDisConfig, DqnConfig, FirstLayer, RangeError,
};
pub use curriculum::{AccelConfig, Curriculum, Estimator, Levels, Optimal, PlrConfig, Ties as EditedTies, replay_law};
pub use device::{DEVICE, DeviceError, asked_gpu, check_device};
pub use kernel::{Activation, kernel_set};
pub use learner::{Learner, Teacher, TrainError, Unlabelled, UpdateStats};
pub use loss::{Coefficients, PpoLoss, Rows, Terms, ppo_loss};
pub use math::exp;
pub use net::{ConvSpec, Frozen, Input, Net, NetSpec, Param, Sequence};
#[cfg(feature = "onnx")]
pub use onnx::{OnnxError, OnnxPolicy};
pub use ops::{Conv, GruSequence, IndexSum, Linear, Scored};
pub use policy::{NetPolicy, Play};
pub use rollout::gae;
pub use version::AGENT_CODE_VERSION;
pub use view::{AGENT, Dense, Features, ObsShape, Palette, RgbView, Sparse, View, ViewKind};
