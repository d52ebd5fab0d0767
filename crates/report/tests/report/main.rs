//! What a reader gets from a summary, a family's declarations and an observation.

mod families;
mod fixture;
mod inert;
mod levels;
mod page;
mod terminal;
