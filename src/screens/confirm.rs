//! A change before it is made: what it would do, in words, and what it asks for
//! first; then what becomes of it. It is bound to the change, not to a row.

use crossterm::event::Event as TerminalEvent;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::text::Line;
use tui_input::Input as Field;
use tui_input::backend::crossterm::EventHandler;

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::held::Place as Target;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::task::{Applied, Failure, Stage, Task};
use crate::app::twin::Original;
use crate::atlas::Clean;
use crate::atlas::roles::labels;
use crate::rules::change::{Change, Demand, New, Tone, Verdict};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::{fit, skip_columns, width, wrap};
use crate::ui::theme::Theme;

/// A question hears no key for so long after it came up: keys that were on their way
/// were meant for something else.
const DEAF: SignedDuration = SignedDuration::from_millis(250);

/// Keeps keys from a question that were meant for something else.
#[derive(Debug)]
pub(super) struct Deafness {
    /// It lasts for so long.
    time: SignedDuration,
    /// The last key that was not heard.
    last: Option<Timestamp>,
}

impl Default for Deafness {
    fn default() -> Self {
        Self::of(DEAF)
    }
}

impl Deafness {
    /// One that lasts for so long.
    pub fn of(time: SignedDuration) -> Self {
        Self { time, last: None }
    }

    /// Whether a key at `now` goes unheard by what came up at `asked_at`. Where one key
    /// agrees, one that is held down goes unheard until it is let go.
    pub fn is_deaf(&mut self, asked_at: Timestamp, now: Timestamp, one_key: bool) -> bool {
        let last = self.last.filter(|last| one_key && *last >= asked_at);
        let deaf = now.duration_since(last.unwrap_or(asked_at)) < self.time;
        if deaf {
            self.last = Some(now);
        }
        deaf
    }
}

const WIDTH: u16 = 66;

/// What the screen is for just now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Mode {
    /// Nothing is asked: something is on its way.
    #[default]
    Waiting,
    /// A key agrees.
    Agree,
    /// A text agrees.
    Type(String),
    /// It cannot be made.
    Refused,
    /// It came to nothing.
    Failed,
}

/// The change that is under way, before the administrator.
#[derive(Debug, Default)]
pub struct ConfirmScreen {
    mode: Mode,
    typed: Field,
    scroll: Scroll,
    /// So many of its lines were in sight: nobody agrees to what he could not read.
    seen: usize,
    /// There are more.
    unread: bool,
    deafness: Deafness,
    /// It asked for a secret, and no clear answer came.
    lost: bool,
}

impl Mode {
    fn of(task: Option<&Task>) -> Self {
        let Some(task) = task else { return Self::Waiting };
        match (&task.stage, task.verdict.as_ref().map(|verdict| &verdict.demand)) {
            (Stage::Failed(_), _) => Self::Failed,
            (Stage::Asking, Some(Demand::Type(text))) => Self::Type(text.clone()),
            (Stage::Asking, Some(Demand::Agree)) => Self::Agree,
            (Stage::Asking, Some(Demand::Refuse(_))) => Self::Refused,
            _ => Self::Waiting,
        }
    }
}

impl ConfirmScreen {
    fn is_right(&self) -> bool {
        matches!(&self.mode, Mode::Type(text) if self.typed.value() == text)
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) {
        match (action, &self.mode) {
            (Action::Back, _) => cx.drop_task(),
            (Action::Agree, Mode::Agree) => self.agree(cx),
            (Action::Refresh, Mode::Failed) => cx.try_again(),
            (Action::Save, Mode::Type(_)) if self.is_right() => self.agree(cx),
            (Action::Save, Mode::Type(_)) => {
                cx.say("type the text first, exactly as it stands there");
            }
            (action, _) => self.move_window(action, cx.state),
        }
    }

