//! What Atlas shows once: the secret of what was just made. It stays until it is
//! certainly kept, or is revoked: nothing else closes this.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::confirm::Deafness;
use super::sink::{SinkScreen, clipboard_words};
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::held::{Delivery, Held, PROOF, Tried};
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::secret::{ExposeSecret, TriedOut};
use crate::atlas::text::is_clean;
use crate::atlas::{Clean, IdentityId};
use crate::rules::health::Reach;
use crate::ui::dialog::{self, Place, Title, said};
use crate::ui::fields::TextField;
use crate::ui::text::{chunks, wrap};
use crate::ui::theme::Theme;
use crate::ui::when;

/// So many symbols stand for a secret of any length.
const MASK: usize = 32;
/// What copies also agrees to questions: it is not heard for so long after the dialog, or
/// what became of the secret, came up, nor while it is pressed on and on.
const NOT_COPIED: SignedDuration = SignedDuration::from_secs(1);
/// A secret is shown for no longer than this.
const REVEALED: SignedDuration = SignedDuration::from_secs(15);
const LABEL: usize = 15;
/// More lines than that no secret takes.
const MOST_ROWS: usize = 64;

/// A secret that nobody can read again: the first that is held.
#[derive(Debug)]
pub struct MadeScreen {
    /// What became of the secret by then, and since when that is told.
    told: Option<(Stand, Timestamp)>,
    deafness: Deafness,
    /// It is shown until then.
    revealed: Option<Timestamp>,
    /// Its last characters, while they are typed.
    typing: Option<TextField>,
}

/// How far a secret has come: its note, the places where it is kept, how it goes on.
type Stand = (String, usize, Delivery);

impl Default for MadeScreen {
    fn default() -> Self {
        let deafness = Deafness::of(NOT_COPIED);
        Self { told: None, deafness, revealed: None, typing: None }
    }
}

impl MadeScreen {
    /// Notes since when what there is to read is on the screen.
    fn note(&mut self, held: &Held, now: Timestamp) {
        let stand = (held.note.clone(), held.kept.len(), held.delivery.clone());
        if self.told.as_ref().is_none_or(|(told, _)| *told != stand) {
            self.told = Some((stand, now));
        }
    }

    /// Copies it, unless the key may have been meant for a question before.
    fn copy(&mut self, held: &Held, cx: &mut Cx<'_>) {
        let now = cx.state.now;
        if held.delivery == Delivery::Sending {
            return cx.say("one moment: the secret is on its way");
        }
        let since = self.told.as_ref().map_or(now, |(_, since)| *since);
        if self.deafness.is_deaf(since, now, true) {
            let key = cx.state.key(Layer::Made, Action::Copy);
            return cx.tell(&format!("not copied: if it was meant, wait a moment and press {key}"));
        }
        cx.copy_secret();
    }

    fn close(&mut self, held: &Held, cx: &mut Cx<'_>) {
        match held.delivery {
            Delivery::Sending => cx.say("one moment: the secret is on its way"),
            _ if held.is_safe() => cx.acknowledge(),
            Delivery::Here | Delivery::Failed(_) => {
                self.typing = Some(TextField::new("Last four", ""));
            }
        }
    }

    fn prove(&mut self, held: &Held, cx: &mut Cx<'_>) {
        let Some(field) = &self.typing else { return };
        if held.is_proof(field.text()) {
            return cx.acknowledge();
        }
        cx.say("these are not its last four characters");
    }

    fn act(&mut self, action: Action, held: &Held, cx: &mut Cx<'_>) {
        match action {
            Action::Reveal if self.revealed.is_some() => self.revealed = None,
            Action::Reveal => self.revealed = Some(cx.state.now + REVEALED),
            Action::Copy => self.copy(held, cx),
            Action::TryOut if !held.issued.is_named() => {
                cx.say("it cannot be tried out: its answer could not be read whole");
            }
            Action::TryOut if held.here => cx.try_out(),
            Action::TryOut => cx.say("it belongs to another Atlas or organization"),
            Action::HandOver if held.delivery == Delivery::Sending => {
                cx.say("one moment: the secret is on its way");
            }
            Action::HandOver => cx.open(Box::new(SinkScreen::for_held(held.about.clone()))),
            Action::Delete => match held.discard().filter(|_| held.here) {
                Some(change) => cx.propose(change, true),
                None => cx.say("it cannot be revoked from here: do so in the details"),
            },
            Action::Back => self.close(held, cx),
            _ => {}
        }
    }

