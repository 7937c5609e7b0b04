//! The one key table. Lookup, footer, help and the README's table come from it;
//! what is not here is no key.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// Half a page up.
    HalfPageUp,
    /// Half a page down.
    HalfPageDown,
    /// The tab to the right, around.
    NextTab,
    /// The tab to the left, around.
    PreviousTab,
    /// The tab of service accounts.
    ServiceAccounts,
    /// The tab of API keys.
    ApiKeys,
    /// Open or choose what is under the cursor.
    Open,
    /// One step back.
    Back,
    /// One step back, and out of the program at the list.
    Quit,
    /// Ctrl-c: back, and out when it is pressed twice.
    Interrupt,
    /// Narrow the list.
    Filter,
    /// Order by the next column.
    Order,
    /// Turn the order round.
    Reverse,
    /// Ask Atlas again.
    Refresh,
    /// Copy the id or value under the cursor.
    Copy,
    /// Show the last error whole.
    Problem,
    /// Choose another organization.
    Organizations,
    /// Show the keys.
    Help,
    /// Find what can be done by its name.
    Palette,
    /// Start the demo.
    Demo,
    /// Agree to what was told.
    Agree,
    /// Send what was typed or chosen.
    Save,
    /// Tick or untick what is under the cursor.
    Toggle,
    /// Take back the last step that was not sent yet.
    Undo,
    /// To the next field.
    NextField,
    /// To the field before.
    PreviousField,
    /// Choose other organization roles.
    Permissions,
    /// Mark the row, to do one thing to many.
    Mark,
    /// Change name or description.
    Rename,
    /// Change from where it may call.
    AccessList,
    /// Change its projects and its roles there.
    Projects,
    /// Delete it, or revoke the secret under the cursor.
    Delete,
    /// Make a new one.
    Create,
    /// Make a new one like this.
    Clone,
    /// Change the organization's settings.
    Settings,
    /// Add an entry.
    Add,
    /// Add the address that one calls from.
    AddCurrentAddress,
    /// Remove the entry under the cursor.
    Remove,
    /// Generate a further client secret.
    GenerateSecret,
    /// Put a new credential in the place of the old one, or see how that stands.
    Rotate,
    /// See what was left open.
    Unfinished,
    /// Take it as settled.
    Forget,
    /// Put a secret somewhere else.
    HandOver,
    /// Try a credential out.
    TryOut,
    /// Show a secret, or hide it again.
    Reveal,
    /// To the shell, until it says `fg`.
    Suspend,
    /// Draw everything anew.
    Redraw,
}

impl Action {
    /// Whether it begins a change at Atlas: it is not offered in read-only mode.
    #[must_use]
    pub fn begins_change(self) -> bool {
        matches!(
            self,
            Self::Permissions
                | Self::Mark
                | Self::Rename
                | Self::AccessList
                | Self::Projects
                | Self::Delete
                | Self::Create
                | Self::Clone
                | Self::Settings
                | Self::GenerateSecret
                | Self::Rotate
        )
    }
}

/// What has the keyboard; each screen names its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The two lists.
    List,
    /// The filter's text field.
    Filter,
    /// The details of one identity.
    Details,
    /// The choice of an organization.
    Organizations,
    /// The help.
    Help,
    /// An error, whole.
    Problem,
    /// The first screen, where no credential was found.
    Welcome,
    /// A change, told before it is made.
    Confirm,
    /// The text that agrees to one that nothing brings back.
    Sentence,
    /// A form of text fields.
    Form,
    /// A list of roles to tick.
    Roles,
    /// The editor of an access list.
    AccessList,
    /// The projects of an identity.
    Projects,
    /// The organization's settings.
    Settings,
    /// How long a new secret lives, or which one makes room for it.
    Secret,
    /// Where a new secret goes.
    Sink,
    /// A secret that is shown once.
    Made,
    /// What was left open.
    Unfinished,
    /// A rotation.
    Rotation,
    /// Everything that can be done, by name.
    Palette,
}

