//! The page itself: service accounts and API keys in two tabs, filtered and
//! ordered. Keeps ids and indices, never rows.

use crossterm::event::Event as TerminalEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input as Field;
use tui_input::backend::crossterm::EventHandler;

use super::columns::{self, Cell, Column, Lens, MARGIN};
use super::details::DetailsScreen;
use super::filter::Query;
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::org::{Kind, Listing, Row};
use crate::app::state::{Link, State};
use crate::atlas::{ApiError, IdentityId};
use crate::ui::frame::{self, Areas, Status, Tab};
use crate::ui::scroll::Scroll;
use crate::ui::text::{fit, fit_end, width, wrap};
use crate::ui::theme::{Theme, symbol};

/// The page: two lists, one of them in sight.
#[derive(Debug)]
pub struct ListScreen {
    tab: Kind,
    panes: [Pane; 2],
    /// The filter has the keyboard.
    typing: bool,
}

/// One list's cursor, filter and order.
#[derive(Debug)]
struct Pane {
    kind: Kind,
    scroll: Scroll,
    /// The row under the cursor, once the administrator has moved it.
    selected: Option<IdentityId>,
    filter: Field,
    query: Query,
    order: usize,
    reverse: bool,
    /// The rows that are shown, by their place in the listing.
    shown: Vec<usize>,
    /// What `shown` was made from: versions of the rows and of their details.
    made_from: Option<(u64, u64)>,
    /// Since when the places in `shown` mean the same rows.
    moves: u64,
}

impl Default for ListScreen {
    fn default() -> Self {
        let panes = Kind::ALL.map(Pane::new);
        Self { tab: Kind::ServiceAccounts, panes, typing: false }
    }
}

impl Pane {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            scroll: Scroll::default(),
            selected: None,
            filter: Field::default(),
            query: Query::default(),
            order: 0,
            reverse: false,
            shown: Vec::new(),
            made_from: None,
            moves: 0,
        }
    }

    fn list<'a>(&self, state: &'a State) -> Option<&'a Listing> {
        state.org.as_ref().map(|org| org.list(self.kind))
    }

    fn row<'a>(&self, state: &'a State, at: usize) -> Option<&'a Row> {
        self.list(state)?.rows().get(*self.shown.get(at)?)
    }

    fn id_at(&self, state: &State, at: usize) -> Option<IdentityId> {
        self.row(state, at).map(|row| row.identity.id())
    }

    fn order_column(&self) -> &'static Column {
        &columns::columns(self.kind)[self.order]
    }

    /// Filters and orders anew where anything that bears on it has changed.
    fn sync(&mut self, state: &State) {
        let Some(list) = self.list(state) else { return };
        let by_details = self.order_column().details || self.query.needs_details(self.kind);
        let from = (list.version(), if by_details { list.details_version() } else { 0 });
        if self.made_from != Some(from) {
            self.rebuild(state, list);
            self.made_from = Some(from);
        }
        self.scroll.follow(self.shown.len(), rows_in_sight(state));
    }

    fn rebuild(&mut self, state: &State, list: &Listing) {
        let Some(lens) = Lens::of(state) else { return };
        let rows = list.rows();
        let fits =
            |&at: &usize| self.query.is_empty() || self.query.matches(self.kind, &rows[at], &lens);
        let mut shown = self.candidates(list);
        shown.retain(fits);
        let order = self.order_column().order;
        let by_name = columns::columns(self.kind)[0].order;
        shown.sort_by(|&a, &b| {
            let (a, b) = (&rows[a], &rows[b]);
            let way = order(a, b, &lens);
            let way = if self.reverse { way.reverse() } else { way };
            way.then_with(|| by_name(a, b, &lens))
                .then_with(|| a.identity.public_part().cmp(b.identity.public_part()))
        });
        (self.shown, self.moves) = (shown, list.moves());
        // The cursor stays on its identity, not on its place.
        let selected = self.selected.as_ref().and_then(|selected| list.place(selected));
        let place = selected.and_then(|place| self.shown.iter().position(|&at| at == place));
        if let Some(place) = place {
            self.scroll.cursor = place;
        }
    }

    /// Every place in the listing. Those that are in order already come first: the
    /// sort finds them so, and a page that is added costs little.
    fn candidates(&self, list: &Listing) -> Vec<usize> {
        let all = list.rows().len();
        if !self.query.is_empty() || self.moves != list.moves() {
            return (0..all).collect();
        }
        let mut known = vec![false; all];
        let mut candidates = self.shown.clone();
        for &at in &candidates {
            known[at] = true;
        }
        candidates.extend((0..all).filter(|&at| !known[at]));
        candidates
    }

    fn move_cursor(&mut self, action: Action, state: &State) {
        let (len, half) = (self.shown.len(), rows_in_sight(state).div_ceil(2));
        let half = isize::try_from(half).unwrap_or(isize::MAX);
        match action {
            Action::Up => self.scroll.by(-1, len),
            Action::Down => self.scroll.by(1, len),
            Action::HalfPageUp => self.scroll.by(-half, len),
            Action::HalfPageDown => self.scroll.by(half, len),
            Action::First => self.scroll.to(0, len),
            Action::Last => self.scroll.to(usize::MAX, len),
            _ => return,
        }
        self.selected = self.id_at(state, self.scroll.cursor);
    }

    fn set_filter(&mut self, filter: Field, state: &State) {
        self.query = Query::parse(self.kind, filter.value());
        self.filter = filter;
        self.made_from = None;
        self.sync(state);
        if !self.query.is_empty() {
            self.scroll.to(0, self.shown.len());
            self.selected = self.id_at(state, 0).or(self.selected.take());
        }
    }

    /// Orders by the next column in sight.
    fn next_order(&mut self, state: &State) {
        let all = columns::columns(self.kind);
        let in_sight = |at: &usize| all[*at].from <= state.size.width;
        self.order = (1..=all.len())
            .map(|step| (self.order + step) % all.len())
            .find(in_sight)
            .unwrap_or_default();
        self.reverse = false;
        self.made_from = None;
    }
}

