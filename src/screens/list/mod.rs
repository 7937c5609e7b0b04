//! The page itself: service accounts and API keys in two tabs.

mod answers;
mod body;
mod haystack;
mod pane;

use crossterm::event::Event as TerminalEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Span;
use tui_input::Input as Field;
use tui_input::backend::crossterm::EventHandler;

use super::activity::ActivityScreen;
use super::begin::{begin, open_raw};
use super::create::CreateScreen;
use super::details::DetailsScreen;
use super::many_choice::ManyChoiceScreen;
use super::settings::SettingsScreen;
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::identity::Kind;
use crate::app::keys::{Action, Layer};
use crate::app::listing::Listing;
use crate::app::state::{Link, State};
use crate::app::twin::Original;
use crate::atlas::IdentityId;
use crate::rules::many::Deed;
use crate::ui::frame::{self, Areas, Status, Tab};
use crate::ui::text::{fit, skip_columns, width};
use crate::ui::when;
use answers::about_filter;
use body::{Picture, draw_rows, draw_words, for_many, legacy_note, marked_note, old_note, picture};
use pane::{Pane, rows_in_sight};

/// Columns of a kept filter that no notice takes away.
const KEPT_FILTER: usize = 24;

/// The page: two lists, one of them in sight.
#[derive(Debug)]
pub struct ListScreen {
    tab: Kind,
    panes: [Pane; 2],
    /// The filter has the keyboard.
    typing: bool,
    /// What was made last, once the cursor has turned to it.
    followed: Option<IdentityId>,
}

/// Whether it is done to the row under the cursor, as that is now.
fn is_about_a_row(action: Action) -> bool {
    matches!(action, Action::Open | Action::Raw | Action::Activity) || action.begins_change()
}

/// Whether it means nothing where no row is.
fn needs_a_row(action: Action) -> bool {
    use Action::{Browse, Copy, CopyLink, Create, Order, Settings, Twin};
    match action {
        Copy | Order | Twin | Browse | CopyLink => true,
        Create | Settings => false,
        action => is_about_a_row(action),
    }
}

