//! What Atlas shows once: the secret of what was just made. It stays until the
//! administrator says in a word that it is kept somewhere.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::Made;
use crate::atlas::secret::{ExposeSecret, Secret};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::text::wrap;
use ratatui::text::Span;

/// What is typed to say that it is kept.
const WORD: &str = "saved";
const MASK: &str = "••••••••••••••••••••••••••••••••";

/// A secret that nobody can read again.
#[derive(Debug)]
pub struct MadeScreen {
    /// The public half, and what it is called.
    public: (&'static str, String),
    secret: (&'static str, Secret),
    revealed: bool,
    /// The word that closes this, while it is typed.
    typing: Option<TextField>,
}

impl MadeScreen {
    /// The screen for what was made; `None` where it shows nothing once.
    #[must_use]
    pub fn of(made: Made) -> Option<Self> {
        let (public, secret) = match made {
            Made::Nothing => return None,
            Made::ServiceAccount(id, secret) => {
                (("Client ID", id.to_string()), ("Client secret", secret))
            }
            Made::ApiKey(_, public, private) => (("Public key", public), ("Private key", private)),
        };
        Some(Self { public, secret, revealed: false, typing: None })
    }

    fn place(state: &State) -> Place {
        dialog::place(state.size, Size::new(76, 10))
    }
}

impl Screen for MadeScreen {
    fn layer(&self) -> Layer {
        if self.typing.is_some() { Layer::Sentence } else { Layer::Made }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match (input, &mut self.typing) {
            (Input::Action(Action::Save), Some(field)) if field.text() == WORD => cx.close(),
            (Input::Action(Action::Save), Some(_)) => cx.say("type saved, once it is"),
            (Input::Action(Action::Back), Some(_)) => self.typing = None,
            (Input::Text(key), Some(field)) => field.type_key(key),
            (Input::Action(Action::Reveal), None) => self.revealed = !self.revealed,
            (Input::Action(Action::Copy), None) => {
                let (what, secret) = &self.secret;
                cx.copy(secret.expose_secret(), what);
            }
            (Input::Action(Action::Back | Action::Quit), None) => {
                self.revealed = false;
                self.typing = Some(TextField::new("Type saved", ""));
            }
            _ => {}
        }
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (Self::place(state), state.theme());
        dialog::draw(place, &Title { title: "Created", kind: "shown this once" }, theme, buf);
        let inner = place.inner;
        let columns = usize::from(inner.width);
        let line = |y: u16, label: &str, value: &str, buf: &mut Buffer| {
            buf.set_stringn(inner.x, y, format!("{label:16}"), columns, theme.dim);
            // On lines of its own where it is narrow, so that all of it can be read.
            let room = columns.saturating_sub(16).max(8);
            let mut rest = value;
            let mut parts = 0;
            while !rest.is_empty() {
                let end = rest.char_indices().nth(room).map_or(rest.len(), |(end, _)| end);
                let (part, left) = rest.split_at(end);
                buf.set_stringn(inner.x + 16, y + parts, part, room, theme.strong);
                (rest, parts) = (left, parts + 1);
            }
            parts
        };
        let mut y = inner.y;
        y += line(y, self.public.0, &self.public.1, buf) + 1;
        let value = if self.revealed { self.secret.1.expose_secret() } else { MASK };
        y += line(y, self.secret.0, value, buf) + 1;
        let words = match &self.typing {
            None => {
                "Atlas cannot show it again. Copy it to where it will live (y), or look at it (v); esc closes this, once it is saved."
            }
            Some(_) => {
                "Closing loses it for ever. Type saved and press enter, once it is; esc goes back."
            }
        };
        for part in wrap(words, columns) {
            if y < inner.bottom() {
                buf.set_string(inner.x, y, part, theme.text);
                y += 1;
            }
        }
        let field = self.typing.as_ref()?;
        let y = (y + 1).min(inner.bottom().saturating_sub(1));
        let area = ratatui::layout::Rect { y, height: 1, ..inner };
        field.draw(area, true, &Span::raw(""), theme, buf)
    }

    fn holds(&self) -> bool {
        true
    }
}