    /// Agrees, once all of it was in sight; until then it goes on reading.
    fn agree(&mut self, cx: &mut Cx<'_>) {
        if !self.unread {
            return cx.agree();
        }
        let (place, lines) = self.place(cx.state);
        let height = self.height(cx.state, place);
        self.scroll.offset = self.seen.min(lines.len().saturating_sub(height));
        cx.say("there was more to read: look at it, then once more");
    }

    fn move_window(&mut self, action: Action, state: &State) {
        let (place, lines) = self.place(state);
        let most = lines.len().saturating_sub(self.height(state, place));
        let at = self.scroll.offset;
        self.scroll.offset = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => (at + 1).min(most),
            Action::First | Action::HalfPageUp => 0,
            Action::Last | Action::HalfPageDown => most,
            _ => at,
        };
    }

    /// What is asked for in a text, in lines that are always in sight.
    fn prompt(&self, state: &State, columns: usize) -> Vec<String> {
        let Mode::Type(text) = &self.mode else { return Vec::new() };
        let enter = state.key(Layer::Sentence, Action::Save);
        wrap(&format!("Type {text} and press {enter}, or esc to go back:"), columns)
    }

    /// Lines of the change that fit above what is asked for.
    fn height(&self, state: &State, place: Place) -> usize {
        let asked = match self.prompt(state, usize::from(place.inner.width)).len() {
            0 => 0,
            lines => lines + 1,
        };
        usize::from(place.inner.height).saturating_sub(asked)
    }

    fn place(&self, state: &State) -> (Place, Vec<Line<'static>>) {
        let narrow = dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2));
        let lines = lines(state, usize::from(narrow.inner.width));
        let asked = match self.prompt(state, usize::from(narrow.inner.width)) {
            prompt if prompt.is_empty() => 0,
            prompt => prompt.len() + 3,
        };
        let height = u16::try_from(lines.len() + asked).unwrap_or(u16::MAX / 2);
        (dialog::place(state.size, Size::new(WIDTH, height)), lines)
    }
}

/// The question to which one key agrees.
pub(super) fn question(state: &State) -> String {
    let agree = state.key(Layer::Confirm, Action::Agree);
    format!("Go on? Press {agree}, or esc to go back.")
}

/// How it is answered, for whom presses enter.
pub(super) fn how_to_answer(state: &State) -> String {
    let agree = state.key(Layer::Confirm, Action::Agree);
    format!("enter does not agree: {agree} goes on, esc goes back")
}

/// Everything that is told about the change, in lines of so many columns.
fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let Some(task) = &state.task else { return Vec::new() };
    let theme = state.theme();
    let mut lines = subject(task, state, columns);
    if task.changed_meanwhile && matches!(task.stage, Stage::Asking) {
        lines.extend(said(
            Tone::Warning,
            "Things have changed since you agreed: look again.",
            columns,
            theme,
        ));
    }
    for line in task.verdict.iter().flat_map(|verdict| &verdict.lines) {
        lines.extend(said(line.tone, &line.text, columns, theme));
    }
    if let Some(Target::Ready(sink)) = &state.place {
        let words = format!("Its secret goes to {}.", sink.words());
        lines.extend(said(Tone::Plain, &words, columns, theme));
    }
    match &task.stage {
        Stage::Failed(failure) => {
            lines.push(Line::default());
            lines.extend(failed(failure, task, columns, state));
        }
        Stage::Asking => lines.extend(asked(task, columns, state)),
        _ => {
            lines.push(Line::default());
            lines.push(Line::styled(task.progress(), theme.dim));
        }
    }
    lines
}

