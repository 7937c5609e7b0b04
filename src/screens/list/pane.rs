//! One list's cursor, filter and order. Keeps ids and indices, never rows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ratatui::layout::{Position, Rect};
use tui_input::Input as Field;

use crate::app::identity::Kind;
use crate::app::keys::Action;
use crate::app::listing::{Listing, Row};
use crate::app::state::State;
use crate::atlas::IdentityId;
use crate::screens::columns::{self, Column, Lens};
use crate::screens::filter::Query;
use crate::ui::frame::Areas;
use crate::ui::scroll::Scroll;

/// From what the rows in sight were chosen and ordered: what is the same need not be done
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Basis {
    /// The version of the rows.
    rows: u64,
    /// That of their details, where they bear on it.
    details: u64,
    /// The last reading, where time does.
    read: Option<Timestamp>,
}

/// One list's cursor, filter and order.
#[derive(Debug)]
pub(super) struct Pane {
    pub kind: Kind,
    pub scroll: Scroll,
    /// The row under the cursor, once the administrator has moved it.
    pub selected: Option<IdentityId>,
    /// The rows that one thing is to be done to.
    pub marked: BTreeSet<IdentityId>,
    pub filter: Field,
    pub query: Query,
    order: usize,
    pub reverse: bool,
    /// The rows that are shown, by their place in the listing.
    pub shown: Vec<usize>,
    /// Rows whose details are not read yet, where filter or order look at them.
    pub unread: usize,
    /// What `shown` was made from.
    pub made_from: Option<Basis>,
    /// Since when the places in `shown` mean the same rows.
    moves: u64,
}

impl Pane {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            scroll: Scroll::default(),
            selected: None,
            marked: BTreeSet::new(),
            filter: Field::default(),
            query: Query::default(),
            order: 0,
            reverse: false,
            shown: Vec::new(),
            unread: 0,
            made_from: None,
            moves: 0,
        }
    }

    pub fn list<'a>(&self, state: &'a State) -> Option<&'a Listing> {
        state.org.as_ref().map(|org| org.list(self.kind))
    }

    pub fn row<'a>(&self, state: &'a State, at: usize) -> Option<&'a Row> {
        self.list(state)?.shown_at(*self.shown.get(at)?)
    }

    /// Whether an earlier session read the row that is shown there, and this one has not.
    pub fn is_old(&self, state: &State, at: usize) -> bool {
        let list = self.list(state).zip(self.shown.get(at));
        list.is_some_and(|(list, &place)| list.is_old_at(place))
    }

    pub fn id_at(&self, state: &State, at: usize) -> Option<IdentityId> {
        self.row(state, at).map(|row| row.identity.id())
    }

    pub fn order_column(&self) -> &'static Column {
        &columns::columns(self.kind)[self.order]
    }

    /// Filters and orders anew where anything that bears on it has changed.
    pub fn sync(&mut self, state: &State) {
        let Some(list) = self.list(state) else { return };
        let by_details = self.order_column().details || self.query.needs_details(self.kind);
        let from = Basis {
            rows: list.version(),
            details: if by_details { list.details_version() } else { 0 },
            read: list.reading.at.filter(|_| self.query.needs_time(self.kind)),
        };
        if self.made_from != Some(from) {
            self.rebuild(state, list);
            let unread = list.shown().filter(|row| by_details && !row.is_read());
            self.unread = unread.count();
            self.made_from = Some(from);
        }
        self.scroll.follow(self.shown.len(), rows_in_sight(state));
    }

    fn rebuild(&mut self, state: &State, list: &Listing) {
        let Some(lens) = Lens::of(state) else { return };
        let rows: Vec<_> = list.shown().collect();
        let fits =
            |&at: &usize| self.query.is_empty() || self.query.matches(self.kind, rows[at], &lens);
        let mut shown = self.candidates(list);
        shown.retain(fits);
        let order = self.order_column().order;
        let by_name = columns::columns(self.kind)[0].order;
        shown.sort_by(|&a, &b| {
            let (a, b) = (rows[a], rows[b]);
            let way = order(a, b, &lens);
            let way = if self.reverse { way.reverse() } else { way };
            way.then_with(|| by_name(a, b, &lens))
                .then_with(|| a.identity.public_part().cmp(b.identity.public_part()))
        });
        (self.shown, self.moves) = (shown, list.moves());
        self.marked.retain(|id| list.place(id).is_some());
        // The cursor stays on its identity, not on its place.
        let Some(selected) = &self.selected else { return };
        let Some(place) = list.shown_place(selected) else {
            // It is gone: its neighbour takes its place, and keeps it from now on.
            self.scroll.follow(self.shown.len(), rows_in_sight(state));
            self.selected = self.id_at(state, self.scroll.cursor);
            return;
        };
        if let Some(shown) = self.shown.iter().position(|&at| at == place) {
            self.scroll.cursor = shown;
        }
    }

    /// Every place in the listing. Those that are in order already come first: the
    /// sort finds them so, and a page that is added costs little.
    fn candidates(&self, list: &Listing) -> Vec<usize> {
        let all = list.shown_len();
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

    pub fn move_cursor(&mut self, action: Action, state: &State) {
        if self.scroll.act(action, self.shown.len(), rows_in_sight(state)) {
            self.selected = self.id_at(state, self.scroll.cursor);
        }
    }

    /// Puts the cursor on the row that is drawn there; whether it stood there before.
    pub fn point(&mut self, at: Position, state: &State) -> Option<bool> {
        let body = Areas::of(state.size).body;
        let rows = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
        let again = self.scroll.point(at, rows, self.shown.len())?;
        self.selected = self.id_at(state, self.scroll.cursor);
        Some(again)
    }

    /// Puts the cursor on an identity, filtered out or not; whether it is in the list.
    pub fn select(&mut self, id: &IdentityId, state: &State) -> bool {
        if self.list(state).is_none_or(|list| list.place(id).is_none()) {
            return false;
        }
        self.selected = Some(id.clone());
        self.made_from = None;
        self.sync(state);
        true
    }

    /// Marks the row under the cursor, or takes its mark away; says why not.
    pub fn mark(&mut self, state: &State) -> Result<(), &'static str> {
        let Some(row) = self.row(state, self.scroll.cursor) else { return Ok(()) };
        let id = row.identity.id();
        if row.identity.is_system_managed() || !id.is_addressable() {
            return Err("Atlas made it for an integration; it cannot be changed");
        }
        if !self.marked.remove(&id) {
            self.marked.insert(id);
        }
        self.move_cursor(Action::Down, state);
        Ok(())
    }

    /// The marked ones, in the order of the rows, those that the filter hides last.
    pub fn marked_in_order(&self, state: &State) -> Vec<IdentityId> {
        let shown = (0..self.shown.len()).filter_map(|at| self.id_at(state, at));
        let mut ids: Vec<_> = shown.filter(|id| self.marked.contains(id)).collect();
        let hidden: Vec<_> = self.marked.iter().filter(|id| !ids.contains(id)).cloned().collect();
        ids.extend(hidden);
        ids
    }

    pub fn set_filter(&mut self, filter: Field, state: &State) {
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
    pub fn next_order(&mut self, state: &State) {
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

/// Rows that fit between the column heads and the status line.
pub(super) fn rows_in_sight(state: &State) -> usize {
    usize::from(Areas::of(state.size).body.height.saturating_sub(1))
}
