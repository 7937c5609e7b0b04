//! The choice of an organization.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::{Clean, Organization};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::Scroll;
use crate::ui::text::{fit, width, wrap};

/// The organizations that the credential sees, one to choose.
#[derive(Debug, Default)]
pub struct OrganizationsScreen {
    scroll: Scroll,
    /// The cursor was moved, or put on the organization on screen.
    placed: bool,
}

fn organizations(state: &State) -> &[Organization] {
    state.organizations.value.as_deref().unwrap_or_default()
}

fn name(organization: &Organization) -> &str {
    organization.name.known().map_or("?", Clean::as_str)
}

fn place(state: &State) -> Place {
    let all = organizations(state);
    let widest = all.iter().map(|organization| width(name(organization))).max().unwrap_or(0);
    let columns = u16::try_from(widest + 30).unwrap_or(u16::MAX).clamp(50, 90);
    let rows = u16::try_from(all.len().max(3)).unwrap_or(u16::MAX / 2);
    dialog::place(state.size, Size::new(columns, rows))
}

impl Screen for OrganizationsScreen {
    fn layer(&self) -> Layer {
        Layer::Organizations
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let all = organizations(cx.state);
        self.placed = true;
        match action {
            Action::Open => {
                let Some(chosen) = all.get(self.scroll.cursor) else { return };
                if !chosen.id.is_addressable() {
                    let again = cx.state.key(self.layer(), Action::Refresh);
                    return cx.tell(&format!("it came without an id: {again} asks again"));
                }
                cx.close();
                cx.open_organization(chosen.id.clone());
            }
            // Without an organization there is nothing to go back to.
            Action::Back if cx.state.org.is_none() => cx.quit(),
            Action::Back => cx.close(),
            Action::Refresh => cx.read_organizations(),
            _ => {
                let height = usize::from(place(cx.state).inner.height);
                self.scroll.act(action, all.len(), height);
            }
        }
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let rows = organizations(state).len();
        let again = self.scroll.point(at, place(state).inner, rows)?;
        self.placed = true;
        again.then_some(Action::Open)
    }

    fn sync(&mut self, state: &State) {
        let all = organizations(state);
        if let (false, Some(org)) = (self.placed, &state.org) {
            let here = all.iter().position(|organization| organization.id == org.id);
            self.scroll.cursor = here.unwrap_or(0);
        }
        self.scroll.follow(all.len(), usize::from(place(state).inner.height));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (all, place, theme) = (organizations(state), place(state), state.theme());
        let count = if all.is_empty() { String::new() } else { all.len().to_string() };
        dialog::draw(place, &Title { title: "Organizations", kind: &count }, theme, buf);
        let inner = place.inner;
        if all.is_empty() {
            let words = match (&state.organizations.error, state.organizations.asked) {
                (Some(error), _) => error.sentence(),
                (None, true) => "Asking Atlas…".into(),
                (None, false) => "This credential sees no organization.".into(),
            };
            for (y, line) in (inner.y..)
                .zip(wrap(&words, usize::from(inner.width)))
                .take(usize::from(inner.height))
            {
                buf.set_string(inner.x, y, line, theme.text);
            }
            return None;
        }
        let window = self.scroll.window(all.len(), usize::from(inner.height));
        let names = usize::from(inner.width).saturating_sub(26);
        for (y, at) in (inner.y..).zip(window) {
            let label = fit(name(&all[at]), names);
            let pad = " ".repeat(names.saturating_sub(width(&label)) + 2);
            let line = Line::from(vec![
                Span::styled(label, theme.text),
                Span::raw(pad),
                Span::styled(all[at].id.as_str(), theme.dim),
            ]);
            buf.set_line(inner.x, y, &line, inner.width);
            if at == self.scroll.cursor {
                buf.set_string(inner.x.saturating_sub(1), y, "▌", theme.strong);
                buf.set_style(Rect::new(inner.x, y, inner.width, 1), theme.selected);
            }
        }
        None
    }
}
