//! A small Atlas of our own: the Administration API over real HTTP on loopback,
//! with Atlas' rules for tokens, digest, roles, access lists, pages, versions and
//! limits, over an organization that is invented.
//!
//! The demo runs on it, and so do the tests. It knows only the plain types of
//! [`crate::atlas`], so that the client and the emulator cannot agree by mistake.
//!
//! ```text
//! http ─▶ routes ─▶ checks ─▶ reads, writes ─▶ answers
//!   ▲      line: TCP and TLS · auth, oauth, digest: who calls · limits: how often
//!   │      access: from where · permit: with which roles · versions · query · body
//!   ├─ faults, hostile, corpus, admin: trouble on demand
//!   └─ store: what there is ◀─ seed, large, state_file
//!          rules in it: access, events, roles, secrets, settings
//! ```

mod access;
mod admin;
mod answers;
mod auth;
mod body;
mod checks;
mod clock;
mod corpus;
mod digest;
mod errors;
mod events;
mod faults;
mod history;
mod hostile;
mod http;
#[cfg(test)]
mod invariants;
mod large;
mod limits;
mod line;
mod oauth;
mod permit;
mod query;
mod random;
mod reads;
mod roles;
mod routes;
mod secrets;
mod seed;
mod seen;
mod settings;
mod shelf;
mod state_file;
mod store;
mod tls;
mod versions;
mod writes;

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::atlas::secret::ExposeSecret;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use access::{Entry, range_of};
pub use clock::Clock;
pub use corpus::corpus;
pub use events::{Actor, Event, Subject};
pub use faults::{Fault, Plan};
pub use large::Large;
pub use limits::{Limits, Set};
pub use routes::operations;
pub use seed::Seed;
pub use seen::{Seen, Signed};
pub use settings::Settings;
pub use shelf::{Kept, Shelf};
pub use store::{Account, AccountSecret, Key, Organization, Project, Standing, Store};

use crate::atlas::{Credential, OrgId};
use http::{Server, State};
use limits::Buckets;
use line::{Door, Line, Peer};
use oauth::Tokens;
use seed::Planted;
use state_file::{Found, StateFile};
use store::{Caller, Identity};

/// How long the head of a request may take to come; the other end of a connection
/// may be silent for so long.
const HEAD_PATIENCE: Duration = Duration::from_mins(1);
/// How long calls that are being answered may take when the emulator stops.
const GRACE: Duration = Duration::from_secs(1);

/// Where calls seem to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vantage {
    /// From where they do come from: loopback.
    #[default]
    Peer,
    /// From this address, so that access lists have something real to say.
    Pretended(IpAddr),
}

impl Vantage {
    fn address(self) -> Option<IpAddr> {
        match self {
            Self::Peer => None,
            Self::Pretended(address) => Some(address),
        }
    }
}

/// What the emulator is to be.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What it holds.
    pub seed: Seed,
    /// What time it is.
    pub clock: Clock,
    /// How many calls it lets through.
    pub limits: Limits,
    /// How long each answer takes at least.
    pub latency: Duration,
    /// Its port; 0: any that is free.
    pub port: u16,
    /// Where calls seem to come from; `None`: where the seed says.
    pub vantage: Option<Vantage>,
    /// The file that keeps the state across restarts. What it holds counts, not
    /// the seed, which is for a file that is not there yet.
    pub state: Option<PathBuf>,
    /// The files of a certificate chain and of its private key (PEM), where
    /// connections are to be under TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Faults that are planned from the start.
    pub faults: Vec<Plan>,
    /// Faults and the clock can be set under `/emulator`, by anybody who reaches
    /// the port.
    pub admin: bool,
}

/// A running emulator. It ends when it is dropped.
pub struct Emulator {
    server: Arc<Server>,
    task: JoinHandle<()>,
    organization: OrgId,
    was_kept: bool,
}

