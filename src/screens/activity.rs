//! What happened in the organization, or to one identity: when, what, who, from where.
//! The latest first; it is read further back as the cursor comes near the end.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::activity::Activity;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::{Clean, Event, Field, IdentityId};
use crate::rules::activity::{Doer, doer, targets, what};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::scroll::{Scroll, in_sight, rows};
use crate::ui::text::{fit, width, wrap};
use crate::ui::theme::Theme;
use crate::ui::when;

/// Lines below the rows: a blank one, the event under the cursor, and how far back that
/// all goes.
const BELOW: u16 = 5;
/// Lines for the event under the cursor.
const IN_FULL: usize = 3;
const WIDTH: u16 = 120;

/// What happened, as it is read.
#[derive(Debug)]
pub struct ActivityScreen {
    of: Option<IdentityId>,
    scroll: Scroll,
}

impl ActivityScreen {
    /// Opens the activity of one identity, or of everybody.
    pub fn open(of: Option<IdentityId>, cx: &mut Cx<'_>) {
        if cx.state.org.is_none() {
            return cx.say("no organization is open");
        }
        cx.open_activity(of.clone());
        cx.open(Box::new(Self { of, scroll: Scroll::default() }));
    }

    fn activity<'a>(&self, state: &'a State) -> Option<&'a Activity> {
        state.org.as_ref()?.activity.as_deref().filter(|activity| activity.of == self.of)
    }

    fn count(&self, state: &State) -> usize {
        self.activity(state).map_or(0, Activity::len)
    }

    fn place(state: &State) -> Place {
        dialog::place(state.size, Size::new(WIDTH, u16::MAX / 2))
    }

    fn height(state: &State) -> usize {
        usize::from(Self::place(state).inner.height).saturating_sub(usize::from(BELOW)).max(1)
    }

    fn copy(&self, cx: &mut Cx<'_>) {
        let activity = self.activity(cx.state);
        match activity.and_then(|activity| activity.get(self.scroll.cursor)) {
            Some(event) => {
                let text = self.whole(event, cx.state);
                cx.copy(&text, "event");
            }
            None => cx.say("there is nothing to copy"),
        }
    }

    /// An event in one line, with everything that is known of it.
    fn whole(&self, event: &Event, state: &State) -> String {
        let at = match &event.created {
            Field::Known(at) => when::date_time(*at, &state.setting.zone).into(),
            _ => "?".into(),
        };
        // Names are not unique.
        let named = targets(event).into_iter().filter(|target| state.called(target).is_some());
        let ids: Vec<_> = named.filter(|target| !self.is_looked_for(target, state)).collect();
        let ids = (!ids.is_empty()).then(|| format!(" ({})", ids.join(", ")));
        let parts = [
            Some(at),
            Some(format!("{}{}", self.happened(event, state), ids.unwrap_or_default())),
            Some(format!("by {}", who(event, state))),
            shown(&event.address).map(|address| format!("from {address}")),
            event.kind.known().map(ToString::to_string).filter(|kind| kind != what(event)),
            shown(&event.id).map(|id| format!("event {id}")),
        ];
        let dot = format!(" {} ", state.theme().symbols.dot);
        parts.into_iter().flatten().collect::<Vec<_>>().join(&dot)
    }

    /// What happened, in which project, and to whom, where that is not said already.
    fn happened(&self, event: &Event, state: &State) -> String {
        let mut words = what(event).to_owned();
        if let Some(entry) = shown(&event.entry) {
            words = format!("{words} {entry}");
        }
        let project = match (&event.project, &state.org) {
            (Field::Known(project), Some(org)) => Some(org.project_name(project)),
            (Field::Odd, _) => Some("?"),
            _ => None,
        };
        if let Some(project) = project {
            words = format!("{words} ({project})");
        }
        for target in targets(event) {
            if !self.is_looked_for(target, state) {
                let name = state.called(target).map_or(target, |name| name.as_str());
                words = format!("{words}: {name}");
            }
        }
        words
    }

    /// Whether somebody is the one who is looked for.
    fn is_looked_for(&self, public: &str, state: &State) -> bool {
        let Some(id) = &self.of else { return false };
        let row = state.org.as_ref().and_then(|org| org.row(id));
        id.as_str() == public || row.is_some_and(|row| row.identity.public_part() == public)
    }

    /// How far back one has looked, and what is done about it.
    fn standing(activity: &Activity, state: &State) -> (String, bool) {
        let (zone, dot) = (&state.setting.zone, state.theme().symbols.dot);
        let back = activity.back_to().map(|at| when::date_time(at, zone));
        let looked = match &back {
            Some(at) => format!("looked back to {at}"),
            None => "nothing was read yet".to_owned(),
        };
        if let Some(error) = &activity.reading.error {
            let detail = error.detail.as_ref().map(|detail| format!(" Atlas says: {detail}"));
            let words = [error.sentence(), " ".into(), error.advice(), detail.unwrap_or_default()];
            return (format!("{} {dot} {looked}", words.concat()), true);
        }
        let words = match back {
            _ if activity.reading.asked && activity.back_to().is_none() => "loading...".into(),
            _ if activity.reading.asked => format!("loading further back... {dot} {looked}"),
            Some(at) if activity.complete => format!("back to {at}: Atlas keeps no more"),
            None if activity.complete => "Atlas has no events".into(),
            _ if activity.is_full() => format!("{looked}: no more is kept here"),
            _ => format!("{looked} {dot} down looks further"),
        };
        (words, false)
    }
}

