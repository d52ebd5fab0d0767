//! Documents to stdout, and what the terminal can show.

use crate::failure::Failure;
use misgen_report::{Color, Style};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Writes a document to stdout. A reader that went away (`| head`) is not an error.
pub(crate) fn document(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::environment(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a value as JSON to stdout.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::job(format!("cannot write JSON: {e}")))?;
    document(&(text + "\n"))
}

/// What stdout shows: colour only on a terminal that wants it (`NO_COLOR`, `CI` and `TERM=dumb` do not).
pub(crate) fn style(ascii: bool) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let term = std::env::var("TERM").unwrap_or_default();
    let wanted = terminal && !ascii && !set("NO_COLOR") && !set("CI") && term != "dumb";
    let full = std::env::var("COLORTERM").is_ok_and(|value| value == "truecolor" || value == "24bit");
    let color = match (wanted, full) {
        (false, _) => Color::Off,
        (true, true) => Color::True,
        (true, false) => Color::Indexed,
    };
    let width = terminal.then(terminal_size::terminal_size).flatten().map(|(columns, _)| columns.0);
    Style { color, unicode: !ascii, width }
}
