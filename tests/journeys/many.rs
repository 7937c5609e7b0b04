//! One deed for many: marked, planned, agreed to once, done one by one, and stopped
//! where something is not clear.

use gatehouse::emulator::{Fault, Plan, Store};
use jiff::SignedDuration;

use crate::support::journey::Journey;

/// Marks these service accounts, from the list.
fn mark(journey: &mut Journey, names: &[&str]) {
    for name in names {
        journey.press(&format!("/<esc>/{name}<enter>"));
        assert!(journey.cursor_line().contains(name), "{}", journey.cursor_line());
        journey.press("<space>");
    }
    journey.press("/<esc>");
    journey.shows(&format!("{} marked", names.len()));
}

async fn plan(journey: &mut Journey, keys: &str) {
    journey.press(keys);
    journey.settle().await;
    journey.pass(SignedDuration::from_millis(300));
}

fn there(journey: &Journey, name: &str) -> bool {
    journey.emulator().patch(|store| store.account(name).is_some())
}

fn entries(journey: &Journey, name: &str) -> Vec<String> {
    let look = |store: &mut Store| {
        let account = store.account(name).expect("there");
        account.standing.access_list.iter().map(|entry| entry.range.to_string()).collect()
    };
    journey.emulator().patch(look)
}

fn sent(journey: &Journey, method: &str) -> usize {
    journey.emulator().requests().iter().filter(|seen| seen.method == method).count()
}

#[tokio::test]
async fn marked_rows_are_deleted_after_one_sentence() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["grafana", "datadog", "pagerduty"]);
    plan(&mut journey, "D").await;
    journey.shows("3 of 3 will be deleted");
    journey.press("delete 2<enter>");
    assert_eq!(sent(&journey, "DELETE"), 0);
    journey.press("<backspace>3<enter>");
    journey.settle().await;
    journey.shows("3 of 3 done.");
    assert_eq!(sent(&journey, "DELETE"), 3);
    for name in ["grafana", "datadog", "pagerduty"] {
        assert!(!there(&journey, name), "{name}");
    }
    journey.press("<esc>");
    journey.shows_not("grafana");
    journey.shows_not("marked");
}

#[tokio::test]
async fn a_row_that_changed_since_the_plan_is_left_alone() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["grafana", "datadog", "pagerduty"]);
    plan(&mut journey, "D").await;
    journey.emulator().patch(|store| {
        store.account("datadog").expect("there").standing.roles = vec!["ORG_OWNER".into()];
        assert!(store.remove("grafana"));
    });
    journey.press("delete 3<enter>");
    journey.settle().await;
    assert!(there(&journey, "datadog") && !there(&journey, "pagerduty"));
    assert_eq!(sent(&journey, "DELETE"), 1);
    journey.shows("Left out: it is not any more");
    journey.shows("It is gone");
    journey.shows("1 of 3 done.");
}

#[tokio::test]
async fn ones_own_credential_is_left_out() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["atlas-admin", "pagerduty"]);
    plan(&mut journey, "D").await;
    journey.shows("Only by itself: It is the credential that gatehouse works with");
    journey.shows("1 of 2 will be deleted; nothing brings them back.");
    journey.press("delete 1<enter>");
    journey.settle().await;
    assert!(there(&journey, "atlas-admin") && !there(&journey, "pagerduty"));
}

#[tokio::test]
async fn an_unclear_end_stops_it_and_it_can_go_on() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["datadog", "grafana", "pagerduty"]);
    plan(&mut journey, "D").await;
    // The first is deleted, but no answer tells so, and it cannot be looked at.
    let strike = |operation: &str, does| {
        let operation = Some(operation.into());
        journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    };
    strike("getOrgServiceAccount", Fault::Delay { ms: 0 });
    strike("deleteOrgServiceAccount", Fault::DropAnswer);
    strike("getOrgServiceAccount", Fault::Status { status: 400, code: "ODD".into() });
    journey.press("delete 3<enter>");
    journey.settle().await;
    journey.shows("Stopped: 0 done, 3 not.");
    assert_eq!(sent(&journey, "DELETE"), 1, "it stops at the first unclear end");
    journey.press("r");
    journey.settle().await;
    journey.shows("3 of 3 done.");
    assert_eq!(sent(&journey, "DELETE"), 3, "what is gone is not deleted again");
}

