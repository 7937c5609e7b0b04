//! The choice of an organization.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::text::{Line, Span};

use super::choosing::Choosing;
use super::{Input, Screen, doubt};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::Organization;
use crate::rules::look_alike::{Doubt, Named, doubts_among};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::text::{fit, width, wrap};

/// The organizations that the credential sees, one to choose.
#[derive(Debug, Default)]
pub struct OrganizationsScreen {
    list: Choosing,
    /// Why each name may mislead, and when the names were read by which that was found.
    doubts: Vec<Vec<Doubt>>,
    doubted_at: Option<Timestamp>,
}

fn organizations(state: &State) -> &[Organization] {
    state.organizations.value.as_deref().unwrap_or_default()
}

fn name(organization: &Organization) -> &str {
    organization.name.shown()
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

fn place(state: &State, below: u16) -> Place {
    let all = organizations(state);
    let widest = all.iter().map(|organization| width(name(organization))).max().unwrap_or(0);
    let columns = u16::try_from(widest + 30).unwrap_or(u16::MAX).clamp(50, 90);
    let rows = u16::try_from(all.len().max(3)).unwrap_or(u16::MAX / 2);
    dialog::place(state.size, Size::new(columns, rows.saturating_add(below)))
}

impl OrganizationsScreen {
    fn doubt(&mut self, state: &State) {
        let at = state.organizations.at;
        if self.doubted_at != at {
            self.doubted_at = at;
            let names: Vec<_> = organizations(state).iter().map(name).collect();
            self.doubts = doubts_among(&names);
        }
    }

    fn is_doubtful(&self) -> bool {
        self.doubts.iter().any(|doubts| !doubts.is_empty())
    }

    fn place(&self, state: &State) -> Place {
        place(state, if self.is_doubtful() { doubt::ROWS } else { 0 })
    }

    /// Rows of the list that are in sight.
    fn height(&self, state: &State) -> usize {
        doubt::list_area(self.place(state).inner, self.is_doubtful()).height.into()
    }

    fn choose(&self, cx: &mut Cx<'_>) {
        let Some(at) = self.list.chosen() else { return };
        let chosen = &organizations(cx.state)[order(cx.state)[at]];
        if !chosen.id.is_addressable() {
            let again = cx.state.key(Layer::Organizations, Action::Refresh);
            return cx.tell(&format!("it came without an id: {again} asks again"));
        }
        cx.close();
        cx.open_organization(chosen.id.clone());
    }
}

/// Why there is none to choose.
fn why_none(state: &State) -> String {
    match (&state.organizations.error, state.organizations.asked) {
        (Some(error), _) => error.sentence(),
        (None, true) => "Asking Atlas...".into(),
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
        let rows = self.height(cx.state);
        match self.list.update(input, rows) {
            Some(Action::Open) => self.choose(cx),
            // Without an organization there is nothing to go back to.
            Some(Action::Back) if cx.state.org.is_none() => cx.quit(),
            Some(Action::Back) => cx.close(),
            Some(Action::Refresh) => cx.read_organizations(),
            _ => {}
        }
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let area = doubt::list_area(self.place(state).inner, self.is_doubtful());
        self.list.point(at, area)?.then_some(Action::Open)
    }

    fn sync(&mut self, state: &State) {
        self.doubt(state);
        let (all, order) = (organizations(state), order(state));
        let here = state.org.as_ref();
        let here = here.and_then(|org| order.iter().position(|at| all[*at].id == org.id));
        let words = order.iter().map(|at| format!("{} {}", name(&all[*at]), all[*at].id).into());
        let rows = self.height(state);
        self.list.follow(words, here, rows);
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (all, order, theme) = (organizations(state), order(state), state.theme());
        let (place, count) = (self.place(state), self.list.count(all.len()));
        let inner = place.inner;
        dialog::draw(place, &Title { title: "Organizations", kind: &count }, theme, buf);
        if self.list.is_empty() {
            let lines = wrap(&why_none(state), usize::from(inner.width));
            for (y, line) in (inner.y..inner.bottom()).zip(lines) {
                buf.set_string(inner.x, y, line, theme.text);
            }
        }
        let names = usize::from(inner.width).saturating_sub(26);
        let row = |at: usize| {
            let organization = &all[order[at]];
            let label = fit(name(organization), names, theme);
            let pad = " ".repeat(names.saturating_sub(width(&label)) + 2);
            Line::from(vec![
                Span::styled(label, theme.chosen(name(organization), theme.text)),
                Span::raw(pad),
                Span::styled(organization.id.as_str(), theme.dim),
            ])
        };
        let doubts = self.list.chosen().and_then(|at| self.doubts.get(order[at]));
        let words = doubts.and_then(|doubts| doubt::words(doubts, Named::Organization, theme));
        doubt::draw(words.as_deref(), inner, theme, buf);
        self.list.draw(doubt::list_area(inner, self.is_doubtful()), row, theme, buf)
    }
}
