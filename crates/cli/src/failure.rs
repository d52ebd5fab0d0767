//! Why a command failed, with the exit code that says so.

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use misgen_store::StoreError;
use misgen_sweep::config::{ConfigError, Source};
use std::fmt::Display;
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
            Self::Config(errors) => {
                for error in errors {
                    config_error(error);
                }
                return ExitCode::from(2);
            }
        };
        // Names and values of files are in it, and a file may hold anything.
        anstream::eprintln!("error: {}", misgen_report::visible(message));
        ExitCode::from(code)
    }
}

/// The place and the sentence in one line, then the line of the file with the spot marked.
fn config_error(error: &ConfigError) {
    anstream::eprintln!("error: {error}");
    let Source::File { path, text } = &*error.origin else { return };
    if error.span.end > text.len() || text.is_empty() {
        return;
    }
    let label = if error.expected.is_empty() { "here".into() } else { format!("expected {}", error.expected) };
    let diagnostic = MietteDiagnostic::new(error.found.clone()).with_label(LabeledSpan::new(
        Some(label),
        error.span.start,
        error.span.len(),
    ));
    let report = Report::new(diagnostic).with_source_code(NamedSource::new(path, text.clone()));
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
