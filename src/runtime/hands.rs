//! The hands through which every secret goes: it is written down, asked for once, held,
//! and put where it was sent. Nothing else in this room touches one. They also keep what
//! outlives the session.
//!
//! What comes of it goes back as events; the interface never waits.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinSet, spawn_blocking};

use super::clipboard::Clipboard;
use super::hand_over::{self, Reserved};
use super::input::Incoming;
use super::keep::Keep;
use super::worker::{STUMBLED, stumbled};
use crate::app::credentials::Used;
use crate::app::held::Way;
use crate::app::{CallId, Event, HandOver};
use crate::atlas::client::Client;
use crate::atlas::kept::{Kept, Whose};
use crate::atlas::{ApiError, Clean, Fault, Issued, OrgId, Write, WriteError};
use crate::rules::hand_over::{Sink, written};
use crate::rules::intent::{Intent, News};
use crate::rules::rotation::Rotation;

/// A secret that is on its way when the program ends is waited for so long.
const LAST_WAIT: Duration = Duration::from_secs(10);
/// What is still to be written when the program ends is waited for so long.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// A place that was made sure of, and what it was asked for as.
type Slot = Arc<Mutex<Option<(Sink, Reserved)>>>;

/// Does everything that has to do with secrets.
pub struct Hands {
    client: Option<Arc<Client>>,
    keep: Keep,
    events: UnboundedSender<Incoming>,
    reserved: Slot,
    /// The desktop's clipboard, opened when it is first used.
    clipboard: Arc<Mutex<Option<Clipboard>>>,
    /// Secrets on their way: to us, or to their place.
    on_their_way: JoinSet<()>,
    scribe: Scribe,
}

impl Hands {
    /// Hands that ask `client`, keep track in `keep`, and answer to `events`.
    #[must_use]
    pub fn new(client: Option<Arc<Client>>, keep: Keep, events: UnboundedSender<Incoming>) -> Self {
        let (reserved, clipboard) = (Slot::default(), Arc::default());
        let (on_their_way, scribe) = (JoinSet::new(), Scribe::new());
        Self { client, keep, events, reserved, clipboard, on_their_way, scribe }
    }

    /// Asks another client from now on; what the last one was asked goes on.
    pub fn turn_to(&mut self, client: Arc<Client>) {
        self.client = Some(client);
    }

    /// Sends a change that brings a secret, once, after this was written down. What is
    /// known of it is written down too before anybody hears of it.
    pub fn issue(&mut self, id: CallId, write: Write, intent: Intent) {
        let Some(client) = self.client.clone() else { return };
        let (keep, events) = (self.keep.clone(), self.events.clone());
        self.on_their_way.spawn(async move {
            let result = issue(client, write, intent, keep).await;
            // Nobody listens any more where the program is being left: it is held.
            let _ = events.send(Incoming::Event(Event::Changed(id, result)));
        });
    }

    /// Makes sure of a place.
    pub fn reserve(&mut self, sink: Sink) {
        let (slot, events) = (self.reserved.clone(), self.events.clone());
        tokio::spawn(async move {
            let place = sink.clone();
            let reserved = spawn_blocking(move || hand_over::reserve(&place)).await;
            let result = match reserved.unwrap_or_else(|_| Err(STUMBLED.to_owned())) {
                Ok(reserved) => {
                    *lock(&slot) = Some((sink.clone(), reserved));
                    Ok(())
                }
                Err(why) => Err(why),
            };
            let _ = events.send(Incoming::Event(Event::Reserved(sink, result)));
        });
    }

    /// Lets go of the place that was made sure of.
    pub fn release(&mut self) {
        lock(&self.reserved).take();
    }

    /// Puts a secret into the place that was made sure of.
    pub fn hand_over(&mut self, hand_over: HandOver) {
        let (slot, events, keep) = (self.reserved.clone(), self.events.clone(), self.keep.clone());
        self.on_their_way.spawn(async move {
            let note = hand_over.note.clone();
            let result = deliver(hand_over, &slot, keep).await;
            let _ = events.send(Incoming::Event(Event::HandedOver(note, result)));
        });
    }

