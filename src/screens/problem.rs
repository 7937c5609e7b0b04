//! An error, whole: what happened, what it means, what to do, Atlas' own words.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::{Link, State};
use crate::atlas::ApiError;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::wrap;
use crate::ui::when;

/// Paragraphs to read. They were taken when the screen was opened, so that they
/// stay while the world goes on.
#[derive(Debug)]
pub struct ProblemScreen {
    paragraphs: Vec<String>,
    scroll: Scroll,
}

const WIDTH: u16 = 66;

impl ProblemScreen {
    /// The problems there are to read just now: the last error, and what the
    /// configuration warns of.
    #[must_use]
    pub fn of(state: &State) -> Option<Self> {
        let at = |time| when::date_time(time, &state.setting.zone);
        let mut paragraphs = match (&state.trouble, &state.link) {
            (Some(trouble), _) => paragraphs(&trouble.error, &at(trouble.at), state),
            (None, Link::Down { error, since, .. }) => paragraphs(error, &at(*since), state),
            (None, _) => Vec::new(),
        };
        let named = |warning| format!("Worth knowing: {warning}");
        paragraphs.extend(state.setting.warnings.iter().map(named));
        (!paragraphs.is_empty()).then(|| Self { paragraphs, scroll: Scroll::default() })
    }

    fn lines(&self, columns: usize) -> Vec<String> {
        self.paragraphs
            .iter()
            .enumerate()
            .flat_map(|(number, text)| {
                let blank = (number > 0).then(String::new);
                blank.into_iter().chain(wrap(text, columns))
            })
            .collect()
    }

    fn place(&self, state: &State) -> (Place, Vec<String>) {
        dialog::place_around(state.size, WIDTH, |columns| self.lines(columns))
    }
}

fn paragraphs(error: &ApiError, at: &str, state: &State) -> Vec<String> {
    let mut all = vec![error.sentence(), error.advice()];
    all.extend(state.credential_words(error));
    all.extend(state.network_words(error));
    if let Some(detail) = &error.detail {
        all.push(format!("Atlas says: {detail}"));
    }
    let status = error.status.map(|status| format!("HTTP {status}"));
    let code = error.code.as_ref().map(ToString::to_string);
    let facts: Vec<_> = [code, status, Some(error.host.to_string()), Some(at.to_owned())]
        .into_iter()
        .flatten()
        .collect();
    all.push(facts.join(", "));
    all
}

impl Screen for ProblemScreen {
    fn layer(&self) -> Layer {
        Layer::Problem
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let (place, lines) = self.place(cx.state);
        let most = lines.len().saturating_sub(usize::from(place.inner.height));
        let at = self.scroll.offset;
        self.scroll.offset = match action {
            Action::Back => return cx.close(),
            Action::Up => at.saturating_sub(1),
            Action::Down => (at + 1).min(most),
            Action::First | Action::HalfPageUp => 0,
            Action::Last | Action::HalfPageDown => most,
            _ => at,
        };
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, lines) = self.place(state);
        let window = self.scroll.window(lines.len(), usize::from(place.inner.height));
        let kind = in_sight(&window, lines.len());
        dialog::draw(place, &Title { title: "Problem", kind: &kind }, state.theme(), buf);
        for (y, line) in (place.inner.y..).zip(&lines[window]) {
            buf.set_string(place.inner.x, y, line, state.theme().text);
        }
        None
    }
}
