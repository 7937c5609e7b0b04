//! Signing in: OAuth client credentials for service accounts, HTTP digest for
//! API keys. Knows nothing of what is asked with them.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use digest_auth::{AuthContext, WwwAuthenticateHeader};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;
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
/// Leaving waits no longer than this for the token's revocation.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(2);

/// A signature for one request, and what it was made with: when the server
/// refuses it, only that is thrown away.
pub(super) struct Signature {
    pub header: HeaderValue,
    made_with: String,
}

/// One credential's way of signing calls.
pub(super) enum Auth {
    /// One token at a time, shared by all calls.
    OAuth { client_id: String, client_secret: Secret, token: Mutex<Option<Token>> },
    /// One nonce at a time, its count rising with each call.
    Digest { public_key: String, private_key: Secret, prompt: Mutex<Option<WwwAuthenticateHeader>> },
}

/// An access token and when to get the next.
pub(super) struct Token {
    value: Secret,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Secret,
    expires_in: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OAuthErrorAnswer {
    error: Option<Clean>,
    error_description: Option<Clean>,
}

impl Auth {
    pub(super) fn new(credential: Credential) -> Self {
        match credential {
            Credential::ServiceAccount { client_id, client_secret } => {
                Self::OAuth { client_id, client_secret, token: Mutex::default() }
            }
            Credential::ApiKey { public_key, private_key } => {
                Self::Digest { public_key, private_key, prompt: Mutex::default() }
            }
        }
    }

    /// Signs a GET of `path` (with its query). Signs in first where needed; calls
    /// that come meanwhile wait for the same sign-in.
    pub(super) async fn sign(
        &self,
        http: &reqwest::Client,
        origin: &Origin,
        path: &str,
    ) -> Result<Signature, ApiError> {
        match self {
            Self::OAuth { client_id, client_secret, token } => {
                let mut token = token.lock().await;
                let valid = token.as_ref().is_some_and(|token| Instant::now() < token.renew_at);
                if !valid {
                    *token = Some(mint(http, origin, client_id, client_secret).await?);
                }
                let value = token.as_ref().map_or("", |token| token.value.expose_secret());
                signature(&format!("Bearer {value}"), value.to_owned(), origin)
            }
            Self::Digest { public_key, private_key, prompt } => {
                let mut prompt = prompt.lock().await;
                if prompt.is_none() {
                    *prompt = Some(challenge(http, origin).await?);
                }
                let Some(prompt) = prompt.as_mut() else { return Err(unsigned(origin)) };
                let context = AuthContext::new(public_key, private_key.expose_secret(), path);
                let answer = prompt.respond(&context).map_err(|_| unsigned(origin))?;
                signature(&answer.to_header_string(), prompt.nonce.clone(), origin)
            }
        }
    }

    /// Forgets what a refused signature was made with, unless another call has
    /// done so already, and takes a new challenge that came with the refusal.
    pub(super) async fn refused(&self, signature: &Signature, answer: &reqwest::Response) {
        match self {
            Self::OAuth { token, .. } => {
                let mut token = token.lock().await;
                if token
                    .as_ref()
                    .is_some_and(|token| token.value.expose_secret() == signature.made_with)
                {
                    *token = None;
                }
            }
            Self::Digest { prompt, .. } => {
                let mut prompt = prompt.lock().await;
                if prompt.as_ref().is_some_and(|prompt| prompt.nonce == signature.made_with) {
                    *prompt = challenge_in(answer);
                }
            }
        }
    }

    /// Gives the token back (an account may hold 100 at once). Best effort.
    pub(super) async fn sign_out(&self, http: &reqwest::Client, origin: &Origin) {
        let Self::OAuth { client_id, client_secret, token } = self else { return };
        let Some(token) = token.lock().await.take() else { return };
        let form = [("token", token.value.expose_secret()), ("token_type_hint", "access_token")];
        let request = http
            .post(origin.url(REVOKE_PATH))
            .header(AUTHORIZATION, basic(client_id, client_secret))
            .timeout(REVOKE_TIMEOUT)
            .form(&form);
        // Leaving must not hang or fail on a token that dies within the hour.
        let _ = request.send().await;
    }
}

fn signature(header: &str, made_with: String, origin: &Origin) -> Result<Signature, ApiError> {
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

async fn mint(
    http: &reqwest::Client,
    origin: &Origin,
    client_id: &str,
    client_secret: &Secret,
) -> Result<Token, ApiError> {
    let asked = Instant::now();
    let answer = http
        .post(origin.url(TOKEN_PATH))
        .header(AUTHORIZATION, basic(client_id, client_secret))
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .map_err(|error| http::transport_error(&error, origin))?;
    let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
    let body = http::body(answer, origin).await?;
    if status == 200 {
        let token: TokenAnswer = http::decode(&head, &body, origin)?;
        let life = Duration::from_secs(token.expires_in).mul_f64(RENEW_AT);
        return Ok(Token { value: token.access_token, renew_at: asked + life });
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
    challenge_in(&answer).ok_or_else(|| {
        let what = format!("HTTP {} without a digest challenge", answer.status().as_u16());
        ApiError::new(Fault::NotAtlas(Clean::from(what)), &origin.host())
    })
}

fn challenge_in(answer: &reqwest::Response) -> Option<WwwAuthenticateHeader> {
    answer
        .headers()
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .filter(|header| header.trim_start().starts_with("Digest "))
        .find_map(|header| digest_auth::parse(header).ok())
}

fn unsigned(origin: &Origin) -> ApiError {
    let why = "the sign-in challenge cannot be answered";
    ApiError::new(Fault::NotAtlas(Clean::new(why)), &origin.host())
}
