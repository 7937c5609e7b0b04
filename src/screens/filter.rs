//! What a filter means: words that must all be there, some of them in one column.

use memchr::memchr2_iter;
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

    /// Whether it looks at what changes by time alone.
    #[must_use]
    pub fn needs_time(&self, kind: Kind) -> bool {
        self.words.iter().any(|word| word.column.is_some_and(|at| columns(kind)[at].ages))
    }

    /// Whether what it finds is among what `wider` finds, whatever the rows are: it is the
    /// same filter with more typed.
    #[must_use]
    pub fn narrows(&self, wider: &Self) -> bool {
        wider.words.iter().all(|wide| self.words.iter().any(|word| word.narrows(wide)))
    }

    /// What finds it, to be made ready once for many rows.
    #[must_use]
    pub fn finder(&self, kind: Kind) -> RowFinder<'_> {
        let words = self.words.iter().map(|word| (word, Finder::new(word.needle())));
        RowFinder { kind, words: words.collect() }
    }

    /// What is to be marked in a column's cells: as typed, and whether case matters.
    pub fn marked_in(&self, kind: Kind, column: &Column) -> impl Iterator<Item = (&str, bool)> {
        self.words
            .iter()
            .filter(move |word| word.column.is_none_or(|at| columns(kind)[at].name == column.name))
            .map(|word| (word.needle(), word.exact))
    }
}

/// Finds the rows that a query means.
#[derive(Debug)]
pub struct RowFinder<'q> {
    kind: Kind,
    words: Vec<(&'q Word, Finder<'q>)>,
}

impl RowFinder<'_> {
    /// Which words stand in some texts: each as it is, and in lower case.
    #[must_use]
    pub fn words_in(&self, texts: &str) -> Vec<bool> {
        let finders = self.words.iter().map(|(_, finder)| finder);
        finders.map(|finder| finder.find(texts.as_bytes()).is_some()).collect()
    }

    /// Whether a row has every word. `texts`: those of its own, `in_roles`: which words stand
    /// in those of its roles.
    #[must_use]
    pub fn finds(&self, row: &Row, texts: &str, in_roles: &[bool], lens: &Lens<'_>) -> bool {
        self.words.iter().zip(in_roles).all(|((word, finder), &in_roles)| match word.column {
            Some(at) => word.is_told_by(&(columns(self.kind)[at].cell)(row, lens)),
            None => in_roles || finder.find(texts.as_bytes()).is_some(),
        })
    }
}

impl Word {
    /// What is looked for. A letter in upper case stands only in texts as they are.
    fn needle(&self) -> &str {
        if self.exact { &self.text } else { &self.folded }
    }

    /// Whether no row has it that has not `wide`.
    fn narrows(&self, wide: &Self) -> bool {
        // A mark is found by how its word begins.
        let has: fn(&str, &str) -> bool = match wide.column {
            Some(_) => |text, begin| text.starts_with(begin),
            None => |text, part| text.contains(part),
        };
        self.column == wide.column
            && has(&self.folded, &wide.folded)
            && (!wide.exact || (self.exact && has(&self.text, &wide.text)))
    }

    /// By a cell's text, or by what its mark means.
    fn is_told_by(&self, cell: &Cell<'_>) -> bool {
        let mark = cell.mark.map_or("", theme::word);
        self.is_in(&cell.text) || mark.starts_with(&self.folded)
    }

    fn is_in(&self, text: &str) -> bool {
        if self.exact {
            text.contains(&self.text)
        } else if text.is_ascii() {
            has_ignoring_case(text.as_bytes(), self.folded.as_bytes())
        } else {
            text.to_lowercase().contains(&self.folded)
        }
    }
}

/// Whether `text` has `part`, which is in lower case, in it, both of ASCII.
fn has_ignoring_case(text: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    memchr2_iter(*first, first.to_ascii_uppercase(), text)
        .filter_map(|at| text.get(at..at + part.len()))
        .any(|there| there.eq_ignore_ascii_case(part))
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
            ("name:a", "name:ab", true),
            ("name:a", "name:ba", false),
            ("name:a", "secret:ab", false),
            ("name:A", "name:ab", false),
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
