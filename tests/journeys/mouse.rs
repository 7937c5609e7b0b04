//! The mouse: it chooses, opens and scrolls, and sends nothing.

use gatehouse::app::keys::Layer;
use std::collections::HashSet;

use gatehouse::app::{Event, Pointer};
use gatehouse::ui::text::width;
use jiff::SignedDuration;
use ratatui::layout::Position;

use crate::support::journey::Journey;

/// Where a text stands on the screen.
fn place(journey: &Journey, text: &str) -> Position {
    let screen = journey.screen();
    let found = screen.lines().enumerate().find_map(|(y, line)| Some((y, line.find(text)?, line)));
    let (y, at, line) = found.unwrap_or_else(|| panic!("{text} is not on screen:\n{screen}"));
    let [x, y] = [width(&line[..at]), y].map(|at| u16::try_from(at).expect("small"));
    Position::new(x, y)
}

fn press(journey: &mut Journey, at: Position) {
    journey.event(Event::Pointer(Pointer::Press(at)));
}

fn click(journey: &mut Journey, text: &str) {
    let at = place(journey, text);
    press(journey, at);
}

#[tokio::test]
async fn a_click_chooses_a_row_and_a_second_one_opens_it() {
    let mut journey = Journey::demo().await;
    click(&mut journey, "grafana");
    assert!(journey.cursor_line().contains("grafana"));
    assert_eq!(journey.app.layer(), Layer::List);
    click(&mut journey, "grafana");
    journey.settle().await;
    assert_eq!(journey.app.layer(), Layer::Details);
    click(&mut journey, "Description");
    assert!(journey.cursor_line().contains("Description"));
    journey.press("<esc>");
    assert!(journey.cursor_line().contains("grafana"), "the row is kept");
    // The heads, the rule and what lies below the last row are no rows.
    for at in [Position::new(5, 1), Position::new(5, 2), Position::new(5, 27)] {
        press(&mut journey, at);
        assert!(journey.cursor_line().contains("grafana"), "{at}");
    }
}

#[tokio::test]
async fn a_click_on_a_tab_turns_to_it_at_every_width() {
    let mut journey = Journey::demo().await;
    for (columns, [one, other]) in
        [(100, ["Service Accounts", "API Keys"]), (70, ["Accounts", "Keys"])]
    {
        journey.resize(columns, 30);
        click(&mut journey, other);
        journey.shows(&format!("[{other} 8]"));
        click(&mut journey, one);
        journey.shows(&format!("[{one} 16]"));
    }
    // Where there is room for one tab alone, it is where one is.
    journey.resize(50, 30);
    click(&mut journey, "Accounts");
    journey.shows("[Accounts 16]");
    // And over the list, a dialog has the mouse.
    journey.resize(100, 30);
    journey.press("?");
    click(&mut journey, "API Keys");
    assert_eq!(journey.app.layer(), Layer::Help);
}

#[tokio::test]
async fn the_wheel_scrolls_what_has_the_keyboard() {
    let mut journey = Journey::demo().await;
    let wheel = |journey: &mut Journey, pointer| journey.event(Event::Pointer(pointer));
    wheel(&mut journey, Pointer::WheelDown);
    journey.shows("4 of 16");
    wheel(&mut journey, Pointer::WheelUp);
    wheel(&mut journey, Pointer::WheelUp);
    journey.shows("1 of 16");
    journey.press("?");
    journey.shows("1-25 of");
    wheel(&mut journey, Pointer::WheelDown);
    journey.shows("4-28 of");
    journey.press("<esc>n");
    let before = journey.screen();
    wheel(&mut journey, Pointer::WheelDown);
    assert_eq!(journey.screen(), before, "a form is not scrolled");
}

#[tokio::test]
async fn in_dialogs_a_click_moves_the_cursor_and_a_second_one_ticks() {
    let mut journey = Journey::demo().await;
    journey.press("/grafana<enter>e");
    journey.settle().await;
    click(&mut journey, "Organization Billing Admin");
    assert!(journey.cursor_line().contains("Organization Billing Admin"));
    assert!(journey.line("Organization Billing Admin").contains("[ ]"));
    click(&mut journey, "Organization Billing Admin");
    assert!(journey.line("Organization Billing Admin").contains("[x]"));
    journey.press("<esc><esc>a");
    journey.settle().await;
    journey.press("n192.0.2.7, 192.0.2.8, 192.0.2.9<enter>");
    click(&mut journey, "192.0.2.7");
    assert!(journey.cursor_line().contains("192.0.2.7"));
    click(&mut journey, "192.0.2.7");
    journey.shows("+ add");
}

/// Everywhere on every screen, twice and twice again: what is sent is sent by keys.
#[tokio::test]
async fn no_click_sends_anything() {
    let mut layers = HashSet::new();
    for keys in [
        "",
        "?",
        ":",
        "e",
        "a",
        "p",
        "i",
        "s",
        "R",
        "n",
        "c",
        "S",
        "w",
        "D",
        "<enter>",
        " ja",
        " je",
        "jjjD",
        ":delete",
        "u",
        "/a",
        "<tab>",
        "<tab>s",
        "<tab>n",
        "<tab>D",
        "e <enter>",
    ] {
        let mut journey = Journey::unlimited().await;
        for key in keys.split_inclusive(['>', ' ']) {
            journey.press(key);
            journey.settle().await;
        }
        journey.pass(SignedDuration::from_millis(300));
        layers.insert(journey.app.layer());
        for y in 0..30 {
            for x in [1, 20, 40, 60, 95] {
                for _ in 0..2 {
                    press(&mut journey, Position::new(x, y));
                }
                journey.event(Event::Pointer(Pointer::WheelDown));
            }
        }
        journey.settle().await;
        let sent = journey.emulator().requests();
        let changes: Vec<_> = sent
            .iter()
            .filter(|seen| seen.method != "GET" && seen.path_and_query != "/api/oauth/token")
            .map(|seen| format!("{} {}", seen.method, seen.path_and_query))
            .collect();
        assert_eq!(changes, [] as [String; 0], "{keys:?}");
    }
    assert!(layers.len() >= 12, "only {layers:?}");
}
