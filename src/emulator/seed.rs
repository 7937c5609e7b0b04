//! Where an organization comes from: the demo, written down in `demo.json` with
//! every date relative to the start, so that it never ages. Knows nothing of HTTP.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, de};

use super::access::{Entry, range_of};
use super::clock::later;
use super::history;
use super::large::{self, Large};
use super::random::{self, Dice};
use super::store::{
    Account, AccountSecret, Caller, Identity, Key, Organization, Project, Standing, Store,
};

const DEMO: &str = include_str!("../../assets/demo.json");

/// What the emulator holds when it starts.
#[derive(Debug, Clone, Default)]
pub enum Seed {
    /// The demo organization.
    #[default]
    Demo,
    /// The demo organization, and a second one that its credentials see as guests.
    DemoTwoOrganizations,
    /// An invented organization of any size.
    Large(Large),
}

/// A store with the identities to use it with.
pub(super) struct Planted {
    pub(super) store: Store,
    pub(super) account: Caller,
    pub(super) key: Caller,
    /// Where calls should seem to come from.
    pub(super) address: Option<IpAddr>,
}

impl Seed {
    /// Makes the store, as of now.
    pub(super) fn plant(&self, now: Timestamp) -> io::Result<Planted> {
        match self {
            Self::Demo => demo(1, now),
            Self::DemoTwoOrganizations => demo(usize::MAX, now),
            Self::Large(size) => large::plant(size, now),
        }
    }
}

/// A moment before or after the start, as `-3h` or `+6d` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment(SignedDuration);

impl Moment {
    fn read(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(Self(SignedDuration::from_secs(number.checked_mul(seconds)?)))
    }

