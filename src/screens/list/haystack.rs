//! The texts of all rows, one after the other in memory: a filter goes through a hundred
//! thousand of them between two keys.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::listing::{Listing, Row};
use crate::atlas::Role;

/// Rows of one block: none is so large that making room for it means copying much.
const ROWS: usize = 256;

/// What the plain words of a filter look at. It is made for the first filter and kept for
/// the next ones: rows need not carry their texts twice where nobody filters.
#[derive(Debug)]
pub(super) struct Haystack {
    /// The version of the rows that it is made of.
    pub version: u64,
    blocks: Vec<Block>,
    /// The sets of roles that rows have, each once, with their labels.
    sets: Vec<(Arc<[Role]>, String)>,
    /// Where each of them stands, by its address.
    places: HashMap<usize, u32>,
}

/// The texts of some rows: each as it is, and in lower case where that differs.
#[derive(Debug, Default)]
struct Block {
    texts: String,
    /// Where the texts of each row end, and which roles it has.
    rows: Vec<(u32, u32)>,
}

impl Haystack {
    /// One for what a list shows, of which it has nothing yet.
    pub fn begun(list: &Listing) -> Self {
        let blocks = Vec::with_capacity(list.shown_len().div_ceil(ROWS));
        // Of rows whose roles are not known.
        let sets = vec![(Arc::default(), String::new())];
        Self { version: list.version(), blocks, sets, places: HashMap::new() }
    }

    /// Takes in so many rows more of the list that it was begun for.
    pub fn take_in(&mut self, list: &Listing, most: usize) {
        let rows = self.len()..list.shown_len().min(self.len().saturating_add(most));
        for row in rows.filter_map(|at| list.shown_at(at)) {
            let set = self.set_of(row);
            if self.blocks.last().is_none_or(|block| block.rows.len() == ROWS) {
                let before = self.blocks.last().map_or(0, |block| block.texts.len());
                self.blocks.push(Block::with_room(before + before / 8));
            }
            if let Some(block) = self.blocks.last_mut() {
                block.push(row, set);
            }
        }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        let whole = self.blocks.len().saturating_sub(1) * ROWS;
        self.blocks.last().map_or(0, |last| whole + last.rows.len())
    }

    /// The texts of one row, by its place, and which of [`Haystack::sets`] it has.
    pub fn of_row(&self, at: usize) -> (&str, usize) {
        let Block { texts, rows } = &self.blocks[at / ROWS];
        let start = (at % ROWS).checked_sub(1).map_or(0, |before| rows[before].0);
        let (end, set) = rows[at % ROWS];
        (&texts[start as usize..end as usize], set as usize)
    }

    /// The labels of the roles that rows have together.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        self.sets.iter().map(|(_, labels)| labels.as_str())
    }

    /// The place of a row's roles.
    fn set_of(&mut self, row: &Row) -> u32 {
        let Some(roles) = row.identity.roles().known() else { return 0 };
        let Self { sets, places, .. } = self;
        *places.entry(Arc::as_ptr(roles).addr()).or_insert_with(|| {
            let mut labels = String::new();
            roles.iter().for_each(|role| push(&mut labels, role.label()));
            sets.push((roles.clone(), labels));
            u32::try_from(sets.len() - 1).expect("there are no more of them than rows")
        })
    }
}

impl Block {
    fn with_room(bytes: usize) -> Self {
        Self { texts: String::with_capacity(bytes), rows: Vec::with_capacity(ROWS) }
    }

    fn push(&mut self, row: &Row, set: u32) {
        row.identity.texts().for_each(|text| push(&mut self.texts, text));
        let end = u32::try_from(self.texts.len()).expect("so few rows have less than 4 GB");
        self.rows.push((end, set));
    }
}

fn push(texts: &mut String, text: &str) {
    push_line(texts, text);
    if !text.is_ascii() {
        push_line(texts, &text.to_lowercase());
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let start = texts.len();
        push_line(texts, text);
        texts[start..].make_ascii_lowercase();
    }
}

fn push_line(texts: &mut String, text: &str) {
    texts.push_str(text);
    // No word of a filter has a line's end in it.
    texts.push('\n');
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
                roles: match number % 3 {
                    0 => Field::Absent,
                    owns => Field::Known([Role::new(["ORG_OWNER", "ACB"][owns - 1])].into()),
                },
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
            assert_eq!(haystack.of_row(at).0, texts);
        }
    }

    proptest! {
        /// A word is found where a text has it; letters in upper case are meant so.
        #[test]
        fn words_are_found_as_they_are_meant(
            names in prop::collection::vec("[aBcäÖßİ東 -]{0,8}", 1..20), word in "[abBcCäÖßİ東-]{1,3}|wn|Owner|AC",
        ) {
            let list = listing(&names);
            let mut haystack = Haystack::begun(&list);
            haystack.take_in(&list, usize::MAX);
            let query = Query::parse(Kind::ServiceAccounts, &word);
            let org = Org::new(OrgId::new("org"), None);
            let lens = Lens {
                now: Timestamp::UNIX_EPOCH, zone: &TimeZone::UTC, org: &org, credential: None, trials: &[],
            };
            let is_exact = word.chars().any(char::is_uppercase);
            for (at, row) in list.shown().enumerate() {
                let roles = row.identity.roles().known().into_iter().flat_map(|roles| roles.iter());
                let mut texts = row.identity.texts().chain(roles.map(Role::label));
                let wanted = texts.any(|text| {
                    if is_exact { text.contains(&word) } else { text.to_lowercase().contains(&word.to_lowercase()) }
                });
                let finder = query.finder(Kind::ServiceAccounts);
                let in_roles: Vec<_> = haystack.sets().map(|set| finder.words_in(set)).collect();
                let (texts, set) = haystack.of_row(at);
                let found = finder.finds(row, texts, &in_roles[set], &lens);
                prop_assert_eq!(found, wanted, "{:?}", texts);
            }
        }
    }
}
