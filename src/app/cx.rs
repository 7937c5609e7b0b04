//! What a screen may ask of the program. It changes nothing by itself: its wishes are
//! granted once it has taken in its key.

use super::credentials::Choice;
use super::palette::Deed as Chosen;
use super::state::State;
use crate::atlas::{Clean, IdentityId, OrgId};
use crate::rules::change::Change;
use crate::rules::hand_over::Sink;
use crate::rules::many::Deed;
use crate::screens::Screen;

/// What a screen may ask of the program while it takes in a key.
#[derive(Debug)]
pub struct Cx<'a> {
    /// What the program knows.
    pub state: &'a State,
    pub(super) wishes: Vec<Wish>,
}

/// What a screen has asked for.
#[derive(Debug)]
pub(super) enum Wish {
    Open(Box<dyn Screen>),
    Close,
    LookAt(IdentityId),
    LookAway(IdentityId),
    ReadRaw(IdentityId),
    ForgetRaw,
    OpenActivity(Option<IdentityId>),
    ReadFurther(usize),
    CloseActivity,
    Refresh,
    StopReading,
    Propose(Change, bool),
    ProposeMany(Deed, Vec<IdentityId>),
    RunMany,
    LeaveMany,
    Agree,
    TryAgain,
    DropTask,
    ReadOrganizations,
    OpenOrganization(OrgId),
    FindCredentials,
    TurnTo(Choice),
    Stay,
    Dismiss,
    Copy(Clean, &'static str),
    Say(String),
    ReadFile(String),
    Probe(Sink, Option<Box<Change>>),
    ReleasePlace,
    Acknowledge,
    CopySecret,
    TryOut,
    DiscardFound(String, Change),
    ForgetNote(String),
    EndRotation(String),
    Do(Chosen),
    Trust,
    Demo,
    Quit,
}

impl Cx<'_> {
    /// Puts a screen on top.
    pub fn open(&mut self, screen: Box<dyn Screen>) {
        self.wishes.push(Wish::Open(screen));
    }

    /// Closes this screen.
    pub fn close(&mut self) {
        self.wishes.push(Wish::Close);
    }

    /// Reads one identity anew, with everything about it.
    pub fn look_at(&mut self, id: IdentityId) {
        self.wishes.push(Wish::LookAt(id));
    }

    /// Lets the reading of one identity be.
    pub fn look_away(&mut self, id: IdentityId) {
        self.wishes.push(Wish::LookAway(id));
    }

    /// Reads what Atlas sends about one identity, to be shown as it comes.
    pub fn read_raw(&mut self, id: IdentityId) {
        self.wishes.push(Wish::ReadRaw(id));
    }

    /// Nobody looks at that any more.
    pub fn forget_raw(&mut self) {
        self.wishes.push(Wish::ForgetRaw);
    }

    /// Reads what happened, from the latest on: to one identity, or all of it.
    pub fn open_activity(&mut self, of: Option<IdentityId>) {
        self.wishes.push(Wish::OpenActivity(of));
    }

    /// Reads further back what happened, until there are so many events to show.
    pub fn read_further(&mut self, wanted: usize) {
        self.wishes.push(Wish::ReadFurther(wanted));
    }

    /// Reads no further, and closes this screen.
    pub fn close_activity(&mut self) {
        self.wishes.extend([Wish::CloseActivity, Wish::Close]);
    }

    /// Reads everything again.
    pub fn refresh(&mut self) {
        self.wishes.push(Wish::Refresh);
    }

    /// Lets all reading be.
    pub fn stop_reading(&mut self) {
        self.wishes.push(Wish::StopReading);
    }

    /// Begins a change at Atlas: what it would do is looked at first. `closes`: this
    /// screen closes once it is done.
    pub fn propose(&mut self, change: Change, closes: bool) {
        self.wishes.push(Wish::Propose(change, closes));
    }

    /// Begins one deed for many: what it would do to each is looked at first.
    pub fn propose_many(&mut self, deed: Deed, ids: Vec<IdentityId>) {
        self.wishes.push(Wish::ProposeMany(deed, ids));
    }

    /// Agrees to the plan for many, or takes it up again where it stopped.
    pub fn run_many(&mut self) {
        self.wishes.push(Wish::RunMany);
    }

