//! Lines of bounded length.

use std::io::{BufRead, Error, ErrorKind};

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, without its end.
    Whole(Vec<u8>),
    /// So many bytes without a line's end behind them, and no more to come.
    Half(usize),
    /// More than the most that is allowed, without an end.
    TooLong,
    /// No more to come.
    End,
}

/// Reads one line of at most `longest` bytes, and holds no more than that of it.
pub(super) fn read_line(reader: &mut impl BufRead, longest: usize) -> Result<Line, Error> {
    let mut line = Vec::new();
    loop {
        let here = match reader.fill_buf() {
            Ok(here) => here,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if here.is_empty() {
            return Ok(if line.is_empty() { Line::End } else { Line::Half(line.len()) });
        }
        let end = here.iter().position(|byte| *byte == b'\n');
        let part = &here[..end.unwrap_or(here.len())];
        if line.len() + part.len() > longest {
            return Ok(Line::TooLong);
        }
        line.extend_from_slice(part);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(Line::Whole(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn lines_are_read_up_to_their_bound_and_halves_are_told_apart() {
        let mut reader = BufReader::with_capacity(3, &b"12345\n\n123456\n"[..]);
        assert_eq!(read_line(&mut reader, 5).unwrap(), Line::Whole(b"12345".to_vec()));
        assert_eq!(read_line(&mut reader, 5).unwrap(), Line::Whole(Vec::new()));
        assert_eq!(read_line(&mut reader, 5).unwrap(), Line::TooLong);
        let mut reader = &b"1\n23"[..];
        assert_eq!(read_line(&mut reader, 5).unwrap(), Line::Whole(b"1".to_vec()));
        assert_eq!(read_line(&mut reader, 5).unwrap(), Line::Half(2));
        assert_eq!(read_line(&mut reader, 5).unwrap(), Line::End);
    }
}
