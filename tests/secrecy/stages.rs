//! Where a new secret lies in the program's memory, from the answer that brings it until
//! it is let go: once, and besides that in the cells that show it.

use std::fs;

use gatehouse::emulator::{Fault, Plan};

use crate::support::memory::{may_look, soon};
use crate::support::needle::{Hit, Needle, SHOWN, lines};
use crate::support::new_secret::{
    AT_ONCE, Stage, TO_THE_SCREEN, acknowledge, agree, choose_place, each, make, pass_agreement,
    pass_deafness, to_file,
};
use crate::support::pty::Session;

/// Something that is done to a secret: the keys, what is on the screen then, and in how
/// many buffers of cells the secret lies.
type Deed<'a> = (&'a str, &'a str, usize);

/// Looks for a secret: it lies there whole and once, and in so many buffers of cells.
fn lies_once(session: &Session, secret: &str, cells: usize) {
    let hits = soon(1 + cells, session.pid(), &Needle::new(secret), is_telling(secret));
    let found = hits.iter().filter(|hit| hit.is_in_cells()).count();
    assert_eq!(found, cells, "{}", lines(&hits));
    assert!(hits.iter().all(Hit::is_whole), "{}", lines(&hits));
    let texts = hits.iter().filter(|hit| hit.is_text()).count();
    assert_eq!(texts, 1, "{}", lines(&hits));
}

fn lies_nowhere(session: &Session, secret: &str) {
    soon(0, session.pid(), &Needle::new(secret), is_telling(secret));
}

/// Whether a part of a secret is more than what Atlas shows of it to everybody.
fn is_telling(secret: &str) -> impl Fn(&Hit) -> bool {
    let shown = if secret.starts_with("mdb_") { 0 } else { SHOWN };
    move |hit| hit.length > shown
}

/// Does everything that can be done to a secret on the screen, and lets it go.
fn live(session: &mut Session, secret: &str) {
    let deeds: [Deed; 6] = [
        ("", "••••", 0),
        ("v", secret, 1),
        // Any other key hides it.
        ("j", "••••", 0),
        ("y", "Sent to the terminal's clipboard", 0),
        ("t", " works", 0),
        ("q", "Type its last 4", 0),
    ];
    pass_agreement(session);
    for (keys, shown, cells) in deeds {
        session.press(keys);
        let seen = session.within(AT_ONCE, |screen| screen.contents().contains(shown));
        assert!(seen, "{shown} never came:\n{}", session.text());
        lies_once(session, secret, cells);
    }
    session.press_esc("Type its last 4");
    acknowledge(session, secret);
    lies_nowhere(session, secret);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_client_secret_lies_in_memory_once_until_it_is_let_go() {
    if !may_look() {
        return;
    }
    let stage = Stage::begin().await;
    let mut session = stage.start();
    make(&mut session, TO_THE_SCREEN);
    live(&mut session, &stage.newest());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_private_key_lies_in_memory_once_until_it_is_let_go() {
    if !may_look() {
        return;
    }
    let stage = Stage::begin().await;
    let mut session = stage.start();
    session.press("2");
    session.until_text("[API Keys");
    session.press("nfresh\t0.0.0.0/0\r\r\r\r");
    session.until_text("Where shall the secret go?");
    session.press(TO_THE_SCREEN);
    agree(&mut session);
    session.until_text("shown this once");
    live(&mut session, &stage.key("fresh"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_was_handed_over_lies_in_memory_until_its_screen_closes() {
    if !may_look() {
        return;
    }
    let kept = |stage: &Stage| stage.home.path().join("kept");
    let file = |stage: &Stage| to_file(&kept(stage));
    let command = |stage: &Stage| {
        let script = format!("cat > {}", kept(stage).display());
        stage.configure(&format!("[hand_over.taker]\ncommand = ['sh', '-c', '{script}']"));
        "\r".to_owned()
    };
    for place in [&file as &dyn Fn(&Stage) -> String, &command] {
        let stage = Stage::begin().await;
        let place = place(&stage);
        let mut session = stage.start();
        make(&mut session, &place);
        session.until_text("● Saved:");
        let secret = stage.newest();
        assert_eq!(fs::read_to_string(kept(&stage)).expect("a file").trim_end(), secret);
        lies_once(&session, &secret, 0);
        session.press_esc("shown this once");
        lies_nowhere(&session, &secret);
    }
}

const MARK: &str = "mdb_sa_sk_Zk9_vQ2-xL7pWm4RtY8bNc3Hd6Gf1Js0Ae5Ui";
/// What stands before the secret in Atlas' answers.
const BEFORE: &str = r#"{"createdAt": "2026-11-25T03:22:00Z", "id": "6ae16a61497305c5d1aab99f", "#;

/// Lets the next answer be this text, whatever it is that brings a secret.
fn answer(stage: &Stage, text: &str) {
    let operation = Some("createOrgServiceAccountSecret".to_owned());
    let (text, kind) = (format!("{BEFORE}{text}"), "application/json".to_owned());
    let does = Fault::Body { text, kind };
    stage.emulator.plan(Plan { operation, path: None, times: 1, does });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_that_is_not_understood_leaves_nothing_of_its_secret() {
    if !may_look() {
        return;
    }
    let not_understood = [
        format!(r#""secret": ["{MARK}"]}}"#),
        format!(r#""secret": {{"{MARK}": 1}}}}"#),
        format!(r#""secret": "{MARK}", "secret": "{MARK}"}}"#),
        format!(r#""secret": "{MARK}", "#),
        format!(r#""secret": "{MARK}"#),
    ];
    each(not_understood, |text, stage| {
        let mut session = stage.start();
        answer(stage, &text);
        choose_place(&mut session);
        session.press(TO_THE_SCREEN);
        agree(&mut session);
        session.until_text("Whether it was applied is not known");
        lies_nowhere(&session, MARK);
        pass_deafness(&mut session);
        session.press_esc("Whether it was applied is not known");
        session.until_text("Left open");
        lies_nowhere(&session, MARK);
        let hits = Needle::new(MARK).search(&session.transcript);
        assert!(hits.is_empty(), "{}", lines(&hits));
    })
    .await;
    // In an answer that is understood it is found.
    let stage = Stage::begin().await;
    let mut session = stage.start();
    answer(&stage, &format!(r#""secret": "{MARK}"}}"#));
    make(&mut session, TO_THE_SCREEN);
    lies_once(&session, MARK, 0);
}
