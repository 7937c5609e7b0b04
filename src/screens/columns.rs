//! The columns of both lists, as data: what each shows, from which width on, and
//! how rows are ordered by it.

use std::cmp::Ordering;
use std::ops::Deref;

use compact_str::{CompactString, ToCompactString, format_compact};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::identity::{Identity, Kind};
use crate::app::listing::Row;
use crate::app::org::Org;
use crate::app::state::State;
use crate::atlas::text::BLANK;
use crate::atlas::{Clean, Field, ServiceAccount};
use crate::rules::health::{Mark, Reach, SecretState};
use crate::rules::rotation::Trial;
use crate::ui::when;

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Always so many columns.
    Fixed(u16),
    /// A share of what is left, by weight.
    Share(u16),
}

/// A text that is drawn: a row's own, or one that is made for it. That is short and needs no
/// memory of its own: cells are made for every frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text<'a> {
    /// A row's own, or one that is always the same.
    Of(&'a str),
    /// Made for the cell.
    Made(CompactString),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Of(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// What one cell shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The mark before the text.
    pub mark: Option<Mark>,
    /// The text.
    pub text: Text<'a>,
    /// A word after it that stays where the text is cut.
    pub note: &'static str,
    /// Less important than its neighbours.
    pub dim: bool,
    /// What it shows is still to be read.
    pub unread: bool,
}

/// What cells need besides their row.
#[derive(Debug, Clone, Copy)]
pub struct Lens<'a> {
    /// The time.
    pub now: Timestamp,
    /// The zone in which dates are shown.
    pub zone: &'a TimeZone,
    /// The organization, for its settings and project names.
    pub org: &'a Org,
    /// The public half of the credential that gatehouse works with.
    pub credential: Option<&'a str>,
    /// The secrets that gatehouse has tried out.
    pub trials: &'a [Trial],
}

impl<'a> Lens<'a> {
    /// The lens on the organization on screen, if there is one.
    #[must_use]
    pub fn of(state: &'a State) -> Option<Self> {
        let org = state.org.as_ref()?;
        let credential = state.setting.credential.as_ref().map(crate::atlas::Clean::as_str);
        let (zone, trials) = (&state.setting.zone, state.trials.as_slice());
        Some(Self { now: state.now, zone, org, credential, trials })
    }

    fn secret_of(&self, account: &ServiceAccount) -> SecretState {
        SecretState::of_account(account, self.trials, self.now)
    }
}

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name in a filter (`name:value`).
    pub name: &'static str,
    /// Its head.
    pub title: &'static str,
    /// The narrowest terminal that shows it.
    pub from: u16,
    /// Its width.
    pub width: Width,
    /// It depends on what is read row by row, behind the list.
    pub details: bool,
    /// What it shows changes by time alone.
    pub ages: bool,
    /// Cut from the left: ids tell more at their end.
    pub tail: bool,
    /// What it shows of a row.
    pub cell: for<'a> fn(&'a Row, &Lens<'a>) -> Cell<'a>,
    /// How it orders rows.
    pub order: fn(&Row, &Row, &Lens<'_>) -> Ordering,
}

const PLAIN: Column = Column {
    name: "",
    title: "",
    from: 0,
    width: Width::Fixed(10),
    details: false,
    ages: false,
    tail: false,
    cell: |_, _| text(""),
    order: |_, _, _| Ordering::Equal,
};

#[rustfmt::skip]
const SERVICE_ACCOUNTS: &[Column] = &[
    Column { name: "name", title: "NAME", from: 40, width: Width::Share(4), cell: name, order: by_name, ..PLAIN },
    Column { name: "roles", title: "ROLES", from: 80, width: Width::Share(4), cell: roles, order: by_roles, ..PLAIN },
    Column { name: "secret", title: "SECRET", from: 40, width: Width::Fixed(19), ages: true, cell: secret, order: by_secret, ..PLAIN },
    Column { name: "access", title: "ACCESS LIST", from: 120, width: Width::Fixed(14), details: true, cell: access, order: by_access, ..PLAIN },
    Column { name: "used", title: "LAST USED", from: 60, width: Width::Fixed(11), details: true, ages: true, cell: used, order: by_used, ..PLAIN },
    Column { name: "projects", title: "PROJECTS", from: 140, width: Width::Fixed(8), details: true, cell: projects, order: by_projects, ..PLAIN },
    Column { name: "created", title: "CREATED", from: 160, width: Width::Fixed(10), cell: created, order: by_created, ..PLAIN },
    Column { name: "description", title: "DESCRIPTION", from: 180, width: Width::Share(5), cell: about, order: by_about, ..PLAIN },
    Column { name: "id", title: "ID", from: 100, width: Width::Fixed(5), tail: true, cell: id, order: by_id, ..PLAIN },
];

