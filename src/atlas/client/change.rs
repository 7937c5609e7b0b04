//! From a change to HTTP, once, and what is known of it afterwards.
//! Nothing here is ever sent again by itself.

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::seen::Watch;
use super::{Client, auth, http};
use crate::atlas::error::{ApiError, Fault};
use crate::atlas::request::{Method, Request};
use crate::atlas::secret::{ExposeSecret, wipe_stack};
use crate::atlas::write::{Write, WriteError};
use crate::atlas::{ClientId, Field, IdentityId, Issued, KeyId, Secret, SecretId};

/// No half of a credential is longer, in bytes.
const LONGEST_HALF: usize = 1_024;

/// What a new service account's answer shows once. As in the answers that follow, all but
/// the secret itself may be odd or absent: it must not be lost for that.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewAccountAnswer {
    #[serde(default)]
    client_id: Field<ClientId>,
    secrets: Vec<NewSecretAnswer>,
}

/// A new secret.
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
    #[serde(default)]
    id: Field<KeyId>,
    #[serde(default)]
    public_key: Field<Public>,
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

/// The public half of a new API key.
#[derive(Clone, Default)]
struct Public(String);

impl<'de> Deserialize<'de> for Public {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        credential(deserializer).map(|half| Self(half.expose_secret().to_owned()))
    }
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
        let call = Request::of_write(&write).map_err(|fault| not_sent(self.error(fault)))?;
        let (operation, path) = (call.operation, call.path());
        let signing = self.sign(operation.method.as_str(), &path);
        let signature = signing.await.map_err(not_sent)?;
        let mut watch = self.watch(operation.method.as_str(), &path, 1);
        let sent = self.send_signed(&write, call, &signature, &mut watch).await;
        watch.end(sent.as_ref().err().map(|error| &error.error));
        sent
    }

    async fn send_signed(
        &self,
        write: &Write,
        call: Request,
        signature: &auth::Signature,
        watch: &mut Watch<'_>,
    ) -> Result<Option<Issued>, WriteError> {
        let (operation, path) = (call.operation, call.path());
        let connection = self.connections.writes().map_err(not_sent)?;
        let mut request = connection
            .request(spoken(operation.method), self.origin.url(&path))
            .header(ACCEPT, operation.media)
            .header(AUTHORIZATION, signature.header.clone());
        if let Some(body) = call.body {
            request = request.header(CONTENT_TYPE, operation.media).body(body.to_string());
        }
        let answer = request.send().await.map_err(|error| WriteError {
            perhaps_applied: !http::was_not_taken(&error),
            error: http::transport_error(&error, &self.origin),
        })?;
        let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
        watch.answered(status);
        self.heed(operation.set, status, &head);
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
                Some(first.issued(answer.client_id.known().cloned().unwrap_or_default()))
            }
            Write::CreateSecret(_, account, _) => {
                let answer: NewSecretAnswer = http::decode(head, body, &self.origin)?;
                Some(answer.issued(account.clone()))
            }
            Write::CreateApiKey(..) => {
                let answer: NewKeyAnswer = http::decode(head, body, &self.origin)?;
                Some(Issued {
                    owner: IdentityId::ApiKey(answer.id.known().cloned().unwrap_or_default()),
                    secret_id: None,
                    public: answer.public_key.known().cloned().unwrap_or_default().0,
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

fn spoken(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// What went wrong before anything was sent.
fn not_sent(error: ApiError) -> WriteError {
    WriteError { error, perhaps_applied: false }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
    fn nothing_odd_beside_the_secret_of_something_new_loses_it() {
        let secrets = json!([{"secret": "mdb_sa_sk_x"}]);
        for odd in [json!(null), json!(42), json!({}), json!([[]]), json!(true)] {
            let account = json!({"clientId": odd, "secrets": secrets}).to_string();
            let account: NewAccountAnswer = http::value(account.as_bytes()).expect("the secret");
            assert_eq!(account.client_id.known(), None);
            let key = json!({"id": odd, "publicKey": odd, "privateKey": "c8150efd"}).to_string();
            let key: NewKeyAnswer = http::value(key.as_bytes()).expect("the secret");
            assert_eq!((key.id.known(), key.public_key.known().is_some()), (None, false));
        }
        for missing in ["{\"clientId\": \"x\", \"secrets\": [{}]}", "{\"clientId\": \"x\"}"] {
            assert!(http::value::<NewAccountAnswer>(missing.as_bytes()).is_err());
        }
        assert!(http::value::<NewKeyAnswer>(b"{\"id\": \"x\", \"publicKey\": \"abcd\"}").is_err());
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
