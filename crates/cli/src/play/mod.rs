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
use keys::Keys;
use misgen_core::Pool;
use misgen_evaluate::human::Recorded;
use misgen_evaluate::pools::EvalPool;
use misgen_report::Style;
use record::Recorder;
use session::{Session, Stage, Then};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
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
    let mut terminal = Terminal::enter()?;
    let mut watch = Watch::new(episodes, frame);
    let (mut shown, mut window) = (Vec::new(), (0, 0));
    let mut clock = Instant::now();
    loop {
        let size = Terminal::size();
        let lines = watch.compose(size, style);
        if lines != shown || size != window {
            Terminal::draw(&lines, size.1)?;
            (shown, window) = (lines, size);
        }
        let input = terminal.wait()?;
        let now = Instant::now();
        watch.wait(u32::try_from(now.duration_since(clock).as_millis()).unwrap_or(u32::MAX));
        clock = now;
        match input {
            Input::Nothing => {}
            Input::Signal(code) => return Ok(code),
            Input::Closed => return Ok(0),
            Input::Keys(pressed) => {
                for key in pressed {
                    if let watch::Then::Leave(code) = watch.obey(key) {
                        return Ok(code);
                    }
                }
            }
        }
    }
}

/// Until the player leaves; gives the exit code.
fn play(mut session: Session, style: &Style) -> Result<u8, Failure> {
    let keys = Keys::new(session.spec());
    let mut terminal = Terminal::enter()?;
    let mut shown = Vec::new();
    let mut window = (0, 0);
    loop {
        let size = Terminal::size();
        if let Some(scroll) = session.rules {
            // Who held the key at the end does not have to come back as far.
            session.rules = Some(scroll.min(screen::last_scroll(&session, &keys, size, style)));
        }
        let lines = screen::compose(&session, &keys, size, style);
        if lines != shown || size != window {
            Terminal::draw(&lines, size.1)?;
            (shown, window) = (lines, size);
        }
        match terminal.wait()? {
            Input::Nothing => {}
            Input::Signal(code) => return Ok(code),
            Input::Closed => return Ok(0),
            Input::Keys(pressed) => {
                for command in pressed.into_iter().filter_map(|key| keys.command(key)) {
                    if let Then::Leave(code) = session.obey(command)? {
                        return Ok(code);
                    }
                }
            }
        }
    }
}
