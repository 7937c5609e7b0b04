//! Everything known about one identity, each line a value that can be copied.

mod facts;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::activity::ActivityScreen;
use super::begin::{begin, open_raw};
use super::columns::Lens;
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::identity::{Identity, Kind};
use crate::app::keys::{Action, Layer};
use crate::app::listing::Row;
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::IdentityId;
use crate::rules::health::Mark;
use crate::rules::look_alike::Doubt;
use crate::ui::dialog::{self, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::{fit, width, wrap};
use crate::ui::theme::Theme;
use facts::{Fact, GROUPS, facts};

/// Columns of the labels at the left.
const LABEL: usize = 14;
/// Wider than this, lines are hard to read.
const WIDEST: u16 = 110;

/// The details of one identity, by its id.
#[derive(Debug)]
pub struct DetailsScreen {
    id: IdentityId,
    /// The fact under the cursor.
    cursor: usize,
    /// It is a client secret, which can be revoked by itself.
    on_secret: bool,
    /// The lines in sight; its cursor is the first line of the fact under the
    /// cursor.
    lines: Scroll,
    /// Why its name may mislead, in sentences, and the versions of the lists by which
    /// that was found: it is looked for only when a list has changed.
    doubts: Vec<String>,
    doubted_at: Option<[u64; 2]>,
}

/// One line on the screen and the fact that it belongs to.
struct Drawn {
    fact: usize,
    label: &'static str,
    mark: Option<Mark>,
    value: String,
    about: String,
}

impl DetailsScreen {
    /// The details of `id`.
    #[must_use]
    pub fn new(id: IdentityId) -> Self {
        let (doubts, doubted_at) = (Vec::new(), None);
        Self { id, cursor: 0, on_secret: false, lines: Scroll::default(), doubts, doubted_at }
    }

    fn row<'a>(&self, state: &'a State) -> Option<&'a Row> {
        state.org.as_ref()?.row(&self.id)
    }

    fn facts(&self, state: &State) -> Vec<Fact> {
        match (self.row(state), Lens::of(state)) {
            (Some(row), Some(lens)) => {
                let key = || state.key(Layer::Details, Action::Rotate);
                let rotation = state.rotation(&self.id).map(|rotation| (rotation, key()));
                facts(row, rotation, &self.doubts, &lens)
            }
            _ => vec![Fact {
                mark: Some(Mark::Broken),
                value: self.id.as_str().into(),
                about: "is gone: somebody has removed it".into(),
                ..Fact::default()
            }],
        }
    }

    fn doubt(&mut self, state: &State) {
        let Some(org) = &state.org else { return };
        let versions = Kind::ALL.map(|kind| org.list(kind).version());
        if self.doubted_at.replace(versions) == Some(versions) {
            return;
        }
        let about = |row: &Row| {
            let name = row.identity.name().known().map_or("", |name| name.as_str());
            Doubt::about(name, &org.namesakes(row))
        };
        let doubts = org.row(&self.id).map(about).unwrap_or_default();
        self.doubts = doubts.iter().map(|doubt| doubt.words(&self.id)).collect();
    }

    fn place(state: &State, facts: &[Fact]) -> (dialog::Place, Vec<Drawn>) {
        let natural = groups(facts).map(natural_width).max().unwrap_or(0).max(60);
        let width = u16::try_from(natural).unwrap_or(WIDEST).min(WIDEST);
        // The width decides how lines break, which decides the height.
        dialog::place_around(state.size, width, |columns| draw_lines(facts, columns))
    }

    fn begin(&self, action: Action, cx: &mut Cx<'_>) {
        let state = cx.state;
        let Some(row) = self.row(state) else { return cx.say("it is gone") };
        let under = self.facts(state).get(self.cursor).and_then(|fact| fact.secret);
        let secret = match (&row.identity, under) {
            (Identity::ServiceAccount(account), Some(at)) => {
                account.secrets.known().and_then(|secrets| secrets.get(at))
            }
            _ => None,
        };
        begin(action, row, secret, cx);
    }

    fn copy(&self, cx: &mut Cx<'_>) {
        match self.facts(cx.state).get(self.cursor) {
            Some(fact) if !fact.copied_as.is_empty() => cx.copy(&fact.value, fact.copied_as),
            _ => cx.say("there is nothing to copy on this line"),
        }
    }
}

