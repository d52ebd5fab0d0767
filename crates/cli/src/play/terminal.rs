//! The terminal: raw mode and the alternate screen while a game lasts, and the way back whatever happens.

use super::keys::{Key, decode};
use crate::failure::Failure;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};
use std::io::{IsTerminal, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is ours, so that whoever leaves first puts it back once.
static HELD: AtomicBool = AtomicBool::new(false);
/// The hook is laid once.
static HOOK: Once = Once::new();

/// Puts the terminal back as it was.
fn restore() {
    if HELD.swap(false, Ordering::SeqCst) {
        // There is nobody left to tell.
        let _ = execute!(std::io::stdout(), EnableLineWrap, Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

/// The terminal as long as a game lasts; dropping it puts everything back.
pub(super) struct Terminal {
    signals: Signals,
    bytes: Vec<u8>,
}

/// What came in.
pub(super) enum Input {
    Keys(Vec<Key>),
    /// Nothing for a while; the window may have changed.
    Nothing,
    /// Exit code of the signal that came.
    Signal(u8),
    /// The terminal is gone.
    Closed,
}

/// Whether stdin and stdout are terminals.
///
/// # Errors
/// One that says which is not.
pub(super) fn needed() -> Result<(), Failure> {
    let missing = match (std::io::stdin().is_terminal(), std::io::stdout().is_terminal()) {
        (true, true) => return Ok(()),
        (false, true) => "stdin is",
        (true, false) => "stdout is",
        (false, false) => "stdin and stdout are",
    };
    Err(Failure::usage(format!("{missing} not a terminal: `play` needs one for keys and screen (over ssh: `ssh -t`)")))
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::environment(format!("cannot take the terminal: {error}"));
        // The message of a panic has to be written to a terminal that shows it.
        HOOK.call_once(|| {
            let told = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                told(panic);
            }));
        });
        let signals = Signals::listen().map_err(failed)?;
        enable_raw_mode().map_err(failed)?;
        HELD.store(true, Ordering::SeqCst);
        let terminal = Self { signals, bytes: Vec::new() };
        execute!(std::io::stdout(), EnterAlternateScreen, Hide, DisableLineWrap, Clear(ClearType::All))
            .map_err(failed)?;
        Ok(terminal)
    }

    /// Columns and rows; of a terminal that does not say, the usual ones.
    pub(super) fn size() -> (u16, u16) {
        match size() {
            Ok((columns, rows)) if columns > 0 && rows > 0 => (columns, rows),
            _ => (80, 24),
        }
    }

    /// Shows these lines in a window of so many rows, and nothing else.
    pub(super) fn draw(lines: &[String], rows: u16) -> Result<(), Failure> {
        let drawn = || -> std::io::Result<()> {
            let mut out = std::io::stdout().lock();
            queue!(out, BeginSynchronizedUpdate)?;
            for (row, line) in (0..).zip(lines) {
                queue!(out, MoveTo(0, row), Print(line), Clear(ClearType::UntilNewLine))?;
            }
            // A row beyond the window is taken for the last one.
            if let Some(below) = u16::try_from(lines.len()).ok().filter(|below| *below < rows) {
                queue!(out, MoveTo(0, below), Clear(ClearType::FromCursorDown))?;
            }
            queue!(out, EndSynchronizedUpdate)?;
            out.flush()
        };
        drawn().map_err(|error| Failure::environment(format!("cannot write to the terminal: {error}")))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

#[cfg(unix)]
mod system {
    use super::{Input, Key, Terminal, decode};
    use crate::failure::Failure;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, read};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH};
    use signal_hook::flag;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    /// How long one waits for a key before looking at the window again, nanoseconds.
    const TICK: i64 = 100_000_000;
    /// How long the rest of an escape sequence may take, nanoseconds.
    const REST: i64 = 50_000_000;

    /// Which signal told the game to end.
    pub(in super::super) struct Signals(Arc<AtomicUsize>);

    impl Signals {
        pub(super) fn listen() -> std::io::Result<Self> {
            let told = Arc::new(AtomicUsize::new(0));
            for signal in [SIGINT, SIGTERM, SIGHUP] {
                flag::register_usize(signal, Arc::clone(&told), signal as usize)?;
            }
            // Only so that waiting for a key ends when the window changes.
            flag::register(SIGWINCH, Arc::new(AtomicBool::new(false)))?;
            Ok(Self(told))
        }
    }

    /// Whether there is something to read within `wait` nanoseconds.
    fn ready(wait: i64) -> Result<bool, Errno> {
        let stdin = std::io::stdin();
        let mut files = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut files, Some(&Timespec { tv_sec: 0, tv_nsec: wait })) {
            Ok(some) => Ok(some > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error),
        }
    }

    impl Terminal {
        /// Waits a moment for input.
        pub(in super::super) fn wait(&mut self) -> Result<Input, Failure> {
            let signal = self.signals.0.load(Ordering::Relaxed);
            if signal != 0 {
                return Ok(Input::Signal(128 + signal as u8));
            }
            let failed = |error: Errno| Failure::environment(format!("cannot read from the terminal: {error}"));
            let partial = !self.bytes.is_empty();
            if !ready(if partial { REST } else { TICK }).map_err(failed)? {
                let late = decode(&mut self.bytes, partial);
                return Ok(if late.is_empty() { Input::Nothing } else { Input::Keys(late) });
            }
            let mut buffer = [0; 256];
            match read(std::io::stdin(), &mut buffer) {
                Ok(0) | Err(Errno::IO) => Ok(Input::Closed),
                Ok(count) => {
                    self.bytes.extend_from_slice(&buffer[..count]);
                    let keys: Vec<Key> = decode(&mut self.bytes, false);
                    Ok(Input::Keys(keys))
                }
                Err(Errno::INTR | Errno::AGAIN) => Ok(Input::Nothing),
                Err(error) => Err(failed(error)),
            }
        }
    }
}

/// Elsewhere keys cannot be read yet.
#[cfg(not(unix))]
mod system {
    use super::{Input, Terminal};
    use crate::failure::Failure;

    pub(in super::super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> std::io::Result<Self> {
            Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "keys are read on Unix only"))
        }
    }

    impl Terminal {
        pub(in super::super) fn wait(&mut self) -> Result<Input, Failure> {
            Ok(Input::Closed)
        }
    }
}

use system::Signals;
