//! Vocabulary of misgen: keyed randomness, cues and ties, laws and shifts, the
//! [`Family`] trait, level pools, batched environments and the [`Policy`] trait.
//!
//! This crate performs no I/O, reads no clock, starts no thread, and knows no family
//! and no agent by name. Everything in it is a pure function of its arguments.

mod ascii;
mod batch;
mod cue;
mod demonstrate;
mod erased;
mod family;
mod graph;
mod id;
mod law;
mod level;
mod level_text;
mod nearest;
mod noise;
mod observe;
mod place;
mod policy;
mod pool;
mod rng;
mod shift;
mod site;
mod tie;
mod tile;
mod walk;

pub use ascii::stacked;
pub use batch::{Batch, Ended, LevelPlan, StepView, VecEnv};
pub use cue::{Cue, Events, Kind, Reward};
pub use demonstrate::{Demonstrator, one_of};
pub use erased::{AnyFamily, FamilySpec, NoSuchVersion, Of, Registry};
pub use family::{Family, KnobError, Knobs, MOVES, STAY, SourceRule, Step};
pub use graph::{Edge, Graph, TooLarge};
pub use id::IdError;
pub use law::{Law, LawError, LawRow, NamedLaw};
pub use level::{LevelKey, Split};
pub use level_text::{LevelError, LevelFile, LevelText};
pub use nearest::{did_you_mean, nearest};
pub use noise::Noise;
pub use observe::{CellBits, Channel, Layer, ObsSpec, Rgb};
pub use place::agent_cell;
pub use policy::{Decisions, Policy, PolicyError, Said, first_largest};
pub use pool::{GenerateError, MAX_TRIES, Pool, TypedPool};
pub use rng::Rng;
pub use shift::{KnobValue, Ladder, Role, Shift, ShiftSpec};
pub use site::Site;
pub use tie::{MAX_PROXIES, Tie, Ties};
pub use tile::{Colors, Look, MAX_TILE, Tiles};
pub use walk::{Advice, Walk, discounted};
