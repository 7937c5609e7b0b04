//! Secrets that are shown once: asked for, handed over, proven, lost and found again,
//! rotated; through the real client, the real journal and the emulator.

use std::path::Path;

use gatehouse::app::keys::Layer;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::{Fault, Options, Plan, Store};
use gatehouse::rules::hand_over::{Shape, Taker};
use gatehouse::runtime::keep::{Keep, Places};
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

/// gatehouse's own folders in a home of their own.
fn places(home: &Path) -> Places {
    Places { state: Some(home.join("state")), rescue: Some(home.join("run")), ..Places::default() }
}

/// The program with everything that outlives it, on an emulator that does.
async fn begin(home: &Path) -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let base_url = emulator.base_url().to_owned();
    let mut journey = Journey::begin_with(&base_url, credential, |_| {}, Keep::open(places(home)));
    journey.emulator = Some(emulator);
    journey.settle().await;
    journey
}

/// The program is ended by force, and started again on the same emulator. What it said
/// when it ended comes with it.
async fn begin_again(mut journey: Journey, home: &Path) -> (Journey, Vec<String>) {
    let emulator = journey.emulator.take().expect("an emulator");
    let told = journey.end().await;
    let credential = emulator.service_account().expect("a credential");
    let base_url = emulator.base_url().to_owned();
    let mut journey = Journey::begin_with(&base_url, credential, |_| {}, Keep::open(places(home)));
    journey.emulator = Some(emulator);
    journey.settle().await;
    (journey, told)
}

fn hear(journey: &mut Journey) {
    journey.pass(SignedDuration::from_millis(300));
}

/// Asks for a secret of this account, to be shown on the screen only.
async fn generate(journey: &mut Journey, name: &str) {
    journey.press(&format!("/{name}<enter>s"));
    journey.settle().await;
    journey.press("<enter>G<enter>");
    agree(journey).await;
}

/// Agrees where it is asked for.
async fn agree(journey: &mut Journey) {
    journey.settle().await;
    if journey.app.layer() == Layer::Confirm {
        hear(journey);
        journey.press("y");
        journey.settle().await;
    }
}

/// The account's newest secret, as the server has it.
fn newest(journey: &Journey, name: &str) -> String {
    journey.emulator().patch(|store| {
        let account = store.account(name).expect("an account");
        let newest = account.secrets.iter().max_by_key(|secret| secret.created);
        newest.expect("a secret").value.expose_secret().to_owned()
    })
}

fn secrets(journey: &Journey, name: &str) -> usize {
    journey.emulator().patch(|store| store.account(name).map_or(0, |it| it.secrets.len()))
}

/// Files below a folder, with what is in them.
fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                return files(&path);
            }
            vec![(path.display().to_string(), std::fs::read(&path).expect("a file"))]
        })
        .collect()
}

fn fault(does: Fault) -> Plan {
    let operation = Some("createOrgServiceAccountSecret".to_owned());
    Plan { operation, path: None, times: 1, does }
}

