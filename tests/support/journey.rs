//! The real program, driven by keys, with the real client against the emulator
//! over loopback. Only the terminal is missing, and the clock is ours.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gatehouse::app::held::Way;
use gatehouse::app::state::Setting;
use gatehouse::app::{App, CallId, Effect, Event, Found};
use gatehouse::atlas::client::{Client, Manner};
use gatehouse::atlas::origin::Origin;
use gatehouse::atlas::retry::Patience;
use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::atlas::{Clean, Credential, OrgId};
use gatehouse::emulator::{self, Clock, Emulator, Limits, Options};
use gatehouse::runtime::doors::{Doors, Doorway, NoDoors};
use gatehouse::runtime::hands::Hands;
use gatehouse::runtime::input::Incoming;
use gatehouse::runtime::keep::Keep;
use gatehouse::runtime::worker::Worker;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::screen;
pub use super::start::{setting, start_of_time};

/// No answer may take longer than this; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is still to come from the world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Wanted {
    Answer(CallId),
    Reserved,
    HandedOver(String),
    Copied,
    TriedOut,
    Credentials,
    Turned(CallId),
    Recalled,
}

/// The program on its way.
pub struct Journey {
    pub app: Box<App>,
    pub emulator: Option<Emulator>,
    worker: Worker,
    hands: Hands,
    doors: Doorway,
    events: UnboundedSender<Incoming>,
    incoming: UnboundedReceiver<Incoming>,
    now: Timestamp,
    waiting: HashSet<Wanted>,
    /// What was handed to the clipboard.
    pub copied: Vec<String>,
    /// The pages that were to be opened.
    pub browsed: Vec<String>,
    /// How often the lists were kept for the next session.
    pub kept: usize,
    /// The program has been left.
    pub left: bool,
}

/// The emulator of a journey: its clock stands still, its limits are Atlas' own.
pub async fn emulator(options: Options) -> Emulator {
    let clock = Clock::fixed(start_of_time());
    emulator::start(Options { clock, ..options }).await.expect("the emulator starts")
}

impl Journey {
    /// The demo, with its own credential, until its lists are filled.
    pub async fn demo() -> Self {
        Self::filled(Options::default()).await
    }

    /// The same, at an Atlas that lets itself be asked as often as one likes.
    pub async fn unlimited() -> Self {
        Self::filled(Options { limits: Limits::unlimited(), ..Options::default() }).await
    }

    async fn filled(options: Options) -> Self {
        let emulator = emulator(options).await;
        let credential = emulator.service_account().expect("a credential");
        let mut journey = Self::begin(emulator, credential, |_| {});
        journey.settle().await;
        journey
    }

    /// An emulator, one of its credentials, and what is set differently.
    pub fn begin(
        emulator: Emulator,
        credential: Credential,
        set: impl FnOnce(&mut Setting),
    ) -> Self {
        let origin = emulator.base_url().to_owned();
        let mut journey = Self::begin_at(&origin, credential, set);
        journey.emulator = Some(emulator);
        journey
    }

    /// Any server that says it is Atlas.
    pub fn begin_at(
        base_url: &str,
        credential: Credential,
        set: impl FnOnce(&mut Setting),
    ) -> Self {
        Self::begin_with(base_url, credential, set, (Keep::nothing(), Found::default()))
    }

    /// The same, keeping track of secrets, with what earlier sessions left open.
    pub fn begin_with(
        base_url: &str,
        credential: Credential,
        set: impl FnOnce(&mut Setting),
        (keep, found): (Keep, Found),
    ) -> Self {
        Self::begin_in(Patience::NONE.into(), base_url, credential, set, (keep, found))
    }

    /// The same, with a client that goes about its calls in a manner of its own.
    pub fn begin_in(
        manner: Manner,
        base_url: &str,
        credential: Credential,
        set: impl FnOnce(&mut Setting),
        (keep, found): (Keep, Found),
    ) -> Self {
        let mut setting = setting(&credential);
        let origin = Origin::parse(base_url).expect("an origin");
        setting.host = Clean::from(origin.host());
        set(&mut setting);
        let client = Arc::new(Client::with(origin, credential, manner));
        let (sender, incoming) = mpsc::unbounded_channel();
        let worker = Worker::new(client.clone(), sender.clone());
        let hands = Hands::new(Some(client), keep, sender.clone());
        let now = start_of_time();
        let (app, effects) = App::new(setting, Size::new(100, 30), now);
        let mut journey = Self {
            app: Box::new(app),
            emulator: None,
            worker,
            hands,
            doors: Doorway::new(Arc::new(NoDoors)),
            events: sender,
            incoming,
            now,
            waiting: HashSet::new(),
            copied: Vec::new(),
            browsed: Vec::new(),
            kept: 0,
            left: false,
        };
        journey.perform(effects);
        journey.event(Event::Found(Box::new(found)));
        journey
    }

