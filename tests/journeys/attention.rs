//! What is read again by itself while somebody looks, and is not while nobody does.

use gatehouse::app::Event;
use gatehouse::emulator::Options;
use jiff::SignedDuration;

use crate::support::fault_proxy::{End, Fault, FaultProxy};
use crate::support::journey::{Journey, emulator};

/// Lets minutes pass one after the other, as they do.
async fn minutes(journey: &mut Journey, count: usize) {
    for _ in 0..count {
        journey.pass(SignedDuration::from_mins(1));
        journey.settle().await;
    }
}

/// Nothing wakes the program, and nothing that does not come from a person reads.
fn is_at_rest(journey: &mut Journey) {
    for _ in 0..90 {
        assert_eq!(journey.app.wake_at(), None, "a program at rest sleeps");
        journey.pass(SignedDuration::from_mins(1));
        journey.resize(90, 25);
        journey.event(Event::Unwatched);
        assert!(!journey.is_waiting(), "nothing is asked");
    }
}

#[tokio::test]
async fn five_minutes_after_the_focus_was_lost_nothing_is_read_until_it_is_back() {
    let mut journey = Journey::unlimited().await;
    journey.event(Event::Unwatched);
    minutes(&mut journey, 4).await;
    // Somebody may look on from the window beside it.
    journey.shows("● live · 14:06");
    minutes(&mut journey, 2).await;
    journey.shows("‖ paused · 14:07");
    is_at_rest(&mut journey);
    journey.shows("‖ paused · 14:07");
    journey.event(Event::Watched);
    journey.shows("● live · 14:07");
    journey.settle().await;
    journey.shows("● live · 15:38");
    minutes(&mut journey, 10).await;
    journey.shows("● live · 15:48");
}

#[tokio::test]
async fn a_terminal_that_tells_nothing_of_its_focus_is_looked_at_for_half_an_hour_after_a_key() {
    let mut journey = Journey::unlimited().await;
    minutes(&mut journey, 20).await;
    journey.press("j");
    minutes(&mut journey, 29).await;
    journey.shows("● live · 14:51");
    minutes(&mut journey, 2).await;
    is_at_rest(&mut journey);
    journey.shows("‖ paused · 14:52");
    // The row under the cursor is where it was, and the key does what it does.
    let row = journey.cursor_line();
    journey.press("k");
    assert_ne!(journey.cursor_line(), row);
    journey.settle().await;
    journey.shows("● live · 16:23");
}

/// Trying again is reading again.
#[tokio::test]
async fn offline_it_tries_again_for_somebody_only() {
    let emulator = emulator(Options::default()).await;
    let proxy = FaultProxy::before(emulator.base_url()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin_at(&proxy.base_url(), credential, |_| {});
    journey.settle().await;
    journey.event(Event::Unwatched);
    proxy.plan("", "", usize::MAX, Fault::Unsent(End::Closed));
    minutes(&mut journey, 12).await;
    journey.shows("✖ offline · paused");
    journey.shows("The next key tries again.");
    assert_eq!(journey.app.wake_at(), None);
    proxy.mend();
    journey.press("j");
    journey.settle().await;
    journey.shows("● live · 14:14");
}

/// Whoever opens a computer that has slept is there, though no key came for hours.
#[tokio::test]
async fn a_computer_that_has_slept_was_woken_by_somebody() {
    let mut journey = Journey::unlimited().await;
    minutes(&mut journey, 2).await;
    journey.pass(SignedDuration::from_hours(9));
    journey.settle().await;
    journey.shows("● live · 23:04");
    minutes(&mut journey, 31).await;
    journey.shows("‖ paused · 23:34");
}
