//! The way of one call: from a connection to an answer with Atlas' headers.
//! Knows nothing of what is asked for; that is the routes' matter.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};
use futures_util::StreamExt;
use futures_util::stream;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::clock::Clock;
use super::digest::{Nonces, Signature};
use super::errors::{BROKEN_REQUEST, Refusal, TOO_LARGE, TOO_SLOW, UNEXPECTED};
use super::faults::{Fault, Faults};
use super::limits::Buckets;
use super::line::Peer;
use super::oauth::Tokens;
use super::seen::{Log, Seen, Signed};
use super::state_file::{Kept, StateFile};
use super::store::{Caller, Store};
use super::{Vantage, admin, checks, routes};

/// Longest request body that is read.
const MOST_BYTES: usize = 1024 * 1024;
/// What the library calls a body that is longer.
const TOO_LONG: &str = "length limit exceeded";
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
    /// How many changes were made.
    pub(super) changes: u64,
    /// How many requests are changing the secrets of which account.
    pub(super) changing: HashMap<String, usize>,
}

/// What all calls share.
pub(super) struct Server {
    pub(super) base: String,
    pub(super) clock: Clock,
    pub(super) latency: Duration,
    pub(super) state: Mutex<State>,
    pub(super) closing: watch::Sender<bool>,
    /// The two identities that the emulator tells of when it starts.
    pub(super) account: Caller,
    pub(super) key: Caller,
    /// Where the state is kept, if anywhere.
    pub(super) file: Option<StateFile>,
    /// Faults and the clock can be set over HTTP.
    pub(super) admin: bool,
}

impl Server {
    /// The state. A panic elsewhere does not make it unusable.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the state, where it is to be kept.
    pub(super) fn save(&self, state: &State) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let callers = (&self.account, &self.key);
        let kept = Kept::new((&state.store, &state.tokens), callers, state.vantage.address());
        file.save(&kept)
    }

    /// Waits, but not beyond the server's end.
    async fn pause(&self, time: Duration) {
        if time.is_zero() {
            return;
        }
        let mut closing = self.closing.subscribe();
        tokio::select! {
            () = sleep(time) => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    }
}

/// The runtime's timers are up to this late.
const COARSE: Duration = Duration::from_millis(2);

/// Waits for so long and hardly longer: a round trip of 50 ms is to take 50 ms.
async fn sleep(time: Duration) {
    let end = Instant::now() + time;
    tokio::time::sleep(time.saturating_sub(COARSE)).await;
    let rest = end.saturating_duration_since(Instant::now()).min(COARSE);
    // A thread that is not there any more means that everything ends.
    let _ = spawn_blocking(move || thread::sleep(rest)).await;
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
    /// Or why it did not come.
    body: Result<Bytes, Refusal>,
}

/// A call at its moment.
pub(super) struct Call<'a> {
    pub(super) incoming: &'a Incoming,
    /// Where it seems to come from.
    pub(super) address: IpAddr,
    /// The address of the server, for links.
    pub(super) base: &'a str,
    pub(super) now: Timestamp,
    /// No other call is changing the same secrets.
    pub(super) alone: bool,
}

impl Incoming {
    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the client accepts.
    pub(super) fn accept(&self) -> Option<&str> {
        self.header(&ACCEPT)
    }

    /// The type that the body is said to have.
    pub(super) fn content_type(&self) -> Option<&str> {
        self.header(&CONTENT_TYPE)
    }

    /// The body; empty where it did not come.
    pub(super) fn body(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }

    /// The account whose secrets the call adds to, if it does.
    fn changes_secrets_of(&self) -> Option<&str> {
        let before = self.path.strip_suffix("/secrets").filter(|_| self.method == "POST")?;
        before.rsplit('/').next()
    }

    /// What follows the name of this scheme in the `Authorization` header.
    pub(super) fn credentials(&self, scheme: &str) -> Option<&str> {
        let (name, rest) = self.header(&AUTHORIZATION)?.split_once(' ')?;
        name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
    }

    /// Whether the body is said to be of this type.
    pub(super) fn has_type(&self, kind: &str) -> bool {
        let said = self.content_type().and_then(|said| said.split(';').next());
        said.is_some_and(|said| said.trim().eq_ignore_ascii_case(kind))
    }

