//! Takes calls to the client and brings answers back as events. What answers tell
//! besides comes as events too. The interface never waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinError};
use tokio::time::Instant;

use super::input::Incoming;
use crate::app::{CallId, Event};
use crate::atlas::client::{Aside, Client};
use crate::atlas::{ApiError, Clean, Fault, Read, Reply, Urgency, Write, WriteError};

/// Asks Atlas on the program's behalf.
#[derive(Clone)]
pub struct Worker {
    client: Arc<Client>,
    /// The questions on their way.
    asking: Arc<Mutex<HashMap<CallId, AbortHandle>>>,
    events: UnboundedSender<Incoming>,
}

impl Worker {
    /// A worker that asks `client` and answers to `events`. Needs a runtime round it.
    #[must_use]
    pub fn new(client: Arc<Client>, events: UnboundedSender<Incoming>) -> Self {
        Self::of_session(CallId::default(), client, events)
    }

    /// The same, in a session that is not the first.
    #[must_use]
    pub fn of_session(
        session: CallId,
        client: Arc<Client>,
        events: UnboundedSender<Incoming>,
    ) -> Self {
        tokio::spawn(pass_on(session, client.asides(), events.clone()));
        Self { client, asking: Arc::default(), events }
    }

    /// Asks nothing any further, and gives back what it was signed in with.
    pub async fn retire(self) {
        // A call that is cut off while it signs in would leave a token that nobody knows.
        self.client.leave().await;
        self.with_asking(|all| all.drain().for_each(|(_, asking)| asking.abort()));
    }

    /// Sends one call on its way. Each part of the answer becomes an event with
    /// the same id, and so does a failure; exactly one of them is the last.
    pub fn call(&self, id: CallId, read: Read, urgency: Urgency) {
        let worker = self.clone();
        let asking = tokio::spawn(async move { worker.ask(id, &read, urgency).await });
        self.with_asking(|all| all.insert(id, asking.abort_handle()));
        let worker = self.clone();
        tokio::spawn(async move {
            let asked = asking.await;
            worker.with_asking(|all| all.remove(&id));
            if let Some(error) = failure(asked) {
                worker.answer(id, Err(error));
            }
        });
    }

    /// Asks these questions no further: nobody waits for their answers.
    pub fn drop(&self, ids: &[CallId]) {
        self.with_asking(|all| {
            ids.iter().filter_map(|id| all.remove(id)).for_each(|asking| asking.abort());
        });
    }

    fn with_asking<T>(&self, look: impl FnOnce(&mut HashMap<CallId, AbortHandle>) -> T) -> T {
        look(&mut self.asking.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends one change on its way, once. What became of it comes back as an event
    /// with the same id; where even that stumbles, nobody knows.
    pub fn change(&self, id: CallId, write: Write) {
        let worker = self.clone();
        tokio::spawn(async move {
            let client = worker.client.clone();
            let changed = tokio::spawn(async move { client.change(write).await }).await;
            let result = match changed {
                // A change that shows a secret goes through other hands.
                Ok(result) => result.map(|issued| issued.map(Arc::new)),
                Err(_) => Err(WriteError {
                    error: ApiError::new(stumbled(), "The server"),
                    perhaps_applied: true,
                }),
            };
            let _ = worker.events.send(Incoming::Event(Event::Changed(id, result)));
        });
    }

    async fn ask(&self, id: CallId, read: &Read, urgency: Urgency) -> Result<(), ApiError> {
        self.client.read(read, urgency, &mut |reply| self.answer(id, Ok(reply))).await
    }

    fn answer(&self, id: CallId, result: Result<Reply, ApiError>) {
        // Nobody listens any more when the program is being left.
        let _ = self.events.send(Incoming::Event(Event::Reply(id, result)));
    }
}

/// What is to be told of a task that has ended; a mistake of our own ends that task only.
fn failure(asked: Result<Result<(), ApiError>, JoinError>) -> Option<ApiError> {
    match asked {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(end) if end.is_cancelled() => None,
        Err(_) => Some(ApiError::new(stumbled(), "The server")),
    }
}

/// Passes on what answers tell besides what was asked for, as long as there is a client.
async fn pass_on(
    session: CallId,
    mut told: watch::Receiver<Aside>,
    events: UnboundedSender<Incoming>,
) {
    let mut known = Aside::default();
    while told.changed().await.is_ok() {
        let aside = *told.borrow_and_update();
        let left = |until: Instant| whole_seconds(until.saturating_duration_since(Instant::now()));
        let pause = aside.paused_until.filter(|_| aside.paused_until != known.paused_until);
        let behind = aside.behind_until.filter(|_| aside.behind_until != known.behind_until);
        let time = aside.time.filter(|_| aside.time != known.time).map(|(time, _)| time);
        let news = [
            pause.map(|until| Event::AskedToWait(session, left(until))),
            behind.map(|until| Event::HeldBack(session, left(until))),
            time.map(|time| Event::AtlasTime(session, time)),
        ];
        for event in news.into_iter().flatten() {
            // Nobody listens any more when the program is being left.
            let _ = events.send(Incoming::Event(event));
        }
        known = aside;
    }
}

/// Whole seconds, rounded up: a pause is never told shorter than it is.
fn whole_seconds(time: Duration) -> SignedDuration {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// What is said where a mistake of our own broke something off, without a full stop.
pub(super) const STUMBLED: &str = "gatehouse stumbled over it; please report this";

pub(super) fn stumbled() -> Fault {
    Fault::Unreadable(Clean::new(STUMBLED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_stumbles_says_so_and_one_that_was_dropped_says_nothing() {
        let good = tokio::spawn(async { Ok(()) }).await;
        assert_eq!(failure(good), None);
        let stumble = tokio::spawn(async { panic!("a mistake of our own") }).await;
        let error = failure(stumble).expect("it is told");
        assert!(error.sentence().contains(STUMBLED), "{error}");
        let dropped = tokio::spawn(std::future::pending());
        dropped.abort();
        assert_eq!(failure(dropped.await), None);
    }
}