#[tokio::test]
async fn a_secret_is_generated_after_all_was_told_and_let_go_only_when_it_is_at_hand() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.shows("Generate New Client Secret · pagerduty");
    assert!(journey.cursor_line().contains("30 days     until 2026-10-31"), "the usual life");
    journey.says("stops working on 2026-10-08");
    journey.press("k");
    assert!(journey.cursor_line().contains("7 days"));
    journey.press("<enter>");
    journey.shows("Where shall the secret go?");
    journey.press("G<enter>");
    journey.settle().await;
    journey.says("A new client secret, for 7 days, until 2026-10-08.");
    journey.says("stops working on 2026-10-08");
    journey.says("Atlas leaves it seven days.");
    hear(&mut journey);
    journey.press("y");
    journey.settle().await;
    assert_eq!(secrets(&journey, "pagerduty"), 2);
    let secret = newest(&journey, "pagerduty");
    journey.shows("Secret of pagerduty");
    journey.shows_not(&secret);
    journey.press("v");
    journey.shows(&secret);
    let whole = format!("{:?}", journey.app);
    assert!(whole.contains("pagerduty") && !whole.contains(&secret), "Debug shows the secret");
    // It is hidden by any other key, by time, by a resize, and when nobody looks.
    journey.press("j");
    journey.shows_not(&secret);
    journey.press("v");
    journey.pass(SignedDuration::from_secs(16));
    journey.shows_not(&secret);
    for event in [
        gatehouse::app::Event::Resize(ratatui::layout::Size::new(100, 30)),
        gatehouse::app::Event::Unwatched,
    ] {
        journey.press("v");
        journey.shows(&secret);
        journey.event(event);
        journey.shows_not(&secret);
    }
    // Copying is told honestly, and does not count as saved.
    journey.pass(SignedDuration::from_secs(1));
    journey.press("y");
    journey.settle().await;
    assert_eq!(journey.copied, [secret.as_str()]);
    journey.says("Sent to the terminal's clipboard.");
    journey.says("does not tell whether it took it");
    journey.press("q");
    journey.says("Type its last 4 characters");
    journey.shows_not("down");
    journey.press("<enter>");
    journey.shows("these are not its last four characters");
    journey.press(&format!("{}<enter>", &secret[secret.len() - 4..]));
    assert_eq!(journey.app.layer(), Layer::List);
    let (journey, told) = begin_again(journey, home.path()).await;
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(journey.app.layer(), Layer::List, "nothing was left open");
    for (path, content) in files(home.path()) {
        assert!(!String::from_utf8_lossy(&content).contains(&secret), "{path}");
    }
}

