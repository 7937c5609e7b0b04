//! What the matrix is tried on: the real client, or the whole program, before the fault
//! proxy and the emulator behind it. The change that is tried gives `pagerduty` another
//! name.

use std::time::Duration;

use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::write::Patch;
use gatehouse::atlas::{
    ApiError, ClientId, Credential, IdentityId, Issued, Read, Urgency, Write, WriteError,
};
use gatehouse::emulator::{self, Emulator, Options};

use crate::support::fault_proxy::FaultProxy;
use crate::support::journey::{self, Journey};

/// Patient, and quick about it.
pub const QUICK: Patience =
    Patience { tries: 3, pause: Duration::from_millis(1), enough: Duration::from_secs(15) };

/// What the paths of the projects have in common.
pub const PROJECTS: &str = "/groups";
/// The name of the account that is changed, and its name afterwards.
pub const OLD: &str = "pagerduty";
pub const NEW: &str = "pagerduty-2";

/// The client before the proxy, signed in.
pub struct Bench {
    pub emulator: Emulator,
    pub proxy: FaultProxy,
    pub client: Client,
}

impl Bench {
    pub async fn start() -> Self {
        let emulator = emulator::start(Options::default()).await.expect("an emulator");
        let credential = emulator.service_account().expect("a credential");
        Self::with(emulator, credential).await
    }

    pub async fn with(emulator: Emulator, credential: Credential) -> Self {
        let bench = Self::stranger(emulator, credential).await;
        bench.read().await.expect("it signs in");
        bench.proxy.forget();
        bench
    }

    /// The same, not signed in yet.
    pub async fn stranger(emulator: Emulator, credential: Credential) -> Self {
        let proxy = FaultProxy::before(emulator.base_url()).await;
        let origin = Origin::parse(&proxy.base_url()).expect("an origin");
        let client = Client::with(origin, credential, QUICK.into());
        Self { emulator, proxy, client }
    }

    /// Asks for the projects.
    pub async fn read(&self) -> Result<(), ApiError> {
        read(&self.client, &self.emulator).await
    }

    /// Gives the account its new name.
    pub async fn rename(&self) -> Result<Option<Issued>, WriteError> {
        change(&self.client, &self.emulator).await
    }

    /// How often the projects were asked for.
    pub fn asked(&self) -> usize {
        self.proxy.count_of("GET", PROJECTS)
    }

    /// Whether the emulator holds the new name.
    pub fn is_renamed(&self) -> bool {
        is_renamed(&self.emulator)
    }
}

/// Asks for the projects.
pub async fn read(client: &Client, emulator: &Emulator) -> Result<(), ApiError> {
    let read = Read::Projects(emulator.organization().clone());
    client.read(&read, Urgency::Person, &mut |_| {}).await
}

/// Gives the account its new name.
pub async fn change(client: &Client, emulator: &Emulator) -> Result<Option<Issued>, WriteError> {
    let id = emulator.patch(|store| store.account(OLD).expect("there").id.clone());
    let id = IdentityId::ServiceAccount(ClientId::new(&id));
    let patch = Patch { name: Some(NEW.into()), ..Patch::default() };
    client.change(Write::Update(emulator.organization().clone(), id, patch)).await
}

pub fn is_renamed(emulator: &Emulator) -> bool {
    emulator.patch(|store| store.account(NEW).is_some())
}

/// Both kinds of credentials that there are, each before a proxy of its own and not
/// signed in yet, with what its sign-in asks for.
pub async fn strangers() -> [(Bench, &'static str, &'static str); 2] {
    let start = async || emulator::start(Options::default()).await.expect("an emulator");
    let (one, other) = (start().await, start().await);
    let (account, key) = (one.service_account().expect("one"), other.api_key().expect("one"));
    [
        (Bench::stranger(one, account).await, "POST", "/api/oauth/token"),
        (Bench::stranger(other, key).await, "GET", "/api/atlas/v2"),
    ]
}

/// The whole program before the proxy, its lists filled.
pub async fn program(options: Options) -> (Journey, FaultProxy) {
    before(journey::emulator(options).await).await
}

/// The same, with an emulator of one's own.
pub async fn before(emulator: Emulator) -> (Journey, FaultProxy) {
    let proxy = FaultProxy::before(emulator.base_url()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin_at(&proxy.base_url(), credential, |_| {});
    journey.emulator = Some(emulator);
    journey.settle().await;
    proxy.forget();
    (journey, proxy)
}

/// Opens the form, types the new name and sends it; takes in what comes of it.
pub async fn rename(journey: &mut Journey) {
    journey.press(&format!("/{OLD}<enter>i-2<enter>"));
    journey.settle().await;
}
