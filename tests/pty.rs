//! The built program on a pseudo-terminal: what a person at a keyboard gets.

use std::time::{Duration, Instant};

use rustix::process::{Signal, WaitOptions, kill_process, waitpid};

use crate::support::pty::{GATEHOUSE, Home, PATIENCE, Session};

#[test]
fn a_newcomer_walks_through_the_demo() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    session.press("jjjj");
    session.until_text("5 of 16");
    session.press("\r");
    session.until_text("Client ID");
    session.until_text("Projects");
    session.press_esc("Client ID");
    session.press("\t");
    session.until_text("[API Keys 8]");
    session.press("\r");
    session.until_text("API Key Details");
    session.press("q");
    session.until_text("1 of 8");

    session.resize(12, 60);
    session.until("a small screen", |screen| screen.contents().contains("[Keys 8]"));
    session.resize(4, 30);
    session.until_text("needs 40 × 8");
    session.resize(40, 160);
    session.until_text("CREATED");

    session.press("/jenk");
    session.until_text("/ jenk");
    session.press_esc("/ jenk");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

#[test]
fn ctrl_z_lends_the_terminal_to_the_shell() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    session.press("j");
    session.until_text("2 of 16");
    session.press("\x1a");
    session.until("the main screen", |screen| !screen.alternate_screen());
    let (_, status) = waitpid(Some(session.pid()), WaitOptions::UNTRACED)
        .expect("it is ours")
        .expect("it stopped");
    assert!(status.stopped(), "{status:?}");
    session.is_given_back();

    kill_process(session.pid(), Signal::CONT).expect("it goes on");
    session.until("the program again", vt100::Screen::alternate_screen);
    session.until_text("2 of 16");
    session.press("j");
    session.until_text("3 of 16");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

/// A shell sets the terminal's modes anew whenever it has it back, also from a program that
/// was stopped without a word.
#[cfg(target_os = "linux")]
#[test]
fn after_a_stop_without_a_word_keys_are_keys_again() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    kill_process(session.pid(), Signal::STOP).expect("it is ours");
    let stopped = waitpid(Some(session.pid()), WaitOptions::UNTRACED).expect("it is ours");
    assert!(stopped.is_some_and(|(_, status)| status.stopped()));
    session.set_modes("sane");
    kill_process(session.pid(), Signal::CONT).expect("it goes on");
    session.until_modes("-icanon -echo");
    session.press("jj");
    session.until_text("3 of 16");
    session.press("q");
    assert!(session.end().success());
}

/// More than is read at once is read to its end, without a further key.
#[test]
fn of_many_keys_at_once_none_waits_for_another() {
    let line = [GATEHOUSE, "--demo", "--accounts", "3500", "--keys", "1"];
    let mut session = Session::run(Home::empty(), &line, &[]);
    session.until_text("1 of 3500");
    session.until("all", |screen| !screen.contents().contains("3500..."));
    session.press(&"j".repeat(3000));
    session.until_text("3001 of 3500");
    session.press("q");
    session.end();
}

/// A click at a place, counted from 1, as terminals send it.
fn click(session: &mut Session, column: u16, line: u16) {
    session.press(&format!("\x1b[<0;{column};{line}M\x1b[<0;{column};{line}m"));
}

#[test]
fn the_mouse_is_taken_where_it_is_wanted_and_given_back() {
    let home = Home::empty();
    home.configure("mouse = true\n");
    let mut session = Session::run(home, &[GATEHOUSE, "--demo"], &[]);
    session.until_text("1 of 16");
    assert_eq!(session.mouse(), vt100::MouseProtocolMode::PressRelease);
    click(&mut session, 10, 8);
    session.until_text("5 of 16");
    session.press("\x1b[<65;10;8M");
    session.until_text("8 of 16");
    click(&mut session, 10, 8);
    session.until_text("5 of 16");
    click(&mut session, 10, 8);
    session.until_text("Client ID");
    session.press_esc("Client ID");

    session.press("\x1a");
    session.until("the main screen", |screen| !screen.alternate_screen());
    waitpid(Some(session.pid()), WaitOptions::UNTRACED).expect("it stopped");
    session.is_given_back();
    kill_process(session.pid(), Signal::CONT).expect("it goes on");
    session.until_text("5 of 16");
    assert_eq!(session.mouse(), vt100::MouseProtocolMode::PressRelease);
    kill_process(session.pid(), Signal::TERM).expect("it listens");
    session.end();
    session.is_given_back();
}