#[tokio::test]
async fn a_secret_goes_into_a_file_that_was_made_sure_of_before() {
    let home = tempfile::tempdir().expect("a home");
    let place = tempfile::tempdir().expect("a place");
    let mut journey = begin(home.path()).await;
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.press("<enter>");
    journey.press("jj<enter>");
    assert!(journey.screen().contains("~/pagerduty.env"), "{}", journey.screen());
    // What is there already is left alone, and the typed path stays.
    let path = place.path().join("there.env");
    std::fs::write(&path, "mine").expect("written");
    journey.press("<c-u>");
    journey.paste(&path.display().to_string());
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("✖");
    journey.shows("there.env");
    assert_eq!(secrets(&journey, "pagerduty"), 1, "nothing was asked for");
    journey.press("<c-u>");
    let path = place.path().join("pagerduty.env");
    journey.paste(&path.display().to_string());
    journey.press("<enter>");
    agree(&mut journey).await;
    journey.shows("● Saved:");
    let secret = newest(&journey, "pagerduty");
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(text.contains(&format!("MONGODB_ATLAS_CLIENT_SECRET={secret}\n")), "{text}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(&path).expect("there").permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    journey.press("<esc>");
    assert_eq!(journey.app.layer(), Layer::List, "a secret that is kept is let go");
}

#[tokio::test]
async fn what_agreed_does_not_copy_the_secret_one_dialog_later() {
    let home = tempfile::tempdir().expect("a home");
    let place = tempfile::tempdir().expect("a place");
    let mut journey = begin(home.path()).await;
    let tap = |journey: &mut Journey| {
        for _ in 0..4 {
            journey.press("y");
            journey.pass(SignedDuration::from_millis(400));
        }
    };
    generate_to_file(&mut journey, &place.path().join("first")).await;
    journey.shows("● Saved:");
    tap(&mut journey);
    journey.shows("not copied: if it was meant, wait a moment and press y");
    // Another place asks nothing, where one may be used to being asked.
    journey.pass(SignedDuration::from_secs(2));
    journey.press("w");
    journey.press("<enter><c-u>");
    journey.paste(&place.path().join("second").display().to_string());
    journey.press("<enter>y");
    journey.settle().await;
    journey.says("second");
    tap(&mut journey);
    journey.settle().await;
    assert_eq!(journey.copied, [] as [&str; 0], "nobody has asked for that");
    journey.pass(SignedDuration::from_secs(1));
    journey.press("y");
    journey.settle().await;
    assert_eq!(journey.copied, [newest(&journey, "pagerduty")]);
}

#[tokio::test]
async fn a_place_that_is_not_used_after_all_is_left_as_it_was() {
    let home = tempfile::tempdir().expect("a home");
    let place = tempfile::tempdir().expect("a place");
    let mut journey = begin(home.path()).await;
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.press("<enter><enter><c-u>");
    let path = place.path().join("unused");
    journey.paste(&path.display().to_string());
    journey.press("<enter>");
    journey.settle().await;
    assert_eq!(journey.app.layer(), Layer::Confirm);
    assert!(path.exists(), "the place is made sure of");
    hear(&mut journey);
    journey.press("<esc>");
    assert!(!path.exists(), "an empty file is left");
    assert_eq!(secrets(&journey, "pagerduty"), 1);
}

/// A command that takes secrets, called `taker`.
fn taker(script: &str) -> Taker {
    Taker {
        name: "taker".into(),
        argv: ["sh", "-c", script, "sh", "{name}"].map(Into::into).into(),
        shape: Shape::Plain,
        seconds: 5,
        environment: Vec::new(),
    }
}

async fn begin_with_taker(home: &Path, script: &str) -> Journey {
    let emulator = emulator(Options::default()).await;
    let credential = emulator.service_account().expect("a credential");
    let base_url = emulator.base_url().to_owned();
    let set = |setting: &mut gatehouse::app::state::Setting| setting.takers = vec![taker(script)];
    let mut journey = Journey::begin_with(&base_url, credential, set, Keep::open(places(home)));
    journey.emulator = Some(emulator);
    journey.settle().await;
    journey
}

#[tokio::test]
async fn a_secret_goes_to_a_command_and_stays_where_that_fails() {
    let home = tempfile::tempdir().expect("a home");
    let place = tempfile::tempdir().expect("a place");
    let kept = place.path().join("kept");
    let script = format!("cat > {}", kept.display());
    let mut journey = begin_with_taker(home.path(), &script).await;
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.press("<enter>");
    journey.shows("the command sh");
    journey.press("<enter>");
    agree(&mut journey).await;
    journey.shows("● Saved:");
    let secret = newest(&journey, "pagerduty");
    assert_eq!(std::fs::read_to_string(&kept).expect("kept"), secret);

    let mut journey = begin_with_taker(home.path(), "cat >&2; exit 3").await;
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.press("<enter><enter>");
    agree(&mut journey).await;
    let secret = newest(&journey, "pagerduty");
    journey.shows("✖ Not saved.");
    journey.shows_not(&secret);
    journey.press("q");
    journey.says("Nobody shows it again once this closes.");
    // It goes somewhere else then.
    journey.press("<esc>wj<enter><c-u>");
    let path = place.path().join("elsewhere");
    journey.paste(&path.display().to_string());
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("● Saved:");
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), secret);
    journey.press("q");
    assert_eq!(journey.app.layer(), Layer::List);
}

#[tokio::test]
async fn with_both_slots_taken_one_is_revoked_first() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.press("/k8s-operator<enter>s");
    journey.settle().await;
    journey.shows("2 of 2 slots");
    journey.says("Both slots are taken");
    journey.shows("missed least");
    assert!(journey.cursor_line().contains("missed least"), "{}", journey.cursor_line());
    journey.press("<enter>");
    journey.settle().await;
    journey.shows("Revoke secret");
    hear(&mut journey);
    journey.press("k8s-operator<enter>");
    journey.settle().await;
    assert_eq!(secrets(&journey, "k8s-operator"), 1);
    journey.shows("how long it lives");
}

