//! The help: what holds here first, and a word to find the rest by.

use jiff::SignedDuration;

use crate::support::journey::Journey;

#[tokio::test]
async fn a_word_finds_what_is_told_anywhere() {
    let mut journey = Journey::demo().await;
    journey.press("?/secret slot");
    journey.shows("Nothing answers to that.");
    journey.press("<backspace><backspace><backspace><backspace>revo");
    journey.says("delete it, or revoke the secret under the cursor");
    journey.shows("In the details");
    journey.shows_not("narrow the list");
    // What is kept is scrolled as before; esc gives back the whole, and then the list.
    journey.press("<enter>j");
    journey.shows_not("narrow the list");
    journey.press("<esc>");
    journey.shows("narrow the list");
    journey.press("<esc>");
    journey.shows_not("Help");
}

#[tokio::test]
async fn no_line_is_told_twice() {
    let mut journey = Journey::demo().await;
    journey.resize(100, 300);
    journey.press("?");
    journey.pass(SignedDuration::from_secs(5));
    let screen = journey.screen();
    for words in
        ["narrow the list", "one step back; twice: leave gatehouse", "to the shell, until fg"]
    {
        assert_eq!(screen.matches(words).count(), 1, "{words}:\n{screen}");
    }
}
