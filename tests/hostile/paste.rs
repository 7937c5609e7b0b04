//! What is pasted is data: it fills the text field that has the keyboard, without what
//! would act or hide, and confirms nothing, leaves nothing and asks Atlas for nothing.

use std::collections::HashSet;

use gatehouse::app::Event;
use gatehouse::app::keys::Layer;
use gatehouse::atlas::text::is_clean;
use gatehouse::emulator::Options;
use gatehouse::ui::theme::Theme;
use jiff::SignedDuration;

use crate::screens;
use crate::support::journey::{Journey, emulator};

/// Each screen, by the layer that has the keyboard there, and the keys that lead to it.
const SCREENS: &[(&str, Layer, &[&str])] = &[
    ("list", Layer::List, &[]),
    ("keys", Layer::List, &["2"]),
    ("marked", Layer::List, &["<space>j<space>"]),
    ("filter", Layer::Filter, &["/"]),
    ("palette", Layer::Palette, &[":"]),
    ("details", Layer::Details, &["<enter>"]),
    ("organizations", Layer::Organizations, &["w"]),
    ("help", Layer::Help, &["?"]),
    ("problem", Layer::Problem, &["!"]),
    ("agree", Layer::Confirm, &["/datadog<enter>an0.0.0.0/0<enter>", "<enter>"]),
    ("lock-out", Layer::Sentence, &["/atlas-admin<enter>D"]),
    ("sentence", Layer::Sentence, &["/datadog<enter>D"]),
    ("many", Layer::Sentence, &["/datadog<enter><space>D"]),
    ("entries of many", Layer::Form, &["/datadog<enter><space>a"]),
    ("roles of many", Layer::Roles, &["/datadog<enter><space>e"]),
    ("rename", Layer::Form, &["/datadog<enter>i"]),
    ("create", Layer::Form, &["n"]),
    ("roles", Layer::Roles, &["/datadog<enter>e"]),
    ("access list", Layer::AccessList, &["/datadog<enter>a"]),
    ("new entries", Layer::Form, &["/datadog<enter>an"]),
    ("projects", Layer::Projects, &["/datadog<enter>p"]),
    ("settings", Layer::Settings, &["S"]),
    ("life", Layer::Secret, &["/pagerduty<enter>s"]),
    ("other life", Layer::Form, &["/pagerduty<enter>s", "G<enter>"]),
    ("sink", Layer::Sink, &["/pagerduty<enter>s", "<enter>"]),
    ("file", Layer::Form, &["/pagerduty<enter>s", "<enter>", "j<enter>"]),
    ("about to generate", Layer::Confirm, &["/pagerduty<enter>s", "<enter>", "G<enter>"]),
    ("made", Layer::Made, &["/pagerduty<enter>s", "<enter>", "G<enter>", "y"]),
    ("proof", Layer::Sentence, &["/pagerduty<enter>s", "<enter>", "G<enter>", "y", "q"]),
];

/// Keys of every screen, the ends of lines and of pastes, and what no text holds.
const PASTE: &str =
    "y\nq\x03Dx\u{1b}[201~\r\u{1b}y\tdelete 1\rgrafana\n\u{202e}w\u{200b}\u{9b}~\x1a\n";

async fn reach(keys: &[&str]) -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    // Something to be read about.
    journey.event(Event::Warning("This is a test.".into()));
    for keys in keys {
        journey.pass(SignedDuration::from_secs(5));
        journey.settle().await;
        journey.press(keys);
        journey.settle().await;
    }
    journey.pass(SignedDuration::from_millis(300));
    journey.settle().await;
    journey
}

/// What a paste must leave as it is.
fn standing(journey: &Journey) -> impl PartialEq + std::fmt::Debug + use<> {
    let state = journey.app.state();
    (
        journey.emulator().requests().len(),
        (journey.is_waiting(), journey.left, journey.copied.len()),
        (state.held.len(), state.notes.len(), state.task.is_some(), state.many.is_some()),
        state.place.is_some(),
    )
}

#[tokio::test]
async fn on_every_screen_a_paste_only_fills_a_field() {
    let mut layers: HashSet<Layer> = HashSet::new();
    for (name, layer, keys) in SCREENS {
        layers.insert(paste_into(name, *layer, reach(keys).await));
    }
    let theme = Theme::ansi();
    let others = [
        (Layer::Welcome, screens::welcome(&theme).await),
        (Layer::Unfinished, screens::left_open(&theme).await),
        (Layer::Rotation, screens::rotation(&theme).await),
        (Layer::Credentials, screens::credentials(&theme).await),
    ];
    for (layer, journey) in others {
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

/// The screen without its last lines, in which words pass.
fn body(journey: &Journey) -> String {
    let screen = journey.screen();
    let lines: Vec<_> = screen.lines().collect();
    lines[..lines.len() - 2].join("\n")
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
async fn what_is_typed_a_moment_later_is_heard() {
    let mut journey = reach(&["/"]).await;
    journey.event(Event::Paste("data".to_owned()));
    journey.press("x");
    journey.shows("/ data");
    journey.pass(SignedDuration::from_millis(100));
    journey.press("dog");
    journey.shows("/ datadog");
}