impl Layer {
    /// Every layer.
    pub const ALL: [Self; 20] = [
        Self::List,
        Self::Filter,
        Self::Details,
        Self::Organizations,
        Self::Help,
        Self::Problem,
        Self::Welcome,
        Self::Confirm,
        Self::Sentence,
        Self::Form,
        Self::Roles,
        Self::AccessList,
        Self::Projects,
        Self::Settings,
        Self::Secret,
        Self::Sink,
        Self::Made,
        Self::Unfinished,
        Self::Rotation,
        Self::Palette,
    ];

    /// Every printable key is text here.
    #[must_use]
    pub fn types_text(self) -> bool {
        matches!(self, Self::Filter | Self::Sentence | Self::Form | Self::Palette)
    }
}

impl Layer {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "the lists",
            Self::Filter => "the filter",
            Self::Details => "the details",
            Self::Organizations => "the organizations",
            Self::Help => "the help",
            Self::Problem => "a problem",
            Self::Welcome => "the first screen",
            Self::Confirm => "a change before it is made",
            Self::Sentence => "the text that confirms",
            Self::Form => "text fields",
            Self::Roles => "the roles",
            Self::AccessList => "the access list",
            Self::Projects => "the projects",
            Self::Settings => "the settings",
            Self::Secret => "the life of a new secret",
            Self::Sink => "the place for a new secret",
            Self::Made => "a secret that is shown once",
            Self::Unfinished => "what was left open",
            Self::Rotation => "a rotation",
            Self::Palette => "the commands",
        }
    }

    /// Pasted text means something here.
    #[must_use]
    pub fn takes_paste(self) -> bool {
        self.types_text() || self == Self::AccessList
    }
}

/// A key as people think of it: without shift for letters, which are themselves
/// upper-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    ctrl: bool,
}

impl Key {
    /// The key of an event; `None` for releases and for keys with alt or super.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release
            || event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER)
        {
            return None;
        }
        Some(Self { code: event.code, ctrl: event.modifiers.contains(KeyModifiers::CONTROL) })
    }

    /// Its name in footers and tables.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "space".into(),
            KeyCode::Char(character) => character.to_string(),
            KeyCode::F(number) => format!("F{number}"),
            code => NAMES
                .iter()
                .find(|(named, _)| *named == code)
                .map_or_else(|| format!("{code:?}"), |(_, name)| (*name).into()),
        };
        if self.ctrl { format!("ctrl-{name}") } else { name }
    }
}

const NAMES: &[(KeyCode, &str)] = &[
    (KeyCode::Enter, "↵"),
    (KeyCode::Esc, "esc"),
    (KeyCode::Tab, "tab"),
    (KeyCode::BackTab, "⇧tab"),
    (KeyCode::Up, "↑"),
    (KeyCode::Down, "↓"),
    (KeyCode::Left, "←"),
    (KeyCode::Right, "→"),
    (KeyCode::Home, "home"),
    (KeyCode::End, "end"),
    (KeyCode::PageUp, "pgup"),
    (KeyCode::PageDown, "pgdn"),
];

const fn plain(code: KeyCode) -> Key {
    Key { code, ctrl: false }
}

const fn char(character: char) -> Key {
    plain(KeyCode::Char(character))
}

const fn ctrl(character: char) -> Key {
    Key { code: KeyCode::Char(character), ctrl: true }
}

/// One line of the key table.
#[derive(Debug)]
pub struct Binding {
    /// Where it holds.
    pub layers: &'static [Layer],
    /// The keys, the first of which is shown where there is room for one.
    pub keys: &'static [Key],
    /// What they do.
    pub action: Action,
    /// The footer's word, and the shortest way to say it.
    pub word: &'static str,
    /// The help's words.
    pub help: &'static str,
    /// Place in the footer, the lowest first; 0 keeps it out of the footer.
    pub rank: u8,
}