impl ListScreen {
    fn pane(&self) -> &Pane {
        &self.panes[usize::from(self.tab == Kind::ApiKeys)]
    }

    fn pane_mut(&mut self) -> &mut Pane {
        &mut self.panes[usize::from(self.tab == Kind::ApiKeys)]
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) {
        let state = cx.state;
        match action {
            Action::NextTab | Action::PreviousTab => {
                self.tab = match self.tab {
                    Kind::ServiceAccounts => Kind::ApiKeys,
                    Kind::ApiKeys => Kind::ServiceAccounts,
                };
            }
            Action::ServiceAccounts => self.tab = Kind::ServiceAccounts,
            Action::ApiKeys => self.tab = Kind::ApiKeys,
            Action::Open => self.open(cx),
            Action::Filter => self.typing = true,
            Action::Order => self.pane_mut().next_order(state),
            Action::Reverse => {
                let pane = self.pane_mut();
                pane.reverse = !pane.reverse;
                pane.made_from = None;
            }
            Action::Refresh => cx.refresh(),
            Action::Copy => self.copy(cx),
            Action::Back => self.back(cx),
            Action::Quit => cx.quit(),
            action => self.pane_mut().move_cursor(action, state),
        }
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        let pane = self.pane_mut();
        if let Some(id) = pane.id_at(cx.state, pane.scroll.cursor) {
            pane.selected = Some(id.clone());
            cx.look_at(id.clone());
            cx.open(Box::new(DetailsScreen::new(id)));
        }
    }

    fn copy(&self, cx: &mut Cx<'_>) {
        let pane = self.pane();
        if let Some(row) = pane.row(cx.state, pane.scroll.cursor) {
            let what = match self.tab {
                Kind::ServiceAccounts => "client ID",
                Kind::ApiKeys => "public key",
            };
            cx.copy(row.identity.public_part(), what);
        }
    }

    fn back(&mut self, cx: &mut Cx<'_>) {
        if self.pane().filter.value().is_empty() {
            cx.dismiss_trouble();
        } else {
            self.pane_mut().set_filter(Field::default(), cx.state);
        }
    }

