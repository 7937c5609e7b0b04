//! One organization as it is known so far. Server data lives here, once; screens
//! keep ids.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::atlas::{
    AccessEntry, ApiError, ApiKey, Clean, Field, Grant, IdentityId, OrgId, Organization, Page,
    Project, ProjectId, Role, ServiceAccount, Settings,
};
use crate::rules::health;

/// Which list an identity stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// OAuth client credentials.
    ServiceAccounts,
    /// Key pairs for HTTP digest: the legacy method.
    ApiKeys,
}

/// A piece of data that is asked for by a call of its own.
#[derive(Debug, Clone)]
pub struct Fetched<T> {
    /// What was read last.
    pub value: Option<T>,
    /// When it was read.
    pub at: Option<Timestamp>,
    /// Why the last attempt failed; cleared by the next good one.
    pub error: Option<Box<ApiError>>,
    /// An answer is on its way.
    pub asked: bool,
    /// Nobody has asked yet, or the answer has become old.
    pub due: bool,
}

impl<T> Default for Fetched<T> {
    fn default() -> Self {
        Self { value: None, at: None, error: None, asked: false, due: true }
    }
}

impl<T> Fetched<T> {
    /// Takes in an answer.
    pub fn set(&mut self, value: T, now: Timestamp) {
        *self = Self { value: Some(value), at: Some(now), error: None, asked: false, due: false };
    }

    /// Notes that an answer is on its way.
    pub fn ask(&mut self) {
        (self.asked, self.due) = (true, false);
    }

    /// Notes that the answer was given up.
    pub fn give_up(&mut self) {
        (self.asked, self.due) = (false, true);
    }

    /// Whether the last answer is from within the last `seconds`.
    #[must_use]
    pub fn is_younger_than(&self, seconds: i64, now: Timestamp) -> bool {
        self.at.is_some_and(|at| now.duration_since(at).as_secs() < seconds)
    }

    /// Takes in a failure; what was read before stays.
    pub fn fail(&mut self, error: ApiError) {
        self.error = Some(Box::new(error));
        (self.asked, self.due) = (false, false);
    }
}

/// A service account or an API key, as Atlas lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A service account.
    ServiceAccount(ServiceAccount),
    /// An API key.
    ApiKey(ApiKey),
}

impl Identity {
    /// Its immutable id.
    #[must_use]
    pub fn id(&self) -> IdentityId {
        match self {
            Self::ServiceAccount(account) => IdentityId::ServiceAccount(account.id.clone()),
            Self::ApiKey(key) => IdentityId::ApiKey(key.id.clone()),
        }
    }

    /// What people call it: a service account's name, an API key's description.
    #[must_use]
    pub fn name(&self) -> &Field<Clean> {
        match self {
            Self::ServiceAccount(account) => &account.name,
            Self::ApiKey(key) => &key.description,
        }
    }

    /// What is copied and quoted to name it: the client ID, or the public key.
    #[must_use]
    pub fn public_part(&self) -> &str {
        match self {
            Self::ServiceAccount(account) => account.id.as_str(),
            Self::ApiKey(key) => key.public_key.known().map_or("?", Clean::as_str),
        }
    }

    /// Its organization roles.
    #[must_use]
    pub fn roles(&self) -> &Field<Vec<Role>> {
        match self {
            Self::ServiceAccount(account) => &account.roles,
            Self::ApiKey(key) => &key.roles,
        }
    }

    /// When it was made; for an API key, by the second in its id.
    #[must_use]
    pub fn created(&self) -> Field<Timestamp> {
        match self {
            Self::ServiceAccount(account) => account.created_at,
            Self::ApiKey(key) => key.id.created().map_or(Field::Odd, Field::Known),
        }
    }

    /// Made and kept by Atlas itself.
    #[must_use]
    pub fn is_system_managed(&self) -> bool {
        matches!(self, Self::ServiceAccount(account) if account.system_managed)
    }

    /// The same identity, managed by Atlas as `other` is.
    fn managed_as(self, other: &Self) -> Self {
        match self {
            Self::ServiceAccount(account) => Self::ServiceAccount(ServiceAccount {
                system_managed: other.is_system_managed(),
                ..account
            }),
            key @ Self::ApiKey(_) => key,
        }
    }

    /// Everything that a plain filter word looks at, in lower case.
    fn folded(&self) -> Box<str> {
        let mut all = String::new();
        let mut push = |text: &str| {
            all.push_str(text);
            all.push('\n');
        };
        self.name().known().into_iter().for_each(|name| push(name));
        push(self.public_part());
        match self {
            Self::ServiceAccount(account) => {
                account.description.known().into_iter().for_each(|about| push(about));
            }
            Self::ApiKey(key) => push(key.id.as_str()),
        }
        for role in self.roles().known().into_iter().flatten() {
            push(role.label());
        }
        all.to_lowercase().into()
    }
}

