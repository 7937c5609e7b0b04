//! Every place that can have the keyboard, and the way there.

use gatehouse::app::Event;
use gatehouse::app::keys::Layer;
use gatehouse::app::state::Setting;
use gatehouse::emulator::Options;
use gatehouse::ui::theme::Theme;
use jiff::SignedDuration;

use super::journey::{Journey, emulator};
use crate::screens;

/// Each place, by the layer that has the keyboard there, and the keys that lead to it from
/// the lists.
pub const PLACES: &[(&str, Layer, &[&str])] = &[
    ("list", Layer::List, &[]),
    ("keys", Layer::List, &["2"]),
    ("marked", Layer::List, &["<space>j<space>"]),
    ("filter", Layer::Filter, &["/"]),
    ("palette", Layer::Palette, &[":"]),
    ("details", Layer::Details, &["<enter>"]),
    ("organizations", Layer::Organizations, &["w"]),
    ("help", Layer::Help, &["?"]),
    ("problem", Layer::Problem, &["!"]),
    ("raw", Layer::Raw, &["J"]),
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
    ("activity", Layer::Activity, &["T"]),
    ("by hand", Layer::Twin, &["x"]),
    ("life", Layer::Secret, &["/pagerduty<enter>s"]),
    ("other life", Layer::Form, &["/pagerduty<enter>s", "G<enter>"]),
    ("sink", Layer::Sink, &["/pagerduty<enter>s", "<enter>"]),
    ("file", Layer::Form, &["/pagerduty<enter>s", "<enter>", "j<enter>"]),
    ("about to generate", Layer::Confirm, &["/pagerduty<enter>s", "<enter>", "G<enter>"]),
    ("made", Layer::Made, &["/pagerduty<enter>s", "<enter>", "G<enter>", "y"]),
    ("proof", Layer::Sentence, &["/pagerduty<enter>s", "<enter>", "G<enter>", "y", "q"]),
];

/// The demo, at the place to which these keys lead.
pub async fn reach(keys: &[&str]) -> Journey {
    reach_as(keys, |_| {}).await
}

/// The same, set differently.
pub async fn reach_as(keys: &[&str], set: impl FnOnce(&mut Setting)) -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, set);
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

/// What nothing may change that is no answer to what is asked.
pub fn standing(journey: &Journey) -> impl PartialEq + std::fmt::Debug + use<> {
    let state = journey.app.state();
    (
        journey.emulator().requests().len(),
        (journey.is_waiting(), journey.left, journey.copied.len()),
        (state.held.len(), state.notes.len(), state.task.is_some(), state.many.is_some()),
        state.place.is_some(),
    )
}

/// The places to which no keys alone lead.
pub async fn others() -> [(Layer, Journey); 4] {
    let theme = Theme::ansi();
    [
        (Layer::Credentials, screens::credentials(&theme).await),
        (Layer::Welcome, screens::welcome(&theme).await),
        (Layer::Unfinished, screens::left_open(&theme).await),
        (Layer::Rotation, screens::rotation(&theme).await),
    ]
}

/// The screen without its last lines, in which words pass.
pub fn body(journey: &Journey) -> String {
    let screen = journey.screen();
    let lines: Vec<_> = screen.lines().collect();
    lines[..lines.len() - 2].join("\n")
}
