//! Keys, pastes and the mouse: what each means where it comes, and what is only noise.
//! Knows no terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::SignedDuration;

use super::event::{Effect, Pointer};
use super::keys::{self, Action, Key, Layer};
use super::{App, task};
use crate::atlas::text::{is_clean, typed};
use crate::screens::Input;
use crate::screens::help::HelpScreen;
use crate::screens::organizations::OrganizationsScreen;
use crate::screens::unfinished::UnfinishedScreen;

/// Ctrl-c leaves when it is pressed again within this time.
const TWICE: SignedDuration = SignedDuration::from_secs(2);
/// Keys that come so soon after a paste, and so soon after each other, belong to it.
const PASTE_TAIL: SignedDuration = SignedDuration::from_millis(100);
/// Rows that the wheel moves by.
const WHEEL: usize = 3;
/// Longest text that is pasted, in bytes: more than two hundred entries with comments.
const LONGEST_PASTE: usize = 64 << 10;

/// Whether a key types something that can be seen, or moves in a text. Input methods
/// may send what hides.
fn is_typed(key: &KeyEvent) -> bool {
    !matches!(key.code, KeyCode::Char(character) if !is_clean(character.encode_utf8(&mut [0; 4])))
}

impl App {
    pub(super) fn key(&mut self, event: KeyEvent) {
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
            None if event.code == KeyCode::Enter => self.say_what_is_waited_for(),
            None => {}
        }
    }

    fn say_what_is_waited_for(&mut self) {
        let top = self.screens.last();
        if let Some(words) = top.and_then(|screen| screen.waits_for(&self.state)) {
            self.state.notify(&words, false);
        }
    }

    /// A hint was about the last key; a success is told for its whole time.
    pub(super) fn clear_hint(&mut self) {
        if self.state.notice.as_ref().is_some_and(|notice| !notice.done) {
            self.state.notice = None;
        }
    }

    /// Takes in the mouse: it moves what keys move, and what it opens or ticks is sent by
    /// keys alone.
    pub(super) fn point(&mut self, pointer: Pointer) {
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
    pub(super) fn act(
        &mut self,
        action: Action,
        layer: keys::Layer,
        repeated: bool,
        leaving: bool,
    ) {
        match action {
            // A key held down must not leave or confirm by itself.
            Action::Interrupt | Action::Quit | Action::Agree | Action::Save if repeated => {}
            Action::Quit if self.screens.len() > 1 => self.act(Action::Back, layer, false, leaving),
            Action::Interrupt => self.interrupt(),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Help if layer == Layer::Help => self.act(Action::Quit, layer, false, leaving),
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
    pub(super) fn is_pasted(&mut self) -> bool {
        let now = self.state.now;
        let pasted = self.pasted.is_some_and(|at| now.duration_since(at) < PASTE_TAIL);
        self.pasted = pasted.then_some(now);
        pasted
    }

    /// The screen on top holds what is not saved, and nothing is on its way.
    pub(super) fn would_lose(&self) -> bool {
        let busy = self.state.task.as_ref().is_some_and(task::Task::is_under_way);
        !busy && self.screens.last().is_some_and(|screen| screen.unsaved())
    }

    pub(super) fn paste(&mut self, text: &str) {
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
    pub(super) fn fill(&mut self, text: &str) {
        // Terminals send the ends of pasted lines as the enter key would be.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let typed = typed(&text);
        let left_out = text.chars().count() - typed.chars().count();
        self.give(Input::Paste(typed));
        let words = match left_out {
            0 => return,
            1 => "1 character was left out, which cannot be shown".to_owned(),
            many => format!("{many} characters were left out, which cannot be shown"),
        };
        self.state.notify(&words, false);
    }

    /// Ctrl-c steps back where there is something to step back from and nothing is lost by
    /// that, and leaves when it comes twice.
    pub(super) fn interrupt(&mut self) {
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
        if self.would_lose() {
            let words = "not saved: ctrl-c again leaves gatehouse without saving";
            return self.state.notify(words, false);
        }
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
}
