//! One deed for many: the plan before it is agreed to, then the ledger, in which each
//! row tells what became of it.

use crossterm::event::Event as TerminalEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_input::Input as Field;
use tui_input::backend::crossterm::EventHandler;

use super::confirm::{Deafness, how_to_answer, question};
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::many::{Course, Entry, Fate, Many};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::{fit, fit_end, width, wrap};
use crate::ui::theme::Theme;

/// Lines below the rows, besides what is told of the row under the cursor: a blank one
/// before that, how it stands, what is asked for.
const BELOW: usize = 3;
const WIDTH: u16 = 92;

/// The plan, and the ledger that it becomes.
#[derive(Debug, Default)]
pub struct ManyScreen {
    course: Option<Course>,
    /// What is to be typed, where something is.
    phrase: Option<String>,
    typed: Field,
    scroll: Scroll,
    deafness: Deafness,
}

impl ManyScreen {
    fn is_right(&self) -> bool {
        self.phrase.as_deref().is_none_or(|phrase| phrase == self.typed.value())
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) {
        let Some(many) = &cx.state.many else { return cx.close() };
        match action {
            Action::Back => cx.leave_many(),
            Action::Agree | Action::Save if many.course == Course::Asking => {
                if many.planned() == 0 {
                    cx.say("nothing is left to be done");
                } else if self.is_right() {
                    cx.run_many();
                } else {
                    cx.say("type the text first, exactly as it stands there");
                }
            }
            Action::Refresh if many.course == Course::Stopped => cx.run_many(),
            _ => {
                self.scroll.act(action, many.entries.len(), Self::height(cx.state));
            }
        }
    }

    fn place(state: &State) -> Place {
        let rows = state.many.as_ref().map_or(0, |many| many.entries.len());
        let height = u16::try_from(rows + BELOW + told_rows(state)).unwrap_or(u16::MAX / 2);
        dialog::place(state.size, Size::new(WIDTH, height))
    }

    fn height(state: &State) -> usize {
        let below = BELOW + told_rows(state);
        usize::from(Self::place(state).inner.height).saturating_sub(below).max(1)
    }

    /// What is asked for, or what can be done.
    fn asked(&self, many: &Many, state: &State) -> String {
        let key = |action| state.key(self.layer(), action);
        match (many.course, &self.phrase) {
            (Course::Planning | Course::Running, _) => "esc stops".into(),
            (Course::Stopping, _) => "stopping after this one".into(),
            (Course::Asking, _) if many.planned() == 0 => "esc closes.".into(),
            (Course::Asking, Some(phrase)) => {
                format!("Type {phrase} and press {}: ", key(Action::Save))
            }
            (Course::Asking, None) => question(state),
            (Course::Stopped, _) => {
                format!("{} goes on with the rest, esc leaves it.", key(Action::Refresh))
            }
            (Course::Finished, _) => "esc closes.".into(),
        }
    }
}

/// The lines that the longest words about one of them take, so that nothing jumps where
/// the cursor moves; no more than half of what there is.
fn told_rows(state: &State) -> usize {
    let Some(many) = &state.many else { return 0 };
    let inner = dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2)).inner;
    let rows =
        |entry: &Entry| wrap(told(&entry.fate, state.theme()).1, usize::from(inner.width)).len();
    many.entries.iter().map(rows).max().unwrap_or(0).min(usize::from(inner.height) / 2)
}

/// How it stands, in a line.
fn standing(many: &Many) -> String {
    let (planned, done, all) = (many.planned(), many.done(), many.entries.len());
    let looked = many.entries.iter().filter(|entry| entry.fate != Fate::Waiting).count();
    match many.course {
        Course::Planning => format!("Looking at what is there now: {looked} of {all}..."),
        Course::Asking => many.deed.outlook(planned, all),
        Course::Running | Course::Stopping => format!("{done} done, {planned} to do..."),
        Course::Stopped => format!("Stopped: {done} done, {planned} not."),
        Course::Finished => format!("{done} of {all} done."),
    }
}

/// What became of one, as a symbol and in words.
fn told<'a>(fate: &'a Fate, theme: &Theme) -> (&'static str, &'a str, Style) {
    let symbols = theme.symbols;
    match fate {
        Fate::Waiting => (symbols.plain, symbols.pending, theme.dim),
        Fate::Planned(what) => (symbols.todo, what, theme.text),
        Fate::Working => (symbols.working, "under way...", theme.strong),
        Fate::Done => (symbols.done, "done", theme.good),
        Fate::Already => (symbols.plain, "so already: nothing is sent", theme.dim),
        Fate::Left(why) => (symbols.loss, why, theme.soon),
        Fate::Failed(why) => (symbols.broken, why, theme.danger),
        Fate::Unknown(why) => (symbols.unknown, why, theme.danger),
    }
}