#[rustfmt::skip]
const API_KEYS: &[Column] = &[
    Column { name: "description", title: "DESCRIPTION", from: 40, width: Width::Share(4), cell: name, order: by_name, ..PLAIN },
    Column { name: "key", title: "PUBLIC KEY", from: 40, width: Width::Fixed(10), cell: public_key, order: by_id, ..PLAIN },
    Column { name: "roles", title: "ROLES", from: 80, width: Width::Share(4), cell: roles, order: by_roles, ..PLAIN },
    Column { name: "access", title: "ACCESS LIST", from: 90, width: Width::Fixed(14), details: true, cell: access, order: by_access, ..PLAIN },
    Column { name: "used", title: "LAST USED", from: 60, width: Width::Fixed(11), details: true, ages: true, cell: used, order: by_used, ..PLAIN },
    Column { name: "projects", title: "PROJECTS", from: 140, width: Width::Fixed(8), cell: projects, order: by_projects, ..PLAIN },
    Column { name: "created", title: "CREATED", from: 120, width: Width::Fixed(10), cell: created, order: by_created, ..PLAIN },
];

/// The column that a person means: by the beginning of its name, or of a word of
/// its head.
#[must_use]
pub fn named(kind: Kind, typed: &str) -> Option<usize> {
    let typed = typed.to_lowercase();
    let means = |column: &Column| {
        let head = column.title.to_lowercase();
        column.name.starts_with(&typed) || head.split(' ').any(|word| word.starts_with(&typed))
    };
    columns(kind).iter().position(means)
}

/// What the access list of a row warns of, where it does: it is shown at every
/// width, before the name.
#[must_use]
pub fn warning(row: &Row, lens: &Lens<'_>) -> Option<Mark> {
    reach(row, lens)
        .map(|reach| reach.mark())
        .filter(|mark| matches!(mark, Mark::Open | Mark::Broken))
}

/// The columns of a list.
#[must_use]
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::ServiceAccounts => SERVICE_ACCOUNTS,
        Kind::ApiKeys => API_KEYS,
    }
}

const fn text(text: &str) -> Cell<'_> {
    Cell { mark: None, text: Text::Of(text), note: "", dim: false, unread: false }
}

const fn dim(text: &str) -> Cell<'_> {
    Cell { mark: None, text: Text::Of(text), note: "", dim: true, unread: false }
}

const UNREAD: Cell<'_> = Cell { mark: None, text: Text::Of(""), note: "", dim: true, unread: true };

const fn made(text: CompactString) -> Cell<'static> {
    Cell { mark: None, text: Text::Made(text), note: "", dim: false, unread: false }
}

fn marked(mark: Mark, text: Text<'static>) -> Cell<'static> {
    Cell {
        mark: Some(mark),
        text,
        note: "",
        dim: matches!(mark, Mark::None | Mark::Unknown),
        unread: false,
    }
}

fn shown(field: &Field<Clean>) -> Cell<'_> {
    match field.shown() {
        BLANK => dim(BLANK),
        shown => text(shown),
    }
}

fn name<'a>(row: &'a Row, lens: &Lens<'a>) -> Cell<'a> {
    let mut cell = shown(row.identity.name());
    if row.identity.is_system_managed() {
        cell.note = "Atlas's own";
        cell.dim = true;
    } else if lens.credential == Some(row.identity.public_part()) {
        cell.note = "in use";
    }
    cell
}

fn about<'a>(row: &'a Row, _: &Lens<'a>) -> Cell<'a> {
    match &row.identity {
        Identity::ServiceAccount(account) => shown(&account.description),
        Identity::ApiKey(key) => shown(&key.description),
    }
}

fn public_key<'a>(row: &'a Row, _: &Lens<'a>) -> Cell<'a> {
    text(row.identity.public_part())
}

fn id<'a>(row: &'a Row, _: &Lens<'a>) -> Cell<'a> {
    dim(row.identity.public_part())
}

