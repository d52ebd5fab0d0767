//! One file a command.

pub(crate) mod bench;
pub(crate) mod cell;
pub(crate) mod check;
pub(crate) mod eval;
pub(crate) mod info;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod train;
mod world;