#[tokio::test]
async fn no_life_is_offered_beyond_what_the_organization_allows() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    let longest = |store: &mut Store| {
        store.main().expect("main").longest_secret_hours = Some(45 * 24);
    };
    journey.emulator().patch(longest);
    journey.pass(SignedDuration::from_secs(90));
    journey.settle().await;
    journey.press("r");
    journey.settle().await;
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.shows("45 days     until 2026-11-15  the longest allowed");
    journey.shows_not("90 days");
    journey.press("G<enter>");
    journey.press("46<enter>");
    journey.shows("At most 45 days");
    journey.press("<backspace><backspace>12 h");
    journey.shows("until 2026-10-02 02:03 UTC");
    journey.press("<enter>G<enter>");
    agree(&mut journey).await;
    journey.shows("Secret of pagerduty");
    journey.shows("in 12 h");
}

#[tokio::test]
async fn what_is_discarded_is_revoked() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    generate(&mut journey, "pagerduty").await;
    journey.press("D");
    journey.settle().await;
    journey.shows("Revoke secret");
    hear(&mut journey);
    journey.press("<esc>");
    journey.shows("Secret of pagerduty");
    journey.press("D");
    journey.settle().await;
    hear(&mut journey);
    journey.press("pagerduty<enter>");
    journey.settle().await;
    assert_eq!(secrets(&journey, "pagerduty"), 1);
    assert_eq!(journey.app.layer(), Layer::List);
    let (journey, told) = begin_again(journey, home.path()).await;
    assert!(told.is_empty());
    assert_eq!(journey.app.layer(), Layer::List);
}

#[tokio::test]
async fn a_credential_is_tried_out_with_one_key() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    generate(&mut journey, "pagerduty").await;
    let tokens = journey.emulator().live_tokens();
    journey.press("t");
    journey.settle().await;
    journey.shows("● Signing in with it works.");
    assert_eq!(journey.emulator().live_tokens(), tokens, "its token was given back");
    // Once it is revoked behind our back, it does not work any more.
    journey.emulator().patch(|store| store.account("pagerduty").expect("there").secrets.clear());
    journey.press("t");
    journey.settle().await;
    journey.says("✖ Tried out: Atlas does not accept this credential.");
}

#[tokio::test]
async fn that_one_was_tried_out_does_not_make_the_one_in_use_look_idle() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    let before = journey.now() - SignedDuration::from_mins(1);
    journey.emulator().patch(|store| {
        store.account("pagerduty").expect("there").secrets[0].last_used = Some(before);
    });
    generate(&mut journey, "pagerduty").await;
    journey.press("t");
    journey.settle().await;
    journey.shows("▲ 7 days (2)");
    let secret = newest(&journey, "pagerduty");
    journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
    journey.press("rs");
    journey.settle().await;
    journey.shows("used 1 min ago");
    let least = journey.cursor_line();
    assert!(least.contains("only tried out  missed least"), "{least}");
    journey.press("<esc>");
    journey.shows("▲ 7 days (2)");
}

#[tokio::test]
async fn that_calls_from_here_are_refused_is_told_though_signing_in_works() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    for (list, refused) in [("192.0.2.1", true), ("0.0.0.0/0", false), ("203.0.113.0/24", false)] {
        let name = if refused { "elsewhere" } else { "here" };
        journey
            .press(&format!("n{name}<tab>x<tab><tab>{list}<enter><enter><enter><enter>G<enter>"));
        agree(&mut journey).await;
        let secret = newest(&journey, name);
        journey.press("t");
        journey.settle().await;
        journey.shows("Signing in with it works.");
        let words = "Calls from 203.0.113.10 are refused: its access list does not hold";
        assert_eq!(journey.screen().contains(words), refused, "{}", journey.screen());
        journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
        journey.emulator().patch(|store| store.remove(name));
        journey.press("r");
        journey.settle().await;
    }
}

