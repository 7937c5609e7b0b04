//! Secrets that are shown once, from before they are asked for until they are
//! certainly kept: where they go, what is written down first, what is held.
//!
//! Knows no file, no command and no clipboard: these are effects.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::calls::CallId;
use super::identity::{Identity, Kind};
use super::rotations::Before;
use super::state::State;
use super::{Effect, HandOver};
use crate::atlas::secret::{ExposeSecret, TriedOut};
use crate::atlas::{ApiError, Clean, IdentityId, Issued, Read, ServiceAccount, Urgency, Write};
use crate::rules::change::{Change, New};
use crate::rules::hand_over::{About, Sink};
use crate::rules::intent::{Asks, Intent, Then};
use crate::rules::rotation::Trial;

/// A clipboard of our own is cleared after this time.
pub const CLIPBOARD_TIME: SignedDuration = SignedDuration::from_secs(45);
/// So many characters at its end prove that a secret is at hand.
pub const PROOF: usize = 4;

/// Where the next secret goes.
#[derive(Debug)]
pub enum Place {
    /// It is being probed, for this.
    Probing(Sink, Purpose),
    /// It cannot go there, for this reason.
    Refused(Clean),
    /// It is ready.
    Ready(Sink),
}

/// What a place is probed for.
#[derive(Debug)]
pub enum Purpose {
    /// For a change that brings a secret; so many screens stay once it is done.
    Change(Box<Change>, usize),
    /// For the secret that is held.
    Held,
}

/// A credential that is being asked for.
#[derive(Debug)]
pub struct Issuing {
    pub(super) call: CallId,
    pub(super) intent: Intent,
    pub(super) sink: Sink,
    replaces: Option<Before>,
}

/// How far a held secret has come on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It was sent nowhere.
    Here,
    /// It is on its way.
    Sending,
    /// It could not be put there, for this reason.
    Failed(Clean),
}

/// Whether a held credential was tried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// Not yet.
    No,
    /// It is being.
    Trying,
    /// Atlas took it, at this time.
    Good(TriedOut, Timestamp),
    /// It did not, or could not be asked.
    Bad(Box<ApiError>),
}

/// How a secret got to a clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Into the desktop's own: it stays until it is cleared or we end.
    Desktop,
    /// It was sent to the terminal, which may or may not have taken it.
    Terminal,
    /// The same, inside of tmux.
    Tmux,
}

/// A secret that was issued and is not acknowledged yet.
#[derive(Debug)]
pub struct Held {
    /// The intent that it belongs to.
    pub note: String,
    /// The credential.
    pub issued: Arc<Issued>,
    /// What is written beside it.
    pub about: About,
    /// Where it goes.
    pub sink: Sink,
    /// How far it has come.
    pub delivery: Delivery,
    /// The places where it is safe, in words: once there, it stays there.
    pub kept: Vec<Clean>,
    /// Whether it was tried out.
    pub tried: Tried,
    /// How it was copied, if it was.
    pub copied: Option<Way>,
    /// It was saved when the program was ended, and is back.
    pub rescued: bool,
    /// Its organization and host are those on screen: Atlas can be asked about it.
    pub here: bool,
    /// What is to follow.
    pub then: Then,
    pub(super) replaces: Option<Before>,
    pub(super) at: Timestamp,
}

impl Held {
    fn new(note: String, issued: Arc<Issued>, about: About, at: Timestamp) -> Self {
        Self {
            note,
            issued,
            about,
            sink: Sink::Screen,
            delivery: Delivery::Here,
            kept: Vec::new(),
            tried: Tried::No,
            copied: None,
            rescued: false,
            here: true,
            then: Then::default(),
            replaces: None,
            at,
        }
    }

    /// A secret that was saved when an earlier session was ended by force.
    pub(super) fn rescued(intent: Intent, issued: Arc<Issued>, about: About, here: bool) -> Self {
        let replaces = match &intent.asks {
            Asks::Secret { before, .. } if intent.then.rotates => {
                before.first().cloned().map(Before::Secret)
            }
            _ => None,
        };
        let held = Self::new(intent.id, issued, about, intent.at);
        Self { rescued: true, here, then: intent.then, replaces, ..held }
    }

    /// A time of ours by Atlas' clock: the ids that it gives tell the second.
    pub(super) fn by_atlas(&self, time: Timestamp) -> Timestamp {
        let created = match (&self.issued.owner, &self.issued.secret_id) {
            (_, Some(secret)) => secret.created(),
            (IdentityId::ApiKey(key), None) => key.created(),
            (IdentityId::ServiceAccount(account), None) => account.created(),
        };
        created.map_or(time, |created| time + created.duration_since(self.at))
    }

    /// Whether it is certainly kept.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Whether this is how the secret ends: who knows that has it.
    #[must_use]
    pub fn is_proof(&self, text: &str) -> bool {
        let (secret, text) = (self.issued.secret.expose_secret(), text.trim());
        text.chars().count() >= PROOF.min(secret.chars().count()) && secret.ends_with(text)
    }

