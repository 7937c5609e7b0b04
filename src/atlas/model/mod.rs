//! Atlas' things as gatehouse shows them: organizations, projects, service
//! accounts with their secrets' metadata, API keys, access-list entries, events.
//!
//! Every type here is read row by row and field by field ([`Field`]): Atlas may
//! add values and leave fields out, and one odd row must not hide the others.
//! Field names are those of the contract. No type here can hold a secret.

mod api_key;
mod event;
mod id;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use api_key::ApiKey;
pub use event::{Event, EventsPart};
pub(in crate::atlas) use id::is_plain;
pub use id::{ClientId, IdentityId, KeyId, OrgId, ProjectId, SecretId};

use super::field::{Field, Row, Rows};
use super::raw::Raw;
use super::{Clean, Role};

/// An organization that the credential sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(default)]
pub struct Organization {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: OrgId,
    /// Its name. Real names contain spaces, whatever the contract's pattern says.
    pub name: Field<Clean>,
}

/// The organization's settings that bear on programmatic access.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "SettingsAnswer")]
pub struct Settings {
    /// Calls are refused from a credential whose access list is empty.
    pub api_access_list_required: Field<bool>,
    /// Longest life of a client secret in hours, 8 to 8760; absent: 8760.
    pub max_service_account_secret_validity_in_hours: Field<u32>,
}

/// The settings as Atlas answers them, with those that do not bear on access.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct SettingsAnswer {
    api_access_list_required: Field<bool>,
    max_service_account_secret_validity_in_hours: Field<u32>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Settings that Atlas always answers. Since an absent one of ours means something, an
/// answer is only believed that has one of these, or one of ours.
const ALWAYS: [&str; 3] =
    ["multiFactorAuthRequired", "restrictEmployeeAccess", "genAIFeaturesEnabled"];

impl TryFrom<SettingsAnswer> for Settings {
    type Error = &'static str;

    fn try_from(answer: SettingsAnswer) -> Result<Self, Self::Error> {
        let settings = Self {
            api_access_list_required: answer.api_access_list_required,
            max_service_account_secret_validity_in_hours: answer
                .max_service_account_secret_validity_in_hours,
        };
        let believed = ALWAYS.iter().any(|name| answer.others.contains_key(*name));
        if believed || settings != Self::default() { Ok(settings) } else { Err("no settings") }
    }
}

/// A project of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(default)]
pub struct Project {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: ProjectId,
    /// Its name.
    pub name: Field<Clean>,
}

/// A service account of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Its client ID.
    #[serde(rename = "clientId", deserialize_with = "or_default")]
    pub id: ClientId,
    /// Its name. Not unique in an organization.
    pub name: Field<Clean>,
    /// What it is for, in its maker's words.
    pub description: Field<Clean>,
    /// When it was made.
    pub created_at: Field<Timestamp>,
    /// Its organization roles, in the catalogue's order.
    #[serde(deserialize_with = "shared_roles")]
    pub roles: Field<Arc<[Role]>>,
    /// Its secrets' metadata; Atlas keeps two at most, expired ones included.
    #[serde(deserialize_with = "rows")]
    pub secrets: Field<Vec<ClientSecret>>,
    /// Made and kept by Atlas for an integration; it cannot be changed. Not a
    /// field of the answer: known from which list the account appears in.
    #[serde(skip)]
    pub system_managed: bool,
    /// What came for it in a list, where it came without a usable id.
    #[serde(skip)]
    pub raw: Option<Box<Raw>>,
}

/// What Atlas tells of a client secret after its creation: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClientSecret {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub id: SecretId,
    /// When it was made.
    pub created_at: Field<Timestamp>,
    /// When it stops working.
    pub expires_at: Field<Timestamp>,
    /// When a token was last minted with it; absent: never.
    pub last_used_at: Field<Timestamp>,
    /// Its value with all but a few characters masked.
    pub masked_secret_value: Field<Clean>,
}

/// A project in which an identity has roles.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(default)]
pub struct Grant {
    /// The project; its name is known from the list of projects.
    #[serde(rename = "groupId", deserialize_with = "or_default")]
    pub project: ProjectId,
    /// The roles there, in the catalogue's order.
    #[serde(deserialize_with = "sorted_roles")]
    pub roles: Field<Vec<Role>>,
}

/// An address or a range from which an identity may call. Atlas names the fields
/// differently for service accounts and for API keys; here they have one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessEntry {
    /// The single address; absent where the entry is a range.
    pub ip_address: Field<IpAddr>,
    /// The range. Atlas sends one for single addresses too (`/32`).
    pub cidr_block: Field<IpNet>,
    /// When it was added.
    #[serde(alias = "created")]
    pub created_at: Field<Timestamp>,
    /// When a call was last made from it; absent: never.
    #[serde(alias = "lastUsed")]
    pub last_used_at: Field<Timestamp>,
    /// From which address that call came.
    pub last_used_address: Field<Clean>,
    /// How many calls were made from it.
    #[serde(alias = "count")]
    pub request_count: Field<u64>,
}

