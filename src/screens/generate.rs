//! *Generate New Client Secret*: how long it is to live, and what that does to the
//! secret that exists; with both slots taken, which one makes room first.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::sink::SinkScreen;
use super::{GONE, Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::{ClientId, ClientSecret, Field, IdentityId, ServiceAccount};
use crate::rules::change::{
    Change, HOURS, MOST_SECRETS, cut, dispensable, life, read_life, switches, works,
};
use crate::rules::health::{Mark, SecretState};
use crate::rules::rotation::{Rotation, last_used};
use crate::ui::dialog::{self, Title};
use crate::ui::fields::TextField;
use crate::ui::scroll::{Scroll, rows};
use crate::ui::theme::Theme;
use crate::ui::when;

/// The lives that are offered, in hours, as Atlas' page offers them.
const LIVES: [u32; 7] = [8, 24, 7 * 24, 30 * 24, 90 * 24, 180 * 24, 8760];
/// The life under the cursor at first.
pub(super) const USUAL: u32 = 30 * 24;
const WIDTH: u16 = 74;

/// The longest life of a secret that the organization allows, in hours.
pub(super) fn most_hours(state: &State) -> u32 {
    state.settings().and_then(switches).map_or(*HOURS.end(), |switches| switches.hours)
}

/// The choice of a new secret's life.
#[derive(Debug)]
pub struct GenerateScreen {
    id: ClientId,
    /// The new one is to take the place of the one that works.
    rotates: bool,
    scroll: Scroll,
    /// The life of one's own choice, while it is typed.
    own: TextField,
    typing: bool,
    /// Both slots were taken when the cursor was placed; `None`: it was not placed.
    full: Option<bool>,
}

impl GenerateScreen {
    /// For a new secret of this account.
    #[must_use]
    pub fn new(id: ClientId) -> Self {
        let own = TextField::new("Lives", "");
        Self { id, rotates: false, scroll: Scroll::default(), own, typing: false, full: None }
    }

    /// The same, to take the place of the one that works: a rotation.
    #[must_use]
    pub fn rotating(self) -> Self {
        Self { rotates: true, ..self }
    }

    fn identity(&self) -> IdentityId {
        IdentityId::ServiceAccount(self.id.clone())
    }

    fn account<'a>(&self, state: &'a State) -> Option<&'a ServiceAccount> {
        let id = self.identity();
        state.org.as_ref()?.row(&id)?.identity.account()
    }

    fn secrets<'a>(&self, state: &'a State) -> &'a [ClientSecret] {
        let known = self.account(state).and_then(|account| account.secrets.known());
        known.map_or(&[], Vec::as_slice)
    }

    fn is_full(&self, state: &State) -> bool {
        self.secrets(state).len() >= MOST_SECRETS
    }

    /// The lives to choose from, the longest that is allowed included.
    fn lives(state: &State) -> Vec<u32> {
        let most = most_hours(state);
        let mut lives: Vec<_> = LIVES.into_iter().filter(|hours| *hours <= most).collect();
        if lives.last() != Some(&most) {
            lives.push(most);
        }
        lives
    }

    /// The slot that is missed least: that of a rotation's old secret, where one is under
    /// way.
    fn dispensable(&self, state: &State) -> Option<usize> {
        let secrets = self.secrets(state);
        let rotation = state.rotation(&self.identity());
        let old = rotation.map(Rotation::name);
        let of_rotation = old.and_then(|old| secrets.iter().position(|it| it.id.as_str() == old));
        of_rotation.or_else(|| dispensable(secrets, &state.trials, state.now))
    }

    fn rows(&self, state: &State) -> usize {
        if self.is_full(state) { self.secrets(state).len() } else { Self::lives(state).len() + 1 }
    }

    fn generating(&self, hours: u32, state: &State) -> Change {
        let seen = self.secrets(state).iter().map(|secret| secret.id.clone()).collect();
        Change::GenerateSecret { id: self.id.clone(), hours, seen, rotates: self.rotates }
    }

    /// The revocation of the secret under the cursor, where one must make room.
    fn making_room(&self, state: &State) -> Option<Change> {
        let secret = self.secrets(state).get(self.scroll.cursor)?.id.clone();
        Some(Change::RevokeSecret { id: self.id.clone(), secret })
    }

    fn take(&mut self, hours: u32, cx: &mut Cx<'_>) {
        let change = self.generating(hours, cx.state);
        cx.open(Box::new(SinkScreen::for_change(change, cx.state)));
    }

    fn open(&mut self, cx: &mut Cx<'_>) {
        let at = self.scroll.cursor;
        if self.is_full(cx.state) {
            let Some(change) = self.making_room(cx.state) else { return };
            return cx.propose(change, false);
        }
        match Self::lives(cx.state).get(at) {
            Some(hours) => self.take(*hours, cx),
            None => self.typing = true,
        }
    }

    fn take_own(&mut self, cx: &mut Cx<'_>) {
        match read_life(self.own.text(), most_hours(cx.state)) {
            Ok(hours) => {
                self.typing = false;
                self.take(hours, cx);
            }
            Err(_) => cx.say("see what is said below the field"),
        }
    }

    /// What is to be known besides the choice.
    fn words(&self, state: &State) -> Vec<(Mark, String)> {
        let zone = &state.setting.zone;
        if self.is_full(state) {
            let under_way = state.rotation(&self.identity()).map(|_| {
                let rotate = state.key(Layer::List, Action::Rotate);
                let words =
                    format!("A rotation is under way ({rotate}): its new secret is the other one.");
                (Mark::Soon, words)
            });
            let words = format!(
                "Both slots are taken, and Atlas keeps no more than two. Revoke one first: {} asks about the one under the cursor.",
                state.key(Layer::Secret, Action::Open)
            );
            return under_way.into_iter().chain([(Mark::Soon, words)]).collect();
        }
        let Some(account) = self.account(state) else {
            return vec![(Mark::Broken, GONE.into())];
        };
        if !matches!(account.secrets, Field::Known(_)) {
            return vec![(Mark::Unknown, "Its secrets could not be understood.".into())];
        }
        let mut words = Vec::new();
        for secret in self.secrets(state) {
            let name = secret.masked_secret_value.known().map_or("?", |value| value.as_str());
            words.push(match (cut(secret, state.now), SecretState::of(secret, state.now)) {
                (Some(cut), state_of) => {
                    let was = state_of.end().map_or_else(String::new, |end| {
                        format!(", not on {}", when::date(end, zone))
                    });
                    let cut = when::date(cut, zone);
                    (Mark::Soon, format!("The secret {name} stops working on {cut}{was}: Atlas leaves it seven days."))
                }
                (None, SecretState::Expired(_)) => {
                    (Mark::None, format!("The secret {name} has expired; it keeps its slot."))
                }
                (None, state_of) => {
                    let end = state_of.end().map_or_else(|| "?".into(), |end| when::date(end, zone));
                    (Mark::Good, format!("The secret {name} keeps its end, {end}."))
                }
            });
        }
        if words.is_empty() {
            words
                .push((Mark::None, "It has no secret: it cannot sign in until it has one.".into()));
        }
        words.extend(self.rotation_words(state).map(|words| (Mark::None, words)));
        words
    }

    /// What a rotation adds to a new secret.
    fn rotation_words(&self, state: &State) -> Option<String> {
        let rotate = state.key(Layer::List, Action::Rotate);
        let is_old = self.secrets(state).iter().any(|secret| works(secret, state.now));
        let words = if is_old {
            format!(
                "Then {rotate} tells whether the new one is used and the old one has gone quiet, until the old one is revoked."
            )
        } else {
            "No secret of it works, so there is none to wait for: a new one is all that is made."
                .into()
        };
        self.rotates.then_some(words)
    }

    fn below(&self, columns: usize, state: &State) -> Vec<Line<'static>> {
        let theme = state.theme();
        let said = |(mark, words): (Mark, String)| {
            dialog::said((theme.symbols.mark(mark), theme.mark(mark)), &words, columns, theme)
        };
        self.words(state).into_iter().flat_map(said).collect()
    }

    fn line(&self, at: usize, state: &State) -> Line<'static> {
        let (theme, zone) = (state.theme(), &state.setting.zone);
        if self.is_full(state) {
            let proposed = self.dispensable(state) == Some(at);
            return slot(&self.secrets(state)[at], proposed, state);
        }
        let Some(hours) = Self::lives(state).get(at).copied() else {
            return Line::styled("another life...", theme.text);
        };
        let end = state.now + SignedDuration::from_hours(i64::from(hours));
        let end = if hours < 48 { when::date_time(end, zone) } else { when::date(end, zone) };
        let most = if hours == most_hours(state) { "  the longest allowed" } else { "" };
        Line::from(vec![
            Span::styled(format!("{:12}", life(hours)), theme.text),
            Span::styled(format!("until {end}{most}"), theme.dim),
        ])
    }

    fn place(&self, state: &State) -> (dialog::Place, Vec<Line<'static>>) {
        let narrow = dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2));
        let below = self.below(usize::from(narrow.inner.width), state);
        let field = if self.typing { 2 } else { 0 };
        let height = u16::try_from(self.rows(state) + field + 1 + below.len()).unwrap_or(0);
        (dialog::place(state.size, Size::new(WIDTH, height)), below)
    }

    /// Rows that fit above what is to be known, of which one line stays in sight.
    fn height(&self, state: &State) -> usize {
        let (place, below) = self.place(state);
        let inner = usize::from(place.inner.height);
        inner.saturating_sub(below.len() + 1).max((inner / 2).max(1)).min(self.rows(state).max(1))
    }

    fn draw_own(
        &self,
        area: Rect,
        theme: &Theme,
        state: &State,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let below = match read_life(self.own.text(), most_hours(state)) {
            _ if self.own.text().is_empty() => {
                Span::styled("days, or hours such as 12 h", theme.dim)
            }
            Err(words) => Span::styled(words, theme.danger),
            Ok(hours) => {
                let end = state.now + SignedDuration::from_hours(i64::from(hours));
                let end = when::date_time(end, &state.setting.zone);
                Span::styled(format!("until {end}"), theme.dim)
            }
        };
        self.own.draw(area, true, &[below], theme, buf)
    }
}