impl Screen for DetailsScreen {
    fn layer(&self) -> Layer {
        Layer::Details
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let last = self.facts(cx.state).len().saturating_sub(1);
        match action {
            Action::Back | Action::Interrupt => {
                cx.look_away(self.id.clone());
                cx.close();
            }
            Action::Refresh => cx.look_at(self.id.clone()),
            Action::Copy => self.copy(cx),
            Action::Raw => open_raw(self.id.clone(), cx),
            Action::Activity => ActivityScreen::open(Some(self.id.clone()), cx),
            Action::AllActivity => ActivityScreen::open(None, cx),
            action if action.begins_change() => self.begin(action, cx),
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::Down => self.cursor = (self.cursor + 1).min(last),
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = last,
            Action::HalfPageUp => self.cursor = self.cursor.saturating_sub(5),
            Action::HalfPageDown => self.cursor = (self.cursor + 5).min(last),
            _ => {}
        }
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let (place, drawn) = Self::place(state, &self.facts(state));
        let mut lines = self.lines;
        lines.point(at, place.inner, drawn.len())?;
        self.cursor = drawn[lines.cursor].fact;
        None
    }

    fn sync(&mut self, state: &State) {
        self.doubt(state);
        let facts = self.facts(state);
        self.cursor = self.cursor.min(facts.len().saturating_sub(1));
        self.on_secret = facts.get(self.cursor).is_some_and(|fact| fact.secret.is_some());
        let (place, drawn) = Self::place(state, &facts);
        let height = usize::from(place.inner.height);
        let first = drawn.iter().position(|line| line.fact == self.cursor).unwrap_or(0);
        let last = drawn.iter().rposition(|line| line.fact == self.cursor).unwrap_or(0);
        // The whole fact is brought in sight, and its beginning if it is too long.
        self.lines.cursor = last;
        self.lines.follow(drawn.len(), height);
        self.lines.cursor = first;
        self.lines.follow(drawn.len(), height);
        if self.cursor == 0 {
            self.lines.offset = 0;
        }
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        (action == Action::Delete && self.on_secret).then_some("revoke")
    }

    fn original(&self, _state: &State) -> Option<Original> {
        Some(Original::Identity(self.id.clone()))
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let facts = self.facts(state);
        let (place, drawn) = Self::place(state, &facts);
        let window = self.lines.window(drawn.len(), usize::from(place.inner.height));
        let (title, kind) = self.title(state);
        let sight = in_sight(&window, drawn.len());
        let dot = state.theme().symbols.dot;
        let kind = if sight.is_empty() { kind.into() } else { format!("{kind} {dot} {sight}") };
        dialog::draw(place, &Title { title: &title, kind: &kind }, state.theme(), buf);
        for (y, line) in (place.inner.y..).zip(&drawn[window]) {
            draw_line(line, line.fact == self.cursor, place.inner, y, state.theme(), buf);
        }
        None
    }
}

impl DetailsScreen {
    fn title(&self, state: &State) -> (String, &'static str) {
        match self.row(state).map(|row| &row.identity) {
            Some(Identity::ServiceAccount(account)) => {
                (account.name.shown().into(), "service account")
            }
            Some(identity @ Identity::ApiKey(_)) => {
                (format!("{} API Key Details", identity.public_part()), "legacy method")
            }
            None => (state.name_of(&self.id), ""),
        }
    }
}

impl Fact {
    fn width(&self) -> usize {
        let mark = if self.mark.is_some() { 2 } else { 0 };
        LABEL + mark + width(&self.value) + 3 + width(&self.about)
    }
}

