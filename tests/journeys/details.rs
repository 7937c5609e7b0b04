//! The details of a service account and of an API key: everything that Atlas'
//! page shows, and what its API knows besides.

use gatehouse::emulator::Options;

use crate::support::journey::{Journey, emulator};

/// Opens the details of what a filter finds, on a screen tall enough for all.
async fn details(tab: &str, filter: &str) -> Journey {
    let mut journey = Journey::demo().await;
    journey.resize(120, 60);
    journey.press(&format!("{tab}/{filter}<enter><enter>"));
    journey.settle().await;
    journey
}

#[tokio::test]
async fn a_service_account_tells_everything() {
    let journey = details("1", "k8s-operator").await;
    for part in [
        "k8s-operator",
        "service account",
        "Client ID",
        "mdb_sa_id_",
        "Created",
        "Last used",
        "Organization Member",
        "Secrets",
        "● mdb_sa_sk_",
        "▲ mdb_sa_sk_",
        "expires in",
        "Access from",
        "used",
        "calls",
        "Projects",
        "Project ",
    ] {
        journey.shows(part);
    }
}

#[tokio::test]
async fn an_api_key_tells_everything() {
    let mut journey = details("2", "jenkins").await;
    for part in [
        "API Key Details",
        "Description",
        "Jenkins (old build farm)",
        "Public key",
        "Private key",
        "********-****-****-",
        "ID",
        "Created",
        "Last used",
        "Roles",
        "Access from",
        "Projects",
    ] {
        journey.shows(part);
    }
    journey.press("<esc><esc>/cron<enter><enter>");
    journey.settle().await;
    assert!(journey.line("Last used").contains("unknown"));
}

#[tokio::test]
async fn access_lists_say_what_they_mean() {
    let mut journey = Journey::demo().await;
    journey.resize(140, 60);
    journey.press("/atlas-admin<enter><enter>");
    journey.settle().await;
    assert!(journey.line("203.0.113.10").contains("covers your address"));
    journey.press("<esc><esc>/access:any<enter><enter>");
    journey.settle().await;
    journey.shows("! any address   the list is empty, and the organization does not require one");
    journey.press("<esc>");
    journey.emulator().patch(|store| store.main().expect("there").access_list_required = true);
    journey.pass(jiff::SignedDuration::from_secs(120));
    journey.press("<esc>r");
    journey.settle().await;
    journey.press("/access:no<enter><enter>");
    journey.settle().await;
    journey.shows("✖ no address   the list is empty, and the organization requires one");
    journey.press("<esc><esc>/access:0.0.0.0/0<enter><enter>");
    journey.settle().await;
    journey.shows("! 0.0.0.0/0");
}

#[tokio::test]
async fn every_value_can_be_copied_by_its_line() {
    let mut journey = details("1", "ci-deploy").await;
    journey.press("y");
    assert!(journey.copied[0].starts_with("mdb_sa_id_"));
    journey.press("Gy");
    assert!(!journey.copied[1].is_empty());
    journey.shows("project sent to the terminal's clipboard");
    journey.press("gy");
    assert_eq!(journey.copied[0], journey.copied[2]);

    let mut journey = details("1", "terraform-prod").await;
    journey.press("Gy");
    journey.shows("there is nothing to copy on this line");
    assert!(journey.copied.is_empty());
}

#[tokio::test]
async fn opening_reads_the_identity_anew() {
    let mut journey = Journey::demo().await;
    let change = |journey: &Journey, text: &str| {
        journey.emulator().patch(|store| {
            store.account("datadog").expect("there").description = text.into();
        });
    };
    change(&journey, "Written while nobody looked");
    journey.press("/datadog<enter><enter>");
    journey.settle().await;
    journey.shows("Written while nobody looked");
    change(&journey, "And once more");
    journey.press("r");
    journey.settle().await;
    journey.shows("And once more");
}

#[tokio::test]
async fn what_is_gone_says_so() {
    let mut journey = Journey::demo().await;
    journey.emulator().patch(|store| assert!(store.remove("datadog")));
    journey.press("/datadog<enter><enter>");
    journey.settle().await;
    journey.shows("is gone");
    journey.press("<esc><esc>!");
    journey.shows("Problem");
}

#[tokio::test]
async fn a_system_managed_account_stays_marked_after_it_was_read_by_itself() {
    let mut journey = details("1", "mcp").await;
    journey.shows("managed by Atlas");
    journey.press("r");
    journey.settle().await;
    journey.shows("managed by Atlas");
}

#[tokio::test]
async fn esc_from_any_depth_returns_to_the_same_row() {
    let mut journey = Journey::demo().await;
    journey.press("jjj");
    let row = journey.cursor_line();
    journey.press("<enter>jj?j<esc><esc>");
    assert_eq!(journey.cursor_line(), row);
    journey.settle().await;
    assert_eq!(journey.cursor_line(), row);
}

#[tokio::test]
async fn long_details_scroll_so_that_the_line_under_the_cursor_is_in_sight() {
    let mut journey = Journey::demo().await;
    journey.resize(60, 12);
    journey.press("/k8s<enter><enter>");
    journey.settle().await;
    for _ in 0..30 {
        assert!(journey.screen().contains("│▌"), "{}", journey.screen());
        journey.press("j");
    }
    journey.shows("· ");
    journey.press("g");
    journey.shows("Client ID");
}

#[tokio::test]
async fn details_that_may_not_be_read_say_why() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    let id = journey.emulator().patch(|store| store.account("grafana").expect("there").id.clone());
    let path = format!("/api/atlas/v2/orgs/{}/serviceAccounts/{id}/accessList", journey.org());
    let fault =
        gatehouse::emulator::Fault::Status { status: 503, code: "SERVICE_UNAVAILABLE".into() };
    journey.emulator().fail_next(&path, 5, fault);
    journey.pass(jiff::SignedDuration::from_secs(30));
    journey.press("/grafana<enter><enter>");
    journey.settle().await;
    journey.shows("grafana");
    journey.press("<esc><esc>");
    journey.shows("grafana");
}
