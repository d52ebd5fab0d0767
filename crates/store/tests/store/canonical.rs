//! Canonical JSON and addresses: equal values are equal bytes.

use std::collections::{BTreeMap, HashMap};

use misgen_store::{Address, canonical_json};
use proptest::prelude::*;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(canonical_json(value).unwrap()).unwrap()
}

/// Any JSON value, with objects in the order that they are written in.
#[derive(Clone, Debug)]
enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl Json {
    /// The same value with the members of every object in another order.
    fn reordered(&self, by: usize) -> Self {
        match self {
            Self::List(items) => Self::List(items.iter().map(|item| item.reordered(by)).collect()),
            Self::Object(members) => {
                let mut members: Vec<_> =
                    members.iter().rev().map(|(key, value)| (key.clone(), value.reordered(by))).collect();
                let turn = by % members.len().max(1);
                members.rotate_left(turn);
                Self::Object(members)
            }
            other => other.clone(),
        }
    }
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Integer),
        (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO).prop_map(Json::Float),
        any::<String>().prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_order_of_keys_changes_no_byte(value in any_json(), by in 0_usize..6) {
        let other = value.reordered(by);
        prop_assert_eq!(text(&value), text(&other));
        prop_assert_eq!(Address::of(&value).unwrap(), Address::of(&other).unwrap());
    }

    #[test]
    fn reading_and_writing_again_changes_no_byte(value in any_json()) {
        let once = text(&value);
        let read: serde_json::Value = serde_json::from_str(&once).unwrap();
        prop_assert_eq!(text(&read), once);
    }

    #[test]
    fn every_finite_float_reads_back_exactly(wide in any::<f64>(), narrow in any::<f32>()) {
        if wide.is_finite() {
            prop_assert_eq!(text(&wide).trim_end().parse::<f64>().unwrap(), wide);
        } else {
            prop_assert!(canonical_json(&wide).is_err());
        }
        if narrow.is_finite() {
            prop_assert_eq!(text(&narrow).trim_end().parse::<f32>().unwrap(), narrow);
        } else {
            prop_assert!(canonical_json(&narrow).is_err());
        }
    }
}

#[derive(Serialize)]
struct Record {
    zeta: Option<u8>,
    alpha: Shape,
    unit: (),
    pair: (i8, f32),
    shapes: Vec<Shape>,
    by_seed: BTreeMap<u64, bool>,
}

#[derive(Serialize)]
enum Shape {
    Empty,
    Sized(u16),
    Pair(u16, char),
    Named { width: u8, height: f64 },
}

#[test]
fn every_kind_of_value_has_its_one_form() {
    let record = Record {
        zeta: None,
        alpha: Shape::Named { width: 2, height: 1.0 },
        unit: (),
        pair: (-1, 0.1),
        shapes: vec![Shape::Empty, Shape::Sized(7), Shape::Pair(1, '"')],
        by_seed: BTreeMap::from([(10, true), (9, false)]),
    };
    assert_eq!(
        text(&record),
        "{\"alpha\":{\"Named\":{\"height\":1.0,\"width\":2}},\"by_seed\":{\"10\":true,\"9\":false},\"pair\":[-1,0.1],\
         \"shapes\":[\"Empty\",{\"Sized\":7},{\"Pair\":[1,\"\\\"\"]}],\"unit\":null,\"zeta\":null}\n"
    );
}

#[test]
fn keys_sort_as_text_and_not_as_it_is_escaped() {
    // Escaped, the newline would begin with a backslash and sort behind the capital letter.
    let keys = HashMap::from([("\n", 1), ("Z", 2), ("é", 3), ("a", 4)]);
    assert_eq!(text(&keys), "{\"\\n\":1,\"Z\":2,\"a\":4,\"é\":3}\n");
}

#[test]
fn minus_zero_is_zero() {
    assert_eq!(text(&-0.0_f64), text(&0.0_f64));
    assert_eq!(text(&-0.0_f32), "0.0\n");
}

#[test]
fn what_json_cannot_hold_is_an_error_that_says_where() {
    let rows = HashMap::from([("rows", vec![Some(1.0), None, Some(f64::NAN)])]);
    let error = canonical_json(&rows).unwrap_err();
    assert_eq!(error.to_string(), "no canonical JSON at .rows[2]: NaN is not a JSON number");
    assert_eq!(canonical_json(&f32::INFINITY).unwrap_err().at, "");

    let twice = Json::Object(vec![("a".to_owned(), Json::Null), ("a".to_owned(), Json::Bool(true))]);
    assert_eq!(canonical_json(&twice).unwrap_err().at, ".a");
    assert!(canonical_json(&HashMap::from([((1, 2), 3)])).is_err(), "a pair as a key");
    assert!(canonical_json(&u128::MAX).is_err());
}

#[test]
fn an_address_is_the_digest_of_the_file_that_holds_the_value() {
    let value = BTreeMap::from([("a", 1)]);
    assert_eq!(Address::of(&value).unwrap(), Address::of_bytes(b"{\"a\":1}\n"));
    // The digest of no bytes, from the test vectors of BLAKE3.
    assert_eq!(Address::of_bytes(b"").to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}
