//! What a filter means: words that must all be there, some of them in one column.

use memchr::memmem::Finder;

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

    /// Whether what it finds is among what `wider` finds, whatever the rows are: it is the
    /// same filter with more typed.
    #[must_use]
    pub fn narrows(&self, wider: &Self) -> bool {
        wider.words.iter().all(|wide| self.words.iter().any(|word| word.narrows(wide)))
    }

    /// The search for it, to be made ready once for all rows.
    #[must_use]
    pub fn search(&self, kind: Kind) -> Search<'_> {
        let words = self.words.iter().map(|word| (word, Finder::new(&word.folded)));
        Search { kind, words: words.collect() }
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

/// A search through many rows.
#[derive(Debug)]
pub struct Search<'q> {
    kind: Kind,
    words: Vec<(&'q Word, Finder<'q>)>,
}

impl Search<'_> {
    /// Whether a row has every word. `folded`: its texts in lower case.
    #[must_use]
    pub fn finds(&self, row: &Row, folded: &str, lens: &Lens<'_>) -> bool {
        self.words.iter().all(|(word, finder)| match word.column {
            Some(at) => word.is_told_by(&(columns(self.kind)[at].cell)(row, lens)),
            None => {
                finder.find(folded.as_bytes()).is_some()
                    && (!word.exact || row.identity.texts().any(|text| text.contains(&word.text)))
            }
        })
    }
}

impl Word {
    /// Whether no row has it that has not `wide`. A mark's word is found only whole.
    fn narrows(&self, wide: &Self) -> bool {
        let plain = wide.column.is_none() && self.column.is_none();
        let narrower = self.folded.contains(&wide.folded)
            && (!wide.exact || (self.exact && self.text.contains(&wide.text)));
        self == wide || (plain && narrower)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_with_more_typed_narrows_and_nothing_else_does() {
        let table = [
            ("pro", "prod", true),
            ("prod", "prod eu", true),
            ("od", "prod", true),
            ("", "a", true),
            ("a b", "b a", true),
            ("prod", "pro", false),
            ("prod", "Prod", true),
            ("Prod", "prod", false),
            ("Prod", "PProd", true),
            ("name:a", "name:a b", true),
            ("name:a", "name:ab", false),
            ("a", "name:a", false),
            ("a b", "ab", true),
            ("a b", "ac", false),
        ];
        for (wide, typed, narrows) in table {
            let parse = |typed| Query::parse(Kind::ServiceAccounts, typed);
            assert_eq!(parse(typed).narrows(&parse(wide)), narrows, "{wide:?}, then {typed:?}");
        }
    }
}
