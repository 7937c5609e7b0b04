//! The choice of another credential of this machine: the Atlas CLI's profiles and the
//! environment.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::choosing::Choosing;
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::credentials::{Candidate, Facts, Turn};
use crate::app::identity::Kind;
use crate::app::keys::{Action, Layer};
use crate::app::own::kind_of;
use crate::app::state::State;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::text::{fit, fit_end, width, wrap};

/// The credentials of this machine, one to turn to.
#[derive(Debug, Default)]
pub struct CredentialsScreen {
    list: Choosing,
}

const WIDTH: u16 = 84;
/// Lines below the list that tell more of the row under the cursor, at least, and a blank
/// one.
const MORE: u16 = 4;
/// Rows of the list that stay in sight, however much there is to tell.
const ROWS: u16 = 3;

fn all(state: &State) -> &[Candidate] {
    state.credentials.value.as_deref().unwrap_or_default()
}

/// Their places, the ones that were used last first, then by name.
fn order(state: &State) -> Vec<usize> {
    let all = all(state);
    let mut order: Vec<_> = (0..all.len()).collect();
    order.sort_by_cached_key(|at| {
        let choice = &all[*at].choice;
        (state.recent.place_of(choice), choice.name().to_lowercase())
    });
    order
}

/// The lines that the longest reason takes in so many columns, with the blank one: all of
/// them, so that nothing moves with the cursor.
fn lines_below(state: &State, columns: u16) -> u16 {
    let reasons = all(state).iter().filter_map(|candidate| candidate.is.as_ref().err());
    let lines = reasons.map(|why| wrap(why, usize::from(columns)).len()).max().unwrap_or(0);
    u16::try_from(lines + 1).unwrap_or(u16::MAX / 4).max(MORE)
}

/// Where it lies, and how many lines are wanted below the list.
fn place(state: &State) -> (Place, u16) {
    let rows = u16::try_from(all(state).len()).unwrap_or(u16::MAX / 4).max(ROWS);
    let place = |below| dialog::place(state.size, Size::new(WIDTH, rows + below + 1));
    let below = lines_below(state, place(MORE).inner.width);
    (place(below), below)
}

/// The lines of the list, and those below it.
fn areas(state: &State) -> (Rect, Rect) {
    let (Place { inner, .. }, below) = place(state);
    let more = if inner.height > MORE + 2 {
        below.min(inner.height - ROWS).max(MORE)
    } else {
        1.min(inner.height / 2)
    };
    let list = Rect { height: inner.height - more, ..inner };
    (list, Rect { y: list.bottom(), height: more, ..inner })
}

/// What a filter looks at.
fn words(candidate: &Candidate) -> Cow<'_, str> {
    let name = candidate.choice.name();
    match &candidate.is {
        Ok(Facts { public, host, .. }) => format!("{name} {public} {host}").into(),
        Err(_) => name.to_string().into(),
    }
}

impl CredentialsScreen {
    fn under_cursor<'a>(&self, state: &'a State) -> Option<&'a Candidate> {
        Some(&all(state)[*order(state).get(self.list.chosen()?)?])
    }

    fn choose(&self, cx: &mut Cx<'_>) {
        let Some(candidate) = self.under_cursor(cx.state) else { return };
        if matches!(cx.state.turn, Some(Turn::Opening(..))) {
            return cx.say("one is being opened: esc lets it be");
        }
        if cx.state.setting.choice.as_ref() == Some(&candidate.choice) {
            return cx.close();
        }
        match &candidate.is {
            Ok(_) => cx.turn_to(candidate.choice.clone()),
            Err(_) => cx.say("it cannot be used, for the reason below the list"),
        }
    }

    /// What is told below the list.
    fn more(&self, state: &State) -> Cow<'static, str> {
        if let Some(Turn::Opening(_, choice)) = &state.turn {
            return format!("Opening {}...", choice.name()).into();
        }
        let Some(candidate) = self.under_cursor(state) else {
            return if state.credentials.asked {
                "Looking through this machine...".into()
            } else if all(state).is_empty() {
                "There are no other credentials on this machine.".into()
            } else {
                "Nothing answers to that.".into()
            };
        };
        match &candidate.is {
            Err(why) => why.to_string().into(),
            Ok(facts) => {
                let org = facts.org.as_ref();
                let org = org.map(|org| format!(", organization {org}")).unwrap_or_default();
                format!("{} at {}{org}.", facts.public, facts.host).into()
            }
        }
    }
}

