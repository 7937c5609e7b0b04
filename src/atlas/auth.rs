//! Signing in: OAuth client credentials for service accounts, HTTP digest for
//! API keys. Knows nothing of what is asked with them.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use digest_auth::{AuthContext, HttpMethod, WwwAuthenticateHeader};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Clean;
use super::client::http;
use super::error::{ApiError, Fault};
use super::origin::Origin;
use super::secret::{Credential, ExposeSecret, Secret};

const TOKEN_PATH: &str = "/api/oauth/token";
const REVOKE_PATH: &str = "/api/oauth/revoke";
/// Any path that needs a sign-in; asked once to be given a digest challenge.
const CHALLENGE_PATH: &str = "/api/atlas/v2";
/// A token is renewed when this share of its life is over.
const RENEW_AT: f64 = 0.8;
/// How long a token lives where the server does not say, or says what cannot be: one that
/// dies earlier is refused, and replaced.
const USUAL_LIFE: Duration = Duration::from_hours(1);
/// Whatever the server says, no token is trusted for longer, and none is thrown away sooner
/// unless it is refused: an account may hold 100 at once.
const LIVES: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(24));
/// Leaving waits no longer than this for the token's revocation.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(2);

/// A signature for one request, and what it was made with: when the server
/// refuses it, only that is thrown away.
pub(super) struct Signature {
    pub header: HeaderValue,
    made_with: Secret,
}

/// Where calls queue for one sign-in: what the last one brought, or how it failed.
pub(super) struct Desk<T> {
    held: Option<T>,
    failed: Option<(Instant, ApiError)>,
    /// Nobody signs in here any more.
    closed: bool,
}

impl<T> Default for Desk<T> {
    fn default() -> Self {
        Self { held: None, failed: None, closed: false }
    }
}

impl<T> Desk<T> {
    /// What is held, if it is still `good`, else what `fetch` brings. A failure is
    /// that of every call which began to ask before it.
    async fn get(
        &mut self,
        asked: Instant,
        origin: &Origin,
        good: impl Fn(&T) -> bool,
        fetch: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<&mut T, ApiError> {
        if let Some((_, error)) = self.failed.as_ref().filter(|(at, _)| *at > asked) {
            return Err(error.clone());
        }
        if self.closed {
            return Err(ApiError::new(Fault::CredentialRefused, &origin.host()));
        }
        let held = match self.held.take().filter(good) {
            Some(held) => held,
            None => fetch.await.inspect_err(|error| {
                self.failed = Some((Instant::now(), error.clone()));
            })?,
        };
        Ok(self.held.insert(held))
    }
}

/// One credential's way of signing calls.
pub(super) enum Auth {
    /// One token at a time, shared by all calls.
    OAuth(Arc<OAuth>),
    /// One nonce at a time, its count rising with each call.
    Digest(Box<Digest>),
}

/// An API key, and the challenge that its signatures answer.
pub(super) struct Digest {
    public_key: String,
    private_key: Secret,
    prompt: Mutex<Desk<WwwAuthenticateHeader>>,
}

/// A service account's credential, and its token.
pub(super) struct OAuth {
    client_id: String,
    client_secret: Secret,
    token: Mutex<Desk<Token>>,
}

/// An access token and when to get the next.
pub(super) struct Token {
    value: Secret,
    renew_at: Instant,
}

#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    access_token: Secret,
    /// Seconds; of no use if it is odd, and no reason to do without the token.
    #[serde(default)]
    expires_in: Value,
}

