//! Changes from the keyboard to the server: what is told before, what is sent, what
//! is there afterwards, and what happens when somebody else was faster or the
//! network was not.

use gatehouse::app::keys::Layer;
use gatehouse::emulator::{Fault, Plan, Store};
use jiff::SignedDuration;

use crate::support::journey::Journey;

/// Lets the time pass for which a question is deaf.
fn hear(journey: &mut Journey) {
    journey.pass(SignedDuration::from_millis(300));
}

/// Moves the cursor down to the row with this text.
fn go_to(journey: &mut Journey, text: &str) {
    for _ in 0..50 {
        if journey.cursor_line().contains(text) {
            return;
        }
        journey.press("j");
    }
    panic!("no row with {text:?}:\n{}", journey.screen());
}

/// Finds a service account in the list.
fn find(journey: &mut Journey, name: &str) {
    journey.press(&format!("/{name}<enter>"));
    assert!(journey.cursor_line().contains(name), "{}", journey.cursor_line());
}

/// The list of API keys, the cursor on the one with this description.
fn find_key(journey: &mut Journey, name: &str) {
    journey.press("2");
    find(journey, name);
}

fn patch<T>(journey: &Journey, look: impl FnOnce(&mut Store) -> T) -> T {
    journey.emulator().patch(look)
}

/// How many calls of this method came.
fn sent(journey: &Journey, method: &str) -> usize {
    journey.emulator().requests().iter().filter(|seen| seen.method == method).count()
}

fn fault(operation: &str, does: Fault) -> Plan {
    Plan { operation: Some(operation.to_owned()), path: None, times: 1, does }
}

#[tokio::test]
async fn an_account_is_deleted_once_its_name_was_typed() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("D");
    journey.until("Type grafana").await;
    journey.says("secret stops working");
    journey.shows("mdb_sa_id_");
    // What is all in sight is not moved through.
    journey.shows_not("down");
    journey.resize(60, 12);
    journey.shows("down");
    journey.resize(100, 30);
    hear(&mut journey);
    journey.press("grafan<enter>");
    assert_eq!(sent(&journey, "DELETE"), 0);
    journey.shows("Type grafana");
    journey.press("a<enter>");
    journey.settle().await;
    journey.shows("deleted");
    assert!(patch(&journey, |store| store.account("grafana").is_none()));
    assert_eq!(sent(&journey, "DELETE"), 1);
    journey.press("<esc>");
    journey.shows_not("grafana");
}

#[tokio::test]
async fn a_key_is_deleted_by_its_public_key() {
    let mut journey = Journey::demo().await;
    let public =
        patch(&journey, |store| store.key("BI connector").expect("there").public_key.clone());
    find_key(&mut journey, "BI connector");
    journey.press("D");
    journey.until(&format!("Type {public}")).await;
    hear(&mut journey);
    journey.press(&format!("{public}<enter>"));
    journey.settle().await;
    assert!(patch(&journey, |store| store.key("BI connector").is_none()));
}

#[tokio::test]
async fn keys_that_were_on_their_way_confirm_nothing() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    // Everything at once, as a paste into a terminal without brackets would.
    journey.press("D");
    journey.press("grafana<enter><enter>y<enter>");
    journey.until("Type grafana").await;
    journey.press("grafana<enter>");
    journey.settle().await;
    assert_eq!(sent(&journey, "DELETE"), 0, "it is deaf for a quarter of a second");
    hear(&mut journey);
    journey.press("<esc>");
    journey.shows_not("Type grafana");
    assert!(patch(&journey, |store| store.account("grafana").is_some()));
}

/// Enter saves nearly everywhere; where it does not agree, it says what does.
#[tokio::test]
async fn where_a_key_agrees_enter_says_which() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("e<space><enter>");
    journey.settle().await;
    hear(&mut journey);
    journey.shows_not("enter does not agree");
    journey.press("<enter>");
    journey.shows("enter does not agree: y goes on, esc goes back");
    assert_eq!(sent(&journey, "PATCH"), 0);
    journey.press("y");
    journey.settle().await;
    assert_eq!(sent(&journey, "PATCH"), 1);
    journey.press("<esc><esc><esc><space><space>e");
    journey.press("<space><enter>");
    journey.settle().await;
    hear(&mut journey);
    journey.shows("Go on? Press y");
    journey.press("<enter>");
    journey.shows("enter does not agree: y goes on, esc goes back");
}

#[tokio::test]
async fn what_is_stopped_while_it_is_looked_at_was_not_sent() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    for keys in ["i<tab>x<enter>", "ejjj<space><enter>", "D"] {
        journey.press(keys);
        journey.shows("Reading what is there now...");
        journey.press("<esc>");
        journey.shows("not sent: nothing was changed");
        journey.settle().await;
        journey.shows_not("Reading what is there now...");
        journey.press("<esc><esc><esc>");
        assert_eq!(journey.app.layer(), Layer::List, "{keys}");
    }
    assert_eq!(sent(&journey, "PATCH") + sent(&journey, "DELETE"), 0);
}

