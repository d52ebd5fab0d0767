//! Episodes to Parquet. Equal episodes give equal bytes, as long as the `parquet` crate stays the same.

use super::table::{headings, schema};
use super::{EPISODES_VERSION, Episodes, EpisodesError, VERSION_KEY};
use misgen_evaluate::episode::{EpisodeRecord, Scale};
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use std::collections::BTreeSet;
use std::sync::Arc;

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// The bytes of `episodes.parquet`: one row group, snappy.
///
/// # Errors
/// When the Parquet writer fails, which in memory it has no reason to.
pub fn write_episodes(episodes: &Episodes) -> Result<Vec<u8>, EpisodesError> {
    let counts: BTreeSet<&String> = episodes.rows.iter().flat_map(|row| row.counts.keys()).collect();
    let counts: Vec<String> = counts.into_iter().cloned().collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("misgen".into())
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(vec![KeyValue::new(VERSION_KEY.into(), EPISODES_VERSION.to_string())]))
        .build();
    let schema = schema(&headings(&episodes.proxies, &counts))?;
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    let mut columns = Columns { rows: &episodes.rows, group: &mut group };
    columns.text(|_| Some(&episodes.family))?;
    columns.small(|_| Some(episodes.family_version))?;
    columns.text(|_| Some(&episodes.agent))?;
    columns.number(true, |_| episodes.mix)?;
    columns.put::<Int64Type>(false, |_| Some(episodes.seed as i64))?;
    columns.text(|row| Some(&row.shift))?;
    columns.text(|row| Some(row.role.word()))?;
    columns.put::<BoolType>(false, |row| Some(row.twin))?;
    columns.text(|row| Some(&row.play))?;
    columns.small(|row| Some(row.level))?;
    columns.optional_text(|row| row.level_id.as_deref())?;
    columns.text(|row| Some(&row.knobs))?;
    columns.small(|row| Some(row.steps))?;
    columns.text(|row| Some(if row.terminated { "terminated" } else { "truncated" }))?;
    columns.text(|row| Some(&row.outcome))?;
    columns.optional_small(|row| row.first_cue_step)?;
    columns.optional_small(|row| row.shortest)?;
    columns.text(|row| Some(&row.actions))?;
    columns.optional_text(|row| row.chances.as_deref())?;
    columns.text(|row| Some(&row.events))?;
    columns.scale(|row| row.training)?;
    for cue in 0..=episodes.proxies.len() {
        columns.scale(|row| row.cues[cue])?;
    }
    for count in &counts {
        columns.number(true, |row| row.counts.get(count).copied())?;
    }
    group.close()?;
    Ok(file.into_inner()?)
}

/// Writes one column after the other.
struct Columns<'a, 'b> {
    rows: &'a [EpisodeRecord],
    group: &'a mut Group<'b>,
}

impl<'a> Columns<'a, '_> {
    fn put<T: DataType>(
        &mut self,
        optional: bool,
        value: impl Fn(&'a EpisodeRecord) -> Option<T::T>,
    ) -> Result<(), EpisodesError> {
        let all: Vec<Option<T::T>> = self.rows.iter().map(value).collect();
        let levels: Vec<i16> = all.iter().map(|value| i16::from(value.is_some())).collect();
        let values: Vec<T::T> = all.into_iter().flatten().collect();
        let column = self.group.next_column()?;
        let mut column = column.ok_or_else(|| EpisodesError::Parquet("more columns than headings".into()))?;
        column.typed::<T>().write_batch(&values, optional.then_some(&levels[..]), None)?;
        Ok(column.close()?)
    }

    fn text(&mut self, value: impl Fn(&'a EpisodeRecord) -> Option<&'a str>) -> Result<(), EpisodesError> {
        self.put::<ByteArrayType>(false, |row| value(row).map(ByteArray::from))
    }

    fn optional_text(&mut self, value: impl Fn(&'a EpisodeRecord) -> Option<&'a str>) -> Result<(), EpisodesError> {
        self.put::<ByteArrayType>(true, |row| value(row).map(ByteArray::from))
    }

    fn small(&mut self, value: impl Fn(&EpisodeRecord) -> Option<u32>) -> Result<(), EpisodesError> {
        self.put::<Int32Type>(false, |row| value(row).map(|v| v as i32))
    }

    fn optional_small(&mut self, value: impl Fn(&EpisodeRecord) -> Option<u32>) -> Result<(), EpisodesError> {
        self.put::<Int32Type>(true, |row| value(row).map(|v| v as i32))
    }

    fn number(&mut self, optional: bool, value: impl Fn(&EpisodeRecord) -> Option<f64>) -> Result<(), EpisodesError> {
        self.put::<DoubleType>(optional, value)
    }

    fn scale(&mut self, scale: impl Fn(&EpisodeRecord) -> Scale) -> Result<(), EpisodesError> {
        self.number(false, |row| Some(scale(row).got))?;
        self.number(false, |row| Some(scale(row).base))?;
        self.number(false, |row| Some(scale(row).best))
    }
}
