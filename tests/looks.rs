//! How the program looks in each theme, in ASCII, and without anything that moves.

use gatehouse::app::state::Setting;
use gatehouse::emulator::{Emulator, Options, Seed};
use gatehouse::ui::motion::Motion;
use gatehouse::ui::symbols;
use gatehouse::ui::theme::Theme;
use jiff::SignedDuration;

use crate::screens::{SCREENS, begin, go_home, made, reach, situations};
use crate::support::journey::{Journey, emulator};
use crate::support::pty::{GATEHOUSE, Home, Session};
use crate::support::screen::{draw, styled, text};

/// The screens on which every meaning is drawn, by the keys that lead there.
const TELLING: &[(&str, &str)] = &[
    ("list", "jj<space>"),
    ("filtered", "/role:owner<space>prod<enter>"),
    ("details", "/k8s<enter><enter>"),
    ("roles", "/datadog<enter>ej<space>jj<space>"),
    ("delete", "/grafana<enter>D"),
    ("help", "?"),
];

fn ascii() -> Theme {
    Theme { symbols: &symbols::ASCII, ..Theme::ansi() }
}

#[tokio::test]
async fn every_theme_looks_as_it_was_reviewed() {
    let named = Theme::names().map(|name| (name, Theme::named(name).expect("it is there")));
    for (look, theme) in named.chain([("ascii", ascii())]) {
        let mut journey = begin(Seed::Demo, |setting| setting.theme = theme.clone()).await;
        journey.resize(80, 24);
        journey.settle().await;
        for (name, keys) in TELLING {
            reach(&mut journey, keys).await;
            insta::assert_snapshot!(format!("{name}_{look}"), styled(&draw(&journey.app).0));
            go_home(&mut journey).await;
        }
        let mut journey = made(&theme).await;
        journey.resize(80, 24);
        insta::assert_snapshot!(format!("made_{look}"), styled(&draw(&journey.app).0));
    }
}

/// Nothing in the sample organization is written in other letters any more.
fn in_ascii(emulator: &Emulator) {
    emulator.patch(|store| {
        for org in store.organizations.rows_mut() {
            for account in org.accounts.rows_mut() {
                account.name.retain(|letter| letter.is_ascii());
                account.description.retain(|letter| letter.is_ascii());
            }
        }
    });
}

fn check_ascii(name: &str, journey: &Journey) {
    check_text(name, &text(&draw(&journey.app).0));
}

fn check_text(name: &str, screen: &str) {
    let odd: Vec<_> = screen.lines().filter(|line| !line.is_ascii()).collect();
    assert!(odd.is_empty(), "{name}:\n{}", odd.join("\n"));
}

#[tokio::test]
async fn with_ascii_every_screen_is_ascii_when_the_data_is() {
    let set = |setting: &mut Setting| setting.theme = ascii();
    for (width, height) in [(200, 60), (100, 30), (60, 12), (40, 8)] {
        let mut journey = begin(Seed::Demo, set).await;
        in_ascii(journey.emulator());
        journey.resize(width, height);
        check_ascii("asking", &journey);
        journey.settle().await;
        for (name, keys) in SCREENS.iter().chain(TELLING) {
            reach(&mut journey, keys).await;
            check_ascii(name, &journey);
            // What stands further below, too.
            for _ in 0..20 {
                journey.press("<c-d>");
                check_ascii(name, &journey);
            }
            go_home(&mut journey).await;
        }
        journey.resize(24, 4);
        check_ascii("too small", &journey);
    }
    situations(&ascii(), |name, journey| {
        // The only other letter of the sample organization.
        let screen = text(&draw(&journey.app).0).replace('ü', "u");
        check_text(name, &screen);
    })
    .await;
}

#[tokio::test]
async fn data_in_other_letters_stays_as_it_is() {
    let mut journey = begin(Seed::Demo, |setting| setting.theme = ascii()).await;
    journey.emulator().patch(|store| {
        store.account("grafana").expect("there").description = "– “prod” · a… ●".into();
    });
    journey.settle().await;
    journey.shows("Büro Zürich, Auswertung");
    journey.press("/grafana<enter><enter>");
    journey.settle().await;
    journey.shows("– “prod” · a… ●");
}

