//! What an answer means for what is known. Knows no channel: answers come as
//! events.

use jiff::SignedDuration;

use super::calls::{CallId, Planned, RETRIES};
use super::fetched::Asked;
use super::identity::{Identity, Kind};
use super::state::{Link, State};
use crate::atlas::{ApiError, Fault, IdentityId, Page, Read, Reply};

/// No wait is longer, in seconds.
const DAY: i64 = 24 * 60 * 60;

impl State {
    /// Takes in an answer, unless nobody waits for it any more.
    pub(super) fn answer(&mut self, id: CallId, result: Result<Reply, ApiError>) {
        let Some(flight) = self.calls.flying.get(&id) else { return };
        let read = flight.read.clone();
        let last = result.as_ref().map_or(true, Reply::is_last);
        if last {
            self.calls.flying.remove(&id);
        }
        let (asked, error) = (read.clone(), result.as_ref().err().cloned());
        let of_one = matches!(read, Read::ServiceAccount(..) | Read::ApiKey(..));
        match result {
            Ok(reply) => self.learn(read, reply),
            // A change asks whether the identity is still there: that it is not is an
            // answer, and no trouble.
            Err(error) if of_one && is_gone(&error) && self.task_waits_for(id) => {
                self.forget(&read);
            }
            Err(error) => {
                self.withdraw_recalled(&read, &error.fault);
                self.suffer(read, error);
            }
        }
        self.schedule();
        if last && matches!(asked, Read::ServiceAccounts(_) | Read::ApiKeys(_)) {
            self.keep_lists();
        }
        if last {
            self.task_heard(id, &asked, error.as_ref());
        }
    }

    fn learn(&mut self, read: Read, reply: Reply) {
        let now = self.now;
        if let (Read::Organizations, Reply::Organizations(rows)) = (&read, &reply) {
            self.organizations.set(rows.clone(), now);
            self.prove_supposed();
            if self.org.is_none() {
                self.link = Link::Live(now);
                self.calls.failures = 0;
            }
            return;
        }
        if let (Read::Raw(read), Reply::Raw(raw)) = (&read, &reply) {
            if let Some(answer) = self.raw_answer(read) {
                answer.set(raw.clone(), now);
            }
            return;
        }
        let Some(org) = &mut self.org else { return };
        match (read, reply) {
            (_, Reply::ServiceAccounts(page)) => {
                let rows = page.rows.into_iter().map(Identity::ServiceAccount).collect();
                self.learn_page(Kind::ServiceAccounts, Page { rows, last: page.last });
            }
            (_, Reply::ApiKeys(page)) => {
                let rows = page.rows.into_iter().map(Identity::ApiKey).collect();
                self.learn_page(Kind::ApiKeys, Page { rows, last: page.last });
            }
            (_, Reply::ServiceAccount(account)) => {
                org.list_mut(Kind::ServiceAccounts).take_one(Identity::ServiceAccount(account));
            }
            (_, Reply::ApiKey(key)) => org.list_mut(Kind::ApiKeys).take_one(Identity::ApiKey(key)),
            (Read::AccessList(_, id), Reply::AccessList(entries)) => {
                if let Some(row) = org.list_mut(Kind::of(&id)).row_mut(&id) {
                    row.access_mut().set(entries, now);
                }
            }
            (Read::Grants(_, client), Reply::Grants(grants)) => {
                let id = IdentityId::ServiceAccount(client);
                if let Some(row) = org.list_mut(Kind::ServiceAccounts).row_mut(&id) {
                    row.grants_call_mut().set(grants, now);
                }
            }
            (_, Reply::Organization(organization)) => org.take_name(&organization, now),
            (_, Reply::Settings(settings)) => {
                org.settings.set(settings, now);
                // They say what an empty access list means.
                for kind in Kind::ALL {
                    org.list_mut(kind).touch();
                }
            }
            (_, Reply::Projects(projects)) => org.take_projects(projects, now),
            (Read::Events(_, part), Reply::Events(page)) => self.learn_events(part, page),
            (_, Reply::CurrentAddress(address)) => org.address.set(address, now),
            // An answer to another question than the one asked is no answer.
            _ => {}
        }
    }

    fn learn_page(&mut self, kind: Kind, page: Page<Identity>) {
        let last = page.last;
        let Some(org) = &mut self.org else { return };
        let list = org.list_mut(kind);
        list.take(page, self.now);
        if last {
            list.tell_news(self.task.as_ref().and_then(|task| task.issued.as_ref()), self.now);
            self.calls.filled = [0, 0];
            self.go_live();
        }
    }

    fn suffer(&mut self, read: Read, error: ApiError) {
        if read == Read::Organizations {
            self.organizations.fail(error.clone());
            return self.go_down(error);
        }
        match read {
            Read::ServiceAccounts(_) => self.suffer_list(Kind::ServiceAccounts, error),
            Read::ApiKeys(_) => self.suffer_list(Kind::ApiKeys, error),
            Read::ServiceAccount(_, client) => {
                self.suffer_of(&IdentityId::ServiceAccount(client), error);
            }
            Read::ApiKey(_, key) => self.suffer_of(&IdentityId::ApiKey(key), error),
            read => {
                if let Some(asked) = self.asked(&read) {
                    asked.fail(error);
                }
            }
        }
    }

