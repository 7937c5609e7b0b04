//! What becomes of a new secret, and of what the terminal shows, when the program is
//! ended, stopped or left alone while it holds one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use gatehouse::emulator::{Fault, Plan};
use rustix::process::{Signal, WaitOptions, kill_process, waitpid};

use crate::support::new_secret::{
    AT_ONCE, NO_FILES, Stage, TO_THE_SCREEN, acknowledge, agree, choose_place, each, make,
};
use crate::support::pty::{GATEHOUSE, PATIENCE, Session};

/// To end may take so long where nothing is waited for.
const SOON: Duration = Duration::from_secs(3);

/// How the program is ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Signal(Signal),
    /// Its terminal is closed.
    Closed,
    /// The same, and its shell does not tell it.
    ClosedUnheard,
}

impl End {
    /// How the program is started that is to end so.
    fn line(self) -> &'static [&'static str] {
        match self {
            Self::Signal(_) | Self::Closed => &[GATEHOUSE],
            Self::ClosedUnheard => &["sh", "-c", "trap '' HUP; \"$0\"; exit $?", GATEHOUSE],
        }
    }

    fn closes(self) -> bool {
        matches!(self, Self::Closed | Self::ClosedUnheard)
    }

    fn come(self, session: &mut Session) {
        match self {
            Self::Signal(signal) => kill_process(session.pid(), signal).expect("it runs"),
            Self::Closed => session.hang_up(),
            Self::ClosedUnheard => {
                // Nothing is to be drawn any more, which would fail.
                session.press("j");
                session.until_text("••••");
                session.hang_up();
            }
        }
    }

    /// The exit code by which shells tell of it.
    fn code(self) -> i32 {
        match self {
            Self::Signal(signal) => 128 + signal.as_raw(),
            Self::Closed | Self::ClosedUnheard => 128 + Signal::HUP.as_raw(),
        }
    }
}

/// Ends it, and sees that it ends as it should, with its terminal given back.
fn end(session: &mut Session, by: End) {
    by.come(session);
    let status = session.end();
    assert_eq!(i32::try_from(status.exit_code()).ok(), Some(by.code()), "{by:?}");
    if !by.closes() {
        session.is_given_back();
    }
}