/// An identity with what is known about it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The identity itself.
    pub identity: Identity,
    /// Its access list.
    pub access: Fetched<Vec<AccessEntry>>,
    /// Its projects; for an API key they come with the key itself.
    grants: Fetched<Vec<Grant>>,
    folded: Box<str>,
    /// The list in which it was seen last, to find what is gone.
    seen: u64,
}

impl Row {
    fn new(identity: Identity, seen: u64) -> Self {
        let (access, grants) = (Fetched::default(), Fetched::default());
        Self { folded: identity.folded(), identity, access, grants, seen }
    }

    /// Its projects with its roles there; `None` while they are not known.
    #[must_use]
    pub fn grants(&self) -> Option<&[Grant]> {
        match &self.identity {
            Identity::ServiceAccount(_) => self.grants.value.as_deref(),
            Identity::ApiKey(key) => key.grants.known().map(Vec::as_slice),
        }
    }

    /// The call by which a service account's projects are read.
    #[must_use]
    pub fn grants_call(&self) -> &Fetched<Vec<Grant>> {
        &self.grants
    }

    /// The calls that read more about it, to be filled in.
    #[must_use]
    pub fn missing(&self) -> (bool, bool) {
        let id = self.identity.id();
        let due = |due: bool, asked: bool| id.is_addressable() && due && !asked;
        let has_call = matches!(self.identity, Identity::ServiceAccount(_));
        (
            due(self.access.due, self.access.asked),
            has_call && due(self.grants.due, self.grants.asked),
        )
    }

    /// Lets what is known about it be read again.
    pub fn expire(&mut self) {
        (self.access.due, self.grants.due) = (true, true);
    }

    /// The same, to take in its answer.
    pub fn grants_call_mut(&mut self) -> &mut Fetched<Vec<Grant>> {
        &mut self.grants
    }

    /// Whether every plain word stands somewhere in it. `word` is lower case.
    #[must_use]
    pub fn mentions(&self, word: &str) -> bool {
        self.folded.contains(word)
    }

    /// When it was used last: by its secrets for a service account, by its access
    /// list for an API key. `None`: not known, which is not "never".
    #[must_use]
    pub fn last_used(&self) -> Option<Field<Timestamp>> {
        match &self.identity {
            Identity::ServiceAccount(account) => account
                .secrets
                .known()
                .map(|secrets| health::latest(secrets.iter().map(|secret| &secret.last_used_at))),
            // Without an access list, no call leaves a trace at the key.
            Identity::ApiKey(_) => self
                .access
                .value
                .as_deref()
                .filter(|entries| !entries.is_empty())
                .map(|entries| health::latest(entries.iter().map(|entry| &entry.last_used_at))),
        }
    }
}

/// A list of identities that is read page by page.
#[derive(Debug, Default)]
pub struct Listing {
    /// The rows in the order of their first appearance.
    rows: Vec<Row>,
    index: HashMap<IdentityId, usize>,
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
}

impl Listing {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// One row by its id.
    #[must_use]
    pub fn row(&self, id: &IdentityId) -> Option<&Row> {
        self.index.get(id).map(|&index| &self.rows[index])
    }

    /// The place of a row among [`Listing::rows`].
    #[must_use]
    pub fn place(&self, id: &IdentityId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// One row, to change what is known about it. Counts as a change of details.
    pub fn row_mut(&mut self, id: &IdentityId) -> Option<&mut Row> {
        self.details += 1;
        self.index.get(id).map(|&index| &mut self.rows[index])
    }

    /// Rises whenever rows come, change or go.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
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
        self.reading.ask();
    }

    /// Takes in one page: rows that are known change in place and keep what is
    /// known about them. With the last page, what was not seen is gone.
    pub fn take(&mut self, page: Page<Identity>, now: Timestamp) {
        for mut identity in page.rows {
            name_if_unnamed(&mut identity, self.brought);
            self.brought += 1;
            self.upsert(identity);
        }
        if page.last {
            self.drop_unseen();
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
    }

    fn upsert(&mut self, identity: Identity) {
        self.version += 1;
        let Some(&at) = self.index.get(&identity.id()) else {
            self.index.insert(identity.id(), self.rows.len());
            self.rows.push(Row::new(identity, self.round));
            return;
        };
        let row = &mut self.rows[at];
        row.seen = self.round;
        if row.identity != identity {
            row.folded = identity.folded();
            row.identity = identity;
        }
    }

    /// Lets the details of some rows be read again.
    pub fn expire(&mut self, which: impl Fn(&Row) -> bool) {
        self.rows.iter_mut().filter(|row| which(row)).for_each(Row::expire);
    }

    /// Lets the details of these rows be read again.
    pub fn expire_these(&mut self, ids: &[IdentityId]) {
        for id in ids {
            if let Some(&at) = self.index.get(id) {
                self.rows[at].expire();
            }
        }
    }

    /// Takes one row out, for Atlas says that it is gone.
    pub fn remove(&mut self, id: &IdentityId) {
        self.rows.retain(|row| row.identity.id() != *id);
        self.reindex();
    }

    fn drop_unseen(&mut self) {
        let (before, round) = (self.rows.len(), self.round);
        self.rows.retain(|row| row.seen == round);
        if self.rows.len() < before {
            self.reindex();
        }
    }

    fn reindex(&mut self) {
        (self.version, self.moves) = (self.version + 1, self.moves + 1);
        self.index =
            self.rows.iter().enumerate().map(|(at, row)| (row.identity.id(), at)).collect();
    }
}

/// A row without a usable id is shown all the same; it gets an id that cannot be
/// asked about.
fn name_if_unnamed(identity: &mut Identity, number: usize) {
    use crate::atlas::{ClientId, KeyId};
    let unnamed = format!("? {number}");
    match identity {
        Identity::ServiceAccount(account) if account.id.as_str().is_empty() => {
            account.id = ClientId::new(&unnamed);
        }
        Identity::ApiKey(key) if key.id.as_str().is_empty() => key.id = KeyId::new(&unnamed),
        _ => {}
    }
}

/// The organization on screen.
#[derive(Debug)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: Fetched<Clean>,
    /// Its settings that bear on access.
    pub settings: Fetched<Settings>,
    /// Its projects' names.
    pub projects: Fetched<HashMap<ProjectId, Field<Clean>>>,
    /// The address from which Atlas sees us calling.
    pub address: Fetched<IpAddr>,
    service_accounts: Listing,
    api_keys: Listing,
}

