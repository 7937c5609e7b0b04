//! The built program on a pseudo-terminal before an Atlas whose every answer is hostile,
//! and what it tells where it has no screen: every byte that is written is looked at.

use std::process::Command;
use std::time::Duration;

use gatehouse::emulator::{self, Fault, Limits, Options, Plan, corpus};

use super::terminal::watch;
use crate::support::pty::{GATEHOUSE, Home, Session};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_whole_session_writes_nothing_that_is_not_ours() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator::start(options).await.expect("an emulator");
    emulator.patch(super::screens::fill);
    let (operation, path) = (None, Some("/api/atlas".into()));
    emulator.plan(Plan { operation, path, times: usize::MAX / 2, does: Fault::Hostile });
    let credential = emulator.api_key().expect("it has one");
    let mut session = Session::run(Home::with(&credential, &emulator), &[GATEHOUSE], &[]);
    let count = format!("1 of {}", corpus().len());
    session.until_text(&count[..4]);
    // A page for each dozen of texts.
    for _ in 0..60 {
        session.press("\x04");
    }
    session.press("G");
    session.until("the last row", |screen| {
        let last = screen.contents();
        last.lines().any(|line| {
            line.split_once(" of ").is_some_and(|(at, all)| at.trim_start().ends_with(all.trim()))
        })
    });
    session.press("gjjj\r");
    session.until_text("Client ID");
    session.press("y");
    session.until_text("sent to the terminal's clipboard");
    session.press_esc("Client ID");
    session.press("D");
    // What is looked at before has the same title.
    session.until_text("or esc to go back");
    // A question is deaf when it comes up.
    session.pass(Duration::from_millis(300));
    session.press_esc("Delete service account");
    session.resize(50, 180);
    session.until_text("CREATED");
    session.press("2");
    session.until_text("[API Keys");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
    let seen = watch(&session.transcript, true);
    assert!(seen.offences.is_empty(), "{:?}", seen.offences);
    assert_eq!(seen.copied.len(), 1);
    assert!(seen.printed > 20_000, "only {} characters", seen.printed);
}

/// A terminal that lets the mark of a paste's end through does not make keys of a paste.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_paste_that_holds_its_own_end_confirms_nothing() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("it has one");
    let mut session = Session::run(Home::with(&credential, &emulator), &[GATEHOUSE], &[]);
    session.until_text("1 of 16");
    session.press("/grafana\r");
    session.until_text("1 of 1");
    session.press("D");
    session.until_text("Type grafana and press enter");
    // A question is deaf when it comes up.
    session.pass(Duration::from_millis(300));
    session.press("\u{1b}[200~not \u{1b}[201~it\x15grafana\r");
    session.until_text("  not");
    // Time passes: it is a person again.
    session.pass(Duration::from_millis(300));
    session.press("X");
    session.until_text("  notX");
    session.press_esc("Type grafana");
    session.press("q");
    assert!(session.end().success());
    let deleted = emulator.requests().iter().filter(|seen| seen.method == "DELETE").count();
    assert_eq!(deleted, 0);
}

/// What is written where something is wrong before there is a screen.
#[test]
fn what_is_told_without_a_screen_does_nothing_either() {
    let hostile = ["\u{1b}]0;title\u{7}x", "\u{9b}31mx", "x\u{202e}y", "\u{1b}[2Jx\nx"];
    for text in hostile {
        for (arguments, variable) in [
            (&["--profile", text][..], "UNUSED"),
            (&["--base-url", text], "UNUSED"),
            (&["--org", text], "UNUSED"),
            (&[], "MONGODB_ATLAS_PROFILE"),
            (&[], "MONGODB_ATLAS_OPS_MANAGER_URL"),
            (&[], "MONGODB_ATLAS_ORG_ID"),
            (&["emulator", "--faults", text], "UNUSED"),
            (&["emulator", "--limit", text], "UNUSED"),
            (&[text], "UNUSED"),
        ] {
            let home = Home::empty();
            let output = Command::new(GATEHOUSE)
                .args(arguments)
                .env_clear()
                .env("HOME", home.path())
                .env(variable, text)
                .stdin(std::process::Stdio::null())
                .output()
                .expect("it runs");
            assert!(!output.status.success(), "{arguments:?}");
            let told = [output.stdout, output.stderr].concat();
            assert!(!told.is_empty());
            for line in told.split(|byte| *byte == b'\n') {
                let offences = watch(line, false).offences;
                assert!(
                    offences.is_empty(),
                    "{arguments:?} {variable}: {offences:?} in {}",
                    String::from_utf8_lossy(line).escape_debug()
                );
            }
        }
    }
}
