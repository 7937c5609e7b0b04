//! Everything that floats looks the same: a thin rounded border, the title at
//! the left, the kind at the right, one column of air inside, two cleared
//! columns outside; the list behind stays visible and dim.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::frame::Areas;
use super::text::{fit, width, wrap};
use super::theme::Theme;

/// Where a dialog lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// With its border.
    pub outer: Rect,
    /// Its content's.
    pub inner: Rect,
    bordered: bool,
}

/// What is written on a dialog's border.
#[derive(Debug)]
pub struct Title<'a> {
    /// What it is about.
    pub title: &'a str,
    /// What kind of thing that is, or how far one has scrolled.
    pub kind: &'a str,
}

/// Marks the row under the cursor.
pub fn mark_row(inner: Rect, y: u16, theme: &Theme, buf: &mut Buffer) {
    buf.set_string(inner.x.saturating_sub(2), y, theme.symbols.cursor, theme.strong);
    buf.set_style(Rect::new(inner.x, y, inner.width, 1), theme.selected);
}

/// The place of a dialog with so much content, on a terminal of this size: a
/// pure function, so that drawing and scrolling agree.
#[must_use]
pub fn place(size: Size, wanted: Size) -> Place {
    let areas = Areas::of(size);
    let body = Rect { height: areas.body.height + 1, ..areas.body };
    if size.width < 60 {
        // No border: a title line, and everything below it.
        let inner = Rect {
            x: 1,
            y: body.y + 1,
            width: body.width.saturating_sub(2),
            height: body.height.saturating_sub(1),
        };
        return Place { outer: body, inner, bordered: false };
    }
    let most = body.width - 2;
    let outer_width = if size.width < 80 { most } else { (wanted.width + 6).min(most) };
    // Two border lines and, where there is room, two lines of air.
    let outer_height = (wanted.height + 4).min(body.height);
    let outer = Rect {
        x: body.x + (body.width - outer_width) / 2,
        y: body.y + (body.height - outer_height) / 2,
        width: outer_width,
        height: outer_height,
    };
    let air = (outer_height.saturating_sub(2 + wanted.height) / 2).min(1);
    let inner = Rect {
        x: outer.x + 3,
        y: outer.y + 1 + air,
        width: outer.width.saturating_sub(6),
        height: outer.height.saturating_sub(2 + 2 * air),
    };
    Place { outer, inner, bordered: true }
}

/// Where a dialog lies that is as high as what stands in it, and these lines.
#[must_use]
pub fn place_around<T>(
    size: Size,
    width: u16,
    lines: impl FnOnce(usize) -> Vec<T>,
) -> (Place, Vec<T>) {
    let narrow = place(size, Size::new(width, u16::MAX / 2));
    let lines = lines(usize::from(narrow.inner.width));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX / 2);
    (place(size, Size::new(width, height)), lines)
}

/// Dims what is behind and draws the empty dialog.
pub fn draw(place: Place, title: &Title<'_>, theme: &Theme, buf: &mut Buffer) {
    let outer = place.outer;
    let shade = Rect { x: 0, width: buf.area.width, ..outer };
    let body = Rect { y: 2, height: buf.area.height.saturating_sub(3), ..shade };
    buf.set_style(body.intersection(buf.area), theme.behind);
    let cleared = Rect {
        x: outer.x.saturating_sub(2),
        width: (outer.width + 4).min(buf.area.width - outer.x.saturating_sub(2)),
        ..outer
    };
    Clear.render(cleared.intersection(buf.area), buf);
    if !place.bordered {
        draw_title_line(outer, title, theme, buf);
        return;
    }
    let room = usize::from(outer.width).saturating_sub(width(title.kind) + 10);
    let mut block = Block::bordered()
        .border_set(theme.symbols.border)
        .title(Line::styled(format!(" {} ", fit(title.title, room, theme)), theme.strong));
    if !title.kind.is_empty() {
        block = block.title(Line::styled(format!(" {} ", title.kind), theme.dim).right_aligned());
    }
    block.render(outer, buf);
}

fn draw_title_line(outer: Rect, title: &Title<'_>, theme: &Theme, buf: &mut Buffer) {
    let total = usize::from(outer.width);
    let kind = width(title.kind);
    let name = fit(title.title, total.saturating_sub(kind + 3), theme);
    buf.set_string(outer.x + 1, outer.y, name, theme.strong);
    let at = outer.width.saturating_sub(u16::try_from(kind).unwrap_or(u16::MAX).saturating_add(1));
    buf.set_stringn(outer.x + at, outer.y, title.kind, kind, theme.dim);
}

/// A text with a sign before it, in lines of so many columns.
#[must_use]
pub fn said(
    (sign, style): (&str, Style),
    text: &str,
    columns: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let room = columns.saturating_sub(2).max(8);
    let line = |(at, part): (usize, String)| {
        let sign = if at == 0 { sign } else { " " };
        Line::from(vec![Span::styled(format!("{sign} "), style), Span::styled(part, theme.text)])
    };
    wrap(text, room).into_iter().enumerate().map(line).collect()
}
