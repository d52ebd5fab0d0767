//! One child process from start to end: its reports, its limits, and what it leaves behind.

use crate::child::Report;
use crate::group::{kill, kill_number, own_group};
use crate::tail::Tail;
use misgen_store::{Fs, RealFs};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often limits and interruptions are looked at.
const PACE: Duration = Duration::from_millis(20);
/// How long a child that was told to end may take before it is killed, and how long its pipes may
/// stay open after its end (something that it started may hold them).
const GRACE: Duration = Duration::from_secs(5);

/// What a job's process may use. Limits belong to the machine: no result depends on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time of one job; `None` for as long as it takes.
    pub time: Option<Duration>,
    /// Resident memory of one job's process, bytes; `None` for as much as it likes. Held on Linux only,
    /// by looking every 20 ms, so a process may pass it by what it allocates meanwhile.
    pub memory: Option<u64>,
}

/// Why a child was ended by its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It ran longer than allowed.
    Time(Duration),
    /// It held more memory than allowed, bytes.
    Memory(u64),
    /// The run was interrupted.
    Interrupted,
}

/// How a child's process ended.
pub(crate) struct Ended {
    pub(crate) status: Option<ExitStatus>,
    /// Its last report that was not a step.
    pub(crate) report: Option<Report>,
    /// The last 4 kB that it wrote to stderr.
    pub(crate) stderr: String,
    /// Why it could not be started or waited for.
    pub(crate) error: Option<String>,
    /// Why it was ended, where it did not end by itself.
    pub(crate) cut: Option<Cut>,
}

/// Runs a child to its end. Its standard input stays open until then, or until `interrupted`: a child whose
/// input closes ends by itself. `step` takes progress: done, of how many.
pub(crate) fn watch(
    mut command: Command,
    limits: &Limits,
    interrupted: &dyn Fn() -> bool,
    step: &mut dyn FnMut(u64, u64),
) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    own_group(&mut command);
    let begun = Instant::now();
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let error = format!("cannot start {}: {error}", command.get_program().display());
            return Ended { status: None, report: None, stderr: String::new(), error: Some(error), cut: None };
        }
    };
    // Taken out, because waiting would close it, which tells the child to end.
    let leash = child.stdin.take();
    let reports = reports(&mut child);
    let tail = Tail::of(child.stderr.take());
    let over = |pid: u32| -> Option<Cut> {
        if interrupted() {
            return Some(Cut::Interrupted);
        }
        if let Some(limit) = limits.time.filter(|limit| begun.elapsed() > *limit) {
            return Some(Cut::Time(limit));
        }
        let limit = limits.memory?;
        (resident(pid)? > limit).then_some(Cut::Memory(limit))
    };
    let (mut report, mut programs) = (None, BTreeSet::new());
    let mut take = |next: Report, programs: &mut BTreeSet<u32>| match next {
        Report::Step { done, total } => step(done, total),
        Report::Program { group, runs: true } => drop(programs.insert(group)),
        Report::Program { group, runs: false } => drop(programs.remove(&group)),
        end => report = Some(end),
    };
    let mut cut = None;
    loop {
        match reports.recv_timeout(PACE) {
            Ok(next) => take(next, &mut programs),
            // It closed its output: it has ended, or is about to.
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
        cut = over(child.id());
        if cut.is_some() {
            break;
        }
    }
    if cut == Some(Cut::Interrupted) {
        drop(leash);
    } else if cut.is_some() {
        // Before the child, which has not waited for them yet.
        programs.iter().for_each(|group| kill_number(*group));
        kill(&mut child);
    }
    let (status, late) = end(&mut child, &over);
    // A result that was published before the end counts, whatever the parent wanted.
    while let Ok(next) = reports.recv_timeout(PACE) {
        take(next, &mut programs);
    }
    // A child that came to a sudden end could not end them.
    programs.iter().for_each(|group| kill_number(*group));
    let error = status.as_ref().err().map(|error| format!("cannot wait for the process: {error}"));
    Ended { status: status.ok(), report, stderr: tail.end(GRACE), error, cut: cut.or(late) }
}

/// Waits for the end of a child, and kills it where it takes longer than [`GRACE`] or breaks a limit.
fn end(child: &mut Child, over: &dyn Fn(u32) -> Option<Cut>) -> (std::io::Result<ExitStatus>, Option<Cut>) {
    let since = Instant::now();
    let mut late = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return (Ok(status), late),
            Ok(None) => {}
            Err(error) => return (Err(error), late),
        }
        if late.is_none() && since.elapsed() > GRACE {
            late = over(child.id());
            // Neither its output nor its input is open: nothing can come of it any more.
            kill(child);
        }
        std::thread::sleep(PACE / 4);
    }
}

/// The reports that a child writes to its stdout, as they come. Anything else there is not ours and says nothing.
fn reports(child: &mut Child) -> Receiver<Report> {
    let (send, receive) = channel();
    let stdout = child.stdout.take();
    std::thread::spawn(move || {
        for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).split(b'\n')) {
            let Ok(line) = line else { break };
            if let Ok(report) = serde_json::from_slice(&line)
                && send.send(report).is_err()
            {
                break;
            }
        }
    });
    receive
}

/// Resident memory of a process, bytes, where the system says (Linux).
fn resident(pid: u32) -> Option<u64> {
    let status = RealFs.read(Path::new(&format!("/proc/{pid}/status")), 1 << 16).ok()?;
    resident_of(std::str::from_utf8(&status).ok()?)
}

fn resident_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_what_linux_says() {
        assert_eq!(resident_of("Name:\tx\nVmRSS:\t    1024 kB\nThreads:\t1\n"), Some(1 << 20));
        assert_eq!(resident_of("Name:\tzombie\n"), None);
        if cfg!(target_os = "linux") {
            assert!(resident(std::process::id()).is_some_and(|bytes| bytes > 1 << 20));
        }
    }
}