/// Starts an emulator on loopback. Errors name the file that is at fault, where
/// one is.
pub async fn start(options: Options) -> io::Result<Emulator> {
    let tls = options.tls.map(|(chain, key)| tls::read(&chain, &key)).transpose()?;
    let opened = options.state.map(|path| StateFile::open(&path)).transpose()?;
    let (file, found) = opened.map_or((None, None), |(file, found)| (Some(file), found));
    let was_kept = found.is_some();
    let (planted, tokens) = match found {
        Some(found) => {
            let Found { store, account, key, address, tokens, .. } = found;
            (Planted { store, account, key, address }, tokens)
        }
        None => (options.seed.plant(options.clock.now())?, Tokens::default()),
    };
    let Planted { store, account, key, address } = planted;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let port = listener.local_addr()?.port();
    let base = match &tls {
        None => format!("http://{}:{port}", Ipv4Addr::LOCALHOST),
        Some(tls) => format!("https://{}:{port}", tls.host),
    };
    let seeded = address.map_or(Vantage::Peer, Vantage::Pretended);
    let mut state = State {
        store,
        tokens,
        buckets: Buckets::new(options.limits),
        vantage: options.vantage.unwrap_or(seeded),
        ..State::default()
    };
    options.faults.into_iter().for_each(|plan| state.faults.plan(plan));
    let organization = OrgId::new(&account.org);
    let server = Arc::new(Server {
        base,
        clock: options.clock,
        latency: options.latency,
        state: Mutex::new(state),
        closing: watch::Sender::new(false),
        account,
        key,
        file,
        admin: options.admin,
    });
    if !was_kept {
        server.save(&server.state())?;
    }
    let door = Door { listener, tls: tls.map(|tls| tls.acceptor) };
    let task = tokio::spawn(run(door, server.clone()));
    Ok(Emulator { server, task, organization, was_kept })
}

/// Whether these bytes are a state file; the error says why not.
pub(crate) fn check_state(bytes: &[u8]) -> Result<(), String> {
    state_file::read(bytes).map(drop)
}

/// Takes connections, each in a task of its own, until the server closes; then waits
/// for calls that are being answered.
async fn run(mut door: Door, server: Arc<Server>) {
    let mut closing = server.closing.subscribe();
    let mut lines = JoinSet::new();
    loop {
        tokio::select! {
            (line, peer) = door.next() => drop(lines.spawn(converse(line, peer, server.clone()))),
            Some(_) = lines.join_next() => {}
            _ = closing.wait_for(|closing| *closing) => break,
        }
    }
    drop(door);
    while lines.join_next().await.is_some() {}
}