fn roles<'a>(row: &'a Row, _: &Lens<'a>) -> Cell<'a> {
    match row.identity.roles() {
        Field::Known(roles) => match &**roles {
            [] => dim("none"),
            [only] => text(only.short()),
            [first, more @ ..] => {
                let mut words = CompactString::new(first.short());
                for role in more {
                    words.push_str(", ");
                    words.push_str(role.short());
                }
                made(words)
            }
        },
        Field::Absent | Field::Odd => text("?"),
    }
}

fn secret<'a>(row: &'a Row, lens: &Lens<'a>) -> Cell<'a> {
    let Identity::ServiceAccount(account) = &row.identity else { return text("") };
    let state = lens.secret_of(account);
    let words = match state {
        SecretState::Valid(end) | SecretState::EndsSoon(end) => when::left(end, lens.now),
        SecretState::Expired(end) => {
            let mut words = CompactString::const_new("expired ");
            words.push_str(&when::ago(end, lens.now));
            words
        }
        SecretState::Missing => CompactString::const_new("no secret"),
        SecretState::Unknown => return text("?"),
    };
    let several = account.secrets.known().is_some_and(|secrets| secrets.len() > 1);
    let words = match (several, state) {
        (true, SecretState::Valid(_) | SecretState::EndsSoon(_)) => {
            format_compact!("{words} (2)")
        }
        _ => words,
    };
    marked(state.mark(), Text::Made(words))
}

fn reach(row: &Row, lens: &Lens<'_>) -> Option<Reach> {
    let entries = row.access().value.as_deref()?;
    Some(Reach::of(entries, lens.org.settings.value.as_ref()))
}

fn access<'a>(row: &'a Row, lens: &Lens<'a>) -> Cell<'a> {
    let Some(reach) = reach(row, lens) else {
        return if row.is_read() { text("?") } else { UNREAD };
    };
    let words = match reach {
        Reach::Listed(1) | Reach::Unclear(1) => Text::Of("1 entry"),
        Reach::Listed(entries) | Reach::Unclear(entries) => {
            Text::Made(format_compact!("{entries} entries"))
        }
        Reach::Anybody => Text::Of("any address"),
        Reach::Nobody => Text::Of("no address"),
        Reach::EmptyList => Text::Of("empty"),
        Reach::WholeInternet(range) => Text::Made(range.to_compact_string()),
    };
    marked(reach.mark(), words)
}

fn used<'a>(row: &'a Row, lens: &Lens<'a>) -> Cell<'a> {
    // What the secrets tell alone may be too old: their access list knows more.
    let access = row.access();
    let is_whole = access.value.is_some() || access.error.is_some() || row.is_read();
    match row.last_used().filter(|_| is_whole) {
        Some(Field::Known(time)) => made(when::ago(time, lens.now)),
        Some(Field::Absent) => dim("never"),
        Some(Field::Odd) => text("?"),
        None if !row.is_read() => UNREAD,
        None => dim("unknown"),
    }
}

fn projects<'a>(row: &'a Row, _: &Lens<'a>) -> Cell<'a> {
    match row.grants() {
        Some(grants) => made(grants.len().to_compact_string()),
        None if row.is_read() => text("?"),
        None => UNREAD,
    }
}

fn created<'a>(row: &'a Row, lens: &Lens<'a>) -> Cell<'a> {
    match row.identity.created() {
        Field::Known(time) => made(when::date(time, lens.zone)),
        Field::Absent | Field::Odd => text("?"),
    }
}

/// Names in the order of a dictionary: case does not matter before it must.
fn by_text(a: &str, b: &str) -> Ordering {
    let fold = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let ascii = a.is_ascii() && b.is_ascii();
    let folded = if ascii {
        let (a, b) = (a.bytes(), b.bytes());
        a.map(|byte| byte.to_ascii_lowercase()).cmp(b.map(|byte| byte.to_ascii_lowercase()))
    } else {
        fold(a).cmp(&fold(b))
    };
    folded.then_with(|| a.cmp(b))
}

fn known(field: &Field<Clean>) -> &str {
    field.known().map_or("", Clean::as_str)
}

fn by_name(a: &Row, b: &Row, _: &Lens<'_>) -> Ordering {
    by_text(known(a.identity.name()), known(b.identity.name()))
}

fn by_about(a: &Row, b: &Row, lens: &Lens<'_>) -> Ordering {
    by_text(&about(a, lens).text, &about(b, lens).text)
}

fn by_id(a: &Row, b: &Row, _: &Lens<'_>) -> Ordering {
    a.identity.public_part().cmp(b.identity.public_part())
}

