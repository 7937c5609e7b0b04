//! A screen as text.

use std::fmt::Write;

use gatehouse::app::App;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier};

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

/// The screen's lines, and below them its styles: a letter for each cell that has one, and
/// what the letters stand for.
pub fn styled(buf: &Buffer) -> String {
    let mut legend = Vec::new();
    let mut letter = |cell: &Cell| {
        let style = style(cell);
        if style.is_empty() {
            return ' ';
        }
        let at = legend.iter().position(|known| *known == style).unwrap_or_else(|| {
            legend.push(style);
            legend.len() - 1
        });
        char::from(b'a' + u8::try_from(at).expect("few styles"))
    };
    let width = usize::from(buf.area.width).max(1);
    let mut map = String::new();
    for line in buf.content.chunks(width) {
        let letters: String = line.iter().map(&mut letter).collect();
        let _ = writeln!(map, "{}", letters.trim_end());
    }
    let legend = legend.iter().zip('a'..).map(|(style, letter)| format!("{letter}: {style}\n"));
    format!("{}{map}{}", text(buf), legend.collect::<String>())
}

/// The style of a cell in words; none where it is the terminal's own.
fn style(cell: &Cell) -> String {
    let mut words: Vec<_> = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ]
    .into_iter()
    .filter(|(modifier, _)| cell.modifier.contains(*modifier))
    .map(|(_, word)| word.to_owned())
    .collect();
    let colours = [("", cell.fg), ("on ", cell.bg), ("line ", cell.underline_color)];
    let set = colours.into_iter().filter(|(_, colour)| *colour != Color::Reset);
    words.extend(set.map(|(place, colour)| format!("{place}{colour}")));
    words.join(" ")
}
