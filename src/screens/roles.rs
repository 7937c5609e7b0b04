//! Roles to tick: an identity's in the organization, or in one of its projects.
//! What is gained and lost is told while ticking; nothing is sent before Enter.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::roles::{Level, toggle};
use crate::atlas::{IdentityId, ProjectId, Role};
use crate::rules::change::Change;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight, rows};
use crate::ui::text::{fit, width};

/// Where the roles apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In the organization.
    Organization,
    /// In a project.
    Project(ProjectId),
}

/// The roles of one level to tick.
#[derive(Debug)]
pub struct RolesScreen {
    id: IdentityId,
    scope: Scope,
    /// Those that there are to choose from, the unknown ones that it has included.
    all: Vec<Role>,
    /// Those that it had when this was opened.
    seen: Vec<Role>,
    wanted: Vec<Role>,
    scroll: Scroll,
    /// What was ticked or unticked, to take it back.
    steps: Vec<usize>,
}

impl RolesScreen {
    /// The roles that an identity has in a place, to change them.
    #[must_use]
    pub fn new(id: IdentityId, scope: Scope, has: &[Role]) -> Self {
        let level = match scope {
            Scope::Organization => Level::Organization,
            Scope::Project(_) => Level::Project,
        };
        let mut all = Role::all_of(level);
        all.extend(has.iter().filter(|role| role.known().is_none()).cloned());
        let (seen, wanted) = (has.to_vec(), has.to_vec());
        Self { id, scope, all, seen, wanted, scroll: Scroll::default(), steps: Vec::new() }
    }

    fn toggle(&mut self, at: usize) {
        if let Some(role) = self.all.get(at) {
            toggle(&mut self.wanted, role);
        }
    }

    fn changed(&self) -> usize {
        let differs = |role: &&Role| self.wanted.contains(role) != self.seen.contains(role);
        self.all.iter().filter(differs).count()
    }

    fn change(&self) -> Change {
        let (id, seen, wanted) = (self.id.clone(), self.seen.clone(), self.wanted.clone());
        match &self.scope {
            Scope::Organization => Change::Roles { id, seen, wanted },
            Scope::Project(project) => {
                Change::ProjectRoles { id, project: project.clone(), seen, wanted }
            }
        }
    }

    /// An identity keeps at least one organization role.
    fn lacks_roles(&self) -> bool {
        self.scope == Scope::Organization && self.wanted.is_empty()
    }

    fn save(&self, cx: &mut Cx<'_>) {
        if self.changed() == 0 {
            cx.say("nothing was changed");
            return cx.close();
        }
        if self.lacks_roles() {
            return cx.say("it needs at least one organization role");
        }
        cx.propose(self.change(), true);
    }

    fn place(&self, state: &State) -> Place {
        let rows = u16::try_from(self.all.len() + 3).unwrap_or(u16::MAX / 2);
        dialog::place(state.size, Size::new(90, rows))
    }

    /// Rows that fit above the lines that say what is gained and lost.
    fn height(&self, state: &State) -> usize {
        usize::from(self.place(state).inner.height.saturating_sub(3)).max(1)
    }

    fn line<'a>(&'a self, role: &'a Role, columns: usize, state: &State) -> Line<'a> {
        let theme = state.theme();
        let (has, had) = (self.wanted.contains(role), self.seen.contains(role));
        let tick = if has { "[x] " } else { "[ ] " };
        let (word, style) = match (has, had) {
            (true, false) => (format!("{} new", theme.symbols.gain), theme.good),
            (false, true) => (format!("{} gone", theme.symbols.loss), theme.danger),
            _ => (String::new(), theme.dim),
        };
        let label = role.label();
        let names = self.all.iter().map(|role| width(role.label())).max().unwrap_or(0);
        let pad = " ".repeat(names.saturating_sub(width(label)) + 2);
        let meaning = role.known().map_or("", |known| known.meaning);
        let mark = if word.is_empty() { 0 } else { width(&word) + 1 };
        let room = columns.saturating_sub(4 + names + 2 + mark);
        // Less than this of a meaning says nothing.
        let meaning = if room < 12 { "".into() } else { fit(meaning, room, theme) };
        let gap = " ".repeat(room.saturating_sub(width(&meaning)) + 1);
        Line::from(vec![
            Span::styled(tick, theme.text),
            Span::styled(format!("{label}{pad}"), theme.text),
            Span::styled(meaning.into_owned(), theme.dim),
            Span::styled(format!("{gap}{word}"), style),
        ])
    }

