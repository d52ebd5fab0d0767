//! What a reader gets from a summary, a family's declarations and an observation.

mod families;
mod fixture;
mod levels;
mod page;
mod terminal;