#[tokio::test]
async fn an_api_key_is_tried_out_too() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    for (list, told) in [("192.0.2.1", "Atlas knows it."), ("0.0.0.0/0", "It works")] {
        journey.press(&format!("2nfresh {told}<tab>{list}<enter><enter><enter><enter>G<enter>"));
        agree(&mut journey).await;
        journey.shows("Private key");
        journey.press("t");
        journey.settle().await;
        journey.says(told);
        let secret = journey.emulator().patch(|store| {
            let key = store.key(&format!("fresh {told}")).expect("made");
            key.private_key.expose_secret().to_owned()
        });
        journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
        assert_eq!(journey.app.layer(), Layer::List);
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_and_taken_back() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.emulator().plan(fault(Fault::DropAnswer));
    generate(&mut journey, "pagerduty").await;
    journey.says("Whether it was applied is not known");
    hear(&mut journey);
    journey.press("<esc>");
    journey.shows("Left open");
    journey.says("pagerduty · a client secret was asked for");
    journey.says("most likely it is ours, and its secret is lost");
    journey.says("The account's other secret");
    // It is told again at the next start, until it is settled.
    journey.press("<esc>");
    let (mut journey, _) = begin_again(journey, home.path()).await;
    journey.shows("Left open");
    journey.press("D");
    journey.settle().await;
    hear(&mut journey);
    journey.press("pagerduty<enter>");
    journey.settle().await;
    assert_eq!(journey.app.layer(), Layer::List);
    assert_eq!(secrets(&journey, "pagerduty"), 1);
    let (mut journey, _) = begin_again(journey, home.path()).await;
    assert_eq!(journey.app.layer(), Layer::List);
    journey.press("u");
    journey.shows("nothing was left open");
}

/// Asks for a secret of pagerduty that goes to this file.
async fn generate_to_file(journey: &mut Journey, path: &Path) {
    journey.press("/pagerduty<enter>s");
    journey.settle().await;
    journey.press("<enter><enter><c-u>");
    journey.paste(&path.display().to_string());
    journey.press("<enter>");
    agree(journey).await;
}

#[tokio::test]
async fn a_refused_secret_goes_to_its_place_when_it_is_asked_for_again() {
    let home = tempfile::tempdir().expect("a home");
    let place = tempfile::tempdir().expect("a place");
    let path = place.path().join("pagerduty.secret");
    let mut journey = begin(home.path()).await;
    let refused = || fault(Fault::Status { status: 409, code: "DATA_CONCURRENCY_ERROR".into() });
    journey.emulator().plan(refused());
    generate_to_file(&mut journey, &path).await;
    journey.says("Nothing was changed.");
    hear(&mut journey);
    journey.press("r");
    agree(&mut journey).await;
    journey.shows("● Saved:");
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), newest(&journey, "pagerduty"));
}

#[tokio::test]
async fn where_no_secret_came_no_empty_file_stays() {
    let refused = Fault::Status { status: 409, code: "DATA_CONCURRENCY_ERROR".into() };
    for does in [refused, Fault::DropAnswer, Fault::Drop] {
        let home = tempfile::tempdir().expect("a home");
        let place = tempfile::tempdir().expect("a place");
        let path = place.path().join("pagerduty.secret");
        let mut journey = begin(home.path()).await;
        journey.emulator().plan(fault(does.clone()));
        generate_to_file(&mut journey, &path).await;
        hear(&mut journey);
        journey.press("<esc>");
        assert!(!path.exists(), "{does:?}");
    }
}

#[tokio::test]
async fn where_a_lost_secret_was_to_go_is_told() {
    let home = tempfile::tempdir().expect("a home");
    let place = tempfile::tempdir().expect("a place");
    let path = place.path().join("p");
    let mut journey = begin(home.path()).await;
    journey.emulator().plan(fault(Fault::DropAnswer));
    generate_to_file(&mut journey, &path).await;
    hear(&mut journey);
    journey.press("<esc>");
    journey.says("its secret is lost, unless it reached the file");
    journey.says("p (the secret alone): look there first. D deletes it");
}

