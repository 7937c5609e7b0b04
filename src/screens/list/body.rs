//! What the body of the page shows: the rows, or in words why there are none.
//! Changes nothing.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use super::answers::no_such_column;
use super::pane::{Pane, rows_in_sight};
use crate::app::identity::Kind;
use crate::app::keys::{Action, Layer};
use crate::app::listing::Row;
use crate::app::listing::news::News;
use crate::app::state::State;
use crate::atlas::ApiError;
use crate::screens::columns::{self, Cell, Column, Lens, MARGIN};
use crate::ui::frame::Status;
use crate::ui::put::put;
use crate::ui::text::{Cut, fit, width, wrap};
use crate::ui::theme::Theme;
use crate::ui::when;

/// What the body shows: each situation has its own honest picture.
pub(super) enum Picture {
    Rows,
    Words(String, Vec<String>),
}

fn words(title: &str, lines: &[&str]) -> Picture {
    Picture::Words(title.into(), lines.iter().map(ToString::to_string).collect())
}

pub(super) fn picture(pane: &Pane, state: &State) -> Picture {
    let Some(list) = pane.list(state) else { return no_organization(state) };
    if list.shown_len() > 0 {
        if pane.shown.is_empty() && pane.is_searching(state) {
            return words("Filtering...", &[]);
        }
        if pane.shown.is_empty() {
            return nothing_matches(pane);
        }
        return Picture::Rows;
    }
    if let Some(error) = &list.reading.error {
        return of_error(error, state);
    }
    if !list.is_complete() && !list.reading.asked {
        let again = format!("{} reads them.", state.key(Layer::List, Action::Refresh));
        return words(&format!("The {} were not read.", noun(pane.kind)), &[&again]);
    }
    if !list.is_complete() {
        return words(&format!("Reading the {}...", noun(pane.kind)), &[]);
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

fn nothing_matches(pane: &Pane) -> Picture {
    let names = columns::columns(pane.kind).iter().map(|column| format!("{}:", column.name));
    let names = names.collect::<Vec<_>>().join(" ");
    let title = match pane.unread {
        0 => "Nothing matches the filter.".to_owned(),
        unread => format!("Nothing matches so far: {unread} rows are still to be read."),
    };
    let odd = no_such_column(pane.kind, pane.filter.value()).map(|odd| format!("There is {odd}"));
    let hints = format!(
        "esc clears it. Capital letters make case count. A word may name its column: {names}"
    );
    Picture::Words(title, odd.into_iter().chain([hints]).collect())
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::ServiceAccounts => "service accounts",
        Kind::ApiKeys => "API keys",
    }
}

fn no_organization(state: &State) -> Picture {
    if let Some(error) = &state.organizations.error {
        return of_error(error, state);
    }
    match &state.organizations.value {
        Some(organizations) if organizations.is_empty() => words(
            "This credential sees no organization.",
            &[
                "It may have been removed from its organization. Ask an Organization Owner, or use another credential.",
            ],
        ),
        Some(_) => {
            let choose = state.key(Layer::List, Action::Organizations);
            words("No organization chosen.", &[&format!("{choose} chooses one.")])
        }
        None if !state.organizations.asked => words(
            "Which organizations this credential sees was not read.",
            &[&format!("{} asks Atlas again.", state.key(Layer::List, Action::Refresh))],
        ),
        None => words("Asking Atlas which organizations this credential sees...", &[]),
    }
}

fn of_error(error: &ApiError, state: &State) -> Picture {
    let mut lines = vec![error.advice()];
    lines.extend(state.credential_words(error));
    let atlas = [error.code.as_deref(), error.detail.as_deref()];
    let atlas: Vec<_> = atlas.into_iter().flatten().collect();
    if !atlas.is_empty() {
        lines.push(format!("Atlas says: {}", atlas.join(": ")));
    }
    Picture::Words(error.sentence(), lines)
}

/// What MongoDB wants everybody to know who looks at API keys.
pub(super) fn legacy_note(tab: Kind, theme: &Theme) -> Option<Status<'static>> {
    let words = "API keys are the legacy method: MongoDB recommends service accounts.";
    (tab == Kind::ApiKeys).then(|| Status {
        mark: Span::raw("   "),
        sentence: Span::styled(words, theme.dim),
        rest: String::new(),
        more: false,
    })
}

/// That what is shown was read by an earlier session, while this one reads it.
pub(super) fn old_note(read: Timestamp, state: &State) -> Status<'static> {
    let ago = when::ago(read, state.now);
    let words = format!("As it was read {ago}: what is there now is still to come.");
    Status {
        mark: Span::raw("   "),
        sentence: Span::styled(words, state.theme().dim),
        rest: String::new(),
        more: false,
    }
}

/// What can be done to the rows that are marked: keys and words.
pub(super) fn for_many(state: &State) -> [(String, &'static str); 3] {
    [(Action::Delete, "delete"), (Action::AccessList, "access"), (Action::Permissions, "roles")]
        .map(|(action, word)| (state.key(Layer::List, action), word))
}

/// How many are marked, and what can be done to them.
pub(super) fn marked_note(marked: usize, state: &State) -> Option<Status<'static>> {
    let theme = state.theme();
    let deeds = for_many(state).map(|(key, word)| format!("{key} {word}")).join(", ");
    (marked > 0).then(|| Status {
        mark: Span::styled(format!(" {} ", theme.symbols.marked), theme.strong),
        sentence: Span::styled(format!("{marked} marked: {deeds}, esc unmarks"), theme.text),
        rest: String::new(),
        more: false,
    })
}

