//! The first screen where no credential was found: what to set, and the demo.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::ui::frame::{self, Areas};
use crate::ui::text::wrap;

/// Says what to set and offers the demo.
#[derive(Debug, Default)]
pub struct WelcomeScreen {
    /// Lines scrolled away, on a small terminal.
    offset: usize,
}

/// A line to read as prose, or one to type, which is never broken.
enum Text {
    Prose(String),
    Code(&'static str),
}

fn text(state: &State) -> Vec<Text> {
    use Text::{Code, Prose};
    let demo = state.key(Layer::Welcome, Action::Demo);
    let mut all = vec![
        Prose("No credential for MongoDB Atlas was found.".into()),
        Prose(String::new()),
        Prose("Set the client ID and secret of a service account in the environment:".into()),
        Code("export MONGODB_ATLAS_CLIENT_ID=mdb_sa_id_..."),
        Code("export MONGODB_ATLAS_CLIENT_SECRET=mdb_sa_sk_..."),
        Prose("or an API key's MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY; or sign in with the Atlas CLI, whose profiles gatehouse reads:".into()),
        Code("atlas config init"),
        Prose(String::new()),
        Prose(format!("Just looking? Press {demo} for the demo: a sample organization on this machine, without an account or a network.")),
    ];
    if !state.setting.looked_at.is_empty() {
        all.push(Prose(String::new()));
        let places: Vec<_> = state.setting.looked_at.iter().map(ToString::to_string).collect();
        all.push(Prose(format!("Looked at: {}.", places.join(", "))));
    }
    all
}

/// The lines as they break at the terminal's width.
fn lines(state: &State) -> Vec<(String, Style)> {
    let (body, theme) = (Areas::of(state.size).body, state.theme());
    let columns = usize::from(body.width.saturating_sub(6)).min(76);
    let mut lines = Vec::new();
    for (number, text) in text(state).into_iter().enumerate() {
        let style = if number == 0 { theme.strong } else { theme.text };
        match text {
            Text::Prose(words) => {
                lines.extend(wrap(&words, columns).into_iter().map(|line| (line, style)));
            }
            Text::Code(code) => lines.push((format!("  {code}"), theme.strong)),
        }
    }
    lines
}

/// How far it can be scrolled.
fn most(state: &State) -> usize {
    lines(state).len().saturating_sub(usize::from(Areas::of(state.size).body.height))
}

impl Screen for WelcomeScreen {
    fn layer(&self) -> Layer {
        Layer::Welcome
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match input {
            Input::Action(Action::Demo) => cx.demo(),
            Input::Action(Action::Quit) => cx.quit(),
            Input::Action(Action::Down) => self.offset = (self.offset + 1).min(most(cx.state)),
            Input::Action(Action::Up) => self.offset = self.offset.saturating_sub(1),
            _ => {}
        }
    }

    fn sync(&mut self, state: &State) {
        self.offset = self.offset.min(most(state));
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        if most(state) == 0 { vec![Action::Down, Action::Up] } else { Vec::new() }
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        frame::draw_header(state, &[], buf);
        let (body, lines) = (Areas::of(state.size).body, lines(state));
        let top = u16::from(lines.len() < usize::from(body.height));
        let room = usize::from(body.height - top);
        let shown = lines.into_iter().skip(self.offset).take(room);
        for (y, (line, style)) in (body.y + top..).zip(shown) {
            buf.set_stringn(3, y, line, usize::from(body.width.saturating_sub(4)), style);
        }
        let more = if self.offset < most(state) { "more below " } else { "" };
        frame::draw_status(frame::status(state), more, state, buf);
        None
    }
}