#[tokio::test]
async fn what_was_not_set_is_what_was_wanted_and_the_latest_is_under_the_cursor() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    for (name, list, told) in [("first", "", false), ("second", "192.0.2.1", true)] {
        let operation = Some("createOrgServiceAccount".to_owned());
        let does = Fault::DropAnswer;
        journey.emulator().plan(Plan { operation, path: None, times: 1, does });
        let fields = format!("n{name}<tab>x<tab><tab>{list}<enter><enter><enter><enter>");
        journey.press(&fields);
        journey.press("G<enter>");
        agree(&mut journey).await;
        hear(&mut journey);
        journey.press("<esc>");
        journey.settle().await;
        let screen = journey.screen();
        let heading = format!("{name} · a service account was asked for");
        let latest = screen.lines().find(|line| line.contains(&heading));
        assert!(latest.is_some_and(|line| line.contains("▌   ")), "{screen}");
        assert_eq!(screen.contains("Its access list was not set."), told, "{screen}");
        journey.press("<esc>");
    }
}

#[tokio::test]
async fn what_was_never_made_is_said_to_be_so() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.emulator().plan(fault(Fault::Drop));
    generate(&mut journey, "pagerduty").await;
    hear(&mut journey);
    journey.press("<esc>");
    journey.says("Nothing was made, as far as Atlas shows now.");
    journey.press("x");
    assert_eq!(journey.app.layer(), Layer::List);
    let (journey, _) = begin_again(journey, home.path()).await;
    assert_eq!(journey.app.layer(), Layer::List);
}

#[tokio::test]
async fn a_note_is_not_forgotten_by_one_key() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.emulator().plan(fault(Fault::DropAnswer));
    generate(&mut journey, "pagerduty").await;
    hear(&mut journey);
    journey.press("<esc>x");
    journey.shows("x again leaves it as it is");
    journey.press("j");
    journey.press("x");
    journey.shows("Left open");
    journey.press("x");
    assert_eq!(journey.app.layer(), Layer::List);
    assert_eq!(secrets(&journey, "pagerduty"), 2, "nothing is deleted unasked");
}

#[tokio::test]
async fn without_a_note_nothing_is_asked_for() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    std::fs::write(home.path().join("state"), "no folder").expect("written");
    generate(&mut journey, "pagerduty").await;
    journey.says("Nothing was asked for: it could not be written down first.");
    journey.says("Nothing was changed.");
    assert_eq!(secrets(&journey, "pagerduty"), 1);
    let asked = |seen: &gatehouse::emulator::Seen| {
        seen.method == "POST" && seen.path_and_query.contains("/secrets")
    };
    assert!(!journey.emulator().requests().iter().any(asked));
}

#[tokio::test]
async fn a_secret_that_nobody_acknowledged_is_saved_and_shown_again() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    generate(&mut journey, "pagerduty").await;
    let secret = newest(&journey, "pagerduty");
    let (mut journey, told) = begin_again(journey, home.path()).await;
    assert!(told[0].contains("was saved in"), "{told:?}");
    journey.shows("Secret of pagerduty");
    journey.says("An earlier session was ended while it showed this secret");
    journey.press("v");
    journey.shows(&secret);
    journey.press("t");
    journey.settle().await;
    journey.shows("● Signing in with it works.");
    // It is there until it is acknowledged, and not any longer.
    assert!(!files(&home.path().join("run")).is_empty());
    journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
    let (journey, _) = begin_again(journey, home.path()).await;
    assert_eq!(journey.app.layer(), Layer::List);
    assert!(files(&home.path().join("run")).is_empty(), "the saved copy is destroyed");
}

