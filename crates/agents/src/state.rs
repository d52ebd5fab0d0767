//! What an algorithm remembers besides weights and moments: tensors of a checkpoint from which training goes on.

use crate::config::{AgentConfig, Algorithm};
use crate::dqn::Replay;
use crate::imitation::Seen;
use crate::net::Net;
use crate::view::ObsShape;
use safetensors::Dtype;

/// A tensor as it is stored: little-endian numbers, row by row.
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
}

/// Name, type and shape of a stored tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
}

impl Kind {
    pub(crate) fn new(name: impl Into<String>, dtype: Dtype, shape: &[usize]) -> Self {
        Self { name: name.into(), dtype, shape: shape.to_vec() }
    }
}

/// What an algorithm remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// What a recurrent net remembers of each lane, `[lanes * units]`; nothing in other nets.
    Memory(Vec<f32>),
    /// Steps to learn from again, and the target net.
    Replay(Box<Replay>),
    /// Steps with what the best play would have done.
    Seen(Seen),
}

impl State {
    /// What training begins with.
    pub(crate) fn fresh(config: &AgentConfig, shape: &ObsShape, net: &Net) -> Self {
        match config.algorithm {
            Algorithm::Dqn(dqn) => Self::Replay(Box::new(Replay::new(dqn.replay, shape.bytes(), net.values()))),
            Algorithm::Dagger(dagger) => Self::Seen(Seen::new(dagger.aggregate, shape.bytes())),
            Algorithm::Ppo | Algorithm::BehaviourCloning(_) | Algorithm::Divdis(_) => {
                Self::Memory(vec![0.0; config.lanes * config.gru.unwrap_or(0)])
            }
        }
    }

    /// The tensors that a checkpoint of a training after `frames` steps holds, in order.
    pub(crate) fn kinds(
        config: &AgentConfig,
        shape: &ObsShape,
        net: &[(String, Vec<usize>)],
        frames: u64,
    ) -> Vec<Kind> {
        match (config.algorithm, config.gru) {
            (Algorithm::Dqn(dqn), _) => Replay::kinds(dqn.replay, shape.bytes(), net, frames),
            (Algorithm::Dagger(dagger), _) => Seen::kinds(dagger.aggregate, shape.bytes(), frames),
            (_, Some(units)) => vec![Kind::new("memory", Dtype::F32, &[config.lanes, units])],
            (_, None) => Vec::new(),
        }
    }

    /// The tensors' numbers, in the order of [`State::kinds`].
    pub(crate) fn bytes(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Memory(memory) if memory.is_empty() => Vec::new(),
            Self::Memory(memory) => vec![floats_out(memory)],
            Self::Replay(replay) => replay.bytes(),
            Self::Seen(seen) => seen.bytes(),
        }
    }

    /// The state whose tensors these are, after `frames` steps.
    ///
    /// # Errors
    /// Names what no training remembers.
    pub(crate) fn read(
        config: &AgentConfig,
        shape: &ObsShape,
        frames: u64,
        mut tensors: Vec<Stored>,
    ) -> Result<Self, String> {
        match config.algorithm {
            Algorithm::Dqn(dqn) => {
                Ok(Self::Replay(Box::new(Replay::read(dqn.replay, shape.bytes(), shape.actions, frames, tensors)?)))
            }
            Algorithm::Dagger(dagger) => {
                Ok(Self::Seen(Seen::read(dagger.aggregate, shape.bytes(), shape.actions, frames, tensors)?))
            }
            Algorithm::Ppo | Algorithm::BehaviourCloning(_) | Algorithm::Divdis(_) => {
                Ok(Self::Memory(tensors.pop().map_or_else(Vec::new, |stored| floats_in(&stored.bytes))))
            }
        }
    }
}

/// A ring of so many places, filled one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    capacity: usize,
    written: u64,
}

impl Ring {
    pub(crate) const fn new(capacity: usize, written: u64) -> Self {
        Self { capacity, written }
    }

    /// The next place.
    pub(crate) const fn next(&mut self) -> usize {
        let place = (self.written % self.capacity as u64) as usize;
        self.written += 1;
        place
    }

    /// Places that are filled.
    pub(crate) const fn len(&self) -> usize {
        if self.written < self.capacity as u64 { self.written as usize } else { self.capacity }
    }
}

/// Writes `values` at place `at` of a list of such rows, which ends there at the latest.
pub(crate) fn put<T: Copy>(list: &mut Vec<T>, at: usize, values: &[T]) {
    let from = at * values.len();
    match list.get_mut(from..from + values.len()) {
        Some(old) => old.copy_from_slice(values),
        None => list.extend_from_slice(values),
    }
}

pub(crate) fn floats_out(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

pub(crate) fn floats_in(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect()
}

pub(crate) fn levels_out(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

pub(crate) fn levels_in(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect()
}
