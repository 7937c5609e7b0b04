//! Takes calls to the client and brings answers back as events; several at once,
//! bounded. The interface never waits for it.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;

use super::input::Incoming;
use crate::app::{CallId, Event};
use crate::atlas::client::Client;
use crate::atlas::{ApiError, Clean, Fault, Read, Reply, Urgency, Write, WriteError};

/// Calls on their way at once.
const IN_FLIGHT: usize = 6;
/// Of them, those that fill in behind: the administrator always finds a way free.
const BEHIND: usize = 4;

/// Asks Atlas on the program's behalf.
#[derive(Clone)]
pub struct Worker {
    client: Arc<Client>,
    permits: Arc<Semaphore>,
    behind: Arc<Semaphore>,
    events: UnboundedSender<Incoming>,
}

impl Worker {
    /// A worker that asks `client` and answers to `events`.
    #[must_use]
    pub fn new(client: Arc<Client>, events: UnboundedSender<Incoming>) -> Self {
        let [permits, behind] = [IN_FLIGHT, BEHIND].map(|most| Arc::new(Semaphore::new(most)));
        Self { client, permits, behind, events }
    }

    /// Sends one call on its way. Each part of the answer becomes an event with
    /// the same id, and so does a failure; exactly one of them is the last.
    pub fn call(&self, id: CallId, read: Read, urgency: Urgency) {
        let worker = self.clone();
        tokio::spawn(async move {
            let asking = worker.clone();
            let asked = tokio::spawn(async move { asking.ask(id, &read, urgency).await }).await;
            let error = match asked {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(_) => ApiError::new(stumbled(), "The server"),
            };
            worker.answer(id, Err(error));
        });
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
        // Neither is ever closed.
        let _behind = match urgency {
            Urgency::Background => self.behind.acquire().await.ok(),
            Urgency::Person => None,
        };
        let _permit = self.permits.acquire().await.ok();
        self.client.read(read, urgency, &mut |reply| self.answer(id, Ok(reply))).await
    }

    fn answer(&self, id: CallId, result: Result<Reply, ApiError>) {
        // Nobody listens any more when the program is being left.
        let _ = self.events.send(Incoming::Event(Event::Reply(id, result)));
    }
}

/// What is said where a mistake of our own broke something off, without a full stop.
pub(super) const STUMBLED: &str = "gatehouse stumbled over it; please report this";

pub(super) fn stumbled() -> Fault {
    Fault::Unreadable(Clean::new(STUMBLED))
}
