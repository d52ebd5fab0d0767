//! What a reader gets from a summary, a family's declarations and an observation.

mod compare;
mod exhibits;
mod families;
mod fixture;
mod gate;
mod inert;
mod levels;
mod looks;
mod page;
mod pages;
mod pictures;
mod playbacks;
mod replays;
mod shown;
mod terminal;
