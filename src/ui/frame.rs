//! The lines round every screen: header and rule above, status and footer below. What
//! the rule says is apart.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::rule;
use super::text::{fit, width};
use super::theme::Theme;
use super::{motion, when};
use crate::app::keys::{Action, Binding, Layer};
use crate::app::listing::news::Count;
use crate::app::org::Org;
use crate::app::state::{Link, State};
use crate::atlas::{ApiError, Fault};

/// Below this, nothing useful can be shown.
pub const SMALLEST: Size = Size { width: 40, height: 8 };

/// Where the parts of a screen lie: a pure function of the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// One line: program, tabs, connection.
    pub header: Rect,
    /// One line between header and body: where one is, and as whom.
    pub rule: Rect,
    /// Everything else.
    pub body: Rect,
    /// One line: the last error, the filter, or a word of success.
    pub status: Rect,
    /// One line: the keys.
    pub footer: Rect,
}

impl Areas {
    /// The areas of a terminal that is not smaller than [`SMALLEST`].
    #[must_use]
    pub fn of(size: Size) -> Self {
        let line = |y| Rect::new(0, y, size.width, 1);
        let body = Rect::new(0, 2, size.width, size.height.saturating_sub(4));
        Self {
            header: line(0),
            rule: line(1),
            body,
            status: line(size.height.saturating_sub(2)),
            footer: line(size.height.saturating_sub(1)),
        }
    }
}

/// Whether a terminal is too small for anything but saying so.
#[must_use]
pub fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// Says how large the terminal must be.
pub fn draw_too_small(size: Size, theme: &Theme, buf: &mut Buffer) {
    let times = theme.symbols.times;
    let lines = [
        format!(" needs {} {times} {}", SMALLEST.width, SMALLEST.height),
        format!(" now   {} {times} {}", size.width, size.height),
    ];
    let top = u16::from(size.height > 2);
    for (row, line) in (top..size.height).zip(lines) {
        buf.set_stringn(0, row, line, usize::from(size.width), theme.text);
    }
}

/// One tab of the header.
#[derive(Debug)]
pub struct Tab {
    /// The label, and a shorter one for narrow screens.
    pub labels: (&'static str, &'static str),
    /// How many rows it has, where that is known.
    pub count: Option<usize>,
    /// Some of them were read by an earlier session only.
    pub old: bool,
    /// It is the one on screen.
    pub active: bool,
}

impl Tab {
    /// With room for its count, so that nothing moves when that comes in.
    fn written(&self, short: bool, theme: &Theme) -> String {
        const COUNT: usize = 4;
        let label = if short { self.labels.1 } else { self.labels.0 };
        let about = if self.old { theme.symbols.doubt } else { "" };
        let count = self.count.map(|count| format!(" {about}{count}")).unwrap_or_default();
        let (open, close) = if self.active { ("[", "]") } else { (" ", " ") };
        let whole = format!("{open}{label}{count}{close}");
        let rest = (width(label) + COUNT + 2).saturating_sub(width(&whole));
        format!("{whole}{}", " ".repeat(rest))
    }
}

/// Draws header and rule.
pub fn draw_header(state: &State, tabs: &[Tab], buf: &mut Buffer) {
    let area = Areas::of(state.size).header;
    let (line, _) = header(state, tabs);
    buf.set_line(0, area.y, &line, area.width);
    let room = usize::from(area.width).saturating_sub(line.width() + 2);
    let connection = with_news(dated(connection(state), room, state), room, state);
    let right = u16::try_from(connection.width() + 1).unwrap_or(u16::MAX);
    let at = area.width.saturating_sub(right);
    buf.set_line(at, area.y, &connection, area.width - at);
    rule::draw(state, buf);
}

