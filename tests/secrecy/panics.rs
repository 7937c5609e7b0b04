//! What the program says where it stumbles over a mistake of its own.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{env, fs, thread};

use gatehouse::runtime::panics;
use gatehouse::runtime::terminal::Terminal;
use ratatui::text::Span;

use crate::support::pty::{Home, Session};

const SECRET: &str = "mdb_sa_sk_Zk9_vQ2-xL7pWm4RtY8bNc3Hd6Gf1Js0Ae5Ui";
/// How it is to stumble, and the file that tells that something was saved before.
const HOW: &str = "STUMBLE";
const SAVED: &str = "STUMBLE_SAVED";

/// The part of the tests below that runs in a process of its own.
#[test]
#[ignore = "it panics: other tests run it in a process of its own"]
fn stumble() {
    let Some(saved) = env::var_os(SAVED) else { return };
    panics::install(move || fs::write(&saved, "saved").expect("it can be saved"));
    match env::var(HOW).as_deref() {
        Ok("drawing") => {
            let mut terminal = Terminal::enter(true).expect("a terminal");
            let draw = terminal.draw(|buf| {
                buf.set_span(0, 0, &Span::raw("drawn"), 20);
                None
            });
            draw.expect("it can be written");
            panic!("while it draws: {SECRET}");
        }
        Ok("elsewhere") => {
            let other = thread::spawn(|| panic!("elsewhere: {SECRET}"));
            assert!(other.join().is_err());
        }
        _ => panic!("left: {SECRET}\nright: nothing"),
    }
}

/// The command line that stumbles.
fn line() -> [String; 5] {
    let program = env::current_exe().expect("this program").display().to_string();
    let name = format!("{}::stumble", module_path!().split_once("::").expect("a path").1);
    [program, name, "--exact".to_owned(), "--ignored".to_owned(), "--nocapture".to_owned()]
}

fn stumbling(how: &str, saved: &Path) -> Command {
    let [program, arguments @ ..] = line();
    let mut command = Command::new(program);
    command.args(arguments).env(HOW, how).env(SAVED, saved).env("RUST_BACKTRACE", "0");
    command
}

/// What was said: on standard error, and in all.
fn said(output: &Output) -> (String, String) {
    let [out, error] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    let all = out + &error;
    (error, all)
}

#[test]
fn it_saves_first_and_then_reports_without_secrets() {
    let home = Home::empty();
    let saved = home.path().join("saved");
    let output = stumbling("here", &saved).output().expect("it runs");
    assert_eq!(output.status.code(), Some(101));
    let (error, all) = said(&output);
    assert!(error.contains("gatehouse stumbled over a mistake of its own, at "), "{error}");
    assert!(error.contains("secrecy/panics.rs:"), "{error}");
    assert!(error.contains("left: mdb_sa_sk_***\nright: nothing\n"), "{error}");
    assert!(error.contains("Please report this"), "{error}");
    assert!(!error.contains("panics::stumble"), "a backtrace that nobody asked for: {error}");
    assert!(!all.contains(&SECRET[10..20]), "{all}");
    assert!(saved.exists());
}

#[test]
fn where_it_is_asked_for_the_report_has_a_backtrace() {
    let home = Home::empty();
    let mut command = stumbling("here", &home.path().join("saved"));
    let (error, all) = said(&command.env("RUST_BACKTRACE", "1").output().expect("it runs"));
    assert!(error.contains("panics::stumble"), "{error}");
    assert!(!all.contains(&SECRET[10..20]), "{all}");
}

#[test]
fn where_nobody_can_hear_it_it_still_saves_and_ends_in_order() {
    let home = Home::empty();
    let saved = home.path().join("saved");
    let mut child = stumbling("here", &saved)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("ours").code(), Some(101));
    assert!(saved.exists());
}

#[test]
fn what_stumbles_on_another_thread_is_reported_and_saves_nothing() {
    let home = Home::empty();
    let saved = home.path().join("saved");
    let output = stumbling("elsewhere", &saved).output().expect("it runs");
    assert!(output.status.success());
    let (error, all) = said(&output);
    assert!(error.contains("elsewhere: mdb_sa_sk_***"), "{error}");
    assert!(!all.contains(&SECRET[10..20]), "{all}");
    assert!(!saved.exists());
}

#[test]
fn the_terminal_is_given_back_before_the_report() {
    let home = Home::empty();
    let saved = home.path().join("saved").display().to_string();
    let environment = [(HOW, "drawing"), (SAVED, &saved)];
    let mut session = Session::run(home, &line().each_ref().map(String::as_str), &environment);
    assert_eq!(session.end().exit_code(), 101);
    session.is_given_back();
    let written = String::from_utf8_lossy(&session.transcript).into_owned();
    let (before, after) = written.split_once("\x1b[?1049l").expect("the main screen");
    assert!(before.contains("drawn"), "{written:?}");
    assert!(after.contains("while it draws: mdb_sa_sk_***"), "{written:?}");
    assert!(!written.contains(&SECRET[10..20]), "{written:?}");
    assert!(session.home.entries().contains(&"saved".to_owned()));
}
