//! What happened in the organization, read further and further back, and what of it is
//! about the one who is looked for. Atlas cannot be asked for one identity's events: they
//! are picked out here.

use std::collections::HashSet;

use jiff::Timestamp;

use super::fetched::Fetched;
use super::identity::Kind;
use super::state::State;
use crate::atlas::{Clean, ClientId, Event, EventsPart, IdentityId, KeyId, Page, Read, Urgency};
use crate::rules::activity::Sought;

/// So many parts are read for one wish to see more: who is looked for may have done
/// nothing for years.
const MOST_PARTS: usize = 10;
/// Events that are kept; what is older is not read.
const MOST_KEPT: usize = 20_000;
/// Events that are wanted at first.
const FIRST: usize = 50;

/// What happened, as far back as it was read.
#[derive(Debug)]
pub struct Activity {
    /// Who is looked for; absent: everybody.
    pub of: Option<IdentityId>,
    /// The reading that is under way, or why the last one failed.
    pub reading: Fetched<()>,
    /// Atlas keeps nothing older.
    pub complete: bool,
    sought: Option<Sought>,
    events: Vec<Event>,
    /// Where the events of who is looked for stand.
    shown: Vec<usize>,
    seen: HashSet<Clean>,
    next: EventsPart,
    /// Events that are wanted, and parts that may be read for them.
    wanted: usize,
    parts_left: usize,
}

impl Activity {
    fn new(of: Option<IdentityId>, sought: Option<Sought>) -> Self {
        Self {
            of,
            reading: Fetched::default(),
            complete: false,
            sought,
            events: Vec::new(),
            shown: Vec::new(),
            seen: HashSet::new(),
            next: EventsPart::FIRST,
            wanted: FIRST,
            parts_left: MOST_PARTS,
        }
    }

    /// How many events there are to show.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there is none to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// An event to show, the latest first.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Event> {
        self.events.get(*self.shown.get(at)?)
    }

    /// How far back everything was read.
    #[must_use]
    pub fn back_to(&self) -> Option<Timestamp> {
        self.events.iter().rev().find_map(|event| event.created.known().copied())
    }

    /// Nothing older is kept here, though Atlas may have it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        !self.complete && self.events.len() >= MOST_KEPT
    }

    /// Whether the next part is to be read.
    fn is_hungry(&self) -> bool {
        let more = self.shown.len() < self.wanted && self.parts_left > 0;
        more && !self.complete && !self.is_full() && !self.reading.asked
    }

    /// Takes in a part. What happened meanwhile moves events from part to part: one that
    /// was seen before is the same.
    fn take(&mut self, page: Page<Event>, now: Timestamp) {
        self.reading.set((), now);
        self.complete = page.last;
        let first = page.rows.iter().find_map(|event| event.created.known().copied());
        self.next = EventsPart {
            number: self.next.number.saturating_add(1),
            until: self.next.until.or(first),
        };
        for event in page.rows {
            if event.id.known().is_some_and(|id| !self.seen.insert(id.clone())) {
                continue;
            }
            if self.sought.as_ref().is_none_or(|sought| sought.is_in(&event)) {
                self.shown.push(self.events.len());
            }
            self.events.push(event);
        }
    }
}

impl State {
    /// Reads what happened, the latest first: to one identity, or all of it.
    pub(super) fn open_activity(&mut self, of: Option<IdentityId>) {
        self.close_activity();
        let Some(org) = &mut self.org else { return };
        let sought = of.clone().map(|id| match id {
            IdentityId::ServiceAccount(id) => Sought::Account(id),
            IdentityId::ApiKey(id) => {
                let row = org.row(&IdentityId::ApiKey(id.clone()));
                let key = row.and_then(|row| row.identity.key());
                let public = key.and_then(|key| key.public_key.known()).map(ToString::to_string);
                Sought::Key { id, public }
            }
        });
        org.activity = Some(Box::new(Activity::new(of, sought)));
        self.feed_activity();
    }

    /// Reads further back, until so many events are there to show or a bound is reached.
    pub(super) fn read_further(&mut self, wanted: usize) {
        let activity = self.org.as_mut().and_then(|org| org.activity.as_deref_mut());
        let Some(activity) = activity.filter(|activity| !activity.reading.asked) else { return };
        (activity.wanted, activity.parts_left) = (wanted, MOST_PARTS);
        self.feed_activity();
    }

    /// Forgets what happened, and reads no further.
    pub(super) fn close_activity(&mut self) {
        self.let_be(|_, flight| matches!(flight.read, Read::Events(..)));
        if let Some(org) = &mut self.org {
            org.activity = None;
        }
    }

    /// Takes in a part of what happened.
    pub(super) fn learn_events(&mut self, part: EventsPart, page: Page<Event>) {
        let now = self.now;
        let activity = self.org.as_mut().and_then(|org| org.activity.as_deref_mut());
        if let Some(activity) = activity.filter(|activity| activity.next == part) {
            activity.take(page, now);
            self.feed_activity();
        }
    }

    fn feed_activity(&mut self) {
        let Some(org) = &mut self.org else { return };
        let id = org.id.clone();
        let Some(activity) = org.activity.as_deref_mut().filter(|activity| activity.is_hungry())
        else {
            return;
        };
        activity.reading.ask();
        activity.parts_left -= 1;
        let part = activity.next;
        self.ask(Read::Events(id, part), Urgency::Person);
    }

    /// What people call somebody who is named by a client ID, a public key or a key's id,
    /// if the lists tell.
    #[must_use]
    pub fn called(&self, public: &str) -> Option<&Clean> {
        let org = self.org.as_ref()?;
        let ids = [
            IdentityId::ServiceAccount(ClientId::new(public)),
            IdentityId::ApiKey(KeyId::new(public)),
        ];
        let mut keys = org.list(Kind::ApiKeys).iter();
        let row = ids
            .iter()
            .find_map(|id| org.row(id))
            .or_else(|| keys.find(|row| row.identity.public_part() == public));
        row?.identity.name().known()
    }
}
