//! A command line without a shell.

use std::fmt;
use std::process::Command;
use std::str::FromStr;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    text: String,
    words: Vec<String>,
}

/// Why a text is not a command line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// There is nothing.
    #[error("no program: expected `PROGRAM ARGS`, as in `python3 agent.py`")]
    Empty,
    /// A quote or an escape is not finished.
    #[error("a quote or a backslash in `{0}` has nothing behind it")]
    Unfinished(String),
    /// No program can be given such an argument.
    #[error("a NUL byte in the command line")]
    Nul,
}

impl FromStr for Program {
    type Err = ProgramError;

    /// Splits words as a POSIX shell does: by spaces, with quotes and backslashes, a word with `#` in front being a comment. Nothing
    /// is expanded.
    fn from_str(text: &str) -> Result<Self, ProgramError> {
        if text.contains('\0') {
            return Err(ProgramError::Nul);
        }
        let words = shlex::split(text).ok_or_else(|| ProgramError::Unfinished(text.to_owned()))?;
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Self { text: text.trim().to_owned(), words }),
            _ => Err(ProgramError::Empty),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Program {
    /// Program and arguments.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The command that starts it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }
}
