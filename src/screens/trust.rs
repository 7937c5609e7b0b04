//! Asks before a credential goes to another address than MongoDB's own:
//! whose it is, who named it, and what agrees to it. Nothing has been sent by then.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::{Doubt, State};
use crate::ui::dialog;
use crate::ui::fields::TextField;
use crate::ui::frame::{self, Areas, Status};
use crate::ui::scroll::Scroll;
use crate::ui::text::wrap;

/// Asks for the host's name before a credential goes there.
#[derive(Debug)]
pub struct TrustScreen {
    typed: TextField,
    right: bool,
    scroll: Scroll,
}

impl Default for TrustScreen {
    fn default() -> Self {
        Self { typed: TextField::new("host", ""), right: false, scroll: Scroll::default() }
    }
}

/// Lines of a body that has room for a whole sentence beside the text.
const ROOMY: u16 = 6;

/// Columns that are nice to read, within so wide a body.
fn columns(body: Rect) -> usize {
    usize::from(body.width.saturating_sub(6)).min(76)
}

fn lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let setting = state.doubted();
    let Some(doubt) = &setting.doubt else { return Vec::new() };
    let theme = state.theme();
    let prose = |words: &str| {
        let style = theme.text;
        wrap(words, columns).into_iter().map(move |line| Line::styled(line, style))
    };
    let warning =
        |words: &str| dialog::said((theme.symbols.soon, theme.soon), words, columns, theme);
    let credential = setting.credential.as_ref().map_or("", |public| public.as_str());
    let mut lines = vec![Line::styled("Is this your Atlas?", theme.strong)];
    lines.extend(
        wrap(&doubt.origin, columns)
            .into_iter()
            .map(|part| Line::from(vec![Span::raw("  "), Span::styled(part, theme.strong)])),
    );
    lines.push(Line::default());
    let source = &setting.source;
    lines.extend(prose(&format!("The credential {credential}, from {source}, would go there.")));
    lines.extend(prose(&format!("The address was named by: {}.", doubt.named_by)));
    lines.push(Line::default());
    for words in warnings(doubt) {
        lines.extend(warning(words));
    }
    lines.push(Line::default());
    lines.extend(prose("Nothing has been sent. Once you trust it, it is not asked again for this credential and this address."));
    lines
}

fn warnings(doubt: &Doubt) -> impl Iterator<Item = &'static str> {
    let table = [
        (
            true,
            "That is not MongoDB's own address. Whoever answers there can act with this credential, with all its roles.",
        ),
        (
            doubt.international,
            "The name has letters beyond a to z; xn-- marks them. On a page it may look exactly like another.",
        ),
        (
            doubt.on_this_machine,
            "Any program on this machine, anybody's, may be the one that listens there.",
        ),
    ];
    table.into_iter().filter_map(|(says, words)| says.then_some(words))
}

impl TrustScreen {
    /// What is asked for, in lines that are always in sight.
    fn prompt(state: &State, columns: usize) -> Vec<String> {
        let host = &state.doubted().host;
        let enter = state.key(Layer::Sentence, Action::Save);
        let words = if Areas::of(state.size).body.height < ROOMY {
            format!("Type {host} and {enter}:")
        } else {
            let else_ = if state.turn.is_some() { "go back" } else { "leave" };
            format!("Type {host} and press {enter} to trust it, or esc to {else_}:")
        };
        wrap(&words, columns)
    }

    /// Lines of the text that fit above what is asked for, and all of them.
    fn room(state: &State) -> (usize, Vec<Line<'static>>) {
        let body = Areas::of(state.size).body;
        let asked = Self::prompt(state, columns(body)).len() + 1;
        (usize::from(body.height).saturating_sub(asked), lines(state, columns(body)))
    }

    fn scroll_to(&mut self, at: usize, state: &State) {
        let (room, lines) = Self::room(state);
        self.scroll.offset = at.min(lines.len().saturating_sub(room));
    }
}

impl Screen for TrustScreen {
    fn layer(&self) -> Layer {
        Layer::Sentence
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match input {
            Input::Action(Action::Save) if self.right => cx.trust(),
            Input::Action(Action::Save) => {
                cx.say("type the host first, exactly as it stands there");
            }
            Input::Action(Action::Back | Action::Quit) if cx.state.turn.is_some() => {
                cx.stay();
                cx.close();
            }
            Input::Action(Action::Back | Action::Quit) => cx.quit(),
            Input::Action(Action::Down) => self.scroll_to(self.scroll.offset + 1, cx.state),
            Input::Action(Action::Up) => {
                self.scroll_to(self.scroll.offset.saturating_sub(1), cx.state);
            }
            Input::Action(_) => {}
            Input::Text(key) => self.typed.type_key(key),
            Input::Paste(text) => self.typed.paste(&text),
        }
        self.right = self.typed.text() == cx.state.doubted().host.as_str();
    }

    fn sync(&mut self, state: &State) {
        self.scroll_to(self.scroll.offset, state);
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        match action {
            Action::Back => Some("go back"),
            Action::Save => Some("trust it"),
            _ => None,
        }
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let (room, lines) = Self::room(state);
        let mut hidden = Vec::new();
        if lines.len() <= room {
            hidden.extend([Action::Down, Action::Up]);
        }
        if !self.right {
            hidden.push(Action::Save);
        }
        hidden
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        // A session may go on below, until this is agreed to.
        Clear.render(buf.area, buf);
        frame::draw_header(state, &[], buf);
        let (body, theme) = (Areas::of(state.size).body, state.theme());
        let (room, lines) = Self::room(state);
        let window = self.scroll.window(lines.len(), room);
        // A blank line before and after the question, where there is room.
        let air = u16::from(lines.len() + 3 <= room);
        let more = if window.end < lines.len() { "more below " } else { "" };
        let mut y = body.y + air;
        for line in &lines[window] {
            buf.set_line(3, y, line, body.width.saturating_sub(4));
            y += 1;
        }
        y += air;
        for part in Self::prompt(state, columns(body)) {
            buf.set_string(3, y, part, theme.strong);
            y += 1;
        }
        y = (y + air).min(body.bottom().saturating_sub(1));
        let area = Rect::new(3, y, body.width.saturating_sub(4), 1);
        let cursor = self.typed.draw(area, true, &[], theme, buf);
        // Every key is text here: none tells more.
        let status = frame::status(state).map(|status| Status { more: false, ..status });
        frame::draw_status(status, more, state, buf);
        cursor
    }
}
