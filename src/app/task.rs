//! A change on its way: what is there is read again, what would happen is told and
//! agreed to, it is sent once, and what came of it is read back.
//!
//! Knows no channel: reads and writes go out as effects, and what they brought comes
//! as events. There is one change at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::Effect;
use super::answers::is_gone;
use super::calls::CallId;
use super::identity::Kind;
use super::state::State;
use crate::atlas::{ApiError, Clean, Fault, IdentityId, Issued, Read, Urgency, Write, WriteError};
use crate::rules::change::{Change, Demand, New, Verdict, after_made};
use crate::rules::intent::Asks;

/// Settings younger than this, in seconds, are not read again for a change that
/// only looks at them: Atlas allows few of these calls.
const SETTINGS_AGE: i64 = 60;

/// How far a change has come.
#[derive(Debug)]
pub enum Stage {
    /// What is there is being read.
    Checking,
    /// It is before the administrator, who is to agree.
    Asking,
    /// It is on its way. It cannot be called back.
    Sending,
    /// What came of it is being read; with the trouble that there was.
    ReadingBack(Option<Box<WriteError>>),
    /// It came to nothing, or only to a part.
    Failed(Box<Failure>),
    /// All is as wanted.
    Done(Ending),
}

/// How it came that all is as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was made.
    Made,
    /// It was made, though no answer told so.
    Unanswered,
    /// It was so already: nothing was sent.
    Already,
}

/// Why a change came to nothing, or to a part.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: ApiError,
    /// Steps that were made before, and how many there were to make.
    pub made: (usize, usize),
    /// What is known of the step that failed.
    pub applied: Applied,
}

/// What is known of a step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was never sent.
    NotSent,
    /// It was refused, or what is there shows that it was not made.
    No,
    /// What is there could not be read, or does not tell.
    Unknown,
}

/// How it is agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// The administrator is asked, where the change asks for it.
    Asked,
    /// It is only looked at.
    PlanOnly,
    /// It is made if it does what was planned, and nothing else.
    AsPlanned,
}

/// A change on its way.
#[derive(Debug)]
pub struct Task {
    /// What is wanted.
    pub change: Change,
    /// How far it has come.
    pub stage: Stage,
    /// What it would do, as found last.
    pub verdict: Option<Verdict>,
    /// What was agreed to.
    agreed: Option<Verdict>,
    consent: Consent,
    /// It was found otherwise than it was agreed to.
    pub changed_meanwhile: bool,
    /// Since when it is before the administrator.
    pub asked_at: Timestamp,
    /// The answers that are missing for the next step.
    waiting: Vec<CallId>,
    /// Why the identity could not be read.
    unread: Option<ApiError>,
    todo: VecDeque<Write>,
    steps: usize,
    /// Names what was written down of it, while it is on its way.
    note: Option<String>,
    /// Who was issued a secret by it, if somebody was.
    pub issued: Option<IdentityId>,
    /// The screens that stay once it is done.
    pub(super) depth: usize,
}

impl Task {
    /// The answers that are missing for its next step.
    pub(super) fn waiting(&self) -> &[CallId] {
        &self.waiting
    }

    /// Nothing more is to be agreed to, and nothing is decided yet.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Checking | Stage::Sending | Stage::ReadingBack(_))
    }

    /// It was sent, and cannot be called back.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        matches!(self.stage, Stage::Sending | Stage::ReadingBack(_))
    }

    /// It came to nothing because Atlas wants to be left alone for a while.
    pub(super) fn is_told_to_wait(&self) -> bool {
        let told = |failure: &Failure| matches!(failure.error.fault, Fault::RateLimited(_));
        matches!(&self.stage, Stage::Failed(it) if told(it))
    }

    /// It asked for a secret, and no clear answer came.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let unknown = |failure: &Failure| failure.applied == Applied::Unknown;
        let failed = matches!(&self.stage, Stage::Failed(it) if unknown(it));
        self.change.issues() && self.issued.is_none() && failed
    }

    /// What it is waiting for, in words.
    #[must_use]
    pub fn progress(&self) -> String {
        match &self.stage {
            Stage::Checking => "Reading what is there now...".into(),
            Stage::Sending if self.steps > 1 => {
                format!("Sent {} of {}...", self.steps - self.todo.len(), self.steps)
            }
            Stage::Sending => "Sent; waiting for the answer...".into(),
            Stage::ReadingBack(None) => "Done; reading what is there now...".into(),
            Stage::ReadingBack(Some(_)) => "No clear answer came; reading what is there...".into(),
            Stage::Asking | Stage::Failed(_) | Stage::Done(_) => String::new(),
        }
    }
}