    fn place(&self, state: &State) -> (Place, Vec<Line<'static>>) {
        let narrow = dialog::place(state.size, Size::new(76, u16::MAX / 2));
        let lines = self.lines(state, usize::from(narrow.inner.width));
        let field: usize = if self.typing.is_some() { 2 } else { 0 };
        let height = u16::try_from(lines.len() + field).unwrap_or(u16::MAX / 2);
        let place = dialog::place(state.size, Size::new(76, height));
        if place.inner.height >= height {
            return (place, lines);
        }
        let columns = usize::from(narrow.inner.width);
        let rows = state.held.front().map_or(0, |held| secret_rows(held, columns));
        let room = usize::from(place.inner.height).saturating_sub(field.min(1));
        (place, shortened(lines, rows, room))
    }

    /// Everything but the secret itself, for whose shown form there are blank lines.
    fn lines(&self, state: &State, columns: usize) -> Vec<Line<'static>> {
        let Some(held) = state.held.front() else { return Vec::new() };
        let theme = state.theme();
        let (public, _) = held.issued.labels();
        let mut lines = Vec::new();
        let fact = |label: &str, value: &str| {
            let room = columns.saturating_sub(LABEL).max(8);
            let label_of = |at| if at == 0 { label } else { "" };
            let parts = wrap(value, room).into_iter().enumerate();
            parts
                .map(|(at, part)| {
                    let label = format!("{:LABEL$}", label_of(at));
                    Line::from(vec![
                        Span::styled(label, theme.dim),
                        Span::styled(part, theme.strong),
                    ])
                })
                .collect::<Vec<_>>()
        };
        let rows = secret_rows(held, columns);
        lines.extend(std::iter::repeat_n(Line::default(), rows));
        lines.push(Line::default());
        let told = Some(held.issued.public.as_str()).filter(|public| !public.is_empty());
        lines.extend(fact(public, &Clean::new(told.unwrap_or("?"))));
        if let Some(end) = held.issued.expires_at {
            let end = format!(
                "in {}, {}",
                when::left(end, state.now),
                when::date_time(end, &state.setting.zone)
            );
            lines.extend(fact("Expires", &end));
        }
        lines.push(Line::default());
        lines.extend(news(held, columns, state));
        lines.push(Line::default());
        let next = self.next(held, state);
        lines.extend(wrap(&next, columns).into_iter().map(|part| Line::styled(part, theme.strong)));
        lines
    }

    /// What is to be done now.
    fn next(&self, held: &Held, state: &State) -> String {
        let key = |action| state.key(self.layer(), action);
        if self.typing.is_some() {
            return format!(
                "Nobody shows it again once this closes. Type its last {PROOF} characters from where you keep it, and press {}; esc goes back.",
                key(Action::Save)
            );
        }
        match held.delivery {
            Delivery::Sending => "One moment.".into(),
            _ if held.is_safe() => {
                "It is kept: esc closes this. Atlas cannot show it again.".into()
            }
            Delivery::Here => {
                let [send, copy, show] = [Action::HandOver, Action::Copy, Action::Reveal].map(key);
                format!(
                    "Atlas cannot show it again. {send} sends it to a file or a command, {copy} copies it, {show} shows it; esc closes this once you have it."
                )
            }
            Delivery::Failed(_) => {
                let [send, copy, show] = [Action::HandOver, Action::Copy, Action::Reveal].map(key);
                format!(
                    "It is still here. {send} sends it again or somewhere else, {copy} copies it, {show} shows it."
                )
            }
        }
    }
}

/// The last characters of a text, as many as are asked for.
fn end_of(text: &str) -> String {
    let text = text.trim();
    let from = text.char_indices().rev().nth(PROOF - 1).map_or(0, |(at, _)| at);
    text[from..].to_owned()
}