    /// Keys while the filter is typed; every change narrows at once.
    fn type_filter(&mut self, input: Input, state: &State) {
        match input {
            Input::Action(Action::Open) => self.typing = false,
            Input::Action(Action::Back) => {
                self.typing = false;
                self.pane_mut().set_filter(Field::default(), state);
            }
            Input::Action(action) => self.pane_mut().move_cursor(action, state),
            Input::Text(key) => {
                let mut filter = self.pane().filter.clone();
                let changed = filter.handle_event(&TerminalEvent::Key(key));
                if changed.is_some_and(|change| change.value) {
                    self.pane_mut().set_filter(filter, state);
                } else {
                    self.pane_mut().filter = filter;
                }
            }
            Input::Paste(text) => {
                let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let typed = format!("{}{line}", self.pane().filter.value());
                self.pane_mut().set_filter(Field::new(typed), state);
            }
        }
    }
}

impl Screen for ListScreen {
    fn layer(&self) -> Layer {
        if self.typing { Layer::Filter } else { Layer::List }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match input {
            input if self.typing => self.type_filter(input, cx.state),
            Input::Action(action) => self.act(action, cx),
            Input::Text(_) | Input::Paste(_) => {}
        }
    }

    fn sync(&mut self, state: &State) {
        for pane in &mut self.panes {
            pane.sync(state);
        }
    }

    fn visible(&self, state: &State) -> Vec<IdentityId> {
        let pane = self.pane();
        let window = pane.scroll.window(pane.shown.len(), rows_in_sight(state));
        window.filter_map(|at| pane.id_at(state, at)).collect()
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let mut hidden = Vec::new();
        if self.pane().list(state).is_none_or(|list| list.rows().is_empty()) {
            hidden.extend([Action::Open, Action::Filter, Action::Copy, Action::Order]);
        }
        if state.organizations.value.as_ref().is_some_and(|all| all.len() < 2) {
            hidden.push(Action::Organizations);
        }
        hidden
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        frame::draw_header(state, &self.tabs(state), buf);
        let pane = self.pane();
        let body = Areas::of(state.size).body;
        match picture(pane, state) {
            Picture::Rows => draw_rows(pane, state, body, buf),
            Picture::Words(title, lines) => draw_words(&title, &lines, state.theme(), body, buf),
        }
        self.draw_status(state, buf)
    }
}

// How it looks.

/// Rows that fit between the column heads and the status line.
fn rows_in_sight(state: &State) -> usize {
    usize::from(Areas::of(state.size).body.height.saturating_sub(1))
}

/// What the body shows: each situation has its own honest picture.
enum Picture {
    Rows,
    Words(String, Vec<String>),
}

fn words(title: &str, lines: &[&str]) -> Picture {
    Picture::Words(title.into(), lines.iter().map(ToString::to_string).collect())
}

fn picture(pane: &Pane, state: &State) -> Picture {
    let Some(list) = pane.list(state) else { return no_organization(state) };
    if !list.rows().is_empty() {
        if pane.shown.is_empty() {
            return words("Nothing matches the filter.", &["esc clears it."]);
        }
        return Picture::Rows;
    }
    if let Some(error) = &list.reading.error {
        return of_error(error);
    }
    if !list.is_complete() {
        return words(&format!("Reading the {}…", noun(pane.kind)), &[]);
    }
    match pane.kind {
        Kind::ServiceAccounts => words(
            "No service accounts yet.",
            &["MongoDB recommends them over API keys for programmatic access."],
        ),
        Kind::ApiKeys => words(
            "No API keys.",
            &["API keys are the legacy method: MongoDB recommends service accounts instead."],
        ),
    }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::ServiceAccounts => "service accounts",
        Kind::ApiKeys => "API keys",
    }
}

fn no_organization(state: &State) -> Picture {
    if let Some(error) = &state.organizations.error {
        return of_error(error);
    }
    match &state.organizations.value {
        Some(organizations) if organizations.is_empty() => words(
            "This credential sees no organization.",
            &[
                "It may have been removed from its organization. Ask an Organization Owner, or use another credential.",
            ],
        ),
        Some(_) => words("No organization chosen.", &["w chooses one."]),
        None => words("Asking Atlas which organizations this credential sees…", &[]),
    }
}

