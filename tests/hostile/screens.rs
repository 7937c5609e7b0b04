//! Every text of the corpus in every field of every answer, on every screen, at several
//! sizes: nothing but our own sequences comes to the terminal.

use std::collections::HashSet;

use gatehouse::app::identity::Kind;
use gatehouse::app::keys::Layer;
use gatehouse::emulator::{Emulator, Fault, Limits, Options, Plan, Store, corpus};
use gatehouse::ui::theme::Theme;
use jiff::SignedDuration;

use super::terminal::{Eyes, is_printable};
use crate::screens::rotation;
use crate::support::journey::{Journey, emulator};

/// The sizes at which lists are laid out differently.
const SIZES: [(u16, u16); 3] = [(100, 30), (60, 12), (180, 60)];

/// As many rows in every list as there are texts.
pub fn fill(store: &mut Store) {
    let org = store.main().expect("there");
    let (account, key) = (org.accounts.rows()[3].clone(), org.keys.rows()[0].clone());
    let project = org.projects.rows()[0].clone();
    for number in org.accounts.rows().len()..corpus().len() {
        let mut account = account.clone();
        account.id = format!("mdb_sa_id_{number:024x}");
        account.name = format!("account-{number:03}");
        org.accounts.put(account);
    }
    for number in org.keys.rows().len()..corpus().len() {
        let mut key = key.clone();
        key.id = format!("{number:024x}");
        key.public_key = format!("k{number:07}");
        org.keys.put(key);
    }
    for number in org.projects.rows().len()..corpus().len() {
        let mut project = project.clone();
        project.id = format!("{number:024x}");
        project.name = format!("project-{number:03}");
        org.projects.put(project);
    }
}

/// So many answers are looked at one by one.
const TURNS: usize = 60;

/// The operations that change an account and answer with what it is then.
const CHANGING: [&str; 2] = ["updateOrgServiceAccount", "createOrgServiceAccountAccessList"];

/// From now on every answer is hostile but those that let one in.
fn spoil(emulator: &Emulator) {
    let (operation, path) = (None, Some("/api/atlas".into()));
    emulator.plan(Plan { operation, path, times: usize::MAX / 2, does: Fault::Hostile });
}

async fn begin(change: impl FnOnce(&mut Store)) -> Journey {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator(options).await;
    emulator.patch(change);
    spoil(&emulator);
    // What it may do is not known, for it does not find itself: so it may try all.
    let credential = emulator.api_key().expect("a credential");
    let org = emulator.organization().clone();
    let mut journey = Journey::begin(emulator, credential, |setting| setting.org = Some(org));
    journey.settle().await;
    journey
}

#[tokio::test]
async fn lists_show_every_text_and_do_nothing() {
    let mut journey = begin(fill).await;
    let mut eyes = Eyes::new();
    for tab in ["1", "2"] {
        journey.press(tab);
        for (width, height) in SIZES {
            journey.resize(width, height);
            journey.press("g");
            journey.settle().await;
            for _ in 0..=2 * corpus().len() / usize::from(height) {
                eyes.look(&journey.app, "a list");
                journey.press("<c-d>");
                journey.settle().await;
            }
        }
    }
    assert!(eyes.frames > 300, "only {}", eyes.frames);
    // Each of these was answered as often as there are texts: each field has had them all.
    let asked = journey.emulator().requests();
    for (list, end) in [
        ("serviceAccounts/", "/accessList"),
        ("serviceAccounts/", "/groups"),
        ("apiKeys/", "/accessList"),
    ] {
        let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
        let of = asked.iter().map(|seen| path(&seen.path_and_query));
        let count = of.filter(|path| path.contains(list) && path.ends_with(end)).count();
        assert!(count >= corpus().len(), "only {count} of {list}…{end}");
    }
}

