//! The editor of an access list: entries are added and removed here first, and saved
//! together. What the list would then do is told all the time.

use ipnet::IpNet;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::{GONE, Input, Screen, progress};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::app::twin::Original;
use crate::atlas::{AccessEntry, Field, IdentityId};
use crate::rules::change::{Change, MOST_ENTRIES, list_after, shown};
use crate::rules::entries::{self, Odd};
use crate::rules::health::{Mark, Reach, is_everything};
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::scroll::{Scroll, in_sight, rows};
use crate::ui::text::{fit, width};
use crate::ui::theme::Theme;
use crate::ui::when;

/// Lines below the entries: a blank one, the field with its words, what would be.
const BELOW: usize = 6;

/// A step that can be taken back.
#[derive(Debug, Clone)]
enum Step {
    Added(Vec<IpNet>),
    Removed(IpNet),
    Kept(IpNet),
}

/// The list of one identity, with what is to be changed about it.
#[derive(Debug)]
pub struct AccessScreen {
    id: IdentityId,
    add: Vec<IpNet>,
    remove: Vec<IpNet>,
    /// The field in which an entry is typed, while it is.
    field: Option<TextField>,
    scroll: Scroll,
    steps: Vec<Step>,
}

impl AccessScreen {
    /// The editor for the list of an identity.
    #[must_use]
    pub fn new(id: IdentityId) -> Self {
        let (add, remove, steps) = (Vec::new(), Vec::new(), Vec::new());
        Self { id, add, remove, field: None, scroll: Scroll::default(), steps }
    }