    fn from(self, now: Timestamp) -> Timestamp {
        later(now, self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| de::Error::custom(format!("no moment: {text}")))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    caller_address: IpAddr,
    credentials: WrittenCredentials,
    organizations: Vec<WrittenOrganization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenCredentials {
    service_account: String,
    api_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenOrganization {
    name: String,
    created: Moment,
    #[serde(default)]
    access_list_required: bool,
    longest_secret_hours: Option<u32>,
    projects: Vec<WrittenProject>,
    service_accounts: Vec<WrittenAccount>,
    api_keys: Vec<WrittenKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProject {
    name: String,
    created: Moment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenAccount {
    name: String,
    description: String,
    created: Moment,
    roles: Vec<String>,
    #[serde(default)]
    projects: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    guest: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    managed: bool,
    secrets: Vec<WrittenSecret>,
    access_list: Vec<WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenKey {
    description: String,
    created: Moment,
    roles: Vec<String>,
    #[serde(default)]
    projects: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    guest: BTreeMap<String, Vec<String>>,
    access_list: Vec<WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSecret {
    created: Moment,
    expires: Moment,
    used: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    range: String,
    created: Moment,
    used: Option<Moment>,
    from: Option<IpAddr>,
    #[serde(default)]
    count: u64,
}

fn odd(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the demo organization: {what}"))
}

/// Makes ids and secrets for what is written down. Ids differ from start to start
/// in nothing but their second of creation.
struct Planter {
    now: Timestamp,
    dice: Dice,
    /// The ids of projects and organizations, by name.
    ids: BTreeMap<String, String>,
}

fn demo(organizations: usize, now: Timestamp) -> io::Result<Planted> {
    let written: Written = serde_json::from_str(DEMO).map_err(odd)?;
    let mut planter = Planter { now, dice: Dice::new(1), ids: BTreeMap::new() };
    for org in written.organizations.iter().take(organizations) {
        planter.name(org);
    }
    let mut store = Store::default();
    for org in written.organizations.into_iter().take(organizations) {
        planter.organization(&mut store, org)?;
    }
    let account = caller_named(&mut store, &written.credentials.service_account)?;
    let key = caller_named(&mut store, &written.credentials.api_key)?;
    Ok(Planted { store, account, key, address: Some(written.caller_address) })
}

fn caller_named(store: &mut Store, name: &str) -> io::Result<Caller> {
    let identity = match store.account(name).map(|account| account.id.clone()) {
        Some(id) => Some(Identity::Account(id)),
        None => store.key(name).map(|key| Identity::Key(key.id.clone())),
    };
    let identity = identity.ok_or_else(|| odd(name))?;
    let org = store.main().map(|org| org.id.clone()).ok_or_else(|| odd("empty"))?;
    Ok(Caller { org, identity })
}

impl Planter {
    fn id(&mut self, created: Moment) -> String {
        self.dice.object_id(created.from(self.now))
    }

    /// Gives ids to what others refer to by name.
    fn name(&mut self, org: &WrittenOrganization) {
        let id = self.id(org.created);
        self.ids.insert(org.name.clone(), id);
        for project in &org.projects {
            let id = self.id(project.created);
            self.ids.insert(project.name.clone(), id);
        }
    }

    fn named(&self, name: &str) -> io::Result<String> {
        self.ids.get(name).cloned().ok_or_else(|| odd(name))
    }

    fn organization(&mut self, store: &mut Store, written: WrittenOrganization) -> io::Result<()> {
        let id = self.named(&written.name)?;
        let mut org = Organization {
            id: id.clone(),
            name: written.name,
            access_list_required: written.access_list_required,
            longest_secret_hours: written.longest_secret_hours,
            ..Organization::default()
        };
        for project in written.projects {
            let created = project.created.from(self.now);
            org.projects.put(Project {
                id: self.named(&project.name)?,
                name: project.name,
                created,
            });
        }
        for written in written.service_accounts {
            let shelf = if written.managed { &mut org.managed } else { &mut org.accounts };
            shelf.put(self.account(written)?);
        }
        store.organizations.put(org);
        for written in written.api_keys {
            let key = self.key(written)?;
            store.add_key(&id, key);
        }
        if let Some(org) = store.organizations.get_mut(&id) {
            history::tell(org, &mut self.dice);
        }
        Ok(())
    }

    fn account(&mut self, written: WrittenAccount) -> io::Result<Account> {
        let id = format!("mdb_sa_id_{}", self.id(written.created));
        let secrets = written.secrets.into_iter().map(|secret| self.secret(&secret));
        let secrets = secrets.collect::<io::Result<_>>()?;
        Ok(Account {
            id,
            name: written.name,
            description: written.description,
            created: written.created.from(self.now),
            standing: Standing {
                roles: written.roles,
                projects: self.by_id(written.projects)?,
                guest: self.guest(written.guest),
                access_list: self.entries(written.access_list)?,
            },
            secrets,
        })
    }

    fn secret(&mut self, written: &WrittenSecret) -> io::Result<AccountSecret> {
        Ok(AccountSecret {
            id: self.id(written.created),
            value: random::client_secret()?,
            created: written.created.from(self.now),
            expires: written.expires.from(self.now),
            last_used: written.used.map(|used| used.from(self.now)),
        })
    }

    fn key(&mut self, written: WrittenKey) -> io::Result<Key> {
        Ok(Key {
            id: self.id(written.created),
            description: written.description,
            public_key: self.dice.public_key(),
            private_key: random::private_key()?,
            standing: Standing {
                roles: written.roles,
                projects: self.by_id(written.projects)?,
                guest: self.guest(written.guest),
                access_list: self.entries(written.access_list)?,
            },
        })
    }

    fn by_id(
        &self,
        roles: BTreeMap<String, Vec<String>>,
    ) -> io::Result<BTreeMap<String, Vec<String>>> {
        roles.into_iter().map(|(name, roles)| Ok((self.named(&name)?, roles))).collect()
    }

    /// Roles in organizations that are not planted are roles nowhere.
    fn guest(&self, roles: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
        roles
            .into_iter()
            .filter_map(|(name, roles)| Some((self.ids.get(&name)?.clone(), roles)))
            .collect()
    }

    fn entries(&self, written: Vec<WrittenEntry>) -> io::Result<Vec<Entry>> {
        let entry = |written: WrittenEntry| {
            let range = range_of(&written.range).ok_or_else(|| odd(&written.range))?;
            let mut entry = Entry::new(range, written.created.from(self.now));
            entry.last_used = written.used.map(|used| used.from(self.now));
            entry.last_address = written.from;
            entry.count = written.count;
            Ok(entry)
        };
        written.into_iter().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        let seconds = |text| Moment::read(text).map(|moment| moment.0.as_secs());
        assert_eq!(seconds("-3h"), Some(-10_800));
        assert_eq!(seconds("+6d"), Some(518_400));
        for odd in ["", "d", "6", "6y", "x6d", "9999999999999999d", "6é"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_demo_keeps_its_ids_but_not_its_secrets() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 20_000);
        let ids = || {
            let planted = Seed::DemoTwoOrganizations.plant(now).expect("the demo");
            let orgs = planted.store.organizations.rows().iter();
            orgs.flat_map(|org| org.accounts.rows().iter().map(|account| account.id.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(), ids());
        assert!(ids().len() > 12);
    }

    #[test]
    fn what_was_made_was_made_before_it_was_used() {
        let now = Timestamp::now();
        let planted = Seed::DemoTwoOrganizations.plant(now).expect("the demo");
        for org in planted.store.organizations.rows() {
            for account in org.accounts.rows() {
                assert!(account.name.chars().count() <= 64 && account.secrets.len() <= 2);
                for secret in &account.secrets {
                    let used = secret.last_used.unwrap_or(now);
                    assert!(account.created <= secret.created, "{}", account.name);
                    assert!(secret.created <= used && used <= now, "{}", account.name);
                }
            }
        }
    }
}
