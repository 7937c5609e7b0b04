//! No secret is lost unseen: whatever becomes of the answer, every secret that exists
//! because of us is on the screen, or was put where it was sent, or is told of by name
//! at the next start. The emulator's store is the judge.

use std::collections::BTreeSet;
use std::path::Path;

use futures_util::future::join_all;
use gatehouse::app::keys::Layer;
use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::atlas::write::{NewApiKey, NewServiceAccount};
use gatehouse::atlas::{ClientId, Role, Write};
use gatehouse::emulator::{Emulator, Fault, Options, Plan, Store};
use gatehouse::rules::trace::Trace;
use gatehouse::runtime::keep::{Keep, Places};
use jiff::SignedDuration;

use crate::support::journey::{Journey, emulator};

/// Something that brings a secret: Atlas' name for it, and the keys.
struct Deed {
    operation: &'static str,
    keys: &'static [&'static str],
}

const DEEDS: [Deed; 3] = [
    Deed {
        operation: "createOrgServiceAccountSecret",
        keys: &["/pagerduty<enter>s", "<enter>G<enter>"],
    },
    Deed {
        operation: "createOrgServiceAccount",
        keys: &["nfresh<tab>Made by a test<enter><enter><enter><enter>G<enter>"],
    },
    Deed { operation: "createOrgApiKey", keys: &["2nfresh<enter><enter><enter><enter>G<enter>"] },
];

/// Who makes another secret besides us, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Nobody,
    /// Before we look.
    Before,
    /// After ours was made, before we look what became of it.
    After,
}

fn places(home: &Path) -> Places {
    Places { state: Some(home.join("state")), rescue: None, ..Places::default() }
}

fn start(emulator: Emulator, home: &Path) -> Journey {
    let credential = emulator.service_account().expect("a credential");
    let base_url = emulator.base_url().to_owned();
    let kept = Keep::open(places(home));
    let mut journey = Journey::begin_with(&base_url, credential, |_| {}, kept);
    journey.emulator = Some(emulator);
    journey
}

/// Every secret half that the server knows, each with whose it is.
fn secrets(store: &mut Store) -> BTreeSet<(String, String)> {
    let org = store.main().expect("main");
    let mut all = BTreeSet::new();
    for account in org.accounts.rows() {
        for secret in &account.secrets {
            all.insert((account.name.clone(), secret.value.expose_secret().to_owned()));
        }
    }
    for key in org.keys.rows() {
        all.insert((key.description.clone(), key.private_key.expose_secret().to_owned()));
    }
    all
}

/// Somebody else does the same, with another credential.
async fn somebody_else(deed: &Deed, emulator: &Emulator) {
    let origin = Origin::parse(emulator.base_url()).expect("an origin");
    let client = Client::new(origin, emulator.api_key().expect("a key"));
    let (org, roles) = (emulator.organization().clone(), vec![Role::new("ORG_MEMBER")]);
    let (name, description) = ("fresh".to_owned(), "fresh".to_owned());
    let write = match deed.operation {
        "createOrgServiceAccountSecret" => {
            let id = emulator.patch(|store| store.account("pagerduty").expect("there").id.clone());
            Write::CreateSecret(org, ClientId::new(&id), 720)
        }
        "createOrgServiceAccount" => Write::CreateServiceAccount(
            org,
            NewServiceAccount { name, description, roles, secret_hours: 720 },
        ),
        _ => Write::CreateApiKey(org, NewApiKey { description, roles }),
    };
    client.change(write).await.expect("it is made");
}

/// Makes the deed, with what happens to its answer, until nothing more comes; then the
/// program is gone without a word, as after a SIGKILL.
async fn make(deed: &Deed, does: Fault, other: Other, home: &Path) -> (Emulator, Story) {
    let emulator = emulator(Options::default()).await;
    // Both slots are free: somebody else finds one too.
    emulator.patch(|store| store.account("pagerduty").expect("there").secrets.clear());
    let mut journey = start(emulator, home);
    journey.settle().await;
    if other == Other::Before {
        somebody_else(deed, journey.emulator()).await;
    }
    journey.emulator().forget_requests();
    let before = journey.emulator().patch(secrets);
    let operation = Some(deed.operation.to_owned());
    journey.emulator().plan(Plan { operation, path: None, times: 1, does });
    for keys in deed.keys {
        journey.press(keys);
        journey.settle().await;
    }
    if journey.app.layer() == Layer::Confirm {
        journey.pass(SignedDuration::from_millis(300));
        journey.press("y");
        journey.settle().await;
    }
    let made: Vec<_> = journey.emulator().patch(secrets).difference(&before).cloned().collect();
    let posts = journey.emulator().requests().into_iter();
    let posts = posts.filter(|seen| {
        seen.method == "POST"
            && !seen.path_and_query.contains("oauth")
            && !seen.path_and_query.contains("accessList")
    });
    let story = Story { made, posts: posts.count(), held: !journey.app.state().held.is_empty() };
    if other == Other::After {
        somebody_else(deed, journey.emulator()).await;
    }
    (journey.emulator.take().expect("an emulator"), story)
}

