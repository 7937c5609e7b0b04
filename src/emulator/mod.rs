//! A small Atlas of our own: the Administration API over real HTTP on loopback,
//! with Atlas' rules for tokens, digest, roles, access lists, pages, versions and
//! limits, over an organization that is invented.
//!
//! The demo runs on it, and so do the tests. It knows only the plain types of
//! [`crate::atlas`], so that the client and the emulator cannot agree by mistake.
//!
//! ```text
//! http ─▶ routes ─▶ auth · limits · access · permit · versions ─▶ reads ─▶ answers
//!   ▲ line, faults      └──────────────── store ◀── seed, large ─────┘
//! ```

mod access;
mod answers;
mod auth;
mod clock;
mod digest;
mod errors;
mod faults;
mod http;
mod large;
mod limits;
mod line;
mod oauth;
mod permit;
mod query;
mod random;
mod reads;
mod routes;
mod seed;
mod seen;
mod shelf;
mod store;
mod versions;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::atlas::secret::ExposeSecret;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use access::{Entry, range_of};
pub use clock::Clock;
pub use faults::Fault;
pub use large::Large;
pub use limits::{Limits, Set};
pub use seed::Seed;
pub use seen::{Seen, Signed};
pub use shelf::{Kept, Shelf};
pub use store::{Account, AccountSecret, Key, Organization, Project, Standing, Store};

use crate::atlas::{Credential, OrgId};
use http::{Server, State};
use limits::Buckets;
use line::{Door, Peer};
use seed::Planted;
use store::{Caller, Identity};

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
}

/// A running emulator. It ends when it is dropped.
pub struct Emulator {
    server: Arc<Server>,
    task: JoinHandle<()>,
    organization: OrgId,
    account: Caller,
    key: Caller,
}

/// Starts an emulator on loopback.
pub async fn start(options: Options) -> io::Result<Emulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let Planted { store, account, key, address } = options.seed.plant(options.clock.now())?;
    let seeded = address.map_or(Vantage::Peer, Vantage::Pretended);
    let state = State {
        store,
        buckets: Buckets::new(options.limits),
        vantage: options.vantage.unwrap_or(seeded),
        ..State::default()
    };
    let server = Arc::new(Server {
        base,
        clock: options.clock,
        latency: options.latency,
        state: Mutex::new(state),
        closing: watch::Sender::new(false),
    });
    let organization = OrgId::new(&account.org);
    let task = tokio::spawn(run(Door(listener), server.clone()));
    Ok(Emulator { server, task, organization, account, key })
}

async fn run(door: Door, server: Arc<Server>) {
    let mut closing = server.closing.subscribe();
    let router = Router::new().fallback(http::serve).with_state(server);
    let service = router.into_make_service_with_connect_info::<Peer>();
    let end = async move {
        let _ = closing.wait_for(|closing| *closing).await;
    };
    // It only ends by the signal: what fails on one connection ends that one.
    let _ = axum::serve(door, service).with_graceful_shutdown(end).await;
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.closing.send_replace(true);
    }
}

impl Emulator {
    /// Its address, as clients take it: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.server.base
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
        self.credential(&self.account)
    }

    /// An API key that owns the organization and may call from here; `None` once
    /// it was removed.
    #[must_use]
    pub fn api_key(&self) -> Option<Credential> {
        self.credential(&self.key)
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
        lines.into_iter().map(line).collect()
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
        self.server.state().faults.plan(prefix, times, fault);
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