    /// Puts a secret into the desktop's clipboard; where there is none, the loop is
    /// asked to send it to the terminal.
    pub fn copy(&mut self, issued: Arc<Issued>) {
        let (events, clipboard) = (self.events.clone(), self.clipboard.clone());
        tokio::spawn(async move {
            let secret = issued.clone();
            let put = spawn_blocking(move || {
                let mut clipboard = lock(&clipboard);
                if clipboard.is_none() {
                    *clipboard = Clipboard::native();
                }
                clipboard.as_mut().is_some_and(|clipboard| clipboard.put(&secret.secret).is_ok())
            });
            let _ = events.send(if put.await.unwrap_or_default() {
                Incoming::Event(Event::Copied(Way::Desktop))
            } else {
                Incoming::CopySecret(issued)
            });
        });
    }

    /// Clears the desktop's clipboard, if what we put there is still in it.
    pub fn clear_clipboard(&mut self) {
        let clipboard = self.clipboard.clone();
        spawn_blocking(move || lock(&clipboard).as_mut().map(Clipboard::clear_if_ours));
    }

    /// Signs in with a credential, once.
    pub fn try_out(&mut self, org: OrgId, issued: Arc<Issued>) {
        let (Some(client), events) = (self.client.clone(), self.events.clone()) else { return };
        tokio::spawn(async move {
            let result = client.try_out(&org, &issued).await;
            let _ = events.send(Incoming::Event(Event::TriedOut(result)));
        });
    }

    /// Writes down a change that is sent and brings no secret.
    pub fn note(&mut self, intent: Intent) {
        let keep = self.keep.clone();
        self.write(move || {
            keep.note_change(&intent)
                .map_err(|why| format!("A change on its way is not written down: {why}"))
        });
    }

    /// What was written down under this name is settled.
    pub fn settle(&mut self, id: String) {
        let keep = self.keep.clone();
        // At once: leaving now must not save it.
        keep.held.release(&id);
        self.write(move || keep.settle(&id));
    }

    /// Keeps a rotation.
    pub fn keep_rotation(&mut self, rotation: Rotation) {
        let keep = self.keep.clone();
        self.write(move || keep.keep_rotation(&rotation));
    }

    /// Remembers that a credential may go to an origin.
    pub fn trust(&mut self, credential: Clean, origin: Clean) {
        let keep = self.keep.clone();
        self.write(move || {
            keep.trust(&credential, &origin)
                .map_err(|why| format!("It is trusted for this time only: {why}"))
        });
    }

    /// Remembers what was chosen.
    pub fn remember(&mut self, used: Used) {
        let keep = self.keep.clone();
        self.write(move || {
            keep.remember(used).map_err(|why| format!("What was chosen is not remembered: {why}"))
        });
    }

    /// Forgets a rotation.
    pub fn forget_rotation(&mut self, name: String) {
        let keep = self.keep.clone();
        self.write(move || keep.forget_rotation(&name));
    }

    /// Looks what was kept of these lists and is of use at this time.
    pub fn recall_lists(&mut self, whose: Whose, now: Timestamp) {
        let (lists, events) = (self.keep.lists(), self.events.clone());
        spawn_blocking(move || {
            let kept = lists.read(&whose, now).map(Box::new);
            let _ = events.send(Incoming::Event(Event::Recalled(whose, kept)));
        });
    }

    /// Keeps these lists.
    pub fn keep_lists(&mut self, kept: Kept) {
        let lists = self.keep.lists();
        self.scribe.write(move || lists.write(&kept));
    }

    /// Forgets what was kept of these lists.
    pub fn forget_lists(&mut self, whose: Whose) {
        let lists = self.keep.lists();
        self.scribe.write(move || lists.forget(&whose));
    }

    /// Removes what was kept of lists and is of no use to anybody.
    pub fn tidy_lists(&mut self) {
        let lists = self.keep.lists();
        self.scribe.write(move || lists.tidy(Timestamp::now()));
    }

    fn write(&mut self, job: impl FnOnce() -> Result<(), String> + Send + 'static) {
        let events = self.events.clone();
        self.scribe.write(move || {
            if let Err(why) = job() {
                let _ = events.send(Incoming::Event(Event::Warning(why)));
            }
        });
    }

    /// A secret is on its way, to us or to its place.
    #[must_use]
    pub fn are_busy(&mut self) -> bool {
        while self.on_their_way.try_join_next().is_some() {}
        !self.on_their_way.is_empty()
    }