/// Puts a new secret on the screen, where it can be read.
fn reveal(session: &mut Session, stage: &Stage) -> String {
    make(session, TO_THE_SCREEN);
    let secret = stage.newest();
    session.press("v");
    session.until_text(&secret);
    secret
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// The secret is saved, once, for its owner alone.
fn is_saved(stage: &Stage, secret: &str) {
    let files = stage.files_with(secret);
    let [file] = files.as_slice() else { panic!("saved in {files:?}") };
    let folder = stage.home.path().join("run/gatehouse");
    assert_eq!(file.parent(), Some(folder.as_path()));
    assert_eq!((mode(file), mode(&folder)), (0o600, 0o700));
    assert!(fs::read_to_string(file).expect("text").contains(secret));
}

/// The next start shows the secret. Once it is at hand nothing is left of it, and nothing
/// is told of it any more.
fn is_shown_again(stage: &Stage, secret: &str) {
    let mut session = stage.start();
    session.until_text("An earlier session was ended while it showed this secret");
    assert!(!session.text().contains(secret), "it is masked again");
    session.press("v");
    session.until_text(secret);
    acknowledge(&mut session, secret);
    session.press("q");
    assert!(session.end().success());
    assert_eq!(stage.files_with(secret), NO_FILES);

    let mut session = stage.start();
    session.press("u");
    session.until_text("nothing was left open");
    assert!(!session.text().contains("shown this once"), "{}", session.text());
    session.press("q");
    assert!(session.end().success());
}

/// The next start tells what is lost.
fn is_told_of(stage: &Stage, secret: &str) {
    assert_eq!(stage.files_with(secret), NO_FILES);
    let mut session = stage.start();
    session.until_text("Left open");
    session.until_text("pagerduty · a client secret was asked for");
    session.until_text("and its secret is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whatever_ends_it_a_secret_on_the_screen_is_saved_and_shown_again() {
    let signals = [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT].map(End::Signal);
    let closed = [End::Closed, End::ClosedUnheard];
    each(signals.into_iter().chain(closed), |by, stage| {
        let mut session = stage.run(by.line(), &[]);
        let secret = reveal(&mut session, stage);
        let begun = Instant::now();
        end(&mut session, by);
        assert!(begun.elapsed() < SOON, "{by:?} took {:?}", begun.elapsed());
        if !by.closes() {
            let text = session.text();
            assert!(text.contains("was saved in") && !text.contains(&secret), "{by:?}: {text}");
        }
        is_saved(stage, &secret);
        is_shown_again(stage, &secret);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_secret_that_is_on_its_way_is_waited_for_and_saved() {
    let stage = Stage::begin().await;
    let operation = Some("createOrgServiceAccountSecret".to_owned());
    stage.emulator.plan(Plan { operation, path: None, times: 1, does: Fault::Delay { ms: 1500 } });
    let mut session = stage.start();
    choose_place(&mut session);
    session.press(TO_THE_SCREEN);
    agree(&mut session);
    let late = Instant::now() + PATIENCE;
    while stage.emulator.faults_left() > 0 {
        assert!(Instant::now() < late, "it is never asked for");
        session.pass(Duration::from_millis(10));
    }
    assert_eq!(stage.secrets().len(), 1, "the answer is still to come");
    end(&mut session, End::Signal(Signal::TERM));
    let text = session.text();
    assert!(text.contains("waiting for a secret that is on its way"), "{text}");
    assert_eq!(stage.secrets().len(), 2);
    is_saved(&stage, &stage.newest());
    is_shown_again(&stage, &stage.newest());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_secret_that_could_not_be_saved_is_told_of() {
    each([false, true], |switched_off, stage| {
        if switched_off {
            stage.configure("rescue = \"off\"\n");
        }
        let mut session = stage.start();
        make(&mut session, TO_THE_SCREEN);
        let secret = stage.newest();
        if switched_off {
            end(&mut session, End::Signal(Signal::TERM));
            session.is_given_back();
            let text = session.text().replace('\n', "");
            assert!(text.contains("is lost: There is no folder to save it in"), "{text}");
        } else {
            kill_process(session.pid(), Signal::KILL).expect("it runs");
            session.end();
        }
        // What stays on the screen is the mask.
        assert!(!session.text().contains(&secret));
        is_told_of(stage, &secret);
    })
    .await;
}

/// The program's last frame, after which it wiped its screen and left it.
fn last_frame(session: &Session) -> String {
    const LEAVES: &[u8] = b"\x1b[2J\x1b[?1049l";
    let written = &session.transcript;
    let end = written.windows(LEAVES.len()).rposition(|part| part == LEAVES).expect("it left");
    let mut screen =
        vt100::Parser::new(30.try_into().expect("rows"), 100.try_into().expect("columns"), 0);
    screen.process(&written[..end]);
    screen.screen().contents()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn while_it_is_stopped_no_secret_is_on_the_screen() {
    let by_key = |session: &mut Session| session.press("\x1a");
    let by_system =
        |session: &mut Session| kill_process(session.pid(), Signal::TSTP).expect("it runs");
    each([by_key as fn(&mut Session), by_system], |stop, stage| {
        let mut session = stage.start();
        let secret = reveal(&mut session, stage);
        stop(&mut session);
        session.until("the main screen", |screen| !screen.alternate_screen());
        let (_, status) =
            waitpid(Some(session.pid()), WaitOptions::UNTRACED).expect("ours").expect("stopped");
        assert!(status.stopped(), "{status:?}");
        session.is_given_back();
        let frame = last_frame(&session);
        assert!(frame.contains("shown this once") && frame.contains("••••"), "{frame}");
        for text in [frame, session.text()] {
            assert!(!text.contains(&secret), "{text}");
        }
        kill_process(session.pid(), Signal::CONT).expect("it goes on");
        session.until("the program", vt100::Screen::alternate_screen);
        assert!(session.within(AT_ONCE, |screen| screen.contents().contains("••••")));
        assert!(!session.text().contains(&secret), "{}", session.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_terminal_that_nobody_looks_at_shows_no_secret() {
    let stage = Stage::begin().await;
    let mut session = stage.start();
    let secret = reveal(&mut session, &stage);
    session.press("\x1b[O");
    assert!(session.within(AT_ONCE, |screen| screen.contents().contains("••••")));
    assert!(!session.text().contains(&secret), "{}", session.text());
    // It was no key.
    assert!(!session.text().contains("Type its last 4"), "{}", session.text());
}