/// The tab that the header shows in a column, by its place among all.
#[must_use]
pub fn tab_at(state: &State, tabs: &[Tab], column: u16) -> Option<usize> {
    let (line, first) = header(state, tabs);
    let column = usize::from(column);
    let mut from = line.spans[..first].iter().map(Span::width).sum::<usize>();
    let mut spans = line.spans[first..].iter();
    let place = spans.position(|span| {
        let begin = from;
        from += span.width();
        (begin..from).contains(&column)
    })?;
    // Where only one is shown, it is the one that is on screen.
    (line.spans.len() - first == tabs.len()).then_some(place)
}

/// What the header says before the connection, and which of its spans is the first tab.
fn header(state: &State, tabs: &[Tab]) -> (Line<'static>, usize) {
    let (width, theme) = (Areas::of(state.size).header.width, state.theme());
    let (short, only_active) = (width < 80, width < 60);
    // The tabs say where one is; the program's name is the first to go.
    let program = if only_active && !tabs.is_empty() { " " } else { " gatehouse  " };
    let mut line = Line::from(Span::styled(program, theme.strong));
    for tab in tabs.iter().filter(|tab| tab.active || !only_active) {
        let style = if tab.active { theme.strong } else { theme.text };
        line.push_span(Span::styled(tab.written(short, theme), style));
    }
    (line, 1)
}

