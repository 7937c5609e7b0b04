//! What Atlas, or somebody in between, says instead of what was asked for.

use futures_util::future::join_all;
use gatehouse::atlas::error::Fault as Trouble;
use gatehouse::atlas::{ApiError, Credential, Secret};
use gatehouse::emulator::{self, Clock, Fault, Options, Plan, Vantage};
use jiff::SignedDuration;

use super::bench::{Bench, NEW, OLD, is_renamed, program, rename, strangers};
use crate::support::fault_proxy;
use crate::support::journey::{Journey, emulator as emulator_of_a_journey, start_of_time};

fn plan(operation: &str, times: usize, does: Fault) -> Plan {
    Plan { operation: Some(operation.to_owned()), path: None, times, does }
}

fn status(status: u16, code: &str) -> Fault {
    Fault::Status { status, code: code.into() }
}

/// A bench whose emulator has a clock that can be moved.
async fn with_clock(credential: impl Fn(&emulator::Emulator) -> Credential) -> Bench {
    let clock = Clock::fixed(start_of_time());
    let options = Options { clock, ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    let credential = credential(&emulator);
    Bench::with(emulator, credential).await
}

async fn with_a_token() -> Bench {
    with_clock(|emulator| emulator.service_account().expect("one")).await
}

#[tokio::test]
async fn a_refusal_is_told_and_nothing_is_changed() {
    for (status_code, code) in
        [(400, "VALIDATION_ERROR"), (404, "RESOURCE_NOT_FOUND"), (409, "CONFLICT"), (422, "ODD")]
    {
        let bench = Bench::start().await;
        bench.emulator.plan(plan("getOrgGroups", 1, status(status_code, code)));
        let error = bench.read().await.expect_err("refused");
        assert_eq!((error.code.as_deref(), bench.asked()), (Some(code), 1));
        bench.emulator.plan(plan("updateOrgServiceAccount", 1, status(status_code, code)));
        let error = bench.rename().await.expect_err("refused");
        assert_eq!((error.perhaps_applied, error.error.code.as_deref()), (false, Some(code)));
        assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (1, false));
    }
}

#[tokio::test]
async fn what_is_already_gone_is_seen_to_be_gone() {
    let (mut journey, proxy) = program(Options::default()).await;
    // Somebody else is faster by the length of one call.
    let after = Fault::StatusAfter { status: 404, code: "RESOURCE_NOT_FOUND".into() };
    journey.emulator().plan(plan("deleteOrgServiceAccount", 1, after));
    journey.press("/grafana<enter>D");
    journey.until("Type grafana").await;
    journey.pass(SignedDuration::from_millis(300));
    journey.press("grafana<enter>");
    journey.settle().await;
    journey.says("Atlas does not find this.");
    journey.pass(SignedDuration::from_millis(300));
    journey.press("<esc><esc>");
    journey.shows_not("grafana");
    assert_eq!(proxy.count("DELETE"), 1);
}

#[tokio::test]
async fn fifty_calls_whose_token_has_died_share_one_new_one() {
    let bench = with_a_token().await;
    bench.emulator.clock().advance(std::time::Duration::from_hours(2));
    let answers = join_all((0..50).map(|_| bench.read())).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(bench.proxy.count_of("POST", "/api/oauth/token"), 1);
    assert!((51..=100).contains(&bench.asked()), "{} for fifty questions", bench.asked());
}

#[tokio::test]
async fn a_change_whose_token_has_died_is_not_applied_and_goes_when_it_is_sent_again() {
    let bench = with_a_token().await;
    bench.emulator.clock().advance(std::time::Duration::from_hours(2));
    let error = bench.rename().await.expect_err("refused");
    assert_eq!((error.perhaps_applied, error.error.status), (false, Some(401)));
    assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (1, false));
    bench.rename().await.expect("with a new token");
    assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (2, true));
}

#[tokio::test]
async fn a_change_whose_challenge_is_stale_is_not_applied_and_goes_when_it_is_sent_again() {
    let bench = with_clock(|emulator| emulator.api_key().expect("one")).await;
    bench.emulator.clock().advance(std::time::Duration::from_mins(30));
    let error = bench.rename().await.expect_err("refused");
    assert_eq!((error.perhaps_applied, error.error.status), (false, Some(401)));
    bench.rename().await.expect("with a new challenge");
    assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (2, true));
    // A question answers the new challenge by itself.
    bench.emulator.clock().advance(std::time::Duration::from_mins(30));
    bench.proxy.forget();
    bench.read().await.expect("read");
    assert_eq!(bench.asked(), 2);
}

#[tokio::test]
async fn a_change_whose_token_died_on_the_way_is_offered_again() {
    let (mut journey, proxy) = program(Options::default()).await;
    let does = status(401, "UNAUTHORIZED");
    journey.emulator().plan(plan("updateOrgServiceAccount", 1, does));
    rename(&mut journey).await;
    journey.says("Nothing was changed.");
    assert_eq!((proxy.count("PATCH"), is_renamed(journey.emulator())), (1, false));
    journey.pass(SignedDuration::from_millis(300));
    journey.press("r");
    journey.settle().await;
    journey.shows("saved");
    assert_eq!((proxy.count("PATCH"), is_renamed(journey.emulator())), (2, true));
}

