//! Rows that an earlier session read and this one has not read yet. They are shown, and
//! known to be old; nothing else looks at them.
//!
//! They stand behind the rows that were read and nowhere else: [`Listing::rows`] and
//! [`Listing::row`], by which everything is judged and changed, do not know them.

use jiff::Timestamp;

use super::{Listing, Row};
use crate::app::identity::Identity;
use crate::atlas::IdentityId;

/// The rows of an earlier session that are not read again yet.
#[derive(Debug)]
pub(super) struct Recalled {
    rows: Vec<Row>,
    /// When they were read.
    read: Timestamp,
}

impl Listing {
    /// Shows what an earlier session read at `read`, until this list was read whole.
    pub fn recall(&mut self, identities: Vec<Identity>, read: Timestamp) {
        if self.complete {
            return;
        }
        let rows = identities.into_iter().map(|identity| Row::new(identity, 0)).collect();
        self.recalled = Some(Recalled { rows, read });
        self.retain_unread();
    }

    /// Shows nothing of an earlier session any more.
    pub fn forget_recalled(&mut self) {
        if self.recalled.take().is_some() {
            (self.version, self.moves) = (self.version + 1, self.moves + 1);
        }
    }

    /// Rows that were read are not shown as they were before.
    pub(super) fn retain_unread(&mut self) {
        let Self { recalled: Some(recalled), index, rows, .. } = self else { return };
        recalled.rows.retain(|row| index.find(row.identity.id_text(), rows).is_none());
        // They stand behind the others, so their places change with these.
        (self.version, self.moves) = (self.version + 1, self.moves + 1);
    }

    /// When the rows were read that are shown of an earlier session, if there are any.
    #[must_use]
    pub fn recalled_from(&self) -> Option<Timestamp> {
        self.recalled.as_ref().filter(|recalled| !recalled.rows.is_empty()).map(|it| it.read)
    }

    /// All that is shown: the rows that were read, then those of an earlier session.
    pub fn shown(&self) -> impl Iterator<Item = &Row> {
        self.iter().chain(self.old())
    }

    /// How many are shown.
    #[must_use]
    pub fn shown_len(&self) -> usize {
        self.rows.len() + self.old().len()
    }

    /// What is shown at a place.
    #[must_use]
    pub fn shown_at(&self, place: usize) -> Option<&Row> {
        self.rows.get(place).map(|row| &**row).or_else(|| self.old().get(place - self.rows.len()))
    }

    /// Whether what is shown at a place is of an earlier session.
    #[must_use]
    pub fn is_old_at(&self, place: usize) -> bool {
        place >= self.rows.len()
    }

    /// The place of what is shown of an identity.
    #[must_use]
    pub fn shown_place(&self, id: &IdentityId) -> Option<usize> {
        let old = || self.old().iter().position(|row| row.identity.id_text() == id.as_str());
        self.place(id).or_else(|| old().map(|at| self.rows.len() + at))
    }

    fn old(&self) -> &[Row] {
        self.recalled.as_ref().map_or(&[], |recalled| &recalled.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, page};
    use super::*;

    fn shown(list: &Listing) -> Vec<(&str, bool)> {
        let name = |at| list.shown_at(at).expect("there").identity.public_part();
        (0..list.shown_len()).map(|at| (name(at), list.is_old_at(at))).collect()
    }

    fn recalled(names: &[&str]) -> Listing {
        let mut list = Listing::default();
        list.begin();
        list.recall(names.iter().map(|name| account(name, name)).collect(), Timestamp::MIN);
        list
    }

    #[test]
    fn old_rows_are_shown_until_they_were_read_and_are_no_rows() {
        let (mut list, now) = (recalled(&["a", "b", "c"]), Timestamp::UNIX_EPOCH);
        assert_eq!(shown(&list), [("a", true), ("b", true), ("c", true)]);
        assert_eq!(list.recalled_from(), Some(Timestamp::MIN));
        let id = account("b", "b").id();
        assert!(list.rows().is_empty() && list.row(&id).is_none() && list.row_mut(&id).is_none());
        assert!(!list.is_complete());
        let (version, moves) = (list.version(), list.moves());
        list.take(page(&["b", "d"], false), now);
        assert!(list.version() > version && list.moves() > moves, "places have changed");
        assert_eq!(shown(&list), [("b", false), ("d", false), ("a", true), ("c", true)]);
        assert_eq!(list.shown_place(&account("c", "c").id()), Some(3));
        assert_eq!(list.rows().len(), 2);
        list.take(page(&["c"], true), now);
        assert_eq!(shown(&list), [("b", false), ("d", false), ("c", false)], "a is gone");
        assert_eq!(list.recalled_from(), None);
    }

    #[test]
    fn a_row_that_was_read_alone_is_not_shown_twice() {
        let mut list = recalled(&["a", "b"]);
        list.take_one(account("b", "b"));
        assert_eq!(shown(&list), [("b", false), ("a", true)]);
    }

    #[test]
    fn what_comes_late_says_nothing() {
        let (mut list, now) = (Listing::default(), Timestamp::UNIX_EPOCH);
        list.begin();
        list.take(page(&["a"], false), now);
        list.recall(vec![account("a", "old"), account("b", "b")], now);
        assert_eq!(shown(&list), [("a", false), ("b", true)], "part of it was read before");
        list.take(page(&[], true), now);
        let version = list.version();
        list.recall(vec![account("c", "c")], now);
        assert_eq!((shown(&list), list.version()), (vec![("a", false)], version));
    }

    #[test]
    fn they_can_be_taken_away() {
        let mut list = recalled(&["a"]);
        let moves = list.moves();
        list.forget_recalled();
        assert!(list.shown_len() == 0 && list.moves() > moves);
    }
}
