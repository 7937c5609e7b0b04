//! Lines that stand elsewhere in the next picture, as those of a list that scrolls: moving
//! them costs a few bytes, where writing them anew costs thousands, which counts over ssh.
//! Knows no terminal.
//!
//! Lines are taken out and put in (DL and IL, of the VT102): every terminal knows both, and
//! unlike a scrolling region they leave nothing behind that a program which dies in the
//! middle would have to take back.

use std::fmt;

use crossterm::{Command, cursor::MoveTo};
use ratatui::buffer::{Buffer, Cell};

/// Where so few lines change, nothing has scrolled.
const FEW: usize = 4;

/// A block of lines that moves up or down as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    /// The first line of the block, after the move and in `by` before it.
    first: u16,
    /// How many lines it has.
    count: u16,
    /// By how many lines it moves.
    by: u16,
    up: bool,
}

impl Move {
    /// The move that saves most, where one does. `changed`: the lines that differ, from
    /// the top.
    pub fn between(shown: &Buffer, next: &Buffer, changed: &[u16]) -> Option<Self> {
        let (first, last) = (*changed.first()?, *changed.last()?);
        if changed.len() < FEW {
            return None;
        }
        let most = (last - first) / 2;
        let probes = [1, 2, 3].map(|quarter| changed[changed.len() * quarter / 4]);
        let ways = (1..=most).flat_map(|by| [(by, true), (by, false)]);
        let moves = ways.filter_map(|(by, up)| {
            let is_moved = |&y: &u16| {
                let before = if up { y.checked_add(by) } else { y.checked_sub(by) };
                before.is_some_and(|before| {
                    (first..=last).contains(&before) && line(next, y) == line(shown, before)
                })
            };
            // All lines are compared only where one of a few says so: names that follow one
            // another differ late in their lines.
            probes.iter().any(is_moved).then_some(())?;
            let moved: Vec<u16> = changed.iter().copied().filter(is_moved).collect();
            let (top, end) = (*moved.first()?, *moved.last()?);
            // As many lines have to be written where the block was, and those of it that
            // are other ones now.
            let saved = moved.len().checked_sub(usize::from(by))?;
            (saved >= FEW / 2).then_some((saved, Self { first: top, count: end - top + 1, by, up }))
        });
        moves.max_by_key(|(saved, _)| *saved).map(|(_, best)| best)
    }

    /// Moves them in what is on the screen; the lines that come in are empty.
    pub fn apply(self, shown: &mut Buffer) {
        let columns = usize::from(shown.area.width);
        let top = if self.up { self.first } else { self.first - self.by };
        let start = usize::from(top - shown.area.y) * columns;
        let lines = usize::from(self.count + self.by) * columns;
        let (block, gap) = (&mut shown.content[start..][..lines], usize::from(self.by) * columns);
        if self.up {
            block.rotate_left(gap);
            block[lines - gap..].fill(Cell::EMPTY);
        } else {
            block.rotate_right(gap);
            block[..gap].fill(Cell::EMPTY);
        }
    }
}

/// Moves them on a terminal. What stands below the block is back in its place afterwards.
impl Command for Move {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let Self { first, count, by, up } = *self;
        let (out, back) =
            if up { (first, first + count) } else { (first + count - by, first - by) };
        MoveTo(0, out).write_ansi(f)?;
        write!(f, "\x1b[{by}M")?;
        MoveTo(0, back).write_ansi(f)?;
        write!(f, "\x1b[{by}L")
    }
}

fn line(buf: &Buffer, y: u16) -> &[Cell] {
    super::canvas::row_of(buf, y)
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn picture(lines: &[&str]) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, lines.len().try_into().expect("few")));
        for (y, text) in (0..).zip(lines) {
            buf.set_string(0, y, text, Style::new());
        }
        buf
    }

    fn between(shown: &[&str], next: &[&str]) -> Option<Move> {
        let (shown, next) = (picture(shown), picture(next));
        let changed = (0..next.area.height).filter(|&y| line(&shown, y) != line(&next, y));
        Move::between(&shown, &next, &changed.collect::<Vec<_>>())
    }

    const LIST: [&str; 9] = ["head", "a", "b", "c", "d", "e", "f", "g", "foot"];

    #[test]
    fn a_list_that_scrolls_is_found_with_its_cursor_and_its_new_lines() {
        let up = ["head", "b", "c", "d", "e", "f", "G", "> h", "foot"];
        let found = Move { first: 1, count: 5, by: 1, up: true };
        assert_eq!(between(&LIST, &up), Some(found));
        let down = ["head", "> y", "A", "b", "c", "d", "e", "f", "foot"];
        let found = Move { first: 3, count: 5, by: 1, up: false };
        assert_eq!(between(&LIST, &down), Some(found));
    }

    #[test]
    fn what_saves_nothing_is_written_as_it_is() {
        for next in [
            LIST,
            ["head", "b", "a", "c", "d", "e", "f", "g", "foot"],
            ["head", "1", "2", "3", "4", "5", "6", "7", "foot"],
            ["head", "e", "f", "g", "1", "2", "3", "4", "foot"],
        ] {
            assert_eq!(between(&LIST, &next), None, "{next:?}");
        }
    }

    proptest::proptest! {
        /// A terminal that moves them shows what we think it shows, wherever they are.
        #[test]
        fn the_screen_and_its_picture_move_alike(
            first in 1_u16..12, count in 1_u16..8, by in 1_u16..6, up: bool,
        ) {
            let lines: Vec<String> = (0..30).map(|line| format!("line {line}")).collect();
            let mut shown = picture(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let first = if up { first } else { first + by };
            let moved = Move { first, count, by, up };
            let rows = 30.try_into().expect("rows");
            let mut screen = vt100::Parser::new(rows, 8.try_into().expect("columns"), 0);
            screen.process(lines.join("\r\n").as_bytes());
            let mut bytes = String::new();
            moved.write_ansi(&mut bytes).expect("written");
            screen.process(bytes.as_bytes());
            moved.apply(&mut shown);
            let texts: Vec<String> = (0..30)
                .map(|y| line(&shown, y).iter().map(Cell::symbol).collect::<String>())
                .map(|text| text.trim_end().to_owned())
                .collect();
            proptest::prop_assert_eq!(
                texts.join("\n").trim_end().to_owned(),
                screen.screen().contents().trim_end().to_owned()
            );
        }
    }
}
