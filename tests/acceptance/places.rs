//! Every place shows the way, keeps what one was at, and leads back.

use gatehouse::app::keys::{BINDINGS, Layer};
use gatehouse::app::state::Setting;
use gatehouse::emulator::{Limits, Options};
use gatehouse::ui::symbols;
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};
use crate::support::places::{PLACES, others, reach, reach_as};

#[tokio::test]
async fn at_forty_columns_the_help_and_the_way_out_are_in_sight() {
    for (name, layer, keys) in PLACES {
        for symbols in [&symbols::TYPOGRAPHIC, &symbols::ASCII] {
            let set = |setting: &mut Setting| setting.theme.symbols = symbols;
            in_sight(name, *layer, &mut reach_as(keys, set).await);
        }
    }
    for (layer, mut journey) in others().await {
        in_sight("another", layer, &mut journey);
    }
}

fn in_sight(name: &str, layer: Layer, journey: &mut Journey) {
    journey.resize(40, 8);
    let screen = journey.screen();
    let footer = screen.lines().last().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| footer.contains(word));
    assert!(layer == Layer::Help || has(&["? help", "F1 help"]), "{name}: {footer}");
    let out = ["quit", "close", "clear", "cancel", "back", "stop"];
    assert!(has(&out), "{name}: {footer}");
}

/// Ways down from a row of the list, without a filter.
#[rustfmt::skip]
const WAYS: &[&[&str]] = &[
    &["<enter>"], &["<enter>", "j?"], &["<enter>", "e"], &["<enter>", "a", "n"], &["<enter>", "D"],
    &["e", "<space>"], &["e", "?", ":"], &["a", "n10.1.1.1"], &["p"], &["p", "<enter>", "<space>"],
    &["i", "more"], &["D", "half a name"], &["s"], &["s", "<enter>"], &["s", "<enter>", "j<enter>", "name"],
    &["s", "<enter>", "G<enter>"], &["R"], &["n", "new"], &["c"], &["n", "new<enter>", "<enter>", "<enter>"],
    &["S", "<space>"], &["w"], &["?"], &[":", "secret"], &["!"], &["u"],
];

#[tokio::test]
async fn esc_returns_from_everywhere_to_the_same_row() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.press("jjjjjjj");
    let row = |journey: &Journey| standpoint(journey).1.pop();
    let before = row(&journey);
    for way in WAYS {
        for keys in *way {
            journey.press(keys);
            journey.settle().await;
            journey.pass(SignedDuration::from_millis(300));
        }
        let mut steps = 0;
        while journey.app.layer() != Layer::List {
            journey.press("<esc>");
            journey.pass(SignedDuration::from_millis(300));
            journey.settle().await;
            steps += 1;
            assert!(steps < 8, "no way back from {way:?}:\n{}", journey.screen());
        }
        assert_eq!(row(&journey), before, "{way:?}");
        assert!(!journey.left, "{way:?}");
    }
}

/// The rows and fields that one is at, without the words that count time.
fn standpoint(journey: &Journey) -> (Layer, Vec<String>) {
    let screen = journey.screen();
    let marked = screen.lines().filter(|line| line.contains('▌'));
    let start = |line: &str| line.chars().take(30).collect();
    (journey.app.layer(), marked.map(start).collect())
}

#[tokio::test]
async fn a_refresh_keeps_what_is_open() {
    for (name, _, keys) in PLACES {
        let mut journey = reach(keys).await;
        let (before, asked) = (standpoint(&journey), journey.emulator().requests().len());
        journey.pass(SignedDuration::from_secs(61));
        journey.settle().await;
        journey.pass(SignedDuration::from_secs(61));
        journey.settle().await;
        assert!(journey.emulator().requests().len() > asked, "{name}: nothing was read again");
        assert_eq!(standpoint(&journey), before, "{name}:\n{}", journey.screen());
    }
}

/// Every key of the table that begins a change, and what often follows it.
#[tokio::test]
async fn read_only_shows_no_change_and_sends_none() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator(options).await;
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |setting| setting.read_only = true);
    journey.settle().await;
    journey.emulator().forget_requests();
    let changes: Vec<_> =
        BINDINGS.iter().filter(|line| line.action.begins_change()).map(|line| line.help).collect();
    for way in WAYS {
        for keys in *way {
            journey.press(keys);
            journey.settle().await;
            journey.press("<enter>y<enter>");
            journey.pass(SignedDuration::from_millis(300));
            journey.settle().await;
            journey.press("?");
            let screen = journey.screen();
            let shown: Vec<_> = changes.iter().filter(|help| screen.contains(**help)).collect();
            assert!(shown.is_empty(), "{way:?} shows {shown:?}:\n{screen}");
            journey.press("<esc>");
        }
        journey.press("<c-c>");
        for _ in 0..6 {
            journey.pass(SignedDuration::from_millis(600));
            journey.press("<esc>");
        }
    }
    let asked = journey.emulator().requests();
    let sent: Vec<_> = asked.iter().filter(|seen| seen.method != "GET").collect();
    assert!(sent.is_empty(), "{sent:?}");
}
