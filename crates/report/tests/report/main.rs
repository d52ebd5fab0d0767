//! What a reader gets from a summary, a family's declarations and an observation.

mod compare;
mod families;
mod fixture;
mod gate;
mod inert;
mod levels;
mod looks;
mod page;
mod pages;
mod pictures;
mod shown;
mod terminal;