impl Org {
    /// An organization of which only the id is known, and perhaps its name.
    #[must_use]
    pub fn new(id: OrgId, name: Option<Clean>) -> Self {
        let name = Fetched { value: name, ..Fetched::default() };
        Self {
            id,
            name,
            settings: Fetched::default(),
            projects: Fetched::default(),
            address: Fetched::default(),
            service_accounts: Listing::default(),
            api_keys: Listing::default(),
        }
    }

    /// One of the two lists.
    #[must_use]
    pub fn list(&self, kind: Kind) -> &Listing {
        match kind {
            Kind::ServiceAccounts => &self.service_accounts,
            Kind::ApiKeys => &self.api_keys,
        }
    }

    /// The same, to change it.
    pub fn list_mut(&mut self, kind: Kind) -> &mut Listing {
        match kind {
            Kind::ServiceAccounts => &mut self.service_accounts,
            Kind::ApiKeys => &mut self.api_keys,
        }
    }

    /// The row of an identity.
    #[must_use]
    pub fn row(&self, id: &IdentityId) -> Option<&Row> {
        self.list(Kind::of(id)).row(id)
    }

    /// A project's name, or its id while or where the name is not known.
    #[must_use]
    pub fn project_name<'a>(&'a self, id: &'a ProjectId) -> &'a str {
        let projects = self.projects.value.as_ref();
        projects
            .and_then(|projects| projects.get(id)?.known())
            .map_or(id.as_str(), |name| name.as_str())
    }

    /// Takes in the list of projects.
    pub fn take_projects(&mut self, projects: Vec<Project>, now: Timestamp) {
        let names = projects.into_iter().map(|project| (project.id, project.name)).collect();
        self.projects.set(names, now);
    }

    /// Takes in the organization's own name.
    pub fn take_name(&mut self, organization: &Organization, now: Timestamp) {
        if let Some(name) = organization.name.known() {
            self.name.set(name.clone(), now);
        }
    }
}

impl Kind {
    /// Both lists, in the order of their tabs.
    pub const ALL: [Self; 2] = [Self::ServiceAccounts, Self::ApiKeys];

    /// The list in which an identity stands.
    #[must_use]
    pub fn of(id: &IdentityId) -> Self {
        match id {
            IdentityId::ServiceAccount(_) => Self::ServiceAccounts,
            IdentityId::ApiKey(_) => Self::ApiKeys,
        }
    }

    /// The tab's label, as Atlas' page has it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ServiceAccounts => "Service Accounts",
            Self::ApiKeys => "API Keys",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::ClientId;

    fn account(id: &str, name: &str) -> Identity {
        Identity::ServiceAccount(ServiceAccount {
            id: ClientId::new(id),
            name: Field::Known(Clean::new(name)),
            ..ServiceAccount::default()
        })
    }

    fn page(names: &[&str], last: bool) -> Page<Identity> {
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
        list.row_mut(&id).expect("there").access.set(Vec::new(), now);

        list.begin();
        list.take(page(&["d", "b"], false), now);
        assert_eq!(names(&list), ["a", "b", "c", "d"], "nothing is gone before the last page");
        list.take(page(&["c"], true), now);
        assert_eq!(names(&list), ["b", "c", "d"]);
        assert!(list.row(&id).expect("there").access.value.is_some(), "what was known stays");
    }

    #[test]
    fn rows_without_an_id_are_told_apart_and_never_asked_about() {
        let mut list = Listing::default();
        list.begin();
        list.take(page(&["", ""], true), Timestamp::UNIX_EPOCH);
        assert_eq!(names(&list), ["? 0", "? 1"]);
        assert!(!list.rows()[0].identity.id().is_addressable());
    }
}