/// One line: which it is, what it is, where it goes.
fn row<'a>(candidate: &Candidate, columns: usize, state: &State) -> Line<'a> {
    const CREDENTIAL: usize = 21;
    let names = if columns < 64 { 14 } else { 24 };
    let theme = state.theme();
    let used = state.setting.choice.as_ref() == Some(&candidate.choice);
    let name = candidate.choice.name();
    let name = fit(&name, names, theme).into_owned();
    let name = format!("{name}{}", " ".repeat(names.saturating_sub(width(&name)) + 2));
    let (mark, style) = match (&candidate.is, used) {
        (Err(_), _) => (theme.symbols.broken, theme.danger),
        (Ok(_), true) => (theme.symbols.good, theme.good),
        (Ok(_), false) => (" ", theme.text),
    };
    let rest = columns.saturating_sub(names + 4);
    let rest = match &candidate.is {
        Ok(facts) => {
            let (kind, ends) = match kind_of(&facts.public) {
                Kind::ServiceAccounts => ("service account", 5),
                Kind::ApiKeys => ("API key", 8),
            };
            let credential = format!("{kind} {}", fit_end(&facts.public, ends, theme));
            let pad = " ".repeat(CREDENTIAL.saturating_sub(width(&credential)) + 2);
            let host =
                fit_end(&facts.host, rest.saturating_sub(CREDENTIAL + 2), theme).into_owned();
            format!("{credential}{pad}{host}")
        }
        Err(why) => fit(why, rest, theme).into_owned(),
    };
    let words = if candidate.is.is_ok() { theme.text } else { theme.dim };
    Line::from(vec![
        Span::styled(format!("{mark} "), style),
        Span::styled(name, words),
        Span::styled(rest, theme.dim),
    ])
}

impl Screen for CredentialsScreen {
    fn layer(&self) -> Layer {
        self.list.layer(Layer::Credentials)
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let rows = usize::from(areas(cx.state).0.height);
        match self.list.update(input, rows) {
            Some(Action::Open) => self.choose(cx),
            Some(Action::Back) => {
                cx.stay();
                cx.close();
            }
            Some(Action::Refresh) => cx.find_credentials(),
            _ => {}
        }
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        self.list.point(at, areas(state).0)?.then_some(Action::Open)
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let usable = self.under_cursor(state).is_none_or(|candidate| candidate.is.is_ok());
        let typing = self.layer() == Layer::Filter;
        if usable || typing { Vec::new() } else { vec![Action::Open] }
    }

    fn sync(&mut self, state: &State) {
        let (all, order) = (all(state), order(state));
        let here = state.setting.choice.as_ref();
        let here = order.iter().position(|at| Some(&all[*at].choice) == here);
        let words = order.iter().map(|at| words(&all[*at]));
        self.list.follow(words, here, usize::from(areas(state).0.height));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (all, order, theme) = (all(state), order(state), state.theme());
        let kind = self.list.count(all.len());
        dialog::draw(place(state).0, &Title { title: "Credentials", kind: &kind }, theme, buf);
        let (list, below) = areas(state);
        let columns = usize::from(list.width);
        let cursor = self.list.draw(list, |at| row(&all[order[at]], columns, state), theme, buf);
        let blank = u16::from(below.height > 1);
        let (columns, lines) = (usize::from(below.width), usize::from(below.height - blank));
        let mut more = wrap(&self.more(state), columns);
        if more.len() > lines {
            // The last line says that there is more.
            let rest = more.split_off(lines.saturating_sub(1)).join(" ");
            more.push(fit(&rest, columns, theme).into_owned());
        }
        for (y, line) in (below.y + blank..below.bottom()).zip(more) {
            buf.set_string(below.x, y, line, theme.text);
        }
        cursor
    }
}
