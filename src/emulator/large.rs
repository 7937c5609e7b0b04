//! Invented organizations of any size, the same for the same number. Knows
//! nothing of HTTP.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use jiff::{SignedDuration, Timestamp};

use super::access::Entry;
use super::clock::later;
use super::history;
use super::random::{self, Dice};
use super::secrets::OVERLAP;
use super::seed::Planted;
use super::store::{
    Account, AccountSecret, Caller, Identity, Key, Organization, Project, Standing, Store,
};

/// How large an invented organization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Large {
    /// Service accounts, the one to call with included.
    pub accounts: usize,
    /// API keys, the one to call with included.
    pub keys: usize,
    /// Projects.
    pub projects: usize,
    /// The same number makes the same organization.
    pub seed: u64,
}

/// Identities of a kind that Atlas allows in an organization.
const ATLAS_MOST: usize = 500;

/// The address that the identities to call with let in.
const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10));

const TEAMS: &[&str] = &[
    "atlas", "billing", "checkout", "data", "edge", "fraud", "growth", "identity", "ledger",
    "maps", "orders", "payments", "risk", "search", "shipping", "stock",
];
const TASKS: &[&str] = &[
    "alerts",
    "backup",
    "ci",
    "deploy",
    "export",
    "import",
    "metrics",
    "operator",
    "report",
    "sync",
    "terraform",
    "vault",
];
const PLACES: &[&str] = &["dev", "eu", "prod", "stage", "test", "us"];
const ORG_ROLES: &[&str] = &[
    "ORG_MEMBER",
    "ORG_MEMBER",
    "ORG_MEMBER",
    "ORG_READ_ONLY",
    "ORG_GROUP_CREATOR",
    "ORG_BILLING_READ_ONLY",
    "ORG_OWNER",
];
const PROJECT_ROLES: &[&str] = &[
    "GROUP_READ_ONLY",
    "GROUP_OWNER",
    "GROUP_CLUSTER_MANAGER",
    "GROUP_BACKUP_MANAGER",
    "GROUP_DATA_ACCESS_READ_ONLY",
    "GROUP_OBSERVABILITY_VIEWER",
];

pub(super) fn plant(size: &Large, now: Timestamp) -> io::Result<Planted> {
    let mut planter = Planter { now, dice: Dice::new(size.seed), projects: Vec::new() };
    let mut org = Organization {
        id: planter.dice.object_id(planter.ago(1500)),
        name: "Large Corp".to_owned(),
        oversized: size.accounts.max(size.keys) >= ATLAS_MOST,
        ..Organization::default()
    };
    for number in 0..size.projects {
        org.projects.put(planter.project(number));
    }
    for number in 0..size.accounts.max(1) {
        org.accounts.put(planter.account(number)?);
    }
    let id = org.id.clone();
    let account = Identity::Account(org.accounts.rows()[0].id.clone());
    let mut store = Store::default();
    store.organizations.put(org);
    let mut first = None;
    for number in 0..size.keys.max(1) {
        let key = planter.key(number)?;
        first.get_or_insert_with(|| key.id.clone());
        store.add_key(&id, key);
    }
    let key = Identity::Key(first.unwrap_or_default());
    if let Some(org) = store.organizations.get_mut(&id) {
        history::tell(org, &mut planter.dice);
    }
    Ok(Planted {
        store,
        account: Caller { org: id.clone(), identity: account },
        key: Caller { org: id, identity: key },
        address: Some(CALLER),
    })
}

struct Planter {
    now: Timestamp,
    dice: Dice,
    projects: Vec<String>,
}

impl Planter {
    fn ago(&self, days: usize) -> Timestamp {
        let days = i64::try_from(days).unwrap_or(0);
        later(self.now, SignedDuration::from_hours(-24 * days))
    }

    fn name(&mut self, number: usize) -> String {
        let [team, task, place] = [TEAMS, TASKS, PLACES].map(|words| *self.dice.pick(words));
        format!("{team}-{task}-{place}-{number:05}")
    }

    fn project(&mut self, number: usize) -> Project {
        let days = 30 + self.dice.below(1400);
        let created = self.ago(days);
        let id = self.dice.object_id(created);
        self.projects.push(id.clone());
        Project { id, name: format!("{}-{number:04}", self.dice.pick(TEAMS)), created }
    }

