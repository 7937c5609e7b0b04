//! What is to be done to many: entries for their access lists, or roles to give and
//! to take. Nothing is looked at or sent before Enter.

use ipnet::IpNet;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::text::{Line, Span};

use super::{Input, Screen};
use crate::app::Cx;
use crate::app::keys::{Action, Layer};
use crate::app::state::State;
use crate::atlas::roles::Level;
use crate::atlas::{IdentityId, Role};
use crate::rules::entries;
use crate::rules::many::Deed;
use crate::ui::dialog::{self, Place, Title};
use crate::ui::fields::TextField;
use crate::ui::scroll::Scroll;
use crate::ui::text::{fit, width};

/// What is wished for a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Leave,
    Give,
    Take,
}

#[derive(Debug)]
enum Choice {
    /// Entries to add, and entries to remove.
    Entries { fields: Box<[TextField; 2]>, at: usize },
    /// Roles to give and to take.
    Roles { rows: Vec<(Role, Wish)>, scroll: Scroll },
}

/// What is to be done to many.
#[derive(Debug)]
pub struct ManyChoiceScreen {
    ids: Vec<IdentityId>,
    choice: Choice,
}

impl ManyChoiceScreen {
    /// Entries for the access lists of these.
    #[must_use]
    pub fn entries(ids: Vec<IdentityId>) -> Self {
        let fields = Box::new([TextField::new("Add", ""), TextField::new("Remove", "")]);
        Self { ids, choice: Choice::Entries { fields, at: 0 } }
    }

    /// Roles for these.
    #[must_use]
    pub fn roles(ids: Vec<IdentityId>) -> Self {
        let all = Role::all_of(Level::Organization).into_iter();
        let rows = all.map(|role| (role, Wish::Leave)).collect();
        Self { ids, choice: Choice::Roles { rows, scroll: Scroll::default() } }
    }

    fn deed(&self) -> Result<Deed, String> {
        match &self.choice {
            Choice::Entries { fields, .. } => {
                let [add, remove] = &**fields;
                let (add, remove) = (ranges(add)?, ranges(remove)?);
                if add.is_empty() && remove.is_empty() {
                    return Err("type what to add or to remove first".into());
                }
                if let Some(both) = add.iter().find(|range| remove.contains(range)) {
                    return Err(format!("{both} is to be added and removed"));
                }
                Ok(Deed::AccessList { add, remove })
            }
            Choice::Roles { rows, .. } => {
                let with = |wish: Wish| {
                    let rows = rows.iter().filter(move |(_, other)| *other == wish);
                    rows.map(|(role, _)| role.clone()).collect::<Vec<_>>()
                };
                let (add, remove) = (with(Wish::Give), with(Wish::Take));
                if add.is_empty() && remove.is_empty() {
                    return Err("space chooses a role to give, and twice one to take".into());
                }
                Ok(Deed::Roles { add, remove })
            }
        }
    }

    fn save(&self, cx: &mut Cx<'_>) {
        match self.deed() {
            Ok(deed) => cx.propose_many(deed, self.ids.clone()),
            Err(why) => cx.tell(&why),
        }
    }

    fn act(&mut self, action: Action) {
        match &mut self.choice {
            Choice::Entries { at, .. } => match action {
                Action::NextField | Action::PreviousField => *at = 1 - *at,
                _ => {}
            },
            Choice::Roles { rows, scroll } => match action {
                Action::Toggle => {
                    if let Some((_, wish)) = rows.get_mut(scroll.cursor) {
                        *wish = match wish {
                            Wish::Leave => Wish::Give,
                            Wish::Give => Wish::Take,
                            Wish::Take => Wish::Leave,
                        };
                    }
                }
                _ => {
                    scroll.act(action, rows.len(), rows.len());
                }
            },
        }
    }

    fn place(&self, state: &State) -> Place {
        let rows = match &self.choice {
            Choice::Entries { .. } => 5,
            Choice::Roles { rows, .. } => rows.len(),
        };
        dialog::place(state.size, Size::new(84, u16::try_from(rows).unwrap_or(u16::MAX / 2)))
    }
}

/// The ranges in a field, or what is wrong there.
fn ranges(field: &TextField) -> Result<Vec<IpNet>, String> {
    let (ranges, odd) = entries::read_many(field.text());
    match odd.first() {
        None => Ok(ranges),
        Some(first) => Err(entries::complaint(first)),
    }
}

