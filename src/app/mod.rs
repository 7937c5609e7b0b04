//! The program as a value: [`App::update`] folds events into it and returns the
//! effects it wants. The same events always give the same picture.
//!
//! Knows no channel, no clock, no file and no terminal; time comes with events.

pub mod activity;
mod answers;
mod attention;
pub mod calls;
pub mod credentials;
mod cx;
mod event;
pub mod fetched;
mod follow;
pub mod held;
pub mod identity;
mod judging;
mod kept;
mod keyboard;
pub mod keys;
pub mod listing;
pub mod many;
mod neighbours;
pub mod org;
pub mod own;
pub mod palette;
pub mod raw;
mod rotations;
pub mod state;
pub mod task;
pub mod twin;
mod unfinished;
mod wishes;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};

use crate::screens::Screen;
use crate::screens::list::ListScreen;
use crate::screens::trust::TrustScreen;
use crate::screens::welcome::WelcomeScreen;
use crate::ui::{frame, motion};
pub use calls::CallId;
pub use cx::Cx;
pub use event::{Effect, Event, Found, HandOver, Pointer};
use held::Place;
use keys::{Action, Layer};
use state::{Link, Setting, State};

/// The whole program.
#[derive(Debug)]
pub struct App {
    state: State,
    /// The lowest fills the terminal; the topmost has the keyboard.
    screens: Vec<Box<dyn Screen>>,
    effects: Vec<Effect>,
    interrupted: Option<Timestamp>,
    /// The last paste, or the last key that belonged to it.
    pasted: Option<Timestamp>,
    /// The last key wanted to leave what is not saved.
    leaving: bool,
    /// What earlier sessions left open was told.
    reported: bool,
}

impl App {
    /// A program about to ask its first questions.
    #[must_use]
    pub fn new(setting: Setting, size: Size, now: Timestamp) -> (Self, Vec<Effect>) {
        let state = State::new(setting, size, now);
        let mut app = Self {
            state,
            screens: Vec::new(),
            effects: Vec::new(),
            interrupted: None,
            pasted: None,
            leaving: false,
            reported: false,
        };
        app.begin();
        app.settle();
        let effects = app.take_effects();
        (app, effects)
    }

    /// The first screen of a session, and its first questions.
    fn begin(&mut self) {
        let lowest: Box<dyn Screen> =
            match (&self.state.setting.credential, &self.state.setting.doubt) {
                (None, _) => Box::new(WelcomeScreen::default()),
                (Some(_), Some(_)) => Box::new(TrustScreen::default()),
                (Some(_), None) => Box::new(ListScreen::default()),
            };
        self.screens = vec![lowest];
        self.state.begin();
    }

    /// Folds events, which happened at `now` in this order, into the program.
    ///
    /// Screens follow what has become known before a key reaches them and once at
    /// the end, so that a burst of answers costs them no more than one; a burst of keys
    /// asks for no more than its last one.
    pub fn update(
        &mut self,
        now: Timestamp,
        events: impl IntoIterator<Item = Event>,
    ) -> Vec<Effect> {
        self.state.pass_to(now);
        self.state.clear_clipboard_when_due();
        self.state.settle_news();
        if self.state.notice.as_ref().is_some_and(|notice| notice.until <= now) {
            self.state.notice = None;
        }
        for event in events {
            if matches!(event, Event::Key(_) | Event::Paste(_) | Event::Pointer(_)) {
                self.follow();
                self.state.attention.acts(now);
            }
            self.fold(event);
        }
        self.settle();
        self.take_effects()
    }

