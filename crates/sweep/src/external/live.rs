//! The process groups of all programs that run, so that a process that has to end at once takes them along.

use crate::group::{kill, kill_number, own_group};
use std::collections::BTreeSet;
use std::io::{Error, ErrorKind};
use std::process::{Child, Command, ExitStatus};
use std::sync::Mutex;

struct Live {
    groups: BTreeSet<u32>,
    /// Whether no other may be started.
    closed: bool,
}

static LIVE: Mutex<Live> = Mutex::new(Live { groups: BTreeSet::new(), closed: false });

/// Starts a program in a group of its own.
pub(super) fn start(command: &mut Command) -> Result<Child, Error> {
    own_group(command);
    // Held while it starts, so that none is missed.
    let mut live = LIVE.lock().expect("nobody panics who holds it");
    if live.closed {
        return Err(Error::new(ErrorKind::Interrupted, "this process is about to end"));
    }
    let child = command.spawn()?;
    live.groups.insert(child.id());
    Ok(child)
}

/// Kills the group of a program, and waits for it.
pub(super) fn end(child: &mut Child) -> Option<ExitStatus> {
    // Until it has been waited for, its number is its own.
    let mut live = LIVE.lock().expect("nobody panics who holds it");
    kill(child);
    let status = child.wait().ok();
    live.groups.remove(&child.id());
    status
}

/// Kills every program that runs, and lets no other start: for a process that ends without unwinding.
pub fn end_all() {
    if let Ok(mut live) = LIVE.lock() {
        live.closed = true;
        live.groups.iter().for_each(|group| kill_number(*group));
    }
}
