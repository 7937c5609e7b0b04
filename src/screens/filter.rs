//! What a filter means: words that must all be there, some of them in one column.

use super::columns::{Cell, Column, Lens, columns, named};
use crate::app::identity::Kind;
use crate::app::listing::Row;
use crate::ui::theme;

/// A filter as it was typed, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// As typed, without the column.
    text: String,
    folded: String,
    /// Upper-case letters were typed: case matters.
    exact: bool,
    /// The place of its column, where one was named.
    column: Option<usize>,
}

impl Query {
    /// Takes a filter apart: words between spaces, `column:value` where the
    /// beginning of a column's name stands before the colon.
    #[must_use]
    pub fn parse(kind: Kind, typed: &str) -> Self {
        let word = |typed: &str| {
            let (column, text) = match typed.split_once(':') {
                Some((name, value)) if !name.is_empty() => match named(kind, name) {
                    Some(column) => (Some(column), value),
                    None => (None, typed),
                },
                _ => (None, typed),
            };
            let exact = text.chars().any(char::is_uppercase);
            Word { text: text.into(), folded: text.to_lowercase(), exact, column }
        };
        let words = typed.split_whitespace().map(word).filter(|word| !word.text.is_empty());
        Self { words: words.collect() }
    }

    /// Nothing is asked for: every row is right.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it looks at what is read row by row, behind the list.
    #[must_use]
    pub fn needs_details(&self, kind: Kind) -> bool {
        self.words.iter().any(|word| word.column.is_some_and(|at| columns(kind)[at].details))
    }

    /// Whether it looks at what changes by time alone.
    #[must_use]
    pub fn needs_time(&self, kind: Kind) -> bool {
        self.words.iter().any(|word| word.column.is_some_and(|at| columns(kind)[at].ages))
    }

    /// Whether a row has every word.
    #[must_use]
    pub fn matches(&self, kind: Kind, row: &Row, lens: &Lens<'_>) -> bool {
        self.words.iter().all(|word| word.matches(kind, row, lens))
    }

    /// What is to be marked in a column's cells: as typed, and whether case matters.
    pub fn marked_in(&self, kind: Kind, column: &Column) -> impl Iterator<Item = (&str, bool)> {
        self.words
            .iter()
            .filter(move |word| word.column.is_none_or(|at| columns(kind)[at].name == column.name))
            .map(|word| {
                let text = if word.exact { &word.text } else { &word.folded };
                (text.as_str(), word.exact)
            })
    }
}

impl Word {
    fn matches(&self, kind: Kind, row: &Row, lens: &Lens<'_>) -> bool {
        match self.column {
            Some(at) => self.is_told_by(&(columns(kind)[at].cell)(row, lens)),
            None if !row.mentions(&self.folded) => false,
            None if !self.exact => true,
            None => row.mentions_exactly(&self.text),
        }
    }

    /// By a cell's text, or by what its mark means.
    fn is_told_by(&self, cell: &Cell<'_>) -> bool {
        let mark = cell.mark.map_or("", theme::word);
        self.is_in(&cell.text) || mark == self.folded
    }

    fn is_in(&self, text: &str) -> bool {
        if self.exact {
            text.contains(&self.text)
        } else {
            text.to_lowercase().contains(&self.folded)
        }
    }
}
