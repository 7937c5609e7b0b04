//! What is said about an identity: each value with its words. Knows nothing of
//! where it stands on the screen.

use crate::app::identity::Identity;
use crate::app::listing::Row;
use crate::atlas::roles::labels;
use crate::atlas::text::BLANK;
use crate::atlas::{AccessEntry, ApiKey, Clean, ClientSecret, Field, Role, ServiceAccount};
use crate::rules::entries::grouped;
use crate::rules::health::{self, Mark, Reach, SecretState};
use crate::rules::rotation::Rotation;
use crate::screens::columns::Lens;
use crate::ui::when;

/// Labels that begin a group of their own.
pub(super) const GROUPS: [&str; 4] = ["Roles", "Secrets", "Access from", "Projects"];

/// One value with its words.
#[derive(Debug, Default)]
pub(super) struct Fact {
    /// Its label, where it is the first of its kind.
    pub label: &'static str,
    pub mark: Option<Mark>,
    /// The value: what is copied.
    pub value: String,
    /// What there is to say about it.
    pub about: String,
    /// What the value is called when it is copied; empty where there is none.
    pub copied_as: &'static str,
    /// The place among the account's secrets, where it is one.
    pub secret: Option<usize>,
}

/// Everything known about one identity.
pub(super) fn facts(
    row: &Row,
    rotation: Option<(&Rotation, String)>,
    doubts: &[String],
    lens: &Lens<'_>,
) -> Vec<Fact> {
    let mut facts = match &row.identity {
        Identity::ServiceAccount(account) => of_account(account, row, lens),
        Identity::ApiKey(key) => of_key(key, row, lens),
    };
    doubt(&mut facts, &row.identity, doubts);
    facts.extend(rotation.map(|(rotation, key)| {
        let since = when::date(rotation.begun, lens.zone);
        let about = format!("since {since}; {key} tells how it stands, and what to do next");
        fact("Rotation", "under way", about)
    }));
    section(&mut facts, "Roles", roles(row.identity.roles()));
    if let Identity::ServiceAccount(account) = &row.identity {
        section(&mut facts, "Secrets", secrets(account, lens));
    }
    section(&mut facts, "Access from", access(row, lens));
    section(&mut facts, "Projects", projects(row, lens));
    facts
}

/// Adds facts of one kind; the first carries the label.
fn section(all: &mut Vec<Fact>, label: &'static str, mut facts: Vec<Fact>) {
    if let Some(first) = facts.first_mut() {
        first.label = label;
    }
    all.append(&mut facts);
}

fn fact(label: &'static str, value: impl Into<String>, about: impl Into<String>) -> Fact {
    Fact { label, value: value.into(), about: about.into(), ..Fact::default() }
}

impl Fact {
    /// The same, to be copied under this name.
    fn copied_as(self, name: &'static str) -> Self {
        Self { copied_as: name, ..self }
    }
}

fn words(mark: Mark, value: &str, about: impl Into<String>) -> Fact {
    Fact { mark: Some(mark), ..fact("", value, about) }
}

/// Says why a name may mislead. An API key's is its description, which stands there.
fn doubt(facts: &mut Vec<Fact>, identity: &Identity, doubts: &[String]) {
    if doubts.is_empty() {
        return;
    }
    if identity.account().is_some() {
        facts.insert(1, chosen("Name", identity.name(), "name"));
    }
    let named = facts.iter_mut().find(|fact| ["Name", "Description"].contains(&fact.label));
    if let Some(fact) = named {
        (fact.mark, fact.about) = (Some(Mark::Soon), doubts.join(" "));
    }
}

/// A text that others chose; a word in its place is not copied.
fn chosen(label: &'static str, field: &Field<Clean>, copied_as: &'static str) -> Fact {
    let text = fact(label, field.shown(), "");
    if field.shown() == BLANK { text } else { text.copied_as(copied_as) }
}