fn of_error(error: &ApiError) -> Picture {
    let mut lines = vec![error.advice()];
    let atlas = [error.code.as_deref(), error.detail.as_deref()];
    let atlas: Vec<_> = atlas.into_iter().flatten().collect();
    if !atlas.is_empty() {
        lines.push(format!("Atlas says: {}", atlas.join(" · ")));
    }
    Picture::Words(error.sentence(), lines)
}

/// What MongoDB wants everybody to know who looks at API keys.
fn legacy_note(tab: Kind, theme: &Theme) -> Option<Status<'static>> {
    let words = "API keys are the legacy method: MongoDB recommends service accounts.";
    (tab == Kind::ApiKeys).then(|| Status {
        mark: Span::raw("   "),
        sentence: Span::styled(words, theme.dim),
        rest: String::new(),
        more: false,
    })
}

fn draw_words(title: &str, lines: &[String], theme: &Theme, body: Rect, buf: &mut Buffer) {
    let columns = usize::from(body.width.saturating_sub(6)).min(76);
    let top = u16::from(body.height > 6);
    let title = wrap(title, columns).into_iter().map(|line| (line, theme.strong));
    let rest = lines.iter().flat_map(|text| {
        std::iter::once(String::new()).chain(wrap(text, columns)).map(|line| (line, theme.text))
    });
    let room = usize::from(body.height - top);
    for (y, (line, style)) in (body.y + top..).zip(title.chain(rest).take(room)) {
        buf.set_string(3, y, line, style);
    }
}

fn draw_rows(pane: &Pane, state: &State, body: Rect, buf: &mut Buffer) {
    let Some(lens) = Lens::of(state) else { return };
    let layout = columns::layout(pane.kind, state.size.width);
    draw_heads(pane, &layout, state.theme(), body, buf);
    let window = pane.scroll.window(pane.shown.len(), rows_in_sight(state));
    for (y, at) in (body.y + 1..).zip(window) {
        let Some(row) = pane.row(state, at) else { continue };
        let mut x = MARGIN;
        for (column, columns) in &layout {
            let cell = (column.cell)(row, &lens);
            draw_cell(pane, column, &cell, Rect::new(x, y, *columns, 1), state.theme(), buf);
            x += columns + 2;
        }
        if at == pane.scroll.cursor {
            buf.set_string(1, y, "▌", state.theme().strong);
            let rest = Rect::new(2, y, body.width.saturating_sub(2), 1);
            buf.set_style(rest, state.theme().selected);
        }
    }
}

fn draw_heads(pane: &Pane, layout: &[(&Column, u16)], theme: &Theme, body: Rect, buf: &mut Buffer) {
    let mut x = MARGIN;
    for (column, columns) in layout {
        let arrow = match (column.name == pane.order_column().name, pane.reverse) {
            (false, _) => "",
            (true, false) => " ↓",
            (true, true) => " ↑",
        };
        let room = usize::from(*columns).saturating_sub(width(arrow));
        let head = format!("{}{arrow}", fit(column.title, room));
        buf.set_stringn(x, body.y, head, usize::from(*columns), theme.strong);
        x += columns + 2;
    }
}

fn draw_cell(
    pane: &Pane,
    column: &Column,
    cell: &Cell<'_>,
    area: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) {
    let mut line = Line::default();
    let mut room = usize::from(area.width);
    if let Some(mark) = cell.mark {
        line.push_span(Span::styled(symbol(mark), theme.mark(mark)));
        line.push_span(Span::raw(" "));
        room = room.saturating_sub(2);
    }
    room = room.saturating_sub(width(cell.note));
    let style = if cell.dim { theme.dim } else { theme.text };
    let text = if column.tail { fit_end(&cell.text, room) } else { fit(&cell.text, room) };
    let marked = pane.query.marked_in(pane.kind, column);
    for (part, hit) in parts(&text, marked) {
        let style = if hit { style.patch(theme.matched) } else { style };
        line.push_span(Span::styled(part, style));
    }
    line.push_span(Span::styled(cell.note, style));
    buf.set_line(area.x, area.y, &line, area.width);
}

