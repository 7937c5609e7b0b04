//! Turning to another credential of this machine: the old session ends, the new one
//! begins, and nothing of the one is ever taken for the other's.

use std::sync::{Arc, Mutex};

use gatehouse::app::credentials::{Candidate, Choice, Facts};
use gatehouse::app::state::{Doubt, Setting};
use gatehouse::app::{Effect, Event};
use gatehouse::atlas::client::Client;
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::{Clean, Credential, IdentityId, Page, Reply};
use gatehouse::emulator::{Emulator, Fault, Limits, Options, Plan};
use gatehouse::runtime::doors::Doors;
use jiff::SignedDuration;

use crate::support::dice::Dice;
use crate::support::journey::{Journey, emulator, setting};

/// A credential of the machine, and where it goes.
struct Door {
    name: &'static str,
    credential: Credential,
    base_url: String,
    doubtful: bool,
}

/// The machine: two emulators' credentials, and one that is broken.
struct Machine {
    doors: Vec<Door>,
    /// Opening fails from now on, for this reason.
    locked: Mutex<Option<String>>,
    /// Why the broken one is.
    broken: Mutex<&'static str>,
}

fn profile(name: &str) -> Choice {
    Choice::Profile(name.to_owned())
}

impl Doors for Machine {
    fn list(&self) -> Vec<Candidate> {
        let facts = |door: &Door| Facts {
            public: door.credential.public_part(),
            host: Clean::from(Origin::parse(&door.base_url).expect("an origin").host()),
            org: None,
        };
        let whole = self.doors.iter();
        let whole = whole.map(|door| Candidate { choice: profile(door.name), is: Ok(facts(door)) });
        let why = *self.broken.lock().expect("whole");
        let broken = Candidate { choice: profile("broken"), is: Err(Clean::whole(why)) };
        whole.chain([broken]).collect()
    }

    fn open(&self, choice: &Choice) -> Result<(Setting, Client), String> {
        if let Some(why) = &*self.locked.lock().expect("whole") {
            return Err(why.clone());
        }
        let door = self.doors.iter().find(|door| profile(door.name) == *choice).expect("it is");
        let origin = Origin::parse(&door.base_url).expect("an origin");
        let doubt = door.doubtful.then(|| Doubt {
            origin: Clean::from(origin.to_string()),
            named_by: Clean::new("profile staging"),
            international: false,
            on_this_machine: true,
        });
        let setting = Setting {
            host: Clean::from(origin.host()),
            choice: Some(choice.clone()),
            source: Clean::new(door.name),
            demo: false,
            doubt,
            ..setting(&door.credential)
        };
        let client = Client::with(origin, door.credential.clone(), Patience::NONE.into());
        Ok((setting, client))
    }
}

struct World {
    journey: Journey,
    machine: Arc<Machine>,
    /// The Atlas of the profile staging.
    other: Emulator,
}

/// A session with the profile default, on a machine that has staging too.
async fn begin(doubtful: bool) -> World {
    let unlimited = || Options { limits: Limits::unlimited(), ..Options::default() };
    let (own, other) = (emulator(unlimited()).await, emulator(unlimited()).await);
    other.patch(|store| {
        let org = store.main().expect("there");
        org.name = "Globex".into();
        for account in org.accounts.rows_mut() {
            account.name = format!("glx-{}", account.name);
        }
    });
    let credential = own.service_account().expect("one");
    let door = |name, credential: &Credential, at: &Emulator, doubtful| Door {
        name,
        credential: credential.clone(),
        base_url: at.base_url().to_owned(),
        doubtful,
    };
    let machine = Arc::new(Machine {
        doors: vec![
            door("default", &credential, &own, false),
            door("staging", &other.service_account().expect("one"), &other, doubtful),
        ],
        locked: Mutex::default(),
        broken: Mutex::new(
            "The client ID is set, but the client secret that belongs to it is not.",
        ),
    });
    let mut journey = Journey::begin(own, credential, |setting| {
        setting.demo = false;
        setting.choice = Some(profile("default"));
    });
    journey = journey.with_doors(machine.clone());
    journey.settle().await;
    World { journey, machine, other }
}

/// Turns to the profile staging, up to where its answers are on their way.
async fn turn(journey: &mut Journey) {
    journey.press("W");
    journey.until("staging").await;
    journey.press("/stag<enter><enter>");
}