    /// The first of each kind is the one to call with.
    fn standing(&mut self, number: usize, created: Timestamp) -> Standing {
        if number == 0 {
            return Standing {
                roles: vec!["ORG_OWNER".to_owned()],
                access_list: vec![Entry::new(CALLER.into(), created)],
                ..Standing::default()
            };
        }
        let mut standing = Standing {
            roles: vec![(*self.dice.pick(ORG_ROLES)).to_owned()],
            ..Standing::default()
        };
        if !self.projects.is_empty() {
            for _ in 0..self.dice.below(4) {
                let project = self.dice.pick(&self.projects).clone();
                let role = (*self.dice.pick(PROJECT_ROLES)).to_owned();
                standing.projects.insert(project, vec![role]);
            }
        }
        for _ in 0..self.dice.below(3) {
            standing.access_list.push(self.entry(created));
        }
        standing
    }

    fn entry(&mut self, created: Timestamp) -> Entry {
        let [a, b, c, d] = self.dice.throw().to_be_bytes().first_chunk().copied().unwrap_or([0; 4]);
        let address = Ipv4Addr::new(a % 223 + 1, b, c, d);
        let length = *self.dice.pick(&[32, 32, 32, 28, 24, 16]);
        let range = Ipv4Net::new_assert(address, length);
        let mut entry = Entry::new(IpNet::V4(range), created);
        if self.dice.chance(70) {
            let days = self.dice.below(200);
            entry.last_used = Some(self.ago(days).max(created));
            entry.last_address = Some(address.into());
            entry.count = self.dice.throw() % 100_000;
        }
        entry
    }

    fn account(&mut self, number: usize) -> io::Result<Account> {
        let age = 1 + self.dice.below(900);
        let created = self.ago(age);
        let mut secrets = Vec::new();
        let wanted = if number == 0 { 1 } else { [0, 1, 1, 1, 1, 2][self.dice.below(6)] };
        for _ in 0..wanted {
            secrets.push(self.secret(number, age.min(364))?);
        }
        secrets.sort_by_key(|secret| secret.created);
        if let [old, new] = secrets.as_mut_slice() {
            old.expires = old.expires.min(later(new.created, OVERLAP));
            old.last_used = old.last_used.map(|used| used.min(old.expires));
        }
        Ok(Account {
            id: format!("mdb_sa_id_{}", self.dice.object_id(created)),
            name: self.name(number),
            description: format!("Invented account {number}"),
            created,
            standing: self.standing(number, created),
            secrets,
        })
    }

    fn secret(&mut self, number: usize, oldest: usize) -> io::Result<AccountSecret> {
        // The account to call with works for almost a year, others may have expired.
        let age = if number == 0 { 1 } else { 1 + self.dice.below(oldest) };
        let created = self.ago(age);
        let life = if number == 0 { 365 } else { *self.dice.pick(&[90, 180, 365]) };
        let hours = i64::try_from(24 * life).unwrap_or(0);
        // It was not used after its end.
        let used = self.dice.below(age).max(age.saturating_sub(life));
        Ok(AccountSecret {
            id: self.dice.object_id(created),
            value: random::client_secret()?,
            created,
            expires: later(created, SignedDuration::from_hours(hours)),
            last_used: self.dice.chance(85).then(|| self.ago(used)),
        })
    }

    fn key(&mut self, number: usize) -> io::Result<Key> {
        let days = 1 + self.dice.below(1400);
        let created = self.ago(days);
        Ok(Key {
            id: self.dice.object_id(created),
            description: self.name(number),
            public_key: self.dice.public_key(),
            private_key: random::private_key()?,
            standing: self.standing(number, created),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_organization_has_its_size_and_is_the_same_for_its_number() {
        let size = Large { accounts: 300, keys: 200, projects: 20, seed: 7 };
        let ids = |size: Large| {
            let planted = plant(&size, Timestamp::UNIX_EPOCH).expect("random");
            let org = &planted.store.organizations.rows()[0];
            assert_eq!((org.accounts.rows().len(), org.keys.rows().len()), (300, 200));
            org.accounts.rows().iter().map(|account| account.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(size), ids(size));
        assert_ne!(ids(size), ids(Large { seed: 8, ..size }));
    }

    #[test]
    fn even_the_smallest_can_be_called() {
        let size = Large { accounts: 0, keys: 0, projects: 0, seed: 0 };
        let planted = plant(&size, Timestamp::now()).expect("random");
        assert!(planted.store.standing(&planted.account).is_some());
        assert!(planted.store.standing(&planted.key).is_some());
    }
}