#[tokio::test]
async fn after_a_rescue_the_list_turns_to_whom_the_secret_is_of() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.press("/pagerduty<enter>R");
    journey.settle().await;
    journey.press("<enter>G<enter>");
    agree(&mut journey).await;
    let secret = newest(&journey, "pagerduty");
    let (mut journey, _) = begin_again(journey, home.path()).await;
    journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
    journey.shows("rotation begun: R tells how it stands");
    assert!(journey.cursor_line().contains("pagerduty"), "{}", journey.screen());
    journey.press("R");
    journey.settle().await;
    journey.shows("Rotation · pagerduty");
}

/// Notes that lie in the journal.
fn notes(home: &Path) -> usize {
    files(&home.join("state")).iter().filter(|(path, _)| path.ends_with(".intent")).count()
}

#[tokio::test]
async fn a_change_that_was_on_its_way_when_one_left_is_told_at_the_next_start() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    let operation = Some("updateOrgServiceAccount".to_owned());
    let does = Fault::Delay { ms: 3_600_000 };
    journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    journey.press("/grafana<enter>i-2<enter>");
    journey.until("Sent; waiting for the answer...").await;
    journey.press("<c-c><c-c>");
    assert!(journey.left);
    let (mut journey, told) = begin_again(journey, home.path()).await;
    assert_eq!(told, [] as [&str; 0]);
    journey.shows("Left open");
    journey.says("grafana · Change name or description, sent 2026-10-01 14:02 UTC");
    journey.says("gatehouse ended before its answer came: look whether it was made.");
    journey.press("x");
    journey.shows("x again leaves it as it is");
    journey.press("x");
    assert_eq!(journey.app.layer(), Layer::List);
    let (journey, _) = begin_again(journey, home.path()).await;
    assert_eq!(journey.app.layer(), Layer::List);
    assert_eq!(notes(home.path()), 0);
}

#[tokio::test]
async fn what_was_wanted_is_told_of_a_change_that_was_left_open() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    let operation = Some("updateOrgServiceAccount".to_owned());
    let does = Fault::Delay { ms: 3_600_000 };
    journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    journey.press("/grafana<enter>e");
    while !journey.cursor_line().contains("Billing Viewer") {
        journey.press("j");
    }
    journey.press("<space><enter>");
    journey.until("Sent; waiting for the answer...").await;
    journey.press("<c-c><c-c>");
    let (journey, _) = begin_again(journey, home.path()).await;
    journey.says("grafana · Edit permissions: + Organization Billing Viewer, sent 2026-10-01");
}

#[tokio::test]
async fn of_a_change_that_was_answered_no_note_stays() {
    let refused = Fault::Status { status: 409, code: "DATA_CONCURRENCY_ERROR".into() };
    for does in [None, Some(refused), Some(Fault::DropAnswer), Some(Fault::Drop)] {
        let home = tempfile::tempdir().expect("a home");
        let mut journey = begin(home.path()).await;
        if let Some(does) = does.clone() {
            let operation = Some("updateOrgServiceAccount".to_owned());
            journey.emulator().plan(Plan { operation, path: None, times: 1, does });
        }
        journey.press("/grafana<enter>i-2<enter>");
        journey.settle().await;
        let (journey, _) = begin_again(journey, home.path()).await;
        assert_eq!(journey.app.layer(), Layer::List, "{does:?}");
        assert_eq!(notes(home.path()), 0, "{does:?}");
    }
}

#[tokio::test]
async fn two_sessions_do_not_fight_over_a_note() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    generate(&mut journey, "pagerduty").await;
    // Another session starts while the first holds its secret.
    let credential = journey.emulator().service_account().expect("a credential");
    let base_url = journey.emulator().base_url().to_owned();
    let kept = Keep::open(places(home.path()));
    let mut other = Journey::begin_with(&base_url, credential, |_| {}, kept);
    other.settle().await;
    assert_eq!(other.app.layer(), Layer::List, "{}", other.screen());
    journey.shows("Secret of pagerduty");
}

