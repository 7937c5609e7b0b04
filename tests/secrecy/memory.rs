//! The memory of the running program.

use std::time::{Duration, Instant};

use gatehouse::emulator::{self, Options};

use crate::support::memory::{look, may_look};
use crate::support::needle::{Hit, Needle, lines};
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

/// Atlas shows the last group of a private key, and the dash before it, to everybody
/// who may see the key.
const SHOWN: usize = 13;

/// Looks for such hits until there are as many as there should be: what is written
/// to the terminal is seen here a moment before the program goes on.
fn soon(number: usize, session: &Session, needle: &Needle, such: fn(&Hit) -> bool) -> Vec<Hit> {
    let end = Instant::now() + Duration::from_secs(1);
    loop {
        let mut hits = look(session.pid(), needle);
        hits.retain(such);
        if hits.len() == number {
            return hits;
        }
        assert!(Instant::now() < end, "{} instead of {number}:\n{}", hits.len(), lines(&hits));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_it_signs_in_with_lies_in_its_memory_once() {
    if !may_look() {
        return;
    }
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    for credential in [emulator.service_account(), emulator.api_key()].into_iter().flatten() {
        let mut session = Session::run(Home::with(&credential, &emulator), &[GATEHOUSE], &[]);
        session.until_text("1 of 16");
        let needle = Needle::new(secret_of(&credential));
        let hits = soon(1, &session, &needle, |hit| hit.length > SHOWN);
        assert!(hits[0].is_text() && hits[0].is_whole(), "{}", lines(&hits));
    }
}

#[test]
fn what_is_no_longer_on_the_screen_lies_in_no_cell() {
    if !may_look() {
        return;
    }
    let mut session = Session::start(&["--demo"], &[]);
    session.until_text("1 of 16");
    session.press("\r");
    session.until_text("mdb_sa_id_");
    let text = session.text();
    let id = text.split_whitespace().find(|word| word.starts_with("mdb_sa_id_")).expect("an id");
    let needle = Needle::new(id);
    soon(1, &session, &needle, Hit::is_in_cells);
    session.press_esc("mdb_sa_id_");
    soon(0, &session, &needle, Hit::is_in_cells);
}
