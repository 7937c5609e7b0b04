//! What is pasted is data: it fills the text field that has the keyboard, without what
//! would act or hide, and confirms nothing, leaves nothing and asks Atlas for nothing.

use std::collections::HashSet;

use gatehouse::app::Event;
use gatehouse::app::keys::Layer;
use gatehouse::atlas::text::is_clean;
use jiff::SignedDuration;

use crate::support::journey::Journey;
use crate::support::places::{PLACES, body, others, reach, standing};

/// Keys of every screen, the ends of lines and of pastes, and what no text holds.
const PASTE: &str =
    "y\nq\x03Dx\u{1b}[201~\r\u{1b}y\tdelete 1\rgrafana\n\u{202e}w\u{200b}\u{9b}~\x1a\n";

#[tokio::test]
async fn on_every_screen_a_paste_only_fills_a_field() {
    let mut layers: HashSet<Layer> = HashSet::new();
    for (name, layer, keys) in PLACES {
        layers.insert(paste_into(name, *layer, reach(keys).await));
    }
    for (layer, journey) in others().await {
        layers.insert(paste_into("another", layer, journey));
    }
    assert_eq!(layers.len(), Layer::ALL.len(), "a layer is missing among {layers:?}");
}

fn paste_into(name: &str, layer: Layer, mut journey: Journey) -> Layer {
    assert_eq!(journey.app.layer(), layer, "{name}:\n{}", journey.screen());
    let (before, screen) = (standing(&journey), body(&journey));
    journey.event(Event::Paste(PASTE.to_owned()));
    // Where a terminal lets the mark of the end through, the rest comes as keys.
    journey.press("y<enter>q<esc>D<c-c>datadog<enter>");
    assert_eq!(standing(&journey), before, "{name}:\n{}", journey.screen());
    if layer.takes_paste() {
        assert!(journey.app.layer().types_text(), "{name}:\n{}", journey.screen());
        assert!(is_clean(&journey.screen().replace('\n', "")), "{name}");
    } else {
        assert_eq!(journey.app.layer(), layer, "{name}");
        assert_eq!(body(&journey), screen, "{name}");
        journey.shows("pasted text ignored");
    }
    // And it is all the same a moment later.
    journey.pass(SignedDuration::from_millis(300));
    assert_eq!(standing(&journey), before, "{name}");
    layer
}

#[tokio::test]
async fn a_paste_without_measure_is_not_taken() {
    let mut journey = reach(&["/datadog<enter>i"]).await;
    let before = body(&journey);
    journey.event(Event::Paste("x".repeat(7 << 20)));
    journey.shows("longer than anything that is asked for");
    assert_eq!(body(&journey), before);
}

#[tokio::test]
async fn what_is_left_out_of_a_paste_is_counted() {
    for (text, words) in [
        ("a\u{202e}b", "1 character was left out, which cannot be shown"),
        ("\u{202e}a\u{200b}\x07", "3 characters were left out, which cannot be shown"),
    ] {
        let mut journey = reach(&["/datadog<enter>i"]).await;
        journey.event(Event::Paste(text.to_owned()));
        journey.shows(words);
    }
    let mut journey = reach(&["/datadog<enter>i"]).await;
    journey.event(Event::Paste("plain\r\n\u{a0}text\n".to_owned()));
    journey.shows("datadogplain text");
    journey.shows_not("left out");
}

#[tokio::test]
async fn what_is_typed_a_moment_later_is_heard() {
    let mut journey = reach(&["/"]).await;
    journey.event(Event::Paste("data".to_owned()));
    journey.press("x");
    journey.shows("/ data");
    journey.pass(SignedDuration::from_millis(100));
    journey.press("dog");
    journey.shows("/ datadog");
}