#[tokio::test]
async fn what_enter_does_to_a_name_is_told_before_it_is_pressed() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("i-2");
    journey.shows("enter renames \"grafana\" to \"grafana-2\"");
    journey.press("<tab> and more");
    journey.shows("enter puts it in the place of \"Dashboards of the d…\"");
    journey.press("<tab><c-u>datadog");
    journey.shows("enter renames \"grafana\" to \"datadog\"");
    journey.says("Another service account has the same name.");
    assert_eq!(sent(&journey, "PATCH"), 0);
}

#[tokio::test]
async fn who_is_made_is_in_sight_when_one_agrees() {
    let mut journey = Journey::demo().await;
    for (keys, with) in [
        ("nfresh<tab>x<enter>jj<space><enter><enter><enter>G<enter>", ["fresh", "Billing Admin"]),
        (
            "2nfresh key<enter>j<space><enter><enter><enter>G<enter>",
            ["fresh key", "Project Creator"],
        ),
    ] {
        journey.press(keys);
        journey.settle().await;
        journey.shows("Go on? Press y");
        journey.shows(with[0]);
        journey.says(&format!("with the roles Organization {}, Organization Member", with[1]));
        hear(&mut journey);
        journey.press("<esc><esc><esc><esc><esc><esc><esc>");
        assert_eq!(journey.app.layer(), Layer::List, "{}", journey.screen());
    }
}

#[tokio::test]
async fn where_there_is_no_entry_the_own_address_is_let_in() {
    let mut journey = Journey::demo().await;
    patch(&journey, |store| {
        store.account("grafana").expect("there").standing.access_list.clear();
    });
    find(&mut journey, "grafana");
    journey.pass(SignedDuration::from_secs(120));
    journey.press("r");
    journey.settle().await;
    journey.press("a");
    journey.settle().await;
    journey.shows("Without an entry every address is let in.");
    journey.says("You call from 203.0.113.10: let in, for there is no entry.");
    journey.shows_not("not covered");
}

#[tokio::test]
async fn nobody_agrees_to_what_was_not_in_sight() {
    let mut journey = Journey::demo().await;
    journey.resize(60, 14);
    find(&mut journey, "terraform-prod");
    journey.press("D");
    journey.settle().await;
    journey.shows_not("Nothing brings it back");
    journey.pass(SignedDuration::from_secs(1));
    journey.press("terraform-prod");
    journey.shows("read on");
    journey.press("<enter>");
    journey.shows("there was more to read: look at it, then once more");
    journey.shows("Nothing brings it back");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("terraform-prod").is_some()));
    journey.press("<enter>");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("terraform-prod").is_none()));
    // Whoever has scrolled there has read it.
    journey.press("<esc>");
    find(&mut journey, "grafana");
    journey.press("D");
    journey.settle().await;
    journey.pass(SignedDuration::from_secs(1));
    journey.press(&"<down>".repeat(20));
    journey.press("grafana<enter>");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("grafana").is_none()));
}

#[tokio::test]
async fn ctrl_c_once_loses_nothing_that_was_typed() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    for typed in ["ix", "e<space>", "a<space>n10.0.0.9<enter>"] {
        journey.press(typed);
        let layer = journey.app.layer();
        journey.press("<c-c>");
        journey.shows("not saved: ctrl-c again leaves gatehouse without saving");
        assert_eq!(journey.app.layer(), layer, "{typed}");
        journey.pass(SignedDuration::from_secs(3));
        journey.press("<esc><esc>");
        assert_eq!(journey.app.layer(), Layer::List, "{typed}");
    }
    journey.press("ix<c-c><c-c>");
    assert!(journey.left);
}

#[tokio::test]
async fn what_a_role_means_can_be_read_whole() {
    let mut journey = Journey::demo().await;
    journey.resize(80, 24);
    find(&mut journey, "grafana");
    journey.press("e");
    go_to(&mut journey, "Organization Owner");
    journey.says("ORG_OWNER: full control of the organization, its access included");
}

#[tokio::test]
async fn blanks_around_a_name_are_not_taken() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("i<c-u>  grafana x <enter>");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("grafana x").is_some()));
    // What others have named so stays as it is, unless something is typed.
    patch(&journey, |store| {
        store.account("datadog").expect("there").name = " datadog".into();
    });
    journey.press("r");
    journey.settle().await;
    journey.press("/<esc>");
    find(&mut journey, "datadog");
    let before = sent(&journey, "PATCH");
    journey.press("i<enter>");
    journey.shows("nothing was changed");
    assert_eq!(sent(&journey, "PATCH"), before);
}

