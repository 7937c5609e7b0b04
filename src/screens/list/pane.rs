//! One list's cursor, filter and order. Keeps ids and indices, never rows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ratatui::layout::{Position, Rect};
use tui_input::Input as Field;

use super::haystack::Haystack;
use crate::app::identity::Kind;
use crate::app::keys::Action;
use crate::app::listing::{Listing, Row};
use crate::app::state::State;
use crate::atlas::IdentityId;
use crate::screens::columns::{self, Column, Lens};
use crate::screens::filter::Query;
use crate::ui::frame::Areas;
use crate::ui::scroll::Scroll;

/// Rows whose texts are made ready between two events: a millisecond's work or two.
const SLICE: usize = 8192;

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

impl Basis {
    fn of(list: &Listing, by_details: bool, by_time: bool) -> Self {
        Self {
            rows: list.version(),
            details: if by_details { list.details_version() } else { 0 },
            read: list.reading.at.filter(|_| by_time),
        }
    }
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
    /// All rows in their order, by their place in the listing.
    ordered: Vec<u32>,
    /// What `ordered` was made from.
    ordered_from: Option<Basis>,
    /// Since when the places in `ordered` mean the same rows.
    moves: u64,
    /// What the filter found, and what it looked at.
    found: Option<Found>,
    haystack: Option<Haystack>,
    /// The cursor goes to the first that a new filter finds.
    rises: bool,
    /// Those of `ordered` that are shown.
    pub shown: Vec<u32>,
    /// Filter or order look at what is read row by row.
    pub looks_at_details: bool,
    /// Rows whose details are not read yet, where filter or order look at them.
    pub unread: usize,
}

