//! A key, and its names: how it is shown, and how it is written in `config.toml`.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::backend::crossterm::to_input_request;

use crate::rules::nearest::nearest;

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
        self.called(|(_, sign, _)| sign)
    }

    /// Its name as it is written in `config.toml` and in sentences.
    #[must_use]
    pub fn written(self) -> String {
        self.called(|(_, _, written)| written)
    }

    fn called(self, which: fn(&Named) -> &'static str) -> String {
        let named = NAMES.iter().find(|(code, ..)| *code == self.code);
        let name = match (named, self.code) {
            (Some(named), _) => which(named).into(),
            (None, KeyCode::Char(character)) => character.to_string(),
            (None, KeyCode::F(number)) => format!("F{number}"),
            (None, code) => format!("{code:?}"),
        };
        if self.ctrl { format!("ctrl-{name}") } else { name }
    }

    /// The key of this written name.
    ///
    /// # Errors
    /// Why there is none, in words that follow its name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut characters = text.chars();
        if let (Some(only), None) = (characters.next(), characters.next())
            && !only.is_control()
            && !only.is_whitespace()
        {
            return Ok(char(only));
        }
        if let Some(letter) = text.strip_prefix("ctrl-") {
            return of_ctrl(letter);
        }
        if let Some((code, ..)) = NAMES.iter().find(|(.., written)| *written == text) {
            return Ok(plain(*code));
        }
        let number = text.strip_prefix('F').and_then(|number| number.parse().ok());
        match number.filter(|number| (1..=MOST_F).contains(number)) {
            Some(number) => Ok(plain(KeyCode::F(number))),
            None => Err(unknown(text)),
        }
    }

    /// It types or edits where text is typed.
    #[must_use]
    pub fn edits_text(self) -> bool {
        // Shells delete to the right with it: it must not mean more where one types.
        if self == ctrl('d') {
            return true;
        }
        let modifiers = if self.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        to_input_request(&Event::Key(KeyEvent::new(self.code, modifiers))).is_some()
    }
}

/// A key's code, its sign and its written name.
type Named = (KeyCode, &'static str, &'static str);

const NAMES: &[Named] = &[
    (KeyCode::Enter, "↵", "enter"),
    (KeyCode::Esc, "esc", "esc"),
    (KeyCode::Tab, "tab", "tab"),
    (KeyCode::BackTab, "⇧tab", "shift-tab"),
    (KeyCode::Char(' '), "space", "space"),
    (KeyCode::Up, "↑", "up"),
    (KeyCode::Down, "↓", "down"),
    (KeyCode::Left, "←", "left"),
    (KeyCode::Right, "→", "right"),
    (KeyCode::Home, "home", "home"),
    (KeyCode::End, "end", "end"),
    (KeyCode::PageUp, "pgup", "pgup"),
    (KeyCode::PageDown, "pgdn", "pgdn"),
    (KeyCode::Insert, "insert", "insert"),
    (KeyCode::Delete, "delete", "delete"),
    (KeyCode::Backspace, "backspace", "backspace"),
];

/// Keyboards have no more function keys.
const MOST_F: u8 = 12;

/// What terminals send for some keys with ctrl.
const SAME: &[(&str, &str)] = &[("i", "tab"), ("m", "enter"), ("[", "esc")];

fn of_ctrl(letter: &str) -> Result<Key, String> {
    if let Some((_, same)) = SAME.iter().find(|(with_ctrl, _)| *with_ctrl == letter) {
        return Err(format!("cannot be told from {same}: terminals send the same for both"));
    }
    match letter.as_bytes() {
        [letter @ b'a'..=b'z'] => Ok(ctrl(char::from(*letter))),
        _ => Err("is no key: ctrl goes with a letter, ctrl-a to ctrl-z".into()),
    }
}

fn unknown(text: &str) -> String {
    let functions: Vec<_> = (1..=MOST_F).map(|number| format!("F{number}")).collect();
    let names = NAMES.iter().map(|(.., written)| *written);
    match nearest(text, names.chain(functions.iter().map(String::as_str))) {
        Some(near) => format!("is no key; did you mean {near:?}?"),
        None => "is no key; keys are single characters, ctrl- and a letter, F1 to F12, and names such as \"enter\", \"space\", \"tab\", \"pgdn\"".into(),
    }
}

pub(super) const fn plain(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

pub(super) const fn char(character: char) -> Key {
    plain(KeyCode::Char(character))
}

pub(super) const fn ctrl(character: char) -> Key {
    Key { code: KeyCode::Char(character), ctrl: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_and_release_are_noise() {
        let upper = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::of(&upper), Some(char('G')));
        let release = KeyEvent { kind: KeyEventKind::Release, ..upper };
        assert_eq!(Key::of(&release), None);
        assert_eq!(Key::of(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT)), None);
        assert_eq!(ctrl('d').name(), "ctrl-d");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let functions = (1..=MOST_F).map(|number| plain(KeyCode::F(number)));
        let named = NAMES.iter().map(|(code, ..)| plain(*code));
        let letters = "aZ/?!é€".chars().map(char).chain(['a', 'z'].map(ctrl));
        for key in functions.chain(named).chain(letters) {
            assert_eq!(Key::parse(&key.written()), Ok(key));
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        for (text, words) in [
            ("pgdown", "did you mean \"pgdn\"?"),
            ("entr", "did you mean \"enter\"?"),
            ("f5", "did you mean \"F5\"?"),
            ("F13", "did you mean \"F1\"?"),
            ("ctrl-i", "from tab"),
            ("ctrl-G", "ctrl goes with a letter"),
            ("ctrl-up", "ctrl goes with a letter"),
            ("gg", "is no key; keys are single characters"),
            ("", "is no key"),
            (" ", "is no key"),
            ("\n", "is no key"),
        ] {
            let why = Key::parse(text).expect_err(text);
            assert!(why.contains(words), "{text:?}: {why}");
        }
    }

    #[test]
    fn what_edits_is_what_a_text_field_takes() {
        for key in ["a", "space", "backspace", "left", "home", "ctrl-u", "ctrl-w", "ctrl-d"] {
            assert!(Key::parse(key).is_ok_and(Key::edits_text), "{key}");
        }
        for key in ["enter", "esc", "tab", "up", "pgdn", "F1", "ctrl-n", "ctrl-c"] {
            assert!(!Key::parse(key).is_ok_and(Key::edits_text), "{key}");
        }
    }
}
