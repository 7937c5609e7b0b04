//! Rows in the order in which they came, each found by its id at once. Knows
//! nothing of what the rows are.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A row with an id.
pub trait Kept {
    /// The id under which it is found.
    fn id(&self) -> &str;
}

/// Rows in order, found by id. Reading a page costs that page, however long the
/// shelf is.
#[derive(Debug)]
pub struct Shelf<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Kept> Shelf<T> {
    /// Puts a row at the end; one with the same id makes room for it.
    pub fn put(&mut self, row: T) {
        if let Some(&place) = self.places.get(row.id()) {
            self.rows[place] = row;
            return;
        }
        self.places.insert(row.id().to_owned(), self.rows.len());
        self.rows.push(row);
    }

    /// The row with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.places.get(id).map(|&place| &self.rows[place])
    }

    /// The row with this id, to be changed. Its id must stay.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.places.get(id).map(|&place| &mut self.rows[place])
    }

    /// Takes the row with this id away.
    pub fn remove(&mut self, id: &str) -> Option<T> {
        let place = self.places.remove(id)?;
        for moved in self.places.values_mut().filter(|moved| **moved > place) {
            *moved -= 1;
        }
        Some(self.rows.remove(place))
    }

    /// Every row, in order.
    #[must_use]
    pub fn rows(&self) -> &[T] {
        &self.rows
    }

    /// Every row, in order, to be changed. Ids must stay.
    pub fn rows_mut(&mut self) -> &mut [T] {
        &mut self.rows
    }
}

/// A shelf is written as its rows.
impl<T: Serialize> Serialize for Shelf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de, T: Kept + Deserialize<'de>> Deserialize<'de> for Shelf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shelf = Self::default();
        for row in Vec::deserialize(deserializer)? {
            shelf.put(row);
        }
        Ok(shelf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kept for (&'static str, u8) {
        fn id(&self) -> &str {
            self.0
        }
    }

    #[test]
    fn rows_keep_their_order_and_are_found_after_others_went() {
        let mut shelf = Shelf::default();
        for row in [("a", 1), ("b", 2), ("c", 3), ("a", 4)] {
            shelf.put(row);
        }
        assert_eq!(shelf.rows(), [("a", 4), ("b", 2), ("c", 3)]);
        assert_eq!(shelf.remove("a"), Some(("a", 4)));
        assert_eq!(shelf.remove("a"), None);
        assert_eq!((shelf.get("b"), shelf.get("c")), (Some(&("b", 2)), Some(&("c", 3))));
    }
}