#[tokio::test]
async fn a_change_of_what_is_gone_afterwards_is_not_told_as_made() {
    let (mut journey, proxy) = program(Options::default()).await;
    journey.emulator().plan(plan("updateOrgServiceAccount", 1, Fault::DropAnswer));
    journey.emulator().plan(plan("getOrgServiceAccount", 1, Fault::Delay { ms: 0 }));
    journey.emulator().plan(plan("getOrgServiceAccount", 1, status(404, "RESOURCE_NOT_FOUND")));
    rename(&mut journey).await;
    journey.says("Whether it was applied is not known");
    assert_eq!(proxy.count("PATCH"), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_no_loop() {
    let bench = Bench::start().await;
    bench.emulator.plan(plan("getOrgGroups", 99, status(401, "UNAUTHORIZED")));
    let error = bench.read().await.expect_err("refused");
    assert_eq!(error.fault, Trouble::CredentialRefused);
    assert_eq!((bench.asked(), bench.proxy.count_of("POST", "/oauth/token")), (2, 1));
}

#[tokio::test]
async fn a_credential_that_was_revoked_elsewhere_ends_in_words_and_loses_nothing() {
    let (mut journey, proxy) = program(Options::default()).await;
    journey.press(&format!("/{OLD}<enter>i-2"));
    journey.emulator().patch(|store| {
        store.account("atlas-admin").expect("there").secrets.clear();
    });
    proxy.forget();
    journey.press("<enter>");
    journey.settle().await;
    journey.says("Atlas does not accept this credential.");
    journey.says("Nothing was sent.");
    assert_eq!((proxy.count("PATCH"), is_renamed(journey.emulator())), (0, false));
    assert!(proxy.count_of("POST", "/oauth/token") <= 2, "it goes round and round");
    journey.pass(SignedDuration::from_millis(300));
    journey.press("<esc>");
    journey.shows(NEW);
    journey.press("<esc><esc><esc>r");
    journey.settle().await;
    journey.shows("✖ not signed in");
    journey.shows("terraform-prod");
    assert_eq!(journey.app.wake_at(), None, "nothing is tried again by itself");
}

async fn trouble(bench: &Bench) -> ApiError {
    bench.read().await.expect_err("refused")
}

#[tokio::test]
async fn every_way_to_be_shut_out_has_words_of_its_own() {
    let mut told = Vec::new();
    let bench = with_a_token().await;
    bench.emulator.call_from(Vantage::Pretended("192.0.2.99".parse().expect("an address")));
    told.push(trouble(&bench).await);
    let bench = with_a_token().await;
    bench.emulator.patch(|store| {
        store.account("atlas-admin").expect("there").standing.roles =
            vec!["ORG_BILLING_ADMIN".into()];
    });
    bench.emulator.plan(plan("getOrgGroups", 1, status(403, "USER_UNAUTHORIZED")));
    told.push(trouble(&bench).await);
    // The hundred tokens that an account may have are all alive.
    let bench = with_a_token().await;
    for number in 1..100 {
        if number % 40 == 0 {
            // Atlas mints fifty in a minute.
            bench.emulator.clock().advance(std::time::Duration::from_mins(1));
        }
        let credential = bench.emulator.service_account().expect("one");
        let origin = gatehouse::atlas::origin::Origin::parse(bench.emulator.base_url());
        let client = gatehouse::atlas::client::Client::new(origin.expect("an origin"), credential);
        let read = gatehouse::atlas::Read::Organizations;
        let urgency = gatehouse::atlas::Urgency::Person;
        // It is not signed out: its token stays alive.
        client.read(&read, urgency, &mut |_| {}).await.expect("signed in");
    }
    bench.emulator.plan(plan("getOrgGroups", 1, status(401, "UNAUTHORIZED")));
    told.push(trouble(&bench).await);
    let emulator = emulator_of_a_journey(Options::default()).await;
    let Some(Credential::ServiceAccount { client_id, .. }) = emulator.service_account() else {
        panic!("a service account")
    };
    let client_secret = Secret::from("mdb_sa_sk_wrong");
    let wrong = Credential::ServiceAccount { client_id, client_secret };
    let mut journey = Journey::begin(emulator, wrong, |_| {});
    journey.settle().await;
    journey.shows("Atlas does not accept this credential.");
    let faults: Vec<_> = told.iter().map(|error| error.fault.clone()).collect();
    let address = Trouble::AddressNotListed(Some("192.0.2.99".into()));
    assert_eq!(faults, [address, Trouble::RoleMissing, Trouble::TokenLimit]);
    let mut words: Vec<_> = told.iter().map(|error| (error.sentence(), error.advice())).collect();
    words.push(("Atlas does not accept this credential.".into(), String::new()));
    words.sort();
    words.dedup_by(|one, other| one.0 == other.0);
    assert_eq!(words.len(), 4, "{words:?}");
}

#[tokio::test]
async fn a_secret_that_expired_meanwhile_is_told_from_one_that_never_was_good() {
    let (mut journey, _proxy) = program(Options::default()).await;
    // Half a year later no secret of ours lives any more.
    journey.pass(SignedDuration::from_hours(24 * 400));
    journey.settle().await;
    journey.press("!");
    journey.says("Atlas does not accept this credential.");
    journey.shows("Its last secret expired on 2");
}

#[tokio::test]
async fn a_server_that_gave_up_waiting_is_asked_again_but_sent_no_change_again() {
    let bench = Bench::start().await;
    bench.emulator.plan(plan("getOrgGroups", 1, status(408, "REQUEST_TIMEOUT")));
    bench.read().await.expect("read");
    assert_eq!(bench.asked(), 2);
    let after = Fault::StatusAfter { status: 408, code: "REQUEST_TIMEOUT".into() };
    bench.emulator.plan(plan("updateOrgServiceAccount", 1, after));
    let error = bench.rename().await.expect_err("no clear answer");
    assert!(error.perhaps_applied);
    assert_eq!((bench.proxy.count("PATCH"), bench.is_renamed()), (1, true));
}

#[tokio::test]
async fn after_trouble_of_the_servers_own_the_screen_says_what_it_holds() {
    for code in [500, 502, 503, 504, 307] {
        for applied in [false, true] {
            let (mut journey, proxy) = program(Options::default()).await;
            let code = (code, "TROUBLE".to_owned());
            let does = match (applied, code) {
                (false, (status, code)) => Fault::Status { status, code },
                (true, (status, code)) => Fault::StatusAfter { status, code },
            };
            journey.emulator().plan(plan("updateOrgServiceAccount", 1, does.clone()));
            rename(&mut journey).await;
            assert_eq!((proxy.count("PATCH"), is_renamed(journey.emulator())), (1, applied));
            let told =
                if applied { "saved, though no answer told so" } else { "Nothing was changed." };
            journey.says(told);
        }
    }
}

#[tokio::test]
async fn trouble_while_signing_in_passes_as_any_other() {
    let page = "HTTP/1.1 503 Later\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nlater";
    let page = || fault_proxy::Fault::Instead(page.into());
    for (bench, method, path) in strangers().await {
        bench.proxy.plan(method, path, 2, page());
        bench.read().await.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    for (bench, method, path) in strangers().await {
        bench.proxy.plan(method, path, 99, page());
        assert_eq!(trouble(&bench).await.fault, Trouble::ServerTrouble, "{path}");
        let error = bench.rename().await.expect_err("it cannot be signed");
        assert!(!error.perhaps_applied);
        assert_eq!(bench.proxy.count("PATCH"), 0);
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_says_nothing_of_what_was_applied() {
    let page = "<html>not today</html>";
    let bench = Bench::start().await;
    bench.proxy.plan(
        "PATCH",
        "",
        1,
        fault_proxy::Fault::Instead(format!(
            "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        )),
    );
    let error = bench.rename().await.expect_err("refused");
    assert!(error.perhaps_applied, "it was not Atlas who refused");
    assert!(matches!(error.error.fault, Trouble::NotAtlas(_)), "{error:?}");
    assert_eq!(bench.proxy.count("PATCH"), 1);
}

#[tokio::test]
async fn clocks_that_differ_by_a_day_change_nothing_but_are_told() {
    for (ahead, way) in [(-24, "1 d ahead"), (24, "1 d behind")] {
        let clock = Clock::fixed(start_of_time() + SignedDuration::from_hours(ahead));
        let options = Options { clock, ..Options::default() };
        let emulator = emulator::start(options).await.expect("an emulator");
        let credential = emulator.service_account().expect("one");
        let mut journey = Journey::begin(emulator, credential, |_| {});
        journey.settle().await;
        journey.shows("[Service Accounts 16]");
        journey.shows("● live");
        journey.shows("This computer's clock is");
        journey.press("!");
        journey.shows(&format!("This computer's clock is {way}"));
        journey.shows("Everything works");
        journey.press("<esc>");
        journey.shows_not("This computer's clock is");
        rename(&mut journey).await;
        journey.shows("saved");
        assert!(is_renamed(journey.emulator()));
        let minted = journey.emulator().requests();
        let minted = minted.iter().filter(|seen| seen.path_and_query == "/api/oauth/token");
        assert_eq!(minted.count(), 1, "no clock of the wall is asked about tokens");
    }
}

#[tokio::test]
async fn clocks_that_agree_are_not_spoken_of() {
    let mut journey = Journey::demo().await;
    // Answers take their time: half a minute is no difference.
    journey.emulator().clock().advance(std::time::Duration::from_secs(45));
    journey.press("r");
    journey.settle().await;
    journey.shows_not("This computer's clock");
    journey.shows("● live");
}