const fn bind(
    layers: &'static [Layer],
    keys: &'static [Key],
    action: Action,
    (rank, word): (u8, &'static str),
    help: &'static str,
) -> Binding {
    Binding { layers, keys, action, word, help, rank }
}

use Layer::{
    AccessList, Confirm, Details, Filter, Form, Help, List, Made, Organizations, Palette, Problem,
    Projects, Roles, Rotation, Secret, Sentence, Settings, Sink, Unfinished, Welcome,
};

/// Places in which a cursor moves over rows.
const ROWS: &[Layer] = &[
    List,
    Details,
    Organizations,
    Roles,
    AccessList,
    Projects,
    Settings,
    Secret,
    Sink,
    Unfinished,
];
/// Places that are read, line by line.
const PROSE: &[Layer] = &[Help, Problem, Welcome, Confirm];
/// Places in which one gets about.
const SCROLLED: &[Layer] = &[
    List,
    Details,
    Organizations,
    Help,
    Problem,
    Roles,
    AccessList,
    Projects,
    Settings,
    Secret,
    Sink,
    Unfinished,
    Confirm,
];
/// Everything that floats above the list and is left at once.
const DIALOGS: &[Layer] = &[Details, Organizations, Help, Problem, Projects, Unfinished, Rotation];
/// Where something is chosen that is sent together.
const EDITORS: &[Layer] = &[Roles, AccessList, Settings];
/// Where an identity is at hand.
const IDENTITY: &[Layer] = &[List, Details];
/// Everything above the lists in which no text is typed.
const ABOVE: &[Layer] = &[
    Details,
    Organizations,
    Help,
    Problem,
    Welcome,
    Confirm,
    Roles,
    AccessList,
    Projects,
    Settings,
    Secret,
    Sink,
    Made,
    Unfinished,
    Rotation,
];
const EVERYWHERE: &[Layer] = &Layer::ALL;

/// Every key of gatehouse. A key stands at most once in each layer (a test holds
/// this).
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    bind(&[List], &[plain(KeyCode::Enter)], Action::Open, (1, "details"), "open the details"),
    bind(&[Organizations], &[plain(KeyCode::Enter)], Action::Open, (1, "open"), "open the organization"),
    bind(&[Filter], &[plain(KeyCode::Enter)], Action::Open, (1, "keep"), "keep the filter"),
    bind(&[Welcome], &[plain(KeyCode::Enter), char('d')], Action::Demo, (1, "start the demo"), "start the demo"),
    bind(&[List], &[char('/')], Action::Filter, (2, "filter"), "narrow the list"),
    bind(&[List], &[char('o')], Action::Order, (5, "order"), "order by the next column"),
    bind(&[List], &[char('O')], Action::Reverse, (0, "reverse"), "turn the order round"),
    bind(&[List, Details], &[char('y')], Action::Copy, (4, "copy"), "copy the id; in the details, the value under the cursor"),
    bind(&[List, Details, Organizations], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (6, "refresh"), "ask Atlas again now; it happens by itself every minute"),
    bind(&[List], &[char('w')], Action::Organizations, (7, "organization"), "switch to another organization"),
    bind(&[List, Details], &[char('!')], Action::Problem, (0, "problem"), "show the last problem whole"),
    bind(IDENTITY, &[char('e')], Action::Permissions, (2, "roles"), "edit permissions: the organization roles"),
    bind(IDENTITY, &[char('a')], Action::AccessList, (2, "access"), "edit the access list: from where it may call"),
    bind(IDENTITY, &[char('p')], Action::Projects, (3, "projects"), "its projects, and its roles there"),
    bind(IDENTITY, &[char('i')], Action::Rename, (5, "name"), "edit name and description"),
    bind(&[List], &[char('D')], Action::Delete, (3, "delete"), "delete it, after a text was typed"),
    bind(&[Details], &[char('D')], Action::Delete, (5, "delete"), "delete it, or revoke the secret under the cursor, after a text was typed"),
    bind(IDENTITY, &[char('s')], Action::GenerateSecret, (1, "secret"), "generate a new client secret"),
    bind(IDENTITY, &[char('R')], Action::Rotate, (0, "rotate"), "rotate: put a new credential in its place, watch, revoke the old one"),
    bind(&[List], &[char('u')], Action::Unfinished, (0, "left open"), "what was left open: secrets that were asked for without an answer"),
    bind(&[List], &[char('n')], Action::Create, (3, "new"), "create a service account, or an API key"),
    bind(&[List], &[char('c')], Action::Clone, (0, "clone"), "create one like this"),
    bind(&[List], &[char(' ')], Action::Mark, (7, "mark"), "mark the row; D, a and e then do one thing to all that are marked"),
    bind(&[List], &[char('S')], Action::Settings, (0, "settings"), "the organization's settings that bear on access"),
    bind(&[Projects], &[plain(KeyCode::Enter)], Action::Open, (1, "roles there"), "choose the roles in the project; none: not in it"),
    bind(&[Roles, Settings], &[char(' ')], Action::Toggle, (1, "toggle"), "tick or untick"),
    bind(EDITORS, &[plain(KeyCode::Enter)], Action::Save, (2, "save"), "save; nothing is sent before"),
    bind(EDITORS, &[char('u')], Action::Undo, (3, "undo"), "take back the last step"),
    bind(&[AccessList], &[char('n')], Action::Add, (1, "add"), "add access list entries: an address, a range, or many at once"),
    bind(&[AccessList], &[char('c')], Action::AddCurrentAddress, (1, "current IP"), "use current IP address"),
    bind(&[AccessList], &[char('d')], Action::Remove, (1, "remove"), "remove the entry, or take it back in"),
    bind(&[Form], &[plain(KeyCode::Enter)], Action::Save, (1, "save"), "save, or take it over"),
    bind(&[Sentence], &[plain(KeyCode::Enter)], Action::Save, (1, "confirm"), "confirm, once the text stands there"),
    bind(&[Form], &[plain(KeyCode::Tab), plain(KeyCode::Down)], Action::NextField, (2, "next field"), "to the next field"),
    bind(&[Form], &[plain(KeyCode::BackTab), plain(KeyCode::Up)], Action::PreviousField, (0, "field before"), "to the field before"),
    bind(&[Secret], &[plain(KeyCode::Enter)], Action::Open, (1, "go on"), "take this life; with two secrets: revoke this one first"),
    bind(&[Sink], &[plain(KeyCode::Enter)], Action::Open, (1, "go on"), "send it there; the place is tried first"),
    bind(&[Made], &[char('y')], Action::Copy, (2, "copy"), "copy the secret; that does not count as saved"),
    bind(&[Made], &[char('v')], Action::Reveal, (3, "show"), "show the secret for a moment, or hide it again"),
    bind(&[Made], &[char('t')], Action::TryOut, (4, "try"), "try the new credential out: sign in with it once"),
    bind(&[Made], &[char('w')], Action::HandOver, (1, "send"), "send the secret somewhere, or somewhere else"),
    bind(&[Made], &[char('D')], Action::Delete, (5, "discard"), "discard the secret: revoke it at Atlas, after a text was typed"),
    bind(&[Made], &[plain(KeyCode::Esc), char('q')], Action::Back, (8, "close"), "close, once it is certainly kept"),
    bind(&[Unfinished], &[char('D')], Action::Delete, (1, "delete"), "delete what was made and whose secret is lost, after a text was typed"),
    bind(&[Unfinished], &[char('x')], Action::Forget, (2, "forget"), "leave it as it is, and do not tell it again"),
    bind(&[Unfinished, Rotation], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (3, "look again"), "ask Atlas again"),
    bind(&[Rotation], &[char('D')], Action::Delete, (1, "revoke the old one"), "revoke or delete the old one, after a text was typed"),
    bind(&[Rotation], &[char('x')], Action::Forget, (4, "forget"), "forget the rotation; nothing is changed at Atlas"),
    bind(&[Confirm], &[char('y')], Action::Agree, (1, "go on"), "go on with it"),
    bind(&[Confirm], &[char('r')], Action::Refresh, (1, "try again"), "try again"),
    bind(&[Confirm, Roles, AccessList, Settings, Secret, Sink], &[plain(KeyCode::Esc), char('q')], Action::Back, (8, "cancel"), "go back; nothing is sent"),
    bind(&[Palette], &[plain(KeyCode::Esc)], Action::Back, (8, "close"), "one step back"),
    bind(&[Sentence, Form], &[plain(KeyCode::Esc)], Action::Back, (8, "cancel"), "go back; nothing is sent"),
    bind(ROWS, &[char('j'), plain(KeyCode::Down)], Action::Down, (0, "down"), "next row"),
    bind(ROWS, &[char('k'), plain(KeyCode::Up)], Action::Up, (0, "up"), "previous row"),
    bind(PROSE, &[char('j'), plain(KeyCode::Down)], Action::Down, (2, "down"), "next line"),
    bind(PROSE, &[char('k'), plain(KeyCode::Up)], Action::Up, (3, "up"), "previous line"),
    bind(&[Palette], &[plain(KeyCode::Enter)], Action::Open, (1, "do it"), "do what stands under the cursor"),
    bind(&[Palette], &[plain(KeyCode::Down)], Action::Down, (2, "down"), "next row"),
    bind(&[Palette], &[plain(KeyCode::Up)], Action::Up, (3, "up"), "previous row"),
    bind(&[Palette], &[plain(KeyCode::PageDown)], Action::HalfPageDown, (0, "half a page"), "half a page down"),
    bind(&[Palette], &[plain(KeyCode::PageUp)], Action::HalfPageUp, (0, "half a page"), "half a page up"),
    bind(&[Filter], &[plain(KeyCode::Down)], Action::Down, (0, "down"), "next row"),
    bind(&[Filter], &[plain(KeyCode::Up)], Action::Up, (0, "up"), "previous row"),
    bind(&[Sentence], &[plain(KeyCode::Down)], Action::Down, (3, "down"), "next line"),
    bind(&[Sentence], &[plain(KeyCode::Up)], Action::Up, (4, "up"), "previous line"),
    bind(SCROLLED, &[char('g'), plain(KeyCode::Home)], Action::First, (0, "first"), "first row"),
    bind(SCROLLED, &[char('G'), plain(KeyCode::End)], Action::Last, (0, "last"), "last row"),
    bind(SCROLLED, &[ctrl('d'), plain(KeyCode::PageDown)], Action::HalfPageDown, (0, "half a page"), "half a page down"),
    bind(SCROLLED, &[ctrl('u'), plain(KeyCode::PageUp)], Action::HalfPageUp, (0, "half a page"), "half a page up"),
    bind(&[List], &[plain(KeyCode::Tab), plain(KeyCode::Right)], Action::NextTab, (6, "other tab"), "the other tab"),
    bind(&[List], &[plain(KeyCode::BackTab), plain(KeyCode::Left)], Action::PreviousTab, (0, "other tab"), "the other tab, backwards"),
    bind(&[List], &[char('1')], Action::ServiceAccounts, (0, "service accounts"), "the service accounts"),
    bind(&[List], &[char('2')], Action::ApiKeys, (0, "API keys"), "the API keys"),
    bind(&[List, Details, Organizations, Problem, Welcome, Confirm, Roles, AccessList, Projects, Settings, Secret, Sink, Made, Unfinished, Rotation], &[char('?'), plain(KeyCode::F(1))], Action::Help, (9, "help"), "show the keys"),
    bind(&[Filter, Sentence, Form, Palette], &[plain(KeyCode::F(1))], Action::Help, (9, "help"), "show the keys"),
    bind(&[List], &[char(':')], Action::Palette, (7, "commands"), "find what can be done, by name; the Atlas CLI's words do too"),
    bind(ABOVE, &[char(':')], Action::Palette, (0, "commands"), "find what can be done, by name"),
    bind(&[List], &[plain(KeyCode::Esc)], Action::Back, (8, "stop"), "one step back; stop what takes long to be read"),
    bind(DIALOGS, &[plain(KeyCode::Esc)], Action::Back, (8, "close"), "one step back"),
    bind(&[Filter], &[plain(KeyCode::Esc)], Action::Back, (8, "clear"), "clear the filter"),
    bind(&[List, Welcome], &[char('q')], Action::Quit, (8, "quit"), "leave gatehouse"),
    bind(DIALOGS, &[char('q')], Action::Quit, (0, "close"), "one step back"),
    bind(EVERYWHERE, &[ctrl('c')], Action::Interrupt, (0, "leave"), "one step back; twice: leave gatehouse"),
    bind(EVERYWHERE, &[ctrl('z')], Action::Suspend, (0, "to the shell"), "to the shell, until fg"),
    bind(EVERYWHERE, &[ctrl('l')], Action::Redraw, (0, "redraw"), "draw everything anew"),
];

