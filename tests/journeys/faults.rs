//! The network and the server at their worst, seen from the keyboard.

use gatehouse::app::identity::Kind;
use gatehouse::app::keys::Layer;
use gatehouse::emulator::{Fault, Options, Plan};
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

const ORGS: &str = "/api/atlas/v2/orgs";

#[tokio::test]
async fn an_unreachable_host_is_named_and_tried_again() {
    let base = nowhere();
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin_at(&base, credential, |_| {});
    journey.settle().await;
    journey.shows("Could not reach 127.0.0.1:");
    journey.shows("connection refused");
    journey.shows("Check the network");
    journey.shows("✖ offline");
    journey.shows("Next try in 5 s");
}

#[tokio::test]
async fn losing_the_network_keeps_the_list_and_finds_back() {
    let mut journey = Journey::demo().await;
    journey.press("jj");
    let row = journey.cursor_line();
    journey.emulator().fail_next(ORGS, 100, Fault::Drop);
    journey.press("r");
    journey.settle().await;
    journey.shows("✖ offline · 0 s");
    journey.shows("Showing 14:02.");
    journey.shows("terraform-prod");
    assert_eq!(journey.cursor_line(), row);
    journey.press("j<enter>");
    journey.shows("Client ID");
    journey.press("<esc>!");
    journey.says("Check the network, the VPN");
    journey.press("<esc>");
    journey.shows_not("! details");
    journey.settle().await;

    // Not yet, then at the announced time.
    journey.pass(SignedDuration::from_secs(4));
    assert!(!journey.is_waiting());
    journey.pass(SignedDuration::from_secs(1));
    assert!(journey.is_waiting());
    journey.settle().await;
    journey.shows("✖ offline · 5 s");
    journey.emulator().fail_next(ORGS, 0, Fault::Drop);
    for _ in 0..20 {
        journey.pass(SignedDuration::from_secs(60));
        journey.settle().await;
        if journey.screen().contains("● live") {
            break;
        }
    }
    journey.shows("● live");
    journey.shows("It works again.");
}

#[tokio::test]
async fn an_error_stays_until_it_was_read() {
    let mut journey = Journey::demo().await;
    journey.emulator().fail_next(
        ORGS,
        8,
        Fault::Status { status: 503, code: "SERVICE_UNAVAILABLE".into() },
    );
    journey.press("r");
    journey.settle().await;
    journey.shows("has a problem of its own (HTTP 503)");
    journey.press("jk<tab><tab>");
    journey.shows("has a problem of its own (HTTP 503)");
    journey.press("!");
    journey.shows("SERVICE_UNAVAILABLE");
    journey.shows("MongoDB's status page");
    journey.press("<esc>");
    journey.shows_not("has a problem of its own");
    journey.shows("✖ server trouble");
}

#[tokio::test]
async fn html_instead_of_json_is_not_atlas() {
    let emulator = emulator(Options::default()).await;
    let page = Fault::Body { text: "<html>Please log in</html>".into(), kind: "text/html".into() };
    emulator.fail_next(ORGS, 100, page);
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.shows("answered, but not as Atlas does: it sent text/html.");
    journey.shows("A login page or a proxy may sit in between");
}

#[tokio::test]
async fn broken_and_foreign_json_is_refused_without_quoting_it() {
    let json = || "application/json".to_owned();
    for body in
        ["{\"results\": [", "[]", "{}", "\"mdb_sa_sk_LEAK\"", "{\"results\": \"mdb_sa_sk_LEAK\"}"]
    {
        let emulator = emulator(Options::default()).await;
        emulator.fail_next(ORGS, 100, Fault::Body { text: body.into(), kind: json() });
        let credential = emulator.service_account().expect("one");
        let mut journey = Journey::begin(emulator, credential, |_| {});
        journey.settle().await;
        assert!(
            journey.screen().contains("cannot be read")
                || journey.screen().contains("not as Atlas does"),
            "{body}: {}",
            journey.screen()
        );
        journey.press("!");
        journey.shows_not("LEAK");
    }
}

