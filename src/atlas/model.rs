//! Atlas' things as gatehouse shows them: organizations, projects, service
//! accounts with their secrets' metadata, API keys, access-list entries.
//!
//! Every type here is read row by row and field by field ([`Field`]): Atlas may
//! add values and leave fields out, and one odd row must not hide the others.
//! Field names are those of the contract. No type here can hold a secret.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::field::{Field, Row, Rows};
use super::roles::Level;
use super::{Clean, Role};

/// Defines an id: text from outside that is only ever compared, shown, or put
/// into a path when it is plain enough for one.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(Clean);

        impl $name {
            /// An id as Atlas or a person gave it.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Clean::new(text))
            }

            /// The id's text, safe to show.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether this can stand in a path: letters, digits and `_` only,
            /// at most 64. A row without such an id is shown but not asked about.
            #[must_use]
            pub fn is_addressable(&self) -> bool {
                (1..=64).contains(&self.0.len())
                    && self.0.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            }

            /// The second of creation that Atlas puts into the first four bytes
            /// of an `ObjectId` (checked against recorded answers).
            #[must_use]
            pub fn created(&self) -> Option<Timestamp> {
                let hex = self.0.get(self.0.len().checked_sub(24)?..)?;
                if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                let seconds = u32::from_str_radix(hex.get(..8)?, 16).ok()?;
                Timestamp::from_second(i64::from(seconds)).ok()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// An organization's id: 24 hexadecimal digits.
    OrgId
}
id! {
    /// A project's id (Atlas' API calls projects groups): 24 hexadecimal digits.
    ProjectId
}
id! {
    /// A service account's client ID: `mdb_sa_id_` and 24 hexadecimal digits.
    ClientId
}
id! {
    /// The id of a client secret (not the secret): 24 hexadecimal digits.
    SecretId
}
id! {
    /// An API key's id: 24 hexadecimal digits. Not the public key.
    KeyId
}

/// A service account or an API key, by its immutable id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityId {
    /// A service account.
    ServiceAccount(ClientId),
    /// An API key.
    ApiKey(KeyId),
}

impl IdentityId {
    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ServiceAccount(id) => id.as_str(),
            Self::ApiKey(id) => id.as_str(),
        }
    }

    /// Whether Atlas can be asked about this identity.
    #[must_use]
    pub fn is_addressable(&self) -> bool {
        match self {
            Self::ServiceAccount(id) => id.is_addressable(),
            Self::ApiKey(id) => id.is_addressable(),
        }
    }
}

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
    #[serde(deserialize_with = "sorted_roles")]
    pub roles: Field<Vec<Role>>,
    /// Its secrets' metadata; Atlas keeps two at most, expired ones included.
    #[serde(deserialize_with = "rows")]
    pub secrets: Field<Vec<ClientSecret>>,
    /// Made and kept by Atlas for an integration; it cannot be changed. Not a
    /// field of the answer: known from which list the account appears in.
    #[serde(skip)]
    pub system_managed: bool,
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

/// An API key of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "ApiKeyAnswer")]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for, in its maker's words.
    pub description: Field<Clean>,
    /// Its public key: its user name.
    pub public_key: Field<Clean>,
    /// Its private key with all but the last characters masked.
    pub masked_private_key: Field<Clean>,
    /// Its organization roles, in the catalogue's order.
    pub roles: Field<Vec<Role>>,
    /// Its projects with its roles there, by project id.
    pub grants: Field<Vec<Grant>>,
}

/// An API key as Atlas answers it: the roles of all levels mixed, in an order
/// that changes from call to call.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ApiKeyAnswer {
    #[serde(deserialize_with = "or_default")]
    id: KeyId,
    desc: Field<Clean>,
    public_key: Field<Clean>,
    private_key: Field<Clean>,
    #[serde(deserialize_with = "rows")]
    roles: Field<Vec<RoleAssignment>>,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(default, rename_all = "camelCase")]
struct RoleAssignment {
    #[serde(deserialize_with = "or_default")]
    role_name: Role,
    group_id: Field<ProjectId>,
}

impl From<ApiKeyAnswer> for ApiKey {
    fn from(answer: ApiKeyAnswer) -> Self {
        let (mut roles, mut grants) = (answer.roles.clone_shape(), answer.roles.clone_shape());
        if let (Field::Known(assignments), Field::Known(own), Field::Known(granted)) =
            (answer.roles, &mut roles, &mut grants)
        {
            split_levels(assignments, own, granted);
        }
        Self {
            id: answer.id,
            description: answer.desc,
            public_key: answer.public_key,
            masked_private_key: answer.private_key.map(|key| masked(&key)),
            roles,
            grants,
        }
    }
}

/// A private key comes masked from every read. Should one ever come whole, it is
/// masked here, before it can be shown or kept.
fn masked(key: &Clean) -> Clean {
    if key.contains('*') {
        return key.clone();
    }
    let tail: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    Clean::new(&format!("********{tail}"))
}

