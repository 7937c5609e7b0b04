//! What happened in an organization.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ClientId, KeyId, ProjectId};
use crate::atlas::{Clean, Field};

/// How a client ID begins; 24 hexadecimal digits follow.
const CLIENT_ID: &str = "mdb_sa_id_";
/// Service accounts that one event names at most: it is about one, or about two.
const MOST_NAMED: usize = 4;

/// Which part of what happened is asked for, counted from the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventsPart {
    /// Its number, from 1.
    pub number: u32,
    /// Nothing later than this belongs to any part: so parts do not move while new
    /// things happen. Absent: what is the latest is not known yet.
    pub until: Option<Timestamp>,
}

impl EventsPart {
    /// Events of a part, but for the last.
    pub const ROWS: usize = 100;
    /// The latest of all.
    pub const FIRST: Self = Self { number: 1, until: None };
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "EventAnswer")]
pub struct Event {
    /// Its id.
    pub id: Field<Clean>,
    /// When it happened.
    pub created: Field<Timestamp>,
    /// What happened, as Atlas calls it; the list of these changes often.
    pub kind: Field<Clean>,
    /// The person who did it, by address.
    pub username: Field<Clean>,
    /// The person who did it, by id.
    pub user_id: Field<Clean>,
    /// The API key that did it, by id.
    pub key_id: Field<KeyId>,
    /// The API key that did it, by its public key.
    pub public_key: Field<Clean>,
    /// An employee of MongoDB did it.
    pub by_employee: Field<bool>,
    /// From which address.
    pub address: Field<Clean>,
    /// In which project; absent: in the organization as a whole.
    pub project: Field<ProjectId>,
    /// The API key that it happened to, by its public key.
    pub target_key: Field<Clean>,
    /// The entry of an access list that it is about.
    pub entry: Field<Clean>,
    /// The service accounts that are named anywhere else in it. No field of an event is
    /// known to name the one that it happened to: its raw form does.
    pub accounts: Vec<ClientId>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct EventAnswer {
    id: Field<Clean>,
    created: Field<Timestamp>,
    event_type_name: Field<Clean>,
    username: Field<Clean>,
    user_id: Field<Clean>,
    api_key_id: Field<KeyId>,
    public_key: Field<Clean>,
    is_global_admin: Field<bool>,
    remote_address: Field<Clean>,
    group_id: Field<ProjectId>,
    target_public_key: Field<Clean>,
    whitelist_entry: Field<Clean>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl From<EventAnswer> for Event {
    fn from(answer: EventAnswer) -> Self {
        let mut accounts = Vec::new();
        answer.others.values().for_each(|value| name_accounts(value, &mut accounts));
        Self {
            id: answer.id,
            created: answer.created,
            kind: answer.event_type_name,
            username: answer.username,
            user_id: answer.user_id,
            key_id: answer.api_key_id,
            public_key: answer.public_key,
            by_employee: answer.is_global_admin,
            address: answer.remote_address,
            project: answer.group_id,
            target_key: answer.target_public_key,
            entry: answer.whitelist_entry,
            accounts,
        }
    }
}

/// Collects the client IDs that stand in the texts of a value.
fn name_accounts(value: &Value, named: &mut Vec<ClientId>) {
    match value {
        Value::String(text) => {
            for (at, _) in text.match_indices(CLIENT_ID) {
                let Some(id) = text.get(at..at + CLIENT_ID.len() + 24) else { continue };
                let is_id = id[CLIENT_ID.len()..].bytes().all(|byte| byte.is_ascii_hexdigit());
                let id = ClientId::new(id);
                if is_id && named.len() < MOST_NAMED && !named.contains(&id) {
                    named.push(id);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| name_accounts(value, named)),
        Value::Object(fields) => fields.values().for_each(|value| name_accounts(value, named)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(value: Value) -> Event {
        serde_json::from_value(value).expect("a row is never refused")
    }

    #[test]
    fn an_odd_field_spoils_only_itself() {
        let event = event(json!({
            "id": "66f1c0ffee00112233a91f01", "created": "yesterday", "eventTypeName": ["x"],
            "remoteAddress": "192.0.2.1", "isGlobalAdmin": "no", "groupId": 7,
        }));
        assert_eq!(event.created, Field::Odd);
        assert_eq!(event.kind, Field::Odd);
        assert_eq!(event.address, Field::Known("192.0.2.1".into()));
        assert_eq!((event.by_employee, event.project), (Field::Odd, Field::Odd));
        assert_eq!(event.username, Field::Absent);
    }

    #[test]
    fn a_service_account_is_found_wherever_its_client_id_stands() {
        let id = "mdb_sa_id_66f1c0ffee00112233a91f00";
        for odd in [
            json!({"raw": {"description": format!("secret added: ci-deploy ({id})")}}),
            json!({"raw": {"x": [[{"y": id}], id]}}),
            json!({"delegatePrincipal": {"id": id}}),
        ] {
            assert_eq!(event(odd).accounts, [ClientId::new(id)]);
        }
        for none in [
            json!({"raw": {"description": "mdb_sa_id_66f1"}}),
            json!({"raw": {"description": "mdb_sa_id_zzf1c0ffee00112233a91f00"}}),
            json!({"raw": "mdb_sa_id_66f1c0ffee0011223äöüäöü"}),
            // Who did it is another question.
            json!({"publicKey": id}),
        ] {
            assert_eq!(event(none).accounts, []);
        }
        let many: Vec<_> = (0..50).map(|n| format!("mdb_sa_id_{n:024x}")).collect();
        assert_eq!(event(json!({"raw": many})).accounts.len(), MOST_NAMED);
    }
}
