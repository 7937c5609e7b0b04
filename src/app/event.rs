//! What comes in and what goes out: facts that change the program, and wishes that
//! only the world can fulfil.

use std::sync::Arc;

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::{Position, Size};

use super::calls::CallId;
use super::credentials::{Candidate, Choice, Recent, Used};
use super::held::Way;
use super::state::Setting;
use crate::atlas::kept::{Kept, Whose};
use crate::atlas::secret::TriedOut;
use crate::atlas::{ApiError, Clean, Issued, OrgId, Read, Reply, Urgency, Write, WriteError};
use crate::rules::hand_over::{About, Sink};
use crate::rules::intent::{Intent, Note};
use crate::rules::neighbour::Neighbour;
use crate::rules::rotation::Rotation;

/// What somebody does with the mouse, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// The button was pressed at this place of the screen.
    Press(Position),
    /// The wheel was turned away from oneself.
    WheelUp,
    /// The wheel was turned towards oneself.
    WheelDown,
}

/// A fact that can change the program.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse was used.
    Pointer(Pointer),
    /// The terminal has another size.
    Resize(Size),
    /// Time has passed; nothing else happened.
    Tick,
    /// Atlas answered, perhaps in part.
    Reply(CallId, Result<Reply, ApiError>),
    /// Atlas wants to be left alone for so long from now on, in this session.
    AskedToWait(CallId, SignedDuration),
    /// What fills in behind is not asked for so long from now on, in this session: what is
    /// left of Atlas' limits is kept for the administrator.
    HeldBack(CallId, SignedDuration),
    /// What time it is at Atlas, in this session; the first time, and where that is not
    /// as expected.
    AtlasTime(CallId, Timestamp),
    /// A change was answered, perhaps with what is shown once, or came to nothing.
    Changed(CallId, Result<Option<Arc<Issued>>, WriteError>),
    /// What earlier sessions left open; the first of all events.
    Found(Box<Found>),
    /// This place for a secret is good; else why not.
    Reserved(Sink, Result<(), String>),
    /// The secret of this note arrived in this place, or did not for this reason.
    HandedOver(String, Result<String, String>),
    /// The secret was copied.
    Copied(Way),
    /// The credential was tried out.
    TriedOut(Result<TriedOut, ApiError>),
    /// Something could not be kept, for this reason.
    Warning(String),
    /// These gatehouses are open on this machine too, the oldest first.
    Neighbours(Vec<Neighbour>),
    /// What an earlier session kept of these lists, if there is anything.
    Recalled(Whose, Option<Box<Kept>>),
    /// Somebody has turned to the terminal again.
    Watched,
    /// The credentials of this machine.
    Credentials(Vec<Candidate>),
    /// Another credential is ready; else why it cannot be used.
    Turned(CallId, Result<Box<Setting>, String>),
    /// Nobody may be looking at the terminal any more.
    Unwatched,
    /// A file was read as text, or could not be, for this reason.
    File(Result<String, String>),
    /// This page was handed to a browser, by the program of this name; else why not.
    Browsed(Clean, Result<String, String>),
    /// The system asks the program to end.
    Terminate,
}

/// A wish that only the world can fulfil.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask Atlas; the answer comes back as [`Event::Reply`] with the same id.
    Call(CallId, Read, Urgency),
    /// Nobody waits for these answers any more: they need not be asked for further.
    Drop(Vec<CallId>),
    /// Change something at Atlas, once; the answer comes back as [`Event::Changed`].
    Change(CallId, Write),
    /// The same for what brings a secret: this is written down first, and where that
    /// fails nothing is sent.
    Issue(CallId, Write, Box<Intent>),
    /// Write down that a change is sent which brings no secret, until it is settled.
    Note(Box<Intent>),
    /// Make sure that a secret can be put there; it comes back as [`Event::Reserved`].
    Reserve(Sink),
    /// The place that was made sure of is not needed.
    Release,
    /// Put a secret into the place that was made sure of.
    HandOver(Box<HandOver>),
    /// Put a secret into the clipboard; it comes back as [`Event::Copied`].
    CopySecret(Arc<Issued>),
    /// Clear the clipboard, if what we put there is still in it.
    ClearClipboard,
    /// Sign in with a credential, once.
    TryOut(OrgId, Arc<Issued>),
    /// What was written down under this name is settled: the secret is kept, or is no
    /// more.
    Settle(String),
    /// Keep a rotation, also beyond this session.
    KeepRotation(Box<Rotation>),
    /// Forget the rotation of this name.
    ForgetRotation(String),
    /// Remember that this credential, by its public half, may go to this origin.
    Trust {
        /// Its public half.
        credential: Clean,
        /// Scheme, host and port.
        origin: Clean,
    },
    /// Look which credentials there are; they come back as [`Event::Credentials`].
    FindCredentials,
    /// Make this credential ready; it comes back as [`Event::Turned`] with the same id.
    Turn(CallId, Choice),
    /// That credential is not turned to: what was made ready is let go.
    LetGo(CallId),
    /// Ask with the credential that was made ready from now on: what the last one was
    /// still asking is dropped, and it signs out. The session has this id.
    Adopt(CallId),
    /// Remember, beyond this session, what was chosen.
    Remember(Used),
    /// Look what an earlier session kept of these lists that is still of use at this time;
    /// it comes back as [`Event::Recalled`].
    RecallLists(Whose, Timestamp),
    /// Keep these lists for the next session, in the place of those before.
    KeepLists(Box<Kept>),
    /// Forget what was kept of these lists.
    ForgetLists(Whose),
    /// Read this file as text; it comes back as [`Event::File`].
    ReadFile(String),
    /// Open this page with this command, or with the desktop's own where it is empty; it
    /// comes back as [`Event::Browsed`].
    Browse(Clean, Vec<String>),
    /// Hand text to the terminal's clipboard.
    Copy(Clean),
    /// Give the terminal back and stop until the shell says `fg`.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave and start the demo instead.
    Demo,
    /// Leave.
    Quit,
}

/// A secret on its way to its place.
#[derive(Debug, PartialEq, Eq)]
pub struct HandOver {
    /// The intent that it belongs to.
    pub note: String,
    /// The credential.
    pub issued: Arc<Issued>,
    /// The place, which was made sure of.
    pub sink: Sink,
    /// What is written beside it.
    pub about: About,
}

/// What earlier sessions left open.
#[derive(Debug, Default)]
pub struct Found {
    /// What was asked for or sent and not settled, as far as is known.
    pub notes: Vec<Note>,
    /// Secrets of these that were saved when their session was ended by force.
    pub rescued: Vec<(String, Arc<Issued>)>,
    /// Rotations under way.
    pub rotations: Vec<Rotation>,
    /// What was chosen last.
    pub recent: Recent,
    /// What could not be read, in sentences.
    pub troubles: Vec<String>,
}
