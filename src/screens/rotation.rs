//! A rotation under way: what is done, whether the new credential is used and the old
//! one has gone quiet, and what to do next.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::text::Line;

use super::{Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::{Clean, ClientSecret, Field, IdentityId, SecretId, ServiceAccount};
use crate::rules::change::Change;
use crate::rules::rotation::{Advice, Replaced, Rotation, Use, advise};
use crate::ui::dialog::{self, Place, Title, said};
use crate::ui::when;

const WIDTH: u16 = 74;

/// The rotation that an identity is in.
#[derive(Debug)]
pub struct RotationScreen {
    id: IdentityId,
}

/// How the two stand: the old one, the new one, and when they end.
struct Standing {
    old: Use,
    new: Use,
    names: [String; 2],
    ends: [Option<Timestamp>; 2],
}

fn standing(rotation: &Rotation, state: &State) -> Standing {
    match &rotation.replaced {
        Replaced::Secret { old, new, .. } => {
            let row = state.org.as_ref().and_then(|org| org.row(&rotation.subject()));
            let account = row.and_then(|row| row.identity.account());
            let of = |id| account.and_then(|account| secret(account, id));
            let (old, new) = (of(old), of(new));
            Standing {
                old: use_of_secret(account, old),
                new: use_of_secret(account, new).besides_trying(rotation.verified),
                names: [old, new].map(masked),
                ends: [old, new].map(|secret| secret?.expires_at.known().copied()),
            }
        }
        Replaced::Key { old, new } => {
            let ids = [old, new].map(|id| IdentityId::ApiKey(id.clone()));
            let public = |id: &IdentityId| {
                let row = state.org.as_ref().and_then(|org| org.row(id));
                row.map_or_else(|| id.as_str().to_owned(), |row| row.identity.public_part().into())
            };
            Standing {
                old: use_of_key(&ids[0], state),
                new: use_of_key(&ids[1], state).besides_trying(rotation.verified),
                names: [public(&ids[0]), public(&ids[1])],
                ends: [None, None],
            }
        }
    }
}

fn secret<'a>(account: &'a ServiceAccount, id: &SecretId) -> Option<&'a ClientSecret> {
    account.secrets.known()?.iter().find(|secret| secret.id == *id)
}

fn masked(secret: Option<&ClientSecret>) -> String {
    let known = secret.and_then(|secret| secret.masked_secret_value.known());
    known.map_or_else(|| "?".into(), |value: &Clean| value.to_string())
}

fn use_of_secret(account: Option<&ServiceAccount>, secret: Option<&ClientSecret>) -> Use {
    match (account, secret.map(|secret| &secret.last_used_at)) {
        (Some(account), None) if matches!(account.secrets, Field::Known(_)) => Use::Gone,
        (Some(_), None) | (_, Some(Field::Odd)) => Use::Unknown,
        (None, _) => Use::Gone,
        (_, Some(Field::Absent)) => Use::Never,
        (_, Some(Field::Known(time))) => Use::At(*time),
    }
}

/// Atlas notes a key's use at the entries of its access list.
fn use_of_key(id: &IdentityId, state: &State) -> Use {
    let Some(row) = state.org.as_ref().and_then(|org| org.row(id)) else { return Use::Gone };
    match row.last_used() {
        Some(Field::Known(time)) => Use::At(time),
        Some(Field::Absent) => Use::Never,
        Some(Field::Odd) | None => Use::Unknown,
    }
}

impl RotationScreen {
    /// The rotation of this identity.
    #[must_use]
    pub fn new(id: IdentityId) -> Self {
        Self { id }
    }