#[tokio::test]
async fn the_credentials_of_this_machine_are_offered() {
    let mut world = begin(false).await;
    let journey = &mut world.journey;
    journey.press("W");
    journey.settle().await;
    assert!(journey.cursor_line().contains("● default"), "it begins at the one in use");
    assert!(journey.line("broken").contains('✖'));
    journey.press("<enter>");
    journey.shows_not("Credentials");

    journey.press("W");
    journey.settle().await;
    journey.press("/broken<enter>");
    journey.says("the client secret that belongs to it is not");
    journey.press("<enter>");
    journey.says("it cannot be used");
    journey.press("<esc><esc>");
    journey.shows("Acme Corp");
}

/// Why a profile cannot be used is told whole, and nothing is offered that does not go.
#[tokio::test]
async fn what_cannot_be_used_says_all_of_why_and_is_not_offered() {
    let mut world = begin(false).await;
    let why = "The auth_type (profile broken in ~/.config/atlascli/config.toml) says service account, but its client ID and client secret are not there, and the keyring (atlascli_broken) could not be read. The keyring is locked: unlock it, as the desktop does when one signs in. Or set MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET in the environment, and start again.";
    *world.machine.broken.lock().expect("whole") = why;
    let journey = &mut world.journey;
    journey.press("W");
    journey.settle().await;
    journey.shows("switch");
    journey.press("/broken<enter>");
    journey.shows_not("switch");
    for (width, height) in [(100, 30), (80, 24), (60, 20)] {
        journey.resize(width, height);
        journey.says("and start again.");
    }
    journey.resize(40, 8);
    journey.shows("\u{2026}");
}

#[tokio::test]
async fn turning_ends_the_old_session_and_begins_anew() {
    let mut world = begin(false).await;
    let journey = &mut world.journey;
    assert_eq!(journey.emulator().live_tokens(), 1);
    turn(journey).await;
    journey.settle().await;
    journey.shows("Globex");
    journey.shows_not("Acme Corp");
    journey.shows_not("Credentials");
    journey.signed_out().await;
    assert_eq!(journey.emulator().live_tokens(), 0, "the old session has signed out");
    assert_eq!(world.other.live_tokens(), 1);

    // From now on only the new one is asked.
    journey.emulator().forget_requests();
    journey.press("r");
    journey.settle().await;
    assert!(journey.emulator().requests().is_empty());

    // What was used last comes first.
    journey.press("W");
    journey.settle().await;
    let screen = journey.screen();
    let place = |name: &str| screen.find(name).unwrap_or_else(|| panic!("{name}:\n{screen}"));
    assert!(place("● staging") < place("  default"), "{screen}");
    assert!(place("  default") < place("✖ broken"), "{screen}");
}

#[tokio::test]
async fn no_answer_of_the_old_session_is_shown_in_the_new_one() {
    let mut world = begin(false).await;
    let journey = &mut world.journey;
    // An answer of the old session comes after the turn: its call has an id for good.
    let late =
        journey.app.update(journey.now(), [Event::Key(crossterm::event::KeyCode::F(5).into())]);
    let asked: Vec<_> = late
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Call(id, read, _) => Some((id, read)),
            _ => None,
        })
        .collect();
    assert!(!asked.is_empty());
    turn(journey).await;
    journey.until("Globex").await;
    journey.settle().await;
    let before = journey.screen();
    for (id, read) in asked {
        let error = gatehouse::atlas::ApiError::new(gatehouse::atlas::Fault::ServerTrouble, "old");
        journey.event(Event::Reply(id, Err(error.about(&read))));
        let empty = Page { rows: Vec::new(), last: true };
        journey.event(Event::Reply(id, Ok(Reply::ServiceAccounts(empty))));
    }
    // Nor does what the old Atlas told besides.
    let first = gatehouse::app::CallId::default();
    journey.event(Event::AskedToWait(first, SignedDuration::from_secs(60)));
    journey.event(Event::HeldBack(first, SignedDuration::from_secs(60)));
    journey.event(Event::AtlasTime(first, journey.now() + SignedDuration::from_hours(5)));
    assert_eq!(journey.screen(), before);
}

