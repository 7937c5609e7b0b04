//! A new service account or API key, from nothing or after one that exists: text
//! fields, roles, projects, then a look at all of it before it is made.

mod projects;
mod ticks;

use ipnet::IpNet;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use projects::Projects;
use ticks::draw_ticks;

use super::generate::{USUAL, most_hours};
use super::sink::SinkScreen;
use super::{Input, Screen, doubt, progress};
use crate::app::Cx;
use crate::app::identity::{Identity, Kind};
use crate::app::keys::{Action, Layer};
use crate::app::listing::Row;
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::roles::{Level, labels, toggle};
use crate::atlas::write::{NewApiKey, NewServiceAccount};
use crate::atlas::{AccessEntry, Clean, Grant, KeyId, Role};
use crate::rules::change::{Change, HOURS, New, Tone, life, read_life, shown};
use crate::rules::entries;
use crate::rules::health::Reach;
use crate::rules::text::{DESCRIPTION, KEY_DESCRIPTION, NAME};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::scroll::Scroll;
use crate::ui::text::wrap;
use crate::ui::when;

/// The field in which it stands.
const LIFE: &str = "Secret lives";

/// What is asked for just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Fields,
    Roles,
    Projects,
    Summary,
}

/// The making of a new identity.
#[derive(Debug)]
pub struct CreateScreen {
    kind: Kind,
    fields: Vec<TextField>,
    at: usize,
    roles: Vec<Role>,
    scroll: Scroll,
    projects: Projects,
    after: Option<String>,
    /// The API key whose place it is to take, where it is.
    replaces: Option<KeyId>,
    step: Step,
    /// What stood in the fields when it was opened.
    proposed: Vec<String>,
    /// The fields were to be left already: what is wrong is told in all of them.
    tried: bool,
}

impl CreateScreen {
    /// A new one, made from nothing.
    #[must_use]
    pub fn new(kind: Kind, state: &State) -> Self {
        let hours = life(USUAL.min(most_hours(state)));
        let field = |label, text: &str| TextField::new(label, text);
        let fields = match kind {
            Kind::ServiceAccounts => vec![
                field("Name", ""),
                field("Description", ""),
                field(LIFE, &hours),
                field("Access list", ""),
            ],
            Kind::ApiKeys => vec![field("Description", ""), field("Access list", "")],
        };
        let roles = vec![Role::new("ORG_MEMBER")];
        Self {
            kind,
            proposed: fields.iter().map(|field| field.text().to_owned()).collect(),
            fields,
            at: 0,
            roles,
            scroll: Scroll::default(),
            projects: Projects::default(),
            after: None,
            replaces: None,
            step: Step::Fields,
            tried: false,
        }
    }

    /// A new one like an existing one: its description, roles, projects and addresses.
    #[must_use]
    pub fn like(row: &Row, state: &State) -> Self {
        let mut screen = Self::new(Kind::of(&row.identity.id()), state);
        let text = |text: Option<&Clean>| text.map_or_else(String::new, ToString::to_string);
        // Two of the same name could not be told apart.
        let copy = |text: String| format!("{text} copy");
        let (name, description) = match &row.identity {
            Identity::ServiceAccount(account) => {
                (copy(text(account.name.known())), text(account.description.known()))
            }
            Identity::ApiKey(key) => (String::new(), copy(text(key.description.known()))),
        };
        let ranges = row.access().value.iter().flatten().filter_map(AccessEntry::range);
        let ranges = ranges.map(|range| shown(&range)).collect::<Vec<_>>().join(", ");
        for field in &mut screen.fields {
            match field.label {
                "Name" => field.set(&name),
                "Description" => field.set(&description),
                "Access list" => field.set(&ranges),
                _ => {}
            }
        }
        if let Some(roles) = row.identity.roles().known() {
            screen.roles = roles.to_vec();
        }
        screen.projects.grants = row.grants().unwrap_or_default().to_vec();
        screen.proposed = screen.fields.iter().map(|field| field.text().to_owned()).collect();
        screen.after = Some(text(row.identity.name().known()));
        screen
    }