#[tokio::test]
async fn a_word_goes_with_what_it_is_about() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("i-2<enter>");
    journey.settle().await;
    journey.shows("saved");
    journey.press("e");
    journey.shows_not("saved");
    journey.press("jj<space><enter>j");
    journey.shows("one moment: what is there is being read; nothing was sent");
    journey.settle().await;
    journey.shows("Go on?");
    journey.shows_not("one moment");
}

#[tokio::test]
async fn a_role_with_which_much_can_be_done_is_asked_about() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("ejj<space><enter>");
    journey.settle().await;
    journey.shows("An Organization Billing Admin can change how the organization ");
    hear(&mut journey);
    journey.press("<enter>");
    assert_eq!(sent(&journey, "PATCH"), 0);
    journey.press("y");
    journey.settle().await;
    journey.shows("saved");
    assert_eq!(sent(&journey, "PATCH"), 1);
}

#[tokio::test]
async fn who_is_gone_keeps_the_last_name_in_what_is_open() {
    for (keys, title) in [
        ("a", "API Access List · grafana (gone)"),
        ("p", "Projects · grafana (gone)"),
        ("e", "Organization Permissions · grafana (gone)"),
        ("s", "Generate New Client Secret · grafana (gone)"),
        ("<enter>", "╭ grafana (gone)"),
    ] {
        let mut journey = Journey::demo().await;
        find(&mut journey, "grafana");
        journey.press(keys);
        journey.settle().await;
        patch(&journey, |store| store.remove("grafana"));
        journey.pass(SignedDuration::from_secs(60));
        journey.settle().await;
        journey.shows(title);
        if keys != "e" {
            journey.says("is gone: somebody has removed it");
            journey.shows_not("let in");
        }
    }
}

#[tokio::test]
async fn a_name_of_blanks_is_a_word_wherever_it_stands() {
    let mut journey = Journey::demo().await;
    patch(&journey, |store| store.account("grafana").expect("there").name = "   ".into());
    journey.press("r");
    journey.settle().await;
    journey.shows("(blank)");
    journey.press("gg");
    go_to(&mut journey, "(blank)");
    for (key, title) in
        [("<enter>", "╭ (blank)"), ("a", "API Access List · (blank)"), ("D", "(blank)")]
    {
        journey.press(key);
        journey.settle().await;
        journey.shows(title);
        journey.press("<esc>");
    }
}

#[tokio::test]
async fn a_secret_is_revoked_from_the_details() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "k8s-operator");
    journey.press("<enter>");
    journey.settle().await;
    let before =
        patch(&journey, |store| store.account("k8s-operator").expect("there").secrets.len());
    assert_eq!(before, 2);
    journey.shows("D delete");
    go_to(&mut journey, "expires in 5 days");
    journey.shows("D revoke");
    journey.press("D");
    journey.until("Revoke secret").await;
    journey.settle().await;
    journey.says("Every token that was minted with it stops working at once.");
    hear(&mut journey);
    journey.press("k8s-operator<enter>");
    journey.settle().await;
    journey.shows("secret revoked");
    let left = patch(&journey, |store| store.account("k8s-operator").expect("there").secrets.len());
    assert_eq!((left, sent(&journey, "DELETE")), (1, 1));
    journey.shows_not("expires in 5 days");
}

#[tokio::test]
async fn what_was_confirmed_is_what_goes() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "grafana");
    journey.press("D");
    journey.until("Type grafana").await;
    // Somebody else deletes it while the question stands.
    assert!(patch(&journey, |store| store.remove("grafana")));
    hear(&mut journey);
    journey.press("grafana<enter>");
    journey.settle().await;
    journey.says("It is gone: somebody has removed it meanwhile.");
    journey.says("Nothing was sent.");
    assert_eq!(sent(&journey, "DELETE"), 0);
}

#[tokio::test]
async fn a_name_is_changed_and_only_the_name() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "pagerduty");
    journey.press("i");
    journey.shows("Name and description");
    journey.press("-2<enter>");
    journey.settle().await;
    journey.shows("saved");
    let (name, description) = patch(&journey, |store| {
        let account = store.account("pagerduty-2").expect("renamed");
        (account.name.clone(), account.description.clone())
    });
    assert_eq!(
        (name.as_str(), description.as_str()),
        ("pagerduty-2", "Opens incidents from alerts")
    );
    assert_eq!(sent(&journey, "PATCH"), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_while_typing_and_nothing_is_lost() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "pagerduty");
    journey.press("i/");
    journey.says("\"/\" cannot be in it");
    journey.press("<enter>");
    journey.shows("not saved");
    journey.shows("pagerduty/");
    assert_eq!(sent(&journey, "PATCH"), 0);
    journey.press("<backspace>-x<enter>");
    // Atlas refuses: the reason is told, and the form keeps what was typed.
    journey.emulator().plan(fault(
        "updateOrgServiceAccount",
        Fault::Status { status: 400, code: "VALIDATION_ERROR".into() },
    ));
    journey.settle().await;
    journey.says("Atlas refused to change the service account.");
    journey.shows("VALIDATION_ERROR");
    journey.says("Nothing was changed.");
    hear(&mut journey);
    journey.press("r");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("pagerduty-x").is_some()));
}

