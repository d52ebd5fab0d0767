//! Locks that the kernel holds: the death of their owner frees them.
//!
//! There is no pid file and no timeout. The lock file stays where it is after use:
//! removing it would let two processes hold "the" lock on two different files. Where
//! somebody removes it all the same, whoever takes the lock next notices and takes it on
//! the new file, and whoever held it notices before publishing.

use std::io;

/// A lock as an [`Fs`](crate::Fs) holds it; dropping it releases the lock.
pub trait Held: Send {
    /// Whether the lock file still lies where it was locked, so that others wait for this lock.
    ///
    /// # Errors
    /// As the system reports.
    fn is_current(&self) -> io::Result<bool>;
}

/// A lock that is held until the guard is dropped or the process ends, however it ends.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct Guard {
    held: Box<dyn Held>,
}

impl Guard {
    pub(crate) fn new(held: Box<dyn Held>) -> Self {
        Self { held }
    }

    pub(crate) fn is_current(&self) -> io::Result<bool> {
        self.held.is_current()
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}