impl AccessEntry {
    /// The addresses that it lets in, if they could be understood.
    #[must_use]
    pub fn range(&self) -> Option<IpNet> {
        self.cidr_block.known().copied().or_else(|| self.ip_address.known().map(|&ip| ip.into()))
    }
}

impl Row for Organization {}
impl Row for Project {}
impl Row for Event {}
impl Row for Grant {}

impl Row for ServiceAccount {
    const ID: Option<&'static str> = Some("clientId");

    fn keep(&mut self, sent: Raw) {
        self.raw = Some(Box::new(sent));
    }
}

impl Row for Role {}

// In these two an absent last use says that there was none.

impl Row for ClientSecret {
    fn odd() -> Self {
        Self { last_used_at: Field::Odd, ..Self::default() }
    }
}

impl Row for AccessEntry {
    fn odd() -> Self {
        Self { last_used_at: Field::Odd, ..Self::default() }
    }
}

/// Reads a value, or its default where it is missing or odd: for ids, without
/// which a row is shown but cannot be asked about.
fn or_default<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(deserializer)?).unwrap_or_default())
}

fn rows<'de, D: Deserializer<'de>, T: Row>(deserializer: D) -> Result<Field<Vec<T>>, D::Error> {
    Ok(Field::<Rows<T>>::deserialize(deserializer)?.map(|rows| rows.0))
}

/// Roles come in no stable order; they are shown and compared in the catalogue's.
fn sorted_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field<Vec<Role>>, D::Error> {
    Ok(rows::<D, Role>(deserializer)?.map(|mut roles| {
        roles.sort();
        roles
    }))
}

/// The same for those of which there may be very many with the same ones.
fn shared_roles<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Field<Arc<[Role]>>, D::Error> {
    Ok(sorted_roles(deserializer)?.map(Arc::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::atlas::field::{Object, One};

    fn account(value: Value) -> ServiceAccount {
        serde_json::from_value(value).expect("a row is never refused")
    }

    #[test]
    fn an_odd_field_spoils_only_itself() {
        let account = account(json!({
            "clientId": "mdb_sa_id_66f1c0ffee00112233a91f00",
            "name": 42,
            "createdAt": "yesterday",
            "roles": ["ORG_MEMBER", {"new": "shape"}, "ORG_OWNER", "ORG_FROM_TOMORROW"],
            "secrets": [null, {"id": "66f1c0ffee00112233a91f01", "expiresAt": "2026-12-04T00:00:00Z"}],
            "fieldOfTomorrow": true,
        }));
        assert_eq!(account.name, Field::Odd);
        assert_eq!(account.created_at, Field::Odd);
        assert_eq!(account.description, Field::Absent);
        let roles: Vec<_> = account
            .roles
            .known()
            .expect("known")
            .iter()
            .map(|role| role.code().to_owned())
            .collect();
        assert_eq!(roles, ["ORG_OWNER", "ORG_MEMBER", "?", "ORG_FROM_TOMORROW"]);
        let secrets = account.secrets.known().expect("known");
        assert_eq!(secrets[0], ClientSecret::odd());
        assert_eq!(secrets[0].last_used_at, Field::Odd, "that it was never used is not known");
        assert!(matches!(secrets[1].expires_at, Field::Known(_)));
    }

    #[test]
    fn no_array_passes_for_an_object() {
        let account: ServiceAccount = serde_json::from_value(json!({
            "clientId": "x", "secrets": [["66f1c0ffee00112233a91f01", "2026-12-04T00:00:00Z"]],
        }))
        .expect("read");
        assert_eq!(account.secrets, Field::Known(vec![ClientSecret::odd()]));
        let settings = |text: &str| serde_json::from_str::<One<Settings>>(text);
        assert!(settings("{\"apiAccessListRequired\":true}").is_ok());
        for odd in [
            "[]",
            "[true]",
            "{}",
            "{\"x\":1}",
            "{\"errorCode\":\"X\"}",
            "{\"status\":200,\"content\":{}}",
        ] {
            assert!(settings(odd).is_err(), "{odd}");
        }
        assert!(serde_json::from_str::<Object<Settings>>("[true]").is_err());
    }

    #[test]
    fn both_spellings_of_an_access_list_entry_are_one() {
        let account: AccessEntry = serde_json::from_value(json!({
            "ipAddress": "192.168.0.229", "cidrBlock": "192.168.0.229/32", "requestCount": 3,
            "createdAt": "2026-08-01T00:00:00Z", "lastUsedAt": "2026-08-02T00:00:00Z",
        }))
        .expect("read");
        let key: AccessEntry = serde_json::from_value(json!({
            "ipAddress": "192.168.0.229", "cidrBlock": "192.168.0.229/32", "count": 3,
            "created": "2026-08-01T00:00:00Z", "lastUsed": "2026-08-02T00:00:00Z", "links": [],
        }))
        .expect("read");
        assert_eq!(account, key);
    }
}