    /// The same, to take the place of an API key: a rotation.
    #[must_use]
    pub fn in_place_of(self, key: KeyId) -> Self {
        Self { replaces: Some(key), ..self }
    }

    fn text(&self, label: &str) -> &str {
        self.fields.iter().find(|field| field.label == label).map_or("", TextField::text)
    }

    fn complaint(&self, field: &TextField, state: &State) -> Option<String> {
        let text = field.text();
        match (field.label, self.kind) {
            ("Name", _) => NAME.complaint(text),
            ("Description", Kind::ServiceAccounts) => DESCRIPTION.complaint(text),
            ("Description", Kind::ApiKeys) => KEY_DESCRIPTION.complaint(text),
            (LIFE, _) => read_life(text, most_hours(state)).err(),
            _ => {
                let (_, odd) = entries::read_many(text);
                odd.first().map(|first| entries::complaint(first))
            }
        }
    }

    /// Why a text may mislead that is typed as the name.
    fn doubt(&self, field: &TextField, state: &State) -> Option<String> {
        let name = match self.kind {
            Kind::ServiceAccounts => "Name",
            Kind::ApiKeys => "Description",
        };
        let org = state.org.as_ref().filter(|_| field.label == name)?;
        let doubts = org.doubts_of_name(field.text(), self.kind, None);
        doubt::words(&doubts, self.kind.named(), state.theme())
    }

    fn words(field: &TextField, state: &State) -> String {
        match field.label {
            LIFE => {
                let hours = read_life(field.text(), *HOURS.end()).unwrap_or(0);
                let end = state.now + jiff::SignedDuration::from_hours(i64::from(hours));
                format!("until {}", when::date(end, &state.setting.zone))
            }
            "Access list" => match entries::read_many(field.text()).0.len() {
                0 => match Reach::of(&[], state.settings()) {
                    Reach::Anybody => "none: every address is let in",
                    Reach::Nobody => "none: nobody is let in, for the organization requires one",
                    _ => "none: everybody or nobody is let in, as the settings say",
                }
                .into(),
                1 => "1 entry".into(),
                many => format!("{many} entries"),
            },
            _ => String::new(),
        }
    }

    fn ranges(&self) -> Vec<IpNet> {
        entries::read_many(self.text("Access list")).0
    }

    fn change(&self) -> Change {
        let (description, roles) = (self.text("Description").to_owned(), self.roles.clone());
        let new = match self.kind {
            Kind::ServiceAccounts => New::ServiceAccount(NewServiceAccount {
                name: self.text("Name").to_owned(),
                description,
                roles,
                // It was right before the form was left.
                secret_hours: read_life(self.text(LIFE), *HOURS.end()).unwrap_or(*HOURS.start()),
            }),
            Kind::ApiKeys => New::ApiKey(NewApiKey { description, roles }),
        };
        let known = |grant: &Grant| Some((grant.project.clone(), grant.roles.known()?.clone()));
        let grants = self.projects.grants.iter().filter_map(known).collect();
        let (entries, replaces) = (self.ranges(), self.replaces.clone());
        Change::Create { new, entries, grants, replaces }
    }

    fn next(&mut self, cx: &mut Cx<'_>) {
        match self.step {
            Step::Fields => {
                let wrong =
                    self.fields.iter().position(|field| self.complaint(field, cx.state).is_some());
                match wrong {
                    Some(at) => {
                        (self.at, self.tried) = (at, true);
                        cx.say("see what is said below the field");
                    }
                    None => self.step = Step::Roles,
                }
            }
            Step::Roles if self.roles.is_empty() => cx.say("it needs at least one role"),
            Step::Roles => self.step = Step::Projects,
            Step::Projects if self.projects.close() => {}
            Step::Projects => self.step = Step::Summary,
            Step::Summary => {
                cx.open(Box::new(SinkScreen::for_change(self.change(), cx.state)));
            }
        }
    }

