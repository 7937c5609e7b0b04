//! The rule under the header, which says where one is: the organization, the host, the
//! credential with its roles there, and at the right whether it is read-only or the demo.
//!
//! Every part has its place by the size and by what is known at the start, so that
//! nothing moves when the rest comes in; what lies between is the rule.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::frame::Areas;
use super::text::{fit, fit_end, width};
use crate::app::identity::Kind;
use crate::app::own::{self, Roles};
use crate::app::state::{Setting, State};
use crate::atlas::Role;
use crate::ui::theme::Theme;

/// Columns between two parts: a blank, a sign, a blank.
const GAP: usize = 3;
/// The most that the organization gets: its id, while it has no name.
const LONGEST_ORGANIZATION: usize = 24;
/// What a host is cut to: its end, which tells whose it is.
const CUT_HOST: usize = 12;

/// How much is written of credential and host, and how many columns that must leave to
/// the organization and the roles.
struct Way {
    credential: Written,
    host: Written,
    leaves: usize,
}

#[derive(Clone, Copy)]
enum Written {
    Whole,
    Cut,
    Not,
}

/// The most telling way first; the last one always goes.
const WAYS: [Way; 5] = [
    Way { credential: Written::Whole, host: Written::Whole, leaves: 38 },
    Way { credential: Written::Cut, host: Written::Whole, leaves: 26 },
    Way { credential: Written::Cut, host: Written::Cut, leaves: 11 },
    Way { credential: Written::Cut, host: Written::Not, leaves: 11 },
    Way { credential: Written::Not, host: Written::Not, leaves: 0 },
];

/// Words with their place.
struct Part<'a> {
    words: Cow<'a, str>,
    columns: usize,
    style: Style,
}

/// Draws the rule and what it says.
pub fn draw(state: &State, buf: &mut Buffer) {
    let (area, theme) = (Areas::of(state.size).rule, state.theme());
    let total = usize::from(area.width);
    let mut write = |at: usize, words: &str, end: usize, style| {
        let (x, room) = (u16::try_from(at).unwrap_or(u16::MAX), end.saturating_sub(at));
        buf.set_stringn(x, area.y, words, room, style);
    };
    write(0, &theme.symbols.rule.repeat(total), total, theme.dim);
    if state.setting.credential.is_none() {
        return;
    }
    let mode = mode(&state.setting, theme.symbols.dot);
    let end = total - if mode.is_empty() { 1 } else { width(&mode) + GAP };
    write(end, &format!(" {mode} "), if mode.is_empty() { 0 } else { total }, theme.strong);
    let mut at = 2;
    for (number, part) in parts(state, end.saturating_sub(at + 1)).into_iter().enumerate() {
        write(at - 1, &format!(" {} ", part.words), end, part.style);
        // The organization stands for itself; the rest belongs together.
        if number > 1 {
            write(at - 2, theme.symbols.dot, end, theme.dim);
        }
        at += part.columns + GAP;
    }
}

/// What is written in so many columns.
fn parts(state: &State, room: usize) -> Vec<Part<'_>> {
    let (setting, theme) = (&state.setting, state.theme());
    let host_style = if setting.base_url.is_some() { theme.strong } else { theme.text };
    let fixed = |way: &Way| {
        let words = [
            (host(setting, way.host, theme), host_style),
            (credential(setting, way.credential, theme), theme.text),
        ];
        let written = words.into_iter().filter_map(|(words, style)| Some((words?, style)));
        written
            .map(|(words, style)| Part { columns: width(&words), words, style })
            .collect::<Vec<_>>()
    };
    let left = |fixed: &[Part<'_>]| {
        let taken: usize = fixed.iter().map(|part| part.columns + GAP).sum();
        room.checked_sub(taken + GAP)
    };
    let ways = WAYS.iter().map(|way| (way.leaves, fixed(way)));
    let mut fitting = ways.filter_map(|(leaves, fixed)| {
        let left = left(&fixed)?;
        (left >= leaves).then_some((left, fixed))
    });
    let (left, fixed) = fitting.next().unwrap_or_default();
    let columns = (left * 3 / 5).min(LONGEST_ORGANIZATION);
    let organization =
        Part { words: fit(organization(state), columns, theme), columns, style: theme.strong };
    let columns = left - columns;
    let roles = roles(state);
    let roles =
        Part { words: fit(&roles, columns, theme).into_owned().into(), columns, style: theme.text };
    std::iter::once(organization).chain(fixed).chain([roles]).collect()
}

fn mode(setting: &Setting, dot: &str) -> Cow<'static, str> {
    match (setting.demo, setting.read_only) {
        (true, true) => format!("demo {dot} read-only").into(),
        (true, false) => "demo".into(),
        (false, true) => "read-only".into(),
        (false, false) => "".into(),
    }
}

/// By its name, or its id where that says nothing.
fn organization(state: &State) -> &str {
    match &state.org {
        Some(org) => {
            let name = org.name.value.as_ref().filter(|name| !name.is_blank());
            name.map_or(org.id.as_str(), |name| name.as_str())
        }
        None if state.organizations.asked => "organization...",
        None => "no organization",
    }
}

fn host<'a>(setting: &'a Setting, written: Written, theme: &Theme) -> Option<Cow<'a, str>> {
    match written {
        Written::Whole => Some(setting.host.as_str().into()),
        Written::Cut => Some(fit_end(&setting.host, CUT_HOST, theme)),
        Written::Not => None,
    }
}

/// The end of a client ID is by what the lists show it too.
fn credential<'a>(setting: &'a Setting, written: Written, theme: &Theme) -> Option<Cow<'a, str>> {
    let public = setting.credential.as_ref()?;
    let (kind, ends) = match own::kind_of(public) {
        Kind::ServiceAccounts => ("service account", 5),
        Kind::ApiKeys => ("API key", 8),
    };
    let end = fit_end(public, ends, theme);
    match written {
        Written::Whole => Some(format!("{kind} {end}").into()),
        Written::Cut => Some(end),
        Written::Not => None,
    }
}

fn roles(state: &State) -> String {
    match state.own_roles() {
        Roles::Awaited => "roles...".to_owned(),
        Roles::Unknown => "roles unknown".to_owned(),
        Roles::Known([]) => "no roles".to_owned(),
        Roles::Known(roles) => roles.iter().map(Role::short).collect::<Vec<_>>().join(", "),
    }
}