    fn fold(&mut self, event: Event) {
        match event {
            Event::Key(key) => self.key(key),
            Event::Paste(text) => {
                self.pasted = Some(self.state.now);
                self.paste(&text);
            }
            Event::Pointer(pointer) => self.point(pointer),
            Event::Resize(size) => {
                self.state.size = size;
                self.conceal();
            }
            Event::Reply(id, result) => self.state.answer(id, result),
            Event::AskedToWait(session, time) if session == self.state.session => {
                self.state.pause(time);
            }
            Event::HeldBack(session, time) if session == self.state.session => {
                self.state.hold_back(time);
            }
            Event::AtlasTime(session, time) if session == self.state.session => {
                self.state.compare_clocks(time);
            }
            Event::Credentials(candidates) => {
                self.state.credentials.set(candidates, self.state.now);
            }
            Event::Turned(call, result) => self.take_turn(call, result),
            Event::Changed(id, result) => self.state.task_changed(id, result),
            Event::File(Ok(text)) => {
                // Who has turned to something else meanwhile does not want it there.
                if self.screens.last().is_some_and(|screen| screen.reads_file()) {
                    self.fill(&text);
                }
            }
            Event::File(Err(why)) => self.state.notify(&why, false),
            Event::Found(found) => self.state.take_found(*found),
            Event::Reserved(sink, result) => match &self.state.place {
                Some(Place::Probing(wanted, _)) if *wanted == sink => self.probed(result),
                // Nobody wants it any more; another may be on its way.
                _ => {}
            },
            Event::HandedOver(note, result) => self.state.handed_over(&note, result),
            Event::Copied(way) => self.state.was_copied(way),
            Event::TriedOut(result) => self.state.tried_out(result),
            Event::Browsed(url, result) => self.was_browsed(url, result),
            Event::Warning(why) => self.state.warn(&why),
            Event::Neighbours(others) => self.state.meet(&others),
            Event::Recalled(whose, kept) => self.state.take_recalled(&whose, kept.map(|it| *it)),
            Event::Watched => self.state.attention.returns(self.state.now),
            Event::Unwatched => {
                self.state.attention.leaves(self.state.now);
                self.conceal();
            }
            Event::Terminate => self.effects.push(Effect::Quit),
            // What the Atlas of an older session told is of no use any more.
            Event::Tick | Event::AskedToWait(..) | Event::HeldBack(..) | Event::AtlasTime(..) => {}
        }
    }

    /// When the program next wants a [`Event::Tick`]; `None`: it sleeps until
    /// something else happens.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let state = &self.state;
        let spin = state.calls.person_waits_since().map(|since| {
            if state.now < since + calls::PATIENCE {
                since + calls::PATIENCE
            } else {
                motion::changes_at(state, since)
            }
        });
        let counting = matches!(state.link, Link::Down { next: Some(_), .. })
            && !state.is_at_rest()
            || state.paused_until().is_some();
        let down = counting.then(|| state.now + SignedDuration::from_secs(1));
        let notice = state.notice.as_ref().map(|notice| notice.until);
        let news = state.news_until();
        let concealed = self.screens.iter().filter_map(|screen| screen.conceals_at()).min();
        // What is due and was not read waits for a person, not for a time.
        let refresh = state.calls.next_refresh.map(|next| next.due).filter(|&due| due > state.now);
        let (clipboard, glance) = (state.clear_clipboard_at, state.glances_at());
        let work = self.screens.iter().any(|screen| screen.is_at_work(state)).then_some(state.now);
        let held_back = state.held_back_until();
        [spin, down, notice, news, concealed, clipboard, refresh, glance, held_back, work]
            .into_iter()
            .flatten()
            .min()
    }

    /// Draws the program; says where the text cursor stands, if there is one.
    pub fn view(&self, buf: &mut Buffer) -> Option<Position> {
        if frame::is_too_small(self.state.size) {
            frame::draw_too_small(self.state.size, self.state.theme(), buf);
            return None;
        }
        let mut cursor = None;
        for screen in &self.screens {
            cursor = screen.view(&self.state, buf);
        }
        if self.screens.len() > 1 && self.state.notice.is_some() {
            // On a small terminal the dialog lies over the status line.
            frame::draw_notice(&self.state, buf);
        }
        if let Some(top) = self.screens.last() {
            let mut hidden = top.hidden(&self.state);
            if self.state.setting.read_only {
                let writes = self.state.keys().of_layer(top.layer()).map(|line| line.action);
                hidden.extend(writes.filter(|action| action.begins_change()));
            }
            hidden.extend(self.idle(top.layer()));
            let word = |action| top.word(action);
            frame::draw_footer(top.layer(), &self.state, &hidden, &word, buf);
        }
        cursor
    }

    /// What means nothing in an editor whose change is under way: nothing is edited, and
    /// what was sent is not called back.
    fn idle(&self, layer: Layer) -> Vec<Action> {
        let task = self.state.task.as_ref().filter(|task| task.is_under_way());
        // One of many can be the last.
        let alone = layer.edits() && self.state.many.is_none();
        let Some(task) = task.filter(|_| alone) else { return Vec::new() };
        let means = |action: &Action| match action {
            Action::Help | Action::Palette | Action::Interrupt => true,
            Action::Back => !task.is_sent(),
            _ => false,
        };
        let all = self.state.keys().of_layer(layer).map(|line| line.action);
        all.filter(|action| !means(action)).collect()
    }

    /// What the program knows.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The layer that has the keyboard.
    #[must_use]
    pub fn layer(&self) -> Layer {
        self.screens.last().map_or(keys::Layer::List, |screen| screen.layer())
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.effects);
        effects.extend(self.state.calls.take_outbox());
        effects
    }
}