impl TokenAnswer {
    fn life(&self) -> Duration {
        let told = match &self.expires_in {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let (shortest, longest) = LIVES;
        told.filter(|seconds| *seconds > 0.0).map_or(USUAL_LIFE, |seconds| {
            Duration::from_secs_f64(seconds.min(longest.as_secs_f64())).max(shortest)
        })
    }
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct OAuthErrorAnswer {
    error: Option<Clean>,
    error_description: Option<Clean>,
}

impl Auth {
    pub(super) fn new(credential: Credential) -> Self {
        match credential {
            Credential::ServiceAccount { client_id, client_secret } => {
                Self::OAuth(Arc::new(OAuth { client_id, client_secret, token: Mutex::default() }))
            }
            Credential::ApiKey { public_key, private_key } => {
                Self::Digest(Box::new(Digest { public_key, private_key, prompt: Mutex::default() }))
            }
        }
    }

    /// Signs a call of `path` (with its query) by `method`. Signs in first where needed; calls
    /// that come meanwhile wait for the same sign-in.
    pub(super) async fn sign(
        &self,
        http: &reqwest::Client,
        origin: &Origin,
        method: &str,
        path: &str,
    ) -> Result<Signature, ApiError> {
        let asked = Instant::now();
        match self {
            Self::OAuth(oauth) => {
                let token = oauth.clone().token(http.clone(), origin.clone(), asked);
                // A token that is on its way is taken in though its caller may go meanwhile:
                // it would live on, and nobody could use it or give it back.
                let token = tokio::spawn(token).await.map_err(|_| unsigned(origin))??;
                signature(&format!("Bearer {}", token.expose_secret()), token.clone(), origin)
            }
            Self::Digest(digest) => {
                let Digest { public_key, private_key, prompt } = &**digest;
                let mut desk = prompt.lock().await;
                let prompt = desk.get(asked, origin, |_| true, challenge(http, origin)).await?;
                let context = AuthContext::new_with_method(
                    public_key,
                    private_key.expose_secret(),
                    path,
                    Option::<&[u8]>::None,
                    HttpMethod::from(method),
                );
                let answer = prompt.respond(&context).map_err(|_| unsigned(origin))?;
                let nonce = Secret::from(prompt.nonce.as_str());
                signature(&answer.to_header_string(), nonce, origin)
            }
        }
    }

    /// Forgets what a refused signature was made with, unless another call has
    /// done so already, and takes a new challenge that came with the refusal.
    pub(super) async fn refused(
        &self,
        signature: &Signature,
        challenge: Option<WwwAuthenticateHeader>,
    ) {
        let made_with = signature.made_with.expose_secret();
        match self {
            Self::OAuth(oauth) => {
                let held = &mut oauth.token.lock().await.held;
                if held.as_ref().is_some_and(|token| token.value.expose_secret() == made_with) {
                    *held = None;
                }
            }
            Self::Digest(digest) => {
                let held = &mut digest.prompt.lock().await.held;
                if held.as_ref().is_some_and(|prompt| prompt.nonce == made_with) {
                    *held = challenge;
                }
            }
        }
    }

    /// Signs in no more: waits for whoever is signing in just now, so that what that
    /// brings can be given back. Whether that has ended: else there is nothing to give back.
    pub(super) async fn close(&self) -> bool {
        let Self::OAuth(oauth) = self else { return true };
        let close = async { oauth.token.lock().await.closed = true };
        tokio::time::timeout(REVOKE_TIMEOUT, close).await.is_ok()
    }

    /// Gives the token back (an account may hold 100 at once). Best effort: leaving
    /// must not hang or fail on a token that dies within the hour.
    pub(super) async fn sign_out(&self, http: &reqwest::Client, origin: &Origin) {
        let Self::OAuth(oauth) = self else { return };
        let _ = tokio::time::timeout(REVOKE_TIMEOUT, oauth.revoke(http, origin)).await;
    }
}

impl OAuth {
    /// The token in use, or a new one. Runs to its end by itself; one that nobody is there
    /// to use any more is given back.
    async fn token(
        self: Arc<Self>,
        http: reqwest::Client,
        origin: Origin,
        asked: Instant,
    ) -> Result<Secret, ApiError> {
        let fresh = |token: &Token| Instant::now() < token.renew_at;
        let value = {
            let mut desk = self.token.lock().await;
            desk.get(asked, &origin, fresh, self.mint(&http, &origin)).await?.value.clone()
        };
        if Arc::strong_count(&self) == 1 {
            self.revoke(&http, &origin).await;
        }
        Ok(value)
    }

    async fn revoke(&self, http: &reqwest::Client, origin: &Origin) {
        let Some(token) = self.token.lock().await.held.take() else { return };
        let form = [("token", token.value.expose_secret()), ("token_type_hint", "access_token")];
        let request = http
            .post(origin.url(REVOKE_PATH))
            .header(AUTHORIZATION, basic(&self.client_id, &self.client_secret))
            .form(&form);
        let _ = request.send().await;
    }

    async fn mint(&self, http: &reqwest::Client, origin: &Origin) -> Result<Token, ApiError> {
        let asked = Instant::now();
        let answer = http
            .post(origin.url(TOKEN_PATH))
            .header(AUTHORIZATION, basic(&self.client_id, &self.client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .map_err(|error| http::transport_error(&error, origin))?;
        let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
        let body = http::body(answer, origin).await?;
        if status == 200 {
            let answer: TokenAnswer = http::decode(&head, &body, origin)?;
            let renew_at = asked + answer.life().mul_f64(RENEW_AT);
            return Ok(Token { value: answer.access_token, renew_at });
        }
        // The token endpoint has OAuth's error shape, except for rate limits.
        let oauth: OAuthErrorAnswer = serde_json::from_slice(&body).unwrap_or_default();
        let fault = match (status, oauth.error.as_deref()) {
            (403, Some("access_denied")) => Fault::TokenLimit,
            (400 | 401, Some("invalid_client" | "invalid_grant" | "invalid_request")) => {
                Fault::CredentialRefused
            }
            _ => return Err(http::refusal(status, &head, &body, origin)),
        };
        Err(ApiError {
            status: Some(status),
            code: oauth.error,
            detail: oauth.error_description,
            ..ApiError::new(fault, &origin.host())
        })
    }
}

fn signature(header: &str, made_with: Secret, origin: &Origin) -> Result<Signature, ApiError> {
    let mut header = HeaderValue::from_str(header).map_err(|_| unsigned(origin))?;
    header.set_sensitive(true);
    Ok(Signature { header, made_with })
}

/// Atlas refuses percent-encoding in either half: both are sent as they are.
fn basic(client_id: &str, client_secret: &Secret) -> HeaderValue {
    let pair = format!("{client_id}:{}", client_secret.expose_secret());
    let mut header = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
        .unwrap_or_else(|_| HeaderValue::from_static("Basic"));
    header.set_sensitive(true);
    header
}

async fn challenge(
    http: &reqwest::Client,
    origin: &Origin,
) -> Result<WwwAuthenticateHeader, ApiError> {
    let answer = http
        .get(origin.url(CHALLENGE_PATH))
        .header(CONTENT_TYPE, "application/json")
        .send()
        .await
        .map_err(|error| http::transport_error(&error, origin))?;
    if let Some(challenge) = challenge_in(&answer) {
        return Ok(challenge);
    }
    let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
    if matches!(status, 200..300 | 401) {
        let what = format!("HTTP {status} without a digest challenge");
        return Err(ApiError::new(Fault::NotAtlas(Clean::from(what)), &origin.host()));
    }
    let body = http::body(answer, origin).await?;
    Err(http::refusal(status, &head, &body, origin))
}

/// The digest challenge that came with an answer.
pub(super) fn challenge_in(answer: &reqwest::Response) -> Option<WwwAuthenticateHeader> {
    answer.headers().get_all(WWW_AUTHENTICATE).iter().find_map(challenge_of)
}

/// The digest challenge that one header holds. The parser takes ASCII alone: it stumbles
/// over anything else.
pub(super) fn challenge_of(header: &HeaderValue) -> Option<WwwAuthenticateHeader> {
    let header = header.to_str().ok()?;
    header.trim_start().starts_with("Digest ").then(|| digest_auth::parse(header).ok())?
}

fn unsigned(origin: &Origin) -> ApiError {
    let why = "the sign-in challenge cannot be answered";
    ApiError::new(Fault::NotAtlas(Clean::new(why)), &origin.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_its_life_is_told_a_token_is_taken() {
        let (shortest, longest) = LIVES;
        let an_hour = Duration::from_hours(1);
        for (told, life) in [
            ("3600", an_hour),
            ("\"3600\"", an_hour),
            ("\" 3600 \"", an_hour),
            ("3600.0", an_hour),
            ("1800.5", Duration::from_secs_f64(1800.5)),
            ("1", shortest),
            ("86401", longest),
            ("18446744073709551615", longest),
            ("1e300", longest),
            ("\"inf\"", longest),
            // What says nothing.
            ("0", USUAL_LIFE),
            ("-1", USUAL_LIFE),
            ("-1e300", USUAL_LIFE),
            ("\"NaN\"", USUAL_LIFE),
            ("\"an hour\"", USUAL_LIFE),
            ("null", USUAL_LIFE),
            ("true", USUAL_LIFE),
            ("[3600]", USUAL_LIFE),
            ("{\"seconds\": 3600}", USUAL_LIFE),
        ] {
            let body = format!("{{\"access_token\": \"t\", \"expires_in\": {told}}}");
            let answer: TokenAnswer = http::value(body.as_bytes()).expect(told);
            assert_eq!(answer.life(), life, "{told}");
        }
        let answer: TokenAnswer = http::value(b"{\"access_token\": \"t\"}").expect("a token");
        assert_eq!(answer.life(), USUAL_LIFE);
    }
}