fn of_account(account: &ServiceAccount, row: &Row, lens: &Lens<'_>) -> Vec<Fact> {
    let mut facts = vec![fact("Client ID", account.id.as_str(), "").copied_as("client ID")];
    if account.system_managed {
        facts.push(words(
            Mark::None,
            "managed by Atlas",
            "for an integration; it cannot be changed",
        ));
    }
    match &account.description {
        Field::Absent => {}
        Field::Known(text) if text.is_empty() => {}
        text => facts.push(chosen("Description", text, "description")),
    }
    facts.push(created(&account.created_at, lens));
    facts.push(last_used(row, lens));
    facts
}

fn of_key(key: &ApiKey, row: &Row, lens: &Lens<'_>) -> Vec<Fact> {
    vec![
        chosen("Description", &key.description, "description"),
        chosen("Public key", &key.public_key, "public key"),
        fact("Private key", key.masked_private_key.shown(), "shown whole only when it was made")
            .copied_as("masked private key"),
        fact("ID", key.id.as_str(), "").copied_as("id"),
        created(&row.identity.created(), lens),
        last_used(row, lens),
    ]
}

fn created(time: &Field<jiff::Timestamp>, lens: &Lens<'_>) -> Fact {
    match time {
        Field::Known(time) => {
            fact("Created", when::date_time(*time, lens.zone), when::ago(*time, lens.now))
                .copied_as("date")
        }
        Field::Absent | Field::Odd => fact("Created", "?", ""),
    }
}

fn last_used(row: &Row, lens: &Lens<'_>) -> Fact {
    match row.last_used() {
        Some(Field::Known(time)) => {
            fact("Last used", when::date_time(time, lens.zone), when::ago(time, lens.now))
                .copied_as("date")
        }
        Some(Field::Absent) => fact("Last used", "never", ""),
        Some(Field::Odd) => fact("Last used", "?", ""),
        None if row.identity.account().is_some() || row.access().error.is_some() => {
            fact("Last used", "?", "")
        }
        None if row.access().value.is_some() => fact(
            "Last used",
            "unknown",
            "Atlas notes it at access-list entries, and there are none",
        ),
        None => fact("Last used", "reading...", ""),
    }
}

fn roles(roles: &Field<Vec<Role>>) -> Vec<Fact> {
    match roles {
        Field::Known(roles) if roles.is_empty() => vec![words(Mark::None, "none", "")],
        Field::Known(roles) => roles
            .iter()
            .map(|role| {
                fact("", role.label(), role.known().map_or("", |known| known.meaning))
                    .copied_as("role")
            })
            .collect(),
        Field::Absent | Field::Odd => {
            vec![words(Mark::Unknown, "?", "Atlas' answer is not understood")]
        }
    }
}

fn secrets(account: &ServiceAccount, lens: &Lens<'_>) -> Vec<Fact> {
    match &account.secrets {
        Field::Known(secrets) if secrets.is_empty() => {
            vec![words(Mark::None, "none", "it cannot sign in until it is given one")]
        }
        Field::Known(secrets) => {
            let numbered = secrets.iter().enumerate();
            numbered
                .map(|(at, secret)| Fact { secret: Some(at), ..of_secret(secret, lens) })
                .collect()
        }
        Field::Absent | Field::Odd => {
            vec![words(Mark::Unknown, "?", "Atlas' answer is not understood")]
        }
    }
}

fn of_secret(secret: &ClientSecret, lens: &Lens<'_>) -> Fact {
    let state = SecretState::of(secret, lens.now);
    let end = match state {
        SecretState::Valid(end) | SecretState::EndsSoon(end) => {
            format!("expires in {}, {}", when::left(end, lens.now), when::date(end, lens.zone))
        }
        SecretState::Expired(end) => {
            format!("expired {}, {}", when::ago(end, lens.now), when::date(end, lens.zone))
        }
        SecretState::Missing | SecretState::Unknown => "end not known".into(),
    };
    let used = match secret.last_used_at {
        Field::Known(time) => format!("used {}", when::ago(time, lens.now)),
        Field::Absent => "never used".into(),
        Field::Odd => "last use not known".into(),
    };
    let made = match secret.created_at {
        Field::Known(time) => format!(", made {}", when::date(time, lens.zone)),
        Field::Odd => ", made ?".into(),
        Field::Absent => String::new(),
    };
    let masked = secret.masked_secret_value.shown();
    words(state.mark(), masked, format!("{end}; {used}{made}")).copied_as("masked secret")
}

