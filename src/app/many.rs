//! One deed for many identities: first the plan, from fresh data, then the ledger,
//! one change after the other, each as it was planned or not at all.
//!
//! Every single one goes the way of [`Task`]. What stops it is the
//! first that fails or of which nothing is known; it can be taken up again there.

use jiff::Timestamp;

use super::state::State;
use super::task::{Applied, Consent, Ending, Stage, Task};
use crate::atlas::{Clean, IdentityId, Write};
use crate::rules::change::{Change, Demand, Verdict};
use crate::rules::many::{Deed, Finding, finding};

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// What it would do to each is being looked at.
    Planning,
    /// The plan is before the administrator.
    Asking,
    /// One after the other is changed.
    Running,
    /// The administrator wants it to stop after the one that is under way.
    Stopping,
    /// It has stopped before its end.
    Stopped,
    /// It has come to its end.
    Finished,
}

/// What becomes of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Not looked at yet.
    Waiting,
    /// To be changed, and what that means.
    Planned(String),
    /// Being changed just now.
    Working,
    /// Changed.
    Done,
    /// It was so already.
    Already,
    /// Not touched, for this reason.
    Left(String),
    /// It came to nothing, for this reason.
    Failed(String),
    /// Whether it was changed is not known.
    Unknown(String),
}

/// One of the many.
#[derive(Debug)]
pub struct Entry {
    /// Who it is.
    pub id: IdentityId,
    /// Its name when it was marked.
    pub name: Clean,
    /// The client ID or the public key.
    pub public: Clean,
    /// What becomes of it.
    pub fate: Fate,
    change: Change,
    plan: Option<Verdict>,
    /// It was sent once, and no answer told what became of it.
    unclear: bool,
}

/// One deed for many.
#[derive(Debug)]
pub struct Many {
    /// What is done to each.
    pub deed: Deed,
    /// All of them, in the order in which they are taken.
    pub entries: Vec<Entry>,
    /// How far it has come.
    pub course: Course,
    /// Since when the plan is before the administrator.
    pub asked_at: Timestamp,
    at: usize,
}

impl Many {
    /// How many are still to be changed.
    #[must_use]
    pub fn planned(&self) -> usize {
        self.entries.iter().filter(|entry| entry.is_open()).count()
    }

    /// How many have been changed.
    #[must_use]
    pub fn done(&self) -> usize {
        self.entries.iter().filter(|entry| entry.fate == Fate::Done).count()
    }

    /// Nothing was done yet.
    #[must_use]
    pub fn is_plan(&self) -> bool {
        matches!(self.course, Course::Planning | Course::Asking)
    }

    /// Nothing is on its way and nothing will be by itself.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        matches!(self.course, Course::Asking | Course::Stopped | Course::Finished)
    }
}

impl Entry {
    /// What is still to be sent for it, as it was planned.
    #[must_use]
    pub fn writes(&self) -> &[Write] {
        let plan = self.plan.as_ref().filter(|_| self.is_open());
        plan.map_or(&[], |plan| &plan.writes)
    }

    /// It was planned and is not done.
    fn is_open(&self) -> bool {
        matches!(self.fate, Fate::Planned(_) | Fate::Working | Fate::Failed(_) | Fate::Unknown(_))
    }

    /// What was found for it, before anything was done.
    fn planned(&mut self, verdict: Verdict) {
        self.fate = match finding(&verdict) {
            Finding::Planned(what) => Fate::Planned(what),
            Finding::Already => Fate::Already,
            Finding::Left(why) => Fate::Left(why),
        };
        self.plan = Some(verdict);
    }
}

impl State {
    /// Begins to look what a deed would do to these.
    pub(super) fn propose_many(&mut self, deed: Deed, ids: &[IdentityId]) {
        let Some(org) = &self.org else { return };
        let entry = |id: &IdentityId| {
            let row = org.row(id)?;
            let seen = row.identity.roles().known().map(Vec::as_slice).unwrap_or_default();
            Some(Entry {
                id: id.clone(),
                name: Clean::new(row.identity.name().shown()),
                public: Clean::new(row.identity.public_part()),
                fate: Fate::Waiting,
                change: deed.change(id.clone(), seen),
                plan: None,
                unclear: false,
            })
        };
        let entries = ids.iter().filter_map(entry).collect();
        let (course, asked_at) = (Course::Planning, self.now);
        self.many = Some(Many { deed, entries, course, asked_at, at: 0 });
    }

