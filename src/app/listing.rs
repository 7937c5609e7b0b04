//! A list of identities, read page by page, with what is known about each.

pub mod news;
mod recalled;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use jiff::Timestamp;

use super::fetched::Fetched;
use super::identity::Identity;
use crate::atlas::{
    AccessEntry, Clean, ClientId, Field, Grant, IdentityId, KeyId, OrgId, Page, Read, Role,
};
use crate::rules::health;
use crate::rules::look_alike;
use news::{Brought, News, Told};
use recalled::Recalled;

/// The names of so many that are gone are kept.
const MOST_GONE: usize = 1_000;

/// An identity with what is known about it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The identity itself.
    pub identity: Identity,
    /// What is read by calls of its own, once it is asked for: of most rows it never is.
    details: Option<Box<Details>>,
    /// Stands for what its name has in common with those that look like it.
    skeleton: u64,
    /// The list in which it was seen last, to find what is gone.
    seen: u64,
}

/// What is read about an identity by calls of its own.
#[derive(Debug, Clone)]
struct Details {
    access: Fetched<Vec<AccessEntry>>,
    /// For an API key they come with the key itself.
    grants: Fetched<Vec<Grant>>,
}

/// Those that nobody has asked for yet.
static UNASKED: Details = Details { access: Fetched::UNASKED, grants: Fetched::UNASKED };

impl Row {
    fn new(identity: Identity, seen: u64) -> Self {
        let skeleton = skeleton(identity.name().known().map(|name| &**name));
        Self { identity, details: None, skeleton, seen }
    }

    fn details(&self) -> &Details {
        self.details.as_deref().unwrap_or(&UNASKED)
    }

    fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_with(|| Box::new(UNASKED.clone()))
    }

    /// Its access list.
    #[must_use]
    pub fn access(&self) -> &Fetched<Vec<AccessEntry>> {
        &self.details().access
    }

    /// The same, to take in an answer.
    pub fn access_mut(&mut self) -> &mut Fetched<Vec<AccessEntry>> {
        &mut self.details_mut().access
    }

    /// Its projects with its roles there; `None` while they are not known.
    #[must_use]
    pub fn grants(&self) -> Option<&[Grant]> {
        match &self.identity {
            Identity::ServiceAccount(_) => self.grants_call().value.as_deref(),
            Identity::ApiKey(key) => key.grants.known().map(Vec::as_slice),
        }
    }

    /// The call by which a service account's projects are read.
    #[must_use]
    pub fn grants_call(&self) -> &Fetched<Vec<Grant>> {
        &self.details().grants
    }

    /// Whether something about it is to be read, and can be.
    #[must_use]
    pub fn is_due(&self) -> bool {
        (self.access().is_due() || (self.has_grants_call() && self.grants_call().is_due()))
            && self.identity.is_addressable()
    }

    /// The questions that read what is due, noted as asked.
    pub fn take_due(&mut self, org: &OrgId) -> Vec<Read> {
        let mut reads = Vec::new();
        let id = self.identity.id();
        if !id.is_addressable() {
            return reads;
        }
        if self.access().is_due() {
            self.access_mut().ask();
            reads.push(Read::AccessList(org.clone(), id.clone()));
        }
        if let (IdentityId::ServiceAccount(client), true) = (id, self.grants_call().is_due()) {
            self.grants_call_mut().ask();
            reads.push(Read::Grants(org.clone(), client));
        }
        reads
    }

    /// The projects of an API key come with the key itself.
    fn has_grants_call(&self) -> bool {
        matches!(self.identity, Identity::ServiceAccount(_))
    }

    /// Whether everything about it has been read, or could not be.
    #[must_use]
    pub fn is_read(&self) -> bool {
        let Details { access, grants } = self.details();
        let access = access.value.is_some() || access.error.is_some();
        let grants = !self.has_grants_call() || grants.value.is_some() || grants.error.is_some();
        (access && grants) || !self.identity.is_addressable()
    }

    /// Whether something about it could not be read.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.access().error.is_some() || self.grants_call().error.is_some()
    }

    /// Lets what is known about it be read again.
    pub fn expire(&mut self) {
        if let Some(details) = &mut self.details {
            (details.access.due, details.grants.due) = (true, true);
        }
    }

    /// Lets what is older than so many seconds be read again.
    pub fn expire_unless_younger_than(&mut self, seconds: i64, now: Timestamp) {
        if let Some(details) = &mut self.details {
            details.access.due |= !details.access.is_younger_than(seconds, now);
            details.grants.due |= !details.grants.is_younger_than(seconds, now);
        }
    }

    /// The call by which its projects are read, to take in its answer.
    pub fn grants_call_mut(&mut self) -> &mut Fetched<Vec<Grant>> {
        &mut self.details_mut().grants
    }

    /// Stands for what its name has in common with those that look like it: theirs is the
    /// same.
    #[must_use]
    pub fn skeleton(&self) -> u64 {
        self.skeleton
    }

    /// When it was used last: by its secrets and its access list for a service
    /// account, by its access list for an API key. `None`: not known, which is not "never".
    #[must_use]
    pub fn last_used(&self) -> Option<Field<Timestamp>> {
        match &self.identity {
            // A secret that was revoked took its trace with it; the list kept its own.
            Identity::ServiceAccount(account) => account.secrets.known().map(|secrets| {
                let entries = self.access().value.iter().flatten().map(|entry| &entry.last_used_at);
                health::latest(secrets.iter().map(|secret| &secret.last_used_at).chain(entries))
            }),
            // Without an access list, no call leaves a trace at the key.
            Identity::ApiKey(_) => self
                .access()
                .value
                .as_deref()
                .filter(|entries| !entries.is_empty())
                .map(|entries| health::latest(entries.iter().map(|entry| &entry.last_used_at))),
        }
    }
}

