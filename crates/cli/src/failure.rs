//! Why a command failed, with the exit code that says so.

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use misgen_store::StoreError;
use misgen_sweep::config::{ConfigError, Source, obeyed};
use misgen_sweep::external::ExternalError;
use std::fmt::Display;
use std::ops::Range;
use std::process::ExitCode;

/// A failed command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for does not exist or makes no sense (exit 2).
    Usage(String),
    /// A config cannot be used (exit 2).
    Config(Vec<ConfigError>),
    /// Something that belongs to the job failed (exit 1).
    Job(String),
    /// An agent that is a program did something wrong (exit 1).
    Agent(Box<ExternalError>),
    /// The user told this program to stop (exit 130 or 143).
    Interrupted(u8),
    /// Files, memory, the system (exit 4).
    Environment(String),
    /// A panic (exit 70).
    Bug,
}

impl Failure {
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::Usage(message.to_string())
    }

    pub(crate) fn job(message: impl Display) -> Self {
        Self::Job(message.to_string())
    }

    pub(crate) fn environment(message: impl Display) -> Self {
        Self::Environment(message.to_string())
    }

    /// Prints it to stderr.
    pub(crate) fn report(&self) -> ExitCode {
        let (code, message) = match self {
            Self::Usage(message) => (2, message),
            Self::Job(message) => (1, message),
            Self::Environment(message) => (4, message),
            Self::Bug => (70, &"this is a bug of misgen; please report it with the message above".to_owned()),
            Self::Interrupted(code) => (*code, &"interrupted".to_owned()),
            Self::Agent(error) => {
                last_words(&error.stderr);
                (1, &error.to_string())
            }
            Self::Config(errors) => {
                for (i, error) in errors.iter().enumerate() {
                    anstream::eprintln!("error: {error}");
                    if i < MOST_SPOTS {
                        draw_spot(error);
                    }
                }
                return ExitCode::from(2);
            }
        };
        // Names and values of files are in it, and a file may hold anything.
        anstream::eprintln!("error: {}", misgen_report::visible(message));
        ExitCode::from(code)
    }
}

/// What an agent said at the end, line by line; it may have said anything.
fn last_words(stderr: &str) {
    for line in stderr.lines() {
        anstream::eprintln!("agent: {}", misgen_report::visible(line));
    }
}

/// The most errors whose spots are drawn.
const MOST_SPOTS: usize = 20;

/// The most of a file that is worth drawing around an error, bytes.
const MOST_DRAWN: usize = 1000;

/// How many bytes the lines around `span` have: its own, the one before and the one after.
fn around(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or_default().split('\n').rev().take(2).map(str::len).sum::<usize>();
    let after = text.get(span.end..).unwrap_or_default().split('\n').take(2).map(str::len).sum::<usize>();
    before + span.len() + after
}

/// `text` with other characters, as many bytes long, for those that a terminal obeys.
fn harmless(text: &str) -> String {
    let stand_in = |c: char| match c.len_utf8() {
        _ if !obeyed(c) || matches!(c, '\n' | '\t' | '\r') => c,
        1 => '?',
        2 => '¿',
        _ => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(stand_in).collect()
}

/// Draws the lines of the file around an error, with the spot marked.
fn draw_spot(error: &ConfigError) {
    let Source::File { path, text } = &*error.origin else { return };
    if error.span.end > text.len() || text.is_empty() || around(text, &error.span) > MOST_DRAWN {
        return;
    }
    let label = if error.expected.is_empty() { "here".into() } else { format!("expected {}", error.expected) };
    let diagnostic = MietteDiagnostic::new(error.found.clone()).with_label(LabeledSpan::new(
        Some(label),
        error.span.start,
        error.span.len(),
    ));
    let report = Report::new(diagnostic).with_source_code(NamedSource::new(path, harmless(text)));
    let mut drawn = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    if handler.render_report(&mut drawn, report.as_ref()).is_ok() {
        // The first line repeats the message.
        let snippet: Vec<&str> = drawn.lines().skip_while(|line| !line.contains('╭')).collect();
        anstream::eprintln!("{}", snippet.join("\n"));
    }
}

impl From<Vec<ConfigError>> for Failure {
    fn from(errors: Vec<ConfigError>) -> Self {
        Self::Config(errors)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::environment(error)
    }
}