/// A text that is there: `?` where it could not be understood.
fn shown(field: &Field<Clean>) -> Option<&str> {
    match field {
        Field::Known(text) => Some(text),
        Field::Odd => Some("?"),
        Field::Absent => None,
    }
}

/// Who did it: a program by the name that people gave it, with its public half.
fn who(event: &Event, state: &State) -> String {
    match doer(event) {
        Doer::Person(name) => name.to_owned(),
        Doer::Program(public) => match state.called(public) {
            Some(name) => format!("{name} ({public})"),
            None => public.to_owned(),
        },
        Doer::Employee(Some(name)) => format!("{name}, of MongoDB"),
        Doer::Employee(None) => "an employee of MongoDB".to_owned(),
        Doer::Nobody => "Atlas".to_owned(),
        Doer::Unclear => "?".to_owned(),
    }
}

/// The columns of when, how long ago, what, who and from where; what has no room is 0.
fn widths(columns: usize) -> [usize; 5] {
    match columns {
        ..50 => [12, 0, columns.saturating_sub(12), 0, 0],
        50..76 => [11, 0, columns - 30, 19, 0],
        76..100 => [17, 11, columns - 63, 20, 15],
        _ => [18, 11, columns - 81, 36, 16],
    }
}

fn cell(text: &str, columns: usize, theme: &Theme) -> String {
    let text = fit(text, columns.saturating_sub(1), theme).into_owned();
    let pad = " ".repeat(columns.saturating_sub(width(&text)));
    format!("{text}{pad}")
}

impl ActivityScreen {
    fn line(&self, event: &Event, columns: usize, state: &State) -> Line<'static> {
        let (theme, zone) = (state.theme(), &state.setting.zone);
        let [at, ago, happened, by, from] = widths(columns);
        let (date, distance) = match &event.created {
            Field::Known(time) if at < 17 => (when::ago(*time, state.now), "".into()),
            Field::Known(time) => (when::date_and_clock(*time, zone), when::ago(*time, state.now)),
            _ => ("?".into(), "".into()),
        };
        Line::from(vec![
            Span::styled(cell(&date, at, theme), theme.dim),
            Span::styled(cell(&distance, ago, theme), theme.dim),
            Span::styled(cell(&self.happened(event, state), happened, theme), theme.text),
            Span::styled(cell(&who(event, state), by, theme), theme.text),
            Span::styled(
                cell(shown(&event.address).unwrap_or(theme.symbols.nothing), from, theme),
                theme.dim,
            ),
        ])
    }

    fn title(&self, state: &State) -> String {
        let Some(id) = &self.of else { return "Activity of the organization".to_owned() };
        format!("Activity of {}", state.name_of(id))
    }
}