#[tokio::test]
async fn the_activity_shows_every_text_and_does_nothing() {
    let mut journey = begin(|store| {
        let org = store.main().expect("there");
        let mut events = org.events.clone();
        for event in &mut events {
            event.id = event.id.replace('6', "5");
        }
        org.events.extend(events);
    })
    .await;
    let mut eyes = Eyes::new();
    journey.press("T");
    // Every answer begins one text later than the last.
    for round in 0..corpus().len() {
        let (width, height) = SIZES[round / 8 % SIZES.len()];
        journey.resize(width, height);
        journey.settle().await;
        eyes.look(&journey.app, "the activity");
        journey.press("jyr");
    }
    let asked = journey.emulator().requests();
    let parts = asked.iter().filter(|seen| seen.path_and_query.contains("/events?")).count();
    assert!(parts >= corpus().len(), "only {parts}");
    let copied = journey.copied.iter().filter(|text| !text.chars().all(is_printable));
    assert_eq!(copied.count(), 0);
    assert!(journey.copied.len() > 100, "only {}", journey.copied.len());
}

/// From a row of the list to each place that shows it.
const PLACES: &[&str] = &[
    "D",
    "i",
    "e",
    "p",
    "p<enter>",
    "a",
    "s",
    "s<enter>",
    "R",
    "c",
    "c<enter>",
    "n",
    "S",
    "?",
    "w",
    "<space>D",
    "<space>a",
    "/a",
    "/role:",
    "y",
    "<enter>y",
    "<enter>jjy",
    "<enter>GD",
    "J",
    "t",
    "T",
    "Tjy",
    "xy",
    "i<c-x>",
    "c<enter><c-x>",
    "<enter>t",
];

/// Back to the list, whatever is open.
fn go_home(journey: &mut Journey) {
    journey.press("<esc><esc><esc><esc><esc><esc>/<esc>");
    journey.pass(SignedDuration::from_millis(300));
}

/// Some rows: its details, and one of the places.
#[tokio::test]
async fn texts_are_in_the_details_and_in_every_dialog() {
    walk(57).await;
}

/// Every row: two minutes. `cargo test --locked -- --ignored every_text`
#[tokio::test]
#[ignore = "takes two minutes"]
async fn every_text_is_in_the_details_and_in_a_dialog() {
    walk(1).await;
}

async fn walk(step: usize) {
    let mut journey = begin(fill).await;
    let (mut eyes, mut layers) = (Eyes::new(), HashSet::new());
    let mut places = PLACES.iter().cycle().zip(SIZES.into_iter().cycle());
    for tab in ["1", "2"] {
        journey.press(&format!("{tab}g"));
        for row in (0..corpus().len()).step_by(step) {
            journey.settle().await;
            let (place, (width, height)) = places.next().expect("they go round");
            for keys in ["<enter>", place] {
                journey.resize(width, height);
                journey.press(keys);
                journey.settle().await;
                eyes.look(&journey.app, &format!("row {row}, {keys}"));
                layers.insert(journey.app.layer());
                go_home(&mut journey);
            }
            journey.press(&"j".repeat(step));
        }
    }
    assert!(layers.len() >= 13, "only {layers:?}");
    let copied = journey.copied.iter().filter(|text| !text.chars().all(is_printable));
    assert_eq!(copied.count(), 0);
    assert!(journey.copied.len() > 2, "only {}", journey.copied.len());
}

/// A rotation is watched by what Atlas tells about its account.
#[tokio::test]
async fn a_rotation_shows_any_text_and_does_nothing() {
    let mut journey = rotation(&Theme::ansi()).await;
    spoil(journey.emulator());
    let mut eyes = Eyes::new();
    for turn in 0..TURNS {
        let (width, height) = SIZES[turn % SIZES.len()];
        journey.resize(width, height);
        journey.press("r");
        journey.settle().await;
        assert_eq!(journey.app.layer(), Layer::Rotation, "{}", journey.screen());
        eyes.look(&journey.app, &format!("a rotation, turn {turn}"));
        journey.pass(SignedDuration::from_millis(300));
        journey.press("D");
        journey.settle().await;
        eyes.look(&journey.app, &format!("its end, turn {turn}"));
        journey.pass(SignedDuration::from_millis(300));
        if journey.app.layer() != Layer::Rotation {
            journey.press("<esc>");
        }
    }
}