#[tokio::test]
async fn another_administrators_change_is_not_undone_unseen() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "pagerduty");
    journey.press("i-mine");
    patch(&journey, |store| store.account("pagerduty").expect("there").name = "theirs".into());
    journey.press("<enter>");
    journey.settle().await;
    journey.says("Somebody changed the name meanwhile, to \"theirs\".");
    hear(&mut journey);
    journey.press("<enter>");
    assert_eq!(sent(&journey, "PATCH"), 0, "enter does nothing");
    journey.press("y");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("pagerduty-mine").is_some()));
}

#[tokio::test]
async fn roles_are_ticked_told_and_saved() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "datadog");
    journey.press("e");
    journey.settle().await;
    journey.shows("Organization Permissions");
    go_to(&mut journey, "Billing Viewer");
    journey.press("<space>");
    journey.shows("+ Billing Viewer");
    journey.press("u");
    journey.shows("Nothing is changed yet.");
    journey.press("<space>");
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("saved");
    let roles =
        patch(&journey, |store| store.account("datadog").expect("there").standing.roles.clone());
    assert_eq!(roles, ["ORG_BILLING_READ_ONLY", "ORG_READ_ONLY"]);
}

#[tokio::test]
async fn an_owner_is_made_only_after_a_second_word() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "datadog");
    journey.press("e<space><enter>");
    journey.settle().await;
    journey.says("An Organization Owner can change everything in the organization");
    journey.says("Its credentials stay valid until they expire or are revoked.");
    assert_eq!(sent(&journey, "PATCH"), 0);
    // A key that is held down, as terminals send it, agrees to nothing.
    for _ in 0..20 {
        journey.pass(SignedDuration::from_millis(100));
        journey.press("y");
    }
    assert!(!journey.is_waiting(), "nothing is sent while it is held");
    hear(&mut journey);
    journey.press("<esc>");
    journey.shows("Organization Permissions");
    journey.press("<enter>");
    journey.settle().await;
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    let roles =
        patch(&journey, |store| store.account("datadog").expect("there").standing.roles.clone());
    assert!(roles.contains(&"ORG_OWNER".to_owned()), "{roles:?}");
}

#[tokio::test]
async fn anothers_roles_are_kept_beside_ones_own() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "datadog");
    journey.press("e");
    journey.settle().await;
    go_to(&mut journey, "Billing Viewer");
    journey.press("<space>");
    patch(&journey, |store| {
        store.account("datadog").expect("there").standing.roles =
            vec!["ORG_READ_ONLY".into(), "ORG_GROUP_CREATOR".into()];
    });
    journey.press("<enter>");
    journey.settle().await;
    journey.says("Somebody changed its roles meanwhile");
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    let mut roles =
        patch(&journey, |store| store.account("datadog").expect("there").standing.roles.clone());
    roles.sort();
    assert_eq!(roles, ["ORG_BILLING_READ_ONLY", "ORG_GROUP_CREATOR", "ORG_READ_ONLY"]);
}

#[tokio::test]
async fn the_credential_in_use_goes_only_after_a_sentence() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "atlas-admin");
    journey.press("D");
    journey.until("lock me out").await;
    journey.says("It is the credential that gatehouse works with: the next call will be refused.");
    hear(&mut journey);
    journey.press("atlas-admin<enter>");
    assert_eq!(sent(&journey, "DELETE"), 0);
    journey.press("<esc>");
    journey.press("e<space><enter>");
    journey.settle().await;
    journey.says("it needs at least one organization role");
}

#[tokio::test]
async fn the_last_owner_is_not_given_up() {
    let mut journey = Journey::demo().await;
    patch(&journey, |store| {
        let main = store.main().expect("main");
        for account in main.accounts.rows_mut().iter_mut().filter(|row| row.name != "atlas-admin") {
            account.standing.roles = vec!["ORG_MEMBER".into()];
        }
        for key in main.keys.rows_mut() {
            key.standing.roles = vec!["ORG_MEMBER".into()];
        }
    });
    journey.press("r");
    journey.settle().await;
    find(&mut journey, "atlas-admin");
    journey.press("D");
    journey.settle().await;
    journey.says("It is the only Organization Owner");
    journey.says("Nothing was sent.");
    hear(&mut journey);
    journey.press("lock me out<enter>y");
    journey.settle().await;
    assert_eq!(sent(&journey, "DELETE"), 0);
}