    /// A field of the form in the body.
    pub(super) fn form(&self, field: &str) -> Option<String> {
        let mut fields = form_urlencoded::parse(self.body());
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

    fn dress(self, took: Duration, now: Timestamp) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let always = ALWAYS.iter().map(|&(name, value)| (name, value.to_owned()));
        let own = self.headers.into_iter().chain([
            ("Content-Type", self.kind),
            ("Date", now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
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

/// Answers one call. What came whole is done, whether or not the client waits for it.
pub(super) async fn serve(server: Arc<Server>, peer: Peer, request: Request) -> Response<Body> {
    let incoming = receive(&peer, request).await;
    let work = tokio::spawn(perform(server.clone(), peer, incoming));
    work.await
        .unwrap_or_else(|_| UNEXPECTED.about([]).answer().dress(Duration::ZERO, server.clock.now()))
}

async fn perform(server: Arc<Server>, peer: Peer, incoming: Incoming) -> Response<Body> {
    let started = Instant::now();
    if let Some(answer) = admin::answer(&server, &incoming) {
        return answer.dress(started.elapsed(), server.clock.now());
    }
    let claim = Claim::on(&server, &incoming);
    server.pause(server.latency).await;
    let operation = routes::operation(&incoming);
    // A client that signs by digest asks unsigned first, to be challenged: that is no
    // call of the operation yet.
    let asks = incoming.signed() != Signed::Not || !routes::is_versioned(&incoming.path);
    let fault = asks.then(|| server.state().faults.take(operation, &incoming.target)).flatten();
    if let Some(Fault::Delay { ms }) = &fault {
        server.pause(Duration::from_millis(*ms)).await;
    }
    let cut = match fault {
        Some(Fault::Drop | Fault::DropAnswer) => Some(0),
        Some(Fault::Cut { bytes }) => Some(bytes),
        _ => None,
    };
    let answer = (fault != Some(Fault::Drop)).then(|| {
        let instead = fault.as_ref().and_then(|fault| fault.instead(&incoming.target));
        let answer = instead.unwrap_or_else(|| respond(&server, &incoming, claim.alone));
        match &fault {
            Some(fault) => {
                let turn = server.state().faults.turn(operation);
                fault.spoil(answer, &incoming.target, turn)
            }
            None => answer,
        }
    });
    drop(claim);
    // A call without an answer of its own has no status, one that is cut later has.
    let status = answer.as_ref().map(|answer| answer.status).filter(|_| cut != Some(0));
    server.state().log.note(incoming.seen(status));
    if let Some(bytes) = cut {
        peer.cut_after(bytes);
    }
    let Some(answer) = answer else { return Response::new(Body::empty()) };
    let response = answer.dress(started.elapsed(), server.clock.now());
    match fault {
        Some(Fault::Drip { bytes, ms }) => {
            dripping(response, bytes, Duration::from_millis(ms)).await
        }
        _ => response,
    }
}

/// The same answer, but its body comes in drips.
async fn dripping(response: Response<Body>, bytes: usize, pause: Duration) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let drips: Vec<_> = body.chunks(bytes.max(1)).map(Bytes::copy_from_slice).collect();
    let drips = stream::iter(drips).then(move |drip| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(drip)
    });
    Response::from_parts(parts, Body::from_stream(drips))
}

/// A call's hold on the secrets of an account, from its arrival to its answer: a
/// call that arrives meanwhile is not alone.
struct Claim<'a> {
    server: &'a Server,
    account: Option<String>,
    alone: bool,
}

impl<'a> Claim<'a> {
    fn on(server: &'a Server, incoming: &Incoming) -> Self {
        let account = incoming.changes_secrets_of().map(str::to_owned);
        let others = account.clone().map_or(0, |account| {
            let mut state = server.state();
            let count = state.changing.entry(account).or_default();
            *count += 1;
            *count - 1
        });
        Self { server, account, alone: others == 0 }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let Some(account) = self.account.take() else { return };
        let mut state = self.server.state();
        let left = state.changing.get(&account).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            state.changing.remove(&account);
        } else {
            state.changing.insert(account, left);
        }
    }
}

/// Takes a call in, with its body as far as that is to be had.
async fn receive(peer: &Peer, request: Request) -> Incoming {
    let (parts, body) = request.into_parts();
    let named = parts.headers.get_all(HOST).iter().count();
    let body = match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, MOST_BYTES)).await {
        // Who speaks HTTP/1.1 says once whom it speaks to.
        _ if named > 1 || named == 0 && parts.version == Version::HTTP_11 => {
            Err(BROKEN_REQUEST.about([]))
        }
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if error.to_string() == TOO_LONG => {
            Err(TOO_LARGE.about([MOST_BYTES.into()]))
        }
        Ok(Err(_)) => Err(BROKEN_REQUEST.about([])),
        Err(_) => Err(TOO_SLOW.about([BODY_PATIENCE.as_secs().into()])),
    };
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Incoming {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        path: parts.uri.path().trim_end_matches('/').to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        address: peer.address,
        headers: parts.headers,
        body,
    }
}

/// Answers a call that came whole. What it changed is kept before it is answered.
fn respond(server: &Server, incoming: &Incoming, alone: bool) -> Answer {
    if let Err(refusal) = &incoming.body {
        return refusal.answer();
    }
    let mut state = server.state();
    let address = state.vantage.address().unwrap_or(incoming.address);
    let call = Call { incoming, address, base: &server.base, now: server.clock.now(), alone };
    let changes = state.changes;
    let answer = checks::answer(&mut state, &call);
    if state.changes == changes {
        return answer;
    }
    match server.save(&state) {
        Ok(()) => answer,
        Err(error) => {
            let file = server.file.as_ref().map(|file| file.path().display().to_string());
            eprintln!("gatehouse: {}: {error}", file.unwrap_or_default());
            UNEXPECTED.about([]).answer()
        }
    }
}

#[cfg(test)]
impl Incoming {
    /// A call as if it had come, for tests without a network.
    pub(super) fn of(method: &str, target: &str, headers: HeaderMap, body: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            query: query.to_owned(),
            address: IpAddr::from([127, 0, 0, 1]),
            headers,
            body: Ok(Bytes::copy_from_slice(body.as_bytes())),
        }
    }
}