    /// The administrator agrees to the plan, or takes up what has stopped.
    pub(super) fn run_many(&mut self) {
        let Some(many) = &mut self.many else { return };
        if matches!(many.course, Course::Asking | Course::Stopped) {
            (many.course, many.at) = (Course::Running, 0);
        }
    }

    /// The administrator turns away; whether it could end: what was sent cannot be
    /// called back.
    pub(super) fn leave_many(&mut self) -> bool {
        let Some(many) = &mut self.many else { return true };
        match many.course {
            Course::Running | Course::Stopping => {
                many.course = Course::Stopping;
                return false;
            }
            Course::Planning => {
                self.drop_task();
            }
            Course::Asking | Course::Stopped | Course::Finished => {}
        }
        self.many = None;
        true
    }

    /// Takes in what became of the one that is under way, and goes on to the next.
    pub(super) fn go_on_with_many(&mut self) {
        while let Some(many) = &mut self.many {
            let busy = self.task.as_ref().is_some_and(Task::is_under_way);
            if busy || many.is_at_rest() {
                return;
            }
            let (planning, now) = (many.course == Course::Planning, self.now);
            if let Some(task) = self.task.take() {
                let Some(entry) = many.entries.get_mut(many.at) else { return };
                if planning {
                    entry.note_plan(task);
                } else {
                    entry.note_end(&task);
                }
                let failed = matches!(entry.fate, Fate::Failed(_) | Fate::Unknown(_));
                many.at += 1;
                if many.course == Course::Stopping || failed && !planning {
                    many.course = Course::Stopped;
                    return self.ask_lists();
                }
                continue;
            }
            let wanted = |entry: &Entry| {
                if planning { entry.fate == Fate::Waiting } else { entry.is_open() }
            };
            let next = (many.at..many.entries.len()).find(|&at| wanted(&many.entries[at]));
            let Some(at) = next else {
                many.asked_at = now;
                if planning {
                    many.course = Course::Asking;
                    return;
                }
                many.course = Course::Finished;
                return self.ask_lists();
            };
            many.at = at;
            let entry = &mut many.entries[at];
            let (change, plan) = (entry.change.clone(), entry.plan.clone());
            let consent = if planning {
                Consent::PlanOnly
            } else {
                entry.fate = Fate::Working;
                Consent::AsPlanned
            };
            self.propose_as(change, plan, consent);
        }
    }
}

impl Entry {
    fn note_plan(&mut self, task: Task) {
        match (task.stage, task.verdict) {
            (Stage::Failed(failure), _) => self.fate = Fate::Left(failure.error.sentence()),
            (_, Some(verdict)) => self.planned(verdict),
            (_, None) => self.fate = Fate::Left("nothing could be found out about it".into()),
        }
    }

    fn note_end(&mut self, task: &Task) {
        let refusal = match task.verdict.as_ref().map(|verdict| &verdict.demand) {
            Some(Demand::Refuse(why)) => Some(why),
            _ => None,
        };
        self.fate = match &task.stage {
            Stage::Done(Ending::Already) => Fate::Already,
            Stage::Done(Ending::Made | Ending::Unanswered) => Fate::Done,
            Stage::Failed(failure) if failure.applied == Applied::Unknown => {
                Fate::Unknown(failure.error.sentence())
            }
            Stage::Failed(failure) => Fate::Failed(failure.error.sentence()),
            Stage::Checking | Stage::Asking | Stage::Sending | Stage::ReadingBack(_) => {
                match refusal {
                    // What was sent without an answer, and is gone now, went by it.
                    Some(_) if self.unclear && self.change.is_final() => Fate::Done,
                    Some(why) => Fate::Left(why.clone()),
                    None => Fate::Left(
                        "Left out: it is not any more as it was when the plan was made.".into(),
                    ),
                }
            }
        };
        self.unclear |= matches!(self.fate, Fate::Unknown(_));
    }
}