    fn entries<'a>(&self, state: &'a State) -> &'a [AccessEntry] {
        let row = state.org.as_ref().and_then(|org| org.row(&self.id));
        row.and_then(|row| row.access().value.as_deref()).unwrap_or_default()
    }

    /// What stands in the place of the entries where there are none.
    fn instead(&self, state: &State) -> &'static str {
        match state.org.as_ref().and_then(|org| org.row(&self.id)) {
            None => GONE,
            Some(row) if row.access().value.is_some() => "No entry.",
            Some(_) => "reading...",
        }
    }

    /// What stands in the list now, and what is added.
    fn all(&self, state: &State) -> Vec<IpNet> {
        let there = self.entries(state).iter().filter_map(AccessEntry::range);
        there.chain(self.add.iter().copied()).collect()
    }

    fn rows(&self, state: &State) -> usize {
        self.entries(state).len() + self.add.len()
    }

    /// Adds what is not there; what was to be removed stays.
    fn stage(&mut self, ranges: Vec<IpNet>, state: &State) -> usize {
        let all = self.all(state);
        let new: Vec<_> = ranges.into_iter().filter(|range| !all.contains(range)).collect();
        self.add.extend(&new);
        let count = new.len();
        if count > 0 {
            self.steps.push(Step::Added(new));
            self.scroll.to(usize::MAX, self.rows(state));
        }
        count
    }

    fn take_field(&mut self, cx: &mut Cx<'_>) {
        let Some(field) = &mut self.field else { return };
        if field.text().trim().is_empty() {
            self.field = None;
            return;
        }
        if let Some(path) = field.text().trim().strip_prefix('@') {
            return cx.read_file(path);
        }
        if let Err(Odd::Inside(range)) = entries::read(field.text()) {
            field.set(&range.to_string());
            return cx.tell(&format!("taken as {range}, not added yet: once more adds it"));
        }
        let (ranges, odd) = entries::read_many(field.text());
        let found = ranges.len();
        if found > MOST_ENTRIES {
            // That many were not meant; they would not fit, and cannot be looked through.
            let found = entries::grouped(found as u64);
            return cx.tell(&format!(
                "{found} addresses: an access list has at most {MOST_ENTRIES} entries"
            ));
        }
        let added = self.stage(ranges, cx.state);
        if let Some(first) = odd.first() {
            // What could not be read stays, to be mended.
            if let Some(field) = &mut self.field {
                field.set(&odd.join(", "));
            }
            let words = match added {
                0 => entries::complaint(first),
                added => format!(
                    "{added} added, not saved yet; not readable: {}",
                    entries::complaint(first)
                ),
            };
            return cx.tell(&words);
        }
        self.field = None;
        match found - added {
            0 if added < 2 => {}
            0 => cx.tell(&format!("{added} added, not saved yet")),
            _ if found == 1 => cx.say("already in the list"),
            known => cx.tell(&format!("{added} added, not saved yet; {known} in the list already")),
        }
    }

    /// Many entries may be pasted at once; enter then takes them over.
    fn paste(&mut self, text: &str) {
        let field = self.field.get_or_insert_with(|| TextField::new("New entry", ""));
        if field.text().trim().starts_with('@') {
            // It named the file whose text this is.
            field.set("");
        }
        field.paste(&entries::one_line(text));
    }

    fn toggle_removal(&mut self, state: &State) {
        let (at, there) = (self.scroll.cursor, self.entries(state));
        if let Some(added) = at.checked_sub(there.len()) {
            if added < self.add.len() {
                let range = self.add.remove(added);
                self.steps.push(Step::Removed(range));
            }
            return;
        }
        let Some(range) = there.get(at).and_then(AccessEntry::range) else { return };
        if let Some(place) = self.remove.iter().position(|known| *known == range) {
            self.remove.remove(place);
            self.steps.push(Step::Kept(range));
        } else {
            self.remove.push(range);
            self.steps.push(Step::Removed(range));
        }
    }

    fn undo(&mut self, cx: &mut Cx<'_>) {
        let there: Vec<_> = self.entries(cx.state).iter().filter_map(AccessEntry::range).collect();
        match self.steps.pop() {
            Some(Step::Added(ranges)) => self.add.retain(|range| !ranges.contains(range)),
            Some(Step::Removed(range)) if there.contains(&range) => {
                self.remove.retain(|known| *known != range);
            }
            Some(Step::Removed(range)) => self.add.push(range),
            Some(Step::Kept(range)) => self.remove.push(range),
            None => cx.say("nothing to take back"),
        }
    }

    fn change(&self) -> Change {
        let (add, remove) = (self.add.clone(), self.remove.clone());
        Change::AccessList { id: self.id.clone(), add, remove }
    }

    fn save(&self, cx: &mut Cx<'_>) {
        if self.add.is_empty() && self.remove.is_empty() {
            cx.say("nothing was changed");
            return cx.close();
        }
        cx.propose(self.change(), true);
    }

    fn act(&mut self, action: Action, cx: &mut Cx<'_>) {
        match action {
            Action::Add => self.field = Some(TextField::new("New entry", "")),
            Action::AddCurrentAddress => {
                match cx.state.org.as_ref().and_then(|org| org.address.value) {
                    Some(address) => {
                        if self.stage(vec![address.into()], cx.state) == 0 {
                            cx.say("your address is in the list already");
                        }
                    }
                    None => cx.say("Atlas did not tell from which address you call"),
                }
            }
            Action::Remove => self.toggle_removal(cx.state),
            Action::Undo => self.undo(cx),
            Action::Save => self.save(cx),
            Action::Back => cx.close(),
            _ => {
                let (len, height) = (self.rows(cx.state), self.height(cx.state));
                self.scroll.act(action, len, height);
            }
        }
    }

    fn place(&self, state: &State) -> Place {
        let rows = self.rows(state).max(1) + 1 + BELOW;
        dialog::place(state.size, Size::new(84, u16::try_from(rows).unwrap_or(u16::MAX / 2)))
    }

    fn height(&self, state: &State) -> usize {
        usize::from(self.place(state).inner.height).saturating_sub(1 + BELOW).max(1)
    }

    /// What the list would do once it is saved.
    fn outlook(&self, state: &State) -> [Line<'static>; 2] {
        let theme = state.theme();
        if state.org.as_ref().is_none_or(|org| org.row(&self.id).is_none()) {
            return [Line::default(), Line::default()];
        }
        let after = list_after(self.entries(state), &self.add, &self.remove);
        let open = after.iter().find(|range| is_everything(range));
        let said = |mark: Mark, words: String, style| {
            Line::styled(format!("{} {words}", theme.symbols.mark(mark)), style)
        };
        let first = match (after.len(), Reach::of(&[], state.settings())) {
            _ if open.is_some() => (Mark::Open, "Every address is let in.".into(), theme.danger),
            (0, Reach::Anybody) => {
                (Mark::Open, "Without an entry every address is let in.".into(), theme.danger)
            }
            (0, Reach::Nobody) => {
                (Mark::Broken, "Without an entry nobody is let in.".into(), theme.danger)
            }
            (0, _) => (
                Mark::Broken,
                "Without an entry everybody or nobody is let in.".into(),
                theme.danger,
            ),
            (1, _) => (Mark::Good, "Calls are accepted from 1 entry.".into(), theme.text),
            (count, _) => {
                (Mark::Good, format!("Calls are accepted from {count} entries."), theme.text)
            }
        };
        let (mark, words, style) = first;
        let first = said(mark, words, style);
        let Some(address) = state.org.as_ref().and_then(|org| org.address.value) else {
            return [first, Line::default()];
        };
        let from = format!("You call from {address}");
        if after.is_empty() && Reach::of(&[], state.settings()) == Reach::Anybody {
            let words = format!("{from}: let in, for there is no entry.");
            return [first, said(Mark::Open, words, theme.dim)];
        }
        let own = state.own_id().as_ref() == Some(&self.id);
        let covering = after.iter().find(|range| range.contains(&address));
        let second = match (covering, own) {
            (Some(range), _) => {
                said(Mark::Good, format!("{from}: covered by {}.", shown(range)), theme.dim)
            }
            (None, true) => {
                let words = format!("{from} with this credential: not covered.");
                said(Mark::Broken, words, theme.danger)
            }
            (None, false) => said(Mark::None, format!("{from}: not covered."), theme.dim),
        };
        [first, second]
    }
}

