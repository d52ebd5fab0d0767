//! Parquet to episodes. The file may come from anywhere: whatever it holds, reading ends in episodes or in an error,
//! in time and memory that grow with its size and not with what it claims.

use super::table::{COLON, Heading, headings, schema};
use super::{EPISODES_VERSION, Episodes, EpisodesError, VERSION_KEY, pages};
use bytes::Bytes;
use misgen_core::Role;
use misgen_evaluate::episode::{EpisodeRecord, Scale};
use parquet::basic::Compression;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::AssertUnwindSafe;

/// The largest file that is read: 64 MiB.
pub const MAX_BYTES: usize = 64 << 20;

/// The fewest bytes of a file that stand for one row. Written rows take ten and more.
const ROW_BYTES: usize = 4;

/// The most bytes of text that one byte of a file may stand for, through dictionaries and compression.
const TEXT_EXPANSION: usize = 256;

/// The episodes of a file that [`super::write_episodes`] wrote.
///
/// Row count, page sizes, encodings and texts are bounded by the size of the file before anything is allocated for them.
/// A panic of the `parquet` crate on malformed input is caught and becomes an error.
///
/// # Errors
/// When the bytes are not such a file.
pub fn read_episodes(bytes: &[u8]) -> Result<Episodes, EpisodesError> {
    if bytes.len() > MAX_BYTES {
        return Err(EpisodesError::TooLarge { bytes: bytes.len() });
    }
    let bytes = Bytes::copy_from_slice(bytes);
    let read = std::panic::catch_unwind(AssertUnwindSafe(|| read(&bytes)));
    read.unwrap_or_else(|_| Err(EpisodesError::Parquet("the decoder gave up on it".into())))
}

fn claim<T>(what: &str, found: impl Display, expected: impl Display) -> Result<T, EpisodesError> {
    let (found, expected) = (found.to_string(), expected.to_string());
    Err(EpisodesError::Claim { what: what.to_owned(), found, expected })
}

/// A text of the file as an error quotes it.
fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

fn read(bytes: &Bytes) -> Result<Episodes, EpisodesError> {
    pages::check_footer(bytes)?;
    let file = SerializedFileReader::new(bytes.clone())?;
    let metadata = file.metadata().file_metadata();
    let version = metadata.key_value_metadata().and_then(|all| all.iter().find(|pair| pair.key == VERSION_KEY));
    let version = version.and_then(|pair| pair.value.as_deref()).unwrap_or("none");
    if version != EPISODES_VERSION.to_string() {
        return claim(VERSION_KEY, quoted(version), EPISODES_VERSION);
    }
    let most = bytes.len() / ROW_BYTES;
    let rows = usize::try_from(metadata.num_rows()).ok().filter(|rows| (1..=most).contains(rows));
    let Some(rows) = rows else { return claim("number of rows", metadata.num_rows(), format!("1 to {most}")) };
    let names = |prefix: &str| -> Vec<String> {
        let fields = metadata.schema_descr().root_schema().get_fields().iter();
        fields.filter_map(|field| Some(field.name().strip_prefix(prefix)?.strip_prefix(COLON)?.to_owned())).collect()
    };
    let (proxies, counts) = (names("return"), names("count"));
    let headings = headings(&proxies, &counts);
    check_schema(&file, &headings)?;
    check_pages(&file, bytes, rows)?;
    let budget = bytes.len() * TEXT_EXPANSION;
    assemble(Columns { file: &file, headings: &headings, next: 0, rows, budget }, proxies, &counts)
}

/// Refuses other columns than those that the names in them ask for.
fn check_schema(file: &SerializedFileReader<Bytes>, headings: &[Heading]) -> Result<(), EpisodesError> {
    let expected = schema(headings)?;
    let found = file.metadata().file_metadata().schema_descr().root_schema();
    let (found, expected) = (found.get_fields(), expected.get_fields());
    for place in 0..found.len().max(expected.len()) {
        let (one, other) = (found.get(place), expected.get(place));
        if one != other {
            let said = |field: Option<&parquet::schema::types::TypePtr>| match field {
                None => "no column".to_owned(),
                Some(field) if field.is_primitive() => {
                    format!("{} ({})", quoted(field.name()), field.get_physical_type())
                }
                Some(field) => format!("{} (a group)", quoted(field.name())),
            };
            return Err(EpisodesError::Column { place: place + 1, found: said(one), expected: said(other) });
        }
    }
    Ok(())
}

