//! Canonical JSON: equal values are equal bytes.
//!
//! One line without spaces; the keys of every object sorted by their UTF-8 bytes,
//! whatever order a struct or map has them in; each float in the shortest form that
//! reads back as the same float, in the precision it has (`0.1_f32` is `0.1`), and zero
//! without a sign; a newline at the end. JSON has no NaN and no infinity, and writing
//! `null` in their place would hide them, so they are errors here.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Serializer};

/// A value that has no canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no canonical JSON at {}: {what}", if at.is_empty() { "the top" } else { at })]
pub struct CanonicalError {
    /// Where in the value, as in `.rows[3].gt`; empty at the top.
    pub at: String,
    /// What stands there.
    pub what: String,
}

impl CanonicalError {
    fn new(what: impl Display) -> Self {
        Self { at: String::new(), what: what.to_string() }
    }

    fn inside(mut self, place: impl Display) -> Self {
        self.at.insert_str(0, &place.to_string());
        self
    }
}

impl ser::Error for CanonicalError {
    fn custom<T: Display>(what: T) -> Self {
        Self::new(what)
    }
}

/// The canonical JSON of a value, with a newline at the end.
///
/// # Errors
/// [`CanonicalError`] for NaN, an infinity, an integer beyond 64 bits, a key that is
/// neither text nor integer nor bool, a key that occurs twice, or a value that refuses
/// to be serialised.
pub fn canonical_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut text = value.serialize(Canonical)?;
    text.push('\n');
    Ok(text.into_bytes())
}

/// Serialises a value to its own text. The text of a container is put together from
/// those of its members once all are known, because only then can keys be sorted.
struct Canonical;

/// Declares methods that write a number, or a bool, as Rust displays it.
macro_rules! as_displayed {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<String, CanonicalError> { Ok(value.to_string()) })*
    };
}

/// Declares methods that write a float, `f32` and `f64` each in its own precision.
macro_rules! as_float {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<String, CanonicalError> {
            if !value.is_finite() {
                return Err(CanonicalError::new(format_args!("{value} is not a JSON number")));
            }
            // Minus zero equals zero, so it has to have the same bytes; the sum of the two is plain zero.
            plain_json(&(value + 0.0))
        })*
    };
}

impl Serializer for Canonical {
    type Ok = String;
    type Error = CanonicalError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    as_displayed!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    as_displayed!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);
    as_float!(serialize_f32: f32, serialize_f64: f64);

    fn serialize_char(self, value: char) -> Result<String, CanonicalError> {
        plain_json(&value)
    }

    fn serialize_str(self, value: &str) -> Result<String, CanonicalError> {
        plain_json(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<String, CanonicalError> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<String, CanonicalError> {
        Ok("null".to_owned())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, CanonicalError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<String, CanonicalError> {
        Ok("null".to_owned())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<String, CanonicalError> {
        Ok("null".to_owned())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<String, CanonicalError> {
        plain_json(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<String, CanonicalError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<String, CanonicalError> {
        let mut object = Object::new(None);
        object.add(variant.to_owned(), value)?;
        object.finish()
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<List, CanonicalError> {
        Ok(List::new(None))
    }

    fn serialize_tuple(self, _length: usize) -> Result<List, CanonicalError> {
        Ok(List::new(None))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<List, CanonicalError> {
        Ok(List::new(None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<List, CanonicalError> {
        Ok(List::new(Some(variant)))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Object, CanonicalError> {
        Ok(Object::new(None))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Object, CanonicalError> {
        Ok(Object::new(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Object, CanonicalError> {
        Ok(Object::new(Some(variant)))
    }
}

/// Scalars as serde_json writes them: shortest floats, escaped text.
fn plain_json<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    serde_json::to_string(value).map_err(CanonicalError::new)
}

/// `{"Variant":text}` for what an enum variant holds, the text itself otherwise.
fn tagged(variant: Option<&'static str>, text: String) -> Result<String, CanonicalError> {
    match variant {
        Some(variant) => Ok(format!("{{{}:{text}}}", plain_json(variant)?)),
        None => Ok(text),
    }
}

/// An array being written.
struct List {
    variant: Option<&'static str>,
    items: Vec<String>,
}

impl List {
    fn new(variant: Option<&'static str>) -> Self {
        Self { variant, items: Vec::new() }
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        let place = self.items.len();
        let text = value.serialize(Canonical).map_err(|error| error.inside(format_args!("[{place}]")))?;
        self.items.push(text);
        Ok(())
    }

    fn finish(self) -> Result<String, CanonicalError> {
        tagged(self.variant, format!("[{}]", self.items.join(",")))
    }
}

/// An object being written; its keys are unescaped, so that they sort as text.
struct Object {
    variant: Option<&'static str>,
    key: Option<String>,
    members: BTreeMap<String, String>,
}

impl Object {
    fn new(variant: Option<&'static str>) -> Self {
        Self { variant, key: None, members: BTreeMap::new() }
    }

    fn add<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), CanonicalError> {
        let text = value.serialize(Canonical).map_err(|error| error.inside(format_args!(".{key}")))?;
        if self.members.contains_key(&key) {
            return Err(CanonicalError::new("the key occurs twice").inside(format_args!(".{key}")));
        }
        self.members.insert(key, text);
        Ok(())
    }

    fn finish(self) -> Result<String, CanonicalError> {
        let mut members = Vec::with_capacity(self.members.len());
        for (key, text) in &self.members {
            members.push(format!("{}:{text}", plain_json(key)?));
        }
        tagged(self.variant, format!("{{{}}}", members.join(",")))
    }
}

/// A map's key as text. Integers and bools are written as JSON writes them, in quotes.
fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String, CanonicalError> {
    match serde_json::to_value(key).map_err(CanonicalError::new)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Bool(value) => Ok(value.to_string()),
        serde_json::Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
        other => Err(CanonicalError::new(format_args!("{other} cannot be a key"))),
    }
}

/// Implements the traits of serde that differ only in what they call a member.
macro_rules! collect_members {
    ($container:ty, $($trait:ident::$method:ident($($key:ident)?)),*) => {
        $(impl ser::$trait for $container {
            type Ok = String;
            type Error = CanonicalError;
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), CanonicalError> {
                self.add($($key.to_owned(),)? value)
            }
            fn end(self) -> Result<String, CanonicalError> {
                self.finish()
            }
        })*
    };
}

collect_members!(
    List,
    SerializeSeq::serialize_element(),
    SerializeTuple::serialize_element(),
    SerializeTupleStruct::serialize_field(),
    SerializeTupleVariant::serialize_field()
);
collect_members!(Object, SerializeStruct::serialize_field(key), SerializeStructVariant::serialize_field(key));

impl ser::SerializeMap for Object {
    type Ok = String;
    type Error = CanonicalError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CanonicalError> {
        self.key = Some(key_text(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CanonicalError> {
        let key = self.key.take().ok_or_else(|| CanonicalError::new("a member without a key"))?;
        self.add(key, value)
    }

    fn end(self) -> Result<String, CanonicalError> {
        self.finish()
    }
}
