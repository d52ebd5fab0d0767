//! Process groups: a child leads one of its own, and is ended with whatever it started.

use std::process::{Child, Command};

/// Makes a child lead a group of its own. A terminal's Ctrl-C goes to the foreground group: the parent decides what becomes of
/// its children.
#[cfg(unix)]
pub(crate) fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
pub(crate) fn own_group(_command: &mut Command) {}

/// Ends a child that was not waited for yet, and what it started: the whole of its group.
#[cfg(unix)]
pub(crate) fn kill(child: &mut Child) {
    // Not waited for yet, so its number is its own. A group that is gone needs no end.
    signal(child, rustix::process::Signal::KILL);
}

#[cfg(not(unix))]
pub(crate) fn kill(child: &mut Child) {
    let _ = child.kill();
}

/// Kills the group of this number.
#[cfg(unix)]
pub(crate) fn kill_number(group: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
pub(crate) fn kill_number(_group: u32) {}

/// Asks a child that was not waited for yet, and what it started, to end.
#[cfg(unix)]
pub(crate) fn ask_to_end(child: &mut Child) {
    signal(child, rustix::process::Signal::TERM);
}

#[cfg(not(unix))]
pub(crate) fn ask_to_end(_child: &mut Child) {}

#[cfg(unix)]
fn signal(child: &Child, signal: rustix::process::Signal) {
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), signal);
}

/// Whether a child has ended. It is not waited for: its number stays its own, so that its group can still be ended.
#[cfg(unix)]
pub(crate) fn has_ended(child: &mut Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(Pid::from_child(child)), look), Ok(None))
}

#[cfg(not(unix))]
pub(crate) fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}
