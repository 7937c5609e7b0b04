//! A running emulator with a client that signs its calls.

use std::time::Duration;

use gatehouse::atlas::Credential;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::{self, Clock, Emulator, Limits, Options, Seed, Vantage};
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

use super::{contract, shapes};

/// The name of the demo's service account that owns the organization.
pub const OWNER: &str = "atlas-admin";

/// An answer, taken in whole.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Got {
    pub async fn from(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("text") }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Status and error code.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["errorCode"].as_str().unwrap_or_default().to_owned())
    }

    /// One text of each row.
    pub fn column(&self, name: &str) -> Vec<String> {
        let json = self.json();
        let rows = json["results"].as_array().expect("a list");
        rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}

pub struct Bench {
    pub emulator: Emulator,
    pub http: Client,
    /// A token of the owner.
    pub token: String,
}

/// The moment at which test clocks start.
pub fn start_of_time() -> Timestamp {
    "2026-09-01T12:00:00Z".parse().expect("a moment")
}

pub fn client() -> Client {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

impl Bench {
    /// The demo, with a clock that stands still and without limits.
    pub async fn demo() -> Self {
        Self::with(Options { limits: Limits::unlimited(), ..Options::default() }).await
    }

    pub async fn of(seed: Seed) -> Self {
        Self::with(Options { seed, limits: Limits::unlimited(), ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        let options = Options { clock: Clock::fixed(start_of_time()), ..options };
        let emulator = emulator::start(options).await.expect("starts");
        let mut bench = Self { emulator, http: client(), token: String::new() };
        let owner = bench.emulator.service_account().expect("the owner");
        bench.token = bench.mint(&owner).await.expect("a token");
        bench
    }

    /// An address below the organization, or below the API with a leading `/`.
    pub fn url(&self, path: &str) -> String {
        let base = self.emulator.base_url();
        if path.starts_with('/') {
            return format!("{base}{path}");
        }
        format!("{base}/api/atlas/v2/orgs/{}/{path}", self.emulator.organization())
    }

    /// The path and query of such an address.
    pub fn path(&self, path: &str) -> String {
        self.url(path).split_off(self.emulator.base_url().len())
    }

    /// Sends a call, and holds the answer to its form.
    pub async fn send(&self, request: RequestBuilder) -> Got {
        let request = request.build().expect("a request");
        let (method, url) = (request.method().to_string(), request.url().clone());
        let got = Got::from(self.http.execute(request).await.expect("an answer")).await;
        let (path, query) = (url.path(), url.query().unwrap_or_default());
        let shape = shapes::check(&method, path, query, got.status, &got.text);
        let kind = got.header("content-type");
        let contract = contract::check(&method, path, query, got.status, kind, &got.text);
        if let Err(wrong) = shape.and(contract) {
            let start: String = got.text.chars().take(500).collect();
            panic!("{method} {url}: {wrong}: {} {start}", got.status);
        }
        got
    }

    /// Sends a call whose answer has no form of Atlas'.
    pub async fn send_freely(&self, request: RequestBuilder) -> Got {
        Got::from(request.send().await.expect("an answer")).await
    }

    /// Calls as the owner, with this body.
    pub async fn call(&self, method: &str, path: &str, body: impl Into<Option<Value>>) -> Got {
        self.call_as(&self.token, method, path, body.into()).await
    }

    /// Calls with this token, with this body.
    pub async fn call_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Got {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, self.url(path)).bearer_auth(token);
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            None => request,
        };
        self.send(request).await
    }

    /// The client ID of the service account with this name.
    pub fn account(&self, name: &str) -> String {
        self.emulator.patch(|store| store.account(name).expect("there").id.clone())
    }

    /// The id of the API key with this description.
    pub fn key(&self, name: &str) -> String {
        self.emulator.patch(|store| store.key(name).expect("there").id.clone())
    }

    /// The id of the project with this name.
    pub fn project(&self, name: &str) -> String {
        self.emulator.patch(|store| {
            let projects = store.main().expect("main").projects.rows();
            projects.iter().find(|project| project.name == name).expect("there").id.clone()
        })
    }

    /// Asks as the owner.
    pub async fn get(&self, path: &str) -> Got {
        self.get_with(path, &self.token).await
    }

    /// Asks as the owner for what has no form of Atlas'.
    pub async fn get_freely(&self, path: &str) -> Got {
        self.send_freely(self.http.get(self.url(path)).bearer_auth(&self.token)).await
    }

    pub async fn get_with(&self, path: &str, token: &str) -> Got {
        self.send(self.http.get(self.url(path)).bearer_auth(token)).await
    }

    pub async fn get_accepting(&self, path: &str, accept: &str) -> Got {
        let request = self.http.get(self.url(path)).bearer_auth(&self.token);
        self.send(request.header(ACCEPT, accept)).await
    }

    /// Asks for a token with this form.
    pub async fn token_with(&self, credential: &Credential, form: &[(&str, &str)]) -> Got {
        let (id, secret) = halves(credential);
        let request = self.http.post(self.url("/api/oauth/token")).basic_auth(id, Some(secret));
        self.send(request.form(form)).await
    }

    pub async fn mint(&self, credential: &Credential) -> Result<String, Got> {
        let got = self.token_with(credential, &[("grant_type", "client_credentials")]).await;
        match got.status {
            200 => Ok(got.json()["access_token"].as_str().expect("a token").to_owned()),
            _ => Err(got),
        }
    }

    /// A token of the service account with this name.
    pub async fn token_of(&self, name: &str) -> String {
        let credential = self.emulator.credentials_of(name).expect("has a secret");
        self.mint(&credential).await.expect("a token")
    }

    /// A challenge for digest.
    pub async fn challenge(&self, path: &str) -> String {
        let got = self.send(self.http.get(self.url(path))).await;
        assert_eq!(got.status, 401, "{got:?}");
        got.header(WWW_AUTHENTICATE.as_str()).to_owned()
    }

    pub async fn get_signed(&self, path: &str, authorization: &str) -> Got {
        self.send(self.http.get(self.url(path)).header(AUTHORIZATION, authorization)).await
    }

    pub fn advance(&self, by: Duration) {
        self.emulator.clock().advance(by);
    }

    pub fn call_from(&self, address: &str) {
        let address = address.parse().expect("an address");
        self.emulator.call_from(Vantage::Pretended(address));
    }
}

/// The public and the secret half of a credential.
pub fn halves(credential: &Credential) -> (&str, &str) {
    match credential {
        Credential::ServiceAccount { client_id, client_secret } => {
            (client_id, client_secret.expose_secret())
        }
        Credential::ApiKey { public_key, private_key } => (public_key, private_key.expose_secret()),
    }
}