/// Names are compared by it alone, so the skeleton's text need not be kept for every row.
#[must_use]
pub fn skeleton(name: Option<&str>) -> u64 {
    let skeleton = name.map(look_alike::skeleton).unwrap_or_default();
    BuildHasherDefault::<DefaultHasher>::default().hash_one(skeleton)
}

/// A list of identities that is read page by page.
#[derive(Debug, Default)]
pub struct Listing {
    /// The rows in the order of their first appearance. Each has its own place in memory:
    /// a list that grows is never copied.
    #[expect(clippy::vec_box, reason = "a growing list of large rows is copied as a whole")]
    rows: Vec<Box<Row>>,
    index: Index,
    /// The sets of roles that rows have had: very many have the same.
    roles: HashSet<Arc<[Role]>>,
    /// The reading of the list as a whole.
    pub reading: Fetched<()>,
    /// Rises whenever rows come, change or go.
    version: u64,
    /// Rises whenever something becomes known about a row.
    details: u64,
    round: u64,
    /// Rises whenever rows change their places.
    moves: u64,
    /// Rows that this reading has brought so far.
    brought: usize,
    /// At least one whole list has been read.
    complete: bool,
    /// What those were called that went last.
    gone: HashMap<IdentityId, Field<Clean>>,
    /// What an earlier session read, until this one has.
    recalled: Option<Recalled>,
    /// What the reading has brought that the one before had not; not the first one.
    gathered: Option<Brought>,
    /// What the last one had, for a moment.
    told: Option<Told>,
}