/// Who it is about: the name, and the id beside it, for names are not unique.
fn subject(task: &Task, state: &State, columns: usize) -> Vec<Line<'static>> {
    if let Change::Create { new, .. } = &task.change {
        return subject_to_be(new, columns, state.theme());
    }
    let Some(id) = task.change.target() else { return Vec::new() };
    let row = state.org.as_ref().and_then(|org| org.row(&id));
    let name = state.name_of(&id);
    let public = row.map_or_else(|| id.as_str(), |row| row.identity.public_part());
    let theme = state.theme();
    let mut lines = vec![
        Line::styled(fit(&name, columns, theme).into_owned(), theme.chosen(&name, theme.strong)),
        Line::styled(fit(public, columns, theme).into_owned(), theme.dim),
    ];
    if public != id.as_str() {
        lines.push(Line::styled(fit(id.as_str(), columns, theme).into_owned(), theme.dim));
    }
    if let (Change::ProjectRoles { project, .. }, Some(org)) = (&task.change, &state.org) {
        let project = format!("in the project {}", org.project_name(project));
        lines.push(Line::styled(fit(&project, columns, theme).into_owned(), theme.text));
    }
    lines.push(Line::default());
    lines
}

/// Who is to be made: the name, and what it may do.
fn subject_to_be(new: &New, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let name = fit(&Clean::new(new.name()), columns, theme).into_owned();
    let roles = wrap(&format!("with the roles {}", labels(new.roles())), columns);
    let roles = roles.into_iter().map(|part| Line::styled(part, theme.text));
    let name = [Line::styled(name, theme.strong)];
    name.into_iter().chain(roles).chain([Line::default()]).collect()
}

fn said(tone: Tone, text: &str, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    dialog::said((theme.symbols.tone(tone), theme.tone(tone)), text, columns, theme)
}

fn asked(task: &Task, columns: usize, state: &State) -> Vec<Line<'static>> {
    let theme = state.theme();
    let words = match task.verdict.as_ref().map(|verdict| &verdict.demand) {
        Some(Demand::Agree) => question(state),
        Some(Demand::Refuse(why)) => {
            let known = task.verdict.iter().flat_map(|v| &v.lines).any(|line| line.text == *why);
            let mut lines = vec![Line::default()];
            if !known {
                lines = said(Tone::Danger, why, columns, theme);
            }
            lines.push(Line::default());
            lines.push(Line::styled("Nothing was sent.", theme.dim));
            return lines;
        }
        _ => return Vec::new(),
    };
    let mut lines = vec![Line::default()];
    lines.extend(wrap(&words, columns).into_iter().map(|part| Line::styled(part, theme.strong)));
    lines
}

fn failed(failure: &Failure, task: &Task, columns: usize, state: &State) -> Vec<Line<'static>> {
    let theme = state.theme();
    let error = &failure.error;
    let mut lines = said(Tone::Danger, &error.sentence(), columns, theme);
    if let Some(detail) = &error.detail {
        lines.extend(said(Tone::Plain, &format!("Atlas says: {detail}"), columns, theme));
    }
    if let Some(code) = &error.code {
        lines.extend(said(Tone::Plain, code, columns, theme));
    }
    let (made, of) = failure.made;
    let known = match (failure.applied, made) {
        (Applied::NotSent, _) => "Nothing was sent.".to_owned(),
        (Applied::No, 0) => "Nothing was changed.".to_owned(),
        (Applied::No, made) => format!("{made} of {of} steps were made, the others were not."),
        (Applied::Unknown, _) => {
            "Whether it was applied is not known: look at what is there before you try again."
                .to_owned()
        }
    };
    lines.extend(said(Tone::Warning, &known, columns, theme));
    lines.push(Line::default());
    let next = if task.is_lost() {
        "Press esc to see what became of it.".to_owned()
    } else if task.issued.is_some() {
        lines.extend(said(
            Tone::Gain,
            "It was made, and its secret can be shown only now.",
            columns,
            theme,
        ));
        "Press esc to see its secret.".to_owned()
    } else {
        let again = state.key(Layer::Confirm, Action::Refresh);
        format!("Press {again} to try again, or esc to go back.")
    };
    lines.push(Line::styled(next, theme.strong));
    lines
}