fn by_roles(a: &Row, b: &Row, _: &Lens<'_>) -> Ordering {
    a.identity.roles().cmp(b.identity.roles())
}

/// What ends first comes first; what has no secret comes before everything.
fn by_secret(a: &Row, b: &Row, lens: &Lens<'_>) -> Ordering {
    let end = |row: &Row| match &row.identity {
        Identity::ServiceAccount(account) => lens.secret_of(account).end(),
        Identity::ApiKey(_) => None,
    };
    end(a).cmp(&end(b))
}

/// What lets most in comes first.
fn by_access(a: &Row, b: &Row, lens: &Lens<'_>) -> Ordering {
    let key = |row: &Row| match reach(row, lens) {
        Some(Reach::Anybody | Reach::WholeInternet(_)) => (0, 0),
        Some(Reach::Listed(entries) | Reach::Unclear(entries)) => (1, usize::MAX - entries),
        Some(Reach::EmptyList) => (2, 0),
        Some(Reach::Nobody) => (3, 0),
        None => (4, 0),
    };
    key(a).cmp(&key(b))
}

/// What was used last comes first, then what never was, then what is not known.
fn by_used(a: &Row, b: &Row, _: &Lens<'_>) -> Ordering {
    let key = |row: &Row| match row.last_used() {
        Some(Field::Known(time)) => (0, std::cmp::Reverse(Some(time))),
        Some(Field::Absent) => (1, std::cmp::Reverse(None)),
        Some(Field::Odd) | None => (2, std::cmp::Reverse(None)),
    };
    key(a).cmp(&key(b))
}

fn by_projects(a: &Row, b: &Row, _: &Lens<'_>) -> Ordering {
    let count = |row: &Row| row.grants().map(<[_]>::len);
    count(b).cmp(&count(a))
}

fn by_created(a: &Row, b: &Row, _: &Lens<'_>) -> Ordering {
    let key = |row: &Row| row.identity.created().known().copied();
    key(b).cmp(&key(a))
}

/// The columns that a terminal of this width shows, with their widths; two
/// columns of air between them.
#[must_use]
pub fn layout(kind: Kind, width: u16) -> Vec<(&'static Column, u16)> {
    let shown: Vec<_> = columns(kind).iter().filter(|column| column.from <= width).collect();
    let gaps = 2 * u16::try_from(shown.len().saturating_sub(1)).unwrap_or(0);
    let (mut fixed, mut weights) = (0, 0);
    for column in &shown {
        match column.width {
            Width::Fixed(columns) => fixed += columns,
            Width::Share(weight) => weights += weight,
        }
    }
    let left = width.saturating_sub(fixed + gaps + MARGIN + 1);
    let share = |weight: u16| left * weight / weights.max(1);
    shown
        .into_iter()
        .map(|column| match column.width {
            Width::Fixed(columns) => (column, columns),
            Width::Share(weight) => (column, share(weight)),
        })
        .collect()
}

/// Columns left of the first cell, where the cursor and a warning stand.
pub const MARGIN: u16 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_every_width() {
        for kind in Kind::ALL {
            for width in 40..=300 {
                let layout = layout(kind, width);
                let used: u16 = layout.iter().map(|(_, columns)| columns + 2).sum();
                assert!(used + MARGIN <= width + 2, "{kind:?} at {width}: {used}");
                assert!(
                    layout[0].1 >= 12,
                    "{kind:?} at {width}: the name has {} columns",
                    layout[0].1
                );
            }
        }
    }

    #[test]
    fn a_column_is_named_by_its_name_or_its_head() {
        let name = |kind, typed| named(kind, typed).map(|at| columns(kind)[at].name);
        for (typed, column) in [
            ("role", "roles"),
            ("roles", "roles"),
            ("last", "used"),
            ("used", "used"),
            ("desc", "description"),
            ("list", "access"),
            ("SEC", "secret"),
        ] {
            assert_eq!(name(Kind::ServiceAccounts, typed), Some(column), "{typed}");
        }
        assert_eq!(name(Kind::ApiKeys, "public"), Some("key"));
        assert_eq!(name(Kind::ApiKeys, "2001"), None);
    }

    #[test]
    fn names_are_ordered_as_in_a_dictionary() {
        let mut names = vec!["beta", "Alpha", "ähnlich", "alpha", "Zulu"];
        names.sort_by(|a, b| by_text(a, b));
        assert_eq!(names, ["Alpha", "alpha", "beta", "Zulu", "ähnlich"]);
    }
}