/// Answers the calls of one connection. What fails on it ends it, and nothing else.
async fn converse(line: Line, peer: Peer, server: Arc<Server>) {
    let mut closing = server.closing.subscribe();
    let answer = service_fn(|request: Request<Incoming>| {
        let call = http::serve(server.clone(), peer.clone(), request.map(Body::new));
        async { Ok::<_, Infallible>(call.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(line), answer);
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closing.wait_for(|closing| *closing) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.closing.send_replace(true);
        let state = self.server.state();
        if let (Err(error), Some(file)) = (self.server.save(&state), &self.server.file) {
            // Standard error may be closed; there is nobody left to tell then.
            let _ = writeln!(io::stderr(), "gatehouse: {}: {error}", file.path().display());
        }
    }
}

impl Emulator {
    /// Its address, as clients take it: `http://127.0.0.1:PORT`, or `https` with a
    /// name that its certificate is for.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.server.base
    }

    /// Whether it goes on with what its state file held.
    #[must_use]
    pub fn was_kept(&self) -> bool {
        self.was_kept
    }

    /// The main organization.
    #[must_use]
    pub fn organization(&self) -> &OrgId {
        &self.organization
    }

    /// A service account that owns the organization and may call from here;
    /// `None` once it was removed.
    #[must_use]
    pub fn service_account(&self) -> Option<Credential> {
        self.credential(&self.server.account)
    }

    /// An API key that owns the organization and may call from here; `None` once
    /// it was removed.
    #[must_use]
    pub fn api_key(&self) -> Option<Credential> {
        self.credential(&self.server.key)
    }

    fn credential(&self, caller: &Caller) -> Option<Credential> {
        let now = self.server.clock.now();
        let state = self.server.state();
        let org = state.store.organizations.get(&caller.org)?;
        match &caller.identity {
            Identity::Account(id) => org.account(id)?.credential(now),
            Identity::Key(id) => org.keys.get(id).map(Key::credential),
        }
    }

    /// What signs calls as the service account with this name, or the API key
    /// with this description: by a secret that works if it has one, else by its
    /// newest; `None` where there is no such thing, or no secret.
    #[must_use]
    pub fn credentials_of(&self, name: &str) -> Option<Credential> {
        let now = self.server.clock.now();
        self.patch(|store| match store.account(name) {
            Some(account) => account.credential(now),
            None => store.key(name).map(|key| key.credential()),
        })
    }

    /// The shell's lines that point any Atlas client at this emulator.
    #[must_use]
    pub fn export_lines(&self) -> String {
        let mut lines = vec![
            ("OPS_MANAGER_URL", format!("{}/", self.base_url())),
            ("ORG_ID", self.organization.to_string()),
        ];
        for credential in [self.service_account(), self.api_key()].into_iter().flatten() {
            lines.extend(match credential {
                Credential::ServiceAccount { client_id, client_secret } => [
                    ("CLIENT_ID", client_id),
                    ("CLIENT_SECRET", client_secret.expose_secret().to_owned()),
                ],
                Credential::ApiKey { public_key, private_key } => [
                    ("PUBLIC_API_KEY", public_key),
                    ("PRIVATE_API_KEY", private_key.expose_secret().to_owned()),
                ],
            });
        }
        let line = |(name, value): (&str, String)| format!("export MONGODB_ATLAS_{name}={value}\n");
        let admin = format!("export GATEHOUSE_EMULATOR={}{}\n", self.base_url(), admin::ROOT);
        let admin = Some(admin).filter(|_| self.server.admin);
        lines.into_iter().map(line).chain(admin).collect()
    }

    /// The clock that it reads.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.server.clock
    }

    /// The calls that came so far, the latest ten thousand.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.server.state().log.all()
    }

    /// Forgets the calls that came so far.
    pub fn forget_requests(&self) {
        self.server.state().log.clear();
    }

    /// How many access tokens would be accepted now.
    #[must_use]
    pub fn live_tokens(&self) -> usize {
        let now = self.server.clock.now();
        let state = self.server.state();
        state.tokens.live(&state.store, now)
    }

    /// Lets the next `times` calls fail whose path begins with `prefix`.
    pub fn fail_next(&self, prefix: &str, times: usize, fault: Fault) {
        self.plan(Plan { operation: None, path: Some(prefix.to_owned()), times, does: fault });
    }

    /// Lets calls fail as planned, after what was planned before.
    pub fn plan(&self, plan: Plan) {
        self.server.state().faults.plan(plan);
    }

    /// Lets no further call fail.
    pub fn clear_faults(&self) {
        self.server.state().faults.clear();
    }

    /// How many calls are still to fail.
    #[must_use]
    pub fn faults_left(&self) -> usize {
        self.server.state().faults.left()
    }

    /// Changes where calls seem to come from.
    pub fn call_from(&self, vantage: Vantage) {
        self.server.state().vantage = vantage;
    }

    /// Changes, or looks at, what the emulator holds.
    pub fn patch<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        change(&mut self.server.state().store)
    }

    /// Ends it, and waits a moment for calls that are being answered.
    pub async fn stop(mut self) {
        self.server.closing.send_replace(true);
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