/// What the server says happened.
#[derive(Debug)]
struct Story {
    /// Secrets that exist because of us.
    made: Vec<(String, String)>,
    /// Calls that asked for one.
    posts: usize,
    /// One is on the screen.
    held: bool,
}

/// Ids of everything that the next start tells of.
async fn told_of(emulator: Emulator, home: &Path) -> (BTreeSet<String>, Emulator) {
    let mut journey = start(emulator, home);
    journey.settle().await;
    let state = journey.app.state();
    let mut ids = BTreeSet::new();
    for note in &state.notes {
        if let Trace::Found(found) = state.trace(note) {
            ids.extend(found.into_iter().map(|found| match found.secret {
                Some(secret) => secret.to_string(),
                None => found.owner.as_str().to_owned(),
            }));
        }
    }
    assert!(state.notes.is_empty() || journey.screen().contains("Left open"));
    (ids, journey.emulator.take().expect("an emulator"))
}

/// The id by which a secret would be told of: its own, or that of the new identity.
fn id_of(store: &mut Store, (name, value): &(String, String)) -> String {
    let org = store.main().expect("main");
    for account in org.accounts.rows() {
        let secret = account.secrets.iter().find(|it| it.value.expose_secret() == value);
        if let Some(secret) = secret {
            return if name == "fresh" { account.id.clone() } else { secret.id.clone() };
        }
    }
    let key = org.keys.rows().iter().find(|key| key.private_key.expose_secret() == value);
    key.expect("a key").id.clone()
}

async fn check(deed: &Deed, does: Fault, other: Other) {
    let home = tempfile::tempdir().expect("a home");
    let (emulator, story) = make(deed, does.clone(), other, home.path()).await;
    let what = format!("{} {does:?} {other:?}: {story:?}", deed.operation);
    assert!(story.posts <= 1, "sent {} times: {what}", story.posts);
    let ids: BTreeSet<_> =
        story.made.iter().map(|made| emulator.patch(|store| id_of(store, made))).collect();
    let (told, emulator) = told_of(emulator, home.path()).await;
    assert!(told.is_superset(&ids), "lost unseen: {ids:?}, told of {told:?}; {what}");
    if other == Other::Nobody {
        assert_eq!(told, ids, "told of what is not ours: {what}");
    }
    // Nothing was deleted unasked.
    let there: BTreeSet<_> = emulator.patch(secrets);
    assert!(story.made.iter().all(|made| there.contains(made)), "{what}");
    assert!(!story.held || !story.made.is_empty());
}

fn faults() -> Vec<Fault> {
    let body = |text: &str| Fault::Body { text: text.into(), kind: "application/json".into() };
    let code = |code: &str| code.to_owned();
    vec![
        Fault::Drop,
        Fault::DropAnswer,
        Fault::Html,
        Fault::Status { status: 409, code: code("DATA_CONCURRENCY_ERROR") },
        Fault::Status { status: 503, code: code("MAINTENANCE") },
        Fault::StatusAfter { status: 500, code: code("UNEXPECTED_ERROR") },
        Fault::StatusAfter { status: 504, code: code("TIMEOUT") },
        Fault::RateLimited { seconds: Some(1) },
        body("{"),
        body("{\"secret\": 7, \"clientId\": [], \"id\": {}}"),
        body("[]"),
        Fault::Hostile,
        Fault::Drip { bytes: 200, ms: 1 },
    ]
}

#[tokio::test]
async fn whatever_becomes_of_the_answer_no_secret_is_lost_unseen() {
    for deed in &DEEDS {
        let others = [Other::Nobody, Other::Before, Other::After];
        for other in others {
            join_all(faults().into_iter().map(|does| check(deed, does, other))).await;
        }
    }
}

/// The answer is cut after every so many bytes, head included, until it is whole.
async fn cut_answers(step: usize) {
    for deed in &DEEDS {
        let cuts: Vec<_> = (0..900u64).step_by(step).collect();
        for cuts in cuts.chunks(16) {
            let checks =
                cuts.iter().map(|bytes| check(deed, Fault::Cut { bytes: *bytes }, Other::Nobody));
            join_all(checks).await;
        }
    }
}

#[tokio::test]
async fn wherever_the_answer_is_cut_no_secret_is_lost_unseen() {
    cut_answers(41).await;
}

/// Each byte: minutes. `cargo test --locked -- --ignored every_byte`
#[tokio::test]
#[ignore = "slow: the sample beside it runs every day"]
async fn the_answer_is_cut_after_every_byte() {
    cut_answers(1).await;
}
