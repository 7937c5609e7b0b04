//! The whole program while the network fails: it answers the keyboard, it says what it
//! waits for, what is old is not shown as new, and nothing typed is lost.

use std::time::{Duration, Instant};

use gatehouse::atlas::Credential;
use gatehouse::emulator::{self, Options, Seed};
use jiff::SignedDuration;

use super::bench::{NEW, OLD, is_renamed, program};
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::journey::{Journey, emulator as emulator_of_a_journey};
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

/// All calls, for ever.
const ALL: usize = usize::MAX;

#[tokio::test]
async fn while_nothing_is_answered_the_screen_says_what_is_waited_for_and_since_when() {
    let (mut journey, proxy) = program(Options::default()).await;
    journey.press("jj");
    let row = journey.cursor_line();
    proxy.plan("", "", ALL, Fault::Hold);
    journey.press("r");
    journey.pass(SignedDuration::from_secs(3));
    journey.shows("loading · 3 s");
    let waits = "Waiting since 14:02 for the API keys, the current address, the projects, the service accounts.";
    journey.shows(&waits[..80]);
    journey.shows("esc stop");
    assert_eq!(journey.cursor_line(), row);
    journey.press("<enter>?<esc><esc><tab><tab>/terra<enter>");
    journey.shows("terraform-prod");
    journey.shows("esc stop");
    // It lets the reading be first, then the filter.
    journey.press("<esc>");
    journey.shows("stopped: r reads again");
    journey.shows_not("loading");
    journey.shows("/ terra");
    assert!(!journey.is_waiting());
    proxy.mend();
    journey.press("r");
    journey.settle().await;
    journey.shows("● live");
}

#[tokio::test]
async fn who_stops_the_first_reading_is_not_told_that_it_goes_on() {
    let emulator = emulator_of_a_journey(Options::default()).await;
    let proxy = FaultProxy::before(emulator.base_url()).await;
    proxy.plan("", "", ALL, Fault::Hold);
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin_at(&proxy.base_url(), credential, |_| {});
    journey.shows("connecting");
    journey.pass(SignedDuration::from_secs(3));
    journey.press("<esc>");
    journey.shows("Which organizations this credential sees was not read.");
    journey.shows_not("connecting");
    // Nothing is made where it is not known where.
    journey.shows_not("n new");
    journey.press("n");
    journey.shows("no organization is open");
    proxy.mend();
    journey.press("r");
    journey.shows("connecting");
    journey.settle().await;
    journey.shows("● live");
}

#[tokio::test]
async fn what_was_stopped_stays_so_where_somebody_looks_which_organizations_there_are() {
    let (mut journey, proxy) = program(Options::default()).await;
    proxy.plan("", "", ALL, Fault::Hold);
    journey.press("r");
    journey.pass(SignedDuration::from_secs(3));
    journey.press("<esc>");
    journey.shows("stopped: r reads again");
    journey.press("w");
    assert!(journey.app.state().is_stopped());
    journey.press("<esc>r");
    assert!(!journey.app.state().is_stopped());
}

#[tokio::test]
async fn while_a_change_is_not_answered_the_screen_says_since_when() {
    let (mut journey, proxy) = program(Options::default()).await;
    proxy.plan("PATCH", "", 1, Fault::HoldAnswer);
    journey.press(&format!("/{OLD}<enter>i-2<enter>"));
    journey.until("Sent; waiting for the answer...").await;
    journey.pass(SignedDuration::from_secs(3));
    journey.shows("sending · 3 s");
    // It is not stopped, and the form stays as it is.
    journey.press("<esc>x");
    journey.shows("Sent; waiting for the answer...");
    journey.shows(NEW);
    journey.shows_not("esc stop");
}

#[tokio::test]
async fn what_was_stopped_before_anything_was_read_is_read_when_one_says_so() {
    let emulator = emulator_of_a_journey(Options::default()).await;
    let proxy = FaultProxy::before(emulator.base_url()).await;
    let credential = emulator.service_account().expect("one");
    proxy.plan("GET", "", ALL, Fault::Hold);
    let org = emulator.organization().clone();
    for named in [false, true] {
        let set = |setting: &mut gatehouse::app::state::Setting| {
            setting.org = named.then(|| org.clone());
        };
        let mut journey = Journey::begin_at(&proxy.base_url(), credential.clone(), set);
        journey.pass(SignedDuration::from_secs(2));
        journey.press("<esc>");
        let said = if named { "The service accounts were not read." } else { "was not read." };
        journey.shows(said);
        journey.pass(SignedDuration::from_mins(5));
        assert!(!journey.is_waiting(), "it was stopped");
        proxy.mend();
        journey.press("r");
        journey.settle().await;
        journey.shows("[Service Accounts 16]");
        proxy.plan("GET", "", ALL, Fault::Hold);
    }
}

