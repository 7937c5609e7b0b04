//! What the program leaves behind once it was left.

use std::fs;

use gatehouse::emulator::{self, Options};

use crate::support::needle::{Needle, lines};
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_of_a_secret_is_written_to_the_terminal_or_left_at_home() {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let credential = emulator.service_account().expect("it has one");
    let mut session = Session::run(Home::with(&credential, &emulator), &[GATEHOUSE], &[]);
    session.until_text("1 of 16");
    session.press("\r");
    session.until_text("Client ID");
    session.press_esc("Client ID");
    session.press("q");
    assert!(session.end().success());
    session.is_given_back();
    let hits = Needle::new(secret_of(&credential)).search(&session.transcript);
    assert!(hits.is_empty(), "{}", lines(&hits));
    let mut left = session.home.entries();
    left.retain(|name| !session.home.lists().starts_with(session.home.path().join(name)));
    assert_eq!(left, [".config"]);
    for kept in session.home.kept_lists() {
        let hits = Needle::new(secret_of(&credential)).search(&fs::read(kept).expect("read"));
        assert!(hits.is_empty(), "{}", lines(&hits));
    }
    // The search would find what is there.
    let shown = Needle::new(&credential.public_part()).search(&session.transcript);
    assert!(!shown.is_empty());
}
