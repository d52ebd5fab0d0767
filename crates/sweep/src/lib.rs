//! Suites, cells and their execution.
//!
//! A [`suite`] file resolves to a [`plan`]: a list of jobs, each a pure function of its
//! [`inputs`], whose digest is where its result is kept. [`run`] does the missing ones in child
//! processes, [`child`] is what such a process does. The run's documents are in [`folder`].

pub mod cell;
pub mod child;
pub mod config;
pub mod curriculum;
pub mod demos;
pub mod editor;
pub mod episodes;
pub mod exhibits;
pub mod external;
pub mod folder;
mod group;
pub mod inputs;
mod load;
pub mod log;
pub mod machine;
pub mod manifest;
pub mod plan;
mod resolve;
pub mod run;
pub mod scalars;
mod shifts;
pub mod suite;
pub mod summarize;
mod tail;
pub mod teaching;
pub mod train;
mod watch;