#[tokio::test]
async fn what_was_stopped_leaves_the_way_free() {
    let (mut journey, proxy) = program(Options::default()).await;
    // As many calls as go at once, and more, hang.
    proxy.plan("GET", "", ALL, Fault::Hold);
    journey.press("r");
    journey.pass(SignedDuration::from_secs(2));
    proxy.until_heard("GET", "", 4).await;
    journey.press("<esc>");
    proxy.mend();
    journey.press(&format!("/{OLD}<enter>i-2<enter>"));
    journey.settle().await;
    journey.shows("saved");
    assert!(is_renamed(journey.emulator()));
}

#[tokio::test]
async fn details_that_hang_are_asked_no_further_once_one_looks_away() {
    let (mut journey, proxy) = program(Options::default()).await;
    proxy.plan("GET", "", ALL, Fault::Hold);
    // More than go at once.
    for _ in 0..4 {
        journey.press("j<enter>");
        assert!(journey.is_waiting());
        journey.press("<esc>");
        assert!(!journey.is_waiting(), "nobody looks at it any more");
    }
    proxy.mend();
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("Client ID");
    journey.shows("● live");
}

#[tokio::test]
async fn a_check_that_hangs_can_be_left_and_the_text_stays() {
    let (mut journey, proxy) = program(Options::default()).await;
    proxy.plan("GET", "", ALL, Fault::Hold);
    journey.press(&format!("/{OLD}<enter>i-2<enter>"));
    journey.shows("Reading what is there now...");
    journey.press("<esc>");
    journey.shows_not("Reading what is there now...");
    journey.shows(NEW);
    assert!(!journey.is_waiting(), "nobody waits for the answers");
    proxy.mend();
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("saved");
    assert_eq!(proxy.count("PATCH"), 1);
}

#[tokio::test]
async fn a_list_that_was_read_for_a_change_is_read_again_once_one_has_turned_away() {
    let (mut journey, proxy) = program(Options::default()).await;
    journey.press("2nfresh<enter><enter><enter><enter>");
    proxy.plan("GET", "", ALL, Fault::Hold);
    journey.press("G<enter>");
    journey.shows("Reading what is there now...");
    journey.press("<esc>");
    journey.shows_not("Reading what is there now...");
    for _ in 0..6 {
        journey.press("<esc><esc>");
    }
    proxy.mend();
    proxy.forget();
    journey.pass(SignedDuration::from_secs(61));
    journey.settle().await;
    assert_eq!(proxy.count_of("GET", "/apiKeys?"), 1);
    journey.shows("● live · 14:03");
}

#[tokio::test]
async fn at_whatever_moment_one_turns_away_the_screen_ends_up_right() {
    let (mut sent, mut unsent) = (0, 0);
    for moment in 0..20 {
        let (mut journey, proxy) = program(Options::default()).await;
        proxy.plan("DELETE", "", 1, Fault::Late(Duration::from_millis(5)));
        journey.press("/grafana<enter>D");
        journey.until("Type grafana").await;
        journey.pass(SignedDuration::from_millis(300));
        journey.press("grafana<enter>");
        for _ in 0..moment {
            if journey.is_waiting() {
                journey.step().await;
            }
        }
        let on_its_way = journey.screen().contains("Sent;") || journey.screen().contains("Done;");
        journey.press("<esc>");
        if on_its_way {
            journey.shows("already sent: waiting to learn what became of it");
        }
        journey.settle().await;
        let gone = journey.emulator().patch(|store| store.account("grafana").is_none());
        assert_eq!(usize::from(gone), proxy.count("DELETE"), "{moment}");
        if gone {
            sent += 1;
        } else {
            unsent += 1;
        }
        journey.press("<esc><esc><esc>");
        assert_eq!(!journey.screen().contains("grafana"), gone, "{moment}: {}", journey.screen());
    }
    assert!(sent > 5 && unsent > 0, "{sent} and {unsent}: the moments are all alike");
}