/// What Atlas answers to a change of a name, of roles and of an access list.
#[tokio::test]
async fn what_is_changed_with_hostile_answers_is_changed_and_nothing_else() {
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator(options).await;
    let changes = ["PATCH", "POST", "PUT"];
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    journey.press("/datadog<enter>");
    let mut eyes = Eyes::new();
    for (turn, keys) in ["i0<enter>", "ej<space><enter>", "an192.0.2.%<enter><enter>"]
        .into_iter()
        .cycle()
        .take(TURNS)
        .enumerate()
    {
        for operation in CHANGING {
            let operation = Some(operation.to_owned());
            let plan = Plan { operation, path: None, times: 1, does: Fault::Hostile };
            journey.emulator().plan(plan);
        }
        journey.press(&keys.replace('%', &turn.to_string()));
        journey.settle().await;
        eyes.look(&journey.app, &format!("a change, turn {turn}"));
        journey.pass(SignedDuration::from_millis(300));
        if journey.app.layer() != Layer::List {
            journey.press("y");
            journey.settle().await;
            eyes.look(&journey.app, &format!("agreed, turn {turn}"));
            go_home(&mut journey);
            journey.press("/datadog<enter>");
        }
    }
    let asked = journey.emulator().requests();
    let sent = asked.iter().filter(|seen| changes.contains(&seen.method.as_str())).count();
    assert!(sent > TURNS / 2, "only {sent}");
}

/// As much as an answer may hold.
#[tokio::test]
async fn a_name_of_seven_mebibytes_is_a_name() {
    let name = "n\u{301}\u{202e}".repeat((7 << 20) / 6);
    let options = Options { limits: Limits::unlimited(), ..Options::default() };
    let emulator = emulator(options).await;
    emulator.patch(|store| store.account("datadog").expect("there").name = name);
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    let mut eyes = Eyes::new();
    // It is found by its description.
    journey.press("/metrics<enter>");
    for keys in ["", "<enter>", "<esc>D", "<esc>i"] {
        journey.press(keys);
        journey.settle().await;
        journey.pass(SignedDuration::from_millis(300));
        journey.shows("n\u{301}⟨U+202E⟩n\u{301}");
        eyes.look(&journey.app, keys);
    }
    let kept = journey.app.state().org.as_ref().expect("open").list(Kind::ServiceAccounts).rows();
    let longest = kept.iter().filter_map(|row| row.identity.name().known()).map(|name| name.len());
    assert!(longest.max().is_some_and(|most| most < 4 << 10));
}

/// Letters that take two columns, or none of their own, move nothing beside them.
#[tokio::test]
async fn wide_letters_and_marks_keep_columns_in_line() {
    const NAMES: [&str; 5] = [
        "権限管理サービスアカウント本番環境その一",
        "계정",
        "e\u{301}\u{302}a\u{308}o\u{304}",
        "🇩🇪 🇫🇷 👩\u{200d}💻 déploiement",
        "ｆｕｌｌ　ｗｉｄｔｈ",
    ];
    let emulator = emulator(Options::default()).await;
    emulator.patch(|store| {
        for (number, name) in NAMES.iter().enumerate() {
            let org = store.main().expect("there");
            let mut account = org.accounts.rows()[3].clone();
            account.id = format!("mdb_sa_id_{number:024x}");
            account.name = (*name).to_owned();
            org.accounts.put(account);
        }
    });
    let credential = emulator.service_account().expect("a credential");
    let mut journey = Journey::begin(emulator, credential, |_| {});
    journey.settle().await;
    let mut eyes = Eyes::new();
    for width in [60, 80, 100, 180] {
        journey.resize(width, 30);
        eyes.look(&journey.app, "wide names");
        let drawn = crate::support::screen::draw(&journey.app).0;
        let at = |x: u16, y: u16| drawn.cell((x, y)).map_or(" ", |cell| cell.symbol());
        let heads: Vec<_> = (4..width)
            .filter(|x| at(*x, 2) != " " && at(x - 1, 2) == " " && at(x - 2, 2) == " ")
            .collect();
        assert!(heads.len() >= 2, "{heads:?}");
        for y in 3..24 {
            for x in &heads[1..] {
                assert_eq!((at(x - 1, y), at(x - 2, y)), (" ", " "), "{x}, {y} of {width}");
                assert_ne!(at(*x, y), " ", "{x}, {y} of {width}");
            }
        }
    }
}