    /// The change that takes it back at Atlas. A service account is not deleted for a
    /// secret whose id is not known, and nothing is whose own is not.
    #[must_use]
    pub fn discard(&self) -> Option<Change> {
        let (owner, secret) = (&self.issued.owner, self.issued.secret_id.as_ref());
        let unnamed = matches!(owner, IdentityId::ServiceAccount(_)) && secret.is_none();
        (!unnamed && owner.is_addressable()).then(|| Change::taking_back(owner, secret))
    }

    /// Whether a change took it back.
    pub(super) fn is_undone_by(&self, change: &Change) -> bool {
        match change {
            Change::RevokeSecret { secret, .. } => self.issued.secret_id.as_ref() == Some(secret),
            Change::Delete { id } => self.issued.owner == *id,
            _ => false,
        }
    }
}

/// What a change is to do once its secret is there.
fn then(change: &Change) -> Then {
    match change {
        Change::GenerateSecret { rotates, .. } => Then { rotates: *rotates, ..Then::default() },
        Change::Create { entries, grants, .. } => {
            Then { entries: entries.len(), projects: grants.len(), ..Then::default() }
        }
        _ => Then::default(),
    }
}

impl State {
    /// Probes a place before a secret is asked for, or for the one that is held;
    /// whether there is nothing to probe about it.
    pub(super) fn probe(&mut self, sink: Sink, purpose: Purpose) -> bool {
        let reserved = sink.is_reserved();
        self.place = Some(Place::Probing(sink.clone(), purpose));
        if reserved {
            self.calls.send(Effect::Reserve(sink));
        }
        !reserved
    }

    /// Takes in whether the place is good.
    pub(super) fn probed(&mut self, result: Result<(), String>) {
        let Some(Place::Probing(sink, purpose)) =
            self.place.take_if(|place| matches!(place, Place::Probing(..)))
        else {
            return;
        };
        if let Err(why) = result {
            self.place = Some(Place::Refused(Clean::new(&why)));
            return;
        }
        match purpose {
            Purpose::Change(change, depth) => {
                self.place = Some(Place::Ready(sink));
                self.propose(*change, depth);
            }
            Purpose::Held => {
                if let Some(held) = self.held.front_mut() {
                    held.sink = sink;
                }
                self.deliver();
            }
        }
    }

    /// The place is not needed any more.
    pub(super) fn release_place(&mut self) {
        if self.place.take().is_some() {
            self.calls.send(Effect::Release);
        }
    }

    /// Sends a write that brings a secret: what is about to be asked for is written
    /// down first.
    pub(super) fn issue(&mut self, write: Write, change: &Change) -> CallId {
        let sink = match self.place.take() {
            Some(Place::Ready(sink)) => sink,
            _ => Sink::Screen,
        };
        let call = self.calls.next_id();
        let (to, then) = (Clean::new(&sink.words()), then(change));
        let intent = Intent { to, then, ..self.intent(call, self.asks(change)) };
        self.calls.issue(call, write, intent.clone(), self.now);
        let replaces = self.replaced_by(change);
        self.issuing = Some(Issuing { call, intent, sink, replaces });
        call
    }

    /// What is written down before this is asked for.
    pub(super) fn intent(&self, call: CallId, asks: Asks) -> Intent {
        Intent {
            id: format!("{}-{}", self.setting.session, call.number()),
            host: self.setting.host.clone(),
            org: self.org.as_ref().map(|org| org.id.clone()).unwrap_or_default(),
            asks,
            at: self.now,
            to: Clean::default(),
            then: Then::default(),
        }
    }

    /// What is asked for, and what is there before.
    fn asks(&self, change: &Change) -> Asks {
        let rows = |kind| self.org.iter().flat_map(move |org| org.list(kind).rows());
        match change {
            Change::Create { new: New::ApiKey(new), .. } => Asks::ApiKey {
                description: Clean::new(&new.description),
                before: rows(Kind::ApiKeys)
                    .filter_map(|row| Some(row.identity.key()?.id.clone()))
                    .collect(),
            },
            Change::Create { new: New::ServiceAccount(new), .. } => Asks::ServiceAccount {
                name: Clean::new(&new.name),
                before: rows(Kind::ServiceAccounts)
                    .filter_map(|row| Some(row.identity.account()?.id.clone()))
                    .collect(),
            },
            other => {
                let target = other.target();
                let row = target.as_ref().and_then(|id| self.org.as_ref()?.row(id));
                let account = match row.map(|row| &row.identity) {
                    Some(Identity::ServiceAccount(account)) => account.clone(),
                    _ => ServiceAccount::default(),
                };
                let ids = account.secrets.known().into_iter().flatten();
                Asks::Secret {
                    account: account.id.clone(),
                    name: account.name.known().cloned().unwrap_or_default(),
                    before: ids.map(|secret| secret.id.clone()).collect(),
                }
            }
        }
    }

