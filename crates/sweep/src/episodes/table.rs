//! Columns in memory: names, kinds and values, between episodes and Parquet.

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Bool,
    /// Unsigned, 32 bits.
    Small,
    /// Unsigned, 64 bits.
    Large,
    Number,
}

/// Name, kind, and whether values may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

impl Heading {
    pub(crate) fn new(name: &str, kind: Kind, optional: bool) -> Self {
        Self { name: name.to_owned(), kind, optional }
    }
}

/// Parts a name of the family's from the name of the column.
pub(crate) const COLON: char = ':';

/// The headings of a family's file, in order.
pub(crate) fn headings(proxies: &[String], counts: &[String]) -> Vec<Heading> {
    use Kind::{Bool, Large, Number, Small, Text};
    let mut all: Vec<Heading> = [
        ("family", Text, false),
        ("family_version", Small, false),
        ("agent", Text, false),
        ("mix", Number, true),
        ("seed", Large, false),
        ("shift", Text, false),
        ("role", Text, false),
        ("twin", Bool, false),
        ("play", Text, false),
        ("level", Small, false),
        ("level_id", Text, true),
        ("knobs", Text, false),
        ("steps", Small, false),
        ("ended", Text, false),
        ("outcome", Text, false),
        ("first_cue_step", Small, true),
        ("shortest", Small, true),
        ("actions", Text, false),
        ("chances", Text, true),
        ("events", Text, false),
        ("return_training", Number, false),
        ("v_base_training", Number, false),
        ("v_best_training", Number, false),
        ("return_goal", Number, false),
        ("v_base_goal", Number, false),
        ("v_best_goal", Number, false),
    ]
    .map(|(name, kind, optional)| Heading::new(name, kind, optional))
    .into();
    for proxy in proxies {
        all.extend(
            ["return", "v_base", "v_best"].map(|what| Heading::new(&format!("{what}{COLON}{proxy}"), Number, false)),
        );
    }
    all.extend(counts.iter().map(|count| Heading::new(&format!("count{COLON}{count}"), Number, true)));
    all
}

/// The Parquet schema of headings.
pub(crate) fn schema(headings: &[Heading]) -> Result<TypePtr> {
    let field = |heading: &Heading| -> Result<TypePtr> {
        let (physical, logical, converted) = match heading.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
            Kind::Bool => (Physical::BOOLEAN, None, ConvertedType::NONE),
            Kind::Small => (Physical::INT32, Some(LogicalType::integer(32, false)), ConvertedType::UINT_32),
            Kind::Large => (Physical::INT64, Some(LogicalType::integer(64, false)), ConvertedType::UINT_64),
            Kind::Number => (Physical::DOUBLE, None, ConvertedType::NONE),
        };
        let repetition = if heading.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let builder = Type::primitive_type_builder(&heading.name, physical).with_repetition(repetition);
        Ok(Arc::new(builder.with_logical_type(logical).with_converted_type(converted).build()?))
    };
    let fields = headings.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("episode").with_fields(fields).build()?))
}
