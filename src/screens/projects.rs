//! The projects of the organization, with the roles that an identity has in each.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::text::{Line, Span};

use super::roles::{RolesScreen, Scope};
use super::{GONE, Input, Screen, doubt};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::org::Org;
use crate::app::state::State;
use crate::atlas::roles::labels;
use crate::atlas::{IdentityId, ProjectId, Role};
use crate::rules::look_alike::Named;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight};
use crate::ui::text::{fit, width};

/// The projects, for one identity.
#[derive(Debug)]
pub struct ProjectsScreen {
    id: IdentityId,
    scroll: Scroll,
    /// The project under the cursor: it stays there when others change places.
    selected: Option<ProjectId>,
}

/// A project, and the identity's roles there; `None`: they could not be understood.
type Row = (ProjectId, Option<Vec<Role>>);

impl ProjectsScreen {
    /// The projects of an identity.
    #[must_use]
    pub fn new(id: IdentityId) -> Self {
        Self { id, scroll: Scroll::default(), selected: None }
    }

    /// Those it is in first, then the others, by name; `None` while they are read.
    fn rows(&self, state: &State) -> Option<Vec<Row>> {
        let org = state.org.as_ref()?;
        let grants = org.row(&self.id)?.grants()?;
        let mut rows: Vec<Row> = grants
            .iter()
            .map(|grant| (grant.project.clone(), grant.roles.known().cloned()))
            .collect();
        let others = org.projects.value.iter().flat_map(|projects| projects.keys());
        let others = others.filter(|id| !grants.iter().any(|grant| grant.project == **id));
        rows.extend(others.map(|id| (id.clone(), Some(Vec::new()))));
        rows.sort_by_key(|(id, roles)| {
            let outside = roles.as_ref().is_some_and(Vec::is_empty);
            (outside, org.project_name(id).to_lowercase(), id.clone())
        });
        Some(rows)
    }

    fn place(&self, state: &State) -> Place {
        let rows = self.rows(state).map_or(1, |rows| rows.len().max(1));
        let doubt = if is_doubtful(state) { doubt::ROWS } else { 0 };
        let rows = u16::try_from(rows).unwrap_or(u16::MAX / 2) + doubt;
        dialog::place(state.size, Size::new(80, rows))
    }

    /// Rows of the list that are in sight.
    fn height(&self, state: &State) -> usize {
        doubt::list_area(self.place(state).inner, is_doubtful(state)).height.into()
    }
}

fn is_doubtful(state: &State) -> bool {
    state.org.as_ref().is_some_and(Org::has_doubtful_projects)
}

impl Screen for ProjectsScreen {
    fn layer(&self) -> Layer {
        Layer::Projects
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let rows = self.rows(cx.state).unwrap_or_default();
        match (action, rows.get(self.scroll.cursor)) {
            (Action::Open, Some((project, Some(roles)))) => {
                let scope = Scope::Project(project.clone());
                cx.open(Box::new(RolesScreen::new(self.id.clone(), scope, roles)));
            }
            (Action::Open, Some((_, None))) => cx.say("its roles there could not be understood"),
            (Action::Back, _) => cx.close(),
            _ => {
                self.scroll.act(action, rows.len(), self.height(cx.state));
            }
        }
        self.selected = rows.get(self.scroll.cursor).map(|(id, _)| id.clone());
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let all = self.rows(state)?;
        let again = self.scroll.point(at, self.place(state).inner, all.len())?;
        self.selected = all.get(self.scroll.cursor).map(|(id, _)| id.clone());
        again.then_some(Action::Open)
    }

    fn sync(&mut self, state: &State) {
        let rows = self.rows(state).unwrap_or_default();
        let len = rows.len();
        let at = rows.iter().position(|(id, _)| Some(id) == self.selected.as_ref());
        self.scroll.cursor = at.unwrap_or(self.scroll.cursor);
        self.scroll.follow(len, self.height(state));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (self.place(state), state.theme());
        let org = state.org.as_ref()?;
        let title = format!("Projects {} {}", theme.symbols.dot, state.name_of(&self.id));
        let rows = self.rows(state);
        let (is_read, len) = (rows.is_some(), rows.as_ref().map_or(0, Vec::len));
        let window = self.scroll.window(len, self.height(state));
        dialog::draw(place, &Title { title: &title, kind: &in_sight(&window, len) }, theme, buf);
        let inner = place.inner;
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
            let words = match (org.row(&self.id), &org.projects.value) {
                (None, _) => GONE,
                (_, Some(_)) if is_read => "No project.",
                _ => "reading...",
            };
            buf.set_string(inner.x, inner.y, words, theme.dim);
            return None;
        };
        let names = usize::from(inner.width) * 2 / 5;
        for (y, at) in (inner.y..).zip(window) {
            let (project, roles) = &rows[at];
            let label = fit(org.project_name(project), names.saturating_sub(2), theme).into_owned();
            let pad = " ".repeat(names.saturating_sub(width(&label)));
            let (words, style) = match roles {
                None => ("?".to_owned(), theme.dim),
                Some(roles) if roles.is_empty() => (theme.symbols.nothing.to_owned(), theme.dim),
                Some(roles) => (labels(roles), theme.text),
            };
            let line = Line::from(vec![
                Span::styled(format!("{label}{pad}"), theme.text),
                Span::styled(
                    fit(&words, usize::from(inner.width) - names, theme).into_owned(),
                    style,
                ),
            ]);
            buf.set_line(inner.x, y, &line, inner.width);
            if at == self.scroll.cursor {
                dialog::mark_row(inner, y, theme, buf);
                let words = doubt::words(org.doubts_of_project(project), Named::Project, theme);
                doubt::draw(words.as_deref(), inner, theme, buf);
            }
        }
        None
    }
}