#[tokio::test]
async fn when_the_answer_is_lost_what_is_there_tells() {
    for (does, told) in [
        (Fault::DropAnswer, "deleted, though no answer told so"),
        (Fault::StatusAfter { status: 503, code: "X".into() }, "deleted, though no answer told so"),
        (Fault::Drop, "Nothing was changed."),
        (Fault::Status { status: 500, code: "X".into() }, "Nothing was changed."),
    ] {
        let mut journey = Journey::demo().await;
        journey.emulator().plan(fault("deleteOrgServiceAccount", does.clone()));
        find(&mut journey, "grafana");
        journey.press("D");
        journey.until("Type grafana").await;
        hear(&mut journey);
        journey.press("grafana<enter>");
        journey.settle().await;
        journey.says(told);
        assert_eq!(sent(&journey, "DELETE"), 1, "{does:?}: sent once");
        let gone = patch(&journey, |store| store.account("grafana").is_none());
        assert_eq!(gone, told.starts_with("deleted"), "{does:?}");
    }
}

#[tokio::test]
async fn a_refusal_tells_atlas_reason() {
    for (status, code, told) in [
        (401, "USER_UNAUTHORIZED", "This credential may not delete the service account."),
        (403, "CANNOT_DELETE_LAST_ADMIN", "This credential may not delete the service account."),
        (409, "DATA_CONCURRENCY_ERROR", "Atlas refused to delete the service account."),
        (429, "RATE_LIMITED", "Atlas asks to wait"),
    ] {
        let mut journey = Journey::demo().await;
        let does = Fault::Status { status, code: code.into() };
        journey.emulator().plan(fault("deleteOrgServiceAccount", does));
        find(&mut journey, "grafana");
        journey.press("D");
        journey.until("Type grafana").await;
        hear(&mut journey);
        journey.press("grafana<enter>");
        journey.settle().await;
        journey.says(told);
        journey.shows(code);
        journey.says("Nothing was changed.");
        assert_eq!(sent(&journey, "DELETE"), 1, "{code}: sent once");
    }
}

#[tokio::test]
async fn what_was_sent_is_not_called_back() {
    let mut journey = Journey::demo().await;
    journey.emulator().plan(fault("deleteOrgServiceAccount", Fault::Delay { ms: 300 }));
    find(&mut journey, "grafana");
    journey.press("D");
    journey.until("Type grafana").await;
    hear(&mut journey);
    journey.press("grafana<enter>");
    journey.until("Sent; waiting for the answer").await;
    journey.press("<esc>");
    journey.shows("already sent: waiting to learn what became of it");
    journey.press("<c-c>");
    journey.shows("a change is on its way: ctrl-c again leaves without its answer");
    journey.press("j");
    journey.settle().await;
    assert!(patch(&journey, |store| store.account("grafana").is_none()));
}

#[tokio::test]
async fn what_cannot_be_done_while_a_change_is_on_its_way_is_not_offered() {
    let mut journey = Journey::demo().await;
    journey.emulator().plan(fault("updateOrgServiceAccount", Fault::Delay { ms: 300 }));
    find(&mut journey, "grafana");
    journey.press("i-x");
    let footer = |journey: &Journey| journey.screen().lines().last().map(str::to_owned);
    assert!(footer(&journey).is_some_and(|line| line.contains("save") && line.contains("cancel")));
    journey.press("<enter>");
    journey.until("Reading what is there").await;
    assert!(footer(&journey).is_some_and(|line| !line.contains("save") && line.contains("cancel")));
    journey.until("Sent; waiting for the answer").await;
    assert!(
        footer(&journey).is_some_and(|line| !line.contains("save") && !line.contains("cancel"))
    );
    journey.settle().await;
    journey.shows("saved");
}

#[tokio::test]
async fn read_only_changes_nothing_and_offers_nothing() {
    let emulator = crate::support::journey::emulator(gatehouse::emulator::Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |setting| setting.read_only = true);
    journey.settle().await;
    journey.shows("demo · read-only");
    journey.press("?");
    journey.shows_not("edit permissions");
    journey.press("<esc>");
    for key in ["D", "e", "i", "a", "p", "n", "c", "S", "<space>"] {
        journey.press(key);
        journey.shows("read-only: nothing is changed");
        journey.shows_not("e roles");
    }
}

#[tokio::test]
async fn who_may_not_change_hears_so_at_the_action() {
    let emulator = crate::support::journey::emulator(gatehouse::emulator::Options::default()).await;
    emulator.patch(|store| store.account("datadog").expect("there").standing.access_list.clear());
    let credential = emulator.credentials_of("datadog").expect("one");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.press("D");
    journey.shows("needs Organization Owner; has Organization Read Only");
    assert!(!journey.is_waiting());
}

fn ranges(journey: &Journey, name: &str) -> Vec<String> {
    patch(journey, |store| {
        let account = store.account(name).expect("there");
        account.standing.access_list.iter().map(|entry| entry.range.to_string()).collect()
    })
}

