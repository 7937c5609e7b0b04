//! What is being asked, and what is to be asked next. Knows no channel: calls go
//! out as effects.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::Effect;
use super::identity::Kind;
use super::keys::{Action, Layer};
use super::listing::Row;
use super::org::Org;
use super::state::{Link, State};
use crate::atlas::{IdentityId, OrgId, Read, Urgency, Write};
use crate::rules::intent::Intent;

/// Names one question, so that its answer is known when it comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

impl CallId {
    /// Its number, which no other call of this session has.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

/// After a failure the next try comes after these times, the last one for good.
pub(super) const RETRIES: [i64; 5] = [5, 10, 20, 40, 60];
/// What fills in behind asks at most this many questions of each kind at once.
const MOST_FILLS: usize = 4;
/// Details of rows out of sight are read behind only in lists up to this length
/// (Atlas' own limit is 500 of each kind); in longer ones, as they come in sight.
const LONGEST_FILLED: usize = 2_000;
/// Details out of sight are read again after this time, in seconds.
const OLD: i64 = 15 * 60;
/// What the administrator opens is read again unless it is younger than this, in
/// seconds.
const FRESH: i64 = 5;
/// Settings are read again at most this often, in seconds: Atlas allows few.
const SETTINGS_AGE: i64 = 60;
/// A wait shorter than this is not worth a word.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_millis(300);

/// A reading of the lists that is still to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    /// When its time comes.
    pub due: Timestamp,
    /// When it was planned.
    pub at: Timestamp,
}

#[derive(Debug)]
pub(super) struct Flight {
    pub read: Read,
    urgency: Urgency,
    since: Timestamp,
}

/// The questions on their way.
#[derive(Debug, Default)]
pub(super) struct Calls {
    last: u64,
    pub flying: HashMap<CallId, Flight>,
    /// The change that is on its way, and since when.
    writing: Option<(CallId, Timestamp)>,
    outbox: Vec<Effect>,
    pub next_refresh: Option<Planned>,
    pub failures: usize,
    /// How far the lists have been searched for missing details.
    pub filled: [usize; 2],
    /// The administrator has stopped the reading: nothing is filled in behind until
    /// something is read again.
    pub stopped: bool,
}

impl Calls {
    pub(super) fn take_outbox(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.outbox)
    }

    pub(super) fn person_waits_since(&self) -> Option<Timestamp> {
        self.flying
            .values()
            .filter(|flight| flight.urgency == Urgency::Person)
            .map(|flight| flight.since)
            .chain(self.writing.map(|(_, since)| since))
            .min()
    }

    /// A change is on its way.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// No call has an id that one of these had.
    pub(super) fn go_on_after(&mut self, before: &Self) {
        self.last = before.last;
    }

    pub(super) fn next_id(&mut self) -> CallId {
        self.last += 1;
        CallId(self.last)
    }

    /// Wants something of the world.
    pub(super) fn send(&mut self, effect: Effect) {
        self.outbox.push(effect);
    }

    /// Sends a change that brings a secret on its way, with what is written down
    /// before.
    pub(super) fn issue(&mut self, id: CallId, write: Write, intent: Intent, now: Timestamp) {
        self.outbox.push(Effect::Issue(id, write, Box::new(intent)));
        self.writing = Some((id, now));
    }

    /// Sends a change on its way.
    pub(super) fn write(&mut self, write: Write, now: Timestamp) -> CallId {
        debug_assert!(!write.issues(), "what brings a secret is written down first");
        let id = self.next_id();
        self.outbox.push(Effect::Change(id, write));
        self.writing = Some((id, now));
        id
    }

    /// Notes that a change was answered.
    pub(super) fn written(&mut self, id: CallId) {
        self.writing = self.writing.filter(|(writing, _)| *writing != id);
    }

    /// Lets questions be: their answers are not waited for, and they are not asked further.
    pub(super) fn drop(&mut self, dropped: impl Fn(CallId, &Flight) -> bool) -> Vec<Read> {
        let gone: Vec<_> = self.flying.extract_if(|id, flight| dropped(*id, flight)).collect();
        // What was not sent yet is not sent at all.
        let ids: Vec<_> = gone.iter().map(|(id, _)| *id).collect();
        self.outbox.retain(|effect| !matches!(effect, Effect::Call(id, ..) if ids.contains(id)));
        if !ids.is_empty() {
            self.outbox.push(Effect::Drop(ids));
        }
        gone.into_iter().map(|(_, flight)| flight.read).collect()
    }

    /// What the administrator waits for, each once.
    pub(super) fn wanted(&self) -> Vec<&'static str> {
        let wanted = self.flying.values().filter(|flight| flight.urgency == Urgency::Person);
        let mut subjects: Vec<_> = wanted.map(|flight| flight.read.subject()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    fn fills(&self, kind: Kind) -> usize {
        let of_kind = |read: &Read| match read {
            Read::AccessList(_, id) => Kind::of(id) == kind,
            _ => kind == Kind::ServiceAccounts,
        };
        self.behind().filter(|flight| of_kind(&flight.read)).count()
    }

    /// Whether anything that fills in behind is being asked.
    pub(super) fn is_filling(&self) -> bool {
        self.behind().next().is_some()
    }

    fn behind(&self) -> impl Iterator<Item = &Flight> {
        self.flying.values().filter(|flight| flight.urgency == Urgency::Background)
    }

    fn is_asking(&self, read: &Read) -> bool {
        self.flying.values().any(|flight| flight.read == *read)
    }
}