/// The same with its date where an earlier session read what is shown; where there is
/// little room, the date and that Atlas is out of reach are worth more.
fn dated(connection: Line<'static>, room: usize, state: &State) -> Line<'static> {
    let Some(read) = state.recalled_from() else { return connection };
    let (theme, ago) = (state.theme(), when::ago(read, state.now));
    let from = format!("from {}, {ago}", when::day_or_clock(read, state.now, &state.setting.zone));
    let between = format!(" {} ", theme.symbols.dot);
    let taken = connection.width() + width(&between);
    let old = format!("{} old", when::length(state.now.duration_since(read)));
    let date = |words| Span::styled(words, theme.strong);
    if let Some(words) = [from, old.clone()].into_iter().find(|it| width(it) + taken <= room) {
        return before(date(words), connection, state);
    }
    let Link::Down { error, .. } = &state.link else {
        return Line::from(date(format!("read {ago}")));
    };
    let trouble = trouble(error, state);
    if width(&old) + width(&between) + width(&trouble) <= room {
        return before(date(old), Line::styled(trouble, theme.danger), state);
    }
    Line::from(vec![Span::styled(format!("{} ", theme.symbols.broken), theme.danger), date(old)])
}

/// The same with what the last reading has brought, for a moment.
fn with_news(connection: Line<'static>, room: usize, state: &State) -> Line<'static> {
    let count = state.org.as_ref().map(Org::news).unwrap_or_default();
    let Count { changed, new, gone } = count;
    let parts = [(changed, "changed"), (new, "new"), (gone, "gone")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let whole = parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    let sum = match changed + new + gone {
        0 => return connection,
        1 => "1 change".to_owned(),
        sum => format!("{sum} changes"),
    };
    let between = format!(" {} ", state.theme().symbols.dot);
    let taken = connection.width() + width(&between);
    match [whole, sum].into_iter().find(|words| width(words) + taken <= room) {
        Some(words) => before(Span::styled(words, state.theme().strong), connection, state),
        None => connection,
    }
}

/// A word before the connection; what stands there keeps its place.
fn before(word: Span<'static>, connection: Line<'static>, state: &State) -> Line<'static> {
    let theme = state.theme();
    let whole = connection.style;
    let dot = Span::styled(format!(" {} ", theme.symbols.dot), theme.dim);
    let rest = connection.spans.into_iter();
    let rest = rest.map(|span| Span::styled(span.content, whole.patch(span.style)));
    [word, dot].into_iter().chain(rest).collect()
}

/// How it stands between us and Atlas, and how old what is shown is.
fn connection(state: &State) -> Line<'static> {
    let (theme, now) = (state.theme(), state.now);
    let symbols = theme.symbols;
    let dot = symbols.dot;
    if let Some(until) = state.kept_until() {
        let seconds = when::seconds_since(now, until);
        let words = format!("{} told to wait {dot} {seconds} s", symbols.paused);
        return Line::styled(words, theme.soon);
    }
    if let Some(since) = state.waiting_since() {
        let picture = motion::picture(state, since);
        let seconds = when::seconds_since(since, now);
        let doing = if state.is_sending() { "sending" } else { "loading" };
        return Line::styled(format!("{picture} {doing} {dot} {seconds} s"), theme.text);
    }
    match &state.link {
        Link::Connecting if state.setting.credential.is_none() => Line::default(),
        Link::Connecting if state.setting.doubt.is_some() => {
            Line::styled("nothing sent", theme.dim)
        }
        Link::Connecting if state.paused_until().is_some() => {
            Line::styled(format!("{} told to wait", symbols.paused), theme.soon)
        }
        Link::Connecting if state.is_stopped() => Line::styled("stopped", theme.dim),
        Link::Connecting => Line::styled("connecting", theme.dim),
        Link::Live(at) => {
            let (mark, word) = if state.is_at_rest() {
                (Span::styled(symbols.paused, theme.dim), "paused")
            } else if state.paused_until().is_some() {
                (Span::styled(symbols.paused, theme.soon), "told to wait")
            } else {
                (Span::styled(symbols.good, theme.good), "live")
            };
            let words = format!(" {word} {dot} {}", when::clock(*at, &state.setting.zone));
            Line::from(vec![mark, words.into()])
        }
        Link::Down { since, next, error } => {
            // Time is counted where gatehouse tries again by itself.
            let passed = match when::seconds_since(*since, now) {
                seconds @ ..120 => format!("{seconds} s"),
                _ => when::length(now.duration_since(*since)).into(),
            };
            let more = match next {
                None => String::new(),
                Some(_) if state.is_at_rest() => format!(" {dot} paused"),
                Some(_) => format!(" {dot} {passed}"),
            };
            Line::styled(trouble(error, state) + &more, theme.danger)
        }
    }
}

/// What is wrong, with its sign.
fn trouble(error: &ApiError, state: &State) -> String {
    format!("{} {}", state.theme().symbols.broken, trouble_word(&error.fault))
}

/// What is wrong, in two words for the header.
fn trouble_word(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unreachable(_) | Fault::TimedOut(_) => "offline",
        Fault::NotProven(_) => "not proven",
        Fault::CredentialRefused | Fault::TokenLimit => "not signed in",
        Fault::AddressNotListed(_) | Fault::AccessListRequired => "shut out",
        Fault::RoleMissing | Fault::Refused | Fault::Suspended => "refused",
        Fault::NoSuchOrganization | Fault::NotFound => "not found",
        Fault::RateLimited(_) => "told to wait",
        Fault::ServerTrouble => "server trouble",
        Fault::NotAtlas(_) | Fault::Unreadable(_) => "not understood",
        Fault::NotNoted(_) => "not noted",
    }
}

/// What the status line says to the left.
#[derive(Debug)]
pub struct Status<'a> {
    /// The mark before it.
    pub mark: Span<'a>,
    /// A sentence, cut where it is too long.
    pub sentence: Span<'a>,
    /// What must not be cut: said where there is room for it.
    pub rest: String,
    /// The key that tells more.
    pub more: bool,
}

/// What happens now, else what is worth knowing.
#[must_use]
pub fn status(state: &State) -> Option<Status<'static>> {
    happening(state).or_else(|| standing(state))
}

