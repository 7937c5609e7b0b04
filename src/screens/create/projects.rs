//! The projects of what is about to be made, and its roles there: a list of projects,
//! and for one of them at a time a list of roles.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::ticks::draw_ticks;
use crate::app::keys::Action;
use crate::app::org::Org;
use crate::app::state::State;
use crate::atlas::roles::{Level, labels, toggle};
use crate::atlas::{Field, Grant, ProjectId, Role};
use crate::rules::look_alike::Named;
use crate::screens::doubt;
use crate::ui::dialog;
use crate::ui::scroll::Scroll;
use crate::ui::text::{fit, width};

/// Rows of the dialog, where there is room for it.
const HEIGHT: usize = 14;

/// The projects, and which of them is open.
#[derive(Debug, Default)]
pub(super) struct Projects {
    /// The roles in each project that was chosen.
    pub grants: Vec<Grant>,
    /// The projects of the organization, by name.
    order: Vec<ProjectId>,
    scroll: Scroll,
    /// The project whose roles are being ticked.
    open: Option<(ProjectId, Scroll)>,
}

impl Projects {
    /// Roles are being ticked just now.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    fn roles(&self, project: &ProjectId) -> &[Role] {
        let grant = self.grants.iter().find(|grant| grant.project == *project);
        grant.and_then(|grant| grant.roles.known()).map_or(&[], Vec::as_slice)
    }

    /// Takes back to the projects; whether roles were being ticked.
    pub fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    pub fn act(&mut self, action: Action) {
        let all = Role::all_of(Level::Project);
        if action == Action::Toggle {
            self.toggle(&all);
        } else {
            let (scroll, len) = self.rows();
            scroll.act(action, len, HEIGHT);
        }
    }

    /// Puts the cursor on the row that is drawn there; whether it stood there before.
    pub fn point(&mut self, at: Position, inner: Rect) -> Option<bool> {
        let (scroll, len) = self.rows();
        scroll.point(at, inner, len)
    }

    /// The rows that have the keyboard: their cursor, and how many there are.
    fn rows(&mut self) -> (&mut Scroll, usize) {
        match &mut self.open {
            Some((_, scroll)) => (scroll, Role::all_of(Level::Project).len()),
            None => (&mut self.scroll, self.order.len()),
        }
    }

    /// Ticks a role, or opens the project under the cursor.
    fn toggle(&mut self, all: &[Role]) {
        if let Some((project, scroll)) = &self.open {
            if let Some(role) = all.get(scroll.cursor) {
                self.tick(&project.clone(), role);
            }
        } else if let Some(project) = self.order.get(self.scroll.cursor) {
            self.open = Some((project.clone(), Scroll::default()));
        }
    }

    fn tick(&mut self, project: &ProjectId, role: &Role) {
        let mut roles = self.roles(project).to_vec();
        toggle(&mut roles, role);
        self.grants.retain(|grant| grant.project != *project);
        if !roles.is_empty() {
            self.grants.push(Grant { project: project.clone(), roles: Field::Known(roles) });
        }
    }

    /// Follows the height that there is.
    pub fn sync(&mut self, state: &State, height: usize) {
        if let Some((org, known)) =
            state.org.as_ref().and_then(|org| Some((org, org.projects.value.as_ref()?)))
            && known.len() != self.order.len()
        {
            self.order = known.keys().cloned().collect();
            self.order.sort_by_cached_key(|id| (org.project_name(id).to_lowercase(), id.clone()));
        }
        let doubtful = state.org.as_ref().is_some_and(Org::has_doubtful_projects);
        let rows = if doubtful { usize::from(doubt::ROWS) } else { 0 };
        self.scroll.follow(self.order.len(), height.saturating_sub(rows));
        if let Some((_, scroll)) = &mut self.open {
            scroll.follow(Role::all_of(Level::Project).len(), height);
        }
    }

    /// What is shown at the border: the project that is open.
    pub fn title(&self, state: &State) -> String {
        match (&self.open, &state.org) {
            (Some((project, _)), Some(org)) => {
                format!("Roles in {}", fit(org.project_name(project), 24, state.theme()))
            }
            _ => "Projects".into(),
        }
    }

    pub fn draw(&self, state: &State, inner: Rect, buf: &mut Buffer) {
        if let Some((project, scroll)) = &self.open {
            let all = Role::all_of(Level::Project);
            return draw_ticks(&all, self.roles(project), scroll, state, inner, buf);
        }
        let (theme, columns) = (state.theme(), usize::from(inner.width));
        let Some(org) = &state.org else { return };
        if self.order.is_empty() {
            let words = if org.projects.value.is_some() { "No project." } else { "reading..." };
            buf.set_stringn(inner.x, inner.y, words, columns, theme.dim);
        }
        let names = columns * 2 / 5;
        let list = doubt::list_area(inner, org.has_doubtful_projects());
        let window = self.scroll.window(self.order.len(), usize::from(list.height));
        for (y, at) in (inner.y..list.bottom()).zip(window) {
            let project = &self.order[at];
            let label = fit(org.project_name(project), names.saturating_sub(2), theme).into_owned();
            let pad = " ".repeat(names.saturating_sub(width(&label)));
            let roles = labels(self.roles(project));
            let roles = if roles.is_empty() { theme.symbols.nothing.to_owned() } else { roles };
            let line = Line::from(vec![
                Span::styled(format!("{label}{pad}"), theme.text),
                Span::styled(fit(&roles, columns - names, theme).into_owned(), theme.text),
            ]);
            buf.set_line(inner.x, y, &line, inner.width);
            if at == self.scroll.cursor {
                dialog::mark_row(inner, y, theme, buf);
                let words = doubt::words(org.doubts_of_project(project), Named::Project, theme);
                doubt::draw(words.as_deref(), inner, theme, buf);
            }
        }
    }
}