/// Lines for too little room: air goes first, then what stands in the middle. The secret
/// itself, in the first rows, and what is to be done, at the end, are worth more.
fn shortened(lines: Vec<Line<'static>>, rows: usize, room: usize) -> Vec<Line<'static>> {
    let numbered = lines.into_iter().enumerate();
    let told = numbered.filter(|(at, line)| *at < rows || line.width() > 0);
    let mut lines: Vec<_> = told.map(|(_, line)| line).collect();
    let over = lines.len().saturating_sub(room);
    let rows = rows.min(lines.len());
    lines.drain(rows..(rows + over).min(lines.len()));
    lines
}

/// The lines that the secret takes when it is shown: they are always kept, so that
/// nothing jumps.
fn secret_rows(held: &Held, columns: usize) -> usize {
    let room = columns.saturating_sub(LABEL).max(8);
    chunks(&shown_secret(held), room).take(MOST_ROWS).count().max(1)
}

/// The secret as it is shown. Should it not be plain text, what it hides is shown: what
/// is seen is then not what is copied, and looks like it.
fn shown_secret(held: &Held) -> Cow<'_, str> {
    let secret = held.issued.secret.expose_secret();
    if is_clean(secret) { secret.into() } else { Clean::new(secret).to_string().into() }
}

/// What is known where the answer was odd, and what to do.
fn unnamed(held: &Held) -> String {
    let public = match held.issued.owner {
        IdentityId::ServiceAccount(_) => "client ID",
        IdentityId::ApiKey(_) => "public key",
    };
    let name = Clean::new(&held.about.name);
    let made = format!(
        "It was made, but Atlas' answer could not be read whole. Keep the secret; then find \"{name}\" in the list and put its {public} to it."
    );
    let not_set = held.then.not_set().filter(|_| !held.issued.owner.is_addressable());
    [made.as_str()].into_iter().chain(not_set).collect::<Vec<_>>().join(" ")
}

/// What it proves that Atlas took it: a service account signs in from everywhere, an API
/// key with the call itself.
fn works(held: &Held) -> &'static str {
    match held.issued.owner {
        IdentityId::ServiceAccount(_) => "Signing in with it works.",
        IdentityId::ApiKey(_) => "It works: Atlas took it.",
    }
}

/// That calls from here are refused, where signing in worked and the access list is known
/// to be otherwise.
fn refused_from_here(held: &Held, state: &State) -> Option<String> {
    let signed_in = matches!(held.tried, Tried::Good(TriedOut::Works, _));
    let org = state.org.as_ref().filter(|_| signed_in)?;
    let entries = org.row(&held.issued.owner)?.access().value.as_deref()?;
    let address = org.address.value;
    Reach::shuts_out(entries, state.settings(), address).then(|| {
        let here = address.map_or_else(|| "here".to_owned(), |address| address.to_string());
        format!("Calls from {here} are refused: its access list does not hold that address.")
    })
}

/// What has become of it so far.
fn news(held: &Held, columns: usize, state: &State) -> Vec<Line<'static>> {
    let (theme, symbols) = (state.theme(), state.theme().symbols);
    let mut lines = Vec::new();
    let mut say = |sign: (&'static str, _), words: &str| {
        lines.extend(said(sign, words, columns, theme));
    };
    if held.rescued {
        say(
            (symbols.soon, theme.soon),
            "An earlier session was ended while it showed this secret, and rescued it. The rescue file is destroyed when this closes.",
        );
    }
    if !held.issued.is_named() {
        say((theme.symbols.soon, theme.soon), &unnamed(held));
    }
    if let Some(way) = held.copied {
        let words = match way {
            crate::app::held::Way::Desktop => "Copied.",
            _ => "Sent to the terminal's clipboard.",
        };
        say((symbols.plain, theme.dim), &format!("{words} {}", clipboard_words(way)));
    }
    match &held.tried {
        Tried::No => {}
        Tried::Trying => say((symbols.pending, theme.dim), "Signing in with it..."),
        Tried::Good(TriedOut::Works, _) => say((symbols.good, theme.good), works(held)),
        Tried::Good(TriedOut::WorksElsewhere, _) => say(
            (symbols.good, theme.good),
            "Atlas knows it. Its call was refused for where it came from or what it may do, not for the key.",
        ),
        Tried::Bad(error) => {
            say((symbols.broken, theme.danger), &format!("Tried out: {}", error.sentence()));
        }
    }
    if let Some(words) = refused_from_here(held, state) {
        say((symbols.soon, theme.soon), &words);
    }
    match &held.delivery {
        Delivery::Here => {}
        Delivery::Sending => {
            say((symbols.pending, theme.dim), &format!("Sending it to {}...", held.sink.words()));
        }
        Delivery::Failed(why) => say((symbols.broken, theme.danger), &format!("Not saved. {why}")),
    }
    for place in &held.kept {
        say((symbols.good, theme.good), &format!("Saved: {place}"));
    }
    lines
}