/// A secret that could make room.
fn slot(secret: &ClientSecret, proposed: bool, state: &State) -> Line<'static> {
    let (theme, zone) = (state.theme(), &state.setting.zone);
    let found = SecretState::of(secret, state.now);
    let name = secret.masked_secret_value.known().map_or("?", |value| value.as_str()).to_owned();
    let end = match found {
        SecretState::Expired(end) => format!("expired {}", when::date(end, zone)),
        other => other.end().map_or_else(
            || "end not known".into(),
            |end| format!("until {}", when::date(end, zone)),
        ),
    };
    let used = match secret.last_used_at {
        Field::Known(_) if last_used(secret, &state.trials).is_none() => "only tried out".into(),
        Field::Known(time) => format!("used {}", when::ago(time, state.now)),
        Field::Absent => "never used".into(),
        Field::Odd => "last use not known".into(),
    };
    let least = if proposed { "  missed least" } else { "" };
    Line::from(vec![
        Span::styled(format!("{} ", theme.symbols.mark(found.mark())), theme.mark(found.mark())),
        Span::styled(format!("{name}  "), theme.text),
        Span::styled(format!("{end}, {used}"), theme.dim),
        Span::styled(least, theme.good),
    ])
}

impl Screen for GenerateScreen {
    fn layer(&self) -> Layer {
        if self.typing { Layer::Form } else { Layer::Secret }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        match input {
            Input::Action(Action::Save) if self.typing => self.take_own(cx),
            Input::Action(Action::Back) if self.typing => self.typing = false,
            Input::Action(Action::Open) => self.open(cx),
            Input::Action(Action::Back) => cx.close(),
            Input::Action(action) if !self.typing => {
                let (rows, height) = (self.rows(cx.state), self.height(cx.state));
                self.scroll.act(action, rows, height);
            }
            Input::Text(key) => self.own.type_key(key),
            Input::Paste(text) => self.own.paste(&text),
            Input::Action(_) => {}
        }
    }

