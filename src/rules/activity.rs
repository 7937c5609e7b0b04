//! What events are about, and in words: whose they are, what happened, who did it.

use crate::atlas::{Clean, ClientId, Event, Field, KeyId};

/// Who is looked for among events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// A service account.
    Account(ClientId),
    /// An API key.
    Key {
        /// Its id.
        id: KeyId,
        /// Its public key, if it is known.
        public: Option<String>,
    },
}

impl Sought {
    /// Whether an event is about it, or was done by it, as far as the event tells.
    #[must_use]
    pub fn is_in(&self, event: &Event) -> bool {
        let is = |field: &Field<_>, text: &str| {
            field.known().is_some_and(|known: &Clean| known.as_str() == text)
        };
        match self {
            Self::Account(id) => event.accounts.contains(id) || is(&event.public_key, id.as_str()),
            Self::Key { id, public } => {
                let known = public.as_deref().is_some_and(|public| {
                    is(&event.public_key, public) || is(&event.target_key, public)
                });
                known || event.key_id.known() == Some(id)
            }
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doer<'a> {
    /// A person, by address or id.
    Person(&'a str),
    /// An API key, by its public key or id; or a service account, by its client ID.
    Program(&'a str),
    /// An employee of MongoDB, who may be named besides.
    Employee(Option<&'a str>),
    /// Atlas itself: nobody is named.
    Nobody,
    /// It could not be understood.
    Unclear,
}

fn text(field: &Field<Clean>) -> Option<&str> {
    field.known().map(Clean::as_str)
}

/// Who did it.
#[must_use]
pub fn doer(event: &Event) -> Doer<'_> {
    let person = text(&event.username).or_else(|| text(&event.user_id));
    let program = text(&event.public_key).or_else(|| event.key_id.known().map(KeyId::as_str));
    let texts = [&event.username, &event.public_key];
    // What an id says instead is not what is meant for people.
    let odd = texts.into_iter().any(|field| *field == Field::Odd);
    let odd_id = event.user_id == Field::Odd || event.key_id == Field::Odd;
    match (person, program) {
        _ if event.by_employee == Field::Known(true) => Doer::Employee(person),
        _ if odd => Doer::Unclear,
        (Some(person), _) => Doer::Person(person),
        (None, Some(program)) => Doer::Program(program),
        (None, None) if odd_id => Doer::Unclear,
        (None, None) => Doer::Nobody,
    }
}

/// Whom it happened to, by client IDs and public keys. `?` where it must have happened to
/// somebody and does not say to whom.
#[must_use]
pub fn targets(event: &Event) -> Vec<&str> {
    let accounts = event.accounts.iter().map(ClientId::as_str);
    let key = match &event.target_key {
        Field::Known(key) => Some(&**key),
        Field::Odd => Some("?"),
        Field::Absent => None,
    };
    let mut all: Vec<_> = accounts.chain(key).collect();
    let kind = event.kind.known().map_or("", Clean::as_str);
    if all.is_empty() && ["SERVICE_ACCOUNT_", "API_KEY_"].iter().any(|of| kind.starts_with(of)) {
        all.push("?");
    }
    all
}

/// What happened, in words; as Atlas calls it where there are none here, for the list of
/// what can happen changes often; `?` where not even that is known.
#[must_use]
pub fn what(event: &Event) -> &str {
    let Field::Known(kind) = &event.kind else { return "?" };
    let known = WORDS.iter().find(|(name, _)| *name == kind.as_str());
    known.map_or(kind.as_str(), |(_, words)| words)
}

#[rustfmt::skip]
const WORDS: &[(&str, &str)] = &[
    ("SERVICE_ACCOUNT_CREATED", "service account created"),
    ("SERVICE_ACCOUNT_DELETED", "service account deleted"),
    ("SERVICE_ACCOUNT_ROLES_CHANGED", "roles changed"),
    ("SERVICE_ACCOUNT_DETAILS_CHANGED", "name or description changed"),
    ("SERVICE_ACCOUNT_ADDED_TO_GROUP", "added to a project"),
    ("SERVICE_ACCOUNT_REMOVED_FROM_GROUP", "removed from a project"),
    ("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_ADDED", "access list entry added"),
    ("SERVICE_ACCOUNT_ACCESS_LIST_ENTRY_DELETED", "access list entry removed"),
    ("SERVICE_ACCOUNT_SECRET_ADDED", "client secret generated"),
    ("SERVICE_ACCOUNT_SECRET_DELETED", "client secret revoked"),
    ("SERVICE_ACCOUNT_UI_IP_ACCESS_LIST_INHERITANCE_ENABLED", "inherits the UI's access list"),
    ("SERVICE_ACCOUNT_UI_IP_ACCESS_LIST_INHERITANCE_DISABLED", "inherits the UI's access list no more"),
    ("API_KEY_CREATED", "API key created"),
    ("API_KEY_DELETED", "API key deleted"),
    ("API_KEY_ROLES_CHANGED", "roles changed"),
    ("API_KEY_DESCRIPTION_CHANGED", "description changed"),
    ("API_KEY_ADDED_TO_GROUP", "added to a project"),
    ("API_KEY_REMOVED_FROM_GROUP", "removed from a project"),
    ("API_KEY_ACCESS_LIST_ENTRY_ADDED", "access list entry added"),
    ("API_KEY_ACCESS_LIST_ENTRY_DELETED", "access list entry removed"),
    ("API_KEY_UI_IP_ACCESS_LIST_INHERITANCE_ENABLED", "inherits the UI's access list"),
    ("API_KEY_UI_IP_ACCESS_LIST_INHERITANCE_DISABLED", "inherits the UI's access list no more"),
    ("ORG_CREATED", "organization created"),
    ("ORG_RENAMED", "organization renamed"),
    ("ORG_PUBLIC_API_ACCESS_LIST_REQUIRED", "access lists required from now on"),
    ("ORG_PUBLIC_API_ACCESS_LIST_NOT_REQUIRED", "access lists required no more"),
    ("ORG_SERVICE_ACCOUNT_MAX_SECRET_VALIDITY_EDITED", "longest life of client secrets changed"),
    ("ORG_SERVICE_ACCOUNT_SECRETS_EXPIRING", "client secrets expire soon"),
    ("ORG_SERVICE_ACCOUNT_SECRETS_NO_LONGER_EXPIRING", "no client secret expires soon"),
    ("ORG_SERVICE_ACCOUNT_SECRETS_EXPIRED", "client secrets have expired"),
    ("ORG_SERVICE_ACCOUNT_SECRETS_NO_LONGER_EXPIRED", "no client secret is expired"),
    ("ORG_UI_IP_ACCESS_LIST_ENABLED", "the UI's access list switched on"),
    ("ORG_UI_IP_ACCESS_LIST_DISABLED", "the UI's access list switched off"),
    ("ORG_EDITED_UI_IP_ACCESS_LIST_ENTRIES", "the UI's access list changed"),
    ("ORG_TWO_FACTOR_AUTH_REQUIRED", "second factor required from now on"),
    ("ORG_TWO_FACTOR_AUTH_OPTIONAL", "second factor required no more"),
    ("JOINED_ORG", "joined the organization"),
    ("INVITED_TO_ORG", "invited to the organization"),
    ("REMOVED_FROM_ORG", "removed from the organization"),
    ("USER_ROLES_CHANGED_AUDIT", "a person's roles changed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "abcdefgh";

    fn account() -> ClientId {
        ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00")
    }

    #[test]
    fn an_event_is_of_those_it_names_and_of_who_did_it() {
        let id = KeyId::new("66f1c0ffee00112233a91f01");
        let key = Sought::Key { id: id.clone(), public: Some(PUBLIC.into()) };
        let of_account = Sought::Account(account());
        let clean = |text: &str| Field::Known(text.into());
        let none = Event::default;
        let table = [
            (none(), false, false),
            (Event { accounts: vec![account()], ..none() }, true, false),
            (Event { public_key: clean(account().as_str()), ..none() }, true, false),
            (Event { public_key: clean(PUBLIC), ..none() }, false, true),
            (Event { target_key: clean(PUBLIC), ..none() }, false, true),
            (Event { key_id: Field::Known(id), ..none() }, false, true),
            (Event { username: clean(PUBLIC), ..none() }, false, false),
        ];
        for (event, account, by_key) in table {
            assert_eq!(
                (of_account.is_in(&event), key.is_in(&event)),
                (account, by_key),
                "{event:?}"
            );
        }
        let nameless = Sought::Key { id: KeyId::default(), public: None };
        assert!(!nameless.is_in(&none()), "what has no name is not everybody");
    }

    #[test]
    fn who_did_it_is_told_as_far_as_it_is_known() {
        let clean = |text: &str| Field::Known(text.into());
        let none = Event::default;
        let table = [
            (none(), Doer::Nobody),
            (Event { username: clean("a@b.example"), ..none() }, Doer::Person("a@b.example")),
            (Event { user_id: clean("5f"), ..none() }, Doer::Person("5f")),
            (Event { public_key: clean(PUBLIC), ..none() }, Doer::Program(PUBLIC)),
            (Event { key_id: Field::Known(KeyId::new("6a")), ..none() }, Doer::Program("6a")),
            (Event { by_employee: Field::Known(true), ..none() }, Doer::Employee(None)),
            (Event { username: Field::Odd, user_id: clean("5f"), ..none() }, Doer::Unclear),
            (Event { key_id: Field::Odd, ..none() }, Doer::Unclear),
        ];
        for (event, expected) in table {
            assert_eq!(doer(&event), expected, "{event:?}");
        }
    }

    #[test]
    fn whom_it_happened_to_is_told_or_asked() {
        let clean = |text: &str| Field::Known(text.into());
        let none = Event::default;
        let table = [
            (none(), vec![]),
            (Event { kind: clean("ORG_RENAMED"), ..none() }, vec![]),
            (Event { kind: clean("SERVICE_ACCOUNT_CREATED"), ..none() }, vec!["?"]),
            (
                Event { target_key: clean(PUBLIC), kind: clean("API_KEY_CREATED"), ..none() },
                vec![PUBLIC],
            ),
            (Event { target_key: Field::Odd, ..none() }, vec!["?"]),
            (
                Event {
                    accounts: vec![account()],
                    kind: clean("SERVICE_ACCOUNT_CREATED"),
                    ..none()
                },
                vec!["mdb_sa_id_66f1c0ffee00112233a91f00"],
            ),
        ];
        for (event, expected) in table {
            assert_eq!(targets(&event), expected, "{event:?}");
        }
    }

    #[test]
    fn what_happened_has_words_and_else_atlas_own() {
        let kind = |kind: &str| Event { kind: Field::Known(kind.into()), ..Event::default() };
        assert_eq!(what(&kind("API_KEY_CREATED")), "API key created");
        assert_eq!(what(&kind("FROM_TOMORROW")), "FROM_TOMORROW");
        assert_eq!(what(&Event::default()), "?");
        for (at, (name, words)) in WORDS.iter().enumerate() {
            assert!(!words.is_empty() && !WORDS[..at].iter().any(|(other, _)| other == name));
        }
    }
}