    /// Lets everything come to its end: waits for secrets on their way, saves those that
    /// nobody has acknowledged, clears the clipboard. What is to be told about it, in
    /// sentences.
    pub async fn finish(mut self) -> Vec<String> {
        let all = async { while self.on_their_way.join_next().await.is_some() {} };
        let in_time = tokio::time::timeout(LAST_WAIT, all).await.is_ok();
        self.release();
        let mut told = Vec::new();
        if !in_time {
            told.push("No answer came to what was asked for: the next start of gatehouse looks what became of it.".into());
        }
        let saved = if self.keep.is_kept() { self.keep.held.save_all() } else { Vec::new() };
        told.extend(saved.into_iter().map(|(_, saved)| match saved {
            Ok(path) => format!("A secret that you had not acknowledged was saved in {}: the next start of gatehouse shows it.", path.display()),
            Err(why) => format!("A secret that you had not acknowledged is lost: {why}. The next start of gatehouse tells which one."),
        }));
        self.clear_clipboard_now().await;
        let scribe = spawn_blocking(move || self.scribe.finish());
        let _ = tokio::time::timeout(LAST_WRITES, scribe).await;
        told
    }

    async fn clear_clipboard_now(&mut self) {
        let clipboard = self.clipboard.clone();
        // Dropped, it takes back what is still ours.
        let clearing = spawn_blocking(move || drop(lock(&clipboard).take()));
        let _ = tokio::time::timeout(LAST_WRITES, clearing).await;
    }
}

/// What a panic elsewhere left locked is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn issue(
    client: Arc<Client>,
    write: Write,
    intent: Intent,
    keep: Keep,
) -> Result<Option<Arc<Issued>>, WriteError> {
    let (id, host) = (intent.id.clone(), intent.host.clone());
    let not_noted = |why: &str| WriteError {
        error: ApiError::new(Fault::NotNoted(Clean::new(why)), &host),
        perhaps_applied: false,
    };
    let noting = keep.clone();
    match spawn_blocking(move || noting.begin(&intent)).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => return Err(not_noted(&why)),
        Err(_) => return Err(not_noted(STUMBLED)),
    }
    let asking = {
        let client = client.clone();
        tokio::spawn(async move { client.change(write).await })
    };
    let Ok(result) = asking.await else {
        let error = ApiError::new(stumbled(), &host);
        return Err(WriteError { error, perhaps_applied: true });
    };
    match result {
        Ok(Some(issued)) => {
            let issued = Arc::new(issued);
            keep.held.hold(&id, issued.clone());
            let (owner, secret) = (issued.owner.clone(), issued.secret_id.clone());
            // Where this fails, the note that it was asked for remains.
            let _ = spawn_blocking(move || keep.note(&id, &News::Issued { owner, secret })).await;
            Ok(Some(issued))
        }
        Ok(None) => Ok(None),
        Err(error) => {
            if !error.perhaps_applied {
                let _ = spawn_blocking(move || keep.settle(&id)).await;
            }
            Err(error)
        }
    }
}

async fn deliver(hand_over: HandOver, slot: &Slot, keep: Keep) -> Result<String, String> {
    let reserved = lock(slot).take_if(|(sink, _)| *sink == hand_over.sink);
    let Some((sink, reserved)) = reserved else {
        return Err("The place that was made sure of is gone: choose it again.".into());
    };
    let text = written(&hand_over.issued, sink.shape(), &hand_over.about);
    let place = reserved.deliver(&text).await?;
    let (id, to) = (hand_over.note, Clean::new(&place));
    keep.held.release(&id);
    // Where this fails, it is told again at the next start: better twice than never.
    let _ = spawn_blocking(move || keep.note(&id, &News::Delivered { to })).await;
    Ok(place)
}

/// Writes in the order in which it is told to, behind the interface's back.
struct Scribe {
    jobs: Sender<Box<dyn FnOnce() + Send>>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    fn new() -> Self {
        let (jobs, todo) = channel::<Box<dyn FnOnce() + Send>>();
        let thread = std::thread::Builder::new().name("scribe".into());
        let thread = thread.spawn(move || todo.into_iter().for_each(|job| job())).ok();
        Self { jobs, thread }
    }

    /// Where there is no thread, it is done here.
    fn write(&self, job: impl FnOnce() + Send + 'static) {
        if self.thread.is_none() {
            return job();
        }
        if let Err(unsent) = self.jobs.send(Box::new(job)) {
            (unsent.0)();
        }
    }

    fn finish(self) {
        drop(self.jobs);
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}