impl Default for ListScreen {
    fn default() -> Self {
        let panes = Kind::ALL.map(Pane::new);
        Self { tab: Kind::ServiceAccounts, panes, typing: false, followed: None }
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
            action if self.waits_for_reading(action, state) => {
                let read = state.recalled_from().unwrap_or(state.now);
                let ago = when::ago(read, state.now);
                cx.tell(&format!("read {ago}, by an earlier session: wait until it is read again"));
            }
            Action::Open => self.open(cx),
            Action::Filter => self.typing = true,
            Action::Order => self.pane_mut().next_order(state),
            Action::Reverse => self.pane_mut().turn_order(),
            Action::Refresh => cx.refresh(),
            Action::Copy => self.copy(cx),
            Action::Raw => self.open_raw(cx),
            Action::Back => self.back(cx),
            Action::Quit => cx.quit(),
            Action::Create if state.org.is_none() => cx.say("no organization is open"),
            Action::Create => match state.why_not(action, None) {
                Some(why) => cx.tell(&why),
                None => cx.open(Box::new(CreateScreen::new(self.tab, state))),
            },
            Action::Settings => match (state.why_not(action, None), SettingsScreen::of(state)) {
                (Some(why), _) => cx.tell(&why),
                (None, Some(screen)) => cx.open(Box::new(screen)),
                (None, None) => cx.say("the organization's settings are not known yet"),
            },
            Action::Activity => self.open_activity(cx),
            Action::AllActivity => ActivityScreen::open(None, cx),
            Action::Mark => {
                if let Err(why) = self.pane_mut().mark(state) {
                    cx.say(why);
                }
            }
            action if action.begins_change() && !self.pane().marked.is_empty() => {
                self.begin_many(action, cx);
            }
            action if action.begins_change() => {
                let pane = self.pane_mut();
                pane.selected = pane.id_at(state, pane.scroll.cursor);
                if let Some(row) = pane.row(state, pane.scroll.cursor) {
                    begin(action, row, None, cx);
                }
            }
            action => self.pane_mut().move_cursor(action, state),
        }
    }

    /// What was read in an earlier session is no ground for doing something to a row, or
    /// in an organization that is not known to be the one.
    fn waits_for_reading(&self, action: Action, state: &State) -> bool {
        let pane = self.pane();
        match action {
            Action::Create | Action::Settings | Action::AllActivity => state.is_supposed(),
            action => is_about_a_row(action) && pane.is_old(state, pane.scroll.cursor),
        }
    }

    /// Turns to what was made last, as soon as it is in the list.
    fn follow_newest(&mut self, state: &State) {
        let Some(newest) = state.newest.as_ref().filter(|id| self.followed.as_ref() != Some(id))
        else {
            return;
        };
        let tab = Kind::of(newest);
        let pane = &mut self.panes[usize::from(tab == Kind::ApiKeys)];
        if pane.select(newest, state) {
            (self.tab, self.followed) = (tab, Some(newest.clone()));
        }
    }

    /// What is done to all that are marked.
    fn begin_many(&mut self, action: Action, cx: &mut Cx<'_>) {
        let ids = self.pane().marked_in_order(cx.state);
        match (cx.state.why_not(action, ids.first()), action) {
            (Some(why), _) => cx.tell(&why),
            (None, Action::Delete) => cx.propose_many(Deed::Delete, ids),
            (None, Action::AccessList) => cx.open(Box::new(ManyChoiceScreen::entries(ids))),
            (None, Action::Permissions) => cx.open(Box::new(ManyChoiceScreen::roles(ids))),
            _ => cx.tell(&format!(
                "not for many at once: {} are; esc takes the marks away",
                for_many(cx.state).map(|(key, _)| key).join(", ")
            )),
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

    fn open_raw(&mut self, cx: &mut Cx<'_>) {
        let pane = self.pane_mut();
        if let Some(id) = pane.id_at(cx.state, pane.scroll.cursor) {
            pane.selected = Some(id.clone());
            open_raw(id, cx);
        }
    }

    fn open_activity(&self, cx: &mut Cx<'_>) {
        let pane = self.pane();
        if let Some(id) = pane.id_at(cx.state, pane.scroll.cursor) {
            ActivityScreen::open(Some(id), cx);
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

    /// What takes long to be read is let be first: that loses nothing.
    fn back(&mut self, cx: &mut Cx<'_>) {
        if cx.state.is_slow() {
            cx.stop_reading();
        } else if !self.pane().marked.is_empty() {
            self.pane_mut().marked.clear();
        } else if self.pane().filter.value().is_empty() {
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
        self.follow_newest(state);
        if self.typing {
            self.pane_mut().prepare(state);
        }
    }

    fn is_at_work(&self, state: &State) -> bool {
        self.panes.iter().any(|pane| pane.is_searching(state))
            || (self.typing && self.pane().is_preparing(state))
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        if at.y == Areas::of(state.size).header.y && !self.typing {
            let tab = frame::tab_at(state, &self.tabs(state), at.x)?;
            return Some([Action::ServiceAccounts, Action::ApiKeys][tab]);
        }
        let again = self.pane_mut().point(at, state)?;
        (again && !self.typing).then_some(Action::Open)
    }

    fn visible(&self, state: &State) -> Vec<IdentityId> {
        let pane = self.pane();
        let window = pane.scroll.window(pane.shown.len(), rows_in_sight(state));
        window.filter_map(|at| pane.id_at(state, at)).collect()
    }

    fn looks_at_all(&self) -> Option<Kind> {
        Some(self.tab).filter(|_| self.pane().looks_at_details)
    }

    fn original(&self, state: &State) -> Option<Original> {
        let pane = self.pane();
        pane.id_at(state, pane.scroll.cursor).map(Original::Identity)
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let mut hidden = Vec::new();
        if !self.typing && !state.is_slow() {
            hidden.push(Action::Back);
        }
        if !self.typing && self.pane().shown.is_empty() {
            let layer = state.keys().of_layer(self.layer()).map(|line| line.action);
            hidden.extend(layer.filter(|action| needs_a_row(*action)));
        }
        if self.pane().list(state).is_none_or(|list| list.shown_len() == 0) {
            hidden.push(Action::Filter);
        }
        if state.org.is_none() {
            hidden.push(Action::Create);
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

// How it looks, round the body.

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
                    .filter(|list| list.is_complete() || list.shown_len() > 0)
                    .map(Listing::shown_len),
                old: pane.list(state).is_some_and(|list| list.recalled_from().is_some()),
                active: pane.kind == self.tab,
            })
            .collect()
    }

    /// The filter with its cursor, or the state's own words; the place at the right.
    fn draw_status(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (pane, theme) = (self.pane(), state.theme());
        let total = pane.list(state).map_or(0, Listing::shown_len);
        let right = self.place(total, state);
        if !self.typing && (pane.filter.value().is_empty() || state.trouble.is_some()) {
            let read = pane.list(state).and_then(Listing::recalled_from);
            let old = || read.map(|read| old_note(read, state));
            let note = || if total > 0 { legacy_note(self.tab, theme) } else { None };
            let marked = || marked_note(pane.marked.len(), state);
            let left = frame::happening(state)
                .or_else(marked)
                .or_else(|| frame::standing(state))
                .or_else(old)
                .or_else(note);
            // An error is worth more than the place in the list.
            let right = if state.trouble.is_some() { "" } else { &right };
            frame::draw_status(left, right, state, buf);
            return None;
        }
        let columns = usize::from(state.size.width);
        let told =
            about_filter(pane, state).map(|told| format!("{told} {} {right}", theme.symbols.dot));
        let fits = |told: &String| width(pane.filter.value()) + width(told) + 7 <= columns;
        let right = told.filter(fits).unwrap_or(right);
        // A filter that is kept stays in sight; a notice takes the place's place and
        // what the filter leaves of the line.
        let right = match &state.notice {
            Some(notice) if !self.typing => {
                let kept = width(pane.filter.value()).min(KEPT_FILTER) + 7;
                fit(&notice.text, columns.saturating_sub(kept), theme).into_owned()
            }
            _ => right,
        };
        let room = columns.saturating_sub(width(&right) + 7);
        let scroll = pane.filter.visual_scroll(room);
        let left = Status {
            mark: Span::styled(" / ", theme.strong),
            sentence: Span::styled(
                skip_columns(pane.filter.value(), scroll).to_owned(),
                if self.typing { theme.text } else { theme.dim },
            ),
            rest: String::new(),
            more: false,
        };
        frame::draw_status(Some(left), &right, state, buf);
        let before = pane.filter.visual_cursor().saturating_sub(scroll).min(room);
        let x = u16::try_from(3 + before).unwrap_or(u16::MAX);
        self.typing.then(|| Position::new(x, Areas::of(state.size).status.y))
    }

    /// `3 of 12`, and what a filter left of how many.
    fn place(&self, total: usize, state: &State) -> String {
        let pane = self.pane();
        let shown = pane.shown.len();
        // The line that tells of marks is the filter's just now.
        let marked = match pane.marked.len() {
            0 => String::new(),
            marked => format!("{marked} marked, "),
        };
        let loading = pane.list(state).is_some_and(|list| !list.is_complete())
            && matches!(state.link, Link::Connecting | Link::Live(_));
        match (total, pane.query.is_empty()) {
            (0, _) => String::new(),
            (_, _) if pane.unread > 0 => {
                format!("{shown} of {total} so far, {} to be read ", pane.unread)
            }
            (_, false) if pane.is_searching(state) => format!("{shown} of {total} so far "),
            (_, false) => format!("{marked}{shown} of {total} "),
            (_, true) if loading => format!("{} of {total}... ", pane.scroll.cursor + 1),
            (_, true) => format!("{} of {total} ", pane.scroll.cursor + 1),
        }
    }
}