/// A word that passes, else a wait that Atlas asks for, else the last error until it was
/// read, else what takes long or has to wait.
#[must_use]
pub fn happening(state: &State) -> Option<Status<'static>> {
    let theme = state.theme();
    let symbols = theme.symbols;
    let status = |sign, sentence: String, rest, more| {
        Some(Status { rest, more, ..Status::new(sign, sentence, theme) })
    };
    // A word that passes tells of the last key; what it hides comes back.
    if let Some(notice) = &state.notice {
        let mark =
            if notice.done { (symbols.done, theme.good) } else { (symbols.plain, theme.dim) };
        return status(mark, notice.text.to_string(), String::new(), false);
    }
    let pause = |until| {
        let rest = format!(" {} s left.", when::seconds_since(state.now, until));
        let sentence = "Atlas asks to wait: too many calls in a short time.".into();
        status((symbols.paused, theme.soon), sentence, rest, false)
    };
    if let Some(until) = state.kept_until() {
        return pause(until);
    }
    if let Some(trouble) = &state.trouble {
        let sentence = trouble.error.sentence();
        if trouble.passed {
            return status((symbols.none, theme.dim), sentence, " It works again.".into(), true);
        }
        let rest = match &state.link {
            Link::Down { next, .. } => aftermath(state, *next),
            Link::Connecting | Link::Live(_) => String::new(),
        };
        return status((symbols.broken, theme.danger), sentence, rest, true);
    }
    if let Some(words) = state.slow_reading() {
        return status((symbols.plain, theme.dim), words, String::new(), false);
    }
    if let Some(until) = state.paused_until() {
        return pause(until);
    }
    let minutes = when::minutes_until(state.held_back_until()?, state.now);
    let sentence = format!(
        "Details go on within {minutes} min: what is left of Atlas' limit is kept for you."
    );
    status((symbols.paused, theme.dim), sentence, String::new(), false)
}

/// What the configuration warns of, until it was read, else what lies between us and
/// Atlas: it can wait for whatever happens now.
#[must_use]
pub fn standing(state: &State) -> Option<Status<'static>> {
    let theme = state.theme();
    let Some(first) = state.setting.warnings.first() else { return between(state) };
    let rest = match state.setting.warnings.len() {
        1 => String::new(),
        all => format!(" ({} more)", all - 1),
    };
    let sign = (theme.symbols.soon, theme.soon);
    Some(Status { rest, more: true, ..Status::new(sign, first.to_string(), theme) })
}

/// What lies between us and Atlas, where it is not the plain network.
fn between(state: &State) -> Option<Status<'static>> {
    let words: Vec<_> = state.setting.network.iter().map(ToString::to_string).collect();
    let dot = format!(" {} ", state.theme().symbols.dot);
    let sentence = Span::styled(words.join(&dot), state.theme().dim);
    let mark = Span::raw(dot);
    (!words.is_empty()).then_some(Status { mark, sentence, rest: String::new(), more: false })
}

/// What is shown meanwhile, and when the next try is.
fn aftermath(state: &State, next: Option<jiff::Timestamp>) -> String {
    let before = state.recalled_from();
    let before =
        before.map(|read| format!(" Showing what was read {}.", when::ago(read, state.now)));
    let read = || {
        state
            .org
            .as_ref()
            .and_then(|org| {
                crate::app::identity::Kind::ALL
                    .map(|kind| org.list(kind).reading.at)
                    .into_iter()
                    .flatten()
                    .min()
            })
            .map(|at| format!(" Showing {}.", when::clock(at, &state.setting.zone)))
    };
    let shown = before.or_else(read).unwrap_or_default();
    let next = match next {
        None => String::new(),
        Some(_) if state.is_at_rest() => " The next key tries again.".into(),
        Some(next) => format!(" Next try in {} s.", when::seconds_since(state.now, next)),
    };
    format!("{shown}{next}")
}

/// Draws a status line: something to the left, and at the right something
/// shorter, which keeps its place.
pub fn draw_status(left: Option<Status<'_>>, right: &str, state: &State, buf: &mut Buffer) {
    let area = Areas::of(state.size).status;
    let taken = u16::try_from(width(right)).unwrap_or(u16::MAX).saturating_add(1).min(area.width);
    let at = area.width - taken;
    if let Some(left) = left {
        let room = if right.is_empty() { area.width } else { at.saturating_sub(1) };
        buf.set_line(0, area.y, &left.fitted(usize::from(room), state), room);
    }
    buf.set_stringn(at, area.y, right, usize::from(taken), state.theme().dim);
}

