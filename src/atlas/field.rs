//! A value as the server sent it: known, absent, or not understood; and the shapes that
//! such values come in.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::model::is_plain;
use super::raw::Raw;

/// One field of an answer. A field that cannot be understood spoils itself, not
/// its row, and a row not its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Field<T> {
    /// Sent and understood.
    Known(T),
    /// Not sent, or sent as `null`.
    #[default]
    Absent,
    /// Sent, but of a type or form that gatehouse does not know. Shown as `?`.
    Odd,
}

impl<T> Field<T> {
    /// The value, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Odd => None,
        }
    }

    /// The same field with its value changed.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Known(value) => Field::Known(change(value)),
            Self::Absent => Field::Absent,
            Self::Odd => Field::Odd,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Absent,
            value => T::deserialize(value).map_or(Self::Odd, Self::Known),
        })
    }
}

/// What can be a row of a list.
pub trait Row: DeserializeOwned + Default + PartialEq {
    /// A row of which nothing was understood: it is of another kind, or has no field that
    /// is known. Where an absent field means something of
    /// its own, it must not be absent here.
    #[must_use]
    fn odd() -> Self {
        Self::default()
    }

    /// The field of the id by which Atlas is asked for such a row alone, if it is.
    const ID: Option<&'static str> = None;

    /// Keeps what came for a row that came without that: it cannot be asked for.
    fn keep(&mut self, _sent: Raw) {}
}

/// Rows of which each is read by itself: one that is not even of the right kind becomes
/// an odd row instead of spoiling the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows<T>(pub Vec<T>);

impl<'de, T: Row> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Each(PhantomData)).map(Self)
    }
}

/// Reads one row after the other: of a page, no more than one lies about half read.
struct Each<T>(PhantomData<T>);

impl<'de, T: Row> Visitor<'de> for Each<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sent: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(value) = sent.next_element()? {
            rows.push(row_of(value));
        }
        rows.shrink_to_fit();
        Ok(rows)
    }
}

/// A row as far as it is understood; what was sent is kept where it cannot be asked for.
fn row_of<T: Row>(value: Value) -> T {
    let id = T::ID.and_then(|id| value.get(id)).and_then(Value::as_str);
    let sent = T::ID.filter(|_| !id.is_some_and(is_plain)).map(|_| Raw::excerpt(&value));
    let read = match value {
        // It would do for a struct, its values for its fields.
        Value::Array(_) => None,
        value => T::deserialize(value).ok().filter(|row| *row != T::default()),
    };
    let mut row = read.unwrap_or_else(T::odd);
    if let Some(sent) = sent {
        row.keep(sent);
    }
    row
}

/// A whole answer: always an object. An array in its place would do for a struct, its
/// values for its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// One thing by itself. An object that tells of an error or wraps something, or that says
/// nothing, is none, whatever the status that it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct One<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::<String, Value>::deserialize(deserializer)?;
        let foreign = ["errorCode", "content"].iter().any(|name| fields.contains_key(*name));
        if foreign || fields.is_empty() {
            return Err(D::Error::custom("it is not what was asked for"));
        }
        T::deserialize(Value::Object(fields)).map(Self).map_err(D::Error::custom)
    }
}
