//! Where a new secret goes: chosen, and made sure of, before it is asked for.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen, progress};
use crate::app::Cx;
use crate::app::held::{Place as Target, Way};
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::Clean;
use crate::rules::change::Change;
use crate::rules::hand_over::{About, Shape, Sink, plain};
use crate::ui::dialog::{self, Title};
use crate::ui::fields::TextField;
use crate::ui::scroll::{Scroll, in_sight, rows};
use crate::ui::text::{fit, wrap};

const WIDTH: u16 = 74;

/// A place to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// One of the configured commands.
    Taker(usize),
    /// A new file.
    File(Shape),
    Clipboard,
    Screen,
}

/// The choice of the place.
#[derive(Debug)]
pub struct SinkScreen {
    /// The change that brings the secret; `None`: it is held already.
    change: Option<Change>,
    about: About,
    scroll: Scroll,
    /// The path of a file, while it is typed.
    path: Option<(Shape, TextField)>,
}

impl SinkScreen {
    /// For the secret that this change will bring.
    #[must_use]
    pub fn for_change(change: Change, state: &State) -> Self {
        let row = change.target().and_then(|id| state.org.as_ref()?.row(&id));
        let known = row.and_then(|row| row.identity.name().known()).map(ToString::to_string);
        let name = match &change {
            Change::Create { new, .. } => new.name().to_owned(),
            _ => known.unwrap_or_default(),
        };
        let about = About {
            name,
            id: change.target().map(|id| id.as_str().to_owned()),
            org: state.org.as_ref().map(|org| org.id.clone()).unwrap_or_default(),
            base_url: state.setting.base_url.clone(),
        };
        Self { change: Some(change), about, scroll: Scroll::default(), path: None }
    }

    /// For the secret that is held.
    #[must_use]
    pub fn for_held(about: About) -> Self {
        Self { change: None, about, scroll: Scroll::default(), path: None }
    }

    fn choices(&self, state: &State) -> Vec<Choice> {
        let takers = (0..state.setting.takers.len()).map(Choice::Taker);
        let files = Shape::ALL.into_iter().map(Choice::File);
        // What is held is on the screen already.
        let screen = self.change.is_some().then_some(Choice::Screen);
        takers.chain(files).chain([Choice::Clipboard]).chain(screen).collect()
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        let sink = match self.choices(cx.state).get(self.scroll.cursor) {
            None => return,
            Some(Choice::File(shape)) => {
                let proposed = format!("~/{}.{}", plain(&self.about.name), shape.extension());
                self.path = Some((*shape, TextField::new("Path", &proposed)));
                return;
            }
            Some(Choice::Taker(at)) => match cx.state.setting.takers.get(*at) {
                Some(taker) => taker.sink(&self.about),
                None => return,
            },
            Some(Choice::Clipboard) => Sink::Clipboard,
            Some(Choice::Screen) => Sink::Screen,
        };
        cx.probe(sink, self.change.clone());
    }

    fn save(&self, cx: &mut Cx<'_>) {
        let Some((shape, field)) = &self.path else { return };
        let path = field.text().trim();
        if path.is_empty() {
            return cx.say("type the path of a new file");
        }
        cx.probe(Sink::File { path: path.to_owned(), shape: *shape }, self.change.clone());
    }

    fn back(&mut self, cx: &mut Cx<'_>) {
        cx.release_place();
        if self.path.take().is_none() {
            cx.close();
        }
    }

    /// What is to be known about the place under the cursor.
    fn words(&self, state: &State) -> String {
        match self.choices(state).get(self.scroll.cursor) {
            Some(Choice::Taker(at)) => state.setting.takers.get(*at).map_or_else(String::new, |taker| {
                let Sink::Command { argv, .. } = taker.sink(&self.about) else { return String::new() };
                format!("Runs {} and gives it the secret ({}) on its standard input.", Clean::new(&argv.join(" ")), taker.shape.label())
            }),
            Some(Choice::File(Shape::Profile)) => "A new file with a profile, to be put into the Atlas CLI's own config.toml. Only you can read it; it is written through to the disk and read back.".into(),
            Some(Choice::File(_)) => "A new file that only you can read, written through to the disk and read back before it counts as saved.".into(),
            Some(Choice::Clipboard) => clipboard_words(state.setting.clipboard).into(),
            Some(Choice::Screen) => "It is shown masked, and stays until you type its last four characters or send it somewhere.".into(),
            None => String::new(),
        }
    }

    fn line(choice: Choice, state: &State) -> (String, String) {
        match choice {
            Choice::Taker(at) => {
                let taker = state.setting.takers.get(at);
                let program = taker.and_then(|taker| taker.argv.first()).cloned();
                let name = taker.map(|taker| taker.name.clone()).unwrap_or_default();
                (
                    Clean::new(&name).to_string(),
                    format!("the command {}", Clean::new(&program.unwrap_or_default())),
                )
            }
            Choice::File(shape) => ("a file".into(), shape.label().into()),
            Choice::Clipboard => (
                "the clipboard".into(),
                match state.setting.clipboard {
                    Way::Desktop => "cleared after 45 s".into(),
                    Way::Terminal | Way::Tmux => "through the terminal, if it takes it".into(),
                },
            ),
            Choice::Screen => ("this screen".into(), "nowhere else".into()),
        }
    }

