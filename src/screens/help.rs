//! The keys: those that hold here first, then those of the other places, and a word to
//! find one by. All of it comes from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Binding, Layer};
use crate::app::state::{Files, State};
use crate::atlas::Clean;
use crate::rules::health::Mark;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::symbols::Symbols;
use crate::ui::text::{width, wrap};
use crate::ui::theme::Theme;

/// The keys, as they hold in one layer.
#[derive(Debug)]
pub struct HelpScreen {
    of: Layer,
    scroll: Scroll,
    find: TextField,
    /// What is looked for has the keyboard.
    typing: bool,
}

/// What the marks mean.
const LEGEND: &[(Mark, &str)] = &[
    (Mark::Good, "in order"),
    (Mark::Soon, "expires within 14 days"),
    (Mark::Broken, "expired, or shut out"),
    (Mark::None, "none, or never"),
    (Mark::Open, "open to every address"),
    (Mark::Unknown, "not known, or not understood"),
];

/// How a filter is written.
const FILTER: &[(&str, &str)] = &[
    ("word word", "rows with every word, in name, description, id or roles"),
    ("Word", "upper-case letters make case count"),
    ("column:value", "in one column, by its head: secret:expired  roles:owner  access:any"),
    ("column:mark", "by its mark: secret:soon  secret:none  access:open"),
];

/// What else is written in the lists.
fn written(state: &State) -> [(String, String); 4] {
    let Symbols { open, broken, dot, .. } = state.theme().symbols;
    [
        (
            format!("{open} before"),
            format!("the name: the access list lets every address in ({broken}: none)"),
        ),
        ("44 days (2)".into(), "two secrets; the end of the one in use is shown".into()),
        ("Atlas's own".into(), "made by Atlas for an integration; it cannot be changed".into()),
        (format!("live {dot} 14:02"), when_read(state)),
    ]
}

const KEYS: usize = 14;
const WIDTH: u16 = 68;

impl HelpScreen {
    /// The help for a layer.
    #[must_use]
    pub fn new(of: Layer) -> Self {
        Self { of, scroll: Scroll::default(), find: TextField::new("Find", ""), typing: false }
    }

    /// All that is told, in its order: the place at hand, what is drawn and written, then
    /// the other places, of which only what was not told before.
    fn sections(&self, state: &State) -> Vec<Section> {
        let theme = state.theme();
        let strong = |rows: &[(&str, &str)]| -> Vec<Row> {
            rows.iter().map(|(left, right)| Row::new(*left, *right, theme.strong)).collect()
        };
        let legend = LEGEND
            .iter()
            .map(|(mark, words)| Row::new(theme.symbols.mark(*mark), *words, theme.mark(*mark)));
        let own = |rows: Vec<(String, String)>| -> Vec<Row> {
            rows.into_iter().map(|(left, right)| Row::new(left, right, theme.strong)).collect()
        };
        let mut told: Vec<&Binding> = Vec::new();
        let mut keys_of = |layer| {
            let lines = state.keys().of_layer(layer);
            let lines =
                lines.filter(|line| !(state.setting.read_only && line.action.begins_change()));
            let lines: Vec<_> = lines.filter(|line| !told.contains(line)).collect();
            told.extend(&lines);
            let row = |line: &&Binding| Row::new(theme.symbols.keys(line), line.help, theme.strong);
            lines.iter().map(row).collect::<Vec<_>>()
        };
        let here = Section { title: format!("Here: {}", self.of.name()), rows: keys_of(self.of) };
        let drawn = [
            Section { title: "Marks".into(), rows: legend.collect() },
            Section { title: "Filter".into(), rows: strong(FILTER) },
            Section { title: "Lists".into(), rows: own(written(state).into()) },
            Section { title: "Files".into(), rows: own(files(&state.setting.files).into()) },
        ];
        let elsewhere = |layer: &Layer| *layer != self.of && *layer != Layer::Welcome;
        let others = Layer::ALL
            .into_iter()
            .filter(elsewhere)
            .map(|layer| Section { title: format!("In {}", layer.name()), rows: keys_of(layer) });
        std::iter::once(here).chain(drawn).chain(others).collect()
    }

    /// What answers to the words that are looked for, with the titles above it.
    fn lines(&self, columns: usize, state: &State) -> Vec<Line<'static>> {
        let wanted = self.find.text().to_lowercase();
        let wanted: Vec<_> = wanted.split_whitespace().collect();
        let mut lines = Vec::new();
        for Section { title, rows } in self.sections(state) {
            let answers = |row: &&Row| row.answers(&wanted);
            let rows: Vec<_> = rows.iter().filter(answers).collect();
            if rows.is_empty() {
                continue;
            }
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(title, state.theme().strong));
            lines.extend(rows.into_iter().flat_map(|row| row.lines(columns, state.theme())));
        }
        if lines.is_empty() {
            lines.push(Line::styled("Nothing answers to that.", state.theme().dim));
        }
        lines
    }
}

