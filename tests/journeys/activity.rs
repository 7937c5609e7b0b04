//! What happened in the organization: to one identity and to all, further and further
//! back.

use gatehouse::emulator::{Actor, Emulator, Event, Fault, Options, Subject};
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator, start_of_time};

/// Puts so many events of no interest after all others, a minute apart.
fn bury(emulator: &Emulator, count: i64) {
    emulator.patch(|store| {
        let org = store.main().expect("there");
        for number in 0..count {
            let created = start_of_time() - SignedDuration::from_mins(count - number);
            org.events.push(Event {
                id: format!("{:024x}", 0xabc_0000 + number),
                created,
                kind: "TAGS_MODIFIED".into(),
                actor: Actor::Person { id: "5f".into(), username: "dana@acme.example".into() },
                address: None,
                project: None,
                subject: Subject::Organization,
                entry: None,
            });
        }
        org.events.sort_by_key(|event| event.created);
    });
}

fn parts_asked(journey: &Journey) -> usize {
    let asked = journey.emulator().requests();
    asked.iter().filter(|seen| seen.path_and_query.contains("/events?")).count()
}

#[tokio::test]
async fn what_is_done_here_is_told_with_who_and_from_where() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.api_key().expect("a key");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.press("/datadog<enter>i<tab><c-u>For graphs<enter>");
    journey.settle().await;
    journey.press("T");
    journey.settle().await;
    journey.shows("Activity of the organization");
    let line = journey.cursor_line();
    for part in ["2026-10-01 14:02", "just now", "name or description changed", "gatehouse"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    journey.says("name or description changed: datadog");
    journey.says("by gatehouse terminal (");
    journey.says("from 203.0.113.10");
    journey.press("y");
    let copied = journey.copied.last().expect("copied");
    assert!(copied.contains("SERVICE_ACCOUNT_DETAILS_CHANGED · event "), "{copied}");
    journey.press("<esc>");
    journey.shows("[Service Accounts 16]");
}

#[tokio::test]
async fn the_activity_of_one_is_what_happened_to_it_and_what_it_did() {
    let mut journey = Journey::demo().await;
    let own = journey.app.state().own_id().expect("known");
    journey.press("/datadog<enter>i<tab><c-u>For graphs<enter>");
    journey.settle().await;
    journey.press("t");
    journey.settle().await;
    journey.shows("Activity of datadog");
    journey.shows("name or description changed");
    journey.shows("service account created");
    journey.shows_not("API key created");
    journey.says("Atlas keeps no more");
    // It is told of who did it too.
    let name = journey.app.state().called(own.as_str()).expect("a name").to_string();
    journey.press("<esc>/<esc>");
    journey.press(&format!("/{}<enter>t", name.split(' ').next().expect("a word")));
    journey.settle().await;
    journey.shows("name or description changed: datadog");
    // Those of a key are found by its public key.
    journey.press("<esc>2/jenkins<enter><enter>t");
    journey.settle().await;
    journey.shows("API key created");
    journey.shows_not("service account created");
}

#[tokio::test]
async fn it_is_read_further_back_as_one_goes_down() {
    let mut journey = Journey::demo().await;
    bury(journey.emulator(), 450);
    journey.press("T");
    journey.settle().await;
    assert_eq!(parts_asked(&journey), 1, "no more than is looked at");
    journey.shows("looked back to 2026-10-01 12:22 UTC · down looks further");
    journey.shows("1-20 of 100");
    // What happens meanwhile moves what is read, and shows nothing twice.
    bury(journey.emulator(), 30);
    for _ in 0..70 {
        journey.press("<c-d>");
        journey.settle().await;
    }
    journey.says("back to 2023-");
    journey.says("Atlas keeps no more");
    journey.shows_not("looks further");
    let activity = journey.app.state().org.as_ref().and_then(|org| org.activity.as_ref());
    let activity = activity.expect("open");
    let ids: Vec<_> = (0..activity.len())
        .map(|at| format!("{:?}", activity.get(at).expect("there").id))
        .collect();
    let once: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(once.len(), ids.len());
    assert_eq!(ids.len(), 450 + 92, "none is missing");
    let asked = parts_asked(&journey);
    journey.press("<c-d>G");
    journey.settle().await;
    assert_eq!(parts_asked(&journey), asked, "there is nothing more to ask for");
    // From the latest on.
    journey.press("r");
    journey.settle().await;
    journey.shows("1-20 of 100");
}

#[tokio::test]
async fn who_did_nothing_lately_is_looked_for_within_a_bound() {
    let mut journey = Journey::unlimited().await;
    bury(journey.emulator(), 1_500);
    journey.press("/datadog<enter>t");
    journey.settle().await;
    assert_eq!(parts_asked(&journey), 10);
    journey.says(
        "Nothing of it in what was read. looked back to 2026-09-30 21:22 UTC · down looks further",
    );
    journey.press("j");
    journey.settle().await;
    journey.shows("service account created");
    journey.says("back to 2023-");
    journey.says("Atlas keeps no more");
    assert_eq!(parts_asked(&journey), 16);
}

#[tokio::test]
async fn what_cannot_be_read_says_why_and_is_asked_again() {
    let mut journey = Journey::demo().await;
    bury(journey.emulator(), 300);
    let plan = |times, does| gatehouse::emulator::Plan {
        operation: Some("listOrgEvents".into()),
        path: None,
        times,
        does,
    };
    let status = |status, code: &str| Fault::Status { status, code: code.into() };
    journey.emulator().plan(plan(1, status(403, "USER_UNAUTHORIZED")));
    journey.press("T");
    journey.settle().await;
    journey.says("This credential may not read the activity. It needs Organization Member or a stronger role.");
    journey.says("nothing was read yet");
    journey.press("r");
    journey.settle().await;
    journey.shows("1-20 of 100");
    // What was read stays.
    journey.emulator().plan(plan(9, status(400, "INVALID_QUERY_PARAMETER")));
    journey.press("G");
    journey.settle().await;
    journey.says("looked back to 2026-10-01 12:22 UTC");
    journey.shows("81-100 of 100");
    let asked = parts_asked(&journey);
    journey.settle().await;
    assert_eq!(parts_asked(&journey), asked, "it is not asked again by itself");
    journey.press("k");
    journey.shows("81-100 of 100");
}

#[tokio::test]
async fn closing_it_asks_no_further() {
    let mut journey = Journey::unlimited().await;
    bury(journey.emulator(), 1_500);
    journey.press("/datadog<enter>t");
    journey.step().await;
    journey.press("<esc>");
    journey.settle().await;
    assert!(parts_asked(&journey) <= 2, "{}", parts_asked(&journey));
    assert!(journey.app.state().org.as_ref().expect("open").activity.is_none());
}
