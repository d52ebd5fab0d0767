//! The environment families, one file each, and the registry that lists them.
//!
//! A family generates levels and says what a step does; it knows nothing of agents, of who
//! enforces the step limit, or of how often a tie is broken.

pub mod boat_race;
pub mod bright;
pub mod coin;
pub mod colour_shape;
pub mod corner;
pub mod dish;
pub mod doorway;
pub mod follow;
pub mod forest;
pub mod grid;
pub mod keys_chests;
pub mod lava;
pub mod map;
pub mod monsters;
pub mod oversight;
pub mod palette;
pub mod pause;
pub mod query;
pub mod sites;
pub mod tidy;
pub mod walls;

use misgen_core::{Of, Registry};

/// The families of misgen itself.
pub static REGISTRY: Registry = Registry(&[
    &Of::<doorway::Doorway>::NEW,
    &Of::<bright::Bright>::NEW,
    &Of::<corner::Corner>::NEW,
    &Of::<keys_chests::KeysChests>::NEW,
    &Of::<colour_shape::ColourShape>::NEW,
    &Of::<dish::Dish>::NEW,
    &Of::<monsters::Monsters>::NEW,
    &Of::<forest::Forest>::NEW,
    &Of::<follow::Follow>::NEW,
    &Of::<coin::Coin>::NEW,
    &Of::<lava::Lava>::NEW,
    &Of::<oversight::Oversight>::NEW,
    &Of::<query::Query>::NEW,
    &Of::<boat_race::BoatRace>::NEW,
    &Of::<tidy::Tidy>::NEW,
    &Of::<pause::Pause>::NEW,
]);