    /// Where the answer to a question is kept, if that is a place of its own.
    pub(super) fn asked(&mut self, read: &Read) -> Option<&mut dyn Asked> {
        if *read == Read::Organizations {
            return Some(&mut self.organizations);
        }
        if let Read::Raw(read) = read {
            return Some(self.raw_answer(read)?);
        }
        let org = self.org.as_mut()?;
        Some(match read {
            Read::ServiceAccounts(_) => &mut org.list_mut(Kind::ServiceAccounts).reading,
            Read::ApiKeys(_) => &mut org.list_mut(Kind::ApiKeys).reading,
            Read::AccessList(_, id) => org.list_mut(Kind::of(id)).row_mut(id)?.access_mut(),
            Read::Grants(_, client) => {
                let id = IdentityId::ServiceAccount(client.clone());
                org.list_mut(Kind::ServiceAccounts).row_mut(&id)?.grants_call_mut()
            }
            Read::Organization(_) => &mut org.name,
            Read::Settings(_) => &mut org.settings,
            Read::Projects(_) => &mut org.projects,
            Read::Events(..) => &mut org.activity.as_mut()?.reading,
            Read::CurrentAddress => &mut org.address,
            Read::ServiceAccount(..) | Read::ApiKey(..) | Read::Organizations | Read::Raw(_) => {
                return None;
            }
        })
    }

    /// A list could not be read. One that this credential may not read says so in
    /// its place, unless rows of better times stand there; the connection is well.
    fn suffer_list(&mut self, kind: Kind, error: ApiError) {
        let Some(org) = &mut self.org else { return };
        let list = org.list_mut(kind);
        list.reading.fail(error.clone());
        if error.fault != Fault::RoleMissing {
            return self.go_down(error);
        }
        let has_rows = !list.rows().is_empty();
        self.go_live();
        if has_rows {
            self.trouble(error);
        }
    }

    /// What was asked for is not there any more.
    fn forget(&mut self, read: &Read) {
        let id = match read {
            Read::ServiceAccount(_, client) => IdentityId::ServiceAccount(client.clone()),
            Read::ApiKey(_, key) => IdentityId::ApiKey(key.clone()),
            _ => return,
        };
        if let Some(org) = &mut self.org {
            org.list_mut(Kind::of(&id)).remove(&id);
        }
    }

    /// One identity could not be read: it is gone, or that is a trouble to show.
    fn suffer_of(&mut self, id: &IdentityId, error: ApiError) {
        let Some(org) = &mut self.org else { return };
        if is_gone(&error) {
            org.list_mut(Kind::of(id)).remove(id);
            // A change that was refused because of it has said so already.
            if self.task.is_some() {
                return;
            }
        }
        match error.fault {
            Fault::Unreachable(_) | Fault::NotProven(_) | Fault::TimedOut(_) => self.go_down(error),
            _ => self.trouble(error),
        }
    }

    /// All is well again, if no list has a failure that was not mended since.
    fn go_live(&mut self) {
        let Some(org) = &self.org else { return };
        let well = |kind| match &org.list(kind).reading.error {
            Some(error) => error.fault == Fault::RoleMissing,
            None => true,
        };
        if !Kind::ALL.into_iter().all(well) {
            return;
        }
        // What is shown is as old as the older of both lists.
        let read = Kind::ALL.into_iter().filter_map(|kind| org.list(kind).reading.at).min();
        self.link = Link::Live(read.unwrap_or(self.now));
        self.calls.failures = 0;
        if let Some(trouble) = &mut self.trouble {
            trouble.passed = true;
        }
    }

    fn go_down(&mut self, error: ApiError) {
        let (since, next) = match self.link {
            Link::Down { since, next, .. } => (since, next),
            Link::Connecting | Link::Live(_) => {
                // The next try comes sooner than the next refresh would have.
                self.calls.next_refresh = None;
                (self.now, None)
            }
        };
        self.link = Link::Down { since, next, error: Box::new(error.clone()) };
        // Both lists fail together; the second failure is the same trouble.
        let known = self
            .trouble
            .as_ref()
            .is_some_and(|trouble| !trouble.passed && trouble.error.fault == error.fault);
        if !known {
            self.trouble(error);
        }
    }

    /// When everything that was asked of the lists has been answered: when to ask
    /// again.
    pub(super) fn schedule(&mut self) {
        let waiting = self.calls.flying.values().any(|flight| {
            matches!(flight.read, Read::ServiceAccounts(_) | Read::ApiKeys(_) | Read::Organizations)
        });
        if waiting || self.calls.next_refresh.is_some() {
            return;
        }
        let now = self.now;
        match &mut self.link {
            Link::Down { next, error, .. } if error.fault.may_pass() => {
                let wait = RETRIES[self.calls.failures.min(RETRIES.len() - 1)];
                self.calls.failures += 1;
                // Atlas may have named a later time, which is never run ahead of.
                let told = match error.fault {
                    Fault::RateLimited(Some(seconds)) => i64::try_from(seconds).unwrap_or(DAY),
                    _ => 0,
                };
                let due = now + SignedDuration::from_secs(wait.max(told).min(DAY));
                *next = Some(due);
                self.calls.next_refresh = Some(Planned { due, at: now });
            }
            // The time of a try that is over is no time of the next.
            Link::Down { next, .. } => *next = None,
            Link::Live(_) if self.org.is_some() => {
                self.calls.next_refresh =
                    self.setting.refresh.map(|after| Planned { due: now + after, at: now });
            }
            Link::Live(_) | Link::Connecting => {}
        }
    }
}

/// Whether Atlas does not find what was asked for.
pub(super) fn is_gone(error: &ApiError) -> bool {
    error.fault == Fault::NotFound
}
