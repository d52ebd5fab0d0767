//! The environment families, one file each, and the registry that lists them.
//!
//! A family generates levels and says what a step does; it knows nothing of agents, of who
//! enforces the step limit, or of how often a tie is broken. [`doorway`], [`bright`] and
//! [`corner`] are coincident, [`keys_chests`] and [`monsters`] are instrumental, [`forest`] is continuing.

pub mod bright;
pub mod corner;
pub mod doorway;
pub mod forest;
pub mod grid;
pub mod keys_chests;
pub mod map;
pub mod monsters;
pub mod palette;
pub mod walls;

use misgen_core::{Of, Registry};

/// The families of misgen itself.
pub static REGISTRY: Registry = Registry(&[
    &Of::<doorway::Doorway>::NEW,
    &Of::<bright::Bright>::NEW,
    &Of::<corner::Corner>::NEW,
    &Of::<keys_chests::KeysChests>::NEW,
    &Of::<monsters::Monsters>::NEW,
    &Of::<forest::Forest>::NEW,
]);