fn draw_role(
    (role, wish): &(Role, Wish),
    names: usize,
    columns: usize,
    state: &State,
) -> Line<'static> {
    let theme = state.theme();
    let (sign, word, style) = match wish {
        Wish::Leave => (" ", String::new(), theme.dim),
        Wish::Give => (theme.symbols.gain, format!("{} give", theme.symbols.gain), theme.good),
        Wish::Take => (theme.symbols.loss, format!("{} take", theme.symbols.loss), theme.danger),
    };
    let pad = " ".repeat(names.saturating_sub(width(role.label())) + 2);
    let room = columns.saturating_sub(names + 6 + 8);
    let meaning = fit(role.known().map_or("", |known| known.meaning), room, theme).into_owned();
    let gap = " ".repeat(room.saturating_sub(width(&meaning)) + 1);
    Line::from(vec![
        Span::styled(format!("[{sign}] {}{pad}", role.label()), theme.text),
        Span::styled(meaning, theme.dim),
        Span::styled(format!("{gap}{word}"), style),
    ])
}

impl Screen for ManyChoiceScreen {
    fn layer(&self) -> Layer {
        match self.choice {
            Choice::Entries { .. } => Layer::Form,
            Choice::Roles { .. } => Layer::Roles,
        }
    }

    fn update(&mut self, input: Input, cx: &mut Cx<'_>) {
        match (input, &mut self.choice) {
            (Input::Action(Action::Save), _) => self.save(cx),
            (Input::Action(Action::Back), _) => cx.close(),
            (Input::Action(action), _) => self.act(action),
            (Input::Text(key), Choice::Entries { fields, at }) => fields[*at].type_key(key),
            (Input::Paste(text), Choice::Entries { fields, at }) => {
                fields[*at].paste(&entries::one_line(&text));
            }
            _ => {}
        }
    }

    fn unsaved(&self) -> bool {
        self.deed().is_ok()
    }

    fn word(&self, action: Action) -> Option<&'static str> {
        (action == Action::Save).then_some("plan")
    }

    fn point(&mut self, at: Position, state: &State) -> Option<Action> {
        let area = self.place(state).inner;
        let Choice::Roles { rows, scroll } = &mut self.choice else { return None };
        scroll.point(at, area, rows.len())?.then_some(Action::Toggle)
    }

    fn sync(&mut self, state: &State) {
        let height = usize::from(self.place(state).inner.height);
        if let Choice::Roles { rows, scroll } = &mut self.choice {
            scroll.follow(rows.len(), height);
        }
    }

    fn view(&self, state: &State, buf: &mut Buffer) -> Option<Position> {
        let (place, theme) = (self.place(state), state.theme());
        let (inner, columns) = (place.inner, usize::from(place.inner.width));
        let count = format!("{} marked", self.ids.len());
        let title = match self.choice {
            Choice::Entries { .. } => "Access lists of all that are marked",
            Choice::Roles { .. } => "Organization roles of all that are marked",
        };
        dialog::draw(place, &Title { title, kind: &count }, theme, buf);
        match &self.choice {
            Choice::Entries { fields, at } => {
                let mut cursor = None;
                for (row, (number, field)) in (0..).zip(fields.iter().enumerate()) {
                    let y = inner.y + 3 * row;
                    if y >= inner.bottom() {
                        break;
                    }
                    let area = Rect { y, height: (inner.bottom() - y).min(2), ..inner };
                    let below = match ranges(field) {
                        Err(why) => Span::styled(why, theme.danger),
                        Ok(ranges) if ranges.is_empty() => {
                            Span::styled("addresses or CIDR blocks, comma separated", theme.dim)
                        }
                        Ok(ranges) => {
                            let words = match ranges.as_slice() {
                                [only] => entries::about(only, &[]),
                                more => format!("{} entries", more.len()),
                            };
                            Span::styled(words, theme.dim)
                        }
                    };
                    cursor = cursor.or(field.draw(area, number == *at, &[below], theme, buf));
                }
                cursor
            }
            Choice::Roles { rows, scroll } => {
                let names = rows.iter().map(|(role, _)| width(role.label())).max().unwrap_or(0);
                let window = scroll.window(rows.len(), usize::from(inner.height));
                for (y, at) in (inner.y..inner.bottom()).zip(window) {
                    let line = draw_role(&rows[at], names, columns, state);
                    buf.set_line(inner.x, y, &line, inner.width);
                    if at == scroll.cursor {
                        dialog::mark_row(inner, y, theme, buf);
                    }
                }
                None
            }
        }
    }

    fn hidden(&self, _state: &State) -> Vec<Action> {
        vec![Action::Undo]
    }
}
