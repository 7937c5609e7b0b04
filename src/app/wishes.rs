//! What screens wish for: screens that open and close, what is read, proposed and sent.

use super::credentials::Used;
use super::cx::{Cx, Wish};
use super::event::Effect;
use super::held::Purpose;
use super::keys::{self, Action};
use super::many::Many;
use super::twin::Original;
use super::{App, palette, task};
use crate::atlas::{IdentityId, OrgId};
use crate::rules::change::Change;
use crate::rules::hand_over::Sink;
use crate::rules::many::Deed;
use crate::screens::credentials::CredentialsScreen;
use crate::screens::list::ListScreen;
use crate::screens::many::ManyScreen;
use crate::screens::palette::PaletteScreen;
use crate::screens::problem::ProblemScreen;
use crate::screens::twin::TwinScreen;
use crate::screens::{Input, Screen};

impl App {
    pub(super) fn show_problem(&mut self) {
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
    pub(super) fn show_twin(&mut self) {
        let original = self.screens.last().and_then(|top| top.original(&self.state));
        let calls = original.ok_or("Nothing is about to be sent from here.");
        let calls = calls.and_then(|original| self.state.calls_of(&original));
        self.push(Box::new(match calls {
            Ok(calls) => TwinScreen::new(&calls, &self.state),
            Err(why) => TwinScreen::none(why),
        }));
    }

    /// Opens the web page of the identity at hand, or copies its address.
    pub(super) fn go_to_page(&mut self, action: Action) {
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

    pub(super) fn push(&mut self, screen: Box<dyn Screen>) {
        self.screens.push(screen);
    }

    /// Hands input to the screen on top and does what it asks for.
    pub(super) fn give(&mut self, input: Input) {
        let Some(top) = self.screens.last_mut() else { return };
        let mut cx = Cx { state: &self.state, wishes: Vec::new() };
        top.update(input, &mut cx);
        for wish in cx.wishes {
            self.grant(wish);
        }
    }

    pub(super) fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Open(screen) => {
                if screen.layer().edits() {
                    // What succeeded before was another.
                    self.state.notice = None;
                }
                self.push(screen);
            }
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
            Wish::Dismiss => self.state.dismiss(),
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
    pub(super) fn push_credentials(&mut self) {
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

    pub(super) fn push_palette(&mut self, layer: keys::Layer) {
        let hidden = self.screens.last().map_or_else(Vec::new, |top| top.hidden(&self.state));
        let read_only = self.state.setting.read_only;
        let (keys, symbols) = (self.state.keys(), self.state.theme().symbols);
        let place = palette::Place { keys, layer, hidden: &hidden, read_only, symbols };
        let screen = PaletteScreen::new(place);
        self.push(Box::new(screen));
    }

    /// Closes the palette, and does what was chosen there as if its keys were pressed.
    pub(super) fn carry_out(&mut self, deed: palette::Deed) {
        self.screens.pop();
        if deed.from_the_lists {
            self.screens.truncate(1);
        }
        for action in deed.actions {
            self.act(action, self.layer(), false, false);
            self.settle();
        }
    }

    pub(super) fn open_organization(&mut self, id: OrgId) {
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

    pub(super) fn probe(&mut self, sink: Sink, change: Option<Box<Change>>) {
        let purpose = match change {
            // The screen that chose the place goes, and the form before it.
            Some(change) => Purpose::Change(change, self.screens.len().saturating_sub(2).max(1)),
            None => Purpose::Held,
        };
        if self.state.probe(sink, purpose) {
            self.probed(Ok(()));
        }
    }

    pub(super) fn propose_many(&mut self, deed: Deed, ids: &[IdentityId]) {
        if self.state.task.as_ref().is_some_and(task::Task::is_under_way) {
            return self.state.notify("one change at a time: the last is still under way", false);
        }
        self.state.task = None;
        self.state.propose_many(deed, ids);
        self.push(Box::new(ManyScreen::default()));
    }
}