impl Listing {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Box<Row>] {
        &self.rows
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().map(|row| &**row)
    }

    /// One row by its id.
    #[must_use]
    pub fn row(&self, id: &IdentityId) -> Option<&Row> {
        self.place(id).map(|at| &*self.rows[at])
    }

    /// The place of a row among [`Listing::rows`].
    #[must_use]
    pub fn place(&self, id: &IdentityId) -> Option<usize> {
        self.index.find(id.as_str(), &self.rows)
    }

    /// One row, to change what is known about it. Counts as a change of details.
    pub fn row_mut(&mut self, id: &IdentityId) -> Option<&mut Row> {
        self.details += 1;
        self.place(id).map(|at| &mut *self.rows[at])
    }

    /// Rises whenever rows come, change or go.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Counts as a change of details: something became known that bears on all rows.
    pub fn touch(&mut self) {
        self.details += 1;
    }

    /// Rises whenever rows change their places among [`Listing::rows`].
    #[must_use]
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// Rises whenever something becomes known about a row: its access list, its
    /// projects.
    #[must_use]
    pub fn details_version(&self) -> u64 {
        self.details
    }

    /// Whether a whole list has been read since the organization was opened.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Begins a new reading of the list.
    pub fn begin(&mut self) {
        self.round += 1;
        self.brought = 0;
        if self.complete {
            self.gathered.get_or_insert_default();
        }
        self.reading.ask();
    }

    /// Takes in one page: rows that are known change in place and keep what is
    /// known about them. With the last page, what was not seen is gone.
    pub fn take(&mut self, page: Page<Identity>, now: Timestamp) {
        for mut identity in page.rows {
            name_if_unnamed(&mut identity, self.brought);
            self.brought += 1;
            let news = self.upsert(identity);
            if let (Some((at, news)), Some(gathered)) = (news, &mut self.gathered) {
                gathered.note(self.rows[at].identity.id(), news);
            }
        }
        self.retain_unread();
        if page.last {
            self.forget_recalled();
            self.drop_unseen();
            self.rows.shrink_to_fit();
            self.reading.set((), now);
            self.complete = true;
        }
    }

    /// Takes in one identity that was read by itself.
    pub fn take_one(&mut self, identity: Identity) {
        // Only the list tells who is managed by Atlas.
        let identity = match self.row(&identity.id()) {
            Some(row) => identity.managed_as(&row.identity),
            None => identity,
        };
        self.upsert(identity);
        self.retain_unread();
    }

    /// Takes in an identity; says at which place something is new about it.
    fn upsert(&mut self, mut identity: Identity) -> Option<(usize, News)> {
        identity.share_roles(&mut self.roles);
        let Some(at) = self.index.find(identity.id_text(), &self.rows) else {
            self.version += 1;
            self.rows.push(Box::new(Row::new(identity, self.round)));
            self.index.add_last(&self.rows);
            return Some((self.rows.len() - 1, News::New));
        };
        let row = &mut self.rows[at];
        row.seen = self.round;
        if row.identity == identity {
            return None;
        }
        self.version += 1;
        row.skeleton = skeleton(identity.name().known().map(|name| &**name));
        let before = std::mem::replace(&mut row.identity, identity);
        news::is_changed(&before, &row.identity).then_some((at, News::Changed))
    }

    /// Lets the details of some rows be read again.
    pub fn expire(&mut self, which: impl Fn(&Row) -> bool) {
        self.rows.iter_mut().filter(|row| which(row)).for_each(|row| row.expire());
    }

    /// Lets the details of these rows be read again.
    pub fn expire_these(&mut self, ids: &[IdentityId]) {
        for id in ids {
            if let Some(at) = self.place(id) {
                self.rows[at].expire();
            }
        }
    }

    /// What one was called that is not there any more, as far as that is still known.
    #[must_use]
    pub fn name_of_gone(&self, id: &IdentityId) -> Option<&Field<Clean>> {
        self.gone.get(id)
    }

    /// Takes one row out, for Atlas says that it is gone.
    pub fn remove(&mut self, id: &IdentityId) {
        self.drop_if(|row| row.identity.id() == *id);
    }

    fn drop_unseen(&mut self) {
        let round = self.round;
        let gone = self.drop_if(|row| row.seen != round);
        self.gathered.iter_mut().for_each(|gathered| gathered.note_gone(gone));
    }

    /// Takes rows out; how many.
    fn drop_if(&mut self, goes: impl Fn(&Row) -> bool) -> usize {
        let gone: Vec<_> = self.rows.extract_if(.., |row| goes(row)).collect();
        if gone.is_empty() {
            return 0;
        }
        if self.gone.len() + gone.len() > MOST_GONE {
            self.gone.clear();
        }
        let names = gone.iter().take(MOST_GONE);
        self.gone.extend(names.map(|row| (row.identity.id(), row.identity.name().clone())));
        self.reindex();
        gone.len()
    }

    fn reindex(&mut self) {
        (self.version, self.moves) = (self.version + 1, self.moves + 1);
        self.index = Index::default();
        for end in 1..=self.rows.len() {
            self.index.add_last(&self.rows[..end]);
        }
    }
}

