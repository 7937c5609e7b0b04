//! From a change to HTTP, once: path, body, and what is known of it afterwards.
//! Nothing here is ever sent again by itself.

use ipnet::IpNet;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::route::{VERSION_2023, VERSION_2024, below, in_project, of_identity};
use super::seen::Watch;
use super::{Client, auth, http};
use crate::atlas::error::{ApiError, Fault};
use crate::atlas::pace::EndpointSet;
use crate::atlas::secret::{ExposeSecret, wipe_stack};
use crate::atlas::write::{Patch, Write, WriteError};
use crate::atlas::{ClientId, Field, IdentityId, Issued, KeyId, Role, Secret, SecretId};

/// No half of a credential is longer, in bytes.
const LONGEST_HALF: usize = 1_024;

/// A change on its way.
struct Call {
    method: Method,
    path: String,
    version: &'static str,
    set: EndpointSet,
    body: Option<Value>,
}

/// What a new service account's answer shows once.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewAccountAnswer {
    client_id: ClientId,
    secrets: Vec<NewSecretAnswer>,
}

/// A new secret. All but the secret itself may be odd or absent: it must not be lost
/// for that.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewSecretAnswer {
    #[serde(default)]
    id: Field<SecretId>,
    #[serde(default)]
    expires_at: Field<Timestamp>,
    #[serde(deserialize_with = "credential")]
    secret: Secret,
}

/// What a new API key's answer shows once.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewKeyAnswer {
    id: KeyId,
    #[serde(deserialize_with = "public_half")]
    public_key: String,
    #[serde(deserialize_with = "credential")]
    private_key: Secret,
}

/// One half of a new credential: a word that can be typed, and that stays one word wherever
/// it is put. Anything else is no answer of Atlas.
fn credential<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let half = Secret::deserialize(deserializer)?;
    let text = half.expose_secret();
    let is_word = (4..=LONGEST_HALF).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_word { Ok(half) } else { Err(D::Error::custom("no credential")) }
}

fn public_half<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    credential(deserializer).map(|half| half.expose_secret().to_owned())
}

impl NewSecretAnswer {
    fn issued(self, account: ClientId) -> Issued {
        Issued {
            public: account.to_string(),
            owner: IdentityId::ServiceAccount(account),
            secret_id: self.id.known().cloned(),
            expires_at: self.expires_at.known().copied(),
            secret: self.secret,
        }
    }
}

impl Client {
    /// Sends a change, once. Where no answer tells what became of it, the error
    /// says that it may have been applied.
    pub async fn change(&self, write: Write) -> Result<Option<Issued>, WriteError> {
        let (deed, needs) = (write.deed(), write.needs());
        self.send(write)
            .await
            .map_err(|error| WriteError { error: error.error.about_change(deed, &needs), ..error })
    }

    async fn send(&self, write: Write) -> Result<Option<Issued>, WriteError> {
        let not_sent = |error: ApiError| WriteError { error, perhaps_applied: false };
        let call = Call::of(&write).map_err(|fault| not_sent(self.error(fault)))?;
        let signing = self.sign(call.method.as_str(), &call.path);
        let signature = signing.await.map_err(not_sent)?;
        let mut watch = self.watch(call.method.as_str(), &call.path, 1);
        let sent = self.send_signed(&write, call, &signature, &mut watch).await;
        watch.end(sent.as_ref().err().map(|error| &error.error));
        sent
    }

