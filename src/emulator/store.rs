//! The emulator's data and the rules that hold in it: organizations with their
//! projects, service accounts and API keys, and who sees what. Knows nothing of
//! HTTP.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::{Entry, Verdict, judge, note_use};
use super::events::Event;
use super::settings::Settings;
use super::shelf::{Kept, Shelf};
use super::state_file::plain;
use crate::atlas::{Credential, Secret};

/// Everything that the emulator keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The organizations; the first is the main one.
    pub organizations: Shelf<Organization>,
    /// Rows that are answered as they stand here instead of as they are, by id:
    /// for tests with odd rows.
    #[serde(skip)]
    pub odd_rows: HashMap<String, Value>,
    /// Which organization and key a public key belongs to.
    #[serde(skip)]
    pub(super) public_keys: HashMap<String, (String, String)>,
}

/// An organization.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Calls need an access list.
    pub access_list_required: bool,
    /// Longest life of a client secret in hours; absent: Atlas' own limit.
    pub longest_secret_hours: Option<u32>,
    /// Its settings that do not bear on programmatic access.
    pub settings: Settings,
    /// It was planted larger than Atlas allows, so Atlas' limits on its size do
    /// not hold.
    pub oversized: bool,
    /// Its projects.
    pub projects: Shelf<Project>,
    /// Its service accounts.
    pub accounts: Shelf<Account>,
    /// The service accounts that Atlas made for itself.
    pub managed: Shelf<Account>,
    /// Its API keys.
    pub keys: Shelf<Key>,
    /// What happened in it, the latest last.
    pub events: Vec<Event>,
}

/// A project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}

/// What an identity may do, and from where.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Its roles in its organization.
    pub roles: Vec<String>,
    /// Its roles in projects, by project id.
    pub projects: BTreeMap<String, Vec<String>>,
    /// Its roles in other organizations, by organization id.
    pub guest: BTreeMap<String, Vec<String>>,
    /// From where it may call.
    pub access_list: Vec<Entry>,
}

/// A service account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its client ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub created: Timestamp,
    /// What it may do.
    pub standing: Standing,
    /// Its secrets, the oldest first.
    pub secrets: Vec<AccountSecret>,
}

/// A client secret, whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSecret {
    /// Its id.
    pub id: String,
    /// Its value.
    #[serde(with = "plain")]
    pub value: Secret,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working.
    pub expires: Timestamp,
    /// When a token was last minted with it.
    pub last_used: Option<Timestamp>,
}

/// An API key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Its public key.
    pub public_key: String,
    /// Its private key, whole.
    #[serde(with = "plain")]
    pub private_key: Secret,
    /// What it may do.
    pub standing: Standing,
}

/// Says by which field the rows of a shelf are found.
macro_rules! kept {
    ($($row:ty),*) => {$(
        impl Kept for $row {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

kept!(Organization, Project, Account, Key);

/// Who calls: an identity, in the organization that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Caller {
    pub(super) org: String,
    pub(super) identity: Identity,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Identity {
    Account(String),
    Key(String),
}

impl Identity {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Account(id) | Self::Key(id) => id,
        }
    }
}

impl Standing {
    /// The roles in an organization; `None`: it cannot even see it.
    pub(super) fn roles_in(&self, home: &str, org: &str) -> Option<&[String]> {
        if home == org {
            return Some(&self.roles);
        }
        self.guest.get(org).map(Vec::as_slice)
    }
}

impl Standing {
    /// The roles in the home organization, or in one of its projects.
    pub(super) fn roles_at(&self, project: Option<&str>) -> &[String] {
        match project {
            None => &self.roles,
            Some(project) => self.projects.get(project).map(Vec::as_slice).unwrap_or_default(),
        }
    }

    /// Replaces the roles in the home organization, or in one of its projects, and
    /// leaves those of other levels alone; whether that changed anything.
    pub(super) fn replace_roles(&mut self, project: Option<&str>, roles: Vec<String>) -> bool {
        let place = match project {
            None => &mut self.roles,
            Some(project) => self.projects.entry(project.to_owned()).or_default(),
        };
        let same = place.len() == roles.len() && place.iter().all(|role| roles.contains(role));
        *place = roles;
        !same
    }
}

impl Key {
    /// What signs calls as this key.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential::ApiKey {
            public_key: self.public_key.clone(),
            private_key: self.private_key.clone(),
        }
    }
}

impl Account {
    /// What signs calls as this account: its newest secret, but rather one that
    /// has not expired; `None` where it has no secret.
    #[must_use]
    pub fn credential(&self, now: Timestamp) -> Option<Credential> {
        let newest =
            self.secrets.iter().max_by_key(|secret| (secret.expires > now, secret.created))?;
        Some(Credential::ServiceAccount {
            client_id: self.id.clone(),
            client_secret: newest.value.clone(),
        })
    }

    /// The secret with this value, unless it has expired.
    pub(super) fn live_secret(
        &mut self,
        now: Timestamp,
        matches: impl Fn(&Secret) -> bool,
    ) -> Option<&mut AccountSecret> {
        self.secrets.iter_mut().find(|secret| secret.expires > now && matches(&secret.value))
    }
}

