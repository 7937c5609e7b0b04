//! The table itself: every key of gatehouse, where it holds and what it is called.

use std::borrow::Cow;

use crossterm::event::KeyCode;

use super::key::{char, ctrl, plain};
use super::{Action, Key, Layer};

/// One line of the key table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Where it holds.
    pub layers: Cow<'static, [Layer]>,
    /// The keys, at least one; the first is shown where there is room for one.
    pub keys: Cow<'static, [Key]>,
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
    Binding { layers: Cow::Borrowed(layers), keys: Cow::Borrowed(keys), action, word, help, rank }
}

use Layer::{
    AccessList, Activity, Confirm, Credentials, Details, Filter, Form, Help, List, Made,
    Organizations, Palette, Problem, Projects, Raw, Roles, Rotation, Secret, Sentence, Settings,
    Sink, Twin, Unfinished, Welcome,
};

/// Places in which a cursor moves over rows.
const ROWS: &[Layer] = &[
    List,
    Details,
    Organizations,
    Credentials,
    Roles,
    AccessList,
    Projects,
    Settings,
    Secret,
    Sink,
    Unfinished,
    Activity,
    Twin,
];
/// Places that are read, line by line.
const PROSE: &[Layer] = &[Help, Problem, Welcome, Confirm, Raw];
/// Places in which one gets about.
const SCROLLED: &[Layer] = &[
    List,
    Details,
    Organizations,
    Credentials,
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
    Raw,
    Activity,
    Twin,
];
/// Everything that floats above the list and is left at once.
const DIALOGS: &[Layer] = &[
    Details,
    Organizations,
    Credentials,
    Help,
    Problem,
    Projects,
    Unfinished,
    Rotation,
    Raw,
    Activity,
    Twin,
];
/// Where something is chosen that is sent together.
const EDITORS: &[Layer] = &[Roles, AccessList, Settings];
/// Where something is told or chosen that is not sent yet.
const UNSENT: &[Layer] = &[Confirm, Roles, AccessList, Settings, Secret, Sink];
/// Where an identity is at hand.
const IDENTITY: &[Layer] = &[List, Details];
/// Everything above the lists in which no text is typed.
const ABOVE: &[Layer] = &[
    Details,
    Organizations,
    Credentials,
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
    Raw,
    Activity,
    Twin,
];
const EVERYWHERE: &[Layer] = &Layer::ALL;