#[tokio::test]
async fn a_list_that_never_ends_is_stopped() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let row = "{\"clientId\":\"mdb_sa_id_66f1c0ffee00112233a91f00\",\"name\":\"again\"},";
    let rows = row.repeat(500);
    let body = format!("{{\"results\":[{}]}}", rows.trim_end_matches(','));
    let path = format!("{ORGS}/{}/serviceAccounts?", emulator.organization());
    emulator.fail_next(&path, 1000, Fault::Body { text: body, kind: "application/json".into() });
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.press("!");
    journey.says("the same page comes again");
    let asked = journey.emulator().requests();
    let plain = |path_and_query: &str| {
        path_and_query.starts_with(&path) && !path_and_query.contains("includeSystemManaged")
    };
    let pages = asked.iter().filter(|seen| plain(&seen.path_and_query)).count();
    assert_eq!(pages, 2);
}

#[tokio::test]
async fn too_many_calls_wait_as_long_as_atlas_says() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    emulator.fail_next(ORGS, 1, Fault::RateLimited { seconds: Some(1) });
    let mut journey = Journey::begin(emulator, credential, |_| {});
    let began = std::time::Instant::now();
    journey.settle().await;
    assert!(began.elapsed() >= std::time::Duration::from_secs(1), "Retry-After is a minimum");
    journey.shows("[Service Accounts 16]");

    // A wait too long to sit through is told instead.
    journey.emulator().fail_next(ORGS, 100, Fault::RateLimited { seconds: Some(3600) });
    journey.press("r");
    journey.settle().await;
    journey.shows("Atlas asks to wait 3600 s");
}

#[tokio::test]
async fn waiting_is_said_only_when_it_takes_long() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.shows("Asking Atlas which organizations this credential sees");
    journey.shows_not("loading");
    journey.pass(SignedDuration::from_millis(299));
    journey.shows_not("loading");
    journey.pass(SignedDuration::from_millis(1));
    journey.shows("loading · 0 s");
    journey.pass(SignedDuration::from_secs(4));
    journey.shows("loading · 4 s");
    journey.press("?");
    journey.shows("Here: the lists");
    journey.settle().await;
    journey.shows_not("loading");
}

/// A port on which nobody listens: taken, and given back.
fn nowhere() -> String {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", taken.local_addr().expect("an address"))
}

#[tokio::test]
async fn tries_come_at_growing_distances_also_before_an_organization_is_known() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin_at(&nowhere(), credential, |_| {});
    journey.settle().await;
    for wait in [5, 10, 20, 40, 60, 60] {
        journey.shows(&format!("Next try in {wait} s"));
        journey.pass(SignedDuration::from_secs(wait - 1));
        assert!(!journey.is_waiting(), "too early");
        journey.pass(SignedDuration::from_secs(1));
        assert!(journey.is_waiting(), "not tried after {wait} s");
        assert!(journey.app.wake_at().is_some_and(|wake| wake > journey.now()), "it spins");
        journey.settle().await;
    }
}