/// Where each id stands among the rows. The ids themselves are kept there alone.
#[derive(Debug, Default)]
struct Index {
    places: HashTable<u32>,
    hasher: RandomState,
}

impl Index {
    fn find(&self, id: &str, rows: &[Box<Row>]) -> Option<usize> {
        let same = |at: &u32| rows[*at as usize].identity.id_text() == id;
        self.places.find(self.hasher.hash_one(id), same).map(|at| *at as usize)
    }

    /// Takes in the last of these rows.
    fn add_last(&mut self, rows: &[Box<Row>]) {
        let Self { places, hasher } = self;
        let hash = |at: usize| hasher.hash_one(rows[at].identity.id_text());
        let Some(at) = rows.len().checked_sub(1) else { return };
        let place = u32::try_from(at).expect("no list has so many rows");
        places.insert_unique(hash(at), place, |at| hash(*at as usize));
    }
}

/// A row without a usable id is shown all the same; it gets an id that cannot be
/// asked about.
fn name_if_unnamed(identity: &mut Identity, number: usize) {
    let unnamed = format!("? {number}");
    match identity {
        Identity::ServiceAccount(account) if account.id.as_str().is_empty() => {
            account.id = ClientId::new(&unnamed);
        }
        Identity::ApiKey(key) if key.id.as_str().is_empty() => key.id = KeyId::new(&unnamed),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{Clean, ServiceAccount};

    pub(super) fn account(id: &str, name: &str) -> Identity {
        Identity::ServiceAccount(ServiceAccount {
            id: ClientId::new(id),
            name: Field::Known(Clean::new(name)),
            ..ServiceAccount::default()
        })
    }

    pub(super) fn page(names: &[&str], last: bool) -> Page<Identity> {
        Page { rows: names.iter().map(|name| account(name, name)).collect(), last }
    }

    fn names(list: &Listing) -> Vec<&str> {
        list.rows().iter().map(|row| row.identity.public_part()).collect()
    }

    #[test]
    fn pages_add_and_the_last_one_drops_what_is_gone() {
        let (mut list, now) = (Listing::default(), Timestamp::UNIX_EPOCH);
        list.begin();
        list.take(page(&["a", "b"], false), now);
        assert!(!list.is_complete());
        list.take(page(&["c"], true), now);
        assert_eq!(names(&list), ["a", "b", "c"]);
        let id = IdentityId::ServiceAccount(ClientId::new("b"));
        list.row_mut(&id).expect("there").access_mut().set(Vec::new(), now);

        list.begin();
        list.take(page(&["d", "b"], false), now);
        assert_eq!(names(&list), ["a", "b", "c", "d"], "nothing is gone before the last page");
        list.take(page(&["c"], true), now);
        assert_eq!(names(&list), ["b", "c", "d"]);
        assert!(list.row(&id).expect("there").access().value.is_some(), "what was known stays");
    }

    #[test]
    fn rows_without_an_id_are_told_apart_and_never_asked_about() {
        let mut list = Listing::default();
        list.begin();
        list.take(page(&["", ""], true), Timestamp::UNIX_EPOCH);
        assert_eq!(names(&list), ["? 0", "? 1"]);
        assert!(!list.rows()[0].identity.is_addressable());
    }
}
