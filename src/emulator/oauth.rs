//! Access tokens: minted for a client secret, good for an hour, dead with the
//! secret. Access lists do not apply here. Knows nothing of what tokens are for.

use std::collections::HashMap;

use crate::atlas::secret::ExposeSecret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::clock::later;
use super::errors::oauth_error;
use super::http::{Answer, Call, State};
use super::limits::Set;
use super::random;
use super::store::{Caller, Identity, Store};

/// Seconds that a token lives.
const LIFE: i64 = 3600;
/// Live tokens that a service account may have.
const MOST_LIVE: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    account: String,
    secret: String,
    expires: Timestamp,
}

/// The tokens that were minted and not revoked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tokens(HashMap<String, Token>);

impl Tokens {
    /// Who calls with this token; `None` where it is not, or no longer, good.
    pub(super) fn caller(&self, store: &Store, token: &str, now: Timestamp) -> Option<Caller> {
        let token = self.0.get(token).filter(|token| token.expires > now)?;
        let (org, account) = store.account_by_id(&token.account)?;
        let secret = account.secrets.iter().find(|secret| secret.id == token.secret)?;
        let identity = Identity::Account(token.account.clone());
        (secret.expires > now).then_some(Caller { org: org.id.clone(), identity })
    }

    /// How many tokens would be let in now.
    pub(super) fn live(&self, store: &Store, now: Timestamp) -> usize {
        self.0.keys().filter(|token| self.caller(store, token, now).is_some()).count()
    }

    /// Forgets the tokens that are no longer good, and counts those of an account.
    fn live_of(&mut self, store: &Store, account: &str, now: Timestamp) -> usize {
        let gone: Vec<String> = self
            .0
            .iter()
            .filter(|(token, _)| self.caller(store, token, now).is_none())
            .map(|(token, _)| token.clone())
            .collect();
        for token in gone {
            self.0.remove(&token);
        }
        self.0.values().filter(|token| token.account == account).count()
    }
}

/// A client that proved who it is.
struct Client {
    account: String,
    secret: String,
}

/// Answers `POST /api/oauth/token`.
pub(super) fn token(state: &mut State, call: &Call<'_>) -> Answer {
    let client = match client(state, call) {
        Ok(client) => client,
        Err(refused) => return refused,
    };
    if !call.incoming.has_type("application/x-www-form-urlencoded") {
        return oauth_error(400, "invalid_request", "The request is not a form.");
    }
    match call.incoming.form("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return oauth_error(400, "unsupported_grant_type", "Unsupported grant type."),
        None => return oauth_error(400, "invalid_request", "Missing parameter: grant_type."),
    }
    let State { tokens, store, .. } = state;
    if tokens.live_of(store, &client.account, call.now) >= MOST_LIVE {
        return oauth_error(403, "access_denied", "Too many active access tokens.");
    }
    let expires = later(call.now, SignedDuration::from_secs(LIFE));
    let Ok(token) = new_token(call, &client, expires) else {
        return oauth_error(500, "server_error", "Unexpected error.");
    };
    let body = json!({"access_token": token, "expires_in": LIFE, "token_type": "Bearer"});
    state.changes += 1;
    state.tokens.0.insert(token, Token { account: client.account, secret: client.secret, expires });
    Answer::new(200, "application/json", body.to_string()).with("Cache-Control", "no-store")
}

/// A token with the claims that Atlas' documents show.
fn new_token(call: &Call<'_>, client: &Client, expires: Timestamp) -> std::io::Result<String> {
    let id = random::token_id()?;
    random::token(&json!({
        "actorId": client.account,
        "aud": "api://admin",
        "cid": client.account,
        "exp": expires.as_second(),
        "iat": call.now.as_second(),
        "iss": call.base,
        "jti": id,
        "sessionSub": client.account,
        "sid": id,
        "sub": client.account,
    }))
}

/// Answers `POST /api/oauth/revoke`. A token of another account, or none at all,
/// is nothing to complain of (RFC 7009).
pub(super) fn revoke(state: &mut State, call: &Call<'_>) -> Answer {
    let client = match client(state, call) {
        Ok(client) => client,
        Err(refused) => return refused,
    };
    let Some(token) = call.incoming.form("token") else {
        return oauth_error(400, "invalid_request", "Missing parameter: token.");
    };
    if state.tokens.0.get(&token).is_some_and(|token| token.account == client.account) {
        state.tokens.0.remove(&token);
        state.changes += 1;
    }
    Answer::new(200, "application/json", String::new())
}

/// The client that signs with its ID and a live secret, as they are: Atlas does
/// not decode them as a form.
fn client(state: &mut State, call: &Call<'_>) -> Result<Client, Answer> {
    let refused = || oauth_error(401, "invalid_client", "Invalid credentials provided.");
    let (id, secret) = call.incoming.credentials("Basic").and_then(pair).ok_or_else(refused)?;
    let gauge = state.buckets.take(Set::Token, &format!("{} {id}", call.address), call.now);
    if let Some(wait) = gauge.wait {
        let answer = state.buckets.refusal(Set::Token, wait).answer();
        return Err(answer.with("Retry-After", wait.to_string()));
    }
    let account = state.store.account_by_id_mut(&id).ok_or_else(refused)?;
    let live = account.live_secret(call.now, |value| value.expose_secret() == secret);
    let live = live.ok_or_else(refused)?;
    live.last_used = Some(call.now);
    Ok(Client { secret: live.id.clone(), account: id })
}

fn pair(basic: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
