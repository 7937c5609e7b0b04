//! What Atlas sent about one identity, as it came: for a row that is not understood.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::fetched::Fetched;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::raw::Raw;
use crate::atlas::{IdentityId, Read};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::{chunks, wrap};
use crate::ui::theme::Theme;

const WIDTH: u16 = 78;
/// Columns by which a line stands further in than what it is in.
const INDENT: usize = 2;
/// Deeper than this, lines stand no further in.
const DEEPEST: usize = 12;

/// The answers about one identity, by its id.
#[derive(Debug)]
pub struct RawScreen {
    id: IdentityId,
    scroll: Scroll,
}

impl RawScreen {
    /// What is sent about `id`, which is being asked for.
    #[must_use]
    pub fn new(id: IdentityId) -> Self {
        Self { id, scroll: Scroll::default() }
    }

    fn lines(&self, state: &State, columns: usize) -> Vec<Line<'static>> {
        let theme = state.theme();
        let answers = state.raw.as_ref().filter(|raw| raw.of == self.id);
        let answers = answers.map_or(&[][..], |raw| &raw.answers);
        let mut lines = Vec::new();
        for (read, answer) in answers {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(title(read), theme.strong));
            lines.extend(of_answer(answer, columns, theme));
        }
        if answers.is_empty() {
            lines.extend(self.of_row(state, columns));
        }
        lines
    }

    /// What the list brought, for one that Atlas cannot be asked about.
    fn of_row(&self, state: &State, columns: usize) -> Vec<Line<'static>> {
        let theme = state.theme();
        let row = state.org.as_ref().and_then(|org| org.row(&self.id));
        let Some(raw) = row.and_then(|row| row.identity.raw()) else {
            return vec![Line::styled("Nothing of it was kept.", theme.dim)];
        };
        let mut lines = vec![Line::styled("In the list, without an id to ask for", theme.strong)];
        lines.extend(of_raw(raw, columns, theme));
        lines
    }

    fn place(&self, state: &State) -> (Place, Vec<Line<'static>>) {
        dialog::place_around(state.size, WIDTH, |columns| self.lines(state, columns))
    }
}

fn title(read: &Read) -> &'static str {
    match read {
        Read::ServiceAccount(..) => "Service account",
        Read::ApiKey(..) => "API key",
        Read::AccessList(..) => "Access list",
        Read::Grants(..) => "Projects",
        read => read.subject(),
    }
}

fn of_answer(answer: &Fetched<Raw>, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    match (&answer.error, &answer.value) {
        (Some(error), _) => {
            let mark = (theme.symbols.broken, theme.danger);
            dialog::said(mark, &error.sentence(), columns, theme)
        }
        (None, Some(raw)) => of_raw(raw, columns, theme),
        (None, None) => vec![Line::styled("reading...", theme.dim)],
    }
}

fn of_raw(raw: &Raw, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    for line in &raw.lines {
        let indent = INDENT * line.depth.min(DEEPEST);
        let room = columns.saturating_sub(indent).max(8);
        lines.extend(chunks(&line.text, room).map(|part| {
            Line::from(vec![
                Span::raw(" ".repeat(indent)),
                Span::styled(part.to_owned(), theme.text),
            ])
        }));
    }
    if raw.left_out > 0 {
        let words = format!("and {} lines more, which are not kept", raw.left_out);
        lines.extend(wrap(&words, columns).into_iter().map(|part| Line::styled(part, theme.dim)));
    }
    lines
}

impl Screen for RawScreen {
    fn layer(&self) -> Layer {
        Layer::Raw
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let (place, lines) = self.place(cx.state);
        match action {
            Action::Back | Action::Interrupt => {
                cx.forget_raw();
                cx.close();
            }
            Action::Refresh => cx.read_raw(self.id.clone()),
            action => self.scroll.shift(action, lines.len(), usize::from(place.inner.height)),
        }
    }

    fn sync(&mut self, state: &State) {
        let (place, lines) = self.place(state);
        let most = lines.len().saturating_sub(usize::from(place.inner.height));
        self.scroll.offset = self.scroll.offset.min(most);
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, lines) = self.place(state);
        let window = self.scroll.window(lines.len(), usize::from(place.inner.height));
        let kind = in_sight(&window, lines.len());
        let dot = state.theme().symbols.dot;
        let title = format!("As Atlas sent it {dot} {}", self.id.as_str());
        dialog::draw(place, &Title { title: &title, kind: &kind }, state.theme(), buf);
        for (y, line) in (place.inner.y..).zip(&lines[window]) {
            buf.set_line(place.inner.x, y, line, place.inner.width);
        }
        None
    }
}