/// What a filter found.
#[derive(Debug)]
struct Found {
    query: Query,
    from: Basis,
    /// Which rows, by their place in the listing, as far as it has looked.
    rows: Vec<bool>,
    /// Since when those places mean the same rows.
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
            ordered: Vec::new(),
            ordered_from: None,
            moves: 0,
            found: None,
            haystack: None,
            rises: false,
            shown: Vec::new(),
            looks_at_details: false,
            unread: 0,
        }
    }

    pub fn list<'a>(&self, state: &'a State) -> Option<&'a Listing> {
        state.org.as_ref().map(|org| org.list(self.kind))
    }

    pub fn row<'a>(&self, state: &'a State, at: usize) -> Option<&'a Row> {
        self.list(state)?.shown_at(place(*self.shown.get(at)?))
    }

    /// Whether an earlier session read the row that is shown there, and this one has not.
    pub fn is_old(&self, state: &State, at: usize) -> bool {
        let list = self.list(state).zip(self.shown.get(at));
        list.is_some_and(|(list, &at)| list.is_old_at(place(at)))
    }

    pub fn id_at(&self, state: &State, at: usize) -> Option<IdentityId> {
        self.row(state, at).map(|row| row.identity.id())
    }

    pub fn order_column(&self) -> &'static Column {
        &columns::columns(self.kind)[self.order]
    }

    /// Filters and orders anew where anything that bears on it has changed.
    pub fn sync(&mut self, state: &State) {
        let (Some(list), Some(lens)) = (self.list(state), Lens::of(state)) else { return };
        let (by_details, needs_details) =
            (self.order_column().details, self.query.needs_details(self.kind));
        let order_from = Basis::of(list, by_details, false);
        let filter_from = Basis::of(list, needs_details, self.query.needs_time(self.kind));
        self.looks_at_details = by_details || needs_details;
        let is_ordered = self.ordered_from == Some(order_from);
        if !is_ordered {
            self.order_rows(list, &lens);
            self.ordered_from = Some(order_from);
            self.marked.retain(|id| list.place(id).is_some());
        }
        let is_found = |found: &Found| found.from == filter_from && found.query == self.query;
        if !is_ordered || self.is_searching(state) || !self.found.as_ref().is_some_and(is_found) {
            self.find_rows(list, &lens, filter_from);
            self.keep_cursor(list, state);
            self.rises &= self.is_searching(state);
            let unread = || list.shown().filter(|row| !row.is_read()).count();
            self.unread = if self.looks_at_details { unread() } else { 0 };
        }
        self.scroll.follow(self.shown.len(), rows_in_sight(state));
    }

    fn order_rows(&mut self, list: &Listing, lens: &Lens<'_>) {
        let rows: Vec<_> = list.shown().collect();
        let order = self.order_column().order;
        let by_name = columns::columns(self.kind)[0].order;
        let mut ordered = self.candidates(list);
        ordered.sort_by(|&a, &b| {
            let (a, b) = (rows[place(a)], rows[place(b)]);
            let way = order(a, b, lens);
            let way = if self.reverse { way.reverse() } else { way };
            way.then_with(|| by_name(a, b, lens))
                .then_with(|| a.identity.public_part().cmp(b.identity.public_part()))
        });
        (self.ordered, self.moves) = (ordered, list.moves());
    }

    /// Every place in the listing. Those that are in order already come first: the
    /// sort finds them so, and a page that is added costs little.
    fn candidates(&self, list: &Listing) -> Vec<u32> {
        let all = u32::try_from(list.shown_len()).expect("no list has so many rows");
        if self.moves != list.moves() {
            return (0..all).collect();
        }
        let mut known = vec![false; place(all)];
        let mut candidates = self.ordered.clone();
        for &at in &candidates {
            known[place(at)] = true;
        }
        candidates.extend((0..all).filter(|&at| !known[place(at)]));
        candidates
    }

    /// Filters the rows as far as their texts are ready, and goes on from there: where more
    /// of the same filter was typed, only those that it has found already.
    fn find_rows(&mut self, list: &Listing, lens: &Lens<'_>, from: Basis) {
        self.haystack.take_if(|haystack| haystack.version != list.version());
        let (query, moves) = (self.query.clone(), list.moves());
        let before = self.found.take();
        let is_shown = before.as_ref().is_some_and(|it| it.query == query && it.moves == moves);
        if query.is_empty() {
            self.found = Some(Found { query, from, rows: Vec::new(), moves });
            self.shown.clone_from(&self.ordered);
            return;
        }
        let haystack = made_ready(&mut self.haystack, list);
        let narrows = |wider: &Query| !wider.is_empty() && query.narrows(wider);
        let wider = before.filter(|found| found.from == from && narrows(&found.query));
        let looked = wider.as_ref().filter(|wider| wider.query == query);
        let looked = looked.map_or(0, |same| same.rows.len());
        let mut rows = wider.map_or_else(Vec::new, |wider| wider.rows);
        rows.resize(haystack.len(), true);
        let finder = query.finder(self.kind);
        let in_roles: Vec<_> = haystack.sets().map(|labels| finder.words_in(labels)).collect();
        for (at, (found, row)) in rows.iter_mut().zip(list.shown()).enumerate().skip(looked) {
            let (texts, set) = haystack.of_row(at);
            *found = *found && finder.finds(row, texts, &in_roles[set], lens);
        }
        // What is shown of the same filter stays until all of it is known anew.
        if !is_shown || rows.len() == list.shown_len() {
            self.shown.clear();
            let is_found = |at: &&u32| rows.get(place(**at)).is_some_and(|&found| found);
            self.shown.extend(self.ordered.iter().filter(is_found));
        }
        self.found = Some(Found { query, from, rows, moves });
    }

    /// Whether the filter has not looked at every row yet.
    pub fn is_searching(&self, state: &State) -> bool {
        let rows = self.list(state).map_or(0, Listing::shown_len);
        self.found.as_ref().is_some_and(|found| !found.query.is_empty() && found.rows.len() < rows)
    }

    /// Makes some of what a filter looks at ready, before the first letter is typed. What is
    /// out of date has gone with the last [`Pane::sync`].
    pub fn prepare(&mut self, state: &State) {
        let Some(list) = self.list(state).filter(|list| !list.reading.asked) else { return };
        made_ready(&mut self.haystack, list);
    }

    /// Whether there is more of it to be made. What is still being read is not waited for.
    pub fn is_preparing(&self, state: &State) -> bool {
        let list = self.list(state).filter(|list| !list.reading.asked);
        let rows = self.haystack.as_ref().map(Haystack::len);
        list.zip(rows).is_some_and(|(list, rows)| rows < list.shown_len())
    }

    /// The cursor stays on its identity, not on its place.
    fn keep_cursor(&mut self, list: &Listing, state: &State) {
        if self.rises {
            self.scroll.to(0, self.shown.len());
            self.selected = self.id_at(state, 0).or(self.selected.take());
            return;
        }
        let Some(selected) = &self.selected else { return };
        let Some(at) = list.shown_place(selected) else {
            // It is gone: its neighbour takes its place, and keeps it from now on.
            self.scroll.follow(self.shown.len(), rows_in_sight(state));
            self.selected = self.id_at(state, self.scroll.cursor);
            return;
        };
        if let Some(shown) = self.shown.iter().position(|&shown| place(shown) == at) {
            self.scroll.cursor = shown;
        }
    }

    pub fn move_cursor(&mut self, action: Action, state: &State) {
        self.rises = false;
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
        (self.found, self.rises) = (None, false);
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
        self.rises = !self.query.is_empty();
        self.sync(state);
        // Also where it means the same as before, and nothing was looked for.
        if let Some(list) = self.list(state).filter(|_| self.rises) {
            self.keep_cursor(list, state);
            self.rises = self.is_searching(state);
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
        self.ordered_from = None;
    }

    /// Orders the other way round.
    pub fn turn_order(&mut self) {
        self.reverse = !self.reverse;
        self.ordered_from = None;
    }
}

/// The texts of a list's rows, with some more of them.
fn made_ready<'a>(haystack: &'a mut Option<Haystack>, list: &Listing) -> &'a Haystack {
    let haystack = haystack.get_or_insert_with(|| Haystack::begun(list));
    haystack.take_in(list, SLICE);
    haystack
}

/// A place in a listing, as an index.
fn place(at: u32) -> usize {
    at as usize
}

/// Rows that fit between the column heads and the status line.
pub(super) fn rows_in_sight(state: &State) -> usize {
    usize::from(Areas::of(state.size).body.height.saturating_sub(1))
}
