//! The only room that touches the world: the loop, the worker, the terminal,
//! signals. It performs effects and decides nothing about Atlas.

pub mod browser;
pub mod canvas;
mod child;
pub mod clipboard;
pub mod doors;
pub mod files;
pub mod folder;
pub mod hand_over;
pub mod hands;
pub mod input;
pub mod journal;
pub mod keep;
mod lines;
pub mod lists;
pub mod log;
pub mod panics;
pub mod pen;
pub mod presence;
pub mod process;
pub mod rescue;
pub mod terminal;
mod told;
pub mod worker;

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::io::Errno;
use rustix::process::Signal;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::app::held::Way;
use crate::app::state::Setting;
use crate::app::{App, CallId, Effect, Event, Found};
use crate::atlas::client::Client;
use crate::atlas::secret::ExposeSecret;
use crate::atlas::text::visible;
use crate::rules::neighbour::Neighbour;
use doors::{Doors, Doorway};
use hands::Hands;
use input::Incoming;
use keep::Keep;
use log::{Level, Log};
use presence::Presence;
use terminal::Terminal;
use worker::Worker;

/// Events folded in before the next frame; more wait for the one after.
const BATCH: usize = 4096;

/// Telling others that this gatehouse is no more takes no longer.
const LAST_WORD: Duration = Duration::from_millis(200);

/// What takes longer is told to whoever waits.
const A_MOMENT: Duration = Duration::from_millis(300);

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was left.
    Quit,
    /// The demo was asked for.
    Demo,
    /// The system ended it, by the signal with this number.
    Ended(i32),
}

/// Runs the program on this process's terminal until it is left.
///
/// # Errors
/// Where the terminal cannot be read or written.
pub async fn run(
    setting: Setting,
    client: Option<Client>,
    (keep, found): (Keep, Found),
    doors: Arc<dyn Doors>,
    log: Log,
) -> io::Result<Outcome> {
    let (sender, incoming) = mpsc::unbounded_channel();
    let client = client.map(Arc::new);
    let held = keep.held.clone();
    log.tell(sender.clone());
    let last = log.clone();
    panics::install(move || {
        // There is nobody to tell: the next start does.
        let _ = held.save_all();
        last.write(Level::Error, || "stumbled over a mistake of its own".to_owned());
    });
    terminal::demand()?;
    // While the screen is made ready. Where it is doubted, nothing goes out unasked.
    if let Some(client) = client.clone().filter(|_| setting.doubt.is_none()) {
        tokio::spawn(async move { client.sign_in_ahead().await });
    }
    let terminal = Terminal::enter(setting.mouse)?;
    let listening = input::listen(&sender)?;
    let present = be_present(&keep, &setting, sender.clone());
    let (app, effects) = App::new(setting, terminal.size(), Timestamp::now());
    let mut machine = Machine {
        terminal,
        worker: client.clone().map(|client| Worker::new(client, sender.clone())),
        hands: Hands::new(client.clone(), keep, sender.clone()),
        events: sender,
        doors: Doorway::new(doors),
        log: log.clone(),
        outcome: None,
        ended: None,
    };
    machine.hands.tidy_lists();
    let outcome = match machine.run(app, effects, found, incoming).await {
        // The terminal was closed, and the signal that says so is still to come.
        Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
            Ok(Outcome::Ended(Signal::HUP.as_raw()))
        }
        outcome => outcome,
    };
    listening.end().await;
    // The terminal first: what may be waited for now does not need it, and it may be gone.
    let Machine { terminal, mut hands, worker, mut doors, .. } = machine;
    drop(terminal);
    if hands.are_busy() {
        tell("waiting for a secret that is on its way, at most 10 s");
    }
    hands.finish().await.iter().for_each(|words| tell(words));
    // Others are told until now. That it stumbled was reported.
    let _ = tokio::time::timeout(LAST_WORD, present).await;
    if let Some(worker) = worker {
        doors.leaving.spawn(worker.retire());
    }
    let mut leaving = pin!(doors.leaving.join_all());
    if tokio::time::timeout(A_MOMENT, &mut leaving).await.is_err() {
        tell("signing out, which takes 4 s at most");
        leaving.await;
    }
    outcome
}