impl Organization {
    /// A service account by its client ID, Atlas' own included.
    pub(super) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id).or_else(|| self.managed.get(id))
    }

    fn account_mut(&mut self, id: &str) -> Option<&mut Account> {
        match self.accounts.get_mut(id) {
            None => self.managed.get_mut(id),
            found => found,
        }
    }
}

impl Store {
    /// The main organization; there always is one in a seeded store.
    pub fn main(&mut self) -> Option<&mut Organization> {
        self.organizations.rows_mut().first_mut()
    }

    /// The service account with this name, in any organization.
    pub fn account(&mut self, name: &str) -> Option<&mut Account> {
        self.organizations.rows_mut().iter_mut().find_map(|org| {
            let everyone = org.accounts.rows_mut().iter_mut().chain(org.managed.rows_mut());
            everyone.into_iter().find(|account| account.name == name)
        })
    }

    /// The API key with this description, in any organization.
    pub fn key(&mut self, description: &str) -> Option<&mut Key> {
        let keys = self.organizations.rows_mut().iter_mut().flat_map(|org| org.keys.rows_mut());
        keys.into_iter().find(|key| key.description == description)
    }

    /// Adds an API key to an organization, so that it can sign its calls.
    pub fn add_key(&mut self, org: &str, key: Key) {
        if let Some(organization) = self.organizations.get_mut(org) {
            let place = (org.to_owned(), key.id.clone());
            self.public_keys.insert(key.public_key.clone(), place);
            organization.keys.put(key);
        }
    }

    /// Removes the service account or API key with this name or description;
    /// whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        if let Some(id) = self.account(name).map(|account| account.id.clone()) {
            let gone = |org: &mut Organization| {
                org.accounts.remove(&id).or_else(|| org.managed.remove(&id)).is_some()
            };
            return self.organizations.rows_mut().iter_mut().any(gone);
        }
        let Some(id) = self.key(name).map(|key| key.id.clone()) else { return false };
        let orgs: Vec<_> = self.organizations.rows().iter().map(|org| org.id.clone()).collect();
        orgs.iter().any(|org| self.remove_key(org, &id))
    }

    /// Removes an API key from its organization; whether it was there.
    pub(super) fn remove_key(&mut self, org: &str, id: &str) -> bool {
        let org = self.organizations.get_mut(org);
        let gone = org.and_then(|org| org.keys.remove(id));
        gone.is_some_and(|key| self.public_keys.remove(&key.public_key).is_some())
    }

    /// Finds every API key by its public key again, after the store was read.
    pub(super) fn index_keys(&mut self) {
        let keys = self.organizations.rows().iter().flat_map(|org| {
            let place = |key: &Key| (key.public_key.clone(), (org.id.clone(), key.id.clone()));
            org.keys.rows().iter().map(place)
        });
        self.public_keys = keys.collect();
    }

    /// The organization of a project.
    pub(super) fn organization_of(&self, project: &str) -> Option<&Organization> {
        self.organizations.rows().iter().find(|org| org.projects.get(project).is_some())
    }

    /// A service account by its client ID, wherever it belongs, with that place.
    pub(super) fn account_by_id(&self, id: &str) -> Option<(&Organization, &Account)> {
        let mut orgs = self.organizations.rows().iter();
        orgs.find_map(|org| org.account(id).map(|account| (org, account)))
    }

    /// The same account, to be changed.
    pub(super) fn account_by_id_mut(&mut self, id: &str) -> Option<&mut Account> {
        self.organizations.rows_mut().iter_mut().find_map(|org| org.account_mut(id))
    }

    /// An API key by its public key, with the caller that it makes.
    pub(super) fn key_by_public(&self, public: &str) -> Option<(Caller, &Key)> {
        let (org, id) = self.public_keys.get(public)?;
        let key = self.organizations.get(org)?.keys.get(id)?;
        Some((Caller { org: org.clone(), identity: Identity::Key(id.clone()) }, key))
    }

    /// What a caller may do; `None` once it has been removed.
    pub(super) fn standing(&self, caller: &Caller) -> Option<&Standing> {
        let org = self.organizations.get(&caller.org)?;
        match &caller.identity {
            Identity::Account(id) => org.account(id).map(|account| &account.standing),
            Identity::Key(id) => org.keys.get(id).map(|key| &key.standing),
        }
    }

    fn standing_mut(&mut self, caller: &Caller) -> Option<&mut Standing> {
        let org = self.organizations.get_mut(&caller.org)?;
        match &caller.identity {
            Identity::Account(id) => org.account_mut(id).map(|account| &mut account.standing),
            Identity::Key(id) => org.keys.get_mut(id).map(|key| &mut key.standing),
        }
    }

    /// Whether a caller may call from this address, into this organization. A
    /// call that is let in is noted on the entry that let it in.
    pub(super) fn admit(
        &mut self,
        caller: &Caller,
        into: Option<&str>,
        address: std::net::IpAddr,
        now: Timestamp,
    ) -> Verdict {
        let required = [Some(caller.org.as_str()), into]
            .into_iter()
            .flatten()
            .filter_map(|org| self.organizations.get(org))
            .any(|org| org.access_list_required);
        let Some(standing) = self.standing_mut(caller) else { return Verdict::NotListed };
        let verdict = judge(&standing.access_list, address, required);
        if verdict == Verdict::Allowed {
            note_use(&mut standing.access_list, address, now);
        }
        verdict
    }
}