    fn back(&mut self, cx: &mut Cx<'_>) {
        match self.step {
            Step::Fields => cx.close(),
            Step::Roles => self.step = Step::Fields,
            Step::Projects if self.projects.close() => {}
            Step::Projects => self.step = Step::Roles,
            Step::Summary => self.step = Step::Projects,
        }
    }

    fn tick(&mut self) {
        if let Some(role) = Role::all_of(Level::Organization).get(self.scroll.cursor) {
            toggle(&mut self.roles, role);
        }
    }

    fn place(state: &State) -> Place {
        dialog::place(state.size, Size::new(84, 14))
    }

    /// Everything that is about to be made, in lines.
    fn summary(&self, state: &State, columns: usize) -> Vec<Line<'static>> {
        let theme = state.theme();
        let mut lines = Vec::new();
        let mut say = |label: &str, text: String| {
            for (at, part) in wrap(&text, columns.saturating_sub(16).max(8)).into_iter().enumerate()
            {
                let label = if at == 0 { label } else { "" };
                lines.push(Line::from(vec![
                    Span::styled(format!("{label:16}"), theme.dim),
                    Span::styled(part, theme.text),
                ]));
            }
        };
        for field in &self.fields {
            let words = Self::words(field, state);
            let text = match field.label {
                LIFE => {
                    let hours = read_life(field.text(), *HOURS.end()).unwrap_or(*HOURS.start());
                    format!("{}, {words}", life(hours))
                }
                "Access list" if self.ranges().is_empty() => words,
                _ => field.text().to_owned(),
            };
            say(field.label, text);
        }
        say("Roles", labels(&self.roles));
        let none = self.projects.grants.is_empty().then(|| "none".to_owned());
        let granted = state.org.iter().flat_map(|org| {
            self.projects.grants.iter().map(move |grant| {
                let roles = grant.roles.known().map(Vec::as_slice).unwrap_or_default();
                format!("{}: {}", org.project_name(&grant.project), labels(roles))
            })
        });
        for (at, text) in none.into_iter().chain(granted).enumerate() {
            say(if at == 0 { "Projects" } else { "" }, text);
        }
        lines.push(Line::default());
        let what = match self.kind {
            Kind::ServiceAccounts => "Its client secret is shown once, when it is made.",
            Kind::ApiKeys => {
                "Its private key is shown once, when it is made. MongoDB recommends service accounts instead."
            }
        };
        lines.extend(wrap(what, columns).into_iter().map(|part| Line::styled(part, theme.dim)));
        lines.push(Line::styled("Enter asks where the secret goes.", theme.strong));
        lines
    }

    fn draw_fields(&self, state: &State, inner: Rect, buf: &mut Buffer) -> Option<Position> {
        let theme = state.theme();
        // The field with the keyboard is always in sight.
        let most = usize::from(inner.height / 3).max(1);
        let first = (self.at + 1).saturating_sub(most);
        let mut cursor = None;
        for (row, (at, field)) in self.fields.iter().enumerate().skip(first).take(most).enumerate()
        {
            let y = inner.y + 3 * u16::try_from(row).unwrap_or(0);
            let area = Rect { y, height: (inner.bottom() - y).min(3), ..inner };
            let typed = self.tried || !field.text().is_empty() || at < self.at;
            let below = match self.complaint(field, state).filter(|_| typed) {
                Some(words) => Span::styled(words, theme.danger),
                None => match self.doubt(field, state) {
                    Some(words) => Span::styled(words, theme.tone(Tone::Doubt)),
                    None => Span::styled(Self::words(field, state), theme.dim),
                },
            };
            cursor = cursor.or(field.draw(area, at == self.at, &[below], theme, buf));
        }
        cursor
    }
}