fn line<'a>(cells: [&str; 4], change: Span<'a>, columns: usize, theme: &Theme) -> Line<'a> {
    let [range, used, from, calls] = cells;
    let cell = |text: &str, columns: usize| {
        let text = fit(text, columns.saturating_sub(1), theme).into_owned();
        let pad = " ".repeat(columns.saturating_sub(width(&text)));
        format!("{text}{pad}")
    };
    let rest = columns.saturating_sub(10);
    let widths = match rest {
        ..50 => [rest * 2 / 3, rest / 3, 0, 0],
        50..72 => [rest - 26, 14, 0, 12],
        _ => [rest - 48, 14, 22, 12],
    };
    Line::from(vec![
        Span::styled(cell(range, widths[0]), theme.text),
        Span::styled(cell(used, widths[1]), theme.dim),
        Span::styled(cell(from, widths[2]), theme.dim),
        Span::styled(cell(calls, widths[3]), theme.dim),
        change,
    ])
}

impl Screen for AccessScreen {
    fn layer(&self) -> Layer {
        if self.field.is_some() { Layer::Form } else { Layer::AccessList }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        if progress::is_busy(cx.state) {
            return progress::wait(&input, cx);
        }
        match (input, &mut self.field) {
            (Input::Action(Action::Save), Some(_)) => self.take_field(cx),
            (Input::Action(Action::Back), Some(_)) => self.field = None,
            (Input::Text(key), Some(field)) => field.type_key(key),
            (Input::Paste(text), _) => self.paste(&text),
            (Input::Action(action), None) => self.act(action, cx),
            _ => {}
        }
    }

    fn original(&self, _state: &State) -> Option<Original> {
        Some(Original::Change(self.change()))
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        if self.field.is_none() {
            let area = rows(self.place(state).inner, 1, self.height(state));
            let len = self.rows(state);
            self.scroll.point(at, area, len);
        }
        None
    }

    fn sync(&mut self, state: &State) {
        let height = self.height(state);
        self.scroll.follow(self.rows(state), height);
    }

    fn unsaved(&self) -> bool {
        self.field.is_none() && !(self.add.is_empty() && self.remove.is_empty())
    }

