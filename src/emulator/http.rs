//! The way of one call: from a connection to an answer with Atlas' headers.
//! Knows nothing of what is asked for; that is the routes' matter.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Extract};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use tokio::sync::watch;

use super::clock::Clock;
use super::digest::{Nonces, Signature};
use super::errors::TOO_LARGE;
use super::faults::{Fault, Faults};
use super::limits::Buckets;
use super::line::Peer;
use super::oauth::Tokens;
use super::seen::{Log, Seen, Signed};
use super::store::Store;
use super::{Vantage, routes};

/// Longest request body that is read.
const MOST_BYTES: usize = 1024 * 1024;
/// How long a request body may take to come.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// Everything that changes while the emulator runs.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) tokens: Tokens,
    pub(super) nonces: Nonces,
    pub(super) buckets: Buckets,
    pub(super) faults: Faults,
    pub(super) log: Log,
    pub(super) vantage: Vantage,
    /// How many answers were given: what Atlas answers in no stable order changes
    /// with it.
    pub(super) turn: u64,
}

/// What all calls share.
pub(super) struct Server {
    pub(super) base: String,
    pub(super) clock: Clock,
    pub(super) latency: Duration,
    pub(super) state: Mutex<State>,
    pub(super) closing: watch::Sender<bool>,
}

impl Server {
    /// The state. A panic elsewhere does not make it unusable.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, but not beyond the server's end.
    async fn pause(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let mut closing = self.closing.subscribe();
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    }
}

/// A call, as far as anybody looks at it.
pub(super) struct Incoming {
    pub(super) method: String,
    /// Path and query, as they came.
    pub(super) target: String,
    /// The path, as it came but for slashes at its end.
    pub(super) path: String,
    /// What follows the `?`.
    pub(super) query: String,
    address: IpAddr,
    headers: HeaderMap,
    /// Absent where it was too long or did not come.
    body: Option<Bytes>,
}

/// A call at its moment.
pub(super) struct Call<'a> {
    pub(super) incoming: &'a Incoming,
    /// Where it seems to come from.
    pub(super) address: IpAddr,
    /// The address of the server, for links.
    pub(super) base: &'a str,
    pub(super) now: Timestamp,
}

impl Incoming {
    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the client accepts.
    pub(super) fn accept(&self) -> Option<&str> {
        self.header(&ACCEPT)
    }

    /// What follows the name of this scheme in the `Authorization` header.
    pub(super) fn credentials(&self, scheme: &str) -> Option<&str> {
        let (name, rest) = self.header(&AUTHORIZATION)?.split_once(' ')?;
        name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// Whether the body is said to be of this type.
    pub(super) fn has_type(&self, kind: &str) -> bool {
        let said = self.header(&CONTENT_TYPE).and_then(|said| said.split(';').next());
        said.is_some_and(|said| said.trim().eq_ignore_ascii_case(kind))
    }

    /// A field of the form in the body.
    pub(super) fn form(&self, field: &str) -> Option<String> {
        let mut fields = form_urlencoded::parse(self.body.as_deref()?);
        fields.find(|(name, _)| name == field).map(|(_, value)| value.into_owned())
    }

    fn seen(&self, status: Option<u16>) -> Seen {
        Seen {
            method: self.method.clone(),
            path_and_query: self.target.clone(),
            status,
            signed: self.signed(),
        }
    }

    fn signed(&self) -> Signed {
        if self.credentials("Bearer").is_some() {
            return Signed::Bearer;
        }
        if let Some(header) = self.credentials("Digest") {
            return Signed::Digest { count: Signature::read(header).count() };
        }
        if self.credentials("Basic").is_some() { Signed::Basic } else { Signed::Not }
    }
}

/// An answer before it is dressed for the network.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) body: String,
    headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(super) fn new(status: u16, kind: &str, body: String) -> Self {
        Self { status, kind: kind.to_owned(), body, headers: Vec::new() }
    }

    /// With one more header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn dress(self, took: Duration) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let always = ALWAYS.iter().map(|&(name, value)| (name, value.to_owned()));
        let own = self.headers.into_iter().chain([
            ("Content-Type", self.kind),
            ("X-Envoy-Upstream-Service-Time", took.as_millis().to_string()),
        ]);
        for (name, value) in always.chain(own) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Headers that every answer of Atlas carries.
const ALWAYS: &[(&str, &str)] = &[
    ("Server", "mdbws"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Frame-Options", "DENY"),
    (
        "X-MongoDB-Service-Version",
        concat!("gitHash=emulator; versionString=gatehouse-", env!("CARGO_PKG_VERSION")),
    ),
];

/// Answers one call.
pub(super) async fn serve(
    Extract(server): Extract<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let started = std::time::Instant::now();
    server.pause(server.latency).await;
    let incoming = receive(&peer, request).await;
    let fault = server.state().faults.take(&incoming.target);
    if let Some(Fault::Delay(time)) = &fault {
        server.pause(*time).await;
    }
    if matches!(fault, Some(Fault::Drop)) {
        server.state().log.note(incoming.seen(None));
        peer.cut();
        return Response::new(Body::empty());
    }
    let planned = fault.and_then(|fault| fault.answer(&incoming.target));
    let answer = planned.unwrap_or_else(|| respond(&server, &incoming));
    server.state().log.note(incoming.seen(Some(answer.status)));
    answer.dress(started.elapsed())
}

/// Takes a call in, with its body as far as that is to be had.
async fn receive(peer: &Peer, request: Request) -> Incoming {
    let (parts, body) = request.into_parts();
    let body = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, MOST_BYTES)).await;
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Incoming {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        path: parts.uri.path().trim_end_matches('/').to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        address: peer.address,
        headers: parts.headers,
        body: body.ok().and_then(Result::ok),
    }
}

fn respond(server: &Server, incoming: &Incoming) -> Answer {
    if incoming.body.is_none() {
        return TOO_LARGE.about([]).answer();
    }
    let mut state = server.state();
    let address = state.vantage.address().unwrap_or(incoming.address);
    let call = Call { incoming, address, base: &server.base, now: server.clock.now() };
    routes::answer(&mut state, &call)
}
