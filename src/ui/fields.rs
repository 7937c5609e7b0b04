//! Text fields, one below the other, each with its label and what is wrong with it.

use crossterm::event::{Event as TerminalEvent, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::text::{fit, skip_columns, width, wrap};
use super::theme::Theme;

/// Columns of the labels at the left.
const LABEL: usize = 14;

/// A text field.
#[derive(Debug, Clone)]
pub struct TextField {
    /// What it is called.
    pub label: &'static str,
    /// What was put there and not typed.
    given: String,
    input: Input,
}

/// What stands below a field, broken into lines, of which there are so many. Each gets one
/// at least; only what does not fit into all of them is cut.
fn broken(below: &[Span<'_>], room: usize, rows: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut lines = Vec::new();
    for (at, span) in below.iter().enumerate() {
        let others = below.len() - at - 1;
        let most = rows.saturating_sub(lines.len() + others).max(1);
        let mut parts = wrap(&span.content, room);
        if parts.len() > most {
            let rest = parts.split_off(most - 1).join(" ");
            parts.push(fit(&rest, room, theme).into_owned());
        }
        lines.extend(parts.into_iter().map(|part| Span::styled(part, span.style)));
    }
    lines
}

impl TextField {
    /// A field with a text in it, the cursor at its end.
    #[must_use]
    pub fn new(label: &'static str, text: &str) -> Self {
        Self { label, given: text.to_owned(), input: Input::new(text.to_owned()) }
    }

    /// What stands in it: as it was put there, or as it is typed, without the blanks
    /// around it that nobody sees.
    #[must_use]
    pub fn text(&self) -> &str {
        let value = self.input.value();
        if value == self.given { value } else { value.trim() }
    }

    /// Puts a text in its place.
    pub fn set(&mut self, text: &str) {
        *self = Self::new(self.label, text);
    }

    /// Takes in a key.
    pub fn type_key(&mut self, key: KeyEvent) {
        self.input.handle_event(&TerminalEvent::Key(key));
    }

    /// Takes in pasted text, at its cursor, in one line.
    pub fn paste(&mut self, text: &str) {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let value = self.input.value();
        let at = value.char_indices().nth(self.input.cursor()).map_or(value.len(), |(at, _)| at);
        let (before, after) = value.split_at(at);
        let cursor = self.input.cursor() + line.chars().count();
        self.input = Input::new(format!("{before}{line}{after}")).with_cursor(cursor);
    }

    /// Draws the field, and below it, in lines, what is wrong or what is to be known; says where
    /// the cursor stands, where it has the keyboard.
    pub fn draw(
        &self,
        area: Rect,
        has_keyboard: bool,
        below: &[Span<'_>],
        theme: &Theme,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let label = if has_keyboard { theme.strong } else { theme.dim };
        buf.set_stringn(area.x, area.y, format!("{:LABEL$}", self.label), LABEL, label);
        let left = u16::try_from(LABEL).unwrap_or(0).min(area.width);
        let room = usize::from(area.width - left).saturating_sub(1);
        let scroll = self.input.visual_scroll(room);
        let shown = fit(skip_columns(self.input.value(), scroll), room, theme).into_owned();
        buf.set_string(area.x + left, area.y, &shown, theme.text);
        if has_keyboard {
            buf.set_string(area.x.saturating_sub(2), area.y, theme.symbols.cursor, theme.strong);
        }
        let rows = usize::from(area.height.saturating_sub(1));
        for (y, below) in (area.y + 1..area.bottom()).zip(broken(below, room, rows, theme)) {
            buf.set_span(area.x + left, y, &below, area.width - left);
        }
        let before = self.input.visual_cursor().saturating_sub(scroll).min(width(&shown));
        let x = area.x + left + u16::try_from(before).unwrap_or(0);
        has_keyboard.then(|| Position::new(x.min(area.right().saturating_sub(1)), area.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Theme;

    #[test]
    fn what_stands_below_a_field_is_broken_before_it_is_cut() {
        let theme = Theme::mono();
        let lines = |below: &[&str], rows| {
            let below: Vec<_> = below.iter().map(|text| Span::raw(*text)).collect();
            let lines = broken(&below, 10, rows, &theme);
            lines.iter().map(|line| line.content.to_string()).collect::<Vec<_>>()
        };
        let cut = theme.symbols.cut;
        assert_eq!(lines(&["it is wrong here"], 2), ["it is", "wrong here"]);
        assert_eq!(lines(&["it is wrong here"], 1), [format!("it is wro{cut}")]);
        assert_eq!(
            lines(&["it is wrong here", "why"], 2),
            [format!("it is wro{cut}"), "why".into()]
        );
        assert_eq!(lines(&["it is wrong here", "why"], 3), ["it is", "wrong here", "why"]);
        assert_eq!(lines(&[], 2), [] as [&str; 0]);
    }
}