/// Refuses chunks that lie outside the file, and pages that claim more than they can hold.
fn check_pages(file: &SerializedFileReader<Bytes>, bytes: &Bytes, rows: usize) -> Result<(), EpisodesError> {
    let mut counted = 0_u64;
    for group in file.metadata().row_groups() {
        let Some(rows) = u64::try_from(group.num_rows()).ok() else {
            return claim("rows of a group", group.num_rows(), "0 or more");
        };
        counted = counted.saturating_add(rows);
        for column in group.columns() {
            let name = column.column_descr().name();
            let snappy = match column.compression() {
                Compression::SNAPPY => true,
                Compression::UNCOMPRESSED => false,
                other => return claim(&format!("column `{name}`, codec"), other, "snappy or none"),
            };
            let Some(chunk) = chunk(column, bytes) else {
                return claim(&format!("column `{name}`"), "a place outside the file", "one inside");
            };
            pages::check(name, chunk, snappy, rows)?;
        }
    }
    if counted == rows as u64 { Ok(()) } else { claim("rows of all groups", counted, rows) }
}

/// The bytes of a column chunk.
fn chunk<'a>(column: &ColumnChunkMetaData, bytes: &'a Bytes) -> Option<&'a [u8]> {
    let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(usize::try_from(column.compressed_size()).ok()?)?;
    bytes.get(start..end)
}

/// Reads one column after the other.
struct Columns<'a> {
    file: &'a SerializedFileReader<Bytes>,
    headings: &'a [Heading],
    next: usize,
    rows: usize,
    /// Bytes of text that may still be made.
    budget: usize,
}

impl Columns<'_> {
    /// Name of the column that was read last.
    fn name(&self) -> &str {
        &self.headings[self.next - 1].name
    }

    fn wrong<T>(&self, row: usize, found: &str, expected: &'static str) -> Result<T, EpisodesError> {
        Err(EpisodesError::Value { row: row + 1, column: self.name().to_owned(), found: quoted(found), expected })
    }

    fn values<T: DataType>(&mut self) -> Result<Vec<Option<T::T>>, EpisodesError> {
        let (place, optional) = (self.next, self.headings[self.next].optional);
        self.next += 1;
        let mut all = Vec::with_capacity(self.rows);
        for (g, group) in self.file.metadata().row_groups().iter().enumerate() {
            let rows = group.num_rows() as usize;
            let mut reader = get_typed_column_reader::<T>(self.file.get_row_group(g)?.get_column_reader(place)?);
            let (mut values, mut levels) = (Vec::new(), Vec::new());
            let (read, _, _) = reader.read_records(rows, optional.then_some(&mut levels), None, &mut values)?;
            let filled = if optional { levels.iter().filter(|level| **level == 1).count() } else { rows };
            if read != rows || values.len() != filled || optional && levels.len() != rows {
                return claim(&format!("values of column `{}`", self.name()), values.len(), filled);
            }
            let mut values = values.into_iter();
            match optional {
                true => all.extend(levels.iter().map(|level| if *level == 1 { values.next() } else { None })),
                false => all.extend(values.map(Some)),
            }
        }
        Ok(all)
    }

    fn required<T: DataType>(&mut self) -> Result<Vec<T::T>, EpisodesError> {
        Ok(self.values::<T>()?.into_iter().flatten().collect())
    }

    fn optional_text(&mut self) -> Result<Vec<Option<String>>, EpisodesError> {
        let all = self.values::<ByteArrayType>()?;
        let total: usize = all.iter().flatten().map(parquet::data_type::ByteArray::len).sum();
        let Some(left) = self.budget.checked_sub(total) else {
            return claim(&format!("text of column `{}`", self.name()), total, format!("at most {}", self.budget));
        };
        self.budget = left;
        let one = |(row, bytes): (usize, Option<parquet::data_type::ByteArray>)| match bytes {
            None => Ok(None),
            Some(bytes) => match std::str::from_utf8(bytes.data()) {
                Ok(text) => Ok(Some(text.to_owned())),
                Err(_) => self.wrong(row, "bytes", "UTF-8"),
            },
        };
        all.into_iter().enumerate().map(one).collect()
    }

    fn text(&mut self) -> Result<Vec<String>, EpisodesError> {
        Ok(self.optional_text()?.into_iter().flatten().collect())
    }

    fn small(&mut self) -> Result<Vec<u32>, EpisodesError> {
        Ok(self.required::<Int32Type>()?.into_iter().map(|value| value as u32).collect())
    }

    fn optional_small(&mut self) -> Result<Vec<Option<u32>>, EpisodesError> {
        Ok(self.values::<Int32Type>()?.into_iter().map(|value| value.map(|v| v as u32)).collect())
    }

    fn numbers(&mut self) -> Result<Vec<Option<f64>>, EpisodesError> {
        let all = self.values::<DoubleType>()?;
        match all.iter().position(|value| value.is_some_and(|v| !v.is_finite())) {
            Some(row) => self.wrong(row, "a number that is none", "a finite number"),
            None => Ok(all),
        }
    }

    fn scales(&mut self) -> Result<Vec<Scale>, EpisodesError> {
        let mut three = || -> Result<Vec<f64>, EpisodesError> { Ok(self.numbers()?.into_iter().flatten().collect()) };
        let (got, base, best) = (three()?, three()?, three()?);
        let parts = got.into_iter().zip(base).zip(best);
        Ok(parts.map(|((got, base), best)| Scale { got, base, best }).collect())
    }

    /// The value that all rows have.
    fn same<T: PartialEq + Clone>(&self, values: &[T]) -> Result<T, EpisodesError> {
        match values.iter().position(|value| *value != values[0]) {
            Some(row) => self.wrong(row, "another value", "the same in all rows"),
            None => Ok(values[0].clone()),
        }
    }

    /// Values of a few words.
    fn words<T>(&mut self, expected: &'static str, known: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, EpisodesError> {
        let texts = self.text()?;
        let one = |(row, text): (usize, &String)| match known(text) {
            Some(value) => Ok(value),
            None => self.wrong(row, text, expected),
        };
        texts.iter().enumerate().map(one).collect()
    }
}