    async fn send_signed(
        &self,
        write: &Write,
        call: Call,
        signature: &auth::Signature,
        watch: &mut Watch<'_>,
    ) -> Result<Option<Issued>, WriteError> {
        let mut request = self
            .writes
            .request(call.method, self.origin.url(&call.path))
            .header(ACCEPT, call.version)
            .header(AUTHORIZATION, signature.header.clone());
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, call.version).body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| WriteError {
            perhaps_applied: !error.is_connect(),
            error: http::transport_error(&error, &self.origin),
        })?;
        let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
        watch.answered(status);
        self.heed(call.set, status, &head);
        let challenge = auth::challenge_in(&answer);
        let unknown = |error: ApiError| WriteError { error, perhaps_applied: true };
        let body = http::body(answer, &self.origin).await.map_err(|error| WriteError {
            perhaps_applied: may_be_applied(status, false),
            error,
        })?;
        watch.read(&body);
        if (200..300).contains(&status) {
            let issued = self.issued(write, &head, &body).map_err(unknown);
            wipe_stack();
            return issued;
        }
        let error = http::refusal(status, &head, &body, &self.origin);
        if error.fault == Fault::CredentialRefused {
            self.auth.refused(signature, challenge).await;
        }
        let perhaps_applied = may_be_applied(status, error.code.is_some());
        Err(WriteError { error, perhaps_applied })
    }

    /// What cannot be read again. The body of any other answer says nothing but that
    /// Atlas wrote it: what is there is read afterwards.
    fn issued(
        &self,
        write: &Write,
        head: &http::Head,
        body: &[u8],
    ) -> Result<Option<Issued>, ApiError> {
        Ok(match write {
            Write::CreateServiceAccount(..) => {
                let answer: NewAccountAnswer = http::decode(head, body, &self.origin)?;
                let first = answer.secrets.into_iter().next().ok_or_else(|| {
                    let what = crate::atlas::Clean::new("a new account came without its secret");
                    self.error(Fault::NotAtlas(what))
                })?;
                Some(first.issued(answer.client_id))
            }
            Write::CreateSecret(_, account, _) => {
                let answer: NewSecretAnswer = http::decode(head, body, &self.origin)?;
                Some(answer.issued(account.clone()))
            }
            Write::CreateApiKey(..) => {
                let answer: NewKeyAnswer = http::decode(head, body, &self.origin)?;
                Some(Issued {
                    owner: IdentityId::ApiKey(answer.id),
                    secret_id: None,
                    public: answer.public_key,
                    secret: answer.private_key,
                    expires_at: None,
                })
            }
            // Atlas answers with nothing at all, or with JSON. Anything else comes from
            // somebody in between, who may have kept the change to himself.
            _ if !body.is_empty() => {
                let _: serde::de::IgnoredAny = http::decode(head, body, &self.origin)?;
                None
            }
            _ => None,
        })
    }
}

/// Whether a change that was answered like this may have been applied all the same.
/// Atlas' own refusal is one, and so are 401 and 429, whoever says so: nothing acts
/// on a call that is not signed in or not let through. A refusal without Atlas' code
/// is a proxy's; a server's trouble, a redirect, a time-out, and a good status whose
/// body broke off tell nothing either.
fn may_be_applied(status: u16, from_atlas: bool) -> bool {
    match status {
        401 | 429 => false,
        408 => true,
        400..500 => !from_atlas,
        _ => true,
    }
}

impl Call {
    fn of(write: &Write) -> Result<Self, Fault> {
        use EndpointSet::{Other, Settings};
        let call = |method, path, version, set, body| Ok(Self { method, path, version, set, body });
        match write {
            Write::Update(org, id, patch) => {
                let (path, (version, set)) = (of_identity(org, id, "")?, home(id));
                call(Method::PATCH, path, version, set, Some(patch_body(id, patch)))
            }
            Write::Delete(org, id) => {
                let (path, (version, set)) = (of_identity(org, id, "")?, home(id));
                call(Method::DELETE, path, version, set, None)
            }
            Write::CreateServiceAccount(org, new) => {
                let body = json!({
                    "name": new.name, "description": new.description, "roles": codes(&new.roles),
                    "secretExpiresAfterHours": new.secret_hours,
                });
                let path = below(org, "/serviceAccounts")?;
                call(Method::POST, path, VERSION_2024, EndpointSet::ServiceAccounts, Some(body))
            }
            Write::CreateApiKey(org, new) => {
                let body = json!({"desc": new.description, "roles": codes(&new.roles)});
                let path = below(org, "/apiKeys")?;
                call(Method::POST, path, VERSION_2023, EndpointSet::ApiKeys, Some(body))
            }
            Write::CreateSecret(org, client, hours) => {
                let id = IdentityId::ServiceAccount(client.clone());
                let body = json!({"secretExpiresAfterHours": hours});
                let path = of_identity(org, &id, "/secrets")?;
                call(Method::POST, path, VERSION_2024, EndpointSet::ServiceAccounts, Some(body))
            }
            Write::RevokeSecret(org, client, secret) => {
                if !secret.is_addressable() {
                    return Err(Fault::NotFound);
                }
                let id = IdentityId::ServiceAccount(client.clone());
                let path = of_identity(org, &id, &format!("/secrets/{secret}"))?;
                call(Method::DELETE, path, VERSION_2024, EndpointSet::ServiceAccounts, None)
            }
            Write::AddEntries(org, id, ranges) => {
                let (path, (version, set)) = (of_identity(org, id, "/accessList")?, home(id));
                let body = ranges.iter().map(entry_body).collect();
                call(Method::POST, path, version, set, Some(body))
            }
            Write::RemoveEntry(org, id, range) => {
                let tail = format!("/accessList/{}", path_of(range));
                let (path, (version, set)) = (of_identity(org, id, &tail)?, home(id));
                call(Method::DELETE, path, version, set, None)
            }
            Write::Invite(project, id, roles) => {
                let verb = match id {
                    IdentityId::ServiceAccount(_) => ":invite",
                    IdentityId::ApiKey(_) => "",
                };
                let path = in_project(project, id, verb)?;
                let roles = json!({"roles": codes(roles)});
                let body = if verb.is_empty() { json!([roles]) } else { roles };
                call(Method::POST, path, home(id).0, Other, Some(body))
            }
            Write::ProjectRoles(project, id, roles) => {
                let path = in_project(project, id, "")?;
                let body = json!({"roles": codes(roles)});
                call(Method::PATCH, path, home(id).0, Other, Some(body))
            }
            Write::Leave(project, id) => {
                call(Method::DELETE, in_project(project, id, "")?, home(id).0, Other, None)
            }
            Write::Settings(org, patch) => {
                let fields = [
                    ("apiAccessListRequired", patch.access_list_required.map(Value::from)),
                    (
                        "maxServiceAccountSecretValidityInHours",
                        patch.longest_secret_hours.map(Value::from),
                    ),
                ];
                let path = below(org, "/settings")?;
                call(Method::PATCH, path, VERSION_2023, Settings, Some(given(fields)))
            }
        }
    }
}