    fn lines(&self, state: &State, columns: usize) -> Vec<Line<'static>> {
        let Some(rotation) = state.rotation(&self.id) else { return Vec::new() };
        let (theme, zone, now) = (state.theme(), &state.setting.zone, state.now);
        let found = standing(rotation, state);
        let mut lines = Vec::new();
        // What to do next comes first: it is in sight on every terminal.
        let (sign, words) = advice(advise(found.old, found.new, now), state);
        lines.extend(said((sign, theme.strong), &words, columns, theme));
        lines.push(Line::default());
        let mut step = |done: bool, words: &str| {
            let sign = if done {
                (theme.symbols.good, theme.good)
            } else {
                (theme.symbols.todo, theme.dim)
            };
            lines.extend(said(sign, words, columns, theme));
        };
        let [old, new] = &found.names;
        step(
            true,
            &format!("The new one, {new}, was made {}.", when::date_time(rotation.begun, zone)),
        );
        step(true, &format!("Handed over: {}.", rotation.to));
        match rotation.verified {
            Some(_) => step(true, "Tried out: it worked."),
            None => step(false, "Not tried out from here."),
        }
        step(
            matches!(found.new, Use::At(_)),
            &format!("The new one was {}.", used(found.new, now)),
        );
        let old_use = match found.old {
            Use::Never => "never used".into(),
            other => used(other, now),
        };
        let quiet = matches!(advise(found.old, found.new, now), Advice::Revoke | Advice::Finished);
        step(quiet, &format!("The old one, {old}, was {old_use}{}.", end(found.ends[0], state)));
        lines
    }

    fn place(&self, state: &State) -> (Place, Vec<Line<'static>>) {
        dialog::place_around(state.size, WIDTH, |columns| self.lines(state, columns))
    }

    fn revoke(rotation: &Rotation, cx: &mut Cx<'_>) {
        let secret = match &rotation.replaced {
            Replaced::Secret { old, .. } => Some(old),
            Replaced::Key { .. } => None,
        };
        cx.propose(Change::taking_back(&rotation.subject(), secret), true);
    }
}

fn used(found: Use, now: Timestamp) -> String {
    match found {
        Use::Gone => "removed: it is gone".into(),
        Use::Unknown => "used at a time that Atlas does not tell".into(),
        Use::Never => "not used yet".into(),
        Use::At(time) => format!("used {}", when::ago(time, now)),
    }
}

fn end(end: Option<Timestamp>, state: &State) -> String {
    let Some(end) = end else { return String::new() };
    let date = when::date_time(end, &state.setting.zone);
    if end <= state.now {
        format!("; it has expired, {date}")
    } else {
        format!("; it stops working {date}")
    }
}

fn advice(advice: Advice, state: &State) -> (&'static str, String) {
    let (key, symbols) = (|action| state.key(Layer::Rotation, action), state.theme().symbols);
    match advice {
        Advice::Finished => (symbols.good, "Done: the old one is gone.".into()),
        Advice::NewIsGone => {
            let forget = key(Action::Forget);
            (
                symbols.broken,
                format!("The new one is gone: keep the old one. {forget} forgets this rotation."),
            )
        }
        Advice::NewUnused => (
            symbols.soon,
            format!(
                "Wait: nobody has used the new one. Put it in place where the old one is used; {} looks again.",
                key(Action::Refresh)
            ),
        ),
        Advice::OldInUse(time) => (
            symbols.soon,
            format!(
                "Wait: the old one was used {}. Somebody still works with it; a day without use tells that nobody does.",
                when::ago(time, state.now)
            ),
        ),
        Advice::Blind => (
            symbols.unknown,
            format!(
                "Atlas does not tell whether they are used: ask those who use them before you revoke the old one with {}.",
                key(Action::Delete)
            ),
        ),
        Advice::Revoke => {
            let revoke = key(Action::Delete);
            (
                symbols.good,
                format!(
                    "The new one is used and the old one is quiet: {revoke} revokes the old one."
                ),
            )
        }
    }
}

impl Screen for RotationScreen {
    fn layer(&self) -> Layer {
        Layer::Rotation
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        let state = cx.state;
        let (Input::Action(action), Some(rotation)) = (input, state.rotation(&self.id)) else {
            return;
        };
        match action {
            Action::Back => cx.close(),
            Action::Refresh => {
                if let Replaced::Key { new, .. } = &rotation.replaced {
                    cx.look_at(IdentityId::ApiKey(new.clone()));
                }
                cx.look_at(rotation.subject());
            }
            Action::Delete => Self::revoke(rotation, cx),
            Action::Forget => {
                cx.end_rotation(&rotation.name());
                cx.say("forgotten; nothing was changed at Atlas");
            }
            _ => {}
        }
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        let key = matches!(self.id, IdentityId::ApiKey(_));
        (action == Action::Delete && key).then_some("delete the old one")
    }

    fn is_over(&self, state: &State) -> bool {
        state.rotation(&self.id).is_none()
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, lines) = self.place(state);
        let (theme, inner) = (state.theme(), place.inner);
        let rotation = state.rotation(&self.id)?;
        let name = state.name_of(&rotation.subject());
        let title = format!("Rotation {} {name}", theme.symbols.dot);
        dialog::draw(place, &Title { title: &title, kind: "" }, theme, buf);
        for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
            buf.set_line(inner.x, y, line, inner.width);
        }
        progress::draw(state, inner, buf);
        None
    }
}