/// Every key of gatehouse, as it is unless `config.toml` says otherwise. A key stands at
/// most once in each layer, and an action has the same keys in all of them, but for those
/// that type where text is typed (tests hold this).
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    bind(&[List], &[plain(KeyCode::Enter)], Action::Open, (1, "details"), "open the details"),
    bind(&[Organizations], &[plain(KeyCode::Enter)], Action::Open, (1, "open"), "open the organization"),
    bind(&[Filter], &[plain(KeyCode::Enter)], Action::Open, (1, "keep"), "keep the filter"),
    bind(&[Welcome], &[plain(KeyCode::Enter), char('d')], Action::Demo, (1, "start the demo"), "start the demo"),
    bind(&[List, Organizations, Credentials], &[char('/')], Action::Filter, (2, "filter"), "narrow the list"),
    bind(&[Help], &[char('/')], Action::Filter, (1, "find"), "find in the help"),
    bind(&[List], &[char('o')], Action::Order, (5, "order"), "order by the next column"),
    bind(&[List], &[char('O')], Action::Reverse, (0, "reverse"), "turn the order round"),
    bind(&[List, Details], &[char('y')], Action::Copy, (4, "copy"), "copy the id; in the details, the value under the cursor"),
    bind(&[List, Details, Organizations], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (6, "refresh"), "ask Atlas again now"),
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
    bind(&[List], &[char('u')], Action::Unfinished, (0, "left open"), "what was left open: secrets and changes without an answer"),
    bind(&[List], &[char('n')], Action::Create, (3, "new"), "create a service account, or an API key"),
    bind(&[List], &[char('c')], Action::Clone, (0, "clone"), "create one like this"),
    bind(&[List], &[char(' ')], Action::Mark, (7, "mark"), "mark the row; deleting, access lists and roles then go for all that are marked"),
    bind(&[List], &[char('S')], Action::Settings, (0, "settings"), "the organization's settings that bear on access"),
    bind(&[Credentials], &[plain(KeyCode::Enter)], Action::Open, (1, "switch"), "switch to the credential"),
    bind(&[Credentials], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (6, "look again"), "look again which credentials there are"),
    bind(&[List], &[char('W')], Action::Credentials, (0, "credential"), "switch to another credential: a profile of the Atlas CLI, or the environment's"),
    bind(IDENTITY, &[char('t')], Action::Activity, (6, "activity"), "its activity: what happened to it, and what it did"),
    bind(IDENTITY, &[char('T')], Action::AllActivity, (0, "all activity"), "all activity: everything that happened in the organization"),
    bind(&[Activity], &[char('y')], Action::Copy, (2, "copy"), "copy the event under the cursor"),
    bind(&[Activity], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (3, "look again"), "ask Atlas again, from the latest on"),
    bind(&[List, Details, Confirm, Roles, AccessList, Settings, Secret, Sink, Activity], &[char('x'), ctrl('x')], Action::Twin, (0, "by hand"), "show the same as it is done by hand, with the Atlas CLI and with curl"),
    bind(&[Sentence, Form], &[ctrl('x')], Action::Twin, (0, "by hand"), "show the same as it is done by hand, with the Atlas CLI and with curl"),
    bind(&[Twin], &[char('y')], Action::Copy, (2, "copy"), "copy the command under the cursor"),
    bind(IDENTITY, &[char('b')], Action::Browse, (0, "browser"), "open its page in the browser"),
    bind(IDENTITY, &[char('Y')], Action::CopyLink, (0, "copy link"), "copy the address of its page"),
    bind(IDENTITY, &[char('J')], Action::Raw, (0, "raw"), "show what Atlas sent about it, as it came (JSON)"),
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
    bind(&[Made], &[plain(KeyCode::Esc)], Action::Back, (8, "close"), "close, once it is certainly kept"),
    bind(&[Unfinished], &[char('D')], Action::Delete, (1, "delete"), "delete what was made and whose secret is lost, after a text was typed"),
    bind(&[Unfinished], &[char('x')], Action::Forget, (2, "forget"), "leave it as it is, and do not tell it again"),
    bind(&[Unfinished, Rotation, Raw], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (3, "look again"), "ask Atlas again"),
    bind(&[Rotation], &[char('D')], Action::Delete, (1, "revoke the old one"), "revoke or delete the old one, after a text was typed"),
    bind(&[Rotation], &[char('x')], Action::Forget, (4, "forget"), "forget the rotation; nothing is changed at Atlas"),
    bind(&[Confirm], &[char('y')], Action::Agree, (1, "go on"), "go on with it"),
    bind(&[Confirm], &[char('r'), plain(KeyCode::F(5))], Action::Refresh, (1, "try again"), "try again"),
    bind(UNSENT, &[plain(KeyCode::Esc)], Action::Back, (8, "cancel"), "go back; nothing is sent"),
    bind(UNSENT, &[char('q')], Action::Quit, (0, "cancel"), "go back; nothing is sent"),
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
    bind(&[List], &[char('?'), plain(KeyCode::F(1))], Action::Help, (9, "help"), "show the keys"),
    bind(ABOVE, &[char('?'), plain(KeyCode::F(1))], Action::Help, (9, "help"), "show the keys; in the help, hide them"),
    bind(&[Filter, Sentence, Form, Palette], &[plain(KeyCode::F(1))], Action::Help, (9, "help"), "show the keys"),
    bind(&[List], &[char(':')], Action::Palette, (7, "commands"), "find what can be done, by name; the Atlas CLI's words do too"),
    bind(ABOVE, &[char(':')], Action::Palette, (0, "commands"), "find what can be done, by name"),
    bind(&[List], &[plain(KeyCode::Esc)], Action::Back, (8, "stop"), "one step back; stop what takes long to be read"),
    bind(DIALOGS, &[plain(KeyCode::Esc)], Action::Back, (8, "close"), "one step back"),
    bind(&[Filter], &[plain(KeyCode::Esc)], Action::Back, (8, "clear"), "clear the filter"),
    bind(&[List, Welcome], &[char('q')], Action::Quit, (8, "quit"), "leave gatehouse"),
    bind(&[Made], &[char('q')], Action::Quit, (0, "close"), "close, once it is certainly kept"),
    bind(DIALOGS, &[char('q')], Action::Quit, (0, "close"), "one step back"),
    bind(EVERYWHERE, &[ctrl('c')], Action::Interrupt, (0, "leave"), "one step back; twice: leave gatehouse"),
    bind(EVERYWHERE, &[ctrl('z')], Action::Suspend, (0, "to the shell"), "to the shell, until fg"),
    bind(EVERYWHERE, &[ctrl('l')], Action::Redraw, (0, "redraw"), "draw everything anew"),
];
