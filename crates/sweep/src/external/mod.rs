//! Agents that are programs: `cmd:PROGRAM ARGS`.
//!
//! A program is started in a process group of its own and asked for actions over its standard input and output, a line of JSON
//! each ([`message`]). Whatever it does, it is ended with its group within the time that an answer may take and a little
//! ([`Fault`] says for what), and everything that it says is checked before it is used ([`answer`]). [`serve`] is the
//! other side: it lets a policy of ours answer.

pub mod answer;
mod fault;
mod line;
mod live;
pub mod message;
mod observation;
mod policy;
mod process;
mod program;
mod serve;

pub use fault::{ExternalError, Fault};
pub use live::end_all;
pub use observation::{observation, unpacked};
pub use policy::{Declared, ExternalAgent, Terms};
pub use process::{Interrupted, Notice};
pub use program::{Program, ProgramError};
pub use serve::{ServeError, Served, serve};
