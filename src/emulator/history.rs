//! What must have happened for an invented organization to be as it is: the events
//! behind its identities, made up once when it is planted. Knows nothing of HTTP.

use std::net::{IpAddr, Ipv4Addr};

use jiff::Timestamp;

use super::events::{Actor, Event, Subject};
use super::random::Dice;
use super::store::{Account, Key, Organization, Standing};

/// Identities whose history is told; that of others is left out.
const MOST: usize = 1_000;

/// The people who made everything, and from where.
const PEOPLE: &[(&str, IpAddr)] = &[
    ("dana@acme.example", IpAddr::V4(Ipv4Addr::new(203, 0, 113, 24))),
    ("robin@acme.example", IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7))),
    ("sasha@acme.example", IpAddr::V4(Ipv4Addr::new(203, 0, 113, 61))),
];

/// Writes the history of an organization into it.
pub(super) fn tell(org: &mut Organization, dice: &mut Dice) {
    let mut teller = Teller { events: Vec::new(), dice };
    for account in org.accounts.rows().iter().take(MOST) {
        teller.account(account);
    }
    for key in org.keys.rows().iter().take(MOST) {
        teller.key(key);
    }
    let mut events = teller.events;
    events.sort_by_key(|event| event.created);
    org.events = events;
}

struct Teller<'a> {
    events: Vec<Event>,
    dice: &'a mut Dice,
}

impl Teller<'_> {
    fn event(&mut self, created: Timestamp, kind: &str, subject: &Subject) -> &mut Event {
        let (username, address) = *self.dice.pick(PEOPLE);
        let person = PEOPLE.iter().position(|(known, _)| *known == username).unwrap_or(0);
        let at = self.events.len();
        self.events.push(Event {
            id: self.dice.object_id(created),
            created,
            kind: kind.to_owned(),
            actor: Actor::Person {
                id: format!("{:024x}", 0x5f00_0000 + person),
                username: username.to_owned(),
            },
            address: Some(address),
            project: None,
            subject: subject.clone(),
            entry: None,
        });
        &mut self.events[at]
    }

    fn account(&mut self, account: &Account) {
        let subject = Subject::Account { id: account.id.clone(), name: account.name.clone() };
        self.event(account.created, "SERVICE_ACCOUNT_CREATED", &subject);
        for secret in &account.secrets {
            self.event(secret.created, "SERVICE_ACCOUNT_SECRET_ADDED", &subject);
        }
        self.standing("SERVICE_ACCOUNT", account.created, &account.standing, &subject);
    }

    fn key(&mut self, key: &Key) {
        let subject = Subject::Key(key.public_key.clone());
        let created = crate::atlas::KeyId::new(&key.id).created().unwrap_or_default();
        self.event(created, "API_KEY_CREATED", &subject);
        self.standing("API_KEY", created, &key.standing, &subject);
    }

    fn standing(&mut self, kind: &str, created: Timestamp, standing: &Standing, subject: &Subject) {
        for project in standing.projects.keys() {
            let event = self.event(created, &format!("{kind}_ADDED_TO_GROUP"), subject);
            event.project = Some(project.clone());
        }
        for entry in &standing.access_list {
            let kind = format!("{kind}_ACCESS_LIST_ENTRY_ADDED");
            self.event(entry.created, &kind, subject).entry = Some(entry.text());
        }
    }
}