    /// A secret came: it is held from now on, and sent where it is to go at once,
    /// whatever is still to be done for its owner.
    pub(super) fn hold(&mut self, call: CallId, issued: Arc<Issued>) {
        let Some(issuing) = self.issuing.take_if(|issuing| issuing.call == call) else { return };
        let about = self.about(&issuing.intent, &issued);
        let held = Held::new(issuing.intent.id.clone(), issued, about, self.now);
        let Issuing { sink, replaces, intent, .. } = issuing;
        self.held.push_back(Held { sink, replaces, then: intent.then, ..held });
        if self.held.len() == 1 {
            self.deliver();
        }
    }

    pub(super) fn about(&self, intent: &Intent, issued: &Issued) -> About {
        About {
            name: intent.asks.name().to_string(),
            id: Some(issued.owner.as_str().to_owned()),
            org: intent.org.clone(),
            base_url: self.setting.base_url.clone(),
        }
    }

    /// Sends the held secret to where it goes.
    fn deliver(&mut self) {
        self.place = None;
        let Some(held) = self.held.front_mut() else { return };
        match &held.sink {
            Sink::Screen => {}
            Sink::Clipboard => self.calls.send(Effect::CopySecret(held.issued.clone())),
            sink => {
                let hand_over = HandOver {
                    note: held.note.clone(),
                    issued: held.issued.clone(),
                    sink: sink.clone(),
                    about: held.about.clone(),
                };
                held.delivery = Delivery::Sending;
                self.calls.send(Effect::HandOver(Box::new(hand_over)));
            }
        }
    }

    /// Takes in whether the held secret arrived.
    pub(super) fn handed_over(&mut self, note: &str, result: Result<String, String>) {
        let Some(held) = self.held.iter_mut().find(|held| held.note == note) else { return };
        held.delivery = match result {
            Ok(place) => {
                held.kept.push(Clean::new(&place));
                Delivery::Here
            }
            Err(why) => Delivery::Failed(Clean::new(&why)),
        };
    }

    /// Copies the held secret.
    pub(super) fn copy_held(&mut self) {
        if let Some(held) = self.held.front() {
            self.calls.send(Effect::CopySecret(held.issued.clone()));
        }
    }

    /// Takes in how it was copied.
    pub(super) fn was_copied(&mut self, way: Way) {
        if way == Way::Desktop {
            self.clear_clipboard_at = Some(self.now + CLIPBOARD_TIME);
        }
        if let Some(held) = self.held.front_mut() {
            held.copied = Some(way);
        }
    }

    /// Clears the clipboard when its time has come.
    pub(super) fn clear_clipboard_when_due(&mut self) {
        if self.clear_clipboard_at.is_some_and(|due| due <= self.now) {
            self.clear_clipboard_at = None;
            self.calls.send(Effect::ClearClipboard);
        }
    }

    /// Tries the held credential out.
    pub(super) fn try_held_out(&mut self) {
        let Some(held) = self.held.front_mut().filter(|held| held.here) else { return };
        if held.tried == Tried::Trying {
            return;
        }
        held.tried = Tried::Trying;
        let owner = held.issued.owner.clone();
        let effect = Effect::TryOut(held.about.org.clone(), held.issued.clone());
        self.calls.send(effect);
        // Signing in works from everywhere; what tells whether calls do is read beside it.
        self.look_at(&owner);
        self.ask(Read::CurrentAddress, Urgency::Person);
    }

    /// Takes in what came of it.
    pub(super) fn tried_out(&mut self, result: Result<TriedOut, ApiError>) {
        if let Some(held) = self.held.iter_mut().find(|held| held.tried == Tried::Trying) {
            held.tried = match result {
                Ok(how) => {
                    let at = held.by_atlas(self.now);
                    let secret = held.issued.secret_id.clone();
                    self.trials.extend(secret.map(|secret| Trial { secret, at }));
                    Tried::Good(how, self.now)
                }
                Err(error) => Tried::Bad(Box::new(error)),
            };
        }
    }

    /// The held secret is certainly kept, or of no use any more: it goes.
    pub(super) fn let_go(&mut self, acknowledged: bool) {
        let Some(held) = self.held.pop_front() else { return };
        self.calls.send(Effect::Settle(held.note.clone()));
        if acknowledged {
            self.begin_rotation(&held);
            // After a rescue the list's cursor stands somewhere else.
            self.newest = Some(held.issued.owner.clone());
        }
        if !self.held.is_empty() {
            self.deliver();
        }
    }

    /// It was refused: nothing was made. Its place waits for as long as it may be tried
    /// again.
    pub(super) fn not_issued(&mut self, call: CallId) {
        let Some(issuing) = self.issuing.take_if(|issuing| issuing.call == call) else { return };
        self.place = Some(Place::Ready(issuing.sink));
        if self.task.is_none() {
            self.release_place();
        }
    }
}
