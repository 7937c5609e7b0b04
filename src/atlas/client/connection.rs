//! Connections to an origin: over which certificates, for how long, and how it is found
//! out that one is dead. Knows no call and no credential.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, redirect, retry};

use super::{TOTAL_TIMEOUT, http};
use crate::atlas::error::ApiError;
use crate::atlas::network::Authorities;
use crate::atlas::origin::Origin;
use crate::atlas::retry::Patience;

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// How a client goes about its calls.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Who is trusted beside the machine's own authorities.
    pub authorities: Authorities,
    /// How often questions are asked again.
    pub patience: Patience,
    /// How soon a dead connection is found out.
    pub keep_alive: KeepAlive,
}

impl From<Patience> for Manner {
    fn from(patience: Patience) -> Self {
        Self { patience, ..Self::default() }
    }
}

impl From<Authorities> for Manner {
    fn from(authorities: Authorities) -> Self {
        Self { authorities, ..Self::default() }
    }
}

/// A connection may die without a word: the network was changed, the machine slept. While
/// an answer is waited for, whoever is at its other end is asked for a sign of life; while
/// none is, nobody is, so that idling costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// Silence after which a sign of life is asked for.
    pub interval: Duration,
    /// Time that the sign may take.
    pub timeout: Duration,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), timeout: Duration::from_secs(5) }
    }
}

impl KeepAlive {
    /// Sets it, for either version of HTTP: where the protocol has no sign of life, what
    /// was sent has to be acknowledged in the same time, where the system can tell that.
    fn set(self, builder: ClientBuilder) -> ClientBuilder {
        let builder = builder
            .http2_keep_alive_interval(self.interval)
            .http2_keep_alive_timeout(self.timeout)
            .http2_keep_alive_while_idle(false);
        #[cfg(target_os = "linux")]
        let builder = builder.tcp_user_timeout(self.interval + self.timeout);
        builder
    }
}

/// What a connection is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Reads,
    Writes,
}

/// What speaks HTTP to an origin. Either is made when it is first used: loading a machine's
/// certificates takes longer than a first frame.
pub(super) struct Connections {
    origin: Origin,
    manner: Manner,
    reads: Made,
    writes: Made,
}

/// Or why it could not be made, which is so for as long as the program runs.
type Made = OnceLock<Result<reqwest::Client, ApiError>>;

impl Connections {
    pub fn new(origin: Origin, manner: Manner) -> Self {
        Self { origin, manner, reads: Made::new(), writes: Made::new() }
    }

    /// For questions: connections are kept for the next one.
    ///
    /// # Errors
    /// Where the machine's certificates or its proxy settings cannot be used.
    pub fn reads(&self) -> Result<&reqwest::Client, ApiError> {
        self.made(&self.reads, Use::Reads)
    }

    /// For changes: a new connection for each.
    ///
    /// # Errors
    /// As with [`Connections::reads`].
    pub fn writes(&self) -> Result<&reqwest::Client, ApiError> {
        self.made(&self.writes, Use::Writes)
    }

    fn made<'a>(&self, made: &'a Made, use_of: Use) -> Result<&'a reqwest::Client, ApiError> {
        let make = || {
            let Self { origin, manner, .. } = self;
            build(origin, use_of, manner).map_err(|error| http::transport_error(&error, origin))
        };
        made.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

/// It sends nothing twice by itself: that is for those to decide who know what is asked,
/// and count it.
fn build(origin: &Origin, use_of: Use, manner: &Manner) -> Result<reqwest::Client, reqwest::Error> {
    // Installing twice is harmless: the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false);
        let builder = manner.keep_alive.set(builder);
        let builder = match use_of {
            Use::Reads => builder,
            Use::Writes => builder.pool_max_idle_per_host(0),
        };
        // A proxy would see what goes to the loopback address in clear.
        if origin.is_loopback() { builder.no_proxy() } else { builder.https_only(true) }
    };
    let authorities = &manner.authorities;
    if origin.is_loopback() {
        // Nothing on this machine needs a certificate store, which takes 20 ms to load.
        return builder().tls_certs_only(authorities.certificates()).build();
    }
    let certificates = || authorities.certificates().collect::<Vec<_>>();
    let with_system = if authorities.are_there() {
        builder().tls_certs_merge(certificates()).build()
    } else {
        builder().build()
    };
    with_system.or_else(|_| {
        builder().tls_certs_only(bundled_roots().into_iter().chain(certificates())).build()
    })
}

/// The public roots that Mozilla trusts, for machines without a certificate store.
fn bundled_roots() -> Vec<Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|root| Certificate::from_der(root).ok())
        .collect()
}
