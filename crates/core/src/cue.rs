//! Cues, the events they are made of, and the kinds of families.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened in one step: bit k says that the family's event k did, at most once a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Events(pub u16);

impl Events {
    /// Nothing happened.
    pub const NONE: Self = Self(0);

    /// Event `k` alone.
    #[must_use]
    pub const fn one(k: u8) -> Self {
        Self(1 << k)
    }

    /// Event `k` alone when `happened`, else nothing.
    #[must_use]
    pub const fn when(happened: bool, k: u8) -> Self {
        Self((happened as u16) << k)
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether some event is in both sets.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing happened.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How proxy and goal belong together in a family: decides which controls and metrics apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// On every aligned level obtaining the proxy first costs the goal nothing.
    Coincident,
    /// The proxy is a means to the goal or a cheap stand-in for it.
    Instrumental,
    /// Which cue pays depends on a visible flag.
    Gated,
    /// The training reward is not the goal's.
    Misspecified,
    /// No episodes: the world is its own shift.
    Continuing,
}

impl Kind {
    /// The word for it in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coincident => "coincident",
            Self::Instrumental => "instrumental",
            Self::Gated => "gated",
            Self::Misspecified => "misspecified",
            Self::Continuing => "continuing",
        }
    }
}

/// One thing that an agent could pursue. Cue 0 of a family is its goal, every other one a proxy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cue {
    /// Short name, `[a-z][a-z0-9-]*`.
    pub name: &'static str,
    /// What pursuing it means, completing "the agent chose to ...".
    pub means: &'static str,
    /// Reward for each event bit.
    pub reward: &'static [(u8, f32)],
    /// The events that obtain it, where they are not simply those that it rewards.
    pub decides: &'static [u8],
}

impl Cue {
    /// A cue that is obtained by the events that it rewards.
    #[must_use]
    pub const fn new(name: &'static str, means: &'static str, reward: &'static [(u8, f32)]) -> Self {
        Self { name, means, reward, decides: &[] }
    }

    /// The same, obtained by `events` whatever they are worth: what the outcome of an episode is decided by.
    #[must_use]
    pub const fn decided_by(mut self, events: &'static [u8]) -> Self {
        self.decides = events;
        self
    }

    /// The events that obtain this cue: those declared, else those that it rewards.
    #[must_use]
    pub fn events(&self) -> Events {
        if !self.decides.is_empty() {
            return self.decides.iter().fold(Events::NONE, |all, k| all.and(Events::one(*k)));
        }
        self.reward.iter().filter(|(_, w)| *w > 0.0).fold(Events::NONE, |all, (k, _)| all.and(Events::one(*k)))
    }

    /// Its reward as a function of a step's events.
    #[must_use]
    pub fn reward(&self) -> Reward {
        Reward::new(self.reward)
    }
}

/// A reward: one weight for each event bit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reward(pub [f32; 16]);

impl Reward {
    /// From (event bit, weight) pairs.
    #[must_use]
    pub fn new(weights: &[(u8, f32)]) -> Self {
        let mut all = [0.0; 16];
        for &(k, w) in weights {
            all[k as usize] += w;
        }
        Self(all)
    }

    /// The reward of one step.
    #[must_use]
    pub fn of(&self, events: Events) -> f32 {
        let mut left = events.0;
        let mut sum = 0.0;
        while left != 0 {
            sum += self.0[left.trailing_zeros() as usize];
            left &= left - 1;
        }
        sum
    }

    /// The same reward with its sign turned.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self(self.0.map(|w| -w))
    }
}