impl<T> Field<Vec<T>> {
    /// An empty list that is known, absent or odd as this one is.
    fn clone_shape<U>(&self) -> Field<Vec<U>> {
        match self {
            Self::Known(_) => Field::Known(Vec::new()),
            Self::Absent => Field::Absent,
            Self::Odd => Field::Odd,
        }
    }
}

/// Parts the organization's roles from those in projects. A role of which it is not known
/// where it holds stands wherever it may.
fn split_levels(assignments: Vec<RoleAssignment>, own: &mut Vec<Role>, granted: &mut Vec<Grant>) {
    for RoleAssignment { role_name, group_id } in assignments {
        let (in_all, project) = match (group_id, role_name.level()) {
            (Field::Known(project), _) => (false, Some(project)),
            (_, Some(Level::Project)) => (false, Some(ProjectId::default())),
            (Field::Odd, None) => (true, Some(ProjectId::default())),
            (Field::Absent | Field::Odd, _) => (true, None),
        };
        own.extend(in_all.then(|| role_name.clone()));
        let Some(project) = project else { continue };
        match granted.iter_mut().find(|grant| grant.project == project) {
            Some(Grant { roles: Field::Known(roles), .. }) => roles.push(role_name),
            _ => granted.push(Grant { project, roles: Field::Known(vec![role_name]) }),
        }
    }
    own.sort();
    granted.sort_by(|a, b| a.project.cmp(&b.project));
    for grant in granted {
        if let Field::Known(roles) = &mut grant.roles {
            roles.sort();
        }
    }
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
impl Row for ServiceAccount {}
impl Row for Grant {}
impl Row for ApiKey {}
impl Row for Role {}

impl Row for RoleAssignment {
    fn odd() -> Self {
        Self { group_id: Field::Odd, ..Self::default() }
    }
}

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
    fn an_api_key_is_split_by_level_and_always_in_the_same_order() {
        let role =
            |name: &str, level: &str| json!({"roleName": name, level: "0123456789abcdef01234567"});
        let mut roles = vec![
            role("ORG_MEMBER", "orgId"),
            role("GROUP_READ_ONLY", "groupId"),
            role("ORG_OWNER", "orgId"),
            role("GROUP_OWNER", "groupId"),
        ];
        let key = |roles: &[Value]| -> ApiKey {
            serde_json::from_value(json!({"id": "66f1c0ffee00112233a91f00", "roles": roles}))
                .expect("read")
        };
        let forth = key(&roles);
        roles.reverse();
        assert_eq!(forth, key(&roles));
        assert_eq!(forth.roles.known().expect("known")[0].code(), "ORG_OWNER");
        let grants = forth.grants.known().expect("known");
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0].roles.known().expect("known")[0].code(), "GROUP_OWNER");
    }

    #[test]
    fn a_role_stands_wherever_it_may_hold() {
        let member = json!({"orgId": "0123456789abcdef01234567", "roleName": "ORG_MEMBER"});
        for (odd, own, in_projects) in [
            (json!({"groupId": 42, "roleName": "GROUP_OWNER"}), 1, 1),
            (json!({"roleName": "GROUP_OWNER"}), 1, 1),
            (json!({"groupId": 42, "roleName": "ORG_READ_ONLY"}), 2, 0),
            (json!({"groupId": 42}), 2, 1),
            (json!({"orgId": "0123456789abcdef01234567", "roleName": 42}), 2, 1),
            (json!({"x": 1}), 2, 1),
            (json!(null), 2, 1),
        ] {
            let key: ApiKey =
                serde_json::from_value(json!({"id": "x", "roles": [&member, &odd]})).expect("read");
            let (roles, grants) = (key.roles.known().expect("known"), key.grants.known());
            assert_eq!((roles.len(), grants.expect("known").len()), (own, in_projects), "{odd}");
        }
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
    fn a_whole_private_key_is_masked_where_it_comes_in() {
        let key: ApiKey = serde_json::from_value(
            json!({"id": "x", "privateKey": "c8150efd-c7a0-4afd-8c4f-01bdd56c8977"}),
        )
        .expect("read");
        assert_eq!(key.masked_private_key, Field::Known(Clean::new("********8977")));
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

    #[test]
    fn an_object_id_tells_its_second() {
        let second = Timestamp::from_second(0x66f1_c0ff).expect("in range");
        assert_eq!(KeyId::new("66f1c0ffee00112233a91f00").created(), Some(second));
        assert_eq!(ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00").created(), Some(second));
        for odd in ["", "66f1c0ff", "zzf1c0ffee00112233a91f00", "öööööööööööö"] {
            assert_eq!(KeyId::new(odd).created(), None, "{odd}");
        }
    }

    #[test]
    fn only_plain_ids_go_into_a_path() {
        for id in ["", "?", "a/b", "a%2Fb", "..", "a b"] {
            assert!(!KeyId::new(id).is_addressable(), "{id}");
        }
        assert!(ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00").is_addressable());
    }
}
