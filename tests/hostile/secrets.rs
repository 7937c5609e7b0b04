//! A new secret, and its public half, that are no plain text: they are shown, copied as
//! they are, and do nothing.

use std::sync::Arc;

use gatehouse::app::keys::Layer;
use gatehouse::app::state::Setting;
use gatehouse::app::{App, Effect, Event, Found};
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::atlas::{Clean, ClientId, Credential, IdentityId, Issued, OrgId, Secret, SecretId};
use gatehouse::emulator::{Fault, Plan, corpus};
use gatehouse::rules::intent::{Asks, Intent, Note, Then};
use gatehouse::runtime::canvas::Canvas;
use jiff::SignedDuration;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Size;

use super::terminal::{Eyes, watch};
use crate::support::journey::{self, Journey};

const ORG: &str = "650000000000000000000000";

/// The operations whose answers are held.
const MAKING: [&str; 3] =
    ["createOrgServiceAccountSecret", "createOrgServiceAccount", "createOrgApiKey"];

/// A session that finds this secret, which another was to show.
fn found(text: &str) -> Found {
    let account = ClientId::new("mdb_sa_id_650000000000000000000001");
    let intent = Intent {
        id: "1".into(),
        host: Clean::new("127.0.0.1"),
        org: OrgId::new(ORG),
        asks: Asks::Secret { account: account.clone(), name: Clean::new(text), before: Vec::new() },
        at: journey::start_of_time(),
        to: Clean::new(text),
        then: Then::default(),
    };
    let issued = Issued {
        public: text.to_owned(),
        owner: IdentityId::ServiceAccount(account),
        secret_id: Some(SecretId::new(text)),
        secret: Secret::from(text.to_owned()),
        expires_at: None,
    };
    Found {
        notes: vec![Note { intent, news: Vec::new() }],
        rescued: vec![("1".into(), Arc::new(issued))],
        troubles: vec![text.to_owned()],
        ..Found::default()
    }
}

#[test]
fn any_secret_is_shown_and_copied_and_does_nothing() {
    let mut eyes = Eyes::new();
    for texts in corpus().chunks(5) {
        let text = &texts.join("");
        let (mut app, now) = (begin(|_| {}), journey::start_of_time());
        app.update(now, [Event::Found(Box::new(found(text)))]);
        eyes.look(&app, "masked");
        let key = |key| Event::Key(KeyCode::Char(key).into());
        app.update(now, [key('v')]);
        eyes.look(&app, "shown");
        let failed = Event::HandedOver("1".into(), Err(text.clone()));
        let later = now + SignedDuration::from_secs(1);
        let effects = app.update(later, [key('y'), failed]);
        eyes.look(&app, "not saved");
        let secret = effects.iter().find_map(|effect| match effect {
            Effect::CopySecret(issued) => Some(issued.secret.expose_secret().to_owned()),
            _ => None,
        });
        assert_eq!(secret.as_deref(), Some(text.as_str()), "it is copied as it is");
        let mut out = Vec::new();
        Canvas::new(&mut out).copy(text).expect("written");
        let seen = watch(&out, true);
        assert_eq!((seen.offences.len(), seen.copied.len(), seen.printed), (0, 1, 0), "{text:?}");
    }
}

/// A program that has just begun, for which this is set.
fn begin(set: impl FnOnce(&mut Setting)) -> App {
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_650000000000000000009999".into(),
        client_secret: Secret::from("unused"),
    };
    let mut setting = journey::setting(&credential);
    setting.org = Some(OrgId::new(ORG));
    set(&mut setting);
    App::new(setting, Size::new(70, 20), journey::start_of_time()).0
}

#[test]
fn what_earlier_sessions_left_and_where_credentials_are_looked_for_does_nothing() {
    let (now, mut eyes) = (journey::start_of_time(), Eyes::new());
    for texts in corpus().chunks(9) {
        let text = texts.join("");
        let mut app = begin(|_| {});
        let left = Found { rescued: Vec::new(), ..found(&text) };
        app.update(now, [Event::Found(Box::new(left))]);
        assert_eq!(app.layer(), Layer::Unfinished);
        eyes.look(&app, "left open");
        let mut app = begin(|setting| {
            let clean = || Clean::new(&text);
            (setting.credential, setting.demo) = (None, false);
            (setting.host, setting.source) = (clean(), clean());
            (setting.looked_at, setting.warnings) = (vec![clean()], vec![clean()]);
        });
        eyes.look(&app, "the first screen");
        app.update(now, [Event::Key(KeyCode::Char('!').into())]);
        eyes.look(&app, "its problem");
    }
}

#[tokio::test]
async fn what_is_made_with_hostile_answers_is_held_and_shown() {
    for keys in [
        &["/pagerduty<enter>s", "<enter>", "G<enter>", "y"][..],
        &["nfresh<tab>For a test<enter>", "<enter>", "<enter>", "<enter>", "G<enter>", "y"],
        &["2nfresh<enter>", "<enter>", "<enter>", "<enter>", "G<enter>", "y"],
    ] {
        let mut journey = Journey::unlimited().await;
        let mut eyes = Eyes::new();
        for operation in MAKING {
            let operation = Some(operation.to_owned());
            let plan = Plan { operation, path: None, times: 9, does: Fault::Hostile };
            journey.emulator().plan(plan);
        }
        for keys in keys {
            journey.pass(SignedDuration::from_millis(300));
            journey.press(keys);
            journey.settle().await;
            eyes.look(&journey.app, keys);
        }
        // A public key that none can be is none that is shown.
        if keys[0].starts_with('2') {
            journey.says("It was made, but Atlas' answer could not be read whole.");
            journey.shows("Public key     ?");
        }
        assert_eq!(journey.app.state().held.len(), 1, "{keys:?}\n{}", journey.screen());
        journey.press("v");
        eyes.look(&journey.app, "shown");
        journey.press("D");
        journey.settle().await;
        eyes.look(&journey.app, "about to be discarded");
    }
}
