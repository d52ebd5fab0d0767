//! One file a command.

mod agent;
pub(crate) mod audit;
pub(crate) mod bench;
pub(crate) mod cell;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod eval;
mod eval_file;
pub(crate) mod gate;
mod human;
pub(crate) mod info;
mod learn;
mod level_file;
pub(crate) mod manual;
pub(crate) mod new;
pub(crate) mod play;
pub(crate) mod pool;
pub(crate) mod replicate;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod solve;
pub(crate) mod train;
pub(crate) mod validate;
mod world;