impl State {
    pub(super) fn ask(&mut self, read: Read, urgency: Urgency) -> CallId {
        let id = self.calls.next_id();
        self.calls.outbox.push(Effect::Call(id, read.clone(), urgency));
        self.calls.flying.insert(id, Flight { read, urgency, since: self.now });
        id
    }

    /// The first questions: which organizations there are, and everything about
    /// the one that was named.
    pub(super) fn begin(&mut self) {
        if self.setting.credential.is_none() || self.setting.doubt.is_some() {
            return;
        }
        if let Some(org) = self.setting.org.clone() {
            return self.open(org);
        }
        self.recall_lists();
        self.ask_organizations();
    }

    /// Asks which organizations the credential sees.
    pub(super) fn ask_organizations(&mut self) {
        if !self.calls.is_asking(&Read::Organizations) {
            self.organizations.ask();
            self.ask(Read::Organizations, Urgency::Person);
        }
    }

    /// Asks which organizations there are, where it is not known which is the one: nothing
    /// can be read of it before. Whether it does.
    fn ask_for_the_one(&mut self) -> bool {
        let is_known = self.org.as_ref().is_some_and(|org| !org.is_supposed);
        if !is_known {
            self.calls.stopped = false;
            self.ask_organizations();
        }
        !is_known
    }

    /// Turns to another organization: what was asked of the last is forgotten.
    pub(super) fn open(&mut self, id: OrgId) {
        let name = self
            .organizations
            .value
            .iter()
            .flatten()
            .find(|organization| organization.id == id)
            .and_then(|organization| organization.name.known().cloned());
        self.calls.drop(|_, _| true);
        (self.calls.failures, self.calls.stopped) = (0, false);
        (self.link, self.trouble, self.task) = (Link::Connecting, None, None);
        self.raw = None;
        self.org = Some(Org::new(id, name));
        self.recall_lists();
        self.ask_lists();
        self.ask_missing();
    }

    /// Reads everything again because the administrator says so.
    pub(super) fn refresh(&mut self) {
        if self.ask_for_the_one() {
            return;
        }
        let Some(org) = &mut self.org else { return };
        let (id, now) = (org.id.clone(), self.now);
        let old_settings = !org.settings.is_younger_than(SETTINGS_AGE, now);
        let nameless = org.name.value.is_none();
        for kind in Kind::ALL {
            org.list_mut(kind).expire(|_| true);
        }
        self.calls.filled = [0, 0];
        self.ask_lists();
        self.ask_wanted([
            (Read::Organization(id.clone()), nameless),
            (Read::Projects(id.clone()), true),
            (Read::Settings(id), old_settings),
            (Read::CurrentAddress, true),
        ]);
    }

    /// Lets all reading be, because the administrator says so; what is known stays. What a
    /// change waits for is its own affair.
    pub(super) fn stop_reading(&mut self) {
        self.calls.stopped = true;
        self.let_be(|_, _| true);
        let again = self.key(Layer::List, Action::Refresh);
        self.notify(&format!("stopped: {again} reads again"), false);
    }

    /// Lets the reading of one identity be, because the administrator looks away from it.
    pub(super) fn look_away(&mut self, id: &IdentityId) {
        self.let_be(|_, flight| {
            let of_it = match &flight.read {
                Read::AccessList(_, of) => of == id,
                Read::ServiceAccount(_, client) | Read::Grants(_, client) => {
                    matches!(id, IdentityId::ServiceAccount(of) if of == client)
                }
                Read::ApiKey(_, key) => matches!(id, IdentityId::ApiKey(of) if of == key),
                _ => false,
            };
            of_it && flight.urgency == Urgency::Person
        });
    }

    /// Lets some questions be, but none that a change waits for.
    pub(super) fn let_be(&mut self, which: impl Fn(CallId, &Flight) -> bool) {
        let kept = self.task.as_ref().map_or_else(Vec::new, |task| task.waiting().to_vec());
        for read in self.calls.drop(|id, flight| which(id, flight) && !kept.contains(&id)) {
            if let Some(asked) = self.asked(&read) {
                asked.let_be();
            }
        }
        self.schedule();
    }

