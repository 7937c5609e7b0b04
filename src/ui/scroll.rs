//! A cursor over rows and the window in which it is seen.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::app::keys::Action;

/// Which row has the cursor, and which row is the first in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The row under the cursor.
    pub cursor: usize,
    /// The first row in sight.
    pub offset: usize,
}

impl Scroll {
    /// Moves the cursor by so many rows and stays within `len`.
    pub fn by(&mut self, rows: isize, len: usize) {
        self.cursor = self.cursor.saturating_add_signed(rows).min(len.saturating_sub(1));
    }

    /// Moves the cursor to a row, within `len`.
    pub fn to(&mut self, row: usize, len: usize) {
        self.cursor = row.min(len.saturating_sub(1));
    }

    /// Moves the cursor by a key, over `len` rows of which `height` are in sight; whether
    /// the key was one that does.
    pub fn act(&mut self, action: Action, len: usize, height: usize) -> bool {
        let half = isize::try_from(height.div_ceil(2)).unwrap_or(isize::MAX);
        match action {
            Action::Up => self.by(-1, len),
            Action::Down => self.by(1, len),
            Action::HalfPageUp => self.by(-half, len),
            Action::HalfPageDown => self.by(half, len),
            Action::First => self.to(0, len),
            Action::Last => self.to(usize::MAX, len),
            _ => return false,
        }
        true
    }

    /// Moves the window by a key, where there is no cursor, over `len` lines of which
    /// `height` are in sight.
    pub fn shift(&mut self, action: Action, len: usize, height: usize) {
        let (at, most) = (self.offset, len.saturating_sub(height));
        self.offset = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => (at + 1).min(most),
            Action::HalfPageUp => at.saturating_sub(height / 2),
            Action::HalfPageDown => (at + height / 2).min(most),
            Action::First => 0,
            Action::Last => most,
            _ => at,
        };
    }

    /// Moves the window as little as needed so that the cursor is in sight and no
    /// room is wasted below the last row.
    pub fn follow(&mut self, len: usize, height: usize) {
        self.cursor = self.cursor.min(len.saturating_sub(1));
        let height = height.max(1);
        self.offset = self
            .offset
            .min(self.cursor)
            .max((self.cursor + 1).saturating_sub(height))
            .min(len.saturating_sub(height));
    }

    /// Puts the cursor on the row that is drawn at a place of the screen, where `area`
    /// shows one row in each line; whether it stood there before. `None`: no row is there.
    pub fn point(&mut self, at: Position, area: Rect, len: usize) -> Option<bool> {
        let row = self.offset + usize::from(at.y.checked_sub(area.y)?);
        if !area.contains(at) || row >= len {
            return None;
        }
        let before = std::mem::replace(&mut self.cursor, row);
        Some(before == row)
    }

    /// The rows in sight.
    #[must_use]
    pub fn window(&self, len: usize, height: usize) -> Range<usize> {
        let end = (self.offset + height).min(len);
        self.offset.min(end)..end
    }
}

/// The part of an area that shows rows: so many lines below so many others.
#[must_use]
pub fn rows(area: Rect, above: u16, lines: usize) -> Rect {
    let left = area.height.saturating_sub(above);
    Rect { y: area.y + above, height: u16::try_from(lines).unwrap_or(u16::MAX).min(left), ..area }
}

/// `3-9 of 20`: what is in sight, where that is not everything.
#[must_use]
pub fn in_sight(window: &Range<usize>, len: usize) -> String {
    if window.len() < len {
        format!("{}-{} of {len}", window.start + 1, window.end)
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_cursor_is_always_in_sight(
            cursor in 0usize..50, offset in 0usize..50, len in 0usize..40, height in 1usize..30,
        ) {
            let mut scroll = Scroll { cursor, offset };
            scroll.follow(len, height);
            let window = scroll.window(len, height);
            proptest::prop_assert_eq!(window.len(), len.min(height));
            proptest::prop_assert!(len == 0 || window.contains(&scroll.cursor));
        }
    }
}