#[tokio::test]
async fn offline_and_back_one_is_where_one_was() {
    let (mut journey, mut proxy) = program(Options::default()).await;
    journey.press("/terra<enter>j<space>");
    // The row without what changes with the hour.
    let row = |journey: &Journey| journey.cursor_line().chars().take(60).collect::<String>();
    let marked = row(&journey);
    proxy.refuse().await;
    journey.pass(SignedDuration::from_mins(1));
    journey.settle().await;
    journey.shows("✖ offline");
    assert_eq!(row(&journey), marked);
    proxy.accept().await;
    journey.pass(SignedDuration::from_secs(5));
    journey.settle().await;
    journey.shows("● live");
    assert_eq!(row(&journey), marked);
    journey.press("<esc>i-half typed");
    let form = journey.line("half typed");
    proxy.refuse().await;
    journey.pass(SignedDuration::from_mins(1));
    journey.settle().await;
    journey.shows("✖ offline");
    assert_eq!(journey.line("half typed"), form);
    journey.press(" still");
    proxy.accept().await;
    journey.pass(SignedDuration::from_secs(5));
    journey.settle().await;
    journey.shows("● live");
    journey.shows("half typed still");
    journey.press("<esc><esc>");
    journey.shows("It works again.");
    journey.press("!<esc>");
    journey.shows("/ terra");
    assert!(journey.cursor_line().contains("terraform-stage"));
}

#[tokio::test]
async fn after_a_long_sleep_what_is_old_is_said_and_read_again() {
    let (mut journey, proxy) = program(Options::default()).await;
    journey.shows("● live · 14:02");
    proxy.plan("GET", "/serviceAccounts?", 1, Fault::Hold);
    // The laptop was closed for four hours: the token is dead.
    journey.pass(SignedDuration::from_hours(4));
    proxy.until_heard("GET", "/serviceAccounts?", 1).await;
    journey.pass(SignedDuration::from_secs(3));
    journey.shows("loading · 3 s");
    journey.shows("Waiting since 18:02 for");
    journey.press("<esc>r");
    journey.settle().await;
    journey.shows("● live · 18:02");
    assert_eq!(proxy.count_of("POST", "/oauth/token"), 1);
}

#[tokio::test]
async fn what_belongs_to_the_last_organization_is_not_asked_further() {
    let emulator =
        emulator_of_a_journey(Options { seed: Seed::DemoTwoOrganizations, ..Options::default() })
            .await;
    let proxy = FaultProxy::before(emulator.base_url()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin_at(&proxy.base_url(), credential, |_| {});
    journey.settle().await;
    proxy.plan("GET", "", 8, Fault::Hold);
    journey.press("<enter>");
    proxy.until_heard("GET", "/serviceAccounts?", 1).await;
    // Six hang, which is all that go at once: the next organization is not behind them.
    journey.press("wj<enter>");
    proxy.mend();
    journey.settle().await;
    journey.shows("Acme Labs");
    journey.shows_not("terraform-prod");
    journey.shows("● live");
}

fn variables(credential: &Credential, base: &str, org: &str) -> [(&'static str, String); 4] {
    [
        ("MONGODB_ATLAS_CLIENT_ID", credential.public_part().to_string()),
        ("MONGODB_ATLAS_CLIENT_SECRET", secret_of(credential).to_owned()),
        ("MONGODB_ATLAS_OPS_MANAGER_URL", format!("{base}/")),
        ("MONGODB_ATLAS_ORG_ID", org.to_owned()),
    ]
}

/// Every key is answered, however the network hangs; the bound is generous, for it is
/// the debug program on a machine with other work. The figures are printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_keyboard_is_answered_while_every_call_hangs() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let proxy = FaultProxy::before(emulator.base_url()).await;
    let credential = emulator.service_account().expect("one");
    let variables = variables(&credential, &proxy.base_url(), emulator.organization().as_str());
    let environment = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut session = Session::run(Home::empty(), &[GATEHOUSE], &environment);
    session.until_text("1 of 16");
    session.until_text("● live");
    proxy.plan("", "", ALL, Fault::Hold);
    session.press("r");
    session.until_text("loading");
    let mut times = Vec::new();
    let (down, up) = ((2..=16).map(|row| ("j", row)), (1..16).rev().map(|row| ("k", row)));
    for (key, row) in down.chain(up) {
        let begun = Instant::now();
        session.press(key);
        session.until_text(&format!("{row} of 16"));
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("a key is answered in {median:?}, the slowest in {slowest:?}");
    assert!(slowest < Duration::from_millis(500), "{times:?}");
    session.until_text("Waiting since");
    session.press_esc("loading");
    session.until_text("stopped: r reads again");
    // Leaving does not wait for what hangs, the sign-out among it.
    let begun = Instant::now();
    session.press("q");
    assert!(session.end().success());
    assert!(begun.elapsed() < Duration::from_secs(10), "left after {:?}", begun.elapsed());
    session.is_given_back();
}