impl<'a> Status<'a> {
    /// A sentence after a sign.
    fn new((sign, style): (&str, Style), sentence: String, theme: &Theme) -> Self {
        let mark = Span::styled(format!(" {sign} "), style);
        let sentence = Span::styled(sentence, theme.text);
        Self { mark, sentence, rest: String::new(), more: false }
    }

    /// The line, its sentence cut so that the rest fits.
    fn fitted(&self, room: usize, state: &State) -> Line<'a> {
        /// A sentence cut shorter than this says nothing.
        const SHORTEST: usize = 24;
        let theme = state.theme();
        let key = format!("  {}", state.key(Layer::List, Action::Problem));
        let more = [Span::styled(key, theme.strong), Span::styled(" details", theme.dim)];
        let more = if self.more { &more[..] } else { &[] };
        let kept = self.mark.width() + more.iter().map(Span::width).sum::<usize>();
        let rest = if room < kept + width(&self.rest) + SHORTEST { "" } else { &self.rest };
        let left = room.saturating_sub(kept + width(rest));
        let sentence = fit(&self.sentence.content, left, theme).into_owned();
        let mut line = Line::from(vec![
            self.mark.clone(),
            Span::styled(sentence, self.sentence.style),
            Span::styled(rest.to_owned(), theme.text),
        ]);
        line.spans.extend(more.iter().cloned());
        line
    }
}

/// Draws a passing word over whatever lies on the status line.
pub fn draw_notice(state: &State, buf: &mut Buffer) {
    let area = Areas::of(state.size).status;
    buf.set_string(0, area.y, " ".repeat(usize::from(area.width)), ratatui::style::Style::reset());
    draw_status(status(state), "", state, buf);
}

/// Draws the keys of a layer, as many as fit; help and the way out are the last
/// to go.
pub fn draw_footer(
    layer: Layer,
    state: &State,
    hidden: &[Action],
    word: &dyn Fn(Action) -> Option<&'static str>,
    buf: &mut Buffer,
) {
    let (area, theme) = (Areas::of(state.size).footer, state.theme());
    let room = usize::from(area.width).saturating_sub(2);
    let lines = state.keys().footer(layer).into_iter();
    let all: Vec<_> = lines.filter(|line| !hidden.contains(&line.action)).collect();
    let mut spans = vec![Span::raw("  ")];
    for (number, binding) in fitting(&all, room, theme).into_iter().enumerate() {
        if number > 0 {
            spans.push(Span::raw("  "));
        }
        spans.push(Span::styled(theme.symbols.key(binding.keys[0]), theme.strong));
        let word = word(binding.action).unwrap_or(binding.word);
        spans.push(Span::styled(format!(" {word}"), theme.dim));
    }
    buf.set_line(0, area.y, &Line::from(spans), area.width);
}

/// The lines that fit, in their order; importance decides which.
fn fitting<'a>(all: &[&'a Binding], room: usize, theme: &Theme) -> Vec<&'a Binding> {
    let importance = |binding: &Binding| match binding.action {
        Action::Help => 0,
        Action::Back | Action::Quit => 1,
        _ => binding.rank + 1,
    };
    let mut by_importance = all.to_vec();
    by_importance.sort_by_key(|binding| importance(binding));
    let mut left = room + 2;
    let mut kept = Vec::new();
    for binding in by_importance {
        let needed = width(&theme.symbols.key(binding.keys[0])) + 1 + width(binding.word) + 2;
        let Some(rest) = left.checked_sub(needed) else { break };
        left = rest;
        kept.push(binding.action);
    }
    all.iter().copied().filter(|binding| kept.contains(&binding.action)).collect()
}
