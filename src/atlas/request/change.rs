//! From a change to what is sent for it.

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use super::{Request, account, either, identity, key, operations as op, org, project};
use crate::atlas::error::Fault;
use crate::atlas::write::{Patch, Write};
use crate::atlas::{IdentityId, Role};

impl Request {
    /// What goes to Atlas for a change.
    ///
    /// # Errors
    /// Where an id is not plain enough for a path: Atlas cannot know it.
    pub fn of_write(write: &Write) -> Result<Self, Fault> {
        Ok(match write {
            Write::Update(of, id, patch) => {
                let operation = either(id, op::SET_ACCOUNT, op::SET_KEY);
                Self::new(operation, [org(of)?, identity(id)?]).with(patch_body(id, patch))
            }
            Write::Delete(of, id) => {
                let operation = either(id, op::DELETE_ACCOUNT, op::DELETE_KEY);
                Self::new(operation, [org(of)?, identity(id)?])
            }
            Write::CreateServiceAccount(of, new) => {
                let body = json!({
                    "name": new.name, "description": new.description, "roles": codes(&new.roles),
                    "secretExpiresAfterHours": new.secret_hours,
                });
                Self::new(op::NEW_ACCOUNT, [org(of)?]).with(body)
            }
            Write::CreateApiKey(of, new) => {
                let body = json!({"desc": new.description, "roles": codes(&new.roles)});
                Self::new(op::NEW_KEY, [org(of)?]).with(body)
            }
            Write::CreateSecret(of, client, hours) => {
                let body = json!({"secretExpiresAfterHours": hours});
                Self::new(op::NEW_SECRET, [org(of)?, account(client)?]).with(body)
            }
            Write::RevokeSecret(of, client, secret) => {
                if !secret.is_addressable() {
                    return Err(Fault::NotFound);
                }
                let secret = ("secretId", secret.to_string());
                Self::new(op::DELETE_SECRET, [org(of)?, account(client)?, secret])
            }
            Write::AddEntries(of, id, ranges) => {
                let operation = either(id, op::NEW_ACCOUNT_ENTRIES, op::NEW_KEY_ENTRIES);
                let body = ranges.iter().map(entry_body).collect();
                Self::new(operation, [org(of)?, identity(id)?]).with(body)
            }
            Write::RemoveEntry(of, id, range) => {
                let operation = either(id, op::DELETE_ACCOUNT_ENTRY, op::DELETE_KEY_ENTRY);
                Self::new(operation, [org(of)?, identity(id)?, ("ipAddress", name_of(range))])
            }
            Write::Invite(to, IdentityId::ServiceAccount(id), roles) => {
                let body = json!({"roles": codes(roles)});
                Self::new(op::INVITE_ACCOUNT, [project(to)?, account(id)?]).with(body)
            }
            Write::Invite(to, IdentityId::ApiKey(id), roles) => {
                let body = json!([{"roles": codes(roles)}]);
                Self::new(op::ADD_KEY, [project(to)?, key(id)?]).with(body)
            }
            Write::ProjectRoles(of, id, roles) => {
                let operation = either(id, op::SET_PROJECT_ACCOUNT, op::SET_PROJECT_KEY);
                let body = json!({"roles": codes(roles)});
                Self::new(operation, [project(of)?, identity(id)?]).with(body)
            }
            Write::Leave(from, id) => {
                let operation = either(id, op::REMOVE_ACCOUNT, op::REMOVE_KEY);
                Self::new(operation, [project(from)?, identity(id)?])
            }
            Write::Settings(of, patch) => {
                let fields = [
                    ("apiAccessListRequired", patch.access_list_required.map(Value::from)),
                    (
                        "maxServiceAccountSecretValidityInHours",
                        patch.longest_secret_hours.map(Value::from),
                    ),
                ];
                Self::new(op::SET_SETTINGS, [org(of)?]).with(given(fields))
            }
        })
    }
}

fn codes(roles: &[Role]) -> Vec<&str> {
    roles.iter().map(Role::code).collect()
}

/// An object of the fields that are given.
fn given<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    there.collect::<Map<_, _>>().into()
}

fn patch_body(id: &IdentityId, patch: &Patch) -> Value {
    let description = match id {
        IdentityId::ServiceAccount(_) => "description",
        IdentityId::ApiKey(_) => "desc",
    };
    given([
        ("name", patch.name.clone().map(Value::from)),
        (description, patch.description.clone().map(Value::from)),
        ("roles", patch.roles.as_deref().map(|roles| codes(roles).into())),
    ])
}

fn is_single(range: &IpNet) -> bool {
    range.prefix_len() == range.max_prefix_len()
}