/// What a key means in a layer.
#[must_use]
pub fn lookup(layer: Layer, key: Key) -> Option<Action> {
    BINDINGS
        .iter()
        .find(|binding| binding.layers.contains(&layer) && binding.keys.contains(&key))
        .map(|binding| binding.action)
}

/// The lines of the table that hold in a layer, in the table's order.
pub fn of_layer(layer: Layer) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.layers.contains(&layer))
}

/// The footer's lines of a layer, by rank.
#[must_use]
pub fn footer(layer: Layer) -> Vec<&'static Binding> {
    let mut lines: Vec<_> = of_layer(layer).filter(|binding| binding.rank > 0).collect();
    lines.sort_by_key(|binding| binding.rank);
    lines
}

/// The keys of a line as they are written: `j ↓`.
#[must_use]
pub fn written(binding: &Binding) -> String {
    binding.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_one_thing_in_each_layer() {
        for layer in Layer::ALL {
            let mut seen = std::collections::HashMap::new();
            for binding in of_layer(layer) {
                for key in binding.keys {
                    let before = seen.insert(key, binding.action);
                    assert_eq!(before, None, "{} in {layer:?}", key.name());
                }
            }
        }
    }

    #[test]
    fn every_layer_shows_its_help_and_a_way_out() {
        for layer in Layer::ALL {
            let footer: Vec<_> = footer(layer).iter().map(|binding| binding.action).collect();
            if layer != Layer::Help {
                assert!(footer.contains(&Action::Help), "{layer:?}: {footer:?}");
            }
            let out = [Action::Back, Action::Quit];
            assert!(footer.iter().any(|action| out.contains(action)), "{layer:?}: {footer:?}");
        }
    }

    #[test]
    fn no_printable_key_is_bound_where_text_is_typed() {
        for layer in Layer::ALL.into_iter().filter(|layer| layer.types_text()) {
            for key in of_layer(layer).flat_map(|binding| binding.keys) {
                assert!(key.ctrl || !matches!(key.code, KeyCode::Char(_)), "{}", key.name());
            }
        }
    }

    #[test]
    fn shift_and_release_are_noise() {
        let upper = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::of(&upper), Some(char('G')));
        let release = KeyEvent { kind: KeyEventKind::Release, ..upper };
        assert_eq!(Key::of(&release), None);
        assert_eq!(Key::of(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT)), None);
        assert_eq!(ctrl('d').name(), "ctrl-d");
    }
}
