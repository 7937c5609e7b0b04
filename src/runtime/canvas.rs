//! What is on the screen and what will be, and the bytes that lead from the one to the
//! other. Knows no terminal: only where the bytes go.

use std::io::{self, Write};

use crossterm::clipboard::CopyToClipboard;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use ratatui::backend::{Backend, ClearType, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use super::lines::Move;
use crate::atlas::text::is_clean;

/// What stands on the screen where a character came through that must not.
const FOUL: &str = "·";

/// A screen that is drawn on by bytes.
pub struct Canvas<W: Write> {
    backend: CrosstermBackend<W>,
    /// What is on the screen, and what will be: empty between two frames.
    shown: Buffer,
    next: Buffer,
    cursor: Option<Position>,
}

impl<W: Write> Canvas<W> {
    /// A canvas without room, whose bytes go to `out`.
    #[must_use]
    pub fn new(out: W) -> Self {
        let empty = Buffer::empty(Rect::ZERO);
        let backend = CrosstermBackend::new(out);
        Self { backend, shown: empty.clone(), next: empty, cursor: None }
    }

    /// The size for which it is drawn on, in columns and rows.
    #[must_use]
    pub fn size(&self) -> Size {
        self.shown.area.as_size()
    }

    /// Where the bytes go.
    pub fn out(&mut self) -> &mut impl Write {
        &mut self.backend
    }

    /// Clears the screen, which has this size now: the next frame is drawn whole.
    ///
    /// # Errors
    /// Where the bytes cannot be written.
    pub fn clear(&mut self, size: Size) -> io::Result<()> {
        if self.cursor.take().is_some() {
            self.backend.hide_cursor()?;
        }
        self.backend.clear_region(ClearType::All)?;
        for buffer in [&mut self.shown, &mut self.next] {
            *buffer = Buffer::empty(Rect::from((Position::ORIGIN, size)));
        }
        Ok(())
    }

    /// Draws what `view` draws, and writes only what differs from the screen: a
    /// frame that looks the same writes nothing at all.
    ///
    /// # Errors
    /// Where the bytes cannot be written.
    pub fn draw(&mut self, view: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        let cursor = view(&mut self.next);
        let drawn = self.show(cursor);
        // What is no longer on the screen goes at once, not with the next frame: each cell
        // is written over, and what one has given back is wiped.
        self.next.reset();
        drawn
    }

    /// Lets the screen show what `next` holds.
    fn show(&mut self, cursor: Option<Position>) -> io::Result<()> {
        let lines = differing(&self.shown, &self.next);
        let moved = Move::between(&self.shown, &self.next, &lines);
        if let Some(moved) = moved {
            moved.apply(&mut self.shown);
        }
        let mut changes = changes(&self.shown, &self.next);
        let foul = foul(&changes);
        if !foul.is_empty() {
            for place in foul {
                self.next.set_string(place.x, place.y, FOUL, Style::new());
            }
            changes = self::changes(&self.shown, &self.next);
        }
        if moved.is_none() && changes.is_empty() && cursor == self.cursor {
            return Ok(());
        }
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if self.cursor.is_some() {
            self.backend.hide_cursor()?;
        }
        if let Some(moved) = moved {
            queue!(self.backend, moved)?;
        }
        // Where letters with marks lead to is up to the terminal: after them it is told anew
        // where it is.
        for run in changes.split_inclusive(|(_, _, cell)| is_joined(cell)) {
            self.backend.draw(run.iter().copied())?;
        }
        if let Some(position) = cursor {
            self.backend.set_cursor_position(position)?;
            self.backend.show_cursor()?;
        }
        queue!(self.backend, EndSynchronizedUpdate)?;
        Write::flush(&mut self.backend)?;
        self.cursor = cursor;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// Hands text to the terminal's clipboard (OSC 52), which also works over
    /// ssh. Whether the terminal takes it, it does not tell.
    ///
    /// # Errors
    /// Where the bytes cannot be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.backend, CopyToClipboard::to_clipboard_from(text))
    }
}

/// A cell to be written, in its place.
type Change<'a> = (u16, u16, &'a Cell);

/// Where something is that must never come to a terminal. Text from outside is clean where
/// it comes in; this holds should one ever be forgotten.
fn foul(changes: &[Change<'_>]) -> Vec<Position> {
    let foul = changes.iter().filter(|(_, _, cell)| !is_clean(cell.symbol()));
    foul.map(|(x, y, _)| Position::new(*x, *y)).collect()
}

/// The lines in which two pictures differ.
fn differing(shown: &Buffer, next: &Buffer) -> Vec<u16> {
    next.area.rows().map(|row| row.y).filter(|&y| row_of(shown, y) != row_of(next, y)).collect()
}

/// What is to be written. A row with letters that are joined is written whole when it
/// changes: terminals disagree on how wide they are, and what they left beside them must
/// not stay.
fn changes<'a>(shown: &Buffer, next: &'a Buffer) -> Vec<Change<'a>> {
    let (changes, mut all) = (shown.diff(next), Vec::new());
    for row in changes.chunk_by(|one, other| one.1 == other.1) {
        let y = row[0].1;
        if [shown, next].into_iter().any(|buf| row_of(buf, y).iter().any(is_joined)) {
            all.extend(cells(next, y));
        } else {
            all.extend_from_slice(row);
        }
    }
    all
}