#[tokio::test]
async fn entries_are_added_and_removed_together() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "k8s-operator");
    journey.press("a");
    journey.settle().await;
    journey.shows("API Access List · k8s-operator");
    journey.press("n192.0.2.7/24");
    journey.says("It is taken as 192.0.2.0/24; for the one address leave /24 away.");
    journey.press("<enter>");
    journey.shows("taken as 192.0.2.0/24, not added yet: once more adds it");
    journey.says("256 addresses, 192.0.2.0 to 192.0.2.255");
    journey.press("<enter>c");
    journey.shows("+ add");
    journey.shows("203.0.113.10");
    journey.press("gd");
    journey.shows("− remove");
    journey.says("Calls are accepted from 3 entries.");
    assert_eq!(sent(&journey, "POST"), 1, "only the sign-in so far");
    journey.press("<enter>");
    journey.settle().await;
    journey.says("198.51.100.8 was used today.");
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    journey.shows("access list saved");
    assert_eq!(
        ranges(&journey, "k8s-operator"),
        ["198.51.100.9/32", "192.0.2.0/24", "203.0.113.10/32"]
    );
    let order: Vec<_> = journey
        .emulator()
        .requests()
        .into_iter()
        .filter(|seen| seen.method != "GET")
        .map(|seen| seen.method)
        .collect();
    assert_eq!(order, ["POST", "POST", "DELETE"], "signed in; what is new comes first");
}

#[tokio::test]
async fn many_entries_are_pasted_at_once() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "k8s-operator");
    journey.press("a");
    journey.settle().await;
    let text = "# office\n192.0.2.1\n192.0.2.2, 192.0.2.2 # twice\nnonsense\n2001:db8::/32\n";
    journey.paste(text);
    journey.shows("3 entries, 1 not readable: nonsense");
    journey.shows_not("+ add");
    journey.press("<enter>");
    journey.shows("3 added, not saved yet; not readable: nonsense");
    // What could not be read is still there, to be mended; a key is text.
    journey.press("<backspace><backspace><backspace><backspace>");
    journey.press("<backspace><backspace><backspace><backspace><enter>");
    journey.press("u");
    journey.shows_not("+ add");
    // The same with line ends as terminals send them.
    journey.paste(&text.replace('\n', "\r"));
    journey.shows("3 entries, 1 not readable: nonsense");
    journey.press("<enter><esc><enter>");
    journey.settle().await;
    assert_eq!(ranges(&journey, "k8s-operator").len(), 5);
}

#[tokio::test]
async fn entries_are_read_from_a_file() {
    let mut journey = Journey::demo().await;
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("office.txt");
    std::fs::write(&path, "# office\r\n192.0.2.1\r\n192.0.2.64/26 # VPN\r\n").expect("written");
    find(&mut journey, "k8s-operator");
    journey.press("a");
    journey.settle().await;
    journey.press(&format!("n@{}.gone<enter>", path.display()));
    journey.shows("cannot be read");
    journey.press("<backspace><backspace><backspace><backspace><backspace><enter>");
    journey.shows("New entry     192.0.2.1, 192.0.2.64/26");
    journey.shows("2 entries");
    journey.press("<enter><enter>");
    journey.settle().await;
    assert_eq!(ranges(&journey, "k8s-operator").len(), 4);
}

#[tokio::test]
async fn the_cliffs_of_a_list_are_told() {
    let mut journey = Journey::demo().await;
    // pagerduty has no entry in the demo where nobody requires one.
    patch(&journey, |store| {
        store.account("pagerduty").expect("there").standing.access_list.clear();
    });
    find(&mut journey, "pagerduty");
    journey.press("a");
    journey.settle().await;
    journey.press("n192.0.2.1<enter><enter>");
    journey.settle().await;
    journey.says("It is the first entry: until now every address was let in");
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    assert_eq!(ranges(&journey, "pagerduty"), ["192.0.2.1/32"]);
    journey.press("a");
    journey.settle().await;
    journey.press("d<enter>");
    journey.settle().await;
    journey.says("It is the last entry: without one, every address on the Internet is let in.");
    hear(&mut journey);
    journey.press("<enter><esc>");
    journey.press("<esc>");
    assert_eq!(ranges(&journey, "pagerduty"), ["192.0.2.1/32"]);
}