/// Facts in groups: those about the identity itself, then each kind by itself.
fn groups(facts: &[Fact]) -> impl Iterator<Item = &[Fact]> {
    facts.chunk_by(|_, next| !GROUPS.contains(&next.label))
}

/// The column that a group's values take, where they stand in one.
fn values_width(group: &[Fact]) -> usize {
    if !GROUPS.contains(&group[0].label) {
        return 0;
    }
    group.iter().map(|fact| width(&fact.value)).max().unwrap_or(0)
}

/// The width in which a group needs no line to be broken.
fn natural_width(group: &[Fact]) -> usize {
    let values = values_width(group);
    let pad = |fact: &Fact| values.saturating_sub(width(&fact.value));
    group.iter().map(|fact| fact.width() + pad(fact)).max().unwrap_or(0)
}

/// Breaks facts into lines: a blank line before each group, and within a group
/// what is said about the values stands in one column.
fn draw_lines(facts: &[Fact], columns: usize) -> Vec<Drawn> {
    let mut lines = Vec::new();
    let mut number = 0;
    for group in groups(facts) {
        let values = values_width(group);
        if number > 0 {
            lines.push(blank(number));
        }
        for fact in group {
            lines.extend(break_fact(number, fact, values, columns));
            number += 1;
        }
    }
    lines
}

fn blank(next: usize) -> Drawn {
    // A blank line belongs to no fact that can be reached.
    let fact = usize::MAX - next;
    Drawn { fact, label: "", mark: None, value: String::new(), about: String::new() }
}

fn break_fact(number: usize, fact: &Fact, values: usize, columns: usize) -> Vec<Drawn> {
    let line = |label, mark, value: String, about: String| Drawn {
        fact: number,
        label,
        mark,
        value,
        about,
    };
    let pad = values.saturating_sub(width(&fact.value));
    if fact.width() + pad <= columns {
        let gap = if fact.about.is_empty() { 0 } else { 3 + pad };
        let about = format!("{}{}", " ".repeat(gap), fact.about);
        return vec![line(fact.label, fact.mark, fact.value.clone(), about)];
    }
    let mark = if fact.mark.is_some() { 2 } else { 0 };
    let room = columns.saturating_sub(LABEL + mark).max(8);
    let mut lines: Vec<Drawn> = Vec::new();
    for (at, part) in wrap(&fact.value, room).into_iter().enumerate() {
        let (label, mark) = if at == 0 { (fact.label, fact.mark) } else { ("", None) };
        lines.push(line(label, mark, part, String::new()));
    }
    let indented = room.saturating_sub(2).max(8);
    for part in wrap(&fact.about, indented).into_iter().filter(|part| !part.is_empty()) {
        lines.push(line("", None, String::new(), format!("  {part}")));
    }
    lines
}

fn draw_line(line: &Drawn, selected: bool, inner: Rect, y: u16, theme: &Theme, buf: &mut Buffer) {
    let mut spans = vec![Span::styled(format!("{:LABEL$}", line.label), theme.dim)];
    if let Some(mark) = line.mark {
        spans.push(Span::styled(format!("{} ", theme.symbols.mark(mark)), theme.mark(mark)));
    }
    let columns = usize::from(inner.width);
    let used: usize = spans.iter().map(Span::width).sum();
    let value = fit(&line.value, columns.saturating_sub(used), theme);
    spans.push(Span::styled(value, theme.chosen(&line.value, theme.text)));
    spans.push(Span::styled(line.about.as_str(), theme.dim));
    buf.set_line(inner.x, y, &Line::from(spans), inner.width);
    if selected {
        buf.set_string(inner.x.saturating_sub(2), y, theme.symbols.cursor, theme.strong);
        let label = u16::try_from(LABEL).unwrap_or(0).min(inner.width);
        let rest = Rect::new(inner.x + label, y, inner.width - label, 1);
        buf.set_style(rest, theme.selected);
    }
}
