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
pub mod held;
pub mod identity;
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

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};

use crate::atlas::text::{is_clean, typed};
use crate::atlas::{Clean, IdentityId, OrgId};
use crate::rules::change::Change;
use crate::rules::hand_over::Sink;
use crate::rules::many::Deed;
use crate::screens::confirm::ConfirmScreen;
use crate::screens::credentials::CredentialsScreen;
use crate::screens::help::HelpScreen;
use crate::screens::list::ListScreen;
use crate::screens::made::MadeScreen;
use crate::screens::many::ManyScreen;
use crate::screens::organizations::OrganizationsScreen;
use crate::screens::palette::PaletteScreen;
use crate::screens::problem::ProblemScreen;
use crate::screens::trust::TrustScreen;
use crate::screens::twin::TwinScreen;
use crate::screens::unfinished::UnfinishedScreen;
use crate::screens::welcome::WelcomeScreen;
use crate::screens::{Input, Screen};
use crate::ui::{frame, motion};
pub use calls::CallId;
use credentials::Used;
pub use cx::Cx;
use cx::Wish;
pub use event::{Effect, Event, Found, HandOver, Pointer};
use held::{Place, Purpose};
use keys::{Action, Key};
use many::Many;
use state::{Link, Setting, State};
use task::{Ending, Stage};
use twin::Original;

/// Ctrl-c leaves when it is pressed again within this time.
const TWICE: SignedDuration = SignedDuration::from_secs(2);
/// Keys that come so soon after a paste, and so soon after each other, belong to it.
const PASTE_TAIL: SignedDuration = SignedDuration::from_millis(100);
/// Rows that the wheel moves by.
const WHEEL: usize = 3;
/// Longest text that is pasted, in bytes: more than two hundred entries with comments.
const LONGEST_PASTE: usize = 64 << 10;

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

