//! One program from its start to its end: questions, answers, deadlines.

use super::answer::shown;
use super::fault::{ExternalError, Fault};
use super::line::{Line, read_line};
use super::live;
use super::message::LONGEST_LINE;
use super::program::Program;
use crate::group::{ask_to_end, has_ended};
use crate::tail::Tail;
use std::io::{BufReader, Read, Write};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::time::{Duration, Instant};

/// How often interruptions are looked at.
const PACE: Duration = Duration::from_millis(20);
/// How long a program that was told `bye` may take to end.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a group that was asked to end (SIGTERM) may take before it is killed, a program that closed a pipe to show why,
/// and its stderr to close.
const GRACE: Duration = Duration::from_secs(1);

/// What comes from a program.
enum Heard {
    Line(Vec<u8>),
    TooLong,
    Half(usize),
    /// It closed its standard output.
    Closed,
    /// It does not read its standard input any more.
    Deaf,
}

/// What a program did wrong, before it was ended for it.
struct Wrong(Fault, String);

/// Whether to stop waiting.
pub type Interrupted = Arc<dyn Fn() -> bool + Send + Sync>;

/// Told the number of each process group when it is there (true), and when it is gone (false).
pub type Notice = Arc<dyn Fn(u32, bool) + Send + Sync>;

/// A running program. Dropping it ends it.
pub(super) struct Process {
    program: String,
    child: Child,
    /// Lines to write. Closing it closes the program's standard input.
    say: Option<Sender<Vec<u8>>>,
    heard: Receiver<Heard>,
    tail: Tail,
    deadline: Duration,
    interrupted: Interrupted,
    notice: Notice,
    /// How it ended; its group is gone.
    ended: Option<Option<ExitStatus>>,
}

impl Process {
    /// Starts `program`, each of whose answers may take `deadline`.
    pub(super) fn start(
        program: &Program,
        deadline: Duration,
        interrupted: Interrupted,
        notice: Notice,
    ) -> Result<Self, ExternalError> {
        let mut command = program.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = live::start(&mut command).map_err(|error| ExternalError {
            fault: Fault::NotStarted,
            program: program.to_string(),
            message: format!("cannot be started: {error}"),
            stderr: String::new(),
        })?;
        notice(child.id(), true);
        let (report, heard) = sync_channel(2);
        let say = writer(child.stdin.take(), report.clone());
        reader(child.stdout.take(), report);
        let tail = Tail::of(child.stderr.take());
        let program = program.to_string();
        Ok(Self { program, child, say: Some(say), heard, tail, deadline, interrupted, notice, ended: None })
    }

    /// Sends a line and waits for the next one. Where that fails, the program has been ended.
    pub(super) fn ask(&mut self, line: Vec<u8>, first: bool) -> Result<Vec<u8>, ExternalError> {
        self.answer(line, first).map_err(|wrong| self.fail(wrong))
    }

    /// Ends the program because of what it said.
    pub(super) fn refuse(&mut self, message: String) -> ExternalError {
        self.fail(Wrong(Fault::Protocol, message))
    }

    fn answer(&mut self, line: Vec<u8>, first: bool) -> Result<Vec<u8>, Wrong> {
        // A greeting may come before it is asked for.
        if !first {
            match self.heard.try_recv() {
                Ok(Heard::Line(line)) => return Err(unasked(&line)),
                Ok(other) => return Err(self.wrong(other)),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
            }
        }
        // The writer outlives the process, so that sending does not fail.
        let _ = self.say.as_ref().map(|say| say.send(line));
        let (begun, mut ended) = (Instant::now(), false);
        loop {
            match self.heard.recv_timeout(PACE) {
                Ok(Heard::Line(line)) => return Ok(line),
                Ok(other) => return Err(self.wrong(other)),
                Err(RecvTimeoutError::Disconnected) => return Err(self.wrong(Heard::Closed)),
                // Something that it started may hold its output open. What it said itself comes within another moment.
                Err(RecvTimeoutError::Timeout) if ended => return Err(self.wrong(Heard::Closed)),
                Err(RecvTimeoutError::Timeout) => ended = has_ended(&mut self.child),
            }
            if (self.interrupted)() {
                return Err(Wrong(Fault::Interrupted, "was interrupted".into()));
            }
            if begun.elapsed() > self.deadline {
                let seconds = self.deadline.as_secs_f64();
                return Err(Wrong(
                    Fault::Timeout,
                    format!("gave no answer within the {seconds} s allowed and was ended"),
                ));
            }
        }
    }

