//! The built program is started a second time: what its lists showed lies in a private
//! file, is shown at once, and is gone where it is not wanted or not allowed any more.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gatehouse::emulator::{self, Emulator, Fault, Options};

use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

/// Longer than any test.
const HELD: Fault = Fault::Delay { ms: 120_000 };

async fn start() -> (Emulator, Home) {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let home = Home::with(&emulator.service_account().expect("one"), &emulator);
    (emulator, home)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

fn open(home: &Home, arguments: &[&str]) -> Session {
    Session::run(home.clone(), &[&[GATEHOUSE], arguments].concat(), &[])
}

fn leave(mut session: Session) {
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
}

/// Reads everything and leaves.
fn read(home: &Home, arguments: &[&str]) {
    let mut session = open(home, arguments);
    until_read(&mut session, 16);
    leave(session);
}

/// Both lists are read whole: the last part of the service accounts, which come in two, and
/// the API keys.
fn until_read(session: &mut Session, accounts: usize) {
    let place = format!(" 1 of {accounts}");
    let keys = |text: &str| text.contains("● live") && text.contains("API Keys 8");
    session.until("the lists", |screen| {
        let text = screen.contents();
        keys(&text) && text.lines().any(|line| line.trim_end().ends_with(&place))
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_lists_showed_is_there_at_once_and_for_the_user_alone() {
    let (emulator, home) = start().await;
    read(&home, &["--read-only"]);
    let files = home.kept_lists();
    assert_eq!((files.len(), mode(&files[0]), mode(&home.lists())), (1, 0o600, 0o700));
    let text = fs::read_to_string(&files[0]).expect("text");
    assert!(text.contains("ci-deploy"));
    let credential = emulator.service_account().expect("one");
    for secret in [secret_of(&credential), "mdb_sa_sk_", "****", "cidrBlock", "description"] {
        assert!(!text.contains(secret), "{secret} stands in {text}");
    }
    emulator.fail_next("/api/atlas", usize::MAX, HELD);
    let mut session = open(&home, &[]);
    session.until_text("billing-export");
    session.until_text("from ");
    assert!(session.text().contains("[Service Accounts ≈16]"), "{}", session.text());
    session.press("D");
    session.until_text("wait until it is read again");
    assert!(emulator.requests().iter().all(|seen| seen.method != "DELETE"));
    emulator.clear_faults();
    emulator.patch(|store| assert!(store.remove("billing-export")));
    drop(session);
    let mut session = open(&home, &[]);
    until_read(&mut session, 15);
    assert!(!session.text().contains("billing-export"), "{}", session.text());
    leave(session);
    assert!(!fs::read_to_string(&home.kept_lists()[0]).expect("text").contains("billing-export"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn turned_off_it_keeps_nothing_and_removes_what_was_kept() {
    let (emulator, home) = start().await;
    home.configure("remember_lists = false\n");
    read(&home, &[]);
    assert!(home.kept_lists().is_empty() && !home.lists().exists());
    home.configure("");
    read(&home, &[]);
    assert_eq!(home.kept_lists().len(), 1);
    home.configure("remember_lists = false\n");
    read(&home, &[]);
    assert!(home.kept_lists().is_empty());
    drop(emulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_demo_keeps_nothing_and_shows_nothing_of_it() {
    let (_emulator, home) = start().await;
    read(&home, &["--demo"]);
    assert!(!home.lists().exists());
    read(&home, &[]);
    let before = fs::read(&home.kept_lists()[0]).expect("read");
    read(&home, &["--demo"]);
    assert_eq!(fs::read(&home.kept_lists()[0]).expect("read"), before, "it is left alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_damaged_is_as_if_it_were_not_there() {
    let (emulator, home) = start().await;
    read(&home, &[]);
    let path = home.kept_lists().remove(0);
    let bytes = fs::read(&path).expect("read");
    for end in [0, 1, 20, 51, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..end]).expect("written");
        emulator.fail_next("/api/atlas", usize::MAX, HELD);
        let mut session = open(&home, &[]);
        session.until_text("Reading the service accounts...");
        // Esc has something to stop once it takes long; until then nothing old is shown.
        session.until_text("loading");
        assert!(!session.text().contains("billing-export"), "cut at {end}:\n{}", session.text());
        session.press("!");
        session.until_text("no problem to show");
        emulator.clear_faults();
    }
    assert!(home.kept_lists().is_empty(), "it is removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_credential_that_is_refused_sees_nothing_of_it() {
    let (emulator, home) = start().await;
    read(&home, &[]);
    emulator.patch(|store| assert!(store.remove("atlas-admin")));
    let mut session = open(&home, &[]);
    session.until_text("not signed in");
    assert!(!session.text().contains("billing-export"), "{}", session.text());
    leave(session);
    assert!(home.kept_lists().is_empty());
}