/// What belongs together, under its title.
struct Section {
    title: String,
    rows: Vec<Row>,
}

/// Keys or a sign, and what they mean.
struct Row {
    left: String,
    right: String,
    style: Style,
}

impl Row {
    fn new(left: impl Into<String>, right: impl Into<String>, style: Style) -> Self {
        Self { left: left.into(), right: right.into(), style }
    }

    fn answers(&self, wanted: &[&str]) -> bool {
        let words = format!("{} {}", self.left, self.right).to_lowercase();
        wanted.iter().all(|word| words.contains(word))
    }

    fn lines(&self, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
        let room = columns.saturating_sub(KEYS + 2).max(8);
        let line = |(number, words): (usize, String)| {
            let left = if number == 0 { &*self.left } else { "" };
            let pad = KEYS.saturating_sub(width(left)).max(1);
            Line::from(vec![
                Span::styled(format!("  {left}"), self.style),
                Span::styled(format!("{}{words}", " ".repeat(pad)), theme.text),
            ])
        };
        wrap(&self.right, room).into_iter().enumerate().map(line).collect()
    }
}

/// gatehouse's own, by their paths.
fn files(files: &Files) -> [(String, String); 2] {
    let path = |path: &Option<Clean>, none: &str| path.as_ref().map_or(none, |it| it).to_owned();
    [
        ("settings".into(), path(&files.config, "none are read here")),
        ("log".into(), path(&files.log, "none: --log writes one")),
    ]
}

/// What the header's time means, and when there is a new one.
fn when_read(state: &State) -> String {
    let again = match state.setting.refresh {
        Some(after) => format!("by itself every {} s, while somebody looks", after.as_secs()),
        None => format!("only with {}", state.key(Layer::List, Action::Refresh)),
    };
    format!("when the lists were read last; that happens again {again}")
}

impl HelpScreen {
    fn has_find_line(&self) -> bool {
        self.typing || !self.find.text().is_empty()
    }

    /// Where the lines stand: above what is looked for.
    fn rows(&self, place: Place) -> Rect {
        let below = u16::from(self.has_find_line());
        Rect { height: place.inner.height.saturating_sub(below), ..place.inner }
    }

    fn place(&self, state: &State) -> (Place, Vec<Line<'static>>) {
        let narrow = dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2));
        let lines = self.lines(usize::from(narrow.inner.width), state);
        // It keeps its size while one looks for something.
        let height = if self.has_find_line() { usize::MAX } else { lines.len() };
        let height = u16::try_from(height).unwrap_or(u16::MAX / 2);
        (dialog::place(state.size, Size::new(WIDTH, height)), lines)
    }
}

impl Screen for HelpScreen {
    fn layer(&self) -> Layer {
        if self.typing { Layer::Filter } else { Layer::Help }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match input {
            Input::Action(Action::Filter) => self.typing = true,
            Input::Action(Action::Open) => self.typing = false,
            Input::Action(Action::Back) if self.typing || !self.find.text().is_empty() => {
                self.typing = false;
                self.find.set("");
            }
            Input::Action(Action::Back) => cx.close(),
            Input::Action(action) => {
                let (area, lines) = self.place(cx.state);
                self.scroll.shift(action, lines.len(), usize::from(self.rows(area).height));
            }
            Input::Text(key) => self.find.type_key(key),
            Input::Paste(text) => self.find.paste(&text),
        }
    }

    fn sync(&mut self, state: &State) {
        let (place, lines) = self.place(state);
        let most = lines.len().saturating_sub(usize::from(self.rows(place).height));
        self.scroll.offset = self.scroll.offset.min(most);
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let ((place, lines), theme) = (self.place(state), state.theme());
        let rows = self.rows(place);
        let window = self.scroll.window(lines.len(), usize::from(rows.height));
        let kind = in_sight(&window, lines.len());
        dialog::draw(place, &Title { title: "Help", kind: &kind }, theme, buf);
        for (y, line) in (rows.y..).zip(&lines[window]) {
            buf.set_line(rows.x, y, line, rows.width);
        }
        if !self.has_find_line() {
            return None;
        }
        let line = Rect { y: rows.bottom(), height: 1, ..rows };
        self.find.draw(line, self.typing, &[], theme, buf)
    }
}
