//! Keys do what they say, and no more.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use gatehouse::app::Event;
use gatehouse::app::keys::{Action, Key, Keymap, Layer};
use gatehouse::emulator::{Emulator, Limits, Options};
use jiff::SignedDuration;

use crate::support::dice::Dice;
use crate::support::journey::{Journey, emulator};
use crate::support::places::{PLACES, reach, standing};
use crate::support::screen::draw;

/// Everything that a keyboard types.
fn printable() -> impl Iterator<Item = char> {
    (' '..='~').chain("éß€東🦀".chars())
}

/// Each character is typed and taken back: what stands afterwards is what stood before, so
/// it has changed the field and nothing else.
#[tokio::test]
async fn what_is_typed_changes_only_the_field() {
    for (name, layer, keys) in PLACES.iter().filter(|(_, layer, _)| layer.types_text()) {
        let mut journey = reach(keys).await;
        // Words about an empty field, or one as it came, are not at issue.
        journey.press("a");
        let (before, screen) = (standing(&journey), draw(&journey.app));
        for character in printable() {
            let key = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
            journey.event(key(KeyCode::Char(character)));
            assert_eq!(journey.app.layer(), *layer, "{character:?} in {name}");
            assert_ne!(draw(&journey.app), screen, "{character:?} in {name}");
            journey.event(key(KeyCode::Backspace));
            assert_eq!(draw(&journey.app), screen, "{character:?} in {name}");
        }
        assert_eq!(standing(&journey), before, "{name}");
    }
}

/// All that can be deleted, by name.
fn belongings(emulator: &Emulator) -> Vec<String> {
    emulator.patch(|store| {
        let org = store.main().expect("there");
        let accounts = org.accounts.rows_mut().iter().flat_map(|account| {
            let secrets = account.secrets.iter().map(|secret| secret.id.clone());
            let entries = account
                .standing
                .access_list
                .iter()
                .map(|entry| format!("{} of {}", entry.range, account.name));
            std::iter::once(account.name.clone()).chain(secrets).chain(entries).collect::<Vec<_>>()
        });
        let mut all: Vec<_> = accounts.collect();
        all.extend(org.keys.rows_mut().iter().map(|key| key.description.clone()));
        all
    })
}

/// Presses one of the keys many times, and lets pass what only time lets pass.
async fn press(journey: &mut Journey, keys: &[KeyEvent], times: usize, dice: &mut Dice) {
    for _ in 0..times {
        journey.event(Event::Key(keys[dice.roll(keys.len())]));
        if dice.roll(3) == 0 {
            journey.pass(SignedDuration::from_millis(300));
            journey.settle().await;
        }
    }
}

/// The keys of the table that begin, agree to, or remove anything, and those that get
/// about, each with each.
#[tokio::test]
async fn two_keys_delete_nothing() {
    let keys = crate::support::journey::keys("<enter> dDxyYnaescpRSujGw:<tab><esc>0");
    let emulator = emulator(Options { limits: Limits::unlimited(), ..Options::default() }).await;
    let credential = emulator.service_account().expect("a credential");
    let before = belongings(&emulator);
    let mut journey = Journey::begin(emulator, credential.clone(), |_| {});
    for (at, first) in keys.iter().enumerate() {
        for second in &keys[at..] {
            journey.settle().await;
            let mut dice = Dice(at as u64 + 1);
            press(&mut journey, &[*first, *second], 24, &mut dice).await;
            let emulator = journey.emulator();
            let after = belongings(emulator);
            let gone: Vec<_> = before.iter().filter(|one| !after.contains(one)).collect();
            assert!(gone.is_empty(), "{first:?} {second:?} deleted {gone:?}");
            // From the lists anew.
            let emulator = journey.emulator.take().expect("there");
            journey = Journey::begin(emulator, credential.clone(), |_| {});
        }
    }
}

#[tokio::test]
async fn enter_held_down_deletes_nothing() {
    for (name, _, keys) in PLACES {
        let mut journey = reach(keys).await;
        let before = belongings(journey.emulator());
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        for kind in [KeyEventKind::Press, KeyEventKind::Repeat] {
            for _ in 0..20 {
                journey.event(Event::Key(KeyEvent { kind, ..enter }));
                journey.pass(SignedDuration::from_millis(300));
                journey.settle().await;
            }
        }
        let after = belongings(journey.emulator());
        let gone: Vec<_> = before.iter().filter(|one| !after.contains(one)).collect();
        assert!(gone.is_empty(), "enter deleted {gone:?}, from {name}");
    }
}

/// The control: three keys and the name do delete.
#[tokio::test]
async fn what_is_typed_whole_is_deleted() {
    let mut journey = reach(&["/grafana<enter>D"]).await;
    assert_eq!(journey.app.layer(), Layer::Sentence);
    journey.pass(SignedDuration::from_millis(300));
    journey.press("grafana<enter>");
    journey.settle().await;
    assert!(!belongings(journey.emulator()).contains(&"grafana".to_owned()));
    let enter = Key::of(&KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)).expect("a key");
    let means = Keymap::default().lookup(Layer::List, enter);
    assert_eq!(means, Some(Action::Open), "enter opens, and does nothing else");
}
