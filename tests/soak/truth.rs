//! What the emulator has beside what the program shows.

use std::collections::{BTreeMap, BTreeSet};

use gatehouse::app::identity::{Identity, Kind};
use gatehouse::app::listing::Row;
use gatehouse::atlas::{AccessEntry, Clean, ClientSecret, Field, Grant, Role};
use gatehouse::emulator::{Account, Key, Standing};
use jiff::Timestamp;

use crate::support::journey::Journey;

/// How the public keys begin that others make.
pub(super) const OTHERS: &str = "key";

/// Longer names are cut in a title.
const LONGEST_NAME: usize = 30;

/// What is to be known of an identity. Not what each call changes: when something was
/// used last, and how often.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    name: String,
    about: String,
    managed: bool,
    roles: BTreeSet<String>,
    secrets: BTreeMap<String, String>,
    addresses: BTreeSet<String>,
    projects: BTreeMap<String, BTreeSet<String>>,
}

fn set<T: ToString>(all: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    all.into_iter().map(|one| one.to_string()).collect()
}

fn clean(text: &str) -> String {
    Clean::new(text).to_string()
}

/// As the emulator has it.
fn had(standing: &Standing, name: &str, about: &str) -> Known {
    let projects = standing.projects.iter().filter(|(_, roles)| !roles.is_empty());
    Known {
        name: clean(name),
        about: clean(about),
        managed: false,
        roles: set(&standing.roles),
        secrets: BTreeMap::new(),
        addresses: set(standing.access_list.iter().map(|entry| entry.range)),
        projects: projects.map(|(project, roles)| (project.clone(), set(roles))).collect(),
    }
}

fn account_had(account: &Account) -> Known {
    let secrets = account.secrets.iter();
    Known {
        secrets: secrets.map(|one| (one.id.clone(), second(one.expires))).collect(),
        ..had(&account.standing, &account.name, &account.description)
    }
}

fn key_had(key: &Key) -> Known {
    had(&key.standing, &key.description, &key.public_key)
}

/// Atlas tells no smaller parts.
fn second(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).expect("a time").to_string()
}

fn text(field: &Field<Clean>) -> String {
    field.known().map_or_else(|| "?".into(), ToString::to_string)
}

fn codes(roles: &Field<impl AsRef<[Role]>>) -> BTreeSet<String> {
    match roles {
        Field::Known(roles) => set(roles.as_ref().iter().map(Role::code)),
        Field::Absent | Field::Odd => set(["?"]),
    }
}

fn address(entry: &AccessEntry) -> String {
    entry.range().map_or_else(|| "?".into(), |range| range.to_string())
}

fn secret(secret: &ClientSecret) -> (String, String) {
    let end = secret.expires_at.known().map_or_else(|| "?".into(), ToString::to_string);
    (secret.id.to_string(), end)
}

/// As the program knows it.
fn shown(row: &Row) -> Known {
    let (about, secrets) = match &row.identity {
        Identity::ServiceAccount(account) => (&account.description, account.secrets.known()),
        Identity::ApiKey(key) => (&key.public_key, None),
    };
    let grant = |grant: &Grant| (grant.project.to_string(), codes(&grant.roles));
    let unread = || BTreeMap::from([("not read".to_owned(), BTreeSet::new())]);
    Known {
        name: text(row.identity.name()),
        about: text(about),
        managed: row.identity.is_system_managed(),
        roles: codes(row.identity.roles()),
        secrets: secrets.into_iter().flatten().map(secret).collect(),
        addresses: match &row.access().value {
            Some(entries) if row.access().error.is_none() => set(entries.iter().map(address)),
            _ => set(["not read"]),
        },
        projects: row.grants().map_or_else(unread, |grants| grants.iter().map(grant).collect()),
    }
}

/// Everything in both lists, by id.
fn all_had(journey: &Journey) -> BTreeMap<String, Known> {
    journey.emulator().patch(|store| {
        let org = store.main().expect("an organization");
        let accounts = org.accounts.rows().iter();
        let accounts = accounts.map(|account| (account.id.clone(), account_had(account)));
        let managed =
            org.managed.rows().iter().map(|account| {
                (account.id.clone(), Known { managed: true, ..account_had(account) })
            });
        let keys = org.keys.rows().iter().map(|key| (key.id.clone(), key_had(key)));
        accounts.chain(managed).chain(keys).collect()
    })
}

fn all_shown(journey: &Journey) -> BTreeMap<String, Known> {
    let org = journey.app.state().org.as_ref().expect("an organization");
    let rows = Kind::ALL.into_iter().flat_map(|kind| org.list(kind).rows());
    rows.map(|row| (row.identity.id().as_str().to_owned(), shown(row))).collect()
}

/// Every credential that exists and that others did not make: secrets of accounts, and API
/// keys, by their ids.
pub(super) fn credentials(journey: &Journey) -> BTreeSet<String> {
    journey.emulator().patch(|store| {
        let org = store.main().expect("an organization");
        let accounts = org.accounts.rows().iter();
        let secrets = accounts.flat_map(|account| account.secrets.iter().map(|one| one.id.clone()));
        let own = |key: &&Key| !key.public_key.starts_with(OTHERS);
        secrets.chain(org.keys.rows().iter().filter(own).map(|key| key.id.clone())).collect()
    })
}

/// In what the program differs from the emulator, in words.
pub(super) fn differences(journey: &Journey) -> Vec<String> {
    let (had, shown) = (all_had(journey), all_shown(journey));
    let ids: BTreeSet<_> = had.keys().chain(shown.keys()).collect();
    let differ = ids.into_iter().filter(|id| had.get(*id) != shown.get(*id));
    differ.map(|id| format!("{id} is {:?} and shown as {:?}", had.get(id), shown.get(id))).collect()
}

/// The projects' names by their ids, and whether access lists are required: as the emulator
/// has it, and as the program knows it.
pub(super) fn organization(journey: &Journey) -> [(BTreeMap<String, String>, Option<bool>); 2] {
    let had = journey.emulator().patch(|store| {
        let org = store.main().expect("an organization");
        let projects = org.projects.rows().iter();
        let names = projects.map(|one| (one.id.clone(), clean(&one.name))).collect();
        (names, Some(org.access_list_required))
    });
    let org = journey.app.state().org.as_ref().expect("an organization");
    let projects = org.projects.value.iter().flatten();
    let settings = org.settings.value.as_ref();
    let required = settings.and_then(|all| all.api_access_list_required.known().copied());
    [had, (projects.map(|(id, name)| (id.to_string(), text(name))).collect(), required)]
}

/// What the emulator has of the identity whose details are on screen, and what is not
/// there.
pub(super) fn missing_on_screen(journey: &Journey) -> Vec<String> {
    let screen = journey.screen();
    let had = all_had(journey);
    let Some((_, known)) = had.iter().find(|(id, _)| screen.contains(id.as_str())) else {
        return vec!["anybody".into()];
    };
    let addresses = known
        .addresses
        .iter()
        .map(|range| range.trim_end_matches("/32").trim_end_matches("/128").to_owned());
    let roles = known.roles.iter().map(|role| Role::new(role).label().to_owned());
    let name = known.name.chars().take(LONGEST_NAME).collect();
    let wanted = addresses.chain(roles).chain([name]);
    wanted.filter(|text| !screen.contains(text.as_str())).collect()
}
