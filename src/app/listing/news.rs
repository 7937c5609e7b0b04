//! What a reading brought that the one before had not: rows that are new or changed are
//! marked for a moment, and what came and went is counted.
//!
//! The first reading brings no news, also where rows of an earlier session stood there: all
//! of the screen changes then, and what happened since is told, with who did it, by the
//! activity. That something was used is no news: a busy account would be marked for ever.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::Listing;
use crate::app::identity::Identity;
use crate::atlas::{IdentityId, ServiceAccount};

/// Rows are marked for so long, as words that pass are shown.
const MOMENT: SignedDuration = SignedDuration::from_secs(4);

/// What is new about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It was not there.
    New,
    /// It was another.
    Changed,
}

/// How many rows are changed, new and gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// So many were others.
    pub changed: usize,
    /// So many were not there.
    pub new: usize,
    /// So many are there no more.
    pub gone: usize,
}

impl std::ops::Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            changed: self.changed + other.changed,
            new: self.new + other.new,
            gone: self.gone + other.gone,
        }
    }
}

/// What one reading has brought so far.
#[derive(Debug, Default)]
pub(super) struct Brought {
    rows: HashMap<IdentityId, News>,
    gone: usize,
}

impl Brought {
    pub fn note(&mut self, id: IdentityId, news: News) {
        // What is new and changes before it was told is new.
        self.rows.entry(id).or_insert(news);
    }

    pub fn note_gone(&mut self, rows: usize) {
        self.gone += rows;
    }
}

/// News that are shown just now.
#[derive(Debug)]
pub(super) struct Told {
    brought: Brought,
    until: Timestamp,
}

impl Listing {
    /// Tells for a moment what the reading brought that has just ended, but for the row
    /// that is of our own making.
    pub fn tell_news(&mut self, own: Option<&IdentityId>, now: Timestamp) {
        let Some(mut brought) = self.gathered.take() else { return };
        if let Some(own) = own {
            brought.rows.remove(own);
        }
        let has_any = !brought.rows.is_empty() || brought.gone > 0;
        self.told = has_any.then(|| Told { brought, until: now + MOMENT });
    }

    /// Its moment is over.
    pub fn settle_news(&mut self, now: Timestamp) {
        self.told.take_if(|told| told.until <= now);
    }

    /// Until when news are told, if there are any.
    #[must_use]
    pub fn news_until(&self) -> Option<Timestamp> {
        self.told.as_ref().map(|told| told.until)
    }

    /// What is new about a row, for a moment.
    #[must_use]
    pub fn news_of(&self, id: &IdentityId) -> Option<News> {
        self.told.as_ref()?.brought.rows.get(id).copied()
    }

    /// How much is new, for a moment.
    #[must_use]
    pub fn news(&self) -> Count {
        let Some(Told { brought, .. }) = &self.told else { return Count::default() };
        let new = brought.rows.values().filter(|news| **news == News::New).count();
        Count { changed: brought.rows.len() - new, new, gone: brought.gone }
    }
}

/// Whether somebody has changed it: more than that it was used.
pub(super) fn is_changed(before: &Identity, after: &Identity) -> bool {
    match (before, after) {
        (Identity::ServiceAccount(before), Identity::ServiceAccount(after)) => {
            before.name != after.name
                || before.description != after.description
                || before.roles != after.roles
                || before.system_managed != after.system_managed
                || secrets(before) != secrets(after)
        }
        (before, after) => before != after,
    }
}

