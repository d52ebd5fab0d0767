//! A terminal without a window: what a program under test writes is kept as a screen, what is pressed is sent to it.

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// A program that says nothing for so long is stuck.
const STUCK: Duration = Duration::from_secs(120);

/// Runs misgen without a terminal.
pub(crate) fn misgen(args: &[&str]) -> std::process::Output {
    assert_cmd::Command::cargo_bin("misgen").unwrap().args(args).output().unwrap()
}

pub(crate) struct Terminal {
    screen: vt100::Parser,
    /// The side of the window and the keyboard.
    window: File,
    /// The side of the program, kept so that its modes can be looked at when the program is gone.
    _program: OwnedFd,
    child: Child,
    output: Receiver<Vec<u8>>,
    /// Modes of the terminal before the program began.
    before: String,
}

fn some(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn fit(window: &File, (rows, columns): (u16, u16)) {
    tcsetwinsize(window, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
}

fn modes(window: &File) -> String {
    let modes = tcgetattr(window).unwrap();
    format!("{:?} {:?} {:?} {:?}", modes.input_modes, modes.output_modes, modes.control_modes, modes.local_modes)
}

impl Terminal {
    /// Starts misgen in a window of (rows, columns).
    pub(crate) fn start(args: &[&str], window: (u16, u16)) -> Self {
        Self::with(args, window, &[])
    }

    /// The same with variables.
    pub(crate) fn with(args: &[&str], window: (u16, u16), variables: &[(&str, &str)]) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let opened = openpt(flags).unwrap();
        grantpt(&opened).unwrap();
        unlockpt(&opened).unwrap();
        let program = ioctl_tiocgptpeer(&opened, flags).unwrap();
        let screen = vt100::Parser::new(some(window.0), some(window.1), 0);
        let (size, window) = (window, File::from(opened));
        fit(&window, size);
        let before = modes(&window);
        // A session of its own, whose terminal this is: only then does a change of the window reach the program.
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(env!("CARGO_BIN_EXE_misgen")).args(args).current_dir(crate::root());
        command.env("TERM", "xterm-256color").envs(variables.iter().copied());
        for name in ["CI", "NO_COLOR", "COLORTERM"] {
            if !variables.iter().any(|(other, _)| *other == name) {
                command.env_remove(name);
            }
        }
        let side = || Stdio::from(program.try_clone().unwrap());
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap();
        let mut reader = window.try_clone().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { screen, window, _program: program, child, output, before }
    }

    pub(crate) fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Takes in what the program writes until the screen is as wanted.
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.contents()) {
            match self.output.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < STUCK => {}
                Err(_) => panic!("no {what:?} on the screen:\n{}", self.contents()),
            }
        }
    }

    /// The same until it shows `text`.
    pub(crate) fn wait(&mut self, text: &str) {
        // A long line is broken where the window ends.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let unframed = |text: &str| words(&text.lines().map(after_frame).collect::<Vec<_>>().join(" "));
        self.wait_for(text, |shown| unframed(shown).contains(&words(text)));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.window.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&mut self, window: (u16, u16)) {
        self.screen.set_size(some(window.0), some(window.1));
        fit(&self.window, window);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the program has ended; its exit code, or 128 and the signal that ended it.
    pub(crate) fn end(&mut self) -> i32 {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > STUCK {
                self.child.kill().unwrap();
                panic!("it does not end:\n{}", self.contents());
            }
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(20)) {
                self.screen.process(&bytes);
            }
        };
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(100)) {
            self.screen.process(&bytes);
        }
        status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
    }

    pub(crate) fn alternate(&self) -> bool {
        self.screen.screen().alternate_screen()
    }

    pub(crate) fn cursor_is_hidden(&self) -> bool {
        self.screen.screen().hide_cursor()
    }

    pub(crate) fn is_raw(&self) -> bool {
        modes(&self.window) != self.before
    }

    pub(crate) fn is_coloured(&self) -> bool {
        let (rows, columns) = self.screen.screen().size();
        let plain = vt100::Color::Default;
        let coloured = |row, column| {
            let cell = self.screen.screen().cell(row, column);
            cell.is_some_and(|cell| cell.fgcolor() != plain || cell.bgcolor() != plain)
        };
        (0..rows.get()).any(|row| (0..columns.get()).any(|column| coloured(row, column)))
    }

    /// Asserts that the terminal is as it was: the usual screen, the cursor, cooked mode.
    pub(crate) fn assert_clean(&self) {
        assert!(!self.alternate(), "the alternate screen was not left");
        assert!(!self.cursor_is_hidden(), "the cursor is hidden");
        assert_eq!(modes(&self.window), self.before, "the modes of the terminal differ");
        assert_eq!(self.contents().matches("step ").count(), 0, "{}", self.contents());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A failed test leaves no program behind.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
        }
    }
}

/// What stands beside a level, where a line is one of its rows.
fn after_frame(line: &str) -> &str {
    let behind =
        |border: char| line.starts_with(border).then(|| line.rsplit_once(border).map(|(_, rest)| rest)).flatten();
    behind('│')
        .or_else(|| behind('|'))
        .or_else(|| behind('+'))
        .unwrap_or_else(|| line.trim_start_matches(['┌', '─', '┐', '└', '┘']))
}