#[tokio::test]
async fn what_is_not_to_move_stands_still_and_counts_seconds() {
    for (symbols, sign) in [(&symbols::TYPOGRAPHIC, "…"), (&symbols::ASCII, ".")] {
        let emulator = emulator(Options::default()).await;
        let credential = emulator.service_account().expect("one");
        let mut journey = Journey::begin(emulator, credential, |setting| {
            setting.motion = Motion::Still;
            setting.theme.symbols = symbols;
        });
        journey.pass(SignedDuration::from_millis(299));
        journey.shows_not("loading");
        let dot = symbols.dot;
        for seconds in 0..4 {
            journey.pass(SignedDuration::from_millis(if seconds == 0 { 1 } else { 700 }));
            journey.shows(&format!("{sign} loading {dot} {seconds} s"));
            // Nothing is drawn anew before the number changes.
            let wake = journey.app.wake_at().expect("it counts");
            let left = wake.duration_since(journey.now());
            assert_eq!(left, SignedDuration::from_millis(if seconds == 0 { 700 } else { 1_000 }));
            journey.pass(left - SignedDuration::from_millis(700));
        }
    }
}

#[tokio::test]
async fn what_moves_shows_eight_pictures_a_second() {
    let mut journey = begin(Seed::Demo, |_| {}).await;
    journey.pass(SignedDuration::from_millis(300));
    let frame = SignedDuration::from_millis(125);
    let mut seen = Vec::new();
    for _ in 0..8 {
        let wake = journey.app.wake_at().expect("it moves");
        assert_eq!(wake.duration_since(journey.now()), frame);
        let header = journey.screen().lines().next().expect("a header").to_owned();
        let at = header.find(" loading").expect("it loads");
        seen.push(header[..at].chars().next_back().expect("a picture"));
        journey.pass(frame);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 8, "{seen:?}");
}

/// A home where this is written in gatehouse's own configuration.
fn configured(text: &str) -> Home {
    let home = Home::empty();
    let folder = home.path().join(".config/gatehouse");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), text).expect("written");
    home
}

#[test]
fn true_colours_are_written_where_the_terminal_shows_them() {
    for (config, flags, colours, is_true) in [
        ("theme = 'dark'", &[][..], Some("truecolor"), true),
        ("", &["--theme", "dark"], Some("24bit"), true),
        ("theme = 'dark'", &[], None, false),
        ("theme = 'dark'", &[], Some("yes"), false),
    ] {
        let environment: Vec<_> = colours.map(|value| ("COLORTERM", value)).into_iter().collect();
        let line = [&[GATEHOUSE, "--demo"], flags].concat();
        let mut session = Session::run(configured(config), &line, &environment);
        session.until_text("1 of 16");
        if !is_true {
            session.until_text("The theme ansi is used: dark needs");
        }
        session.press("q");
        assert!(session.end().success());
        let written = String::from_utf8_lossy(&session.transcript);
        assert_eq!(written.contains("38;2;"), is_true, "{config} {flags:?} {colours:?}");
    }
}

#[test]
fn with_ascii_every_byte_is_ascii() {
    for (config, flags) in [("ascii = true", &[][..]), ("", &["--ascii"])] {
        let sizes = ["--seed", "7", "--accounts", "12"];
        let line = [&["--demo"], &sizes[..], flags].concat();
        let home = configured(config);
        let mut session = Session::run(home, &[&[GATEHOUSE], &line[..]].concat(), &[]);
        session.until_text("1 of 12");
        session.press("?");
        session.until_text("Here: the lists");
        session.press_esc("Here: the lists");
        session.press("\r");
        session.until_text("Client ID");
        session.press_esc("Client ID");
        session.press("q");
        assert!(session.end().success());
        let odd: Vec<_> = session.transcript.iter().filter(|byte| !byte.is_ascii()).collect();
        assert!(odd.is_empty(), "{config} {flags:?}: {odd:?}");
    }
}

#[test]
fn a_theme_that_is_not_understood_is_refused_with_its_line() {
    let home = configured("theme = 'mine'\n[themes.mine]\ndangr = 'bold red'\n");
    let output = std::process::Command::new(GATEHOUSE)
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains(
            "config.toml, line 3: themes.mine: \"dangr\" is not a meaning; did you mean danger?"
        ),
        "{told}"
    );
}
