//! What was left open: credentials that were asked for, and of whose answer nobody
//! knows, and changes that were on their way when a session ended. What is there of them, what that means, and how to end it; nothing is
//! deleted unasked.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Line;

use super::{Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::{Clean, ClientSecret, IdentityId};
use crate::rules::change::Change;
use crate::rules::intent::{Asks, Note};
use crate::rules::trace::{Found, Trace};
use crate::ui::dialog::{self, Place, Title, said};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::theme::Theme;
use crate::ui::when;

const WIDTH: u16 = 78;

/// One thing to decide: a note, and one of those that it may have brought.
#[derive(Debug)]
struct Item<'a> {
    note: &'a Note,
    trace: Trace,
    found: Option<Found>,
    /// It is the first of its note, which tells what the note is about.
    first: bool,
}

/// What was left open.
#[derive(Debug, Default)]
pub struct UnfinishedScreen {
    cursor: usize,
    lines: Scroll,
    /// The note that is forgotten when the key is pressed again.
    forgetting: Option<String>,
}

fn items(state: &State) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for note in &state.notes {
        let trace = state.trace(note);
        let found: Vec<_> = match &trace {
            Trace::Found(found) => found.iter().cloned().map(Some).collect(),
            _ => vec![None],
        };
        for (at, found) in found.into_iter().enumerate() {
            items.push(Item { note, trace: trace.clone(), found, first: at == 0 });
        }
    }
    items
}

impl Item<'_> {
    /// The change that takes it back.
    fn change(&self) -> Option<Change> {
        let found = self.found.as_ref()?;
        Some(Change::taking_back(&found.owner, found.secret.as_ref()))
    }

    fn what(&self) -> String {
        let made = match &self.note.intent.asks {
            Asks::Secret { .. } => "a client secret",
            Asks::ServiceAccount { .. } => "a service account",
            Asks::ApiKey { .. } => "an API key",
            Asks::Change { what, .. } => return format!("{what}, sent"),
        };
        format!("{made} was asked for,")
    }

    fn heading(&self, state: &State) -> String {
        let intent = &self.note.intent;
        let at = when::date_time(intent.at, &state.setting.zone);
        let dot = state.theme().symbols.dot;
        format!("{} {dot} {} {at}", intent.asks.name(), self.what())
    }

    fn lines(&self, state: &State, columns: usize) -> Vec<Line<'static>> {
        let theme = state.theme();
        let symbols = theme.symbols;
        let mut lines = Vec::new();
        if self.first {
            let heading = dialog::said((" ", theme.text), &self.heading(state), columns, theme);
            lines.extend(heading.into_iter().map(|line| line.style(theme.strong)));
        }
        let (sign, words) = match (&self.trace, &self.found) {
            (Trace::Elsewhere, _) => (("?", theme.dim), self.elsewhere()),
            (Trace::Unread, _) => ((symbols.pending, theme.dim), "Looking what became of it...".into()),
            (Trace::Gone, _) => (
                (symbols.good, theme.good),
                "The account is gone, and its secrets with it: nothing is left to do. x forgets this.".into(),
            ),
            (Trace::Nothing, _) => (
                (symbols.good, theme.good),
                "Nothing was made, as far as Atlas shows now. r looks again, x forgets this.".into(),
            ),
            (Trace::Unheard, _) => {
                let forget = state.key(Layer::Unfinished, Action::Forget);
                let words = format!("gatehouse ended before its answer came: look whether it was made. {forget} forgets this.");
                ((symbols.soon, theme.soon), words)
            }
            (Trace::Found(all), Some(found)) => {
                ((symbols.soon, theme.soon), self.found_words(found, all.len(), state))
            }
            (Trace::Found(_), None) => return lines,
        };
        lines.extend(said(sign, &words, columns, theme));
        if self.first {
            lines.extend(self.consequences(state, columns, theme));
        }
        lines
    }

    fn elsewhere(&self) -> String {
        let intent = &self.note.intent;
        format!(
            "It was asked for at {}, in the organization {}: open that one to see what became of it.",
            intent.host, intent.org
        )
    }

    fn found_words(&self, found: &Found, of: usize, state: &State) -> String {
        let zone = &state.setting.zone;
        let which = match (&found.secret, &found.masked) {
            (Some(_), Some(masked)) => format!("The secret {masked}"),
            (Some(id), None) => format!("The secret with the id {id}"),
            (None, _) => format!("{} ({})", self.note.intent.asks.name(), found.owner.as_str()),
        };
        let made = found
            .created
            .map_or_else(String::new, |time| format!(", made {}", when::date_time(time, zone)));
        let ends =
            found.ends.map_or_else(String::new, |end| format!(", ends {}", when::date(end, zone)));
        let used = match (found.used, &found.owner) {
            (Some(time), _) => format!(", used {}: so somebody has it", when::ago(time, state.now)),
            (None, IdentityId::ServiceAccount(_)) => ", never used".into(),
            (None, IdentityId::ApiKey(_)) => String::new(),
        };
        let ours = match (found.sure, of) {
            (true, _) => "It is ours, and its secret is lost",
            (false, 1) => "It was not there before: most likely it is ours, and its secret is lost",
            (false, _) => "It was not there before; perhaps it is somebody else's",
        };
        // It may have come further than was written down.
        let place = self.note.intent.place().filter(|_| found.sure || of == 1);
        let unless = place.map_or_else(String::new, |place| {
            format!(", unless it reached {place}: look there first")
        });
        let delete = state.key(Layer::Unfinished, Action::Delete);
        format!(
            "{which}{made}{ends}{used}. {ours}{unless}. {delete} deletes it; then it can be asked for again."
        )
    }

    /// How an account goes on whose first secret is lost.
    fn to_keep(&self, state: &State) -> Option<String> {
        let generate = state.key(Layer::List, Action::GenerateSecret);
        let account = matches!(self.note.intent.asks, Asks::ServiceAccount { .. });
        account.then(|| format!("It can also be kept, and given a new secret with {generate}."))
    }

    /// What it did to the account's other secret.
    fn consequences(&self, state: &State, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
        let (account, before) = match (&self.note.intent.asks, &self.trace) {
            (Asks::Secret { account, before, .. }, Trace::Found(_)) => (account, before),
            (_, Trace::Found(_)) => {
                let sign = (theme.symbols.soon, theme.soon);
                let not_set = self.note.intent.then.not_set().map(str::to_owned);
                let words = [not_set, self.to_keep(state)];
                let words = words.iter().flatten();
                return words.flat_map(|words| said(sign, words, columns, theme)).collect();
            }
            _ => return Vec::new(),
        };
        let id = IdentityId::ServiceAccount(account.clone());
        let row = state.org.as_ref().and_then(|org| org.row(&id));
        let secrets = row.and_then(|row| row.identity.account()?.secrets.known());
        let older = |secret: &&ClientSecret| before.contains(&secret.id);
        let words = |secret: &ClientSecret| {
            let name = secret.masked_secret_value.known().map_or("?", Clean::as_str);
            let end = secret.expires_at.known().filter(|end| **end > state.now)?;
            let end = when::date_time(*end, &state.setting.zone);
            Some(format!("The account's other secret, {name}, now stops working on {end}."))
        };
        let all = secrets.into_iter().flatten().filter(older).filter_map(words);
        all.flat_map(|text| said((theme.symbols.soon, theme.soon), &text, columns, theme)).collect()
    }
}

