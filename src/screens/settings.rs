//! The organization's settings that bear on access: whether calls need an access list,
//! and how long client secrets live at most.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::rules::change::{Change, Switches, switches};
use crate::rules::text;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::text::wrap;
use crate::ui::theme::Theme;

/// The lifetimes that Atlas allows, in hours.
const HOURS: std::ops::RangeInclusive<u32> = 8..=8760;
const REQUIRE: &str = "Require IP Access List for the Atlas Administration API";
const MAXIMUM: &str = "Service Accounts Client Secret Maximum Expiration Time";

/// The settings as they are to be.
#[derive(Debug)]
pub struct SettingsScreen {
    seen: Switches,
    required: bool,
    hours: TextField,
    /// The second setting is being typed.
    typing: bool,
    cursor: usize,
}

impl SettingsScreen {
    /// The settings to be changed; `None` while they are not known.
    #[must_use]
    pub fn of(state: &State) -> Option<Self> {
        let seen = state.settings().and_then(switches)?;
        let hours = TextField::new("Hours", &seen.hours.to_string());
        Some(Self { seen, required: seen.required, hours, typing: false, cursor: 0 })
    }

    fn save(&self, cx: &mut Cx<'_>) {
        let Some(wanted) = self.wanted() else {
            return cx.say("not saved: the number of hours is not possible");
        };
        if wanted == self.seen {
            cx.say("nothing was changed");
            return cx.close();
        }
        cx.propose(Change::Settings { seen: self.seen, wanted }, true);
    }

    fn wanted(&self) -> Option<Switches> {
        let hours = text::hours(self.hours.text(), HOURS).ok()?;
        Some(Switches { required: self.required, hours })
    }

    /// What stands above the field.
    fn lines(&self, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
        let tick = if self.required { "[x] " } else { "[ ] " };
        let parts = wrap(REQUIRE, columns.saturating_sub(4).max(8)).into_iter().enumerate();
        let mut lines: Vec<_> = parts
            .map(|(at, part)| {
                let lead = if at == 0 { tick } else { "    " };
                Line::styled(format!("{lead}{part}"), theme.text)
            })
            .collect();
        let words = "    changed; saving tells whom it concerns";
        let changed = self.required != self.seen.required;
        lines.push(if changed { Line::styled(words, theme.soon) } else { Line::default() });
        lines.push(Line::default());
        let maximum = wrap(MAXIMUM, columns.max(8)).into_iter();
        lines.extend(maximum.map(|part| Line::styled(part, theme.text)));
        lines
    }

    fn place(state: &State) -> Place {
        dialog::place(state.size, Size::new(70, 10))
    }
}

impl Screen for SettingsScreen {
    fn layer(&self) -> Layer {
        if self.typing { Layer::Form } else { Layer::Settings }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        match input {
            Input::Text(key) => self.hours.type_key(key),
            Input::Paste(text) if self.typing => self.hours.paste(&text),
            Input::Action(Action::Save | Action::Back) if self.typing => self.typing = false,
            Input::Action(Action::Save) => self.save(cx),
            Input::Action(Action::Toggle) if self.cursor == 0 => self.required = !self.required,
            Input::Action(Action::Toggle) => self.typing = true,
            Input::Action(Action::Undo) => {
                self.required = self.seen.required;
                self.hours.set(&self.seen.hours.to_string());
            }
            Input::Action(Action::Up | Action::First) => self.cursor = 0,
            Input::Action(Action::Down | Action::Last) => self.cursor = 1,
            Input::Action(Action::Back) => cx.close(),
            _ => {}
        }
    }

    fn original(&self, _state: &State) -> Option<Original> {
        let change = |wanted| Change::Settings { seen: self.seen, wanted };
        self.wanted().map(change).map(Original::Change)
    }

    fn unsaved(&self) -> bool {
        let hours = self.seen.hours.to_string();
        !self.typing && (self.required != self.seen.required || self.hours.text() != hours)
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        (action == Action::Save && self.typing).then_some("take over")
    }

    fn hidden(&self, _state: &State) -> Vec<Action> {
        if self.unsaved() { Vec::new() } else { vec![Action::Undo] }
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (Self::place(state), state.theme());
        dialog::draw(place, &Title { title: "Organization settings", kind: "" }, theme, buf);
        let inner = place.inner;
        let lines = self.lines(usize::from(inner.width), theme);
        let height = usize::from(inner.height);
        // The second setting is in sight once the cursor is on it.
        let hidden = if self.cursor == 0 { 0 } else { (lines.len() + 2).saturating_sub(height) };
        let mut y = inner.y;
        for line in lines.iter().skip(hidden).take(height) {
            buf.set_line(inner.x, y, line, inner.width);
            y += 1;
        }
        let below = match text::hours(self.hours.text(), HOURS) {
            Err(words) => Span::styled(words, theme.danger),
            Ok(hours) => Span::styled(format!("{} days; space edits it", hours / 24), theme.dim),
        };
        let area = Rect { y, height: inner.bottom().saturating_sub(y).min(2), ..inner };
        let cursor = (area.height > 0)
            .then(|| self.hours.draw(area, self.typing, &[below], theme, buf))
            .flatten();
        let marked = if self.cursor == 0 { inner.y } else { area.y };
        if marked < inner.bottom() {
            buf.set_string(inner.x.saturating_sub(2), marked, theme.symbols.cursor, theme.strong);
        }
        progress::draw(state, inner, buf);
        cursor
    }
}