impl State {
    /// Begins a change: reads what is there. `depth` screens stay once it is done.
    pub(super) fn propose(&mut self, change: Change, depth: usize) {
        if self.task.as_ref().is_some_and(Task::is_under_way) {
            return self.notify("one change at a time: the last one is still under way", false);
        }
        self.begin_task(change, None, Consent::Asked, depth);
    }

    /// Begins one of many changes, of which this was planned.
    pub(super) fn propose_as(&mut self, change: Change, plan: Option<Verdict>, consent: Consent) {
        self.begin_task(change, plan, consent, 0);
    }

    fn begin_task(
        &mut self,
        change: Change,
        agreed: Option<Verdict>,
        consent: Consent,
        depth: usize,
    ) {
        // What succeeded before was another.
        self.notice = None;
        self.task = Some(Task {
            change,
            stage: Stage::Checking,
            verdict: None,
            agreed,
            consent,
            changed_meanwhile: false,
            asked_at: self.now,
            waiting: Vec::new(),
            unread: None,
            todo: VecDeque::new(),
            steps: 0,
            note: None,
            issued: None,
            depth,
        });
        self.check();
    }

    /// The administrator agrees to what was told; it is looked at once more.
    pub(super) fn agree(&mut self) {
        let Some(task) = &mut self.task else { return };
        if matches!(task.stage, Stage::Asking) {
            task.agreed.clone_from(&task.verdict);
            self.check();
        }
    }

    /// The administrator tries a change again that came to nothing. What was made
    /// already is not made again.
    pub(super) fn try_again(&mut self) {
        let Some(task) = &mut self.task else { return };
        if task.issued.is_some() {
            return self.notify("it was made: what is missing is changed at its row", false);
        }
        if task.is_lost() {
            return self.notify("first see what became of it: esc", false);
        }
        if matches!(task.stage, Stage::Failed(_)) {
            task.agreed = None;
            self.check();
        }
    }

    /// Lets a change be; whether it could: what was sent cannot be called back.
    pub(super) fn drop_task(&mut self) -> bool {
        if self.task.as_ref().is_some_and(Task::is_sent) {
            self.notify("already sent: waiting to learn what became of it", false);
            return false;
        }
        if let Some(task) = self.task.take() {
            self.let_be(|id, _| task.waiting.contains(&id));
            if matches!(task.stage, Stage::Checking) {
                self.notify("not sent: nothing was changed", false);
            }
        }
        true
    }

    fn check(&mut self) {
        self.read_for_task();
        let Some(task) = &mut self.task else { return };
        (task.stage, task.unread) = (Stage::Checking, None);
        self.go_on();
    }

    /// Reads the list in which what is created will stand.
    fn read_list_for_task(&mut self) {
        let (Some(task), Some(org)) = (&self.task, &mut self.org) else { return };
        let kind = match &task.change {
            Change::Create { new: New::ApiKey(_), .. } => Kind::ApiKeys,
            _ => Kind::ServiceAccounts,
        };
        let read = kind.reading(&org.id);
        org.list_mut(kind).begin();
        // An answer to an earlier question would be mixed into this one.
        self.calls.drop(|_, flight| flight.read == read);
        let id = self.ask(read, Urgency::Person);
        if let Some(task) = &mut self.task {
            task.waiting = vec![id];
        }
    }

    /// Asks for everything that bears on the change.
    fn read_for_task(&mut self) {
        if matches!(&self.task, Some(task) if matches!(task.change, Change::Create { .. })) {
            // What is there before it is made tells afterwards what came besides.
            return self.read_list_for_task();
        }
        let (Some(task), Some(org)) = (&self.task, &self.org) else { return };
        let (org_id, mut reads) = (org.id.clone(), Vec::new());
        if let Some(id) = task.change.target().filter(IdentityId::is_addressable) {
            reads.push(Read::AccessList(org_id.clone(), id.clone()));
            match id {
                IdentityId::ServiceAccount(client) => {
                    reads.push(Read::Grants(org_id.clone(), client.clone()));
                    reads.push(Read::ServiceAccount(org_id.clone(), client));
                }
                IdentityId::ApiKey(key) => reads.push(Read::ApiKey(org_id.clone(), key)),
            }
        }
        let young = org.settings.is_younger_than(SETTINGS_AGE, self.now);
        let (settings, address) = match &task.change {
            Change::Settings { .. } => (true, true),
            Change::AccessList { .. } => (!young, true),
            _ => (false, false),
        };
        reads.extend(settings.then_some(Read::Settings(org_id)));
        reads.extend(address.then_some(Read::CurrentAddress));
        let waiting: Vec<_> =
            reads.into_iter().map(|read| self.ask(read, Urgency::Person)).collect();
        if let Some(task) = &mut self.task {
            task.waiting = waiting;
        }
    }

