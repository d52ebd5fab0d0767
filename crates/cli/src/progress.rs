//! How a run goes, on stderr: a bar on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use misgen_sweep::run::{Event, Progress};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::IsTerminal;

/// Shows the events of a run.
pub(crate) struct Display {
    bar: Option<ProgressBar>,
    /// Share done of each running job.
    shares: RefCell<BTreeMap<usize, f64>>,
}

/// Resolution of the bar within one job.
const UNITS: f64 = 100.0;

impl Display {
    /// For `jobs` jobs.
    pub(crate) fn new(jobs: usize) -> Self {
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none_or(|v| v.is_empty());
        let bar = terminal.then(|| {
            let bar = ProgressBar::new(jobs as u64 * UNITS as u64);
            let style = ProgressStyle::with_template("{elapsed_precise} [{bar:32}] {percent:>3} % {msg} (ETA {eta})");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar
        });
        Self { bar, shares: RefCell::new(BTreeMap::new()) }
    }

    /// Takes one event.
    pub(crate) fn show(&self, event: &Event<'_>) {
        let label = event.job.label();
        let counts = event.counts;
        let at = format!("[{}/{}]", counts.ended(), counts.total);
        let mut shares = self.shares.borrow_mut();
        match &event.progress {
            Progress::Started => {
                shares.insert(event.index, 0.0);
            }
            Progress::Step { done, total } => {
                shares.insert(event.index, *done as f64 / (*total).max(1) as f64);
            }
            Progress::Finished | Progress::Cached | Progress::Elsewhere | Progress::Failed(_) => {
                shares.remove(&event.index);
            }
        }
        match &self.bar {
            Some(bar) => {
                let running: f64 = shares.values().sum();
                bar.set_position(((counts.ended() as f64 + running) * UNITS) as u64);
                bar.set_message(format!("{at} {label}"));
                if let Progress::Failed(failure) = &event.progress {
                    bar.println(format!("failed: {label}: {}", failure.message));
                }
            }
            None => match &event.progress {
                Progress::Finished => anstream::eprintln!("{at} done: {label}"),
                Progress::Failed(failure) => anstream::eprintln!("{at} failed: {label}: {}", failure.message),
                _ => {}
            },
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
