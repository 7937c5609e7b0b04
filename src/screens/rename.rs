//! Name and description of an identity, in text fields.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::Span;

use super::{Input, Screen, doubt, progress};
use crate::app::Cx;
use crate::app::identity::{Identity, Kind};
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::{Clean, IdentityId};
use crate::rules::change::{Change, TextEdit, Tone};
use crate::rules::text::{Bounds, DESCRIPTION, KEY_DESCRIPTION, NAME};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::text::fit;

const SIZE: Size = Size { width: 76, height: 7 };
/// Columns of a text that is quoted below its field.
const LONGEST_QUOTED: usize = 20;

/// The form, with what stood in each field when it was opened.
#[derive(Debug)]
pub struct RenameScreen {
    id: IdentityId,
    fields: Vec<(TextField, Bounds, String)>,
    at: usize,
}

impl RenameScreen {
    /// The form for an identity.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let text = |field: &crate::atlas::Field<Clean>| {
            field.known().map_or_else(String::new, ToString::to_string)
        };
        let field = |label, text: String, bounds| (TextField::new(label, &text), bounds, text);
        let fields = match identity {
            Identity::ServiceAccount(account) => vec![
                field("Name", text(&account.name), NAME),
                field("Description", text(&account.description), DESCRIPTION),
            ],
            Identity::ApiKey(key) => {
                vec![field("Description", text(&key.description), KEY_DESCRIPTION)]
            }
        };
        Self { id: identity.id(), fields, at: 0 }
    }

    fn edit(&self, label: &str) -> Option<TextEdit> {
        let (field, _, seen) = self.fields.iter().find(|(field, ..)| field.label == label)?;
        let edit = TextEdit { seen: seen.clone(), wanted: field.text().to_owned() };
        (edit.seen != edit.wanted).then_some(edit)
    }

    fn is_wrong(&self) -> bool {
        let wrong = |(field, bounds, seen): &(TextField, Bounds, String)| {
            field.text() != seen && bounds.complaint(field.text()).is_some()
        };
        self.fields.iter().any(wrong)
    }

    fn change(&self) -> Change {
        let (name, description) = (self.edit("Name"), self.edit("Description"));
        Change::Texts { id: self.id.clone(), name, description }
    }

    fn save(&self, cx: &mut Cx<'_>) {
        if self.is_wrong() {
            return cx.say("not saved: see what is said below the field");
        }
        if self.edit("Name").is_none() && self.edit("Description").is_none() {
            cx.say("nothing was changed");
            return cx.close();
        }
        cx.propose(self.change(), true);
    }

    /// Why a text may mislead that is typed as a name, which the first field is.
    fn doubt(&self, text: &str, at: usize, state: &State) -> Option<String> {
        let (kind, org) = (Kind::of(&self.id), state.org.as_ref().filter(|_| at == 0)?);
        let doubts = org.doubts_of_name(text, kind, Some(&self.id));
        doubt::words(&doubts, kind.named(), state.theme())
    }

    /// What stands below a field, in up to so many lines.
    fn below(&self, at: usize, rows: u16, state: &State) -> Vec<Span<'static>> {
        let (field, bounds, seen) = &self.fields[at];
        let theme = state.theme();
        if let Some(words) = bounds.complaint(field.text()) {
            return vec![Span::styled(words, theme.danger)];
        }
        if field.text() == seen {
            return Vec::new();
        }
        let told = Span::styled(told(field, seen, state), theme.good);
        let doubt = self.doubt(field.text(), at, state);
        let doubt = doubt.map(|words| Span::styled(words, theme.tone(Tone::Doubt)));
        match (doubt, rows) {
            (Some(doubt), ..2) => vec![doubt],
            (Some(doubt), _) => vec![told, doubt],
            (None, _) => vec![told],
        }
    }

    fn place(state: &State) -> Place {
        dialog::place(state.size, SIZE)
    }
}

/// What saving does to a field in which something else was seen, told before it is done.
fn told(field: &TextField, seen: &str, state: &State) -> String {
    let enter = state.key(Layer::Form, Action::Save);
    let quoted = |text| format!("\"{}\"", fit(text, LONGEST_QUOTED, state.theme()));
    let (before, after) = (quoted(seen), quoted(field.text()));
    match field.label {
        "Name" => format!("{enter} renames {before} to {after}"),
        _ if seen.is_empty() => format!("{enter} adds it"),
        _ if field.text().is_empty() => format!("{enter} takes {before} away"),
        _ => format!("{enter} puts it in the place of {before}"),
    }
}

impl Screen for RenameScreen {
    fn layer(&self) -> Layer {
        Layer::Form
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        let count = self.fields.len();
        match input {
            Input::Action(Action::Save) => self.save(cx),
            Input::Action(Action::NextField) => self.at = (self.at + 1) % count,
            Input::Action(Action::PreviousField) => self.at = (self.at + count - 1) % count,
            Input::Action(Action::Back) => cx.close(),
            Input::Action(_) => {}
            Input::Text(key) => self.fields[self.at].0.type_key(key),
            Input::Paste(text) => self.fields[self.at].0.paste(&text),
        }
    }

    fn original(&self, _state: &State) -> Option<Original> {
        (!self.is_wrong()).then(|| Original::Change(self.change()))
    }

    fn unsaved(&self) -> bool {
        self.fields.iter().any(|(field, _, seen)| field.text() != seen)
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (Self::place(state), state.theme());
        let title = Title { title: "Name and description", kind: self.id.as_str() };
        dialog::draw(place, &title, theme, buf);
        let inner = place.inner;
        let mut cursor = None;
        for (at, (field, ..)) in self.fields.iter().enumerate() {
            let y = inner.y + 3 * u16::try_from(at).unwrap_or(0);
            if y >= inner.bottom() {
                break;
            }
            let area = Rect { y, height: (inner.bottom() - y).min(3), ..inner };
            let below = self.below(at, area.height - 1, state);
            let position = field.draw(area, at == self.at, &below, theme, buf);
            cursor = cursor.or(position);
        }
        progress::draw(state, inner, buf);
        cursor
    }
}
