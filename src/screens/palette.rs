//! The command palette: what was typed, and everything that answers to it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::palette::{self, Entry};
use crate::app::state::State;
use crate::ui::dialog::{self, Place, Title, mark_row};
use crate::ui::fields::TextField;
use crate::ui::scroll::{Scroll, in_sight, rows};
use crate::ui::text::{fit, width};

/// Everything that can be done where it was called.
#[derive(Debug)]
pub struct PaletteScreen {
    entries: Vec<Entry>,
    typed: TextField,
    /// The entries that answer, by their places.
    found: Vec<usize>,
    scroll: Scroll,
}

const WIDTH: u16 = 78;
const ROWS: u16 = 16;
/// Lines of the field, and the one below it.
const FIELD: u16 = 2;

impl PaletteScreen {
    /// The palette, called in this place.
    #[must_use]
    pub fn new(place: palette::Place<'_>) -> Self {
        let entries = palette::entries(place);
        let found = palette::found(&entries, "");
        Self { entries, typed: TextField::new("Command", ""), found, scroll: Scroll::default() }
    }

    fn find(&mut self) {
        self.found = palette::found(&self.entries, self.typed.text());
        self.scroll = Scroll::default();
    }

    fn choose(&self, cx: &mut Cx<'_>) {
        match self.found.get(self.scroll.cursor).map(|at| &self.entries[*at].does) {
            Some(Ok(deed)) => cx.act(deed.clone()),
            Some(Err(why)) => cx.tell(&format!("cannot be done: {why}")),
            None => cx.say("nothing answers to that"),
        }
    }

    fn row(&self, at: usize, columns: usize, state: &State) -> Line<'_> {
        let (entry, theme) = (&self.entries[at], state.theme());
        let right = match &entry.does {
            Ok(_) => &entry.keys,
            Err(why) => why,
        };
        let room = columns.saturating_sub(width(right) + 2);
        let style = if entry.does.is_ok() { theme.text } else { theme.dim };
        let words = fit(&entry.words, room, theme);
        let pad = " ".repeat(columns.saturating_sub(width(&words) + width(right)));
        Line::from(vec![
            Span::styled(words, style),
            Span::raw(pad),
            Span::styled(right, if entry.does.is_ok() { theme.strong } else { theme.dim }),
        ])
    }
}

fn place(state: &State) -> Place {
    dialog::place(state.size, Size::new(WIDTH, ROWS + FIELD))
}

/// Rows in sight.
fn height(state: &State) -> usize {
    usize::from(place(state).inner.height.saturating_sub(FIELD))
}

impl Screen for PaletteScreen {
    fn layer(&self) -> Layer {
        Layer::Palette
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match input {
            Input::Action(Action::Open) => self.choose(cx),
            Input::Action(Action::Back) => cx.close(),
            Input::Action(action) => {
                self.scroll.act(action, self.found.len(), height(cx.state));
            }
            Input::Text(key) => {
                self.typed.type_key(key);
                self.find();
            }
            Input::Paste(text) => {
                self.typed.paste(&text);
                self.find();
            }
        }
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let area = rows(place(state).inner, FIELD, height(state));
        self.scroll.point(at, area, self.found.len());
        None
    }

    fn sync(&mut self, state: &State) {
        self.scroll.follow(self.found.len(), height(state));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (place(state), state.theme());
        let window = self.scroll.window(self.found.len(), height(state));
        let kind = in_sight(&window, self.found.len());
        dialog::draw(place, &Title { title: "Commands", kind: &kind }, theme, buf);
        let inner = place.inner;
        let field = Rect { height: 1, ..inner };
        let cursor = self.typed.draw(field, true, &[], theme, buf);
        let top = inner.y + FIELD.min(inner.height);
        if self.found.is_empty() && top < inner.bottom() {
            buf.set_string(inner.x, top, "nothing answers to that", theme.dim);
        }
        for (y, row) in (top..inner.bottom()).zip(window) {
            let line = self.row(self.found[row], usize::from(inner.width), state);
            buf.set_line(inner.x, y, &line, inner.width);
            if row == self.scroll.cursor {
                mark_row(inner, y, theme, buf);
            }
        }
        cursor
    }
}
