//! The JSON shapes of Atlas' answers. Knows nothing of who asks, or how.

use std::net::IpAddr;

use crate::atlas::secret::ExposeSecret;
use serde_json::{Map, Value, json};

use super::access::{Entry, address_text, range_text};
use super::clock::written;
use super::events::{Actor, Event, Subject};
use super::limits::{Limits, PERIOD, Rule, Scope};
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
        let address = entry.text().replace('/', "%2F");
        let path = format!("/orgs/{org}/apiKeys/{key}/accessList/{address}");
        let mut row = entry_with(entry, ["count", "created", "lastUsed", "lastUsedAddress"]);
        row.insert("links".to_owned(), self.own_link(&path));
        Value::Object(row)
    }

    /// An event, with its raw form where that is wanted. A project's name stands
    /// in the raw form only.
    pub(super) fn event(&self, org: &Organization, event: &Event, raw: bool) -> Value {
        // As recorded: what happened in no project has a link into project `null`.
        let project = event.project.as_deref().unwrap_or("null");
        let mut row = json!({
            "created": written(event.created),
            "eventTypeName": event.kind,
            "id": event.id,
            "isGlobalAdmin": false,
            "links": self.own_link(&format!("/groups/{project}/events/{}", event.id)),
            "orgId": org.id,
        });
        let (user, username, key, public_key) = match &event.actor {
            Actor::Person { id, username } => (Some(id), Some(username), None, None),
            Actor::Key { id, public_key } => (None, None, Some(id), Some(public_key)),
            // Where Atlas names a calling service account is not known.
            Actor::Account(client_id) => (None, None, None, Some(client_id)),
        };
        let target = match &event.subject {
            Subject::Key(public_key) => Some(public_key.clone()),
            _ => None,
        };
        let optional = [
            ("userId", user.cloned()),
            ("username", username.cloned()),
            ("apiKeyId", key.cloned()),
            ("publicKey", public_key.cloned()),
            ("groupId", event.project.clone()),
            ("remoteAddress", event.address.map(address_text)),
            // Still under that name, and for API keys only.
            ("whitelistEntry", event.entry.clone().filter(|_| target.is_some())),
            ("targetPublicKey", target),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                row[name] = value.into();
            }
        }
        if raw {
            row["raw"] = raw_event(org, event);
        }
        row
    }
}

fn raw_event(org: &Organization, event: &Event) -> Value {
    let happened = event.kind.replace('_', " ").to_lowercase();
    let entry = event.entry.as_ref().map_or(String::new(), |entry| format!(", {entry}"));
    let mut raw = json!({
        "_t": event.kind,
        "cre": written(event.created),
        "description": format!("{happened}: {}{entry}", event.subject.words()),
        "id": event.id,
        "orgId": org.id,
        "orgName": org.name,
        "severity": "INFO",
    });
    if let Some(project) = event.project.as_ref().and_then(|project| org.projects.get(project)) {
        raw["cid"] = project.id.clone().into();
        raw["gn"] = project.name.clone().into();
    }
    raw
}

/// An entry of a service account's access list: the same as a key's, with other
/// names and without links.
pub(super) fn account_entry(entry: &Entry) -> Value {
    let names = ["requestCount", "createdAt", "lastUsedAt", "lastUsedAddress"];
    Value::Object(entry_with(entry, names))
}

fn entry_with(entry: &Entry, [count, created, used, from]: [&str; 4]) -> Map<String, Value> {
    let fields = [
        ("cidrBlock", Some(range_text(entry.range).into())),
        ("ipAddress", entry.single().map(|single| address_text(single).into())),
        (count, Some(entry.count.into())),
        (created, Some(written(entry.created).into())),
        (used, entry.last_used.map(|used| written(used).into())),
        (from, entry.last_address.map(|address| address_text(address).into())),
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

/// A service account that was just made: with its first secret, whole.
pub(super) fn new_account(made: &Account, roles: &[String]) -> Value {
    let mut shown = account(made, roles);
    shown["secrets"] = made.secrets.iter().map(new_secret).collect();
    shown
}

/// A secret that was just made, whole; no other answer shows it, and this one does
/// not show its masked form.
pub(super) fn new_secret(made: &AccountSecret) -> Value {
    let mut shown = secret(made);
    shown["secret"] = made.value.expose_secret().into();
    if let Value::Object(fields) = &mut shown {
        fields.remove("maskedSecretValue");
    }
    shown
}

/// An API key that was just made, with its private key whole.
pub(super) fn new_key(shapes: Shapes<'_>, org: &str, key: &Key) -> Value {
    let mut shown = shapes.key(org, key);
    shown["privateKey"] = key.private_key.expose_secret().into();
    shown
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

/// The state of the service, with what it tells of a calling API key.
pub(super) fn system_status(shapes: Shapes<'_>, key: Option<(&str, &Key)>) -> Value {
    let caller = key.map(|(org, key)| {
        let entry = |entry: &Entry| {
            json!({
                "cidrBlock": range_text(entry.range),
                "ipAddress": entry.single().map(address_text),
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

/// The limits of a set of endpoints, each by its method and its path.
pub(super) fn rate_limit(
    rule: &Rule,
    limits: &Limits,
    endpoints: impl Iterator<Item = (&'static str, String)>,
) -> Value {
    let (capacity, refill) = limits.size(rule.set);
    let pair = |value: u32, usual: u32| json!({"defaultValue": usual, "value": value});
    let endpoints: Vec<_> =
        endpoints.map(|(method, path)| json!({"method": method, "path": path})).collect();
    json!({
        "capacity": pair(capacity, rule.capacity),
        "endpointSetId": rule.id,
        "endpointSetName": rule.name,
        "endpoints": endpoints,
        "refillDurationSeconds": json!({"defaultValue": PERIOD, "value": PERIOD}),
        "refillRate": pair(refill, rule.refill),
        "scope": match rule.scope {
            Scope::Credential => "USER",
            Scope::Organization => "ORGANIZATION",
            Scope::Project => "GROUP",
        },
    })
}

/// The address that a call came from. Atlas' answer knows the fourth version only.
pub(super) fn address_seen(address: IpAddr) -> Value {
    match address {
        IpAddr::V4(address) => json!({"currentIpv4Address": address.to_string()}),
        IpAddr::V6(_) => json!({}),
    }
}