impl Screen for CreateScreen {
    fn layer(&self) -> Layer {
        if self.step == Step::Fields { Layer::Form } else { Layer::Roles }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        let (count, roles) = (self.fields.len(), Role::all_of(Level::Organization).len());
        match input {
            Input::Action(Action::Save) => self.next(cx),
            Input::Action(Action::Back) => self.back(cx),
            Input::Action(Action::NextField) => self.at = (self.at + 1) % count,
            Input::Action(Action::PreviousField) => self.at = (self.at + count - 1) % count,
            Input::Action(action) if self.step == Step::Projects => {
                self.projects.act(action);
            }
            Input::Action(Action::Toggle) if self.step == Step::Roles => self.tick(),
            Input::Action(action) => {
                self.scroll.act(action, roles, roles);
            }
            Input::Text(key) => self.fields[self.at].type_key(key),
            Input::Paste(text) => {
                let field = &mut self.fields[self.at];
                let list = field.label == "Access list";
                field.paste(&if list { entries::one_line(&text) } else { text });
            }
        }
    }

    fn original(&self, state: &State) -> Option<Original> {
        let wrong = self.fields.iter().any(|field| self.complaint(field, state).is_some());
        let ready = !wrong && !self.roles.is_empty();
        ready.then(|| Original::Change(self.change()))
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let inner = Self::place(state).inner;
        let again = match self.step {
            Step::Roles => self.scroll.point(at, inner, Role::all_of(Level::Organization).len()),
            Step::Projects => self.projects.point(at, inner),
            Step::Fields | Step::Summary => None,
        };
        again?.then_some(Action::Toggle)
    }

    fn sync(&mut self, state: &State) {
        let height = usize::from(Self::place(state).inner.height);
        self.scroll.follow(Role::all_of(Level::Organization).len(), height);
        self.projects.sync(state, height);
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let place = Self::place(state);
        let what = match self.kind {
            Kind::ServiceAccounts => "Create service account",
            Kind::ApiKeys => "Create API key",
        };
        let title = match &self.after {
            Some(name) if self.replaces.is_some() => format!("{what} in the place of {name}"),
            Some(name) => format!("{what} like {name}"),
            None => what.to_owned(),
        };
        let dot = state.theme().symbols.dot;
        let step = match self.step {
            Step::Fields => "1 of 4".to_owned(),
            Step::Roles => format!("2 of 4 {dot} Organization Permissions"),
            Step::Projects => format!("3 of 4 {dot} {}", self.projects.title(state)),
            Step::Summary => "4 of 4".to_owned(),
        };
        dialog::draw(place, &Title { title: &title, kind: &step }, state.theme(), buf);
        let inner = place.inner;
        let mut cursor = None;
        match self.step {
            Step::Fields => cursor = self.draw_fields(state, inner, buf),
            Step::Roles => {
                let all = Role::all_of(Level::Organization);
                draw_ticks(&all, &self.roles, &self.scroll, state, inner, buf);
            }
            Step::Projects => self.projects.draw(state, inner, buf),
            Step::Summary => {
                let lines = self.summary(state, usize::from(inner.width));
                for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
                    buf.set_line(inner.x, y, line, inner.width);
                }
            }
        }
        progress::draw(state, inner, buf);
        cursor
    }

    fn unsaved(&self) -> bool {
        let differs = |(field, was): (&TextField, &String)| field.text() != was;
        self.step == Step::Fields && self.fields.iter().zip(&self.proposed).any(differs)
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        match (action, self.step) {
            (Action::Save, Step::Summary) => Some("go on"),
            (Action::Save, Step::Projects) if self.projects.is_open() => Some("take over"),
            (Action::Toggle, Step::Projects) if !self.projects.is_open() => Some("roles there"),
            (Action::Save, _) => Some("next"),
            (Action::Back, Step::Roles | Step::Projects | Step::Summary) => Some("back"),
            _ => None,
        }
    }

    fn hidden(&self, _state: &State) -> Vec<Action> {
        match self.step {
            Step::Summary => vec![Action::Undo, Action::Toggle],
            _ => vec![Action::Undo],
        }
    }
}
