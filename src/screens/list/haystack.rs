//! The texts of all rows, one after the other in memory: a filter goes through a hundred
//! thousand of them between two keys.

use crate::app::listing::{Listing, Row};

/// Rows of one block: none is so large that making room for it means copying much.
const ROWS: usize = 256;

/// What the plain words of a filter look at. It is made for the first filter and kept for
/// the next ones: rows need not carry their texts twice where nobody filters.
#[derive(Debug)]
pub(super) struct Haystack {
    /// The version of the rows that it is made of.
    pub version: u64,
    blocks: Vec<Block>,
}

/// The texts of some rows.
#[derive(Debug, Default)]
struct Block {
    texts: String,
    /// Where the texts of each row end.
    ends: Vec<usize>,
}

impl Haystack {
    /// One for what a list shows, of which it has nothing yet.
    pub fn begun(list: &Listing) -> Self {
        let blocks = Vec::with_capacity(list.shown_len().div_ceil(ROWS));
        Self { version: list.version(), blocks }
    }

    /// Takes in so many rows more of the list that it was begun for.
    pub fn take_in(&mut self, list: &Listing, most: usize) {
        let rows = self.len()..list.shown_len().min(self.len().saturating_add(most));
        for row in rows.filter_map(|at| list.shown_at(at)) {
            if self.blocks.last().is_none_or(|block| block.ends.len() == ROWS) {
                let before = self.blocks.last().map_or(0, |block| block.texts.len());
                self.blocks.push(Block::with_room(before + before / 8));
            }
            if let Some(block) = self.blocks.last_mut() {
                block.push(row);
            }
        }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        let whole = self.blocks.len().saturating_sub(1) * ROWS;
        self.blocks.last().map_or(0, |last| whole + last.ends.len())
    }

    /// The texts of one row, by its place: each as it is, and in lower case where that
    /// differs.
    pub fn of_row(&self, at: usize) -> &str {
        let Block { texts, ends } = &self.blocks[at / ROWS];
        let start = (at % ROWS).checked_sub(1).map_or(0, |before| ends[before]);
        &texts[start..ends[at % ROWS]]
    }
}

impl Block {
    fn with_room(bytes: usize) -> Self {
        Self { texts: String::with_capacity(bytes), ends: Vec::with_capacity(ROWS) }
    }

    fn push(&mut self, row: &Row) {
        for text in row.identity.texts() {
            self.push_line(text);
            if !text.is_ascii() {
                self.push_line(&text.to_lowercase());
            } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                let start = self.texts.len();
                self.push_line(text);
                self.texts[start..].make_ascii_lowercase();
            }
        }
        self.ends.push(self.texts.len());
    }

    fn push_line(&mut self, text: &str) {
        self.texts.push_str(text);
        // No word of a filter has a line's end in it.
        self.texts.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::app::identity::{Identity, Kind};
    use crate::app::org::Org;
    use crate::atlas::{Clean, ClientId, Field, OrgId, Page, ServiceAccount};
    use crate::screens::columns::Lens;
    use crate::screens::filter::Query;

    fn listing(names: &[String]) -> Listing {
        let row = |(number, name): (usize, &String)| {
            Identity::ServiceAccount(ServiceAccount {
                id: ClientId::new(&format!("id-{number}")),
                name: Field::Known(Clean::new(name)),
                ..ServiceAccount::default()
            })
        };
        let mut list = Listing::default();
        list.begin();
        let rows = names.iter().enumerate().map(row).collect();
        list.take(Page { rows, last: true }, Timestamp::UNIX_EPOCH);
        list
    }

    #[test]
    fn it_is_made_in_parts_over_all_its_blocks() {
        let names: Vec<_> = (0..3 * ROWS + 7).map(|number| format!("Name-{number}")).collect();
        let list = listing(&names);
        let mut haystack = Haystack::begun(&list);
        for _ in 0..5 {
            haystack.take_in(&list, 100);
        }
        assert_eq!(haystack.len(), 500);
        haystack.take_in(&list, usize::MAX);
        assert_eq!(haystack.len(), names.len());
        for (at, name) in names.iter().enumerate() {
            let texts = format!("{name}\n{}\nid-{at}\n\n", name.to_lowercase());
            assert_eq!(haystack.of_row(at), texts);
        }
    }

    proptest! {
        /// A word is found where a text has it; letters in upper case are meant so.
        #[test]
        fn words_are_found_as_they_are_meant(
            names in prop::collection::vec("[aBcäÖßİ東 -]{0,8}", 1..20), word in "[abBcCäÖßİ東-]{1,3}",
        ) {
            let list = listing(&names);
            let mut haystack = Haystack::begun(&list);
            haystack.take_in(&list, usize::MAX);
            let query = Query::parse(Kind::ServiceAccounts, &word);
            let org = Org::new(OrgId::new("org"), None);
            let lens = Lens {
                now: Timestamp::UNIX_EPOCH, zone: &TimeZone::UTC, org: &org, credential: None, rotations: &[],
            };
            let is_exact = word.chars().any(char::is_uppercase);
            for (at, row) in list.shown().enumerate() {
                let mut texts = row.identity.texts();
                let wanted = texts.any(|text| {
                    if is_exact { text.contains(&word) } else { text.to_lowercase().contains(&word.to_lowercase()) }
                });
                let finder = query.finder(Kind::ServiceAccounts);
                let texts = haystack.of_row(at);
                prop_assert_eq!(finder.finds(row, texts, &lens), wanted, "{:?}", texts);
            }
        }
    }
}