    fn below(&self, columns: usize, state: &State) -> Vec<Line<'static>> {
        let theme = state.theme();
        if let Some(Target::Refused(why)) = &state.place {
            return dialog::said((theme.symbols.broken, theme.danger), why, columns, theme);
        }
        let more = if state.setting.takers.is_empty() {
            " Commands of your own (pass, vault and the like) can stand here too: gatehouse --print config shows how."
        } else {
            ""
        };
        wrap(&format!("{}{more}", self.words(state)), columns)
            .into_iter()
            .map(|part| Line::styled(part, theme.dim))
            .collect()
    }

    fn place(&self, state: &State) -> (dialog::Place, Vec<Line<'static>>) {
        let narrow = dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2));
        let below = self.below(usize::from(narrow.inner.width), state);
        let field = if self.path.is_some() { 2 } else { 0 };
        // Two lines are kept for what is to be known, so that it does not jump.
        let height = self.choices(state).len() + field + 1 + below.len().max(2);
        (dialog::place(state.size, Size::new(WIDTH, u16::try_from(height).unwrap_or(0))), below)
    }

    fn height(&self, state: &State) -> usize {
        let (place, below) = self.place(state);
        let field = if self.path.is_some() { 2 } else { 0 };
        let inner = usize::from(place.inner.height);
        inner.saturating_sub(below.len() + field + 1).clamp(1, self.choices(state).len())
    }
}

/// What happens to a secret in this clipboard, told before and after.
#[must_use]
pub(super) fn clipboard_words(way: Way) -> &'static str {
    match way {
        Way::Desktop => {
            "It is marked as secret and cleared after 45 s, if it is still there then. Copying does not count as saved."
        }
        Way::Terminal => {
            "It is sent to the terminal, which does not tell whether it took it; gatehouse cannot clear it there. Copying does not count as saved."
        }
        Way::Tmux => {
            "Inside tmux it arrives only with `set -g set-clipboard on`, and tmux keeps a copy in its buffers that gatehouse cannot clear. Copying does not count as saved."
        }
    }
}

impl Screen for SinkScreen {
    fn layer(&self) -> Layer {
        if self.path.is_some() { Layer::Form } else { Layer::Sink }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        match (input, &mut self.path) {
            (Input::Action(Action::Save), Some(_)) => self.save(cx),
            (Input::Action(Action::Back), _) => self.back(cx),
            // What was wrong was about another path.
            (Input::Text(key), Some((_, field))) => {
                field.type_key(key);
                cx.release_place();
            }
            (Input::Paste(text), Some((_, field))) => {
                field.paste(&text);
                cx.release_place();
            }
            (Input::Action(Action::Open), None) => self.open(cx),
            (Input::Action(action), None) => {
                let (len, height) = (self.choices(cx.state).len(), self.height(cx.state));
                if self.scroll.act(action, len, height) {
                    // What was wrong was about another place.
                    cx.release_place();
                }
            }
            _ => {}
        }
    }

    fn original(&self, _state: &State) -> Option<Original> {
        self.change.clone().map(Original::Change)
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        if self.path.is_none() {
            let area = rows(self.place(state).0.inner, 0, self.height(state));
            let len = self.choices(state).len();
            self.scroll.point(at, area, len);
        }
        None
    }

    fn sync(&mut self, state: &State) {
        let (len, height) = (self.choices(state).len(), self.height(state));
        self.scroll.follow(len, height);
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, below) = self.place(state);
        let (theme, inner) = (state.theme(), place.inner);
        let choices = self.choices(state);
        let window = self.scroll.window(choices.len(), self.height(state));
        let title = match &self.change {
            Some(_) => "Where shall the secret go?",
            None => "Where shall the secret go now?",
        };
        let kind = in_sight(&window, choices.len());
        dialog::draw(place, &Title { title, kind: &kind }, theme, buf);
        let mut y = inner.y;
        for at in window {
            let (name, about) = Self::line(choices[at], state);
            let chosen = at == self.scroll.cursor && self.path.is_some();
            let style = if chosen { theme.strong } else { theme.text };
            let room = usize::from(inner.width).saturating_sub(18);
            let line = Line::from(vec![
                Span::styled(format!("{:18}", fit(&name, 17, theme)), style),
                Span::styled(fit(&about, room, theme), if chosen { style } else { theme.dim }),
            ]);
            buf.set_line(inner.x, y, &line, inner.width);
            if at == self.scroll.cursor && self.path.is_none() {
                dialog::mark_row(inner, y, theme, buf);
            }
            y += 1;
        }
        let mut cursor = None;
        if let Some((shape, field)) = &self.path {
            y = y.min(inner.bottom().saturating_sub(2));
            let area = Rect { y, height: inner.bottom().saturating_sub(y).min(2), ..inner };
            let words = Span::styled(format!("a new file: {}", shape.label()), theme.dim);
            cursor = field.draw(area, true, &[words], theme, buf);
            y += 2;
        }
        for (y, line) in (y + 1..inner.bottom()).zip(&below) {
            buf.set_line(inner.x, y, line, inner.width);
        }
        progress::draw(state, inner, buf);
        cursor
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        (action == Action::Save).then_some("go on")
    }
}
