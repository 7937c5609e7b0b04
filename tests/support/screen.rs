//! A screen as text.

use gatehouse::app::App;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

/// Draws the program at the size that it knows.
pub fn draw(app: &App) -> (Buffer, Option<Position>) {
    let Size { width, height } = app.state().size;
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let cursor = app.view(&mut buf);
    (buf, cursor)
}

/// The screen's lines without the spaces at their ends.
pub fn text(buf: &Buffer) -> String {
    let width = usize::from(buf.area.width).max(1);
    let mut text = String::new();
    for line in buf.content.chunks(width) {
        let mut row = String::new();
        let mut skip = 0;
        for cell in line {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            row.push_str(cell.symbol());
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