/// Tells others that this gatehouse is open, and the program who else is. The first frame
/// does not wait for that.
fn be_present(
    keep: &Keep,
    setting: &Setting,
    to: UnboundedSender<Incoming>,
) -> JoinHandle<Option<Presence>> {
    let own = Neighbour {
        host: setting.host.clone(),
        org: setting.org.clone(),
        since: Timestamp::now(),
        process: std::process::id(),
    };
    let (keep, session) = (keep.clone(), setting.session.clone());
    spawn_blocking(move || {
        // Without a folder of our own nobody hears of it, which keeps nobody from working.
        let (presence, others) = keep.presence(&session, &own).ok()??;
        let _ = to.send(Incoming::Event(Event::Neighbours(others)));
        Some(presence)
    })
}

/// Tells the person something when there is no screen any more. Standard error may be
/// gone too; there is nobody left to tell then.
fn tell(words: &str) {
    use std::io::Write as _;
    let _ = writeln!(io::stderr(), "gatehouse: {}", visible(words));
}

/// What effects are performed on.
struct Machine {
    terminal: Terminal,
    worker: Option<Worker>,
    hands: Hands,
    events: UnboundedSender<Incoming>,
    doors: Doorway,
    log: Log,
    outcome: Option<Outcome>,
    /// The signal that asked to end.
    ended: Option<Signal>,
}

impl Machine {
    /// Goes on until the program is left.
    async fn run(
        &mut self,
        mut app: App,
        effects: Vec<Effect>,
        found: Found,
        mut incoming: UnboundedReceiver<Incoming>,
    ) -> io::Result<Outcome> {
        self.perform(effects)?;
        self.update(vec![Event::Found(Box::new(found))], &mut app)?;
        loop {
            if let Some(outcome) = self.outcome {
                return Ok(outcome);
            }
            self.terminal.draw(|buf| app.view(buf))?;
            let batch = next_batch(&mut incoming, app.wake_at()).await;
            self.take(batch, &mut app)?;
        }
    }

    /// Takes in a batch; what has to do with the terminal itself stays in order
    /// with the rest.
    fn take(&mut self, batch: Vec<Incoming>, app: &mut App) -> io::Result<()> {
        let (mut events, mut resized) = (Vec::new(), false);
        for incoming in batch {
            let change: fn(&mut Self, &mut App) -> io::Result<()> = match incoming {
                // Of a storm of resizes only the last counts.
                Incoming::Event(Event::Resize(_)) => {
                    resized = true;
                    continue;
                }
                Incoming::Event(event) => {
                    events.push(event);
                    continue;
                }
                Incoming::End(signal) => {
                    self.ended = Some(signal);
                    events.push(Event::Terminate);
                    continue;
                }
                Incoming::CopySecret(issued) => {
                    self.terminal.copy(issued.secret.expose_secret())?;
                    events.push(Event::Copied(terminal_way()));
                    continue;
                }
                Incoming::Suspend => Self::suspend_unasked,
                Incoming::Resume => Self::resume,
            };
            self.update(std::mem::take(&mut events), app)?;
            change(self, app)?;
        }
        self.update(events, app)?;
        if resized { self.resize(app) } else { Ok(()) }
    }

