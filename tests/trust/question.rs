//! The question itself: nothing is sent before the host was typed.

use gatehouse::app::state::Doubt;
use gatehouse::app::{App, Effect, Event};
use gatehouse::atlas::{Clean, Credential, Secret};
use jiff::{SignedDuration, Timestamp};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use crate::support::dice::Dice;
use crate::support::{journey, screen};

const HOST: &str = "xn--loud-k6d.mongodb.com";

fn begin() -> (App, Vec<Effect>) {
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_650000000000000000000001".into(),
        client_secret: Secret::from("unused".to_owned()),
    };
    let mut setting = journey::setting(&credential);
    setting.demo = false;
    setting.host = Clean::new(HOST);
    setting.doubt = Some(Doubt {
        origin: Clean::new("https://xn--loud-k6d.mongodb.com"),
        named_by: Clean::new("environment (MONGODB_ATLAS_BASE_URL)"),
        international: true,
        on_this_machine: false,
    });
    App::new(setting, Size::new(100, 30), journey::start_of_time())
}

struct Asked {
    app: App,
    now: Timestamp,
    effects: Vec<Effect>,
}

impl Asked {
    fn begin() -> Self {
        let (app, effects) = begin();
        Self { app, now: journey::start_of_time(), effects }
    }

    fn tell(&mut self, event: Event) {
        self.effects.extend(self.app.update(self.now, [event]));
    }

    fn press(&mut self, code: KeyCode) {
        self.tell(Event::Key(code.into()));
    }

    fn type_text(&mut self, text: &str) {
        text.chars().for_each(|character| self.press(KeyCode::Char(character)));
    }

    fn calls(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Call(..))).count()
    }

    fn screen(&self) -> String {
        screen::text(&screen::draw(&self.app).0)
    }
}

#[test]
fn it_says_who_would_get_what_and_who_named_them() {
    let asked = Asked::begin();
    let screen = asked.screen();
    for words in [
        "Is this your Atlas?",
        "mdb_sa_id_650000000000000000000001",
        "from a test",
        "https://xn--loud-k6d.mongodb.com",
        "environment (MONGODB_ATLAS_BASE_URL)",
        "not MongoDB's own address",
        "letters beyond a to z",
        "Nothing has been sent",
        "Type xn--loud-k6d.mongodb.com",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    assert!(!screen.contains("on this machine"), "{screen}");
    assert_eq!(asked.effects, []);
}

#[test]
fn only_the_host_itself_agrees() {
    for wrong in
        ["", "y", "xn--loud-k6d.mongodb.co", "cloud.mongodb.com", "XN--LOUD-K6D.MONGODB.COM"]
    {
        let mut asked = Asked::begin();
        asked.type_text(wrong);
        asked.press(KeyCode::Enter);
        assert_eq!(asked.effects, [], "{wrong:?}");
        assert!(asked.screen().contains("type the host first"), "{wrong:?}");
        assert!(asked.screen().contains(wrong), "what was typed stays");
    }
    let mut asked = Asked::begin();
    asked.tell(Event::Paste(format!("{HOST}\n")));
    asked.press(KeyCode::Enter);
    assert_eq!(asked.effects, [], "a paste agrees to nothing, nor does what comes with it");
    asked.now += SignedDuration::from_secs(1);
    asked.press(KeyCode::Enter);
    let trust = Effect::Trust {
        credential: Clean::new("mdb_sa_id_650000000000000000000001"),
        origin: Clean::new("https://xn--loud-k6d.mongodb.com"),
    };
    assert_eq!(asked.effects.iter().filter(|effect| **effect == trust).count(), 1);
    assert_eq!(asked.calls(), 1, "now the organizations are asked for: {:?}", asked.effects);
    assert!(!asked.screen().contains("Is this your Atlas?"));
}

#[test]
fn it_can_be_left() {
    let mut asked = Asked::begin();
    asked.type_text("xn");
    asked.press(KeyCode::Esc);
    assert_eq!(asked.effects, [Effect::Quit]);
}

#[test]
fn nothing_else_gets_past_it() {
    for seed in 0..20 {
        let mut asked = Asked::begin();
        let mut dice = Dice(seed);
        for _ in 0..500 {
            let keys = ["q", "r", "y", "D", "n", "o", "O", "?", "!", "u", ":", "/", "1", "\t"];
            match dice.roll(8) {
                0 => asked.press(KeyCode::Enter),
                1 => asked.press(KeyCode::Tab),
                2 => asked.press(KeyCode::F(1)),
                3 => asked.tell(Event::Resize(Size::new(
                    u16::try_from(dice.roll(140)).expect("small"),
                    u16::try_from(dice.roll(50)).expect("small"),
                ))),
                4 => asked.tell(Event::Key(KeyEvent::new(
                    KeyCode::Char(['l', 'z', 'd', 'u'][dice.roll(4)]),
                    KeyModifiers::CONTROL,
                ))),
                5 => {
                    asked.now += SignedDuration::from_secs(70);
                    asked.tell(Event::Tick);
                }
                6 => asked.tell(Event::Paste(keys[dice.roll(keys.len())].repeat(3))),
                _ => asked.type_text(keys[dice.roll(keys.len())]),
            }
        }
        assert_eq!(asked.calls(), 0, "seed {seed}");
        assert!(!asked.effects.iter().any(|effect| matches!(effect, Effect::Trust { .. })));
    }
}