#[tokio::test]
async fn ones_own_address_is_not_lost_by_accident() {
    let mut journey = Journey::demo().await;
    find(&mut journey, "atlas-admin");
    journey.press("a");
    journey.settle().await;
    journey.press("d");
    journey.says("You call from 203.0.113.10 with this credential: not covered.");
    journey.press("<enter>");
    journey.settle().await;
    journey.says("Atlas refuses to remove it.");
    journey.says("Nothing was sent.");
    hear(&mut journey);
    journey.press("<esc>");
    // A range that covers us: Atlas would let it go, gatehouse asks for a sentence.
    patch(&journey, |store| {
        let list = &mut store.account("atlas-admin").expect("there").standing.access_list;
        let range = gatehouse::emulator::range_of("203.0.113.0/24").expect("a range");
        let mut entry = list[0].clone();
        entry.range = range;
        *list = vec![entry, list[1].clone()];
    });
    journey.press("<esc>");
    journey.shows("not saved: once more leaves it without saving");
    journey.press("<esc>a");
    journey.settle().await;
    // The editor shows what was read a moment ago: that entry is gone already.
    journey.press("d<enter>");
    journey.settle().await;
    journey.shows("it is so already: nothing was sent");
    journey.pass(SignedDuration::from_secs(6));
    journey.press("a");
    journey.settle().await;
    journey.press("d<enter>");
    journey.settle().await;
    journey.says("gatehouse works with this credential, and your address would not");
    journey.shows("Type lock me out");
    hear(&mut journey);
    journey.press("y<esc>");
    assert_eq!(ranges(&journey, "atlas-admin").len(), 2);
}

#[tokio::test]
async fn a_project_is_granted_changed_and_left() {
    for key in [false, true] {
        let mut journey = Journey::demo().await;
        let name = if key { "gatehouse terminal" } else { "datadog" };
        if key {
            find_key(&mut journey, name);
        } else {
            find(&mut journey, name);
        }
        let roles = |journey: &Journey| {
            patch(journey, |store| {
                let projects = &store.main().expect("main").projects;
                let id = projects
                    .rows()
                    .iter()
                    .find(|row| row.name == "sandbox")
                    .expect("there")
                    .id
                    .clone();
                let standing = if key {
                    &store.key(name).expect("there").standing
                } else {
                    &store.account(name).expect("there").standing
                };
                standing.projects.get(&id).cloned()
            })
        };
        journey.press("p");
        journey.settle().await;
        go_to(&mut journey, "sandbox");
        journey.press("<enter>");
        journey.shows("Roles in sandbox");
        go_to(&mut journey, "Project Read Only");
        journey.press("<space><enter>");
        journey.settle().await;
        assert_eq!(roles(&journey), Some(vec!["GROUP_READ_ONLY".to_owned()]));
        assert!(journey.cursor_line().contains("sandbox"), "the cursor stays on its project");
        journey.press("<enter>g<space>");
        journey.press("<enter>");
        journey.settle().await;
        journey.says("in the project sandbox");
        journey.says("A Project Owner can change everything in the project");
        assert_eq!(roles(&journey).expect("there").len(), 1, "a ruler is asked about");
        hear(&mut journey);
        journey.press("y");
        journey.settle().await;
        assert_eq!(roles(&journey).expect("there").len(), 2);
        journey.press("<enter>g<space>");
        go_to(&mut journey, "Project Read Only");
        journey.press("<space><enter>");
        journey.settle().await;
        journey.says("It leaves the project, and stays in the organization.");
        hear(&mut journey);
        journey.press("y");
        journey.settle().await;
        assert_eq!(roles(&journey), None);
    }
}

#[tokio::test]
async fn settings_name_whom_they_concern() {
    let mut journey = Journey::demo().await;
    patch(&journey, |store| {
        store.account("pagerduty").expect("there").standing.access_list.clear();
    });
    journey.press("r");
    journey.settle().await;
    journey.press("S<space><enter>");
    journey.settle().await;
    journey.says("shut out, for their access list is empty");
    journey.shows("pagerduty");
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    assert!(patch(&journey, |store| store.main().expect("main").access_list_required));
    journey.press("Sj<space>");
    journey.press("<backspace><backspace><backspace><backspace>7");
    journey.says("From 8 to 8760 hours.");
    journey.press("<enter><enter>");
    journey.shows("not saved");
    journey.press("<space>20<enter><enter>");
    journey.settle().await;
    assert_eq!(
        patch(&journey, |store| store.main().expect("main").longest_secret_hours),
        Some(720)
    );
}

/// What a masked line of a new secret shows once it is revealed.
fn revealed(journey: &mut Journey, label: &str) -> String {
    journey.shows("••••••••");
    journey.press("v");
    let line = journey.line(label);
    let secret = line.split(label).nth(1).expect("a value").trim_start();
    let secret = secret.split(' ').next().expect("a word").to_owned();
    journey.press("v");
    journey.shows_not(&secret);
    secret
}

