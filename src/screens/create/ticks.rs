//! A list of roles to tick.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::state::State;
use crate::atlas::Role;
use crate::atlas::roles::{CATALOGUE, Level};
use crate::ui::scroll::Scroll;
use crate::ui::text::{fit, width};

/// The roles of one level, in the catalogue's order.
pub(super) fn roles_of(level: Level) -> Vec<Role> {
    let all = CATALOGUE.iter().map(|known| Role::new(known.code));
    all.filter(|role| role.level() == Some(level)).collect()
}

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
        let meaning = fit(role.known().map_or("", |known| known.meaning), room).into_owned();
        let line = Line::from(vec![
            Span::styled(format!("{tick}{}{pad}", role.label()), theme.text),
            Span::styled(meaning, theme.dim),
        ]);
        buf.set_line(inner.x, y, &line, inner.width);
        if at == scroll.cursor {
            buf.set_string(inner.x.saturating_sub(2), y, "▌", theme.strong);
            buf.set_style(Rect::new(inner.x, y, inner.width, 1), theme.selected);
        }
    }
}
