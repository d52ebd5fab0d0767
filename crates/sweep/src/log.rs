//! The log of a job's process: lines of JSON kept in memory until they are put beside the result.
//!
//! A log lies beside the published files (`log.jsonl`) and is none of them: it holds times. It is put there at every
//! tenth of the work and at the end, also when the job fails or panics, so that a process that is killed leaves
//! what it said until then.

use misgen_store::Writer;
use std::sync::{Arc, Mutex, PoisonError};

/// The file, beside a job's published ones.
pub const LOG_FILE: &str = "log.jsonl";

/// Bytes that are kept of one process's log.
pub const MOST: usize = 1 << 20;

/// Lines of one process. Clones share them; the default one keeps nothing.
#[derive(Clone, Debug, Default)]
pub struct Log(Option<Arc<Mutex<Lines>>>);

#[derive(Debug, Default)]
struct Lines {
    text: Vec<u8>,
    left_out: u64,
}

impl Log {
    /// A log that keeps lines.
    #[must_use]
    pub fn kept() -> Self {
        Self(Some(Arc::default()))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Lines) -> T) -> Option<T> {
        // A panic elsewhere leaves whole lines.
        self.0.as_ref().map(|lines| act(&mut lines.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Appends a line, given without its end. Beyond [`MOST`] bytes lines are only counted.
    pub fn push(&self, line: &str) {
        self.with(|lines| {
            if lines.text.len() + line.len() < MOST {
                lines.text.extend_from_slice(line.as_bytes());
                lines.text.push(b'\n');
            } else {
                lines.left_out += 1;
            }
        });
    }

    /// Bytes so far: a place for [`Log::since`].
    #[must_use]
    pub fn place(&self) -> usize {
        self.with(|lines| lines.text.len()).unwrap_or(0)
    }

    /// What was said since a place; `None` where nothing is kept.
    #[must_use]
    pub fn since(&self, place: usize) -> Option<Vec<u8>> {
        self.with(|lines| {
            let mut text = lines.text.get(place..).unwrap_or_default().to_vec();
            if lines.left_out > 0 {
                let line =
                    format!("{{\"level\":\"WARN\",\"message\":\"the log is full\",\"left_out\":{}}}\n", lines.left_out);
                text.extend_from_slice(line.as_bytes());
            }
            text
        })
    }
}

/// Puts what a job says beside its result, at the latest when this is dropped.
pub(crate) struct Keeper<'a> {
    log: &'a Log,
    writer: &'a Writer,
    begun: usize,
    tenths: u64,
}

impl<'a> Keeper<'a> {
    /// From here on.
    pub(crate) fn new(log: &'a Log, writer: &'a Writer) -> Self {
        Self { log, writer, begun: log.place(), tenths: 0 }
    }

    /// So much is done.
    pub(crate) fn step(&mut self, done: u64, total: u64) {
        let tenths = done.saturating_mul(10) / total.max(1);
        if tenths > self.tenths {
            self.tenths = tenths;
            self.keep();
        }
    }

    fn keep(&self) {
        if let Some(text) = self.log.since(self.begun) {
            // Whoever cannot write a log can still have a result, or will say why there is none.
            let _ = self.writer.put_aside(LOG_FILE, &text);
        }
    }
}

impl Drop for Keeper<'_> {
    fn drop(&mut self) {
        self.keep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_counts_what_it_leaves_out() {
        let log = Log::kept();
        let line = "x".repeat(1023);
        for _ in 0..2000 {
            log.push(&line);
        }
        let text = String::from_utf8(log.since(0).unwrap()).unwrap();
        assert!(text.len() <= MOST + 100);
        assert!(text.ends_with("\"left_out\":976}\n"), "{}", &text[text.len() - 80..]);
        log.push("short");
        assert_eq!(Log::default().since(0), None);
    }

    #[test]
    fn each_job_gets_its_own_part() {
        let log = Log::kept();
        log.push("one");
        let place = log.place();
        log.push("two");
        assert_eq!(log.since(place).unwrap(), b"two\n");
        assert_eq!(log.since(0).unwrap(), b"one\ntwo\n");
    }
}
