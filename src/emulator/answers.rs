//! The JSON shapes of Atlas' answers. Knows nothing of who asks, or how.

use crate::atlas::secret::ExposeSecret;
use serde_json::{Map, Value, json};

use super::access::Entry;
use super::clock::written;
use super::random::Dice;
use super::store::{Account, AccountSecret, Key, Organization, Project};

/// Writes answers with links under one base address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shapes<'a> {
    /// The server's address.
    pub(super) base: &'a str,
    /// Decides orders that Atlas leaves open.
    pub(super) turn: u64,
}

impl Shapes<'_> {
    /// A list of links to one place.
    pub(super) fn link(&self, rel: &str, path: &str) -> Value {
        json!({"href": format!("{}/api/atlas/v2{path}", self.base), "rel": rel})
    }

    fn own_link(&self, path: &str) -> Value {
        Value::Array(vec![self.link("self", path)])
    }

    pub(super) fn organization(&self, org: &Organization) -> Value {
        json!({
            "id": org.id,
            "isDeleted": false,
            "links": self.own_link(&format!("/orgs/{}", org.id)),
            "name": org.name,
            "skipDefaultAlertsSettings": false,
        })
    }

    pub(super) fn project(&self, org: &str, project: &Project) -> Value {
        json!({
            "clusterCount": 1,
            "created": written(project.created),
            "id": project.id,
            "links": self.own_link(&format!("/groups/{}", project.id)),
            "name": project.name,
            "orgId": org,
            "tags": [],
            "withDefaultAlertsSettings": true,
        })
    }

    /// A key with the roles of all levels mixed, in another order each time, and
    /// with a link to the organization, from a project's list too: as recorded.
    pub(super) fn key(&self, org: &str, key: &Key) -> Value {
        json!({
            "desc": key.description,
            "id": key.id,
            "links": self.own_link(&format!("/orgs/{org}/apiKeys/{}", key.id)),
            "privateKey": masked_key(key.private_key.expose_secret()),
            "publicKey": key.public_key,
            "roles": self.mixed_roles(org, key),
        })
    }

    pub(super) fn mixed_roles(&self, org: &str, key: &Key) -> Vec<Value> {
        let own = key.standing.roles.iter().map(|role| json!({"orgId": org, "roleName": role}));
        let granted = key.standing.projects.iter().flat_map(|(project, roles)| {
            roles.iter().map(move |role| json!({"groupId": project, "roleName": role}))
        });
        let mut roles: Vec<_> = own.chain(granted).collect();
        let turn = usize::try_from(self.turn % 1024).unwrap_or(0);
        let length = roles.len().max(1);
        roles.rotate_left(turn % length);
        if length > 2 {
            let swapped = Dice::new(self.turn).below(length - 1);
            roles.swap(swapped, length - 1);
        }
        roles
    }

    /// An entry of an API key's access list.
    pub(super) fn key_entry(&self, org: &str, key: &str, entry: &Entry) -> Value {
        let address = entry.single().map_or(entry.range.to_string(), |single| single.to_string());
        let path = format!("/orgs/{org}/apiKeys/{key}/accessList/{}", address.replace('/', "%2F"));
        let mut row = entry_with(entry, ["count", "created", "lastUsed", "lastUsedAddress"]);
        row.insert("links".to_owned(), self.own_link(&path));
        Value::Object(row)
    }
}

/// An entry of a service account's access list: the same as a key's, with other
/// names and without links.
pub(super) fn account_entry(entry: &Entry) -> Value {
    let names = ["requestCount", "createdAt", "lastUsedAt", "lastUsedAddress"];
    Value::Object(entry_with(entry, names))
}

fn entry_with(entry: &Entry, [count, created, used, from]: [&str; 4]) -> Map<String, Value> {
    let fields = [
        ("cidrBlock", Some(entry.range.to_string().into())),
        ("ipAddress", entry.single().map(|single| single.to_string().into())),
        (count, Some(entry.count.into())),
        (created, Some(written(entry.created).into())),
        (used, entry.last_used.map(|used| written(used).into())),
        (from, entry.last_address.map(|address| address.to_string().into())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A service account with these of its roles: an organization shows its own, a
/// project its own.
pub(super) fn account(account: &Account, roles: &[String]) -> Value {
    json!({
        "clientId": account.id,
        "createdAt": written(account.created),
        "description": account.description,
        "name": account.name,
        "roles": roles,
        "secrets": account.secrets.iter().map(secret).collect::<Vec<_>>(),
    })
}

fn secret(secret: &AccountSecret) -> Value {
    json!({
        "createdAt": written(secret.created),
        "expiresAt": written(secret.expires),
        "id": secret.id,
        "lastUsedAt": secret.last_used.map(written),
        "maskedSecretValue": masked_secret(secret.value.expose_secret()),
    })
}

/// Atlas' exact form is not known; its prefix and the last four are a guess.
fn masked_secret(value: &str) -> String {
    format!("mdb_sa_sk_********{}", tail(value, 4))
}

/// Three groups, of which the last is whole: as recorded.
fn masked_key(value: &str) -> String {
    format!("********-****-****-{}", tail(value, 12))
}

fn tail(text: &str, length: usize) -> &str {
    text.len().checked_sub(length).and_then(|at| text.get(at..)).unwrap_or_default()
}

pub(super) fn grant(project: &str, roles: &[String]) -> Value {
    json!({"groupId": project, "roles": roles})
}

pub(super) fn settings(org: &Organization) -> Value {
    let mut settings = json!({
        "apiAccessListRequired": org.access_list_required,
        "genAIFeaturesEnabled": true,
        "multiFactorAuthRequired": false,
        "restrictEmployeeAccess": false,
        "streamsCrossGroupEnabled": false,
    });
    if let Some(hours) = org.longest_secret_hours {
        settings["maxServiceAccountSecretValidityInHours"] = hours.into();
    }
    settings
}

/// The state of the service, with what it tells of a calling API key.
pub(super) fn system_status(shapes: Shapes<'_>, key: Option<(&str, &Key)>) -> Value {
    let caller = key.map(|(org, key)| {
        let entry = |entry: &Entry| {
            json!({
                "cidrBlock": entry.range.to_string(),
                "ipAddress": entry.single().map(|single| single.to_string()),
            })
        };
        json!({
            "accessList": key.standing.access_list.iter().map(entry).collect::<Vec<_>>(),
            "id": key.id,
            "publicKey": key.public_key,
            "roles": shapes.mixed_roles(org, key),
        })
    });
    json!({
        "apiKey": caller,
        "appName": "MongoDB Atlas",
        "build": "0".repeat(40),
        "links": [shapes.link("self", "")],
        "throttling": false,
    })
}

/// The address that a call came from.
pub(super) fn address_seen(address: std::net::IpAddr) -> Value {
    json!({"currentIpv4Address": address.to_string()})
}
