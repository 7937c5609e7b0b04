//! A screen as a picture: the real cells, with their styles, as SVG.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The picture of a screen.
pub fn svg(buf: &Buffer) -> String {
    anstyle_svg::Term::new().render_svg(&ansi(buf))
}

/// The screen as text with the terminal's own escape sequences.
fn ansi(buf: &Buffer) -> String {
    let width = usize::from(buf.area.width).max(1);
    let mut text = String::new();
    for line in buf.content.chunks(width) {
        let mut style = String::new();
        for cell in line {
            let next = codes(cell);
            if next != style {
                let _ = write!(text, "\x1b[0{next}m");
                style = next;
            }
            text.push_str(cell.symbol());
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

fn codes(cell: &Cell) -> String {
    let mut codes = String::new();
    for (modifier, code) in [
        (Modifier::BOLD, ";1"),
        (Modifier::DIM, ";2"),
        (Modifier::UNDERLINED, ";4"),
        (Modifier::REVERSED, ";7"),
    ] {
        if cell.modifier.contains(modifier) {
            codes.push_str(code);
        }
    }
    let colour = match cell.fg {
        Color::Red => ";31",
        Color::Green => ";32",
        Color::Magenta => ";35",
        _ => "",
    };
    codes.push_str(colour);
    codes
}