#[tokio::test]
async fn entries_come_to_and_go_from_many_lists() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["datadog", "grafana"]);
    let before = [entries(&journey, "datadog"), entries(&journey, "grafana")];
    journey.press("a192.0.2.0/33");
    journey.shows("192.0.2.0/33: After the slash stands a number, 32 at most.");
    journey.press("<enter>");
    assert!(!journey.is_waiting(), "nothing is looked at");
    journey.press("<backspace>");
    plan(&mut journey, "<backspace>24<enter>").await;
    journey.shows("2 of 2 will be changed");
    journey.shows("+ 192.0.2.0/24");
    // Back to the form, with everything that was typed.
    journey.press("<esc>");
    journey.shows("192.0.2.0/24");
    plan(&mut journey, "<enter>").await;
    journey.press("y");
    journey.settle().await;
    for (name, before) in ["datadog", "grafana"].into_iter().zip(before) {
        let mut wanted = before;
        wanted.push("192.0.2.0/24".into());
        let mut after = entries(&journey, name);
        wanted.sort();
        after.sort();
        assert_eq!(after, wanted, "{name}");
    }
    // Once more: it is so already, and nothing is sent.
    let posts = sent(&journey, "POST");
    journey.press("<esc>");
    plan(&mut journey, "a192.0.2.0/24<enter>").await;
    journey.shows("so already");
    journey.press("y<esc>");
    assert_eq!(sent(&journey, "POST"), posts);
}

#[tokio::test]
async fn a_role_is_given_to_many_and_kept_where_it_is() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["datadog", "pagerduty"]);
    journey.press("e");
    for _ in 0..10 {
        if journey.cursor_line().contains("Billing Viewer") {
            break;
        }
        journey.press("j");
    }
    plan(&mut journey, "<space><enter>").await;
    journey.shows("+ Organization Billing Viewer");
    journey.press("y");
    journey.settle().await;
    journey.shows("2 of 2 done.");
    for name in ["datadog", "pagerduty"] {
        let roles = journey
            .emulator()
            .patch(|store| store.account(name).expect("there").standing.roles.clone());
        assert!(roles.contains(&"ORG_BILLING_READ_ONLY".to_owned()), "{name}: {roles:?}");
        assert!(roles.len() > 1, "{name} kept what it had: {roles:?}");
    }
}

#[tokio::test]
async fn escape_stops_after_the_one_that_is_under_way() {
    let mut journey = Journey::demo().await;
    mark(&mut journey, &["datadog", "grafana", "pagerduty"]);
    plan(&mut journey, "D").await;
    journey.press("delete 3<enter><esc>");
    journey.settle().await;
    journey.shows("Stopped: 1 done, 2 not.");
    assert_eq!(sent(&journey, "DELETE"), 1);
    journey.press("<esc>");
    journey.shows("2 marked");
    journey.press("<esc>");
    journey.shows_not("marked");
}

#[tokio::test]
async fn what_is_told_of_the_row_under_the_cursor_is_whole() {
    let mut journey = Journey::demo().await;
    journey.emulator().patch(|store| {
        store.account("grafana").expect("there").standing.access_list.clear();
    });
    journey.resize(80, 24);
    mark(&mut journey, &["grafana", "datadog", "pagerduty"]);
    plan(&mut journey, "a192.0.2.0/24<enter>").await;
    while !journey.cursor_line().contains("grafana") {
        journey.press("j");
    }
    journey.says(
        "It is the first entry: until now every address was let in, from now on only those listed.",
    );
    journey.says("3 of 3 will be changed, one after the other.");
    journey.shows("Go on?");
}