    fn original(&self, state: &State) -> Option<Original> {
        let change = if self.is_full(state) {
            self.making_room(state)
        } else {
            let life = Self::lives(state).get(self.scroll.cursor).copied();
            let hours = life.or_else(|| read_life(self.own.text(), most_hours(state)).ok());
            hours.map(|hours| self.generating(hours, state))
        };
        change.map(Original::Change)
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        if !self.typing {
            let area = rows(self.place(state).0.inner, 0, self.height(state));
            let len = self.rows(state);
            self.scroll.point(at, area, len);
        }
        None
    }

    fn sync(&mut self, state: &State) {
        let full = self.is_full(state);
        if self.full != Some(full) {
            self.full = Some(full);
            self.scroll.cursor = if full {
                self.dispensable(state).unwrap_or(0)
            } else {
                let lives = Self::lives(state);
                lives.iter().rposition(|hours| *hours <= USUAL).unwrap_or(0)
            };
        }
        let (rows, height) = (self.rows(state), self.height(state));
        self.scroll.follow(rows, height);
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, below) = self.place(state);
        let theme = state.theme();
        let name = state.name_of(&self.identity());
        let dot = theme.symbols.dot;
        let title = format!("{} {dot} {name}", self.generating(0, state).title());
        let kind = if self.is_full(state) { "2 of 2 slots" } else { "how long it lives" };
        dialog::draw(place, &Title { title: &title, kind }, theme, buf);
        let inner = place.inner;
        let window = self.scroll.window(self.rows(state), self.height(state));
        let mut y = inner.y;
        for at in window {
            buf.set_line(inner.x, y, &self.line(at, state), inner.width);
            if at == self.scroll.cursor && !self.typing {
                dialog::mark_row(inner, y, theme, buf);
            }
            y += 1;
        }
        let mut cursor = None;
        if self.typing {
            // It stays in sight, whatever there is to know.
            y = y.min(inner.bottom().saturating_sub(2));
            let area = Rect { y, height: inner.bottom().saturating_sub(y).min(2), ..inner };
            cursor = self.draw_own(area, theme, state, buf);
            y += 2;
        }
        for (y, line) in (y + 1..inner.bottom()).zip(&below) {
            buf.set_line(inner.x, y, line, inner.width);
        }
        progress::draw(state, inner, buf);
        cursor
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        match action {
            Action::Open if self.full == Some(true) => Some("revoke it"),
            Action::Save => Some("go on"),
            _ => None,
        }
    }
}