    /// Whether a change waits for this answer.
    pub(super) fn task_waits_for(&self, id: CallId) -> bool {
        self.task.as_ref().is_some_and(|task| task.waiting.contains(&id))
    }

    /// Takes note of an answer, which has been learned from already.
    pub(super) fn task_heard(&mut self, id: CallId, read: &Read, error: Option<&ApiError>) {
        let Some(task) = &mut self.task else { return };
        let before = task.waiting.len();
        task.waiting.retain(|waiting| *waiting != id);
        if task.waiting.len() == before {
            return;
        }
        let needed = match read {
            Read::ServiceAccount(..)
            | Read::ApiKey(..)
            | Read::ServiceAccounts(_)
            | Read::ApiKeys(_) => true,
            Read::Settings(_) => matches!(task.change, Change::Settings { .. }),
            Read::AccessList(..) => matches!(task.change, Change::AccessList { .. }),
            Read::Grants(..) => matches!(task.change, Change::ProjectRoles { .. }),
            _ => false,
        };
        // Whether it is still as it was planned can only be told by all that was read then.
        let planned = task.consent == Consent::AsPlanned && matches!(task.stage, Stage::Checking);
        let needed = needed || planned;
        if let Some(error) = error.filter(|error| needed && !is_gone(error)) {
            task.unread = Some(error.clone());
        }
        self.go_on();
    }

    /// Takes in what became of a step.
    pub(super) fn task_changed(
        &mut self,
        id: CallId,
        result: Result<Option<Arc<Issued>>, WriteError>,
    ) {
        self.calls.written(id);
        // Also where nobody waits for it any more: it cannot be asked for again.
        match &result {
            Ok(Some(issued)) => self.hold(id, issued.clone()),
            Ok(None) => {}
            Err(error) if error.perhaps_applied => self.lost_track(id),
            Err(_) => self.not_issued(id),
        }
        let Some(task) = &mut self.task else { return };
        if !task.waiting.contains(&id) {
            return;
        }
        task.waiting.clear();
        match result {
            Ok(None) => {}
            Ok(Some(issued)) => {
                if let Some(org) = &self.org {
                    let more = after_made(&task.change, &org.id, &issued.owner);
                    task.steps += more.len();
                    task.todo.extend(more);
                }
                task.issued = Some(issued.owner.clone());
            }
            Err(error) if error.perhaps_applied => {
                task.todo.clear();
                return self.read_back(Some(Box::new(error)));
            }
            Err(error) => {
                let made = (task.steps - task.todo.len() - 1, task.steps);
                let failure = Failure { error: error.error, made, applied: Applied::No };
                self.bring_up(Stage::Failed(Box::new(failure)));
                // A part may have been made, or somebody else was first.
                return self.refresh_target();
            }
        }
        self.go_on();
    }

    /// The next step, once nothing is missing for it.
    fn go_on(&mut self) {
        let Some(task) = &mut self.task else { return };
        if !task.waiting.is_empty() {
            return;
        }
        match &mut task.stage {
            Stage::Checking => match task.unread.take() {
                Some(error) => self.fail(error, Applied::NotSent),
                None => self.decide(),
            },
            Stage::Sending => self.send_next(),
            Stage::ReadingBack(trouble) => {
                let (trouble, unread) = (trouble.take(), task.unread.take());
                self.conclude(trouble, unread.is_some());
            }
            Stage::Asking | Stage::Failed(_) | Stage::Done(_) => {}
        }
    }

    fn fail(&mut self, error: ApiError, applied: Applied) {
        let left = match applied {
            // What is still to be made tells what was made.
            Applied::No if self.task.as_ref().is_some_and(|task| task.issued.is_some()) => 1,
            Applied::No => self.verdict().map_or(0, |verdict| verdict.writes.len()),
            Applied::NotSent | Applied::Unknown => 0,
        };
        let Some(task) = &mut self.task else { return };
        let made = (task.steps.saturating_sub(left), task.steps);
        self.bring_up(Stage::Failed(Box::new(Failure { error, made, applied })));
    }

    /// Puts the change before the administrator. What was said while it was waited for has
    /// had its day.
    fn bring_up(&mut self, stage: Stage) {
        let Some(task) = &mut self.task else { return };
        (task.stage, task.asked_at) = (stage, self.now);
        self.notice = None;
    }