#[tokio::test]
async fn a_service_account_is_created_in_one_flow() {
    let mut journey = Journey::demo().await;
    journey.press("n");
    journey.shows("Create service account");
    journey.press("<enter>");
    journey.shows("see what is said below the field");
    journey.shows("must not be empty");
    journey.press("fresh<tab>Made by a test<tab><tab>192.0.2.1, 198.51.100.0/24");
    journey.shows("2 entries");
    journey.press("<enter>");
    journey.shows("2 of 4");
    go_to(&mut journey, "Organization Read Only");
    journey.press("<space><enter>");
    journey.shows("3 of 4 · Projects");
    go_to(&mut journey, "sandbox");
    journey.press("<space>");
    journey.shows("3 of 4 · Roles in sandbox");
    go_to(&mut journey, "Project Read Only");
    journey.press("<space><enter>");
    assert!(journey.cursor_line().contains("Project Read Only"), "{}", journey.cursor_line());
    journey.press("<enter>");
    journey.says("sandbox: Project Read Only");
    journey.says("Organization Read Only, Organization Member");
    journey.says("30 days, until 2026-10-31");
    journey.shows("Enter asks where the secret goes.");
    let before = sent(&journey, "POST");
    journey.press("<enter>");
    journey.shows("Where shall the secret go?");
    journey.press("G<enter>");
    journey.settle().await;
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    assert_eq!(sent(&journey, "POST") - before, 3, "the account, its access list, its project");
    let secret = revealed(&mut journey, "Client secret");
    let kept = patch(&journey, |store| {
        let account = store.account("fresh").expect("made");
        assert_eq!(account.standing.roles, ["ORG_READ_ONLY", "ORG_MEMBER"]);
        assert_eq!(account.standing.access_list.len(), 2);
        let projects: Vec<_> = account.standing.projects.values().cloned().collect();
        assert_eq!(projects, [["GROUP_READ_ONLY"]]);
        account.credential(gatehouse_now())
    });
    let Some(gatehouse::atlas::Credential::ServiceAccount { client_secret, .. }) = kept else {
        panic!("a secret")
    };
    assert_eq!(gatehouse::atlas::secret::ExposeSecret::expose_secret(&client_secret), secret);
    // It is not left by accident.
    journey.press("<c-c><c-c><c-c>");
    journey.shows("a secret is still here");
    assert!(!journey.left);
    journey.press("<esc>nope<enter>");
    journey.shows("these are not its last four characters");
    journey.press("<backspace><backspace><backspace><backspace>");
    journey.press(&format!("{}<enter>", &secret[secret.len() - 4..]));
    journey.shows_not("Client secret");
    assert!(journey.cursor_line().contains("fresh"), "the cursor turns to what was made");
}

fn gatehouse_now() -> jiff::Timestamp {
    crate::support::journey::start_of_time()
}

#[tokio::test]
async fn a_key_is_cloned_with_roles_addresses_and_projects() {
    let mut journey = Journey::demo().await;
    find_key(&mut journey, "prometheus exporter");
    journey.press("c");
    journey.shows("Create API key like prometheus exporter");
    journey.press("<enter><enter><enter>");
    journey.says("MongoDB recommends service accounts instead.");
    journey.press("<enter>G<enter>");
    journey.settle().await;
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    assert_eq!(revealed(&mut journey, "Private key").len(), 36);
    let same = patch(&journey, |store| {
        let old = store.key("prometheus exporter").expect("there").standing.clone();
        let new = store.key("prometheus exporter copy").expect("made").standing.clone();
        let ranges = |standing: &gatehouse::emulator::Standing| {
            standing.access_list.iter().map(|entry| entry.range).collect::<Vec<_>>()
        };
        old.projects == new.projects && ranges(&old) == ranges(&new) && old.roles == new.roles
    });
    assert!(same);
}

#[tokio::test]
async fn what_was_made_is_shown_though_the_rest_failed() {
    let mut journey = Journey::demo().await;
    journey.emulator().plan(fault(
        "createOrgServiceAccountAccessList",
        Fault::Status { status: 500, code: "X".into() },
    ));
    journey.press("nfresh<tab>x<tab><tab>192.0.2.1<enter><enter><enter><enter>G<enter>");
    journey.settle().await;
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    journey.says("It was made, and its secret can be shown only now.");
    hear(&mut journey);
    journey.press("<esc>");
    journey.shows("Client secret");
    assert!(patch(&journey, |store| store.account("fresh").is_some()));
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_told_as_unknown() {
    let mut journey = Journey::demo().await;
    journey.emulator().plan(fault("createOrgApiKey", Fault::DropAnswer));
    journey.press("2nfresh<enter><enter><enter><enter>G<enter>");
    journey.settle().await;
    journey.says("Without an access list, every address on the Internet is let in.");
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    journey.says("Whether it was applied is not known");
    assert_eq!(
        journey
            .emulator()
            .requests()
            .iter()
            .filter(|seen| seen.method == "POST" && seen.path_and_query.ends_with("apiKeys"))
            .count(),
        1
    );
    hear(&mut journey);
    journey.press("r");
    journey.shows("first see what became of it");
    journey.press("<esc>");
    journey.says("fresh · an API key was asked for");
    journey.says("most likely it is ours, and its secret is lost");
}