/// The cells of a row.
pub(super) fn row_of(buf: &Buffer, y: u16) -> &[Cell] {
    let start = buf.index_of(buf.area.x, y);
    &buf.content[start..][..usize::from(buf.area.width)]
}

/// The same in their places, without those that wide letters cover.
fn cells(buf: &Buffer, y: u16) -> impl Iterator<Item = Change<'_>> {
    let mut x = 0;
    std::iter::from_fn(move || {
        let at = x;
        let cell = buf.cell((at, y))?;
        x += cell.cell_width().max(1);
        Some((at, y, cell))
    })
}

/// Whether a cell holds more than one character: a letter with its marks, a flag.
fn is_joined(cell: &Cell) -> bool {
    cell.symbol().chars().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier};
    use ratatui::text::Line;
    use ratatui::widgets::Widget;

    use super::*;

    /// What is written for these frames of a line each.
    fn written(frames: &[&'static str]) -> String {
        let mut out = Vec::new();
        let mut canvas = Canvas::new(&mut out);
        canvas.clear(Size::new(20, 1)).expect("cleared");
        for text in frames {
            let draw = |buf: &mut Buffer| {
                Line::from(*text).render(buf.area, buf);
                None
            };
            canvas.draw(draw).expect("drawn");
        }
        drop(canvas);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn what_must_not_come_to_a_terminal_does_not_even_if_it_is_drawn() {
        let foul = "a\u{202e}b\u{2066}c";
        let once = written(&[foul]);
        assert!(once.contains("··c"), "{once:?}");
        assert!(is_clean(&once.replace('\u{1b}', "")), "{once:?}");
        assert_eq!(written(&[foul, foul]), once, "a frame that looks the same writes nothing");
    }

    proptest::proptest! {
        /// However a list jumps about, the screen shows the last picture of it, and a
        /// step costs no more than the lines that are new.
        #[test]
        fn a_list_that_scrolls_is_shown_as_it_is(steps in proptest::collection::vec(0_u16..60, 1..12)) {
            let (height, width) = (16, 40);
            let mut screen = vt100::Parser::new(
                height.try_into().expect("rows"), width.try_into().expect("columns"), 0,
            );
            let picture = |at: u16, buf: &mut Buffer| {
                buf.set_string(0, 0, format!("from {at}"), Style::new());
                for y in 1..height - 1 {
                    let row = at + y;
                    let wide = if row.is_multiple_of(7) { "\u{6771}" } else { "line" };
                    let style = Style::new().fg(Color::Indexed(u8::from(row.is_multiple_of(3))));
                    buf.set_string(2, y, format!("{wide} {}", row / 2), style);
                }
                let cursor = Rect::new(0, 1 + at % (height - 2), width, 1);
                buf.set_style(cursor, Style::new().add_modifier(Modifier::REVERSED));
                buf.set_string(0, height - 1, "foot", Style::new());
            };
            let mut out = Vec::new();
            let mut canvas = Canvas::new(&mut out);
            canvas.clear(Size::new(width, height)).expect("cleared");
            for at in &steps {
                canvas.draw(|buf| { picture(*at, buf); None }).expect("drawn");
            }
            drop(canvas);
            screen.process(&out);
            let mut last = Buffer::empty(Rect::new(0, 0, width, height));
            picture(*steps.last().expect("one"), &mut last);
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let (cell, wanted) = (screen.screen().cell(y, x).expect("there"), &last[(x, y)]);
                if cell.is_wide_continuation() {
                    continue;
                }
                let text = if cell.has_contents() { cell.contents() } else { " " };
                proptest::prop_assert_eq!(text, wanted.symbol(), "{} {} of {:?}", x, y, &steps);
                let reversed = wanted.modifier.contains(Modifier::REVERSED);
                proptest::prop_assert_eq!(cell.inverse(), reversed);
                let plain = wanted.fg == Color::Reset;
                proptest::prop_assert_eq!(cell.fgcolor() == vt100::Color::Default, plain);
            }
        }
    }

    #[test]
    fn a_line_that_scrolls_in_is_all_that_is_written() {
        let written = |from: usize| {
            let mut out = Vec::new();
            let mut canvas = Canvas::new(&mut out);
            canvas.clear(Size::new(100, 30)).expect("cleared");
            for from in [0, from] {
                let draw = |buf: &mut Buffer| {
                    for y in 0..30 {
                        let text = (7_919 * (from + usize::from(y) + 1_000)).to_string().repeat(12);
                        buf.set_string(0, y, text, Style::new());
                    }
                    None
                };
                canvas.draw(draw).expect("drawn");
            }
            drop(canvas);
            out.len()
        };
        let whole = written(0);
        assert!(whole > 2_700 && written(1) - whole < 250, "{whole}, {}", written(1));
    }

    #[test]
    fn after_letters_with_marks_the_place_is_told_anew() {
        let written = written(&["e\u{301}clair"]);
        let after = written.split("e\u{301}").nth(1).expect("it is written");
        assert!(after.contains("\u{1b}[1;2Hc"), "{written:?}");
        assert!(after.contains("\u{1b}[1;2Hclair"), "{written:?}");
    }
}
