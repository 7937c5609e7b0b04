//! Lists that change, repeat or do not end while they are read page by page.

use gatehouse::app::identity::Kind;
use gatehouse::emulator::{Fault, Key, Options, Plan};
use jiff::SignedDuration;
use serde_json::json;

use super::bench::program;
use crate::support::journey::Journey;

/// A page of the list of API keys with the keys of these numbers.
fn page(numbers: impl Iterator<Item = usize>) -> Fault {
    let key = |number| {
        json!({"id": format!("{number:024x}"), "desc": format!("key {number}"),
               "publicKey": format!("k{number:07}"), "roles": []})
    };
    let rows: Vec<_> = numbers.map(key).collect();
    let text = json!({"results": rows, "totalCount": 0}).to_string();
    Fault::Body { text, kind: "application/vnd.atlas.2023-01-01+json".into() }
}

/// Reads the list of API keys anew, which comes in these pages.
async fn read(journey: &mut Journey, pages: Vec<Fault>) {
    for does in pages {
        let operation = Some("listOrgApiKeys".to_owned());
        journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    }
    // Details of rows that the emulator does not know are none of this.
    journey.press("2r");
    journey.until("[API Keys").await;
    while list_is_asked(journey) {
        journey.step().await;
    }
}

fn list_is_asked(journey: &Journey) -> bool {
    let org = journey.app.state().org.as_ref().expect("open");
    org.list(Kind::ApiKeys).reading.asked
}

fn numbers(journey: &Journey) -> Vec<usize> {
    let org = journey.app.state().org.as_ref().expect("open");
    let rows = org.list(Kind::ApiKeys).rows().iter();
    let mut numbers: Vec<_> = rows
        .map(|row| usize::from_str_radix(row.identity.id().as_str(), 16).expect("a number"))
        .collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn rows_that_come_twice_stand_once() {
    let (mut journey, _proxy) = program(Options::default()).await;
    // While it is read, two rows come before those of the first page: what was there
    // moves to the second page and comes again, in another order.
    let second = [499, 501, 498, 502];
    read(&mut journey, vec![page(0..500), page(second.into_iter())]).await;
    assert_eq!(numbers(&journey), (0..500).chain([501, 502]).collect::<Vec<_>>());
    assert_eq!(journey.app.state().trouble.as_ref().map(|trouble| trouble.error.sentence()), None);
}

#[tokio::test]
async fn a_full_last_page_is_followed_by_an_empty_one() {
    let (mut journey, proxy) = program(Options::default()).await;
    read(&mut journey, vec![page(0..500), page(500..1000), page(0..0)]).await;
    assert_eq!(numbers(&journey).len(), 1000);
    assert_eq!(proxy.count_of("GET", "/apiKeys?"), 3);
}

#[tokio::test]
async fn a_list_that_breaks_off_keeps_what_is_known() {
    let (mut journey, _proxy) = program(Options::default()).await;
    read(&mut journey, vec![page(0..500), page(500..600)]).await;
    let broken = Fault::Status { status: 400, code: "PAGE".into() };
    read(&mut journey, vec![page(300..800), broken]).await;
    // What is missing in a list that was not read to its end is not gone.
    assert_eq!(numbers(&journey), (0..800).collect::<Vec<_>>());
    journey.press("!");
    journey.says("Atlas refused the call.");
}

/// The list of API keys as it is now.
fn as_it_is(journey: &Journey) -> Fault {
    let rows: Vec<_> = journey.emulator().patch(|store| {
        let keys = store.main().expect("main").keys.rows();
        let row = |key: &Key| {
            json!({"id": key.id, "desc": key.description, "publicKey": key.public_key,
                   "roles": []})
        };
        keys.iter().map(row).collect()
    });
    let text = json!({"results": rows}).to_string();
    Fault::Body { text, kind: "application/vnd.atlas.2023-01-01+json".into() }
}

#[tokio::test]
async fn a_list_that_lags_behind_is_looked_at_again() {
    let (mut journey, proxy) = program(Options::default()).await;
    let old = as_it_is(&journey);
    let plan = |operation: &str, does| {
        let operation = Some(operation.to_owned());
        journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    };
    plan("createOrgApiKey", Fault::DropAnswer);
    // It is looked before, when it is agreed to, and afterwards: that comes too early.
    plan("listOrgApiKeys", Fault::Delay { ms: 0 });
    plan("listOrgApiKeys", Fault::Delay { ms: 0 });
    plan("listOrgApiKeys", old);
    journey.press("2nfresh<enter><enter><enter><enter>G<enter>");
    journey.settle().await;
    journey.pass(SignedDuration::from_millis(300));
    journey.press("y");
    journey.settle().await;
    journey.says("Whether it was applied is not known");
    journey.pass(SignedDuration::from_millis(300));
    journey.press("<esc>");
    journey.says("Nothing was made, as far as Atlas shows now. r looks again");
    journey.press("r");
    journey.settle().await;
    journey.says("most likely it is ours, and its secret is lost");
    assert_eq!(proxy.count_of("POST", "/apiKeys"), 1);
}
