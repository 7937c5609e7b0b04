//! A secret that nobody has acknowledged is not dismissed by accident: ten thousand
//! random keys, pastes, resizes and moments, by seed, on its screen.

use std::sync::Arc;

use gatehouse::app::{App, CallId, Effect, Event, Found, Pointer};
use gatehouse::atlas::error::Fault;
use gatehouse::atlas::{
    ApiError, Clean, ClientId, Credential, IdentityId, Issued, OrgId, Secret, SecretId,
};
use gatehouse::rules::hand_over::{Shape, Taker};
use gatehouse::rules::intent::{Asks, Intent, Note, Then};
use jiff::{SignedDuration, Timestamp};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Size};

use crate::support::dice::Dice;
use crate::support::{journey, screen};

const EVENTS: usize = 10_000;
const SEEDS: u64 = 4;
const ORG: &str = "650000000000000000000000";
/// Its end is none of the words that are typed here.
const SECRET: &str = "mdb_sa_sk_thisIsTheOnlyOneThatThereIs~~~~";

struct World {
    app: App,
    dice: Dice,
    now: Timestamp,
    asked: Vec<CallId>,
    /// What was done that must not be done by accident.
    done: Vec<String>,
}

fn held() -> Found {
    let account = ClientId::new("mdb_sa_id_650000000000000000000001");
    let credential = setting_credential();
    let intent = Intent {
        id: "1".into(),
        host: journey::setting(&credential).host,
        org: OrgId::new(ORG),
        asks: Asks::Secret {
            account: account.clone(),
            name: Clean::new("ci-deploy"),
            before: Vec::new(),
        },
        at: journey::start_of_time(),
        to: Clean::new("this screen only"),
        then: Then::default(),
    };
    let issued = Issued {
        public: account.to_string(),
        owner: IdentityId::ServiceAccount(account),
        secret_id: Some(SecretId::new("650000000000000000000002")),
        secret: Secret::from(SECRET),
        expires_at: None,
    };
    Found {
        notes: vec![Note { intent, news: Vec::new() }],
        rescued: vec![("1".into(), Arc::new(issued))],
        ..Found::default()
    }
}

fn setting_credential() -> Credential {
    Credential::ServiceAccount {
        client_id: "mdb_sa_id_650000000000000000009999".into(),
        client_secret: Secret::from("unused"),
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut setting = journey::setting(&setting_credential());
        setting.org = Some(OrgId::new(ORG));
        setting.takers = vec![Taker {
            name: "taker".into(),
            argv: vec!["true".into()],
            shape: Shape::Plain,
            seconds: 1,
            environment: Vec::new(),
        }];
        let now = journey::start_of_time();
        let (app, effects) = App::new(setting, Size::new(100, 30), now);
        let (dice, asked, done) = (Dice(seed), Vec::new(), Vec::new());
        let mut world = Self { app, dice, now, asked, done };
        world.perform(effects);
        world.tell(Event::Found(Box::new(held())));
        world
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call(id, ..) => self.asked.push(id),
                // Every place is a bad one, so that nothing is truly saved.
                Effect::Reserve(sink) => self.tell(Event::Reserved(sink, Err("no".into()))),
                Effect::Settle(_)
                | Effect::Quit
                | Effect::Demo
                | Effect::HandOver(_)
                | Effect::Change(..)
                | Effect::Issue(..) => self.done.push(format!("{effect:?}")),
                _ => {}
            }
        }
    }

    fn tell(&mut self, event: Event) {
        let effects = self.app.update(self.now, [event]);
        self.perform(effects);
    }

    fn key(&mut self) -> KeyEvent {
        let special = [
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Tab,
            KeyCode::BackTab,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::PageUp,
            KeyCode::F(1),
            KeyCode::F(5),
        ];
        let code = match self.dice.roll(3) {
            0 => special[self.dice.roll(special.len())],
            // All that can be typed but what its end is made of.
            _ => KeyCode::Char(char::from(b' ' + u8::try_from(self.dice.roll(94)).expect("small"))),
        };
        let modifiers = match self.dice.roll(8) {
            0 => KeyModifiers::CONTROL,
            1 => KeyModifiers::ALT,
            2 => KeyModifiers::SHIFT,
            _ => KeyModifiers::NONE,
        };
        KeyEvent::new(code, modifiers)
    }

    /// Whether it was the key that shows the secret, where it is one.
    fn happen(&mut self) -> bool {
        let event = match self.dice.roll(24) {
            0 => Event::Paste(
                ["y\nq\x03", "ci-deploy", "discard", "\x1b[201~q", "saved"][self.dice.roll(5)]
                    .into(),
            ),
            1 => {
                let (width, height) = (self.dice.roll(120) + 1, self.dice.roll(40) + 1);
                Event::Resize(Size::new(
                    u16::try_from(width).expect("small"),
                    u16::try_from(height).expect("small"),
                ))
            }
            2 if self.dice.roll(2) == 0 => Event::Watched,
            2 => Event::Unwatched,
            3 => {
                self.now += SignedDuration::from_millis(
                    i64::try_from(self.dice.roll(90_000)).expect("small"),
                );
                Event::Tick
            }
            4 if !self.asked.is_empty() => {
                let at = self.dice.roll(self.asked.len());
                let fault = [Fault::ServerTrouble, Fault::CredentialRefused, Fault::NotFound]
                    [self.dice.roll(3)]
                .clone();
                Event::Reply(self.asked.swap_remove(at), Err(ApiError::new(fault, "127.0.0.1")))
            }
            5 => Event::Pointer(match self.dice.roll(3) {
                0 => Pointer::WheelUp,
                1 => Pointer::WheelDown,
                _ => {
                    let place = [self.dice.roll(120), self.dice.roll(40)];
                    let [x, y] = place.map(|at| u16::try_from(at).expect("small"));
                    Pointer::Press(Position::new(x, y))
                }
            }),
            _ => Event::Key(self.key()),
        };
        let shows = matches!(&event, Event::Key(key) if key.code == KeyCode::Char('v'));
        self.tell(event);
        shows
    }
}

#[test]
fn a_secret_outlasts_every_key_that_is_no_answer_to_it() {
    let mut shown = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for number in 0..EVENTS {
            let wants_to_see = world.happen();
            assert_eq!(world.done, [""; 0], "seed {seed}, event {number}");
            assert_eq!(world.app.state().held.len(), 1, "seed {seed}, event {number}");
            if wants_to_see {
                shown += usize::from(
                    screen::text(&screen::draw(&world.app).0).contains("thisIsTheOnly"),
                );
            }
        }
        // It is still there for whoever has it.
        world.tell(Event::Resize(Size::new(100, 30)));
        for _ in 0..9 {
            world.now += SignedDuration::from_secs(5);
            world.tell(Event::Key(KeyCode::Esc.into()));
        }
        world.now += SignedDuration::from_secs(5);
        let typing = world.app.layer() == gatehouse::app::keys::Layer::Sentence;
        if !typing {
            world.tell(Event::Key(KeyCode::Esc.into()));
        }
        for key in "~~~~".chars() {
            world.tell(Event::Key(KeyCode::Char(key).into()));
        }
        world.tell(Event::Key(KeyCode::Enter.into()));
        assert_eq!(
            world.done.len(),
            1,
            "{:?}\n{}",
            world.done,
            screen::text(&screen::draw(&world.app).0)
        );
    }
    assert!(shown > 0, "it was never shown: the keys do not reach its screen");
}
