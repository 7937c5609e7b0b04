//! A list of roles to tick.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::state::State;
use crate::atlas::Role;
use crate::ui::dialog;
use crate::ui::scroll::Scroll;
use crate::ui::text::{fit, width};

pub(super) fn draw_ticks(
    all: &[Role],
    ticked: &[Role],
    scroll: &Scroll,
    state: &State,
    inner: Rect,
    buf: &mut Buffer,
) {
    let theme = state.theme();
    let names = all.iter().map(|role| width(role.label())).max().unwrap_or(0);
    let window = scroll.window(all.len(), usize::from(inner.height));
    for (y, at) in (inner.y..inner.bottom()).zip(window) {
        let role = &all[at];
        let tick = if ticked.contains(role) { "[x] " } else { "[ ] " };
        let pad = " ".repeat(names.saturating_sub(width(role.label())) + 2);
        let room = usize::from(inner.width).saturating_sub(names + 6);
        let meaning = fit(role.known().map_or("", |known| known.meaning), room, theme).into_owned();
        let line = Line::from(vec![
            Span::styled(format!("{tick}{}{pad}", role.label()), theme.text),
            Span::styled(meaning, theme.dim),
        ]);
        buf.set_line(inner.x, y, &line, inner.width);
        if at == scroll.cursor {
            dialog::mark_row(inner, y, theme, buf);
        }
    }
}