/// What is fixed about its secrets.
fn secrets(account: &ServiceAccount) -> Option<Vec<impl PartialEq + '_>> {
    let secrets = account.secrets.known()?.iter();
    Some(secrets.map(|secret| (&secret.id, &secret.created_at, &secret.expires_at)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, page};
    use super::*;
    use crate::atlas::{ClientSecret, Field, Page, SecretId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    /// A list with these rows, read once.
    fn read(names: &[&str]) -> Listing {
        let mut list = Listing::default();
        refresh(&mut list, page(names, true), 0);
        list
    }

    fn refresh(list: &mut Listing, page: Page<Identity>, second: i64) {
        list.begin();
        let last = page.last;
        list.take(page, at(second));
        if last {
            list.tell_news(None, at(second));
        }
    }

    fn with_secret(second: i64, used: Option<i64>) -> Identity {
        let Identity::ServiceAccount(plain) = account("a", "a") else { unreachable!() };
        let secret = ClientSecret {
            id: SecretId::new("1"),
            expires_at: Field::Known(at(second)),
            last_used_at: used.map_or(Field::Absent, |used| Field::Known(at(used))),
            ..ClientSecret::default()
        };
        Identity::ServiceAccount(ServiceAccount { secrets: Field::Known(vec![secret]), ..plain })
    }

    #[test]
    fn rows_that_are_new_or_changed_are_marked_for_a_moment_and_those_gone_are_counted() {
        let mut list = read(&["a", "b", "c"]);
        assert_eq!((list.news(), list.news_until()), (Count::default(), None), "the first reading");
        let mut rows = page(&["a", "d"], true);
        rows.rows.push(account("b", "another name"));
        refresh(&mut list, rows, 10);
        assert_eq!(list.news(), Count { changed: 1, new: 1, gone: 1 });
        let news = |list: &Listing, name| list.news_of(&account(name, name).id());
        let all = |list: &Listing| ["a", "b", "d"].map(|name| news(list, name));
        assert_eq!(all(&list), [None, Some(News::Changed), Some(News::New)]);
        assert_eq!(list.news_until(), Some(at(14)));
        list.settle_news(at(13));
        assert!(list.news_until().is_some());
        list.settle_news(at(14));
        assert_eq!((all(&list), list.news_until()), ([None; 3], None));
    }

    /// The lists' versions say what is filtered and ordered anew.
    #[test]
    fn a_reading_that_brings_nothing_new_changes_nothing() {
        let mut list = read(&["a", "b", "c"]);
        let versions = |list: &Listing| (list.version(), list.moves(), list.details_version());
        let before = versions(&list);
        for second in 1..9 {
            refresh(&mut list, page(&["c", "a", "b"], true), second);
            assert_eq!((versions(&list), list.news_until()), (before, None));
        }
        refresh(&mut list, page(&["c", "a"], true), 9);
        assert!(list.version() > before.0 && list.moves() > before.1);
    }

    #[test]
    fn that_it_was_used_is_no_news() {
        for (after, changed) in [
            (with_secret(9, Some(5)), false),
            (with_secret(9, None), false),
            (with_secret(8, Some(4)), true),
            (account("a", "a"), true),
        ] {
            let mut list = Listing::default();
            let one = |row| Page { rows: vec![row], last: true };
            refresh(&mut list, one(with_secret(9, Some(4))), 0);
            refresh(&mut list, one(after.clone()), 1);
            assert_eq!(list.news().changed == 1, changed, "{after:?}");
            assert_eq!(list.rows()[0].identity, after, "it is taken over all the same");
        }
    }

    #[test]
    fn what_one_has_made_oneself_is_no_news() {
        let mut list = read(&["a"]);
        list.begin();
        list.take(page(&["a", "b", "c"], true), at(1));
        list.tell_news(Some(&account("b", "b").id()), at(1));
        assert_eq!(list.news(), Count { new: 1, ..Count::default() });
        // What was read by itself was looked at, and is known when the list comes.
        list.take_one(account("c", "renamed"));
        refresh(&mut list, Page { rows: vec![account("c", "renamed")], last: false }, 9);
        list.settle_news(at(9));
        assert_eq!(list.news(), Count::default());
    }

    #[test]
    fn a_reading_that_breaks_off_keeps_its_news_for_the_next() {
        let mut list = read(&["a", "b"]);
        refresh(&mut list, Page { rows: vec![account("a", "renamed")], last: false }, 1);
        assert_eq!(list.news(), Count::default());
        let rows = vec![account("a", "renamed"), account("b", "b")];
        refresh(&mut list, Page { rows, last: true }, 2);
        assert_eq!(list.news(), Count { changed: 1, ..Count::default() });
    }

    #[test]
    fn rows_of_an_earlier_session_make_no_news() {
        let mut list = Listing::default();
        list.begin();
        list.recall(vec![account("a", "old"), account("b", "b")], at(-9));
        list.take(page(&["a", "c"], true), at(0));
        list.tell_news(None, at(0));
        assert_eq!((list.news(), list.news_until()), (Count::default(), None));
    }
}
