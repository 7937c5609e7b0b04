//! One file per place that can hold the keyboard: its state, what keys do to it,
//! how it looks, in that order. No screen knows the network, the clock or the
//! terminal.

pub mod access;
pub mod activity;
mod begin;
pub mod choosing;
pub mod columns;
pub mod confirm;
pub mod create;
pub mod credentials;
pub mod details;
mod doubt;
pub mod filter;
pub mod generate;
pub mod help;
pub mod list;
pub mod made;
pub mod many;
pub mod many_choice;
pub mod organizations;
pub mod palette;
pub mod problem;
mod progress;
pub mod projects;
pub mod raw;
pub mod rename;
pub mod roles;
pub mod rotation;
pub mod settings;
pub mod sink;
pub mod trust;
pub mod twin;
pub mod unfinished;
pub mod welcome;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::app::Cx;
use crate::app::identity::Kind;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::IdentityId;

/// What a screen says that was opened for an identity and stays open without it.
const GONE: &str = "It is gone: somebody has removed it.";

/// What reaches a screen.
#[derive(Debug)]
pub enum Input {
    /// A key that the key table knows in the screen's layer.
    Action(Action),
    /// Any other key, where the layer types text.
    Text(KeyEvent),
    /// Pasted text, where the layer types text. Data, never keys.
    Paste(String),
}

/// A place that can hold the keyboard.
pub trait Screen: std::fmt::Debug {
    /// Which keys hold.
    fn layer(&self) -> Layer;
    /// Takes in a key or a paste.
    fn update(&mut self, input: Input, cx: &mut Cx<'_>);
    /// Draws itself; says where the text cursor stands, if it has one.
    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position>;
    /// Puts the cursor on what is drawn at a place of the screen; says what that does
    /// where the cursor stood there before. Nothing that is sent at once, nor what agrees
    /// to anything.
    fn point(&mut self, _at: Position, _state: &State) -> Option<Action> {
        None
    }
    /// Follows what is known and how large the terminal is. Called after every
    /// event, so it must cost nothing where nothing changed.
    fn sync(&mut self, _state: &State) {}
    /// It does a part of something at each `sync`, and has more to do.
    fn is_at_work(&self, _state: &State) -> bool {
        false
    }
    /// The identities in sight, whose details are wanted first.
    fn visible(&self, _state: &State) -> Vec<IdentityId> {
        Vec::new()
    }
    /// The list of which every row's details are looked at, in sight or not.
    fn looks_at_all(&self) -> Option<Kind> {
        None
    }
    /// What it is about is no more: it closes by itself.
    fn is_over(&self, _state: &State) -> bool {
        false
    }
    /// It shows the secret that is held.
    fn holds(&self) -> bool {
        false
    }
    /// Hides what nobody else should see.
    fn conceal(&mut self) {}
    /// When it hides that by itself.
    fn conceals_at(&self) -> Option<Timestamp> {
        None
    }
    /// It holds what was chosen or typed and not sent: it is not left by one key.
    fn unsaved(&self) -> bool {
        false
    }
    /// It waits for the text of a file that it asked for.
    fn reads_file(&self) -> bool {
        false
    }
    /// What it is about, to be shown as it is done by hand.
    fn original(&self, _state: &State) -> Option<Original> {
        None
    }
    /// What its question waits for, said where enter answers nothing.
    fn waits_for(&self, _state: &State) -> Option<String> {
        None
    }
    /// The footer's word for an action that means something else here than elsewhere
    /// in its layer.
    fn word(&self, _action: Action) -> Option<&'static str> {
        None
    }
    /// Actions of its layer that mean nothing just now and are not offered.
    fn hidden(&self, _state: &State) -> Vec<Action> {
        Vec::new()
    }
}