    /// Reads again what has become old, when its time has come and somebody is there.
    pub(super) fn refresh_when_due(&mut self, visible: &[IdentityId]) {
        if self.calls.next_refresh.is_none_or(|next| next.due > self.now) || self.is_at_rest() {
            return;
        }
        self.calls.next_refresh = None;
        if self.ask_for_the_one() {
            return;
        }
        let now = self.now;
        let Some(org) = &mut self.org else { return };
        for kind in Kind::ALL {
            let list = org.list_mut(kind);
            list.expire(|row| row.has_failed() || !row.access().is_younger_than(OLD, now));
            list.expire_these(visible);
        }
        self.calls.filled = [0, 0];
        self.ask_lists();
        self.ask_missing();
    }

    /// Asks for what is read once and is not known: never asked, or it failed in a
    /// way that may pass.
    pub(super) fn ask_missing(&mut self) {
        let Some(org) = &self.org else { return };
        let id = org.id.clone();
        self.ask_wanted([
            (Read::Organization(id.clone()), org.name.is_missing()),
            (Read::Projects(id.clone()), org.projects.is_missing()),
            (Read::Settings(id), org.settings.is_missing()),
            (Read::CurrentAddress, org.address.is_missing()),
        ]);
    }

    fn ask_wanted<const N: usize>(&mut self, reads: [(Read, bool); N]) {
        for (read, _) in reads.into_iter().filter(|(_, wanted)| *wanted) {
            self.ask_once(read);
        }
    }

    /// Asks for the administrator, unless the same question is on its way.
    fn ask_once(&mut self, read: Read) {
        if !self.calls.is_asking(&read) {
            self.ask(read, Urgency::Person);
        }
    }

    /// Reads both lists, unless they are being read.
    pub(super) fn ask_lists(&mut self) {
        let Some(org) = &mut self.org else { return };
        (self.calls.next_refresh, self.calls.stopped) = (None, false);
        let (id, mut wanted) = (org.id.clone(), Vec::new());
        for kind in Kind::ALL {
            let list = org.list_mut(kind);
            if !list.reading.asked {
                list.begin();
                wanted.push(kind.reading(&id));
            }
        }
        for read in wanted {
            self.ask(read, Urgency::Person);
        }
    }

    /// Reads one identity anew, with its access list and projects, because the
    /// administrator looks at it.
    pub(super) fn look_at(&mut self, id: &IdentityId) {
        let now = self.now;
        let Some(org) = &mut self.org else { return };
        let org_id = org.id.clone();
        let Some(row) = org.list_mut(Kind::of(id)).row_mut(id) else { return };
        if !id.is_addressable() {
            return;
        }
        row.expire_unless_younger_than(FRESH, now);
        let mut reads = row.take_due(&org_id);
        reads.push(match id {
            IdentityId::ServiceAccount(client) => Read::ServiceAccount(org_id, client.clone()),
            IdentityId::ApiKey(key) => Read::ApiKey(org_id, key.clone()),
        });
        for read in reads {
            self.ask_once(read);
        }
    }

    /// Asks for missing access lists and projects, those in sight first, a few
    /// at a time; of the list `whole` all, however long it is.
    pub(super) fn fill(&mut self, visible: &[IdentityId], whole: Option<Kind>) {
        if self.calls.stopped {
            return;
        }
        // One kind may have to wait for Atlas where the other has not.
        for (tab, kind) in Kind::ALL.into_iter().enumerate() {
            let mut room = MOST_FILLS.saturating_sub(self.calls.fills(kind));
            let passes_by = self.is_long(kind) && whole != Some(kind);
            if passes_by && self.glances_at().is_some() {
                continue;
            }
            for id in visible.iter().filter(|id| Kind::of(id) == kind) {
                if room > 0 {
                    room -= self.fill_row(id).min(room);
                }
            }
            while room > 0 && !passes_by {
                let Some(org) = &self.org else { return };
                let rows = org.list(kind).rows();
                let Some(row) = rows.get(self.calls.filled[tab]) else { break };
                let id = row.identity.id();
                self.calls.filled[tab] += 1;
                room -= self.fill_row(&id).min(room);
            }
        }
    }

    /// When rows of a long list that come in sight are asked about: those that somebody
    /// passes by would cost calls, which Atlas counts.
    pub(super) fn glances_at(&self) -> Option<Timestamp> {
        let any = Kind::ALL.into_iter().any(|kind| self.is_long(kind));
        self.attention.busy_until(self.now).filter(|_| any)
    }

    fn is_long(&self, kind: Kind) -> bool {
        self.org.as_ref().is_some_and(|org| org.list(kind).rows().len() > LONGEST_FILLED)
    }

    /// Asks for what is missing of one row; says how many questions that took.
    fn fill_row(&mut self, id: &IdentityId) -> usize {
        let Some(org) = &mut self.org else { return 0 };
        if !org.list(Kind::of(id)).row(id).is_some_and(Row::is_due) {
            return 0;
        }
        let org_id = org.id.clone();
        let list = org.list_mut(Kind::of(id));
        let reads = list.row_mut(id).map_or_else(Vec::new, |row| row.take_due(&org_id));
        let asked = reads.len();
        for read in reads {
            self.ask(read, Urgency::Background);
        }
        asked
    }
}
