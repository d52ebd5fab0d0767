//! What a file's footer and the pages of its columns claim about themselves, read before anything is allocated for them.
//!
//! The `parquet` crate believes them: it makes room for the lists of the footer, and for the uncompressed size and the
//! number of values of each page. So footer and headers are read here first, by a reader of Thrift's compact protocol that keeps numbers only, and
//! held against what so few bytes can hold.

use super::EpisodesError;

/// The most that one byte of snappy can become: a copy of 64 bytes takes three.
const EXPANSION: u64 = 22;

/// How deep footers and headers nest; their own depth is 5.
const DEPTH: usize = 8;

/// The largest footer, bytes: ten times that of a family with many proxies. An element of a list takes a byte or more here
/// and some hundred in memory.
const MOST_FOOTER: usize = 64 << 10;

/// What stands behind the footer: its length and the format's mark.
const TAIL: usize = 8;

/// Holds the lists of a file's footer to what its bytes can hold.
pub(crate) fn check_footer(file: &[u8]) -> Result<(), EpisodesError> {
    let claim =
        |what: &str, found: String, expected: String| EpisodesError::Claim { what: what.into(), found, expected };
    let Some((body, [a, b, c, d, b'P', b'A', b'R', b'1'])) = file.split_last_chunk::<TAIL>() else {
        return Err(claim("end of the file", "other bytes".into(), "the mark PAR1".into()));
    };
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    let most = body.len().min(MOST_FOOTER);
    if length > most {
        return Err(claim("length of the footer", length.to_string(), format!("at most {most}")));
    }
    let mut cursor = Cursor { rest: &body[body.len() - length..], depth: 0, lists: true };
    let whole = cursor.structure(0, &mut |_, _, _| ());
    whole.ok_or_else(|| claim("footer", "malformed bytes".into(), "the format's metadata".into()))
}

/// Encodings that a page may have: plain, and dictionaries with run lengths. Others can make much of little.
const ENCODINGS: [i64; 4] = [0, 2, 3, 8];

/// A page's header, so far as it matters.
#[derive(Default)]
struct Header {
    uncompressed: i64,
    compressed: i64,
    values: i64,
    encoding: i64,
    dictionary: bool,
}

/// Holds every page of a column chunk of `rows` rows to what it can hold. `chunk` are the chunk's bytes.
pub(crate) fn check(column: &str, chunk: &[u8], snappy: bool, rows: u64) -> Result<(), EpisodesError> {
    let mut rest = chunk;
    let mut values = 0_u64;
    while !rest.is_empty() {
        let at = chunk.len() - rest.len();
        let claim = |what: &str, found: &dyn std::fmt::Display, expected: String| EpisodesError::Claim {
            what: format!("column `{column}`, page at byte {at}, {what}"),
            found: found.to_string(),
            expected,
        };
        let mut cursor = Cursor { rest, depth: 0, lists: false };
        let header = cursor.header().ok_or_else(|| claim("header", &"bytes", "a page's header".into()))?;
        let length = usize::try_from(header.compressed).ok().filter(|length| *length <= cursor.rest.len());
        let length = length
            .ok_or_else(|| claim("compressed size", &header.compressed, format!("0 to {}", cursor.rest.len())))?;
        let most = if snappy { length as u64 * EXPANSION + 64 } else { length as u64 };
        let size = u64::try_from(header.uncompressed).ok().filter(|size| *size <= most);
        let size = size.ok_or_else(|| claim("uncompressed size", &header.uncompressed, format!("0 to {most}")))?;
        // A value of a dictionary takes four bytes or more; values of data pages are counted against the rows.
        let most = if header.dictionary { size / 4 } else { rows.saturating_sub(values) };
        let count = u64::try_from(header.values).ok().filter(|count| *count <= most);
        let count = count.ok_or_else(|| claim("number of values", &header.values, format!("0 to {most}")))?;
        if !ENCODINGS.contains(&header.encoding) {
            return Err(claim("encoding", &header.encoding, "plain or dictionary".into()));
        }
        if !header.dictionary {
            values += count;
        }
        rest = &cursor.rest[length..];
    }
    if values == rows {
        return Ok(());
    }
    let what = format!("column `{column}`, values of all pages");
    Err(EpisodesError::Claim { what, found: values.to_string(), expected: rows.to_string() })
}

/// A reader of Thrift's compact protocol. `None` is malformed.
struct Cursor<'a> {
    rest: &'a [u8],
    depth: usize,
    /// Whether lists may stand there: in footers, and not in the headers of pages.
    lists: bool,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, length: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(length).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn integer(&mut self) -> Option<i64> {
        let zigzag = self.varint()?;
        Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// `PageHeader` of the format's `parquet.thrift`.
    fn header(&mut self) -> Option<Header> {
        let mut header = Header::default();
        let mut seen = 0_u8;
        self.structure(0, &mut |outer, field, value| match (outer, field) {
            (0, 2) => (header.uncompressed, seen) = (value, seen | 1),
            (0, 3) => (header.compressed, seen) = (value, seen | 2),
            // Data pages, and dictionary pages.
            (5 | 7 | 8, 1) => (header.values, header.dictionary, seen) = (value, outer == 7, seen | 4),
            (5 | 7, 2) | (8, 4) => (header.encoding, seen) = (value, seen | 8),
            _ => {}
        })?;
        (seen == 15).then_some(header)
    }

    /// Reads a structure and tells of its integers: (field of the outer structure, field, value).
    fn structure(&mut self, outer: i64, tell: &mut dyn FnMut(i64, i64, i64)) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                self.depth -= 1;
                return Some(());
            }
            field = match head >> 4 {
                0 => self.integer()?,
                delta => field.checked_add(i64::from(delta))?,
            };
            match head & 0xF {
                4..=6 => {
                    let value = self.integer()?;
                    tell(outer, field, value);
                }
                12 => {
                    // Deeper structures are statistics, which nobody reads.
                    let inner = if self.depth == 1 { field } else { -1 };
                    self.structure(inner, tell)?;
                }
                kind => self.value(kind)?,
            }
        }
    }

    /// Reads past a value that does not matter.
    fn value(&mut self, kind: u8) -> Option<()> {
        match kind {
            1 | 2 => Some(()),
            3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            12 => self.structure(-1, &mut |_, _, _| ()),
            9 if self.lists => self.list(),
            // Sets and maps: nothing of ours holds any.
            _ => None,
        }
    }

    /// Reads past a list, every element of which takes a byte or more.
    fn list(&mut self) -> Option<()> {
        let head = self.byte()?;
        let (kind, short) = (head & 0xF, u64::from(head >> 4));
        let count = if short == 15 { self.varint()? } else { short };
        if count > self.rest.len() as u64 {
            return None;
        }
        // A boolean is in the type of a field, and a byte of its own in a list.
        (0..count).try_for_each(|_| if kind <= 2 { self.skip(1) } else { self.value(kind) })
    }
}