fn access(row: &Row, lens: &Lens<'_>) -> Vec<Fact> {
    let Some(entries) = row.access().value.as_deref() else {
        return vec![match &row.access().error {
            Some(error) => words(Mark::Unknown, "?", error.sentence()),
            None if row.identity.id().is_addressable() => fact("", "reading...", ""),
            None => words(Mark::Unknown, "?", "without an id Atlas cannot be asked"),
        }];
    };
    let mut facts: Vec<_> = entries.iter().map(|entry| of_entry(entry, lens)).collect();
    let (mark, value, about) = match Reach::of(entries, lens.org.settings.value.as_ref()) {
        Reach::Listed(_) | Reach::Unclear(_) | Reach::WholeInternet(_) => return facts,
        Reach::Anybody => (
            Mark::Open,
            "any address",
            "the list is empty, and the organization does not require one",
        ),
        Reach::Nobody => {
            (Mark::Broken, "no address", "the list is empty, and the organization requires one")
        }
        Reach::EmptyList => {
            (Mark::None, "empty list", "what that means depends on the organization's settings")
        }
    };
    facts.push(words(mark, value, about));
    facts
}

fn of_entry(entry: &AccessEntry, lens: &Lens<'_>) -> Fact {
    let range = entry.range();
    let single = entry.ip_address.known().map(ToString::to_string);
    let value =
        single.or_else(|| range.map(|range| range.to_string())).unwrap_or_else(|| "?".into());
    let used = match (&entry.last_used_at, &entry.last_used_address) {
        (Field::Known(time), Field::Known(from)) => {
            format!("used {} from {from}", when::ago(*time, lens.now))
        }
        (Field::Known(time), Field::Odd) => {
            format!("used {} from ?", when::ago(*time, lens.now))
        }
        (Field::Known(time), Field::Absent) => format!("used {}", when::ago(*time, lens.now)),
        (Field::Absent, _) => "never used".into(),
        (Field::Odd, _) => "last use not known".into(),
    };
    let calls = match entry.request_count {
        Field::Known(0) | Field::Absent => String::new(),
        Field::Odd => ", ? calls".into(),
        Field::Known(1) => ", 1 call".into(),
        Field::Known(calls) => format!(", {} calls", grouped(calls)),
    };
    let here = match (range, lens.org.address.value) {
        (Some(range), Some(address)) if range.contains(&address) => ", covers your address",
        _ => "",
    };
    let mark = match range {
        Some(range) if health::is_everything(&range) => Mark::Open,
        Some(_) => Mark::Good,
        None => Mark::Unknown,
    };
    words(mark, &value, format!("{used}{calls}{here}")).copied_as("address")
}

fn projects(row: &Row, lens: &Lens<'_>) -> Vec<Fact> {
    let Some(grants) = row.grants() else {
        return vec![match &row.grants_call().error {
            Some(error) => words(Mark::Unknown, "?", error.sentence()),
            None if !row.is_read() => fact("", "reading...", ""),
            None => words(Mark::Unknown, "?", "Atlas' answer is not understood"),
        }];
    };
    if grants.is_empty() {
        return vec![words(Mark::None, "none", "")];
    }
    grants
        .iter()
        .map(|grant| {
            let roles = match &grant.roles {
                Field::Known(roles) => labels(roles),
                Field::Absent | Field::Odd => "?".into(),
            };
            fact("", lens.org.project_name(&grant.project), roles).copied_as("project")
        })
        .collect()
}