/// However far the answers have come when somebody turns: what is on screen belongs to the
/// organization that the header names.
#[tokio::test]
async fn rows_are_never_mixed_whenever_one_turns() {
    let mut world = begin(false).await;
    let journey = &mut world.journey;
    let mut dice = Dice(1);
    for turn in 0..60 {
        let name = if turn % 2 == 0 { "staging" } else { "default" };
        journey.press("W");
        journey.until("broken").await;
        journey.press(&format!("/{name}<enter><enter>"));
        while journey.app.state().turn.is_some() {
            journey.step().await;
        }
        for _ in 0..dice.roll(40) {
            let screen = journey.screen();
            let head = screen.lines().nth(1).unwrap_or_default();
            let (own, other) = (screen.contains("  backup-runner"), screen.contains("glx-"));
            assert!(!(own && other), "{screen}");
            assert!(!(own && head.contains("Globex")), "{screen}");
            assert!(!(other && head.contains("Acme Corp")), "{screen}");
            if !journey.is_waiting() {
                break;
            }
            journey.step().await;
        }
    }
    journey.settle().await;
    journey.signed_out().await;
    assert_eq!(journey.emulator().live_tokens() + world.other.live_tokens(), 1);
}

#[tokio::test]
async fn a_credential_that_cannot_be_opened_leaves_everything_as_it_is() {
    let mut world = begin(false).await;
    *world.machine.locked.lock().expect("whole") = Some("The keyring is locked.".to_owned());
    let journey = &mut world.journey;
    turn(journey).await;
    journey.settle().await;
    journey.press("<esc><esc>");
    journey.pass(SignedDuration::from_secs(5));
    journey.says("The credential in use stays: The keyring is locked.");
    journey.shows("Acme Corp");
    assert_eq!(journey.emulator().live_tokens(), 1);
    assert_eq!(world.other.live_tokens(), 0);
}

#[tokio::test]
async fn an_address_that_is_not_mongodbs_own_is_asked_about_first() {
    let mut world = begin(true).await;
    let journey = &mut world.journey;
    turn(journey).await;
    journey.until("Is this your Atlas?").await;
    journey.settle().await;
    assert!(world.other.requests().is_empty(), "nothing was sent");
    journey.press("<esc>");
    journey.shows("Credentials");
    journey.press("<esc><esc>");
    journey.shows("Acme Corp");
    assert!(!journey.left);

    turn(journey).await;
    journey.until("Is this your Atlas?").await;
    let host = world.other.base_url().trim_start_matches("http://").to_owned();
    journey.press(&format!("{host}<enter>"));
    journey.settle().await;
    journey.shows("Globex");
    journey.signed_out().await;
    assert_eq!(journey.emulator().live_tokens(), 0);
}

#[tokio::test]
async fn turning_away_before_it_is_ready_lets_it_be() {
    let mut world = begin(false).await;
    let journey = &mut world.journey;
    turn(journey).await;
    journey.shows("Opening staging...");
    journey.press("<esc><esc>");
    journey.settle().await;
    journey.shows("Acme Corp");
    assert_eq!(world.other.requests().len(), 0);
}

#[tokio::test]
async fn a_secret_that_is_not_acknowledged_or_a_change_on_its_way_is_not_left() {
    let mut world = begin(false).await;
    let journey = &mut world.journey;
    // A change whose answer is on its way, and whose dialog was left.
    let id = journey.app.state().org.as_ref().and_then(|org| {
        let rows = org.list(gatehouse::app::identity::Kind::ServiceAccounts).rows();
        let row = rows
            .iter()
            .find(|row| row.identity.name().known().is_some_and(|name| name.as_str() == "grafana"));
        row.map(|row| row.identity.id())
    });
    assert!(matches!(id, Some(IdentityId::ServiceAccount(_))));
    journey.emulator().plan(Plan {
        operation: Some("updateOrgServiceAccount".into()),
        path: None,
        times: 1,
        does: Fault::Delay { ms: 200 },
    });
    journey.press("/grafana<enter>i<c-u>renamed<enter>");
    while !journey.app.state().is_sending() {
        journey.step().await;
    }
    assert!(journey.app.state().why_stay().is_some_and(|why| why.contains("change")));
    journey.settle().await;
    assert_eq!(journey.app.state().why_stay(), None);

    // A secret that is held.
    journey.pass(SignedDuration::from_secs(5));
    journey.press("<esc>/pagerduty<enter>s");
    for keys in ["<enter>", "G<enter>", "y"] {
        journey.settle().await;
        journey.pass(SignedDuration::from_millis(300));
        journey.press(keys);
    }
    journey.settle().await;
    assert!(!journey.app.state().held.is_empty(), "{}", journey.screen());
    assert!(journey.app.state().why_stay().is_some_and(|why| why.contains("secret")));
    journey.press("W");
    journey.shows_not("Credentials");
}

#[tokio::test]
async fn the_demo_has_one_credential() {
    let mut journey = Journey::demo().await;
    journey.press("W");
    journey.says("the demo has one credential");
    journey.shows_not("Credentials");
}