    /// Everything is read: what would it do, and may it?
    fn decide(&mut self) {
        let Some(verdict) = self.verdict() else { return };
        let Some(task) = &mut self.task else { return };
        let refused = verdict.is_refused();
        let as_agreed = task.agreed.as_ref().is_some_and(|agreed| verdict.is_covered_by(agreed));
        let agreed = match task.consent {
            Consent::Asked => verdict.demand == Demand::Nothing || as_agreed,
            Consent::PlanOnly => false,
            Consent::AsPlanned => verdict.writes.is_empty() || as_agreed,
        };
        if refused || !agreed {
            task.changed_meanwhile = task.agreed.take().is_some();
            task.verdict = Some(verdict);
            return self.bring_up(Stage::Asking);
        }
        if verdict.writes.is_empty() {
            task.stage = Stage::Done(Ending::Already);
            return;
        }
        (task.todo, task.steps) = (verdict.writes.clone().into(), verdict.writes.len());
        task.verdict = Some(verdict);
        task.stage = Stage::Sending;
        self.note_sent();
        self.send_next();
    }

    /// Writes down that a change is sent, for whoever leaves before its answer. One that
    /// brings a secret is written down with all that is needed to find it again.
    fn note_sent(&mut self) {
        let task = self.task.as_ref().filter(|task| !task.change.issues());
        let Some(Task { change, verdict, .. }) = task else { return };
        let of = change.target().map(|id| self.name_of(&id));
        let of = Clean::new(of.as_deref().unwrap_or("the organization"));
        let wanted = verdict.iter().flat_map(Verdict::gains_and_losses).collect::<Vec<_>>();
        let what = match wanted.as_slice() {
            [] => change.title().to_owned(),
            wanted => format!("{}: {}", change.title(), wanted.join(", ")),
        };
        let asks = Asks::Change { of, what: Clean::from(what) };
        let call = self.calls.next_id();
        let intent = self.intent(call, asks);
        if let Some(task) = &mut self.task {
            task.note = Some(intent.id.clone());
        }
        self.calls.send(Effect::Note(Box::new(intent)));
    }

    /// What was written down of a change is settled once it was answered, or once it is on
    /// the screen what is known of it.
    pub(super) fn settle_sent(&mut self) {
        let Some(task) = &mut self.task else { return };
        let open = matches!(task.stage, Stage::Sending | Stage::ReadingBack(Some(_)));
        if let Some(id) = task.note.take_if(|_| !open) {
            self.calls.send(Effect::Settle(id));
        }
    }

    fn send_next(&mut self) {
        let Some(task) = &mut self.task else { return };
        let Some(write) = task.todo.pop_front() else { return self.read_back(None) };
        let id = if write.issues() {
            let change = task.change.clone();
            self.issue(write, &change)
        } else {
            self.calls.write(write, self.now)
        };
        if let Some(task) = &mut self.task {
            task.waiting = vec![id];
        }
    }

    /// Reads what is there, to show it and to know what became of the change.
    fn read_back(&mut self, trouble: Option<Box<WriteError>>) {
        let Some(task) = &mut self.task else { return };
        task.stage = Stage::ReadingBack(trouble);
        if task.change.target().is_some() || matches!(task.change, Change::Settings { .. }) {
            self.read_for_task();
        } else {
            // What was made stands in a list, and nowhere else.
            self.read_list_for_task();
        }
        self.go_on();
    }

    /// What is there has been read: is it as wanted?
    fn conclude(&mut self, trouble: Option<Box<WriteError>>, unread: bool) {
        let Some(trouble) = trouble else {
            if let Some(task) = &mut self.task {
                task.stage = Stage::Done(Ending::Made);
            }
            return;
        };
        if unread {
            return self.fail(trouble.error, Applied::Unknown);
        }
        let Some(verdict) = self.verdict() else { return };
        let Some(task) = &mut self.task else { return };
        match (task.change.is_final(), verdict.is_refused()) {
            _ if task.change.issues() => self.fail(trouble.error, Applied::Unknown),
            // What was to go is gone.
            (true, true) => task.stage = Stage::Done(Ending::Unanswered),
            // It is gone, or was made into something that tells nothing of this change.
            (false, true) => self.fail(trouble.error, Applied::Unknown),
            (false, false) if verdict.writes.is_empty() => {
                task.stage = Stage::Done(Ending::Unanswered);
            }
            (_, false) => self.fail(trouble.error, Applied::No),
        }
    }

    fn refresh_target(&mut self) {
        let Some(id) = self.task.as_ref().and_then(|task| task.change.target()) else { return };
        self.expire(&id);
        self.look_at(&id);
    }

    fn expire(&mut self, id: &IdentityId) {
        if let Some(row) = self.org.as_mut().and_then(|org| org.list_mut(Kind::of(id)).row_mut(id))
        {
            row.expire();
        }
    }

    /// What the change that is under way would do, by what is known now.
    fn verdict(&self) -> Option<Verdict> {
        self.judged(&self.task.as_ref()?.change)
    }
}