impl UnfinishedScreen {
    /// The same, beginning with what was left open last.
    #[must_use]
    pub fn at_the_latest() -> Self {
        Self { cursor: usize::MAX, ..Self::default() }
    }

    fn forget(&mut self, item: &Item<'_>, cx: &mut Cx<'_>) {
        let id = &item.note.intent.id;
        let settled = matches!(item.trace, Trace::Gone | Trace::Nothing);
        if settled || self.forgetting.as_ref() == Some(id) {
            return cx.forget_note(id);
        }
        self.forgetting = Some(id.clone());
        let forget = cx.state.key(self.layer(), Action::Forget);
        cx.tell(&format!("{forget} again leaves it as it is, and it is not told again"));
    }

    /// All lines, each with the item that it belongs to.
    fn drawn(state: &State, columns: usize) -> Vec<(usize, Line<'static>)> {
        let mut lines = Vec::new();
        for (at, item) in items(state).iter().enumerate() {
            if at > 0 && item.first {
                lines.push((usize::MAX, Line::default()));
            }
            lines.extend(item.lines(state, columns).into_iter().map(|line| (at, line)));
        }
        lines
    }

    fn place(state: &State) -> (Place, Vec<(usize, Line<'static>)>) {
        dialog::place_around(state.size, WIDTH, |columns| Self::drawn(state, columns))
    }
}

impl Screen for UnfinishedScreen {
    fn layer(&self) -> Layer {
        Layer::Unfinished
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        let Input::Action(action) = input else { return };
        let items = items(cx.state);
        let Some(item) = items.get(self.cursor) else { return cx.close() };
        if action != Action::Forget {
            self.forgetting = None;
        }
        match action {
            Action::Back => {
                let again = cx.state.key(Layer::List, Action::Unfinished);
                cx.tell(&format!("it stays noted: {again} shows it again"));
                cx.close();
            }
            Action::Refresh => cx.refresh(),
            Action::Forget => self.forget(item, cx),
            Action::Delete => match item.change() {
                Some(change) => cx.discard_found(&item.note.intent.id, change),
                None => cx.say("there is nothing to delete"),
            },
            Action::Up | Action::HalfPageUp => self.cursor = self.cursor.saturating_sub(1),
            Action::Down | Action::HalfPageDown => {
                self.cursor = (self.cursor + 1).min(items.len() - 1);
            }
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = items.len() - 1,
            _ => {}
        }
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let (place, drawn) = Self::place(state);
        let mut lines = self.lines;
        lines.point(at, place.inner, drawn.len())?;
        self.cursor = drawn[lines.cursor].0.min(items(state).len().saturating_sub(1));
        None
    }

    fn sync(&mut self, state: &State) {
        self.cursor = self.cursor.min(items(state).len().saturating_sub(1));
        let (place, lines) = Self::place(state);
        let height = usize::from(place.inner.height);
        let of = |(at, _): &(usize, Line<'_>)| *at == self.cursor;
        self.lines.cursor = lines.iter().rposition(of).unwrap_or(0);
        self.lines.follow(lines.len(), height);
        self.lines.cursor = lines.iter().position(of).unwrap_or(0);
        self.lines.follow(lines.len(), height);
    }

    fn is_over(&self, state: &State) -> bool {
        state.notes.is_empty()
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, lines) = Self::place(state);
        let (theme, inner) = (state.theme(), place.inner);
        let window = self.lines.window(lines.len(), usize::from(inner.height));
        let kind = in_sight(&window, lines.len());
        dialog::draw(place, &Title { title: "Left open", kind: &kind }, theme, buf);
        for (y, (at, line)) in (inner.y..).zip(&lines[window]) {
            buf.set_line(inner.x, y, line, inner.width);
            if *at == self.cursor {
                buf.set_string(inner.x.saturating_sub(2), y, theme.symbols.cursor, theme.strong);
            }
        }
        progress::draw(state, inner, buf);
        None
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let items = items(state);
        let deletable = items.get(self.cursor).is_some_and(|item| item.change().is_some());
        if deletable { Vec::new() } else { vec![Action::Delete] }
    }
}