impl Screen for ActivityScreen {
    fn layer(&self) -> Layer {
        Layer::Activity
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        let Input::Action(action) = input else { return };
        let (count, height) = (self.count(cx.state), Self::height(cx.state));
        match action {
            Action::Back => cx.close_activity(),
            Action::Refresh => {
                self.scroll = Scroll::default();
                cx.open_activity(self.of.clone());
            }
            Action::Copy => self.copy(cx),
            action => {
                let moved = self.scroll.act(action, count, height);
                let down = matches!(action, Action::Down | Action::HalfPageDown | Action::Last);
                // Before the end is in sight.
                if moved && down && self.scroll.cursor + 2 * height > count {
                    cx.read_further(count.max(self.scroll.cursor + 2 * height) + 1);
                }
            }
        }
    }

    fn original(&self, _state: &State) -> Option<Original> {
        Some(Original::Activity)
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let area = rows(Self::place(state).inner, 0, Self::height(state));
        let len = self.count(state);
        self.scroll.point(at, area, len);
        None
    }

    fn sync(&mut self, state: &State) {
        self.scroll.follow(self.count(state), Self::height(state));
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (Self::place(state), state.theme());
        let (inner, columns) = (place.inner, usize::from(place.inner.width));
        let count = self.count(state);
        let window = self.scroll.window(count, Self::height(state));
        let complete = self.activity(state).is_none_or(|activity| activity.complete);
        let more = if complete || count == 0 { "" } else { theme.symbols.cut };
        let kind = format!("{}{more}", in_sight(&window, count));
        dialog::draw(place, &Title { title: &self.title(state), kind: &kind }, theme, buf);
        let activity = self.activity(state)?;
        for (y, at) in (inner.y..).zip(window) {
            let Some(event) = activity.get(at) else { continue };
            buf.set_line(inner.x, y, &self.line(event, columns, state), inner.width);
            if at == self.scroll.cursor {
                dialog::mark_row(inner, y, theme, buf);
            }
        }
        self.draw_below(activity, place, state, buf);
        None
    }
}

impl ActivityScreen {
    /// The event under the cursor in full, or why there is none; below it how far back
    /// that goes.
    fn draw_below(&self, activity: &Activity, place: Place, state: &State, buf: &mut Buffer) {
        let (inner, theme) = (place.inner, state.theme());
        let columns = usize::from(inner.width);
        let (standing, failed) = Self::standing(activity, state);
        let style = |theme: &Theme| if failed { theme.danger } else { theme.dim };
        let Some(event) = activity.get(self.scroll.cursor) else {
            let none = match &self.of {
                Some(_) if activity.back_to().is_some() => "Nothing of it in what was read.",
                _ => "",
            };
            let lines = wrap(none, columns).into_iter().chain(wrap(&standing, columns));
            for (y, part) in (inner.y..inner.bottom()).zip(lines.filter(|part| !part.is_empty())) {
                buf.set_string(inner.x, y, part, style(theme));
            }
            return;
        };
        // A failure is worth more than the event.
        let lines = if failed {
            wrap(&standing, columns).into_iter().map(|part| (part, theme.danger)).collect()
        } else {
            let mut lines: Vec<_> = wrap(&self.whole(event, state), columns)
                .into_iter()
                .take(IN_FULL)
                .map(|part| (part, theme.text))
                .collect();
            lines.resize(IN_FULL, (String::new(), theme.text));
            lines.push((fit(&standing, columns, theme).into_owned(), theme.dim));
            lines
        };
        let top = (inner.bottom() + 1).saturating_sub(BELOW).max(inner.y + 1);
        for (y, (part, style)) in (top..inner.bottom()).zip(lines) {
            buf.set_string(inner.x, y, part, style);
        }
    }
}