pub(super) fn draw_words(
    title: &str,
    lines: &[String],
    theme: &Theme,
    body: Rect,
    buf: &mut Buffer,
) {
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

/// Draws the heads and the rows in sight.
pub(super) fn draw_rows(pane: &Pane, state: &State, body: Rect, buf: &mut Buffer) {
    let Some(lens) = Lens::of(state) else { return };
    let layout = columns::layout(pane.kind, state.size.width);
    draw_heads(pane, &layout, state.theme(), body, buf);
    let window = pane.scroll.window(pane.shown.len(), rows_in_sight(state));
    for (y, at) in (body.y + 1..).zip(window) {
        let Some(row) = pane.row(state, at) else { continue };
        let old = pane.is_old(state, at);
        let mut x = MARGIN;
        for (column, columns) in &layout {
            let cell = (column.cell)(row, &lens);
            let cell = if old { as_it_was(cell) } else { cell };
            draw_cell(pane, column, &cell, Rect::new(x, y, *columns, 1), state.theme(), buf);
            x += columns + 2;
        }
        if let Some(mark) = columns::warning(row, &lens).filter(|_| !old) {
            buf.set_string(
                MARGIN - 2,
                y,
                state.theme().symbols.mark(mark),
                state.theme().mark(mark),
            );
        }
        draw_news(pane, row, state, Rect::new(0, y, body.width, 1), buf);
        if !pane.marked.is_empty() && pane.marked.contains(&row.identity.id()) {
            buf.set_string(0, y, state.theme().symbols.marked, state.theme().strong);
        }
        if at == pane.scroll.cursor {
            buf.set_string(1, y, state.theme().symbols.cursor, state.theme().strong);
            let rest = Rect::new(2, y, body.width.saturating_sub(2), 1);
            buf.set_style(rest, state.theme().selected);
        }
    }
}

/// Marks a row that is new or changed, as long as that is told.
fn draw_news(pane: &Pane, row: &Row, state: &State, line: Rect, buf: &mut Buffer) {
    let Some(list) = pane.list(state).filter(|list| list.news_until().is_some()) else { return };
    let Theme { symbols, strong, .. } = *state.theme();
    let sign = match list.news_of(&row.identity.id()) {
        Some(News::New) => symbols.gain,
        Some(News::Changed) => symbols.changed,
        None => return,
    };
    buf.set_style(line, strong);
    buf.set_string(line.x, line.y, sign, strong);
}

/// A cell of a row that an earlier session read: muted, without a judgement of how it
/// stands now, and what was not kept is still to be read.
fn as_it_was(cell: Cell<'_>) -> Cell<'_> {
    let unread = cell.unread || &*cell.text == "?";
    Cell { mark: None, dim: true, unread, ..cell }
}

fn draw_heads(pane: &Pane, layout: &[(&Column, u16)], theme: &Theme, body: Rect, buf: &mut Buffer) {
    let mut x = MARGIN;
    for (column, columns) in layout {
        let arrow = match (column.name == pane.order_column().name, pane.reverse) {
            (false, _) => String::new(),
            (true, false) => format!(" {}", theme.symbols.down),
            (true, true) => format!(" {}", theme.symbols.up),
        };
        let room = usize::from(*columns).saturating_sub(width(&arrow));
        let head = format!("{}{arrow}", fit(column.title, room, theme));
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
    let mut pen = Pen { x: area.x, area, buf };
    if let Some(mark) = cell.mark {
        pen.put(theme.symbols.mark(mark), theme.mark(mark));
        pen.put(" ", Style::new());
    }
    let style = if cell.dim { theme.dim } else { theme.text };
    let Cut { before, text, after } = cut(column, cell, usize::from(area.width), theme);
    pen.put(before, style);
    if pane.query.is_empty() {
        pen.put(text, style);
    } else {
        for (part, hit) in parts(text, pane.query.marked_in(pane.kind, column)) {
            pen.put(part, if hit { style.patch(theme.matched) } else { style });
        }
    }
    for part in [after].into_iter().chain(note(cell, theme)) {
        pen.put(part, style);
    }
}

/// Puts one text after the other into an area of one line.
struct Pen<'a> {
    x: u16,
    area: Rect,
    buf: &'a mut Buffer,
}

impl Pen<'_> {
    fn put(&mut self, text: &str, style: Style) {
        let room = self.area.right().saturating_sub(self.x);
        self.x = put(self.buf, Position::new(self.x, self.area.y), text, room, style);
    }
}

/// As much of a cell's text as is drawn in so many columns, beside its mark and its note.
pub(super) fn cut<'a>(
    column: &Column,
    cell: &'a Cell<'_>,
    columns: usize,
    theme: &Theme,
) -> Cut<'a> {
    let mark = if cell.mark.is_some() { 2 } else { 0 };
    let note: usize = note(cell, theme).map(width).sum();
    let room = columns.saturating_sub(mark + note);
    match (cell.unread, column.tail) {
        (true, _) => Cut::whole(theme.symbols.pending),
        (false, true) => Cut::left(&cell.text, room, theme),
        (false, false) => Cut::right(&cell.text, room, theme),
    }
}

/// The note of a cell, in its parts.
fn note(cell: &Cell<'_>, theme: &Theme) -> impl Iterator<Item = &'static str> {
    let parts = match cell.note {
        "" => [""; 4],
        note => [" ", theme.symbols.dot, " ", note],
    };
    parts.into_iter()
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
