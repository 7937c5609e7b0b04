//! The line below names: why the one under the cursor, or the one that is typed, may
//! mislead. It holds nobody up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::rules::change::Tone;
use crate::rules::look_alike::{Doubt, Named};
use crate::ui::text::fit;
use crate::ui::theme::Theme;

/// Lines that it takes below a list, the blank one included.
pub(super) const ROWS: u16 = 2;

/// What it says: the gravest of the doubts.
pub(super) fn words(doubts: &[Doubt], of: Named, theme: &Theme) -> Option<String> {
    Some(format!("{} {}", theme.symbols.tone(Tone::Doubt), doubts.first()?.words(of)))
}

/// What is left for the list, where a name of it is doubtful.
pub(super) fn list_area(inner: Rect, is_doubtful: bool) -> Rect {
    let rows = if is_doubtful { ROWS } else { 0 };
    Rect { height: inner.height.saturating_sub(rows).max(1), ..inner }
}

/// Draws it on the last line.
pub(super) fn draw(words: Option<&str>, inner: Rect, theme: &Theme, buf: &mut Buffer) {
    let Some(words) = words.filter(|_| inner.height > ROWS) else { return };
    let words = fit(words, usize::from(inner.width), theme).into_owned();
    let line = Line::styled(words, theme.tone(Tone::Doubt));
    buf.set_line(inner.x, inner.bottom() - 1, &line, inner.width);
}
