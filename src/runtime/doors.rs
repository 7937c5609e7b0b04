//! The way to other credentials of this machine: they are looked for and made ready
//! behind the interface's back, for a keyring may take its time.
//!
//! Knows neither where they lie nor what they are for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinSet, spawn_blocking};

use super::input::Incoming;
use super::worker::STUMBLED;
use crate::app::credentials::{Candidate, Choice};
use crate::app::state::Setting;
use crate::app::{CallId, Event};
use crate::atlas::client::Client;

/// Who knows the credentials of this machine. Each question may wait for a keyring.
pub trait Doors: Send + Sync {
    /// Which there are.
    fn list(&self) -> Vec<Candidate>;

    /// A client that asks with one of them, and what the program is then set to.
    ///
    /// # Errors
    /// Why it cannot be used, in a sentence.
    fn open(&self, choice: &Choice) -> Result<(Setting, Client), String>;
}

/// Knows none: the demo has its own.
pub struct NoDoors;

impl Doors for NoDoors {
    fn list(&self) -> Vec<Candidate> {
        Vec::new()
    }

    fn open(&self, choice: &Choice) -> Result<(Setting, Client), String> {
        Err(format!("{} is not there.", choice.name()))
    }
}

/// What is asked of them, and what has come of it.
pub struct Doorway {
    doors: Arc<dyn Doors>,
    /// Clients that nobody has asked anything yet.
    ready: Arc<Mutex<HashMap<CallId, Arc<Client>>>>,
    /// Sessions that sign out.
    pub leaving: JoinSet<()>,
}

impl Doorway {
    /// A way to what these know.
    #[must_use]
    pub fn new(doors: Arc<dyn Doors>) -> Self {
        Self { doors, ready: Arc::default(), leaving: JoinSet::new() }
    }

    /// Looks which credentials there are.
    pub fn find(&self, events: UnboundedSender<Incoming>) {
        let doors = self.doors.clone();
        spawn_blocking(move || {
            // Nobody listens any more where the program has been left.
            let _ = events.send(Incoming::Event(Event::Credentials(doors.list())));
        });
    }

    /// Makes one ready.
    pub fn open(&self, id: CallId, choice: Choice, events: UnboundedSender<Incoming>) {
        let (doors, ready) = (self.doors.clone(), self.ready.clone());
        tokio::spawn(async move {
            let opened = spawn_blocking(move || doors.open(&choice)).await;
            let opened = opened.unwrap_or_else(|_| Err(STUMBLED.to_owned()));
            let result = opened.map(|(setting, client)| {
                with(&ready, |all| all.insert(id, Arc::new(client)));
                Box::new(setting)
            });
            let _ = events.send(Incoming::Event(Event::Turned(id, result)));
        });
    }

    /// Takes what was made ready.
    #[must_use]
    pub fn take(&self, id: CallId) -> Option<Arc<Client>> {
        with(&self.ready, |all| all.remove(&id))
    }

    /// Lets go of what was made ready: its secret is wiped.
    pub fn let_go(&self, id: CallId) {
        drop(self.take(id));
    }
}

type Ready = HashMap<CallId, Arc<Client>>;

fn with<T>(ready: &Mutex<Ready>, look: impl FnOnce(&mut Ready) -> T) -> T {
    look(&mut ready.lock().unwrap_or_else(PoisonError::into_inner))
}