fn line(entry: &Entry, columns: usize, theme: &Theme) -> Line<'static> {
    let (symbol, words, style) = told(&entry.fate, theme);
    let (names, ids) = (columns / 4, columns / 6);
    let cell = |text: &str, room: usize, end: bool| {
        let room = room.saturating_sub(2);
        let text = if end { fit_end(text, room, theme) } else { fit(text, room, theme) };
        let pad = " ".repeat((room + 2).saturating_sub(width(&text)));
        format!("{text}{pad}")
    };
    let rest = columns.saturating_sub(2 + names + ids);
    Line::from(vec![
        Span::styled(format!("{symbol} "), style),
        Span::styled(cell(&entry.name, names, false), theme.chosen(&entry.name, theme.text)),
        Span::styled(cell(&entry.public, ids, true), theme.dim),
        Span::styled(fit(words, rest, theme).into_owned(), style),
    ])
}

impl Screen for ManyScreen {
    fn layer(&self) -> Layer {
        if self.phrase.is_some() { Layer::Sentence } else { Layer::Confirm }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let asking = cx.state.many.as_ref().filter(|many| many.course == Course::Asking);
        let (now, one_key) = (cx.state.now, self.phrase.is_none());
        if asking.is_some_and(|many| self.deafness.is_deaf(many.asked_at, now, one_key)) {
            return;
        }
        match input {
            Input::Action(action) => self.act(action, cx),
            Input::Text(key) => {
                self.typed.handle_event(&TerminalEvent::Key(key));
            }
            Input::Paste(text) => {
                self.typed = Field::new(format!("{}{}", self.typed.value(), text.trim()));
            }
        }
    }

    fn original(&self, state: &State) -> Option<Original> {
        let entry = state.many.as_ref()?.entries.get(self.scroll.cursor)?;
        Some(Original::Writes(entry.writes().to_vec()))
    }

    fn sync(&mut self, state: &State) {
        let Some(many) = &state.many else { return };
        if self.course != Some(many.course) {
            let asks = many.course == Course::Asking && many.planned() > 0;
            self.course = Some(many.course);
            self.phrase = many.deed.phrase(many.planned()).filter(|_| asks);
            self.typed = Field::default();
        }
        let working = many.entries.iter().position(|entry| entry.fate == Fate::Working);
        if let Some(at) = working {
            self.scroll.to(at, many.entries.len());
        }
        self.scroll.follow(many.entries.len(), Self::height(state));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let many = state.many.as_ref()?;
        let (place, theme) = (Self::place(state), state.theme());
        let (inner, columns) = (place.inner, usize::from(place.inner.width));
        let window = self.scroll.window(many.entries.len(), Self::height(state));
        let kind = match in_sight(&window, many.entries.len()) {
            all if all.is_empty() => format!("{} marked", many.entries.len()),
            part => part,
        };
        dialog::draw(place, &Title { title: many.deed.title(), kind: &kind }, theme, buf);
        let mut y = inner.y;
        for at in window {
            buf.set_line(inner.x, y, &line(&many.entries[at], columns, theme), inner.width);
            if at == self.scroll.cursor {
                buf.set_string(inner.x.saturating_sub(2), y, theme.symbols.cursor, theme.strong);
            }
            y += 1;
        }
        if let Some(entry) = many.entries.get(self.scroll.cursor) {
            let (_, words, style) = told(&entry.fate, theme);
            let rows = told_rows(state);
            let above = u16::try_from(rows + 2).unwrap_or(u16::MAX);
            let from = inner.bottom().saturating_sub(above).max(y);
            for (y, part) in (from..inner.bottom()).zip(wrap(words, columns)).take(rows) {
                buf.set_stringn(inner.x, y, part, columns, style);
            }
        }
        let y = inner.bottom().saturating_sub(2).max(y);
        buf.set_stringn(inner.x, y, standing(many), columns, theme.dim);
        let asked = self.asked(many, state);
        let y = (y + 1).min(inner.bottom().saturating_sub(1));
        buf.set_stringn(inner.x, y, &asked, columns, theme.strong);
        self.phrase.as_ref()?;
        let x = inner.x + u16::try_from(width(&asked)).unwrap_or(0);
        let room = usize::from(inner.right().saturating_sub(x));
        buf.set_stringn(x, y, self.typed.value(), room, theme.text);
        let typed = u16::try_from(self.typed.visual_cursor().min(room)).unwrap_or(0);
        Some(Position::new((x + typed).min(inner.right().saturating_sub(1)), y))
    }

    fn waits_for(&self, state: &State) -> Option<String> {
        let asking = state
            .many
            .as_ref()
            .is_some_and(|many| many.course == Course::Asking && many.planned() > 0);
        (asking && self.phrase.is_none()).then(|| how_to_answer(state))
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        match (action, self.course?) {
            (Action::Back, Course::Planning | Course::Running | Course::Stopping) => Some("stop"),
            (Action::Back, Course::Stopped | Course::Finished) => Some("close"),
            (Action::Refresh, _) => Some("go on"),
            _ => None,
        }
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let course = state.many.as_ref().map(|many| many.course);
        let mut hidden = Vec::new();
        let to_do = state.many.as_ref().is_some_and(|many| many.planned() > 0);
        if course != Some(Course::Asking) || !to_do {
            hidden.push(Action::Agree);
        }
        if course != Some(Course::Stopped) {
            hidden.push(Action::Refresh);
        }
        if !self.is_right() {
            hidden.push(Action::Save);
        }
        hidden
    }
}