/// The columns in their order, made into rows.
fn assemble(mut all: Columns<'_>, proxies: Vec<String>, counts: &[String]) -> Result<Episodes, EpisodesError> {
    let family = all.text().and_then(|values| all.same(&values))?;
    let family_version = all.small().and_then(|values| all.same(&values))?;
    let agent = all.text().and_then(|values| all.same(&values))?;
    let mix = all.numbers().and_then(|values| all.same(&values))?;
    let seed = all.required::<Int64Type>().and_then(|values| all.same(&values))? as u64;
    let shift = all.text()?;
    let role = all.words("a role", |word| serde_json::from_value::<Role>(word.into()).ok())?;
    let twin = all.required::<BoolType>()?;
    let play = all.text()?;
    let level = all.small()?;
    let level_id = all.optional_text()?;
    let knobs = all.text()?;
    let steps = all.small()?;
    let terminated = all.words("terminated or truncated", |word| match word {
        "terminated" => Some(true),
        "truncated" => Some(false),
        _ => None,
    })?;
    let outcome = all.text()?;
    let first_cue_step = all.optional_small()?;
    let shortest = all.optional_small()?;
    let actions = all.text()?;
    let short = actions.iter().zip(&steps).position(|(actions, steps)| actions.len() as u64 != u64::from(*steps));
    if let Some(row) = short {
        return all.wrong(row, &actions[row], "as many letters as steps");
    }
    let chances = all.optional_text()?;
    let events = all.text()?;
    let training = all.scales()?;
    let cues = (0..=proxies.len()).map(|_| all.scales()).collect::<Result<Vec<_>, _>>()?;
    let counted = counts.iter().map(|_| all.numbers()).collect::<Result<Vec<_>, _>>()?;
    let row = |i: usize| EpisodeRecord {
        shift: shift[i].clone(),
        role: role[i],
        twin: twin[i],
        play: play[i].clone(),
        level: level[i],
        level_id: level_id[i].clone(),
        knobs: knobs[i].clone(),
        steps: steps[i],
        terminated: terminated[i],
        outcome: outcome[i].clone(),
        first_cue_step: first_cue_step[i],
        shortest: shortest[i],
        training: training[i],
        cues: cues.iter().map(|cue| cue[i]).collect(),
        counts: counts
            .iter()
            .zip(&counted)
            .filter_map(|(name, column)| Some((name.clone(), column[i]?)))
            .collect::<BTreeMap<_, _>>(),
        actions: actions[i].clone(),
        chances: chances[i].clone(),
        events: events[i].clone(),
    };
    let rows = (0..all.rows).map(row).collect();
    Ok(Episodes { family, family_version, agent, mix, seed, proxies, rows })
}
