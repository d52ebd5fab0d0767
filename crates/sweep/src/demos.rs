//! Demonstrations as Parquet: what the best play does in every step, for whoever learns from it elsewhere.

use misgen_core::{Demonstrator, Ended, Events, LevelPlan, Pool, Rng, one_of};
use misgen_solve::{Guide, Process};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, FloatType, Int32Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use std::sync::Arc;

/// Version of the columns.
const DEMOS_VERSION: u32 = 1;
/// Lanes played together; no row depends on it.
const LANES: usize = 64;
/// Largest level that is solved, in states.
const MAX_STATES: usize = misgen_evaluate::pools::MAX_STATES;

/// One step of a demonstration.
#[derive(Clone, Debug, PartialEq)]
pub struct Demo {
    /// The level, by its place in the pool.
    pub level: u32,
    /// Steps taken before this one.
    pub step: u32,
    /// The observation: a byte or two a cell (little-endian), bit k for channel k, row by row.
    pub obs: Vec<u8>,
    /// The action that was taken, one of `best`.
    pub action: u8,
    /// The equally good actions, as a set: bit a is action a.
    pub best: u16,
    /// The training reward of the step.
    pub reward: f32,
    /// Whether the rules ended the episode with it.
    pub terminated: bool,
    /// Whether the limit did.
    pub truncated: bool,
}

/// An episode of the best play for the training reward on each level of `pool`, in the order of levels and steps.
///
/// # Errors
/// When a level is too large to be solved.
pub fn demonstrate(pool: &Arc<dyn Pool>, gamma: f64, seed: u64) -> std::result::Result<Vec<Demo>, String> {
    let (spec, obs) = (pool.spec(), pool.obs_spec());
    let mut guide = Guide::to_training(Arc::clone(pool), Process::new(gamma, pool.limit()), MAX_STATES);
    let mut env = Arc::clone(pool).batch(LANES, pool.limit(), Events::NONE);
    env.restart(&LevelPlan::Once { ids: (0..pool.len() as u32).collect(), seed });
    let reward = spec.reward();
    let (mut best, mut actions) = (vec![0_u16; LANES], vec![0; LANES]);
    let mut demos = Vec::new();
    loop {
        guide.advise(&*env, &mut best)?;
        if best.iter().all(|set| *set == 0) {
            break;
        }
        let view = env.view();
        let begun = demos.len();
        for lane in (0..LANES).filter(|lane| best[*lane] != 0) {
            let (level, step) = (view.level[lane], u32::from(view.steps[lane]));
            let mut rng = Rng::keyed(seed, &format!("demonstration/{level}"), u64::from(step));
            actions[lane] = one_of(best[lane], &mut rng);
            let bits = (0..obs.height * obs.width).map(|cell| obs.cell(view.lane(lane), cell).to_le_bytes());
            demos.push(Demo {
                level,
                step,
                obs: bits.flat_map(|bits| bits.into_iter().take(obs.cell_bytes)).collect(),
                action: actions[lane],
                best: best[lane],
                reward: 0.0,
                terminated: false,
                truncated: false,
            });
        }
        let next = env.step(&actions);
        let lanes = (0..LANES).filter(|lane| best[*lane] != 0);
        for (demo, lane) in demos[begun..].iter_mut().zip(lanes) {
            demo.reward = reward.of(next.events[lane]);
            demo.terminated = next.ended[lane] == Ended::Terminated;
            demo.truncated = next.ended[lane] == Ended::Truncated;
        }
        guide.follow(&*env, &actions);
    }
    demos.sort_by_key(|demo| (demo.level, demo.step));
    Ok(demos)
}

/// The bytes of a file of demonstrations on `pool`: one row group, snappy. What the levels are stands in its metadata: family, knobs, channels,
/// actions, rows and columns of the grid.
///
/// # Errors
/// When the Parquet writer fails, which in memory it has no reason to.
pub fn write_demos(pool: &dyn Pool, law: &str, mix: f64, seed: u64, demos: &[Demo]) -> Result<Vec<u8>> {
    let (spec, obs) = (pool.spec(), pool.obs_spec());
    let names = |all: Vec<&str>| serde_json::to_string(&all).expect("names");
    let note = |key: &str, value: String| KeyValue::new(format!("misgen.{key}"), value);
    let notes = vec![
        note("demos_version", DEMOS_VERSION.to_string()),
        note("family", spec.id()),
        note("knobs", pool.knobs().to_string()),
        note("law", law.to_owned()),
        note("mix", mix.to_string()),
        note("seed", seed.to_string()),
        note("shape", format!("[{},{},{}]", obs.height, obs.width, obs.cell_bytes)),
        note("channels", names(obs.channels.iter().map(|channel| channel.name).collect())),
        note("actions", names(spec.actions.to_vec())),
    ];
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("misgen".into())
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(notes))
        .build();
    let field = |name: &str, physical, small: bool, text: bool| {
        let (logical, converted) = match (small, text) {
            (true, _) => (Some(LogicalType::integer(32, false)), ConvertedType::UINT_32),
            (_, true) => (Some(LogicalType::String), ConvertedType::UTF8),
            _ => (None, ConvertedType::NONE),
        };
        let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
        builder.with_logical_type(logical).with_converted_type(converted).build().map(Arc::new)
    };
    let fields = vec![
        field("level", Physical::INT32, true, false)?,
        field("level_id", Physical::BYTE_ARRAY, false, true)?,
        field("step", Physical::INT32, true, false)?,
        field("observation", Physical::BYTE_ARRAY, false, false)?,
        field("action", Physical::INT32, true, false)?,
        field("best", Physical::INT32, true, false)?,
        field("reward", Physical::FLOAT, false, false)?,
        field("terminated", Physical::BOOLEAN, false, false)?,
        field("truncated", Physical::BOOLEAN, false, false)?,
    ];
    let schema = Arc::new(Type::group_type_builder("demonstration").with_fields(fields).build()?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    let id = |demo: &Demo| {
        let key = pool.key(demo.level as usize);
        ByteArray::from(key.map_or_else(String::new, |key| key.to_string()).into_bytes())
    };
    column::<Int32Type>(&mut group, demos.iter().map(|demo| demo.level as i32))?;
    column::<ByteArrayType>(&mut group, demos.iter().map(id))?;
    column::<Int32Type>(&mut group, demos.iter().map(|demo| demo.step as i32))?;
    column::<ByteArrayType>(&mut group, demos.iter().map(|demo| ByteArray::from(demo.obs.clone())))?;
    column::<Int32Type>(&mut group, demos.iter().map(|demo| i32::from(demo.action)))?;
    column::<Int32Type>(&mut group, demos.iter().map(|demo| i32::from(demo.best)))?;
    column::<FloatType>(&mut group, demos.iter().map(|demo| demo.reward))?;
    column::<BoolType>(&mut group, demos.iter().map(|demo| demo.terminated))?;
    column::<BoolType>(&mut group, demos.iter().map(|demo| demo.truncated))?;
    group.close()?;
    file.into_inner()
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = T::T>,
) -> Result<()> {
    let values: Vec<T::T> = values.collect();
    let column = group.next_column()?;
    let mut column = column.ok_or_else(|| ParquetError::General("more columns than fields".into()))?;
    column.typed::<T>().write_batch(&values, None, None)?;
    column.close()
}