    /// Turns away from a deed for many, unless one of them is under way: then it stops
    /// after that one.
    pub fn leave_many(&mut self) {
        self.wishes.push(Wish::LeaveMany);
    }

    /// Agrees to what was told about the change that is under way.
    pub fn agree(&mut self) {
        self.wishes.push(Wish::Agree);
    }

    /// Tries the change again that came to nothing.
    pub fn try_again(&mut self) {
        self.wishes.push(Wish::TryAgain);
    }

    /// Lets the change be, and closes this screen, unless it was sent already.
    pub fn drop_task(&mut self) {
        self.wishes.push(Wish::DropTask);
    }

    /// Reads again which organizations there are.
    pub fn read_organizations(&mut self) {
        self.wishes.push(Wish::ReadOrganizations);
    }

    /// Turns to another organization.
    pub fn open_organization(&mut self, id: OrgId) {
        self.wishes.push(Wish::OpenOrganization(id));
    }

    /// Looks again which credentials there are on this machine.
    pub fn find_credentials(&mut self) {
        self.wishes.push(Wish::FindCredentials);
    }

    /// Turns to another credential, once it is ready.
    pub fn turn_to(&mut self, choice: Choice) {
        self.wishes.push(Wish::TurnTo(choice));
    }

    /// Stays with the credential in use.
    pub fn stay(&mut self) {
        self.wishes.push(Wish::Stay);
    }

    /// Takes what stands on the status line as read: the last error, else the first warning.
    pub fn dismiss_trouble(&mut self) {
        self.wishes.push(Wish::Dismiss);
    }

    /// Hands text to the terminal's clipboard and says so; `what` names it.
    pub fn copy(&mut self, text: &str, what: &'static str) {
        self.wishes.push(Wish::Copy(Clean::new(text), what));
    }

    /// The same for a text of any length, which would mean something else if it were cut.
    pub fn copy_whole(&mut self, text: &str, what: &'static str) {
        self.wishes.push(Wish::Copy(Clean::whole(text), what));
    }

    /// Shows a word for a moment.
    pub fn say(&mut self, text: &'static str) {
        self.tell(text);
    }

    /// The same, for words that are made up.
    pub fn tell(&mut self, text: &str) {
        self.wishes.push(Wish::Say(text.to_owned()));
    }

    /// Reads a file as text; it comes as if it were pasted.
    pub fn read_file(&mut self, path: &str) {
        self.wishes.push(Wish::ReadFile(path.to_owned()));
    }

    /// Makes sure that a secret can be put into this place; then begins the change that
    /// brings it, or puts the one that is held there.
    pub fn probe(&mut self, sink: Sink, change: Option<Change>) {
        self.wishes.push(Wish::Probe(sink, change.map(Box::new)));
    }

    /// The place that was made sure of, or refused, is not wanted.
    pub fn release_place(&mut self) {
        self.wishes.push(Wish::ReleasePlace);
    }

    /// Lets the secret go that is held, and closes this screen: it is kept.
    pub fn acknowledge(&mut self) {
        self.wishes.push(Wish::Acknowledge);
    }

    /// Copies the secret that is held.
    pub fn copy_secret(&mut self) {
        self.wishes.push(Wish::CopySecret);
    }

    /// Tries out the credential that is held.
    pub fn try_out(&mut self) {
        self.wishes.push(Wish::TryOut);
    }

    /// Takes back what was found for a note, which settles it.
    pub fn discard_found(&mut self, note: &str, change: Change) {
        self.wishes.push(Wish::DiscardFound(note.to_owned(), change));
    }

    /// Takes a note as settled.
    pub fn forget_note(&mut self, id: &str) {
        self.wishes.push(Wish::ForgetNote(id.to_owned()));
    }

    /// Forgets a rotation.
    pub fn end_rotation(&mut self, name: &str) {
        self.wishes.push(Wish::EndRotation(name.to_owned()));
    }

    /// Closes this screen, and does what was chosen there.
    pub fn act(&mut self, deed: Chosen) {
        self.wishes.push(Wish::Do(deed));
    }

    /// The credential may go where it would go.
    pub fn trust(&mut self) {
        self.wishes.push(Wish::Trust);
    }

    /// Leaves and starts the demo instead.
    pub fn demo(&mut self) {
        self.wishes.push(Wish::Demo);
    }

    /// Leaves.
    pub fn quit(&mut self) {
        self.wishes.push(Wish::Quit);
    }
}
