//! A person at the keyboard. `session` knows levels and keys, `screen` draws, `terminal` is the device.

mod keys;
mod record;
mod screen;
mod session;
mod terminal;
mod watch;

pub(crate) use record::read_recording;
pub(crate) use watch::Watched;

use crate::failure::Failure;
use keys::{Key, Keys};
use misgen_core::Pool;
use misgen_evaluate::human::Recorded;
use misgen_evaluate::pools::EvalPool;
use misgen_report::Style;
use record::Recorder;
use session::{Session, Stage, Then};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::{Input, Terminal, needed};
use watch::Watch;

/// Refuses what is no terminal, before anything is generated.
pub(crate) fn check() -> Result<(), Failure> {
    needed()
}

/// Plays the levels of a pool, recorded where `record` says where and what of.
pub(crate) fn pool(
    title: String,
    pool: &EvalPool,
    record: Option<(&Path, Recorded)>,
    style: &Style,
) -> Result<u8, Failure> {
    let recorder = record.map(|(path, blank)| Recorder::open(path, &pool.spec, blank)).transpose()?;
    play(Session::new(Stage::pool(title, pool), recorder)?, style)
}

/// Plays the one level of `levels`.
pub(crate) fn file(title: String, levels: Arc<dyn Pool>, style: &Style) -> Result<u8, Failure> {
    play(Session::new(Stage::file(title, levels), None)?, style)
}

/// Shows recorded episodes, at least one, until the watcher leaves; gives the exit code.
pub(crate) fn watch(episodes: &[Watched<'_>], frame: usize, style: &Style) -> Result<u8, Failure> {
    hold(&mut Watch::new(episodes, frame), style)
}

/// Until the player leaves; gives the exit code.
fn play(session: Session, style: &Style) -> Result<u8, Failure> {
    let keys = Keys::new(session.spec());
    hold(&mut Playing { session, keys }, style)
}

/// What holds the terminal.
trait Sitting {
    /// What stands in a window of so many columns and rows.
    fn screen(&mut self, size: (u16, u16), style: &Style) -> Vec<String>;
    /// Takes a key; an exit code where it is over.
    fn press(&mut self, key: Key) -> Result<Option<u8>, Failure>;
    /// So much time has gone by.
    fn pass(&mut self, _: Duration) {}
}

struct Playing {
    session: Session,
    keys: Keys,
}

impl Sitting for Playing {
    fn screen(&mut self, size: (u16, u16), style: &Style) -> Vec<String> {
        if let Some(scroll) = self.session.rules {
            // Who held the key at the end does not have to come back as far.
            self.session.rules = Some(scroll.min(screen::last_scroll(&self.session, &self.keys, size, style)));
        }
        screen::compose(&self.session, &self.keys, size, style)
    }

    fn press(&mut self, key: Key) -> Result<Option<u8>, Failure> {
        let Some(command) = self.keys.command(key) else { return Ok(None) };
        Ok(match self.session.obey(command)? {
            Then::Leave(code) => Some(code),
            Then::Stay => None,
        })
    }
}

impl Sitting for Watch<'_> {
    fn screen(&mut self, size: (u16, u16), style: &Style) -> Vec<String> {
        self.compose(size, style)
    }

    fn press(&mut self, key: Key) -> Result<Option<u8>, Failure> {
        Ok(self.obey(key))
    }

    fn pass(&mut self, time: Duration) {
        self.wait(u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
    }
}

/// Draws what changes and passes keys on, until it is over or the terminal is gone; gives the exit code.
fn hold(sitting: &mut dyn Sitting, style: &Style) -> Result<u8, Failure> {
    let mut terminal = Terminal::enter()?;
    let (mut shown, mut window) = (Vec::new(), (0, 0));
    let mut clock = Instant::now();
    loop {
        let size = Terminal::size();
        let lines = sitting.screen(size, style);
        if lines != shown || size != window {
            Terminal::draw(&lines, size.1)?;
            (shown, window) = (lines, size);
        }
        let input = terminal.wait()?;
        let now = Instant::now();
        sitting.pass(now.duration_since(clock));
        clock = now;
        match input {
            Input::Nothing => {}
            Input::Signal(code) => return Ok(code),
            Input::Closed => return Ok(0),
            Input::Keys(pressed) => {
                for key in pressed {
                    if let Some(code) = sitting.press(key)? {
                        return Ok(code);
                    }
                }
            }
        }
    }
}