impl Screen for ConfirmScreen {
    fn layer(&self) -> Layer {
        if matches!(self.mode, Mode::Type(_)) { Layer::Sentence } else { Layer::Confirm }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let asked_at = cx.state.task.as_ref().map(|task| task.asked_at);
        let (now, one_key) = (cx.state.now, self.mode == Mode::Agree);
        if self.mode != Mode::Waiting
            && asked_at.is_some_and(|at| self.deafness.is_deaf(at, now, one_key))
        {
            return;
        }
        match input {
            Input::Action(action) => self.act(action, cx),
            Input::Text(key) => {
                self.typed.handle_event(&TerminalEvent::Key(key));
            }
            Input::Paste(text) => {
                let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                self.typed = Field::new(format!("{}{line}", self.typed.value()));
            }
        }
    }

    fn sync(&mut self, state: &State) {
        self.lost = state.task.as_ref().is_some_and(Task::is_lost);
        let mode = Mode::of(state.task.as_ref());
        if mode != self.mode {
            // What was typed counted for another question.
            (self.mode, self.typed, self.scroll) = (mode, Field::default(), Scroll::default());
            self.seen = 0;
        }
        let (place, lines) = self.place(state);
        let height = self.height(state, place);
        self.scroll.offset = self.scroll.offset.min(lines.len().saturating_sub(height));
        self.seen = self.seen.max(self.scroll.offset + height);
        self.unread = self.seen < lines.len();
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let task = state.task.as_ref()?;
        let (place, lines) = self.place(state);
        let inner = place.inner;
        let window = self.scroll.window(lines.len(), self.height(state, place));
        let kind = in_sight(&window, lines.len());
        dialog::draw(place, &Title { title: task.change.title(), kind: &kind }, state.theme(), buf);
        for (y, line) in (inner.y..inner.bottom()).zip(&lines[window.clone()]) {
            buf.set_line(inner.x, y, line, inner.width);
        }
        let prompt = self.prompt(state, usize::from(inner.width));
        if prompt.is_empty() {
            return None;
        }
        let shown = u16::try_from(window.len()).unwrap_or(0);
        let asked = u16::try_from(prompt.len()).unwrap_or(0);
        // A blank line before and after it, where there is room.
        let air = u16::from(inner.height >= shown + asked + 3);
        let mut y = (inner.y + shown + air).min(inner.bottom().saturating_sub(asked + 1));
        for part in prompt {
            buf.set_string(inner.x, y, part, state.theme().strong);
            y += 1;
        }
        let y = (y + air).min(inner.bottom().saturating_sub(1));
        let room = usize::from(inner.width).saturating_sub(3);
        let scroll = self.typed.visual_scroll(room);
        let style = if self.is_right() { state.theme().strong } else { state.theme().text };
        let text = fit(skip_columns(self.typed.value(), scroll), room, state.theme()).into_owned();
        buf.set_string(inner.x + 2, y, &text, style);
        if self.typed.value().is_empty() {
            buf.set_string(inner.x + 2, y, state.theme().symbols.pending, state.theme().dim);
        }
        let before = self.typed.visual_cursor().saturating_sub(scroll).min(width(&text));
        let x = inner.x + 2 + u16::try_from(before).unwrap_or(0);
        Some(Position::new(x.min(inner.right()), y))
    }

    fn original(&self, state: &State) -> Option<Original> {
        let task = state.task.as_ref()?;
        let refused = task.verdict.as_ref().is_some_and(Verdict::is_refused);
        (!refused).then(|| Original::Change(task.change.clone()))
    }

    fn waits_for(&self, state: &State) -> Option<String> {
        (self.mode == Mode::Agree).then(|| how_to_answer(state))
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        match action {
            Action::Back if self.lost => Some("see what became of it"),
            Action::Agree | Action::Save if self.unread => Some("read on"),
            _ => None,
        }
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let mut hidden = Vec::new();
        let (place, lines) = self.place(state);
        if lines.len() <= self.height(state, place) {
            hidden.extend([Action::Down, Action::Up]);
        }
        if self.mode != Mode::Agree {
            hidden.push(Action::Agree);
        }
        if self.mode != Mode::Failed || self.lost {
            hidden.push(Action::Refresh);
        }
        if !self.is_right() {
            hidden.push(Action::Save);
        }
        hidden
    }
}