/// An entry as it is added: a single address by itself, with every group written
/// (contract: no `::`).
fn entry_body(range: &IpNet) -> Value {
    match (is_single(range), range) {
        (true, IpNet::V4(range)) => json!({"ipAddress": range.addr().to_string()}),
        (true, IpNet::V6(range)) => {
            let groups = range.addr().segments().map(|group| format!("{group:x}"));
            json!({"ipAddress": groups.join(":")})
        }
        (false, range) => json!({"cidrBlock": range.to_string()}),
    }
}

/// An entry as a path names it: a single address bare.
fn name_of(range: &IpNet) -> String {
    if is_single(range) { range.addr().to_string() } else { range.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{ClientId, KeyId, OrgId, ProjectId, SecretId};

    fn written(write: &Write) -> (String, String, Value) {
        let call = Request::of_write(write).unwrap_or_else(|fault| panic!("{write:?}: {fault:?}"));
        (call.operation.method.as_str().to_owned(), call.path(), call.body.unwrap_or_default())
    }

    #[test]
    fn only_what_is_changed_is_sent_and_to_the_right_place() {
        let org = OrgId::new("0123456789abcdef01234567");
        let project = ProjectId::new("00000000000000000000000a");
        let client = ClientId::new("mdb_sa_id_66f1c0ffee00112233a91f00");
        let account = IdentityId::ServiceAccount(client.clone());
        let key = IdentityId::ApiKey(KeyId::new("66f1c0ffee00112233a91f00"));
        let roles = || vec![Role::new("GROUP_OWNER")];
        let range = |text: &str| text.parse::<IpNet>().expect("a range");
        let orgs = "/api/atlas/v2/orgs/0123456789abcdef01234567";
        let groups = "/api/atlas/v2/groups/00000000000000000000000a";
        let sa = "/serviceAccounts/mdb_sa_id_66f1c0ffee00112233a91f00";
        let ak = "/apiKeys/66f1c0ffee00112233a91f00";
        let text = Patch { description: Some("x".into()), ..Patch::default() };
        let table = [
            (
                Write::Update(org.clone(), account.clone(), text.clone()),
                "PATCH",
                format!("{orgs}{sa}"),
                json!({"description": "x"}),
            ),
            (
                Write::Update(org.clone(), key.clone(), text),
                "PATCH",
                format!("{orgs}{ak}"),
                json!({"desc": "x"}),
            ),
            (Write::Delete(org.clone(), key.clone()), "DELETE", format!("{orgs}{ak}"), json!(null)),
            (
                Write::RevokeSecret(org.clone(), client.clone(), SecretId::new("1f")),
                "DELETE",
                format!("{orgs}{sa}/secrets/1f"),
                json!(null),
            ),
            (
                Write::CreateSecret(org.clone(), client.clone(), 720),
                "POST",
                format!("{orgs}{sa}/secrets"),
                json!({"secretExpiresAfterHours": 720}),
            ),
            (
                Write::AddEntries(
                    org.clone(),
                    account.clone(),
                    vec![
                        range("192.0.2.1/32"),
                        range("198.51.100.0/24"),
                        range("2001:db8::1/128"),
                        range("2001:db8::/32"),
                    ],
                ),
                "POST",
                format!("{orgs}{sa}/accessList"),
                json!([{"ipAddress": "192.0.2.1"}, {"cidrBlock": "198.51.100.0/24"}, {"ipAddress": "2001:db8:0:0:0:0:0:1"}, {"cidrBlock": "2001:db8::/32"}]),
            ),
            (
                Write::RemoveEntry(org.clone(), key.clone(), range("192.0.2.1/32")),
                "DELETE",
                format!("{orgs}{ak}/accessList/192.0.2.1"),
                json!(null),
            ),
            (
                Write::RemoveEntry(org.clone(), key.clone(), range("198.51.100.0/24")),
                "DELETE",
                format!("{orgs}{ak}/accessList/198.51.100.0%2F24"),
                json!(null),
            ),
            (
                Write::Invite(project.clone(), account.clone(), roles()),
                "POST",
                format!("{groups}{sa}:invite"),
                json!({"roles": ["GROUP_OWNER"]}),
            ),
            (
                Write::Invite(project.clone(), key.clone(), roles()),
                "POST",
                format!("{groups}{ak}"),
                json!([{"roles": ["GROUP_OWNER"]}]),
            ),
            (
                Write::ProjectRoles(project.clone(), key, roles()),
                "PATCH",
                format!("{groups}{ak}"),
                json!({"roles": ["GROUP_OWNER"]}),
            ),
            (Write::Leave(project, account), "DELETE", format!("{groups}{sa}"), json!(null)),
        ];
        for (write, method, path, body) in table {
            assert_eq!(written(&write), (method.to_owned(), path, body), "{write:?}");
        }
        let odd = Write::Delete(org, IdentityId::ApiKey(KeyId::new("../x")));
        assert!(Request::of_write(&odd).is_err());
    }
}
