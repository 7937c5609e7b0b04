//! How a table of the file is read: by the entries that are known in it, each of which
//! reads its own value.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::atlas::Clean;
use crate::config::look::Word;
use crate::rules::nearest::did_you_mean;
use crate::rules::wrong::Wrong;

/// A value, and where the lines of its text end.
#[derive(Clone, Copy)]
pub(in crate::config) struct Value<'a> {
    /// Which line of the text it begins in, from 1.
    pub line: usize,
    held: &'a DeValue<'a>,
    breaks: &'a [usize],
}

/// An entry of a table, and how it is read into what the table makes.
pub(super) struct Entry<T> {
    pub name: &'static str,
    pub read: fn(&mut T, Value<'_>) -> Result<(), Vec<Wrong>>,
}

/// So that what has one thing wrong with it and what has many are told alike.
impl From<Wrong> for Vec<Wrong> {
    fn from(wrong: Wrong) -> Self {
        vec![wrong]
    }
}

/// Puts what was read into its place.
pub(super) fn put<T>(
    place: &mut T,
    read: Result<T, impl Into<Vec<Wrong>>>,
) -> Result<(), Vec<Wrong>> {
    *place = read.map_err(Into::into)?;
    Ok(())
}

/// Reads a text into what its entries make. Everything that is wrong is told, and what is
/// right is taken; of a text that is no table at all, nothing is.
pub(super) fn read<T>(text: &str, entries: &[&Entry<T>], into: &mut T) -> Result<(), Vec<Wrong>> {
    let breaks: Vec<_> = text.match_indices('\n').map(|(at, _)| at).collect();
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return read_entries(named(table.get_ref(), &breaks), entries, into);
    }
    let wrong = |error: toml::de::Error| Wrong {
        line: line_of(&breaks, error.span().map_or(0, |span| span.start)),
        what: error.message().to_owned(),
    };
    let mut wrong: Vec<_> = errors.into_iter().map(wrong).collect();
    // What follows in a line that is not understood is not worth a word.
    wrong.sort_by_key(|wrong| wrong.line);
    wrong.dedup_by_key(|wrong| wrong.line);
    Err(wrong)
}

fn read_entries<'a, T>(
    all: Vec<(&'a str, Value<'a>)>,
    entries: &[&Entry<T>],
    into: &mut T,
) -> Result<(), Vec<Wrong>> {
    each(all, |name, value| {
        let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
            let names: Vec<_> = entries.iter().map(|entry| entry.name).collect();
            let near = did_you_mean(name, &names);
            return Ok(value.is_wrong(&format!("`{}` is not known; {near}", Clean::new(name)))?);
        };
        (entry.read)(into, value).map_err(|wrong| of(name, wrong))
    })
}

/// The same, said of an entry.
fn of(name: &str, wrong: Vec<Wrong>) -> Vec<Wrong> {
    let name = Clean::new(name);
    let said = |Wrong { line, what }| Wrong { line, what: format!("`{name}`: {what}") };
    wrong.into_iter().map(said).collect()
}

/// Goes through all of them, whatever is wrong with some, and tells all of that.
fn each<'a>(
    all: Vec<(&'a str, Value<'a>)>,
    mut read: impl FnMut(&'a str, Value<'a>) -> Result<(), Vec<Wrong>>,
) -> Result<(), Vec<Wrong>> {
    let read = all.into_iter().filter_map(|(name, value)| read(name, value).err());
    let wrong: Vec<_> = read.flatten().collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn line_of(breaks: &[usize], at: usize) -> usize {
    breaks.partition_point(|end| *end < at) + 1
}

/// What stands in a table, in the order of the file, each in the line of its name.
fn named<'a>(table: &'a DeTable<'a>, breaks: &'a [usize]) -> Vec<(&'a str, Value<'a>)> {
    let mut all: Vec<_> = table.iter().collect();
    all.sort_by_key(|(name, _)| name.span().start);
    let value = |(name, value): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
        let line = line_of(breaks, name.span().start);
        (&**name.get_ref(), Value { line, held: value.get_ref(), breaks })
    };
    all.into_iter().map(value).collect()
}

impl<'a> Value<'a> {
    /// Reads what stands in this table, in the order of the file, each in the line of its
    /// name. What is wrong with one keeps none from being read.
    pub fn each(
        self,
        mut read: impl FnMut(&'a str, Value<'a>) -> Result<(), Vec<Wrong>>,
    ) -> Result<(), Vec<Wrong>> {
        each(self.named()?, |name, value| read(name, value).map_err(|wrong| of(name, wrong)))
    }

    fn named(self) -> Result<Vec<(&'a str, Value<'a>)>, Wrong> {
        match self.held.as_table() {
            Some(table) => Ok(named(table, self.breaks)),
            None => self.is_not("a table"),
        }
    }

    /// Reads this table into what its entries make.
    pub(super) fn read<T>(self, entries: &[&Entry<T>], into: &mut T) -> Result<(), Vec<Wrong>> {
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
            line: line_of(self.breaks, item.span().start),
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