#[tokio::test]
async fn what_is_not_tried_again_by_itself_tells_no_time() {
    let mut journey = Journey::demo().await;
    let status = |status, code: &str| Fault::Status { status, code: code.into() };
    journey.emulator().fail_next(ORGS, 100, status(503, "MAINTENANCE"));
    journey.press("r");
    journey.settle().await;
    journey.shows("Next try in 5 s");
    journey.emulator().clear_faults();
    journey.emulator().fail_next(ORGS, 100, status(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST"));
    journey.pass(SignedDuration::from_secs(5));
    journey.settle().await;
    journey.shows("is not on this credential's access list");
    journey.shows_not("Next try");
}

#[tokio::test]
async fn a_list_that_was_not_found_once_is_read_again() {
    let mut journey = Journey::demo().await;
    let does = Fault::Status { status: 404, code: "RESOURCE_NOT_FOUND".into() };
    let operation = Some("listOrgServiceAccounts".to_owned());
    journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    journey.press("nfresh<tab>x<enter><enter><enter><enter>G<enter>");
    journey.settle().await;
    assert_eq!(journey.emulator().faults_left(), 0, "the change reads the list first");
    for _ in 0..10 {
        journey.pass(SignedDuration::from_secs(1));
        if journey.app.layer() != Layer::List {
            journey.press("<esc>");
        }
    }
    assert_eq!(journey.app.layer(), Layer::List);
    journey.emulator().patch(|store| {
        store.account("grafana").expect("there").name = "another-name".to_owned();
    });
    for _ in 0..3 {
        journey.pass(SignedDuration::from_secs(60));
        journey.settle().await;
    }
    journey.press("r");
    journey.settle().await;
    journey.shows("another-name");
}

#[tokio::test]
async fn one_good_list_does_not_hide_that_the_other_failed() {
    let mut journey = Journey::demo().await;
    let path = format!("{ORGS}/{}/serviceAccounts?", journey.org());
    journey.emulator().fail_next(
        &path,
        1,
        Fault::Status { status: 503, code: "MAINTENANCE".into() },
    );
    // The good answer comes after the bad one.
    let path = format!("{ORGS}/{}/apiKeys?", journey.org());
    let late = Fault::Delay { ms: 200 };
    journey.emulator().fail_next(&path, 1, late);
    journey.press("r");
    journey.settle().await;
    journey.shows("✖ server trouble");
    journey.shows_not("It works again.");
    journey.pass(SignedDuration::from_secs(5));
    journey.settle().await;
    journey.shows("● live · 14:02");
    journey.shows("It works again.");
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_told_over_the_rows_of_better_times() {
    let mut journey = Journey::demo().await;
    journey.emulator().patch(|store| {
        store.account("atlas-admin").expect("there").standing.roles = vec!["ORG_MEMBER".into()];
    });
    journey.press("r");
    journey.settle().await;
    journey.shows("terraform-prod");
    journey.shows("This credential may not read the service accounts.");
}

#[tokio::test]
async fn what_is_read_once_is_asked_again_after_a_failure() {
    let emulator = emulator(Options::default()).await;
    let org = emulator.organization().clone();
    let credential = emulator.service_account().expect("one");
    for path in [format!("{ORGS}/{org}/settings"), format!("{ORGS}/{org}/groups")] {
        emulator.fail_next(&path, 1, Fault::Status { status: 503, code: "MAINTENANCE".into() });
    }
    emulator.fail_next("/api/private", 1, Fault::Drop);
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    let read = |journey: &Journey| {
        let org = journey.app.state().org.as_ref().expect("open");
        [org.settings.value.is_some(), org.projects.value.is_some(), org.address.value.is_some()]
    };
    assert_eq!(read(&journey), [false; 3]);
    journey.pass(SignedDuration::from_secs(60));
    journey.settle().await;
    assert_eq!(read(&journey), [true; 3]);
}

#[tokio::test]
async fn a_key_held_down_asks_once_at_a_time() {
    let mut journey = Journey::demo().await;
    journey.press("<enter>");
    journey.settle().await;
    journey.emulator().forget_requests();
    journey.press("rrrrrrrrrrrrrrrrrrrr");
    journey.settle().await;
    let asked = journey.emulator().requests().len();
    assert!(asked <= 3, "{asked} calls");
}

#[tokio::test]
async fn what_was_stopped_is_not_said_to_be_fresh() {
    let mut journey = Journey::unlimited().await;
    journey.shows("live · 14:02");
    journey.emulator().plan(gatehouse::emulator::Plan {
        operation: Some("listOrgServiceAccounts".into()),
        path: None,
        times: 9,
        does: Fault::RateLimited { seconds: Some(25) },
    });
    journey.pass(SignedDuration::from_secs(120));
    journey.until("told to wait").await;
    // The other list is read meanwhile.
    let is_read = |journey: &Journey| {
        let org = journey.app.state().org.as_ref().expect("an organization");
        org.list(Kind::ApiKeys).reading.at == Some(journey.now())
    };
    while !is_read(&journey) {
        journey.step().await;
    }
    journey.pass(SignedDuration::from_secs(3));
    journey.press("<esc>");
    journey.shows("stopped");
    journey.pass(SignedDuration::from_secs(5));
    journey.shows("‖ told to wait · 14:02");
    journey.pass(SignedDuration::from_secs(25));
    journey.shows("● live · 14:02");
}

#[tokio::test]
async fn an_answer_that_was_garbled_once_spoils_nothing_for_longer() {
    let mut journey = Journey::unlimited().await;
    let rule = |journey: &Journey| journey.screen().lines().nth(1).map(str::to_owned);
    let before = rule(&journey);
    assert!(before.as_ref().is_some_and(|rule| rule.contains("Owner")), "{before:?}");
    for operation in ["listOrgServiceAccounts", "getOrgServiceAccount"] {
        let operation = Some(operation.to_owned());
        journey.emulator().plan(Plan { operation, path: None, times: 1, does: Fault::Hostile });
    }
    journey.press("r");
    journey.settle().await;
    journey.pass(SignedDuration::from_secs(60));
    journey.settle().await;
    assert_eq!(rule(&journey), before);
}
