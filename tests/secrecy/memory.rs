//! The memory of the running program.

use gatehouse::emulator::{self, Options};

use crate::support::memory::{may_look, soon};
use crate::support::needle::{Hit, Needle, SHOWN, lines};
use crate::support::pty::{GATEHOUSE, Home, Session, secret_of};

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
        let hits = soon(1, session.pid(), &needle, |hit| hit.length > SHOWN);
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
    soon(1, session.pid(), &needle, Hit::is_in_cells);
    session.press_esc("mdb_sa_id_");
    soon(0, session.pid(), &needle, Hit::is_in_cells);
}