    fn update(&mut self, events: Vec<Event>, app: &mut App) -> io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        for event in &events {
            told::event(&self.log, event);
        }
        let effects = app.update(Timestamp::now(), events);
        if effects.contains(&Effect::Suspend) {
            self.terminal.draw(|buf| app.view(buf))?;
            self.suspend(app)?;
        }
        self.perform(effects)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            told::effect(&self.log, &effect);
            match effect {
                Effect::Call(id, read, urgency) => {
                    if let Some(worker) = &self.worker {
                        worker.call(id, read, urgency);
                    }
                }
                Effect::Drop(ids) => {
                    if let Some(worker) = &self.worker {
                        worker.drop(&ids);
                    }
                }
                Effect::FindCredentials => self.doors.find(self.events.clone()),
                Effect::Turn(id, choice) => self.doors.open(id, choice, self.events.clone()),
                Effect::LetGo(id) => self.doors.let_go(id),
                Effect::Adopt(id) => self.adopt(id),
                Effect::Remember(used) => self.hands.remember(used),
                Effect::Change(id, write) => {
                    if let Some(worker) = &self.worker {
                        worker.change(id, write);
                    }
                }
                Effect::Issue(id, write, intent) => self.hands.issue(id, write, *intent),
                Effect::Reserve(sink) => self.hands.reserve(sink),
                Effect::Release => self.hands.release(),
                Effect::HandOver(hand_over) => self.hands.hand_over(*hand_over),
                Effect::CopySecret(issued) => self.hands.copy(issued),
                Effect::ClearClipboard => self.hands.clear_clipboard(),
                Effect::TryOut(org, issued) => self.hands.try_out(org, issued),
                Effect::Note(intent) => self.hands.note(*intent),
                Effect::Settle(id) => self.hands.settle(id),
                Effect::KeepRotation(rotation) => self.hands.keep_rotation(*rotation),
                Effect::ForgetRotation(name) => self.hands.forget_rotation(name),
                Effect::RecallLists(whose, now) => self.hands.recall_lists(whose, now),
                Effect::KeepLists(kept) => self.hands.keep_lists(*kept),
                Effect::ForgetLists(whose) => self.hands.forget_lists(whose),
                Effect::Trust { credential, origin } => self.hands.trust(credential, origin),
                Effect::ReadFile(path) => {
                    let events = self.events.clone();
                    spawn_blocking(move || {
                        let text = files::read_text(&path);
                        // Nobody listens any more where the program has been left.
                        let _ = events.send(Incoming::Event(Event::File(text)));
                    });
                }
                Effect::Browse(url, with) => {
                    let events = self.events.clone();
                    tokio::spawn(async move {
                        let result = browser::open(&url, &with).await;
                        let _ = events.send(Incoming::Event(Event::Browsed(url, result)));
                    });
                }
                Effect::Copy(text) => self.terminal.copy(&text)?,
                Effect::Redraw => self.terminal.forget()?,
                Effect::Demo => self.outcome = Some(Outcome::Demo),
                Effect::Quit => {
                    let ended = |signal: Signal| Outcome::Ended(signal.as_raw());
                    self.outcome = Some(self.ended.map_or(Outcome::Quit, ended));
                }
                // Done before the others: nothing may happen while we are stopped.
                Effect::Suspend => {}
            }
        }
        Ok(())
    }

    /// Asks with the credential that was made ready; the last one leaves.
    fn adopt(&mut self, session: CallId) {
        if let Some(before) = self.worker.take() {
            self.doors.leaving.spawn(before.retire());
        }
        if let Some(client) = self.doors.take(session) {
            self.hands.turn_to(client.clone());
            self.worker = Some(Worker::of_session(session, client, self.events.clone()));
        }
    }

    /// The system stops us: what nobody else should see is hidden first.
    fn suspend_unasked(&mut self, app: &mut App) -> io::Result<()> {
        self.update(vec![Event::Unwatched], app)?;
        self.terminal.draw(|buf| app.view(buf))?;
        self.suspend(app)
    }

    fn suspend(&mut self, app: &mut App) -> io::Result<()> {
        self.terminal.suspend()?;
        self.come_back(app)
    }

    fn resume(&mut self, app: &mut App) -> io::Result<()> {
        self.terminal.resume()?;
        self.come_back(app)
    }

    /// Whoever takes the terminal back is there, whatever is told of its focus.
    fn come_back(&mut self, app: &mut App) -> io::Result<()> {
        self.update(vec![Event::Watched], app)?;
        self.resize(app)
    }

    /// Asks the terminal itself for its size, and draws everything anew.
    fn resize(&mut self, app: &mut App) -> io::Result<()> {
        self.terminal.forget()?;
        let effects = app.update(Timestamp::now(), [Event::Resize(self.terminal.size())]);
        self.perform(effects)
    }
}

/// How a secret gets to a clipboard from here.
#[must_use]
pub fn way_to_clipboard() -> Way {
    if clipboard::Clipboard::is_expected() { Way::Desktop } else { terminal_way() }
}

fn terminal_way() -> Way {
    if std::env::var_os("TMUX").is_some() { Way::Tmux } else { Way::Terminal }
}

/// Waits for the next event or the time that the program wants to be woken at,
/// and takes along everything that has come meanwhile: one frame for all.
async fn next_batch(
    incoming: &mut UnboundedReceiver<Incoming>,
    wake_at: Option<Timestamp>,
) -> Vec<Incoming> {
    let mut batch = Vec::new();
    tokio::select! {
        biased;
        received = incoming.recv_many(&mut batch, BATCH) => {
            if received == 0 {
                batch.push(Incoming::End(Signal::HUP));
            }
        }
        () = sleep_until(wake_at) => batch.push(Incoming::Event(Event::Tick)),
    }
    batch
}

async fn sleep_until(time: Option<Timestamp>) {
    match time {
        Some(time) => {
            let left = Duration::try_from(time.duration_since(Timestamp::now()));
            tokio::time::sleep(left.unwrap_or_default()).await;
        }
        None => std::future::pending().await,
    }
}
