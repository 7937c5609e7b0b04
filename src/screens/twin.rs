//! What gatehouse does, as it is done by hand: each call with the Atlas CLI and with curl,
//! to be copied. They were written when the screen was opened.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Line;

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Call;
use crate::rules::twin::{self, Signing, atlas_cli, curl};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::{chunks, fit, width, wrap};

const WIDTH: u16 = 96;

/// One way to make one call.
#[derive(Debug)]
struct Way {
    /// What it does, and with what.
    title: String,
    line: twin::Line,
}

/// The calls, each in every way.
#[derive(Debug)]
pub struct TwinScreen {
    ways: Vec<Way>,
    /// What is to be known of them, or why there are none.
    notes: String,
    cursor: usize,
    lines: Scroll,
}

/// A line on the screen, and the way that it belongs to.
struct Drawn {
    way: Option<usize>,
    text: String,
    is_title: bool,
}

impl TwinScreen {
    /// These calls, as they would be made from here.
    #[must_use]
    pub fn new(calls: &[Call], state: &State) -> Self {
        let base = state.setting.base_url.as_deref();
        let credential = state.setting.credential.as_deref().unwrap_or_default();
        let (signing, sign_in) = if credential.starts_with("mdb_sa_id_") {
            (Signing::Token, "ACCESS_TOKEN stands for a token of the service account.")
        } else {
            (Signing::Key, "PUBLIC_KEY and PRIVATE_KEY stand for the API key.")
        };
        let ways = calls.iter().enumerate().flat_map(|(at, call)| {
            let number = if calls.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
            let title = move |with: &str| format!("{number}{}, with {with}", call.deed);
            let atlas = atlas_cli(&call.request, base);
            let atlas = atlas.map(|line| Way { title: title("the Atlas CLI"), line });
            let line = curl(&call.request, base, signing);
            atlas.into_iter().chain([Way { title: title("curl"), line }])
        });
        let ways: Vec<_> = ways.collect();
        let is_said = |word: &str| ways.iter().any(|way| way.line.text().contains(word));
        let notes = [
            (calls.iter().any(|call| call.issues), "Its answer shows the secret on your terminal."),
            (
                is_said("CLIENT_ID") || is_said("API_USER_ID"),
                "CLIENT_ID or API_USER_ID stands for the id that the first answer tells.",
            ),
            (true, sign_in),
            (true, "The Atlas CLI takes its own profile."),
        ];
        let notes = notes.into_iter().filter_map(|(holds, note)| holds.then_some(note));
        let notes = notes.collect::<Vec<_>>().join(" ");
        Self { ways, notes, cursor: 0, lines: Scroll::default() }
    }

    /// None, for this reason: it has a place of its own, so that what closes it closes
    /// nothing else.
    #[must_use]
    pub fn none(why: &str) -> Self {
        Self { ways: Vec::new(), notes: why.to_owned(), cursor: 0, lines: Scroll::default() }
    }

    /// What is to be known, then each way.
    fn drawn(&self, columns: usize) -> Vec<Drawn> {
        let note = |text| Drawn { way: None, text, is_title: false };
        let mut all: Vec<_> = wrap(&self.notes, columns).into_iter().map(note).collect();
        for (at, way) in self.ways.iter().enumerate() {
            let line = |text, is_title| Drawn { way: Some(at), text, is_title };
            all.push(note(String::new()));
            all.push(line(way.title.clone(), true));
            let parts = broken(way.line.words(), columns.saturating_sub(2).max(8));
            all.extend(parts.into_iter().map(|part| line(format!("  {part}"), false)));
        }
        all
    }

    fn place(&self, state: &State) -> (Place, Vec<Drawn>) {
        dialog::place_around(state.size, WIDTH, |columns| self.drawn(columns))
    }
}

/// A command in lines that are one command where they are pasted together: broken between
/// words, each but the last ends in a backslash. A word that is longer than a line is cut
/// without one, for a shell would join it otherwise.
fn broken(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    // A flag stays with its value.
    for unit in words.chunk_by(|word, next| word.starts_with('-') && !next.starts_with('-')) {
        let unit = unit.join(" ");
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && width(line) + width(&unit) + 3 > columns {
            line.push_str(" \\");
            lines.push(String::new());
        } else if !line.is_empty() {
            line.push(' ');
        }
        let mut parts = chunks(&unit, columns.saturating_sub(2).max(8));
        let last = lines.len() - 1;
        lines[last].push_str(parts.next().unwrap_or_default());
        lines.extend(parts.map(str::to_owned));
    }
    lines
}

impl Screen for TwinScreen {
    fn layer(&self) -> Layer {
        Layer::Twin
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let last = self.ways.len().saturating_sub(1);
        self.cursor = match action {
            Action::Back => return cx.close(),
            Action::Copy => {
                if let Some(way) = self.ways.get(self.cursor) {
                    cx.copy_whole(&way.line.text(), "command");
                }
                return;
            }
            Action::Up | Action::HalfPageUp => self.cursor.saturating_sub(1),
            Action::Down | Action::HalfPageDown => (self.cursor + 1).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => self.cursor,
        };
    }

    fn hidden(&self, _state: &State) -> Vec<Action> {
        if self.ways.is_empty() { vec![Action::Copy] } else { Vec::new() }
    }

    fn sync(&mut self, state: &State) {
        let (place, drawn) = self.place(state);
        let height = usize::from(place.inner.height);
        let first = drawn.iter().position(|line| line.way == Some(self.cursor)).unwrap_or(0);
        let last = drawn.iter().rposition(|line| line.way == Some(self.cursor)).unwrap_or(0);
        // The whole way is brought in sight, and its beginning if it is too long.
        for row in [last, first] {
            self.lines.cursor = row;
            self.lines.follow(drawn.len(), height);
        }
        if self.cursor == 0 {
            self.lines.offset = 0;
        }
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, drawn) = self.place(state);
        let (inner, theme) = (place.inner, state.theme());
        let window = self.lines.window(drawn.len(), usize::from(inner.height));
        let kind = in_sight(&window, drawn.len());
        dialog::draw(place, &Title { title: "The same by hand", kind: &kind }, theme, buf);
        for (y, line) in (inner.y..).zip(&drawn[window]) {
            let style = match line.way {
                Some(_) if line.is_title => theme.strong,
                Some(_) => theme.text,
                None => theme.dim,
            };
            let text = fit(&line.text, usize::from(inner.width), theme).into_owned();
            buf.set_line(inner.x, y, &Line::styled(text, style), inner.width);
            if line.way == Some(self.cursor) && line.is_title {
                dialog::mark_row(inner, y, theme, buf);
            }
        }
        None
    }
}
