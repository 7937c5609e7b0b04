//! The web page of what is under the cursor, in a browser or as a link.

use gatehouse::app::Event;
use gatehouse::emulator::Options;

use crate::support::journey::{Journey, emulator};

/// As if it were Atlas itself.
async fn journey() -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |setting| setting.demo = false);
    journey.settle().await;
    journey
}

#[tokio::test]
async fn the_page_of_a_row_is_opened_or_its_address_copied() {
    let mut journey = journey().await;
    let org = journey.org();
    let id = journey.app.state().own_id().expect("known");
    let page =
        format!("https://cloud.mongodb.com/v2#/org/{org}/access/serviceAccounts/{}", id.as_str());
    journey.press("Y");
    journey.shows("✓ link sent to the terminal's clipboard");
    assert_eq!(journey.copied, [page.as_str()]);
    journey.press("b");
    assert_eq!(journey.browsed, [page.as_str()]);
    journey.event(Event::Browsed(page.as_str().into(), Ok("xdg-open".into())));
    journey.shows("✓ handed to xdg-open");
    // API keys have no page of their own.
    journey.press("2<enter>b");
    journey.settle().await;
    let list = format!("https://cloud.mongodb.com/v2#/org/{org}/access/apiKeys");
    assert_eq!(journey.browsed.last(), Some(&list));
}

#[tokio::test]
async fn where_no_browser_is_the_link_is_copied_instead() {
    let mut journey = journey().await;
    journey.press("b");
    let page = journey.browsed.last().expect("to be opened").clone();
    let why = "you are here over ssh, where no browser is".to_owned();
    journey.event(Event::Browsed(page.as_str().into(), Err(why)));
    journey
        .shows("you are here over ssh, where no browser is: the link was sent to the terminal's");
    assert_eq!(journey.copied, [page]);
}

#[tokio::test]
async fn the_demo_has_no_page_and_says_so() {
    let mut journey = Journey::demo().await;
    for keys in ["b", "Y", "<enter>b"] {
        journey.press(keys);
        journey.shows("the demo is on this computer only: it has no web page");
    }
    let emulator = emulator(Options::default()).await;
    let (credential, base) =
        (emulator.api_key().expect("a key"), Some(format!("{}/", emulator.base_url())));
    let mut other = Journey::begin(emulator, credential, |setting| {
        (setting.demo, setting.base_url) = (false, base);
    });
    other.settle().await;
    other.press("b");
    other.shows("it has no web page: those of Atlas are reached by https");
    assert!(journey.browsed.is_empty() && journey.copied.is_empty() && other.browsed.is_empty());
}