impl Screen for MadeScreen {
    fn layer(&self) -> Layer {
        if self.typing.is_some() { Layer::Sentence } else { Layer::Made }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let state = cx.state;
        let Some(held) = state.held.front() else { return };
        match (input, &mut self.typing) {
            (Input::Action(Action::Save), Some(_)) => self.prove(held, cx),
            (Input::Action(Action::Back), Some(_)) => self.typing = None,
            (Input::Text(key), Some(field)) => field.type_key(key),
            // Of a whole secret only its end is shown.
            (Input::Paste(text), Some(field)) => field.set(&end_of(&text)),
            (Input::Action(action), None) => self.act(action, held, cx),
            _ => {}
        }
    }

    fn sync(&mut self, state: &State) {
        if self.revealed.is_some_and(|until| until <= state.now) {
            self.revealed = None;
        }
        let Some(held) = state.held.front() else { return };
        self.note(held, state.now);
        if held.is_safe() {
            self.typing = None;
        }
    }

    fn conceal(&mut self) {
        self.revealed = None;
    }

    fn conceals_at(&self) -> Option<Timestamp> {
        self.revealed
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, lines) = self.place(state);
        let (theme, inner) = (state.theme(), place.inner);
        let held = state.held.front()?;
        let title = format!("Secret of {}", Clean::new(&held.about.name));
        dialog::draw(place, &Title { title: &title, kind: "shown this once" }, theme, buf);
        for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
            buf.set_line(inner.x, y, line, inner.width);
        }
        self.draw_secret(held, inner, theme, buf);
        let field = self.typing.as_ref()?;
        let y = inner.y + u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let y = y.min(inner.bottom().saturating_sub(1));
        let area = Rect { y, height: 1, ..inner };
        field.draw(area, true, &[], theme, buf)
    }

    fn holds(&self) -> bool {
        true
    }

    fn hidden(&self, state: &State) -> Vec<Action> {
        let Some(held) = state.held.front() else { return Vec::new() };
        let mut hidden = Vec::new();
        if !held.here || !held.issued.is_named() {
            hidden.push(Action::TryOut);
        }
        if !held.here || !held.issued.owner.is_addressable() {
            hidden.push(Action::Delete);
        }
        if self.typing.is_some() {
            hidden.extend([Action::Down, Action::Up]);
        }
        hidden
    }
}

impl MadeScreen {
    /// The secret or its mask, on lines of its own, with nothing that touches it.
    fn draw_secret(&self, held: &Held, inner: Rect, theme: &Theme, buf: &mut Buffer) {
        let columns = usize::from(inner.width);
        let (_, label) = held.issued.labels();
        buf.set_stringn(inner.x, inner.y, label, columns, theme.dim);
        let left = u16::try_from(LABEL).unwrap_or(0).min(inner.width);
        let room = columns.saturating_sub(LABEL).max(8);
        if self.revealed.is_none() {
            let mask = theme.symbols.hidden.repeat(MASK);
            buf.set_stringn(inner.x + left, inner.y, mask, room, theme.strong);
            return;
        }
        let shown = shown_secret(held);
        for (y, part) in (inner.y..inner.bottom()).zip(chunks(&shown, room)) {
            buf.set_stringn(inner.x + left, y, part, room, theme.strong);
        }
    }
}
