//! The choice of an organization.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::text::{Line, Span};

use super::choosing::Choosing;
use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::{Clean, Organization};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::text::{fit, width, wrap};

/// The organizations that the credential sees, one to choose.
#[derive(Debug, Default)]
pub struct OrganizationsScreen {
    list: Choosing,
}

fn organizations(state: &State) -> &[Organization] {
    state.organizations.value.as_deref().unwrap_or_default()
}

fn name(organization: &Organization) -> &str {
    organization.name.known().map_or("?", Clean::as_str)
}

/// Their places, the ones that were chosen last first, then by name.
fn order(state: &State) -> Vec<usize> {
    let all = organizations(state);
    let mut order: Vec<_> = (0..all.len()).collect();
    order.sort_by_cached_key(|at| {
        let place = state.recent.place_of_organization(&all[*at].id);
        (place, name(&all[*at]).to_lowercase())
    });
    order
}

fn place(state: &State) -> Place {
    let all = organizations(state);
    let widest = all.iter().map(|organization| width(name(organization))).max().unwrap_or(0);
    let columns = u16::try_from(widest + 30).unwrap_or(u16::MAX).clamp(50, 90);
    let rows = u16::try_from(all.len().max(3)).unwrap_or(u16::MAX / 2);
    dialog::place(state.size, Size::new(columns, rows))
}

fn height(state: &State) -> usize {
    usize::from(place(state).inner.height)
}

impl OrganizationsScreen {
    fn choose(&self, cx: &mut Cx<'_>) {
        let Some(at) = self.list.chosen() else { return };
        let chosen = &organizations(cx.state)[order(cx.state)[at]];
        if !chosen.id.is_addressable() {
            return cx.say("it came without an id: r asks again");
        }
        cx.close();
        cx.open_organization(chosen.id.clone());
    }
}

/// Why there is none to choose.
fn why_none(state: &State) -> String {
    match (&state.organizations.error, state.organizations.asked) {
        (Some(error), _) => error.sentence(),
        (None, true) => "Asking Atlas…".into(),
        (None, false) if organizations(state).is_empty() => {
            "This credential sees no organization.".into()
        }
        (None, false) => "Nothing answers to that.".into(),
    }
}

impl Screen for OrganizationsScreen {
    fn layer(&self) -> Layer {
        self.list.layer(Layer::Organizations)
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match self.list.update(input, height(cx.state)) {
            Some(Action::Open) => self.choose(cx),
            // Without an organization there is nothing to go back to.
            Some(Action::Back | Action::Quit) if cx.state.org.is_none() => cx.quit(),
            Some(Action::Back | Action::Quit) => cx.close(),
            Some(Action::Refresh) => cx.read_organizations(),
            _ => {}
        }
    }

    fn sync(&mut self, state: &State) {
        let (all, order) = (organizations(state), order(state));
        let here = state.org.as_ref();
        let here = here.and_then(|org| order.iter().position(|at| all[*at].id == org.id));
        let words = order.iter().map(|at| format!("{} {}", name(&all[*at]), all[*at].id).into());
        self.list.follow(words, here, height(state));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (all, order, theme) = (organizations(state), order(state), state.theme());
        let (inner, count) = (place(state).inner, self.list.count(all.len()));
        dialog::draw(place(state), &Title { title: "Organizations", kind: &count }, theme, buf);
        if self.list.is_empty() {
            let lines = wrap(&why_none(state), usize::from(inner.width));
            for (y, line) in (inner.y..inner.bottom()).zip(lines) {
                buf.set_string(inner.x, y, line, theme.text);
            }
        }
        let names = usize::from(inner.width).saturating_sub(26);
        let row = |at: usize| {
            let organization = &all[order[at]];
            let label = fit(name(organization), names);
            let pad = " ".repeat(names.saturating_sub(width(&label)) + 2);
            Line::from(vec![
                Span::styled(label, theme.text),
                Span::raw(pad),
                Span::styled(organization.id.as_str(), theme.dim),
            ])
        };
        self.list.draw(inner, row, theme, buf)
    }
}