    /// `+ Billing Viewer  − Read Only`, and the role under the cursor by its code, with what
    /// it means, for which there is not always room in its row.
    fn summary(&self, state: &State) -> [Line<'_>; 2] {
        let theme = state.theme();
        let part = |sign: &str, role: &Role, style| {
            Span::styled(format!("{sign} {}  ", role.short()), style)
        };
        let gained = self.wanted.iter().filter(|role| !self.seen.contains(role));
        let lost = self.seen.iter().filter(|role| !self.wanted.contains(role));
        let mut spans: Vec<_> =
            gained.map(|role| part(theme.symbols.gain, role, theme.good)).collect();
        spans.extend(lost.map(|role| part(theme.symbols.loss, role, theme.danger)));
        if spans.is_empty() {
            spans.push(Span::styled("Nothing is changed yet.", theme.dim));
        }
        let role = self.all.get(self.scroll.cursor);
        let code = role.map_or("", Role::code);
        let meaning = role.and_then(Role::known).map(|known| format!(": {}", known.meaning));
        let told = format!("{code}{}", meaning.unwrap_or_default());
        [Line::from(spans), Line::styled(told, theme.dim)]
    }
}

impl Screen for RolesScreen {
    fn layer(&self) -> Layer {
        Layer::Roles
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        let Input::Action(action) = input else { return };
        match action {
            Action::Toggle => {
                self.toggle(self.scroll.cursor);
                self.steps.push(self.scroll.cursor);
            }
            Action::Undo => match self.steps.pop() {
                Some(at) => self.toggle(at),
                None => cx.say("nothing to take back"),
            },
            Action::Save => self.save(cx),
            Action::Back => cx.close(),
            _ => {
                let (len, height) = (self.all.len(), self.height(cx.state));
                self.scroll.act(action, len, height);
            }
        }
    }

    fn original(&self, _state: &State) -> Option<Original> {
        (!self.lacks_roles()).then(|| Original::Change(self.change()))
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let rows = rows(self.place(state).inner, 0, self.height(state));
        let again = self.scroll.point(at, rows, self.all.len())?;
        again.then_some(Action::Toggle)
    }

    fn sync(&mut self, state: &State) {
        let height = self.height(state);
        self.scroll.follow(self.all.len(), height);
    }

    fn unsaved(&self) -> bool {
        self.changed() > 0
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (self.place(state), state.theme());
        let window = self.scroll.window(self.all.len(), self.height(state));
        let name = state.name_of(&self.id);
        let dot = theme.symbols.dot;
        let whose = match (&self.scope, &state.org) {
            (Scope::Project(project), Some(org)) => {
                format!("Roles in {} {dot} {name}", org.project_name(project))
            }
            _ => format!("Organization Permissions {dot} {name}"),
        };
        let sight = in_sight(&window, self.all.len());
        dialog::draw(place, &Title { title: &whose, kind: &sight }, theme, buf);
        let inner = place.inner;
        for (y, at) in (inner.y..).zip(window.clone()) {
            let line = self.line(&self.all[at], usize::from(inner.width), state);
            buf.set_line(inner.x, y, &line, inner.width);
            if at == self.scroll.cursor {
                dialog::mark_row(inner, y, theme, buf);
            }
        }
        let below = inner.y + u16::try_from(window.len()).unwrap_or(0) + 1;
        for (y, line) in (below..inner.bottom()).zip(self.summary(state)) {
            buf.set_line(inner.x, y, &line, inner.width);
        }
        progress::draw(state, inner, buf);
        None
    }

    fn hidden(&self, _state: &State) -> Vec<Action> {
        if self.steps.is_empty() { vec![Action::Undo] } else { Vec::new() }
    }
}