    /// What it means that something else than a line came.
    fn wrong(&mut self, heard: Heard) -> Wrong {
        let closed = match heard {
            Heard::Line(line) => return unasked(&line),
            Heard::TooLong => {
                return Wrong(Fault::Flood, format!("sent a line of more than {LONGEST_LINE} bytes and was ended"));
            }
            Heard::Half(bytes) => {
                return Wrong(
                    Fault::Protocol,
                    format!("sent {bytes} bytes of a line without its end and closed its output"),
                );
            }
            Heard::Closed => "output",
            Heard::Deaf => "input",
        };
        // Most likely it has ended, or is about to; or it does not read because it does nothing but write.
        let (begun, mut ended) = (Instant::now(), false);
        loop {
            match self.heard.recv_timeout(PACE / 4) {
                Ok(worse @ (Heard::TooLong | Heard::Half(_))) => return self.wrong(worse),
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(PACE / 4),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            }
            if ended {
                return Wrong(Fault::Exited, String::new());
            }
            ended = has_ended(&mut self.child);
            if !ended && begun.elapsed() > GRACE {
                return Wrong(Fault::Protocol, format!("closed its standard {closed} before it was told to end"));
            }
        }
    }

    fn fail(&mut self, Wrong(fault, mut message): Wrong) -> ExternalError {
        let patience = if matches!(fault, Fault::Exited) { Duration::ZERO } else { GRACE };
        let status = self.end(patience);
        if fault == Fault::Exited {
            message = format!("{} before it was told to", how(status));
        }
        let stderr = self.tail.end(GRACE);
        ExternalError { fault, program: self.program.clone(), message, stderr }
    }

    /// Says `bye` and gives the program time to end; then it is ended with whatever it started.
    pub(super) fn finish(mut self, bye: Vec<u8>) -> Result<(), ExternalError> {
        if let Some(say) = self.say.take() {
            let _ = say.send(bye);
        }
        let begun = Instant::now();
        while begun.elapsed() < FAREWELL && !(self.interrupted)() {
            match self.heard.recv_timeout(PACE) {
                Ok(Heard::Line(line)) => return Err(self.fail(unasked(&line))),
                Ok(heard @ (Heard::TooLong | Heard::Half(_))) => {
                    let wrong = self.wrong(heard);
                    return Err(self.fail(wrong));
                }
                // Whoever does not read a farewell has ended, or is about to.
                Ok(Heard::Closed | Heard::Deaf) => {}
                Err(_) if has_ended(&mut self.child) => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(PACE / 4),
            }
        }
        let status = self.end(GRACE);
        if !status.is_some_and(|status| status.success()) {
            tracing::warn!(agent = self.program, "{} after it was told to end", how(status));
        }
        Ok(())
    }

    /// Ends the program with its group: asks for it where there is `patience`, then kills what is left.
    fn end(&mut self, patience: Duration) -> Option<ExitStatus> {
        if let Some(status) = self.ended {
            return status;
        }
        self.say = None;
        if !patience.is_zero() && !has_ended(&mut self.child) {
            ask_to_end(&mut self.child);
            let begun = Instant::now();
            while begun.elapsed() < patience && !has_ended(&mut self.child) {
                std::thread::sleep(PACE / 4);
            }
        }
        // What it started may be there still, whether or not it is itself.
        let status = live::end(&mut self.child);
        self.ended = Some(status);
        (self.notice)(self.child.id(), false);
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

fn unasked(line: &[u8]) -> Wrong {
    Wrong(Fault::Flood, format!("said more than it was asked for: {}", shown(line)))
}

fn how(status: Option<ExitStatus>) -> String {
    match status.map(|status| (status.code(), crate::run::signal(status))) {
        Some((Some(code), _)) => format!("exited with status {code}"),
        Some((None, Some(signal))) => format!("was ended by signal {signal}"),
        _ => "ended".into(),
    }
}

/// Writes lines until there are no more, which closes the stream.
fn writer(input: Option<impl Write + Send + 'static>, report: SyncSender<Heard>) -> Sender<Vec<u8>> {
    let (say, lines) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let Some(mut input) = input else { return };
        for line in lines {
            if input.write_all(&line).and_then(|()| input.flush()).is_err() {
                let _ = report.send(Heard::Deaf);
                return;
            }
        }
    });
    say
}

/// Reads lines until nobody wants them, or there is something that is none.
fn reader(output: Option<impl Read + Send + 'static>, report: SyncSender<Heard>) {
    std::thread::spawn(move || {
        let Some(output) = output else { return };
        let mut output = BufReader::new(output);
        loop {
            let heard = match read_line(&mut output, LONGEST_LINE) {
                Ok(Line::Whole(line)) => Heard::Line(line),
                Ok(Line::TooLong) => Heard::TooLong,
                Ok(Line::Half(bytes)) => Heard::Half(bytes),
                Ok(Line::End) | Err(_) => Heard::Closed,
            };
            let last = !matches!(heard, Heard::Line(_));
            if report.send(heard).is_err() || last {
                return;
            }
        }
    });
}