#[test]
fn the_mouse_is_left_to_the_terminal_where_nobody_asked_for_it() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    assert_eq!(session.mouse(), vt100::MouseProtocolMode::None);
    session.press("q");
    session.end();
    let written = String::from_utf8_lossy(&session.transcript).into_owned();
    for mode in ["?1000", "?1002", "?1003", "?1006"] {
        assert!(!written.contains(mode), "{mode}");
    }
}

/// A window that is dragged: no size in between is owed a picture, the last one is.
#[test]
fn a_storm_of_resizes_ends_with_the_last_size() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    session.press("\r");
    session.until_text("Client ID");
    let before = session.transcript.len();
    for number in 0..200 {
        session.resize(1 + number * 7 % 60, 1 + number * 13 % 200);
    }
    session.resize(24, 80);
    session.until("the last size", |screen| {
        let lines: Vec<_> = screen.rows(0, 80).collect();
        lines[23].contains("? help")
            && lines[1].starts_with("─ Acme Corp ")
            && lines[1].ends_with(" demo ─")
    });
    session.press_esc("Client ID");
    session.until_text("1 of 16");
    let bytes = session.transcript.len() - before;
    assert!(bytes < 200 * 16_000, "{bytes} bytes");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let mut session = Session::start(&["--demo"], &[]);
        session.until_text("1 of 16");
        kill_process(session.pid(), signal).expect("it listens");
        let status = session.end();
        assert_eq!(i32::try_from(status.exit_code()).ok(), Some(128 + signal.as_raw()));
        session.is_given_back();
    }
}

#[test]
fn without_colour_no_colour_is_written() {
    for (arguments, environment) in
        [(&["--demo"][..], &[("NO_COLOR", "1")][..]), (&["--demo", "--color", "never"], &[])]
    {
        let mut session = Session::start(arguments, environment);
        session.until_text("1 of 16");
        session.press("jj");
        session.until("the third row reversed", |screen| {
            screen.cell(5, 10).is_some_and(vt100::Cell::inverse)
        });
        session.press("\r");
        session.until_text("Client ID");
        session.press_esc("Client ID");
        session.press("q");
        session.end();
        let written = String::from_utf8_lossy(&session.transcript).into_owned();
        assert!(!written.contains("\x1b[;m"), "an empty colour");
        for sequence in written.split("\x1b[").skip(1) {
            let end = sequence.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(0);
            let (codes, last) = sequence.split_at(end);
            if !last.starts_with('m') {
                continue;
            }
            for code in codes.split(';').filter_map(|code| code.parse::<u16>().ok()) {
                // 39, 49 and 59 give back the terminal's own.
                let colour = (30..=49).contains(&code) || (90..=107).contains(&code) || code == 58;
                assert!(!colour || matches!(code, 39 | 49), "ESC[{codes}m sets a colour");
            }
        }
    }
}

#[test]
fn nothing_is_written_while_nothing_happens() {
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    // Details still fill in behind, unseen; then there is silence.
    let quiet = Duration::from_millis(1500);
    let end = Instant::now() + PATIENCE;
    while let Ok(bytes) = session.output.recv_timeout(quiet) {
        session.take(&bytes);
        assert!(Instant::now() < end, "it never falls silent");
    }
    session.press("j");
    session.until_text("2 of 16");
    assert!(session.output.recv_timeout(quiet).is_err(), "bytes without a reason");
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .arg("--demo")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("a terminal is needed"), "{error}");
}

#[test]
fn without_a_credential_the_first_screen_leads_to_the_demo() {
    let mut session = Session::start(&[], &[]);
    session.until_text("No credential for MongoDB Atlas was found.");
    session.press("\r");
    session.until_text("1 of 16");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}
