//! A value as the server sent it: known, absent, or not understood.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

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

/// Rows of which each is read by itself: one that is not even an object becomes
/// an empty row instead of spoiling the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows<T>(pub Vec<T>);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<Value>::deserialize(deserializer)?;
        Ok(Self(rows.into_iter().map(|row| T::deserialize(row).unwrap_or_default()).collect()))
    }
}
