//! How a table of the file is read: by the entries that are known in it, each of which
//! reads its own value.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::atlas::Clean;
use crate::config::look::Word;
use crate::rules::nearest::did_you_mean;

/// A value, and the text that it stands in.
#[derive(Clone, Copy)]
pub(in crate::config) struct Value<'a> {
    /// Which line of the text it begins in, from 1.
    pub line: usize,
    held: &'a DeValue<'a>,
    text: &'a str,
}

/// What is wrong, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) struct Wrong {
    pub line: usize,
    pub what: String,
}

/// An entry of a table, and how it is read into what the table makes.
pub(super) struct Entry<T> {
    pub name: &'static str,
    pub read: fn(&mut T, Value<'_>) -> Result<(), Wrong>,
}

impl Wrong {
    /// The same, said of an entry.
    pub fn of(self, name: &str) -> Self {
        Self { what: format!("`{}`: {}", Clean::new(name), self.what), ..self }
    }

    /// What is wrong and where, in a sentence.
    pub fn told(&self) -> String {
        let end = if self.what.ends_with(['.', '?']) { "" } else { "." };
        format!("line {}: {}{end}", self.line, self.what)
    }
}

/// Puts what was read into its place.
pub(super) fn put<T>(place: &mut T, read: Result<T, Wrong>) -> Result<(), Wrong> {
    *place = read?;
    Ok(())
}

/// Reads a text into what its entries make; the first thing that is wrong is told.
pub(super) fn read<T>(text: &str, entries: &[&Entry<T>], into: &mut T) -> Result<(), Wrong> {
    let table = DeTable::parse(text).map_err(|error| Wrong {
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        what: error.message().to_owned(),
    })?;
    read_entries(named(table.get_ref(), text), entries, into)
}

fn read_entries<'a, T>(
    all: Vec<(&'a str, Value<'a>)>,
    entries: &[&Entry<T>],
    into: &mut T,
) -> Result<(), Wrong> {
    for (name, value) in all {
        let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
            let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
            let near = did_you_mean(name, &names);
            return value.is_wrong(&format!("`{}` is not known; {near}", Clean::new(name)));
        };
        (entry.read)(into, value).map_err(|wrong| wrong.of(name))?;
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// What stands in a table, in the order of the file, each in the line of its name.
fn named<'a>(table: &'a DeTable<'a>, text: &'a str) -> Vec<(&'a str, Value<'a>)> {
    let mut all: Vec<_> = table.iter().collect();
    all.sort_by_key(|(name, _)| name.span().start);
    let value = |(name, value): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
        let line = line_of(text, name.span().start);
        (&**name.get_ref(), Value { line, held: value.get_ref(), text })
    };
    all.into_iter().map(value).collect()
}

impl<'a> Value<'a> {
    /// What stands in this table, in the order of the file, each in the line of its name.
    pub fn named(self) -> Result<Vec<(&'a str, Value<'a>)>, Wrong> {
        match self.held.as_table() {
            Some(table) => Ok(named(table, self.text)),
            None => self.is_not("a table"),
        }
    }

    /// Reads this table into what its entries make.
    pub(super) fn read<T>(self, entries: &[&Entry<T>], into: &mut T) -> Result<(), Wrong> {
        read_entries(self.named()?, entries, into)
    }

    /// A text.
    pub fn text(self) -> Result<&'a str, Wrong> {
        self.held.as_str().map_or_else(|| self.is_not("a text in quotes"), Ok)
    }

    /// A word, in the line of this value.
    pub fn word(self, text: &str) -> Word {
        Word { text: text.to_owned(), line: self.line }
    }

    /// A list of texts.
    pub fn texts(self) -> Result<Vec<String>, Wrong> {
        let Some(list) = self.held.as_array() else {
            return self.is_not("a list of texts, in brackets");
        };
        let value = |item: &'a Spanned<DeValue<'a>>| Value {
            line: line_of(self.text, item.span().start),
            held: item.get_ref(),
            ..self
        };
        list.iter().map(|item| value(item).text().map(str::to_owned)).collect()
    }

    /// Yes or no.
    pub fn flag(self) -> Result<bool, Wrong> {
        self.held.as_bool().map_or_else(|| self.is_not("true or false"), Ok)
    }

    /// A number from 0, if it is one.
    pub fn number(self) -> Option<u64> {
        let number = self.held.as_integer()?;
        u64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// What one of these words stands for.
    pub fn choice<C: Copy>(self, choices: &[(&str, C)]) -> Result<C, Wrong> {
        let word = self.text()?;
        if let Some((_, meant)) = choices.iter().find(|(name, _)| *name == word) {
            return Ok(*meant);
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let near = did_you_mean(word, &names);
        self.is_wrong(&format!("\"{}\" is not known; {near}", Clean::new(word)))
    }

    /// Something is wrong with it.
    pub fn is_wrong<T>(self, what: &str) -> Result<T, Wrong> {
        Err(Wrong { line: self.line, what: what.to_owned() })
    }

    fn is_not<T>(self, wanted: &str) -> Result<T, Wrong> {
        let kind = match self.held {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.is_wrong(&format!("this is {kind}; it takes {wanted}"))
    }
}