/// Whether a key types something that can be seen, or moves in a text. Input methods
/// may send what hides.
fn is_typed(key: &KeyEvent) -> bool {
    !matches!(key.code, KeyCode::Char(character) if !is_clean(character.encode_utf8(&mut [0; 4])))
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
    /// the end, so that a burst of answers costs them no more than one.
    pub fn update(
        &mut self,
        now: Timestamp,
        events: impl IntoIterator<Item = Event>,
    ) -> Vec<Effect> {
        self.state.pass_to(now);
        self.state.clear_clipboard_when_due();
        if self.state.notice.as_ref().is_some_and(|notice| notice.until <= now) {
            self.state.notice = None;
        }
        for event in events {
            if matches!(event, Event::Key(_) | Event::Paste(_) | Event::Pointer(_)) {
                self.settle();
                self.state.attention.returns(now);
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
            Event::Warning(why) => self.state.setting.warnings.push(Clean::new(&why)),
            Event::Neighbours(others) => self.state.meet(&others),
            Event::Watched => self.state.attention.returns(self.state.now),
            Event::Unwatched => {
                self.state.attention.leaves(self.state.now);
                self.conceal();
            }
            Event::Terminate => self.effects.push(Effect::Quit),
            // What the Atlas of an older session told is of no use any more.
            Event::Tick | Event::AskedToWait(..) | Event::AtlasTime(..) => {}
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
        let concealed = self.screens.iter().filter_map(|screen| screen.conceals_at()).min();
        // What is due and was not read waits for a person, not for a time.
        let refresh = state.calls.next_refresh.map(|next| next.due).filter(|&due| due > state.now);
        let clipboard = state.clear_clipboard_at;
        [spin, down, notice, concealed, clipboard, refresh].into_iter().flatten().min()
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
            let word = |action| top.word(action);
            frame::draw_footer(top.layer(), &self.state, &hidden, &word, buf);
        }
        cursor
    }

    /// What the program knows.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The layer that has the keyboard.
    #[must_use]
    pub fn layer(&self) -> keys::Layer {
        self.screens.last().map_or(keys::Layer::List, |screen| screen.layer())
    }

    fn key(&mut self, event: KeyEvent) {
        if self.is_pasted() {
            return;
        }
        let layer = self.layer();
        if event.modifiers.contains(KeyModifiers::ALT) && !layer.types_text() {
            // Terminals send alt as Esc before the key, so a quick Esc and key
            // arrive as one. No key here has alt: both were meant.
            self.key(KeyEvent { code: KeyCode::Esc, modifiers: KeyModifiers::NONE, ..event });
            self.key(KeyEvent { modifiers: event.modifiers - KeyModifiers::ALT, ..event });
            return;
        }
        let Some(key) = Key::of(&event) else { return };
        let repeated = event.kind == KeyEventKind::Repeat;
        self.clear_hint();
        let leaving = std::mem::take(&mut self.leaving);
        let action = self.state.keys().lookup(layer, key);
        if action != Some(Action::Reveal) {
            self.conceal();
        }
        if action != Some(Action::Interrupt) {
            self.interrupted = None;
        }
        match action {
            Some(action) => self.act(action, layer, repeated, leaving),
            None if layer.types_text() && is_typed(&event) => self.give(Input::Text(event)),
            None => {}
        }
    }

    /// A hint was about the last key; a success is told for its whole time.
    fn clear_hint(&mut self) {
        if self.state.notice.as_ref().is_some_and(|notice| !notice.done) {
            self.state.notice = None;
        }
    }

    /// Takes in the mouse: it moves what keys move, and what it opens or ticks is sent by
    /// keys alone.
    fn point(&mut self, pointer: Pointer) {
        self.clear_hint();
        self.conceal();
        (self.interrupted, self.leaving) = (None, false);
        let layer = self.layer();
        let wheel = match pointer {
            Pointer::Press(at) => {
                let top = self.screens.last_mut();
                let action = top.and_then(|screen| screen.point(at, &self.state));
                return action.into_iter().for_each(|action| self.act(action, layer, false, false));
            }
            Pointer::WheelUp => Action::Up,
            Pointer::WheelDown => Action::Down,
        };
        if self.state.keys().of_layer(layer).any(|line| line.action == wheel) {
            for _ in 0..WHEEL {
                self.give(Input::Action(wheel));
            }
        }
    }

    /// Does what a key means. `repeated`: it is held down; `leaving`: the last key wanted
    /// to leave what is not saved.
    fn act(&mut self, action: Action, layer: keys::Layer, repeated: bool, leaving: bool) {
        match action {
            // A key held down must not leave or confirm by itself.
            Action::Interrupt | Action::Quit | Action::Agree | Action::Save if repeated => {}
            Action::Quit if self.screens.len() > 1 => self.act(Action::Back, layer, false, leaving),
            Action::Interrupt => self.interrupt(),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Help => self.push(Box::new(HelpScreen::new(layer))),
            Action::Palette => self.push_palette(layer),
            Action::Problem => self.show_problem(),
            Action::Twin => self.show_twin(),
            Action::Browse | Action::CopyLink => self.go_to_page(action),
            Action::Unfinished if self.state.notes.is_empty() => {
                self.state.notify("nothing was left open", false);
            }
            Action::Unfinished => self.push(Box::new(UnfinishedScreen::default())),
            Action::Organizations => {
                self.state.ask_organizations();
                self.push(Box::new(OrganizationsScreen::default()));
            }
            Action::Credentials => self.push_credentials(),
            action if action.begins_change() && self.state.setting.read_only => {
                self.state.notify("read-only: nothing is changed", false);
            }
            Action::Back | Action::Quit if !leaving && self.would_lose() => {
                self.leaving = true;
                self.state.notify("not saved: once more leaves it without saving", false);
            }
            action => self.give(Input::Action(action)),
        }
    }

    /// Whether a key is the rest of a paste: a text that holds the mark of a paste's end
    /// comes as keys from there on, at once, unless the terminal takes that mark out.
    fn is_pasted(&mut self) -> bool {
        let now = self.state.now;
        let pasted = self.pasted.is_some_and(|at| now.duration_since(at) < PASTE_TAIL);
        self.pasted = pasted.then_some(now);
        pasted
    }

    /// The screen on top holds what is not saved, and nothing is on its way.
    fn would_lose(&self) -> bool {
        let busy = self.state.task.as_ref().is_some_and(task::Task::is_under_way);
        !busy && self.screens.last().is_some_and(|screen| screen.unsaved())
    }

    fn paste(&mut self, text: &str) {
        if !self.layer().takes_paste() {
            let words = "pasted text ignored: no text field has the keyboard";
            return self.state.notify(words, false);
        }
        if text.len() > LONGEST_PASTE {
            let words = "pasted text ignored: it is longer than anything that is asked for";
            return self.state.notify(words, false);
        }
        self.fill(text);
    }

    /// Puts text that came as a whole where the keyboard is.
    fn fill(&mut self, text: &str) {
        // Terminals send the ends of pasted lines as the enter key would be.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.give(Input::Paste(typed(&text)));
    }

    /// Ctrl-c steps back where there is something to step back from, and leaves
    /// when it comes twice.
    fn interrupt(&mut self) {
        let now = self.state.now;
        if !self.state.held.is_empty() {
            return self.state.notify(
                "a secret is still here: close its dialog first, with esc, once it is saved",
                false,
            );
        }
        if self.state.issuing.is_some() {
            let words = "a secret is on its way, and comes only once: wait for it";
            return self.state.notify(words, false);
        }
        if self.interrupted.is_some_and(|before| now.duration_since(before) <= TWICE) {
            self.effects.push(Effect::Quit);
            return;
        }
        self.interrupted = Some(now);
        if self.screens.len() > 1 || self.layer().types_text() {
            self.give(Input::Action(Action::Back));
        }
        let sent = self.state.task.as_ref().is_some_and(task::Task::is_sent);
        let words = if sent {
            "a change is on its way: ctrl-c again leaves without its answer"
        } else {
            "ctrl-c again to leave"
        };
        self.state.notify(words, false);
    }

    fn show_problem(&mut self) {
        match ProblemScreen::of(&self.state) {
            Some(screen) => {
                self.state.trouble = None;
                self.state.setting.warnings.clear();
                self.push(Box::new(screen));
            }
            None => self.state.notify("no problem to show", false),
        }
    }

    /// Shows what the screen on top is about as it is done by hand.
    fn show_twin(&mut self) {
        let original = self.screens.last().and_then(|top| top.original(&self.state));
        let Some(original) = original else {
            return self.state.notify("nothing is about to be sent from here", false);
        };
        match self.state.calls_of(&original) {
            Ok(calls) => self.push(Box::new(TwinScreen::new(&calls, &self.state))),
            Err(why) => self.state.notify(&why, false),
        }
    }

    /// Opens the web page of the identity at hand, or copies its address.
    fn go_to_page(&mut self, action: Action) {
        let original = self.screens.last().and_then(|top| top.original(&self.state));
        let Some(Original::Identity(id)) = original else {
            return self.state.notify("no service account or API key is at hand", false);
        };
        match self.state.page_of(&id) {
            Err(why) => self.state.notify(why, false),
            Ok(url) if action == Action::CopyLink => {
                self.state.notify("link sent to the terminal's clipboard", true);
                self.effects.push(Effect::Copy(url));
            }
            Ok(url) => {
                let with = self.state.setting.browser.clone();
                self.effects.push(Effect::Browse(url, with));
            }
        }
    }

    /// Without a browser here, the administrator's own computer may have one.
    fn was_browsed(&mut self, url: Clean, result: Result<String, String>) {
        match result {
            Ok(program) => self.state.notify(&format!("handed to {program}"), true),
            Err(why) => {
                let words = format!("{why}: the link was sent to the terminal's clipboard");
                self.state.notify(&words, false);
                self.effects.push(Effect::Copy(url));
            }
        }
    }

    fn push(&mut self, screen: Box<dyn Screen>) {
        self.screens.push(screen);
    }

    /// Hands input to the screen on top and does what it asks for.
    fn give(&mut self, input: Input) {
        let Some(top) = self.screens.last_mut() else { return };
        let mut cx = Cx { state: &self.state, wishes: Vec::new() };
        top.update(input, &mut cx);
        for wish in cx.wishes {
            self.grant(wish);
        }
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Open(screen) => self.push(screen),
            Wish::Close => {
                if self.screens.len() > 1 {
                    self.screens.pop();
                }
            }
            Wish::LookAt(id) => self.state.look_at(&id),
            Wish::LookAway(id) => self.state.look_away(&id),
            Wish::ReadRaw(id) => self.state.ask_raw(&id),
            Wish::ForgetRaw => self.state.forget_raw(),
            Wish::OpenActivity(of) => self.state.open_activity(of),
            Wish::ReadFurther(wanted) => self.state.read_further(wanted),
            Wish::CloseActivity => self.state.close_activity(),
            Wish::Refresh => self.state.refresh(),
            Wish::StopReading => self.state.stop_reading(),
            Wish::Propose(change, closes) => {
                let depth = self.screens.len() - usize::from(closes && self.screens.len() > 1);
                self.state.propose(change, depth);
            }
            Wish::ProposeMany(deed, ids) => self.propose_many(deed, &ids),
            Wish::RunMany => self.state.run_many(),
            Wish::LeaveMany => {
                // Before anything was done, one goes back to where the deed was chosen.
                let left = self.screens.len().saturating_sub(1).max(1);
                let stay =
                    if self.state.many.as_ref().is_some_and(Many::is_plan) { left } else { 1 };
                if self.state.leave_many() {
                    self.screens.truncate(stay);
                }
            }
            Wish::Agree => self.state.agree(),
            Wish::TryAgain => self.state.try_again(),
            Wish::DropTask => self.drop_task(),
            Wish::ReadOrganizations => self.state.ask_organizations(),
            Wish::OpenOrganization(id) => self.open_organization(id),
            Wish::FindCredentials => self.state.find_credentials(),
            Wish::TurnTo(choice) => self.state.turn_to(choice),
            Wish::Stay => self.state.stay(),
            Wish::Dismiss => self.state.trouble = None,
            Wish::Copy(text, what) => {
                self.state.notify(&format!("{what} sent to the terminal's clipboard"), true);
                self.effects.push(Effect::Copy(text));
            }
            Wish::Say(text) => self.state.notify(&text, false),
            Wish::Probe(sink, change) => self.probe(sink, change),
            Wish::ReleasePlace => self.state.release_place(),
            Wish::Acknowledge => {
                self.screens.pop();
                self.state.let_go(true);
            }
            Wish::CopySecret => self.state.copy_held(),
            Wish::TryOut => self.state.try_held_out(),
            Wish::DiscardFound(note, change) => {
                let depth = self.screens.len();
                self.state.discard_found(note, change, depth);
            }
            Wish::ForgetNote(id) => self.state.forget_note(&id),
            Wish::EndRotation(name) => self.state.end_rotation(&name),
            Wish::ReadFile(path) => self.effects.push(Effect::ReadFile(path)),
            Wish::Do(deed) => self.carry_out(deed),
            Wish::Trust => self.trust(),
            Wish::Demo => self.effects.push(Effect::Demo),
            Wish::Quit => self.effects.push(Effect::Quit),
        }
    }

    /// The credentials of this machine come up, unless the one in use may not be left.
    fn push_credentials(&mut self) {
        if self.state.setting.demo {
            let words = "the demo has one credential: yours are found without --demo";
            return self.state.notify(words, false);
        }
        if let Some(why) = self.state.why_stay() {
            return self.state.notify(why, false);
        }
        self.state.find_credentials();
        self.push(Box::new(CredentialsScreen::default()));
    }

    fn push_palette(&mut self, layer: keys::Layer) {
        let hidden = self.screens.last().map_or_else(Vec::new, |top| top.hidden(&self.state));
        let read_only = self.state.setting.read_only;
        let (keys, symbols) = (self.state.keys(), self.state.theme().symbols);
        let place = palette::Place { keys, layer, hidden: &hidden, read_only, symbols };
        let screen = PaletteScreen::new(place);
        self.push(Box::new(screen));
    }

    /// Closes the palette, and does what was chosen there as if its keys were pressed.
    fn carry_out(&mut self, deed: palette::Deed) {
        self.screens.pop();
        if deed.from_the_lists {
            self.screens.truncate(1);
        }
        for action in deed.actions {
            self.act(action, self.layer(), false, false);
            self.settle();
        }
    }

    fn open_organization(&mut self, id: OrgId) {
        if self.state.org.as_ref().is_some_and(|org| org.id == id) {
            return;
        }
        if let Some(why) = self.state.why_stay() {
            return self.state.notify(why, false);
        }
        let before = self.state.org.as_ref().map(|org| org.id.clone());
        for id in before.into_iter().chain([id.clone()]) {
            self.state.remember(Used::Organization(id));
        }
        self.state.open(id);
        self.screens.truncate(1);
        if let Some(lowest) = self.screens.first_mut() {
            *lowest = Box::new(ListScreen::default());
        }
    }

    /// What follows from the new state: the only organization opens by itself,
    /// several are offered, screens follow, missing details are asked for.
    fn settle(&mut self) {
        if self.state.org.is_none() {
            self.choose_organization();
        }
        self.state.go_on_with_many();
        self.follow_task();
        self.follow_held();
        for screen in &mut self.screens {
            screen.sync(&self.state);
        }
        let visible =
            self.screens.first().map_or_else(Vec::new, |screen| screen.visible(&self.state));
        self.state.refresh_when_due(&visible);
        self.state.fill(&visible);
    }

    /// Lets a change be. What it has made by then is shown: nobody can read it again;
    /// and so is what became of it, where no answer told.
    fn drop_task(&mut self) {
        let made = self.state.task.as_ref().is_some_and(|task| task.issued.is_some());
        let lost = self.state.task.as_ref().is_some_and(task::Task::is_lost);
        if let Some(task) = self.state.task.take_if(|_| made || lost) {
            self.state.newest = task.issued;
            self.screens.truncate(task.depth.max(1));
            if lost {
                self.push(Box::new(UnfinishedScreen::default()));
            }
            return;
        }
        // A form whose change was still being looked at stays as it is.
        let asked = matches!(self.layer(), keys::Layer::Confirm | keys::Layer::Sentence);
        if self.state.drop_task() {
            self.state.release_place();
            if asked {
                self.screens.pop();
            }
        }
    }

    /// Hides what nobody else should see.
    fn conceal(&mut self) {
        for screen in &mut self.screens {
            screen.conceal();
        }
    }

    /// A secret that is held comes up once nothing else is on its way, and what earlier
    /// sessions left open once it can be looked at.
    fn follow_held(&mut self) {
        while self.screens.len() > 1
            && self.screens.last().is_some_and(|screen| screen.is_over(&self.state))
        {
            self.screens.pop();
        }
        let busy = self.state.task.is_some() || self.state.place.is_some();
        let shown = self.screens.iter().any(|screen| screen.holds());
        if !self.state.held.is_empty() && !shown && !busy {
            return self.push(Box::new(MadeScreen::default()));
        }
        let at_rest = self.state.held.is_empty() && self.screens.len() == 1;
        let open = !self.state.notes.is_empty() && self.state.org.is_some();
        if open && at_rest && !self.reported {
            self.reported = true;
            self.push(Box::new(UnfinishedScreen::default()));
        }
    }

    fn probe(&mut self, sink: Sink, change: Option<Box<Change>>) {
        let purpose = match change {
            // The screen that chose the place goes, and the form before it.
            Some(change) => Purpose::Change(change, self.screens.len().saturating_sub(2).max(1)),
            None => Purpose::Held,
        };
        if self.state.probe(sink, purpose) {
            self.probed(Ok(()));
        }
    }

    /// A place was made sure of, or is none; what is held goes there at once.
    fn probed(&mut self, result: Result<(), String>) {
        let of_held = matches!(&self.state.place, Some(Place::Probing(_, Purpose::Held)));
        let good = result.is_ok();
        self.state.probed(result);
        if of_held && good && matches!(self.layer(), keys::Layer::Sink | keys::Layer::Form) {
            self.screens.pop();
        }
    }

    fn propose_many(&mut self, deed: Deed, ids: &[IdentityId]) {
        if self.state.task.as_ref().is_some_and(task::Task::is_under_way) {
            return self.state.notify("one change at a time: the last is still under way", false);
        }
        self.state.task = None;
        self.state.propose_many(deed, ids);
        self.push(Box::new(ManyScreen::default()));
    }

    /// A change that needs the administrator comes up; one that is done goes, with
    /// the screens that it was made in.
    fn follow_task(&mut self) {
        let Some(task) = self.state.task.as_ref().filter(|_| self.state.many.is_none()) else {
            return;
        };
        let asks = |layer| matches!(layer, keys::Layer::Confirm | keys::Layer::Sentence);
        let is_up = self.screens.iter().any(|screen| asks(screen.layer()));
        match &task.stage {
            Stage::Done(ending) => {
                let words = match ending {
                    Ending::Made => task.change.done().to_owned(),
                    Ending::Unanswered => {
                        format!("{}, though no answer told so", task.change.done())
                    }
                    Ending::Already => "it is so already: nothing was sent".to_owned(),
                };
                let depth =
                    if matches!(task.change, Change::Delete { .. }) { 1 } else { task.depth };
                self.screens.truncate(depth.max(1));
                let Some(task) = self.state.task.take() else { return };
                self.state.newest = task.issued.or(self.state.newest.take());
                self.state.notify(&words, true);
                self.state.settle_by(&task.change);
            }
            Stage::Asking | Stage::Failed(_) if !is_up => {
                self.push(Box::new(ConfirmScreen::default()));
            }
            _ if task.change.is_final() && !is_up => self.push(Box::new(ConfirmScreen::default())),
            _ => {}
        }
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.effects);
        effects.extend(self.state.calls.take_outbox());
        effects
    }

    fn choose_organization(&mut self) {
        let Some(organizations) = &self.state.organizations.value else { return };
        match organizations.as_slice() {
            [] => {}
            [only] => {
                let id = only.id.clone();
                self.state.open(id);
            }
            _ if self.screens.len() == 1 => self.push(Box::new(OrganizationsScreen::default())),
            _ => {}
        }
    }
}
