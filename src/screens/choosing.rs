//! A dialog's list of which one is chosen: a cursor, and a filter that narrows it. Knows
//! nothing of what is listed but its words.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::Input;
use crate::app::keys::{Action, Layer};
use crate::ui::dialog::mark_row;
use crate::ui::fields::TextField;
use crate::ui::scroll::{Scroll, rows};
use crate::ui::theme::Theme;

/// Where one is in such a list.
#[derive(Debug)]
pub struct Choosing {
    scroll: Scroll,
    filter: TextField,
    /// The filter has the keyboard.
    typing: bool,
    /// The rows that answer to the filter, by their places.
    shown: Vec<usize>,
    /// The cursor was moved, or put where one is.
    placed: bool,
}

impl Default for Choosing {
    fn default() -> Self {
        Self {
            scroll: Scroll::default(),
            filter: TextField::new("Filter", ""),
            typing: false,
            shown: Vec::new(),
            placed: false,
        }
    }
}

impl Choosing {
    /// The layer of a screen that has such a list and is itself this one.
    #[must_use]
    pub fn layer(&self, screen: Layer) -> Layer {
        if self.typing { Layer::Filter } else { screen }
    }

    /// The place of the row under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<usize> {
        self.shown.get(self.scroll.cursor).copied()
    }

    /// How many rows answer to the filter, of so many: `3 of 12`; nothing where there
    /// are none.
    #[must_use]
    pub fn count(&self, all: usize) -> String {
        match self.shown.len() {
            _ if all == 0 => String::new(),
            shown if shown < all => format!("{shown} of {all}"),
            _ => all.to_string(),
        }
    }

    /// Nothing answers to the filter, or nothing is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Takes in what moves the cursor and what types the filter. What comes back is the
    /// screen's own affair. `rows` are in sight.
    pub fn update(&mut self, input: Input, rows: usize) -> Option<Action> {
        self.placed = true;
        match input {
            Input::Action(Action::Open) if self.typing => self.typing = false,
            Input::Action(Action::Back) if self.typing || !self.filter.text().is_empty() => {
                self.typing = false;
                self.filter.set("");
            }
            Input::Action(Action::Filter) => self.typing = true,
            Input::Action(action) if self.scroll.act(action, self.shown.len(), rows) => {}
            Input::Action(action) => return Some(action),
            Input::Text(key) => self.filter.type_key(key),
            Input::Paste(text) => self.filter.paste(&text),
        }
        None
    }

    /// Puts the cursor on the row that is drawn at a place of the screen, where `area` shows
    /// the list; whether it stood there before. `None`: no row is there, or the filter has
    /// the keyboard.
    pub fn point(&mut self, at: Position, area: Rect) -> Option<bool> {
        if self.typing {
            return None;
        }
        let area = rows(area, 0, self.rows(usize::from(area.height)));
        let again = self.scroll.point(at, area, self.shown.len())?;
        self.placed = true;
        Some(again)
    }

    /// Follows what is listed: the words of all rows, and where one is. `rows` are in
    /// sight.
    pub fn follow<'a>(
        &mut self,
        all: impl Iterator<Item = Cow<'a, str>>,
        here: Option<usize>,
        rows: usize,
    ) {
        let wanted = self.filter.text().to_lowercase();
        let wanted: Vec<_> = wanted.split_whitespace().collect();
        let answers = |words: &str| {
            let words = words.to_lowercase();
            wanted.iter().all(|word| words.contains(word))
        };
        self.shown =
            all.enumerate().filter_map(|(at, words)| answers(&words).then_some(at)).collect();
        if !self.placed {
            self.scroll.cursor =
                here.and_then(|here| self.shown.iter().position(|at| *at == here)).unwrap_or(0);
        }
        self.scroll.follow(self.shown.len(), self.rows(rows));
    }

    /// Rows in sight, of so many lines.
    fn rows(&self, lines: usize) -> usize {
        lines.saturating_sub(usize::from(self.has_filter_line()))
    }

    fn has_filter_line(&self) -> bool {
        self.typing || !self.filter.text().is_empty()
    }

    /// Draws the rows that answer, and the filter below them; says where its cursor
    /// stands.
    pub fn draw<'a>(
        &self,
        area: Rect,
        row: impl Fn(usize) -> Line<'a>,
        theme: &Theme,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let rows = self.rows(usize::from(area.height));
        let window = self.scroll.window(self.shown.len(), rows);
        for (y, at) in (area.y..area.bottom()).zip(window) {
            buf.set_line(area.x, y, &row(self.shown[at]), area.width);
            if at == self.scroll.cursor {
                mark_row(area, y, theme, buf);
            }
        }
        if !self.has_filter_line() || area.height == 0 {
            return None;
        }
        let line = Rect { y: area.bottom() - 1, height: 1, ..area };
        self.filter.draw(line, self.typing, &[], theme, buf)
    }
}
