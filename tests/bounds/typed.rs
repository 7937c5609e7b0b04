//! What people paste or name by mistake: far more than was ever meant.

use std::time::{Duration, Instant};

use gatehouse::app::Event;

use crate::support::journey::Journey;

/// Anything that a key does takes far less, also without the compiler's optimizations.
const PATIENCE: Duration = Duration::from_secs(5);

/// Far more addresses than an access list has.
fn addresses() -> String {
    let address = |number| format!("10.{}.{}.7", number / 250, number % 250);
    (0..20_000).map(address).collect::<Vec<_>>().join("\n")
}

async fn editor() -> Journey {
    let mut journey = Journey::demo().await;
    journey.press("/grafana<enter>a");
    journey.settle().await;
    journey
}

fn promptly(journey: &mut Journey, what: &str, act: impl FnOnce(&mut Journey)) {
    let started = Instant::now();
    act(journey);
    let screen = journey.screen();
    assert!(started.elapsed() < PATIENCE, "{what} took {:?}:\n{screen}", started.elapsed());
}

#[tokio::test]
async fn a_file_of_all_addresses_of_a_company_is_no_access_list() {
    let place = tempfile::tempdir().expect("a place");
    let path = place.path().join("list");
    std::fs::write(&path, addresses()).expect("written");
    let mut journey = editor().await;
    let keys = format!("n@{}<enter>", path.display());
    promptly(&mut journey, "reading it", |journey| journey.press(&keys));
    promptly(&mut journey, "taking it over", |journey| journey.press("<enter>"));
    journey.says("20 000 addresses: an access list has at most 200 entries");
    promptly(&mut journey, "leaving it", |journey| journey.press("<esc>"));
}

#[tokio::test]
async fn a_long_paste_is_taken_in_promptly_wherever_there_is_text() {
    for place in ["/", "i", "n", "an", "D"] {
        let mut journey = Journey::demo().await;
        journey.press("/grafana<enter>");
        journey.press(place);
        journey.settle().await;
        promptly(&mut journey, place, |journey| journey.event(Event::Paste(addresses())));
        promptly(&mut journey, place, |journey| journey.press("x"));
        promptly(&mut journey, place, |journey| journey.press("<enter>"));
    }
}
