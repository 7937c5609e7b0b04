//! Questions are asked again where that may help, politely; changes never are. The
//! emulator counts.

use std::time::{Duration, Instant};

use gatehouse::atlas::client::Client;
use gatehouse::atlas::error::Fault as Trouble;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::{ApiError, IdentityId, Read, Urgency, Write};
use gatehouse::emulator::{self, Emulator, Fault, Options, Plan};

/// Patient, and quick about it.
const QUICK: Patience =
    Patience { tries: 3, pause: Duration::from_millis(1), enough: Duration::from_secs(15) };

async fn start() -> (Emulator, Client) {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let origin = Origin::parse(emulator.base_url()).expect("an origin");
    let credential = emulator.service_account().expect("a credential");
    let client = Client::with(origin, credential, QUICK.into());
    (emulator, client)
}

fn plan(emulator: &Emulator, operation: &str, times: usize, does: Fault) {
    let operation = Some(operation.to_owned());
    emulator.plan(Plan { operation, path: None, times, does });
}

async fn ask(emulator: &Emulator, client: &Client) -> Result<(), ApiError> {
    let read = Read::Projects(emulator.organization().clone());
    client.read(&read, Urgency::Person, &mut |_| {}).await
}

fn asked(emulator: &Emulator, method: &str) -> usize {
    let seen = emulator.requests().into_iter();
    let such = seen.filter(|seen| {
        seen.method == method && seen.path_and_query.starts_with("/api/atlas/v2/orgs/")
    });
    such.count()
}

fn status(status: u16) -> Fault {
    Fault::Status { status, code: "X".into() }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_a_few_times() {
    let cut = Fault::Cut { bytes: 300 };
    for does in [status(500), status(502), status(503), status(504), Fault::Drop, cut] {
        let (emulator, client) = start().await;
        plan(&emulator, "getOrgGroups", 3, does.clone());
        ask(&emulator, &client).await.unwrap_or_else(|error| panic!("{does:?}: {error}"));
        assert_eq!(asked(&emulator, "GET"), 4, "{does:?}");
        plan(&emulator, "getOrgGroups", 9, does.clone());
        assert!(ask(&emulator, &client).await.is_err(), "{does:?}");
        assert_eq!(asked(&emulator, "GET"), 8, "{does:?}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let page = Fault::Body { text: "<html>".into(), kind: "text/html".into() };
    for does in [status(400), status(403), status(404), status(409), page] {
        let (emulator, client) = start().await;
        plan(&emulator, "getOrgGroups", 9, does.clone());
        assert!(ask(&emulator, &client).await.is_err(), "{does:?}");
        assert_eq!(asked(&emulator, "GET"), 1, "{does:?}");
    }
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_kept() {
    let (emulator, client) = start().await;
    plan(&emulator, "getOrgGroups", 1, Fault::RateLimited { seconds: Some(1) });
    let begun = Instant::now();
    ask(&emulator, &client).await.expect("read");
    assert!(begun.elapsed() >= Duration::from_secs(1), "asked again too early");
    assert_eq!(asked(&emulator, "GET"), 2);
}

#[tokio::test]
async fn when_everything_fails_little_is_asked_again() {
    let (emulator, client) = start().await;
    plan(&emulator, "getOrgGroups", 999, status(503));
    for _ in 0..50 {
        assert_eq!(
            ask(&emulator, &client).await.expect_err("it fails").fault,
            Trouble::ServerTrouble
        );
    }
    assert_eq!(asked(&emulator, "GET"), 50 + 10, "fifty questions, and ten further tries");
}

#[tokio::test]
async fn a_change_is_never_sent_again() {
    for does in [status(429), status(500), status(503), Fault::Drop, Fault::DropAnswer] {
        let (emulator, client) = start().await;
        plan(&emulator, "deleteOrgServiceAccount", 9, does.clone());
        let account = emulator.patch(|store| store.account("grafana").expect("there").id.clone());
        let id = IdentityId::ServiceAccount(gatehouse::atlas::ClientId::new(&account));
        let write = Write::Delete(emulator.organization().clone(), id);
        assert!(client.change(write).await.is_err(), "{does:?}");
        assert_eq!(asked(&emulator, "DELETE"), 1, "{does:?}");
    }
}