#[tokio::test]
async fn a_rotation_is_watched_across_sessions_and_ended() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    let use_at = |journey: &Journey, at: usize, hours: i64| {
        let time = journey.now() - SignedDuration::from_hours(hours);
        journey.emulator().patch(|store| {
            store.account("pagerduty").expect("there").secrets[at].last_used = Some(time);
        });
    };
    use_at(&journey, 0, 1);
    journey.press("/pagerduty<enter>R");
    journey.settle().await;
    journey.shows("Rotate Client Secret · pagerduty");
    journey.says("Then R tells whether the new one is used");
    journey.press("<enter>G<enter>");
    agree(&mut journey).await;
    journey.press("t");
    journey.settle().await;
    let secret = newest(&journey, "pagerduty");
    journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
    journey.shows("rotation begun");
    let (mut journey, _) = begin_again(journey, home.path()).await;
    journey.press("/pagerduty<enter><enter>");
    journey.settle().await;
    journey.says("Rotation under way since 2026-10-01");
    journey.press("R");
    journey.settle().await;
    journey.shows("Rotation · pagerduty");
    journey.shows("Tried out: it worked.");
    journey.says("The new one was not used yet.");
    journey.says("Wait: the old one was used 1 h ago.");
    use_at(&journey, 0, 25);
    journey.pass(SignedDuration::from_secs(10));
    journey.press("r");
    journey.settle().await;
    journey.says("Wait: nobody has used the new one.");
    journey.pass(SignedDuration::from_secs(120));
    use_at(&journey, 1, 0);
    journey.pass(SignedDuration::from_secs(10));
    journey.press("r");
    journey.settle().await;
    journey.says("The new one is used and the old one is quiet: D revokes the old one.");
    journey.press("D");
    journey.settle().await;
    hear(&mut journey);
    journey.press("pagerduty<enter>");
    journey.settle().await;
    journey.shows("rotation finished");
    assert_eq!(newest(&journey, "pagerduty"), secret);
    assert_eq!(secrets(&journey, "pagerduty"), 1);
    let (mut journey, _) = begin_again(journey, home.path()).await;
    journey.press("/pagerduty<enter>R");
    journey.settle().await;
    journey.shows("Rotate Client Secret");
    for (path, content) in files(home.path()) {
        assert!(!String::from_utf8_lossy(&content).contains(&secret), "{path}");
    }
}

#[tokio::test]
async fn a_further_secret_begins_no_rotation() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    generate(&mut journey, "pagerduty").await;
    let secret = newest(&journey, "pagerduty");
    journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
    assert_eq!(secrets(&journey, "pagerduty"), 2);
    journey.shows_not("rotation begun");
    assert_eq!(journey.app.state().rotations, []);
}

#[tokio::test]
async fn an_api_key_is_rotated_by_another() {
    let home = tempfile::tempdir().expect("a home");
    let mut journey = begin(home.path()).await;
    journey.press("2/prometheus<enter>R");
    journey.shows("Create API key in the place of prometheus exporter");
    journey.press("<enter><enter><enter><enter>G<enter>");
    agree(&mut journey).await;
    let secret = journey.emulator().patch(|store| {
        store.key("prometheus exporter copy").expect("made").private_key.expose_secret().to_owned()
    });
    journey.press(&format!("q{}<enter>", &secret[secret.len() - 4..]));
    journey.settle().await;
    journey.shows("rotation begun");
    let (mut journey, _) = begin_again(journey, home.path()).await;
    journey.press("2/prometheus<enter>R");
    journey.settle().await;
    journey.shows("Rotation · prometheus exporter");
    journey.press("D");
    journey.settle().await;
    journey.shows("Delete API key");
    let public = journey
        .emulator()
        .patch(|store| store.key("prometheus exporter").expect("there").public_key.clone());
    hear(&mut journey);
    journey.press(&format!("{public}<enter>"));
    journey.settle().await;
    journey.shows("rotation finished");
    assert!(journey.emulator().patch(|store| store.key("prometheus exporter").is_none()));
}