/// The version of an identity's resources, and the bucket that they draw on.
fn home(id: &IdentityId) -> (&'static str, EndpointSet) {
    match id {
        IdentityId::ServiceAccount(_) => (VERSION_2024, EndpointSet::ServiceAccounts),
        IdentityId::ApiKey(_) => (VERSION_2023, EndpointSet::ApiKeys),
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

/// An entry as a path names it: a single address bare, a range with its stroke
/// escaped.
fn path_of(range: &IpNet) -> String {
    if is_single(range) { range.addr().to_string() } else { range.to_string().replace('/', "%2F") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::{OrgId, ProjectId};

    fn written(write: &Write) -> (String, String, Value) {
        let call = Call::of(write).unwrap_or_else(|fault| panic!("{write:?}: {fault:?}"));
        (call.method.to_string(), call.path, call.body.unwrap_or_default())
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
        assert!(Call::of(&odd).is_err());
    }

    #[test]
    fn a_secret_is_a_word_that_can_be_typed() {
        let read = |secret: &str| {
            http::value::<NewSecretAnswer>(json!({"secret": secret}).to_string().as_bytes())
        };
        assert!(read("mdb_sa_sk_Ab-c_9~").is_ok());
        for odd in
            ["", "abc", "two words", "a\nOTHER=1", "\u{9b}31mabc", "schlüssel", &"x".repeat(1_025)]
        {
            assert!(read(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn nothing_odd_beside_a_secret_loses_it() {
        let whole = json!({
            "id": "66f1c0ffee00112233a91f01", "secret": "mdb_sa_sk_x",
            "createdAt": "2026-01-01T00:00:00Z", "expiresAt": "2026-12-04T00:00:00Z",
            "lastUsedAt": null, "maskedSecretValue": "mdb_sa_sk_*",
        });
        let names: Vec<_> = whole.as_object().expect("an object").keys().cloned().collect();
        for name in names.into_iter().filter(|name| name != "secret") {
            for odd in [json!(null), json!(42), json!({}), json!([[]]), json!("")] {
                let mut body = whole.clone();
                body[&name] = odd;
                let read: NewSecretAnswer =
                    http::value(body.to_string().as_bytes()).expect("the secret");
                assert_eq!(read.secret.expose_secret(), "mdb_sa_sk_x");
            }
        }
    }

    #[test]
    fn a_refusal_was_not_applied_and_anything_else_may_have_been() {
        for (status, from_atlas, perhaps) in [
            (400, true, false),
            (401, true, false),
            (401, false, false),
            (404, true, false),
            (404, false, true),
            (403, false, true),
            (409, true, false),
            (429, false, false),
            (408, true, true),
            (500, true, true),
            (503, false, true),
            (302, false, true),
            (200, true, true),
        ] {
            assert_eq!(may_be_applied(status, from_atlas), perhaps, "{status} {from_atlas}");
        }
    }
}
