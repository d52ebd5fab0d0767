//! How a run goes, on stderr: a bar on a terminal, plain lines elsewhere.

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use misgen_sweep::inputs::Job;
use misgen_sweep::run::{Event, Progress};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Shows the events of a run.
pub(crate) struct Display {
    bar: Option<ProgressBar>,
    pace: RefCell<Pace>,
}

/// Resolution of the bar.
const UNITS: f64 = 10_000.0;

/// What a job without training weighs, in frames of training: pools and scripted players take about as long.
const BASE: f64 = 100_000.0;

/// The effort of a job, in frames of training.
fn weight(job: &Job) -> f64 {
    BASE + job.frames().unwrap_or(0) as f64
}

/// How fast a run is, and how much of it is left. An estimate for people: no result depends on it.
struct Pace {
    begun: Instant,
    /// Effort of the whole plan.
    total: f64,
    /// Effort of what was there already.
    cached: f64,
    /// Effort of what this run has ended.
    ended: f64,
    /// Running jobs.
    running: BTreeMap<usize, Running>,
}

struct Running {
    begun: Instant,
    weight: f64,
    /// Share done, 0 to 1.
    share: f64,
    /// When training was first heard of, and the frames then and now.
    frames: Option<(Instant, u64, u64)>,
}

impl Pace {
    fn take(&mut self, event: &Event<'_>, now: Instant) {
        let weight = weight(event.job);
        match &event.progress {
            Progress::Started => {
                self.running.insert(event.index, Running { begun: now, weight, share: 0.0, frames: None });
            }
            Progress::Step { done, total } => {
                if let Some(running) = self.running.get_mut(&event.index) {
                    running.share = *done as f64 / (*total).max(1) as f64;
                    let first = running.frames.map_or((now, *done), |(at, from, _)| (at, from));
                    running.frames = event.job.frames().map(|_| (first.0, first.1, *done));
                }
            }
            Progress::Finished | Progress::Failed(_) => {
                self.running.remove(&event.index);
                self.ended += weight;
            }
            Progress::Cached => {
                self.running.remove(&event.index);
                self.cached += weight;
            }
            Progress::Elsewhere | Progress::Interrupted => {
                self.running.remove(&event.index);
            }
        }
    }

    /// Share of the whole plan that is done, 0 to 1.
    fn share(&self) -> f64 {
        (self.cached + self.done()) / self.total.max(1.0)
    }

    /// Effort of this run so far.
    fn done(&self) -> f64 {
        self.ended + self.running.values().map(|running| running.share * running.weight).sum::<f64>()
    }

    /// Frames of training a second, all running jobs together; `None` while nothing is known.
    fn frames_per_second(&self, now: Instant) -> Option<f64> {
        let rates = self.running.values().filter_map(|running| {
            let (since, from, to) = running.frames?;
            let seconds = now.duration_since(since).as_secs_f64();
            (to > from && seconds > 0.0).then(|| (to - from) as f64 / seconds)
        });
        let rate: f64 = rates.sum();
        (rate > 0.0).then_some(rate)
    }

    /// Time left at the pace so far.
    fn left(&self, now: Instant) -> Option<Duration> {
        let done = self.done();
        let rest = self.total - self.cached - done;
        let seconds = now.duration_since(self.begun).as_secs_f64() * rest / done;
        (done > 0.0 && rest > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
    }

    /// `, 231 k frames/s, about 2 minutes left`.
    fn words(&self, now: Instant) -> String {
        let mut words = String::new();
        if let Some(rate) = self.frames_per_second(now) {
            words += &format!(", {:.0} k frames/s", rate / 1000.0);
        }
        if let Some(left) = self.left(now) {
            words += &format!(", about {} left", HumanDuration(left));
        }
        words
    }
}

impl Display {
    /// For the jobs of a plan.
    pub(crate) fn new<'a>(jobs: impl Iterator<Item = &'a Job>) -> Self {
        let total = jobs.map(weight).sum();
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none_or(|v| v.is_empty());
        let bar = terminal.then(|| {
            let bar = ProgressBar::new(UNITS as u64);
            let style = ProgressStyle::with_template("{elapsed_precise} [{bar:32}] {percent:>3} % {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar
        });
        let pace = Pace { begun: Instant::now(), total, cached: 0.0, ended: 0.0, running: BTreeMap::new() };
        Self { bar, pace: RefCell::new(pace) }
    }

    /// Takes one event.
    pub(crate) fn show(&self, event: &Event<'_>) {
        let now = Instant::now();
        let label = event.job.label();
        let counts = event.counts;
        let at = format!("[{}/{}]", counts.ended(), counts.total);
        let mut pace = self.pace.borrow_mut();
        let took = pace.running.get(&event.index).map_or(Duration::ZERO, |running| now.duration_since(running.begun));
        pace.take(event, now);
        let (took, words) = (took.as_secs_f64(), pace.words(now));
        match &self.bar {
            Some(bar) => {
                bar.set_position((pace.share() * UNITS) as u64);
                bar.set_message(format!("{at}{words}: {label}"));
                if let Progress::Failed(failure) = &event.progress {
                    bar.println(format!("failed: {label}: {}", failure.message));
                }
            }
            None => match &event.progress {
                Progress::Finished => anstream::eprintln!("{at} done in {took:.1} s{words}: {label}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A pace over four jobs of equal effort, and the moment it begins.
    fn pace() -> (Pace, Instant) {
        let begun = Instant::now();
        (Pace { begun, total: 4.0, cached: 1.0, ended: 1.0, running: BTreeMap::new() }, begun)
    }

    #[test]
    fn the_rest_is_estimated_from_what_this_run_did_and_not_from_what_was_there() {
        let (pace, begun) = pace();
        assert_eq!(pace.left(begun + Duration::from_secs(10)), Some(Duration::from_secs(20)));
        assert_eq!(pace.share(), 0.5);
    }

    #[test]
    fn frames_a_second_are_those_of_all_running_jobs() {
        let (mut pace, begun) = pace();
        let running = |from, to| Running { begun, weight: 1.0, share: 0.5, frames: Some((begun, from, to)) };
        pace.running.extend([(0, running(0, 20_000)), (1, running(5_000, 15_000))]);
        let now = begun + Duration::from_secs(2);
        assert_eq!(pace.frames_per_second(now), Some(15_000.0));
        assert_eq!(pace.words(now), ", 15 k frames/s, about 1 second left");
        pace.running.clear();
        assert_eq!(pace.frames_per_second(now), None);
    }
}