    fn reads_file(&self) -> bool {
        self.field.as_ref().is_some_and(|field| field.text().trim().starts_with('@'))
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        (action == Action::Save && self.field.is_some()).then_some("take over")
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (self.place(state), state.theme());
        let (inner, there) = (place.inner, self.entries(state));
        let name = state.name_of(&self.id);
        let window = self.scroll.window(self.rows(state), self.height(state));
        let sight = in_sight(&window, self.rows(state));
        let kind = match sight.is_empty() {
            true if there.len() == 1 => "1 entry".into(),
            true => format!("{} entries", there.len()),
            false => sight,
        };
        dialog::draw(
            place,
            &Title { title: &format!("API Access List {} {name}", theme.symbols.dot), kind: &kind },
            theme,
            buf,
        );
        let columns = usize::from(inner.width);
        let head =
            line(["ADDRESS OR RANGE", "LAST USED", "FROM", "CALLS"], Span::raw(""), columns, theme);
        buf.set_line(inner.x, inner.y, &head.style(theme.strong), inner.width);
        if self.rows(state) == 0 {
            buf.set_stringn(inner.x, inner.y + 1, self.instead(state), columns, theme.dim);
        }
        for (y, at) in (inner.y + 1..inner.bottom()).zip(window.clone()) {
            let drawn = if let Some(entry) = there.get(at) {
                self.existing(entry, columns, state)
            } else {
                let range = self.add.get(at - there.len()).map(shown).unwrap_or_default();
                line(
                    [&range, "", "", ""],
                    Span::styled(format!("{} add", theme.symbols.gain), theme.good),
                    columns,
                    theme,
                )
            };
            buf.set_line(inner.x, y, &drawn, inner.width);
            if at == self.scroll.cursor && self.field.is_none() {
                dialog::mark_row(inner, y, theme, buf);
            }
        }
        let below = inner.y + 1 + u16::try_from(window.len().max(1)).unwrap_or(0) + 1;
        let cursor = self.field.as_ref().and_then(|field| {
            let words = self.words_for(field.text(), state);
            let area =
                Rect { y: below, height: 2.min(inner.bottom().saturating_sub(below)), ..inner };
            (area.height > 0)
                .then(|| field.draw(area, true, &[Span::styled(words, theme.dim)], theme, buf))?
        });
        let outlook = (below + 3).min(inner.bottom().saturating_sub(2));
        for (y, text) in (outlook..inner.bottom()).zip(self.outlook(state)) {
            buf.set_line(inner.x, y, &text, inner.width);
        }
        progress::draw(state, inner, buf);
        cursor
    }

    fn hidden(&self, _state: &State) -> Vec<Action> {
        let mut hidden = if self.steps.is_empty() { vec![Action::Undo] } else { Vec::new() };
        if self.field.is_some() {
            hidden.push(Action::NextField);
        }
        hidden
    }
}

impl AccessScreen {
    fn existing<'a>(&self, entry: &AccessEntry, columns: usize, state: &State) -> Line<'a> {
        let theme = state.theme();
        let range = entry.range();
        let text = range.as_ref().map_or_else(|| "?".into(), shown);
        let used = match entry.last_used_at {
            Field::Known(time) => when::ago(time, state.now),
            Field::Absent => "never".into(),
            Field::Odd => "?".into(),
        };
        let from = entry.last_used_address.known().map_or("", |from| from.as_str());
        let calls =
            entry.request_count.known().map_or_else(String::new, |count| entries::grouped(*count));
        let gone = range.is_some_and(|range| self.remove.contains(&range));
        let change = if gone {
            Span::styled(format!("{} remove", theme.symbols.loss), theme.danger)
        } else {
            Span::raw("")
        };
        line([&text, &used, from, &calls], change, columns, theme)
    }

    /// What is said below the field while an entry is typed.
    fn words_for(&self, text: &str, state: &State) -> String {
        if text.trim().is_empty() {
            return "An address, a CIDR block, many (commas, or pasted), or @file.".into();
        }
        if text.trim().starts_with('@') {
            return "Enter reads the file: one entry a line or between commas, # comments.".into();
        }
        let (many, odd) = entries::read_many(text);
        if many.len() + odd.len() > 1 {
            let all = self.all(state);
            let known = many.iter().filter(|range| all.contains(range)).count();
            let count = match many.len() {
                1 => "1 entry".to_owned(),
                count => format!("{count} entries"),
            };
            let known = (known > 0).then(|| format!("{known} of them in the list already"));
            let first = odd.first();
            let odd = first
                .map(|first| format!("{} not readable: {}", odd.len(), entries::complaint(first)));
            return [Some(count), known, odd].into_iter().flatten().collect::<Vec<_>>().join(", ");
        }
        match entries::read(text) {
            Ok(range) => entries::about(&range, &self.all(state)),
            Err(odd) => odd.words(),
        }
    }
}
