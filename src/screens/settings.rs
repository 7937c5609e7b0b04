//! The organization's settings that bear on access: whether calls need an access list,
//! and how long client secrets live at most.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::Span;

use super::{Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::rules::change::{Change, Switches, switches};
use crate::rules::text;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::text::wrap;

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
        let seen = state.org.as_ref()?.settings.value.as_ref().and_then(switches)?;
        let hours = TextField::new("Hours", &seen.hours.to_string());
        Some(Self { seen, required: seen.required, hours, typing: false, cursor: 0 })
    }

    fn save(&self, cx: &mut Cx<'_>) {
        let Ok(hours) = text::hours(self.hours.text(), HOURS) else {
            return cx.say("not saved: the number of hours is not possible");
        };
        let wanted = Switches { required: self.required, hours };
        if wanted == self.seen {
            cx.say("nothing was changed");
            return cx.close();
        }
        cx.propose(Change::Settings { seen: self.seen, wanted }, true);
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
            Input::Action(Action::Back | Action::Quit) => cx.close(),
            _ => {}
        }
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (Self::place(state), state.theme());
        dialog::draw(place, &Title { title: "Organization settings", kind: "" }, theme, buf);
        let inner = place.inner;
        let mark = |at: usize, y: u16, buf: &mut Buffer| {
            if at == self.cursor {
                buf.set_string(inner.x.saturating_sub(2), y, "▌", theme.strong);
            }
        };
        let mut y = inner.y;
        let tick = if self.required { "[x]" } else { "[ ]" };
        for (at, part) in
            wrap(REQUIRE, usize::from(inner.width).saturating_sub(4)).into_iter().enumerate()
        {
            let lead = if at == 0 { tick } else { "   " };
            buf.set_string(inner.x, y, format!("{lead} {part}"), theme.text);
            mark(if at == 0 { 0 } else { usize::MAX }, y, buf);
            y += 1;
        }
        if self.required != self.seen.required {
            buf.set_string(inner.x + 4, y, "changed; saving tells whom it concerns", theme.soon);
        }
        y += 2;
        for part in wrap(MAXIMUM, usize::from(inner.width)) {
            buf.set_string(inner.x, y, part, theme.text);
            y += 1;
        }
        mark(1, y, buf);
        let below = match text::hours(self.hours.text(), HOURS) {
            Err(words) => Span::styled(words, theme.danger),
            Ok(hours) => Span::styled(format!("{} days; space edits it", hours / 24), theme.dim),
        };
        let area = Rect { y, height: inner.bottom().saturating_sub(y).min(2), ..inner };
        let cursor = if area.height == 0 {
            None
        } else {
            self.hours.draw(area, self.typing, &below, theme, buf)
        };
        progress::draw(state, inner, buf);
        cursor
    }
}