/// A text cut at the first place where each word stands; `true` marks the words.
fn parts<'a>(text: &'a str, words: impl Iterator<Item = (&'a str, bool)>) -> Vec<(&'a str, bool)> {
    let folded = text.to_lowercase();
    let mut cuts: Vec<(usize, usize)> = words
        .filter_map(|(word, exact)| {
            // Where folding changes lengths, places in the text are not known.
            let found = if exact { text.find(word) } else { folded.find(word) };
            found.filter(|_| folded.len() == text.len()).map(|at| (at, at + word.len()))
        })
        .filter(|(start, end)| text.is_char_boundary(*start) && text.is_char_boundary(*end))
        .collect();
    cuts.sort_unstable();
    let (mut parts, mut done) = (Vec::new(), 0);
    for (start, end) in cuts {
        if start >= done {
            parts.push((&text[done..start], false));
            parts.push((&text[start..end], true));
            done = end;
        }
    }
    parts.push((&text[done..], false));
    parts
}

impl ListScreen {
    fn tabs(&self, state: &State) -> Vec<Tab> {
        self.panes
            .iter()
            .map(|pane| Tab {
                labels: match pane.kind {
                    Kind::ServiceAccounts => (pane.kind.label(), "Accounts"),
                    Kind::ApiKeys => (pane.kind.label(), "Keys"),
                },
                count: pane
                    .list(state)
                    .filter(|list| list.is_complete() || !list.rows().is_empty())
                    .map(|list| list.rows().len()),
                active: pane.kind == self.tab,
            })
            .collect()
    }

    /// The filter with its cursor, or the state's own words; the place at the right.
    fn draw_status(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (pane, theme) = (self.pane(), state.theme());
        let total = pane.list(state).map_or(0, |list| list.rows().len());
        let right = self.place(total, state);
        let typed = pane.filter.value();
        if !self.typing && (typed.is_empty() || state.trouble.is_some() || state.notice.is_some()) {
            let note = || if total > 0 { legacy_note(self.tab, theme) } else { None };
            let left = frame::status(state).or_else(note);
            // An error is worth more than the place in the list.
            let right = if state.trouble.is_some() { "" } else { &right };
            frame::draw_status(left, right, state, buf);
            return None;
        }
        let style = if self.typing { theme.text } else { theme.dim };
        let room = usize::from(state.size.width).saturating_sub(width(&right) + 7);
        // The end of what was typed is where the cursor is.
        let shown = fit_end(typed, room);
        let left = Status {
            mark: Span::styled(" / ", theme.strong),
            sentence: Span::styled(shown.clone(), style),
            rest: String::new(),
            more: false,
        };
        frame::draw_status(Some(left), &right, state, buf);
        let hidden = width(typed).saturating_sub(width(&shown));
        let before = pane.filter.visual_cursor().saturating_sub(hidden).min(room);
        let x = u16::try_from(3 + before).unwrap_or(u16::MAX);
        self.typing.then(|| Position::new(x, Areas::of(state.size).status.y))
    }

    /// `3 of 12`, and what a filter left of how many.
    fn place(&self, total: usize, state: &State) -> String {
        let pane = self.pane();
        let shown = pane.shown.len();
        let loading = pane.list(state).is_some_and(|list| !list.is_complete())
            && matches!(state.link, Link::Connecting | Link::Live(_));
        match (total, pane.query.is_empty()) {
            (0, _) => String::new(),
            (_, false) => format!("{shown} of {total} "),
            (_, true) if loading => format!("{} of {total}… ", pane.scroll.cursor + 1),
            (_, true) => format!("{} of {total} ", pane.scroll.cursor + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn matches_are_marked_where_they_stand() {
        let parts = |text: &'static str, words: &[(&'static str, bool)]| {
            super::parts(text, words.iter().copied())
                .into_iter()
                .filter(|(part, _)| !part.is_empty())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            parts("Terraform-prod", &[("prod", false), ("terra", false)]),
            [("Terra", true), ("form-", false), ("prod", true)]
        );
        assert_eq!(parts("prod", &[("PROD", true)]), [("prod", false)]);
        assert_eq!(parts("İstanbul", &[("stan", false)]), [("İstanbul", false)]);
    }
}
