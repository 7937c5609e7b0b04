//! Two built programs of one person, each on a pseudo-terminal of its own.

use gatehouse::emulator::{self, Emulator, Options};

use crate::support::pty::{GATEHOUSE, Home, Session};

const TOLD: &str = "Another gatehouse is open on 127.0.0.1:";

async fn start() -> (Emulator, Home) {
    let emulator = emulator::start(Options::default()).await.expect("an emulator");
    let home = Home::with(&emulator.service_account().expect("one"), &emulator);
    // Something was kept here before.
    std::fs::create_dir_all(home.path().join(".local/state/gatehouse")).expect("a folder");
    (emulator, home)
}

fn open(home: &Home, arguments: &[&str]) -> Session {
    let mut session = Session::run(home.clone(), &[&[GATEHOUSE], arguments].concat(), &[]);
    session.until_text("1 of 16");
    session
}

/// What is told is read, and does not come again.
fn reads_of(session: &mut Session, process: rustix::process::Pid) {
    session.until_text(TOLD);
    session.press("!");
    session.until_text(&format!("process {}", process.as_raw_nonzero()));
    session.until_text("Both can work");
    session.press_esc("Both can work");
    assert!(!session.text().contains("Another gatehouse"), "{}", session.text());
}

fn leave(mut session: Session) {
    session.press("q");
    assert!(session.end().success());
}

/// How many tell that they are open.
fn present(home: &Home) -> usize {
    let folder = home.path().join(".local/state/gatehouse/open");
    std::fs::read_dir(folder).expect("a folder").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_know_of_each_other_and_both_can_work() {
    let (emulator, home) = start().await;
    let mut first = open(&home, &[]);
    let mut second = open(&home, &[]);
    reads_of(&mut second, first.pid());
    assert!(!first.text().contains("Another gatehouse"), "{}", first.text());
    // Both change something, and each sees what the other did.
    for (session, old, new) in [(&mut first, "datadog", "dog-one"), (&mut second, "grafana", "two")]
    {
        session.press(&format!("/{old}\r"));
        session.until_text(&format!("/ {old}"));
        session.press(&format!("i\x15{new}\r"));
        session.until_text("saved");
        session.press("/\x1b");
        session.until_text("pagerduty");
    }
    first.press("r");
    first.until_text("two");
    second.press("r");
    second.until_text("dog-one");
    assert_eq!(present(&home), 2);
    leave(first);
    leave(second);
    assert_eq!(present(&home), 0);
    drop(emulator);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_that_was_killed_is_no_neighbour() {
    let (emulator, home) = start().await;
    let mut first = open(&home, &[]);
    // It has told that it is open once another hears of it.
    let mut second = open(&home, &[]);
    second.until_text(TOLD);
    first.kill();
    second.kill();
    assert_eq!(present(&home), 2, "what was killed takes nothing along");
    let third = open(&home, &[]);
    let mut fourth = open(&home, &[]);
    // Of two that were killed and one that is open, it hears of that one.
    reads_of(&mut fourth, third.pid());
    assert_eq!(present(&home), 2);
    assert!(!third.text().contains("Another gatehouse"), "{}", third.text());
    drop(emulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_demo_is_by_itself() {
    let (emulator, home) = start().await;
    let first = open(&home, &[]);
    let mut demo = open(&home, &["--demo"]);
    demo.press("!");
    demo.until_text("no problem to show");
    let second = open(&home, &[]);
    assert_eq!(present(&home), 2, "the demo tells nobody that it is open");
    drop((first, second, emulator));
}
