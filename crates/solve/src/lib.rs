//! Exact planning from a family's own step function.
//!
//! Everything here works on a [`misgen_core::Graph`], the states that a level's own `step`
//! can reach, and averages over its declared noise: pursuers ([`pursue`]), exact values of any
//! law of play ([`evaluate`]), distances, screening of conflict levels, and scripted players.
//! Nothing knows a family or an agent by name.

mod book;
mod distance;
mod evaluate;
mod guide;
mod planned;
mod playbook;
mod player;
mod process;
mod pursue;
mod reach;
mod screen;
mod scripted;
mod soft;
mod values;

pub use book::Book;
pub use distance::{Ends, distance, distance_via};
pub use evaluate::{Exact, Finish, evaluate, evaluate_in, uniform, uniform_in, uniform_values};
pub use guide::Guide;
pub use planned::{Planned, ROLLOUTS};
pub use playbook::Playbook;
pub use player::Player;
pub use process::{Process, deciding_events, stop_events};
pub use pursue::{ActionSet, Pursuit, TOLERANCE, pursue, pursue_in};
pub use reach::Reach;
pub use screen::{Ambiguity, MIN_GAP, Nearer, Refusal, Screened, ambiguity, balanced, screen};
pub use scripted::{Behaviour, SCRIPTS, Script, ScriptError, draw_part};
pub use soft::{Visits, soft_scores};
pub use values::{LevelValues, SampledValues, level_values};