    /// The same, on a machine with these credentials.
    pub fn with_doors(self, doors: Arc<dyn Doors>) -> Self {
        Self { doors: Doorway::new(doors), ..self }
    }

    /// Waits until every session but the last has signed out.
    pub async fn signed_out(&mut self) {
        while self.doors.leaving.join_next().await.is_some() {}
    }

    /// Ends the program as the system would, and tells what it says then.
    pub async fn end(self) -> Vec<String> {
        self.hands.finish().await
    }

    pub fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().expect("this journey has an emulator")
    }

    /// Presses keys: characters as they are, others in angle brackets
    /// (`jj<enter>/prod<esc>`).
    pub fn press(&mut self, script: &str) {
        for key in keys(script) {
            self.event(Event::Key(key));
        }
    }

    /// Pastes, and takes a moment before the next key, as a person does.
    pub fn paste(&mut self, text: &str) {
        self.event(Event::Paste(text.to_owned()));
        self.pass(SignedDuration::from_millis(200));
    }

    /// Takes in one event at the present time.
    pub fn event(&mut self, event: Event) {
        let effects = self.app.update(self.now, [event]);
        self.perform(effects);
    }

    /// Lets time pass, here and at the emulator, and wakes the program.
    pub fn pass(&mut self, time: SignedDuration) {
        self.now += time;
        if let Some(emulator) = &self.emulator {
            emulator.clock().advance(time.unsigned_abs());
        }
        self.event(Event::Tick);
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.event(Event::Resize(Size::new(width, height)));
    }

    /// Takes in answers until none is missing.
    pub async fn settle(&mut self) {
        while !self.waiting.is_empty() {
            self.step().await;
        }
    }

    /// The same, with everything that has come meanwhile folded in at once, and
    /// keys in between.
    pub async fn settle_in_batches(&mut self) {
        while !self.waiting.is_empty() {
            let mut batch = vec![self.next().await];
            while let Ok(incoming) = self.incoming.try_recv() {
                let event = self.meant(incoming);
                self.note(&event);
                batch.push(event);
            }
            batch.insert(batch.len() / 2, Event::Key(KeyCode::Char('j').into()));
            let effects = self.app.update(self.now, batch);
            self.perform(effects);
        }
    }

    /// Takes in answers until the screen shows `text`.
    pub async fn until(&mut self, text: &str) {
        while !self.screen().contains(text) {
            assert!(!self.waiting.is_empty(), "{text:?} never came:\n{}", self.screen());
            self.step().await;
        }
    }

    /// Takes in the next answer.
    pub async fn step(&mut self) {
        let event = self.next().await;
        self.event(event);
    }

    async fn next(&mut self) -> Event {
        let next = tokio::time::timeout(PATIENCE, self.incoming.recv()).await;
        let Ok(Some(incoming)) = next else {
            panic!("no answer to {:?}\n{}", self.waiting, self.screen());
        };
        let event = self.meant(incoming);
        self.note(&event);
        event
    }

    /// What comes in, as the program hears of it; the terminal is ours.
    fn meant(&mut self, incoming: Incoming) -> Event {
        match incoming {
            Incoming::Event(event) => event,
            Incoming::CopySecret(issued) => {
                self.copied.push(issued.secret.expose_secret().to_owned());
                Event::Copied(Way::Terminal)
            }
            other => panic!("{other:?} comes from no test"),
        }
    }

    /// An answer's last part ends the waiting for it.
    fn note(&mut self, event: &Event) {
        if let Event::Reply(id, result) = event
            && result.as_ref().map_or(true, gatehouse::atlas::Reply::is_last)
        {
            self.waiting.remove(&Wanted::Answer(*id));
        }
        self.waiting.remove(&match event {
            Event::Changed(id, _) => Wanted::Answer(*id),
            Event::Reserved(..) => Wanted::Reserved,
            Event::HandedOver(note, _) => Wanted::HandedOver(note.clone()),
            Event::Copied(_) => Wanted::Copied,
            Event::TriedOut(_) => Wanted::TriedOut,
            Event::Credentials(_) => Wanted::Credentials,
            Event::Turned(id, _) => Wanted::Turned(*id),
            Event::Recalled(..) => Wanted::Recalled,
            _ => return,
        });
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn screen(&self) -> String {
        screen::text(&screen::draw(&self.app).0)
    }

    /// The line of the screen in which `text` stands.
    pub fn line(&self, text: &str) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| line.contains(text));
        line.unwrap_or_else(|| panic!("{text:?} is not on screen:\n{screen}")).to_owned()
    }

    /// The row under the cursor: of a dialog if there is one, which lies lower.
    pub fn cursor_line(&self) -> String {
        let screen = self.screen();
        let line = screen.lines().rfind(|line| line.contains('▌'));
        line.unwrap_or_else(|| panic!("no cursor is on screen:\n{screen}")).to_owned()
    }

    pub fn shows(&self, text: &str) {
        assert!(self.screen().contains(text), "{text:?} is not on screen:\n{}", self.screen());
    }

    /// The same, however the text is broken into lines.
    pub fn says(&self, text: &str) {
        let screen = self.screen();
        let words: Vec<_> = screen.split_whitespace().filter(|word| !"│▌".contains(word)).collect();
        assert!(words.join(" ").contains(text), "{text:?} is not said:\n{screen}");
    }

    pub fn shows_not(&self, text: &str) {
        assert!(!self.screen().contains(text), "{text:?} is on screen:\n{}", self.screen());
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call(id, read, urgency) => {
                    self.waiting.insert(Wanted::Answer(id));
                    self.worker.call(id, read, urgency);
                }
                Effect::Drop(ids) => {
                    self.waiting
                        .retain(|wanted| !matches!(wanted, Wanted::Answer(id) if ids.contains(id)));
                    self.worker.drop(&ids);
                }
                Effect::LetGo(id) => self.doors.let_go(id),
                Effect::FindCredentials => {
                    self.waiting.insert(Wanted::Credentials);
                    self.doors.find(self.events.clone());
                }
                Effect::Turn(id, choice) => {
                    self.waiting.insert(Wanted::Turned(id));
                    self.doors.open(id, choice, self.events.clone());
                }
                Effect::Adopt(id) => {
                    let client = self.doors.take(id).expect("it was made ready");
                    self.hands.turn_to(client.clone());
                    let worker = Worker::of_session(id, client, self.events.clone());
                    let before = std::mem::replace(&mut self.worker, worker);
                    self.doors.leaving.spawn(before.retire());
                }
                Effect::Remember(used) => self.hands.remember(used),
                Effect::Change(id, write) => {
                    self.waiting.insert(Wanted::Answer(id));
                    self.worker.change(id, write);
                }
                Effect::Issue(id, write, intent) => {
                    self.waiting.insert(Wanted::Answer(id));
                    self.hands.issue(id, write, *intent);
                }
                Effect::Reserve(sink) => {
                    self.waiting.insert(Wanted::Reserved);
                    self.hands.reserve(sink);
                }
                Effect::Release => self.hands.release(),
                Effect::HandOver(hand_over) => {
                    self.waiting.insert(Wanted::HandedOver(hand_over.note.clone()));
                    self.hands.hand_over(*hand_over);
                }
                Effect::CopySecret(issued) => {
                    self.waiting.insert(Wanted::Copied);
                    self.hands.copy(issued);
                }
                Effect::ClearClipboard => self.hands.clear_clipboard(),
                Effect::TryOut(org, issued) => {
                    self.waiting.insert(Wanted::TriedOut);
                    self.hands.try_out(org, issued);
                }
                Effect::Note(intent) => self.hands.note(*intent),
                Effect::Settle(id) => self.hands.settle(id),
                Effect::KeepRotation(rotation) => self.hands.keep_rotation(*rotation),
                Effect::ForgetRotation(name) => self.hands.forget_rotation(name),
                Effect::RecallLists(whose, now) => {
                    self.waiting.insert(Wanted::Recalled);
                    self.hands.recall_lists(whose, now);
                }
                Effect::KeepLists(kept) => {
                    self.kept += 1;
                    self.hands.keep_lists(*kept);
                }
                Effect::ForgetLists(whose) => self.hands.forget_lists(whose),
                Effect::Trust { credential, origin } => self.hands.trust(credential, origin),
                Effect::ReadFile(path) => {
                    self.event(Event::File(gatehouse::runtime::files::read_text(&path)));
                }
                Effect::Browse(url, _) => self.browsed.push(url.to_string()),
                Effect::Copy(text) => self.copied.push(text.to_string()),
                Effect::Quit | Effect::Demo => self.left = true,
                Effect::Suspend | Effect::Redraw => {}
            }
        }
    }

    /// The organization of the emulator.
    pub fn org(&self) -> OrgId {
        self.emulator().organization().clone()
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("end", KeyCode::End),
    ("home", KeyCode::Home),
    ("backspace", KeyCode::Backspace),
    ("space", KeyCode::Char(' ')),
    ("lt", KeyCode::Char('<')),
    ("F2", KeyCode::F(2)),
];

/// The keys of a script.
pub fn keys(script: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let (code, modifiers, tail) = match named {
            Some((name, tail)) => {
                match name.strip_prefix("c-").and_then(|key| key.chars().next()) {
                    Some(key) => (KeyCode::Char(key), KeyModifiers::CONTROL, tail),
                    None => (named_key(name), KeyModifiers::NONE, tail),
                }
            }
            None => (KeyCode::Char(first), KeyModifiers::NONE, &rest[first.len_utf8()..]),
        };
        keys.push(KeyEvent::new(code, modifiers));
        rest = tail;
    }
    keys
}

fn named_key(name: &str) -> KeyCode {
    let known = NAMED.iter().find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("no key is called {name}")).1
}
