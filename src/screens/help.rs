//! The keys: those that hold here first, then those of the other places. All of
//! it comes from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Binding, Layer};
use crate::app::state::{Files, State};
use crate::atlas::Clean;
use crate::rules::health::Mark;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::symbols::Symbols;
use crate::ui::text::{width, wrap};
use crate::ui::theme::Theme;

/// The keys, as they hold in one layer.
#[derive(Debug)]
pub struct HelpScreen {
    of: Layer,
    scroll: Scroll,
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
        Self { of, scroll: Scroll::default() }
    }

    fn lines(&self, columns: usize, state: &State) -> Vec<Line<'static>> {
        let theme = state.theme();
        let offered = |line: &&Binding| !(state.setting.read_only && line.action.begins_change());
        let mut lines = vec![title(&format!("Here: {}", self.of.name()), theme)];
        let keys_of = |layer| {
            state.keys().of_layer(layer).filter(offered).flat_map(move |line| {
                pair(&theme.symbols.keys(line), line.help, theme.strong, columns, theme)
            })
        };
        lines.extend(keys_of(self.of));
        lines.extend([Line::default(), title("Marks", theme)]);
        lines.extend(LEGEND.iter().flat_map(|(mark, words)| {
            pair(theme.symbols.mark(*mark), words, theme.mark(*mark), columns, theme)
        }));
        lines.extend([Line::default(), title("Filter", theme)]);
        lines.extend(
            FILTER.iter().flat_map(|(text, words)| pair(text, words, theme.strong, columns, theme)),
        );
        lines.extend([Line::default(), title("Lists", theme)]);
        lines.extend(
            written(state)
                .iter()
                .flat_map(|(text, words)| pair(text, words, theme.strong, columns, theme)),
        );
        lines.extend([Line::default(), title("Files", theme)]);
        lines.extend(
            files(&state.setting.files)
                .into_iter()
                .flat_map(|(name, words)| pair(name, &words, theme.strong, columns, theme)),
        );
        let elsewhere = |layer: &Layer| *layer != self.of && *layer != Layer::Welcome;
        for layer in Layer::ALL.into_iter().filter(elsewhere) {
            lines.extend([Line::default(), title(&format!("In {}", layer.name()), theme)]);
            lines.extend(keys_of(layer));
        }
        lines
    }
}

/// gatehouse's own, by their paths.
fn files(files: &Files) -> [(&'static str, String); 2] {
    let path = |path: &Option<Clean>, none: &str| path.as_ref().map_or(none, |it| it).to_owned();
    [
        ("settings", path(&files.config, "none are read here")),
        ("log", path(&files.log, "none: --log writes one")),
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

fn title(text: &str, theme: &Theme) -> Line<'static> {
    Line::styled(text.to_owned(), theme.strong)
}

fn pair(
    left: &str,
    right: &str,
    style: Style,
    columns: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let room = columns.saturating_sub(KEYS + 2).max(8);
    let line = |(number, words): (usize, String)| {
        let left = if number == 0 { left } else { "" };
        let pad = KEYS.saturating_sub(width(left)).max(1);
        Line::from(vec![
            Span::styled(format!("  {left}"), style),
            Span::styled(format!("{}{words}", " ".repeat(pad)), theme.text),
        ])
    };
    wrap(right, room).into_iter().enumerate().map(line).collect()
}

impl HelpScreen {
    fn place(&self, state: &State) -> (Place, Vec<Line<'static>>) {
        let narrow = dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2));
        let lines = self.lines(usize::from(narrow.inner.width), state);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX / 2);
        (dialog::place(state.size, Size::new(WIDTH, height)), lines)
    }
}

impl Screen for HelpScreen {
    fn layer(&self) -> Layer {
        Layer::Help
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let (place, lines) = self.place(cx.state);
        match action {
            Action::Back => cx.close(),
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
        dialog::draw(place, &Title { title: "Help", kind: &kind }, state.theme(), buf);
        for (y, line) in (place.inner.y..).zip(&lines[window]) {
            buf.set_line(place.inner.x, y, line, place.inner.width);
        }
        None
    }
}
