//! Other keys: what is chosen in `config.toml` is what holds, what is shown and what is
//! offered.

use std::fmt::Write as _;

use gatehouse::app::keys::{Action, Keymap, Layer, Wanted};
use gatehouse::app::palette::{Place, entries};
use gatehouse::emulator::Options;
use gatehouse::ui::symbols::TYPOGRAPHIC;
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

fn keymap(wanted: &[(&str, &[&str])]) -> Keymap {
    let wanted = (1..).zip(wanted).map(|(line, (action, keys))| Wanted {
        line,
        action: (*action).to_owned(),
        keys: keys.iter().map(ToString::to_string).collect(),
    });
    Keymap::with(&wanted.collect::<Vec<_>>()).expect("a key table")
}

/// Those of somebody who thinks otherwise in many ways.
fn others() -> Keymap {
    keymap(&[
        ("open", &["l", "enter"]),
        ("back", &["h"]),
        ("help", &["F2"]),
        ("delete", &["X", "ctrl-t"]),
        ("agree", &["Y"]),
        ("down", &["ctrl-n", "down"]),
        ("up", &["ctrl-p", "up"]),
        ("save", &["F10", "enter"]),
    ])
}

async fn with(keys: Keymap) -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("one");
    let mut journey = Journey::begin(emulator, credential, |setting| setting.keys = keys);
    journey.settle().await;
    journey
}

/// The words of a text, however its lines are broken.
fn words(text: &str) -> String {
    let mut all = String::new();
    for line in text.lines() {
        let inner = line.split('│').nth(1).unwrap_or_default();
        let _ = write!(all, "{} ", inner.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    all
}

#[tokio::test]
async fn every_action_is_reached_by_its_key_by_the_help_and_by_the_palette() {
    for keys in [Keymap::default(), others()] {
        let mut journey = with(keys.clone()).await;
        let help = keys.key(Layer::List, Action::Help);
        journey.press(&if help.len() > 1 { format!("<{help}>") } else { help });
        journey.resize(300, 900);
        let help = words(&journey.screen());
        for line in keys.lines() {
            for layer in &*line.layers {
                for key in &*line.keys {
                    assert_eq!(keys.lookup(*layer, *key), Some(line.action), "{line:?}");
                }
                // The first screen is shown where it is.
                let told = format!("{} {}", TYPOGRAPHIC.keys(line), line.help);
                assert!(*layer == Layer::Welcome || help.contains(&told), "{told}\n{help}");
                let place = Place {
                    keys: &keys,
                    layer: *layer,
                    hidden: &[],
                    read_only: false,
                    symbols: &TYPOGRAPHIC,
                };
                let offered = entries(place)
                    .into_iter()
                    .any(|entry| entry.words == line.help && entry.keys == TYPOGRAPHIC.keys(line));
                assert!(offered || line.action == Action::Palette, "{layer:?}: {told}");
            }
        }
    }
}

#[tokio::test]
async fn other_keys_do_what_the_old_ones_did_and_are_named_everywhere() {
    let mut journey = with(others()).await;
    journey.shows("l details");
    journey.shows("F2 help");
    journey.shows("1 of 16");
    journey.press("j");
    journey.shows("1 of 16");
    journey.press("<c-n>");
    journey.shows("2 of 16");
    journey.press("l");
    journey.settle().await;
    journey.shows("Client ID");
    journey.press("h");
    journey.shows_not("Client ID");
    journey.press("l");
    journey.settle().await;
    journey.press("<esc>");
    journey.shows_not("Client ID");
    // What types goes on typing.
    journey.press("/hlX");
    journey.shows("/ hlX");
    journey.press("<esc>");
    // A question names the key that agrees; the old one does not.
    journey.press(" ");
    journey.shows("X delete, a access, e roles");
    journey.press("e");
    journey.settle().await;
    journey.press(" <enter>");
    journey.settle().await;
    journey.pass(SignedDuration::from_millis(300));
    journey.says("Go on? Press Y, or esc to go back.");
    let before = journey.emulator().requests().len();
    journey.press("y");
    journey.settle().await;
    journey.shows("Go on? Press Y");
    assert_eq!(journey.emulator().requests().len(), before);
    journey.press("Y");
    journey.settle().await;
    journey.shows_not("Go on?");
}

#[tokio::test]
async fn lists_are_read_again_as_often_as_one_wants() {
    for (refresh, words, again) in [
        (Some(20), "by itself every 20 s", true),
        (Some(600), "by itself every 600 s", false),
        (None, "only with r", false),
    ] {
        let emulator = emulator(Options::default()).await;
        let credential = emulator.service_account().expect("one");
        let mut journey = Journey::begin(emulator, credential, |setting| {
            setting.refresh = refresh.map(SignedDuration::from_secs);
        });
        journey.settle().await;
        let before = journey.emulator().requests().len();
        journey.pass(SignedDuration::from_secs(61));
        journey.settle().await;
        assert_eq!(journey.emulator().requests().len() > before, again, "{words}");
        if refresh.is_none() {
            assert_eq!(journey.app.wake_at(), None, "nothing is waited for");
        }
        journey.press("?");
        journey.resize(100, 900);
        assert!(self::words(&journey.screen()).contains(words), "{words}");
    }
}
