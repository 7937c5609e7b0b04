//! A key, and its name.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key as people think of it: without shift for letters, which are themselves
/// upper-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub(super) code: KeyCode,
    pub(super) ctrl: bool,
}

impl Key {
    /// The key of an event; `None` for releases and for keys with alt or super.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release
            || event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER)
        {
            return None;
        }
        Some(Self { code: event.code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL) })
    }

    /// Its name in footers and tables.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "space".into(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::F(number) => format!("F{number}"),
            code => NAMES
                .iter()
                .find(|(named, _)| *named == code)
                .map_or_else(|| format!("{code:?}"), |(_, name)| (*name).into()),
        };
        if self.ctrl { format!("ctrl-{name}") } else { name }
    }

    /// The same in ASCII.
    #[must_use]
    pub fn spelled(self) -> String {
        let spelled = SPELLED.iter().find(|(named, _)| *named == self.code);
        match spelled {
            Some((_, name)) if self.ctrl => format!("ctrl-{name}"),
            Some((_, name)) => (*name).into(),
            None => self.name(),
        }
    }
}

const NAMES: &[(KeyCode, &str)] = &[
    (KeyCode::Enter, "↵"),
    (KeyCode::Esc, "esc"),
    (KeyCode::Tab, "tab"),
    (KeyCode::BackTab, "⇧tab"),
    (KeyCode::Up, "↑"),
    (KeyCode::Down, "↓"),
    (KeyCode::Left, "←"),
    (KeyCode::Right, "→"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::PageUp, "pgup"),
    (KeyCode::PageDown, "pgdn"),
];

/// The names of keys that have a symbol in the other table.
const SPELLED: &[(KeyCode, &str)] = &[
    (KeyCode::Enter, "enter"),
    (KeyCode::BackTab, "shift-tab"),
    (KeyCode::Up, "up"),
    (KeyCode::Down, "down"),
    (KeyCode::Left, "left"),
    (KeyCode::Right, "right"),
];

pub(super) const fn plain(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

pub(super) const fn char(character: char) -> Key {
    plain(KeyCode::Char(character))
}

pub(super) const fn ctrl(character: char) -> Key {
    Key { code: KeyCode::Char(character), ctrl: true }
}
