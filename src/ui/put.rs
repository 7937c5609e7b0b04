//! Texts of plain letters, put into cells one by one. The only place where that is done:
//! everything else goes the library's way, which drops control characters.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

/// Draws as much of a text as fits into so many columns; says where it ends. Nearly all
/// texts are of plain letters, which need not be looked for.
pub fn put(buf: &mut Buffer, at: Position, text: &str, columns: u16, style: Style) -> u16 {
    let Position { x, y } = at;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return buf.set_stringn(x, y, text, columns.into(), style).0;
    }
    let places = x..x.saturating_add(columns).min(buf.area.right());
    let drawn = places.zip(text.chars());
    drawn.fold(x, |_, (x, letter)| {
        buf[(x, y)].set_char(letter).set_style(style);
        x + 1
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    use super::*;

    proptest! {
        /// Whatever the text, wherever it stands: it is as the library draws it.
        #[test]
        fn it_draws_what_the_library_draws(
            text in "([ -~]|\\PC|[\\x00-\\x1f\\x7f\u{9b}\u{202e}]){0,12}", x in 0_u16..12, columns in 0_u16..14,
        ) {
            let style = Style::new().add_modifier(Modifier::BOLD);
            let empty = Buffer::empty(Rect::new(0, 0, 10, 2));
            let (mut ours, mut theirs) = (empty.clone(), empty);
            let x = x.min(9);
            let end = put(&mut ours, Position::new(x, 1), &text, columns, style);
            let theirs_end = theirs.set_stringn(x, 1, &text, columns.into(), style).0;
            prop_assert_eq!(ours, theirs);
            prop_assert_eq!(end, theirs_end);
        }
    }
}
