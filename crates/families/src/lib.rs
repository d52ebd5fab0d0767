//! The environment families, one file each, and the registry that lists them.
//!
//! A family generates levels and says what a step does; it knows nothing of agents, of who
//! enforces the step limit, or of how often a tie is broken. [`doorway`], [`bright`],
//! [`corner`] and [`coin`] are coincident, [`keys_chests`] is instrumental.

pub mod bright;
pub mod coin;
pub mod corner;
pub mod doorway;
pub mod grid;
pub mod keys_chests;
pub mod map;
pub mod palette;
pub mod walls;

use misgen_core::{Of, Registry};

/// The families of misgen itself.
pub static REGISTRY: Registry = Registry(&[
    &Of::<doorway::Doorway>::NEW,
    &Of::<bright::Bright>::NEW,
    &Of::<corner::Corner>::NEW,
    &Of::<keys_chests::KeysChests>::NEW,
    &Of::<coin::Coin>::NEW,
]);
