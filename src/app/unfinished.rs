//! What was begun and of which nobody knows the end: secrets that were asked for and
//! whose answer was lost, in this session or in one before, and changes that were on
//! their way when an earlier one ended.
//!
//! Knows no file: what was left open comes as an event, what is settled is an effect.

use super::calls::CallId;
use super::held::Held;
use super::identity::Kind;
use super::state::State;
use super::{Effect, Found};
use crate::atlas::Clean;
use crate::rules::change::Change;
use crate::rules::intent::Note;
use crate::rules::rotation::Rotation;
use crate::rules::trace::{There, Trace, trace};

impl State {
    /// A change is done: what it took back is neither held nor missed any more.
    pub(super) fn settle_by(&mut self, change: &Change) {
        if let Some(held) = self.held.front().filter(|held| held.is_undone_by(change)) {
            let copies = held.kept.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ");
            if !copies.is_empty() {
                self.notify(&format!("revoked; of no use any more is the copy in {copies}"), true);
            }
            self.let_go(false);
        }
        if let Some((id, _)) = self.discarding.take_if(|(_, discarding)| discarding == change) {
            let left = self.notes.iter().find(|note| note.intent.id == id);
            if left.is_some_and(|note| !matches!(self.trace(note), Trace::Found(_))) {
                self.forget_note(&id);
            }
        }
        self.finish_rotations();
    }

    /// Takes back what was found for a note: it is settled once that is done.
    pub(super) fn discard_found(&mut self, note: String, change: Change, depth: usize) {
        self.discarding = Some((note, change.clone()));
        self.propose(change, depth);
    }

    /// No clear answer came to what was asked for: it is looked for, and its place is not
    /// needed.
    pub(super) fn lost_track(&mut self, call: CallId) {
        let Some(issuing) = self.issuing.take_if(|issuing| issuing.call == call) else { return };
        if issuing.sink.is_reserved() {
            self.calls.send(Effect::Release);
        }
        self.notes.push(Note { intent: issuing.intent, news: Vec::new() });
    }

    /// What was found at the start: what an earlier session left open.
    pub(super) fn take_found(&mut self, found: Found) {
        let warnings = found.troubles.iter().map(|text| Clean::new(text));
        self.setting.warnings.extend(warnings);
        self.rotations = found.rotations;
        self.trials.extend(self.rotations.iter().filter_map(Rotation::trial));
        self.take_recent(found.recent);
        for note in found.notes {
            let rescued = found.rescued.iter().find(|(id, _)| *id == note.intent.id);
            let Some((_, issued)) = rescued else {
                self.notes.push(note);
                continue;
            };
            let about = self.about(&note.intent, issued);
            let here = note.intent.host == self.setting.host;
            self.held.push_back(Held::rescued(note.intent, issued.clone(), about, here));
        }
    }

    /// What became of what was left open.
    #[must_use]
    pub fn trace(&self, note: &Note) -> Trace {
        let Some(org) = &self.org else { return Trace::Unread };
        let whole = |kind| org.list(kind).is_complete().then(|| org.list(kind).rows());
        let accounts = whole(Kind::ServiceAccounts)
            .map(|rows| rows.iter().filter_map(|row| row.identity.account()).collect());
        let keys = whole(Kind::ApiKeys)
            .map(|rows| rows.iter().filter_map(|row| row.identity.key()).collect());
        trace(note, &There { host: &self.setting.host, org: &org.id, accounts, keys })
    }

    /// What was left open is settled.
    pub(super) fn forget_note(&mut self, id: &str) {
        self.notes.retain(|note| note.intent.id != id);
        self.calls.send(Effect::Settle(id.to_owned()));
    }
}
