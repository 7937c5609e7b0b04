//! What a reading brought that the one before had not is marked for a moment, and goes by
//! itself. That one's own changes are no news is shown by the procedures.

use gatehouse::emulator::{Account, Emulator, Limits, Options};
use gatehouse::ui::symbols;
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

const MINUTE: SignedDuration = SignedDuration::from_secs(61);

/// Others rename one account, remove one and make one, and remove two keys.
fn others_change(emulator: &Emulator) {
    emulator.patch(|store| {
        assert!(store.remove("grafana"));
        assert!(store.remove("BI connector") && store.remove("Anna's laptop"));
        let renamed = store.account("datadog").expect("there");
        renamed.name = "datadog-eu".into();
        let id = format!("{}ffffff", &renamed.id[..renamed.id.len() - 6]);
        let made = Account { id, name: "newcomer".into(), ..renamed.clone() };
        store.main().expect("one").accounts.put(made);
    });
}

async fn refresh(journey: &mut Journey) {
    journey.pass(MINUTE);
    journey.settle().await;
}

#[tokio::test]
async fn what_others_have_changed_is_marked_for_a_moment() {
    let mut journey = Journey::unlimited().await;
    journey.shows_not(" new ·");
    refresh(&mut journey).await;
    journey.shows("  ● live · 14:03");
    journey.press("jj");
    let row = journey.cursor_line();
    let before = journey.screen();
    others_change(journey.emulator());
    refresh(&mut journey).await;
    journey.shows("1 changed, 1 new, 3 gone · ● live · 14:04");
    assert!(journey.line("datadog-eu").starts_with('±'), "{}", journey.screen());
    assert!(journey.line("newcomer").starts_with('+'), "{}", journey.screen());
    assert!(journey.line("ci-deploy").starts_with("  !"), "{}", journey.screen());
    // What stood there stands there still, and the cursor is on its row.
    let place = |line: &str, text: &str| line.find(text).map(|at| line[..at].chars().count());
    let column = before.lines().find_map(|line| place(line, "pagerduty"));
    assert_eq!(place(&journey.line("pagerduty"), "pagerduty"), column);
    assert_eq!(place(&journey.line("newcomer"), "newcomer"), column);
    assert_eq!(journey.cursor_line()[..20], row[..20]);
    // It wakes once, and then sleeps until the next reading.
    let end = journey.now() + SignedDuration::from_secs(4);
    assert_eq!(journey.app.wake_at(), Some(end));
    journey.pass(SignedDuration::from_secs(4));
    journey.shows_not("gone");
    assert!(!journey.line("newcomer").starts_with('+'), "{}", journey.screen());
    assert!(journey.app.wake_at() > Some(journey.now() + SignedDuration::from_secs(30)));
    refresh(&mut journey).await;
    journey.shows("  ● live");
}

#[tokio::test]
async fn where_there_is_little_room_the_sum_is_told_and_signs_have_twins_in_ascii() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let set = |setting: &mut gatehouse::app::state::Setting| {
        setting.theme.symbols = &symbols::ASCII;
    };
    let mut journey = Journey::begin(emulator, credential, set);
    journey.settle().await;
    others_change(journey.emulator());
    journey.pass(MINUTE);
    journey.settle().await;
    journey.resize(80, 24);
    journey.shows("5 changes - * live");
    journey.resize(60, 24);
    journey.shows_not("changes");
    assert!(journey.line("datadog-eu").starts_with('~'), "{}", journey.screen());
    assert!(journey.line("newcomer").starts_with('+'), "{}", journey.screen());
}

/// Keys are used all the time, which changes what Atlas tells of them.
#[tokio::test]
async fn that_an_account_was_used_is_no_news() {
    let mut journey = Journey::unlimited().await;
    for _ in 0..3 {
        let now = journey.now();
        journey.emulator().patch(|store| {
            for secret in &mut store.account("ci-deploy").expect("there").secrets {
                secret.last_used = Some(now);
            }
        });
        refresh(&mut journey).await;
        let header = journey.screen().lines().next().expect("a header").to_owned();
        assert!(!header.contains("change"), "{header}");
    }
}

/// What a filter finds may change by time alone, though the list is the same.
#[tokio::test]
async fn a_filter_by_age_follows_the_time_at_each_reading() {
    let mut journey = Journey::unlimited().await;
    journey.press("/secret:expired<enter>");
    journey.shows("2 of 16");
    journey.pass(SignedDuration::from_hours(24 * 10));
    journey.settle().await;
    refresh(&mut journey).await;
    journey.shows_not("2 of 16");
    assert!(journey.screen().contains("ci-deploy"), "{}", journey.screen());
}
