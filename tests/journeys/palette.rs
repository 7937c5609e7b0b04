//! Everything by its name: the command palette.

use gatehouse::emulator::Options;
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

#[tokio::test]
async fn an_action_is_found_by_its_name_and_done() {
    let mut journey = Journey::demo().await;
    journey.press("jj:");
    journey.shows("Commands");
    journey.shows("open the details");
    journey.press("edit perm");
    journey.shows("edit permissions: the organization roles");
    journey.shows_not("open the details");
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("Organization Owner");
    journey.press("<esc>");
    let row = journey.cursor_line();
    journey.press(":zzzz");
    journey.shows("nothing answers to that");
    journey.press("<enter><esc>");
    assert_eq!(journey.cursor_line(), row);
}

#[tokio::test]
async fn the_words_of_the_atlas_cli_lead_to_the_place_that_does_it() {
    let mut journey = Journey::demo().await;
    journey.press(":apiKeys list<enter>");
    journey.shows("[API Keys 8]");
    journey.press(":atlas api serviceAccounts createOrgServiceAccount<enter>");
    journey.shows("[Service Accounts");
    journey.shows("Description");
    journey.press("<esc>");
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("Client ID");
    journey.press(":accessLists create<enter>");
    journey.settle().await;
    journey.shows("Access List");
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |setting| setting.read_only = true);
    journey.settle().await;
    journey.press(":generate a new client secret");
    journey.shows("read-only");
    journey.press("<enter>");
    journey.says("cannot be done: read-only");
    journey.press("<esc>");
    journey.shows_not("Commands");
}

#[tokio::test]
async fn over_a_change_it_leaves_the_change_where_it_is() {
    for over in [":", "?"] {
        let mut journey = Journey::demo().await;
        journey.press("/grafana<enter>e<space><enter>");
        journey.settle().await;
        journey.pass(SignedDuration::from_millis(300));
        journey.shows("Go on? Press y");
        journey.press(over);
        journey.shows(if over == ":" { "Commands" } else { "Help" });
        journey.press("<esc>");
        journey.shows("Go on? Press y");
        journey.press("<esc>");
        journey.shows_not("Go on? Press y");
        assert!(journey.emulator().requests().iter().all(|seen| seen.method != "PATCH"));
    }
}
