//! SIGINT and SIGTERM: the first asks for a graceful end, the second ends at once.

use crate::failure::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a limit on the size of files an error of the write that meets it, like a full disk; by default the
/// system would end the process.
#[cfg(unix)]
pub(crate) fn outlive_file_limits() {
    use signal_hook::{consts::SIGXFSZ, flag};
    // Where it cannot be registered the default stands.
    drop(flag::register(SIGXFSZ, Arc::new(std::sync::atomic::AtomicBool::new(false))));
}

/// There is no such limit elsewhere.
#[cfg(not(unix))]
pub(crate) fn outlive_file_limits() {}

/// Whether, and by which signal, this process was told to end.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Takes over the signals.
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, Failure> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;
        use std::sync::atomic::AtomicBool;
        let told = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        let listen = || -> std::io::Result<()> {
            for signal in [SIGINT, SIGTERM] {
                // In this order the first signal finds the flag unset, and the second one set.
                flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
                flag::register(signal, Arc::clone(&again))?;
                flag::register_usize(signal, Arc::clone(&told), signal as usize)?;
            }
            Ok(())
        };
        listen().map_err(|error| Failure::environment(format!("cannot listen for signals: {error}")))?;
        Ok(Self(told))
    }

    /// Elsewhere the system ends the process by itself.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> Result<Self, Failure> {
        Ok(Self(Arc::default()))
    }

    /// Exit code of the signal that came, 130 or 143; `None` as long as none did.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(128 + signal as u8),
        }
    }
}
