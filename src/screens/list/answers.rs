//! Why the row under the cursor answers to the filter, where that cannot be seen, and what
//! the filter does not mean. Filters nothing itself.

use super::body::cut;
use super::pane::Pane;
use crate::app::identity::{Identity, Kind};
use crate::app::listing::Row;
use crate::app::state::State;
use crate::atlas::Role;
use crate::rules::nearest::nearest;
use crate::screens::columns::{Lens, columns, layout, named};

/// What is to be known about the filter just now, in few words.
pub(super) fn about_filter(pane: &Pane, state: &State) -> Option<String> {
    no_such_column(pane.kind, pane.filter.value()).or_else(|| {
        let hidden = hidden_matches(pane, state);
        (!hidden.is_empty()).then(|| format!("matches in: {}", hidden.join(", ")))
    })
}

/// That a word before a colon is no column's name; an address has colons too.
pub(super) fn no_such_column(kind: Kind, typed: &str) -> Option<String> {
    let is_one = |name: &str, value: &str| {
        name.chars().all(char::is_alphabetic) && !value.starts_with([':', '/']) && !value.is_empty()
    };
    let words = typed.split_whitespace().filter_map(|word| word.split_once(':'));
    let mut odd = words.filter(|(name, value)| is_one(name, value) && named(kind, name).is_none());
    let (name, _) = odd.find(|(name, _)| !name.is_empty())?;
    let near = nearest(name, columns(kind).iter().map(|column| column.name));
    let near = near.map(|near| format!(": did you mean {near}?")).unwrap_or_default();
    Some(format!("no column {name}{near}"))
}

/// The columns in which the row under the cursor has a word that stands nowhere in what is
/// drawn of it.
fn hidden_matches(pane: &Pane, state: &State) -> Vec<&'static str> {
    let lens = Lens::of(state).zip(pane.row(state, pane.scroll.cursor));
    let Some((lens, row)) = lens else { return Vec::new() };
    let drawn = layout(pane.kind, state.size.width).into_iter().map(|(column, width)| {
        let cell = (column.cell)(row, &lens);
        cut(column, &cell, usize::from(width), state.theme()).text.to_owned()
    });
    let drawn: Vec<_> = drawn.collect();
    let all = columns(pane.kind);
    // Who names a column knows where the word stands.
    let names_none = |word: &(&str, bool)| {
        all.iter().all(|column| pane.query.marked_in(pane.kind, column).any(|it| it == *word))
    };
    let in_sight = |word: &(&str, bool)| drawn.iter().any(|text| stands_in(text, *word));
    let words = pane.query.marked_in(pane.kind, &all[0]).filter(names_none);
    let words: Vec<_> = words.filter(|word| !in_sight(word)).collect();
    let hidden = all.iter().filter(|column| {
        let cell = (column.cell)(row, &lens);
        let texts = texts(row, column.name, &cell.text);
        words.iter().any(|word| texts.iter().any(|text| stands_in(text, *word)))
    });
    hidden.map(|column| column.name).collect()
}

/// What a word is looked for in: roles are found by their whole names, and a key by its id.
fn texts<'a>(row: &'a Row, column: &str, shown: &'a str) -> Vec<&'a str> {
    let more: Vec<&'a str> = match (column, &row.identity) {
        ("roles", identity) => {
            let roles = identity.roles().known().into_iter().flat_map(|roles| roles.iter());
            roles.map(Role::label).collect()
        }
        ("key", Identity::ApiKey(key)) => vec![key.id.as_str()],
        _ => Vec::new(),
    };
    std::iter::once(shown).chain(more).collect()
}

fn stands_in(text: &str, (word, exact): (&str, bool)) -> bool {
    if exact { text.contains(word) } else { text.to_lowercase().contains(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_before_a_colon_that_is_no_columns_is_told_with_the_one_that_was_meant() {
        for (typed, told) in [
            ("foo:bar", Some("no column foo")),
            ("prod rolse:owner", Some("no column rolse: did you mean roles?")),
            ("desciption:x", Some("no column desciption: did you mean description?")),
            ("role:owner list:empty NAME:x", None),
            ("2001:db8::1", None),
            ("fe::1", None),
            ("https://x", None),
            ("foo:", None),
            (":x", None),
            ("prod", None),
        ] {
            let found = no_such_column(Kind::ServiceAccounts, typed);
            assert_eq!(found.as_deref(), told, "{typed}");
        }
        let told = no_such_column(Kind::ApiKeys, "secret:soon");
        assert_eq!(told.as_deref(), Some("no column secret"), "keys have none");
    }
}
